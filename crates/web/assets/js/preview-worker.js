// The worker of the preview: runs the engine (`crates/preview/src/exports.rs`) on this device. It asks the network for two
// files, the engine and the film, when it is told to load; a photo that it is given goes nowhere but into its own memory.
"use strict";

// A larger photo is looked at in this size; faces in it are large enough.
const PIXELS_MAX = 12e6;
// What the server takes, so that it is not refused there.
const SERVER_PIXELS_MAX = 50e6;
const VIEW = { width: 640, height: 360 };

let engine;

const memory = (at, length) => new Uint8Array(engine.memory.buffer, at, length);
const answer = () => memory(engine.answer(), engine.answer_length());
const lines = () => new TextDecoder().decode(answer()).split("\n").filter(Boolean);

/** Fills the engine's room. */
function put(...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // The address is asked for first: making room may move the memory.
  let at = engine.room(length);
  for (const part of parts) { memory(at, part.length).set(part); at += part.length; }
}

/** A file, told of as it comes. */
async function get(url, came) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const count = new TransformStream({ transform(part, out) { came(part.length); out.enqueue(part); } });
  return new Response(response.body.pipeThrough(count), { headers: { "content-type": response.headers.get("content-type") } });
}

async function load({ engine: module, film, language, size }) {
  let loaded = 0;
  const came = (length) => { loaded += length; postMessage({ loaded: Math.min(1, loaded / size) }); };
  const files = get(film, came).then((response) => response.arrayBuffer());
  const made = await WebAssembly.instantiateStreaming(get(module, came));
  engine = made.instance.exports;
  const spoken = new TextEncoder().encode(language);
  put(spoken, new Uint8Array(await files));
  const fps = engine.open(spoken.length);
  if (!fps) throw new Error("the film cannot be read");
  return { fps, shots: lines().map((line) => Number(line.split(" ")[1])) };
}

/** The browser's own decoder turns the photo upright; its pixels are all that goes on. */
async function look({ file }) {
  let picture;
  try { picture = await createImageBitmap(file); } catch { return { refused: "not-a-picture" }; }
  const pixels = picture.width * picture.height;
  if (pixels > SERVER_PIXELS_MAX) return { refused: "too-many-pixels" };
  const scale = Math.min(1, Math.sqrt(PIXELS_MAX / pixels));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  const pen = new OffscreenCanvas(width, height).getContext("2d", { alpha: false, willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, width, height);
  picture.close();
  put(pen.getImageData(0, 0, width, height).data);
  const faces = engine.look(width, height);
  if (!faces) return { refused: lines()[0] ?? "no-face" };
  return { faces: lines().map((line) => line.split(" ").map(Number)), width };
}

function cut({ face }) {
  return engine.cut_out(face) ? { warnings: lines() } : { refused: lines()[0] ?? "no-face" };
}

function draw({ shot, frame, pixels }) {
  const at = engine.draw(shot, frame);
  if (!at) throw new Error("nothing to draw");
  const copy = pixels ?? new Uint8ClampedArray(VIEW.width * VIEW.height * 4);
  copy.set(memory(at, copy.length));
  return { pixels: copy };
}

/** The cut-out as the server would keep it: for a test that draws the same frames there. */
function hero() {
  engine.hero();
  return { bytes: answer().slice() };
}

const can = { load, look, cut, draw, hero };
onmessage = async ({ data: { id, ask, ...what } }) => {
  try {
    const done = await can[ask](what);
    postMessage({ id, done }, done.pixels ? [done.pixels.buffer] : []);
  } catch (error) {
    postMessage({ id, failed: String(error) });
  }
};
