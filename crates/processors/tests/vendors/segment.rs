//! Segment over real HTTP: an event after consent, once however often it arrives, and a regulation to its end.

use ::egress::{Blocked, Error};
use emulators::Mood;
use emulators::segment as emulated;
use policy::ProcessorId;
use policy::consent::Agreed;
use processors::Secret;
use processors::ga::{Analytics, AnalyticsError, Erasure};
use processors::role::Check;
use processors::segment::{Segment, SegmentRegion, SegmentSettings};
use serde_json::json;

use super::ga::{agreed, id, usage, visitor};
use super::gcs::{NOW_S, quick};
use crate::egress;

fn settings(region: SegmentRegion) -> SegmentSettings {
    SegmentSettings {
        write_key: Secret::new("writekey1"),
        public_api_token: Secret::new("public-token"),
        region,
        retry: quick(),
    }
}

async fn kit() -> (emulated::Segment, Segment) {
    let vendor = emulated::Segment::start("writekey1", "public-token").await;
    let address = vendor.emulator.address;
    let egress = egress(
        &[ProcessorId::Segment],
        &[("events.eu1.segmentapis.com", address), ("api.segmentapis.com", address)],
    );
    (vendor, Segment::new(egress, settings(SegmentRegion::Europe)))
}

#[tokio::test]
async fn an_event_has_a_user_id_that_can_be_deleted_and_no_address() {
    let (vendor, segment) = kit().await;
    segment.send(agreed(), &visitor("random-1"), &usage("e-1")).await.unwrap();
    let messages = vendor.messages();
    let message = &messages[0];
    assert_eq!(message["userId"], "random-1");
    assert_eq!(message["messageId"], "e-1");
    assert_eq!(
        message["context"],
        json!({"ip": "0.0.0.0", "consent": {"categoryPreferences": {"analytics": true}}})
    );
    let properties =
        json!({"path": "/films/moon-garden", "film": "moon-garden", "value": 19.0, "currency": "EUR"});
    assert_eq!(message["properties"], properties);
    assert!(message.get("traits").is_none() && message.get("anonymousId").is_none());
    let stamp = message["timestamp"].as_str().unwrap();
    assert!(stamp.len() == 24 && stamp.starts_with("20") && stamp.ends_with('Z'), "{stamp}");
}

#[tokio::test]
async fn a_doubled_event_is_one() {
    let (vendor, segment) = kit().await;
    vendor.emulator.mood([Mood::CutAfter, Mood::TooMany(0), Mood::Fails(500)]);
    segment.send(agreed(), &visitor("random-1"), &usage("e-1")).await.unwrap();
    assert_eq!((vendor.messages().len(), vendor.emulator.asked().len()), (1, 4));
}

#[tokio::test]
async fn a_regulation_is_followed_to_its_end_and_the_id_stays_suppressed() {
    let (vendor, segment) = kit().await;
    segment.send(agreed(), &visitor("random-1"), &usage("e-1")).await.unwrap();
    segment.send(agreed(), &visitor("random-2"), &usage("e-2")).await.unwrap();
    vendor.emulator.mood([Mood::TooMany(0), Mood::CutBefore]);
    let Erasure::UnderWay { task } = segment.erase(&id("random-1"), NOW_S).await.unwrap() else {
        panic!("it is under way")
    };
    assert_eq!(vendor.regulations()[&task].subjects, ["random-1"]);
    let now = |erasure: Result<Erasure, AnalyticsError>| erasure.unwrap();
    let under_way = Erasure::UnderWay { task: task.clone() };
    assert_eq!(now(segment.erasure(&task, NOW_S).await), under_way);
    vendor.move_on("RUNNING", &[]);
    assert_eq!(now(segment.erasure(&task, NOW_S).await), under_way);
    vendor.move_on("FINISHED", &[]);
    assert_eq!(now(segment.erasure(&task, NOW_S).await), Erasure::Done { task: task.clone() });
    segment.send(agreed(), &visitor("random-1"), &usage("e-3")).await.unwrap();
    assert!(vendor.messages().iter().all(|message| message["userId"] == "random-2"));

    vendor.move_on("FAILED", &[("Warehouse", "FINISHED"), ("Webhook", "NOT_SUPPORTED")]);
    let left = vec!["Webhook: NOT_SUPPORTED".to_owned()];
    assert_eq!(now(segment.erasure(&task, NOW_S).await), Erasure::Partly { task: task.clone(), left });
    vendor.move_on("INVALID", &[]);
    assert!(matches!(now(segment.erasure(&task, NOW_S).await), Erasure::Failed { .. }));
    vendor.move_on("PAUSED", &[]);
    assert!(matches!(segment.erasure(&task, NOW_S).await, Err(AnalyticsError::Malformed(_))));
    let unknown = segment.erasure("reg_none", NOW_S).await;
    assert_eq!(unknown, Err(AnalyticsError::Refused { status: 404, reason: "not-found".into() }));
}

#[tokio::test]
async fn without_consent_nothing_goes_out_and_a_wrong_key_is_noticed() {
    let (vendor, segment) = kit().await;
    let sent = segment.send(Agreed::marketing_on_record(), &visitor("random-1"), &usage("e-1")).await;
    let why = matches!(sent, Err(AnalyticsError::Blocked(Error::Blocked(_, Blocked::NoConsent(_)))));
    assert!(why, "{sent:?}");
    assert!(vendor.emulator.asked().is_empty());

    let address = vendor.emulator.address;
    let egress =
        egress(&[ProcessorId::Segment], &[("api.segment.io", address), ("api.segmentapis.com", address)]);
    let wrong = SegmentSettings {
        write_key: Secret::new("another1"),
        public_api_token: Secret::new("another"),
        ..settings(SegmentRegion::World)
    };
    let segment = Segment::new(egress, wrong);
    let sent = segment.send(agreed(), &visitor("random-1"), &usage("e-1")).await;
    assert_eq!(sent, Err(AnalyticsError::Unauthorized));
    assert_eq!(segment.erase(&id("random-1"), NOW_S).await, Err(AnalyticsError::Unauthorized));
    assert!(segment.check(NOW_S, "").await.unwrap_err().ends_with("look at public_api_token"));
    let (vendor, segment) = kit().await;
    assert_eq!(segment.check(NOW_S, "").await, Ok(()));
    assert!(vendor.regulations().is_empty());
}

#[test]
fn the_tag_leads_to_the_policys_host_and_clears_what_it_kept() {
    let tag = Segment::tag("writekey1").unwrap();
    assert_eq!(tag.script, "https://cdn.segment.com/analytics.js/v1/writekey1/analytics.min.js");
    assert_eq!(tag.queue.with["_loadOptions"]["storage"], json!({"stores": ["cookie"]}));
    assert!(tag.ids.is_empty(), "a deletion cannot name what it makes");
    assert!(tag.withdrawal.cookies.contains(&"ajs_anonymous_id"));
    assert!(Segment::tag("../x").is_err());
}

#[tokio::test]
async fn a_workspace_where_nothing_could_be_deleted_is_not_connected() {
    let egress = egress(&[ProcessorId::Segment], &[]);
    let connect = |region: &str| {
        let account = json!({"write_key": "writekey1", "public_api_token": "token", "region": region});
        let fields: processors::Fields = serde_json::from_value(account).unwrap();
        processors::connect(&[(ProcessorId::Segment, fields)].into(), &egress)
    };
    assert!(connect("world").is_ok());
    let said = connect("europe").err().unwrap().join(" ");
    assert!(said.contains("nothing could be deleted"), "{said}");
}
