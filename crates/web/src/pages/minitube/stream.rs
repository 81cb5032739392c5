//! GET `/minitube/{film}/stream/{name}`: playlists, starts of tracks, segments, captions, the poster. A shot that is
//! not ready is waited for a few seconds; then 503 with `Retry-After`, and the player asks again.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use studio::films::Part;

use crate::file::one_range;
use crate::oops::{Dressed, Oops};
use crate::visit::{App, Customer, header_text};

/// How long a request for a shot is held.
const HELD: Duration = Duration::from_secs(8);

/// A part of the film.
pub(crate) async fn show(
    State(app): State<App>,
    Customer(account): Customer,
    headers: HeaderMap,
    Path((film, name)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let known = header_text(&headers, header::IF_NONE_MATCH)
        .and_then(|known| known.strip_prefix('"')?.strip_suffix('"'));
    let films = app.studio.films();
    let part = films.part_unless(&account, &super::id(&film)?, &name, known, HELD).await?;
    let (content_type, etag, everyones, bytes) = match part {
        Part::Ready { content_type, etag, everyones, bytes } => (content_type, etag, everyones, Some(bytes)),
        Part::Unchanged { content_type, etag, everyones } => (content_type, etag, everyones, None),
        Part::NotYet { retry_after_ms } => {
            let seconds = retry_after_ms.div_ceil(1000).max(1);
            let mut answer = (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds.to_string())])
                .into_response();
            answer.extensions_mut().insert(Dressed);
            return Ok(answer);
        }
    };
    let etag = format!("\"{etag}\"");
    // Segments never change under their name and version; lists and captions do, when a name is corrected or another size
    // is there. So those go out whole: a browser that has a piece of the old list would put a piece of the new one to it.
    let is_segment = name.ends_with(".m4s");
    let keep = match content_type {
        // It shows a child, and is on no page that is kept.
        "image/jpeg" => "private, no-store",
        // Nobody of the family is in it, and it plays nothing without the lists.
        _ if everyones => "private, max-age=3600",
        // A browser asks each time whether it still may show what it has: a film that is deleted plays nowhere any more.
        _ => "private, no-cache",
    };
    let head = [
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::ETAG, etag.clone()),
        (header::ACCEPT_RANGES, if is_segment { "bytes" } else { "none" }.to_owned()),
        (header::CONTENT_TYPE, content_type.into()),
    ];
    let Some(bytes) = bytes else { return Ok((StatusCode::NOT_MODIFIED, head).into_response()) };
    let size = bytes.len() as u64;
    match one_range(&headers, &etag, size).filter(|_| is_segment) {
        None => Ok((head, Body::from(bytes)).into_response()),
        Some(Some(range)) => {
            let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            let part = bytes.slice(range.start as usize..range.end as usize);
            Ok((
                StatusCode::PARTIAL_CONTENT,
                head,
                [(header::CONTENT_RANGE, content_range)],
                Body::from(part),
            )
                .into_response())
        }
        Some(None) => {
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{size}"))])
                .into_response())
        }
    }
}
