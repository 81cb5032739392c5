//! A stranger's moving picture becomes a shot of ours: decoded behind the wall that uploads are decoded behind, and encoded
//! anew picture by picture as they come, so that only a few are ever held and none touches the disk.

use std::sync::Arc;

use intake::Clip;
use policy::{Personal, kind, purpose};
use tokio::runtime::Handle;

use crate::films::{RenderError, Renderer, Show};
use crate::{Error, Result, Studio, boxed};

/// A shot that is larger is not kept: no few seconds of film need more.
const SEGMENT_BYTES_MAX: usize = 8 << 20;

/// The shot, as it is kept until it is made.
#[boxed]
pub(super) async fn taken_in(
    studio: &Studio,
    video: Personal<kind::GeneratedVideo, Vec<u8>>,
    show: &Arc<Show>,
    shot: usize,
) -> Result<Vec<u8>> {
    let bytes = video.into_for_purpose::<purpose::Films>();
    let frame = show.rendition();
    let _place = studio.0.photo_places.acquire().await.map_err(Error::internal)?;
    let clip = studio.0.eyes.watch(bytes, (frame.width, frame.height)).await.map_err(refused)?;
    // Whoever waits for it may be dropped; then nobody needs it.
    let waiting = Arc::new(());
    let waits = Arc::downgrade(&waiting);
    let (renderer, show, runtime) = (studio.backstage().renderer(), Arc::clone(show), Handle::current());
    let work = move || made(&*renderer, &show, shot, clip, &runtime, &|| waits.strong_count() > 0);
    let made = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    drop(waiting);
    made
}

fn made(
    renderer: &dyn Renderer,
    show: &Show,
    shot: usize,
    mut clip: Clip,
    runtime: &Handle,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<u8>> {
    let (starts, length) = (clip.starts(), clip.length());
    let mut trouble = None;
    let mut next = || match runtime.block_on(clip.picture()) {
        Ok(picture) => picture,
        Err(error) => {
            trouble = Some(error);
            None
        }
    };
    let made = renderer.moving(show, shot, (starts.as_slice(), length), &mut next, go_on);
    match (made, trouble) {
        (_, Some(trouble)) => Err(refused(trouble)),
        (Ok(bytes), None) if bytes.len() > SEGMENT_BYTES_MAX => {
            Err(Error::refused("video-refused", "The shot made of it would be too large."))
        }
        (Ok(bytes), None) => Ok(bytes),
        (Err(RenderError::Stopped), None) => Err(Error::internal("nobody waits for it any more")),
        (Err(RenderError::Failed(why)), None) => Err(Error::refused("video-refused", why)),
    }
}

fn refused(refused: intake::ClipRefused) -> Error {
    Error::refused("video-refused", refused.to_string())
}
