//! Folders from strangers: the files of the films that there are, spoiled in many ways, and plain noise. Whatever a
//! folder holds, reading and checking it ends, and ends with a report.
//!
//! `MINISTUDIO_SOAK_FUZZ` says how many folders (`cargo xtask soak`); a few hundred each day in each test,
//! and those for ten seconds at most.

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use common::tiny;
use film::{Film, MapFolder};
use proptest::prelude::*;

/// Folders each day, and the time that they may take together.
const DAILY: u32 = 300;
const DAILY_TIME: Duration = Duration::from_secs(10);
/// Reading one folder takes milliseconds; what takes longer than this hangs.
const LONGEST: Duration = Duration::from_secs(30);
/// Larger files would only make each case slower.
const LARGEST: u64 = 40_000;

/// Words that mean something to TOML, SVG, captions or numbers.
const WORDS: [&str; 60] = [
    "",
    "0",
    "-",
    "-1",
    "1e30",
    "1e39",
    "-1e308",
    "1e-300",
    "nan",
    "inf",
    "0.0000001",
    "99999999999999999999",
    "4294967296",
    "\"",
    "\"\"\"",
    "'",
    "]",
    "[[",
    "[[sheet]]\n",
    "{",
    "}",
    "{}",
    "{name}",
    "{age",
    "{second}",
    "\n",
    "\r",
    "\u{0}",
    "é",
    "\u{202e}",
    "\u{1f98a}",
    "= ",
    ".",
    "#",
    "name",
    "set",
    "<g>",
    "</g>",
    "/>",
    "<",
    "&#0;",
    "&amp;",
    "<![CDATA[",
    "<!--",
    "<?x?>",
    "<use href=\"#star\"/>",
    "id=\"star\"",
    "id=\"slot:face\"",
    "id=\"slot:second.face\"",
    "data-text=\"years\"",
    "data-fill=\"skin\"",
    "transform=\"scale(0)\"",
    "transform=\"matrix(1e30 0 0 1e-30 0 0)\"",
    "url(#halo)",
    "clip-path=\"url(#half)\"",
    "stroke-dasharray=\"0.001\"",
    "style=\"fill:url(#x)\"",
    "M0 0A1 0 0 0 0 1e9 1e9",
    "h1e38",
    "stroke-width=\"1e20\"",
];

/// What is done to a file; places are shares of its length.
#[derive(Debug, Clone)]
enum Change {
    Cut {
        at: f64,
        long: usize,
    },
    Put {
        at: f64,
        what: &'static str,
    },
    Noise {
        at: f64,
        bytes: Vec<u8>,
    },
    /// A stretch, over and over.
    Repeat {
        at: f64,
        long: usize,
        times: usize,
    },
    /// The next number becomes another.
    Number {
        at: f64,
        what: &'static str,
    },
    /// A stretch of another place instead.
    Move {
        from: f64,
        to: f64,
        long: usize,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let at = || 0.0..1.0_f64;
    let word = || prop::sample::select(WORDS.to_vec());
    prop_oneof![
        (at(), 0..80_usize).prop_map(|(at, long)| Change::Cut { at, long }),
        (at(), word()).prop_map(|(at, what)| Change::Put { at, what }),
        (at(), prop::collection::vec(any::<u8>(), 1..12)).prop_map(|(at, bytes)| Change::Noise { at, bytes }),
        (at(), 1..60_usize, 1..400_usize).prop_map(|(at, long, times)| Change::Repeat { at, long, times }),
        (at(), word()).prop_map(|(at, what)| Change::Number { at, what }),
        (at(), at(), 1..200_usize).prop_map(|(from, to, long)| Change::Move { from, to, long }),
    ]
}

fn spoil(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    let place = |share: f64| ((share * length as f64) as usize).min(length);
    let stretch = |share: f64, long: usize| place(share)..(place(share) + long).min(length);
    match change {
        Change::Cut { at, long } => drop(bytes.drain(stretch(*at, *long))),
        Change::Put { at, what } => drop(bytes.splice(place(*at)..place(*at), what.bytes())),
        Change::Noise { at, bytes: noise } => {
            drop(bytes.splice(place(*at)..place(*at), noise.iter().copied()))
        }
        Change::Repeat { at, long, times } => {
            let again = bytes[stretch(*at, *long)].repeat(*times);
            drop(bytes.splice(place(*at)..place(*at), again));
        }
        Change::Number { at, what } => {
            let from = place(*at);
            let Some(start) = bytes[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else {
                return;
            };
            let digits =
                bytes[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
            drop(bytes.splice(start..start + digits, what.bytes()));
        }
        Change::Move { from, to, long } => {
            let taken = bytes[stretch(*from, *long)].to_vec();
            drop(bytes.splice(stretch(*to, *long), taken));
        }
    }
}

/// Files of the tiny film and of the real ones, each with the place in the tiny film that it takes.
fn files() -> &'static Vec<(&'static str, Vec<u8>)> {
    static FILES: OnceLock<Vec<(&'static str, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let films = std::fs::read_dir(here.join("../../films")).expect("the films are there").flatten();
        let mut films: Vec<PathBuf> = films.map(|entry| entry.path()).collect();
        films.sort();
        films.push(here.join("tests/tiny"));
        let mut found = Vec::new();
        for film in films {
            for (folder, place) in [
                ("", "film.toml"),
                ("shots", "shots/01-sky.toml"),
                ("words", "words/en.toml"),
                ("drawings", "drawings/world.svg"),
                ("drawings", "drawings/hero.svg"),
            ] {
                found.extend(small(&film.join(folder), place).into_iter().map(|bytes| (place, bytes)));
            }
        }
        assert!(found.len() > 20, "{} files", found.len());
        found
    })
}

/// The small files of a folder that are of the kind of this place, in the order of their names.
fn small(folder: &Path, place: &str) -> Vec<Vec<u8>> {
    let kind = Path::new(place).extension();
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let fits = |path: &&PathBuf| {
        path.extension() == kind && path.metadata().is_ok_and(|about| about.len() <= LARGEST)
    };
    paths.iter().filter(fits).filter_map(|path| std::fs::read(path).ok()).collect()
}

/// Reads and checks a folder in a thread of its own, so that one that hangs is seen to.
fn survive(folder: MapFolder) {
    let (done, ended) = channel();
    let worker = std::thread::spawn(move || {
        let report = Film::check(&folder);
        let (film, draft) = Film::draft(&folder);
        // What cannot even be drafted says why, and every sentence can be shown.
        assert!(film.is_some() || draft.has_errors());
        drop((report.to_string(), draft.to_string()));
        let _ = done.send(());
    });
    match ended.recv_timeout(LONGEST) {
        Ok(()) => {}
        Err(RecvTimeoutError::Timeout) => panic!("checking this folder takes longer than {LONGEST:?}"),
        Err(RecvTimeoutError::Disconnected) => {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// How many folders each test makes.
fn config() -> ProptestConfig {
    let soak = std::env::var("MINISTUDIO_SOAK_FUZZ").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: soak.unwrap_or(DAILY), max_shrink_iters: 300, ..ProptestConfig::default() }
}

/// Whether a test has used up its time; a soak has no limit.
fn is_over(start: &OnceLock<Instant>) -> bool {
    let begun = start.get_or_init(Instant::now);
    std::env::var_os("MINISTUDIO_SOAK_FUZZ").is_none() && begun.elapsed() > DAILY_TIME
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn spoiled_files_end_in_a_report(
        file in prop::sample::select((0..files().len()).collect::<Vec<_>>()),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        static START: OnceLock<Instant> = OnceLock::new();
        if is_over(&START) {
            return Ok(());
        }
        let (place, bytes) = &files()[file];
        let mut bytes = bytes.clone();
        changes.iter().for_each(|change| spoil(&mut bytes, change));
        let mut folder = tiny();
        folder.put(*place, bytes);
        survive(folder);
    }

    #[test]
    fn noise_ends_in_a_report(
        place in prop::sample::select(vec![
            "film.toml", "shots/01-sky.toml", "words/de.toml", "drawings/world.svg", "fonts/Name.ttf",
        ]),
        noise in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..600),
            prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..80).prop_map(|words| words.concat().into_bytes()),
            "\\PC{0,400}".prop_map(String::into_bytes),
        ],
    ) {
        static START: OnceLock<Instant> = OnceLock::new();
        if is_over(&START) {
            return Ok(());
        }
        let mut folder = tiny();
        folder.put(place, noise);
        survive(folder);
    }

    /// Captions, descriptions and texts of the set, whatever script or sign stands in them.
    #[test]
    fn words_from_strangers_end_in_a_report(caption in "\\PC{0,120}", set in "\\PC{0,60}", key in "[a-z{}. -]{0,8}") {
        static START: OnceLock<Instant> = OnceLock::new();
        if is_over(&START) {
            return Ok(());
        }
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut folder = tiny();
        folder.put("words/en.toml", format!(
            "title = {caption}\n[set]\ngood-night = {set}\nyears = {both}\n{key} = {set}\n[shots.01-sky]\ncaption = {caption}\ndescribed = {set}\n",
            caption = quoted(&caption),
            set = quoted(&set),
            both = quoted(&format!("{set}{{{key}}}{caption}")),
            key = quoted(&key),
        ));
        survive(folder);
    }
}
