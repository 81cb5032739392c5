//! Google Analytics over real HTTP: an event after consent, what Google keeps of it, and its deletion.

use ::egress::{Blocked, Egress, Error};
use emulators::Mood;
use emulators::ga as emulated;
use policy::consent::{self, Agreed, Choice, Given};
use policy::{Country, Personal, Policy, ProcessorId};
use processors::Secret;
use processors::ga::{
    Analytics, AnalyticsError, AnalyticsId, Erasure, Ga, GaRegion, GaSettings, Usage, Visitor,
};
use serde_json::json;

use super::gcs::{NOW_S, account, known, quick};
use crate::{NOW_MS, egress};

/// Somebody's consent to analytics.
pub(crate) fn agreed() -> Agreed {
    let given = Given {
        choice: Choice { analytics: true, support: false },
        wording: "cookies-1".into(),
        at_ms: NOW_MS,
        knowing_gpc: false,
    };
    let decision = consent::decide(Policy::current(), Country::parse("DE"), false, Some(&given), NOW_MS);
    decision.agreed(consent::Purpose::Analytics).unwrap()
}

pub(crate) fn id(text: &str) -> AnalyticsId {
    Personal::new(text.to_owned())
}

pub(crate) fn visitor(text: &str) -> Visitor {
    Visitor { id: id(text), session: Some(id("17")) }
}

pub(crate) fn usage(key: &str) -> Usage {
    let usage = Usage::new(key, "film_ordered", NOW_MS).unwrap();
    usage.on_page("/films/moon-garden").unwrap().with_film("moon-garden").unwrap().worth(19.0, "EUR").unwrap()
}

fn settings() -> GaSettings {
    GaSettings {
        measurement_id: "G-AB12CD34EF".into(),
        api_secret: Secret::new("mp-secret"),
        property: "17".into(),
        region: GaRegion::Europe,
        retry: quick(),
    }
}

async fn kit() -> (emulated::Ga, Ga) {
    let google = emulated::Ga::start(known(), "G-AB12CD34EF", "mp-secret", "17").await;
    let address = google.emulator.address;
    let egress: Egress = egress(
        &[ProcessorId::GoogleAnalytics],
        &[
            ("region1.google-analytics.com", address),
            ("analyticsadmin.googleapis.com", address),
            ("oauth2.googleapis.com", address),
        ],
    );
    (google, Ga::new(egress, account(), settings()).unwrap())
}

#[tokio::test]
async fn an_event_goes_out_after_consent_and_its_deletion_leaves_nothing() {
    let (google, ga) = kit().await;
    ga.send(agreed(), &visitor("client-1"), &usage("e-1")).await.unwrap();
    ga.send(agreed(), &visitor("client-2"), &usage("e-2")).await.unwrap();
    assert!(google.mistakes().is_empty(), "{:?}", google.mistakes());
    let params = json!({
        "session_id": "17", "engagement_time_msec": 1, "page_path": "/films/moon-garden", "film": "moon-garden",
        "value": 19.0, "currency": "EUR",
    });
    let body = json!({
        "client_id": "client-1",
        "timestamp_micros": NOW_MS * 1000,
        "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
        "events": [{"name": "film_ordered", "params": params}],
    });
    assert_eq!(google.kept()[0], body);

    let erasure = ga.erase(&id("client-1"), NOW_S).await.unwrap();
    assert_eq!(erasure, Erasure::Taken { said: "2026-09-21T14:13:20Z".into() });
    assert_eq!(google.deletions(), [json!({"clientId": "client-1"})]);
    assert!(google.kept().iter().all(|kept| kept["client_id"] == "client-2"));
    assert!(matches!(ga.erasure("1", NOW_S).await, Err(AnalyticsError::Invalid(_))));
}

#[tokio::test]
async fn an_event_goes_out_once_and_a_deletion_until_it_is_taken() {
    let (google, ga) = kit().await;
    google.emulator.mood([Mood::CutAfter]);
    let sent = ga.send(agreed(), &visitor("client-1"), &usage("e-1")).await;
    assert!(matches!(sent, Err(AnalyticsError::Away(_))), "{sent:?}");
    assert_eq!(google.kept().len(), 1, "not twice");
    // The token, then the deletion.
    google.emulator.mood([Mood::TooMany(0), Mood::Fails(500)]);
    ga.erase(&id("client-1"), NOW_S).await.unwrap();
    google.emulator.mood([Mood::CutAfter, Mood::TooMany(0)]);
    ga.erase(&id("client-1"), NOW_S).await.unwrap();
    assert!(google.kept().is_empty());
    google.revoke();
    assert_eq!(ga.erase(&id("client-1"), NOW_S).await, Err(AnalyticsError::Unauthorized));
    ga.erase(&id("client-1"), NOW_S).await.unwrap();
}

#[tokio::test]
async fn consent_to_something_else_sends_nothing() {
    let (google, ga) = kit().await;
    let sent = ga.send(Agreed::marketing_on_record(), &visitor("client-1"), &usage("e-1")).await;
    let why = matches!(sent, Err(AnalyticsError::Blocked(Error::Blocked(_, Blocked::NoConsent(_)))));
    assert!(why, "{sent:?}");
    assert!(google.emulator.asked().is_empty());
}

#[test]
fn the_tag_grants_nothing_for_advertising() {
    let tag = Ga::tag("G-AB12CD34EF").unwrap();
    assert_eq!(tag.script, "https://www.googletagmanager.com/gtag/js?id=G-AB12CD34EF");
    assert_eq!(tag.first[0][0], "consent");
    assert_eq!(tag.first[0][2]["analytics_storage"], "denied");
    assert_eq!(tag.first[1], json!(["consent", "update", {"analytics_storage": "granted"}]));
    // Only then is the property named, and no query is told.
    assert_eq!((&tag.first[3][0], &tag.first[3][1]), (&json!("config"), &json!("G-AB12CD34EF")));
    assert_eq!(tag.first[3][2]["page_location"], "$page");
    assert_eq!(tag.withdrawal.flags, ["ga-disable-G-AB12CD34EF"]);
    for wrong in ["", "G-", "UA-1", "G-<script>"] {
        assert!(Ga::tag(wrong).is_err(), "{wrong}");
    }
    assert!(!format!("{:?}", settings()).contains("mp-secret"));
}
