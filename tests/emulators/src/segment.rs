//! Segment: `track` of the tracking API, and regulations of the Public API (both by the contract's own words, and
//! `Regulation` as in segmentio/public-api-sdk-go).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::kit::lock;
use crate::{Emulator, Field, Is, check, tags};

type Pairs = Vec<(String, String)>;

const MESSAGE: Is = Is::Object(&[
    Field::may("messageId", Is::Text),
    Field::may("type", Is::OneOf(&["track"])),
    Field::may("anonymousId", Is::Text),
    Field::may("userId", Is::Text),
    Field::must("event", Is::Text),
    Field::may("properties", Is::Map(&Is::Anything)),
    Field::may("timestamp", Is::Text),
    Field::may("integrations", Is::Map(&Is::Anything)),
    Field::may(
        "context",
        Is::Object(&[
            Field::may("ip", Is::Text),
            Field::may("page", Is::Map(&Is::Text)),
            Field::may("consent", Is::Object(&[Field::must("categoryPreferences", Is::Map(&Is::YesNo))])),
        ]),
    ),
]);

const REGULATION: Is = Is::Object(&[
    Field::must(
        "regulationType",
        Is::OneOf(&["SUPPRESS_WITH_DELETE", "DELETE_ONLY", "SUPPRESS_ONLY", "UNSUPPRESS"]),
    ),
    Field::must("subjectType", Is::OneOf(&["USER_ID"])),
    Field::must("subjectIds", Is::List(&Is::Text)),
]);

/// A regulation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regulation {
    /// Whom it is about.
    pub subjects: Vec<String>,
    /// `INITIALIZED`, `RUNNING`, …
    pub state: String,
    /// Destinations with their states.
    pub destinations: Vec<(String, String)>,
}

#[derive(Default)]
struct Book {
    messages: Vec<Value>,
    seen: BTreeSet<String>,
    suppressed: BTreeSet<String>,
    regulations: BTreeMap<String, Regulation>,
}

struct Shared {
    write_key: String,
    public_token: String,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// The running emulator, with one workspace.
pub struct Segment {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
}

impl Segment {
    /// Starts it.
    pub async fn start(write_key: &str, public_token: &str) -> Self {
        let shared = Arc::new(Shared {
            write_key: write_key.to_owned(),
            public_token: public_token.to_owned(),
            book: Mutex::default(),
        });
        let routes = Router::new()
            .route("/analytics.js/v1/{key}/analytics.min.js", get(tag))
            .route("/v1/track", post(track))
            .route("/regulations", post(regulate))
            .route("/regulations/{id}", get(regulation))
            .with_state(Arc::clone(&shared));
        Self { emulator: Emulator::start(routes).await, shared }
    }

    /// What is kept.
    pub fn messages(&self) -> Vec<Value> {
        self.shared.book().messages.clone()
    }

    /// Regulations with their numbers.
    pub fn regulations(&self) -> BTreeMap<String, Regulation> {
        self.shared.book().regulations.clone()
    }

    /// Brings every regulation to a state; `FINISHED`, `PARTIAL_SUCCESS` and `FAILED` have the messages deleted at
    /// Segment itself.
    pub fn move_on(&self, state: &str, destinations: &[(&str, &str)]) {
        let mut book = self.shared.book();
        let mut subjects = Vec::new();
        for regulation in book.regulations.values_mut() {
            regulation.state = state.to_owned();
            regulation.destinations =
                destinations.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect();
            subjects.extend(regulation.subjects.clone());
        }
        if matches!(state, "FINISHED" | "PARTIAL_SUCCESS" | "FAILED") {
            book.messages
                .retain(|message| subjects.iter().all(|subject| message["userId"] != subject.as_str()));
        }
    }
}

fn shows(headers: &HeaderMap, wanted: &str) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
}

async fn tag(State(shared): State<Arc<Shared>>, Path(key): Path<String>) -> Response {
    if key == shared.write_key {
        return tags::script(tags::SEGMENT);
    }
    StatusCode::NOT_FOUND.into_response()
}

async fn track(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let no = |status: StatusCode, why: &str| {
        (status, Json(json!({"success": false, "message": why}))).into_response()
    };
    if !shows(&headers, &format!("Basic {}", STANDARD.encode(format!("{}:", shared.write_key)))) {
        return no(StatusCode::UNAUTHORIZED, "invalid write key");
    }
    if body.len() > 32_000 {
        return no(StatusCode::BAD_REQUEST, "exceeds max message size");
    }
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return no(StatusCode::BAD_REQUEST, "malformed JSON");
    };
    if !query.is_empty() {
        return no(StatusCode::BAD_REQUEST, "unknown query");
    }
    // Segment itself checks no more than the JSON; this holds it against the contract.
    if let Err(why) = check(&message, &MESSAGE) {
        return no(StatusCode::BAD_REQUEST, &why);
    }
    if message["userId"].is_null() && message["anonymousId"].is_null() {
        return no(StatusCode::BAD_REQUEST, "userId or anonymousId is required");
    }
    let id = message["messageId"].as_str().unwrap_or_default().to_owned();
    if id.len() >= 100 {
        return no(StatusCode::BAD_REQUEST, "messageId is too long");
    }
    let mut book = shared.book();
    let is_suppressed = message["userId"].as_str().is_some_and(|user| book.suppressed.contains(user));
    let is_new = id.is_empty() || book.seen.insert(id);
    if is_new && !is_suppressed {
        book.messages.push(message);
    }
    Json(json!({"success": true})).into_response()
}

fn no(status: StatusCode, word: &str, why: &str) -> Response {
    (status, Json(json!({"errors": [{"type": word, "message": why}]}))).into_response()
}

async fn regulate(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !shows(&headers, &format!("Bearer {}", shared.public_token)) {
        return no(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized");
    }
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Err(why) = check(&value, &REGULATION) {
        return no(StatusCode::BAD_REQUEST, "bad-request", &why);
    }
    let ids = value["subjectIds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let subjects: Vec<String> = ids.iter().filter_map(|id| Some(id.as_str()?.to_owned())).collect();
    if subjects.is_empty() || subjects.len() > 5000 || !query.is_empty() {
        return no(StatusCode::BAD_REQUEST, "bad-request", "1 to 5000 subjectIds");
    }
    let mut book = shared.book();
    if value["regulationType"].as_str().is_some_and(|sort| sort.starts_with("SUPPRESS")) {
        book.suppressed.extend(subjects.clone());
    }
    let id = format!("reg_{}", book.regulations.len() + 1);
    let regulation = Regulation { subjects, state: "INITIALIZED".to_owned(), destinations: Vec::new() };
    book.regulations.insert(id.clone(), regulation);
    Json(json!({"data": {"regulateId": id}})).into_response()
}

async fn regulation(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !shows(&headers, &format!("Bearer {}", shared.public_token)) {
        return no(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized");
    }
    let book = shared.book();
    let Some(regulation) = book.regulations.get(&id) else {
        return no(StatusCode::NOT_FOUND, "not-found", "Regulation not found");
    };
    let of = |(name, state): &(String, String)| json!({"name": name, "id": "dst_1", "status": state});
    let destinations: Vec<Value> = regulation.destinations.iter().map(of).collect();
    let body = json!({"data": {"regulation": {
        "id": id,
        "workspaceId": "ws_1",
        "overallStatus": regulation.state,
        "createdAt": "2026-09-21T14:13:20.000Z",
        "streamStatus": [{"id": "src_1", "destinationStatus": destinations}],
    }}});
    Json(body).into_response()
}
