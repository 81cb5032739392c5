//! Delivers the mails that are due.

use crate::{Result, Studio, boxed};

/// Does nothing when none is.
#[boxed]
pub(super) async fn run(studio: &Studio) -> Result<()> {
    studio.mail().deliver().await.map(drop)
}
