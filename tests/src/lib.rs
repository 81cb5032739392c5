//! The harness of the whole-program tests: a server of its own on a free port with a fresh data
//! folder, and a real browser before it. Knows the product only as a person does: by its pages,
//! its commands and its files.

pub mod browser;
pub mod server;
pub mod visitor;

use std::path::{Path, PathBuf};

/// The checkout's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the checkout").to_owned()
}

/// A drawn child's photo, 1 to 4.
pub fn drawn_child(number: u8) -> PathBuf {
    root().join(format!("tests/photos/drawn/drawn_child_{number}.jpg"))
}
