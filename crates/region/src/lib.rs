//! A small H.264 encoder for parts of pictures. Most of a personal shot is the same for every customer: that side is
//! coded once and stored, and for an order only the macroblocks are coded that show the child. Neither side reads samples
//! of the other, so that the shared one is right whatever the personal one holds. Each is made of slices of its own
//! ([`Coder::code`]), which are put together ([`assemble`]).
//!
//! Pictures build on later ones, too: they are coded in another order than they are shown in ([`order`]). What is coded once
//! has time for a plan of the whole shot ([`Planner`]) and for choices by weighing.
//!
//! Slices stand beside parameter sets of our own ([`Stream::sets`]), which another encoder's slices can share ([`placed`]).
//! Pixels in, bytes out: this crate must not know files, films, clocks or orders, and needs no library. Equal input gives equal bytes.

mod activity;
mod between;
mod bits;
mod cabac;
mod choose;
mod coder;
mod count;
mod deblock;
mod frame;
mod intra;
mod intra_large;
mod kernels;
mod macroblock;
mod motion;
mod moved;
mod pen;
mod plan;
mod references;
mod regions;
mod residual;
mod roles;
mod sad;
mod search;
mod stream;
mod syntax;
mod tables;
mod told;
mod transform;
mod trellis;
mod vectors;
mod weigh;

pub use coder::{Coder, Effort, Quality};
pub use frame::I420;
pub use moved::Moved;
pub use plan::{Plan, Planner};
pub use regions::{Map, Run, Slice, Whose, assemble};
pub use roles::order;
pub use stream::{Stream, Unfit, placed};
pub use told::{Teller, Told, Ways};
