//! `/mail/{token}/…`: what mails that advertise fetch and lead to, of those who agreed to that: a picture that tells
//! that the mail was opened, and the way on to a page of ours. Nothing is set in the browser.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::oops::Oops;
use crate::visit::{App, Visit};

/// One point that is not seen.
static POINT: [u8; 43] =
    *b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\
    \x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// GET `/mail/{token}/seen.gif`: the picture, whoever asks.
pub(crate) async fn seen(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Oops> {
    app.studio.marketing().opened(&token).await?;
    let head = [(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((head, POINT.as_slice()).into_response())
}

/// GET `/mail/{token}/go`: on to the page that the mail names. The token leads there and nowhere else.
pub(crate) async fn go(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    Ok(visit.go(&app.studio.marketing().followed(&token).await?))
}
