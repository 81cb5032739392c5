// What scripts keep in this browser, by its name. A name may end in "*".
export const fits = (names, name) => names.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : one === name));

// Cookies by their names.
export const cookies = () => new Map(document.cookie.split("; ").filter(Boolean).map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]));

// A script may have set it on this host or on any domain above.
export function expire(name) {
  document.cookie = `${name}=; path=/; max-age=0`;
  for (let domain = location.hostname; domain.includes("."); domain = domain.slice(domain.indexOf(".") + 1)) {
    document.cookie = `${name}=; path=/; domain=${domain}; max-age=0`;
  }
}

// Takes entries out of the browser's storage.
export function forget(names) {
  for (const store of names.length ? [localStorage, sessionStorage] : []) {
    for (const key of Object.keys(store)) if (fits(names, key)) store.removeItem(key);
  }
}
