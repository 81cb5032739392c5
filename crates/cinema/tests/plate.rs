//! A shot of the tiny film on its plate: as the same shot drawn whole, with less of it drawn.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use cinema::{Frames, Picture, Plate, PlateFrames, SceneFrames, Settings, ShotError, ssim};
use film::{Cast, Film, MapFolder, Rendition, Scene};

const SIZE: Rendition = Rendition { width: 320, height: 180 };
/// Places of its shots with a face, and with a name.
const FACE: usize = 1;
const NAME: usize = 2;

fn tiny() -> Film {
    let mut folder = MapFolder::default();
    add(&mut folder, &Path::new(env!("CARGO_MANIFEST_DIR")).join("../film/tests/tiny"), "");
    Film::read(&folder).unwrap_or_else(|report| panic!("{report}"))
}

fn add(folder: &mut MapFolder, dir: &Path, prefix: &str) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => add(folder, &entry.path(), &format!("{name}/")),
            false => folder.put(name, std::fs::read(entry.path()).unwrap()),
        }
    }
}

fn scene(film: &Film, shot: usize, name: &str) -> Scene {
    let options = BTreeMap::new();
    let cast = Cast { face: None, name, language: "en", options: &options, second: None };
    film.scene(shot, &cast, SIZE).unwrap()
}

fn plate(film: &Film, shot: usize, settings: &Settings) -> Plate {
    Plate::make(scene(film, shot, ""), settings, &mut |_, _| ControlFlow::Continue(())).unwrap()
}

#[test]
fn a_shot_on_its_plate_is_like_the_one_drawn_whole() {
    let (film, settings) = (tiny(), Settings::new(SIZE.width, SIZE.height, 24));
    let kept = plate(&film, NAME, &settings).to_bytes();
    let plate = Plate::from_bytes(&kept).unwrap();
    let mut laid = PlateFrames::new(&plate, scene(&film, NAME, "Alexandra"), &settings).unwrap();
    let mut whole = SceneFrames::new(scene(&film, NAME, "Alexandra"), &settings);
    let mut everyones = SceneFrames::new(scene(&film, NAME, ""), &settings);
    let [mut one, mut other, mut sample] = [0; 3].map(|_| Picture::new(SIZE.width, SIZE.height));
    let (mut alike, mut unlike, mut drawn) = (1.0_f64, 1.0_f64, 0);
    for frame in 0..laid.frames() {
        laid.picture(frame, &mut one).unwrap();
        whole.picture(frame, &mut other).unwrap();
        everyones.picture(frame, &mut sample).unwrap();
        alike = alike.min(ssim(&one, &other));
        unlike = unlike.min(ssim(&sample, &other));
        drawn += laid.areas(frame).iter().map(|area| area.width * area.height).sum::<u32>();
    }
    assert!(alike > 0.99, "{alike}");
    // It would tell nothing if the two names looked the same, or if all was drawn.
    assert!(unlike < 0.99, "{unlike}");
    assert!(drawn < laid.frames() * SIZE.width * SIZE.height * 4 / 5, "{drawn}");
}

#[test]
fn a_plate_of_another_shot_or_size_or_a_damaged_one_is_refused() {
    let (film, settings) = (tiny(), Settings::new(SIZE.width, SIZE.height, 24));
    let plate = plate(&film, NAME, &settings);
    let bytes = plate.to_bytes();
    assert_eq!(Plate::from_bytes(&bytes).as_ref(), Some(&plate));
    assert!(Plate::from_bytes(&bytes[..bytes.len() / 2]).is_none());
    assert!(Plate::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    let other = Settings::new(SIZE.width, 192, 24);
    let refused = PlateFrames::new(&plate, scene(&film, NAME, "Bo"), &other).err();
    assert_eq!(refused, Some(ShotError::OtherShot));
    if film.shots()[FACE].frames != film.shots()[NAME].frames {
        let refused = PlateFrames::new(&plate, scene(&film, FACE, "Bo"), &settings).err();
        assert_eq!(refused, Some(ShotError::OtherShot));
    }
}
