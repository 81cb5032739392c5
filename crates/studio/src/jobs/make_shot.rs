//! Makes one shot of a film: the one its viewer needs first.

use crate::films::{self, FilmId};
use crate::{Result, Studio, boxed};

/// Does nothing when the film is gone, whole, or all its shots are in other hands.
#[boxed]
pub(super) async fn run(studio: &Studio, film: &FilmId) -> Result<()> {
    films::next_shot(studio, film).await.map(drop)
}
