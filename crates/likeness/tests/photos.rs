//! The whole way from a photo to a cut-out, with drawn children and with portraits of adults.

use image::{RgbImage, imageops};
use likeness::{CUT_OUT_SIZE, CutOut, CutOutError, Face, LANDMARKS, Likeness, Mood, Photo, Picture, Rimmed};
use std::sync::{Arc, LazyLock};

static LIKENESS: LazyLock<Likeness> = LazyLock::new(Likeness::embedded);

const CHILDREN: [&str; 4] = [
    "drawn/drawn_child_1.jpg",
    "drawn/drawn_child_2.jpg",
    "drawn/drawn_child_3.jpg",
    "drawn/drawn_child_4.jpg",
];
const ADULTS: [&str; 4] =
    ["astronaut.png", "nasa_judith_resnik.jpg", "nasa_mae_jemison.jpg", "nasa_sally_ride.jpg"];

fn picture(name: &str) -> RgbImage {
    let path = format!("{}/../../tests/photos/{name}", env!("CARGO_MANIFEST_DIR"));
    image::open(&path).unwrap_or_else(|e| panic!("{path}: {e}")).into_rgb8()
}

fn photo(picture: RgbImage) -> Photo {
    let (width, height) = picture.dimensions();
    Photo::new(width, height, picture.into_raw()).expect("the length fits the sides")
}

fn refused(picture: RgbImage) -> &'static str {
    match LIKENESS.faces(&photo(picture)) {
        Ok(faces) => panic!("{} faces found", faces.len()),
        Err(refusal) => {
            assert!(refusal.to_string().ends_with('.'), "{refusal}");
            refusal.code()
        }
    }
}

fn cut(name: &str) -> (Face, CutOut) {
    let photo = photo(picture(name));
    let faces = LIKENESS.faces(&photo).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(faces.len(), 1, "{name}");
    let cut = LIKENESS.cut_out(&photo, &faces[0]).unwrap_or_else(|e| panic!("{name}: {e}"));
    (faces[0].clone(), cut)
}

fn alpha(picture: &Picture, x: f32, y: f32) -> u8 {
    picture.rgba[((y as u32 * picture.width + x as u32) * 4 + 3) as usize]
}

#[test]
fn every_child_and_adult_gives_one_upright_head() {
    for name in CHILDREN.into_iter().chain(ADULTS) {
        let (face, cut) = cut(name);
        assert_eq!(face.quarter_turns, 0, "{name}");
        assert!(face.presence > 0.99, "{name}: {}", face.presence);
        assert_eq!((cut.size, cut.landmarks.len()), (CUT_OUT_SIZE, LANDMARKS));
        assert_eq!(cut.rgba.len(), (CUT_OUT_SIZE * CUT_OUT_SIZE * 4) as usize);

        // Eyes level, the picture's left one left, the chin below.
        let [left, right] = [33, 263].map(|i| cut.landmarks[i]);
        let slope = (right[1] - left[1]).abs() / (right[0] - left[0]);
        assert!(right[0] > left[0] && slope < 0.03, "{name}: eyes not level");
        assert!(cut.landmarks[152][1] > left[1]);

        // The face is solid, the corners are empty, and so is what was neck or shoulder.
        let plain = cut.picture();
        let oval = cut.face_oval();
        for (u, v) in [(0.0, 0.0), (-0.5, 0.0), (0.5, 0.0), (0.0, 0.7), (0.0, -0.7)] {
            let (x, y) = (oval.cx + u * oval.rx, oval.cy + v * oval.ry);
            assert!(alpha(&plain, x, y) > 250, "{name}: hole in the face at {u} {v}");
        }
        let last = CUT_OUT_SIZE as f32 - 1.0;
        for (x, y) in [(0.0, 0.0), (last, 0.0), (0.0, last), (last, last), (oval.cx, last)] {
            assert_eq!(alpha(&plain, x, y), 0, "{name}: something at {x} {y}");
        }
        assert_eq!(alpha(&plain, oval.cx, oval.cy + 1.15 * oval.ry), 0, "{name}: neck below the chin");
        // Hair above the hairline is kept.
        assert!(alpha(&plain, oval.cx, oval.cy - 1.12 * oval.ry) > 200, "{name}: hair cut away");
    }
}

#[test]
fn tones_follow_the_person() {
    let luma = |c: [u8; 3]| 0.299 * f32::from(c[0]) + 0.587 * f32::from(c[1]) + 0.114 * f32::from(c[2]);
    let [brown, dark, blond, black] = CHILDREN.map(|name| cut(name).1);
    assert!(luma(dark.skin) + 30.0 < luma(blond.skin));
    assert!(luma(black.hair) + 30.0 < luma(brown.hair));
    assert!(luma(brown.hair) + 30.0 < luma(blond.hair));
    for cut in [brown, dark, blond, black] {
        assert!(cut.skin[0] > cut.skin[1] && cut.skin[1] > cut.skin[2], "skin is warm: {:?}", cut.skin);
    }
}

#[test]
fn a_photo_lying_on_its_side_is_found_and_upright() {
    for name in CHILDREN.into_iter().chain(ADULTS) {
        let (_, upright) = cut(name);
        let straight = picture(name);
        let turned = [
            (3, imageops::rotate90(&straight)),
            (2, imageops::rotate180(&straight)),
            (1, imageops::rotate270(&straight)),
        ];
        for (turns, picture) in turned {
            let photo = photo(picture);
            let faces = LIKENESS.faces(&photo).unwrap_or_else(|e| panic!("{name}, {turns} turns: {e}"));
            assert_eq!(faces.len(), 1, "{name}, {turns} turns");
            assert_eq!(faces[0].quarter_turns, turns, "{name}");
            let [x, y, w, h] = faces[0].bounds;
            assert!(x >= 0.0 && y >= 0.0 && x + w <= photo.width as f32 && y + h <= photo.height as f32);
            let cut = LIKENESS.cut_out(&photo, &faces[0]).expect("a cut-out");
            let far = (0..LANDMARKS)
                .map(|i| {
                    let (a, b) = (cut.landmarks[i], upright.landmarks[i]);
                    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
                })
                .fold(0.0, f32::max);
            assert!(far < 25.0, "{name}, {turns} turns: landmarks {far} px off");
        }
    }
}

#[test]
fn pictures_without_a_person_are_refused() {
    for name in ["chelsea.png", "coffee.png"] {
        assert_eq!(refused(picture(name)), "no-face", "{name}");
    }
    assert_eq!(refused(RgbImage::from_pixel(640, 480, image::Rgb([200, 200, 200]))), "no-face");
    assert_eq!(refused(RgbImage::from_pixel(1, 1, image::Rgb([0, 0, 0]))), "no-face");
    assert_eq!(refused(RgbImage::from_pixel(3000, 2, image::Rgb([90, 0, 0]))), "no-face");
}

#[test]
fn two_people_give_two_faces_with_their_places() {
    let mut wall = RgbImage::from_pixel(1400, 700, image::Rgb([150, 160, 170]));
    for (i, name) in ["drawn/drawn_child_1.jpg", "drawn/drawn_child_4.jpg"].into_iter().enumerate() {
        let small = imageops::resize(&picture(name), 640, 640, imageops::FilterType::Triangle);
        imageops::replace(&mut wall, &small, 30 + 700 * i as i64, 30);
    }
    let photo = photo(wall);
    let mut faces = LIKENESS.faces(&photo).expect("two faces");
    assert_eq!(faces.len(), 2);
    faces.sort_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]));
    assert!(faces[0].bounds[0] + faces[0].bounds[2] < 700.0 && faces[1].bounds[0] > 700.0);
    let hairs = [0, 1].map(|i| LIKENESS.cut_out(&photo, &faces[i]).expect("a cut-out").hair);
    assert!(hairs[0][0] > hairs[1][0] + 30, "each face is its own child: {hairs:?}");
}

#[test]
fn a_small_face_in_a_large_photo_is_found() {
    let mut field = RgbImage::from_pixel(3600, 2400, image::Rgb([120, 150, 110]));
    let child =
        imageops::resize(&picture("drawn/drawn_child_4.jpg"), 300, 300, imageops::FilterType::Triangle);
    imageops::replace(&mut field, &child, 3000, 1900);
    let photo = photo(field);
    let faces = LIKENESS.faces(&photo).expect("the child in the corner");
    assert_eq!(faces.len(), 1);
    assert!(faces[0].bounds[0] > 3000.0 && faces[0].bounds[1] > 1900.0, "{:?}", faces[0].bounds);
}

#[test]
fn spoiled_photos_are_refused_with_the_reason() {
    for name in ["drawn/drawn_child_1.jpg", "astronaut.png"] {
        let straight = picture(name);
        let (face, _) = cut(name);
        let sigma = face.eye_distance * 0.055;
        assert_eq!(refused(imageops::blur(&straight, sigma)), "blurred", "{name}");

        let shrink = 14.0 / face.eye_distance;
        let side = |n: u32| (n as f32 * shrink) as u32;
        let tiny = imageops::resize(
            &straight,
            side(straight.width()),
            side(straight.height()),
            imageops::FilterType::CatmullRom,
        );
        assert_eq!(refused(tiny), "too-small", "{name}");

        let mut dark = straight.clone();
        dark.pixels_mut().for_each(|p| p.0 = p.0.map(|v| v / 6));
        assert_eq!(refused(dark), "too-dark", "{name}");

        let mut bright = straight.clone();
        bright.pixels_mut().for_each(|p| p.0 = p.0.map(|v| (u16::from(v) * 5 / 2).min(255) as u8));
        // The drawn face has fewer lights; the portrait burns out.
        if name == "astronaut.png" {
            assert_eq!(refused(bright), "too-bright", "{name}");
        }

        // Cut through the face: at half of its width.
        let [x, _, w, _] = face.bounds;
        let half = imageops::crop_imm(&straight, 0, 0, (x + w * 0.6) as u32, straight.height()).to_image();
        let code = refused(half);
        assert!(["cut-by-frame", "no-face"].contains(&code), "{name}: {code}");
    }
}

#[test]
fn dark_glasses_are_refused() {
    let mut masked = picture("astronaut.png");
    let photo_before = photo(masked.clone());
    let face = LIKENESS.faces(&photo_before).expect("a face").remove(0);
    let eyes = [(33, 133), (362, 263)]
        .map(|(a, b)| [0, 1].map(|k: usize| (face.landmarks[a][k] + face.landmarks[b][k]) / 2.0));
    let (rx, ry) = (face.eye_distance * 0.42, face.eye_distance * 0.36);
    for (x, y, pixel) in masked.enumerate_pixels_mut() {
        let within = eyes.iter().any(|[cx, cy]| {
            let (u, v) = ((x as f32 - cx) / rx, (y as f32 - cy - ry * 0.25) / ry);
            u * u + v * v < 1.0
        });
        if within {
            pixel.0 = [18, 16, 20];
        }
    }
    assert_eq!(refused(masked), "sunglasses");
}

#[test]
fn stored_bytes_come_back_whole_and_damage_is_noticed() {
    let (_, cut) = cut("drawn/drawn_child_3.jpg");
    let bytes = cut.to_bytes();
    assert!(bytes.len() < 2_000_000, "{} bytes", bytes.len());
    assert_eq!(CutOut::from_bytes(&bytes).expect("our own bytes"), cut);

    assert_eq!(CutOut::from_bytes(b"").unwrap_err(), CutOutError::NotACutOut);
    assert_eq!(CutOut::from_bytes(&cut.png()).unwrap_err(), CutOutError::NotACutOut);
    let mut other = bytes.clone();
    other[6] = 200;
    assert_eq!(CutOut::from_bytes(&other).unwrap_err(), CutOutError::Version(200));
    for length in [7, 11, 40, 3000, bytes.len() / 2] {
        assert_eq!(CutOut::from_bytes(&bytes[..length]).unwrap_err(), CutOutError::Damaged, "{length}");
    }
    assert!(!format!("{cut:?}").contains("landmarks"), "no measures of a face in a log");
}

#[test]
fn moods_stay_within_bounds_and_say_the_same_twice() {
    let (_, cut) = cut("drawn/drawn_child_2.jpg");
    let plain = cut.picture();
    assert_eq!(cut.with_mood(Mood::default()), plain, "no mood, no change");
    let full = Mood { smile: 1.0, lids: 1.0, brows: 1.0, turn: 1.0 };
    let wild = Mood { smile: 90.0, lids: f32::INFINITY, brows: 7.0, turn: 1e9 };
    assert_eq!(cut.with_mood(full), cut.with_mood(wild), "wild values are brought to their bounds");
    let nothing = Mood { smile: f32::NAN, lids: f32::NAN, brows: f32::NAN, turn: f32::NAN };
    assert_eq!(cut.with_mood(nothing), plain);
    assert_eq!(
        Mood { smile: -3.0, lids: -1.0, brows: -5.0, turn: -2.0 }.bounded(),
        Mood { smile: 0.0, lids: 0.0, brows: -1.0, turn: -1.0 }
    );

    let oval = cut.face_oval();
    let each = [
        Mood { smile: 1.0, ..Mood::default() },
        Mood { brows: 1.0, ..Mood::default() },
        Mood { brows: -1.0, ..Mood::default() },
        Mood { lids: 1.0, ..Mood::default() },
        Mood { turn: 1.0, ..Mood::default() },
        Mood { turn: -1.0, ..Mood::default() },
        full,
    ];
    for mood in each {
        let moved = cut.with_mood(mood);
        assert_eq!(moved, cut.with_mood(mood));
        assert_ne!(moved, plain, "{mood:?} shows");
        for (i, (a, b)) in plain.rgba.chunks_exact(4).zip(moved.rgba.chunks_exact(4)).enumerate() {
            if a == b {
                continue;
            }
            let (x, y) = ((i as u32 % cut.size) as f32, (i as u32 / cut.size) as f32);
            let (u, v) = ((x - oval.cx) / oval.rx, (y - oval.cy) / oval.ry);
            assert!(u * u + v * v < 2.0, "{mood:?} moves something outside the face at {x} {y}");
        }
    }
}

#[test]
fn closed_lids_hide_the_eyes() {
    for name in CHILDREN {
        let (_, cut) = cut(name);
        let closed = cut.with_mood(Mood { lids: 1.0, ..Mood::default() });
        for (outer, inner) in [(33, 133), (263, 362)] {
            let (a, b) = (cut.landmarks[outer], cut.landmarks[inner]);
            let width = (a[0] - b[0]).abs();
            let (cx, cy) = ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0);
            // Neither the white nor the dark of an eye: skin everywhere but on the line of lashes.
            let (mut all, mut skin) = (0, 0);
            for dy in -10..=10 {
                for dx in -20..=20 {
                    let (x, y) = (cx + dx as f32 / 50.0 * width, cy + dy as f32 / 100.0 * width);
                    let p = &closed.rgba[((y as u32 * cut.size + x as u32) * 4) as usize..][..3];
                    let far: i32 = (0..3).map(|c| (i32::from(p[c]) - i32::from(cut.skin[c])).abs()).sum();
                    all += 1;
                    skin += i32::from(far < 120);
                }
            }
            assert!(skin * 100 > all * 75, "{name}: {skin} of {all} look like skin");
        }
    }
}

#[test]
fn the_rim_is_paper_all_around() {
    let (_, cut) = cut("drawn/drawn_child_1.jpg");
    let plain = cut.picture();
    let rimmed = cut.with_rim(12.0);
    assert!(rimmed.pad >= 14 && rimmed.width >= cut.size + 2 * rimmed.pad);
    assert_eq!(rimmed, cut.with_rim(12.0));
    let (mut paper, mut changed) = (0u32, 0u32);
    for y in 0..cut.size {
        for x in 0..cut.size {
            let before = &plain.rgba[((y * cut.size + x) * 4) as usize..][..4];
            let after =
                &rimmed.rgba[(((y + rimmed.pad) * rimmed.width + x + rimmed.pad) * 4) as usize..][..4];
            if before[3] == 255 {
                changed += u32::from(before != after);
            } else if before[3] == 0 && after[3] > 250 {
                paper += 1;
                assert!(after[..3].iter().all(|&v| v > 235), "paper is white");
            }
        }
    }
    assert_eq!(changed, 0, "the head itself stays");
    // About the outline's length times the width.
    assert!((8_000..60_000).contains(&paper), "{paper} pixels of paper");
    assert_eq!(cut.with_rim(f32::NAN).rgba.len(), cut.with_rim(0.0).rgba.len());
}

#[test]
fn moods_one_after_the_other_are_as_each_alone() {
    let (_, cut) = cut("drawn/drawn_child_1.jpg");
    let cut = Arc::new(cut);
    let rest = cut.with_rim(12.0);
    let mut rimmed = Rimmed::new(cut.clone(), 12.0);
    let moods = [
        Mood { smile: 1.0, lids: 0.5, ..Mood::default() },
        Mood { lids: 1.0, turn: -1.0, ..Mood::default() },
        Mood { brows: 1.0, ..Mood::default() },
        Mood { lids: 0.25, ..Mood::default() },
        Mood::default(),
    ];
    for mood in moods {
        let mut alone = Rimmed::new(cut.clone(), 12.0);
        let shown = rimmed.in_mood(mood);
        assert_eq!(shown.picture, alone.in_mood(mood).picture, "{mood:?}");
        let [left, top, right, bottom] = shown.differs.unwrap_or_default();
        for (i, (a, b)) in rest.rgba.chunks_exact(4).zip(shown.picture.rgba.chunks_exact(4)).enumerate() {
            let (x, y) = (i % rest.width as usize, i / rest.width as usize);
            let is_told = (left..right).contains(&x) && (top..bottom).contains(&y);
            assert!(a == b || is_told, "{mood:?} changes {x} {y}");
        }
    }
    assert_eq!(rimmed.in_mood(Mood::default()).differs, None);
}

#[test]
fn a_face_from_elsewhere_does_no_harm() {
    let photo = photo(picture("drawn/drawn_child_1.jpg"));
    let mut face = LIKENESS.faces(&photo).expect("a face").remove(0);
    face.landmarks.iter_mut().for_each(|p| *p = [1e9, -1e9, 0.0]);
    let _ = LIKENESS.cut_out(&photo, &face);
    face.landmarks[3][0] = f32::NAN;
    assert!(LIKENESS.cut_out(&photo, &face).is_err());
    face.landmarks.truncate(3);
    assert!(LIKENESS.cut_out(&photo, &face).is_err());
}
