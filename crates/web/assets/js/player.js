// The player: hls.js where the browser has no patience of its own, the described version, keys,
// and the progress of a film that is still being made.
const video = document.querySelector(".player video");
const progress = document.querySelector("[data-progress]");
const described = document.querySelector("[data-described]");

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
  if (!Hls.isSupported()) { video.load(); return; }
  // The sources in the page are for browsers without scripts.
  for (const source of video.querySelectorAll("source")) source.remove();
  video.load();
  if (video.dataset.elsewhere) elsewhere(Hls);
  else ours(Hls, 0);
}

const plain = {
  enableWorker: false,
  // Captions come as <track>, which every browser shows the same way.
  subtitleTrackController: undefined, subtitleStreamController: undefined, timelineController: undefined,
};

// From the streaming service; whatever goes wrong there, the film goes on from our own house.
function elsewhere(Hls) {
  const soon = { default: { maxTimeToFirstByteMs: 5_000, maxLoadTimeMs: 8_000, timeoutRetry: null, errorRetry: null } };
  const hls = new Hls({ ...plain, manifestLoadPolicy: soon, playlistLoadPolicy: soon, startPosition: 0 });
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    const at = video.currentTime;
    hls.destroy();
    ours(Hls, at);
  });
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
  hls.on(Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
    else setTimeout(() => hls.startLoad(), 2_000);
  });
  hls.loadSource(video.dataset.master);
  hls.attachMedia(video);
  video.play().catch(() => {});
}

function keys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("a, button, input, select, textarea, summary, video")) return;
    const act = {
      " ": () => (video.paused ? video.play() : video.pause()),
      k: () => (video.paused ? video.play() : video.pause()),
      ArrowLeft: () => { video.currentTime -= 5; },
      ArrowRight: () => { video.currentTime += 5; },
      f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen()),
      m: () => { video.muted = !video.muted; },
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });
}

function describe() {
  if (!described) return;
  const line = described.querySelector("[data-described-line]");
  const button = described.querySelector("button");
  const track = [...video.textTracks].find((one) => one.kind === "descriptions");
  if (!track) return;
  described.hidden = false;
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
        if (words.textContent !== now.words) words.textContent = now.words;
        if (now.state === "ready") {
          progress.hidden = true;
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

if (video) { keys(); describe(); }
// A film that is shared is one file, which every browser plays by itself.
if (video?.dataset.master) attach();
follow();
