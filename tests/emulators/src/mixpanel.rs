//! Mixpanel: `/import` and `/track` of its ingestion API, and deletions of its GDPR API (OpenAPI of mixpanel/docs
//! ba229069). `ip` on `/import`, which the document does not have, is the contract's own assumption.

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

const EVENT: Is =
    Is::Object(&[Field::must("event", Is::Text), Field::must("properties", Is::Map(&Is::Anything))]);
const DELETION: Is = Is::Object(&[
    Field::must("distinct_ids", Is::List(&Is::Text)),
    Field::may("compliance_type", Is::OneOf(&["GDPR", "CCPA"])),
]);

/// Whom it knows.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's token.
    pub token: String,
    /// Its number.
    pub id: u64,
    /// A service account: name and secret.
    pub service_account: (String, String),
    /// OAuth token of a person.
    pub oauth: String,
}

/// A deletion task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Whom it is about.
    pub distinct_ids: Vec<String>,
    /// `PENDING`, `SUCCESS`, …
    pub state: String,
}

#[derive(Default)]
struct Book {
    events: Vec<Value>,
    seen: BTreeSet<String>,
    tasks: BTreeMap<String, Task>,
}

struct Shared {
    project: Project,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    /// Events of a body; the error says why there are none.
    fn events(&self, body: &Bytes) -> Result<Vec<Value>, &'static str> {
        match serde_json::from_slice::<Value>(body)
            .map_err(|_| "some data points in the request failed validation")?
        {
            Value::Array(events) if !events.is_empty() && events.len() <= 2000 => Ok(events),
            _ => Err("the body must be a list of events"),
        }
    }
}

/// The running emulator, with one project.
pub struct Mixpanel {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
}

impl Mixpanel {
    /// Starts it.
    pub async fn start(project: Project) -> Self {
        let shared = Arc::new(Shared { project, book: Mutex::default() });
        let routes = Router::new()
            .route("/libs/mixpanel-2-latest.min.js", get(tag))
            .route("/import", post(import))
            .route("/track", post(track))
            .route("/api/app/data-deletions/v3.0", post(create))
            .route("/api/app/data-deletions/v3.0/", post(create))
            .route("/api/app/data-deletions/v3.0/{task}", get(task))
            .with_state(Arc::clone(&shared));
        Self { emulator: Emulator::start(routes).await, shared }
    }

    /// What is kept.
    pub fn events(&self) -> Vec<Value> {
        self.shared.book().events.clone()
    }

    /// Deletion tasks with their numbers.
    pub fn tasks(&self) -> BTreeMap<String, Task> {
        self.shared.book().tasks.clone()
    }

    /// Brings every task to a state; `SUCCESS` has the events deleted.
    pub fn move_on(&self, state: &str) {
        let mut book = self.shared.book();
        let mut gone = Vec::new();
        for task in book.tasks.values_mut() {
            task.state = state.to_owned();
            gone.extend(task.distinct_ids.clone());
        }
        if state == "SUCCESS" {
            let is_gone =
                |event: &Value| gone.iter().any(|id| event["properties"]["distinct_id"] == id.as_str());
            book.events.retain(|event| !is_gone(event));
        }
    }
}

fn of<'a>(query: &'a Pairs, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn knows_only(query: &Pairs, names: &[&str]) -> bool {
    query.iter().all(|(name, _)| names.contains(&name.as_str()))
}

fn shows(headers: &HeaderMap, wanted: &str) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
}

/// What makes an event the same as another.
fn same(event: &Value) -> String {
    let properties = &event["properties"];
    json!([event["event"], properties["time"], properties["distinct_id"], properties["$insert_id"]])
        .to_string()
}

/// Which field of an event is wrong, and how.
fn wrong(event: &Value, needs_ids: bool) -> Option<(String, String)> {
    if let Err(why) = check(event, &EVENT) {
        return Some((why.split(':').next().unwrap_or_default().to_owned(), why));
    }
    let properties = &event["properties"];
    let bad = |name: &str| Some((format!("properties.{name}"), format!("'properties.{name}' is invalid")));
    if needs_ids || !properties["time"].is_null() {
        match properties["time"].as_i64() {
            Some(time) if time > 0 => {}
            _ => return bad("time"),
        }
    }
    for name in ["distinct_id", "$insert_id"] {
        let is_there = properties[name].as_str().is_some_and(|text| !text.is_empty());
        if !is_there && (needs_ids || !properties[name].is_null()) {
            return bad(name);
        }
    }
    let insert_id = properties["$insert_id"].as_str().unwrap_or_default();
    if insert_id.len() > 36 || !insert_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return bad("$insert_id");
    }
    None
}

async fn tag() -> Response {
    tags::script(tags::MIXPANEL)
}

async fn import(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (user, secret) = &shared.project.service_account;
    let no = |status: StatusCode, why: &str| {
        let word = status.canonical_reason().unwrap_or_default();
        (status, Json(json!({"code": status.as_u16(), "error": why, "status": word}))).into_response()
    };
    let is_known = shows(&headers, &format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
        && of(&query, "project_id") == Some(shared.project.id.to_string().as_str());
    if !is_known {
        return no(StatusCode::UNAUTHORIZED, "Invalid credentials");
    }
    if of(&query, "strict") != Some("1") || !knows_only(&query, &["strict", "project_id", "ip"]) {
        return no(StatusCode::BAD_REQUEST, "unknown or missing query");
    }
    if body.len() > 2_097_152 {
        return no(StatusCode::PAYLOAD_TOO_LARGE, "request exceeds max limit of 2097152 bytes");
    }
    let events = match shared.events(&body) {
        Ok(events) => events,
        Err(why) => return no(StatusCode::BAD_REQUEST, why),
    };
    let (mut failed, mut taken) = (Vec::new(), 0);
    let mut book = shared.book();
    for (index, event) in events.into_iter().enumerate() {
        match wrong(&event, true) {
            Some((field, message)) => failed.push(json!({
                "index": index,
                "insert_id": event["properties"]["$insert_id"],
                "field": field,
                "message": message,
            })),
            None => {
                taken += 1;
                if book.seen.insert(same(&event)) {
                    book.events.push(event);
                }
            }
        }
    }
    if failed.is_empty() {
        return Json(json!({"code": 200, "num_records_imported": taken, "status": "OK"})).into_response();
    }
    let body = json!({
        "code": 400,
        "num_records_imported": taken,
        "status": "Bad Request",
        "failed_records": failed,
        "error": "some data points in the request failed validation",
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

async fn track(State(shared): State<Arc<Shared>>, Query(query): Query<Pairs>, body: Bytes) -> Response {
    if !knows_only(&query, &["ip", "verbose", "img", "callback"]) {
        return "0".into_response();
    }
    let events = shared.events(&body).unwrap_or_default();
    let good: Vec<Value> = events.into_iter().filter(|event| wrong(event, false).is_none()).collect();
    let answer = if good.is_empty() { "0" } else { "1" };
    let mut book = shared.book();
    for event in good {
        // A wrong token is answered with 1 too; what came with it is lost.
        let is_ours = event["properties"]["token"] == shared.project.token.as_str();
        if is_ours && book.seen.insert(same(&event)) {
            book.events.push(event);
        }
    }
    answer.into_response()
}

/// What comes before every call about a deletion.
fn admit(shared: &Shared, headers: &HeaderMap, query: &Pairs) -> Option<Response> {
    if !shows(headers, &format!("Bearer {}", shared.project.oauth)) {
        return Some(error(StatusCode::UNAUTHORIZED, "Unauthorized"));
    }
    match of(query, "token") == Some(shared.project.token.as_str()) && knows_only(query, &["token"]) {
        true => None,
        false => Some(error(StatusCode::FORBIDDEN, "Forbidden")),
    }
}

fn error(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({"status": "error", "error": why}))).into_response()
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &query) {
        return no;
    }
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Err(why) = check(&value, &DELETION) {
        return error(StatusCode::BAD_REQUEST, &why);
    }
    let ids = value["distinct_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
    let distinct_ids: Vec<String> = ids.iter().filter_map(|id| Some(id.as_str()?.to_owned())).collect();
    if distinct_ids.is_empty() || distinct_ids.len() > 2000 {
        return error(StatusCode::BAD_REQUEST, "1 to 2000 distinct_ids");
    }
    let mut book = shared.book();
    let id = format!("task-{}", book.tasks.len() + 1);
    book.tasks.insert(id.clone(), Task { distinct_ids, state: "PENDING".to_owned() });
    (StatusCode::CREATED, Json(json!({"status": "ok", "results": {"task_id": id}}))).into_response()
}

async fn task(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &query) {
        return no;
    }
    let book = shared.book();
    let task = book.tasks.get(&id).cloned();
    let task = task.unwrap_or(Task { distinct_ids: Vec::new(), state: "NOT_FOUND".to_owned() });
    let body = json!({"status": "ok", "results": {
        "tracking_id": id,
        "status": task.state,
        "requesting_user": "operator@example.org",
        "compliance_type": "GDPR",
        "project_id": shared.project.id,
        "date_requested": "2026-09-21T14:13:20",
        "distinct_ids": task.distinct_ids,
    }});
    Json(body).into_response()
}
