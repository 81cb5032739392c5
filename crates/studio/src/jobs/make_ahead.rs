//! Makes a shot that is in every copy of a film, or what is everyone's of a personal one, ahead of any order.

use crate::{Result, Studio, boxed, films};

/// Does nothing while a shot of an order is free to be made: the reconciler asks again.
#[boxed]
pub(super) async fn run(studio: &Studio, key: &str) -> Result<()> {
    films::ahead(studio, key).await
}
