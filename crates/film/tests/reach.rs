//! What a child can change of the tiny film's pictures, and drawing only that.

mod common;

use common::{SMALL, head, no_options, read, tiny_for_two};
use film::{Area, Canvas, Cast, Hero, Room, Scene};

fn cast(name: &str) -> Cast<'_> {
    Cast { face: None, name, language: "en", options: no_options(), second: None }
}

/// A head of the size that heads have beside their faces: the made-up one is larger.
fn child(skin: [u8; 3]) -> likeness::CutOut {
    let mut face = head(skin);
    let oval = face.face_oval();
    let (size, radius) = (face.size as usize, (oval.rx * oval.ry).sqrt() * 1.2);
    for (at, pixel) in face.rgba.chunks_exact_mut(4).enumerate() {
        let [x, y] = [at % size, at / size].map(|side| side as f32);
        let (x, y) = ((x - oval.cx) / radius, (y - oval.cy) / radius);
        pixel[3] = if x * x + y * y < 1.0 { 255 } else { 0 };
    }
    face
}

/// The pixels of an area of a whole picture.
fn cut(canvas: &Canvas, area: Area) -> Vec<u8> {
    let rows = canvas.pixels().chunks(canvas.width() as usize * 4).skip(area.y as usize);
    let rows = rows.take(area.height as usize);
    rows.flat_map(|row| &row[area.x as usize * 4..][..area.width as usize * 4]).copied().collect()
}

/// By rounding at another place an area may differ from the whole picture: in few pixels, and there hardly.
fn assert_alike(scene: &mut Scene, frame: u32, area: Area, about: &str) {
    let (mut whole, mut part) =
        (Canvas::new(SMALL.width, SMALL.height), Canvas::new(area.width, area.height));
    scene.draw(frame, &mut whole);
    scene.draw_area(frame, area, &mut part);
    let wanted = cut(&whole, area);
    let steps = || wanted.iter().zip(part.pixels()).map(|(a, b)| a.abs_diff(*b));
    let others = steps().filter(|step| *step > 0).count() as f64 / wanted.len() as f64;
    let most = steps().max().unwrap_or(0);
    assert!(others < 0.005 && most <= 8, "{about}: {others} of it differs, by {most} at most");
}

#[test]
fn areas_are_drawn_as_in_the_whole_picture() {
    let film = read(&tiny_for_two());
    let face = head([200, 150, 120]);
    let cast = Cast { face: Some(&face), ..cast("Mia") };
    for shot in 0..film.shots().len() {
        let mut scene = film.scene(shot, &cast, SMALL).expect("a scene");
        for frame in [0, 41] {
            let whole = Area { x: 0, y: 0, width: SMALL.width, height: SMALL.height };
            for area in [
                whole,
                Area { x: 16, y: 48, width: 192, height: 112 },
                Area { x: 309, y: 7, width: 11, height: 3 },
            ] {
                assert_alike(&mut scene, frame, area, &format!("shot {shot}, frame {frame}, {area:?}"));
            }
        }
    }
}

#[test]
fn reach_is_the_same_for_all_who_take_no_more_room_and_holds_all_that_differs() {
    let film = read(&tiny_for_two());
    let faces = [child([200, 150, 120]), child([60, 40, 30])];
    let second = |face, name| Some(Hero { face: Some(face), name });
    let casts = [
        Cast { face: Some(&faces[0]), second: second(&faces[1], "Bo"), ..cast("Mia") },
        Cast { face: Some(&faces[1]), second: second(&faces[0], "Ann-Kathrin"), ..cast("Alexander") },
    ];
    for shot in 0..film.shots().len() {
        let scene = |cast| film.scene(shot, cast, SMALL).expect("a scene");
        let mut scenes = casts.each_ref().map(scene);
        let mut sample = scene(&cast(""));
        let rooms = [&mut sample].into_iter().chain(&mut scenes).map(|scene| scene.room().expect("a room"));
        let room = rooms.reduce(Room::joined).expect("a room");
        for frame in [0, 30, 55] {
            let reach = sample.reach(frame, room);
            assert!(film.shots()[shot].is_personal() || reach.is_empty(), "shot {shot} is everyone's");
            let drawn = scenes.each_mut().map(|scene| {
                assert_eq!(scene.reach(frame, room), reach);
                let mut canvas = Canvas::new(SMALL.width, SMALL.height);
                scene.draw(frame, &mut canvas);
                canvas
            });
            let pixels = drawn[0].pixels().chunks_exact(4).zip(drawn[1].pixels().chunks_exact(4));
            for (at, _) in pixels.enumerate().filter(|(_, (one, other))| one != other) {
                let (x, y) = (at as u32 % SMALL.width, at as u32 / SMALL.width);
                let holds = |area: &Area| {
                    (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y)
                };
                assert!(reach.iter().any(holds), "shot {shot}, frame {frame}: {x},{y} is not in {reach:?}");
            }
        }
    }
}

#[test]
fn a_head_of_much_hair_is_told() {
    let film = read(&tiny_for_two());
    let mut wide = head([200, 150, 120]);
    wide.rgba.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    let mut scene = film.scene(1, &Cast { face: Some(&wide), ..cast("Mia") }, SMALL).expect("a scene");
    assert_eq!(scene.room(), None);
}
