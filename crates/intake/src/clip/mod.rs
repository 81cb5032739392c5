//! Short moving pictures from strangers: H.264 in an MP4 file, as models for moving pictures give it out. Taken apart and
//! decoded in the same kind of process as photos, which hands on one picture after the other, none much larger than needed;
//! so neither side ever holds more than a few.

pub(crate) mod boxes;
pub(crate) mod child;
mod parent;
mod refused;
mod sps;

pub use parent::Clip;
pub use refused::ClipRefused;

/// Largest file taken, in bytes (32 MB).
pub const CLIP_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Longest that it may last, in seconds.
pub const CLIP_SECONDS_MAX: u32 = 20;
/// Most pictures that it may have: 60 a second.
pub const CLIP_PICTURES_MAX: usize = 60 * CLIP_SECONDS_MAX as usize;
/// Longest side of its pictures, in pixels.
pub const CLIP_SIDE_MAX: u32 = 2048;
/// Most pixels of a picture: Full HD, in whole blocks.
pub(crate) const PIXELS_MAX: u32 = 2048 * 1088;
/// Shortest side of its pictures, in pixels.
pub(crate) const SIDE_MIN: u32 = 64;
/// Processor seconds of the decoding process: all pictures of the largest size, with time to spare.
pub(crate) const CPU_SECONDS_MAX: u64 = 30;
