//! Klaviyo over real HTTP: subscribing, leaving in both directions, events, erasing, and a vendor that misbehaves.

use std::sync::Mutex;
use std::time::Duration;

use egress::{Blocked, RetryPolicy};
use emulators::Mood;
use futures::future::BoxFuture;
use policy::consent::{self, Agreed, Choice, Given};
use policy::{Choosable, Country, Personal, Policy, ProcessorId};
use processors::klaviyo::{Amount, Email, Event, JobState, Klaviyo, KlaviyoError, Person, Reason, Settings};
use processors::role::{
    Bought, Erased, Erases, KeptOutBy, Lists, ListsError, Trouble, Withdrawals, WithdrawalsError,
};
use processors::{Fields, Secret};
use serde_json::json;

use crate::{NOW_MS, egress};

const KEY: &str = "pk_test_1f2e";
const NOW: &str = "2026-09-21T14:13:20+00:00";
const ANNA: &str = "anna@example.org";

/// Addresses of those who withdrew.
#[derive(Default)]
struct Left(Mutex<Vec<String>>);

impl Left {
    fn add(&self, email: &str) {
        self.0.lock().unwrap().push(email.to_owned());
    }
}

impl Withdrawals for Left {
    fn has_withdrawn<'a>(&'a self, email: &'a Email) -> BoxFuture<'a, Result<bool, WithdrawalsError>> {
        let email = email.for_purpose::<policy::purpose::Marketing>();
        let left = self.0.lock().unwrap().contains(email);
        Box::pin(async move { Ok(left) })
    }
}

/// A list that cannot be asked.
struct Broken;

impl Withdrawals for Broken {
    fn has_withdrawn<'a>(&'a self, _: &'a Email) -> BoxFuture<'a, Result<bool, WithdrawalsError>> {
        Box::pin(async { Err(WithdrawalsError("the database is away".to_owned())) })
    }
}

struct Kit {
    vendor: emulators::klaviyo::Klaviyo,
    klaviyo: Klaviyo,
    left: Left,
}

fn settings() -> Settings {
    let mut settings = Settings::new(Secret::new(KEY), "Y6nRLr");
    settings.retry = RetryPolicy {
        tries_max: 4,
        first_wait: Duration::from_millis(1),
        wait_max: Duration::from_millis(5),
    };
    settings
}

async fn kit() -> Kit {
    let vendor = emulators::klaviyo::Klaviyo::start(KEY, NOW).await;
    let egress = egress(&[ProcessorId::Klaviyo], &[("a.klaviyo.com", vendor.emulator.address)]);
    let left = Left::default();
    let klaviyo = Klaviyo::new(egress, settings());
    Kit { vendor, klaviyo, left }
}

fn email(address: &str) -> Email {
    Personal::new(address.to_owned())
}

fn agreed() -> Agreed {
    Agreed::marketing_on_record()
}

fn order(email_address: &str) -> Event {
    Event {
        unique_id: "order-1-placed".to_owned(),
        email: email(email_address),
        metric: Personal::new("Placed Order".to_owned()),
        at_s: NOW_MS / 1000,
        film: Personal::new("moon-garden".to_owned()),
        order: Some(Personal::new("01J9Z3".to_owned())),
        items: vec![Personal::new("film".to_owned()), Personal::new("poster".to_owned())],
        amount: Some(Amount { value: Personal::new(19.5), currency: Personal::new("EUR".to_owned()) }),
    }
}

#[tokio::test]
async fn a_person_is_known_subscribed_told_of_and_erased() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    let person = Person {
        email: email(ANNA),
        first_name: Some(Personal::new("Anna".to_owned())),
        last_name: Some(Personal::new("Noël".to_owned())),
    };
    let id = klaviyo.profile(&person, agreed(), &Left::default()).await.unwrap();
    assert_eq!(klaviyo.profile(&person, agreed(), &Left::default()).await.unwrap(), id, "it is the same one");
    let profile = vendor.kept().profiles[ANNA].clone();
    assert_eq!((profile.id.as_str(), profile.first_name.as_deref()), (id.as_str(), Some("Anna")));
    assert_eq!(profile.consent, "NEVER_SUBSCRIBED", "a profile alone makes no mail lawful");

    klaviyo.subscribe(&email(ANNA), agreed(), &Left::default()).await.unwrap();
    let profile = vendor.kept().profiles[ANNA].clone();
    assert_eq!((profile.consent.as_str(), profile.lists.contains("Y6nRLr")), ("SUBSCRIBED", true));

    klaviyo.event(&order(ANNA), agreed(), &Left::default()).await.unwrap();
    klaviyo.event(&order(ANNA), agreed(), &Left::default()).await.unwrap();
    let events = vendor.kept().events;
    assert_eq!(events.len(), 1, "its id makes it one");
    let attributes = &events[0].attributes;
    assert_eq!(
        attributes["properties"],
        json!({"film": "moon-garden", "order": "01J9Z3", "items": ["film", "poster"]})
    );
    assert_eq!((&attributes["value"], &attributes["value_currency"]), (&json!(19.5), &json!("EUR")));
    assert_eq!(attributes["time"], json!("2026-09-21T14:13:20Z"));

    assert!(klaviyo.is_known(&email(ANNA)).await.unwrap());
    assert_eq!(klaviyo.erase(&email(ANNA)).await.unwrap().status, 202);
    assert!(klaviyo.is_known(&email(ANNA)).await.unwrap(), "it takes its time there");
    vendor.finish_deletions();
    assert!(!klaviyo.is_known(&email(ANNA)).await.unwrap());
    let kept = vendor.kept();
    assert!(kept.profiles.is_empty() && kept.events.is_empty() && kept.deletions.is_empty());
    assert_eq!(klaviyo.erase(&email(ANNA)).await.unwrap().status, 202, "it may be asked for again");
    for asked in vendor.emulator.asked() {
        assert_eq!(asked.header("revision"), "2026-07-15");
        assert_eq!(asked.header("authorization"), format!("Klaviyo-API-Key {KEY}"));
    }
}

#[tokio::test]
async fn who_leaves_with_us_gets_no_mail_there() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    klaviyo.subscribe(&email(ANNA), agreed(), &Left::default()).await.unwrap();
    klaviyo.unsubscribe(&email(ANNA)).await.unwrap();
    let profile = vendor.kept().profiles[ANNA].clone();
    assert_eq!((profile.consent.as_str(), profile.lists.len()), ("UNSUBSCRIBED", 0), "everywhere");

    let job = klaviyo.suppress(&email(ANNA)).await.unwrap().expect("it is known there");
    assert_eq!(klaviyo.suppression(&job).await.unwrap(), JobState::Processing);
    assert_eq!(klaviyo.suppression(&job).await.unwrap(), JobState::Complete);
    let reasons = |kept: emulators::klaviyo::Kept| {
        kept.profiles[ANNA].suppressions.iter().map(|(reason, _)| reason.clone()).collect::<Vec<_>>()
    };
    assert_eq!(reasons(vendor.kept()), ["UNSUBSCRIBE", "USER_SUPPRESSED"]);

    klaviyo.subscribe(&email(ANNA), agreed(), &Left::default()).await.unwrap();
    assert!(reasons(vendor.kept()).is_empty());

    let missing = klaviyo.suppression("none").await.unwrap_err();
    assert_eq!(missing, KlaviyoError::Refused { status: 404, code: "not_found".to_owned() });
}

#[tokio::test]
async fn a_suppression_makes_nobody_known() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    assert_eq!(klaviyo.suppress(&email(ANNA)).await.unwrap(), None);
    klaviyo.unsubscribe(&email(ANNA)).await.unwrap();
    assert!(vendor.kept().profiles.is_empty());
}

#[tokio::test]
async fn who_leaves_there_is_heard_of_here() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    for place in 0..5 {
        klaviyo
            .subscribe(&email(&format!("p{place}@example.org")), agreed(), &Left::default())
            .await
            .unwrap();
    }
    vendor.suppresses("p0@example.org", "HARD_BOUNCE");
    vendor.set_now("2026-09-21T15:00:00+00:00");
    vendor.suppresses("p1@example.org", "UNSUBSCRIBE");
    vendor.suppresses("p2@example.org", "SPAM_COMPLAINT");
    vendor.suppresses("p4@example.org", "HARD_BOUNCE");

    let mut small = settings();
    small.page_size = 1;
    let egress = egress(&[ProcessorId::Klaviyo], &[("a.klaviyo.com", vendor.emulator.address)]);
    let klaviyo = Klaviyo::new(egress.clone(), small.clone());
    let found = klaviyo.suppressed_since(NOW_MS / 1000).await.unwrap();
    let found: Vec<(String, Reason, i64)> = found
        .into_iter()
        .map(|one| (one.email.into_for_purpose::<policy::purpose::Marketing>(), one.reason, one.at_s))
        .collect();
    let at_s = NOW_MS / 1000 + 2800;
    assert_eq!(
        found,
        [
            ("p1@example.org".to_owned(), Reason::Unsubscribed, at_s),
            ("p2@example.org".to_owned(), Reason::SpamComplaint, at_s),
            ("p4@example.org".to_owned(), Reason::HardBounce, at_s),
        ]
    );
    assert!(klaviyo.suppressed_since(at_s).await.unwrap().is_empty());

    small.pages_max = 2;
    let klaviyo = Klaviyo::new(egress, small);
    let endless = klaviyo.suppressed_since(NOW_MS / 1000).await.unwrap_err();
    assert!(matches!(endless, KlaviyoError::Malformed(_)), "{endless:?}");
}

#[tokio::test]
async fn who_withdrew_does_not_come_back() {
    let Kit { vendor, klaviyo, left } = kit().await;
    klaviyo.subscribe(&email(ANNA), agreed(), &left).await.unwrap();
    left.add(ANNA);
    klaviyo.erase(&email(ANNA)).await.unwrap();
    vendor.finish_deletions();
    let before = vendor.emulator.asked().len();
    let person = Person { email: email(ANNA), first_name: None, last_name: None };
    assert_eq!(klaviyo.profile(&person, agreed(), &left).await, Err(KlaviyoError::Withdrawn));
    assert_eq!(klaviyo.subscribe(&email(ANNA), agreed(), &left).await, Err(KlaviyoError::Withdrawn));
    assert_eq!(klaviyo.event(&order(ANNA), agreed(), &left).await, Err(KlaviyoError::Withdrawn));
    assert_eq!(vendor.emulator.asked().len(), before, "nothing was sent");

    let egress = egress(&[ProcessorId::Klaviyo], &[("a.klaviyo.com", vendor.emulator.address)]);
    let klaviyo = Klaviyo::new(egress, settings());
    let unsure = klaviyo.event(&order(ANNA), agreed(), &Broken).await.unwrap_err();
    assert!(matches!(unsure, KlaviyoError::Unsure(_)), "{unsure:?}");
    assert_eq!(vendor.emulator.asked().len(), before, "nor where it is not known");
    klaviyo.unsubscribe(&email(ANNA)).await.unwrap();
}

#[tokio::test]
async fn nothing_goes_out_without_consent_or_unless_it_is_switched_on() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    let given = Given {
        choice: Choice { analytics: true, support: false },
        wording: "cookies-1".to_owned(),
        at_ms: NOW_MS,
        knowing_gpc: false,
    };
    let decision = consent::decide(Policy::current(), Country::parse("DE"), false, Some(&given), NOW_MS);
    let other = decision.agreed(consent::Purpose::Analytics).unwrap();
    let blocked = KlaviyoError::Blocked(Blocked::NoConsent(Choosable::Marketing));
    assert_eq!(klaviyo.event(&order(ANNA), other, &Left::default()).await, Err(blocked.clone()));
    assert_eq!(klaviyo.subscribe(&email(ANNA), other, &Left::default()).await, Err(blocked));

    let off = egress(&[], &[("a.klaviyo.com", vendor.emulator.address)]);
    let klaviyo = Klaviyo::new(off, settings());
    let blocked = KlaviyoError::Blocked(Blocked::SwitchedOff);
    assert_eq!(klaviyo.event(&order(ANNA), agreed(), &Left::default()).await, Err(blocked.clone()));
    assert_eq!(klaviyo.erase(&email(ANNA)).await, Err(blocked));
    let nameless = Event { unique_id: String::new(), ..order(ANNA) };
    assert!(matches!(
        klaviyo.event(&nameless, agreed(), &Left::default()).await,
        Err(KlaviyoError::Invalid(_))
    ));
    assert!(vendor.emulator.asked().is_empty());
}

#[tokio::test]
async fn a_vendor_that_misbehaves_records_nothing_twice() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    vendor.emulator.mood([Mood::TooMany(0), Mood::Fails(500), Mood::CutAfter]);
    klaviyo.event(&order(ANNA), agreed(), &Left::default()).await.unwrap();
    assert_eq!((vendor.kept().events.len(), vendor.emulator.asked().len()), (1, 4));

    vendor.emulator.mood([Mood::CutBefore, Mood::CutAfter]);
    klaviyo.unsubscribe(&email(ANNA)).await.unwrap();
    assert_eq!(vendor.kept().profiles[ANNA].suppressions.len(), 1);

    vendor.emulator.mood([Mood::TooMany(3600)]);
    let away = klaviyo.erase(&email(ANNA)).await.unwrap_err();
    assert!(matches!(away, KlaviyoError::Away { retry_after_s: Some(3600), .. }), "{away:?}");
    assert!(vendor.kept().deletions.is_empty());
}

#[tokio::test]
async fn what_klaviyo_refuses_is_said_without_what_was_sent() {
    let Kit { vendor, klaviyo, .. } = kit().await;
    let refused = klaviyo.subscribe(&email("no-address"), agreed(), &Left::default()).await.unwrap_err();
    assert_eq!(refused, KlaviyoError::Refused { status: 400, code: "invalid".to_owned() });
    assert!(!refused.to_string().contains("no-address"));

    let egress = egress(&[ProcessorId::Klaviyo], &[("a.klaviyo.com", vendor.emulator.address)]);
    let mut wrong = settings();
    wrong.key = Secret::new("pk_other");
    assert!(!format!("{wrong:?}").contains("pk_other"));
    let klaviyo = Klaviyo::new(egress.clone(), wrong);
    let refused = klaviyo.erase(&email(ANNA)).await.unwrap_err();
    assert!(matches!(refused, KlaviyoError::Refused { status: 401, .. }), "{refused:?}");

    let mut old = settings();
    old.revision = "2020-01-01".to_owned();
    let klaviyo = Klaviyo::new(egress, old);
    let refused = klaviyo.erase(&email(ANNA)).await.unwrap_err();
    assert!(matches!(refused, KlaviyoError::Refused { status: 400, .. }), "{refused:?}");
    assert!(vendor.kept().profiles.is_empty());
}

/// As the studio holds it: by what it does, and under no name of Klaviyo's.
fn roles(klaviyo: &Klaviyo) -> (&dyn Lists, &dyn Erases) {
    (klaviyo, klaviyo)
}

fn bought(order: &str, amount_minor: i64, currency: &str) -> Bought {
    Bought {
        order: Personal::new(order.to_owned()),
        film: Personal::new("moon-garden".to_owned()),
        amount_minor: Personal::new(amount_minor),
        currency: Personal::new(currency.to_owned()),
        at_s: NOW_MS / 1000,
    }
}

#[tokio::test]
async fn a_list_is_kept_in_the_role_and_a_purchase_is_one_event_with_the_orders_own_number() {
    let Kit { vendor, klaviyo, left } = kit().await;
    let (lists, _) = roles(&klaviyo);
    assert_eq!(lists.processor(), ProcessorId::Klaviyo);
    let anna = email(ANNA);
    lists.profile(&anna, agreed(), &left).await.unwrap();
    lists.subscribe(&anna, agreed(), &left).await.unwrap();
    for bought in
        [bought("01J9Z3", 1990, "EUR"), bought("01J9Z3", 1990, "EUR"), bought("01J9Z4", 2500, "JPY")]
    {
        lists.bought(&anna, &bought, agreed(), &left).await.unwrap();
    }
    let events: Vec<_> = vendor.kept().events;
    assert_eq!(events.len(), 2);
    let told = |place: usize| {
        let event: &emulators::klaviyo::Event = &events[place];
        let attributes = &event.attributes;
        (event.unique_id.clone(), attributes["value"].as_f64(), attributes["properties"].clone())
    };
    let properties = |order: &str| json!({"film": "moon-garden", "order": order});
    assert_eq!(told(0), ("01J9Z3".to_owned(), Some(19.9), properties("01J9Z3")));
    assert_eq!(told(1), ("01J9Z4".to_owned(), Some(2500.0), properties("01J9Z4")));

    vendor.set_now("2026-09-21T15:00:00+00:00");
    vendor.suppresses(ANNA, "SPAM_COMPLAINT");
    let found = lists.suppressed_since(NOW_MS / 1000).await.unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.by, one.at_s)).collect();
    assert_eq!(found, [(KeptOutBy::Complaint, NOW_MS / 1000 + 2800)]);

    left.add(ANNA);
    let withdrawn = lists.bought(&anna, &bought("01J9Z5", 1, "EUR"), agreed(), &left).await;
    assert_eq!(withdrawn, Err(ListsError::Withdrawn));
    let unsure = lists.subscribe(&anna, agreed(), &Broken).await.unwrap_err();
    assert!(matches!(unsure, ListsError::Trouble(Trouble::Away { .. })), "{unsure:?}");
    lists.unsubscribe(&anna).await.unwrap();
    lists.suppress(&anna).await.unwrap();
    assert_eq!(vendor.kept().profiles[ANNA].consent, "UNSUBSCRIBED");
    assert_eq!(vendor.kept().events.len(), 2);
}

#[tokio::test]
async fn an_erasure_is_looked_after_until_the_address_is_not_known_any_more() {
    let Kit { vendor, klaviyo, left } = kit().await;
    klaviyo.subscribe(&email(ANNA), agreed(), &left).await.unwrap();
    let (_, erases) = roles(&klaviyo);
    let now_s = NOW_MS / 1000;
    let Erased::UnderWay { task, .. } = erases.erase(ANNA, now_s).await.unwrap() else {
        panic!("it takes its time there")
    };
    let later = erases.standing(ANNA, &task, now_s + 60).await.unwrap();
    assert!(matches!(later, Erased::UnderWay { task: same, .. } if same == task));
    assert_eq!(vendor.kept().deletions.len(), 1, "it is not asked for at each look");
    // Something that was still on its way has made the profile again.
    vendor.finish_deletions();
    klaviyo.subscribe(&email(ANNA), agreed(), &left).await.unwrap();
    let anew = erases.standing(ANNA, &task, now_s + 600).await.unwrap();
    assert!(matches!(&anew, Erased::UnderWay { task: other, .. } if *other != task), "{anew:?}");
    vendor.finish_deletions();
    let done = erases.standing(ANNA, &task, now_s + 700).await.unwrap();
    assert!(matches!(&done, Erased::Done { receipt } if !receipt.contains(ANNA)), "{done:?}");

    vendor.emulator.mood([Mood::TooMany(3600)]);
    let away = erases.erase(ANNA, now_s).await.unwrap_err();
    assert!(matches!(away, Trouble::Away { after_s: Some(3600), .. }), "{away:?}");
}

#[tokio::test]
async fn it_is_connected_with_a_key_and_a_list_and_with_nothing_less() {
    let egress = egress(&[ProcessorId::Klaviyo], &[]);
    let connect = |fields: serde_json::Value| {
        let fields: Fields = fields.as_object().unwrap().clone();
        processors::connect(&[(ProcessorId::Klaviyo, fields)].into(), &egress)
    };
    let connected = connect(json!({"key": KEY, "list": "Y6nRLr"})).unwrap();
    assert_eq!(connected.lists.unwrap().processor(), ProcessorId::Klaviyo);
    assert!(connected.erases.contains_key(&ProcessorId::Klaviyo));
    for wrong in
        [json!({"key": KEY}), json!({"key": KEY, "list": " "}), json!({"key": "ab", "list": "Y6nRLr"})]
    {
        assert!(connect(wrong.clone()).is_err(), "{wrong}");
    }
}
