//! GET `/minitube/{film}/film.mp4`: the whole film as one file, or a range of it; with `?download` to
//! be kept.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::oops::Oops;
use crate::visit::{App, Customer, header_text};

/// To be kept, not played.
#[derive(Deserialize)]
pub(crate) struct How {
    download: Option<String>,
}

/// The file. It is decrypted while it is sent, and only as much as was asked for.
pub(crate) async fn show(
    State(app): State<App>,
    Customer(account): Customer,
    headers: HeaderMap,
    Path(film): Path<String>,
    Query(how): Query<How>,
) -> Result<Response, Oops> {
    let id = super::id(&film)?;
    let films = app.studio.films();
    let size = films.find(&account, &id).await?.download_bytes.unwrap_or_default();
    // The file changes its name in the store whenever it changes, so its size and name are asked first.
    let whole = films.download(&account, &id, Some(0..0)).await?;
    let etag = format!("\"{}\"", whole.etag);
    let range = match one_range(&headers, &etag, size) {
        Some(None) => {
            let answer =
                (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{size}"))]);
            return Ok(answer.into_response());
        }
        Some(Some(range)) => Some(range),
        None => None,
    };
    let file = films.download(&account, &id, range.clone()).await?;
    let kind = if how.download.is_some() { "attachment" } else { "inline" };
    let head = [
        (header::CONTENT_TYPE, file.content_type.to_owned()),
        (header::CONTENT_LENGTH, (file.range.end - file.range.start).to_string()),
        (header::ACCEPT_RANGES, "bytes".into()),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "private, no-cache".into()),
        (
            header::CONTENT_DISPOSITION,
            format!("{kind}; filename=\"film.mp4\"; filename*=UTF-8''{}", percent(&file.file_name)),
        ),
    ];
    let content_range = format!("bytes {}-{}/{}", file.range.start, file.range.end.max(1) - 1, file.size);
    let body = Body::from_stream(file.bytes);
    Ok(match range {
        Some(_) => (StatusCode::PARTIAL_CONTENT, head, [(header::CONTENT_RANGE, content_range)], body)
            .into_response(),
        None => (head, body).into_response(),
    })
}

/// The one range a request asks for: none (answer in full), a good one, or `Some(None)`: outside.
/// Several at once are answered in full, which is allowed.
pub(super) fn one_range(headers: &HeaderMap, etag: &str, size: u64) -> Option<Option<Range<u64>>> {
    let range = header_text(headers, header::RANGE)?.strip_prefix("bytes=")?;
    if header_text(headers, header::IF_RANGE).is_some_and(|known| known != etag) {
        return None;
    }
    if range.contains(',') {
        return None;
    }
    let (from, to) = range.trim().split_once('-')?;
    if from.is_empty() {
        let last: u64 = to.parse().ok()?;
        return Some((last > 0 && size > 0).then(|| size.saturating_sub(last)..size));
    }
    let from: u64 = from.parse().ok()?;
    let to = match to {
        "" => size,
        to => to.parse::<u64>().ok()?.saturating_add(1).min(size),
    };
    if from < to { Some(Some(from..to)) } else { Some(None) }
}

fn percent(name: &str) -> String {
    name.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._".contains(&b) {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(range: &str) -> Option<Option<Range<u64>>> {
        let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(range).unwrap())]);
        one_range(&headers, "\"e\"", 1000)
    }

    #[test]
    fn ranges_as_the_standard_has_them() {
        assert_eq!(asked("bytes=0-99"), Some(Some(0..100)));
        assert_eq!(asked("bytes=900-"), Some(Some(900..1000)));
        assert_eq!(asked("bytes=-100"), Some(Some(900..1000)));
        assert_eq!(asked("bytes=-5000"), Some(Some(0..1000)));
        assert_eq!(asked("bytes=999-99999999999999999999"), None);
        assert_eq!(asked("bytes=999-18446744073709551615"), Some(Some(999..1000)));
        assert_eq!(asked("bytes=1000-"), Some(None));
        assert_eq!(asked("bytes=5-4"), Some(None));
        assert_eq!(asked("bytes=-0"), Some(None));
        assert_eq!(asked("bytes=0-1,5-6"), None);
        assert_eq!(asked("words=0-1"), None);
        assert_eq!(asked("bytes=a-b"), None);
    }

    #[test]
    fn a_range_of_an_older_file_is_answered_in_full() {
        let headers = HeaderMap::from_iter([
            (header::RANGE, HeaderValue::from_static("bytes=0-1")),
            (header::IF_RANGE, HeaderValue::from_static("\"older\"")),
        ]);
        assert_eq!(one_range(&headers, "\"e\"", 10), None);
    }

    #[test]
    fn names_are_written_as_headers_can_hold_them() {
        assert_eq!(percent("Märchen \"x\".mp4"), "M%C3%A4rchen%20%22x%22.mp4");
    }
}
