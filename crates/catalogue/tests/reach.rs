//! What a child can change of the films' pictures: nothing else differs between two children, nor from the sample.

use std::collections::BTreeMap;

use film::{Area, Canvas, Cast, Film, Hero, Rendition, Room, Scene};
use likeness::{CutOut, Likeness, Photo};

const SIZE: Rendition = Rendition { width: 320, height: 180 };
/// The moments, as shares of the shot.
const MOMENTS: [f64; 2] = [0.3, 0.8];

fn child(number: u32) -> CutOut {
    let path = format!("{}/../../tests/photos/drawn/drawn_child_{number}.jpg", env!("CARGO_MANIFEST_DIR"));
    let picture = image::open(path).expect("a drawn child").to_rgb8();
    let photo = Photo::new(picture.width(), picture.height(), picture.into_raw()).expect("of its own size");
    let likeness = Likeness::embedded();
    let face = likeness.faces(&photo).expect("looked at").into_iter().next().expect("a face");
    likeness.cut_out(&photo, &face).expect("a head")
}

#[test]
fn those_who_play_differ_only_within_reach() {
    let faces = [1, 2, 3, 4].map(child);
    let none = BTreeMap::new();
    let options = BTreeMap::from([("age".to_owned(), "6".to_owned())]);
    for folder in catalogue::films() {
        let film = Film::read(&folder).unwrap_or_else(|report| panic!("{}: {report}", folder.slug()));
        let takes_two = film.info().second.is_some();
        let cast = |index: usize, name, second| Cast {
            face: Some(&faces[index]),
            name,
            language: "en",
            options: &options,
            second: takes_two.then(|| Hero { face: Some(&faces[3 - index]), name: second }),
        };
        // Everyone's picture, in which nobody plays, is beside one who plays alone; two stand beside each other.
        let sample = Cast { face: None, name: "", language: "en", options: &none, second: None };
        let alone = Cast { second: None, ..cast(0, "Maximilian", "") };
        let two = [cast(0, "Jo", "Maximilian"), cast(1, "Alexandra-Sofia", "Bo")];
        // Each in a room of its own.
        let single =
            [(1, "Jo"), (0, "Mia"), (3, "Alexander"), (2, "Anna-Sophia"), (0, "Maximilian-Alexander")];
        let single = single.map(|(face, name)| [Cast { second: None, ..cast(face, name, "") }]);
        let beside_nobody = single.iter().map(|one| (&sample, &one[..]));
        for (nobody, casts) in
            [(&two[0], &two[..]), (&sample, &[sample, alone])].into_iter().chain(beside_nobody)
        {
            for shot in (0..film.shots().len())
                .filter(|shot| casts.iter().any(|cast| film.shots()[*shot].is_personal_for(cast)))
            {
                assert_alike_outside_of_reach(&film, shot, nobody, casts);
            }
        }
    }
}

fn assert_alike_outside_of_reach(film: &Film, shot: usize, nobody: &Cast<'_>, casts: &[Cast<'_>]) {
    let info = &film.shots()[shot];
    let scene = |cast| film.scene(shot, cast, SIZE).expect("the shot can be built");
    let mut scenes: Vec<Scene> = casts.iter().map(scene).collect();
    let rooms = scenes.iter_mut().map(|scene| scene.room().expect("a room"));
    let room = rooms.reduce(Room::joined).expect("a room");
    let mut empty = scene(nobody).emptied();
    for moment in MOMENTS {
        let frame = (f64::from(info.frames) * moment) as u32;
        let about = format!("{} {}, frame {frame}", film.info().slug, info.id);
        let reach = empty.reach(frame, room);
        let draw = |scene: &mut Scene| {
            assert_eq!(scene.reach(frame, room), reach, "{about}");
            let mut canvas = Canvas::new(SIZE.width, SIZE.height);
            scene.draw(frame, &mut canvas);
            canvas
        };
        let nobodys = draw(&mut empty);
        for drawn in scenes.iter_mut().map(draw) {
            let mut differing = differing(&nobodys, &drawn);
            let outside = differing.find(|at| !reach.iter().any(|area| holds(area, *at)));
            assert_eq!(outside, None, "{about}: outside of {reach:?}");
        }
    }
}

/// Where two pictures are not the same.
fn differing(one: &Canvas, other: &Canvas) -> impl Iterator<Item = (u32, u32)> {
    let pixels = one.pixels().chunks_exact(4).zip(other.pixels().chunks_exact(4)).enumerate();
    let others = pixels.filter(|(_, (one, other))| one != other);
    others.map(|(at, _)| (at as u32 % SIZE.width, at as u32 / SIZE.width))
}

fn holds(area: &Area, (x, y): (u32, u32)) -> bool {
    (area.x..area.x + area.width).contains(&x) && (area.y..area.y + area.height).contains(&y)
}
