//! Sending a film to where an upload waits for it, piece by piece. It must not know what a film is.
//!
//! The address is the upload's own, a secret, at the store at which Mux takes films in. How it is written is assumed: one
//! that looks otherwise is not used.

use std::time::Duration;

use bytes::Bytes;
use egress::{Egress, Method, Request};
use policy::{Personal, kind, processor, purpose};

use super::Error;
use crate::Secret;

/// What addresses of the store begin with.
const STORE: &str = "https://storage.googleapis.com/";
/// So many bytes at once. The store takes multiples of 256 KiB, and any number of them at the end.
const PIECE: usize = 4 << 20;
/// Time for one piece.
const TIMEOUT: Duration = Duration::from_secs(60);
/// What may stand in the query of an address, by its name in the policy.
const QUERY: [&str; 10] = [
    "query.upload_id",
    "query.Expires",
    "query.GoogleAccessId",
    "query.Signature",
    "query.X-Goog-Algorithm",
    "query.X-Goog-Credential",
    "query.X-Goog-Date",
    "query.X-Goog-Expires",
    "query.X-Goog-SignedHeaders",
    "query.X-Goog-Signature",
];

/// Where an upload waits for its film.
pub(super) struct Place {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Place {
    /// Takes an address apart; whoever sends puts it together again, as far as the policy knows its parts.
    pub(super) fn read(url: &Secret) -> Result<Self, Error> {
        let odd = || Error::Malformed("an upload waits at an address of another form");
        let rest = url.reveal().strip_prefix(STORE).ok_or_else(odd)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/');
        if path.is_empty() || !path.bytes().all(is_plain) {
            return Err(odd());
        }
        let mut read = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(odd)?;
            let known = QUERY.into_iter().find(|known| known.strip_prefix("query.") == Some(name));
            read.push((known.ok_or_else(odd)?, decoded(value).ok_or_else(odd)?));
        }
        Ok(Self { path: path.to_owned(), query: read })
    }

    fn call(&self, egress: &Egress) -> Request<processor::Mux> {
        // The address is the secret here: no token goes to the store.
        let call = egress
            .to::<processor::Mux, purpose::Films>(Method::PUT, "https://storage.googleapis.com/{+place}")
            .plain("path.place", &self.path)
            .timeout(TIMEOUT)
            .raw();
        self.query.iter().fold(call, |call, (name, value)| call.plain(name, value))
    }
}

/// Sends all of a film. Cut off half way it came to nothing, and another upload is opened.
pub(super) async fn send(
    egress: &Egress,
    place: &Place,
    film: &Personal<kind::GeneratedVideo, Bytes>,
) -> Result<(), Error> {
    let whole = film.for_processor::<processor::Mux>();
    let (total, mut from) = (whole.len(), 0);
    while from < total {
        let to = from.saturating_add(PIECE).min(total);
        let piece = Personal::<kind::GeneratedVideo, _>::new(whole.slice(from..to));
        let range = format!("bytes {from}-{}/{total}", to - 1);
        let call = place.call(egress).header("content-range", &range).file("film", &piece, "video/mp4");
        match call.send().await {
            // "Resume Incomplete": it waits for the next piece.
            Err(egress::Error::Redirected(_, 308)) if to < total => {}
            Ok(answer) if answer.is_success() && to == total => return Ok(()),
            Ok(answer) => {
                let why = format!("its store answered {}", answer.status());
                return Err(Error::Away { why, retry_after_s: answer.retry_after_s() });
            }
            Err(error) => return Err(error.into()),
        }
        from = to;
    }
    Err(Error::Invalid("a film without a byte"))
}

/// A value of a query, as text.
fn decoded(value: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'%' => {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &after[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_used_only_when_all_of_it_is_known() {
        let read = |url: &str| Place::read(&Secret::new(url));
        let place = read("https://storage.googleapis.com/uploads/Ab-1?upload_id=x%2By&Expires=17").unwrap();
        assert_eq!(place.path, "uploads/Ab-1");
        assert_eq!(place.query, [("query.upload_id", "x+y".to_owned()), ("query.Expires", "17".to_owned())]);
        for odd in [
            "",
            "http://storage.googleapis.com/a",
            "https://elsewhere.example/a",
            "https://storage.googleapis.com/",
            "https://storage.googleapis.com/a%2F..",
            "https://storage.googleapis.com/a?child=Mia",
            "https://storage.googleapis.com/a?upload_id",
            "https://storage.googleapis.com/a?upload_id=%zz",
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
