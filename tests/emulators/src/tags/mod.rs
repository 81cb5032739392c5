//! Stand-ins for the scripts that vendors load into pages. Each takes commands as its vendor's contract says, is as
//! careless as the vendor's own defaults where it is not told otherwise, and keeps in the browser what the vendor's keeps.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Google's gtag.
pub(crate) const GA: &str = include_str!("ga.js");
/// Segment's analytics.js, with Meta's pixel behind it.
pub(crate) const SEGMENT: &str = include_str!("segment.js");
/// Mixpanel's library.
pub(crate) const MIXPANEL: &str = include_str!("mixpanel.js");
/// ContentSquare's tag.
pub(crate) const CONTENTSQUARE: &str = include_str!("contentsquare.js");

/// A script as an answer.
pub(crate) fn script(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript"), (header::CACHE_CONTROL, "no-store")], text).into_response()
}
