//! Google Cloud Storage, by the discovery document of its JSON API (revision 20261009), and the desk where a service
//! account gets its tokens (RFC 7523).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::kit::lock;
use crate::{Emulator, Field, Is, check};

type Pairs = Vec<(String, String)>;

/// Whom the desk knows.
#[derive(Debug, Clone)]
pub struct Known {
    /// The service account's address.
    pub email: String,
    /// Its public key (PKCS#1, DER).
    pub public_key: Vec<u8>,
    /// What the time is, in seconds since 1970.
    pub now_s: i64,
}

impl Known {
    /// What Google knows of a service account, from the key file that it gave out; none when it is no such file.
    pub fn of(file: &Value, now_s: i64) -> Option<Self> {
        let pem = file["private_key"].as_str()?;
        let inner: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(inner).ok()?).ok()?;
        let email = file["client_email"].as_str()?.to_owned();
        Some(Self { email, public_key: key.public().as_ref().to_vec(), now_s })
    }
}

/// The desk for tokens.
pub(crate) struct Desk {
    known: Known,
    now_s: AtomicI64,
    scopes: &'static [&'static str],
    given: Mutex<BTreeSet<String>>,
}

/// What tokens are given out for.
pub(crate) const STORAGE: &str = "https://www.googleapis.com/auth/devstorage.read_write";
/// The same for analytics.
pub(crate) const ANALYTICS: &str = "https://www.googleapis.com/auth/analytics.edit";

const CLAIMS: Is = Is::Object(&[
    Field::must("iss", Is::Text),
    Field::must("scope", Is::Text),
    Field::must("aud", Is::OneOf(&["https://oauth2.googleapis.com/token"])),
    Field::must("iat", Is::Whole),
    Field::must("exp", Is::Whole),
]);

impl Desk {
    pub(crate) fn new(known: Known, scopes: &'static [&'static str]) -> Self {
        Self { now_s: AtomicI64::new(known.now_s), known, scopes, given: Mutex::default() }
    }

    /// From now on it is this moment.
    pub(crate) fn set_now(&self, now_s: i64) {
        self.now_s.store(now_s, Ordering::Relaxed);
    }

    /// `POST /token`
    pub(crate) fn token(&self, form: &Pairs) -> Response {
        let no = |error: &str, why: &str| {
            (StatusCode::BAD_REQUEST, Json(json!({"error": error, "error_description": why}))).into_response()
        };
        let of = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if form.len() != 2 || of("grant_type") != Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
            return no("unsupported_grant_type", "Invalid grant_type");
        }
        match self.look(of("assertion").unwrap_or_default()) {
            Err(why) => no("invalid_grant", why),
            Ok(()) => {
                let mut given = lock(&self.given);
                let token = format!("ya29.emulated-{}", given.len() + 1);
                given.insert(token.clone());
                Json(json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"}))
                    .into_response()
            }
        }
    }

    fn look(&self, assertion: &str) -> Result<(), &'static str> {
        let parts: Vec<&str> = assertion.split('.').collect();
        let [head, claims, signature] = parts[..] else { return Err("not a JWT") };
        let json_of = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let head = json_of(head).ok_or("no header")?;
        if head["alg"] != "RS256" || head["typ"] != "JWT" {
            return Err("another algorithm");
        }
        let text = assertion.rsplit_once('.').map_or("", |(text, _)| text);
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "no signature")?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.known.public_key);
        key.verify(text.as_bytes(), &signature).map_err(|_| "Invalid JWT Signature.")?;
        let claims = json_of(claims).ok_or("no claims")?;
        check(&claims, &CLAIMS).map_err(|_| "claims of another form")?;
        let (made, ends) = (claims["iat"].as_i64().unwrap_or(0), claims["exp"].as_i64().unwrap_or(0));
        let now_s = self.now_s.load(Ordering::Relaxed);
        if claims["iss"] != self.known.email.as_str()
            || self.scopes.iter().all(|scope| claims["scope"] != *scope)
        {
            return Err("another account or scope");
        }
        if made > now_s + 300 || ends <= now_s || ends - made > 3600 || ends <= made {
            return Err("Token must be a short-lived token and in a reasonable timeframe.");
        }
        Ok(())
    }

    /// Whether a request shows a token that was given out.
    pub(crate) fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = lock(&self.given);
        shown.and_then(|shown| shown.strip_prefix("Bearer ")).is_some_and(|token| given.contains(token))
    }

    /// No token that was given out is good any more.
    pub(crate) fn revoke(&self) {
        lock(&self.given).clear();
    }
}

/// How the bucket is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    /// For how long deleted objects are kept, in seconds. A new bucket has 604,800.
    pub soft_delete_s: u64,
    /// Whether older contents are kept.
    pub versioning: bool,
    /// For how long nothing can be deleted, in seconds.
    pub retention_s: Option<u64>,
}

/// A content of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The object's name.
    pub name: String,
    /// Its generation.
    pub generation: u64,
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether it is the one that the name stands for now.
    pub live: bool,
}

struct Book {
    bucket: Bucket,
    objects: Vec<Kept>,
    soft_deleted: Vec<Kept>,
    next: u64,
    /// The next upload is damaged on its way.
    damages: bool,
}

struct Shared {
    desk: Arc<Desk>,
    name: String,
    book: Mutex<Book>,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

/// The running emulator, with one bucket.
pub struct Gcs {
    /// The server.
    pub emulator: Emulator,
    shared: Arc<Shared>,
}

/// Objects on one page of a list.
const PAGE: usize = 2;

impl Gcs {
    /// Starts it with a bucket that keeps nothing back.
    pub async fn start(known: Known, bucket: &str) -> Self {
        Self::start_at(Arc::new(Desk::new(known, &[STORAGE])), bucket).await
    }

    /// The same with a desk of others.
    pub(crate) async fn start_at(desk: Arc<Desk>, bucket: &str) -> Self {
        let book = Book {
            bucket: Bucket::default(),
            objects: Vec::new(),
            soft_deleted: Vec::new(),
            next: 1_790_000_000_000_001,
            damages: false,
        };
        let shared = Arc::new(Shared { desk, name: bucket.to_owned(), book: Mutex::new(book) });
        let routes = Router::new()
            .route("/token", post(token))
            .route("/upload/storage/v1/b/{bucket}/o", post(upload))
            .route("/storage/v1/b/{bucket}", get(bucket_get))
            .route("/storage/v1/b/{bucket}/o", get(list))
            .route("/storage/v1/b/{bucket}/o/{object}", get(object_get).delete(object_delete))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        Self { emulator: Emulator::start(routes).await, shared }
    }

    /// Sets the bucket up otherwise.
    pub fn set_up(&self, bucket: Bucket) {
        self.shared.book().bucket = bucket;
    }

    /// Everything that is there, older contents too.
    pub fn objects(&self) -> Vec<Kept> {
        self.shared.book().objects.clone()
    }

    /// What was deleted and can be brought back.
    pub fn soft_deleted(&self) -> Vec<Kept> {
        self.shared.book().soft_deleted.clone()
    }

    /// It is this late now: what is stored from now on was stored then.
    pub fn set_now(&self, now_s: i64) {
        let mut book = self.shared.book();
        book.next = book.next.max(now_s.unsigned_abs() * 1_000_000 + 1);
    }

    /// Puts a content there, as somebody else would.
    pub fn place(&self, name: &str, bytes: &[u8]) {
        let mut book = self.shared.book();
        book.replace(name, bytes.to_vec());
    }

    /// The next upload is damaged on its way.
    pub fn damage(&self) {
        self.shared.book().damages = true;
    }

    /// No token that was given out is good any more.
    pub fn revoke(&self) {
        self.shared.desk.revoke();
    }
}

impl Book {
    fn replace(&mut self, name: &str, bytes: Vec<u8>) -> Kept {
        let old = self.objects.iter().find(|kept| kept.name == name && kept.live).map(|kept| kept.generation);
        if let Some(generation) = old {
            match self.bucket.versioning {
                true => self.archive(generation),
                false => self.remove(generation),
            }
        }
        let kept = Kept { name: name.to_owned(), generation: self.next, bytes, live: true };
        self.next += 1;
        self.objects.push(kept.clone());
        kept
    }

    fn archive(&mut self, generation: u64) {
        for kept in self.objects.iter_mut().filter(|kept| kept.generation == generation) {
            kept.live = false;
        }
    }

    fn remove(&mut self, generation: u64) {
        let Some(place) = self.objects.iter().position(|kept| kept.generation == generation) else { return };
        let kept = self.objects.remove(place);
        if self.bucket.soft_delete_s > 0 {
            self.soft_deleted.push(kept);
        }
    }

    fn find(&self, name: &str, generation: Option<u64>) -> Option<&Kept> {
        self.objects.iter().find(|kept| {
            kept.name == name && generation.map_or(kept.live, |generation| kept.generation == generation)
        })
    }
}

fn no(status: StatusCode, reason: &str, message: &str) -> Response {
    let errors = json!([{"message": message, "domain": "global", "reason": reason}]);
    let body = json!({"error": {"code": status.as_u16(), "message": message, "errors": errors}});
    (status, Json(body)).into_response()
}

fn of<'a>(query: &'a Pairs, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What comes before every call: the token, the bucket, the fields of the query.
fn admit(
    shared: &Shared,
    headers: &HeaderMap,
    bucket: &str,
    query: &Pairs,
    fields: &[&str],
) -> Option<Response> {
    if !shared.desk.knows(headers) {
        return Some(no(StatusCode::UNAUTHORIZED, "authError", "Invalid Credentials"));
    }
    if bucket != shared.name {
        return Some(no(StatusCode::NOT_FOUND, "notFound", "The specified bucket does not exist."));
    }
    let unknown = query.iter().find(|(name, _)| !fields.contains(&name.as_str()));
    unknown.map(|(name, _)| no(StatusCode::BAD_REQUEST, "invalidParameter", &format!("Unknown name {name}")))
}

/// The generation that is asked for; none where the query has one that is no number.
fn generation(query: &Pairs) -> Option<Option<u64>> {
    match of(query, "generation") {
        None => Some(None),
        Some(text) => text.parse::<u64>().ok().map(Some),
    }
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> String {
    let mut rest = u32::MAX;
    for byte in bytes {
        rest ^= u32::from(*byte);
        for _ in 0..8 {
            let last = rest & 1;
            rest >>= 1;
            if last == 1 {
                rest ^= 0x82f6_3b78;
            }
        }
    }
    STANDARD.encode((!rest).to_be_bytes())
}

fn resource(bucket: &str, kept: &Kept) -> Value {
    json!({
        "kind": "storage#object",
        "id": format!("{bucket}/{}/{}", kept.name, kept.generation),
        "name": kept.name,
        "bucket": bucket,
        "generation": kept.generation.to_string(),
        "metageneration": "1",
        "contentType": "application/octet-stream",
        "storageClass": "STANDARD",
        "size": kept.bytes.len().to_string(),
        "crc32c": crc32c(&kept.bytes),
        // A generation is the time of its making in microseconds, as it happens.
        "timeCreated": jiff::Timestamp::from_microsecond(kept.generation as i64).map(|at| at.to_string()).unwrap_or_default(),
    })
}

async fn token(State(shared): State<Arc<Shared>>, form: Result<Form<Pairs>, FormRejection>) -> Response {
    match form {
        Ok(Form(form)) => shared.desk.token(&form),
        Err(_) => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_request"}))).into_response(),
    }
}

async fn bucket_get(
    State(shared): State<Arc<Shared>>,
    Path(bucket): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &bucket, &query, &["projection"]) {
        return no;
    }
    let set_up = shared.book().bucket;
    let mut body = json!({
        "kind": "storage#bucket",
        "id": bucket,
        "name": bucket,
        "location": "US",
        "storageClass": "STANDARD",
        "softDeletePolicy": {
            "retentionDurationSeconds": set_up.soft_delete_s.to_string(),
            "effectiveTime": "2026-05-22T00:00:00.000Z",
        },
        "iamConfiguration": {"publicAccessPrevention": "enforced"},
    });
    if set_up.versioning {
        body["versioning"] = json!({"enabled": true});
    }
    if let Some(seconds) = set_up.retention_s {
        body["retentionPolicy"] = json!({"retentionPeriod": seconds.to_string(), "isLocked": false});
    }
    Json(body).into_response()
}

async fn upload(
    State(shared): State<Arc<Shared>>,
    Path(bucket): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &bucket, &query, &["uploadType", "name", "ifGenerationMatch"])
    {
        return no;
    }
    if of(&query, "uploadType") != Some("media") {
        return no(StatusCode::BAD_REQUEST, "invalid", "Upload type is not supported");
    }
    let Some(name) = of(&query, "name").filter(|name| !name.is_empty() && name.len() <= 1024) else {
        return no(StatusCode::BAD_REQUEST, "required", "Required");
    };
    if headers.get(header::CONTENT_TYPE).is_none() {
        return no(StatusCode::BAD_REQUEST, "badContent", "Missing content type");
    }
    let mut book = shared.book();
    let there = book.find(name, None).map_or(0, |kept| kept.generation);
    match of(&query, "ifGenerationMatch").map(str::parse::<u64>) {
        Some(Ok(wanted)) if wanted != there => {
            let why = "At least one of the pre-conditions you specified did not hold.";
            return no(StatusCode::PRECONDITION_FAILED, "conditionNotMet", why);
        }
        Some(Err(_)) => return no(StatusCode::BAD_REQUEST, "invalid", "Invalid value for ifGenerationMatch"),
        _ => {}
    }
    let mut bytes = body.to_vec();
    if std::mem::take(&mut book.damages) {
        bytes.push(0);
    }
    let kept = book.replace(name, bytes);
    Json(resource(&bucket, &kept)).into_response()
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Path(bucket): Path<String>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &bucket, &query, &["prefix", "versions", "pageToken"]) {
        return no;
    }
    let from = match of(&query, "pageToken").map(|token| token.trim_start_matches("page-").parse::<usize>()) {
        None => 0,
        Some(Ok(from)) => from,
        Some(Err(_)) => return no(StatusCode::BAD_REQUEST, "invalid", "Invalid page token"),
    };
    let (prefix, versions) =
        (of(&query, "prefix").unwrap_or_default(), of(&query, "versions") == Some("true"));
    let book = shared.book();
    let all = book.objects.iter().filter(|kept| kept.name.starts_with(prefix) && (versions || kept.live));
    let mut all: Vec<&Kept> = all.collect();
    all.sort_by(|a, b| (&a.name, a.generation).cmp(&(&b.name, b.generation)));
    let items: Vec<Value> = all.iter().skip(from).take(PAGE).map(|kept| resource(&bucket, kept)).collect();
    let mut body = json!({"kind": "storage#objects"});
    // An empty list is not there at all.
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    if all.len() > from + PAGE {
        body["nextPageToken"] = json!(format!("page-{}", from + PAGE));
    }
    Json(body).into_response()
}

async fn object_get(
    State(shared): State<Arc<Shared>>,
    Path((bucket, object)): Path<(String, String)>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &bucket, &query, &["alt", "generation"]) {
        return no;
    }
    let Some(generation) = generation(&query) else {
        return no(StatusCode::BAD_REQUEST, "invalid", "Invalid value for generation");
    };
    let book = shared.book();
    let Some(kept) = book.find(&object, generation) else {
        return no(StatusCode::NOT_FOUND, "notFound", "No such object");
    };
    match of(&query, "alt") {
        None | Some("json") => Json(resource(&bucket, kept)).into_response(),
        Some("media") => media(kept, &headers),
        Some(_) => no(StatusCode::BAD_REQUEST, "invalidParameter", "Invalid value for alt"),
    }
}

fn media(kept: &Kept, headers: &HeaderMap) -> Response {
    let length = kept.bytes.len();
    let facts = [
        ("x-goog-generation", kept.generation.to_string()),
        ("x-goog-hash", format!("crc32c={}", crc32c(&kept.bytes))),
        ("content-type", "application/octet-stream".to_owned()),
    ];
    let Some(range) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return (StatusCode::OK, facts, kept.bytes.clone()).into_response();
    };
    let bounds = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let bounds =
        bounds.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)));
    match bounds {
        Some((first, last)) if first <= last && first < length => {
            let end = (last + 1).min(length);
            let place = [("content-range", format!("bytes {first}-{}/{length}", end - 1))];
            (StatusCode::PARTIAL_CONTENT, facts, place, kept.bytes[first..end].to_vec()).into_response()
        }
        Some(_) => no(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "requestedRangeNotSatisfiable",
            "Request range not satisfiable",
        ),
        None => no(StatusCode::BAD_REQUEST, "invalid", "Invalid range"),
    }
}

async fn object_delete(
    State(shared): State<Arc<Shared>>,
    Path((bucket, object)): Path<(String, String)>,
    Query(query): Query<Pairs>,
    headers: HeaderMap,
) -> Response {
    if let Some(no) = admit(&shared, &headers, &bucket, &query, &["generation"]) {
        return no;
    }
    let Some(wanted) = generation(&query) else {
        return no(StatusCode::BAD_REQUEST, "invalid", "Invalid value for generation");
    };
    let mut book = shared.book();
    if book.bucket.retention_s.is_some() {
        let why = "Object is subject to bucket's retention policy and cannot be deleted";
        return no(StatusCode::FORBIDDEN, "retentionPolicyNotMet", why);
    }
    let Some(found) = book.find(&object, wanted).map(|kept| kept.generation) else {
        return no(StatusCode::NOT_FOUND, "notFound", "No such object");
    };
    match wanted.is_none() && book.bucket.versioning {
        true => book.archive(found),
        false => book.remove(found),
    }
    StatusCode::NO_CONTENT.into_response()
}
