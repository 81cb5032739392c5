//! The films of the program as they look: each shot against a picture that somebody has looked at, and names in every
//! script that the program has letters for.

use std::collections::BTreeMap;
use std::path::Path;

use catalogue::Embedded;
use film::{Canvas, Cast, Film, Folder, MapFolder, NameProblem, Rendition, Slot};
use image::RgbImage;

/// Small enough to keep two moments of every shot.
const SIZE: Rendition = Rendition { width: 112, height: 63 };
/// The moments, as shares of the shot.
const MOMENTS: [f64; 2] = [0.4, 0.8];
/// What two builds of the same drawing may differ by: drawn at the plainest level they are the same, so this leaves room
/// only for another version of the rasteriser. In steps of 255, on average and at most.
const MEAN: f64 = 0.15;
const MOST: u8 = 10;
/// Set to 1, it takes over what is drawn now.
const ACCEPT: &str = "MINISTUDIO_ACCEPT";

fn options() -> &'static BTreeMap<String, String> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    &NONE
}

/// With the film's sample head.
fn cast(name: &str) -> Cast<'_> {
    Cast { face: None, name, language: "en", options: options(), second: None }
}

fn read(folder: &Embedded) -> Film {
    Film::read(folder).unwrap_or_else(|report| panic!("{}: {report}", folder.slug()))
}

/// Moments of a shot, side by side.
fn picture(film: &Film, shot: usize, name: &str, moments: &[f64]) -> RgbImage {
    let mut scene = film.scene_at_baseline(shot, &cast(name), SIZE).expect("the shot can be built");
    let mut canvas = Canvas::new(SIZE.width, SIZE.height);
    let mut picture = RgbImage::new(SIZE.width * moments.len() as u32, SIZE.height);
    for (index, moment) in moments.iter().enumerate() {
        scene.draw((f64::from(scene.frames()) * moment) as u32, &mut canvas);
        for (at, pixel) in canvas.pixels().chunks_exact(4).enumerate() {
            let (x, y) = (at as u32 % SIZE.width, at as u32 / SIZE.width);
            picture.put_pixel(index as u32 * SIZE.width + x, y, image::Rgb([pixel[0], pixel[1], pixel[2]]));
        }
    }
    picture
}

/// Mean and largest difference of two pictures, in steps of 255.
fn difference(one: &RgbImage, other: &RgbImage) -> (f64, u8) {
    if one.dimensions() != other.dimensions() {
        return (255.0, 255);
    }
    let steps: Vec<u8> = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| a.abs_diff(*b)).collect();
    let sum: f64 = steps.iter().copied().map(f64::from).sum();
    (sum / steps.len() as f64, steps.into_iter().max().unwrap_or(0))
}

#[test]
fn every_shot_looks_as_it_was_accepted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (kept, got) = (root.join("tests/golden"), root.join("../../target/golden"));
    let accept = std::env::var_os(ACCEPT).is_some_and(|value| value == "1");
    let mut others = Vec::new();
    for folder in catalogue::films() {
        let film = read(&folder);
        for (index, shot) in film.shots().iter().enumerate() {
            let file = format!("{}/{}.png", folder.slug(), shot.id);
            let now = picture(&film, index, "", &MOMENTS);
            let write = |into: &Path| {
                let path = into.join(&file);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                now.save(&path).expect("written");
            };
            let before = image::open(kept.join(&file)).map(|image| image.to_rgb8()).unwrap_or_default();
            let (mean, most) = difference(&now, &before);
            if mean <= MEAN && most <= MOST {
                continue;
            }
            if accept {
                write(&kept);
                continue;
            }
            write(&got);
            others.push(format!("  {file}: off by {mean:.2} on average, {most} at most"));
        }
    }
    assert!(
        others.is_empty(),
        "These shots look different from the pictures in crates/catalogue/tests/golden:\n{}\n\
         What was drawn lies in target/golden. Look at it; if it is as it should be, take it over with\n  \
         {ACCEPT}=1 cargo test --release -p catalogue --test pictures",
        others.join("\n")
    );
}

/// Long and short, each script that the program ships, from right to left, with marks and with joined letters.
const NAMES: [&str; 34] = [
    "Jo",
    "Mia",
    "Zoë-Marie O'Connor",
    "Zoë O’Connor",
    "Łukasz Żółć",
    "Nguyễn Thị",
    "Maximilian-Alexander von Berg.",
    "Ἑλένη",
    "Ελένη",
    "Дарья",
    "Їжак",
    "محمد",
    "فاطمة الزهراء",
    "נֹעַ",
    "נועה",
    "आरव",
    "श्रीकृष्ण",
    "美咲",
    "さくら",
    "サクラ",
    "陽葵 𠮷田",
    "李小龍",
    "张梓涵",
    "지우",
    "서연 김",
    "ประเสริฐ",
    "Անի",
    "ნინო",
    "অনন্যা",
    "ਗੁਰਪ੍ਰੀਤ",
    "கவின்",
    "ప్రియ",
    "ሰላም",
    "Mia 美咲",
];

#[test]
fn names_in_every_script_can_be_drawn() {
    for (first, folder) in catalogue::films().enumerate() {
        let film = read(&folder);
        let shots: Vec<usize> =
            (0..film.shots().len()).filter(|shot| film.shots()[*shot].slots.contains(&Slot::Name)).collect();
        assert!(!shots.is_empty(), "{} shows no name", folder.slug());
        // No font has this one, so nothing of it is drawn.
        let empty: Vec<RgbImage> =
            shots.iter().map(|shot| picture(&film, *shot, "\u{10FFFD}", &[MOMENT_OF_NAME])).collect();
        for (turn, name) in NAMES.into_iter().enumerate() {
            assert!(film.problems_with_name(name).is_empty(), "{name} in {}", folder.slug());
            // Each film can write each name; drawing them all in all films would take long and show no more.
            if turn % catalogue::films().count() != first {
                continue;
            }
            let at = turn % shots.len();
            let drawn = picture(&film, shots[at], name, &[MOMENT_OF_NAME]);
            let (mean, most) = difference(&drawn, &empty[at]);
            let shot = &film.shots()[shots[at]].id;
            assert!(
                mean > 0.05 && most > 40,
                "{name} is not seen in {}/{shot}: {mean:.3}, {most}",
                folder.slug()
            );
        }
        let Some(NameProblem::Unwritable(missing)) = film.problems_with_name("Mia 🦊").pop() else {
            panic!("a fox can be written in {}", folder.slug());
        };
        assert_eq!(missing, ['🦊']);
    }
}

/// When the name stands there and has not gone yet, in all films.
const MOMENT_OF_NAME: f64 = 0.7;

#[test]
fn a_font_for_another_script_makes_no_shot_again() {
    let folder = catalogue::find("moon-garden").expect("the film");
    let film = read(&folder);
    let mut alone = MapFolder::default();
    for path in folder.paths() {
        alone.put(path.clone(), folder.read(&path).expect("a file").into_owned());
    }
    let alone = Film::read(&alone).expect("the film reads without the program's fonts");
    let keys = |film: &Film, name: &str| {
        (0..film.shots().len()).map(|shot| film.shot_key(shot, &cast(name), SIZE)).collect::<Vec<_>>()
    };
    assert_eq!(keys(&alone, "Zoë"), keys(&film, "Zoë"));
    assert_ne!(keys(&alone, "美咲"), keys(&film, "美咲"));
    assert!(alone.problems_with_name("Zoë").is_empty() && !alone.problems_with_name("美咲").is_empty());
}
