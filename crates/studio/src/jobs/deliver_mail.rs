//! Delivers the mails that are due.

use crate::{Result, Studio};

/// Does nothing when none is.
pub(super) async fn run(studio: &Studio) -> Result<()> {
    studio.mail().deliver().await.map(drop)
}
