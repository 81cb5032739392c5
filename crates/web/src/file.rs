//! A file on its way to the browser, whole or in part (RFC 9110, section 14): an interrupted download goes on
//! where it ended, as long as the file is the same.

use std::ops::Range;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use crate::oops::Oops;
use crate::visit::header_text;

/// The bytes of a file, as they come.
pub(crate) type Pieces = BoxStream<'static, Result<Bytes, studio::Error>>;

/// How long it counts that bytes may be handed out: then it is asked again, before the next ones go.
const ALLOWED_FOR: Duration = Duration::from_secs(1);

/// The same bytes for as long as they may be handed out. When they may not any more, the answer breaks off.
pub(crate) fn while_allowed<Asked>(pieces: Pieces, ask: impl FnMut() -> Asked + Send + 'static) -> Pieces
where
    Asked: Future<Output = Result<(), studio::Error>> + Send + 'static,
{
    asking(ALLOWED_FOR, pieces, ask)
}

fn asking<Asked>(pause: Duration, pieces: Pieces, ask: impl FnMut() -> Asked + Send + 'static) -> Pieces
where
    Asked: Future<Output = Result<(), studio::Error>> + Send + 'static,
{
    let state = (pieces, ask, Instant::now());
    let unfolding = stream::try_unfold(state, move |(mut pieces, mut ask, mut asked)| async move {
        let Some(piece) = pieces.try_next().await? else { return Ok(None) };
        if asked.elapsed() >= pause {
            ask().await?;
            asked = Instant::now();
        }
        Ok::<_, studio::Error>(Some((piece, (pieces, ask, asked))))
    });
    unfolding.boxed()
}

/// What is known of a file before it is opened.
pub(crate) struct File {
    /// Its MIME type.
    pub(crate) content_type: &'static str,
    /// A name to keep it under.
    pub(crate) name: String,
    /// Whether it is to be kept, not shown.
    pub(crate) keep: bool,
    /// Whether the browser may hold it, asking each time whether it still may show it; otherwise it keeps nothing.
    pub(crate) held: bool,
    /// Changes when the file does; without quotation marks.
    pub(crate) etag: String,
    /// Bytes of the whole.
    pub(crate) size: u64,
}

impl File {
    /// A film's file.
    pub(crate) fn of(film: studio::films::Download, keep: bool) -> Self {
        let (content_type, name) = (film.content_type, film.file_name);
        Self { content_type, name, keep, held: true, etag: film.etag, size: film.size }
    }

    /// A film's file for who is not of the family: it is not held, and its name tells nobody's.
    pub(crate) fn of_others(film: studio::films::Download) -> Self {
        Self { held: false, name: "film.mp4".to_owned(), ..Self::of(film, false) }
    }

    /// The answer to a request: the whole file or the part that is asked for, which `open` hands out.
    pub(crate) async fn answer(
        self,
        headers: &HeaderMap,
        open: impl AsyncFnOnce(Option<Range<u64>>) -> Result<Pieces, studio::Error>,
    ) -> Result<Response, Oops> {
        match self.wanted(headers) {
            Ok(part) => Ok(self.send(part.clone(), open(part).await?)),
            Err(answer) => Ok(*answer),
        }
    }

    /// The part that a request asks for; `Err`: the answer, when there is no such part.
    fn wanted(&self, headers: &HeaderMap) -> Result<Option<Range<u64>>, Box<Response>> {
        match one_range(headers, &self.quoted(), self.size) {
            Some(None) => {
                let range = [(header::CONTENT_RANGE, format!("bytes */{}", self.size))];
                Err(Box::new((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response()))
            }
            Some(Some(range)) => Ok(Some(range)),
            None => Ok(None),
        }
    }

    /// The answer: the part that was wanted, or all of it.
    fn send(self, part: Option<Range<u64>>, bytes: Pieces) -> Response {
        let kind = if self.keep { "attachment" } else { "inline" };
        let plain = if self.content_type == "video/mp4" { "film.mp4" } else { "file" };
        let range = part.clone().unwrap_or(0..self.size);
        let head = [
            (header::CONTENT_TYPE, self.content_type.to_owned()),
            (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
            (header::ACCEPT_RANGES, "bytes".into()),
            (header::ETAG, self.quoted()),
            (header::CACHE_CONTROL, if self.held { "private, no-cache" } else { "private, no-store" }.into()),
            (
                header::CONTENT_DISPOSITION,
                format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", percent(&self.name)),
            ),
        ];
        let body = Body::from_stream(bytes);
        let Some(range) = part else { return (head, body).into_response() };
        let range = format!("bytes {}-{}/{}", range.start, range.end.max(1) - 1, self.size);
        (StatusCode::PARTIAL_CONTENT, head, [(header::CONTENT_RANGE, range)], body).into_response()
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.etag)
    }
}

/// The one range a request asks for: none (answer in full), a good one, or `Some(None)`: outside.
/// Several at once are answered in full, which is allowed.
pub(crate) fn one_range(headers: &HeaderMap, etag: &str, size: u64) -> Option<Option<Range<u64>>> {
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

/// A name as `filename*` has it.
pub(crate) fn percent(name: &str) -> String {
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

    #[tokio::test]
    async fn what_may_not_be_handed_out_any_more_breaks_off() {
        let handed_out = async |pause: Duration| {
            let pieces = ["a", "b", "c"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
            let mut left = 2;
            let ask = move || {
                left -= 1;
                async move { if left > 0 { Ok(()) } else { Err(studio::Error::not_found("look-over")) } }
            };
            let pieces = asking(pause, stream::iter(pieces).boxed(), ask);
            pieces.map(Result::ok).collect::<Vec<_>>().await
        };
        let piece = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
        assert_eq!(handed_out(Duration::ZERO).await, [piece("a"), None]);
        assert_eq!(handed_out(Duration::MAX).await, [piece("a"), piece("b"), piece("c")]);
    }

    #[test]
    fn names_are_written_as_headers_can_hold_them() {
        assert_eq!(percent("Märchen \"x\".mp4"), "M%C3%A4rchen%20%22x%22.mp4");
    }
}
