//! Signatures of Svix, against its own cases.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emulators::Emulator;
use processors::svix::{Message, Svix, SvixError};
use serde::Deserialize;

/// A server of ours that webhooks are sent to: what came over the wire is what is checked.
pub async fn receiver() -> Emulator {
    Emulator::start(axum::Router::new().fallback(|| async { "ok" })).await
}

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    secret: String,
    now: i64,
    headers: BTreeMap<String, String>,
    body: String,
    accept: bool,
}

#[derive(Deserialize)]
struct Published {
    cases: Vec<PublishedCase>,
}

#[derive(Deserialize)]
struct PublishedCase {
    secret: String,
    id: String,
    timestamp: i64,
    body: String,
    signature: String,
}

#[test]
fn every_case_of_the_vendor_is_decided_as_it_does() {
    let vectors: Vectors = serde_json::from_str(include_str!("../contracts/svix/vectors.json")).unwrap();
    assert!(vectors.cases.len() >= 18);
    for case in vectors.cases {
        let svix = Svix::new(&case.secret).unwrap();
        let header = |name: &str| case.headers.get(name).map(String::as_str);
        let checked = svix.verify(header, case.body.as_bytes(), case.now);
        assert_eq!(checked.is_ok(), case.accept, "{}: {checked:?}", case.name);
    }
}

#[test]
fn the_published_signature_is_right() {
    let published: Published =
        serde_json::from_str(include_str!("../contracts/svix/published.json")).unwrap();
    for case in published.cases {
        let time = case.timestamp.to_string();
        let headers = BTreeMap::from([
            ("svix-id", &case.id),
            ("svix-timestamp", &time),
            ("svix-signature", &case.signature),
        ]);
        let header = |name: &str| headers.get(name).map(|text| text.as_str());
        let svix = Svix::new(&case.secret).unwrap();
        let message = svix.verify(header, case.body.as_bytes(), case.timestamp).unwrap();
        assert_eq!(message, Message { id: case.id.clone(), sent_at_s: case.timestamp });
    }
}

#[test]
fn each_reason_has_its_own_error() {
    let vectors: Vectors = serde_json::from_str(include_str!("../contracts/svix/vectors.json")).unwrap();
    for (name, error) in [
        ("too_old", SvixError::TooOld),
        ("too_new", SvixError::FromTheFuture),
        ("tampered", SvixError::Signature),
        ("non_numeric_timestamp", SvixError::Time),
        ("missing_signature", SvixError::Missing("svix-signature")),
    ] {
        let case = vectors.cases.iter().find(|case| case.name == name).unwrap();
        let svix = Svix::new(&case.secret).unwrap();
        let header = |name: &str| case.headers.get(name).map(String::as_str);
        assert_eq!(svix.verify(header, case.body.as_bytes(), case.now), Err(error), "{name}");
    }
}

#[test]
fn a_secret_that_is_none_is_refused_and_none_is_shown() {
    for wrong in ["", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ="] {
        assert_eq!(Svix::new(wrong).err(), Some(SvixError::Secret), "{wrong}");
    }
    let secret = STANDARD.encode([7; 24]);
    let svix = Svix::new(&format!("whsec_{secret}")).unwrap();
    assert!(!format!("{svix:?}").contains(&secret));
}
