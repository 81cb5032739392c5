//! Writes the mails that advertise and are due. Done twice, nothing is written twice.

use crate::{Result, Studio, boxed};

#[boxed]
pub(super) async fn run(studio: &Studio) -> Result<()> {
    let mails = studio.marketing().send_due().await?;
    if mails > 0 {
        tracing::info!(mails, "wrote marketing mails");
        studio.backstage().nudge();
    }
    Ok(())
}
