//! Where film folders come from: the films that are part of the program, and
//! folders on the disk, both as the `Folder` that the film engine reads.
//!
//! Must not know what stands in a film, nor who watches it.

mod disk;
mod embedded;
mod fonts;
mod shelf;

pub use disk::OnDisk;
pub use embedded::{Embedded, films, find};
pub use shelf::{earlier_in, films_in, latest};
