//! Bytes from strangers in, clean pixels out. Every upload is hostile until shown otherwise: its
//! type is told by content, its sides are read before it is decoded, and the decoding itself
//! happens in a separate process that can do nothing but compute.
//!
//! Must not know: accounts, storage, HTTP, faces.

mod child;
mod clean;
pub mod clip;
mod decode;
mod parent;
mod refused;
pub mod sandbox;
mod sniff;

pub use clip::{Clip, ClipRefused};
pub use parent::Intake;
pub use refused::Refused;
pub use sandbox::Strength;
pub use sniff::{BYTES_MAX, Kind, MEGAPIXELS_MAX, SIDE_MAX, SIDE_MIN, sniff};

use likeness::Photo;
use std::sync::atomic::{AtomicBool, Ordering};

/// The longer side of what comes out, in pixels, at most.
pub const LONGER_SIDE_MAX: u32 = 4096;

/// A photo that was taken in.
#[derive(Debug)]
pub struct Accepted {
    /// Upright sRGB pixels, longer side at most [`LONGER_SIDE_MAX`].
    pub photo: Photo,
    /// The same pixels as a JPEG without any metadata: the only form that is stored.
    pub jpeg: Vec<u8>,
}

/// Whether this program knows how to be the decoding process.
static CAN_BE_CHILD: AtomicBool = AtomicBool::new(false);

/// To be called first thing in `main`, before any thread is started: when the program was started
/// as a decoding process this never returns.
pub fn maybe_run_child() {
    match std::env::args_os().nth(1) {
        Some(argument) if argument == child::ARGUMENT => child::run(),
        Some(argument) if argument == clip::child::ARGUMENT => clip::child::run(),
        _ => {}
    }
    CAN_BE_CHILD.store(true, Ordering::Relaxed);
}

/// The same for a command line: blocks until the photo is decoded. In a process of its own when
/// `main` began with [`maybe_run_child`], else in this one with the same checks. Not to be called
/// from async code.
pub fn decode_here(bytes: &[u8]) -> Result<Accepted, Refused> {
    if CAN_BE_CHILD.load(Ordering::Relaxed)
        && let Ok(intake) = Intake::this_program()
        && let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build()
    {
        return runtime.block_on(intake.accept(bytes));
    }
    clean::accept(child::decode_caught(bytes)?)
}

/// Reads back a JPEG that this crate made ([`Accepted::jpeg`]), for example from storage. Not for
/// uploads.
pub fn reopen(jpeg: &[u8]) -> Result<Photo, Refused> {
    child::decode_caught(jpeg)
}
