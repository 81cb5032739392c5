//! Drawing one moment of a film as a picture for a page. Knows neither whose film it is nor where the picture is
//! kept.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::films::making::renderer::JPEG_VERSION;
use crate::films::{Persona, Renderer, Show};
use crate::{Error, Result};

/// A picture, drawn.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub content_type: &'static str,
    pub etag: String,
    pub bytes: Bytes,
}

/// Names the picture of a moment: equal names are equal pictures.
pub(crate) fn etag(show: &Show, persona: &Persona, still: &film::Still, width: u32) -> Result<String> {
    let (shot, frame) = moment(show, still)?;
    Ok(format!("{}-{frame}-{width}-{JPEG_VERSION}", &show.segment_key(shot, persona)[..32]))
}

/// Draws it, off the threads that answer requests.
pub(crate) async fn picture(
    renderer: Arc<dyn Renderer>,
    show: &Arc<Show>,
    persona: Persona,
    (still, width): (film::Still, u32),
    easel: OwnedSemaphorePermit,
) -> Result<Drawn> {
    let etag = etag(show, &persona, &still, width)?;
    let (shot, frame) = moment(show, &still)?;
    let show = Arc::clone(show);
    let draw = move || {
        // Taken until it is drawn, also when nobody waits for it any more.
        let _easel = easel;
        renderer.still(&show, shot, frame, &persona, width)
    };
    let drawn = tokio::task::spawn_blocking(draw).await;
    let bytes = drawn.map_err(Error::internal)?.map_err(Error::internal)?.into();
    Ok(Drawn { content_type: "image/jpeg", etag, bytes })
}

fn moment(show: &Show, still: &film::Still) -> Result<(usize, u32)> {
    let shot = show.film().shots().iter().position(|shot| shot.id == still.shot);
    let shot = shot.ok_or_else(|| Error::internal("the film names a still of a shot it has not"))?;
    Ok((shot, (still.second * f64::from(show.film().info().fps)) as u32))
}
