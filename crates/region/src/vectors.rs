//! Which vector a decoder foresees (Rec. ITU-T H.264, 8.4.1.1 to 8.4.1.3). Each list has one picture.

use crate::macroblock::{BOTH, Macroblock, Parts};
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

impl<'a> Around<'a> {
    /// Around the next macroblock of a slice, from all that were coded before it.
    pub fn of(before: &'a [Macroblock], slice: u32, across: usize) -> Self {
        let (at, column) = (before.len(), before.len() % across);
        let neighbour = |is_there: bool, back: usize| {
            let other = at.checked_sub(back).filter(|_| is_there).map(|other| &before[other]);
            other.filter(|other| other.slice == slice)
        };
        Self {
            left: neighbour(column > 0, 1),
            above: neighbour(true, across),
            corner: neighbour(column > 0, across + 1),
            beyond: neighbour(column + 1 < across, across - 1),
        }
    }

    /// Copies, while others are written.
    pub fn copied(&self) -> Copied {
        let Self { left, above, corner, beyond } = *self;
        Copied([left, above, corner, beyond].map(|other| other.copied()))
    }
}

/// Copies of the macroblocks around one.
pub(crate) struct Copied([Option<Macroblock>; 4]);

impl Copied {
    pub fn around(&self) -> Around<'_> {
        let [left, above, corner, beyond] = self.0.each_ref().map(Option::as_ref);
        Around { left, above, corner, beyond }
    }
}

/// What stands beside in one list.
#[derive(Clone, Copy)]
struct Of(usize);

impl Of {
    fn of(self, other: Option<&Macroblock>, quarter: usize) -> Beside {
        match other {
            None => Beside::Nothing,
            Some(other) if !other.uses(self.0, quarter) => Beside::Still,
            Some(other) => Beside::Moved(other.vectors[self.0][quarter]),
        }
    }
}

/// What is foreseen where two pictures are predicted from and nothing is written: by list and quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Direct {
    pub vectors: [[Vector; 4]; 2],
    pub lists: u8,
}

impl Around<'_> {
    /// The vector of a skipped macroblock of a P slice.
    pub fn skipped(&self) -> Vector {
        let (left, above) = (Of(0).of(self.left, 1), Of(0).of(self.above, 2));
        let zero = Beside::Moved(Vector::ZERO);
        if [left, above].iter().any(|beside| *beside == Beside::Nothing || *beside == zero) {
            return Vector::ZERO;
        }
        self.one(0)
    }

    /// What is foreseen in a B slice (8.4.1.2.2). `still`: which quarters hardly moved in the next picture.
    pub fn direct(&self, still: [bool; 4]) -> Direct {
        let far = if self.beyond.is_some() { (self.beyond, 2) } else { (self.corner, 3) };
        let is_used = |list: usize| {
            let beside = [(self.left, 1), (self.above, 2), far];
            beside.iter().any(|(other, quarter)| other.is_some_and(|other| other.uses(list, *quarter)))
        };
        let lists = u8::from(is_used(0)) | u8::from(is_used(1)) << 1;
        if lists == 0 {
            return Direct { vectors: [[Vector::ZERO; 4]; 2], lists: BOTH };
        }
        let of = |list: usize| {
            if lists >> list & 1 == 0 {
                return [Vector::ZERO; 4];
            }
            let vector = self.one(list);
            still.map(|still| if still { Vector::ZERO } else { vector })
        };
        Direct { vectors: [of(0), of(1)], lists }
    }

    /// The vector of a macroblock in one part.
    pub fn one(&self, list: usize) -> Vector {
        let of = Of(list);
        let far = if self.beyond.is_some() { of.of(self.beyond, 2) } else { of.of(self.corner, 3) };
        median(of.of(self.left, 1), of.of(self.above, 2), far)
    }

    /// The vector of a part by number in a list; `own` is the macroblock, as far as it is known.
    pub fn part_of(&self, parts: Parts, part: usize, own: &Macroblock, list: usize) -> Vector {
        let of = |other: Option<&Macroblock>, quarter: usize| Of(list).of(other, quarter);
        let own = |quarter: usize| Of(list).of(Some(own), quarter);
        let (left, above) = (of(self.left, 1), of(self.above, 2));
        match (parts, part) {
            (Parts::One, _) => self.one(list),
            (Parts::Halves, 0) => match above {
                Beside::Moved(vector) => vector,
                _ => self.one(list),
            },
            (Parts::Halves, _) => match of(self.left, 3) {
                Beside::Moved(vector) => vector,
                left => median(left, own(0), of(self.left, 1)),
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
                    _ => median(own(0), of(self.above, 3), far),
                }
            }
            (Parts::Quarters, 0) => {
                let far = if self.above.is_some() { of(self.above, 3) } else { of(self.corner, 3) };
                median(left, above, far)
            }
            (Parts::Quarters, 1) => {
                let far = if self.beyond.is_some() { of(self.beyond, 2) } else { of(self.above, 2) };
                median(own(0), of(self.above, 3), far)
            }
            (Parts::Quarters, 2) => median(of(self.left, 3), own(0), own(1)),
            (Parts::Quarters, _) => median(own(2), own(1), own(0)),
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
