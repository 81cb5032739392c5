//! Google Cloud Storage over real HTTP: the life of an object, what the bucket must be like, and what the service
//! account signs by the published conformance cases.

use std::time::Duration;

use ::egress::RetryPolicy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emulators::Mood;
use emulators::gcs as emulated;
use policy::{Personal, ProcessorId, kind};
use processors::gcs::{Gcs, GcsError, GcsSettings, Unfit};
use processors::google::{AccountError, ServiceAccount};
use ring::signature::RsaKeyPair;
use serde_json::Value;

use crate::{NOW_MS, egress};

const VECTORS: &str = include_str!("../contracts/gcs/vectors.json");
const BUCKET: &str = "mini-studio-films";
pub(crate) const NOW_S: i64 = NOW_MS / 1000;

pub(crate) fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

/// The published throw-away account.
pub(crate) fn account() -> ServiceAccount {
    ServiceAccount::from_json(&vectors()["service_account"].to_string()).unwrap()
}

/// What Google knows of it.
pub(crate) fn known() -> emulated::Known {
    let file = &vectors()["service_account"];
    let pem = file["private_key"].as_str().unwrap();
    let inner: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(inner).unwrap()).unwrap();
    let email = file["client_email"].as_str().unwrap().to_owned();
    emulated::Known { email, public_key: key.public().as_ref().to_vec(), now_s: NOW_S }
}

pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy { tries_max: 4, first_wait: Duration::from_millis(1), wait_max: Duration::from_millis(5) }
}

async fn kit() -> (emulated::Gcs, Gcs) {
    let google = emulated::Gcs::start(known(), BUCKET).await;
    let address = google.emulator.address;
    let egress = egress(
        &[ProcessorId::GoogleCloudStorage],
        &[("storage.googleapis.com", address), ("oauth2.googleapis.com", address)],
    );
    let settings = GcsSettings { bucket: BUCKET.to_owned(), retry: quick() };
    (google, Gcs::new(egress, account(), settings).unwrap())
}

fn film(bytes: &[u8]) -> Personal<kind::GeneratedVideo, Vec<u8>> {
    Personal::new(bytes.to_vec())
}

#[tokio::test]
async fn an_object_is_stored_read_listed_and_deleted_with_nothing_left() {
    let (google, gcs) = kit().await;
    let stored = gcs.put("a1/b2", &film(b"sealed film"), NOW_S).await.unwrap();
    assert_eq!((stored.name.as_str(), stored.bytes), ("a1/b2", 11));
    let photo = Personal::<kind::Photo, _>::new(b"sealed photo".to_vec());
    gcs.put("a1/c3", &photo, NOW_S).await.unwrap();
    gcs.put("a1/b2x", &film(b"another"), NOW_S).await.unwrap();

    assert_eq!(gcs.about("a1/b2", NOW_S).await.unwrap(), stored);
    assert_eq!(gcs.get("a1/b2", None, NOW_S).await.unwrap(), b"sealed film");
    assert_eq!(gcs.get("a1/b2", Some(7..11), NOW_S).await.unwrap(), b"film");
    assert_eq!(gcs.get("a1/b2", Some(7..99), NOW_S).await.unwrap(), b"film");
    assert_eq!(gcs.get("a1/b2", Some(11..12), NOW_S).await, Err(GcsError::NoSuchPart));
    assert!(matches!(gcs.get("a1/b2", Some(3..3), NOW_S).await, Err(GcsError::Invalid(_))));
    // Over more than one page.
    let names: Vec<String> =
        gcs.list("a1/", true, NOW_S).await.unwrap().into_iter().map(|version| version.name).collect();
    assert_eq!(names, ["a1/b2", "a1/b2x", "a1/c3"]);
    assert_eq!(gcs.list("", false, NOW_S).await.unwrap().len(), 3);

    let erased = gcs.erase("a1/b2", NOW_S).await.unwrap();
    assert_eq!((erased.generations, erased.at_s), (1, NOW_S));
    assert_eq!(gcs.get("a1/b2", None, NOW_S).await, Err(GcsError::NotFound));
    let left: Vec<String> = google.objects().into_iter().map(|kept| kept.name).collect();
    assert_eq!(left, ["a1/c3", "a1/b2x"], "an object whose name begins alike stays");
    assert_eq!(gcs.erase("a1/b2", NOW_S).await.unwrap().generations, 0, "gone already");

    // The token was asked for once, and the object's name is one part of the path.
    let asked = google.emulator.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path == "/token").count(), 1);
    assert!(asked.iter().any(|asked| asked.path.ends_with("/o/a1%2Fb2")));
    // No metadata, no name of a file.
    let upload = asked.iter().find(|asked| asked.path.starts_with("/upload/")).unwrap();
    assert_eq!(upload.query, "uploadType=media&name=a1%2Fb2&ifGenerationMatch=0");
    assert_eq!(upload.body.as_ref(), b"sealed film");
}

#[tokio::test]
async fn every_generation_is_deleted() {
    let (google, gcs) = kit().await;
    google.set_up(emulated::Bucket { versioning: true, ..Default::default() });
    for content in [b"one".as_slice(), b"two", b"three", b"four", b"five"] {
        google.place("a1", content);
    }
    assert_eq!(google.objects().len(), 5);
    assert_eq!(gcs.list("a1", false, NOW_S).await.unwrap().len(), 1);
    assert_eq!(gcs.erase("a1", NOW_S).await.unwrap().generations, 5);
    assert!(google.objects().is_empty() && google.soft_deleted().is_empty());
}

#[tokio::test]
async fn a_bucket_that_keeps_what_is_deleted_is_refused_with_a_sentence() {
    let (google, gcs) = kit().await;
    assert_eq!(gcs.check_bucket(NOW_S).await, Ok(()));
    google.set_up(emulated::Bucket { soft_delete_s: 604_800, versioning: true, retention_s: Some(60) });
    let error = gcs.check_bucket(NOW_S).await.unwrap_err();
    let unfit = vec![Unfit::SoftDelete(604_800), Unfit::Versioning, Unfit::Retention(60)];
    assert_eq!(error, GcsError::Unfit(unfit));
    assert!(error.to_string().contains("--clear-soft-delete"), "{error}");
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_stored_once() {
    let (google, gcs) = kit().await;
    gcs.check_bucket(NOW_S).await.unwrap();
    google.emulator.mood([Mood::CutAfter]);
    gcs.put("a1", &film(b"sealed"), NOW_S).await.unwrap();
    assert_eq!(google.objects().len(), 1);
    gcs.put("a1", &film(b"sealed"), NOW_S).await.unwrap();
    assert_eq!(google.objects().len(), 1, "the same again is the same");
    assert_eq!(gcs.put("a1", &film(b"others"), NOW_S).await, Err(GcsError::Taken));
    assert_eq!(google.objects()[0].bytes, b"sealed");
}

#[tokio::test]
async fn what_is_too_much_or_fails_is_tried_again_and_a_deletion_done_once_is_done() {
    let (google, gcs) = kit().await;
    google.emulator.mood([Mood::TooMany(0), Mood::Fails(500)]);
    gcs.check_bucket(NOW_S).await.unwrap();
    gcs.put("a1", &film(b"sealed"), NOW_S).await.unwrap();
    google.emulator.mood([Mood::TooMany(0), Mood::Fails(503), Mood::CutBefore]);
    gcs.erase("a1", NOW_S).await.unwrap();
    gcs.put("a2", &film(b"sealed"), NOW_S).await.unwrap();
    // The list is answered; the deletion is done, and its answer is lost.
    google.emulator.mood([Mood::Slow(Duration::ZERO), Mood::CutAfter]);
    assert_eq!(gcs.erase("a2", NOW_S).await.unwrap().generations, 1);
    assert!(google.objects().is_empty());
    google.emulator.mood([Mood::Fails(500); 4]);
    assert!(matches!(gcs.list("", true, NOW_S).await, Err(GcsError::Away(_))));
}

#[tokio::test]
async fn what_was_damaged_on_its_way_does_not_stay() {
    let (google, gcs) = kit().await;
    google.damage();
    assert_eq!(gcs.put("a1", &film(b"sealed"), NOW_S).await, Err(GcsError::Damaged));
    assert!(google.objects().is_empty());
    gcs.put("a1", &film(b"sealed"), NOW_S).await.unwrap();
}

#[tokio::test]
async fn a_token_is_asked_for_anew_when_it_ends_or_is_not_taken() {
    let (google, gcs) = kit().await;
    let tokens = || google.emulator.asked().iter().filter(|asked| asked.path == "/token").count();
    gcs.check_bucket(NOW_S).await.unwrap();
    gcs.check_bucket(NOW_S + 200).await.unwrap();
    assert_eq!(tokens(), 1);
    google.revoke();
    assert_eq!(gcs.check_bucket(NOW_S).await, Err(GcsError::Unauthorized));
    gcs.check_bucket(NOW_S).await.unwrap();
    assert_eq!(tokens(), 2);
    // Its hour is over; Google's clock says that this JWT is from the future.
    assert_eq!(gcs.check_bucket(NOW_S + 3600).await, Err(GcsError::Unauthorized));
}

#[tokio::test]
async fn names_that_say_something_do_not_go_out() {
    let (google, gcs) = kit().await;
    for wrong in ["", "mia@example.org", "a b", "../a", "a//b", "/a", "zoë"] {
        assert!(matches!(gcs.put(wrong, &film(b"x"), NOW_S).await, Err(GcsError::Invalid(_))), "{wrong}");
        assert!(matches!(gcs.erase(wrong, NOW_S).await, Err(GcsError::Invalid(_))), "{wrong}");
    }
    assert!(google.emulator.asked().is_empty());
}

#[test]
fn a_key_file_that_leads_elsewhere_is_not_taken() {
    let with = |name: &str, value: &str| {
        let mut file = vectors()["service_account"].clone();
        file[name] = value.into();
        ServiceAccount::from_json(&file.to_string()).err()
    };
    assert_eq!(with("token_uri", "https://example.org/token"), Some(AccountError::TokenUri));
    assert_eq!(with("type", "authorized_user"), Some(AccountError::NotAServiceAccount));
    assert_eq!(with("private_key", "-----BEGIN PRIVATE KEY-----\nAAAA"), Some(AccountError::Key));
    assert_eq!(ServiceAccount::from_json("{}").err(), Some(AccountError::File));
    assert!(!format!("{:?}", account()).contains('@'));
}

#[test]
fn the_key_signs_the_published_policies() {
    let (vectors, account) = (vectors(), account());
    let cases = vectors["postPolicyV4Tests"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let fields = &case["policyOutput"]["fields"];
        let signature = account.sign(fields["policy"].as_str().unwrap().as_bytes()).unwrap();
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(fields["x-goog-signature"], hex.as_str(), "{}", case["description"]);
    }
}
