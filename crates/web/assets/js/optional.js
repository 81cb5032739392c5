// Loads what is optional, and only what the server said is allowed here: <meta name="ms-optional"
// content="usage messenger">. This file itself is not sent to anybody who has allowed nothing.
const allowed = document.querySelector('meta[name="ms-optional"]')?.content.split(" ") ?? [];

// Counts of use: which page, and about how long it was in view. No id, nothing kept in the browser.
function usage() {
  const send = (what) => navigator.sendBeacon("/usage", new Blob([JSON.stringify({ path: location.pathname, ...what })], { type: "application/json" }));
  send({ event: "view" });
  let since = document.visibilityState === "visible" ? performance.now() : undefined;
  let inView = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") { since = performance.now(); return; }
    if (since !== undefined) { inView += performance.now() - since; since = undefined; }
  });
  addEventListener("pagehide", () => {
    if (since !== undefined) inView += performance.now() - since;
    send({ event: "stay", seconds: Math.round(inView / 1000) });
  });
}

if (allowed.includes("usage")) usage();
if (allowed.includes("messenger")) import("./messenger.js");
if (allowed.includes("outside-messenger")) import("./outside.js");
