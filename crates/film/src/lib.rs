//! The film engine: a folder that a film maker wrote goes in, frames with the child in them come out.
//!
//! A film is read once ([`Film::read`]), and everything wrong with it is reported with file and line.
//! A shot of it becomes a [`Scene`] for one child, whose frames are drawn in any order with the same
//! result. [`Film::shot_key`] is the hash of all that a shot depends on, and only that.
//!
//! This crate must not know files, network, clock, accounts or video: folders are handed over through
//! [`Folder`], pictures through [`Canvas`].

mod check;
mod drawing;
mod fields;
mod film;
mod folder;
mod generated;
mod keys;
mod manifest;
mod maths;
mod moving;
mod painted;
mod palette;
mod preview;
pub mod reference;
mod report;
mod scene;
mod script;
mod text;
mod track;
mod uses;
mod who;
mod words;

pub use check::CAPTION_CHARS_A_SECOND;
pub use film::{Cast, Film, Hero, NameProblem, Rendition, SceneError, ShotInfo, Slot};
pub use folder::{Folder, MapFolder};
pub use generated::{Generated, GeneratedKind};
pub use keys::{ENGINE_VERSION, ShotKey};
pub use manifest::{FilmInfo, FilmOption, NAME_CHARS_MAX, OptionKind, Price, SecondInfo, Still};
pub use moving::Moving;
pub use painted::Painted;
pub use report::{Problem, Report, Severity};
pub use scene::{Area, Canvas, HeadRoom, Moved, NameRoom, Room, Scene};
pub use uses::Because;
pub use words::Words;
