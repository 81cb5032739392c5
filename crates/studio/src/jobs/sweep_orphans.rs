//! Deletes what nobody needs or owns: all that [`Studio::tidy`] forgets, and shared shots and pictures
//! of films that are not on offer any more.

use crate::{Result, Studio, boxed, films};

/// Safe to run at any time: what is younger than an hour may still be entered and stays.
#[boxed]
pub(super) async fn run(studio: &Studio) -> Result<()> {
    studio.tidy().await?;
    let shots = films::forget_unused(studio).await?;
    if shots > 0 {
        tracing::info!(shots, "swept shared shots of films that are gone");
    }
    let pictures = films::forget_pictures(studio).await?;
    if pictures > 0 {
        tracing::info!(pictures, "swept pictures that no film on offer has any more");
    }
    Ok(())
}
