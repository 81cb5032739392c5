//! Makes a shot that is in every copy of a film, ahead of any order.

use crate::{Result, Studio, boxed, films};

/// Does nothing when it is there already or in other hands.
#[boxed]
pub(super) async fn run(studio: &Studio, key: &str) -> Result<()> {
    films::shared_shot(studio, key).await.map(drop)
}
