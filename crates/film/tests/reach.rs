//! What a child can change of the tiny film's pictures, and drawing only that.

mod common;

use std::collections::BTreeSet;

use common::{SMALL, head, no_options, read, tiny_for_two, with};
use film::{Area, Canvas, Cast, Hero, MapFolder, Moved, Room, Scene};

fn cast(name: &str) -> Cast<'_> {
    Cast { face: None, name, language: "en", options: no_options(), second: None }
}

/// A head that reaches so far from the middle of its face's oval to each side, up and down, in mean radii of the oval: the
/// made-up one is larger.
fn child(skin: [u8; 3], [beside, above, below]: [f32; 3]) -> likeness::CutOut {
    let mut face = head(skin);
    let oval = face.face_oval();
    let (size, radius) = (face.size as usize, (oval.rx * oval.ry).sqrt());
    for (at, pixel) in face.rgba.chunks_exact_mut(4).enumerate() {
        let [x, y] = [at % size, at / size].map(|side| side as f32);
        let (x, y) = ((x - oval.cx) / radius, (y - oval.cy) / radius);
        let (x, y) = (x / beside, y / if y < 0.0 { above } else { below });
        pixel[3] = if x * x + y * y < 1.0 { 255 } else { 0 };
    }
    face
}

/// A whole picture.
fn drawn(scene: &mut Scene, frame: u32) -> Canvas {
    let mut canvas = Canvas::new(SMALL.width, SMALL.height);
    scene.draw(frame, &mut canvas);
    canvas
}

/// The pixels of an area of a whole picture.
fn cut(canvas: &Canvas, area: Area) -> Vec<u8> {
    let rows = canvas.pixels().chunks(canvas.width() as usize * 4).skip(area.y as usize);
    let rows = rows.take(area.height as usize);
    rows.flat_map(|row| &row[area.x as usize * 4..][..area.width as usize * 4]).copied().collect()
}

/// By rounding at another place an area may differ from the whole picture: in few pixels, and there hardly.
fn assert_alike(scene: &mut Scene, frame: u32, area: Area, about: &str) {
    let (whole, mut part) = (drawn(scene, frame), Canvas::new(area.width, area.height));
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
    let faces = [child([200, 150, 120], [1.2; 3]), child([60, 40, 30], [1.3, 1.9, 1.2])];
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
                drawn(scene, frame)
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

/// From next to no hair to a hat, and names of few letters and of many.
const HEADS: [[f32; 3]; 7] = [
    [1.05, 1.4, 1.0],
    [1.2, 1.75, 1.1],
    [1.15, 1.75, 1.35],
    [1.45, 1.95, 1.1],
    [1.25, 2.6, 1.05],
    [1.5, 2.0, 1.4],
    [1.9, 2.4, 1.3],
];
const NAMES: [&str; 7] =
    ["Bo", "Mia", "Fritz", "Alexander", "Maximilian", "Ann-Kathrin", "Maximilian-Alexander"];

#[test]
fn each_child_changes_nothing_outside_of_its_own_room() {
    let film = read(&tiny_for_two());
    let mut rooms = BTreeSet::new();
    for shot in 0..film.shots().len() {
        let mut empty = film.scene(shot, &cast(""), SMALL).expect("a scene").emptied();
        for (head, name) in HEADS.into_iter().zip(NAMES) {
            let face = child([200, 150, 120], head);
            let second = Some(Hero { face: Some(&face), name: "Jo" });
            let mut scene =
                film.scene(shot, &Cast { face: Some(&face), second, ..cast(name) }, SMALL).expect("a scene");
            let room = scene.room().expect("a room");
            rooms.insert(room);
            for frame in [0, 41] {
                let reach = empty.reach(frame, room);
                assert_eq!(scene.reach(frame, room), reach);
                let drawn = [&mut scene, &mut empty].map(|scene| drawn(scene, frame));
                let covered = covered(&reach);
                let pixels = drawn[0].pixels().chunks_exact(4).zip(drawn[1].pixels().chunks_exact(4));
                let outside = pixels.zip(&covered).position(|((one, other), in_it)| one != other && !in_it);
                assert_eq!(outside, None, "shot {shot}, frame {frame}, {head:?} {name}: {room:?}");
            }
        }
    }
    let heads: BTreeSet<_> = rooms.iter().map(|room| room.head).collect();
    let names: BTreeSet<_> = rooms.iter().map(|room| room.name).collect();
    assert!(heads.len() >= 5 && names.len() >= 3, "{rooms:?}");
}

/// Which pixels lie in any of the areas.
fn covered(areas: &[Area]) -> Vec<bool> {
    let mut covered = vec![false; (SMALL.width * SMALL.height) as usize];
    for area in areas {
        for y in area.y..area.y + area.height {
            covered[(y * SMALL.width + area.x) as usize..][..area.width as usize].fill(true);
        }
    }
    covered
}

#[test]
fn the_reach_of_a_room_holds_those_of_the_rooms_it_holds() {
    let film = read(&tiny_for_two());
    for shot in (0..film.shots().len()).filter(|shot| film.shots()[*shot].is_personal()) {
        let scene = film.scene(shot, &cast(""), SMALL).expect("a scene");
        let reaches: Vec<_> = Room::all().map(|room| (room, covered(&scene.reach(41, room)))).collect();
        for (outer, all) in &reaches {
            for (inner, own) in reaches.iter().filter(|(inner, _)| outer.holds(*inner)) {
                assert!(own.iter().zip(all).all(|(own, all)| *all || !own), "{outer:?} {inner:?}");
            }
        }
    }
}

/// Whether a pixel lies within an outline or touches it.
fn is_around(moved: &Moved, x: u32, y: u32) -> bool {
    let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
    let sides = moved.outline.iter().zip(moved.outline.iter().cycle().skip(1));
    let side = |(a, b): (&[f64; 2], &[f64; 2])| {
        let [right, down] = [b[0] - a[0], b[1] - a[1]];
        (right * (y - a[1]) - down * (x - a[0])) / right.hypot(down).max(1e-9)
    };
    let sides: Vec<f64> = sides.map(side).collect();
    sides.iter().all(|side| *side >= -1.0) || sides.iter().all(|side| *side <= 1.0)
}

#[test]
fn what_moves_is_told_where_it_lies() {
    let film = read(&tiny_for_two());
    let face = child([200, 150, 120], [1.2, 1.7, 1.1]);
    let cast =
        Cast { face: Some(&face), second: Some(Hero { face: Some(&face), name: "Bo" }), ..cast("Mia") };
    let mut heads = 0;
    for shot in 0..film.shots().len() {
        let mut scene = film.scene(shot, &cast, SMALL).expect("a scene");
        let mut emptied = film.scene(shot, &cast, SMALL).expect("a scene").emptied();
        let mut before: Option<Vec<Moved>> = None;
        for frame in [0, 8, 30] {
            let [own, empty] = [&mut scene, &mut emptied].map(|scene| drawn(scene, frame));
            let moved = scene.moved(frame);
            for (at, (own, empty)) in
                own.pixels().chunks_exact(4).zip(empty.pixels().chunks_exact(4)).enumerate()
            {
                let (x, y) = (at as u32 % SMALL.width, at as u32 / SMALL.width);
                let is_other = own.iter().zip(empty).any(|(own, empty)| own.abs_diff(*empty) > 60);
                let is_told = || moved.iter().any(|moved| is_around(moved, x, y));
                assert!(!is_other || is_told(), "shot {shot}, frame {frame}: {x},{y}");
            }
            // An outline goes the way that its place does.
            for (one, other) in before.iter().flatten().zip(&moved) {
                let [from, to] = [one, other].map(|moved| kurbo::Affine::new(moved.place));
                heads += usize::from(one.outline.len() > 4);
                for (a, b) in one.outline.iter().zip(&other.outline) {
                    let [a, b] = [a, b].map(|at| kurbo::Point::new(at[0], at[1]));
                    assert!((to * from.inverse() * a).distance(b) < 0.01, "shot {shot}, frame {frame}");
                }
            }
            assert!(before.is_none_or(|before| before.len() == moved.len()));
            before = Some(moved);
        }
    }
    assert!(heads > 0);
}

#[test]
fn a_head_of_much_hair_is_told() {
    let film = read(&tiny_for_two());
    let mut wide = head([200, 150, 120]);
    wide.rgba.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
    let mut scene = film.scene(1, &Cast { face: Some(&wide), ..cast("Mia") }, SMALL).expect("a scene");
    assert_eq!(scene.room(), None);
}

#[test]
fn names_of_copies_that_move_by_themselves_take_no_room() {
    let name = |folder: &MapFolder| read(folder).scene(2, &cast("Mia"), SMALL).expect("a scene").room();
    let grow = "grow = [[0.2, 0], [2, 1]] }";
    assert!(name(&with("shots/03-name.toml", grow, grow)).is_some());
    let swaying = format!("{grow}\nsway = {{ part = \"petal\", rotate = 30, period = 2 }}");
    let mut folder = with("shots/03-name.toml", grow, &swaying);
    let drawing = folder.text("drawings/world.svg").expect("the file is there");
    let bloom = "<g id=\"bloom\" data-pivot=\"0,0\">";
    let petal =
        drawing.replacen(bloom, &format!("{bloom}<circle id=\"petal\" r=\"3\" fill=\"#ffffff\"/>"), 1);
    assert_ne!(petal, drawing);
    folder.put("drawings/world.svg", petal);
    assert_eq!(name(&folder), None);
}
