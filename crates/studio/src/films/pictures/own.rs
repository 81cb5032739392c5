//! The poster of a family's own film, with those who play in it.

use super::public::{PublicPictureKind, still};
use crate::films::persona;
use crate::films::rows::films;
use crate::{Result, Studio, boxed};

/// The poster's moment of a family's own film, so many pixels wide (JPEG); `None` where it cannot be drawn any more: its
/// photo was deleted, or the film is on offer in another version. It is kept nowhere here.
#[boxed]
pub(crate) async fn own_poster(studio: &Studio, film: &films::Model, width: u32) -> Result<Option<Vec<u8>>> {
    let Some(show) = studio.catalogue().show_of(&film.film, film.film_version) else { return Ok(None) };
    let Some(still) = still(show, PublicPictureKind::Poster) else { return Ok(None) };
    let persona = match persona::of(studio, show, film).await {
        Ok(persona) => persona,
        Err(error) if matches!(error.code(), "photo-not-found" | "face-not-chosen") => return Ok(None),
        Err(error) => return Err(error),
    };
    let drawn = studio.backstage().draw(show, persona, still, width).await?;
    Ok(Some(drawn.bytes.to_vec()))
}
