//! A small H.264 encoder for parts of pictures. Most of a personal shot is the same for every customer: that side is
//! coded once and stored, and for an order only the macroblocks are coded that show the child. Neither side reads samples
//! of the other, so that the shared one is right whatever the personal one holds. They are put together either from slices
//! of their own ([`Coder::code`], [`assemble`]) or from their choices, written as one slice ([`Coder::choose`], [`join`]).
//!
//! Slices stand beside the parameter sets of another encoder, which they are told. Pixels in, bytes out: this crate must
//! not know files, films, clocks or orders, and needs no library. Equal input gives equal bytes.

mod bits;
mod cabac;
mod choose;
mod coder;
mod deblock;
mod frame;
mod intra;
mod joint;
mod macroblock;
mod motion;
mod pen;
mod regions;
mod residual;
mod sets;
mod syntax;
mod tables;
mod transform;
mod vectors;

pub use coder::{Coder, Effort, Quality};
pub use frame::I420;
pub use joint::{Choices, join};
pub use regions::{Map, Run, Slice, Whose, assemble};
pub use sets::{Sets, Unfit};
