//! Klaviyo, as its OpenAPI of revision 2026-07-15 describes it: profiles, subscriptions, suppressions, events and
//! data-privacy deletions, all as JSON:API.
//!
//! Deletions are only written down until [`Klaviyo::finish_deletions`], as they take their time there. A deleted
//! profile loses its suppressions too, which the real one is assumed to do.
//!
//! Bodies are `application/vnd.api+json`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::kit::lock;
use crate::{Emulator, Field, Is, check};

/// The version of the interface.
pub const REVISION: &str = "2026-07-15";

/// A profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: String,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// `SUBSCRIBED`, `UNSUBSCRIBED`, or `NEVER_SUBSCRIBED`.
    pub consent: String,
    /// Lists that it is on.
    pub lists: BTreeSet<String>,
    /// Reasons and times of its suppressions.
    pub suppressions: Vec<(String, String)>,
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Address of the profile.
    pub email: String,
    /// Name of the metric.
    pub metric: String,
    /// What makes it one of its kind.
    pub unique_id: String,
    /// Its attributes, as they came.
    pub attributes: Value,
}

/// Everything that is kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Profiles by address.
    pub profiles: BTreeMap<String, Profile>,
    /// Events, each once.
    pub events: Vec<Event>,
    /// Addresses that are to be deleted, each as often as it was asked for.
    pub deletions: Vec<String>,
    /// Jobs of suppressions by id, with how often they were asked for.
    pub jobs: BTreeMap<String, u32>,
    key: String,
    now: String,
    made: u64,
}

/// The running emulator.
pub struct Klaviyo {
    /// The server.
    pub emulator: Emulator,
    kept: Arc<Mutex<Kept>>,
}

impl Klaviyo {
    /// Starts it with a private key; it is this moment for it (`2026-09-21T14:13:20+00:00`).
    pub async fn start(key: &str, now: &str) -> Self {
        let kept = Kept { key: key.to_owned(), now: now.to_owned(), ..Kept::default() };
        let kept = Arc::new(Mutex::new(kept));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        Self { emulator: Emulator::start(routes).await, kept }
    }

    /// What it keeps.
    pub fn kept(&self) -> Kept {
        self.lock().clone()
    }

    /// From now on it is this moment.
    pub fn set_now(&self, now: &str) {
        now.clone_into(&mut self.lock().now);
    }

    /// Somebody stops mail there: by a link in one (`UNSUBSCRIBE`), as spam (`SPAM_COMPLAINT`), or as nobody is at the
    /// address (`HARD_BOUNCE`).
    pub fn suppresses(&self, email: &str, reason: &str) {
        let mut kept = self.lock();
        let now = kept.now.clone();
        let profile = kept.profile(email);
        if reason == "UNSUBSCRIBE" {
            profile.consent = "UNSUBSCRIBED".to_owned();
            profile.lists.clear();
        }
        profile.suppressions.push((reason.to_owned(), now));
    }

    /// The deletions that were asked for are done.
    pub fn finish_deletions(&self) {
        let mut kept = self.lock();
        for email in std::mem::take(&mut kept.deletions) {
            kept.profiles.remove(&email);
            kept.events.retain(|event| event.email != email);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

impl Kept {
    fn id(&mut self) -> String {
        self.made += 1;
        format!("01GDDKASAP8TKDDA2GRZ{:06}", self.made)
    }

    /// The profile of an address, made where there is none.
    fn profile(&mut self, email: &str) -> &mut Profile {
        if !self.profiles.contains_key(email) {
            let profile =
                Profile { id: self.id(), consent: "NEVER_SUBSCRIBED".to_owned(), ..Profile::default() };
            self.profiles.insert(email.to_owned(), profile);
        }
        self.profiles.entry(email.to_owned()).or_default()
    }
}

/// A request that was not done, with Klaviyo's own error.
struct Refusal {
    status: u16,
    code: &'static str,
    detail: String,
    source: Value,
}

impl Refusal {
    fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), source: json!({}) }
    }

    fn body(detail: impl Into<String>) -> Self {
        let source = json!({"pointer": "/data/"});
        Self { status: 400, code: "invalid", detail: detail.into(), source }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({
            "id": "0d9a1c02-6f2c-4d1a-9f0a-3f9f5a1f2b3c",
            "status": self.status,
            "code": self.code,
            "title": "Invalid input.",
            "detail": self.detail,
            "source": self.source,
        });
        document(self.status, &json!({"errors": [error]}))
    }
}

fn document(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/vnd.api+json")], body.to_string()).into_response()
}

fn accepted() -> Response {
    StatusCode::ACCEPTED.into_response()
}

const LIST: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[Field::must("type", Is::OneOf(&["list"])), Field::must("id", Is::Text)]),
)]);

const IMPORT: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[
        Field::must("type", Is::OneOf(&["profile"])),
        Field::may("id", Is::Maybe(&Is::Text)),
        Field::must(
            "attributes",
            Is::Object(&[
                Field::may("email", Is::Maybe(&Is::Text)),
                Field::may("phone_number", Is::Maybe(&Is::Text)),
                Field::may("external_id", Is::Maybe(&Is::Text)),
                Field::may("first_name", Is::Maybe(&Is::Text)),
                Field::may("last_name", Is::Maybe(&Is::Text)),
                Field::may("organization", Is::Maybe(&Is::Text)),
                Field::may("locale", Is::Maybe(&Is::Text)),
                Field::may("title", Is::Maybe(&Is::Text)),
                Field::may("image", Is::Maybe(&Is::Text)),
                Field::may("location", Is::Maybe(&Is::Map(&Is::Anything))),
                Field::may("properties", Is::Maybe(&Is::Map(&Is::Anything))),
            ]),
        ),
        Field::may("meta", Is::Map(&Is::Anything)),
    ]),
)]);

const SUBSCRIBED: Is = Is::Object(&[
    Field::must("consent", Is::OneOf(&["SUBSCRIBED"])),
    Field::may("consented_at", Is::Maybe(&Is::Text)),
]);

const SUBSCRIBE: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[
        Field::must("type", Is::OneOf(&["profile-subscription-bulk-create-job"])),
        Field::must(
            "attributes",
            Is::Object(&[
                Field::may("custom_source", Is::Maybe(&Is::Text)),
                Field::must(
                    "profiles",
                    Is::Object(&[Field::must(
                        "data",
                        Is::List(&Is::Object(&[
                            Field::must("type", Is::OneOf(&["profile"])),
                            Field::may("id", Is::Maybe(&Is::Text)),
                            Field::must(
                                "attributes",
                                Is::Object(&[
                                    Field::may("email", Is::Maybe(&Is::Text)),
                                    Field::must(
                                        "subscriptions",
                                        Is::Object(&[Field::may(
                                            "email",
                                            Is::Object(&[Field::may("marketing", SUBSCRIBED)]),
                                        )]),
                                    ),
                                ]),
                            ),
                        ])),
                    )]),
                ),
                Field::may("historical_import", Is::Maybe(&Is::YesNo)),
            ]),
        ),
        Field::may("relationships", Is::Object(&[Field::may("list", LIST)])),
    ]),
)]);

const UNSUBSCRIBE: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[
        Field::must("type", Is::OneOf(&["profile-subscription-bulk-delete-job"])),
        Field::must(
            "attributes",
            Is::Object(&[Field::must(
                "profiles",
                Is::Object(&[Field::must(
                    "data",
                    Is::List(&Is::Object(&[
                        Field::must("type", Is::OneOf(&["profile"])),
                        Field::must(
                            "attributes",
                            Is::Object(&[
                                Field::may("email", Is::Maybe(&Is::Text)),
                                Field::must(
                                    "subscriptions",
                                    Is::Object(&[Field::may(
                                        "email",
                                        Is::Object(&[Field::may(
                                            "marketing",
                                            Is::Object(&[Field::must(
                                                "consent",
                                                Is::OneOf(&["UNSUBSCRIBED"]),
                                            )]),
                                        )]),
                                    )]),
                                ),
                            ]),
                        ),
                    ])),
                )]),
            )]),
        ),
        Field::may("relationships", Is::Object(&[Field::may("list", LIST)])),
    ]),
)]);

/// Addresses of a suppression's job.
const ADDRESSES: Is = Is::Object(&[Field::must(
    "profiles",
    Is::Object(&[Field::must(
        "data",
        Is::List(&Is::Object(&[
            Field::must("type", Is::OneOf(&["profile"])),
            Field::must("attributes", Is::Object(&[Field::must("email", Is::Text)])),
        ])),
    )]),
)]);

const SUPPRESS: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[
        Field::must("type", Is::OneOf(&["profile-suppression-bulk-create-job"])),
        Field::must("attributes", ADDRESSES),
    ]),
)]);

const EVENT: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[
        Field::must("type", Is::OneOf(&["event"])),
        Field::must(
            "attributes",
            Is::Object(&[
                Field::must("properties", Is::Map(&Is::Anything)),
                Field::may("time", Is::Maybe(&Is::Text)),
                Field::may("value", Is::Maybe(&Is::Number)),
                Field::may("value_currency", Is::Maybe(&Is::Text)),
                Field::may("unique_id", Is::Maybe(&Is::Text)),
                Field::may("backfill", Is::Maybe(&Is::YesNo)),
                Field::must(
                    "metric",
                    Is::Object(&[Field::must(
                        "data",
                        Is::Object(&[
                            Field::must("type", Is::OneOf(&["metric"])),
                            Field::must(
                                "attributes",
                                Is::Object(&[
                                    Field::must("name", Is::Text),
                                    Field::may("service", Is::Maybe(&Is::Text)),
                                ]),
                            ),
                        ]),
                    )]),
                ),
                Field::must(
                    "profile",
                    Is::Object(&[Field::must(
                        "data",
                        Is::Object(&[
                            Field::must("type", Is::OneOf(&["profile"])),
                            Field::may("id", Is::Maybe(&Is::Text)),
                            Field::must(
                                "attributes",
                                Is::Object(&[Field::may("email", Is::Maybe(&Is::Text))]),
                            ),
                        ]),
                    )]),
                ),
            ]),
        ),
    ]),
)]);

const ERASE: Is = Is::Object(&[Field::must(
    "data",
    Is::Object(&[
        Field::must("type", Is::OneOf(&["data-privacy-deletion-job"])),
        Field::must(
            "attributes",
            Is::Object(&[Field::must(
                "profile",
                Is::Object(&[Field::must(
                    "data",
                    Is::Object(&[
                        Field::must("type", Is::OneOf(&["profile"])),
                        Field::may("id", Is::Maybe(&Is::Text)),
                        Field::must(
                            "attributes",
                            Is::Object(&[
                                Field::may("email", Is::Maybe(&Is::Text)),
                                Field::may("phone_number", Is::Maybe(&Is::Text)),
                            ]),
                        ),
                    ]),
                )]),
            )]),
        ),
    ]),
)]);

async fn answer(
    Shared(kept): Shared<Arc<Mutex<Kept>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut kept = lock(&kept);
    match done(&mut kept, &method, &uri, &headers, &body) {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

fn done(
    kept: &mut Kept,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("authorization") != format!("Klaviyo-API-Key {}", kept.key) {
        return Err(Refusal::new(401, "authentication_failed", "Incorrect authentication credentials."));
    }
    if header("revision") != REVISION {
        return Err(Refusal::new(400, "invalid", "Invalid or missing revision header."));
    }
    let query = pairs(uri.query().unwrap_or_default());
    let path = uri.path().trim_end_matches('/');
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if method == Method::GET && segments == ["api", "profiles"] {
        return profiles(kept, &query);
    }
    if let Some((name, _)) = query.first() {
        return Err(Refusal::new(400, "invalid", format!("'{name}' is not an allowed query parameter.")));
    }
    if let (&Method::GET, ["api", "profile-suppression-bulk-create-jobs", job]) =
        (method, segments.as_slice())
    {
        return suppression(kept, job);
    }
    let ["api", resource] = segments.as_slice() else {
        return Err(Refusal::new(404, "not_found", "Not found."));
    };
    let Some(contract) = contract(resource) else {
        return Err(Refusal::new(404, "not_found", "Not found."));
    };
    if method != Method::POST {
        return Err(Refusal::new(405, "method_not_allowed", "Method not allowed."));
    }
    if !matches!(header("content-type"), "application/vnd.api+json") {
        return Err(Refusal::new(415, "unsupported_media_type", "Use application/vnd.api+json."));
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::body("The body is not JSON."))?;
    check(&body, contract).map_err(Refusal::body)?;
    let attributes = &body["data"]["attributes"];
    match *resource {
        "profile-import" => import(kept, attributes),
        "profile-subscription-bulk-create-jobs" => subscribe(kept, &body),
        "profile-subscription-bulk-delete-jobs" => unsubscribe(kept, &body),
        "profile-suppression-bulk-create-jobs" => suppress(kept, attributes),
        "events" => event(kept, attributes),
        _ => erase(kept, attributes),
    }
}

fn contract(resource: &str) -> Option<&'static Is> {
    match resource {
        "profile-import" => Some(&IMPORT),
        "profile-subscription-bulk-create-jobs" => Some(&SUBSCRIBE),
        "profile-subscription-bulk-delete-jobs" => Some(&UNSUBSCRIBE),
        "profile-suppression-bulk-create-jobs" => Some(&SUPPRESS),
        "events" => Some(&EVENT),
        "data-privacy-deletion-jobs" => Some(&ERASE),
        _ => None,
    }
}

/// An address that looks like one.
fn address(value: &Value) -> Result<String, Refusal> {
    let email = value.as_str().unwrap_or_default();
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') => Ok(email.to_owned()),
        _ => Err(Refusal::body("Invalid email address")),
    }
}

/// The addresses of a bulk job, with what else is said of each.
fn people(attributes: &Value) -> Result<Vec<(String, Value)>, Refusal> {
    let list = attributes["profiles"]["data"].as_array().cloned().unwrap_or_default();
    if list.is_empty() || list.len() > 1000 {
        return Err(Refusal::body("A job has 1 to 1000 profiles."));
    }
    list.into_iter()
        .map(|one| Ok((address(&one["attributes"]["email"])?, one["attributes"].clone())))
        .collect()
}

fn import(kept: &mut Kept, attributes: &Value) -> Result<Response, Refusal> {
    let email = address(&attributes["email"])?;
    let status = if kept.profiles.contains_key(&email) { 200 } else { 201 };
    let profile = kept.profile(&email);
    if let Some(name) = attributes["first_name"].as_str() {
        profile.first_name = Some(name.to_owned());
    }
    if let Some(name) = attributes["last_name"].as_str() {
        profile.last_name = Some(name.to_owned());
    }
    let found = json!({
        "type": "profile",
        "id": profile.id,
        "attributes": {"email": email, "first_name": profile.first_name, "last_name": profile.last_name},
        "links": {"self": format!("https://a.klaviyo.com/api/profiles/{}", profile.id)},
    });
    Ok(document(status, &json!({"data": found})))
}

fn subscribe(kept: &mut Kept, body: &Value) -> Result<Response, Refusal> {
    let attributes = &body["data"]["attributes"];
    let is_import = attributes["historical_import"] == json!(true);
    let list = body["data"]["relationships"]["list"]["data"]["id"].as_str();
    for (email, said) in people(attributes)? {
        let marketing = &said["subscriptions"]["email"]["marketing"];
        if marketing["consented_at"].is_string() != is_import {
            return Err(Refusal::body("consented_at goes with historical_import."));
        }
        let profile = kept.profile(&email);
        if marketing["consent"] == json!("SUBSCRIBED") {
            profile.consent = "SUBSCRIBED".to_owned();
            profile
                .suppressions
                .retain(|(reason, _)| !matches!(reason.as_str(), "UNSUBSCRIBE" | "USER_SUPPRESSED"));
        }
        profile.lists.extend(list.map(str::to_owned));
    }
    Ok(accepted())
}

fn unsubscribe(kept: &mut Kept, body: &Value) -> Result<Response, Refusal> {
    let list = body["data"]["relationships"]["list"]["data"]["id"].as_str();
    let now = kept.now.clone();
    for (email, said) in people(&body["data"]["attributes"])? {
        if said["subscriptions"]["email"]["marketing"]["consent"] != json!("UNSUBSCRIBED") {
            return Err(Refusal::body("No channel to unsubscribe from."));
        }
        let Some(profile) = kept.profiles.get_mut(&email) else { continue };
        // Off a list only, where one is named that the profile is on; otherwise everywhere.
        if list.is_some_and(|list| profile.lists.remove(list)) {
            continue;
        }
        profile.consent = "UNSUBSCRIBED".to_owned();
        profile.lists.clear();
        if profile.suppressions.iter().all(|(reason, _)| reason != "UNSUBSCRIBE") {
            profile.suppressions.push(("UNSUBSCRIBE".to_owned(), now.clone()));
        }
    }
    Ok(accepted())
}

fn suppress(kept: &mut Kept, attributes: &Value) -> Result<Response, Refusal> {
    let now = kept.now.clone();
    let people = people(attributes)?;
    for (email, _) in &people {
        let profile = kept.profile(email);
        if profile.suppressions.iter().all(|(reason, _)| reason != "USER_SUPPRESSED") {
            profile.suppressions.push(("USER_SUPPRESSED".to_owned(), now.clone()));
        }
    }
    let id = kept.id();
    kept.jobs.insert(id.clone(), 0);
    Ok(document(202, &json!({"data": job(&id, "queued", &kept.now, people.len())})))
}

fn job(id: &str, status: &str, now: &str, total: usize) -> Value {
    json!({
        "type": "profile-suppression-bulk-create-job",
        "id": id,
        "attributes": {"status": status, "created_at": now, "total_count": total, "completed_count": 0},
        "links": {"self": format!("https://a.klaviyo.com/api/profile-suppression-bulk-create-jobs/{id}")},
    })
}

/// A job is under way when it is asked for first, and done afterwards.
fn suppression(kept: &mut Kept, id: &str) -> Result<Response, Refusal> {
    let now = kept.now.clone();
    let Some(asked) = kept.jobs.get_mut(id) else {
        return Err(Refusal::new(404, "not_found", "A job with that id does not exist."));
    };
    *asked += 1;
    let status = if *asked == 1 { "processing" } else { "complete" };
    Ok(document(200, &json!({"data": job(id, status, &now, 1)})))
}

fn event(kept: &mut Kept, attributes: &Value) -> Result<Response, Refusal> {
    let email = address(&attributes["profile"]["data"]["attributes"]["email"])?;
    let metric = attributes["metric"]["data"]["attributes"]["name"].as_str().unwrap_or_default().to_owned();
    if metric.is_empty() || metric.len() >= 128 {
        return Err(Refusal::body("The name of a metric has 1 to 127 characters."));
    }
    if attributes["time"].as_str().is_some_and(|time| !is_time(time)) {
        return Err(Refusal::body("time must be a date-time."));
    }
    let unique_id = attributes["unique_id"].as_str().map_or_else(|| kept.now.clone(), str::to_owned);
    kept.profile(&email);
    let is_there = kept
        .events
        .iter()
        .any(|event| event.email == email && event.metric == metric && event.unique_id == unique_id);
    if !is_there {
        kept.events.push(Event { email, metric, unique_id, attributes: attributes.clone() });
    }
    Ok(accepted())
}

fn erase(kept: &mut Kept, attributes: &Value) -> Result<Response, Refusal> {
    let profile = &attributes["profile"]["data"];
    let named = [&profile["id"], &profile["attributes"]["email"], &profile["attributes"]["phone_number"]];
    if named.iter().filter(|value| value.is_string()).count() != 1 {
        return Err(Refusal::body("Exactly one of email, phone_number or id is needed."));
    }
    let email = match profile["id"].as_str() {
        Some(id) => kept.profiles.iter().find(|(_, one)| one.id == id).map(|(email, _)| email.clone()),
        None => Some(address(&profile["attributes"]["email"])?),
    };
    kept.deletions.extend(email);
    Ok(accepted())
}

/// The page of profiles that a query asks for.
fn profiles(kept: &Kept, query: &[(String, String)]) -> Result<Response, Refusal> {
    let wrong = |detail: &str| Refusal::new(400, "invalid", detail);
    let (mut size, mut from, mut with_subscriptions) = (20_usize, 0_usize, false);
    let mut fields: Option<Vec<&str>> = None;
    let mut filter = Filter::None;
    for (name, value) in query {
        match name.as_str() {
            "filter" => filter = Filter::read(value).ok_or_else(|| wrong("The filter is not valid."))?,
            "additional-fields[profile]" if value == "subscriptions" => with_subscriptions = true,
            "fields[profile]" => {
                let known = ["email", "first_name", "last_name", "id", "subscriptions"];
                let names: Vec<&str> = value.split(',').collect();
                if names.iter().any(|name| !known.contains(name)) {
                    return Err(wrong("fields[profile] has an unknown field."));
                }
                fields = Some(names);
            }
            "page[size]" => {
                let found = value.parse::<usize>().ok().filter(|size| (1..=100_usize).contains(size));
                size = found.ok_or_else(|| wrong("page[size] is 1 to 100."))?;
            }
            "page[cursor]" => {
                let found = value.strip_prefix("next::").and_then(|rest| rest.strip_suffix("=="));
                from = found.and_then(|from| from.parse().ok()).ok_or_else(|| wrong("Invalid cursor."))?;
            }
            other => return Err(wrong(&format!("'{other}' is not an allowed query parameter."))),
        }
    }
    let found: Vec<(&String, &Profile)> =
        kept.profiles.iter().filter(|(email, profile)| filter.takes(email, profile)).collect();
    let data: Vec<Value> = found
        .iter()
        .skip(from)
        .take(size)
        .map(|(email, profile)| shown(email, profile, fields.as_deref(), with_subscriptions))
        .collect();
    let here = "https://a.klaviyo.com/api/profiles";
    let next = (from + size < found.len())
        .then(|| format!("{here}?page%5Bsize%5D={size}&page%5Bcursor%5D=next%3A%3A{}%3D%3D", from + size));
    Ok(document(200, &json!({"data": data, "links": {"self": here, "prev": null, "next": next}})))
}

/// A profile with the fields that were asked for.
fn shown(email: &str, profile: &Profile, fields: Option<&[&str]>, with_subscriptions: bool) -> Value {
    let wanted = |name: &str| fields.is_none_or(|fields| fields.contains(&name));
    let mut attributes = serde_json::Map::new();
    if wanted("email") {
        attributes.insert("email".to_owned(), json!(email));
    }
    if wanted("first_name") {
        attributes.insert("first_name".to_owned(), json!(profile.first_name));
    }
    if wanted("last_name") {
        attributes.insert("last_name".to_owned(), json!(profile.last_name));
    }
    if with_subscriptions && wanted("subscriptions") {
        let suppression: Vec<Value> = profile
            .suppressions
            .iter()
            .map(|(reason, at)| json!({"reason": reason, "timestamp": at}))
            .collect();
        let marketing = json!({
            "can_receive_email_marketing": suppression.is_empty(),
            "consent": profile.consent,
            "suppression": suppression,
            "list_suppressions": [],
        });
        attributes.insert("subscriptions".to_owned(), json!({"email": {"marketing": marketing}}));
    }
    json!({"type": "profile", "id": profile.id, "attributes": attributes, "links": {"self": "https://a.klaviyo.com/"}})
}

/// The filters that the contract has and that are understood here.
enum Filter {
    None,
    Email(String),
    SuppressedAfter(String),
}

impl Filter {
    fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("equals(email,\"").and_then(|rest| rest.strip_suffix("\")")) {
            return Some(Self::Email(rest.replace("\\\"", "\"").replace("\\\\", "\\")));
        }
        let after = text.strip_prefix("greater-than(subscriptions.email.marketing.suppression.timestamp,")?;
        let after = after.strip_suffix(')')?;
        is_time(after).then(|| Self::SuppressedAfter(after.to_owned()))
    }

    fn takes(&self, email: &str, profile: &Profile) -> bool {
        // Times are all in UTC, to the second: they compare as texts.
        let second = |time: &str| time.get(..19).unwrap_or_default().to_owned();
        match self {
            Self::None => true,
            Self::Email(wanted) => wanted == email,
            Self::SuppressedAfter(after) => {
                profile.suppressions.iter().any(|(_, at)| second(at) > second(after))
            }
        }
    }
}

/// `2026-09-21T14:13:20` with `Z` or `+00:00` behind.
fn is_time(text: &str) -> bool {
    let Some((moment, zone)) = text.split_at_checked(19) else { return false };
    let form = "dddd-dd-ddTdd:dd:dd";
    let fits = |(letter, wanted): (char, char)| match wanted {
        'd' => letter.is_ascii_digit(),
        other => letter == other,
    };
    moment.chars().zip(form.chars()).all(fits) && matches!(zone, "Z" | "+00:00")
}

/// A query as names and values.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (plain(k), plain(v))).collect()
}

fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or_default(), rest.next().unwrap_or_default()];
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                u8::from_str_radix(digits, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
