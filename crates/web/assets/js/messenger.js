// The messenger. Before it is opened it asks the server nothing and keeps nothing, unless a conversation that
// began here earlier goes on: then it listens for an answer. What may be kept in the browser, the server says.
const panel = document.getElementById("messenger");
const opener = document.querySelector("[data-messenger-open]");
const KEPT = "ms-support-id";
const LOOK_AGAIN_MS = 10_000;

function messenger() {
  const { at, lost, person, staff } = panel.dataset;
  const list = panel.querySelector("ol");
  const said = panel.querySelector(".messenger-said");
  const form = panel.querySelector("form");
  const input = form.querySelector("textarea");
  const wrong = form.querySelector(".wrong-words");
  const news = opener.querySelector("[data-messenger-new]");
  const names = { person, staff };
  const shown = new Set();
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
  // Where the last thing stands that was shown.
  let last = "";
  let keep = false;
  let listening = false;
  let events;
  let timer;

  const note = () => { if (keep && last && !panel.hidden) localStorage.setItem(KEPT, last); };

  const show = (line) => {
    if (shown.has(line.mark)) return;
    shown.add(line.mark);
    last = line.mark;
    const item = document.createElement("li");
    const head = document.createElement("p");
    const body = document.createElement("p");
    item.className = line.author;
    head.className = "hint";
    head.textContent = `${names[line.author]} · ${time.format(line.at_ms)}`;
    body.dir = "auto";
    body.textContent = line.words;
    item.append(head, body);
    list.append(item);
    said.scrollTop = said.scrollHeight;
    if (panel.hidden && line.author === "staff") news.hidden = false;
  };

  const take = (talk) => {
    keep = talk.keep;
    talk.lines.forEach(show);
    note();
  };

  const json = { Accept: "application/json" };
  const query = () => new URLSearchParams({ page: location.pathname, after: last });
  const post = (path, more) => fetch(path, {
    method: "POST",
    headers: { ...json, "Content-Type": "application/json" },
    body: JSON.stringify({ page: location.pathname, after: last, ...more }),
  });

  // Listening: a stream while the page is in view; where there can be none, asking from time to time.
  const hush = () => { events?.close(); events = undefined; clearTimeout(timer); };
  const look = async () => {
    try {
      const answer = await fetch(`${at}?${query()}`, { headers: json });
      if (answer.status === 403) { listening = false; return; }
      if (answer.ok) take(await answer.json());
    } catch { /* offline for a moment: ask again */ }
    if (listening && document.visibilityState === "visible") timer = setTimeout(listen, LOOK_AGAIN_MS);
  };
  const listen = () => {
    hush();
    if (!listening || document.visibilityState !== "visible") return;
    events = new EventSource(`${at}/events?${query()}`);
    events.addEventListener("line", (event) => { show(JSON.parse(event.data)); note(); });
    events.addEventListener("error", () => {
      if (events?.readyState === EventSource.CLOSED) { hush(); timer = setTimeout(look, LOOK_AGAIN_MS / 5); }
    });
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", hush);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

  const say = (sentence) => { wrong.hidden = !sentence; wrong.textContent = sentence ?? ""; input.toggleAttribute("aria-invalid", Boolean(sentence)); };
  const failed = async (answer) => say((await answer.json().catch(() => undefined))?.message ?? lost);

  const close = () => {
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.classList.remove("opened");
    opener.focus({ preventScroll: true });
  };
  const open = async () => {
    if (!panel.hidden) { close(); return; }
    panel.hidden = false;
    news.hidden = true;
    opener.setAttribute("aria-expanded", "true");
    opener.classList.add("opened");
    said.scrollTop = said.scrollHeight;
    input.focus({ preventScroll: true });
    say();
    try {
      // From the beginning: what was noted as read on an earlier page is not on this one.
      const answer = await post(`${at}/open`, { after: "" });
      if (!answer.ok) { await failed(answer); return; }
      list.replaceChildren();
      shown.clear();
      take(await answer.json());
    } catch { say(lost); return; }
    if (!listening) { listening = true; listen(); }
  };
  opener.addEventListener("click", open);
  panel.querySelector("[data-messenger-close]").addEventListener("click", close);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = input.value.trim();
    const button = form.querySelector("button");
    if (!words || button.hasAttribute("aria-busy")) { input.focus(); return; }
    button.setAttribute("aria-busy", "true");
    say();
    try {
      const answer = await post(at, { words });
      if (answer.ok) { take(await answer.json()); input.value = ""; if (!listening) { listening = true; listen(); } } else await failed(answer);
    } catch { say(lost); }
    button.removeAttribute("aria-busy");
    input.focus({ preventScroll: true });
  });

  // The round button steps aside while something that can be pressed lies under it.
  const stepAside = () => {
    const mine = { left: innerWidth - 80, top: innerHeight - 80 };
    const under = [...document.querySelectorAll("main :is(a, button, input, select, textarea, summary), footer :is(a, button)")].some((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.right > mine.left && box.bottom > mine.top && box.top < innerHeight;
    });
    opener.classList.toggle("aside", under);
  };
  if (opener.classList.contains("messenger-open")) {
    addEventListener("scroll", stepAside, { passive: true });
    addEventListener("resize", stepAside);
    stepAside();
  }
  opener.hidden = false;

  // A conversation that began here earlier.
  const kept = localStorage.getItem(KEPT);
  if (!kept) return;
  last = kept;
  fetch(`${at}?${query()}`, { headers: json }).then(async (answer) => {
    if (!answer.ok) return;
    const talk = await answer.json();
    if (!talk.known) { localStorage.removeItem(KEPT); return; }
    listening = true;
    take(talk);
    listen();
  }).catch(() => {});
}

if (panel && opener) messenger();
