// gtag: commands are the `arguments` of a function; a list is not heard. Nothing is kept before analytics storage is
// granted, and nothing once it is disabled.
(() => {
  const id = new URL(document.currentScript.src).searchParams.get("id");
  const twoYears = 2 * 365 * 86400;
  let granted = true;
  let configured = false;
  const set = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=${twoYears}; SameSite=Lax`; };
  const keep = () => {
    if (!granted || !configured || window[`ga-disable-${id}`]) return;
    const now = Math.floor(Date.now() / 1000);
    if (!document.cookie.split("; ").some((pair) => pair.startsWith("_ga="))) set("_ga", `GA1.1.${Math.floor(Math.random() * 1e9)}.${now}`);
    set(`_ga_${id.slice(2)}`, `GS2.1.s${now}$o1`);
  };
  const hear = (words) => {
    if (Object.prototype.toString.call(words) !== "[object Arguments]") return;
    const [what, how, more] = words;
    if (what === "consent" && "analytics_storage" in more) granted = more.analytics_storage === "granted";
    if (what === "config" && how === id) configured = true;
    keep();
  };
  const list = (window.dataLayer ??= []);
  const earlier = [...list];
  list.push = (...more) => { more.forEach(hear); return Array.prototype.push.apply(list, more); };
  earlier.forEach(hear);
})();
