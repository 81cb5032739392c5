// The photo form with scripts: drag and drop, a preview that does not leave the device, a progress bar.
// The request is the same as without; a failure leaves the form as it is and says why.
const LARGEST = 25 * 1024 * 1024;

for (const form of document.querySelectorAll("form[data-photo]")) {
  const drop = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const guardian = form.querySelector("#guardian");
  const wrong = form.querySelector("#photo-wrong");
  const going = form.querySelector("[data-going]");
  const words = form.querySelector("[data-going-words]");
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  const drawing = drop.querySelector("svg");
  form.querySelector("[data-drop-words]").hidden = false;
  let preview;

  const mark = (field, isWrong) => { if (isWrong) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid"); };

  /** What is wrong with the box stands below it, as on the page without scripts. */
  const sayOfBox = (sentence) => {
    form.querySelector("#guardian-wrong")?.remove();
    mark(guardian, Boolean(sentence));
    guardian.removeAttribute("aria-describedby");
    if (!sentence) return;
    const line = Object.assign(document.createElement("p"), { id: "guardian-wrong", className: "wrong-words", textContent: sentence });
    line.setAttribute("role", "alert");
    guardian.closest(".tick").append(line);
    guardian.setAttribute("aria-describedby", line.id);
    guardian.focus();
  };

  const say = (sentence, code) => {
    wrong.hidden = !sentence;
    wrong.textContent = sentence ?? "";
    form.querySelector("[data-appeal]").hidden = !form.dataset.judged.split(" ").includes(code);
    mark(input, Boolean(sentence));
    wrong.closest(".field").classList.toggle("wrong", Boolean(sentence));
    if (sentence) { wrong.setAttribute("role", "alert"); wrong.scrollIntoView({ block: "center" }); input.focus({ preventScroll: true }); }
  };

  const show = () => {
    if (preview) { URL.revokeObjectURL(preview.src); preview.remove(); preview = undefined; }
    const file = input.files[0];
    say(file && file.size > LARGEST ? form.dataset.tooLarge : undefined);
    if (!file || !file.type.startsWith("image/")) return;
    const picture = new Image();
    picture.alt = "";
    picture.className = "chosen";
    picture.onload = () => { drawing.toggleAttribute("hidden", true); preview?.remove(); preview = picture; drop.prepend(picture); };
    picture.onerror = () => URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(file);
    drawing.removeAttribute("hidden");
  };
  input.addEventListener("change", show);

  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files?.[0];
    if (!file) return;
    const transfer = new DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    show();
  });

  const finish = (sentence, code) => {
    going.hidden = true;
    button.removeAttribute("aria-busy");
    delete form.dataset.sent;
    if (code === "affirmation-required") sayOfBox(sentence);
    else if (sentence) say(sentence, code);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    const file = input.files[0];
    if (file && file.size > LARGEST) { say(form.dataset.tooLarge); return; }
    say();
    sayOfBox();
    form.dataset.sent = "yes";
    button.setAttribute("aria-busy", "true");
    going.hidden = false;
    words.textContent = words.dataset.sending;
    bar.value = 0;
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (step) => { if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total; };
    request.upload.onload = () => { bar.removeAttribute("value"); words.textContent = form.dataset.looking; };
    request.onload = () => {
      const answer = request.response;
      if (request.status < 300 && answer?.next) { location.assign(answer.next); return; }
      if (request.status === 401) { location.reload(); return; }
      finish(answer?.message ?? form.dataset.lost, answer?.code);
    };
    request.onerror = request.onabort = () => finish(form.dataset.lost);
    request.send(new FormData(form));
  });
}
