// The messenger of somebody else. Nothing of it is loaded before it is opened; when whoever opened it may have it no
// longer, it is shut down and what it left here goes. It knows no vendor: all that differs stands in the data.
import { cookies, expire, fits, forget } from "./stored.js";

const data = document.getElementById("messenger");
const openers = document.querySelectorAll("[data-messenger-open]");

function messenger() {
  let told = JSON.parse(data.textContent);
  let good = told.good_ms ?? Infinity;
  let loaded = false;
  let running = false;
  const call = (...words) => window[told.call](...words);

  const shutDown = () => {
    if (running) { try { call("shutdown"); } catch { /* What is below goes all the same. */ } }
    running = false;
    forget(told.names);
    for (const name of cookies().keys()) if (fits(told.names, name)) expire(name);
  };

  // Who is signed in is told for minutes only: a page that has been open for longer asks again.
  const fresh = async () => {
    if (performance.now() < good) return;
    const answer = await fetch(told.open, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ page: location.pathname }),
    });
    const now = answer.ok ? await answer.json() : {};
    if (!now.script) throw new Error("it may not be here any more");
    told = now;
    good = performance.now() + (told.good_ms ?? Infinity);
  };
  const load = () => new Promise((done, failed) => {
    // What is called before the script is there waits in a line.
    const line = function () { line.c(arguments); };
    line.q = [];
    line.c = (words) => line.q.push(words);
    window[told.call] = line;
    const script = document.createElement("script");
    script.async = true;
    script.src = told.script;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  const start = async () => {
    await fresh();
    window[told.settings_in] = told.settings;
    if (loaded) call("boot", told.settings);
    else await load();
    loaded = true;
    running = true;
  };

  const open = async ({ currentTarget: button }) => {
    if (button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      if (!running) await start();
      call("show");
    } catch { location.assign(told.contact); }
    button.removeAttribute("aria-busy");
  };
  for (const opener of openers) {
    opener.addEventListener("click", open);
    opener.hidden = false;
  }

  // Signing out, and every form that takes consent back.
  document.addEventListener("submit", (event) => {
    const action = event.target.getAttribute("action") ?? "";
    const said = new FormData(event.target, event.submitter);
    const withdraws = action.endsWith("/cookie-settings")
      && said.get("decision") !== "accept" && !(said.get("decision") === "choice" && said.has("support"));
    if (action.endsWith("/sign-out") || withdraws) shutDown();
  });
  addEventListener("pagehide", () => { if (!told.keep) shutDown(); });
}

if (data && openers.length) messenger();
