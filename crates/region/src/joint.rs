//! The other way to put a picture together: the choices of both sides, written anew as one slice. No bits are spent on
//! many slices, and the arithmetic coder learns from all of the picture; but all of it is written for each order, and
//! the deblocking filter, which would mix the sides, is off.

use crate::bits::unit;
use crate::cabac::{Cabac, Start};
use crate::macroblock::Macroblock;
use crate::pen::Pen;
use crate::regions::Slice;
use crate::syntax::Choice;

/// How the macroblocks of one side of a picture are coded.
pub struct Choices {
    pub(crate) header: Vec<u8>,
    pub(crate) start: Start,
    pub(crate) qp: u8,
    pub(crate) kind: u8,
    pub(crate) across: usize,
    pub(crate) made: Vec<Option<(Macroblock, Choice)>>,
}

/// Writes both sides of a picture as one slice; `None` when they do not make up one picture.
pub fn join(shared: &Choices, personal: &Choices) -> Option<Slice> {
    let fits = shared.header == personal.header && shared.made.len() == personal.made.len();
    if !fits {
        return None;
    }
    let cabac = Cabac::new(shared.header.clone(), shared.start, shared.qp);
    let mut pen = Pen::new(cabac, shared.start != Start::Intra, shared.across);
    let mut coded = vec![Macroblock::default(); shared.made.len()];
    for (at, sides) in shared.made.iter().zip(&personal.made).enumerate() {
        let (macroblock, choice) = match sides {
            (Some(made), None) | (None, Some(made)) => made,
            _ => return None,
        };
        coded[at] = Macroblock { slice: 1, ..*macroblock };
        pen.write(&mut coded, at, choice);
    }
    Some(Slice { first: 0, unit: unit(shared.kind, &pen.finish()) })
}
