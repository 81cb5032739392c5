//! Makes the next shot of a whole film in another size.

use crate::films::{self, FilmId};
use crate::{Result, Studio, boxed};

/// Does nothing while a shot of an order is free to be made, or when nothing is left to be made: the reconciler asks again.
#[boxed]
pub(super) async fn run(studio: &Studio, film: &FilmId) -> Result<()> {
    films::next_rendition(studio, film).await
}
