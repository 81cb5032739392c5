// The player: hls.js where the browser has no patience of its own, going on where one stopped, the quality, the small
// window, the described version, keys, and the progress of a film that is still being made.
const video = document.querySelector(".player video");
const progress = document.querySelector("[data-progress]");
const tools = document.querySelector("[data-tools]");
const tool = (name) => tools?.querySelector(`[data-${name}]`);
// In seconds, where this film was stopped the last time.
const stopped = Number(video?.dataset.stopped ?? 0);
const AHEAD_S = 5;
const KEEP_EVERY_MS = 10_000;

const patience = {
  default: {
    maxTimeToFirstByteMs: 60_000,
    maxLoadTimeMs: 180_000,
    timeoutRetry: { maxNumRetry: 100, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 2_000, retryDelayMs: 400, maxRetryDelayMs: 2_000, backoff: "linear" },
  },
};

async function attach() {
  const { default: Hls } = await import(video.dataset.hls);
  if (!Hls.isSupported()) {
    video.load();
    fromStopped();
    return;
  }
  // The sources in the page are for browsers without scripts.
  for (const source of video.querySelectorAll("source")) source.remove();
  video.load();
  if (video.dataset.elsewhere) elsewhere(Hls);
  else ours(Hls, stopped);
}

// A film that the browser plays by itself goes on where it was stopped as soon as its length is known; that is before it
// plays, so that the kept place is not written over.
function fromStopped() {
  if (!stopped) return;
  const go = () => { video.currentTime = stopped; };
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) go();
  else video.addEventListener("loadedmetadata", go, { once: true });
}

const plain = {
  enableWorker: false,
  // No more pixels than the page shows.
  capLevelToPlayerSize: true,
  // Captions come as <track>, which every browser shows the same way.
  subtitleTrackController: undefined, subtitleStreamController: undefined, timelineController: undefined,
};

// From the streaming service; whatever goes wrong there, the film goes on from our own house.
function elsewhere(Hls) {
  const soon = { default: { maxTimeToFirstByteMs: 5_000, maxLoadTimeMs: 8_000, timeoutRetry: null, errorRetry: null } };
  const hls = new Hls({ ...plain, manifestLoadPolicy: soon, playlistLoadPolicy: soon, startPosition: stopped });
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    const at = video.currentTime || stopped;
    hls.destroy();
    ours(Hls, at);
  });
  quality(Hls, hls);
  hls.loadSource(video.dataset.elsewhere);
  hls.attachMedia(video);
  video.play().catch(() => {});
}

function ours(Hls, at) {
  const hls = new Hls({
    ...plain,
    // A shot that is not ready yet is waited for.
    fragLoadPolicy: patience, manifestLoadPolicy: patience, playlistLoadPolicy: patience,
    maxBufferLength: 60, maxBufferHole: 0.5, startPosition: at,
  });
  let failed = 0;
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    // At once the first time, then less and less often: what fails again and again must not load all the while.
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) setTimeout(() => hls.recoverMediaError(), Math.min(failed++ * 2_000, 30_000));
    else setTimeout(() => hls.startLoad(), 2_000);
  });
  quality(Hls, hls);
  hls.loadSource(video.dataset.master);
  hls.attachMedia(video);
  video.play().catch(() => {});
}

// The sizes that are there, and what the player takes by itself.
function quality(Hls, hls) {
  const field = tool("quality");
  if (!field) return;
  const select = field.querySelector("select");
  const [auto] = select.options;
  const words = auto.dataset.words ??= auto.textContent;
  const name = (level) => `${hls.levels[level].height}p`;
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    select.length = 1;
    const levels = hls.levels.map((_, level) => level).sort((a, b) => hls.levels[b].height - hls.levels[a].height);
    for (const level of levels) select.add(new Option(name(level), level));
    field.hidden = levels.length < 2;
  });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => { auto.textContent = `${words} (${name(level)})`; });
  select.onchange = () => { hls.nextLevel = Number(select.value); };
}

// Where one stops is kept with the film. Nothing is kept in the browser.
function goOn() {
  const to = video.dataset.stopAt;
  if (!to) return;
  let [kept, begun] = [stopped, false];
  const keep = async () => {
    const seconds = video.ended ? 0 : Math.floor(video.currentTime);
    if (!begun || seconds === kept) return;
    kept = seconds;
    const body = JSON.stringify({ seconds });
    try {
      const answer = await fetch(to, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body });
      if (answer.ok) video.dataset.stopped = String(seconds);
    } catch { /* offline for a moment: the next one counts */ }
  };
  video.addEventListener("playing", () => { begun = true; }, { once: true });
  for (const event of ["pause", "ended"]) video.addEventListener(event, keep);
  addEventListener("pagehide", keep);
  setInterval(() => { if (!video.paused) keep(); }, KEEP_EVERY_MS);
  const button = tool("from-start");
  if (!stopped || !button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.hidden = true;
    video.currentTime = 0;
    video.play().catch(() => {});
    video.focus();
  });
}

const canFloat = document.pictureInPictureEnabled && !video?.disablePictureInPicture;

function float() {
  if (!canFloat) return;
  const going = document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture();
  // Without a picture there is nothing to show yet.
  going.catch(() => {});
}

function smallWindow() {
  const button = tool("small-window");
  if (!button || !canFloat) return;
  button.hidden = false;
  tool("small-window-key").hidden = false;
  button.addEventListener("click", float);
  const pressed = (on) => () => button.setAttribute("aria-pressed", String(on));
  video.addEventListener("enterpictureinpicture", pressed(true));
  video.addEventListener("leavepictureinpicture", pressed(false));
}

let lastShown;
function captions() {
  const all = [...video.textTracks].filter((one) => one.kind === "captions");
  const shown = all.find((one) => one.mode === "showing");
  if (shown) { lastShown = shown; shown.mode = "disabled"; }
  else if (all.length) (lastShown ?? all[0]).mode = "showing";
}

function keys() {
  const play = () => (video.paused ? video.play().catch(() => {}) : video.pause());
  // These do something of their own on what can be pressed, the player included.
  const moves = {
    " ": play,
    ArrowLeft: () => { video.currentTime -= AHEAD_S; },
    ArrowRight: () => { video.currentTime += AHEAD_S; },
  };
  const letters = {
    f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen?.()),
    c: captions,
    p: float,
    m: () => { video.muted = !video.muted; },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const free = !event.target.closest("a, button, summary, video");
    const act = (free && moves[event.key]) || (tool("keys")?.checked && letters[event.key.toLowerCase()]);
    if (act) { event.preventDefault(); act(); }
  });
}

function describe() {
  const [button, line] = [tool("describe"), tool("described-line")];
  const track = [...video.textTracks].find((one) => one.kind === "descriptions");
  if (!button || !track) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    line.hidden = !on;
    track.mode = on ? "hidden" : "disabled";
  });
  track.addEventListener("cuechange", () => {
    const cue = track.activeCues?.[0];
    if (cue) line.textContent = cue.text;
  });
}

function follow() {
  if (!progress) return;
  const { url, every } = { url: progress.dataset.progress, every: 1_500 };
  const shots = progress.querySelectorAll("[data-shot]");
  const words = progress.querySelector("[data-progress-words]");
  const bar = progress.querySelector("progress");
  const step = async () => {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) { location.reload(); return; }
      if (answer.ok) {
        const now = await answer.json();
        now.shots.forEach((state, place) => { if (shots[place]) shots[place].className = state; });
        bar.value = now.ready;
        progress.querySelector("[data-watchable]").hidden = now.ready === 0;
        if (words.textContent !== now.words) words.textContent = now.words;
        if (now.state === "ready") {
          // Its last words stay: they say that it is ready.
          progress.removeAttribute("aria-label");
          for (const part of [bar, progress.querySelector(".shots"), progress.querySelector("[data-watchable]")]) part.hidden = true;
          for (const later of document.querySelectorAll("[data-when-ready]")) later.hidden = false;
          return;
        }
        if (now.state === "failed") { location.reload(); return; }
      }
    } catch { /* offline for a moment: ask again */ }
    setTimeout(step, every);
  };
  setTimeout(step, every);
}

if (video && tools) {
  tools.hidden = false;
  keys();
  describe();
  smallWindow();
  goOn();
}
// A film that is shared, or of an earlier version, is one file, which every browser plays by itself.
if (video?.dataset.master) attach();
else if (video) fromStopped();
follow();
