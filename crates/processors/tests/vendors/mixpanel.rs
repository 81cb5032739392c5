//! Mixpanel over real HTTP: an event after consent, once however often it arrives, and a deletion task to its end.
//!
//! The contract has events in a list, and what goes out is one object: the emulator refuses that, unless it is told to
//! take it.

use ::egress::{Blocked, Error};
use emulators::Mood;
use emulators::mixpanel as emulated;
use policy::ProcessorId;
use policy::consent::Agreed;
use processors::Secret;
use processors::ga::{Analytics, AnalyticsError, Erasure};
use processors::mixpanel::{DeletionToken, Ingestion, Mixpanel, MixpanelRegion, MixpanelSettings};
use processors::role::Check;
use serde_json::json;

use super::ga::{agreed, id, usage, visitor};
use super::gcs::{NOW_S, quick};
use crate::egress;

fn settings(ingestion: Ingestion) -> MixpanelSettings {
    MixpanelSettings {
        project_token: "0123456789abcdef".into(),
        ingestion,
        deletion_token: Secret::new("oauth-of-a-person"),
        deletion_token_ends_s: NOW_S + 365 * 86_400,
        region: MixpanelRegion::Europe,
        retry: quick(),
    }
}

fn import() -> Ingestion {
    Ingestion::Import {
        project_id: "42".into(),
        user: Secret::new("studio"),
        secret: Secret::new("sa-secret"),
    }
}

async fn vendor() -> emulated::Mixpanel {
    let project = emulated::Project {
        token: "0123456789abcdef".into(),
        id: 42,
        service_account: ("studio".into(), "sa-secret".into()),
        oauth: "oauth-of-a-person".into(),
    };
    emulated::Mixpanel::start(project).await
}

fn adapter(vendor: &emulated::Mixpanel, settings: MixpanelSettings) -> Mixpanel {
    let address = vendor.emulator.address;
    let reroute = [("api-eu.mixpanel.com", address), ("eu.mixpanel.com", address)];
    Mixpanel::new(egress(&[ProcessorId::Mixpanel], &reroute), settings).unwrap()
}

#[tokio::test]
async fn an_event_goes_out_by_either_call_without_an_address() {
    for ingestion in [import(), Ingestion::Track] {
        let vendor = vendor().await;
        let mixpanel = adapter(&vendor, settings(ingestion.clone()));
        mixpanel.send(agreed(), &visitor("random-1"), &usage("e-1")).await.unwrap();
        let events = vendor.events();
        let properties = &events[0]["properties"];
        assert_eq!(events[0]["event"], "film_ordered");
        assert_eq!(properties["distinct_id"], "random-1");
        assert_eq!(properties["$insert_id"], "e-1");
        assert_eq!(properties["path"], "/films/moon-garden");
        assert_eq!(properties.get("token").is_some(), ingestion == Ingestion::Track);
        assert!(properties.get("ip").is_none());
        assert!(vendor.emulator.asked()[0].query.contains("ip=0"));
    }
}

#[tokio::test]
async fn a_doubled_event_is_one() {
    for ingestion in [import(), Ingestion::Track] {
        let vendor = vendor().await;
        let mixpanel = adapter(&vendor, settings(ingestion));
        vendor.emulator.mood([Mood::CutAfter, Mood::TooMany(0), Mood::Fails(500)]);
        mixpanel.send(agreed(), &visitor("random-1"), &usage("e-1")).await.unwrap();
        assert_eq!((vendor.events().len(), vendor.emulator.asked().len()), (1, 4));
    }
}

#[tokio::test]
async fn a_deletion_is_followed_to_its_end_and_leaves_nothing() {
    let vendor = vendor().await;
    let mixpanel = adapter(&vendor, settings(import()));
    mixpanel.send(agreed(), &visitor("random-1"), &usage("e-1")).await.unwrap();
    mixpanel.send(agreed(), &visitor("random-2"), &usage("e-2")).await.unwrap();
    vendor.emulator.mood([Mood::TooMany(0), Mood::Fails(503)]);
    let Erasure::UnderWay { task } = mixpanel.erase(&id("random-1"), NOW_S).await.unwrap() else {
        panic!("it is under way")
    };
    assert_eq!(vendor.tasks()[&task].distinct_ids, ["random-1"]);
    for state in ["PENDING", "STAGING", "STARTED"] {
        vendor.move_on(state);
        let under_way = Erasure::UnderWay { task: task.clone() };
        assert_eq!(mixpanel.erasure(&task, NOW_S).await.unwrap(), under_way, "{state}");
    }
    vendor.move_on("SUCCESS");
    assert_eq!(mixpanel.erasure(&task, NOW_S).await.unwrap(), Erasure::Done { task: task.clone() });
    assert!(vendor.events().iter().all(|event| event["properties"]["distinct_id"] == "random-2"));
    vendor.move_on("FAILURE");
    let failed = Erasure::Failed { task: task.clone(), state: "FAILURE".into() };
    assert_eq!(mixpanel.erasure(&task, NOW_S).await.unwrap(), failed);
    assert!(matches!(mixpanel.erasure("none", NOW_S).await.unwrap(), Erasure::Failed { .. }));
}

#[tokio::test]
async fn a_token_that_ended_is_loud_and_seen_before() {
    let vendor = vendor().await;
    let ended = MixpanelSettings { deletion_token: Secret::new("ended"), ..settings(import()) };
    let mixpanel = adapter(&vendor, ended);
    assert_eq!(mixpanel.erase(&id("random-1"), NOW_S).await, Err(AnalyticsError::Unauthorized));
    assert_eq!(mixpanel.deletion_token(NOW_S), DeletionToken::Good);
    assert_eq!(mixpanel.deletion_token(NOW_S + 364 * 86_400), DeletionToken::EndsIn(1));
    assert_eq!(mixpanel.deletion_token(NOW_S + 365 * 86_400), DeletionToken::Over);
    assert_eq!(mixpanel.check(NOW_S, "").await, Ok(()));
    for (day, said) in [(336, "within 30 days"), (364, "within 2 days"), (365, "has ended")] {
        let why = mixpanel.check(NOW_S + day * 86_400, "").await.unwrap_err();
        assert!(why.contains(said), "{why}");
    }
}

#[tokio::test]
async fn without_consent_nothing_goes_out() {
    let vendor = vendor().await;
    let mixpanel = adapter(&vendor, settings(import()));
    let sent = mixpanel.send(Agreed::marketing_on_record(), &visitor("random-1"), &usage("e-1")).await;
    let why = matches!(sent, Err(AnalyticsError::Blocked(Error::Blocked(_, Blocked::NoConsent(_)))));
    assert!(why, "{sent:?}");
    assert!(vendor.emulator.asked().is_empty());
}

#[test]
fn the_tag_has_no_cookies_and_no_address_and_is_opted_out() {
    let tag = Mixpanel::tag("0123456789abcdef", MixpanelRegion::Europe).unwrap();
    let wanted = json!({
        "persistence": "localStorage", "ip": false, "opt_out_tracking_by_default": true,
        "opt_out_persistence_by_default": true, "record_sessions_percent": 0, "ignore_dnt": false,
        "batch_requests": false, "autocapture": false,
        "property_blacklist": ["$current_url", "$initial_referrer", "$referrer"],
        "api_host": "https://api-eu.mixpanel.com",
    });
    assert_eq!(tag.options, wanted);
    assert_eq!(tag.queue.with["_i"][0], json!(["0123456789abcdef", wanted, "mixpanel"]));
    assert_eq!(tag.first, [json!(["opt_in_tracking"])]);
    assert_eq!(tag.withdrawal.storage, ["mp_0123456789abcdef_mixpanel"]);
    assert!(Mixpanel::tag("no token", MixpanelRegion::World).is_err());
}
