// mixpanel-js with its own defaults: cookies, opted in, a waiting list in the storage.
(() => {
  const list = window.mixpanel;
  if (!Array.isArray(list) || !(list.__SV >= 1.1)) { console.error("Mixpanel: no snippet"); return; }
  for (const [token, config] of list._i) {
    const settings = {
      persistence: "cookie", opt_out_tracking_by_default: false, opt_out_persistence_by_default: false, batch_requests: true,
      ...config,
    };
    const entry = `mp_${token}_mixpanel`;
    const choice = `__mp_opt_in_out_${token}`;
    const keep = () => {
      const kept = JSON.stringify({ distinct_id: `$device:${crypto.randomUUID()}` });
      if (settings.persistence !== "localStorage") {
        document.cookie = `${entry}=${encodeURIComponent(kept)}; path=/; max-age=${365 * 86400}; SameSite=Lax`;
      } else if (!localStorage.getItem(entry)) localStorage.setItem(entry, kept);
      if (settings.batch_requests) localStorage.setItem(`__mpq_${token}_ev`, "[]");
    };
    const instance = {
      opt_in_tracking() {
        localStorage.setItem(choice, "1");
        keep();
      },
      opt_out_tracking({ clear_persistence: clear = true } = {}) {
        localStorage.setItem(choice, "0");
        if (clear) localStorage.removeItem(entry);
      },
      push([what, ...rest]) { if (instance[what]) instance[what](...rest); },
    };
    if (!settings.opt_out_tracking_by_default || !settings.opt_out_persistence_by_default) keep();
    window.mixpanel = instance;
    for (const words of list) instance.push(words);
  }
})();
