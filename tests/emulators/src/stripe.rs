//! Stripe, as its contract says (`crates/processors/tests/contracts/stripe`): checkouts with their page, payments,
//! refunds, customers, and signed webhooks. Forms are held against the names and sorts of the specification.
//!
//! It has no clock: a test sets the time. It must not know the adapter.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ring::hmac;
use serde_json::{Map, Value, json};

use crate::kit::{hex, lock};
use crate::{Emulator, Hook};

/// The key that lets one in.
pub const KEY: &str = "sk_test_51emulator";
/// The secret that webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "whsec_emulator0123456789abcdef";
/// Versions of the interface that are known.
const VERSIONS: [&str; 2] = ["2023-08-16", "2026-07-29.dahlia"];
/// Languages of the page.
const LOCALES: &str = " auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb \
                       nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW ";
/// Currencies that it takes; the real one takes more.
const CURRENCIES: [&str; 5] = ["eur", "usd", "gbp", "chf", "jpy"];

/// What a field of a form holds.
#[derive(Clone, Copy)]
enum Sort {
    /// Text of at most so many characters.
    Text(usize),
    Whole,
    Email,
    Url,
    Currency,
    Locale,
    OneOf(&'static [&'static str]),
}

/// Fields of a form, with any place in a list as `[]` and any key as `[*]`.
type Form = &'static [(&'static str, Sort)];

const SESSION: Form = &[
    ("mode", Sort::OneOf(&["payment", "setup", "subscription"])),
    ("success_url", Sort::Url),
    ("cancel_url", Sort::Url),
    ("client_reference_id", Sort::Text(200)),
    ("customer_email", Sort::Email),
    ("customer_creation", Sort::OneOf(&["always", "if_required"])),
    ("expires_at", Sort::Whole),
    ("locale", Sort::Locale),
    ("metadata[*]", Sort::Text(500)),
    ("line_items[][quantity]", Sort::Whole),
    ("line_items[][price_data][currency]", Sort::Currency),
    ("line_items[][price_data][unit_amount]", Sort::Whole),
    ("line_items[][price_data][product_data][name]", Sort::Text(5000)),
    ("line_items[][price_data][product_data][description]", Sort::Text(40_000)),
];
const REFUND: Form = &[
    ("payment_intent", Sort::Text(5000)),
    ("amount", Sort::Whole),
    ("reason", Sort::OneOf(&["duplicate", "fraudulent", "requested_by_customer"])),
    ("metadata[*]", Sort::Text(500)),
];

/// What a list of refunds is asked for with.
const REFUNDS: Form = &[("payment_intent", Sort::Text(5000)), ("limit", Sort::Whole)];
/// What a list of webhook endpoints is asked for with.
const ENDPOINTS: Form = &[("limit", Sort::Whole)];

/// An answer of its own that the next request gets instead of being done.
#[derive(Debug, Clone, Copy)]
struct Said {
    status: u16,
    code: &'static str,
    should_retry: Option<bool>,
}

/// The answer that a key was given.
#[derive(Debug, Clone)]
struct Saved {
    asked: (String, Bytes),
    status: u16,
    answer: Value,
}

#[derive(Default)]
struct Books {
    now_s: i64,
    made: u64,
    pages: String,
    sessions: BTreeMap<String, Value>,
    intents: BTreeMap<String, Value>,
    charges: BTreeMap<String, Value>,
    refunds: BTreeMap<String, Value>,
    customers: BTreeMap<String, Value>,
    saved: BTreeMap<String, Saved>,
    said: VecDeque<Said>,
    hook: Option<String>,
    endpoints: Vec<Value>,
    /// The address that parents type on its page.
    typed: Option<String>,
}

type Shared = Arc<Mutex<Books>>;

fn open(books: &Shared) -> MutexGuard<'_, Books> {
    lock(books)
}

/// Why something was not done: the vendor's error object.
struct No {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

impl No {
    fn new(message: impl Into<String>) -> Self {
        Self { status: 400, kind: "invalid_request_error", code: None, param: None, message: message.into() }
    }

    fn about(param: &str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { code, param: Some(param.to_owned()), ..Self::new(message) }
    }

    fn missing(status: u16, what: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        Self { status, ..Self::about(param, Some("resource_missing"), message) }
    }

    fn body(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["code"] = json!(code);
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }
}

impl Books {
    /// A new id, not to be guessed from another one by what is tested.
    fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:016x}", self.made.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn event(&mut self, kind: &str, object: Value) -> Value {
        json!({
            "id": self.id("evt"), "object": "event", "api_version": VERSIONS[1], "created": self.now_s,
            "type": kind, "livemode": false, "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null }, "data": { "object": object },
        })
    }

    /// Forgets answers that are a day old, and closes pages whose time is over.
    fn passes(&mut self, now_s: i64) {
        if now_s >= self.now_s + 86_400 {
            self.saved.clear();
        }
        self.now_s = now_s;
        for session in self.sessions.values_mut() {
            if session["status"] == "open" && session["expires_at"].as_i64().is_some_and(|end| end <= now_s) {
                session["status"] = json!("expired");
                session["url"] = Value::Null;
            }
        }
    }

    fn new_customer(&mut self, email: Value) -> String {
        let id = self.id("cus");
        let customer = json!({
            "id": id, "object": "customer", "email": email, "created": self.now_s, "livemode": false,
            "metadata": {}, "name": null,
        });
        self.customers.insert(id.clone(), customer);
        id
    }

    /// The parent pays; the money is there at once, or comes later.
    fn pay(&mut self, id: &str, at_once: bool) -> Value {
        let unknown =
            |session: &&Value| session["customer"].is_null() && session["customer_creation"] == "always";
        // What was handed over, else what is typed on the page.
        let email = self.sessions.get(id).filter(unknown).map(|session| match &session["customer_email"] {
            Value::Null => json!(self.typed.as_deref().unwrap_or("payer@example.org")),
            given => given.clone(),
        });
        let customer = email.map(|email| self.new_customer(email));
        if let (Some(session), Some(customer)) = (self.sessions.get_mut(id), customer) {
            session["customer"] = json!(customer);
        }
        let intent = self.id("pi");
        let now_s = self.now_s;
        let session = self.sessions.get_mut(id).expect("a session to pay");
        assert_eq!(session["status"], "open", "its page is closed");
        session["status"] = json!("complete");
        session["payment_status"] = json!(if at_once { "paid" } else { "unpaid" });
        session["payment_intent"] = json!(intent);
        session["url"] = Value::Null;
        let (amount, currency) = (session["amount_total"].clone(), session["currency"].clone());
        let customer = session["customer"].clone();
        let session = session.clone();
        self.intents.insert(
            intent.clone(),
            json!({
                "id": intent, "object": "payment_intent", "amount": amount, "currency": currency,
                "status": if at_once { "succeeded" } else { "processing" }, "created": now_s, "livemode": false,
                "capture_method": "automatic", "confirmation_method": "automatic", "customer": customer,
                "payment_method_types": ["card"], "latest_charge": null, "metadata": {},
            }),
        );
        if at_once {
            self.charge(&intent);
        }
        self.event("checkout.session.completed", session)
    }

    fn charge(&mut self, intent: &str) {
        let charge = self.id("ch");
        let of = self.intents.get_mut(intent).expect("a payment");
        of["latest_charge"] = json!(charge);
        of["amount_received"] = of["amount"].clone();
        let made = json!({
            "id": charge, "object": "charge", "amount": of["amount"], "amount_captured": of["amount"],
            "amount_refunded": 0, "currency": of["currency"], "payment_intent": intent, "customer": of["customer"],
            "captured": true, "paid": true, "refunded": false, "disputed": false, "status": "succeeded",
            "created": self.now_s, "livemode": false, "metadata": {}, "billing_details": {},
        });
        self.charges.insert(charge, made);
    }

    fn charge_of(&mut self, intent: &str) -> Option<&mut Value> {
        self.charges.values_mut().find(|charge| charge["payment_intent"] == intent)
    }
}

/// A running Stripe.
pub struct Stripe {
    /// The server.
    pub emulator: Emulator,
    books: Shared,
}

impl Stripe {
    /// Starts it at a time. Its pages are said to be at `checkout.stripe.com`.
    pub async fn start(now_s: i64) -> Self {
        let mut books =
            Books { now_s, pages: "https://checkout.stripe.com/c/pay/".to_owned(), ..Books::default() };
        books.endpoints = vec![endpoint(now_s, "https://ministudio.example/webhooks/stripe", &["*"])];
        let books = Arc::new(Mutex::new(books));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&books));
        let emulator = Emulator::start(routes).await;
        Self { emulator, books }
    }

    /// Starts it with pages of its own, at `http://127.0.0.1:PORT/c/pay/`, for a browser to pay at.
    pub async fn start_with_pages(now_s: i64) -> Self {
        let stripe = Self::start(now_s).await;
        open(&stripe.books).pages = stripe.pages();
        stripe
    }

    /// What the addresses of its own pages begin with.
    pub fn pages(&self) -> String {
        format!("http://{}/c/pay/", self.emulator.address)
    }

    /// Tells an address of each payment that is made or given up on its pages.
    pub fn tell(&self, url: &str) {
        open(&self.books).hook = Some(url.to_owned());
    }

    /// The one webhook endpoint of the account from now on, and the events that it is set up for.
    pub fn set_up(&self, url: &str, events: &[&str]) {
        let mut books = open(&self.books);
        books.endpoints = vec![endpoint(books.now_s, url, events)];
    }

    /// It is this late now.
    pub fn set_now(&self, now_s: i64) {
        open(&self.books).passes(now_s);
    }

    /// The next request is answered so and not done; after those that were asked for before.
    pub fn says(&self, status: u16, code: &'static str, should_retry: Option<bool>) {
        open(&self.books).said.push_back(Said { status, code, should_retry });
    }

    /// All checkouts.
    pub fn sessions(&self) -> Vec<Value> {
        open(&self.books).sessions.values().cloned().collect()
    }

    /// All refunds.
    pub fn refunds(&self) -> Vec<Value> {
        open(&self.books).refunds.values().cloned().collect()
    }

    /// All payments.
    pub fn payments(&self) -> Vec<Value> {
        open(&self.books).intents.values().cloned().collect()
    }

    /// All customers.
    pub fn customers(&self) -> Vec<Value> {
        open(&self.books).customers.values().cloned().collect()
    }

    /// Whether a text is anywhere in what it keeps.
    pub fn knows(&self, text: &str) -> bool {
        let books = open(&self.books);
        let all = [&books.sessions, &books.intents, &books.charges, &books.refunds, &books.customers];
        let saved = books.saved.values().any(|saved| {
            String::from_utf8_lossy(&saved.asked.1).contains(text) || saved.answer.to_string().contains(text)
        });
        saved || all.iter().any(|map| map.values().any(|value| value.to_string().contains(text)))
    }

    /// The address that parents type on its page from now on.
    pub fn types(&self, email: &str) {
        open(&self.books).typed = Some(email.to_owned());
    }

    /// Makes a customer, as an account may be set to.
    pub fn customer(&self, email: &str) -> String {
        open(&self.books).new_customer(json!(email))
    }

    /// The parent pays, as a customer where one is given; the event of it.
    pub fn pay(&self, session: &str, customer: Option<&str>) -> Value {
        let mut books = open(&self.books);
        if let (Some(session), Some(customer)) = (books.sessions.get_mut(session), customer) {
            session["customer"] = json!(customer);
        }
        books.pay(session, true)
    }

    /// The parent pays by a debit, whose money comes later; the event of it.
    pub fn pay_later(&self, session: &str) -> Value {
        open(&self.books).pay(session, false)
    }

    /// The money of [`Stripe::pay_later`] comes, or does not; the event of it.
    pub fn comes(&self, session: &str, came: bool) -> Value {
        let mut books = open(&self.books);
        let session = books.sessions.get_mut(session).expect("a session");
        let intent = session["payment_intent"].as_str().expect("a payment").to_owned();
        if came {
            session["payment_status"] = json!("paid");
        }
        let session = session.clone();
        let status = if came { "succeeded" } else { "requires_payment_method" };
        books.intents.get_mut(&intent).expect("a payment")["status"] = json!(status);
        if came {
            books.charge(&intent);
        }
        let word = if came { "succeeded" } else { "failed" };
        books.event(&format!("checkout.session.async_payment_{word}"), session)
    }

    /// A page closes, if nobody has paid there; the event of it.
    pub fn lapses(&self, session: &str) -> Value {
        let mut books = open(&self.books);
        let session = books.sessions.get_mut(session).expect("a session");
        if session["status"] == "open" {
            session["status"] = json!("expired");
            session["url"] = Value::Null;
        }
        let mut told = session.clone();
        told["status"] = json!("expired");
        told["payment_status"] = json!("unpaid");
        books.event("checkout.session.expired", told)
    }

    /// How a refund goes on.
    pub fn refund_becomes(&self, refund: &str, status: &str) {
        open(&self.books).refunds.get_mut(refund).expect("a refund")["status"] = json!(status);
    }

    /// How a refund goes on, and the event of it.
    pub fn refund_goes_on(&self, refund: &str, status: &str) -> Value {
        self.refund_becomes(refund, status);
        let mut books = open(&self.books);
        let told = books.refunds[refund].clone();
        books.event(if status == "failed" { "refund.failed" } else { "refund.updated" }, told)
    }

    /// The event that money was given back.
    pub fn refunded(&self, payment: &str) -> Value {
        let mut books = open(&self.books);
        let charge = books.charge_of(payment).expect("a charge").clone();
        books.event("charge.refunded", charge)
    }

    /// The parent's bank wants the money back; the event of it.
    pub fn disputed(&self, payment: &str) -> Value {
        self.dispute_becomes(payment, "charge.dispute.created", "needs_response")
    }

    /// The parent's bank asks about the payment, and takes nothing; the event of it.
    pub fn inquired(&self, payment: &str) -> Value {
        self.dispute_becomes(payment, "charge.dispute.created", "warning_needs_response")
    }

    /// The parent's bank takes the money that it asked about; the event of it.
    pub fn inquiry_goes_on(&self, payment: &str) -> Value {
        self.dispute_becomes(payment, "charge.dispute.funds_withdrawn", "needs_response")
    }

    /// A charge has one dispute, however that goes on.
    fn dispute_becomes(&self, payment: &str, event: &str, status: &str) -> Value {
        let mut books = open(&self.books);
        let charge = books.charge_of(payment).expect("a charge");
        charge["disputed"] = json!(true);
        let (charge, amount) = (charge["id"].clone(), (charge["amount"].clone(), charge["currency"].clone()));
        let dispute = json!({
            "id": format!("dp_of_{payment}"), "object": "dispute", "amount": amount.0, "currency": amount.1,
            "charge": charge, "payment_intent": payment, "reason": "fraudulent", "status": status,
            "created": books.now_s, "livemode": false, "is_charge_refundable": status.starts_with("warning_"),
            "metadata": {}, "balance_transactions": [], "evidence": {}, "evidence_details": {},
        });
        books.event(event, dispute)
    }

    /// Sends an event, signed at a time with [`WEBHOOK_SECRET`]; the status that was answered.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn send(&self, url: &str, event: &Value, at_s: i64) -> Result<u16, reqwest::Error> {
        signed(event, at_s).post(url).await
    }
}

/// A webhook endpoint as it is listed: without its secret, which is told once.
fn endpoint(now_s: i64, url: &str, events: &[&str]) -> Value {
    json!({
        "id": "we_1emulator", "object": "webhook_endpoint", "api_version": VERSIONS[1], "application": null,
        "created": now_s, "description": null, "enabled_events": events, "livemode": false, "metadata": {},
        "status": "enabled", "url": url,
    })
}

/// An event as a webhook that is sent at a time.
fn signed(event: &Value, at_s: i64) -> Hook {
    let body = written(event);
    let headers = vec![
        ("stripe-signature", sign(&body, at_s, &[WEBHOOK_SECRET])),
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)".to_owned()),
    ];
    Hook { headers, body }
}

/// An event as it is sent: over several lines.
pub fn written(event: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(event).unwrap_or_default()
}

/// The header that signs a body at a time, once with each secret.
pub fn sign(body: &[u8], at_s: i64, secrets: &[&str]) -> String {
    let mut signed = format!("{at_s}.").into_bytes();
    signed.extend_from_slice(body);
    let mut header = format!("t={at_s}");
    for secret in secrets {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &signed);
        header.push_str(&format!(",v1={}", hex(tag.as_ref())));
    }
    // The old scheme, of test events, which nobody is to believe.
    header.push_str(&format!(",v0={}", "0".repeat(64)));
    header
}

/// What a call comes to, before it is written.
struct Done {
    status: u16,
    body: Value,
    is_again: bool,
    should_retry: Option<bool>,
}

async fn answer(
    State(books): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(id) = uri.path().strip_prefix("/c/pay/") {
        return page(&books, &method, id, uri.query().unwrap_or_default()).await;
    }
    let mut books = open(&books);
    let request_id = books.id("req");
    let done = treated(&mut books, &method, &uri, &headers, &body);
    let done = done.unwrap_or_else(|no| Done {
        status: no.status,
        body: no.body(),
        is_again: false,
        should_retry: None,
    });
    drop(books);
    let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(done.body)).into_response();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    put("request-id", &request_id);
    put("stripe-version", text(&headers, "stripe-version"));
    if done.is_again {
        put("idempotent-replayed", "true");
    }
    if let Some(should) = done.should_retry {
        put("stripe-should-retry", if should { "true" } else { "false" });
    }
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn treated(
    books: &mut Books,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Done, No> {
    if text(headers, "authorization") != format!("Bearer {KEY}") {
        return Err(No { status: 401, ..No::new("Invalid API Key provided") });
    }
    if !VERSIONS.contains(&text(headers, "stripe-version")) {
        return Err(No::new("Invalid Stripe API version"));
    }
    if let Some(said) = books.said.pop_front() {
        let kind = if said.status == 409 { "idempotency_error" } else { "api_error" };
        let no = No { status: said.status, kind, code: Some(said.code), ..No::new("as told") };
        return Ok(Done {
            status: no.status,
            body: no.body(),
            is_again: false,
            should_retry: said.should_retry,
        });
    }
    let asks = parsed(uri.query().unwrap_or_default().as_bytes())?;
    let allowed: Form = match (method, uri.path()) {
        (&Method::GET, "/v1/refunds") => REFUNDS,
        (&Method::GET, "/v1/webhook_endpoints") => ENDPOINTS,
        _ => &[],
    };
    checked(&asks, allowed)?;
    if !body.is_empty() && text(headers, header::CONTENT_TYPE.as_str()) != "application/x-www-form-urlencoded"
    {
        return Err(No::new("Invalid request: the body must be application/x-www-form-urlencoded"));
    }
    let form = parsed(body)?;
    let key = text(headers, "idempotency-key").to_owned();
    if key.chars().count() > 255 {
        return Err(No::new("Keys for idempotent requests can only be up to 255 characters long"));
    }
    let asked = (format!("{method} {}", uri.path()), body.clone());
    if let Some(saved) = books.saved.get(&key).filter(|_| method == Method::POST && !key.is_empty()) {
        if saved.asked != asked {
            let message = "Keys for idempotent requests can only be used with the same parameters";
            return Err(No { kind: "idempotency_error", ..No::new(message) });
        }
        let (status, body) = (saved.status, saved.answer.clone());
        return Ok(Done { status, body, is_again: true, should_retry: None });
    }
    let path: Vec<&str> = uri.path().trim_start_matches('/').split('/').collect();
    let (status, answer) = match (method.as_str(), path.as_slice()) {
        ("POST", ["v1", "checkout", "sessions"]) => begun(books, &form)?,
        ("GET", ["v1", "checkout", "sessions", id]) => {
            checked(&form, &[])?;
            let session = books.sessions.get(*id).cloned();
            (200, session.ok_or_else(|| No::missing(404, "checkout.session", id, "session"))?)
        }
        ("POST", ["v1", "checkout", "sessions", id, "expire"]) => {
            checked(&form, &[])?;
            expired(books, id)?
        }
        ("GET", ["v1", "payment_intents", id]) => {
            checked(&form, &[])?;
            let intent = books.intents.get(*id).cloned();
            (200, intent.ok_or_else(|| No::missing(404, "payment_intent", id, "intent"))?)
        }
        ("POST", ["v1", "refunds"]) => given_back(books, &form)?,
        ("GET", ["v1", "refunds"]) => {
            checked(&form, &[])?;
            let of = value_of(&asks, "payment_intent");
            let refunds = books.refunds.values();
            let data: Vec<Value> = refunds
                .filter(|refund| of.is_none_or(|of| refund["payment_intent"] == of))
                .cloned()
                .collect();
            (200, json!({ "object": "list", "data": data, "has_more": false, "url": "/v1/refunds" }))
        }
        ("GET", ["v1", "refunds", id]) => {
            checked(&form, &[])?;
            let refund = books.refunds.get(*id).cloned();
            (200, refund.ok_or_else(|| No::missing(404, "refund", id, "refund"))?)
        }
        ("GET", ["v1", "webhook_endpoints"]) => {
            checked(&form, &[])?;
            let (data, url) = (&books.endpoints, "/v1/webhook_endpoints");
            (200, json!({ "object": "list", "data": data, "has_more": false, "url": url }))
        }
        ("DELETE", ["v1", "customers", id]) => {
            checked(&form, &[])?;
            books.customers.remove(*id).ok_or_else(|| No::missing(404, "customer", id, "id"))?;
            (200, json!({ "id": id, "object": "customer", "deleted": true }))
        }
        _ => {
            let message = format!("Unrecognized request URL ({method}: {})", uri.path());
            return Err(No { status: 404, ..No::new(message) });
        }
    };
    // What was looked at and then done or refused is kept; what failed before is not.
    if method == Method::POST && !key.is_empty() {
        books.saved.insert(key, Saved { asked, status, answer: answer.clone() });
    }
    Ok(Done { status, body: answer, is_again: false, should_retry: None })
}

fn unknown(name: &str) -> No {
    No::about(name, Some("parameter_unknown"), format!("Received unknown parameter: {name}"))
}

/// A form's fields in their order: `a[0][b]` and what it holds.
fn parsed(body: &[u8]) -> Result<Vec<(String, String)>, No> {
    let text = std::str::from_utf8(body).map_err(|_| No::new("Invalid request: not UTF-8"))?;
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let mut fields: Vec<(String, String)> = Vec::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name)?, decoded(value)?);
        if fields.iter().any(|(other, _)| *other == name) {
            return Err(No::about(&name, None, format!("Received {name} twice")));
        }
        fields.push((name, value));
    }
    Ok(fields)
}

fn decoded(text: &str) -> Result<String, No> {
    let wrong = || No::new("Invalid request: a bad escape");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let two = after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).ok_or_else(wrong)?;
                bytes.push(u8::from_str_radix(two, 16).map_err(|_| wrong())?);
                rest = &after[2..];
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// `a[7][b]` as the contract lists it: `a[][b]`.
fn listed(name: &str) -> String {
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let key = part.trim_end_matches(']');
        if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{name}[]")
        } else {
            format!("{name}[{key}]")
        }
    })
}

/// Holds a form against its contract.
fn checked(form: &[(String, String)], contract: Form) -> Result<(), No> {
    for (name, value) in form {
        let listed = listed(name);
        let sort = contract.iter().find(|(known, _)| match known.strip_suffix("[*]") {
            Some(map) => {
                let key = listed.strip_prefix(map).and_then(|rest| rest.strip_prefix('['));
                key.and_then(|key| key.strip_suffix(']')).is_some_and(|key| (1..=40).contains(&key.len()))
            }
            None => *known == listed,
        });
        let (_, sort) = sort.ok_or_else(|| unknown(name))?;
        if value.is_empty() {
            let message = format!("You passed an empty string for '{name}'");
            return Err(No::about(name, Some("parameter_invalid_empty"), message));
        }
        let is_right = match sort {
            Sort::Text(longest) => value.chars().count() <= *longest,
            Sort::Whole => value.parse::<i64>().is_ok_and(|number| number >= 0),
            Sort::Email => value.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty() && host.contains('.') && !host.contains('@') && !value.contains(' ')
            }),
            Sort::Url => {
                value.chars().count() <= 5000
                    && ["https://", "http://"].iter().any(|scheme| value.starts_with(scheme))
            }
            Sort::Currency => CURRENCIES.contains(&value.as_str()),
            Sort::Locale => !value.contains(' ') && LOCALES.contains(&format!(" {value} ")),
            Sort::OneOf(texts) => texts.contains(&value.as_str()),
        };
        if !is_right {
            let code = match sort {
                Sort::Whole => "parameter_invalid_integer",
                Sort::Email => "email_invalid",
                Sort::Url => "url_invalid",
                _ => "parameter_invalid",
            };
            // As the real one does, it repeats what it was sent.
            return Err(No::about(name, Some(code), format!("Invalid {name}: {value}")));
        }
    }
    Ok(())
}

fn value_of<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

fn needed<'a>(form: &'a [(String, String)], name: &str) -> Result<&'a str, No> {
    let missing = || No::about(name, Some("parameter_missing"), format!("Missing required param: {name}."));
    value_of(form, name).ok_or_else(missing)
}

fn whole_of(form: &[(String, String)], name: &str) -> Option<i64> {
    value_of(form, name)?.parse().ok()
}

fn metadata_of(form: &[(String, String)]) -> Map<String, Value> {
    let key = |name: &str| Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    form.iter().filter_map(|(name, value)| Some((key(name)?, json!(value)))).collect()
}

fn begun(books: &mut Books, form: &[(String, String)]) -> Result<(u16, Value), No> {
    checked(form, SESSION)?;
    needed(form, "success_url")?;
    if needed(form, "mode")? != "payment" {
        return Err(No::about("mode", None, "This emulator knows payments only"));
    }
    let (mut total, mut currency) = (0_i64, None);
    for place in 0..=100 {
        let within = format!("line_items[{place}]");
        if !form.iter().any(|(name, _)| name.starts_with(&within)) {
            if place == 0 {
                needed(form, "line_items")?;
            }
            break;
        }
        needed(form, &format!("{within}[price_data][product_data][name]"))?;
        needed(form, &format!("{within}[price_data][unit_amount]"))?;
        needed(form, &format!("{within}[quantity]"))?;
        let amount = whole_of(form, &format!("{within}[price_data][unit_amount]")).unwrap_or_default();
        let quantity = whole_of(form, &format!("{within}[quantity]")).unwrap_or_default();
        total = total.saturating_add(amount.saturating_mul(quantity));
        let here = needed(form, &format!("{within}[price_data][currency]"))?;
        if *currency.get_or_insert(here) != here {
            return Err(No::about("line_items", None, "All prices must have the same currency"));
        }
    }
    if total < 50 {
        let message = "The Checkout Session's total amount due must add up to at least 50 cents";
        return Err(No { code: Some("amount_too_small"), ..No::new(message) });
    }
    let ends = whole_of(form, "expires_at").unwrap_or(books.now_s + 86_400);
    if !(books.now_s + 1800..=books.now_s + 86_400).contains(&ends) {
        let message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now";
        return Err(No::about("expires_at", None, message));
    }
    let id = books.id("cs_test");
    let session = json!({
        "id": id, "object": "checkout.session", "mode": "payment", "status": "open", "payment_status": "unpaid",
        "amount_subtotal": total, "amount_total": total, "currency": currency,
        "client_reference_id": value_of(form, "client_reference_id"),
        "customer": null, "customer_email": value_of(form, "customer_email"),
        "customer_creation": value_of(form, "customer_creation").unwrap_or("if_required"),
        "success_url": value_of(form, "success_url"), "cancel_url": value_of(form, "cancel_url"),
        "locale": value_of(form, "locale"), "metadata": metadata_of(form), "payment_intent": null,
        "created": books.now_s, "expires_at": ends, "livemode": false, "payment_method_types": ["card"],
        "automatic_tax": { "enabled": false, "status": null }, "custom_fields": [], "shipping_options": [],
        "adaptive_pricing": { "enabled": false }, "collected_information": null, "wallet_options": {},
        "origin_context": null, "ui_mode": "hosted", "url": format!("{}{id}", books.pages),
    });
    books.sessions.insert(id, session.clone());
    Ok((200, session))
}

fn expired(books: &mut Books, id: &str) -> Result<(u16, Value), No> {
    let session =
        books.sessions.get_mut(id).ok_or_else(|| No::missing(404, "checkout.session", id, "session"))?;
    if session["status"] != "open" {
        let no = No::new("Only Checkout Sessions with a status in [\"open\"] can be expired.");
        return Ok((400, no.body()));
    }
    session["status"] = json!("expired");
    session["url"] = Value::Null;
    Ok((200, session.clone()))
}

fn given_back(books: &mut Books, form: &[(String, String)]) -> Result<(u16, Value), No> {
    checked(form, REFUND)?;
    let intent = needed(form, "payment_intent")?.to_owned();
    if !books.intents.contains_key(&intent) {
        return Err(No::missing(400, "payment_intent", &intent, "payment_intent"));
    }
    let id = books.id("re");
    let now_s = books.now_s;
    let Some(charge) = books.charge_of(&intent) else {
        let message = "This PaymentIntent does not have a successful charge to refund.";
        return Ok((400, No::about("payment_intent", None, message).body()));
    };
    let charged = charge["amount"].as_i64().unwrap_or_default();
    let left = charged - charge["amount_refunded"].as_i64().unwrap_or_default();
    let amount = whole_of(form, "amount").unwrap_or(left);
    if left == 0 {
        let no = No {
            code: Some("charge_already_refunded"),
            ..No::new(format!("Charge {} has already been refunded.", charge["id"]))
        };
        return Ok((400, no.body()));
    }
    if amount == 0 || amount > left {
        return Ok((
            400,
            No::about("amount", None, "Refund amount is greater than unrefunded amount").body(),
        ));
    }
    charge["amount_refunded"] = json!(charged - left + amount);
    charge["refunded"] = json!(amount == left);
    let refund = json!({
        "id": id, "object": "refund", "amount": amount, "currency": charge["currency"], "charge": charge["id"],
        "payment_intent": intent, "reason": value_of(form, "reason"), "status": "succeeded",
        "metadata": metadata_of(form), "created": now_s,
    });
    books.refunds.insert(id, refund.clone());
    Ok((200, refund))
}

/// The page: what is bought and for how much, a button to pay and one to go back.
async fn page(books: &Shared, method: &Method, id: &str, query: &str) -> Response {
    let (session, event, hook) = {
        let mut books = open(books);
        let Some(session) = books.sessions.get(id).cloned() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let is_paid = method == Method::POST && query == "pay" && session["status"] == "open";
        let event = is_paid.then(|| books.pay(id, true));
        (session, event, books.hook.clone())
    };
    let to = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
    if method == Method::POST {
        if let (Some(event), Some(hook)) = (&event, hook) {
            let at_s = event["created"].as_i64().unwrap_or_default();
            let _ = signed(event, at_s).post(&hook).await;
        }
        let back = if event.is_some() { to("success_url") } else { to("cancel_url") };
        return (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response();
    }
    let pay = match session["status"].as_str() {
        Some("open") => "<form method=\"post\" action=\"?pay\"><button id=\"pay\">Pay</button></form>",
        _ => "<p id=\"closed\">This page is closed.</p>",
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><title>Stripe</title><h1>Personalised film: {} {}</h1>{pay}\
         <form method=\"post\" action=\"?back\"><button id=\"back\">Cancel</button></form></html>",
        session["amount_total"],
        session["currency"].as_str().unwrap_or_default(),
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}
