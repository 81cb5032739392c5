//! Makes a shot that is in every copy of a film ahead of any order, in a size that the film is not made for.

use crate::{Result, Studio, boxed, films};

/// Does nothing while a shot of an order is free to be made: the reconciler asks again.
#[boxed]
pub(super) async fn run(studio: &Studio, key: &str) -> Result<()> {
    films::shared_rendition(studio, key).await
}
