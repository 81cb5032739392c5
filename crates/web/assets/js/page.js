// Small comforts that every page may have; all of them work without.
import { forget } from "./stored.js";

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
// A picture that does not come from elsewhere is shown from our own house.
function instead(picture) {
  const other = picture.dataset?.instead;
  if (!other) return;
  delete picture.dataset.instead;
  picture.removeAttribute("srcset");
  picture.src = other;
}
addEventListener("error", (event) => instead(event.target), true);
for (const picture of document.querySelectorAll("img[data-instead]")) {
  if (picture.complete && picture.naturalWidth === 0) instead(picture);
}
// What is wrong with a form is read first.
document.getElementById("wrong")?.focus();

// What optional tools stored here and may no longer: only a script can reach it.
const names = (meta) => document.querySelector(`meta[name="${meta}"]`)?.content.split(" ").filter(Boolean) ?? [];
forget(names("ms-removable"));
// Whoever signs out is not known to somebody else's messenger any more.
for (const form of document.querySelectorAll('form[action$="/sign-out"]')) form.addEventListener("submit", () => forget(names("ms-sign-out")));
