// "Try it on this device": a photo is cut out and played in a few scenes of the film, in a worker of this page. The photo
// is not sent anywhere. What has to be loaded is loaded when somebody reaches for the photo field.
const MOMENTS = [1 / 6, 1 / 2, 5 / 6];

for (const place of document.querySelectorAll("[data-preview]")) begin(place);

function begin(place) {
  const part = (name) => place.querySelector(`[data-${name}]`);
  const words = JSON.parse(part("words").textContent);
  const say = (sentence) => { part("said").textContent = sentence ?? ""; };
  const can = typeof WebAssembly === "object" && "instantiateStreaming" in WebAssembly && "Worker" in window
    && "OffscreenCanvas" in window && "TransformStream" in window && "createImageBitmap" in window;
  if (!can) { say(words.cannot); return; }
  const input = place.querySelector("input[type=file]");
  const pen = part("view").getContext("2d");
  const bar = part("loading").querySelector("progress");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  part("field").hidden = false;

  let worker, loading, film, number = 0, photos = 0;
  const waiting = new Map();

  /** Asks the worker; what it is given in `given` is handed over, not copied. */
  const ask = (what, more = {}, given = []) => new Promise((done, failed) => {
    waiting.set((number += 1), { done, failed });
    worker.postMessage({ id: number, ask: what, ...more }, given);
  });
  /** An engine that stumbled is not asked again: the next photo gets a new one. */
  const broken = (error) => {
    worker?.terminate();
    loading = film = undefined;
    for (const { failed } of waiting.values()) failed(error);
    waiting.clear();
  };

  /** Starts the worker and loads engine and film, once; after a failure it may be tried again. */
  const ready = () => (loading ??= (async () => {
    const { script, engine, film: files, language, size } = place.dataset;
    // The one address that this page may make a worker of.
    const rule = window.trustedTypes?.createPolicy && (begin.rule ??= trustedTypes.createPolicy("preview", {
      createScriptURL: (url) => { if (url !== script) throw new TypeError("another script"); return url; },
    }));
    worker = new Worker(rule ? rule.createScriptURL(script) : script);
    worker.onerror = () => broken(new Error("the worker failed"));
    worker.onmessage = ({ data }) => {
      if (data.loaded !== undefined) { bar.value = data.loaded; return; }
      if (data.failed) { broken(new Error(data.failed)); return; }
      const { done } = waiting.get(data.id);
      waiting.delete(data.id);
      done(data.done);
    };
    const loaded = await ask("load", { engine, film: files, language, size: Number(size) });
    film = { ...loaded, frames: loaded.shots.reduce((sum, frames) => sum + frames, 0) };
  })().catch((error) => { loading = undefined; throw error; }));
  for (const reach of ["pointerenter", "focus", "click"]) input.addEventListener(reach, () => ready().catch(() => {}));

  // Showing frames: one is asked for at a time, its pixels go to and fro.
  let at = 0, drawing = false, wanted, playing = false, pixels;
  const where = (frame) => {
    let shot = 0;
    while (frame >= film.shots[shot] && shot + 1 < film.shots.length) { frame -= film.shots[shot]; shot += 1; }
    return { shot, frame };
  };
  async function show(frame) {
    wanted = frame;
    if (drawing) return;
    drawing = true;
    try {
      while (wanted !== undefined) {
        at = wanted;
        wanted = undefined;
        const one = where(at);
        const spare = pixels;
        pixels = undefined;
        const drawn = await ask("draw", { ...one, pixels: spare }, spare ? [spare.buffer] : []);
        pixels = drawn.pixels;
        pen.putImageData(new ImageData(pixels, 640, 360), 0, 0);
        place.dataset.shown = `${one.shot} ${one.frame}`;
      }
    } finally { drawing = false; }
  }

  const button = part("play");
  function pause() { playing = false; button.textContent = words.play; }
  function play() {
    if (at >= film.frames - 1) at = 0;
    playing = true;
    button.textContent = words.pause;
    const [began, from] = [performance.now(), at];
    const tick = (now) => {
      if (!playing) return;
      const frame = Math.min(film.frames - 1, from + Math.floor(Math.max(0, now - began) * film.fps / 1000));
      if (frame !== at && !drawing) show(frame).catch(pause);
      if (at >= film.frames - 1) pause(); else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }
  button.addEventListener("click", () => { if (playing) pause(); else play(); });

  /** Still pictures, three a scene, there and back. */
  const step = (by) => {
    pause();
    let first = 0;
    const stills = film.shots.flatMap((frames) => {
      const here = MOMENTS.map((moment) => first + Math.floor(frames * moment));
      first += frames;
      return here;
    });
    const next = by > 0 ? stills.findIndex((frame) => frame > at) : stills.findLastIndex((frame) => frame < at);
    const index = next >= 0 ? next : by > 0 ? 0 : stills.length - 1;
    say(words.picture.replace("[n]", index + 1).replace("[all]", stills.length));
    show(stills[index]).catch(() => say(words.failed));
  };
  part("back").addEventListener("click", () => step(-1));
  part("on").addEventListener("click", () => step(1));

  async function cut(face, turn) {
    say(words.looking);
    const { refused, warnings } = await ask("cut", { face });
    if (turn !== photos) return;
    if (refused) { refuse(refused); return; }
    const chosen = part("faces").contains(document.activeElement);
    part("faces").hidden = true;
    at = 0;
    await show(still.matches ? Math.floor(film.shots[0] / 2) : 0);
    if (turn !== photos) return;
    part("stage").hidden = false;
    // The face that was pressed is gone: who goes by the keyboard would begin at the top of the page.
    if (chosen) button.focus();
    part("warnings").replaceChildren(...warnings.map((code) => Object.assign(document.createElement("li"), { textContent: words.warnings[code] ?? code })));
    say(words.done);
    if (!still.matches) play();
  }

  function refuse(code) {
    say(words.refusals[code] ?? words.failed);
    input.setAttribute("aria-invalid", "true");
  }

  /** Several faces: whose film is it? */
  async function choose(file, { faces, width }, turn) {
    const picture = await createImageBitmap(file);
    const scale = picture.width / width;
    const list = part("faces").querySelector("ul");
    list.replaceChildren(...faces.map(([x, y, w, h], index) => {
      const side = Math.max(w, h) * 1.7 * scale;
      const [left, top] = [(x + w / 2) * scale - side / 2, (y + h / 2) * scale - side * 0.54];
      const small = Object.assign(document.createElement("canvas"), { width: 192, height: 192 });
      small.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, 192, 192);
      const pick = Object.assign(document.createElement("button"), { type: "button", className: "face" });
      const name = Object.assign(document.createElement("span"), { textContent: words.face.replace("[n]", index + 1) });
      pick.append(small, name);
      pick.addEventListener("click", () => cut(index, turn).catch(() => say(words.failed)));
      const item = document.createElement("li");
      item.append(pick);
      return item;
    }));
    picture.close();
    part("faces").hidden = false;
    say(words.faces);
  }

  // Where the photo is to be given on the same page, it need not be chosen twice. It leaves the device with that form alone.
  function hand(file) {
    const given = document.querySelector("form[data-photo] input[type=file]");
    if (!given) return;
    const transfer = new DataTransfer();
    transfer.items.add(file);
    given.files = transfer.files;
    given.dispatchEvent(new Event("change"));
  }

  input.addEventListener("change", async () => {
    const file = input.files[0];
    const turn = (photos += 1);
    if (!file) return;
    hand(file);
    pause();
    part("stage").hidden = part("faces").hidden = true;
    input.removeAttribute("aria-invalid");
    try {
      if (!film) { say(words.loading); part("loading").hidden = false; }
      await ready();
      part("loading").hidden = true;
      if (turn !== photos) return;
      say(words.looking);
      const found = await ask("look", { file });
      if (turn !== photos) return;
      if (found.refused) refuse(found.refused);
      else if (found.faces.length > 1) await choose(file, found, turn);
      else await cut(0, turn);
    } catch {
      part("loading").hidden = true;
      if (turn === photos) say(words.failed);
    }
  });

  // For the browser test, which draws the same frames without a browser.
  place.ask = ask;
}
