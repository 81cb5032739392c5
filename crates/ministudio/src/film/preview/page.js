// The preview: asks for the film's state, draws its frames onto a canvas, and hears of every change of the folder.

const at = (id) => document.getElementById(id);
const picture = at("picture");
const canvas = picture.getContext("2d");
/** Frames on their way or ready, by their address; a new key is a new address. */
const frames = new Map();
const AHEAD = 24;
const KEPT = 240;

let state = { serial: -1, film: null, problems: [] };
let frame = 0;
let playing = null;
let audio = null;
let asking = null;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function query() {
  const asked = new URLSearchParams();
  const friend = at("friend").hidden ? [] : ["second-name", "second-child"];
  for (const id of ["name", "child", "language", "width", ...friend]) if (at(id).value) asked.set(id, at(id).value);
  for (const input of at("options").querySelectorAll("input, select")) if (input.value) asked.set(`set-${input.name}`, input.value);
  return asked;
}

function shotAt(number) {
  const shots = state.film.shots;
  return shots.findLast((shot) => shot.first <= number) ?? shots[0];
}

function address(number) {
  const shot = shotAt(number);
  const asked = query();
  asked.set("key", shot.key);
  return `frame/${encodeURIComponent(shot.id)}/${number - shot.first}?${asked}`;
}

/** A frame as a bitmap, fetched once. */
function fetched(number) {
  const from = address(number);
  let one = frames.get(from);
  if (!one) {
    one = { bitmap: null, promise: null };
    one.promise = fetch(from)
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(answer.status)))
      .then(createImageBitmap)
      .then((bitmap) => (one.bitmap = bitmap))
      .catch(() => { frames.delete(from); return null; });
    frames.set(from, one);
    for (const [old, kept] of frames) {
      if (frames.size <= KEPT) break;
      kept.bitmap?.close();
      frames.delete(old);
    }
  }
  return one;
}

function paint(bitmap) {
  if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
    picture.width = bitmap.width;
    picture.height = bitmap.height;
  }
  canvas.drawImage(bitmap, 0, 0);
}

async function show(number) {
  if (!state.film || !state.film.frames) return;
  frame = Math.max(0, Math.min(number, state.film.frames - 1));
  labels();
  const wanted = address(frame);
  const bitmap = await fetched(frame).promise;
  if (bitmap && !playing && state.film && wanted === address(frame) && frames.has(wanted)) paint(bitmap);
}

function labels() {
  const film = state.film;
  const shot = shotAt(frame);
  const second = (frame / film.fps).toFixed(1);
  at("second").value = frame;
  at("second").setAttribute("aria-valuetext", `${second} seconds, shot ${shot.id}`);
  at("clock").textContent = `${second} s, ${shot.id} ${((frame - shot.first) / film.fps).toFixed(1)} s`;
  at("caption").textContent = shot.caption;
  at("described").textContent = shot.described && `Described: ${shot.described}`;
  picture.setAttribute("aria-label", shot.described || `Shot ${shot.id}`);
  for (const button of at("timeline").querySelectorAll("button")) {
    if (button.dataset.shot === shot.id) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function stop() {
  if (!playing) return;
  cancelAnimationFrame(playing.request);
  playing = null;
  audio?.pause();
  at("play").textContent = "Play";
  show(frame);
}

/** Plays by the clock; what is not drawn in time holds the clock, so that the motion stays true. */
function play() {
  if (!state.film || playing) return stop();
  if (frame >= state.film.frames - 1) frame = 0;
  playing = { from: frame, start: performance.now(), request: 0, late: 0, shown: -1 };
  at("play").textContent = "Pause";
  if (audio) { audio.currentTime = frame / state.film.fps; audio.play().catch(() => {}); }
  const step = (now) => {
    if (!playing || !state.film) return;
    const fps = state.film.fps;
    const due = playing.from + Math.floor(((now - playing.start) / 1000) * fps);
    if (due >= state.film.frames) { frame = state.film.frames - 1; return stop(); }
    for (let next = due; next < Math.min(due + AHEAD, state.film.frames); next += 1) fetched(next);
    const bitmap = fetched(due).bitmap;
    if (bitmap) {
      if (due !== playing.shown) { paint(bitmap); playing.shown = due; frame = due; labels(); }
      if (audio && Math.abs(audio.currentTime - due / fps) > 0.15) audio.currentTime = due / fps;
    } else {
      playing.from = Math.max(frame, playing.from);
      playing.start = now;
      playing.late += 1;
    }
    at("pace").textContent = playing.late > 40 ? "Drawing is slower than the film here: it waits for pictures now and then." : "";
    playing.request = requestAnimationFrame(step);
  };
  playing.request = requestAnimationFrame(step);
}

function choices(select, entries) {
  const chosen = select.value;
  const same = select.options.length === entries.length && entries.every(([value], index) => select.options[index].value === value);
  if (same) return;
  select.replaceChildren(...entries.map(([value, label]) => new Option(label, value)));
  if (entries.some(([value]) => value === chosen)) select.value = chosen;
}

function options(film) {
  const known = film.options.map((option) => JSON.stringify(option)).join();
  if (at("options").dataset.known === known) return;
  at("options").dataset.known = known;
  at("options").replaceChildren(...film.options.map((option) => {
    const label = make("label", `${option.key} `);
    const input = document.createElement(option.kind === "choice" ? "select" : "input");
    input.name = option.key;
    if (option.kind === "choice") for (const value of option.of) input.append(new Option(value, value));
    if (option.kind === "number") Object.assign(input, { type: "number", min: option.min, max: option.max });
    if (option.kind === "text") input.maxLength = option.max;
    input.value = option.sample;
    label.append(input);
    return label;
  }));
}

function timeline(film) {
  const focused = document.activeElement?.dataset?.shot;
  at("timeline").replaceChildren(...film.shots.map((shot) => {
    const item = make("li");
    const button = make("button", undefined, shot.personal ? "personal" : "");
    button.type = "button";
    button.dataset.shot = shot.id;
    button.append(make("span", `${shot.id}, ${(shot.frames / film.fps).toFixed(1)} s, ${shot.personal ? "personal" : "shared"}`));
    for (const one of shot.why) button.append(make("span", `${one.slot}: ${one.place} (shots/${shot.id}.toml:${one.line})`, "why"));
    if (!shot.personal) button.append(make("span", "shows nothing of the child", "why"));
    button.addEventListener("click", () => { stop(); show(shot.first); });
    item.append(button);
    return item;
  }));
  if (focused) at("timeline").querySelector(`[data-shot="${CSS.escape(focused)}"]`)?.focus();
  const personal = film.shots.filter((shot) => shot.personal).reduce((sum, shot) => sum + shot.frames, 0);
  at("sum").textContent = `${film.shots.length} shots, ${(film.frames / film.fps).toFixed(1)} s; ` +
    `${(personal / film.fps).toFixed(1)} s are made for each copy, the rest once for everybody.`;
}

function problems() {
  const count = state.problems.length;
  at("problems-sum").textContent = (state.isEarlier ? "film.toml cannot be read now; what is shown was read before. " : "") +
    (count ? `${count} to look at` : "Nothing to mend.");
  at("problems").replaceChildren(...state.problems.map((one) => {
    const item = make("li");
    item.append(make("strong", one.isError ? "Error: " : "Warning: "), make("span", one.message), make("br"));
    item.append(make("code", one.line ? `${one.file}:${one.line}` : one.file));
    if (one.source) item.append(make("pre", `${one.line} | ${one.source}`));
    if (one.suggestion) item.append(make("p", `Help: ${one.suggestion}`, "quiet"));
    return item;
  }));
}

function moods() {
  const child = at("child").value;
  const has = child && child !== "sample";
  at("moods-section").hidden = !has;
  if (!has || at("moods").dataset.child === child) return;
  at("moods").dataset.child = child;
  at("moods").replaceChildren(...state.moods.map((mood, index) => {
    const item = make("li");
    const image = document.createElement("img");
    image.src = `mood/${encodeURIComponent(child)}/${index}`;
    image.alt = `The child, ${mood}`;
    item.append(image, make("span", mood));
    return item;
  }));
}

async function sound(film, changed) {
  if (!film.sound) { audio?.pause(); audio = null; return; }
  if (audio && !changed) return;
  const answer = await fetch("sound");
  if (!answer.ok) return;
  if (audio) URL.revokeObjectURL(audio.src);
  audio = new Audio(URL.createObjectURL(await answer.blob()));
}

function take(news) {
  const changed = state.film?.sound !== news.film?.sound;
  state = news;
  problems();
  choices(at("child"), state.children.map((child) => [child.id, child.label]));
  if (!state.film) return;
  const film = state.film;
  document.title = `${film.title}: preview`;
  at("title").textContent = film.title;
  at("about").textContent = `${film.slug}, version ${film.version}`;
  at("name").placeholder = film.sampleName;
  at("name-problems").textContent = film.nameProblems.join(" ");
  at("friend").hidden = film.secondSample === null;
  at("second-name").placeholder = film.secondSample ?? "";
  const children = state.children.filter((child) => child.id !== "sample").map((child) => [child.id, child.label]);
  choices(at("second-child"), [["", "nobody: the drawn friend plays"], ...children]);
  at("second").max = Math.max(0, film.frames - 1);
  choices(at("language"), film.languages.map((language) => [language, language]));
  options(film);
  timeline(film);
  moods();
  sound(film, changed).catch(() => {});
  if (playing) frame = Math.min(frame, film.frames - 1);
  else show(frame);
}

async function ask(since) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const asked = query();
  const before = asked.toString();
  if (since !== undefined) asked.set("since", since);
  const answer = await fetch(`film?${asked}`, { signal: mine.signal });
  const news = await answer.json();
  if (asking !== mine) return;
  take(news);
  // What the page fills in by itself the first time counts too.
  if (query().toString() !== before) state.serial = -1;
}

async function follow() {
  for (;;) {
    try {
      await ask(state.serial);
    } catch (error) {
      if (error.name === "AbortError") { await new Promise((done) => setTimeout(done, 60)); continue; }
      at("problems-sum").textContent = "The preview does not answer. Is it still running?";
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

let waiting = 0;
/** Another child, name or language: the state is asked for anew, with it. */
function recast() {
  clearTimeout(waiting);
  waiting = setTimeout(() => { state.serial = -1; asking?.abort(); }, 120);
}

at("cast").addEventListener("input", recast);
at("cast").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll(".try")) {
  button.addEventListener("click", () => { at("name").value = button.textContent; recast(); });
}
at("play").addEventListener("click", play);
at("second").addEventListener("input", () => { stop(); show(Number(at("second").value)); });
follow();
