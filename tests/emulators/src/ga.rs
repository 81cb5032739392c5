//! Google Analytics: the Measurement Protocol, which answers 204 whatever comes and keeps only what it understands,
//! and the deletion of a user (Analytics Admin API v1alpha, revision 20261102).

use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::gcs::{ANALYTICS, Desk, Known};
use crate::kit::lock;
use crate::{Emulator, Field, Is, check, tags};

type Pairs = Vec<(String, String)>;

const EVENTS: Is = Is::Object(&[
    Field::must("client_id", Is::Text),
    Field::may("user_id", Is::Text),
    Field::may("timestamp_micros", Is::Whole),
    Field::may("non_personalized_ads", Is::YesNo),
    Field::may(
        "consent",
        Is::Object(&[
            Field::may("ad_user_data", Is::OneOf(&["GRANTED", "DENIED"])),
            Field::may("ad_personalization", Is::OneOf(&["GRANTED", "DENIED"])),
        ]),
    ),
    Field::must(
        "events",
        Is::List(&Is::Object(&[Field::must("name", Is::Text), Field::may("params", Is::Map(&Is::Anything))])),
    ),
]);

const DELETION: Is = Is::Object(&[
    Field::may("userId", Is::Text),
    Field::may("clientId", Is::Text),
    Field::may("appInstanceId", Is::Text),
    Field::may("userProvidedData", Is::Text),
]);

#[derive(Default)]
struct Book {
    kept: Vec<Value>,
    mistakes: Vec<String>,
    deletions: Vec<Value>,
}

struct Shared {
    desk: Arc<Desk>,
    measurement_id: String,
    api_secret: String,
    property: String,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// The running emulator, with one property.
pub struct Ga {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
}

impl Ga {
    /// Starts it.
    pub async fn start(known: Known, measurement_id: &str, api_secret: &str, property: &str) -> Self {
        let desk = Arc::new(Desk::new(known, &[ANALYTICS]));
        Self::start_at(desk, measurement_id, api_secret, property).await
    }

    /// The same with a desk of others.
    pub(crate) async fn start_at(
        desk: Arc<Desk>,
        measurement_id: &str,
        api_secret: &str,
        property: &str,
    ) -> Self {
        let shared = Arc::new(Shared {
            desk,
            measurement_id: measurement_id.to_owned(),
            api_secret: api_secret.to_owned(),
            property: property.to_owned(),
            book: Mutex::default(),
        });
        let routes = Router::new()
            .route("/gtag/js", get(tag))
            .route("/token", post(token))
            .route("/mp/collect", post(collect))
            .route("/v1alpha/properties/{call}", post(submit))
            .with_state(Arc::clone(&shared));
        Self { emulator: Emulator::start(routes).await, shared }
    }

    /// What was understood and is kept: bodies, as they came.
    pub fn kept(&self) -> Vec<Value> {
        self.shared.book().kept.clone()
    }

    /// Why something was thrown away. Google itself does not say.
    pub fn mistakes(&self) -> Vec<String> {
        self.shared.book().mistakes.clone()
    }

    /// Requests for deletion.
    pub fn deletions(&self) -> Vec<Value> {
        self.shared.book().deletions.clone()
    }

    /// No token that was given out is good any more.
    pub fn revoke(&self) {
        self.shared.desk.revoke();
    }
}

async fn tag(State(shared): State<Arc<Shared>>, Query(query): Query<Pairs>) -> Response {
    match query.as_slice() {
        [(name, id)] if name == "id" && *id == shared.measurement_id => tags::script(tags::GA),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn token(State(shared): State<Arc<Shared>>, form: Result<Form<Pairs>, FormRejection>) -> Response {
    match form {
        Ok(Form(form)) => shared.desk.token(&form),
        Err(_) => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_request"}))).into_response(),
    }
}

async fn collect(State(shared): State<Arc<Shared>>, Query(query): Query<Pairs>, body: Bytes) -> StatusCode {
    let read = understood(&shared, &query, &body);
    let mut book = shared.book();
    match read {
        Ok(value) => book.kept.push(value),
        Err(why) => book.mistakes.push(why),
    }
    StatusCode::NO_CONTENT
}

fn understood(shared: &Shared, query: &Pairs, body: &Bytes) -> Result<Value, String> {
    for (name, value) in query {
        let wanted = match name.as_str() {
            "measurement_id" => &shared.measurement_id,
            "api_secret" => &shared.api_secret,
            _ => return Err(format!("unknown in the query: {name}")),
        };
        if value != wanted {
            return Err(format!("{name} is another one"));
        }
    }
    if query.len() != 2 {
        return Err("measurement_id and api_secret are required".to_owned());
    }
    if body.len() > 130_000 {
        return Err("larger than 130 kB".to_owned());
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| "no JSON".to_owned())?;
    check(&value, &EVENTS)?;
    let events = value["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    if events.is_empty() || events.len() > 25 {
        return Err("1 to 25 events".to_owned());
    }
    for event in events {
        let name = event["name"].as_str().unwrap_or_default();
        let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let is_reserved = ["_", "firebase_", "ga_", "google_"].iter().any(|start| name.starts_with(start));
        if !begins || is_reserved || name.len() > 40 {
            return Err("the name of an event".to_owned());
        }
        let none = serde_json::Map::new();
        let params = event["params"].as_object().unwrap_or(&none);
        let too_long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > 100);
        if params.len() > 25 || params.iter().any(|(name, value)| name.len() > 40 || too_long(value)) {
            return Err("the params of an event".to_owned());
        }
    }
    Ok(value)
}

fn no(status: StatusCode, word: &str, message: &str) -> Response {
    let body = json!({"error": {"code": status.as_u16(), "message": message, "status": word}});
    (status, Json(body)).into_response()
}

async fn submit(
    State(shared): State<Arc<Shared>>,
    Path(call): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !shared.desk.knows(&headers) {
        return no(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
        );
    }
    let Some(property) = call.strip_suffix(":submitUserDeletion") else {
        return no(StatusCode::NOT_FOUND, "NOT_FOUND", "Method not found.");
    };
    if property != shared.property {
        return no(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "The caller does not have permission");
    }
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fields = value.as_object().map_or(0, serde_json::Map::len);
    if !query.is_empty() || fields != 1 {
        return no(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "Exactly one identifier must be set.");
    }
    if let Err(why) = check(&value, &DELETION) {
        return no(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", &why);
    }
    let mut book = shared.book();
    if let Some(client) = value["clientId"].as_str() {
        book.kept.retain(|kept| kept["client_id"] != client);
    }
    if let Some(user) = value["userId"].as_str() {
        book.kept.retain(|kept| kept["user_id"] != user);
    }
    book.deletions.push(value);
    Json(json!({"deletionRequestTime": "2026-09-21T14:13:20Z"})).into_response()
}
