//! How much room those who play take of a picture, in a few steps: what is made for one room serves every child who
//! stays within it. A step says little of a child, and nothing that tells one from another.

use std::fmt;
use std::sync::Arc;

use vello_cpu::kurbo::{Affine, Point, Rect, Size};

/// How boxy the outline of a head is: exponents of Lamé curves. Above, and below where there is but a chin, it is an
/// oval; where hair hangs it is nearly a box.
const OVAL: f64 = 2.5;
const BOXY: f64 = 5.0;

/// How far the heads of a room reach from the middle of the face's oval to each side, up and down, in mean radii of the
/// oval, and how boxy they are below. Hair lies close to the head or stands off it, ends above the chin or hangs down,
/// and is low, high, or has a bun or a bow on it: one room for each of these together, and a last one for still more.
/// In the order of their areas.
const HEADS: [[f64; 4]; 13] = [
    [1.30, 1.86, 1.14, OVAL],
    [1.30, 2.15, 1.14, OVAL],
    [1.30, 1.86, 1.38, BOXY],
    [1.56, 1.86, 1.14, OVAL],
    [1.30, 2.15, 1.38, BOXY],
    [1.30, 2.75, 1.14, OVAL],
    [1.56, 2.15, 1.14, OVAL],
    [1.56, 1.86, 1.38, BOXY],
    [1.30, 2.75, 1.38, BOXY],
    [1.56, 2.15, 1.38, BOXY],
    [1.56, 2.75, 1.14, OVAL],
    [1.56, 2.75, 1.38, BOXY],
    [2.30, 2.75, 1.50, BOXY],
];

/// What the names of a room take of the width and of the height of their place. They stand in its middle and are made as
/// large as it lets them be: short ones fill its height, long ones its width. Those that are written with copies take
/// somewhat less than their letters would. In the order of their areas.
const NAMES: [[f64; 2]; 12] = [
    [1.0, 0.32],
    [0.35, 1.0],
    [1.0, 0.4],
    [0.48, 1.0],
    [1.0, 0.49],
    [1.0, 0.6],
    [0.6, 1.0],
    [1.0, 0.72],
    [0.72, 1.0],
    [1.0, 0.85],
    [0.85, 1.0],
    [1.0, 1.0],
];

/// A kind of room: a line of a table of measures, in the order of areas.
macro_rules! line_of {
    ($(#[$about:meta])* $kind:ident, $table:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $kind(u8);

        impl $kind {
            /// The one of the least area.
            pub const SMALLEST: Self = Self(0);
            /// The one that holds all.
            pub const LARGEST: Self = Self($table.len() as u8 - 1);

            /// From the one of the least area.
            pub fn all() -> impl Iterator<Item = Self> {
                (0..=Self::LARGEST.0).map(Self)
            }

            fn measures(self) -> &'static [f64] {
                &$table[usize::from(self.0)]
            }

            /// Whether all that stays within the other one stays within this one.
            pub fn holds(self, other: Self) -> bool {
                self.measures().iter().zip(other.measures()).all(|(outer, inner)| outer >= inner)
            }

            /// The smallest one that holds both.
            pub fn joined(self, other: Self) -> Self {
                Self::all().find(|room| room.holds(self) && room.holds(other)).unwrap_or(Self::LARGEST)
            }
        }

        impl fmt::Debug for $kind {
            /// By its measures: what is named after a room has another name when they change.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($kind)).field(&self.measures()).finish()
            }
        }
    };
}

line_of! {
    /// How far a head reaches with its hair.
    HeadRoom, HEADS
}
line_of! {
    /// What a name takes of its place.
    NameRoom, NAMES
}

/// The room that those who play take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Room {
    /// Of the heads.
    pub head: HeadRoom,
    /// Of the names.
    pub name: NameRoom,
}

impl NameRoom {
    /// Of a place whose letters stand in its middle.
    pub(super) fn within(self, place: Rect) -> Rect {
        let [across, down] = NAMES[usize::from(self.0)];
        let size = Size::new(place.width() * across, place.height() * down);
        Rect::from_center_size(place.center(), size)
    }
}

impl Room {
    /// The one that holds all.
    pub const LARGEST: Self = Self { head: HeadRoom::LARGEST, name: NameRoom::LARGEST };

    /// Every room, each before all that hold it.
    pub fn all() -> impl Iterator<Item = Self> {
        HeadRoom::all().flat_map(|head| NameRoom::all().map(move |name| Self { head, name }))
    }

    /// Whether everyone who stays within the other one stays within this one.
    pub fn holds(self, other: Self) -> bool {
        self.head.holds(other.head) && self.name.holds(other.name)
    }

    /// The smallest one that holds both.
    pub fn joined(self, other: Self) -> Self {
        Self { head: self.head.joined(other.head), name: self.name.joined(other.name) }
    }
}

/// A box for each room of a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NameBoxes(Arc<[Rect; NAMES.len()]>);

impl NameBoxes {
    /// Made for each room.
    pub fn new(mut of: impl FnMut(NameRoom) -> Rect) -> Self {
        Self(Arc::new(std::array::from_fn(|number| of(NameRoom(number as u8)))))
    }

    pub fn of(&self, room: NameRoom) -> Rect {
        self.0[usize::from(room.0)]
    }
}

/// The outline of a head: an oval above the middle of the face, and what its room says below it.
pub(super) struct HeadOutline {
    middle: Point,
    beside: f64,
    above: f64,
    below: f64,
    boxy: f64,
}

/// Corners of the outline as a polygon.
const CORNERS: u32 = 48;

impl HeadOutline {
    /// Around a face with a mean radius, with so much more to each side, up and down.
    pub fn new(room: HeadRoom, middle: Point, radius: f64, more: [f64; 3]) -> Self {
        let [beside, above, below, boxy] = HEADS[usize::from(room.0)];
        let [beside, above, below] = [beside, above, below].map(|radii| radii * radius);
        Self { middle, beside: beside + more[0], above: above + more[1], below: below + more[2], boxy }
    }

    fn half(&self, is_above: bool) -> (f64, f64) {
        if is_above { (self.above, OVAL) } else { (self.below, self.boxy) }
    }

    /// Whether a point lies inside.
    pub fn holds(&self, point: Point) -> bool {
        let off = point - self.middle;
        let (height, exponent) = self.half(off.y < 0.0);
        let part = |off: f64, most: f64| (off.abs() / most.max(1e-9)).powf(exponent);
        part(off.x, self.beside) + part(off.y, height) <= 1.0
    }

    /// As a convex polygon around it, brought somewhere.
    pub fn polygon(&self, place: Affine) -> Vec<Point> {
        let corner = |number: u32| {
            let (y, x) = (f64::from(number) / f64::from(CORNERS) * std::f64::consts::TAU).sin_cos();
            let (height, exponent) = self.half(y < 0.0);
            let along = |part: f64, most: f64| part.signum() * part.abs().powf(2.0 / exponent) * most * 1.01;
            place * Point::new(self.middle.x + along(x, self.beside), self.middle.y + along(y, height))
        };
        (0..CORNERS).map(corner).collect()
    }
}

/// Rows of the canvas in which a convex polygon is told: of the height of a video's blocks.
const ROW: f64 = 16.0;

/// Boxes, each within one row of the canvas, that hold a convex polygon with `edge` around it.
pub(super) fn rows(polygon: &[Point], edge: f64) -> Vec<Rect> {
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (top, bottom) = bounds(&mut polygon.iter().map(|point| point.y));
    if polygon.is_empty() || !(top.abs() < 1e5 && bottom.abs() < 1e5) {
        return Vec::new();
    }
    let rows = ((top - edge) / ROW).floor() as i32..((bottom + edge) / ROW).ceil() as i32;
    let row = |row: i32| {
        let (from, to) = (f64::from(row) * ROW, f64::from(row + 1) * ROW);
        let (above, below) = (from - edge, to + edge);
        let ends = polygon.iter().zip(polygon.iter().cycle().skip(1)).flat_map(|(one, other)| {
            // What of the side lies within the row.
            let at = |y: f64| {
                let share = (y - one.y) / (other.y - one.y);
                one.x + (other.x - one.x) * share.clamp(0.0, 1.0)
            };
            let (low, high) = (one.y.min(other.y), one.y.max(other.y));
            let is_level = low == high;
            let ends = if is_level { [one.x, other.x] } else { [low.max(above), high.min(below)].map(at) };
            let is_inside = low <= below && high >= above;
            is_inside.then_some(ends).into_iter().flatten()
        });
        let (left, right) = bounds(&mut { ends });
        (left <= right).then(|| Rect::new(left - edge, from, right + edge, to))
    };
    rows.filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the outlines of a room take beside a mean radius of one, without anything more.
    fn area(room: HeadRoom) -> f64 {
        let corners = HeadOutline::new(room, Point::ORIGIN, 1.0, [0.0; 3]).polygon(Affine::IDENTITY);
        let pairs = corners.iter().zip(corners.iter().cycle().skip(1));
        pairs.map(|(one, other)| one.to_vec2().cross(other.to_vec2())).sum::<f64>() / 2.0
    }

    #[test]
    fn rooms_come_in_the_order_of_their_areas_and_the_last_holds_all() {
        assert!(HeadRoom::all().is_sorted_by(|one, next| area(*one) < area(*next)));
        let area = |room: NameRoom| room.measures().iter().product::<f64>();
        assert!(NameRoom::all().is_sorted_by(|one, next| area(*one) <= area(*next)));
        let smallest = Room::all().next().expect("a room");
        assert!(Room::all().all(|room| Room::LARGEST.holds(room)));
        assert_eq!((smallest.head, smallest.name), (HeadRoom::SMALLEST, NameRoom::SMALLEST));
        let rooms: Vec<Room> = Room::all().collect();
        for (at, room) in rooms.iter().enumerate() {
            assert!(rooms[..at].iter().all(|before| !before.holds(*room)), "{room:?}");
        }
    }

    #[test]
    fn the_joined_one_is_the_smallest_that_holds_both() {
        let alone = |name| Room { head: HeadRoom::SMALLEST, name };
        let heads = HeadRoom::all().map(|head| Room { head, name: NameRoom::LARGEST });
        for rooms in [heads.collect::<Vec<_>>(), NameRoom::all().map(alone).collect()] {
            for (one, other) in rooms.iter().flat_map(|one| rooms.iter().map(move |other| (*one, *other))) {
                let both = one.joined(other);
                assert!(both.holds(one) && both.holds(other), "{one:?} {other:?}");
                let holding = rooms.iter().filter(|room| room.holds(one) && room.holds(other));
                assert!({ holding }.all(|room| room.holds(both)), "{one:?} {other:?}");
                assert_eq!((both, one.holds(other)), (other.joined(one), both == one));
            }
        }
    }

    #[test]
    fn what_stays_within_a_room_stays_within_those_that_hold_it() {
        let outline = |room| HeadOutline::new(room, Point::new(100.0, 100.0), 40.0, [3.0, 2.0, 5.0]);
        let grid = || (0..200).flat_map(|x| (0..200).map(move |y| Point::new(x.into(), y.into())));
        for (room, other) in HeadRoom::all().flat_map(|room| HeadRoom::all().map(move |other| (room, other)))
        {
            let is_held = grid().all(|at| !outline(other).holds(at) || outline(room).holds(at));
            assert_eq!(room.holds(other), is_held, "{room:?} {other:?}");
        }
        let place = Rect::new(10.0, 20.0, 110.0, 60.0);
        assert_eq!(NameRoom::LARGEST.within(place), place);
        for (room, other) in NameRoom::all().flat_map(|room| NameRoom::all().map(move |other| (room, other)))
        {
            let is_held = room.within(place).contains_rect(other.within(place));
            assert_eq!(room.holds(other), is_held, "{room:?} {other:?}");
        }
    }

    #[test]
    fn boxes_hold_an_outline_and_not_much_more() {
        let turned = Affine::rotate_about(0.4, Point::new(80.0, 90.0));
        for room in HeadRoom::all() {
            let outline = HeadOutline::new(room, Point::new(100.0, 110.0), 30.0, [3.0, 2.0, 5.0]);
            let boxes = rows(&outline.polygon(turned), 1.5);
            assert!(boxes.iter().all(|row| row.y0 % ROW == 0.0 && row.height() == ROW));
            let (mut inside, mut covered) = (0, 0);
            for at in (0..220).flat_map(|x| (0..220).map(move |y| Point::new(x.into(), y.into()))) {
                let is_covered = boxes.iter().any(|row| row.contains(turned * at));
                assert!(!outline.holds(at) || is_covered, "{room:?} {at:?}");
                inside += usize::from(outline.holds(at));
                covered += usize::from(is_covered);
            }
            assert!(covered < inside * 14 / 10, "{room:?}: {covered} for {inside}");
        }
    }
}
