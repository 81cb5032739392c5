// The tag has no default-off: it keeps everything as soon as it is there, unless `_cs_optout` says otherwise.
(() => {
  const day = 86400;
  const year = 13 * 30 * day;
  const set = (name, value, seconds) => {
    const age = seconds === undefined ? "" : `; max-age=${seconds}`;
    document.cookie = `${name}=${value}; path=/${age}; SameSite=Lax`;
  };
  const names = ["_cs_id", "_cs_s", "_cs_c", "_cs_cvars", "_cs_s_ctx", "_cs_i"];
  const commands = {
    optout() {
      for (const name of names) set(name, "", 0);
      set("_cs_optout", "1", year);
    },
  };
  const hear = ([what, ...rest]) => { if (commands[what]) commands[what](...rest); };
  if (!document.cookie.includes("_cs_optout=1")) {
    const now = Math.floor(Date.now() / 1000);
    set("_cs_c", "1", year);
    const id = document.cookie.match(/_cs_id=([^.;]+)/)?.[1] ?? crypto.randomUUID();
    set("_cs_id", `${id}.${now}.1.${now}.${now}.1`, year);
    set("_cs_s", "1.5.0.1", 1800);
    set("_cs_s_ctx", "1", 1800);
    set("_cs_cvars", "%7B%7D");
    set("_cs_i", "1", 3 * day);
    // What is not masked is recorded: the page must say so as a whole.
    if (!document.body.hasAttribute("data-cs-mask")) console.error("ContentSquare: nothing is masked");
  }
  const list = (window._uxa ??= []);
  list.forEach(hear);
  list.push = (...more) => { more.forEach(hear); return more.length; };
})();
