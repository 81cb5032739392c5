//! The form with a photo in it, as it comes in: no more of it is held than a photo may have, and however much is sent, the
//! browser hears the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use futures::StreamExt;
use studio::photos::BYTES_MAX;

use crate::oops::Oops;

/// The largest form that is held in memory.
const FORM_BYTES_MAX: usize = BYTES_MAX + 64 * 1024;
/// What is larger is still read up to here, and dropped, so that the browser hears the answer.
const BODY_BYTES_MAX: usize = 200 * 1024 * 1024;
/// A form that takes longer is broken off: a photo comes through a slow line in less.
const LONGEST: Duration = Duration::from_secs(600);
/// One of which nothing more comes for so long is broken off: its place is somebody else's.
const STALLED: Duration = Duration::from_secs(30);

/// What was sent.
#[derive(Default)]
pub(super) struct Sent {
    /// The wording of the guardian's box, where it was ticked.
    pub(super) guardian: Option<String>,
    /// The file; empty where none was chosen.
    pub(super) photo: Bytes,
    /// The form was larger than what is held.
    pub(super) is_cut: bool,
}

/// Reads the form; one that is not `expected` is read without being held.
pub(super) async fn read(request: Request, expected: bool) -> Result<Sent, Oops> {
    let held = if expected { FORM_BYTES_MAX } else { 0 };
    tokio::time::timeout(LONGEST, read_held(request, held, STALLED)).await.map_err(|_| broken())?
}

async fn read_held(request: Request, held: usize, stalled: Duration) -> Result<Sent, Oops> {
    let is_cut = Arc::new(AtomicBool::new(false));
    let (head, body) = request.into_parts();
    let body = cut(going_on(body, stalled), held, Arc::clone(&is_cut));
    let form = Multipart::from_request(Request::from_parts(head, body), &()).await.map_err(|_| broken())?;
    let mut sent = Sent::default();
    if fill(&mut sent, form).await.is_err() {
        // What was cut off has no end.
        sent.is_cut = is_cut.load(Ordering::Relaxed);
        if !sent.is_cut {
            return Err(broken());
        }
    }
    Ok(sent)
}

async fn fill(sent: &mut Sent, mut form: Multipart) -> Result<(), MultipartError> {
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = field.bytes().await?;
        match name.as_str() {
            "guardian" => {
                sent.guardian = String::from_utf8(value.to_vec()).ok().filter(|version| !version.is_empty());
            }
            "photo" => sent.photo = value,
            _ => {}
        }
    }
    Ok(())
}

/// A body that ends with an error once nothing came for so long.
fn going_on(body: Body, stalled: Duration) -> Body {
    let chunks = body.into_data_stream();
    Body::from_stream(futures::stream::unfold(Some(chunks), move |chunks| async move {
        let mut chunks = chunks?;
        let next = tokio::time::timeout(stalled, chunks.next()).await;
        match next {
            Ok(chunk) => chunk.map(|chunk| (chunk, Some(chunks))),
            Err(_) => Some((Err(axum::Error::new("nothing more came of the form")), None)),
        }
    }))
}

/// A body of which so many bytes are handed on. What comes after them is read and dropped, up to [`BODY_BYTES_MAX`].
fn cut(body: Body, held: usize, is_cut: Arc<AtomicBool>) -> Body {
    let mut seen = 0;
    Body::from_stream(body.into_data_stream().map(move |chunk| {
        let chunk = chunk?;
        seen += chunk.len();
        if seen <= held {
            return Ok(chunk);
        }
        is_cut.store(true, Ordering::Relaxed);
        if seen > BODY_BYTES_MAX {
            Err(axum::Error::new("the form is far too large"))
        } else {
            Ok(Bytes::new())
        }
    }))
}

fn broken() -> Oops {
    Oops::new(StatusCode::BAD_REQUEST, "upload-broken")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn a_form_whose_last_byte_is_held_back_is_broken_off() {
        let begun = "--BOUND\r\nContent-Disposition: form-data; name=\"photo\"\r\n\r\nphoto";
        let begun = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(begun.as_bytes()))]);
        let request = axum::http::Request::post("/create/tiny/photo")
            .header("content-type", "multipart/form-data; boundary=BOUND")
            .body(Body::from_stream(begun.chain(futures::stream::pending())))
            .unwrap();
        assert!(read_held(request, FORM_BYTES_MAX, Duration::ZERO).await.is_err());
    }
}
