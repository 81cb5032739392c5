//! The preview that never uploads: `likeness` and `film` as a parent's own browser runs them. This crate is built
//! twice: for WebAssembly it is the engine that the page's worker drives (`exports`), for the server it holds that
//! engine as a file (see `build.rs`).
//!
//! It must not know pages, addresses or the network: a film's files and a photo's pixels go in, frames come out.

#[cfg(target_arch = "wasm32")]
mod exports;
mod screening;

pub use screening::{Screening, Shot, VIEW};

/// The engine compiled to WebAssembly, with gzip; `None` when it could not be built on this machine.
#[cfg(not(target_arch = "wasm32"))]
pub fn engine() -> Option<&'static [u8]> {
    static ENGINE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/engine.wasm.gz"));
    (!ENGINE.is_empty()).then_some(ENGINE)
}
