//! Puts the file to download together, ends the order, writes the mail.

use crate::films::{self, FilmId};
use crate::{Result, Studio};

/// Does nothing when a shot is missing or the film is whole already.
pub(super) async fn run(studio: &Studio, film: &FilmId) -> Result<()> {
    films::finish(studio, film).await
}
