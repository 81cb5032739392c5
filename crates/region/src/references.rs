//! The decoded picture buffer: pictures that others build on, as long as a decoder holds them too.

use crate::frame::Samples;
use crate::kernels::mean;
use crate::macroblock::{BOTH, Macroblock, NEXT, PAST};
use crate::motion::{self, Readable, Reference, Vector};
use crate::roles::Role;
use crate::vectors::{Around, Direct};

/// One such picture.
pub(crate) struct Held {
    /// Its number in the order of showing.
    pub shown: usize,
    /// The pictures that it builds on itself, by list.
    pub bases: [Option<usize>; 2],
    /// Its number among such pictures (`frame_num`, 7.4.3, not cut off).
    pub number: u32,
    pub reference: Reference,
    /// What of it is of this side.
    pub own: Vec<bool>,
    pub coded: Vec<Macroblock>,
    /// Where what is known to move lies in it.
    pub places: Vec<[f64; 6]>,
    pub across: usize,
    pub down: usize,
}

impl Held {
    pub fn readable(&self) -> Readable<'_> {
        Readable { may: &self.own, across: self.across, down: self.down }
    }

    /// Where a macroblock of one picture is found in another if it goes on as it moved here.
    pub fn going_on(&self, at: usize, from: usize, to: usize) -> Option<Vector> {
        let coded = self.own[at].then_some(&self.coded[at])?;
        let list = (0..2).find(|list| coded.uses(*list, 0))?;
        let way = |from: usize, to: usize| to as i32 - from as i32;
        let (by, along) = (way(from, to), way(self.shown, self.bases[list]?));
        let of = |part: i16| i32::from(part) * by / along;
        let Vector { x, y } = coded.vectors[list][0];
        Some(Vector::new(of(x), of(y)))
    }

    /// Which quarters of a macroblock hardly moved (`colZeroFlag`, 8.4.1.2.2), if that is of this side.
    pub fn still(&self, at: usize) -> Option<[bool; 4]> {
        let coded = &self.coded[at];
        let still = |quarter: usize| {
            let vector = match coded.lists[quarter] {
                0 => return false,
                lists if lists & PAST != 0 => coded.vectors[0][quarter],
                _ => coded.vectors[usize::from(NEXT >> 1)][quarter],
            };
            let Vector { x, y } = vector;
            (-1..=1).contains(&x) && (-1..=1).contains(&y)
        };
        self.own[at].then(|| [0, 1, 2, 3].map(still))
    }
}

/// The pictures that one builds on: of the past and of the future.
#[derive(Clone, Copy)]
pub(crate) struct Bases<'a>(pub [Option<&'a Held>; 2]);

impl<'a> Bases<'a> {
    /// Those of a picture with a role, among all that are held.
    pub fn of(held: &'a [Held], role: Role) -> Self {
        let base = |shown: usize| held.iter().find(|held| held.shown == shown);
        Self([role.past.and_then(base), role.next.and_then(base)])
    }
}

impl Bases<'_> {
    /// What is foreseen for a macroblock of a B slice, if that does not hang on the other side.
    pub fn direct(&self, at: usize, around: &Around<'_>) -> Option<Direct> {
        match self.0[1]?.still(at) {
            Some(still) => Some(around.direct(still)),
            // Where it does not matter what the other side's did.
            None => Some(around.direct([true; 4])).filter(|direct| *direct == around.direct([false; 4])),
        }
    }

    /// Whether a macroblock may be predicted from vectors by list and quarter.
    pub fn allow(&self, column: usize, row: usize, vectors: &[[Vector; 4]; 2], lists: &[u8; 4]) -> bool {
        (0..4).all(|quarter| {
            let (x, y) = (column * 16 + quarter % 2 * 8, row * 16 + quarter / 2 * 8);
            (0..2).filter(|list| lists[quarter] >> list & 1 == 1).all(|list| {
                let readable = self.0[list].map(Held::readable);
                readable.is_some_and(|readable| readable.allows(x, y, 8, 8, vectors[list][quarter]))
            })
        })
    }

    /// Luma of a part `W` wide as its lists predict it; `out` has rows of 16.
    pub fn block<const W: usize>(&self, [x, y]: [usize; 2], vectors: [Vector; 2], lists: u8, out: &mut [u8]) {
        match (lists, self.0) {
            (BOTH, [Some(past), Some(next)]) => {
                let other = &mut [0; 256][..out.len()];
                past.reference.luma::<W>(x, y, vectors[0], out);
                next.reference.luma::<W>(x, y, vectors[1], other);
                average(out, other);
            }
            (PAST, [Some(past), _]) => past.reference.luma::<W>(x, y, vectors[0], out),
            (_, [_, Some(next)]) => next.reference.luma::<W>(x, y, vectors[1], out),
            _ => {}
        }
    }

    /// Chroma of a part `W` wide as its lists predict it; `out` has rows of 8.
    fn chroma_block<const W: usize>(
        &self,
        plane: usize,
        [x, y]: [usize; 2],
        vectors: [Vector; 2],
        lists: u8,
        out: &mut [u8],
    ) {
        let of = |base: &Held, vector: Vector, out: &mut [u8]| {
            motion::chroma::<W>(&base.reference.frame.planes[plane], x, y, vector, out);
        };
        match (lists, self.0) {
            (BOTH, [Some(past), Some(next)]) => {
                let other = &mut [0; 64][..out.len()];
                of(past, vectors[0], out);
                of(next, vectors[1], other);
                average(out, other);
            }
            (PAST, [Some(past), _]) => of(past, vectors[0], out),
            (_, [_, Some(next)]) => of(next, vectors[1], out),
            _ => {}
        }
    }

    /// A whole macroblock, predicted from vectors by list and quarter.
    pub fn predict(
        &self,
        column: usize,
        row: usize,
        vectors: &[[Vector; 4]; 2],
        lists: &[u8; 4],
        out: &mut Samples,
    ) {
        let (x, y) = (column * 16, row * 16);
        let of = |quarter: usize| [0, 1].map(|list| vectors[list][quarter]);
        if *lists == [lists[0]; 4] && vectors.iter().all(|vectors| *vectors == [vectors[0]; 4]) {
            self.block::<16>([x, y], of(0), lists[0], &mut out.luma);
            for (plane, out) in out.chroma.iter_mut().enumerate() {
                self.chroma_block::<8>(plane + 1, [x / 2, y / 2], of(0), lists[0], out);
            }
            return;
        }
        // Quarter by quarter is the same as part by part.
        for (quarter, lists) in lists.iter().enumerate() {
            let (dx, dy) = (quarter % 2 * 8, quarter / 2 * 8);
            let mut held = [0; 128];
            self.block::<8>([x + dx, y + dy], of(quarter), *lists, &mut held);
            for (line, from) in held.chunks_exact(16).enumerate() {
                out.luma[(dy + line) * 16 + dx..][..8].copy_from_slice(&from[..8]);
            }
            let (dx, dy) = (dx / 2, dy / 2);
            for (plane, out) in out.chroma.iter_mut().enumerate() {
                let held = &mut held[..32];
                let place = [x / 2 + dx, y / 2 + dy];
                self.chroma_block::<4>(plane + 1, place, of(quarter), *lists, held);
                for (line, from) in held.chunks_exact(8).enumerate() {
                    out[(dy + line) * 8 + dx..][..4].copy_from_slice(&from[..4]);
                }
            }
        }
    }
}

/// The mean of two predictions.
fn average(one: &mut [u8], other: &[u8]) {
    for (one, other) in one.iter_mut().zip(other) {
        *one = mean(*one, *other);
    }
}
