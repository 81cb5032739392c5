// Copies or sends a link that is shown once. Without this it is selected and copied by hand.
const button = document.querySelector("[data-copy]");
const field = document.getElementById(button?.dataset.copy ?? "");
const said = document.querySelector("[data-copied]");

if (button && field && said && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = said.dataset.copied;
    } catch { /* not allowed here: it is selected, and copied by hand */ }
  });
}
// The device's own way of sending something.
const send = document.querySelector("[data-send]");
if (send && field && navigator.share) {
  send.hidden = false;
  send.addEventListener("click", () => navigator.share({ title: document.title, url: field.value }).catch(() => {}));
}
document.getElementById("made")?.focus();
