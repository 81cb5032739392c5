//! A film from a photo and a name, on all cores: every shot is drawn and encoded by
//! itself, then all of them are put into one file. How it is read, coded and laid out is the studio's to say.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;
use cinema::{Cue, Download, ParameterSets, SceneFrames, Sound};
use film::{Cast, Film, Folder, Hero};
use indicatif::{ProgressBar, ProgressStyle};
use likeness::{CutOut, Likeness};
use studio::films::{CatalogueError, Show};

use super::MakeArgs;
use crate::config::Settings as Configuration;
use crate::marks;

pub fn run(args: MakeArgs) -> anyhow::Result<()> {
    // A mistake in it is told before anything is made.
    let configuration = Configuration::read(args.config.as_deref(), |name| std::env::var(name).ok())?;
    let signer = marks::signer_or_self_made(&configuration)?;
    let folder = super::open::folder(&args.film)?;
    let show = show(folder.as_ref(), &args.film)?;
    let film = show.film();
    let language = language(film, args.lang.as_deref())?;
    let options = options(film, args.options)?;
    for name in std::iter::once(&args.name).chain(&args.second) {
        if let Some(problem) = film.problems_with_name(name).first() {
            anyhow::bail!("{problem}");
        }
    }
    anyhow::ensure!(args.second.is_none() || film.info().second.is_some(), "the film takes no second child");
    let face = match &args.photo {
        Some(path) => Some(cut_out(path, args.face)?),
        None => {
            eprintln!("No --photo given: the film is made with its drawn sample child.");
            None
        }
    };
    let second_face = args.second_photo.as_deref().map(|path| cut_out(path, 1)).transpose()?;
    let cast = Cast {
        face: face.as_ref(),
        name: &args.name,
        language: &language,
        options: &options,
        second: args.second.as_deref().map(|name| Hero { face: second_face.as_ref(), name }),
    };
    let segments = make_shots(&show, &cast)?;
    let mut file = put_together(&show, folder.as_ref(), &cast, &segments, signer.room()?)?;
    let random: &dyn studio::Random = &studio::SystemRandom::default();
    signer.mark(&mut file, random.bytes())?;
    write(&args.out, &file)?;
    println!("{}: {:.1} seconds, {:.1} MB", args.out.display(), show.seconds(), file.len() as f64 / 1e6);
    Ok(())
}

/// The film as a studio reads it: with its sound track, and in a size that the encoder takes.
pub(super) fn show(folder: &dyn Folder, named: &str) -> anyhow::Result<Show> {
    Show::read(folder, &[]).map_err(|error| match error {
        CatalogueError::Film(report) => super::check::refuse(&report, folder, named),
        other => other.into(),
    })
}

pub(super) fn language(film: &Film, wanted: Option<&str>) -> anyhow::Result<String> {
    let known = &film.info().languages;
    let first = || known.first().cloned().context("the film has no words");
    let Some(wanted) = wanted else { return first() };
    let found = known.iter().find(|language| language.eq_ignore_ascii_case(wanted)).cloned();
    found.with_context(|| format!("the film does not speak \"{wanted}\"; it speaks: {}", known.join(", ")))
}

fn options(film: &Film, given: Vec<(String, String)>) -> anyhow::Result<BTreeMap<String, String>> {
    let known = &film.info().options;
    for (key, value) in &given {
        let Some(option) = known.get(key) else {
            let list: Vec<&str> = known.keys().map(String::as_str).collect();
            let list = if list.is_empty() { "it has none".to_owned() } else { list.join(", ") };
            anyhow::bail!("the film has no option \"{key}\" ({list})");
        };
        anyhow::ensure!(option.allows(value), "\"{value}\" is not possible for the option \"{key}\"");
    }
    Ok(given.into_iter().collect())
}

/// The child's head out of the photo; a refusal is a sentence for the person.
pub(super) fn cut_out(path: &Path, wanted: u8) -> anyhow::Result<CutOut> {
    let bytes =
        std::fs::read(path).with_context(|| format!("the photo {} cannot be read", path.display()))?;
    let cut_out = cut_out_of(&bytes, wanted)?;
    for warning in &cut_out.warnings {
        eprintln!("Note: {warning}");
    }
    Ok(cut_out)
}

/// The same for a photo's bytes.
pub(super) fn cut_out_of(bytes: &[u8], wanted: u8) -> anyhow::Result<CutOut> {
    let photo = intake::decode_here(bytes)?.photo;
    let likeness = Likeness::embedded();
    let faces = likeness.faces(&photo)?;
    if faces.len() > 1 {
        eprintln!(
            "There are {} faces in the photo; taking number {wanted} (choose with --face).",
            faces.len()
        );
    }
    let face = faces
        .get(usize::from(wanted) - 1)
        .with_context(|| format!("there is no face number {wanted} in the photo, only {}", faces.len()))?;
    Ok(likeness.cut_out(&photo, face)?)
}

/// All shots, each on the first core that is free, the longest first.
fn make_shots(show: &Show, cast: &Cast<'_>) -> anyhow::Result<Vec<Vec<u8>>> {
    let (film, shots) = (show.film(), show.film().shots());
    let mut order: Vec<usize> = (0..shots.len()).collect();
    order.sort_by_key(|shot| std::cmp::Reverse(shots[*shot].frames));
    let bar = ProgressBar::new(u64::from(film.frames())).with_style(
        ProgressStyle::with_template("{bar:32} {percent:>3} %  picture {pos} of {len}  {eta} left  {msg}")?
            .progress_chars("━╸ "),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    let (next, failed, done) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicUsize::new(0));
    let segments = Mutex::new(vec![Vec::new(); shots.len()]);
    let work = || -> anyhow::Result<()> {
        while let Some(shot) = order.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            let made = make_one(show, shot, cast, &mut |_, _| {
                bar.inc(1);
                if failed.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            let segment = made
                .inspect_err(|_| failed.store(true, Ordering::Relaxed))
                .with_context(|| format!("shot {} could not be made", shots[shot].id))?;
            segments.lock().expect("no worker panics while it holds the list")[shot] = segment;
            bar.set_message(format!("{} of {} shots", done.fetch_add(1, Ordering::Relaxed) + 1, shots.len()));
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(shots.len().max(1));
    let outcome = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let outcomes = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        // The first real failure, not one of the shots that were stopped because of it.
        outcomes.filter_map(Result::err).min_by_key(is_cancelled)
    });
    bar.finish_and_clear();
    match outcome {
        Some(error) => Err(error),
        None => Ok(segments.into_inner().expect("all workers have ended")),
    }
}

/// Whether a shot was only stopped.
pub(super) fn is_cancelled(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(cinema::ShotError::Cancelled))
}

/// One shot, made.
pub(super) fn make_one(
    show: &Show,
    shot: usize,
    cast: &Cast<'_>,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> anyhow::Result<Vec<u8>> {
    let scene = show.film().scene(shot, cast, show.rendition())?;
    let mut frames = SceneFrames::new(scene, show.settings());
    Ok(cinema::make_shot(&mut frames, show.place(shot), show.settings(), progress)?.bytes)
}

fn put_together(
    show: &Show,
    folder: &dyn Folder,
    cast: &Cast<'_>,
    segments: &[Vec<u8>],
    room: usize,
) -> anyhow::Result<Vec<u8>> {
    let (film, settings) = (show.film(), show.settings());
    let track = film.info().sound.as_deref().and_then(|path| folder.read(path));
    let sound = match &track {
        Some(track) => {
            let mut sound = Sound::read(track).context("the sound track cannot be used")?;
            sound.cut_to(u64::from(film.frames()), settings.fps);
            Some(sound)
        }
        None => {
            eprintln!("Note: the film has no sound track yet.");
            None
        }
    };
    let words = film.words(cast.language);
    let captions: Vec<Cue> = cinema::captions(film, cast);
    let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    Ok(cinema::mp4(&Download {
        settings,
        sets: &ParameterSets::of(settings)?,
        segments: &segments,
        sound: sound.as_ref(),
        captions: &captions,
        language: cast.language,
        title: &words.title,
        comment: provenance::words(cast.language),
        room,
    })?)
}

/// The file appears whole or not at all.
fn write(out: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    std::fs::write(part, bytes)
        .and_then(|()| std::fs::rename(part, out))
        .inspect_err(|_| drop(std::fs::remove_file(part)))
        .with_context(|| format!("{} cannot be written", out.display()))
}
