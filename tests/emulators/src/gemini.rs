//! Gemini's `generateContent`: text in, text out. It takes nothing but text, so whatever else is in a request is
//! refused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::kit::lock;
use crate::{Emulator, Field, Is, check};

const PART: Is = Is::Object(&[Field::must("text", Is::Text)]);
const PARTS: Is = Is::List(&PART);
const INSTRUCTION: Is = Is::Object(&[Field::must("parts", PARTS)]);
const CONTENT: Is =
    Is::Object(&[Field::must("role", Is::OneOf(&["user", "model"])), Field::must("parts", PARTS)]);
const CONFIG: Is = Is::Object(&[
    Field::may("temperature", Is::Number),
    Field::may("topP", Is::Number),
    Field::may("maxOutputTokens", Is::Whole),
    Field::may("candidateCount", Is::Whole),
    Field::may("responseMimeType", Is::OneOf(&["text/plain", "application/json"])),
    Field::may("responseSchema", Is::Anything),
]);
const SETTING: Is = Is::Object(&[Field::must("category", Is::Text), Field::must("threshold", Is::Text)]);
const REQUEST: Is = Is::Object(&[
    Field::must("contents", Is::List(&CONTENT)),
    Field::may("systemInstruction", INSTRUCTION),
    Field::may("generationConfig", CONFIG),
    Field::may("safetySettings", Is::List(&SETTING)),
]);

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With a text that is finished.
    Text(String),
    /// With a text that ended for this reason: `MAX_TOKENS`, `SAFETY`, …
    Ended(&'static str, String),
    /// Not at all, as what was asked is not allowed: `SAFETY`, `PROHIBITED_CONTENT`, …
    Blocked(&'static str),
    /// With an error: HTTP status, its word (`RESOURCE_EXHAUSTED`), and the wait that it asks for (`17s`).
    Error(u16, &'static str, Option<&'static str>),
    /// With whatever this is.
    Raw(Value),
    /// With something that is no JSON.
    Broken,
}

struct Shared {
    key: String,
    replies: Mutex<VecDeque<Reply>>,
}

/// A running Gemini.
pub struct Gemini {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
}

impl Gemini {
    /// Starts it with a project's key.
    pub async fn start(key: &str) -> Self {
        let shared = Arc::new(Shared { key: key.to_owned(), replies: Mutex::default() });
        let routes = Router::new()
            .route("/v1beta/models/{call}", get(model).post(generate))
            .fallback(|| async { no(StatusCode::NOT_FOUND, "NOT_FOUND", "no such method", None) })
            .with_state(Arc::clone(&shared));
        let emulator = Emulator::start(routes).await;
        Self { emulator, shared }
    }

    /// How the next requests are answered, one after the other; after them each gets a text of its own.
    pub fn replies(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.shared.replies).extend(replies);
    }
}

/// An error as Google's interfaces write it.
fn no(status: StatusCode, word: &str, message: &str, retry_delay: Option<&str>) -> Response {
    let details: Vec<Value> = retry_delay
        .into_iter()
        .map(|delay| json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}))
        .collect();
    let error = json!({"code": status.as_u16(), "message": message, "status": word, "details": details});
    (status, axum::Json(json!({"error": error}))).into_response()
}

fn candidate(text: &str, reason: &str) -> Value {
    json!({
        "candidates": [{
            "content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason, "index": 0,
        }],
        "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 5, "totalTokenCount": 10},
        "modelVersion": "emulator", "responseId": "emulator",
    })
}

/// What is said to whoever does not show the project's key.
fn kept_out(shared: &Shared, headers: &HeaderMap) -> Option<Response> {
    match headers.get("x-goog-api-key").map(HeaderValue::as_bytes).unwrap_or_default() {
        key if key == shared.key.as_bytes() => None,
        b"" => Some(no(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "no key", None)),
        _ => Some(no(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "API key not valid", None)),
    }
}

/// What is said of a model.
async fn model(State(shared): State<Arc<Shared>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if let Some(refusal) = kept_out(&shared, &headers) {
        return refusal;
    }
    if !name.starts_with("gemini-") {
        return no(StatusCode::NOT_FOUND, "NOT_FOUND", "no such model", None);
    }
    let methods = json!(["generateContent"]);
    let name = format!("models/{name}");
    axum::Json(json!({"name": name, "supportedGenerationMethods": methods})).into_response()
}

/// A text in the form that was asked for.
fn of_its_own(asked: &Value) -> String {
    let config = &asked["generationConfig"];
    if config["responseMimeType"] != "application/json" {
        return "{CHILD} flies to the moon.".to_owned();
    }
    if config["responseSchema"]["type"] != "ARRAY" {
        return "{}".to_owned();
    }
    // Whether the child may be named is for whoever asks to say.
    let texts = match asked["systemInstruction"].to_string().contains("{CHILD}") {
        true => ["{CHILD} flies to the moon.", "One night the moon waits for {CHILD}.", "Higher, {CHILD}!"],
        false => ["A flight to the moon.", "One night the moon waits.", "All the way up, by a silver light."],
    };
    json!(texts).to_string()
}

async fn generate(
    State(shared): State<Arc<Shared>>,
    Path(call): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wrong = |what: &str| no(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", what, None);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if call.strip_suffix(":generateContent").is_none_or(str::is_empty) {
        return no(StatusCode::NOT_FOUND, "NOT_FOUND", "no such method", None);
    }
    if query.is_some_and(|query| !query.is_empty()) {
        return wrong("an unknown query");
    }
    if let Some(refusal) = kept_out(&shared, &headers) {
        return refusal;
    }
    if header("content-type") != "application/json" {
        return wrong("the body must be JSON");
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else { return wrong("Invalid JSON payload") };
    if let Err(what) = check(&asked, &REQUEST) {
        return wrong(&format!("Invalid JSON payload received. {what}"));
    }
    let reply = lock(&shared.replies).pop_front();
    let answer = match reply {
        None => candidate(&of_its_own(&asked), "STOP"),
        Some(Reply::Text(text)) => candidate(&text, "STOP"),
        Some(Reply::Ended(reason, text)) => candidate(&text, reason),
        Some(Reply::Blocked(reason)) => json!({
            "promptFeedback": {"blockReason": reason, "safetyRatings": []},
            "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}, "modelVersion": "emulator",
        }),
        Some(Reply::Error(status, word, delay)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return no(status, word, "as told", delay);
        }
        Some(Reply::Raw(value)) => value,
        Some(Reply::Broken) => return "{\"candidates\": [".into_response(),
    };
    axum::Json(answer).into_response()
}
