//! Clerk: the Backend API of 2026-05-12 as far as users, sessions and keys go, its session tokens, its webhooks, which
//! Svix sends, and what a browser sees of a development instance: a page to sign in on, and the frontend's handshake.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Value, json};

use crate::kit::{lock, now_s, svix};
use crate::{Emulator, Hook};

/// The version of the interface that is spoken.
const VERSION: &str = "2026-05-12";
/// Keys of an instance, made for this file; nothing real was ever signed with them.
const KEYS: [(&str, &str); 2] = [
    ("ins_emulatorfirst", include_str!("../keys/clerk-1.pem")),
    ("ins_emulatorsecond", include_str!("../keys/clerk-2.pem")),
];

/// What the instance has.
#[derive(Default)]
struct Book {
    users: BTreeMap<String, Value>,
    /// By their id, with the user and the status.
    sessions: BTreeMap<String, (String, &'static str)>,
    /// Which of the keys signs and is published.
    key: usize,
    made: u64,
    /// The origin of its pages, which also issues tokens.
    frontend: String,
    /// The time of its clock, where a test set it.
    now_s: Option<i64>,
}

impl Book {
    fn now_s(&self) -> i64 {
        self.now_s.unwrap_or_else(now_s)
    }
}

struct Shared {
    book: Mutex<Book>,
    secret_key: String,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// A running instance of Clerk.
pub struct Clerk {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
    webhook_secret: String,
}

impl Clerk {
    /// Starts an instance with its secret key (`sk_…`) and the secret of its webhooks (`whsec_…`).
    pub async fn start(secret_key: &str, webhook_secret: &str) -> Self {
        let shared = Arc::new(Shared { book: Mutex::default(), secret_key: secret_key.to_owned() });
        let routes = Router::new()
            .route("/v1/jwks", get(jwks))
            .route("/v1/users/{user}", get(user).delete(delete_user))
            .route("/v1/users/{user}/ban", post(ban))
            .route("/v1/sessions/{session}/revoke", post(revoke))
            .route("/sign-in", get(portal))
            .route("/sign-up", get(portal))
            .route("/portal/{user}", get(choose))
            .route("/v1/client/handshake", get(handshake))
            .fallback(|| async { no(StatusCode::NOT_FOUND, "resource_not_found") })
            .with_state(Arc::clone(&shared));
        let emulator = Emulator::start(routes).await;
        shared.book().frontend = format!("http://{}", emulator.address);
        Self { emulator, shared, webhook_secret: webhook_secret.to_owned() }
    }

    /// The origin of its pages, and the issuer of its tokens.
    pub fn frontend(&self) -> String {
        self.shared.book().frontend.clone()
    }

    /// Sets its clock; without that it has the machine's time.
    pub fn set_clock(&self, now_s: i64) {
        self.shared.book().now_s = Some(now_s);
    }

    /// Whether a user's first address is verified.
    pub fn set_verified(&self, user_id: &str, is_verified: bool) {
        let status = if is_verified { "verified" } else { "unverified" };
        if let Some(user) = self.shared.book().users.get_mut(user_id) {
            user["email_addresses"][0]["verification"]["status"] = json!(status);
        }
    }

    /// A handshake with these lines of `Set-Cookie`, signed with the key in use.
    pub fn handshake(&self, lines: &[&str]) -> String {
        self.token(&json!({"handshake": lines}))
    }

    /// Somebody signs up on Clerk's own page; the id of the user.
    pub fn sign_up(&self, email: &str, first_name: &str, last_name: &str, now_s: i64) -> String {
        let mut book = self.shared.book();
        book.made += 1;
        let id = format!("user_emulator{:04}", book.made);
        let user = whole_user(&id, email, first_name, last_name, now_s * 1000);
        book.users.insert(id.clone(), user);
        id
    }

    /// A user is deleted on Clerk's own pages.
    pub fn remove(&self, user_id: &str) {
        let mut book = self.shared.book();
        book.users.remove(user_id);
        book.sessions.retain(|_, (user, _)| user != user_id);
    }

    /// A user signs in; the id of the session.
    pub fn sign_in(&self, user_id: &str) -> String {
        let mut book = self.shared.book();
        book.made += 1;
        let id = format!("sess_emulator{:04}", book.made);
        book.sessions.insert(id.clone(), (user_id.to_owned(), "active"));
        id
    }

    /// A user as the instance has it.
    pub fn user(&self, user_id: &str) -> Option<Value> {
        self.shared.book().users.get(user_id).cloned()
    }

    /// The status of a session.
    pub fn session(&self, session_id: &str) -> Option<&'static str> {
        self.shared.book().sessions.get(session_id).map(|(_, status)| *status)
    }

    /// Whether anything is left that has a text in it.
    pub fn has(&self, text: &str) -> bool {
        let book = self.shared.book();
        let users = book.users.iter().any(|(id, user)| id.contains(text) || user.to_string().contains(text));
        users || book.sessions.iter().any(|(id, (user, _))| id.contains(text) || user.contains(text))
    }

    /// From now on the other key signs, and it alone is published.
    pub fn rotate(&self) {
        let mut book = self.shared.book();
        book.key = (book.key + 1) % KEYS.len();
    }

    /// The claims of a token of a session, made now.
    pub fn claims(&self, session_id: &str, issuer: &str, party: &str, now_s: i64) -> Value {
        claims(&self.shared.book(), session_id, issuer, party, now_s)
    }

    /// A token with these claims, signed with the key in use.
    pub fn token(&self, claims: &Value) -> String {
        signed(&self.shared.book(), claims)
    }

    /// An event as it is sent: `user.created`, `session.revoked`, … with what it is about.
    pub fn event(&self, message_id: &str, event: &str, data: &Value, now_s: i64) -> Hook {
        let body = json!({
            "data": data, "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "Test"}},
            "instance_id": "ins_emulator", "object": "event", "timestamp": now_s, "type": event,
        });
        self.sign(message_id, body.to_string().into_bytes(), now_s)
    }

    /// What the instance has about a user, or what it says of one that is gone, as the data of an event.
    pub fn about_user(&self, user_id: &str) -> Value {
        self.user(user_id).unwrap_or_else(|| json!({"id": user_id, "object": "user", "deleted": true}))
    }

    /// A session as the data of an event.
    pub fn about_session(&self, session_id: &str, now_s: i64) -> Value {
        let book = self.shared.book();
        let Some((user_id, status)) = book.sessions.get(session_id) else { return Value::Null };
        let mut session = whole_session(session_id, user_id, status, now_s * 1000);
        session["user"] = book.users.get(user_id).cloned().unwrap_or_default();
        session
    }

    /// Signs any body as Svix does.
    pub fn sign(&self, message_id: &str, body: Vec<u8>, now_s: i64) -> Hook {
        let names = ["svix-id", "svix-timestamp", "svix-signature"];
        svix(names, &self.webhook_secret, message_id, body, now_s)
    }
}

fn claims(book: &Book, session_id: &str, issuer: &str, party: &str, now_s: i64) -> Value {
    let user = book.sessions.get(session_id).map(|(user, _)| user.clone());
    json!({
        "azp": party, "exp": now_s + 60, "iat": now_s, "iss": issuer, "nbf": now_s - 10,
        "sid": session_id, "sub": user.unwrap_or_default(), "v": 2, "sts": "active",
    })
}

/// A JWT with these claims, signed with the key in use.
fn signed(book: &Book, claims: &Value) -> String {
    let (kid, pem) = KEYS[book.key];
    let header = json!({"alg": "RS256", "kid": kid, "typ": "JWT"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let key = pair(pem);
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn pair(pem: &str) -> RsaKeyPair {
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(base64).expect("PEM")).expect("an RSA key")
}

/// An error as Clerk writes it.
fn no(status: StatusCode, code: &str) -> Response {
    let error = json!({"code": code, "message": code, "long_message": code, "meta": {}});
    (status, axum::Json(json!({"errors": [error], "clerk_trace_id": "emulator"}))).into_response()
}

/// Holds a call against what all calls here have: a key, a version, no query and no body.
fn hold(shared: &Shared, headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Result<(), Box<Response>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("authorization") != format!("Bearer {}", shared.secret_key) {
        return Err(Box::new(no(StatusCode::UNAUTHORIZED, "authentication_invalid")));
    }
    if header("clerk-api-version") != VERSION {
        return Err(Box::new(no(StatusCode::BAD_REQUEST, "api_version_invalid")));
    }
    if query.is_some_and(|query| !query.is_empty()) || !body.is_empty() {
        return Err(Box::new(no(StatusCode::UNPROCESSABLE_ENTITY, "form_param_unknown")));
    }
    Ok(())
}

type Call = (State<Arc<Shared>>, HeaderMap, RawQuery, Bytes);

async fn jwks((State(shared), headers, RawQuery(query), body): Call) -> Response {
    if let Err(no) = hold(&shared, &headers, query.as_deref(), &body) {
        return *no;
    }
    let (kid, pem) = KEYS[shared.book().key];
    let key: RsaPublicKeyComponents<Vec<u8>> = pair(pem).public().into();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key = json!({
        "use": "sig", "kty": "RSA", "kid": kid, "alg": "RS256", "n": number(&key.n), "e": number(&key.e),
    });
    axum::Json(json!({"keys": [key]})).into_response()
}

async fn user(Path(id): Path<String>, (State(shared), headers, RawQuery(query), body): Call) -> Response {
    if let Err(no) = hold(&shared, &headers, query.as_deref(), &body) {
        return *no;
    }
    match shared.book().users.get(&id) {
        Some(user) => axum::Json(user.clone()).into_response(),
        None => no(StatusCode::NOT_FOUND, "resource_not_found"),
    }
}

async fn delete_user(
    Path(id): Path<String>,
    (State(shared), headers, RawQuery(query), body): Call,
) -> Response {
    if let Err(no) = hold(&shared, &headers, query.as_deref(), &body) {
        return *no;
    }
    let mut book = shared.book();
    if book.users.remove(&id).is_none() {
        return no(StatusCode::NOT_FOUND, "resource_not_found");
    }
    book.sessions.retain(|_, (user, _)| *user != id);
    axum::Json(json!({"object": "user", "id": id, "deleted": true})).into_response()
}

async fn revoke(Path(id): Path<String>, (State(shared), headers, RawQuery(query), body): Call) -> Response {
    if let Err(no) = hold(&shared, &headers, query.as_deref(), &body) {
        return *no;
    }
    let mut book = shared.book();
    let Some((user, status)) = book.sessions.get_mut(&id) else {
        return no(StatusCode::NOT_FOUND, "resource_not_found");
    };
    *status = "revoked";
    axum::Json(whole_session(&id, user, status, 0)).into_response()
}

/// Bans a user: their sessions end, and they are not let in any more.
async fn ban(Path(id): Path<String>, (State(shared), headers, RawQuery(query), body): Call) -> Response {
    if let Err(no) = hold(&shared, &headers, query.as_deref(), &body) {
        return *no;
    }
    let mut book = shared.book();
    let Some(user) = book.users.get_mut(&id) else { return no(StatusCode::NOT_FOUND, "resource_not_found") };
    user["banned"] = json!(true);
    let user = user.clone();
    for (whose, status) in book.sessions.values_mut() {
        if *whose == id {
            *status = "revoked";
        }
    }
    axum::Json(user).into_response()
}

// What a browser sees.

type Asking = Query<BTreeMap<String, String>>;

/// The page to sign in on: one of the users is chosen.
async fn portal(State(shared): State<Arc<Shared>>, Query(asking): Asking) -> Response {
    let Some(back) = asking.get("redirect_url") else {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "form_param_missing");
    };
    let book = shared.book();
    let choices: String = book
        .users
        .iter()
        .map(|(id, user)| {
            let email = escaped(user["email_addresses"][0]["email_address"].as_str().unwrap_or_default());
            let back = escaped(back);
            format!(
                "<form action=\"/portal/{id}\"><input type=\"hidden\" name=\"redirect_url\" value=\"{back}\">\
                 <button>Continue as {email}</button></form>"
            )
        })
        .collect();
    let page = format!("<!doctype html><title>Sign in</title><h1>Sign in (emulator)</h1>{choices}");
    Html(page).into_response()
}

/// A user was chosen: they are signed in, and the browser goes back, known by what stands in the address.
async fn choose(
    State(shared): State<Arc<Shared>>,
    Path(user): Path<String>,
    Query(asking): Asking,
) -> Response {
    let mut book = shared.book();
    let is_in = book.users.get(&user).is_some_and(|user| user["banned"] == json!(false));
    let Some(back) = asking.get("redirect_url").filter(|_| is_in) else {
        return no(StatusCode::FORBIDDEN, "user_banned");
    };
    book.made += 1;
    let session = format!("sess_emulator{:04}", book.made);
    book.sessions.insert(session.clone(), (user, "active"));
    Redirect::to(&with(back, "__clerk_db_jwt", &format!("dvb_{session}"))).into_response()
}

/// The frontend's handshake: sends the browser back with the cookies of its session.
async fn handshake(State(shared): State<Arc<Shared>>, Query(asking): Asking) -> Response {
    let Some(back) = asking.get("redirect_url") else {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "form_param_missing");
    };
    if !asking.contains_key("suffixed_cookies") || !asking.contains_key("__clerk_hs_reason") {
        return no(StatusCode::UNPROCESSABLE_ENTITY, "form_param_missing");
    }
    let book = shared.book();
    let session = asking.get("__clerk_db_jwt").and_then(|browser| browser.strip_prefix("dvb_"));
    let active =
        session.filter(|session| book.sessions.get(*session).is_some_and(|(_, status)| *status == "active"));
    let party = back.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let now_s = book.now_s();
    let lines = match active {
        Some(session) => {
            let token = signed(&book, &claims(&book, session, &book.frontend, &party, now_s));
            json!([
                format!("__client_uat={now_s}; Path=/; SameSite=Lax"),
                format!("__session={token}; Path=/; SameSite=Lax"),
            ])
        }
        None => {
            json!(["__client_uat=0; Path=/; SameSite=Lax", "__session=; Path=/; Max-Age=0; SameSite=Lax"])
        }
    };
    let token = signed(&book, &json!({"handshake": lines}));
    Redirect::to(&with(back, "__clerk_handshake", &token)).into_response()
}

/// An address with one more parameter. The values here need no coding.
fn with(address: &str, name: &str, value: &str) -> String {
    let sign = if address.contains('?') { '&' } else { '?' };
    format!("{address}{sign}{name}={value}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A user with every field that the description requires.
fn whole_user(id: &str, email: &str, first_name: &str, last_name: &str, now_ms: i64) -> Value {
    let email_id = id.replace("user_", "idn_");
    let verification = json!({
        "object": "verification_otp", "status": "verified", "strategy": "email_code", "attempts": 1,
        "expire_at": now_ms,
    });
    let email = json!({
        "id": email_id, "object": "email_address", "email_address": email, "reserved": false,
        "verification": verification, "linked_to": [], "matches_sso_connection": false, "created_at": now_ms,
        "updated_at": now_ms,
    });
    json!({
        "id": id, "object": "user", "external_id": null, "primary_email_address_id": email_id,
        "primary_phone_number_id": null, "primary_web3_wallet_id": null, "username": null,
        "first_name": first_name, "last_name": last_name, "image_url": "https://img.clerk.com/emulator",
        "has_image": false, "public_metadata": {}, "private_metadata": {}, "unsafe_metadata": {},
        "email_addresses": [email], "phone_numbers": [], "web3_wallets": [], "passkeys": [],
        "password_enabled": true, "two_factor_enabled": false, "totp_enabled": false,
        "backup_code_enabled": false, "mfa_enabled_at": null, "mfa_disabled_at": null,
        "external_accounts": [], "saml_accounts": [], "enterprise_accounts": [], "last_sign_in_at": null,
        "banned": false, "locked": false, "lockout_expires_in_seconds": null,
        "verification_attempts_remaining": 100, "updated_at": now_ms, "created_at": now_ms,
        "delete_self_enabled": true, "create_organization_enabled": false, "last_active_at": null,
        "legal_accepted_at": null,
    })
}

/// A session with every field that the description requires.
fn whole_session(id: &str, user_id: &str, status: &str, now_ms: i64) -> Value {
    json!({
        "object": "session", "id": id, "user_id": user_id, "client_id": "client_emulator", "status": status,
        "last_active_at": now_ms, "expire_at": now_ms, "abandon_at": now_ms, "updated_at": now_ms,
        "created_at": now_ms,
    })
}
