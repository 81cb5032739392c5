// Copies a link that is shown once. Without this it is selected and copied by hand.
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
document.getElementById("made")?.focus();
