//! Mux, as a server on this machine: assets and uploads by its interface, playback by its tokens, signed webhooks.
//!
//! A film on this machine (`http://127.0.0.1…`) is really fetched: it is ready when it came as a film, and failed
//! otherwise. Any other is not: what becomes of it is told by the test ([`Mux::finish`], [`Mux::fail`]). One that is sent
//! to where an upload waits for it, in pieces, is taken as the store of the real one takes it.
//!
//! Nothing is encoded. At the address of a playlist lies the film as it was fetched, which a `<video>` plays; a player
//! that takes nothing but playlists is told so by the content's type, and has to help itself.

#![expect(clippy::result_large_err, reason = "what is wrong with a request is the answer to it")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use ring::hmac;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::kit::{client, hex, lock, now_s};
use crate::{Emulator, Field, Hook, Is, check};

/// Id of the access token that is let in.
pub const TOKEN_ID: &str = "mux-token-id";
/// Its secret.
pub const TOKEN_SECRET: &str = "mux-token-secret";
/// What webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "mux-webhook-secret";

/// Bytes in front of the key itself where a public RSA key of 2048 bits is written as X.509 does.
const SPKI_PREFIX: usize = 24;

const INPUT: Is = Is::Object(&[
    Field::may("url", Is::Text),
    Field::may("type", Is::OneOf(&["video", "audio", "text"])),
    Field::may("text_type", Is::OneOf(&["subtitles"])),
    Field::may("language_code", Is::Text),
    Field::may("name", Is::Text),
    Field::may("closed_captions", Is::YesNo),
    Field::may("passthrough", Is::Text),
    Field::may("start_time", Is::Number),
    Field::may("end_time", Is::Number),
]);

const RENDITION: Is = Is::Object(&[Field::must("resolution", Is::Text), Field::may("passthrough", Is::Text)]);

const META: Is = Is::Object(&[
    Field::may("title", Is::Text),
    Field::may("creator_id", Is::Text),
    Field::may("external_id", Is::Text),
]);

const POLICY: Is = Is::OneOf(&["public", "signed", "drm"]);
const QUALITY: Is = Is::OneOf(&["basic", "plus", "premium"]);
const MASTER: Is = Is::OneOf(&["none", "temporary"]);

const ASSET: Is = Is::Object(&[
    Field::must("inputs", Is::List(&INPUT)),
    Field::may("playback_policies", Is::List(&POLICY)),
    Field::may("passthrough", Is::Text),
    Field::may("master_access", MASTER),
    Field::may("video_quality", QUALITY),
    Field::may("static_renditions", Is::List(&RENDITION)),
    Field::may("meta", META),
    Field::may("test", Is::YesNo),
]);

const NEW_ASSET: Is = Is::Object(&[
    Field::may("inputs", Is::List(&INPUT)),
    Field::may("playback_policies", Is::List(&POLICY)),
    Field::may("passthrough", Is::Text),
    Field::may("master_access", MASTER),
    Field::may("video_quality", QUALITY),
    Field::may("static_renditions", Is::List(&RENDITION)),
    Field::may("meta", META),
]);

const UPLOAD: Is = Is::Object(&[
    Field::must("cors_origin", Is::Text),
    Field::may("new_asset_settings", NEW_ASSET),
    Field::may("test", Is::YesNo),
    Field::may("timeout", Is::Whole),
]);

/// An asset that Mux keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// Its id.
    pub id: String,
    /// `preparing`, `ready` or `errored`.
    pub status: &'static str,
    /// What it was made of, as it was sent.
    pub settings: Value,
    /// Its playback ids with their policies.
    pub playback_ids: Vec<(String, String)>,
    /// Its tracks.
    pub tracks: Vec<Value>,
}

/// An upload that Mux waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Its id.
    pub id: String,
    /// What it was opened with, as it was sent.
    pub settings: Value,
    /// The asset that came of it.
    pub asset: Option<String>,
}

#[derive(Default)]
struct Book {
    made: u64,
    assets: Vec<Asset>,
    uploads: Vec<Upload>,
    keys: Vec<(String, Vec<u8>)>,
    events: Vec<Value>,
    /// What has come of films that are sent, by their uploads.
    pieces: BTreeMap<String, Vec<u8>>,
    /// Films that were fetched, by their assets.
    films: BTreeMap<String, Bytes>,
    /// Where events are told by themselves.
    told_at: Option<String>,
    /// Its clock is so much ahead of the machine's.
    ahead_s: i64,
}

type Shared = Arc<Mutex<Book>>;

/// A running Mux.
pub struct Mux {
    /// The server.
    pub emulator: Emulator,
    book: Shared,
}

impl Mux {
    /// Starts it.
    pub async fn start() -> Self {
        let book = Shared::default();
        let routes = Router::new()
            .route("/video/v1/assets", get(list).post(create))
            .route("/video/v1/assets/{id}", get(retrieve).delete(remove))
            .route("/video/v1/uploads", post(open))
            .route("/video/v1/uploads/{id}", get(look))
            .route("/direct-uploads/{id}", put(piece).layer(DefaultBodyLimit::disable()))
            .route("/{playlist}", get(play))
            .fallback(nothing)
            .with_state(Arc::clone(&book));
        Self { emulator: Emulator::start(routes).await, book }
    }

    /// The assets that there are.
    pub fn assets(&self) -> Vec<Asset> {
        lock(&self.book).assets.clone()
    }

    /// The uploads that were opened.
    pub fn uploads(&self) -> Vec<Upload> {
        lock(&self.book).uploads.clone()
    }

    /// An asset was fetched and can be watched.
    pub fn finish(&self, id: &str) {
        lock(&self.book).finish(id);
    }

    /// An asset could not be fetched.
    pub fn fail(&self, id: &str) {
        lock(&self.book).fail(id);
    }

    /// What was fetched for an asset.
    pub fn film(&self, id: &str) -> Option<Bytes> {
        lock(&self.book).films.get(id).cloned()
    }

    /// From now on what happens is told to this address (`http`, on this machine) by itself, as webhooks.
    pub fn tell(&self, url: &str) {
        lock(&self.book).told_at = Some(url.to_owned());
    }

    /// It is this late now.
    pub fn set_now(&self, now: i64) {
        lock(&self.book).ahead_s = now - now_s();
    }

    /// An asset's playback ids let everybody in, as if somebody had changed that in Mux's own pages.
    pub fn expose(&self, id: &str) {
        let mut book = lock(&self.book);
        let Some(asset) = book.assets.iter_mut().find(|asset| asset.id == id) else { return };
        for (_, policy) in &mut asset.playback_ids {
            *policy = "public".to_owned();
        }
    }

    /// A film was put where an upload waits for it; the asset's id.
    pub fn receive(&self, upload: &str) -> Option<String> {
        lock(&self.book).receive(upload)
    }

    /// The public half of a signing key (PEM): tokens that it verifies are let in.
    ///
    /// # Panics
    /// When it is no RSA key of 2048 bits.
    pub fn know(&self, id: &str, public: &str) {
        let inner: String = public.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(inner).expect("PEM");
        assert_eq!(der.len(), SPKI_PREFIX + 270, "an RSA key of 2048 bits");
        lock(&self.book).keys.push((id.to_owned(), der[SPKI_PREFIX..].to_vec()));
    }

    /// The same with the key itself (PKCS#1, DER).
    pub fn know_key(&self, id: &str, public_key: Vec<u8>) {
        lock(&self.book).keys.push((id.to_owned(), public_key));
    }

    /// What has happened since this was last asked, as the bodies of webhooks.
    pub fn events(&self) -> Vec<Value> {
        std::mem::take(&mut lock(&self.book).events)
    }

    /// An event as a webhook that is sent at a time (seconds since 1970).
    pub fn hook(&self, event: &Value, at_s: i64) -> Hook {
        signed(event.to_string().into_bytes(), at_s, WEBHOOK_SECRET)
    }

    /// The same from somebody who does not know the secret.
    pub fn forged_hook(&self, event: &Value, at_s: i64) -> Hook {
        signed(event.to_string().into_bytes(), at_s, "another-secret")
    }

    /// The status with which a player's address is answered at a time (seconds since 1970).
    pub fn watch(&self, url: &str, now_s: i64) -> u16 {
        lock(&self.book).watch(url, now_s).unwrap_or_else(|status| status)
    }
}

impl Book {
    fn receive(&mut self, upload: &str) -> Option<String> {
        let settings = self.uploads.iter().find(|one| one.id == upload)?.settings.clone();
        let mut made = settings.get("new_asset_settings").cloned().unwrap_or_else(|| json!({}));
        made["test"] = settings.get("test").cloned().unwrap_or(Value::Bool(false));
        let asset = self.make(made);
        self.uploads.iter_mut().find(|one| one.id == upload)?.asset = Some(asset.id.clone());
        let data = json!({"id": upload, "asset_id": asset.id, "status": "asset_created"});
        self.note("video.upload.asset_created", "upload", data);
        Some(asset.id)
    }

    fn finish(&mut self, id: &str) {
        let Some(asset) = self.assets.iter_mut().find(|asset| asset.id == id) else { return };
        asset.status = "ready";
        let tracks = asset.tracks.iter().filter(|track| track["type"] == "text").cloned().collect::<Vec<_>>();
        let shown = shown(asset);
        self.note("video.asset.ready", "asset", shown);
        for mut track in tracks {
            track["asset_id"] = json!(id);
            self.note("video.asset.track.ready", "track", track);
        }
    }

    fn fail(&mut self, id: &str) {
        let Some(asset) = self.assets.iter_mut().find(|asset| asset.id == id) else { return };
        asset.status = "errored";
        let shown = shown(asset);
        self.note("video.asset.errored", "asset", shown);
    }

    /// Whether a player's address is let in at a time (200), or the status with which it is turned away.
    fn watch(&self, url: &str, now_s: i64) -> Result<u16, u16> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let asked = if let Some(rest) = place.strip_prefix("https://stream.mux.com/") {
            rest.strip_suffix(".m3u8").map(|id| (id, "v"))
        } else if let Some(rest) = place.strip_prefix("https://image.mux.com/") {
            rest.split_once('/').and_then(|(id, what)| match what {
                "thumbnail.jpg" | "thumbnail.png" | "thumbnail.webp" => Some((id, "t")),
                "animated.gif" | "animated.webp" => Some((id, "g")),
                "storyboard.jpg" | "storyboard.vtt" | "storyboard.json" => Some((id, "s")),
                _ => None,
            })
        } else {
            None
        };
        let (playback, audience) = asked.ok_or(404u16)?;
        let assets = self.assets.iter().filter(|asset| asset.status == "ready");
        let mut ids = assets.flat_map(|asset| &asset.playback_ids);
        let (_, policy) = ids.find(|(id, _)| id == playback).ok_or(404u16)?;
        if policy == "public" {
            return Ok(200);
        }
        let token = query.split('&').find_map(|pair| pair.strip_prefix("token="));
        let parameters = query.split('&').filter(|pair| !pair.is_empty()).count();
        match token.and_then(|token| claims(&self.keys, token)) {
            // What is in the token is not allowed in the address.
            Some(_) if parameters > 1 => Err(400),
            Some(claims)
                if claims["sub"] == playback
                    && claims["aud"] == audience
                    && claims["exp"].as_i64().is_some_and(|exp| exp > now_s) =>
            {
                Ok(200)
            }
            _ => Err(403),
        }
    }

    fn next(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}{:028x}", self.made)
    }

    fn make(&mut self, settings: Value) -> Asset {
        let id = self.next("asset");
        let policies: Vec<String> = settings["playback_policies"]
            .as_array()
            .map(|list| list.iter().filter_map(|policy| policy.as_str().map(str::to_owned)).collect())
            .unwrap_or_default();
        let playback_ids = policies.into_iter().map(|policy| (self.next("play"), policy)).collect();
        let texts: Vec<Value> = settings["inputs"].as_array().cloned().unwrap_or_default();
        let mut tracks = vec![json!({"id": self.next("track"), "type": "video"})];
        for input in texts.iter().filter(|input| input["type"] == "text") {
            tracks.push(json!({
                "id": self.next("track"), "type": "text", "text_type": input["text_type"],
                "language_code": input["language_code"], "name": input["name"], "status": "preparing",
            }));
        }
        let asset = Asset { id, status: "preparing", settings, playback_ids, tracks };
        self.assets.push(asset.clone());
        let shown = shown(&asset);
        self.note("video.asset.created", "asset", shown);
        asset
    }

    fn note(&mut self, kind: &str, object: &str, data: Value) {
        let id = self.next("event");
        self.events.push(json!({
            "type": kind, "id": id, "object": {"type": object, "id": data["id"]},
            "environment": {"name": "Testing", "id": "env1"}, "created_at": "2026-09-21T00:00:00Z",
            "attempts": [], "request_id": null, "accessor": null, "accessor_source": null, "data": data,
        }));
    }
}

/// The claims of a token, if a key that is known has signed it.
fn claims(keys: &[(String, Vec<u8>)], token: &str) -> Option<Value> {
    let (text, signature) = token.rsplit_once('.')?;
    let (head, body) = text.split_once('.')?;
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (head, body) = (read(head)?, read(body)?);
    if head["alg"] != "RS256" {
        return None;
    }
    let kid = body["kid"].as_str().or_else(|| head["kid"].as_str())?;
    let (_, key) = keys.iter().find(|(id, _)| id == kid)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(text.as_bytes(), &signature).ok().map(|()| body)
}

fn signed(body: Vec<u8>, at_s: i64, secret: &str) -> Hook {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let text = [format!("{at_s}.").as_bytes(), &body].concat();
    let hex = hex(hmac::sign(&key, &text).as_ref());
    let headers = vec![
        ("mux-signature", format!("t={at_s},v1={hex}")),
        ("content-type", "application/json".to_owned()),
    ];
    Hook { headers, body }
}

/// An asset as the interface shows it.
fn shown(asset: &Asset) -> Value {
    let ids: Vec<Value> =
        asset.playback_ids.iter().map(|(id, policy)| json!({"id": id, "policy": policy})).collect();
    let settings = &asset.settings;
    let mut shown = json!({
        "id": asset.id, "status": asset.status, "playback_ids": ids, "tracks": asset.tracks,
        "master_access": settings.get("master_access").cloned().unwrap_or_else(|| json!("none")),
        "video_quality": settings.get("video_quality").cloned().unwrap_or_else(|| json!("basic")),
        "test": settings.get("test").cloned().unwrap_or(Value::Bool(false)),
        "created_at": "1790000000", "mp4_support": "none",
    });
    if let Some(passthrough) = settings.get("passthrough") {
        shown["passthrough"] = passthrough.clone();
    }
    match asset.status {
        "ready" => shown["duration"] = json!(61.5),
        "errored" => {
            shown["errors"] =
                json!({"type": "invalid_input", "messages": ["The input could not be fetched."]});
        }
        _ => {}
    }
    shown
}

fn refused(status: StatusCode, kind: &str, message: impl Into<String>) -> Response {
    let message: String = message.into();
    (status, Json(json!({"error": {"type": kind, "messages": [message]}}))).into_response()
}

fn invalid(message: impl Into<String>) -> Response {
    refused(StatusCode::BAD_REQUEST, "invalid_parameters", message)
}

fn not_found() -> Response {
    refused(
        StatusCode::NOT_FOUND,
        "not_found",
        "The requested resource either doesn't exist or you don't have access to it.",
    )
}

/// Whether the caller may come in.
// An answer is what there is to say.
#[allow(clippy::result_large_err)]
fn entered(headers: &HeaderMap) -> Result<(), Response> {
    let right = format!("Basic {}", STANDARD.encode(format!("{TOKEN_ID}:{TOKEN_SECRET}")));
    match headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) {
        Some(value) if value == right => Ok(()),
        _ => Err(refused(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized request")),
    }
}

/// A body of JSON as the contract has it.
#[allow(clippy::result_large_err)]
fn body_of(headers: &HeaderMap, body: &[u8], is: &Is) -> Result<Value, Response> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|content_type| content_type.starts_with("application/json")) {
        return Err(refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "JSON is expected",
        ));
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| invalid("the body is no JSON"))?;
    check(&value, is).map_err(invalid)?;
    let passthroughs = [&value["passthrough"], &value["new_asset_settings"]["passthrough"]];
    if passthroughs.iter().any(|text| text.as_str().is_some_and(|text| text.chars().count() > 255)) {
        return Err(invalid("passthrough: at most 255 characters"));
    }
    Ok(value)
}

/// Nothing stands in the query or the body of a call that has none.
#[allow(clippy::result_large_err)]
fn bare(query: Option<&str>, body: &[u8]) -> Result<(), Response> {
    match query.unwrap_or_default().is_empty() && body.is_empty() {
        true => Ok(()),
        false => Err(invalid("this call has no parameters")),
    }
}

async fn create(
    State(book): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let asked = entered(&headers).and_then(|()| bare(query.as_deref(), &[]));
    let value = match asked.and_then(|()| body_of(&headers, &body, &ASSET)) {
        Ok(value) => value,
        Err(answer) => return answer,
    };
    let inputs = value["inputs"].as_array().cloned().unwrap_or_default();
    let is_address =
        |input: &Value| input["url"].as_str().is_some_and(|url| url.starts_with("https://") || is_here(url));
    if inputs.is_empty() || !inputs.iter().all(is_address) {
        return invalid("inputs: each must have a url");
    }
    if inputs[0].get("type").is_some_and(|kind| kind != "video") {
        return invalid("inputs[0]: must be the video");
    }
    for input in inputs.iter().filter(|input| input["type"] == "text") {
        if input["text_type"].is_null() || input["language_code"].is_null() {
            return invalid("inputs: a text needs text_type and language_code");
        }
    }
    let asset = lock(&book).make(value);
    if let Some(url) = inputs[0]["url"].as_str().filter(|url| is_here(url)) {
        tokio::spawn(take_in(Arc::clone(&book), asset.id.clone(), url.to_owned()));
    }
    (StatusCode::CREATED, Json(json!({"data": shown(&asset)}))).into_response()
}

/// Whether an address is on this machine: the real one takes `https` alone.
fn is_here(url: &str) -> bool {
    url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:")
}

/// Fetches a film: first its beginning, to see what it is, then all of it.
async fn take_in(book: Shared, asset: String, url: String) {
    let film = fetched(&url).await;
    {
        let mut book = lock(&book);
        match film {
            // It may have been deleted meanwhile.
            Some(film) if book.assets.iter().any(|one| one.id == asset) => {
                book.films.insert(asset.clone(), film);
                book.finish(&asset);
            }
            _ => book.fail(&asset),
        }
    }
    tell_all(&book).await;
}

async fn fetched(url: &str) -> Option<Bytes> {
    let client = client().ok()?;
    let part = client.get(url).header("range", "bytes=0-11").send().await.ok()?;
    let is_part = part.status().as_u16() == 206;
    let head = part.bytes().await.ok()?;
    let is_film = is_part && head.len() == 12 && head.get(4..8) == Some(b"ftyp");
    let whole = client.get(url).send().await.ok().filter(|_| is_film)?;
    if whole.status().as_u16() != 200 {
        return None;
    }
    whole.bytes().await.ok().filter(|film| film.starts_with(&head))
}

/// Tells what has happened, where somebody wants to be told.
async fn tell_all(book: &Shared) {
    let (url, events, ahead_s) = {
        let mut book = lock(book);
        let Some(url) = book.told_at.clone() else { return };
        (url, std::mem::take(&mut book.events), book.ahead_s)
    };
    for event in events {
        let hook = signed(event.to_string().into_bytes(), now_s() + ahead_s, WEBHOOK_SECRET);
        // The real one tries again for a day; whoever missed it asks.
        let _ = hook.post(&url).await;
    }
}

/// What a player is given at `/{playback id}.m3u8`, at the host of the streams.
async fn play(
    State(book): State<Shared>,
    Path(playlist): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let anywhere = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    let url = format!("https://stream.mux.com/{playlist}?{}", query.unwrap_or_default());
    let book = lock(&book);
    if let Err(status) = book.watch(&url, now_s() + book.ahead_s) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        return (status, anywhere).into_response();
    }
    let playback = playlist.trim_end_matches(".m3u8");
    let mut assets = book.assets.iter();
    let asset = assets.find(|asset| asset.playback_ids.iter().any(|(id, _)| id == playback));
    match asset.and_then(|asset| book.films.get(&asset.id)) {
        Some(film) => (anywhere, [(header::CONTENT_TYPE, "video/mp4")], film.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, anywhere).into_response(),
    }
}

async fn list(
    State(book): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    if let Err(answer) = entered(&headers).and_then(|()| bare(None, &body)) {
        return answer;
    }
    let (mut limit, mut from) = (25, 0);
    for pair in query.as_deref().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, value.trim_start_matches("after").parse::<usize>()) {
            ("limit", Ok(value)) if (1..=100).contains(&value) => limit = value,
            ("cursor", Ok(value)) => from = value,
            _ => return invalid(format!("{name}: is not a parameter, or not of this value")),
        }
    }
    let book = lock(&book);
    let page: Vec<Value> = book.assets.iter().rev().skip(from).take(limit).map(shown).collect();
    let next = (from + limit < book.assets.len()).then(|| format!("after{}", from + limit));
    Json(json!({"data": page, "next_cursor": next})).into_response()
}

async fn retrieve(
    State(book): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    if let Err(answer) = entered(&headers).and_then(|()| bare(query.as_deref(), &body)) {
        return answer;
    }
    match lock(&book).assets.iter().find(|asset| asset.id == id) {
        Some(asset) => Json(json!({"data": shown(asset)})).into_response(),
        None => not_found(),
    }
}

async fn remove(
    State(book): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    if let Err(answer) = entered(&headers).and_then(|()| bare(query.as_deref(), &body)) {
        return answer;
    }
    let mut book = lock(&book);
    let Some(place) = book.assets.iter().position(|asset| asset.id == id) else { return not_found() };
    let asset = book.assets.remove(place);
    book.films.remove(&asset.id);
    let shown = shown(&asset);
    book.note("video.asset.deleted", "asset", shown);
    StatusCode::NO_CONTENT.into_response()
}

async fn open(
    State(book): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let asked = entered(&headers).and_then(|()| bare(query.as_deref(), &[]));
    let value = match asked.and_then(|()| body_of(&headers, &body, &UPLOAD)) {
        Ok(value) => value,
        Err(answer) => return answer,
    };
    let mut book = lock(&book);
    let id = book.next("upload");
    let upload = Upload { id, settings: value, asset: None };
    book.uploads.push(upload.clone());
    (StatusCode::CREATED, Json(json!({"data": shown_upload(&upload)}))).into_response()
}

async fn look(
    State(book): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    if let Err(answer) = entered(&headers).and_then(|()| bare(query.as_deref(), &body)) {
        return answer;
    }
    match lock(&book).uploads.iter().find(|upload| upload.id == id) {
        Some(upload) => Json(json!({"data": shown_upload(upload)})).into_response(),
        None => not_found(),
    }
}

fn shown_upload(upload: &Upload) -> Value {
    let mut shown = json!({
        "id": upload.id, "timeout": 3600, "cors_origin": upload.settings["cors_origin"],
        "new_asset_settings": upload.settings["new_asset_settings"],
        "status": if upload.asset.is_some() { "asset_created" } else { "waiting" },
    });
    match &upload.asset {
        Some(asset) => shown["asset_id"] = json!(asset),
        None => {
            let (id, secret) = (&upload.id, secret_of(&upload.id));
            shown["url"] = json!(format!("https://storage.googleapis.com/direct-uploads/{id}?{secret}"));
        }
    }
    shown
}

/// The query of the address at which an upload waits.
fn secret_of(upload: &str) -> String {
    format!("upload_id=secret-{upload}&Expires=1790003600")
}

/// A piece of a film comes to where an upload waits for it. Each is the next one, and all but the last are of a length
/// that the store takes.
async fn piece(
    State(book): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let header = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if query != Some(secret_of(&id)) || headers.contains_key(header::AUTHORIZATION) {
        return (StatusCode::FORBIDDEN, "the address is all that lets in").into_response();
    }
    let wrong = |why: &'static str| (StatusCode::BAD_REQUEST, why).into_response();
    if header(header::CONTENT_TYPE) != Some("video/mp4") {
        return wrong("it is no film");
    }
    let Some((from, to, total)) = header(header::CONTENT_RANGE).and_then(range_of) else {
        return wrong("it does not say which piece it is");
    };
    {
        let mut kept = lock(&book);
        if !kept.uploads.iter().any(|one| one.id == id && one.asset.is_none()) {
            return (StatusCode::NOT_FOUND, "no upload waits here").into_response();
        }
        let had = kept.pieces.entry(id.clone()).or_default();
        if from != had.len() || to >= total || from + body.len() != to + 1 {
            return wrong("it is not the next piece, or not of the length that it says");
        }
        if to + 1 < total && !body.len().is_multiple_of(256 << 10) {
            return wrong("a piece is a multiple of 256 KiB");
        }
        had.extend_from_slice(&body);
        if to + 1 < total {
            let range = [(header::RANGE, format!("bytes=0-{to}"))];
            return (StatusCode::PERMANENT_REDIRECT, range).into_response();
        }
        let film = Bytes::from(kept.pieces.remove(&id).unwrap_or_default());
        if let Some(asset) = kept.receive(&id) {
            if film.get(4..8) == Some(b"ftyp") {
                kept.films.insert(asset.clone(), film);
                kept.finish(&asset);
            } else {
                kept.fail(&asset);
            }
        }
    }
    tokio::spawn(async move { tell_all(&book).await });
    StatusCode::OK.into_response()
}

/// `bytes 0-4194303/9000000`
fn range_of(text: &str) -> Option<(usize, usize, usize)> {
    let (piece, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = piece.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?, total.parse().ok()?))
}

async fn nothing() -> Response {
    not_found()
}
