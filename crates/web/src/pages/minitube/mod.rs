//! `/minitube`: where the family watches. Made for the child: big pictures, one tap to play.

pub(crate) mod delete;
pub(crate) mod download;
pub(crate) mod film;
pub(crate) mod index;
pub(crate) mod name;
pub(crate) mod progress;
pub(crate) mod release;
pub(crate) mod share;
pub(crate) mod stopped;
pub(crate) mod stream;
pub(crate) mod tools;

use studio::films::FilmId;

use crate::oops::Oops;

/// The id in an address.
fn id(film: &str) -> Result<FilmId, Oops> {
    FilmId::parse(film).ok_or_else(Oops::not_found)
}
