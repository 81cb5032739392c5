//! The processors' fields against the company's outbound allow-list (`contracts/egress.json`, a copy).

use std::collections::{BTreeMap, BTreeSet};

use policy::{Basis, Choosable, KindId, Policy, ProcessorId};
use serde_json::Value;

/// Data classes of the list with the kinds of data that they are.
type Classes = &'static [(&'static str, &'static [KindId])];

/// Each entry of the list with our processor, and each of its data classes with our kinds of data; none
/// where the class is not personal.
const CLASSES: [(&str, ProcessorId, Classes); 13] = [
    ("fal", ProcessorId::Fal, &[("uploaded_image", &[KindId::Photo]), ("shot_prompt", &[])]),
    ("gemini", ProcessorId::GoogleGemini, &[("content_metadata", &[])]),
    (
        "gcs",
        ProcessorId::GoogleCloudStorage,
        &[
            ("image_ciphertext", &[KindId::Photo, KindId::Still]),
            ("video_ciphertext", &[KindId::GeneratedVideo]),
        ],
    ),
    ("mux", ProcessorId::Mux, &[("generated_video", &[KindId::GeneratedVideo]), ("opaque_job_id", &[])]),
    ("imagekit", ProcessorId::Imagekit, &[("image", &[KindId::Still]), ("random_name", &[])]),
    (
        "clerk",
        ProcessorId::Clerk,
        &[("email", &[KindId::Email]), ("identity", &[KindId::Identity, KindId::PersonName])],
    ),
    (
        "stripe",
        ProcessorId::Stripe,
        &[
            ("email", &[KindId::Email]),
            ("billing", &[KindId::Billing]),
            ("order_id", &[KindId::OrderReference]),
        ],
    ),
    (
        "klaviyo",
        ProcessorId::Klaviyo,
        &[
            ("email", &[KindId::Email]),
            ("name", &[KindId::PersonName]),
            ("consent", &[KindId::MarketingConsent]),
            ("purchase", &[KindId::Purchase]),
            ("engagement", &[KindId::Engagement]),
        ],
    ),
    (
        "intercom",
        ProcessorId::Intercom,
        &[
            ("support_message", &[KindId::SupportMessage]),
            ("page_path", &[KindId::SupportPage]),
            ("device_session", &[KindId::SupportDevice]),
            ("identity_signed_in", &[KindId::SupportIdentity]),
        ],
    ),
    (
        "ga",
        ProcessorId::GoogleAnalytics,
        &[("usage_event", &[KindId::UsageEvent]), ("anonymous_id", &[KindId::AnonymousId])],
    ),
    (
        "segment",
        ProcessorId::Segment,
        &[("usage_event", &[KindId::UsageEvent]), ("anonymous_id", &[KindId::AnonymousId])],
    ),
    (
        "mixpanel",
        ProcessorId::Mixpanel,
        &[("usage_event", &[KindId::UsageEvent]), ("anonymous_id", &[KindId::AnonymousId])],
    ),
    ("contentsquare", ProcessorId::Contentsquare, &[("usage_masked", &[KindId::SessionReplay])]),
];

fn list() -> BTreeMap<String, Value> {
    let mut list: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("contracts/egress.json")).unwrap();
    list.remove("_note");
    list
}

#[test]
fn each_processor_gets_the_classes_of_the_list_and_no_other() {
    let (list, policy) = (list(), Policy::current());
    assert_eq!(list.len(), CLASSES.len());
    assert_eq!(policy.processors.len(), CLASSES.len());
    for (name, id, classes) in CLASSES {
        let listed: BTreeSet<&str> =
            list[name]["classes"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(listed, classes.iter().map(|(class, _)| *class).collect(), "{name}");
        let kinds: BTreeSet<KindId> = classes.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
        let ours: BTreeSet<KindId> = policy.processor(id).unwrap().fields.keys().copied().collect();
        assert_eq!(ours, kinds, "{name}");
    }
}

#[test]
fn what_the_list_says_never_to_send_is_no_field_of_ours() {
    for (name, id, _) in CLASSES {
        let list = list();
        let Some(never) = list[name].get("never") else { continue };
        let processor = Policy::current().processor(id).unwrap();
        let all: Vec<&String> = processor.fields.values().flatten().chain(&processor.plain).collect();
        // The last rows of the list describe rather than name: they are covered by nothing being listed.
        for never in
            never.as_array().unwrap().iter().filter_map(Value::as_str).filter(|never| !never.contains(' '))
        {
            let stem = never.trim_end_matches(".*").trim_end_matches("other");
            let stem = stem.trim_end_matches(".*");
            let named =
                all.iter().filter(|field| field.split('.').any(|part| part.trim_end_matches("[]") == stem));
            let named: Vec<_> = named.filter(|field| field.as_str() != "metadata.order").collect();
            assert!(named.is_empty(), "{name}: {named:?}");
        }
    }
}

#[test]
fn what_the_list_says_always_to_send_is_put_on_by_the_guard() {
    let policy = Policy::current();
    let always = |id| -> Vec<String> {
        let processor = policy.processor(id).unwrap();
        let put_on = processor.always.iter().map(|always| {
            let name = always.header.as_ref().or(always.field.as_ref()).unwrap();
            format!("{name}={}", serde_json::to_value(&always.value).unwrap())
        });
        let required = processor.required_headers.iter().cloned();
        put_on
            .chain(required)
            .chain(processor.required_fields.iter().map(|required| required.field.clone()))
            .collect()
    };
    for (id, expected) in [
        (ProcessorId::Fal, r#"x-fal-store-io="0""#),
        (ProcessorId::Fal, r#"x-fal-object-lifecycle-preference="{\"expiration_duration_seconds\":600}""#),
        (ProcessorId::Mux, r#"playback_policies=["signed"]"#),
        (ProcessorId::Mux, r#"master_access="none""#),
        (ProcessorId::Imagekit, r#"isPrivateFile="true""#),
        (ProcessorId::Stripe, "stripe-version"),
        (ProcessorId::Klaviyo, "data.attributes.unique_id"),
        (ProcessorId::GoogleAnalytics, r#"consent.ad_user_data="DENIED""#),
        (ProcessorId::GoogleAnalytics, r#"consent.ad_personalization="DENIED""#),
        (ProcessorId::Segment, "context.consent.categoryPreferences.analytics=true"),
        (ProcessorId::Mixpanel, r#"query.ip="0""#),
    ] {
        assert!(always(id).iter().any(|name| name == expected), "{id}: {:?}", always(id));
    }
}

#[test]
fn consent_is_needed_where_the_list_requires_it() {
    let list = list();
    for (name, id, _) in CLASSES {
        let required = match list[name].get("requires").and_then(Value::as_str) {
            Some("analytics consent") => Some(Choosable::Analytics),
            Some("marketing consent recorded") => Some(Choosable::Marketing),
            None => None,
            Some(other) => panic!("{name} requires {other}"),
        };
        assert_eq!(consent_for(id), required, "{name}");
    }
}

/// What must have been agreed to before a processor is used; nothing where one of its purposes rests on another right.
fn consent_for(id: ProcessorId) -> Option<Choosable> {
    let policy = Policy::current();
    let purposes = policy.processor(id)?.purposes.iter().filter_map(|purpose| policy.purpose(*purpose));
    let mut choices = purposes.map(|purpose| purpose.choice.filter(|_| purpose.basis == Basis::Consent));
    let first = choices.next()??;
    choices.all(|choice| choice.is_some()).then_some(first)
}
