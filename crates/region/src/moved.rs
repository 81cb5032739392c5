//! What is known to move as a whole: whoever draws a picture knows where its parts lay in the others that it builds on, so
//! that need not be sought. A hint, no more: what it leaves is measured, but for pictures in which only the camera moved.

use crate::motion::Vector;
use crate::references::Bases;

/// Something that moves as a whole, in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// A convex polygon around it, in samples.
    pub outline: Vec<[f64; 2]>,
    /// From coordinates of its own to samples, `[a, b, c, d, e, f]`: x and y lie at a x + c y + e and b x + d y + f.
    pub place: [f64; 6],
}

/// The same, with the ways from there to where it lies in the pictures of the past and of the future.
pub(crate) struct Known {
    moved: Moved,
    ways: [Option<[f64; 6]>; 2],
}

impl Known {
    /// What moves in a picture; in those that it builds on it has the same numbers.
    pub fn of(moved: &[Moved], bases: Bases<'_>) -> Vec<Self> {
        let known = |(number, moved): (usize, &Moved)| {
            let back = inverse(moved.place);
            let way = |list: usize| Some(after(*bases.0[list]?.places.get(number)?, back?));
            Self { moved: moved.clone(), ways: [0, 1].map(way) }
        };
        moved.iter().enumerate().map(known).collect()
    }

    /// Where it lies.
    pub fn place(&self) -> [f64; 6] {
        self.moved.place
    }

    /// The vectors, by list, at a place of what lies uppermost there: none where nothing is known.
    pub fn vectors(all: &[Self], place: [f64; 2]) -> [Option<Vector>; 2] {
        let own = all.iter().rev().find(|own| holds(&own.moved.outline, place));
        own.map_or([None; 2], |own| own.ways.map(|way| vector(way?, place)))
    }
}

/// How far vectors may lead, in samples.
pub(crate) const FARTHEST: u16 = 500;

/// The middle of a macroblock, by its column and row.
pub(crate) fn middle(place: [usize; 2]) -> [f64; 2] {
    place.map(|at| (at * 16 + 8) as f64)
}

/// The way of a place, if it is not too far.
pub(crate) fn vector([a, b, c, d, e, f]: [f64; 6], [x, y]: [f64; 2]) -> Option<Vector> {
    let by = [a * x + c * y + e - x, b * x + d * y + f - y];
    let [right, down] = by.map(|samples| (samples * 4.0).round() as i32);
    by.iter().all(|samples| samples.abs() < f64::from(FARTHEST)).then(|| Vector::new(right, down))
}

/// Whether a place lies to the same side of all sides of a polygon.
fn holds(outline: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let (mut left, mut right) = (false, false);
    for (one, other) in outline.iter().zip(outline.iter().cycle().skip(1)) {
        let side = (other[0] - one[0]) * (y - one[1]) - (other[1] - one[1]) * (x - one[0]);
        (left, right) = (left || side < 0.0, right || side > 0.0);
        if left && right {
            return false;
        }
    }
    left || right
}

fn inverse([a, b, c, d, e, f]: [f64; 6]) -> Option<[f64; 6]> {
    let by = a * d - b * c;
    let inverse = [d, -b, -c, a, c * f - d * e, b * e - a * f].map(|part| part / by);
    (by.abs() > 1e-9).then_some(inverse)
}

/// One after the other.
fn after([a, b, c, d, e, f]: [f64; 6], [p, q, r, s, t, u]: [f64; 6]) -> [f64; 6] {
    [a * p + c * q, b * p + d * q, a * r + c * s, b * r + d * s, a * t + c * u + e, b * t + d * u + f]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turned by a right angle, twice as large, and brought somewhere.
    const TURNED: [f64; 6] = [0.0, 2.0, -2.0, 0.0, 30.0, 40.0];

    #[test]
    fn there_and_back_is_nowhere() {
        let back = inverse(TURNED).unwrap();
        let way = after(TURNED, back);
        assert_eq!(vector(way, [17.0, 5.0]), Some(Vector::ZERO));
        assert_eq!(inverse([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]), None);
    }

    #[test]
    fn vectors_are_in_quarters_and_not_endless() {
        let moved = [1.0, 0.0, 0.0, 1.0, 2.25, -1.5];
        assert_eq!(vector(moved, [9.0, 9.0]), Some(Vector::new(9, -6)));
        assert_eq!(vector([1.0, 0.0, 0.0, 1.0, 501.0, 0.0], [0.0, 0.0]), None);
        assert_eq!(vector([f64::NAN; 6], [0.0, 0.0]), None);
    }

    #[test]
    fn outlines_hold_what_lies_within_whichever_way_round() {
        let mut outline = vec![[0.0, 0.0], [10.0, 0.0], [12.0, 8.0], [0.0, 6.0]];
        for _ in 0..2 {
            assert!(holds(&outline, [5.0, 5.0]) && holds(&outline, [11.0, 7.0]));
            assert!(
                !holds(&outline, [11.9, 2.0])
                    && !holds(&outline, [5.0, 8.0])
                    && !holds(&outline, [-1.0, 3.0])
            );
            outline.reverse();
        }
        assert!(!holds(&[], [0.0, 0.0]));
    }
}
