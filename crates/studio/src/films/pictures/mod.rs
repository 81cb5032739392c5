//! Single pictures of films: those of the public pages, with nobody's child in them, and the poster of a family's own
//! film.

pub(crate) mod draw;
pub(super) mod own;
pub(super) mod public;
