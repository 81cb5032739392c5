//! Puts the file to download together, ends the order, writes the mail.

use crate::films::{self, FilmId};
use crate::{Result, Studio, boxed};

/// Does nothing when a shot is missing or the film is whole already.
#[boxed]
pub(super) async fn run(studio: &Studio, film: &FilmId) -> Result<()> {
    films::finish(studio, film).await
}
