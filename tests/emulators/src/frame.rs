//! What all emulators share: a server on a free port of this machine that remembers what it was asked and misbehaves
//! on command.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;

use crate::kit::lock;

/// The largest body that is taken.
const BYTES_MAX: usize = 64 << 20;

/// How the next request is treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mood {
    /// Answered after this long.
    Slow(Duration),
    /// Not done: too many requests, with the seconds to wait.
    TooMany(u64),
    /// Not done: an error with this status.
    Fails(u16),
    /// Not done, and the connection breaks.
    CutBefore,
    /// Done, and the connection breaks before the answer is there.
    CutAfter,
}

impl Mood {
    fn word(self) -> &'static str {
        match self {
            Self::Slow(_) => "slow",
            Self::TooMany(_) => "too many",
            Self::Fails(_) => "fails",
            Self::CutBefore => "cut before",
            Self::CutAfter => "cut after",
        }
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without `?`; empty where there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// A header as text; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct Book {
    asked: Vec<Asked>,
    moods: VecDeque<Mood>,
    /// In a storm: of a hundred requests, so many go wrong, and the state of the dice.
    storm: Option<(u64, u64)>,
    /// Requests that were treated so.
    treated: BTreeMap<&'static str, u64>,
}

/// A running emulator. It stops when it is dropped.
pub struct Emulator {
    /// Where it listens.
    pub address: SocketAddr,
    book: Arc<Mutex<Book>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Emulator {
    /// Starts a server with these routes on a free port of this machine.
    pub async fn start(routes: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let book = Arc::new(Mutex::new(Book::default()));
        let routes = routes.layer(from_fn_with_state(Arc::clone(&book), treat));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { address, book, task }
    }

    /// Everything that it was asked, in order; also what was not done.
    pub fn asked(&self) -> Vec<Asked> {
        self.book().asked.clone()
    }

    /// How the next requests are treated, one after the other.
    pub fn mood(&self, moods: impl IntoIterator<Item = Mood>) {
        self.book().moods.extend(moods);
    }

    /// From now on so many of a hundred requests go wrong, in every way there is.
    pub fn storm(&self, percent: u64, seed: u64) {
        self.book().storm = (percent > 0).then_some((percent, seed));
    }

    /// How many requests were not simply answered, by what happened to them.
    pub fn treated(&self) -> BTreeMap<&'static str, u64> {
        self.book().treated.clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// Writes a request down and treats it as told.
async fn treat(State(book): State<Arc<Mutex<Book>>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mood = {
        let mut book = lock(&book);
        book.asked.push(Asked {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body: body.clone(),
        });
        let mood = match book.moods.pop_front() {
            Some(mood) => Some(mood),
            None => thrown(&mut book.storm),
        };
        if let Some(mood) = mood {
            *book.treated.entry(mood.word()).or_default() += 1;
        }
        mood
    };
    match mood {
        Some(Mood::TooMany(seconds)) => {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], "{}")
                .into_response();
        }
        Some(Mood::Fails(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, "{}").into_response();
        }
        Some(Mood::CutBefore) => return cut(),
        Some(Mood::Slow(long)) => tokio::time::sleep(long).await,
        Some(Mood::CutAfter) | None => {}
    }
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    if mood == Some(Mood::CutAfter) { cut() } else { answer }
}

/// An answer that promises more than it holds: the connection ends in it.
fn cut() -> Response {
    let nothing = stream::iter([Err::<Bytes, _>(std::io::Error::other("cut"))]);
    ([(header::CONTENT_LENGTH, "1000")], Body::from_stream(nothing)).into_response()
}

/// What a storm makes of the next request (xorshift, Marsaglia 2003).
fn thrown(storm: &mut Option<(u64, u64)>) -> Option<Mood> {
    let (percent, dice) = storm.as_mut()?;
    *dice |= 1;
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    if *dice % 100 >= *percent {
        return None;
    }
    Some(match (*dice >> 32) % 5 {
        0 => Mood::TooMany(0),
        1 => Mood::Fails(500),
        2 => Mood::Fails(503),
        3 => Mood::CutBefore,
        _ => Mood::CutAfter,
    })
}
