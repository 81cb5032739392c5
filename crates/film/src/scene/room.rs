//! How much room those who play take of a picture, in a few steps: what is made for one room serves every child who
//! stays within it. A step says little of a child, and nothing that tells one from another.

use vello_cpu::kurbo::{Affine, Point, Rect};

/// How far a head reaches with its hair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeadRoom {
    /// Hair close to the head.
    Close,
    /// Somewhat more of it.
    Usual,
    /// Much, to the sides and up.
    Much,
}

/// What a name takes of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameRoom {
    /// The middle, from top to bottom: few letters.
    Narrow,
    /// The middle, from side to side: many letters, which are the smaller for it.
    Flat,
    /// The same, somewhat higher.
    Low,
    /// All.
    All,
}

/// The room that those who play take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Room {
    /// Of the heads.
    pub head: HeadRoom,
    /// Of the names.
    pub name: NameRoom,
}

impl HeadRoom {
    /// From the closest.
    pub const ALL: [Self; 3] = [Self::Close, Self::Usual, Self::Much];

    /// How far it reaches from the middle of the face's oval: to each side, up and down, in mean radii of the oval.
    fn radii(self) -> [f64; 3] {
        match self {
            Self::Close => [1.34, 2.06, 1.38],
            Self::Usual => [1.6, 2.3, 1.42],
            Self::Much => [2.3, 2.75, 1.5],
        }
    }
}

impl NameRoom {
    /// From the smallest.
    pub const ALL: [Self; 4] = [Self::Narrow, Self::Flat, Self::Low, Self::All];

    /// Of a place whose letters stand in its middle.
    pub(super) fn within(self, place: Rect) -> Rect {
        let (centre, size) = (place.center(), place.size());
        match self {
            Self::Narrow => Rect::from_center_size(centre, (size.width * NARROW, size.height)),
            Self::Flat => Rect::from_center_size(centre, (size.width, size.height * FLAT)),
            Self::Low => Rect::from_center_size(centre, (size.width, size.height * LOW)),
            Self::All => place,
        }
    }
}

const NARROW: f64 = 0.6;
const FLAT: f64 = 0.42;
const LOW: f64 = 0.65;

impl Room {
    /// Every room, the smallest first.
    pub fn all() -> impl Iterator<Item = Self> {
        HeadRoom::ALL.into_iter().flat_map(|head| NameRoom::ALL.map(|name| Self { head, name }))
    }

    /// The smallest one that holds both.
    pub fn joined(self, other: Self) -> Self {
        let name = match (self.name, other.name) {
            (one, other) if one == other => one,
            (NameRoom::Flat, NameRoom::Low) | (NameRoom::Low, NameRoom::Flat) => NameRoom::Low,
            _ => NameRoom::All,
        };
        Self { head: self.head.max(other.head), name }
    }
}

/// A box for each room of a name.
pub(super) type NameBoxes = [Rect; NameRoom::ALL.len()];

/// Of a place whose letters stand in its middle.
pub(super) fn centred(place: Rect) -> NameBoxes {
    NameRoom::ALL.map(|room| room.within(place))
}

/// The outline of a head: an oval above the middle of the face, nearly a box below it, where hair hangs.
pub(super) struct HeadOutline {
    middle: Point,
    beside: f64,
    above: f64,
    below: f64,
}

/// How boxy the two halves are: the exponents of Lamé curves.
const OVAL: f64 = 2.5;
const BOXY: f64 = 5.0;
/// Corners of the outline as a polygon.
const CORNERS: u32 = 48;

impl HeadOutline {
    /// Around a face with a mean radius, with so much more to each side, up and down.
    pub fn new(room: HeadRoom, middle: Point, radius: f64, more: [f64; 3]) -> Self {
        let [side, up, down] = room.radii().map(|radii| radii * radius);
        Self { middle, beside: side + more[0], above: up + more[1], below: down + more[2] }
    }

    fn half(&self, is_above: bool) -> (f64, f64) {
        if is_above { (self.above, OVAL) } else { (self.below, BOXY) }
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

    #[test]
    fn rooms_hold_what_is_smaller_and_join() {
        let smallest = Room { head: HeadRoom::Close, name: NameRoom::Narrow };
        let largest = Room { head: HeadRoom::Much, name: NameRoom::All };
        assert_eq!((Room::all().next(), Room::all().last()), (Some(smallest), Some(largest)));
        assert!(Room::all().all(|room| largest.joined(room) == largest && room.joined(room) == room));
        let low = Room { head: HeadRoom::Usual, name: NameRoom::Low };
        assert_eq!(smallest.joined(low), Room { head: HeadRoom::Usual, name: NameRoom::All });
        assert_eq!(low.joined(Room { name: NameRoom::Flat, ..smallest }), low);
    }

    #[test]
    fn outlines_grow_and_their_polygons_hold_them() {
        let outline = |room| HeadOutline::new(room, Point::new(100.0, 100.0), 40.0, [3.0, 2.0, 5.0]);
        for (room, larger) in HeadRoom::ALL.into_iter().zip(&HeadRoom::ALL[1..]) {
            let inner = outline(room);
            assert!(inner.polygon(Affine::IDENTITY).iter().all(|corner| outline(*larger).holds(*corner)));
        }
        let (outline, turned) = (outline(HeadRoom::Usual), Affine::rotate_about(0.4, Point::new(80.0, 90.0)));
        let boxes = rows(&outline.polygon(turned), 1.5);
        assert!(boxes.iter().all(|row| row.y0 % ROW == 0.0 && row.height() == ROW));
        for x in 0..200 {
            for y in 0..200 {
                let point = Point::new(f64::from(x), f64::from(y));
                let on = turned * point;
                assert!(!outline.holds(point) || boxes.iter().any(|row| row.contains(on)), "{point:?}");
            }
        }
        let area: f64 = boxes.iter().map(|row| row.area()).sum();
        assert!(area < 2.2 * 67.0 * (94.0 + 61.8), "{area}: not much more than it takes");
    }
}
