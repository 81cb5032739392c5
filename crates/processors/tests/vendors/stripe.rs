//! Stripe: checkouts, refunds, deletion and webhooks, over real HTTP against the emulator, and every case of the
//! vendor's own library (`crates/processors/tests/contracts/stripe/vectors.json`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::egress::RetryPolicy;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use emulators::stripe::{KEY, Stripe, WEBHOOK_SECRET, sign, written};
use emulators::{Hook, Mood};
use policy::{Personal, ProcessorId};
use processors::role::{self, Erased, Erases, HookError, TillMode, Trouble};
use processors::stripe::{
    Checkout, CheckoutRequest, CheckoutState, Due, HostedTill, HostedTillError, News, RefundRequest,
    RefundState, Settled, StripeSettings, StripeTill, VERSION, WebhookError, Webhooks, verify,
};
use processors::{Fields, Secret, connect};
use serde_json::{Value, json};

use crate::{NOW_MS, egress};

const NOW_S: i64 = NOW_MS / 1000;
/// Of a parent; to be found nowhere that it must not be.
const EMAIL: &str = "canary-7f3a@example.org";
const ORDER: &str = "01J9Z3KQ7A";
/// The address of the site whose webhook the account has.
const SITE: &str = "https://ministudio.example";

fn settings() -> StripeSettings {
    let retry = RetryPolicy {
        tries_max: 4,
        first_wait: Duration::from_millis(1),
        wait_max: Duration::from_millis(5),
    };
    let settings = StripeSettings::new(Secret::new(KEY), false, vec![Secret::new(WEBHOOK_SECRET)]);
    StripeSettings { retry, ..settings }
}

fn till_with(stripe: &Stripe, settings: StripeSettings) -> StripeTill {
    let way_out = egress(&[ProcessorId::Stripe], &[("api.stripe.com", stripe.emulator.address)]);
    StripeTill::new(way_out, settings)
}

async fn start() -> (Stripe, StripeTill) {
    let stripe = Stripe::start(NOW_S).await;
    let till = till_with(&stripe, settings());
    (stripe, till)
}

fn request() -> CheckoutRequest {
    CheckoutRequest {
        key: format!("{ORDER}-1"),
        order: Personal::new(ORDER.to_owned()),
        amount_minor: 1900,
        currency: "EUR".into(),
        locale: "de".into(),
        success_url: format!("https://ministudio.example/orders/{ORDER}/paid"),
        cancel_url: format!("https://ministudio.example/orders/{ORDER}"),
        expires_at_s: NOW_S + 3600,
    }
}

fn refund_of(payment: &str) -> RefundRequest {
    RefundRequest { key: ORDER.into(), payment: payment.to_owned(), is_asked_for: true }
}

const DUE: Due<'static> = Due { order: ORDER, amount_minor: 1900, currency: "EUR" };

async fn now(till: &StripeTill, id: &str) -> Checkout {
    till.find(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_checkout_lives_from_its_page_to_the_money() {
    let (stripe, till) = start().await;
    assert_eq!(till.mode(), TillMode::TestMode);
    let begun = till.begin(&request()).await.unwrap();
    assert_eq!((begun.state, begun.order.as_deref()), (CheckoutState::Open, Some(ORDER)));
    assert!(begun.url.as_deref().unwrap().starts_with("https://checkout.stripe.com/"));
    assert_eq!(begun.expires_at_s, Some(NOW_S + 3600));
    assert_eq!(begun.settles(DUE), Settled::No);

    stripe.types(EMAIL);
    stripe.pay(&begun.id, None);
    let paid = now(&till, &begun.id).await;
    assert_eq!((paid.state, paid.url.as_deref()), (CheckoutState::Paid, None));
    assert_eq!((paid.amount_minor, paid.currency.as_deref()), (Some(1900), Some("EUR")));
    assert_eq!(paid.settles(DUE), Settled::Yes);
    assert_eq!(paid.settles(Due { amount_minor: 2900, ..DUE }), Settled::Otherwise);
    let customers = stripe.customers();
    assert_eq!(customers.len(), 1, "what is deleted with the account");
    assert_eq!(paid.customer.as_deref(), customers[0]["id"].as_str());
    assert_eq!(customers[0]["email"], EMAIL, "the page asked for it");

    let refund = till.refund(&refund_of(paid.payment.as_deref().unwrap())).await.unwrap();
    assert_eq!((refund.state, refund.amount_minor), (RefundState::Done, Some(1900)));
    assert_eq!(till.find_refund(refund.id.as_deref().unwrap()).await.unwrap(), Some(refund));

    for asked in stripe.emulator.asked() {
        assert_eq!(asked.header("stripe-version"), VERSION);
        assert_eq!(asked.method == "POST", !asked.header("idempotency-key").is_empty(), "{}", asked.path);
    }
}

#[tokio::test]
async fn stripe_gets_what_the_policy_names_and_nothing_else() {
    let (stripe, till) = start().await;
    till.begin(&request()).await.unwrap();
    let asked = stripe.emulator.asked();
    let body = String::from_utf8(asked[0].body.to_vec()).unwrap().replace("%5B", "[").replace("%5D", "]");
    let names: BTreeSet<&str> = body.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let listed = [
        "mode",
        "customer_creation",
        "success_url",
        "cancel_url",
        "expires_at",
        "locale",
        "line_items[0][quantity]",
        "line_items[0][price_data][currency]",
        "line_items[0][price_data][unit_amount]",
        "line_items[0][price_data][product_data][name]",
        "client_reference_id",
        "metadata[order]",
    ];
    assert_eq!(names, BTreeSet::from(listed));
    let session = &stripe.sessions()[0];
    assert_eq!(session["metadata"], json!({ "order": ORDER }));
    assert_eq!(session["amount_total"], json!(1900));
    assert!(body.contains("[product_data][name]=Personalised%20film"), "{body}");
    assert_eq!(asked[0].header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(asked[0].header("idempotency-key"), format!("{ORDER}-1-checkout"));
}

#[tokio::test]
async fn what_makes_no_sense_or_is_not_allowed_does_not_go_out() {
    let (stripe, till) = start().await;
    fn with(change: fn(&mut CheckoutRequest)) -> CheckoutRequest {
        let mut changed = request();
        change(&mut changed);
        changed
    }
    for wrong in [
        with(|request| request.amount_minor = 0),
        with(|request| request.currency = "EURO".into()),
        with(|request| request.key = "a b".into()),
        with(|request| request.order = Personal::new(String::new())),
        with(|request| request.success_url.push_str("?child=Anna")),
        with(|request| request.cancel_url.push_str("#anna")),
    ] {
        let said = till.begin(&wrong).await;
        assert!(matches!(said, Err(HostedTillError::Invalid(_))), "{said:?}");
    }
    assert_eq!(till.find("../customers").await, Ok(None));
    assert_eq!(till.refund(&refund_of("pi_1/x")).await, Err(HostedTillError::NotFound));
    let off = StripeTill::new(egress(&[], &[("api.stripe.com", stripe.emulator.address)]), settings());
    let said = off.begin(&request()).await;
    assert!(matches!(said, Err(HostedTillError::Blocked(_))), "{said:?}");
    assert!(stripe.emulator.asked().is_empty());
}

#[tokio::test]
async fn the_same_request_is_the_same_checkout_as_it_stands_now() {
    let (stripe, till) = start().await;
    let begun = till.begin(&request()).await.unwrap();
    assert_eq!(till.begin(&request()).await.unwrap(), begun);
    stripe.pay(&begun.id, None);
    assert_eq!(till.begin(&request()).await.unwrap().state, CheckoutState::Paid);
    let other = CheckoutRequest { amount_minor: 2900, ..request() };
    assert_eq!(till.begin(&other).await, Err(HostedTillError::KeyUsed));
    assert_eq!(stripe.sessions().len(), 1);

    // When the key is forgotten, the end that the request carries keeps it from a second checkout.
    stripe.set_now(NOW_S + 2 * 86_400);
    let late = till.begin(&request()).await;
    let Err(HostedTillError::Refused { status: 400, param, .. }) = late else { panic!("{late:?}") };
    assert_eq!(param, "expires_at");
    assert_eq!(stripe.sessions().len(), 1);
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_there_is_one_checkout_and_one_refund() {
    let (stripe, till) = start().await;
    stripe.emulator.mood([Mood::TooMany(0), Mood::Fails(500), Mood::CutAfter]);
    let begun = till.begin(&request()).await.unwrap();
    assert_eq!((stripe.sessions().len(), begun.state), (1, CheckoutState::Open));
    let paid = stripe.pay(&begun.id, None);
    let payment = paid["data"]["object"]["payment_intent"].as_str().unwrap();
    stripe.emulator.mood([Mood::CutBefore, Mood::CutAfter]);
    let refund = till.refund(&refund_of(payment)).await.unwrap();
    assert_eq!((stripe.refunds().len(), refund.state), (1, RefundState::Done));
    let keys: BTreeSet<String> = stripe
        .emulator
        .asked()
        .iter()
        .filter(|asked| asked.method == "POST")
        .map(|asked| asked.header("idempotency-key").to_owned())
        .collect();
    assert_eq!(keys.len(), 2, "each was sent again with its own key: {keys:?}");
}

#[tokio::test]
async fn stripe_says_itself_what_is_worth_another_try() {
    let (stripe, till) = start().await;
    stripe.says(409, "idempotency_key_in_use", None);
    stripe.says(400, "lock_timeout", Some(true));
    till.begin(&request()).await.unwrap();
    assert_eq!(stripe.emulator.asked().len(), 3);

    stripe.says(500, "api_error", Some(false));
    let other = CheckoutRequest { key: "another".into(), ..request() };
    let said = till.begin(&other).await;
    assert!(matches!(said, Err(HostedTillError::Away { after_s: None, .. })), "{said:?}");
    assert_eq!(stripe.emulator.asked().len(), 4, "not tried again at once");

    stripe.emulator.mood([Mood::TooMany(3600)]);
    let said = till.begin(&other).await;
    assert!(matches!(said, Err(HostedTillError::Away { after_s: Some(3600), .. })), "{said:?}");
    assert_eq!(stripe.emulator.asked().len(), 5, "nobody waits for an hour");
}

#[tokio::test]
async fn a_no_says_why_and_repeats_nothing_personal() {
    let (stripe, till) = start().await;
    let wrong = CheckoutRequest { locale: "canary-7f3a".into(), ..request() };
    let said = till.begin(&wrong).await.unwrap_err();
    let HostedTillError::Refused { status: 400, code, param, request: id } = &said else {
        panic!("{said:?}")
    };
    assert_eq!((code.as_str(), param.as_str()), ("parameter_invalid", "locale"));
    assert!(id.starts_with("req_"), "{id}");
    assert!(!format!("{said} {said:?}").contains("canary"));

    let stranger = StripeSettings { key: Secret::new("sk_test_wrong"), ..settings() };
    let said = till_with(&stripe, stranger).begin(&request()).await;
    assert_eq!(said, Err(HostedTillError::NoEntry { status: 401 }));
    let newer = StripeSettings { version: "2031-01-01.moon".into(), ..settings() };
    let said = till_with(&stripe, newer).begin(&request()).await;
    assert!(matches!(said, Err(HostedTillError::Refused { status: 400, .. })), "{said:?}");
    let elsewhere = StripeSettings { pages: "https://pay.ministudio.example/".into(), ..settings() };
    let said = till_with(&stripe, elsewhere).begin(&request()).await;
    assert!(matches!(said, Err(HostedTillError::Malformed(_))), "nobody is sent to another host: {said:?}");
}

#[tokio::test]
async fn a_page_is_closed_or_says_that_it_was_paid() {
    let (stripe, till) = start().await;
    let begun = till.begin(&request()).await.unwrap();
    assert_eq!(till.close(&begun.id).await.unwrap().state, CheckoutState::Expired);
    assert_eq!(till.close(&begun.id).await.unwrap().state, CheckoutState::Expired);
    let second = till.begin(&CheckoutRequest { key: "second".into(), ..request() }).await.unwrap();
    stripe.pay(&second.id, None);
    let closed = till.close(&second.id).await.unwrap();
    assert_eq!((closed.state, closed.settles(DUE)), (CheckoutState::Paid, Settled::Yes));
    assert_eq!(till.close("cs_test_none").await, Err(HostedTillError::NotFound));
    assert_eq!(till.find("cs_test_none").await, Ok(None));

    let third = till.begin(&CheckoutRequest { key: "third".into(), ..request() }).await.unwrap();
    stripe.set_now(NOW_S + 3600);
    assert_eq!(now(&till, &third.id).await.state, CheckoutState::Expired);
}

#[tokio::test]
async fn money_that_takes_days_is_waited_for() {
    for (came, state) in [(true, CheckoutState::Paid), (false, CheckoutState::Failed)] {
        let (stripe, till) = start().await;
        let begun = till.begin(&request()).await.unwrap();
        stripe.pay_later(&begun.id);
        let done = now(&till, &begun.id).await;
        assert_eq!((done.state, done.settles(DUE)), (CheckoutState::Processing, Settled::No));
        stripe.comes(&begun.id, came);
        assert_eq!(now(&till, &begun.id).await.state, state);
    }
}

#[tokio::test]
async fn money_is_given_back_once_also_when_the_key_is_forgotten() {
    let (stripe, till) = start().await;
    assert_eq!(till.refund(&refund_of("pi_none")).await, Err(HostedTillError::NotFound));
    let begun = till.begin(&request()).await.unwrap();
    let event = stripe.pay(&begun.id, None);
    let payment = event["data"]["object"]["payment_intent"].as_str().unwrap();
    let first = till.refund(&refund_of(payment)).await.unwrap();
    assert_eq!(till.refund(&refund_of(payment)).await.unwrap(), first);
    stripe.refund_becomes(first.id.as_deref().unwrap(), "failed");
    assert_eq!(
        till.refund(&refund_of(payment)).await.unwrap().state,
        RefundState::Failed,
        "as it stands now"
    );

    stripe.set_now(NOW_S + 2 * 86_400);
    let late = till.refund(&refund_of(payment)).await.unwrap();
    assert_eq!(late.state, RefundState::Failed, "the one there is has failed");
    for (status, state) in [("pending", RefundState::Pending), ("succeeded", RefundState::Done)] {
        stripe.refund_becomes(first.id.as_deref().unwrap(), status);
        let late = till.refund(&refund_of(payment)).await.unwrap();
        assert_eq!((&late.id, late.state), (&first.id, state));
    }
    assert_eq!(stripe.refunds().len(), 1);
    assert_eq!(till.find_refund("re_none").await, Ok(None));
}

#[tokio::test]
async fn what_is_back_of_a_payment_is_what_did_not_fail() {
    let (stripe, till) = start().await;
    assert_eq!(till.given_back("pi_none").await, Ok(None));
    let begun = till.begin(&request()).await.unwrap();
    stripe.pay(&begun.id, None);
    let payment = now(&till, &begun.id).await.payment.unwrap();
    let back = async || till.given_back(&payment).await.unwrap().unwrap();
    let before = back().await;
    assert_eq!((before.paid_minor, before.is_back(), before.is_going()), (1900, false, false));
    let refund = till.refund(&refund_of(&payment)).await.unwrap().id.unwrap();
    let done = back().await;
    assert!(done.is_back());
    assert_eq!(done.refund.as_deref(), Some(refund.as_str()));
    for (status, is_going) in [("pending", true), ("failed", false)] {
        let News::RefundChanged { refund: of, payment: Some(paid) } =
            told(&stripe.refund_goes_on(&refund, status))
        else {
            panic!("no refund")
        };
        assert_eq!((of, paid), (refund.clone(), payment.clone()));
        let now = back().await;
        assert_eq!((now.is_back(), now.is_going()), (false, is_going), "{status}");
    }
}

#[tokio::test]
async fn a_checkout_that_nobody_pays_keeps_nobodys_address() {
    let (stripe, till) = start().await;
    stripe.types(EMAIL);
    let begun = till.begin(&request()).await.unwrap();
    till.close(&begun.id).await.unwrap();
    let second = till.begin(&CheckoutRequest { key: "second".into(), ..request() }).await.unwrap();
    stripe.set_now(NOW_S + 3600);
    assert_eq!(now(&till, &second.id).await.state, CheckoutState::Expired);
    assert!(stripe.customers().is_empty() && !stripe.knows(EMAIL) && !stripe.knows("@"));
}

#[tokio::test]
async fn a_customer_is_deleted_and_the_payment_stays() {
    let (stripe, till) = start().await;
    let customer = stripe.customer("canary-customer@example.org");
    let begun = till.begin(&request()).await.unwrap();
    stripe.pay(&begun.id, Some(&customer));
    let handle = now(&till, &begun.id).await.customer.unwrap();
    assert!(stripe.knows("canary-customer"));

    assert_eq!(handle, customer);
    let receipt = async |customer: &str| match till.erase(customer, NOW_S).await {
        Ok(Erased::Done { receipt }) => receipt,
        other => panic!("not deleted: {other:?}"),
    };
    // It was done before the cut, and is gone when it is asked for again.
    stripe.emulator.mood([Mood::CutAfter]);
    assert!(receipt(&handle).await.starts_with("req_"));
    assert!(!stripe.knows("canary-customer") && stripe.customers().is_empty());
    assert_eq!(stripe.payments().len(), 1);
    let other = stripe.customer("canary-other@example.org");
    assert!(receipt(&other).await.starts_with("req_"));
    assert!(!stripe.knows("canary-other"));

    stripe.emulator.mood([Mood::Fails(404)]);
    let said = till.erase(&other, NOW_S).await;
    assert!(matches!(said, Err(Trouble::Refused(_))), "no proof that it is gone: {said:?}");
}

/// Our account there, as the configuration has it.
fn account(changes: &[(&str, Value)]) -> BTreeMap<ProcessorId, Fields> {
    let mut fields = Fields::new();
    fields.insert("secret_key".into(), KEY.into());
    fields.insert("webhook_secrets".into(), format!("whsec_of_old, {WEBHOOK_SECRET}").into());
    for (name, value) in changes {
        fields.insert((*name).to_owned(), value.clone());
    }
    BTreeMap::from([(ProcessorId::Stripe, fields)])
}

#[tokio::test]
async fn our_account_takes_its_roles() {
    let stripe = Stripe::start_with_pages(NOW_S).await;
    let way_out = || egress(&[ProcessorId::Stripe], &[("api.stripe.com", stripe.emulator.address)]);
    let connected = connect(&account(&[("pages", stripe.pages().into())]), &way_out()).unwrap();
    connected.checks[&ProcessorId::Stripe].check(NOW_S, SITE).await.unwrap();
    let till = connected.till.unwrap();
    assert_eq!((till.processor(), till.mode()), (ProcessorId::Stripe, TillMode::TestMode));
    let begun = till.begin(&request()).await.unwrap();
    assert!(begun.url.unwrap().starts_with(&stripe.pages()));

    let customer = stripe.customer("canary-customer@example.org");
    let hook = &connected.hooks[&ProcessorId::Stripe];
    let heard = async |event: &Value, secret: &str| {
        let body = written(event);
        let signature = sign(&body, NOW_S, &[secret]);
        let header = |name: &str| (name == "stripe-signature").then(|| signature.clone());
        hook.open(&header, &body, NOW_S).await
    };
    let paid = stripe.pay(&begun.id, Some(&customer));
    let opened = heard(&paid, WEBHOOK_SECRET).await.unwrap();
    assert_eq!(opened.id, paid["id"]);
    assert_eq!(opened.news, [role::News::Checkout { checkout: begun.id.clone() }]);
    assert!(heard(&paid, "whsec_of_old").await.is_ok(), "while a secret is changed there are two");
    let forged = heard(&paid, "whsec_of_somebody").await;
    assert!(matches!(forged, Err(HookError::NotBelieved(_))), "{forged:?}");

    let checkout = now_of(&*till, &begun.id).await;
    let payment = checkout.payment.unwrap();
    for (event, asks) in [
        (stripe.inquired(&payment), true),
        (stripe.inquiry_goes_on(&payment), false),
        (stripe.disputed(&payment), false),
    ] {
        let disputed = heard(&event, WEBHOOK_SECRET).await.unwrap();
        let [role::News::Dispute { payment: Some(of), amount_minor: 1900, currency, is_inquiry, .. }] =
            &disputed.news[..]
        else {
            panic!("{disputed:?}")
        };
        assert_eq!((of, currency.as_str(), *is_inquiry), (&payment, "EUR", asks), "{event}");
    }
    till.refund(&refund_of(&payment)).await.unwrap();
    let refunded = heard(&stripe.refunded(&payment), WEBHOOK_SECRET).await.unwrap();
    assert_eq!(refunded.news, [role::News::Refund { payment }]);

    let erases = &connected.erases[&ProcessorId::Stripe];
    let Ok(Erased::Done { receipt }) = erases.erase(&customer, NOW_S).await else { panic!("not deleted") };
    assert!(receipt.starts_with("req_") && !stripe.knows("canary-customer"));
    stripe.emulator.mood([Mood::TooMany(3600)]);
    let away = erases.erase(&customer, NOW_S).await;
    assert!(matches!(away, Err(Trouble::Away { after_s: Some(3600), .. })), "{away:?}");
}

async fn now_of(till: &dyn HostedTill, id: &str) -> Checkout {
    till.find(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_account_that_is_half_set_says_what_to_set() {
    let stripe = Stripe::start(NOW_S).await;
    let way_out = egress(&[ProcessorId::Stripe], &[("api.stripe.com", stripe.emulator.address)]);
    for (name, value, says) in [
        ("secret_key", json!("pk_test_51emulator"), "secret_key"),
        ("secret_key", json!("sk_live_51emulator"), "live = true"),
        ("live", json!("true"), "test mode"),
        ("webhook_secrets", json!([]), "webhook_secrets"),
        ("pages", json!("http://films.example/"), "pages"),
        ("product_name", json!(" "), "product_name"),
        ("publishable_key", json!("pk_test_51emulator"), "publishable_key"),
    ] {
        let wrong = connect(&account(&[(name, value)]), &way_out).err().expect(name);
        assert!(wrong.len() == 1 && wrong[0].contains(says), "{name}: {wrong:?}");
        assert!(!format!("{wrong:?}").contains("51emulator"), "{wrong:?}");
    }
    let stranger = connect(&account(&[("secret_key", json!("sk_test_wrong"))]), &way_out).unwrap();
    let said = stranger.checks[&ProcessorId::Stripe].check(NOW_S, SITE).await;
    assert!(said.unwrap_err().contains("secret_key"));
    assert!(stripe.sessions().is_empty());
}

#[tokio::test]
async fn a_webhook_that_was_set_up_for_fewer_events_says_which_are_missing() {
    const HOOK: &str = "https://ministudio.example/webhooks/stripe";
    let before = [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
    ];
    let (stripe, till) = start().await;
    let check = async || role::Check::check(&till, NOW_S, SITE).await;
    stripe.set_up(HOOK, &before);
    let said = check().await.unwrap_err();
    assert!(said.contains("add charge.dispute.funds_withdrawn there"), "{said}");
    stripe.set_up(HOOK, &[&before[..], &["charge.dispute.funds_withdrawn"]].concat());
    check().await.unwrap();
    stripe.set_up("https://ministudio.example/webhooks/mux", &["*"]);
    assert!(check().await.unwrap_err().contains(HOOK));
    // That of another site at the same account is none of ours.
    stripe.set_up("https://other.example/webhooks/stripe", &["*"]);
    assert!(check().await.unwrap_err().contains(HOOK));
    // A restricted key may be good for all but that.
    stripe.says(404, "resource_missing", None);
    stripe.says(403, "", None);
    check().await.unwrap();
}

/// What a studio keeps of webhooks.
struct Desk {
    webhooks: Webhooks,
    now_s: i64,
    seen: BTreeSet<String>,
    states: BTreeMap<String, CheckoutState>,
    taken: usize,
    refused: Vec<WebhookError>,
}

impl Desk {
    fn new(settings: &StripeSettings) -> Self {
        Self {
            webhooks: settings.webhooks(),
            now_s: NOW_S,
            seen: BTreeSet::new(),
            states: BTreeMap::new(),
            taken: 0,
            refused: Vec::new(),
        }
    }

    fn hear(&mut self, signature: Option<&str>, body: &[u8]) -> StatusCode {
        match self.webhooks.open(signature, body, self.now_s) {
            Ok(event) => {
                if self.seen.insert(event.id) {
                    self.taken += 1;
                    if let News::Checkout(checkout) = event.news {
                        let known = self.states.entry(checkout.id).or_insert(checkout.state);
                        *known = (*known).max(checkout.state);
                    }
                }
                StatusCode::OK
            }
            Err(why) => {
                self.refused.push(why);
                StatusCode::BAD_REQUEST
            }
        }
    }
}

async fn hear(State(desk): State<Arc<Mutex<Desk>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    desk.lock().unwrap().hear(signature, &body)
}

/// A desk with an address.
async fn desk() -> (Arc<Mutex<Desk>>, String) {
    let desk = Arc::new(Mutex::new(Desk::new(&settings())));
    let routes = Router::new().route("/stripe", post(hear)).with_state(Arc::clone(&desk));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/stripe", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (desk, url)
}

#[tokio::test]
async fn a_webhook_is_believed_once_when_it_is_stripes_and_of_now() {
    let (stripe, till) = start().await;
    let (desk, url) = desk().await;
    let begun = till.begin(&request()).await.unwrap();
    let event = stripe.pay(&begun.id, None);
    assert_eq!(stripe.send(&url, &event, NOW_S).await.unwrap(), 200);
    // Doubled by Stripe, and sent again by somebody who heard it: the id is known.
    assert_eq!(stripe.send(&url, &event, NOW_S + 1).await.unwrap(), 200);
    assert_eq!(stripe.send(&url, &event, NOW_S).await.unwrap(), 200);
    {
        let desk = desk.lock().unwrap();
        assert_eq!((desk.taken, desk.states[&begun.id]), (1, CheckoutState::Paid));
    }

    let body = written(&event);
    for at_s in [NOW_S - 301, NOW_S + 301] {
        assert_eq!(stripe.send(&url, &event, at_s).await.unwrap(), 400);
    }
    let forged = vec![("stripe-signature", sign(&body, NOW_S, &["whsec_of_somebody"]))];
    assert_eq!(Hook { headers: forged, body: body.clone() }.post(&url).await.unwrap(), 400);
    let other_body = String::from_utf8(body.clone()).unwrap().replace("1900", "9900");
    let headers = vec![("stripe-signature", sign(&body, NOW_S, &[WEBHOOK_SECRET]))];
    let honest = Hook { headers, body };
    let changed = Hook { body: other_body.into_bytes(), ..honest.clone() };
    assert_eq!(changed.post(&url).await.unwrap(), 400);
    let unsigned = Hook { headers: Vec::new(), ..honest.clone() };
    assert_eq!(unsigned.post(&url).await.unwrap(), 400);
    // The recording of an honest one, played a while later.
    desk.lock().unwrap().now_s = NOW_S + 301;
    assert_eq!(honest.post(&url).await.unwrap(), 400);
    let desk = desk.lock().unwrap();
    use WebhookError::{Forged, FromTheFuture, TooOld, Unsigned};
    assert_eq!(desk.refused, [TooOld, FromTheFuture, Forged, Forged, Unsigned, TooOld]);
    assert_eq!(desk.taken, 1);
}

#[test]
fn while_a_secret_is_changed_both_are_good() {
    let body = br#"{"id":"evt_1","type":"ping","created":1,"livemode":false,"data":{"object":{}}}"#;
    let old_and_new = Webhooks::new(vec![Secret::new("whsec_new"), Secret::new("whsec_old")], false);
    for secrets in [&["whsec_old"][..], &["whsec_new"], &["whsec_old", "whsec_new"], &["x", "whsec_new"]] {
        let event = old_and_new.open(Some(&sign(body, NOW_S, secrets)), body, NOW_S).unwrap();
        assert_eq!(event.news, News::Other);
    }
    let new = Webhooks::new(vec![Secret::new("whsec_new")], false);
    let old = sign(body, NOW_S, &["whsec_old"]);
    assert_eq!(new.open(Some(&old), body, NOW_S), Err(WebhookError::Forged));
    let live = Webhooks::new(vec![Secret::new("whsec_new")], true);
    let play = sign(body, NOW_S, &["whsec_new"]);
    assert_eq!(live.open(Some(&play), body, NOW_S), Err(WebhookError::OtherMode));
}

#[tokio::test]
async fn in_whatever_order_it_is_told_the_end_is_the_same() {
    let (stripe, till) = start().await;
    let begun = till.begin(&request()).await.unwrap();
    let completed = stripe.pay_later(&begun.id);
    let came = stripe.comes(&begun.id, true);
    let lapsed = stripe.lapses(&begun.id);
    let events = [&completed, &came, &lapsed];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut desk = Desk::new(&settings());
        for place in order.into_iter().chain(order) {
            let body = written(events[place]);
            let said = desk.hear(Some(&sign(&body, NOW_S, &[WEBHOOK_SECRET])), &body);
            assert_eq!(said, StatusCode::OK);
        }
        assert_eq!((desk.taken, desk.states[&begun.id]), (3, CheckoutState::Paid), "{order:?}");
    }
    assert_eq!(now(&till, &begun.id).await.state, CheckoutState::Paid, "as Stripe says when asked");
}

fn told(event: &Value) -> News {
    let body = written(event);
    let signature = sign(&body, NOW_S, &[WEBHOOK_SECRET]);
    settings().webhooks().open(Some(&signature), &body, NOW_S).unwrap().news
}

#[tokio::test]
async fn what_is_told_is_read() {
    let (stripe, till) = start().await;
    let begun = till.begin(&request()).await.unwrap();
    let News::Checkout(paid) = told(&stripe.pay(&begun.id, None)) else { panic!("no checkout") };
    assert_eq!(paid.settles(DUE), Settled::Yes);
    let payment = paid.payment.clone().unwrap();

    let News::Disputed { payment: of, amount_minor, currency, .. } = told(&stripe.disputed(&payment)) else {
        panic!("no dispute")
    };
    assert_eq!((of.as_ref(), amount_minor, currency.as_str()), (Some(&payment), 1900, "EUR"));

    till.refund(&refund_of(&payment)).await.unwrap();
    let News::Refunded { payment: of, amount_minor, refunded_minor, .. } = told(&stripe.refunded(&payment))
    else {
        panic!("no refund")
    };
    assert_eq!((of.as_ref(), amount_minor, refunded_minor), (Some(&payment), 1900, 1900));

    let second = till.begin(&CheckoutRequest { key: "second".into(), ..request() }).await.unwrap();
    let News::Checkout(lapsed) = told(&stripe.lapses(&second.id)) else { panic!("no checkout") };
    assert_eq!((lapsed.id, lapsed.state), (second.id, CheckoutState::Expired));

    let third = till.begin(&CheckoutRequest { key: "third".into(), ..request() }).await.unwrap();
    let News::Checkout(later) = told(&stripe.pay_later(&third.id)) else { panic!("no checkout") };
    assert_eq!(later.state, CheckoutState::Processing);
    let News::Checkout(failed) = told(&stripe.comes(&third.id, false)) else { panic!("no checkout") };
    assert_eq!(failed.state, CheckoutState::Failed);
}

#[test]
fn every_signature_case_of_the_vendor_is_judged_as_the_vendor_does() {
    let vectors: Value = serde_json::from_str(include_str!("../contracts/stripe/vectors.json")).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() >= 15, "{}", cases.len());
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let secrets = [Secret::new(text("secret"))];
        let said = verify(&secrets, text("header"), text("body").as_bytes(), case["now"].as_i64().unwrap());
        assert_eq!(said.is_ok(), case["accept"].as_bool().unwrap(), "{}: {said:?}", text("name"));
    }
    // The vendor's library takes any time to come; we do not.
    let valid = &cases[0];
    let text = |name: &str| valid[name].as_str().unwrap();
    let early =
        |now_s| verify(&[Secret::new(text("secret"))], text("header"), text("body").as_bytes(), now_s);
    assert_eq!(early(1_790_000_000 - 300), Ok(()));
    assert_eq!(early(1_790_000_000 - 301), Err(WebhookError::FromTheFuture));
}

#[test]
fn the_session_of_the_vendors_own_example_is_read() {
    let vectors: Value = serde_json::from_str(include_str!("../contracts/stripe/vectors.json")).unwrap();
    let valid = &vectors["cases"][0];
    let text = |name: &str| valid[name].as_str().unwrap();
    let webhooks = Webhooks::new(vec![Secret::new(text("secret"))], false);
    let now_s = valid["now"].as_i64().unwrap();
    let event = webhooks.open(Some(text("header")), text("body").as_bytes(), now_s).unwrap();
    let News::Checkout(checkout) = event.news else { panic!("no checkout") };
    let due = Due { order: "ord_fb48e85b", amount_minor: 2900, currency: "EUR" };
    assert_eq!(checkout.settles(due), Settled::Yes);
}
