//! fal over real HTTP, against the emulator; its webhooks also against the cases of the contract.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ::egress::{Blocked, Error, Method, RetryPolicy};
use emulators::fal::{Fal as Vendor, Stand};
use emulators::{Asked, Hook, Mood};
use policy::{Personal, ProcessorId, kind, processor, purpose};
use processors::Secret;
use processors::fal::{
    Called, Cancelled, Envelope, Fal, FalError, FalKeys, FalSettings, FalWebhookError, FileAt, Made, Media,
    PhotoFormat, Progress, Ticket, Unclaimed,
};
use processors::role::{
    Erased, HookError, News, PaintCall, PaintError, PaintKind, PaintStage, PaintTerms, PaintWish, Painted,
    Trouble,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::svix::receiver;
use crate::{NOW_MS, egress};

const NOW_S: i64 = NOW_MS / 1000;
const KEY: &str = "fal-key";
const ADMIN_KEY: &str = "fal-admin-key";
const USER: &str = "user_812744c532d3";
const MODEL: &str = "emulator/portrait/fast";
const PROMPT: &str = "a child of paper looks at the moon";
const HOSTS: [&str; 4] = ["queue.fal.run", "api.fal.ai", "v3.fal.media", "rest.fal.ai"];

fn settings() -> FalSettings {
    let mut settings = FalSettings::new(Secret::new(KEY), Secret::new(ADMIN_KEY), USER);
    let (first_wait, wait_max) = (Duration::from_millis(1), Duration::from_millis(20));
    settings.retry = RetryPolicy { tries_max: 4, first_wait, wait_max };
    settings
}

fn way_out(vendor: &Vendor) -> ::egress::Egress {
    egress(&[ProcessorId::Fal], &HOSTS.map(|host| (host, vendor.emulator.address)))
}

async fn kit() -> (Vendor, Fal) {
    let vendor = Vendor::start(KEY, ADMIN_KEY, USER).await;
    let fal = Fal::new(way_out(&vendor), settings());
    (vendor, fal)
}

fn photo() -> Personal<kind::Photo, Vec<u8>> {
    Personal::new(vec![0xff, 0xd8, 0xff, 7])
}

async fn submitted(fal: &Fal) -> Ticket {
    fal.submit(MODEL, PROMPT, &photo(), PhotoFormat::Jpeg).await.unwrap()
}

// The queue.

#[tokio::test]
async fn a_shot_is_submitted_made_fetched_and_deleted() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    assert_eq!(ticket.app, "emulator/portrait", "as fal's addresses say, not as the model is called");
    assert_eq!(fal.progress(&ticket).await, Ok(Progress::InQueue { position: Some(0) }));
    vendor.stands(&ticket.request_id, Stand::Running);
    assert_eq!(fal.progress(&ticket).await, Ok(Progress::InProgress));
    assert!(matches!(fal.result(&ticket).await, Err(FalError::Away { .. })), "too early");
    let path = vendor.makes(&ticket.request_id, "mp4", b"film");
    assert_eq!(fal.progress(&ticket).await, Ok(Progress::Completed));
    let files = fal.result(&ticket).await.unwrap();
    assert_eq!(files, [FileAt { path, media: Media::Video }]);
    let Made::Video(film) = fal.fetch(&files[0]).await.unwrap() else { panic!("no film") };
    assert_eq!(*film.for_purpose::<purpose::Films>(), b"film");

    let deleted = fal.delete_payloads(&ticket.request_id, 0).await.unwrap();
    assert_eq!((deleted.files, deleted.was_gone), (1, false));
    assert_eq!(deleted.request_id, ticket.request_id);
    assert!(vendor.files().is_empty() && vendor.requests().is_empty());
    assert_eq!(fal.fetch(&files[0]).await.unwrap_err(), FalError::Gone);
}

#[tokio::test]
async fn a_picture_is_a_picture() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    vendor.makes(&ticket.request_id, "png", b"still");
    let files = fal.result(&ticket).await.unwrap();
    let Made::Picture(still) = fal.fetch(&files[0]).await.unwrap() else { panic!("no picture") };
    assert_eq!(*still.for_purpose::<purpose::Films>(), b"still");
}

#[tokio::test]
async fn the_photo_goes_inline_and_nothing_of_it_is_kept() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    let asked = vendor.emulator.asked();
    assert_eq!(asked.len(), 1, "no upload");
    let asked = &asked[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/emulator/portrait/fast"));
    assert_eq!(asked.json(), json!({"prompt": PROMPT, "image_url": "data:image/jpeg;base64,/9j/Bw=="}));
    assert_eq!(asked.header("x-fal-store-io"), "0");
    let lifecycle = asked.header("x-fal-object-lifecycle-preference");
    assert_eq!(lifecycle, "{\"expiration_duration_seconds\":600}");
    let taken = &vendor.requests()[&ticket.request_id];
    assert_eq!((&taken.kept, taken.files_live_s, &taken.webhook), (&None, Some(600), &None));
}

#[tokio::test]
async fn what_fal_may_not_get_does_not_go_out() {
    let (vendor, _) = kit().await;
    for field in ["name", "account_id", "email", "order", "seed"] {
        let call = way_out(&vendor)
            .to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/{+model}")
            .plain("path.model", MODEL);
        let blocked = call.plain(field, "Mia").send().await.unwrap_err();
        assert_eq!(blocked, Error::Blocked(ProcessorId::Fal, Blocked::Plain(field.into())));
    }
    let upload = "https://rest.fal.ai/storage/upload/initiate";
    for field in ["file_name", "content_type"] {
        let call = way_out(&vendor).to::<processor::Fal, purpose::Films>(Method::POST, upload);
        let blocked = call.plain(field, "x").send().await.unwrap_err();
        let plain = Blocked::Plain(field.into());
        assert_eq!(blocked, Error::Blocked(ProcessorId::Fal, plain), "there is no way to upload");
    }
    assert!(vendor.emulator.asked().is_empty());
}

#[tokio::test]
async fn settings_reach_the_vendor() {
    let vendor = Vendor::start(KEY, ADMIN_KEY, USER).await;
    let mut set = settings();
    set.webhook_url = Some("https://films.example.org/webhooks/fal?x=1".into());
    set.request_timeout_s = Some(120);
    set.fal_retries = false;
    let fal = Fal::new(way_out(&vendor), set);
    let ticket = submitted(&fal).await;
    let asked = vendor.emulator.asked().remove(0);
    assert_eq!((asked.header("x-fal-request-timeout"), asked.header("x-fal-no-retry")), ("120", "1"));
    let webhook = vendor.requests()[&ticket.request_id].webhook.clone();
    assert_eq!(webhook.as_deref(), Some("https://films.example.org/webhooks/fal?x=1"));
    let shown = format!("{:?}", settings());
    assert!(!shown.contains(KEY) && !shown.contains(ADMIN_KEY), "{shown}");
}

#[tokio::test]
async fn a_shot_is_submitted_once_whatever_happens() {
    let (vendor, fal) = kit().await;
    for mood in [Mood::CutAfter, Mood::CutBefore, Mood::Fails(500), Mood::Fails(504)] {
        vendor.emulator.mood([mood]);
        let error = fal.submit(MODEL, PROMPT, &photo(), PhotoFormat::Png).await.unwrap_err();
        assert!(matches!(error, FalError::Unknown(_)), "{mood:?}: {error:?}");
    }
    assert_eq!(vendor.emulator.asked().len(), 4, "none was repeated");
    assert_eq!(vendor.requests().len(), 1, "the one whose answer was lost");
    for mood in [Mood::TooMany(0), Mood::Fails(503)] {
        vendor.emulator.mood([mood]);
        let error = fal.submit(MODEL, PROMPT, &photo(), PhotoFormat::Png).await.unwrap_err();
        assert!(matches!(error, FalError::Away { .. }), "{mood:?}: {error:?}");
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn the_other_calls_are_made_again() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    vendor.emulator.mood([Mood::TooMany(0), Mood::Fails(500), Mood::CutAfter]);
    assert!(fal.progress(&ticket).await.is_ok());
    vendor.makes(&ticket.request_id, "mp4", b"film");
    vendor.emulator.mood([Mood::Fails(502), Mood::CutBefore]);
    let files = fal.result(&ticket).await.unwrap();
    vendor.emulator.mood([Mood::CutAfter]);
    assert!(fal.fetch(&files[0]).await.is_ok());
    // The answer to the deletion is lost; asked with the same key fal gives it again.
    vendor.emulator.mood([Mood::CutAfter]);
    let deleted = fal.delete_payloads(&ticket.request_id, 0).await.unwrap();
    assert_eq!((deleted.files, deleted.was_gone), (1, false));
}

#[tokio::test]
async fn a_deletion_is_repeated_until_all_is_gone() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    vendor.makes(&ticket.request_id, "mp4", b"film");
    vendor.keeps_files(1);
    assert_eq!(fal.delete_payloads(&ticket.request_id, 0).await, Err(FalError::NotAllDeleted(1)));
    let again = fal.delete_payloads(&ticket.request_id, 0).await;
    assert_eq!(again, Err(FalError::NotAllDeleted(1)), "from its memory");
    assert!(fal.delete_payloads(&ticket.request_id, 1).await.is_ok());
    assert!(vendor.files().is_empty() && vendor.requests().is_empty());
    assert!(fal.delete_payloads(&ticket.request_id, 2).await.unwrap().was_gone);

    let deletions = vendor.emulator.asked().into_iter().filter(|asked| asked.method == "DELETE");
    for asked in deletions {
        assert_eq!(asked.header("authorization"), "Key fal-admin-key");
        assert!(asked.body.is_empty());
    }
    let mut strict = settings();
    strict.missing_is_deleted = false;
    let fal = Fal::new(way_out(&vendor), strict);
    assert_eq!(fal.delete_payloads(&ticket.request_id, 3).await, Err(FalError::Gone));
}

#[tokio::test]
async fn a_request_can_be_cancelled_until_it_is_over() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    vendor.emulator.mood([Mood::CutAfter]);
    assert_eq!(fal.cancel(&ticket).await, Ok(Cancelled::Told));
    assert_eq!(vendor.requests()[&ticket.request_id].stand, Stand::Cancelled);
    let ticket = submitted(&fal).await;
    vendor.makes(&ticket.request_id, "mp4", b"film");
    assert_eq!(fal.cancel(&ticket).await, Ok(Cancelled::TooLate));
    vendor.expires();
    assert_eq!(fal.cancel(&ticket).await, Ok(Cancelled::Gone));
    assert_eq!(fal.result(&ticket).await, Err(FalError::Gone));
    assert_eq!(fal.progress(&ticket).await, Err(FalError::Gone));
}

#[tokio::test]
async fn a_no_is_told_with_its_word() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    vendor.stands(&ticket.request_id, Stand::Failed);
    assert_eq!(fal.progress(&ticket).await, Ok(Progress::Completed), "a failure is completed too");
    let refused = FalError::Refused { status: 422, code: "no_face_detected".into() };
    assert_eq!(fal.result(&ticket).await, Err(refused));

    let mut wrong = settings();
    wrong.key = Secret::new("other");
    let error = Fal::new(way_out(&vendor), wrong).submit(MODEL, PROMPT, &photo(), PhotoFormat::Jpeg).await;
    assert_eq!(error, Err(FalError::Refused { status: 401, code: String::new() }));
}

// Webhooks.

#[derive(Deserialize)]
struct Vectors {
    expected_user_id: String,
    jwks: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    now: i64,
    headers: BTreeMap<String, String>,
    body: String,
    accept: bool,
}

#[test]
fn every_case_of_the_contract_is_decided_as_it_says() {
    let vectors: Vectors = serde_json::from_str(include_str!("../contracts/fal/vectors.json")).unwrap();
    let keys = FalKeys::read(vectors.jwks.to_string().as_bytes()).unwrap();
    assert!(vectors.cases.len() >= 12);
    for case in vectors.cases {
        let small: BTreeMap<String, &str> =
            case.headers.iter().map(|(name, text)| (name.to_lowercase(), text.as_str())).collect();
        let envelope = Envelope::read(|name: &str| small.get(name).copied()).unwrap();
        let checked = envelope
            .is_for(&vectors.expected_user_id, case.now)
            .and_then(|()| envelope.is_signed(&keys, case.body.as_bytes()));
        assert_eq!(checked.is_ok(), case.accept, "{}: {checked:?}", case.name);
    }
}

/// Sends a webhook over the wire; what came.
async fn sent(webhook: &Hook) -> Asked {
    let receiver = receiver().await;
    let url = format!("http://{}/webhooks/fal", receiver.address);
    assert_eq!(webhook.post(&url).await.unwrap(), 200);
    receiver.asked().remove(0)
}

async fn read(fal: &Fal, asked: &Asked, now_s: i64) -> Result<Unclaimed, FalWebhookError> {
    let header = |name: &str| asked.headers.get(name).and_then(|value| value.to_str().ok());
    fal.webhook(header, &asked.body, now_s).await
}

#[tokio::test]
async fn a_webhook_brings_the_result_once() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    let path = vendor.makes(&ticket.request_id, "mp4", b"film");
    let came = sent(&vendor.webhook(&ticket.request_id, NOW_S)).await;
    let mut open = BTreeSet::from([ticket.request_id.clone()]);
    let first = read(&fal, &came, NOW_S).await.unwrap();
    let is_open = open.remove(first.request_id());
    assert_eq!(first.claim(is_open), Ok(Called::Made(vec![FileAt { path, media: Media::Video }])));
    // fal sends it up to ten times more, signed again.
    let came = sent(&vendor.webhook(&ticket.request_id, NOW_S + 60)).await;
    let second = read(&fal, &came, NOW_S + 60).await.unwrap();
    let is_open = open.remove(second.request_id());
    assert_eq!(second.claim(is_open), Err(FalWebhookError::NotOurs));

    vendor.stands(&ticket.request_id, Stand::Failed);
    let came = sent(&vendor.webhook(&ticket.request_id, NOW_S)).await;
    assert_eq!(read(&fal, &came, NOW_S).await.unwrap().claim(true), Ok(Called::Failed));

    let large =
        json!({"request_id": ticket.request_id, "status": "OK", "payload": null, "payload_error": "large"});
    let large = vendor.sign(&ticket.request_id, USER, large.to_string().into_bytes(), NOW_S);
    let came = sent(&large).await;
    assert_eq!(read(&fal, &came, NOW_S).await.unwrap().claim(true), Ok(Called::Ask));
}

#[tokio::test]
async fn a_webhook_that_is_forged_old_from_the_future_or_for_others_is_not_taken() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    vendor.makes(&ticket.request_id, "mp4", b"film");
    let webhook = vendor.webhook(&ticket.request_id, NOW_S);
    let came = sent(&webhook).await;
    assert!(read(&fal, &came, NOW_S + 300).await.is_ok() && read(&fal, &came, NOW_S - 300).await.is_ok());
    // Replayed later, it is too old.
    assert_eq!(read(&fal, &came, NOW_S + 301).await, Err(FalWebhookError::TooOld));
    assert_eq!(read(&fal, &came, NOW_S - 301).await, Err(FalWebhookError::FromTheFuture));

    let mut forged = webhook.clone();
    forged.body.push(b' ');
    let came = sent(&forged).await;
    assert_eq!(read(&fal, &came, NOW_S).await, Err(FalWebhookError::Signature));

    // Somebody else with an account at fal has their own webhook sent to us: it is signed by the very same key.
    let others = vendor.sign(&ticket.request_id, "user_someone_else", webhook.body.clone(), NOW_S);
    let came = sent(&others).await;
    assert_eq!(read(&fal, &came, NOW_S).await, Err(FalWebhookError::OtherAccount));

    let swapped = vendor.sign("00000000-0000-4000-8000-999999999999", USER, webhook.body.clone(), NOW_S);
    let came = sent(&swapped).await;
    assert!(matches!(read(&fal, &came, NOW_S).await, Err(FalWebhookError::Malformed(_))));

    let strange = vendor.webhook("00000000-0000-4000-8000-999999999999", NOW_S);
    let came = sent(&strange).await;
    assert_eq!(read(&fal, &came, NOW_S).await.unwrap().claim(false), Err(FalWebhookError::NotOurs));

    let elsewhere = json!({
        "request_id": ticket.request_id, "status": "OK", "payload": {"video": {"url": "https://evil.example/x.mp4"}},
    });
    let elsewhere = vendor.sign(&ticket.request_id, USER, elsewhere.to_string().into_bytes(), NOW_S);
    let came = sent(&elsewhere).await;
    assert!(matches!(read(&fal, &came, NOW_S).await, Err(FalWebhookError::Malformed(_))));
}

#[tokio::test]
async fn keys_are_asked_for_once_and_again_when_none_fits() {
    let (vendor, fal) = kit().await;
    let ticket = submitted(&fal).await;
    let keys_asked =
        || vendor.emulator.asked().iter().filter(|asked| asked.path == "/.well-known/jwks.json").count();
    let webhook = |now_s| vendor.webhook(&ticket.request_id, now_s);
    let came = sent(&webhook(NOW_S)).await;
    read(&fal, &came, NOW_S).await.unwrap();
    read(&fal, &came, NOW_S + 10).await.unwrap();
    assert_eq!(keys_asked(), 1);
    vendor.rotate();
    let came = sent(&webhook(NOW_S + 30)).await;
    assert_eq!(read(&fal, &came, NOW_S + 30).await, Err(FalWebhookError::Signature), "asked a moment ago");
    assert_eq!(keys_asked(), 1);
    read(&fal, &came, NOW_S + 60).await.unwrap();
    assert_eq!(keys_asked(), 2);
}

// The roles.

fn account() -> processors::Fields {
    let fields = json!({
        "key": KEY, "admin_key": ADMIN_KEY, "user_id": USER, "model": MODEL, "cents_per_call": "4", "wait_s": 30,
    });
    fields.as_object().unwrap().clone()
}

fn connected(
    fields: processors::Fields,
    egress: &::egress::Egress,
) -> Result<processors::Connected, Vec<String>> {
    processors::connect(&BTreeMap::from([(ProcessorId::Fal, fields)]), egress)
}

#[tokio::test]
async fn as_a_painter_it_takes_a_wish_and_gives_a_picture() {
    let vendor = Vendor::start(KEY, ADMIN_KEY, USER).await;
    let connected = connected(account(), &way_out(&vendor)).unwrap();
    let painter = connected.painter.unwrap();
    let picture = PaintCall { wait_s: 30, cents: 4 };
    let terms = PaintTerms { picture, video: None, cents_per_order: 100 };
    assert_eq!((painter.processor(), painter.terms()), (ProcessorId::Fal, terms));
    let webhook = Some("https://films.example.org/webhooks/fal".to_owned());
    let png = Personal::new(b"\x89PNG\r\n".to_vec());
    let kind = PaintKind::Picture;
    let wish = PaintWish { kind, photo: png, prompt: PROMPT.into(), webhook: webhook.clone() };
    let ticket = painter.submit(&wish).await.unwrap();
    let asked = vendor.emulator.asked().remove(0);
    assert_eq!(asked.json()["image_url"], "data:image/png;base64,iVBORw0K");
    assert_eq!(asked.header("x-fal-request-timeout"), "30");
    assert_eq!(vendor.requests()[&ticket.request].webhook, webhook);
    assert_eq!(painter.progress(&ticket).await, Ok(PaintStage::UnderWay));
    vendor.makes(&ticket.request, "png", b"still");
    assert_eq!(painter.progress(&ticket).await, Ok(PaintStage::Over));
    let Painted::Picture(still) = painter.result(&ticket).await.unwrap() else { panic!("no picture") };
    assert_eq!(*still.for_purpose::<purpose::Films>(), b"still");

    let hook = &connected.hooks[&ProcessorId::Fal];
    let webhook = vendor.webhook(&ticket.request, NOW_S);
    let came = sent(&webhook).await;
    let header = |name: &str| came.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let opened = hook.open(&header, &came.body, NOW_S).await.unwrap();
    assert_eq!(opened.news, [News::Shot { request: ticket.request.clone() }]);
    let late = hook.open(&header, &came.body, NOW_S + 301).await;
    assert!(matches!(late, Err(HookError::NotBelieved(_))), "{late:?}");

    let erases = &connected.erases[&ProcessorId::Fal];
    let Erased::Done { receipt } = erases.erase(&ticket.request, NOW_S).await.unwrap() else { panic!() };
    assert_eq!(receipt, "payloads deleted, 1 files");
    assert!(vendor.files().is_empty() && vendor.requests().is_empty());
    assert!(matches!(painter.result(&ticket).await, Err(PaintError::Trouble(Trouble::Refused(_)))));
    assert_eq!(painter.cancel(&ticket).await, Ok(()), "what is gone is stopped");

    vendor.emulator.mood([Mood::CutAfter]);
    assert!(matches!(painter.submit(&wish).await, Err(PaintError::Unknown(_))));

    let moving = PaintWish { kind: PaintKind::Video, ..wish };
    let calls = vendor.emulator.asked().len();
    let said = painter.submit(&moving).await;
    assert!(matches!(said, Err(PaintError::Trouble(Trouble::Refused(_)))), "no model makes it");
    assert_eq!(vendor.emulator.asked().len(), calls, "nothing went out");
}

#[tokio::test]
async fn a_moving_picture_has_a_model_a_price_and_a_time_of_its_own() {
    let vendor = Vendor::start(KEY, ADMIN_KEY, USER).await;
    let mut fields = account();
    fields.extend([
        ("video_model".to_owned(), json!("emulator/video")),
        ("video_cents_per_call".to_owned(), json!(40)),
        ("video_wait_s".to_owned(), json!(240)),
    ]);
    let painter = connected(fields, &way_out(&vendor)).unwrap().painter.unwrap();
    assert_eq!(painter.terms().of(PaintKind::Video), Some(PaintCall { wait_s: 240, cents: 40 }));
    assert_eq!(painter.terms().of(PaintKind::Picture), Some(PaintCall { wait_s: 30, cents: 4 }));
    let kind = PaintKind::Video;
    let wish = PaintWish { kind, photo: photo(), prompt: PROMPT.into(), webhook: None };
    let ticket = painter.submit(&wish).await.unwrap();
    let asked = vendor.emulator.asked().remove(0);
    assert_eq!((asked.path.as_str(), asked.header("x-fal-request-timeout")), ("/emulator/video", "240"));
    assert_eq!(asked.json(), json!({"prompt": PROMPT, "image_url": "data:image/jpeg;base64,/9j/Bw=="}));
    assert_eq!(asked.header("x-fal-store-io"), "0");
    vendor.makes(&ticket.request, "mp4", emulators::fal::CLIP);
    let Painted::Video(clip) = painter.result(&ticket).await.unwrap() else { panic!("no moving picture") };
    assert_eq!(*clip.for_purpose::<purpose::Films>(), emulators::fal::CLIP);
}

#[tokio::test]
async fn whether_both_keys_are_good_is_asked_without_anybodys_data() {
    let vendor = Vendor::start(KEY, ADMIN_KEY, USER).await;
    let check = async |fields| {
        let connected = connected(fields, &way_out(&vendor)).unwrap();
        connected.checks[&ProcessorId::Fal].check(NOW_S, "").await
    };
    assert_eq!(check(account()).await, Ok(()));
    for asked in vendor.emulator.asked() {
        assert!(asked.body.is_empty() && asked.method != "POST", "nothing is made: {}", asked.path);
        assert!(asked.path.contains("00000000-0000-0000-0000-000000000000"), "{}", asked.path);
    }
    for field in ["key", "admin_key"] {
        let mut fields = account();
        fields.insert(field.into(), json!("another"));
        assert!(check(fields).await.unwrap_err().ends_with(&format!("look at {field}")), "{field}");
    }
}

#[test]
fn a_half_configured_account_is_told_of() {
    let nowhere = egress(&[ProcessorId::Fal], &[]);
    for (field, value) in [
        ("model", json!("portrait")),
        ("model", json!("../portrait")),
        ("key", json!(" ")),
        ("user_id", json!("")),
        ("wait_s", json!("soon")),
        ("cents_per_call", json!(101)),
        ("cents_per_order", json!(3)),
        ("video_model", json!("emulator/video")),
        ("video_wait_s", json!(60)),
        ("colour", json!("blue")),
    ] {
        let mut fields = account();
        fields.insert(field.into(), value);
        let wrong = connected(fields, &nowhere).err().unwrap_or_default();
        assert!(wrong.len() == 1 && wrong[0].contains(field), "{field}: {wrong:?}");
    }
}
