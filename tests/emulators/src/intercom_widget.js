// Stands in for the messenger: it keeps in the browser what the real one keeps, and shows a small box to write in.
(() => {
  const waiting = window.Intercom?.q ?? [];
  const DAY_S = 86_400;
  let settings;
  let contact;
  let box;

  const keep = (name, value, days) => { document.cookie = `${name}-${settings.app_id}=${value}; path=/; max-age=${days * DAY_S}`; };
  const tell = async (path, what) => {
    const answer = await fetch(`${settings.api_base}/messenger/web/${path}`, { method: "POST", body: JSON.stringify(what) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };

  const boot = async (given) => {
    settings = given;
    keep("intercom-session", "stand-in", 7);
    keep("intercom-device-id", "stand-in", 270);
    localStorage.setItem(`intercom-id-${settings.app_id}`, "stand-in");
    box = document.createElement("div");
    box.id = "intercom-container";
    box.hidden = true;
    box.style.cssText = "position:fixed;right:16px;bottom:96px;padding:12px;background:#fff;color:#000;border:1px solid #888;z-index:9999";
    const words = document.createElement("textarea");
    words.setAttribute("aria-label", "Message");
    const send = document.createElement("button");
    send.type = "button";
    send.textContent = "Send";
    send.addEventListener("click", async () => {
      const { id } = await tell("conversations", { contact, url: location.origin + location.pathname, body: words.value });
      words.value = "";
      box.dataset.conversation = id;
    });
    box.append(words, send);
    document.body.append(box);
    ({ contact } = await tell("ping", settings));
    box.dataset.contact = contact;
  };

  const shutdown = () => {
    box?.remove();
    if (settings) document.cookie = `intercom-session-${settings.app_id}=; path=/; max-age=0`;
  };

  const commands = { boot, shutdown, show: () => { box.hidden = false; }, hide: () => { box.hidden = true; }, update: () => {} };
  window.Intercom = (command, ...more) => commands[command]?.(...more);
  if (window.intercomSettings?.app_id) boot(window.intercomSettings);
  for (const [command, ...more] of waiting) window.Intercom(command, ...more);
})();
