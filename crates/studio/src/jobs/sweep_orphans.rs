//! Deletes what nobody owns: objects that were stored but never entered because the process died in
//! between, shared shots of films that are not on offer any more.

use crate::{Result, Studio, films};

/// Safe to run at any time: what is younger than an hour may still be entered and stays.
pub(super) async fn run(studio: &Studio) -> Result<()> {
    let objects = studio.objects().sweep().await?;
    let shots = films::forget_unused(studio).await?;
    if objects + shots > 0 {
        tracing::info!(objects, shots, "swept what nobody owns");
    }
    Ok(())
}
