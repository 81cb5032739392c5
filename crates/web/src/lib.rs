//! The web layer: pages, forms and streams. Handlers read the request, ask `studio`, and write the
//! answer.
//!
//! It must not know SQL, keys, files or any rule of the studio; it knows no vendor. The design system
//! ("paper theatre") lies in `assets/css`, the drawings in [`drawings`], the words in `/translations`.

mod assets;
mod consent;
mod cookies;
mod drawings;
mod emulated;
mod file;
mod frame;
mod guards;
mod language;
mod oops;
mod options;
mod pages;
mod paper;
mod serve;
mod site;
mod tags;
mod visit;

pub use guards::Audience;
pub use options::WebOptions;
pub use serve::serve;
pub use site::{Entry, map, router};
