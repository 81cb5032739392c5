//! Both sides together: of a child before everyone's picture, and on twos.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use film::Area;
use region::{Moved, Told, Ways, Whose};

use super::{PersonalSide, Regions, SIDE, SharedSide, make_personal_shot, make_shared_side};
use crate::frames::{AreaFrames, Frames};
use crate::picture::Picture;
use crate::settings::Settings;
use crate::shot::{Segment, SegmentPlace, ShotError};
use crate::{Decoder, Fragment, ParameterSets, TestPattern, ssim, to_stream};

const FRAMES: u32 = 12;

/// Everyone's picture with something of one child in it, which moves.
struct Child {
    everyones: TestPattern,
    own: TestPattern,
    whole: Vec<u8>,
    area: Vec<u8>,
}

fn settings() -> Settings {
    Settings::new(320, 180, 24)
}

fn child(seed: u32) -> Child {
    let pattern = |seed| TestPattern::new(320, 180, FRAMES, seed);
    Child { everyones: pattern(1), own: pattern(seed), whole: Vec::new(), area: Vec::new() }
}

/// Where the child is; at the bottom it ends with the picture, within a macroblock.
fn places(frame: u32) -> Vec<Area> {
    let one = Area { x: 40 + frame * 3, y: 121, width: 50, height: 59 };
    vec![one, Area { x: 200, y: 20 + frame, width: 21, height: 9 }]
}

fn area_of(whole: &[u8], area: Area) -> Vec<u8> {
    let rows = whole.chunks(320 * 4).skip(area.y as usize).take(area.height as usize);
    rows.flat_map(|row| &row[area.x as usize * 4..][..area.width as usize * 4]).copied().collect()
}

impl Frames for Child {
    fn frames(&self) -> u32 {
        FRAMES
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        self.whole = self.everyones.draw(frame).to_vec();
        let own = self.own.draw(frame);
        for area in places(frame) {
            for y in area.y..area.y + area.height {
                let at = ((y * 320 + area.x) * 4) as usize;
                let row = at..at + area.width as usize * 4;
                self.whole[row.clone()].copy_from_slice(&own[row]);
            }
        }
        &self.whole
    }
}

impl AreaFrames for Child {
    fn frames(&self) -> u32 {
        FRAMES
    }

    fn draw_area(&mut self, frame: u32, area: Area) -> &[u8] {
        self.area = area_of(self.draw(frame), area);
        &self.area
    }

    fn moved(&self, frame: u32) -> Vec<Moved> {
        let of = |Area { x, y, width, height }: Area| {
            let [left, top, right, bottom] = [x, y, x + width, y + height].map(f64::from);
            let outline = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
            Moved { outline, place: [1.0, 0.0, 0.0, 1.0, left, top] }
        };
        places(frame).into_iter().map(of).collect()
    }
}

fn regions() -> Regions {
    Regions::new(&(0..FRAMES).map(places).collect::<Vec<_>>(), &settings())
}

fn go_on(_: u32, _: u32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn shared_side() -> SharedSide {
    make_shared_side(&mut child(5), regions(), &settings(), &mut go_on).unwrap()
}

fn decoded(segment: &Segment) -> Vec<Picture> {
    let sets = ParameterSets::of(&settings()).unwrap();
    let fragment = Fragment::read(&segment.bytes).unwrap();
    assert!((0..).zip(&fragment.samples).all(|(at, sample)| sample.sync == (at == 0)));
    Decoder::pictures(fragment.samples.iter().map(|sample| to_stream(sample.bytes, &sets))).unwrap()
}

#[test]
fn the_sides_make_a_shot_of_the_child_and_leave_the_rest_as_it_is() {
    let shared = SharedSide::from_bytes(&shared_side().to_bytes()).unwrap();
    let place = SegmentPlace { first_frame: 240, sequence: 7 };
    let films = [5, 9].map(|seed| {
        let segment = make_personal_shot(&shared, &mut child(seed), place, &mut go_on).unwrap();
        assert_eq!((segment.frames, Fragment::read(&segment.bytes).unwrap().start), (FRAMES, 240_000));
        let pictures = decoded(&segment);
        let mut alike = 0.0;
        for (frame, shown) in (0..).zip(&pictures) {
            let mut source = Picture::new(320, 180);
            source.set_rgba(child(seed).draw(frame));
            alike += ssim(&source, shown) / f64::from(FRAMES);
        }
        assert!(alike > 0.97, "{alike}");
        pictures
    });
    let [one, other] = films;
    assert_eq!((one.len(), other.len()), (FRAMES as usize, FRAMES as usize));
    let mut differing = 0;
    for ((one, other), map) in one.iter().zip(&other).zip(&shared.regions.maps) {
        for (plane, (one, other)) in one.planes().into_iter().zip(other.planes()).enumerate() {
            let (side, width) = if plane == 0 { (16, 320) } else { (8, 160) };
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                let block = at / width / side * 20 + at % width / side;
                assert!(one == other || map.whose(block) == Whose::Personal, "plane {plane} at {at}");
                differing += usize::from(one != other);
            }
        }
    }
    assert!(differing > 1000, "the children differ");
}

/// The same on twos: with every second picture only the camera moves.
struct OnTwos {
    child: Child,
    shown: Vec<u8>,
    /// Pixels of each picture that were drawn.
    drawn: BTreeMap<u32, u32>,
}

/// By how much the camera moves then.
const PAN: usize = 3;

impl OnTwos {
    fn new(seed: u32) -> Self {
        Self { child: child(seed), shown: Vec::new(), drawn: BTreeMap::new() }
    }
}

impl Frames for OnTwos {
    fn frames(&self) -> u32 {
        FRAMES
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        let by = frame as usize % 2 * PAN;
        let rows = self.child.draw(frame & !1).chunks(320 * 4);
        let moved = |row: &[u8]| [&row[by * 4..], &row[(320 - by) * 4..]].concat();
        self.shown = rows.flat_map(moved).collect();
        &self.shown
    }

    fn ways(&self, frame: u32) -> Option<Ways> {
        let own = vec![[1.0, 0.0, 0.0, 1.0, PAN as f64, 0.0]];
        (frame % 2 == 1).then_some(Ways { own, others: Vec::new() })
    }
}

impl AreaFrames for OnTwos {
    fn frames(&self) -> u32 {
        FRAMES
    }

    fn draw_area(&mut self, frame: u32, area: Area) -> &[u8] {
        *self.drawn.entry(frame).or_default() += area.width * area.height;
        self.child.area = area_of(self.draw(frame), area);
        &self.child.area
    }

    fn moved(&self, frame: u32) -> Vec<Moved> {
        let by = (frame as usize % 2 * PAN) as f64;
        let mut moved = self.child.moved(frame & !1);
        for moved in &mut moved {
            moved.outline.iter_mut().for_each(|corner| corner[0] -= by);
            moved.place[4] -= by;
        }
        moved
    }
}

#[test]
fn where_only_the_camera_moves_little_is_drawn() {
    let wide = |area: Area| Area { x: area.x - 8, width: area.width + 16, ..area };
    let reach = |frame: u32| places(frame & !1).into_iter().map(wide).collect();
    let regions = Regions::new(&(0..FRAMES).map(reach).collect::<Vec<Vec<Area>>>(), &settings());
    let shared = make_shared_side(&mut OnTwos::new(5), regions, &settings(), &mut go_on).unwrap();
    let shared = SharedSide::from_bytes(&shared.to_bytes()).unwrap();
    let place = SegmentPlace { first_frame: 0, sequence: 1 };
    let mut frames = OnTwos::new(9);
    let segment = make_personal_shot(&shared, &mut frames, place, &mut go_on).unwrap();
    let drawn = |frame: u32| frames.drawn.get(&frame).copied().unwrap_or(0);
    // On the last ones others build, though they are odd.
    for frame in (0..FRAMES).filter(|frame| ![1, 3, 5, 7].contains(frame)) {
        assert!(drawn(frame) > 5_000, "{frame}: {}", drawn(frame));
    }
    for frame in [1, 3, 5, 7] {
        assert!(drawn(frame) * 3 < drawn(frame - 1), "{frame}: {}", drawn(frame));
    }
    for (frame, shown) in (0..).zip(decoded(&segment)) {
        let mut source = Picture::new(320, 180);
        source.set_rgba(frames.draw(frame));
        let alike = ssim(&source, &shown);
        assert!(alike > 0.95, "{frame}: {alike}");
    }
}

#[test]
fn what_was_told_wrongly_is_refused() {
    let mut shared = make_shared_side(&mut OnTwos::new(5), regions(), &settings(), &mut go_on).unwrap();
    let told = shared.pictures.iter_mut().find_map(|picture| picture.told.as_mut()).unwrap();
    let mut bytes = told.to_bytes();
    // Far away, each that is not to be drawn.
    let runs = bytes.chunks_exact_mut(6).filter(|run| run[2..4] != i16::MIN.to_le_bytes());
    runs.for_each(|run| run[2..4].copy_from_slice(&1900i16.to_le_bytes()));
    let count = (0..300).find(|count| Told::from_bytes(&bytes, *count).is_some()).unwrap();
    *told = Told::from_bytes(&bytes, count).unwrap();
    let place = SegmentPlace { first_frame: 0, sequence: 1 };
    let made = make_personal_shot(&shared, &mut OnTwos::new(5), place, &mut go_on);
    assert_eq!(made.err(), Some(ShotError::OtherShot));
}

#[test]
fn a_shared_side_is_read_as_it_was_written_or_not_at_all() {
    let shared = shared_side();
    let bytes = shared.to_bytes();
    assert_eq!(SharedSide::from_bytes(&bytes).as_ref(), Some(&shared));
    assert!(SharedSide::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        assert!(SharedSide::from_bytes(&bytes[..end]).is_none(), "cut off at {end}");
    }
    let mut other = bytes;
    other[4] += 1;
    assert!(SharedSide::from_bytes(&other).is_none(), "another version");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let shared = shared_side();
    let mut short = TestPattern::new(320, 180, FRAMES - 1, 1);
    let refused = make_shared_side(&mut short, regions(), &settings(), &mut go_on);
    assert_eq!(refused, Err(ShotError::OtherShot));
    let place = SegmentPlace { first_frame: 0, sequence: 1 };
    assert_eq!(PersonalSide::new(&shared).finish(place), Err(ShotError::WrongPicture(0)));
}

#[test]
fn areas_hold_all_that_is_personal_and_pay_where_that_is_little() {
    let regions = regions();
    for map in &regions.maps {
        let areas = regions.areas(map);
        assert!(areas.len() <= 2, "{areas:?}");
        let holds = |at: usize| {
            let (x, y) = (at as u32 % 20 * SIDE, at as u32 / 20 * SIDE);
            let inside = |area: &Area| {
                x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height
            };
            areas.iter().any(inside)
        };
        assert!((0..map.len()).all(|at| map.whose(at) == Whose::Shared || holds(at)));
        assert!(areas.iter().all(|area| area.x + area.width <= 320 && area.y + area.height <= 180));
    }
    assert!(regions.pays(), "{} {:?}", regions.share(), regions.slices());
    let all = Area { x: 0, y: 0, width: 320, height: 128 };
    assert!(!Regions::new(&vec![vec![all]; 3], &settings()).pays());
}
