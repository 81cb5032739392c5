//! Mux: the whole life of a film there, tokens and webhooks by the vendor's own cases, and what happens when it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use egress::{Blocked, Method, RetryPolicy};
use emulators::mux as vendor;
use emulators::{Emulator, Hook, Mood};
use policy::{Personal, ProcessorId, kind, processor, purpose};
use processors::mux::{
    Asset, Audience, Captions, Deleted, Error, Event, Film, Mux, Rejected, Settings, SigningKey, Status,
    TOKEN_LIFE_MAX_S, TokenError, UploadStatus, What, playlist_url, verify,
};
use processors::role::{Erased, HookError, News, StreamState, Streaming, Trouble};
use processors::{Connected, Secret};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::NOW_MS;

const NOW_S: i64 = NOW_MS / 1000;
const VECTORS: &str = include_str!("../contracts/mux/vectors.json");
/// Lets a request through.
const AS_USUAL: Mood = Mood::Slow(Duration::ZERO);

type FilmUrl = Personal<kind::GeneratedVideo, String>;

fn settings() -> Settings {
    let retry = RetryPolicy {
        tries_max: 3,
        first_wait: Duration::from_millis(1),
        wait_max: Duration::from_millis(5),
    };
    let secret = Secret::new(vendor::TOKEN_SECRET);
    let webhook = Secret::new(vendor::WEBHOOK_SECRET);
    let site = "https://films.example.org".to_owned();
    Settings { retry, ..Settings::new(vendor::TOKEN_ID.to_owned(), secret, webhook, site) }
}

async fn kit() -> (vendor::Mux, Mux) {
    let emulated = vendor::Mux::start().await;
    let egress = crate::egress(&[ProcessorId::Mux], &[("api.mux.com", emulated.emulator.address)]);
    (emulated, Mux::new(egress, settings()))
}

fn film_url() -> FilmUrl {
    Personal::new("https://storage.googleapis.com/films/01J9Z3?X-Goog-Signature=canary".to_owned())
}

async fn ingest(mux: &Mux, passthrough: &str) -> Result<Asset, Error> {
    let url = film_url();
    mux.ingest(&Film { passthrough, url: &url, captions: &[] }).await
}

fn heard(mux: &Mux, hook: &Hook, now_s: i64) -> Result<Event, Rejected> {
    mux.webhook(hook.headers.first().map(|header| header.1.as_str()), &hook.body, now_s)
}

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

fn signing_key(vectors: &Value) -> SigningKey {
    let id = vectors["signing_key_id"].as_str().unwrap();
    SigningKey::new(id, &Secret::new(vectors["private_key_pem"].as_str().unwrap())).unwrap()
}

/// The claims and header of a token whose signature is right.
fn opened(vectors: &Value, token: &str) -> (Value, Value) {
    let pem = vectors["public_key_pem"].as_str().unwrap();
    let inner: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(inner).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    // What X.509 writes before the key has 24 bytes here.
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der[24..]);
    key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).unwrap();
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(parts[0]), read(parts[1]))
}

#[tokio::test]
async fn a_film_is_fetched_watched_with_a_token_and_deleted() {
    let (emulated, mux) = kit().await;
    let asset = ingest(&mux, "job-1").await.unwrap();
    assert_eq!((asset.status, asset.passthrough.as_deref()), (Status::Preparing, Some("job-1")));
    let kept = emulated.assets();
    let sent = json!({
        "inputs": [{"url": film_url().for_processor::<processor::Mux>()}], "passthrough": "job-1",
        "video_quality": "basic", "playback_policies": ["signed"], "master_access": "none",
    });
    assert_eq!((kept.len(), &kept[0].settings), (1, &sent), "that and nothing else, such as meta");

    emulated.finish(&asset.id);
    let asset = mux.asset(&asset.id).await.unwrap().unwrap();
    assert_eq!((asset.status, asset.duration_ms), (Status::Ready, Some(61_500)));

    let vectors = vectors();
    emulated.know("keya1a9f67bad1b579d53f6", vectors["public_key_pem"].as_str().unwrap());
    let key = signing_key(&vectors);
    let playback = asset.playback_id.clone().unwrap();
    let token = key.token(&playback, Audience::Video, &[], NOW_S, 3600).unwrap();
    let url = playlist_url(&playback, &token);
    assert_eq!(emulated.watch(&url, NOW_S), 200);
    assert_eq!(emulated.watch(&url, NOW_S + 3600), 403, "it ends");
    assert_eq!(emulated.watch(&playlist_url(&playback, ""), NOW_S), 403, "not without");
    let still_at = |token: &str| format!("https://image.mux.com/{playback}/thumbnail.jpg?token={token}");
    assert_eq!(emulated.watch(&still_at(&token), NOW_S), 403, "for the video alone");
    let still = key.token(&playback, Audience::Thumbnail, &[("width", "640")], NOW_S, 600).unwrap();
    assert_eq!(emulated.watch(&still_at(&still), NOW_S), 200);

    let deleted = mux.delete(&asset.id).await.unwrap();
    assert_eq!(deleted, Deleted { id: asset.id.clone(), was_there: true });
    assert!(emulated.assets().is_empty());
    assert_eq!(emulated.watch(&url, NOW_S), 404);
    assert_eq!(mux.asset(&asset.id).await, Ok(None));
    assert_eq!(mux.delete(&asset.id).await, Ok(Deleted { id: asset.id, was_there: false }));
}

#[tokio::test]
async fn captions_lie_beside_the_film() {
    let (emulated, mux) = kit().await;
    let (url, vtt) = (film_url(), FilmUrl::new("https://storage.googleapis.com/films/de.vtt?s=1".to_owned()));
    let captions = [Captions { url: &vtt, language: "de", label: "Deutsch" }];
    let asset = mux.ingest(&Film { passthrough: "job-1", url: &url, captions: &captions }).await.unwrap();
    assert_eq!(asset.captions.len(), 1);
    assert_eq!(asset.captions[0].1.as_deref(), Some("de"));
    let text = json!({
        "url": vtt.for_processor::<processor::Mux>(), "type": "text", "text_type": "subtitles",
        "language_code": "de", "name": "Deutsch",
    });
    assert_eq!(emulated.assets()[0].settings["inputs"][1], text);

    emulated.finish(&asset.id);
    let told: Vec<What> = emulated
        .events()
        .iter()
        .map(|event| heard(&mux, &emulated.hook(event, NOW_S), NOW_S).unwrap().what)
        .collect();
    let ready = What::CaptionsReady { asset: asset.id.clone(), track: asset.captions[0].0.clone() };
    assert!(told.contains(&ready), "{told:?}");
    mux.delete(&asset.id).await.unwrap();
    assert!(emulated.assets().is_empty());
}

#[tokio::test]
async fn a_film_may_be_sent_instead() {
    let (emulated, mux) = kit().await;
    let upload = mux.open_upload("job-2").await.unwrap();
    assert_eq!((upload.status, upload.asset), (UploadStatus::Waiting, None));
    assert!(upload.url.reveal().starts_with("https://"));
    assert!(!format!("{:?}", upload.url).contains("https"), "whoever has it may upload");
    let sent = json!({
        "cors_origin": "https://films.example.org",
        "new_asset_settings": {"passthrough": "job-2", "playback_policies": ["signed"], "master_access": "none"},
    });
    assert_eq!(emulated.uploads()[0].settings, sent);

    let made = emulated.receive(&upload.id).unwrap();
    let upload = mux.upload(&upload.id).await.unwrap().unwrap();
    assert_eq!((upload.status, upload.asset.as_deref()), (UploadStatus::AssetCreated, Some(made.as_str())));
    assert_eq!(mux.find("job-2").await.unwrap().unwrap().id, made);
    let told = emulated.events();
    let last = heard(&mux, &emulated.hook(told.last().unwrap(), NOW_S), NOW_S).unwrap();
    assert_eq!(last.what, What::UploadDone { upload: upload.id, asset: made });
    assert!(mux.upload("upload0").await.unwrap().is_none());
}

#[tokio::test]
async fn a_film_is_taken_once_whatever_happens_on_the_way() {
    for mood in [
        Mood::CutAfter,
        Mood::CutBefore,
        Mood::Fails(500),
        Mood::Fails(503),
        Mood::Fails(409),
        Mood::TooMany(0),
    ] {
        let (emulated, mux) = kit().await;
        emulated.emulator.mood([AS_USUAL, mood]);
        let first = ingest(&mux, "job-1").await.unwrap();
        let again = ingest(&mux, "job-1").await.unwrap();
        assert_eq!(first.id, again.id, "{mood:?}");
        assert_eq!(emulated.assets().len(), 1, "{mood:?}");
        assert_ne!(ingest(&mux, "job-2").await.unwrap().id, first.id, "{mood:?}");
    }
}

#[tokio::test]
async fn who_asks_us_to_wait_is_not_asked_again_at_once() {
    let (emulated, mux) = kit().await;
    emulated.emulator.mood([AS_USUAL, Mood::TooMany(60)]);
    let away = ingest(&mux, "job-1").await.unwrap_err();
    assert!(matches!(away, Error::Away { retry_after_s: Some(60), .. }), "{away:?}");
    assert_eq!(emulated.emulator.asked().len(), 2);
    ingest(&mux, "job-1").await.unwrap();
    assert_eq!(emulated.assets().len(), 1);
}

#[tokio::test]
async fn what_may_come_twice_is_repeated() {
    let (emulated, mux) = kit().await;
    let asset = ingest(&mux, "job-1").await.unwrap();
    emulated.emulator.mood([Mood::TooMany(0), Mood::Fails(502)]);
    assert!(mux.asset(&asset.id).await.unwrap().is_some());
    emulated.emulator.mood([Mood::CutAfter]);
    assert_eq!(mux.delete(&asset.id).await.unwrap().id, asset.id);
    assert!(emulated.assets().is_empty());
    let told = emulated.events();
    assert_eq!(told.iter().filter(|event| event["type"] == "video.asset.deleted").count(), 1);

    emulated.emulator.mood([Mood::Fails(500), Mood::Fails(500), Mood::Fails(500)]);
    let away = mux.delete(&asset.id).await.unwrap_err();
    assert!(matches!(away, Error::Away { .. }), "{away:?}");
}

#[tokio::test]
async fn a_film_is_sent_piece_by_piece_and_once() {
    let emulated = vendor::Mux::start().await;
    let address = emulated.emulator.address;
    let hosts = [("api.mux.com", address), ("storage.googleapis.com", address)];
    let mux = Mux::new(crate::egress(&[ProcessorId::Mux], &hosts), settings());
    // A little more than a piece.
    let mut film = FILM.to_vec();
    film.resize((4 << 20) + 17, 7);
    let film = Personal::<kind::GeneratedVideo, _>::new(Bytes::from(film));
    let asset = mux.send("copy-1", &film).await.unwrap();
    assert_eq!(asset.status, Status::Ready);
    assert_eq!(emulated.film(&asset.id).as_ref(), Some(film.for_processor::<processor::Mux>()));
    let asked = emulated.emulator.asked();
    let pieces: Vec<_> = asked.iter().filter(|asked| asked.method == "PUT").collect();
    let ranges: Vec<&str> = pieces.iter().map(|piece| piece.header("content-range")).collect();
    assert_eq!(ranges, ["bytes 0-4194303/4194321", "bytes 4194304-4194320/4194321"]);
    assert!(pieces.iter().all(|piece| piece.header("authorization").is_empty()), "the address lets in");
    assert_eq!(mux.send("copy-1", &film).await.unwrap().id, asset.id, "once for each name");
    assert_eq!(emulated.uploads().len(), 1);

    // Cut off half way it came to nothing, and is sent anew.
    emulated.emulator.mood([AS_USUAL, AS_USUAL, Mood::CutBefore]);
    let cut = mux.send("copy-2", &film).await;
    assert!(matches!(cut, Err(Error::Away { .. })), "{cut:?}");
    assert_eq!(emulated.assets().len(), 1);
    assert_eq!(mux.send("copy-2", &film).await.unwrap().status, Status::Ready);
    assert_eq!((emulated.assets().len(), emulated.uploads().len()), (2, 3));
    let nothing = Personal::new(Bytes::new());
    assert!(matches!(mux.send("copy-3", &nothing).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn an_asset_is_found_behind_the_first_page() {
    let (emulated, mux) = kit().await;
    let first = ingest(&mux, "job-first").await.unwrap();
    for _ in 0..100 {
        let upload = mux.open_upload("job-other").await.unwrap();
        emulated.receive(&upload.id).unwrap();
    }
    assert_eq!(emulated.assets().len(), 101);
    assert_eq!(mux.find("job-first").await.unwrap().unwrap().id, first.id);
    assert_eq!(mux.find("job-none").await, Ok(None));
}

#[tokio::test]
async fn what_mux_refuses_is_told_by_its_word_alone() {
    let (emulated, mux) = kit().await;
    let url = FilmUrl::new("http://canary.example/film.mp4".to_owned());
    let refused = mux.ingest(&Film { passthrough: "job-1", url: &url, captions: &[] }).await.unwrap_err();
    assert_eq!(refused, Error::Refused { status: 400, kind: "invalid_parameters".to_owned() });
    assert!(!refused.to_string().contains("canary"));
    assert!(matches!(ingest(&mux, &"x".repeat(256)).await, Err(Error::Invalid(_))));

    let wrong = Settings { token_secret: Secret::new("wrong"), ..settings() };
    let egress = crate::egress(&[ProcessorId::Mux], &[("api.mux.com", emulated.emulator.address)]);
    assert_eq!(ingest(&Mux::new(egress, wrong), "job-1").await.unwrap_err(), Error::Credentials(401));
    assert!(emulated.assets().is_empty());
}

#[tokio::test]
async fn an_asset_that_everybody_can_watch_is_told_of() {
    let (emulated, mux) = kit().await;
    let asset = ingest(&mux, "job-1").await.unwrap();
    emulated.expose(&asset.id);
    assert_eq!(mux.asset(&asset.id).await, Err(Error::Exposed(asset.id.clone())));
    assert_eq!(mux.find("job-1").await, Err(Error::Exposed(asset.id.clone())));
    emulated.events();
    emulated.finish(&asset.id);
    let hook = emulated.hook(&emulated.events()[0], NOW_S);
    assert_eq!(heard(&mux, &hook, NOW_S), Err(Rejected::Exposed(asset.id.clone())));
    assert!(mux.delete(&asset.id).await.unwrap().was_there, "it can be deleted all the same");
}

#[tokio::test]
async fn what_mux_may_not_get_does_not_go_out() {
    let emulated = vendor::Mux::start().await;
    let reroute = [("api.mux.com", emulated.emulator.address)];
    let off = Mux::new(crate::egress(&[ProcessorId::Stripe], &reroute), settings());
    assert_eq!(ingest(&off, "job-1").await.unwrap_err(), Error::Blocked(Blocked::SwitchedOff));

    let egress = crate::egress(&[ProcessorId::Mux], &reroute);
    for field in ["meta.title", "meta.creator_id", "meta.external_id", "playback_policies"] {
        let call = egress
            .to::<processor::Mux, purpose::Films>(Method::POST, "https://api.mux.com/video/v1/assets")
            .plain(field, "Mia");
        let blocked = call.send().await.unwrap_err();
        assert_eq!(blocked, egress::Error::Blocked(ProcessorId::Mux, Blocked::Plain(field.to_owned())));
    }
    assert!(emulated.emulator.asked().is_empty());
}

#[tokio::test]
async fn a_webhook_is_read_as_it_came_over_the_wire() {
    let (emulated, mux) = kit().await;
    let asset = ingest(&mux, "job-1").await.unwrap();
    emulated.finish(&asset.id);
    let receiver = crate::svix::receiver().await;
    let url = format!("http://{}/webhooks/mux", receiver.address);
    let ready = emulated.events().pop().unwrap();
    assert_eq!(emulated.hook(&ready, NOW_S).post(&url).await.unwrap(), 200);
    let came = receiver.asked().remove(0);
    let event = mux.webhook(Some(came.header("mux-signature")), &came.body, NOW_S).unwrap();
    assert!(matches!(event.what, What::AssetReady(ready) if ready.id == asset.id));
}

#[tokio::test]
async fn webhooks_are_of_mux_of_now_and_counted_once() {
    let (emulated, mux) = kit().await;
    let asset = ingest(&mux, "job-1").await.unwrap();
    emulated.finish(&asset.id);
    let failed = ingest(&mux, "job-2").await.unwrap();
    emulated.fail(&failed.id);
    mux.delete(&asset.id).await.unwrap();

    let events = emulated.events();
    let mut seen = BTreeSet::new();
    let mut told = Vec::new();
    // Each comes twice.
    for event in events.iter().chain(&events) {
        let event = heard(&mux, &emulated.hook(event, NOW_S), NOW_S + 2).unwrap();
        if seen.insert(event.id.clone()) {
            told.push(event.what);
        }
    }
    assert_eq!(told.len(), events.len());
    let is_ready = |what: &What| matches!(what, What::AssetReady(ready) if ready.id == asset.id);
    assert!(told.iter().any(is_ready), "{told:?}");
    let is_errored = |what: &What| {
        matches!(what, What::AssetErrored(one) if one.id == failed.id
            && one.problem.as_deref() == Some("invalid_input"))
    };
    assert!(told.iter().any(is_errored), "{told:?}");
    assert_eq!(told.last(), Some(&What::AssetDeleted { asset: asset.id }), "which confirms it");

    let hook = emulated.hook(&events[0], NOW_S);
    assert!(heard(&mux, &hook, NOW_S + 300).is_ok());
    assert_eq!(heard(&mux, &hook, NOW_S + 301), Err(Rejected::TooOld), "as when it is replayed");
    assert!(heard(&mux, &hook, NOW_S - 300).is_ok());
    assert_eq!(heard(&mux, &hook, NOW_S - 301), Err(Rejected::FromFuture));
    assert_eq!(heard(&mux, &emulated.forged_hook(&events[0], NOW_S), NOW_S), Err(Rejected::Forged));
    let other = Hook { body: emulated.hook(&events[1], NOW_S).body, ..hook.clone() };
    assert_eq!(heard(&mux, &other, NOW_S), Err(Rejected::Forged));
    assert_eq!(mux.webhook(None, &hook.body, NOW_S), Err(Rejected::Unsigned));
    let unknown = json!({"type": "video.live_stream.idle", "id": "e1", "data": {"id": "x"}});
    assert_eq!(heard(&mux, &emulated.hook(&unknown, NOW_S), NOW_S).unwrap().what, What::Other);
    let broken = json!({"type": "video.asset.ready", "id": "e2", "data": {}});
    assert_eq!(heard(&mux, &emulated.hook(&broken, NOW_S), NOW_S), Err(Rejected::Malformed));
}

#[test]
fn webhooks_of_the_vendors_cases() {
    let vectors = vectors();
    let cases = vectors["webhook"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let secrets = [Secret::new("another, which is on its way out"), Secret::new(text("secret"))];
        let now_s = case["now"].as_i64().unwrap();
        let verified = verify(Some(text("header")), text("body").as_bytes(), &secrets, now_s);
        assert_eq!(verified.is_ok(), case["accept"].as_bool().unwrap(), "{}: {verified:?}", case["name"]);
    }
    for header in ["", "t=,v1=", "t=x,v1=00", "t=1790000000,v1=zz", "t=1790000000,t=1790000000,v1=00"] {
        assert_eq!(
            verify(Some(header), b"{}", &[Secret::new("s")], NOW_S),
            Err(Rejected::Unsigned),
            "{header}"
        );
    }
}

#[test]
fn tokens_of_the_vendors_cases() {
    let vectors = vectors();
    let key = signing_key(&vectors);
    let cases = vectors["playback_jwt"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let input = &case["input"];
        let audience = match input["type"].as_str().unwrap() {
            "video" => Audience::Video,
            "thumbnail" => Audience::Thumbnail,
            "gif" => Audience::Gif,
            "storyboard" => Audience::Storyboard,
            other => panic!("{other}"),
        };
        let life = input["expires_in"].as_str().unwrap();
        let (count, unit) = life.split_at(life.len() - 1);
        let unit_s = if unit == "h" { 3600 } else { 60 };
        let life_s = count.parse::<i64>().unwrap() * unit_s;
        let params = input["params"].as_object().unwrap();
        let params: Vec<(&str, &str)> =
            params.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let now_s = case["now"].as_i64().unwrap();
        let playback = input["playback_id"].as_str().unwrap();
        let token = key.token(playback, audience, &params, now_s, life_s).unwrap();
        let (header, claims) = opened(&vectors, &token);
        assert_eq!((&header, &claims), (&case["header"], &case["claims"]), "{}", case["name"]);
        // The vendor's own token, by the same means.
        assert_eq!(opened(&vectors, case["token"].as_str().unwrap()), (header, claims));
    }
}

#[test]
fn tokens_live_for_hours_and_their_claims_are_their_own() {
    let vectors = vectors();
    let key = signing_key(&vectors);
    let token = |playback: &str, params: &[(&str, &str)], life_s| {
        key.token(playback, Audience::DrmLicence, params, NOW_S, life_s)
    };
    assert_eq!(opened(&vectors, &token("a1", &[], TOKEN_LIFE_MAX_S).unwrap()).1["aud"], "d");
    for life_s in [0, -1, TOKEN_LIFE_MAX_S + 1, i64::MAX] {
        assert_eq!(token("a1", &[], life_s), Err(TokenError::Life));
    }
    for claim in ["sub", "aud", "exp", "kid"] {
        assert_eq!(token("a1", &[(claim, "x")], 60), Err(TokenError::Parameter));
    }
    assert_eq!(token("a1", &[("width", "1"), ("width", "2")], 60), Err(TokenError::Parameter));
    for playback in ["", "a/b", "a?b", "a.m3u8"] {
        assert_eq!(token(playback, &[], 60), Err(TokenError::PlaybackId));
    }

    // As Mux gives the key: PEM, once more in base64.
    let pem = vectors["private_key_pem"].as_str().unwrap();
    let given = SigningKey::new("k", &Secret::new(STANDARD.encode(pem))).unwrap();
    assert!(given.token("a1", Audience::Video, &[], NOW_S, 60).is_ok());
    assert_eq!(format!("{given:?}"), "SigningKey(k)");
    for wrong in ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
        assert!(SigningKey::new("k", &Secret::new(wrong)).is_err());
    }
}

/// Connected as a configuration says.
fn connected(emulated: &vendor::Mux, webhook_secret: &str) -> Connected {
    let vectors = vectors();
    let egress = crate::egress(&[ProcessorId::Mux], &[("api.mux.com", emulated.emulator.address)]);
    let account = json!({
        "token_id": vendor::TOKEN_ID, "token_secret": vendor::TOKEN_SECRET, "webhook_secret": webhook_secret,
        "signing_key_id": vectors["signing_key_id"], "signing_key": vectors["private_key_pem"],
    });
    let accounts = BTreeMap::from([(ProcessorId::Mux, account.as_object().unwrap().clone())]);
    processors::connect(&accounts, &egress).unwrap()
}

const FILM: &[u8] = b"\0\0\0\x0cftypisom and the rest of it";

/// A house that lends a film, whole or its first bytes.
async fn house() -> Emulator {
    let film = |headers: HeaderMap| async move {
        match headers.get("range") {
            Some(_) => (StatusCode::PARTIAL_CONTENT, FILM[..12].to_vec()),
            None => (StatusCode::OK, FILM.to_vec()),
        }
    };
    let words = || async { "no film" };
    Emulator::start(Router::new().route("/film.mp4", get(film)).route("/words", get(words))).await
}

/// How far a film is once it was looked at.
async fn until_seen(streaming: &dyn Streaming, id: &str) -> StreamState {
    for _ in 0..500 {
        let state = streaming.look(id).await.unwrap().unwrap().state;
        if state != StreamState::Preparing {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    StreamState::Preparing
}

#[tokio::test]
async fn in_its_roles_it_fetches_what_it_is_lent_plays_it_tells_of_it_and_lets_go() {
    let (emulated, house) = (vendor::Mux::start().await, house().await);
    let connected = connected(&emulated, vendor::WEBHOOK_SECRET);
    let streaming = connected.streaming.clone().unwrap();
    assert_eq!(connected.checks[&ProcessorId::Mux].check(NOW_S, "").await, Ok(()));
    let url = FilmUrl::new(format!("http://{}/film.mp4", house.address));
    let stream = streaming.ingest("copy-1", &url).await.unwrap();
    assert_eq!(stream.state, StreamState::Preparing);
    assert_eq!(streaming.ingest("copy-1", &url).await.unwrap().id, stream.id, "once for each name");
    assert_eq!(until_seen(&*streaming, &stream.id).await, StreamState::Ready);
    assert_eq!(emulated.film(&stream.id).as_deref(), Some(FILM));
    let kept = &emulated.assets()[0].settings;
    assert_eq!(kept["inputs"].as_array().unwrap().len(), 1, "and no captions: {kept}");

    let key = vectors();
    emulated.know(key["signing_key_id"].as_str().unwrap(), key["public_key_pem"].as_str().unwrap());
    let playlist = streaming.playlist_url(stream.playback.as_deref().unwrap(), NOW_S, 3600).unwrap();
    assert_eq!(emulated.watch(&playlist, NOW_S), 200);
    assert_eq!(emulated.watch(&playlist, NOW_S + 3600), 403);

    let hook = &connected.hooks[&ProcessorId::Mux];
    let events = emulated.events();
    assert!(events.len() >= 2);
    for event in &events {
        let sent = emulated.hook(event, NOW_S);
        let header =
            |name: &str| sent.headers.iter().find(|header| header.0 == name).map(|header| header.1.clone());
        let opened = hook.open(&header, &sent.body, NOW_S).await.unwrap();
        assert_eq!(opened.id, event["id"].as_str().unwrap());
        assert_eq!(opened.news, [News::Stream { stream: stream.id.clone() }]);
        let late = hook.open(&header, &sent.body, NOW_S + 301).await;
        assert!(matches!(late, Err(HookError::NotBelieved(_))), "{late:?}");
    }

    let erases = &connected.erases[&ProcessorId::Mux];
    for _ in 0..2 {
        let erased = erases.erase(&stream.id, NOW_S).await.unwrap();
        assert!(matches!(erased, Erased::Done { .. }), "{erased:?}");
        assert!(emulated.assets().is_empty());
    }
    assert_eq!(streaming.look(&stream.id).await, Ok(None));
    assert_eq!(emulated.watch(&playlist, NOW_S), 404);
}

#[tokio::test]
async fn what_it_was_sent_is_deleted_before_its_id_is_known_and_what_is_no_film_fails() {
    let (emulated, house) = (vendor::Mux::start().await, house().await);
    let connected = connected(&emulated, "");
    assert!(connected.hooks.is_empty(), "without a secret nothing is believed");
    let streaming = connected.streaming.clone().unwrap();
    let url = FilmUrl::new(format!("http://{}/words", house.address));
    let stream = streaming.ingest("copy-1", &url).await.unwrap();
    assert_eq!(until_seen(&*streaming, &stream.id).await, StreamState::Failed);
    let erases = &connected.erases[&ProcessorId::Mux];
    let erased = erases.erase(&streaming.early_handle("copy-1"), NOW_S).await.unwrap();
    assert!(matches!(erased, Erased::UnderWay { .. }) && emulated.assets().is_empty(), "{erased:?}");

    // One that was on its way arrives after it was deleted: it is done only when nothing can come any more.
    let late = streaming.early_handle("copy-2");
    let Ok(Erased::UnderWay { task, .. }) = erases.erase(&late, NOW_S).await else { panic!("too early") };
    streaming.ingest("copy-2", &url).await.unwrap();
    assert_eq!(emulated.assets().len(), 1);
    for after_s in [299, 300] {
        if after_s == 300 {
            streaming.ingest("copy-2", &url).await.unwrap();
        }
        let Ok(Erased::UnderWay { task: same, .. }) = erases.standing(&late, &task, NOW_S + after_s).await
        else {
            panic!("too early")
        };
        assert!(same == task && emulated.assets().is_empty(), "what is found is deleted");
    }
    let erased = erases.standing(&late, &task, NOW_S + 360).await.unwrap();
    assert!(matches!(erased, Erased::Done { .. }), "{erased:?}");

    // One that everybody may watch does not stay.
    let url = FilmUrl::new(format!("http://{}/film.mp4", house.address));
    let stream = streaming.ingest("copy-3", &url).await.unwrap();
    emulated.expose(&stream.id);
    assert!(matches!(streaming.look(&stream.id).await, Err(Trouble::Refused(_))));
    assert!(emulated.assets().is_empty());
}

#[tokio::test]
async fn half_an_account_is_none() {
    let egress = crate::egress(&[ProcessorId::Mux], &[]);
    let with = |account: Value| {
        let accounts = BTreeMap::from([(ProcessorId::Mux, account.as_object().unwrap().clone())]);
        processors::connect(&accounts, &egress).err().map(|wrong| wrong.join(" ")).unwrap_or_default()
    };
    let mut account =
        json!({"token_id": "a", "token_secret": "canary", "signing_key_id": "k", "signing_key": "canary"});
    assert!(with(account.clone()).contains("set signing_key"), "{}", with(account.clone()));
    assert!(!with(account.clone()).contains("canary"));
    account["signing_key"] = vectors()["private_key_pem"].clone();
    account["token_secret"] = json!("");
    assert!(with(account.clone()).contains("set token_secret"));
    account["upload"] = json!("by hand");
    assert!(with(account.clone()).contains("set token_secret"));
    account["token_secret"] = json!("b");
    assert!(with(account.clone()).contains("upload must be lent or direct"));
    account["upload"] = json!("direct");
    assert_eq!(with(account.clone()), "");
    account["colour"] = json!("red");
    assert!(with(account).contains("colour"));
}
