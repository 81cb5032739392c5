//! What the policy does not let out does not arrive, and leaves a receipt that says so.

use egress::{Blocked, Error, Method, Reroute, SetUp};
use policy::consent::{self, Agreed};
use policy::{Country, KindId, Personal, Policy, ProcessorId, kind, processor, purpose};

use crate::{CANARY, Kit, NOW, Setting, Vendor, next_version, photo};

/// Checks that a call was blocked, recorded as such, and did not arrive.
fn assert_blocked(vendor: &Vendor, kit: &Kit, result: Result<egress::Answer, Error>, why: Blocked) {
    match result {
        Err(Error::Blocked(_, found)) => assert_eq!(found, why),
        other => panic!("{other:?}"),
    }
    assert!(vendor.asked().is_empty());
    assert_eq!(kit.book.outcome(), format!("blocked-{}", why.word()));
    assert_eq!(kit.book.only().bytes, 0);
}

async fn kit(setting: Setting) -> (Vendor, Kit) {
    let vendor = Vendor::content().await;
    let kit = setting.start(&vendor);
    (vendor, kit)
}

#[tokio::test]
async fn a_host_that_is_not_the_processors_is_not_called() {
    for (address, host) in [
        ("https://evil.example/x", "evil.example"),
        ("https://queue.fal.run.evil.example/x", "queue.fal.run.evil.example"),
        ("https://api.stripe.com/x", "api.stripe.com"),
        ("https://queue.fal.run@evil.example/x", "evil.example"),
        ("https://127.0.0.1/x", "127.0.0.1"),
    ] {
        let (vendor, kit) = kit(Setting::default()).await;
        let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, address);
        let result = call.field("image_url", &photo()).send().await;
        assert_blocked(&vendor, &kit, result, Blocked::Host(host.into()));
        assert!(
            kit.book.only().categories.contains(&policy::CategoryId::UploadedImages),
            "what would have gone out"
        );
    }
}

#[tokio::test]
async fn an_address_has_nothing_in_it_that_was_not_looked_at() {
    for (address, why) in [
        ("http://queue.fal.run/x", "it is not https"),
        ("https://queue.fal.run:8443/x", "it has a port or a user"),
        ("https://anna@queue.fal.run/x", "it has a port or a user"),
        ("https://queue.fal.run/x?logs=1", "it has a query; use fields that begin with query."),
        ("https://queue.fal.run/x#y", "it has a query; use fields that begin with query."),
        ("queue.fal.run", "it is none"),
        ("https://queue.fal.run/{model", "a brace is not closed"),
        ("https://{model}/x", "its host is filled in"),
        ("https://queue.fal.run{model}/x", "its host is filled in"),
    ] {
        let (vendor, kit) = kit(Setting::default()).await;
        let result = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, address).send().await;
        assert_blocked(&vendor, &kit, result, Blocked::Address(why));
    }
}

#[tokio::test]
async fn a_field_carries_what_the_policy_says_and_nothing_else() {
    let (vendor, kit_) = kit(Setting::default()).await;
    let call = || kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call().field("prompt", &photo()).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Field { field: "prompt".into(), kind: KindId::Photo });

    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.plain("name", CANARY).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Plain("name".into()));
    assert_eq!(kit_.book.only().fields, ["name".to_owned()].into());

    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.header("X-Child", "Anna").send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Header("x-child".into()));
}

#[tokio::test]
async fn what_the_policy_puts_on_a_call_is_not_set_otherwise() {
    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.header("x-fal-store-io", "1").send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Header("x-fal-store-io".into()));

    let (vendor, kit_) = kit(Setting::default()).await;
    let call =
        kit_.egress.to::<processor::Mux, purpose::Films>(Method::POST, "https://api.mux.com/video/v1/assets");
    let result = call.plain("playback_policies", ["public"]).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Plain("playback_policies".into()));
}

#[tokio::test]
async fn a_call_without_what_it_needs_is_not_made() {
    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_
        .egress
        .to::<processor::Stripe, purpose::Payment>(Method::POST, "https://api.stripe.com/v1/refunds");
    assert_blocked(&vendor, &kit_, call.urlencoded().send().await, Blocked::Missing("stripe-version".into()));

    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_
        .egress
        .to::<processor::Klaviyo, purpose::Marketing>(Method::POST, "https://a.klaviyo.com/api/events");
    let call = call.agreed(Agreed::marketing_on_record()).header("revision", "2026-07-15");
    let result = call.plain("data.type", "event").send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Missing("data.attributes.unique_id".into()));
}

#[tokio::test]
async fn a_processor_that_is_not_switched_on_gets_nothing() {
    let (vendor, kit) = kit(Setting { on: vec![ProcessorId::Mux], ..Setting::default() }).await;
    let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.field("image_url", &photo()).send().await;
    assert_blocked(&vendor, &kit, result, Blocked::SwitchedOff);
}

#[tokio::test]
async fn the_version_in_force_decides_not_the_one_that_was_built() {
    let policies = next_version("processors.toml", "photo = [\"image_url\", \"images_data_uri\"]", "");
    let start = policies.version("2027-01-01").unwrap().effective.start_ms();
    let (before, kit_) =
        kit(Setting { policies: policies.clone(), now_ms: start - 1, ..Setting::default() }).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    call.field("image_url", &photo()).send().await.unwrap();
    assert_eq!(before.asked().len(), 1);

    let (vendor, kit_) = kit(Setting { policies, now_ms: start, ..Setting::default() }).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.field("image_url", &photo()).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Field { field: "image_url".into(), kind: KindId::Photo });
}

#[tokio::test]
async fn a_purpose_that_the_version_in_force_dropped_is_none() {
    let policies = next_version("processors.toml", "purposes = [\"films\"]", "purposes = [\"promotion\"]");
    let start = policies.version("2027-01-01").unwrap().effective.start_ms();
    let (vendor, kit) = kit(Setting { policies, now_ms: start, ..Setting::default() }).await;
    let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.field("image_url", &photo()).send().await;
    assert_blocked(&vendor, &kit, result, Blocked::Purpose(policy::PurposeId::Films));
}

#[tokio::test]
async fn nothing_that_rests_on_consent_goes_out_without_it() {
    let (vendor, kit_) = kit(Setting::default()).await;
    let decision = consent::decide(Policy::current(), Country::parse("DE"), false, None, NOW);
    assert!(decision.agreed(consent::Purpose::Analytics).is_none(), "there is nothing to hand in");
    let client = Personal::<kind::AnonymousId, _>::new(CANARY);
    let address = "https://www.google-analytics.com/mp/collect";
    let call = kit_.egress.to::<processor::GoogleAnalytics, purpose::Analytics>(Method::POST, address);
    let result = call.field("client_id", &client).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::NoConsent(policy::Choosable::Analytics));

    // Consent to something else is none.
    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_.egress.to::<processor::GoogleAnalytics, purpose::Analytics>(Method::POST, address);
    let result = call.agreed(Agreed::marketing_on_record()).field("client_id", &client).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::NoConsent(policy::Choosable::Analytics));

    // A deletion is no way around it: it carries what names the person and nothing more.
    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_.egress.to::<processor::GoogleAnalytics, purpose::Analytics>(Method::POST, address);
    let result = call.deletes().field("client_id", &client).send().await;
    let why = Blocked::Field { field: "client_id".into(), kind: KindId::AnonymousId };
    assert_blocked(&vendor, &kit_, result, why);
}

#[tokio::test]
async fn a_body_that_cannot_be_written_or_is_too_large_is_not_sent() {
    let (vendor, kit_) = kit(Setting::default()).await;
    let still = Personal::<kind::Still, _>::new(vec![1]);
    let address = "https://upload.imagekit.io/api/v1/files/upload";
    let call = kit_.egress.to::<processor::Imagekit, purpose::Films>(Method::POST, address);
    let result = call.file("file", &still, "image/jpeg").send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::Body("a file needs multipart or raw"));

    let mut setting = Setting::default();
    setting.limits.request_bytes_max = 10;
    let (vendor, kit_) = kit(setting).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.field("image_url", &photo()).send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::TooLarge(10));

    let (vendor, kit_) = kit(Setting::default()).await;
    let call = kit_.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.plain("prompt", "a").plain("prompt", "b").send().await;
    assert_blocked(&vendor, &kit_, result, Blocked::SetAlready("prompt".into()));
}

#[tokio::test]
async fn without_a_receipt_nothing_is_sent() {
    let vendor = Vendor::content().await;
    let setting = Setting { book: crate::Book { is_full: true, ..Default::default() }, ..Setting::default() };
    let kit = setting.start(&vendor);
    let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.field("image_url", &photo()).send().await;
    assert!(matches!(result, Err(Error::NoReceipt(ProcessorId::Fal, _))), "{result:?}");
    assert!(vendor.asked().is_empty());
}

#[test]
fn an_emulator_runs_on_this_machine_only() {
    let elsewhere = "93.184.216.34:443".parse().unwrap();
    assert_eq!(Reroute::new([("queue.fal.run".into(), elsewhere)]), Err(SetUp::NotLocal(elsewhere)));
    assert!(Reroute::new([("queue.fal.run".into(), "[::1]:8080".parse().unwrap())]).is_ok());
}
