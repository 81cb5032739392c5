//! GET `/lent/{token}/film.mp4`: a film for the streaming service that is to fetch it, whole or in part; for whoever has
//! the token, as long as it is good. Everybody else is told that there is nothing.

use std::ops::Range;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use studio::streams::Lent;

use crate::file::{File, while_allowed};
use crate::oops::Oops;
use crate::visit::App;

/// So many bytes are sent at a time; between them it is asked whether the film is still lent.
const PIECE: usize = 256 << 10;

/// The file, or a range of it. It breaks off when the film is corrected or deleted.
pub(crate) async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    let Lent { content_type, etag, bytes } = app.studio.streams().lent(&token).await?;
    let size = bytes.len() as u64;
    // Its title is nobody's business there.
    let file = File { content_type, name: "film.mp4".to_owned(), keep: false, held: false, etag, size };
    file.answer(&headers, async |part: Option<Range<u64>>| {
        let part = part.unwrap_or(0..size);
        let wanted = bytes.slice(part.start as usize..part.end as usize);
        let starts = (0..wanted.len()).step_by(PIECE);
        let pieces: Vec<Result<Bytes, studio::Error>> =
            starts.map(|start| Ok(wanted.slice(start..wanted.len().min(start + PIECE)))).collect();
        let (studio, token) = (app.studio.clone(), token.clone());
        Ok(while_allowed(stream::iter(pieces).boxed(), move || {
            let (studio, token) = (studio.clone(), token.clone());
            async move { studio.streams().goes_on(&token).await }
        }))
    })
    .await
}
