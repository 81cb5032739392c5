//! Which vector a decoder foresees (Rec. ITU-T H.264, 8.4.1.1 and 8.4.1.3). There is one reference picture.

use crate::macroblock::{Macroblock, Parts};
use crate::motion::Vector;

/// A neighbour: none, one without a vector, or one with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Still,
    Moved(Vector),
}

impl Beside {
    fn vector(self) -> Vector {
        if let Self::Moved(vector) = self { vector } else { Vector::ZERO }
    }
}

/// The macroblocks around one, as far as they belong to its slice.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub left: Option<&'a Macroblock>,
    pub above: Option<&'a Macroblock>,
    pub corner: Option<&'a Macroblock>,
    pub beyond: Option<&'a Macroblock>,
}

fn of(other: Option<&Macroblock>, quarter: usize) -> Beside {
    match other {
        None => Beside::Nothing,
        Some(other) if other.way.is_intra() => Beside::Still,
        Some(other) => Beside::Moved(other.vectors[quarter]),
    }
}

impl Around<'_> {
    /// The vector of a skipped macroblock.
    pub fn skipped(&self) -> Vector {
        let (left, above) = (of(self.left, 1), of(self.above, 2));
        let zero = Beside::Moved(Vector::ZERO);
        if [left, above].iter().any(|beside| *beside == Beside::Nothing || *beside == zero) {
            return Vector::ZERO;
        }
        self.one()
    }

    /// The vector of a macroblock in one part.
    pub fn one(&self) -> Vector {
        let far = if self.beyond.is_some() { of(self.beyond, 2) } else { of(self.corner, 3) };
        median(of(self.left, 1), of(self.above, 2), far)
    }

    /// The vector of a part by number; `own` are those of the macroblock's quarters, as far as they are known.
    pub fn part(&self, parts: Parts, part: usize, own: &[Vector; 4]) -> Vector {
        let (left, above) = (of(self.left, 1), of(self.above, 2));
        match (parts, part) {
            (Parts::One, _) => self.one(),
            (Parts::Halves, 0) => match above {
                Beside::Moved(vector) => vector,
                _ => self.one(),
            },
            (Parts::Halves, _) => match of(self.left, 3) {
                Beside::Moved(vector) => vector,
                left => median(left, Beside::Moved(own[0]), of(self.left, 1)),
            },
            (Parts::Columns, 0) => match left {
                Beside::Moved(vector) => vector,
                _ => {
                    let far = if self.above.is_some() { of(self.above, 3) } else { of(self.corner, 3) };
                    median(left, above, far)
                }
            },
            (Parts::Columns, _) => {
                let far = if self.beyond.is_some() { of(self.beyond, 2) } else { of(self.above, 2) };
                match far {
                    Beside::Moved(vector) => vector,
                    _ => median(Beside::Moved(own[0]), of(self.above, 3), far),
                }
            }
            (Parts::Quarters, 0) => {
                let far = if self.above.is_some() { of(self.above, 3) } else { of(self.corner, 3) };
                median(left, above, far)
            }
            (Parts::Quarters, 1) => {
                let far = if self.beyond.is_some() { of(self.beyond, 2) } else { of(self.above, 2) };
                median(Beside::Moved(own[0]), of(self.above, 3), far)
            }
            (Parts::Quarters, 2) => median(of(self.left, 3), Beside::Moved(own[0]), Beside::Moved(own[1])),
            (Parts::Quarters, _) => {
                median(Beside::Moved(own[2]), Beside::Moved(own[1]), Beside::Moved(own[0]))
            }
        }
    }
}

fn median(left: Beside, above: Beside, far: Beside) -> Vector {
    if above == Beside::Nothing && far == Beside::Nothing && left != Beside::Nothing {
        return left.vector();
    }
    let all = [left, above, far];
    let mut moved = all.iter().filter(|beside| matches!(beside, Beside::Moved(_)));
    if let (Some(only), None) = (moved.next(), moved.next()) {
        return only.vector();
    }
    let middle = |of: fn(Vector) -> i16| {
        let [a, b, c] = all.map(|beside| of(beside.vector()));
        a.max(b).min(a.min(b).max(c))
    };
    Vector { x: middle(|vector| vector.x), y: middle(|vector| vector.y) }
}
