//! fal: the queue, the file host, the platform's deletion of payloads, the published keys, and webhooks. All its hosts
//! are one server here; their paths do not meet.
//!
//! As the real one it keeps what a request does not tell it not to keep.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::kit::{hex, lock};
use crate::{Emulator, Field, Hook, Is, check};

/// What a model makes of any photo where it makes a moving picture: a few seconds in an MP4 file.
pub const CLIP: &[u8] = include_bytes!("../clip.mp4");

/// The input of the model that the emulator runs: an image to a video.
const INPUT: Is = Is::Object(&[Field::must("prompt", Is::Text), Field::must("image_url", Is::Text)]);

/// Where a request stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stand {
    /// It waits behind so many.
    Queued(u64),
    /// It is being made.
    Running,
    /// It was made: the files, by their path at the file host.
    Made(Vec<String>),
    /// The model refused it.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// A request that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// `owner/app`, which the addresses of the request begin with.
    pub app: String,
    /// Where it stands.
    pub stand: Stand,
    /// Where its webhook goes.
    pub webhook: Option<String>,
    /// What is kept of its input; nothing when it was told not to.
    pub kept: Option<Value>,
    /// Seconds that its files live; for ever when it was not told.
    pub files_live_s: Option<u64>,
}

#[derive(Default)]
struct Book {
    requests: BTreeMap<String, Taken>,
    files: BTreeMap<String, Vec<u8>>,
    /// Deletions that were answered, by their idempotency key.
    answered: BTreeMap<String, Value>,
    /// Files whose deletion fails, so many times more.
    stubborn: u64,
    made: u64,
    seed: u8,
}

struct Shared {
    book: Mutex<Book>,
    key: String,
    admin_key: String,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// A running fal.
pub struct Fal {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
    user_id: String,
}

impl Fal {
    /// Starts it with an account: its key, its admin key and its user id.
    pub async fn start(key: &str, admin_key: &str, user_id: &str) -> Self {
        let book = Book { seed: 1, ..Book::default() };
        let shared = Shared { book: Mutex::new(book), key: key.to_owned(), admin_key: admin_key.to_owned() };
        let shared = Arc::new(shared);
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let emulator = Emulator::start(routes).await;
        Self { emulator, shared, user_id: user_id.to_owned() }
    }

    /// Requests that were taken, by their id.
    pub fn requests(&self) -> BTreeMap<String, Taken> {
        self.shared.book().requests.clone()
    }

    /// Files that are there, by their path.
    pub fn files(&self) -> Vec<String> {
        self.shared.book().files.keys().cloned().collect()
    }

    /// Moves a request on.
    pub fn stands(&self, request_id: &str, stand: Stand) {
        if let Some(taken) = self.shared.book().requests.get_mut(request_id) {
            taken.stand = stand;
        }
    }

    /// A request is made: its file, of the ending `mp4` or `png`.
    pub fn makes(&self, request_id: &str, ending: &str, bytes: &[u8]) -> String {
        let mut book = self.shared.book();
        book.made += 1;
        let path = format!("files/emulator/{:04}.{ending}", book.made);
        book.files.insert(path.clone(), bytes.to_vec());
        if let Some(taken) = book.requests.get_mut(request_id) {
            taken.stand = Stand::Made(vec![path.clone()]);
        }
        path
    }

    /// Results and files expire.
    pub fn expires(&self) {
        let mut book = self.shared.book();
        book.files.clear();
        book.requests.clear();
    }

    /// The next so many deletions of a file fail.
    pub fn keeps_files(&self, times: u64) {
        self.shared.book().stubborn = times;
    }

    /// From now on another key signs and is published.
    pub fn rotate(&self) {
        self.shared.book().seed += 1;
    }

    /// The webhook of a request that is over, as it is sent.
    pub fn webhook(&self, request_id: &str, now_s: i64) -> Hook {
        let stand = self.shared.book().requests.get(request_id).map(|taken| taken.stand.clone());
        let body = match stand {
            Some(Stand::Made(files)) => json!({
                "request_id": request_id, "gateway_request_id": request_id, "status": "OK",
                "payload": payload(&files),
            }),
            _ => json!({
                "request_id": request_id, "gateway_request_id": request_id, "status": "ERROR",
                "error": "Invalid status code: 422", "payload": {"detail": refusal()},
            }),
        };
        self.sign(request_id, &self.user_id, body.to_string().into_bytes(), now_s)
    }

    /// Signs any body for any account, as fal does for each of its customers.
    pub fn sign(&self, request_id: &str, user_id: &str, body: Vec<u8>, now_s: i64) -> Hook {
        let sum = hex(digest(&SHA256, &body).as_ref());
        let signed = format!("{request_id}\n{user_id}\n{now_s}\n{sum}");
        let signature = pair(self.shared.book().seed).sign(signed.as_bytes());
        let headers = vec![
            ("x-fal-webhook-request-id", request_id.to_owned()),
            ("x-fal-webhook-user-id", user_id.to_owned()),
            ("x-fal-webhook-timestamp", now_s.to_string()),
            ("x-fal-webhook-signature", hex(signature.as_ref())),
            ("content-type", "application/json".to_owned()),
        ];
        Hook { headers, body }
    }
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("32 bytes")
}

fn jwks(seed: u8) -> Value {
    let x = URL_SAFE_NO_PAD.encode(pair(seed).public_key());
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": format!("emulator-{seed}"), "x": x}]})
}

fn no(status: StatusCode, detail: impl Into<Value>) -> Response {
    let detail: Value = detail.into();
    (status, axum::Json(json!({"detail": detail}))).into_response()
}

fn says(status: StatusCode, value: Value) -> Response {
    (status, axum::Json(value)).into_response()
}

/// What a model says of an input that it does not take.
fn refusal() -> Value {
    json!([{"loc": ["body", "image_url"], "msg": "Could not find a face", "type": "no_face_detected"}])
}

fn payload(files: &[String]) -> Value {
    let file = |path: &String| {
        let content_type = if path.ends_with(".mp4") { "video/mp4" } else { "image/png" };
        json!({"url": format!("https://v3.fal.media/{path}"), "content_type": content_type})
    };
    match files {
        [video] if video.ends_with(".mp4") => json!({"video": file(video), "seed": 7}),
        images => json!({"images": images.iter().map(file).collect::<Vec<_>>(), "seed": 7}),
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = uri.path().trim_start_matches('/').to_owned();
    let query = uri.query().unwrap_or_default();
    let mut book = shared.book();
    if path == ".well-known/jwks.json" && method == Method::GET {
        return says(StatusCode::OK, jwks(book.seed));
    }
    if path.starts_with("files/") && method == Method::GET {
        return match book.files.get(&path) {
            Some(bytes) => (StatusCode::OK, bytes.clone()).into_response(),
            None => no(StatusCode::NOT_FOUND, "Not Found"),
        };
    }
    if let Some(rest) = path.strip_prefix("v1/models/requests/") {
        if header("authorization") != format!("Key {}", shared.admin_key) {
            return no(StatusCode::FORBIDDEN, "An admin key is required");
        }
        return match rest.strip_suffix("/payloads") {
            Some(id) if method == Method::DELETE && query.is_empty() => {
                delete(&mut book, id, header("idempotency-key"))
            }
            _ => no(StatusCode::NOT_FOUND, "Not Found"),
        };
    }
    if header("authorization") != format!("Key {}", shared.key) {
        return no(StatusCode::UNAUTHORIZED, "Cannot access application. Authentication is required");
    }
    let Some((app, rest)) = path.split_once("/requests/") else {
        return match method {
            Method::POST => submit(&mut book, &path, query, &header, &body),
            _ => no(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        };
    };
    if !(query.is_empty() || query == "logs=1") {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "an unknown query");
    }
    let (id, what) = rest.split_once('/').unwrap_or((rest, ""));
    let Some(taken) = book.requests.get_mut(id).filter(|taken| taken.app == app) else {
        return no(StatusCode::NOT_FOUND, "Request not found");
    };
    match (method.as_str(), what) {
        ("GET", "status") => match &taken.stand {
            Stand::Queued(before) => {
                let value = json!({"status": "IN_QUEUE", "request_id": id, "queue_position": before});
                says(StatusCode::ACCEPTED, value)
            }
            Stand::Running => says(StatusCode::ACCEPTED, json!({"status": "IN_PROGRESS", "request_id": id})),
            _ => {
                let value =
                    json!({"status": "COMPLETED", "request_id": id, "metrics": {"inference_time": 3.5}});
                says(StatusCode::OK, value)
            }
        },
        ("GET", "") => match &taken.stand {
            Stand::Queued(_) | Stand::Running => says(StatusCode::ACCEPTED, json!({"status": "IN_PROGRESS"})),
            Stand::Made(files) => says(StatusCode::OK, payload(files)),
            Stand::Failed => no(StatusCode::UNPROCESSABLE_ENTITY, refusal()),
            Stand::Cancelled => no(StatusCode::NOT_FOUND, "Request was cancelled"),
        },
        ("PUT", "cancel") => match &taken.stand {
            Stand::Queued(_) | Stand::Running => {
                taken.stand = Stand::Cancelled;
                says(StatusCode::ACCEPTED, json!({"status": "CANCELLATION_REQUESTED"}))
            }
            Stand::Cancelled => says(StatusCode::ACCEPTED, json!({"status": "CANCELLATION_REQUESTED"})),
            _ => says(StatusCode::BAD_REQUEST, json!({"status": "ALREADY_COMPLETED"})),
        },
        _ => no(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
    }
}

fn submit<'h>(
    book: &mut Book,
    model: &str,
    query: &str,
    header: &impl Fn(&str) -> &'h str,
    body: &[u8],
) -> Response {
    let unprocessable = |what: String| {
        let detail = json!([{"loc": ["body"], "msg": what, "type": "value_error"}]);
        no(StatusCode::UNPROCESSABLE_ENTITY, detail)
    };
    // `owner/app` and perhaps more, which the addresses of a request leave out.
    let parts: Vec<&str> = model.split('/').collect();
    if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
        return no(StatusCode::NOT_FOUND, "Application not found");
    }
    let app = parts[..2].join("/");
    let webhook = match query.split_once('=') {
        None if query.is_empty() => None,
        Some(("fal_webhook", url)) if !url.contains('&') => Some(unescaped(url)),
        _ => return unprocessable("an unknown query".into()),
    };
    if header("content-type") != "application/json" {
        return unprocessable("the body must be JSON".into());
    }
    let timeout = header("x-fal-request-timeout");
    if !timeout.is_empty() && !timeout.parse::<u32>().is_ok_and(|seconds| seconds > 1) {
        return unprocessable("x-fal-request-timeout must be above 1".into());
    }
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Err(what) = check(&input, &INPUT) {
        return unprocessable(what);
    }
    let image = input["image_url"].as_str().unwrap_or_default();
    let inline = image.strip_prefix("data:image/").and_then(|rest| rest.split_once(";base64,"));
    if inline.is_none_or(|(_, data)| STANDARD.decode(data).is_err()) {
        // The real one takes addresses too; we never give it one.
        return unprocessable("image_url must be a data: URI".into());
    }
    let lifecycle: Value =
        serde_json::from_str(header("x-fal-object-lifecycle-preference")).unwrap_or_default();
    let kept = (header("x-fal-store-io") != "0").then_some(input);
    book.made += 1;
    let id = format!("00000000-0000-4000-8000-{:012}", book.made);
    let files_live_s = lifecycle["expiration_duration_seconds"].as_u64();
    let taken = Taken { app: app.clone(), stand: Stand::Queued(0), webhook, kept, files_live_s };
    book.requests.insert(id.clone(), taken);
    let of = |tail: &str| format!("https://queue.fal.run/{app}/requests/{id}{tail}");
    says(
        StatusCode::OK,
        json!({
            "request_id": id, "response_url": of(""), "status_url": of("/status"), "cancel_url": of("/cancel"),
            "queue_position": 0, "status": "IN_QUEUE",
        }),
    )
}

fn delete(book: &mut Book, id: &str, key: &str) -> Response {
    if let Some(value) = book.answered.get(key) {
        return says(StatusCode::OK, value.clone());
    }
    let Some(taken) = book.requests.get(id) else { return no(StatusCode::NOT_FOUND, "Request not found") };
    let files = match &taken.stand {
        Stand::Made(files) => files.clone(),
        _ => Vec::new(),
    };
    let (mut results, mut left) = (Vec::new(), false);
    for path in files {
        let link = format!("https://v3.fal.media/{path}");
        if book.stubborn > 0 {
            (book.stubborn, left) = (book.stubborn - 1, true);
            results.push(json!({"link": link, "exception": "the file host did not answer"}));
        } else {
            book.files.remove(&path);
            results.push(json!({"link": link, "exception": null}));
        }
    }
    if !left {
        book.requests.remove(id);
    }
    let value = json!({"cdn_delete_results": results});
    if !key.is_empty() {
        book.answered.insert(key.to_owned(), value.clone());
    }
    says(StatusCode::OK, value)
}

/// A part of a query, as text.
fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, behind @ ..] = rest {
        let code = match (first, behind) {
            (b'%', [high, low, ..]) => {
                let digits = [*high, *low];
                std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok())
            }
            _ => None,
        };
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
