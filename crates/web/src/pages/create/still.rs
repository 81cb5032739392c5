//! GET `/create/{slug}/stills/{number}.jpg`: one still of the draft. Drawn when looked at, kept nowhere.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::oops::Oops;
use crate::visit::{App, Customer, header_text};

/// The picture.
pub(crate) async fn show(
    State(app): State<App>,
    Customer(account): Customer,
    headers: HeaderMap,
    Path((slug, file)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let number =
        file.strip_suffix(".jpg").and_then(|number| number.parse().ok()).ok_or_else(Oops::not_found)?;
    let order = app.studio.orders().draft_of(&account, &slug).await?.ok_or_else(Oops::not_found)?;
    let known = header_text(&headers, header::IF_NONE_MATCH).map(|etag| etag.trim_matches('"'));
    let still = app.studio.orders().still(&account, &order.id, number, known).await?;
    let etag = format!("\"{}\"", still.etag);
    let keep = [(header::CACHE_CONTROL, "private, no-cache".to_owned()), (header::ETAG, etag)];
    let Some(bytes) = still.bytes else { return Ok((StatusCode::NOT_MODIFIED, keep).into_response()) };
    Ok((keep, [(header::CONTENT_TYPE, still.content_type)], bytes).into_response())
}
