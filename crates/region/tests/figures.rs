//! What coding only the child brings, on real shots: shares of macroblocks, bytes, likeness and CPU beside openh264.
//! Not run with the other tests: `cargo test --release -p region --test figures -- --ignored --nocapture`.

use std::collections::BTreeMap;

use cinema::{Decoder, Encoder, Frames, ParameterSets, Picture, SceneFrames, Settings, ssim};
use film::{Cast, Film, Rendition};
use likeness::{CutOut, Likeness, Photo};
use region::{Coder, Effort, I420, Map, Quality, Sets, Slice, Whose, assemble};

const SIZE: Rendition = Rendition { width: 1280, height: 720 };

fn child(index: usize) -> CutOut {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/photos/drawn");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "jpg"));
    files.sort();
    let picture = image::open(&files[index]).unwrap().to_rgb8();
    let photo = Photo::new(picture.width(), picture.height(), picture.into_raw()).unwrap();
    let likeness = Likeness::embedded();
    let face = likeness.faces(&photo).unwrap().into_iter().next().unwrap();
    likeness.cut_out(&photo, &face).unwrap()
}

/// CPU time of this thread in seconds.
fn clock() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn view(picture: &Picture) -> I420<'_> {
    I420 { width: picture.width() as usize, height: picture.height() as usize, planes: picture.planes() }
}

fn drawn(film: &Film, shot: usize, cast: &Cast<'_>, settings: &Settings) -> Vec<Picture> {
    let scene = film.scene(shot, cast, SIZE).unwrap();
    let mut frames = SceneFrames::new(scene, settings);
    let of = |frame| {
        let mut picture = Picture::new(settings.width, settings.height);
        picture.set_rgba(frames.draw(frame));
        picture
    };
    (0..film.shots()[shot].frames.min(given("FRAMES", u32::MAX))).map(of).collect()
}

fn differing(one: &Picture, other: &Picture, sets: &Sets) -> Map {
    let mut map = Map::shared(sets.across, sets.down);
    for plane in 0..3 {
        let (side, width) = if plane == 0 { (16, SIZE.width as usize) } else { (8, SIZE.width as usize / 2) };
        for (at, (a, b)) in one.planes()[plane].iter().zip(other.planes()[plane]).enumerate() {
            if a != b {
                map.claim(at / width / side * sets.across + at % width / side);
            }
        }
    }
    map
}

#[derive(Default)]
struct Figures {
    bytes: f64,
    personal_bytes: f64,
    likeness: f64,
    slices: f64,
    personal: f64,
    seconds: f64,
    macroblocks: f64,
}

impl Figures {
    fn print(&self, name: &str, frames: usize, all: usize, fps: u32) {
        let frames = frames as f64;
        let film = frames / f64::from(fps);
        println!(
            "  {name:<34} {:7.1} kbit/s (personal {:6.1}) ssim {:.5} personal {:4.1} % slices {:5.1} cpu {:.4} s/s {:.2} us/mb",
            self.bytes * 8.0 / 1000.0 / film,
            self.personal_bytes * 8.0 / 1000.0 / film,
            self.likeness / frames,
            self.personal / frames / all as f64 * 100.0,
            self.slices / frames,
            self.seconds / film,
            self.seconds * 1e6 / self.macroblocks.max(1.0),
        );
    }
}

fn openh264(pictures: &[Picture], settings: &Settings) -> Figures {
    let mut figures = Figures::default();
    let mut encoder = Encoder::new(settings).unwrap();
    let mut decoder = Decoder::new().unwrap();
    for picture in pictures {
        let start = clock();
        let unit = encoder.encode(picture).unwrap();
        figures.seconds += clock() - start;
        figures.bytes += unit.len() as f64;
        figures.slices += 1.0;
        figures.macroblocks += 3600.0;
        figures.likeness += ssim(picture, &decoder.decode(&unit).unwrap().unwrap());
    }
    figures
}

/// Both sides; the time is that of the personal one.
fn regions(pictures: &[Picture], maps: &[Map], settings: &Settings, quality: [Quality; 2]) -> Figures {
    let parameters = ParameterSets::of(settings).unwrap();
    let sets = Sets::read(&parameters.sequence, &parameters.picture).unwrap();
    let mut figures = Figures::default();
    let mut shared = Coder::new(sets, Whose::Shared, quality[0]);
    let mut personal = Coder::new(sets, Whose::Personal, quality[1]);
    let mut decoder = Decoder::new().unwrap();
    for (number, (picture, map)) in pictures.iter().zip(maps).enumerate() {
        let theirs = shared.code(&view(picture), map);
        let start = clock();
        let own = personal.code(&view(picture), map);
        figures.seconds += clock() - start;
        let length = |slices: &[Slice]| slices.iter().map(|slice| slice.unit.len() + 4).sum::<usize>() as f64;
        figures.bytes += length(&own) + length(&theirs);
        figures.personal_bytes += length(&own);
        figures.slices += (own.len() + theirs.len()) as f64;
        figures.personal += map.personal() as f64;
        figures.macroblocks += map.personal() as f64;
        let mut stream = Vec::new();
        let sets = [parameters.sequence.as_slice(), parameters.picture.as_slice()];
        let sets = sets.into_iter().take(if number == 0 { 2 } else { 0 });
        for unit in sets.chain(assemble(&theirs, &own)) {
            stream.extend_from_slice(&[0, 0, 0, 1]);
            stream.extend_from_slice(unit);
        }
        figures.likeness += ssim(picture, &decoder.decode(&stream).unwrap().unwrap());
    }
    figures
}

/// A number or a word from the environment.
fn given<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// `SHOTS=05,09` takes only the shots that begin so, `FRAMES=24` only so many pictures of each, `QP=24` the quantiser.
#[test]
#[ignore = "takes minutes; prints figures"]
fn what_it_brings() {
    let film = Film::read(&catalogue::find("moon-garden").unwrap()).unwrap();
    let options = BTreeMap::new();
    let faces = [child(0), child(1)];
    let cast = |index: usize, name| Cast {
        face: Some(&faces[index]),
        name,
        language: "en",
        options: &options,
        second: None,
    };
    let casts = [cast(0, "Mia"), cast(1, "Alexander")];
    let settings = Settings::new(SIZE.width, SIZE.height, film.info().fps);
    let parameters = ParameterSets::of(&settings).unwrap();
    let sets = Sets::read(&parameters.sequence, &parameters.picture).unwrap();
    let all = sets.across * sets.down;
    let wanted: String = given("SHOTS", String::new());
    let qp = given("QP", 24);
    for (index, shot) in film.shots().iter().enumerate().filter(|(_, shot)| shot.is_personal()) {
        if !wanted.split(',').any(|start| shot.id.starts_with(start)) {
            continue;
        }
        let start = clock();
        let [one, other] = casts.each_ref().map(|cast| drawn(&film, index, cast, &settings));
        let drawing = (clock() - start) / 2.0 / one.len() as f64 * f64::from(settings.fps);
        let maps: Vec<Map> = one.iter().zip(&other).map(|(a, b)| differing(a, b, &sets)).collect();
        let mut union = Map::shared(sets.across, sets.down);
        maps.iter().for_each(|map| union.join(map));
        let mean = maps.iter().map(Map::personal).sum::<usize>() as f64 / maps.len() as f64;
        println!(
            "{}: {} frames, personal a frame {:.1} %, ever {:.1} %, drawing all of it {drawing:.3} s/s",
            shot.id,
            one.len(),
            mean / all as f64 * 100.0,
            union.personal() as f64 / all as f64 * 100.0
        );
        let show = |name: &str, figures: Figures| figures.print(name, one.len(), all, settings.fps);
        show("openh264, fast, 26", openh264(&one, &settings));
        let of = |effort| Quality { qp, layered: true, effort };
        let (fast, best) = ([of(Effort::Fast), of(Effort::Fast)], [of(Effort::Best), of(Effort::Fast)]);
        let everything = Map::new(sets.across, vec![true; all]);
        let each = |change: &dyn Fn(&Map) -> Map| maps.iter().map(change).collect::<Vec<_>>();
        show("everything personal", regions(&one, &each(&|_| everything.clone()), &settings, fast));
        show("regions of the shot", regions(&one, &each(&|_| union.without_gaps(6)), &settings, best));
        show("regions of each picture", regions(&one, &each(&|map| map.without_gaps(6)), &settings, best));
        show("wider by one", regions(&one, &each(&|map| map.wider(1).without_gaps(6)), &settings, best));
        show("whole rows of the shot", regions(&one, &each(&|_| union.rows()), &settings, fast));
    }
}
