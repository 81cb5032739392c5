//! Frames of the tiny film: the same in any order, and like the golden pictures.

mod common;

use std::path::Path;

use common::{SMALL, head, no_options, read, tiny, tiny_for_two, with};
use film::{Canvas, Cast, Film, Hero, MapFolder, Rendition, Scene};

fn cast(name: &str) -> Cast<'_> {
    Cast { face: None, name, language: "en", options: no_options(), second: None }
}

fn picture(film: &Film, shot: usize, cast: &Cast<'_>, frame: u32) -> Canvas {
    let mut scene = film.scene(shot, cast, SMALL).expect("the shot can be built");
    let mut canvas = Canvas::new(SMALL.width, SMALL.height);
    scene.draw(frame, &mut canvas);
    canvas
}

/// Mean difference of two pictures, in steps of 255.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

#[test]
fn scenes_can_be_sent_to_threads() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Scene>();
    sync::<Film>();
}

#[test]
fn frames_do_not_depend_on_the_order_of_drawing() {
    let film = read(&tiny());
    let face = head([200, 150, 120]);
    let cast = Cast { face: Some(&face), ..cast("Mia") };
    for shot in 0..film.shots().len() {
        let mut scene = film.scene(shot, &cast, SMALL).expect("a scene");
        let mut canvas = Canvas::new(SMALL.width, SMALL.height);
        for frame in [40, 3, 59, 3] {
            scene.draw(frame, &mut canvas);
            assert!(
                canvas.pixels() == picture(&film, shot, &cast, frame).pixels(),
                "shot {shot}, frame {frame}"
            );
        }
        assert!(canvas.pixels().chunks_exact(4).all(|p| p[3] == 255));
    }
}

/// Levels of SIMD differ by single steps in few pixels, so the golden pictures are compared with a mean
/// difference of at most a fifth of a step. `MINISTUDIO_ACCEPT=1` draws them anew.
#[test]
fn golden_pictures() {
    let film = read(&tiny());
    for (shot, frame) in [(0, 40), (1, 30), (2, 60), (3, 10)] {
        let canvas = picture(&film, shot, &cast("Mia"), frame);
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{}.png", film.shots()[shot].id));
        if std::env::var_os("MINISTUDIO_ACCEPT").is_some() {
            let image = image::RgbaImage::from_raw(SMALL.width, SMALL.height, canvas.pixels().to_vec());
            image.expect("its size").save(&path).expect("written");
        }
        let golden = image::open(&path).expect("the golden picture is there").to_rgba8();
        let off = difference(canvas.pixels(), golden.as_raw());
        assert!(off < 0.2, "{}: off by {off:.3}", path.display());
    }
}

#[test]
fn what_moves_is_seen_to_move() {
    let film = read(&tiny());
    let one = picture(&film, 1, &cast("Mia"), 0);
    let later = picture(&film, 1, &cast("Mia"), 24);
    assert!(difference(one.pixels(), later.pixels()) > 1.0);
    let anna = picture(&film, 2, &cast("Anna-Lena"), 60);
    assert!(difference(anna.pixels(), picture(&film, 2, &cast("Mia"), 60).pixels()) > 1.0);
}

#[test]
fn twos_hold_the_pose_and_ones_do_not() {
    let still = with("shots/02-hill.toml", "zoom = [[0, 1], [2.5, 1.1]]", "zoom = 1");
    let same = |film: &Film| {
        picture(film, 1, &cast("Mia"), 12).pixels() == picture(film, 1, &cast("Mia"), 13).pixels()
    };
    // The light fades on ones, so it is taken away too.
    let mut twos = still.clone();
    let text = still.text("shots/02-hill.toml").unwrap().replace("amount = [[0, 0.3], [2, 0]]", "amount = 0");
    twos.put("shots/02-hill.toml", text.clone());
    assert!(same(&read(&twos)));
    let mut ones = still;
    ones.put("shots/02-hill.toml", text.replace("seconds = 2.5", "seconds = 2.5\ntwos = false"));
    assert!(!same(&read(&ones)));
}

#[test]
fn where_all_stays_only_the_camera_moves() {
    let film = read(&with("shots/02-hill.toml", "zoom = [[0, 1], [2.5, 1.1]]", "zoom = 1"));
    let scene = film.scene(1, &cast("Mia"), SMALL).expect("a scene");
    let mut stays = 0;
    for frame in (1..scene.frames()).filter(|frame| scene.ways(*frame).is_some()) {
        let [now, before] = [frame, frame - 1].map(|frame| picture(&film, 1, &cast("Mia"), frame));
        assert!(frame % 2 == 1 && now.pixels() == before.pixels(), "frame {frame}");
        for way in scene.ways(frame).into_iter().flatten().flatten() {
            let off =
                way.iter().zip([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]).map(|(part, still)| (part - still).abs());
            assert!(off.fold(0.0, f64::max) < 1e-9, "{way:?}");
        }
        stays += 1;
    }
    // Where the light fades in a step all is lit anew.
    assert!((15..30).contains(&stays) && scene.ways(0).is_none(), "{stays}");
    // With zoom, places move away from the middle: they were nearer to it.
    let zoomed = read(&tiny()).scene(1, &cast("Mia"), SMALL).expect("a scene");
    for frame in 0..zoomed.frames() {
        let ways = zoomed.ways(frame);
        assert_eq!(ways.is_some(), scene.ways(frame).is_some(), "frame {frame}");
        for [a, b, c, d, e, f] in ways.into_iter().flatten().flatten() {
            let [right, down] = [a * 300.0 + c * 170.0 + e, b * 300.0 + d * 170.0 + f];
            assert!((299.0..300.0).contains(&right) && (169.0..170.0).contains(&down), "{right} {down}");
        }
    }
    let ones = read(&with("shots/02-hill.toml", "seconds = 2.5", "seconds = 2.5\ntwos = false"));
    let ones = ones.scene(1, &cast("Mia"), SMALL).expect("a scene");
    assert!((0..ones.frames()).all(|frame| ones.ways(frame).is_none()));
}

#[test]
fn the_childs_head_and_skin_are_in_the_picture() {
    let film = read(&tiny());
    let face = head([20, 220, 40]);
    let canvas = picture(&film, 1, &Cast { face: Some(&face), ..cast("Mia") }, 59);
    let green = canvas.pixels().chunks_exact(4).filter(|p| p[1] > 120 && p[0] < 60 && p[2] < 80).count();
    assert!(green > 700, "{green} pixels of the head");
}

#[test]
fn two_heroes_play_with_heads_and_tones_of_their_own() {
    let film = read(&tiny_for_two());
    let (green, blue) = (head([20, 220, 40]), head([30, 40, 230]));
    let count = |cast: &Cast<'_>, is: fn(&[u8]) -> bool| {
        let canvas = picture(&film, 5, cast, 10);
        // The head of the second hero lies in the right half.
        let right = |at: usize| at % SMALL.width as usize > SMALL.width as usize / 2;
        let pixels = canvas.pixels().chunks_exact(4).enumerate().filter(|(_, pixel)| is(pixel));
        let (right, left): (Vec<usize>, Vec<usize>) = pixels.map(|(at, _)| at).partition(|at| right(*at));
        [left.len(), right.len()]
    };
    let is_green = |p: &[u8]| p[1] > 120 && p[0] < 60 && p[2] < 80;
    let is_blue = |p: &[u8]| p[2] > 120 && p[0] < 70 && p[1] < 90;
    let is_tan = |p: &[u8]| p[0].abs_diff(158) < 12 && p[1].abs_diff(106) < 12 && p[2].abs_diff(74) < 12;
    let one = Cast { face: Some(&green), ..cast("Mia") };
    let two = Cast { second: Some(Hero { face: Some(&blue), name: "Ida" }), ..one };
    let (greens, blues) = (count(&two, is_green), count(&two, is_blue));
    assert!(greens[0] > 700 && greens[1] == 0, "{greens:?} pixels of the first head");
    assert!(blues[1] > 700 && blues[0] == 0, "{blues:?} pixels of the second head");
    // Alone, the drawn friend is there, and is another than the drawn hero.
    let (greens, tans) = (count(&one, is_green), count(&one, is_tan));
    assert!(greens[0] > 700 && tans[1] > 300 && tans[0] < 20, "{greens:?} {tans:?}");
    let named = |cast: &Cast<'_>| film.told("{name} & {second}, {second.name}", cast);
    assert_eq!(named(&two), "Mia & Ida, Ida");
    assert_eq!(named(&one), "Mia & Leo, Leo");
    let braces = Cast { second: Some(Hero { face: None, name: "{name}" }), ..cast("{second}") };
    assert_eq!(film.told("{name} & {second} {age}", &braces), "{second} & {name} {age}");
}

#[test]
fn another_size_shows_the_same_picture() {
    let film = read(&tiny());
    let large = Rendition { width: 640, height: 360 };
    let mut scene = film.scene(1, &cast("Mia"), large).expect("a scene");
    let mut canvas = Canvas::new(640, 360);
    scene.draw(30, &mut canvas);
    let large = image::RgbaImage::from_raw(640, 360, canvas.pixels().to_vec()).expect("its size");
    let small = image::imageops::resize(&large, 320, 180, image::imageops::FilterType::Triangle);
    let off = difference(small.as_raw(), picture(&film, 1, &cast("Mia"), 30).pixels());
    assert!(off < 4.0, "off by {off:.2}");
}

#[test]
fn names_of_all_kinds_are_drawn_or_explained() {
    let film = read(&tiny());
    for name in
        ["Jo", "Maximilian-Alexander von Berg.", "Ægir", "\u{202e}aiM", "Mia\u{0}\n<b>", "%s{name}=1+1"]
    {
        picture(&film, 2, &cast(name), 60);
    }
    assert!(film.problems_with_name("Mia").is_empty());
    assert_eq!(film.problems_with_name("  ").len(), 1);
    let emoji = film.problems_with_name("Mia 🦊");
    assert_eq!(emoji.len(), 1);
    assert!(emoji[0].to_string().contains('🦊'), "{}", emoji[0]);
    assert_eq!(film.problems_with_name(&"a".repeat(31)).len(), 1);
}

#[test]
fn the_part_for_a_preview_draws_the_same_pictures_as_the_whole_film() {
    let folder = tiny_for_two();
    let film = read(&folder);
    let part = film.preview_folder(&folder);
    let bytes = part.to_bytes();
    assert!(bytes.len() < folder.to_bytes().len());
    let (draft, _) = Film::draft(&MapFolder::from_bytes(&bytes).expect("what was written is read"));
    let draft = draft.expect("the part is a film");
    let face = head([200, 150, 120]);
    let cast = Cast { face: Some(&face), language: "de", ..cast("") };
    let shots = film.preview_shots();
    assert!(!shots.is_empty());
    assert_eq!(draft.preview_shots().len(), shots.len());
    for (part, whole) in draft.preview_shots().into_iter().zip(shots) {
        assert_eq!(draft.shots()[part].id, film.shots()[whole].id);
        assert_eq!(picture(&draft, part, &cast, 30).pixels(), picture(&film, whole, &cast, 30).pixels());
    }
    for end in [1, bytes.len() / 2, bytes.len() - 1] {
        assert!(MapFolder::from_bytes(&bytes[..end]).is_none(), "cut off at {end}");
    }
}
