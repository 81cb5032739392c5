//! A first copy of a film, ordered before anything was made ahead, where every shot has to be made while a family waits;
//! and a second one for another child, where only the shots whose keys differ are made again.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Instant;

use cinema::{Download, ParameterSets, SceneFrames, SegmentPlace, Settings, Sound, captions, make_shot, mp4};
use film::{Cast, Film, Folder, ShotKey};

use crate::figure::{Bar, Figure};
use crate::{clock, graph, material};

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let (film, folder) = material::film()?;
    let [one, other] = material::children()?;
    let seconds = f64::from(film.frames()) / f64::from(film.info().fps);
    let mut made = HashMap::new();
    let first = copy(&film, folder.as_ref(), &one.cast(), &mut made)?;
    let second = copy(&film, folder.as_ref(), &other.cast(), &mut made)?;
    let personal: Vec<usize> =
        (0..film.shots().len()).filter(|shot| film.shots()[*shot].is_personal_for(&other.cast())).collect();
    let frames: u32 = personal.iter().map(|shot| film.shots()[*shot].frames).sum();
    let behind: Vec<&[u8]> = personal
        .iter()
        .map(|shot| made[&film.shot_key(*shot, &one.cast(), material::SIZE)].as_slice())
        .collect();
    let mut figures = vec![
        Figure::new("film length", seconds, "s"),
        Figure::new("film personal part", f64::from(frames) / f64::from(film.frames()), "of the film"),
        Figure::new("first copy", first.cpu / seconds, "CPU s / film s"),
        Figure::new("second copy", second.cpu / seconds, "CPU s / film s"),
        graph::against_the_trial("second copy", second.cpu / seconds),
        Figure::new("second copy shared shots made", f64::from(second.shared_made), "shots")
            .against(Bar::AtMost(0.0)),
        Figure::new("second copy personal shots made", f64::from(second.personal_made), "shots"),
        Figure::new("first copy on all cores", first.wall, "s wall").against(Bar::AtMost(30.0)),
        Figure::new("second copy on all cores", second.wall, "s wall"),
        Figure::new("download file", second.megabytes, "MB"),
    ];
    if let Some(graph) = graph::copy(&film, &behind, other.face())? {
        figures.extend([
            Figure::new("ffmpeg graph's second copy", graph.cpu / seconds, "CPU s / film s"),
            Figure::new("ffmpeg graph's rate", graph.kilobits, "kbit/s"),
            Figure::new("second copy against an ffmpeg graph", graph.cpu / second.cpu, "times less")
                .against(graph::BAR),
        ]);
    }
    Ok(figures)
}

struct Made {
    cpu: f64,
    wall: f64,
    shared_made: u32,
    personal_made: u32,
    megabytes: f64,
}

/// Makes a copy on all cores with what is there already.
fn copy(
    film: &Film,
    folder: &dyn Folder,
    cast: &Cast<'_>,
    made: &mut HashMap<ShotKey, Vec<u8>>,
) -> anyhow::Result<Made> {
    let (cpu, wall) = (clock::process(), Instant::now());
    let settings = Settings::new(material::SIZE.width, material::SIZE.height, film.info().fps);
    let keys: Vec<ShotKey> =
        (0..film.shots().len()).map(|shot| film.shot_key(shot, cast, material::SIZE)).collect();
    let missing: Vec<usize> = (0..keys.len()).filter(|shot| !made.contains_key(&keys[*shot])).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> anyhow::Result<Vec<(usize, Vec<u8>)>> {
        let mut done = Vec::new();
        while let Some(shot) = missing.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            done.push((*shot, one(film, *shot, cast, &settings)?));
        }
        Ok(done)
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let done: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker panicked")).collect()
    });
    for result in done {
        made.extend(result?.into_iter().map(|(shot, bytes)| (keys[shot], bytes)));
    }
    let segments: Vec<&[u8]> = keys.iter().map(|key| made[key].as_slice()).collect();
    let sound = film.info().sound.as_deref().and_then(|path| folder.read(path));
    let sound = sound.map(|track| Sound::read(&track)).transpose()?;
    let file = mp4(&Download {
        settings: &settings,
        sets: &ParameterSets::of(&settings)?,
        segments: &segments,
        sound: sound.as_ref(),
        captions: &captions(film, cast),
        language: cast.language,
        title: &film.words(cast.language).title,
        comment: "",
        room: 0,
    })?;
    let is_personal = |shot: usize| film.shots()[shot].is_personal_for(cast);
    let count = |personal| missing.iter().filter(|shot| is_personal(**shot) == personal).count();
    Ok(Made {
        cpu: clock::process() - cpu,
        wall: wall.elapsed().as_secs_f64(),
        shared_made: count(false) as u32,
        personal_made: count(true) as u32,
        megabytes: file.len() as f64 / 1e6,
    })
}

fn one(film: &Film, shot: usize, cast: &Cast<'_>, settings: &Settings) -> anyhow::Result<Vec<u8>> {
    let info = &film.shots()[shot];
    let scene = film.scene(shot, cast, material::SIZE)?;
    let place = SegmentPlace { first_frame: u64::from(info.first_frame), sequence: shot as u32 + 1 };
    let mut frames = SceneFrames::new(scene, settings);
    let go_on = &mut |_, _| ControlFlow::Continue(());
    Ok(make_shot(&mut frames, place, settings, go_on)?.bytes)
}
