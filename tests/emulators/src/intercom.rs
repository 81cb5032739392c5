//! Intercom, as its OpenAPI of 2.16 describes it: searching and deleting contacts, conversations, answers, and
//! notifications signed with the client secret. The messenger in the browser is stood in for by [`Intercom::boot`] and
//! [`Intercom::writes`], and in a real browser by a small script at the widget's path, which sets what the policy lists
//! and shows a box to write in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use ring::hmac;
use serde_json::{Value, json};

use crate::kit::{hex, lock};
use crate::{Emulator, Field, Hook, Is, check};

/// The version of the interface.
pub const VERSION: &str = "2.16";

/// Somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The id that we gave; none for a visitor.
    pub external_id: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// Something that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its id.
    pub id: u64,
    /// `comment` or `note`.
    pub part_type: String,
    /// `user` or `admin`, with the id.
    pub author: (String, String),
    /// What was written.
    pub body: String,
    /// Seconds since 1970.
    pub created_at: i64,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Whom it is with.
    pub contact: String,
    /// The page where it began.
    pub url: String,
    /// `open`, `closed` or `snoozed`.
    pub state: String,
    /// What was written, the oldest first.
    pub parts: Vec<Part>,
    /// Seconds since 1970.
    pub updated_at: i64,
}

/// What a workspace is made of.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// Its id.
    pub app_id: String,
    /// The access token.
    pub token: String,
    /// Signs who is signed in.
    pub messenger_secret: String,
    /// Signs notifications.
    pub client_secret: String,
    /// The only teammate.
    pub admin_id: String,
}

/// Everything that is kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Contacts by id.
    pub contacts: BTreeMap<String, Contact>,
    /// Conversations by id.
    pub conversations: BTreeMap<u64, Conversation>,
    /// Conversations whose reports are kept, also of those that were deleted.
    pub reports: BTreeSet<u64>,
    workspace: Workspace,
    may_delete_reports: bool,
    now_s: i64,
    made: u64,
}

/// The running emulator.
pub struct Intercom {
    /// The server.
    pub emulator: Emulator,
    kept: Arc<Mutex<Kept>>,
}

impl Intercom {
    /// Starts it for a workspace; it is `now_s` for it, in seconds since 1970.
    pub async fn start(workspace: Workspace, now_s: i64) -> Self {
        let kept = Kept { workspace, may_delete_reports: true, now_s, made: 500, ..Kept::default() };
        let kept = Arc::new(Mutex::new(kept));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&kept));
        Self { emulator: Emulator::start(routes).await, kept }
    }

    /// What it keeps.
    pub fn kept(&self) -> Kept {
        self.lock().clone()
    }

    /// From now on it is this moment.
    pub fn set_now(&self, now_s: i64) {
        self.lock().now_s = now_s;
    }

    /// Whether the access token has the scope `delete_conversations_and_metrics`.
    pub fn may_delete_reports(&self, may: bool) {
        self.lock().may_delete_reports = may;
    }

    /// A messenger starts in a browser with these settings; the contact's id.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn boot(&self, settings: &Value) -> Result<String, String> {
        self.lock().boot(settings)
    }

    /// A contact begins a conversation on a page; its id.
    pub fn writes(&self, contact: &str, url: &str, body: &str) -> u64 {
        self.lock().writes(contact, url, body)
    }

    /// A notification about a conversation, with the header that signs it.
    pub fn notification(
        &self,
        id: &str,
        topic: &str,
        conversation: u64,
        created_at: Option<i64>,
    ) -> (String, Vec<u8>) {
        let kept = self.lock();
        let mut body = json!({
            "type": "notification_event",
            "app_id": kept.workspace.app_id,
            "id": id,
            "topic": topic,
            "delivery_attempts": 1,
            "data": {"type": "notification_event_data", "item": {"type": "conversation", "id": conversation.to_string()}},
        });
        if let Some(created_at) = created_at {
            body["created_at"] = json!(created_at);
        }
        let body = body.to_string().into_bytes();
        let key =
            hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, kept.workspace.client_secret.as_bytes());
        let tag = hmac::sign(&key, &body);
        (format!("sha1={}", hex(tag.as_ref())), body)
    }

    /// Sends a notification to an address of this machine; the status that was answered.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn notify(&self, url: &str, notification: (String, Vec<u8>)) -> Result<u16, reqwest::Error> {
        let (signature, body) = notification;
        let headers = vec![("x-hub-signature", signature), ("content-type", "application/json".to_owned())];
        Hook { headers, body }.post(url).await
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }
}

/// A server that takes whatever is sent to it, as a stand-in for the one that takes notifications.
pub async fn letter_box() -> Emulator {
    Emulator::start(Router::new().fallback(|| async { StatusCode::OK })).await
}

impl Kept {
    fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn boot(&mut self, settings: &Value) -> Result<String, String> {
        check(settings, &BOOT)?;
        if settings["app_id"] != json!(self.workspace.app_id) {
            return Err("app_id: is not this workspace".to_owned());
        }
        let Some(token) = settings["intercom_user_jwt"].as_str() else {
            let contact = Contact { external_id: None, email: None, name: None };
            return Ok(self.contact(contact));
        };
        let claims = claims(token, &self.workspace.messenger_secret, self.now_s)?;
        let text = |name: &str| claims[name].as_str().map(str::to_owned);
        let known = self.contacts.iter().find(|(_, one)| one.external_id == text("user_id"));
        let contact = Contact { external_id: text("user_id"), email: text("email"), name: text("name") };
        match known.map(|(id, _)| id.clone()) {
            Some(id) => {
                self.contacts.insert(id.clone(), contact);
                Ok(id)
            }
            None => Ok(self.contact(contact)),
        }
    }

    fn writes(&mut self, contact: &str, url: &str, body: &str) -> u64 {
        let (id, part) = (self.next(), self.next());
        let created_at = self.now_s;
        let part = Part {
            id: part,
            part_type: "comment".to_owned(),
            author: ("user".to_owned(), contact.to_owned()),
            body: body.to_owned(),
            created_at,
        };
        let conversation = Conversation {
            contact: contact.to_owned(),
            url: url.to_owned(),
            state: "open".to_owned(),
            parts: vec![part],
            updated_at: created_at,
        };
        self.conversations.insert(id, conversation);
        self.reports.insert(id);
        id
    }

    fn contact(&mut self, contact: Contact) -> String {
        let id = format!("6762f14a1bb69f9f{:08x}", self.next());
        self.contacts.insert(id.clone(), contact);
        id
    }
}

/// The claims of a token that says who is signed in.
fn claims(token: &str, secret: &str, now_s: i64) -> Result<Value, String> {
    let decoded =
        |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "the token is not base64url".to_owned());
    let (signed, signature) = token.rsplit_once('.').ok_or("the token has no signature")?;
    let (header, payload) = signed.split_once('.').ok_or("the token has no claims")?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &decoded(signature)?).map_err(|_| "the token is not signed")?;
    let json_of = |part: &str| -> Result<Value, String> {
        serde_json::from_slice(&decoded(part)?).map_err(|_| "the token is not JSON".to_owned())
    };
    if json_of(header)? != json!({"alg": "HS256", "typ": "JWT"}) {
        return Err("the token is not HS256".to_owned());
    }
    let claims = json_of(payload)?;
    check(&claims, &CLAIMS)?;
    match claims["exp"].as_i64() {
        Some(exp) if exp > now_s => Ok(claims),
        _ => Err("the token has expired".to_owned()),
    }
}

/// A request that was not done, with Intercom's own error.
struct Refusal(u16, &'static str, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let errors = json!([{"code": code, "message": message}]);
        let request_id = "f0dc95f1-9e46-4e8d-8150-89365c2c5195";
        shown(status, &json!({"type": "error.list", "request_id": request_id, "errors": errors}))
    }
}

fn shown(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

fn not_found() -> Refusal {
    Refusal(404, "not_found", "Resource Not Found".to_owned())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal(400, "parameter_invalid", message.into())
}

const BOOT: Is = Is::Object(&[
    Field::may("api_base", Is::Text),
    Field::must("app_id", Is::Text),
    Field::may("intercom_user_jwt", Is::Text),
    Field::may("hide_default_launcher", Is::YesNo),
]);

/// What the stand-in script tells when somebody writes.
const WRITING: Is = Is::Object(&[
    Field::must("contact", Is::Text),
    Field::must("url", Is::Text),
    Field::must("body", Is::Text),
]);

/// Stands in for the messenger in a browser.
const WIDGET: &str = include_str!("intercom_widget.js");

/// What may be known of a person, and no more.
const CLAIMS: Is = Is::Object(&[
    Field::must("user_id", Is::Text),
    Field::may("email", Is::Text),
    Field::may("name", Is::Text),
    Field::must("exp", Is::Whole),
]);

const SEARCH: Is = Is::Object(&[
    Field::must(
        "query",
        Is::Object(&[
            Field::must("field", Is::Text),
            Field::must(
                "operator",
                Is::OneOf(&["=", "!=", "IN", "NIN", "<", "<=", ">", ">=", "~", "!~", "^", "$"]),
            ),
            Field::must("value", Is::Anything),
        ]),
    ),
    Field::may(
        "pagination",
        Is::Maybe(&Is::Object(&[
            Field::may("per_page", Is::Whole),
            Field::may("starting_after", Is::Maybe(&Is::Text)),
        ])),
    ),
]);

const REPLY: Is = Is::Object(&[
    Field::must("message_type", Is::OneOf(&["comment", "note"])),
    Field::must("type", Is::OneOf(&["admin"])),
    Field::must("body", Is::Text),
    Field::must("admin_id", Is::Text),
    Field::may("created_at", Is::Whole),
    Field::may("skip_notifications", Is::YesNo),
]);

async fn answer(
    Shared(kept): Shared<Arc<Mutex<Kept>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut kept = lock(&kept);
    if let Some(answer) = browser(&mut kept, &method, uri.path(), &body) {
        return answer;
    }
    match done(&mut kept, &method, &uri, &headers, &body) {
        Ok(body) => shown(200, &body),
        Err(refusal) => refusal.into_response(),
    }
}

/// What a browser asks, from a page of somebody else.
fn browser(kept: &mut Kept, method: &Method, path: &str, body: &Bytes) -> Option<Response> {
    let told = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    let came = match (method.as_str(), path) {
        ("GET", path) if path.strip_prefix("/widget/") == Some(kept.workspace.app_id.as_str()) => {
            return Some(([("content-type", "text/javascript")], WIDGET).into_response());
        }
        ("POST", "/messenger/web/ping") => kept.boot(&told()).map(|contact| json!({"contact": contact})),
        ("POST", "/messenger/web/conversations") => {
            let told = told();
            let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
            match check(&told, &WRITING) {
                Ok(()) if kept.contacts.contains_key(&text("contact")) => {
                    let id = kept.writes(&text("contact"), &text("url"), &text("body"));
                    Ok(json!({"id": id.to_string()}))
                }
                Ok(()) => Err("there is no such contact".to_owned()),
                Err(why) => Err(why),
            }
        }
        _ => return None,
    };
    let mut answer = match came {
        Ok(body) => shown(200, &body),
        Err(why) => invalid(why).into_response(),
    };
    answer.headers_mut().insert("access-control-allow-origin", axum::http::HeaderValue::from_static("*"));
    Some(answer)
}

fn done(
    kept: &mut Kept,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Value, Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("authorization") != format!("Bearer {}", kept.workspace.token) {
        return Err(Refusal(401, "unauthorized", "Access Token Invalid".to_owned()));
    }
    if header("intercom-version") != VERSION {
        return Err(Refusal(
            400,
            "intercom_version_invalid",
            "The requested version could not be found".to_owned(),
        ));
    }
    let path = uri.path().trim_start_matches('/').to_owned();
    let segments: Vec<&str> = path.split('/').collect();
    let query = pairs(uri.query().unwrap_or_default());
    let only = |allowed: &[(&str, &[&str])]| -> Result<(), Refusal> {
        for (name, value) in &query {
            let values = allowed.iter().find(|(known, _)| known == name).map(|(_, values)| *values);
            if values.is_none_or(|values| !values.contains(&value.as_str())) {
                return Err(invalid(format!("{name} is not a parameter with that value")));
            }
        }
        Ok(())
    };
    let whole = |contract: &Is| -> Result<Value, Refusal> {
        if header("content-type") != "application/json" {
            return Err(Refusal(415, "media_type_not_acceptable", "Use application/json".to_owned()));
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| invalid("The body is not JSON"))?;
        check(&body, contract).map_err(invalid)?;
        Ok(body)
    };
    match (method.as_str(), segments.as_slice()) {
        ("GET", ["me"]) => {
            only(&[])?;
            let app = json!({"type": "app", "id_code": kept.workspace.app_id, "name": "Emulated"});
            Ok(json!({"type": "admin", "id": kept.workspace.admin_id, "app": app}))
        }
        ("POST", ["contacts", "search"]) => {
            only(&[])?;
            contacts(kept, &whole(&SEARCH)?)
        }
        ("POST", ["conversations", "search"]) => {
            only(&[])?;
            conversations(kept, &whole(&SEARCH)?)
        }
        ("GET", ["conversations", id]) => {
            only(&[("display_as", &["plaintext"])])?;
            let id: u64 = id.parse().map_err(|_| not_found())?;
            let conversation = kept.conversations.get(&id).ok_or_else(not_found)?;
            let is_plain = !query.is_empty();
            Ok(conversation_of(kept, id, conversation, is_plain))
        }
        ("POST", ["conversations", id, "reply"]) => {
            only(&[])?;
            let id: u64 = id.parse().map_err(|_| not_found())?;
            reply(kept, id, &whole(&REPLY)?)
        }
        ("DELETE", ["conversations", id]) => {
            only(&[("retain_metrics", &["true", "false"])])?;
            let id: u64 = id.parse().map_err(|_| not_found())?;
            let keeps = !query.iter().any(|(_, value)| value == "false");
            if !keeps && !kept.may_delete_reports {
                return Err(Refusal(403, "api_plan_restricted", "The scope is missing".to_owned()));
            }
            kept.conversations.remove(&id).ok_or_else(not_found)?;
            if !keeps {
                kept.reports.remove(&id);
            }
            Ok(json!({"id": id.to_string(), "object": "conversation", "deleted": true}))
        }
        ("DELETE", ["contacts", id]) => {
            only(&[])?;
            kept.contacts.remove(*id).ok_or_else(not_found)?;
            Ok(json!({"type": "contact", "id": id, "external_id": null, "deleted": true}))
        }
        _ => Err(not_found()),
    }
}

/// A page of what a search found.
struct Paged {
    from: usize,
    size: usize,
}

fn paged(body: &Value) -> Result<Paged, Refusal> {
    let size = body["pagination"]["per_page"].as_u64().unwrap_or(20);
    let from = match body["pagination"]["starting_after"].as_str() {
        Some(cursor) => {
            let place = cursor.strip_prefix("WzE3").and_then(|place| place.parse().ok());
            place.ok_or_else(|| invalid("starting_after is not a cursor"))?
        }
        None => 0,
    };
    match size {
        1..=150 => Ok(Paged { from, size: usize::try_from(size).unwrap_or(20) }),
        _ => Err(invalid("per_page is 1 to 150")),
    }
}

fn pages(paged: &Paged, total: usize) -> Value {
    let mut pages = json!({
        "type": "pages",
        "page": paged.from / paged.size + 1,
        "per_page": paged.size,
        "total_pages": total.div_ceil(paged.size),
    });
    let next = paged.from + paged.size;
    if next < total {
        pages["next"] = json!({"per_page": paged.size, "starting_after": format!("WzE3{next}")});
    }
    pages
}

fn contacts(kept: &Kept, body: &Value) -> Result<Value, Refusal> {
    let query = &body["query"];
    if query["field"] != json!("external_id") || query["operator"] != json!("=") {
        return Err(invalid("only external_id is searched for here"));
    }
    let wanted = query["value"].as_str().ok_or_else(|| invalid("value is a string"))?;
    let found: Vec<Value> = kept
        .contacts
        .iter()
        .filter(|(_, contact)| contact.external_id.as_deref() == Some(wanted))
        .map(|(id, contact)| {
            json!({
                "type": "contact",
                "id": id,
                "external_id": contact.external_id,
                "role": "user",
                "email": contact.email,
                "name": contact.name,
            })
        })
        .collect();
    let paged = paged(body)?;
    let total = found.len();
    let data: Vec<Value> = found.into_iter().skip(paged.from).take(paged.size).collect();
    Ok(json!({"type": "list", "data": data, "total_count": total, "pages": pages(&paged, total)}))
}

fn conversations(kept: &Kept, body: &Value) -> Result<Value, Refusal> {
    let query = &body["query"];
    let takes = |conversation: &Conversation| match (query["field"].as_str(), query["operator"].as_str()) {
        (Some("contact_ids"), Some("=")) => query["value"].as_str().map(|id| conversation.contact == id),
        (Some("updated_at"), Some(">")) => query["value"].as_i64().map(|at| conversation.updated_at > at),
        _ => None,
    };
    let mut found = Vec::new();
    for (id, conversation) in &kept.conversations {
        if takes(conversation).ok_or_else(|| invalid("that is not searched for here"))? {
            let mut one = conversation_of(kept, *id, conversation, false);
            // Only reading one gives what was written in it.
            if let Some(one) = one.as_object_mut() {
                one.remove("conversation_parts");
            }
            found.push(one);
        }
    }
    let paged = paged(body)?;
    let total = found.len();
    let page: Vec<Value> = found.into_iter().skip(paged.from).take(paged.size).collect();
    Ok(json!({
        "type": "conversation.list",
        "conversations": page,
        "total_count": total,
        "pages": pages(&paged, total),
    }))
}

fn conversation_of(kept: &Kept, id: u64, conversation: &Conversation, is_plain: bool) -> Value {
    let body = |text: &str| if is_plain { text.to_owned() } else { format!("<p>{text}</p>") };
    let author = |(sort, id): &(String, String)| json!({"type": sort, "id": id, "name": null, "email": ""});
    let external_id = kept.contacts.get(&conversation.contact).and_then(|one| one.external_id.clone());
    let first = conversation.parts.first();
    let parts: Vec<Value> = conversation
        .parts
        .iter()
        .skip(1)
        .map(|part| {
            json!({
                "type": "conversation_part",
                "id": part.id.to_string(),
                "part_type": part.part_type,
                "body": body(&part.body),
                "created_at": part.created_at,
                "updated_at": part.created_at,
                "author": author(&part.author),
                "attachments": [],
                "redacted": false,
            })
        })
        .collect();
    let source = first.map(|part| {
        json!({
            "type": "conversation",
            "id": part.id.to_string(),
            "delivered_as": "customer_initiated",
            "subject": "",
            "body": body(&part.body),
            "author": author(&part.author),
            "attachments": [],
            "url": conversation.url,
            "redacted": false,
        })
    });
    let contact = json!({"type": "contact", "id": conversation.contact, "external_id": external_id});
    json!({
        "type": "conversation",
        "id": id.to_string(),
        "created_at": first.map_or(0, |part| part.created_at),
        "updated_at": conversation.updated_at,
        "waiting_since": null,
        "open": conversation.state == "open",
        "state": conversation.state,
        "read": false,
        "source": source,
        "contacts": {"type": "contact.list", "contacts": [contact]},
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": parts,
            "total_count": parts.len(),
        },
    })
}

fn reply(kept: &mut Kept, id: u64, body: &Value) -> Result<Value, Refusal> {
    if body["admin_id"] != json!(kept.workspace.admin_id) {
        return Err(Refusal(404, "admin_not_found", "Admin for admin_id not found".to_owned()));
    }
    let text = body["body"].as_str().unwrap_or_default().to_owned();
    if text.trim().is_empty() {
        return Err(invalid("body must be present"));
    }
    let part = Part {
        id: kept.next(),
        part_type: body["message_type"].as_str().unwrap_or_default().to_owned(),
        author: ("admin".to_owned(), kept.workspace.admin_id.clone()),
        body: text,
        created_at: kept.now_s,
    };
    let now_s = kept.now_s;
    let conversation = kept.conversations.get_mut(&id).ok_or_else(not_found)?;
    conversation.parts.push(part);
    conversation.updated_at = now_s;
    let conversation = conversation.clone();
    Ok(conversation_of(kept, id, &conversation, false))
}

/// A query as names and values. None of those that are known has anything escaped.
fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
