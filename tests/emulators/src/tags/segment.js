// analytics.js: it keeps its id in the browser's storage as well, unless it is told to use cookies alone; Meta's pixel is
// loaded behind it.
(() => {
  const list = window.analytics;
  if (!Array.isArray(list) || !list._writeKey) { console.error("Failed to load Write Key"); return; }
  const options = list._loadOptions ?? {};
  const stores = options.storage?.stores ?? ["localStorage", "cookie"];
  const day = 86400;
  const set = (name, value, seconds) => { document.cookie = `${name}=${value}; path=/; max-age=${seconds}; SameSite=Lax`; };
  const analytics = {
    reset() {
      set("ajs_anonymous_id", "", 0);
      localStorage.removeItem("ajs_anonymous_id");
    },
    push([what, ...rest]) { if (analytics[what]) analytics[what](...rest); },
  };
  if (!options.disableClientPersistence) {
    const id = document.cookie.match(/ajs_anonymous_id=([^;]+)/)?.[1] ?? crypto.randomUUID();
    if (stores.includes("cookie")) set("ajs_anonymous_id", id, 365 * day);
    if (stores.includes("localStorage")) localStorage.setItem("ajs_anonymous_id", JSON.stringify(id));
  }
  set("_fbp", `fb.1.${Date.now()}.${Math.floor(Math.random() * 1e9)}`, 90 * day);
  window.analytics = analytics;
  for (const words of list.splice(0)) analytics.push(words);
})();
