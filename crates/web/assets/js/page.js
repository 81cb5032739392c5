// Small comforts that every page may have; all of them work without.

// A form is sent once: a second press on its button while it is on its way does nothing.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  });
}
// Coming back with the back button, forms can be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
  }
});
// What is wrong with a form is read first.
document.getElementById("wrong")?.focus();

// What optional tools stored here and may no longer: only a script can reach it. A name may end in "*".
const removable = document.querySelector('meta[name="ms-removable"]')?.content.split(" ").filter(Boolean) ?? [];
for (const store of removable.length ? [localStorage, sessionStorage] : []) {
  for (const key of Object.keys(store)) {
    if (removable.some((name) => (name.endsWith("*") ? key.startsWith(name.slice(0, -1)) : key === name))) store.removeItem(key);
  }
}
