//! Stripe: the parent pays on Stripe's own page (Checkout), so no card number comes near us. It gets the price, the
//! currency and the order's reference; what is bought has one generic name. The address for its receipt it asks for
//! itself: a checkout that nobody pays keeps nobody's, as nothing there could be deleted by.
//!
//! Each call that changes something carries an `Idempotency-Key` made of the studio's key and the step, and is sent
//! again with the same one; Stripe forgets it after a day, so what could be done twice then is kept from it otherwise
//! (a checkout carries the time of its end; money that was given back is not given back again).
//!
//! Source: `crates/processors/tests/contracts/stripe`; <https://docs.stripe.com/api>. It must not know the studio's
//! rules, nor any clock.

mod account;
mod webhook;
mod wire;

use std::fmt;

use egress::{Answer, Egress, Error, Means, Method, Request, RetryPolicy};
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind, processor, purpose};
use serde::de::DeserializeOwned;

use crate::Secret;
use crate::word::word;

pub use crate::role::{
    Checkout, CheckoutRequest, CheckoutState, Due, GivenBack, HostedTill, HostedTillError, Refund,
    RefundRequest, RefundState, Settled, TillMode,
};
pub(crate) use account::Account;
pub use webhook::{Event, News, WebhookError, Webhooks, verify};

/// The version of Stripe's interface that this is written for.
pub const VERSION: &str = "2026-07-29.dahlia";
/// Where Stripe's page lies, unless an account has a host of its own for it.
pub const PAGES: &str = "https://checkout.stripe.com/";
/// Largest answer that is read; a session is a few kilobytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// What is looked at of a list: as much as one answer holds.
const LISTED_MAX: &str = "100";

/// What the operator sets.
#[derive(Debug, Clone)]
pub struct StripeSettings {
    /// The secret key (`sk_…`), or one that is restricted to checkouts, refunds, payments and customers (`rk_…`).
    pub key: Secret,
    /// Whether the key is one of real money.
    pub is_live: bool,
    /// The secrets of the webhook's address (`whsec_…`): two while one is changed.
    pub webhook_secrets: Vec<Secret>,
    /// What stands on the page and the receipt as the thing bought; the same for everybody, with nobody's name.
    pub product_name: String,
    /// Version of the interface. Assumed: the newest that was known is [`VERSION`].
    pub version: String,
    /// What the address of a page begins with. Assumed: [`PAGES`], which the policy lets a form lead to.
    pub pages: String,
    /// How often a call is tried.
    pub retry: RetryPolicy,
}

impl StripeSettings {
    /// Settings with a key and the webhook's secrets; everything else is as usual.
    pub fn new(key: Secret, is_live: bool, webhook_secrets: Vec<Secret>) -> Self {
        Self {
            key,
            is_live,
            webhook_secrets,
            product_name: "Personalised film".to_owned(),
            version: VERSION.to_owned(),
            pages: PAGES.to_owned(),
            retry: RetryPolicy::default(),
        }
    }

    /// What takes the webhooks of these settings.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self.webhook_secrets.clone(), self.is_live)
    }
}

/// Stripe as a till.
#[derive(Clone)]
pub struct StripeTill {
    egress: Egress,
    settings: StripeSettings,
}

impl fmt::Debug for StripeTill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeTill").field("is_live", &self.settings.is_live).finish_non_exhaustive()
    }
}

impl StripeTill {
    /// A till by its settings.
    pub fn new(egress: Egress, settings: StripeSettings) -> Self {
        Self { egress, settings }
    }

    /// A call with what is on each.
    fn call(&self, method: Method, address: &'static str) -> Request<processor::Stripe> {
        self.egress
            .to::<processor::Stripe, purpose::Payment>(method, address)
            .header("authorization", &self.settings.key.bearer())
            .header("stripe-version", &self.settings.version)
            .urlencoded()
            .answer_bytes_max(ANSWER_BYTES_MAX)
    }

    /// Sends a call, and again while Stripe says or it is to be thought that this makes sense.
    async fn send(
        &self,
        call: impl Fn() -> Request<processor::Stripe> + Send + Sync,
    ) -> Result<Answer, HostedTillError> {
        let how = &self.settings.retry;
        self.egress.retry_while(how, is_worth_another_try, call).await.map_err(failed)
    }

    async fn read_session(&self, id: &str) -> Result<Option<Checkout>, HostedTillError> {
        if !is_id(id) {
            return Ok(None);
        }
        let call = || {
            self.call(Method::GET, "https://api.stripe.com/v1/checkout/sessions/{session}")
                .plain("path.session", id)
        };
        let answer = self.send(call).await?;
        let Some(session) = found::<wire::Session>(&answer)? else { return Ok(None) };
        let checkout = session.checkout().ok_or(HostedTillError::Malformed("a state of a checkout"))?;
        if checkout.id != id {
            return Err(HostedTillError::Malformed("it is of another checkout"));
        }
        self.decided(checkout).await.map(Some)
    }

    /// A checkout that is done without money: the payment says whether the money is still to come.
    async fn decided(&self, checkout: Checkout) -> Result<Checkout, HostedTillError> {
        let payment = match (&checkout.payment, checkout.state) {
            (Some(payment), CheckoutState::Processing) if is_id(payment) => payment,
            _ => return Ok(checkout),
        };
        let call = || {
            self.call(Method::GET, "https://api.stripe.com/v1/payment_intents/{payment_intent}")
                .plain("path.payment_intent", payment)
        };
        let answer = self.send(call).await?;
        let intent = found::<wire::Intent>(&answer)?;
        let intent = intent.ok_or(HostedTillError::Malformed("a checkout without its payment"))?;
        Ok(Checkout { state: intent.state(), ..checkout })
    }

    async fn begin_one(&self, request: &CheckoutRequest) -> Result<Checkout, HostedTillError> {
        looked_at(request)?;
        let order = request.order.for_processor::<processor::Stripe>();
        let currency = Personal::<kind::Billing, _>::new(request.currency.to_ascii_lowercase());
        let amount = Personal::<kind::Billing, _>::new(request.amount_minor);
        let name = Personal::<kind::Billing, _>::new(self.settings.product_name.clone());
        let key = format!("{}-checkout", request.key);
        let call = || {
            self.call(Method::POST, "https://api.stripe.com/v1/checkout/sessions")
                .header("idempotency-key", &key)
                .plain("mode", "payment")
                // A customer is what the address that is typed there is deleted by; it is made when somebody pays.
                .plain("customer_creation", "always")
                .plain("success_url", &request.success_url)
                .plain("cancel_url", &request.cancel_url)
                .plain("expires_at", request.expires_at_s)
                .plain("locale", &request.locale)
                .plain("line_items[0].quantity", 1)
                .field("line_items[0].price_data.currency", &currency)
                .field("line_items[0].price_data.unit_amount", &amount)
                .field("line_items[0].price_data.product_data.name", &name)
                .field("client_reference_id", &request.order)
                .field("metadata.order", &request.order)
        };
        let answer = self.send(call).await?;
        let session: wire::Session = done(&answer)?;
        let mut checkout = session.checkout().ok_or(HostedTillError::Malformed("a state of a checkout"))?;
        // An answer that Stripe gives again tells how things stood then.
        if answer.header("idempotent-replayed") == Some("true") {
            let now = self.read_session(&checkout.id).await?;
            checkout = now.ok_or(HostedTillError::Malformed("a checkout that is gone"))?;
        }
        if checkout.order.as_deref() != Some(order.as_str()) {
            return Err(HostedTillError::Malformed("it is of another order"));
        }
        let leads_there = |url: &String| url.starts_with(&self.settings.pages);
        if checkout.state == CheckoutState::Open && !checkout.url.as_ref().is_some_and(leads_there) {
            return Err(HostedTillError::Malformed("its page is not Stripe's"));
        }
        Ok(checkout)
    }

    async fn close_one(&self, id: &str) -> Result<Checkout, HostedTillError> {
        if !is_id(id) {
            return Err(HostedTillError::NotFound);
        }
        let key = format!("{id}-expire");
        let call = || {
            self.call(Method::POST, "https://api.stripe.com/v1/checkout/sessions/{session}/expire")
                .header("idempotency-key", &key)
                .plain("path.session", id)
        };
        let answer = self.send(call).await?;
        let refused = match done::<wire::Session>(&answer) {
            Ok(session) => {
                return session.checkout().ok_or(HostedTillError::Malformed("a state of a checkout"));
            }
            Err(refused @ HostedTillError::Refused { status: 400, .. }) => refused,
            Err(other) => return Err(other),
        };
        // It was not open any more: paid, or expired already.
        match self.read_session(id).await? {
            Some(checkout) if checkout.state != CheckoutState::Open => Ok(checkout),
            Some(_) => Err(refused),
            None => Err(HostedTillError::NotFound),
        }
    }

    async fn refund_one(&self, request: &RefundRequest) -> Result<Refund, HostedTillError> {
        if !is_key(&request.key) {
            return Err(HostedTillError::Invalid("a key is 1 to 200 letters, digits, - or _"));
        }
        if !is_id(&request.payment) {
            return Err(HostedTillError::NotFound);
        }
        let key = format!("{}-refund", request.key);
        let payment = Personal::<kind::Billing, _>::new(request.payment.clone());
        let call = || {
            let call = self
                .call(Method::POST, "https://api.stripe.com/v1/refunds")
                .header("idempotency-key", &key)
                .field("payment_intent", &payment);
            if request.is_asked_for { call.plain("reason", "requested_by_customer") } else { call }
        };
        let answer = self.send(call).await?;
        match done::<wire::RefundAsSent>(&answer) {
            Ok(refund) => {
                let refund = refund.refund().ok_or(HostedTillError::Malformed("a state of a refund"))?;
                // An answer that Stripe gives again tells how things stood then.
                match (answer.header("idempotent-replayed"), &refund.id) {
                    (Some("true"), Some(id)) => Ok(self.read_refund(id).await?.unwrap_or(refund)),
                    _ => Ok(refund),
                }
            }
            // The key was forgotten, or somebody gave it back by hand: the refunds there are say how it stands.
            Err(HostedTillError::Refused { code, .. }) if code == "charge_already_refunded" => {
                let back = self.read_given_back(&request.payment).await?.ok_or(HostedTillError::NotFound)?;
                let state = match (back.is_back(), back.is_going()) {
                    (true, _) => RefundState::Done,
                    (false, true) => RefundState::Pending,
                    (false, false) => RefundState::Failed,
                };
                Ok(Refund { id: back.refund, amount_minor: None, state })
            }
            Err(other) => Err(other),
        }
    }

    async fn read_given_back(&self, payment: &str) -> Result<Option<GivenBack>, HostedTillError> {
        if !is_id(payment) {
            return Ok(None);
        }
        let call = || {
            self.call(Method::GET, "https://api.stripe.com/v1/payment_intents/{payment_intent}")
                .plain("path.payment_intent", payment)
        };
        let answer = self.send(call).await?;
        let Some(intent) = found::<wire::Intent>(&answer)? else { return Ok(None) };
        let call = || {
            self.call(Method::GET, "https://api.stripe.com/v1/refunds")
                .plain("query.payment_intent", payment)
                .plain("query.limit", LISTED_MAX)
        };
        let answer = self.send(call).await?;
        let refunds: wire::Refunds = done(&answer)?;
        let mut back =
            GivenBack { paid_minor: intent.amount, done_minor: 0, under_way_minor: 0, refund: None };
        for sent in refunds.data {
            let refund = sent.refund().ok_or(HostedTillError::Malformed("a state of a refund"))?;
            let amount = refund.amount_minor.unwrap_or_default();
            match refund.state {
                RefundState::Done => back.done_minor = back.done_minor.saturating_add(amount),
                RefundState::Pending | RefundState::NeedsParent => {
                    back.under_way_minor = back.under_way_minor.saturating_add(amount);
                }
                RefundState::Failed => continue,
            }
            back.refund = back.refund.or(refund.id);
        }
        Ok(Some(back))
    }

    async fn read_refund(&self, id: &str) -> Result<Option<Refund>, HostedTillError> {
        if !is_id(id) {
            return Ok(None);
        }
        let call =
            || self.call(Method::GET, "https://api.stripe.com/v1/refunds/{refund}").plain("path.refund", id);
        let answer = self.send(call).await?;
        let Some(refund) = found::<wire::RefundAsSent>(&answer)? else { return Ok(None) };
        refund.refund().map(Some).ok_or(HostedTillError::Malformed("a state of a refund"))
    }

    /// Has a customer deleted; payments stay as long as the law asks. What it is known by: Stripe's id of the call.
    async fn delete_customer(&self, customer: &str) -> Result<String, HostedTillError> {
        if !is_id(customer) {
            return Err(HostedTillError::Invalid("that is no id of a customer"));
        }
        let call = || {
            self.call(Method::DELETE, "https://api.stripe.com/v1/customers/{customer}")
                .plain("path.customer", customer)
                .deletes()
        };
        let answer = self.send(call).await?;
        let otherwise = match found::<wire::Deleted>(&answer)? {
            Some(deleted) if deleted.deleted && deleted.id == customer => "deleted",
            Some(_) => {
                return Err(HostedTillError::Malformed("it does not say that the customer is deleted"));
            }
            None => "it was gone",
        };
        let request = word(answer.header("request-id"));
        Ok(if request.is_empty() { otherwise.to_owned() } else { request })
    }

    /// The addresses that Stripe tells of events.
    async fn endpoints(&self) -> Result<Vec<wire::Endpoint>, HostedTillError> {
        let call = || {
            self.call(Method::GET, "https://api.stripe.com/v1/webhook_endpoints")
                .plain("query.limit", LISTED_MAX)
        };
        let answer = self.send(call).await?;
        Ok(done::<wire::Endpoints>(&answer)?.data)
    }
}

impl HostedTill for StripeTill {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Stripe
    }

    fn begin<'a>(&'a self, request: &'a CheckoutRequest) -> BoxFuture<'a, Result<Checkout, HostedTillError>> {
        Box::pin(self.begin_one(request))
    }

    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Checkout>, HostedTillError>> {
        Box::pin(self.read_session(id))
    }

    fn close<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Checkout, HostedTillError>> {
        Box::pin(self.close_one(id))
    }

    fn refund<'a>(&'a self, request: &'a RefundRequest) -> BoxFuture<'a, Result<Refund, HostedTillError>> {
        Box::pin(self.refund_one(request))
    }

    fn find_refund<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Refund>, HostedTillError>> {
        Box::pin(self.read_refund(id))
    }

    fn given_back<'a>(
        &'a self,
        payment: &'a str,
    ) -> BoxFuture<'a, Result<Option<GivenBack>, HostedTillError>> {
        Box::pin(self.read_given_back(payment))
    }

    fn mode(&self) -> TillMode {
        if self.settings.is_live { TillMode::Live } else { TillMode::TestMode }
    }
}

/// Whether a request for a checkout makes sense.
fn looked_at(request: &CheckoutRequest) -> Result<(), HostedTillError> {
    let invalid = |why| Err(HostedTillError::Invalid(why));
    if !is_key(&request.key) {
        return invalid("a key is 1 to 200 letters, digits, - or _");
    }
    if request.amount_minor <= 0 {
        return invalid("the amount is not above zero");
    }
    if request.currency.len() != 3 || !request.currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return invalid("a currency is three letters");
    }
    let order = request.order.for_processor::<processor::Stripe>();
    if !(1..=200).contains(&order.chars().count()) {
        return invalid("an order's reference is 1 to 200 characters");
    }
    // What stands in an address goes out as nobody's data.
    if [&request.success_url, &request.cancel_url].iter().any(|url| url.contains(['?', '#', '@'])) {
        return invalid("an address to come back to has no query");
    }
    Ok(())
}

fn is_key(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=200).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Whether a text may be an id of Stripe's: `cs_test_a1…`, at most 255 characters.
fn is_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=255).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Whether the same call may do better: as Stripe says, else by what happened.
fn is_worth_another_try(answered: &Result<Answer, Error>) -> bool {
    match answered {
        Ok(answer) if answer.is_success() => false,
        Ok(answer) => match answer.header("stripe-should-retry") {
            Some("true") => true,
            Some("false") => false,
            _ => is_for_now(answer.status()),
        },
        Err(error) => matches!(error, Error::TimedOut(_) | Error::Unreachable(..)),
    }
}

/// Whether a status is one that passes. 409: the same key is under way already.
fn is_for_now(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429) || status >= 500
}

/// A call that was not answered.
fn failed(error: Error) -> HostedTillError {
    match error.means() {
        Means::Away { retry_after_s } => {
            HostedTillError::Away { why: error.to_string(), after_s: retry_after_s }
        }
        Means::Blocked(_) => HostedTillError::Blocked(error.to_string()),
        Means::Malformed(what) => HostedTillError::Malformed(what),
    }
}

/// What was asked for, or why it was not done.
fn done<T: DeserializeOwned>(answer: &Answer) -> Result<T, HostedTillError> {
    found(answer)?.ok_or(HostedTillError::NotFound)
}

/// The same where a thing may not be there.
fn found<T: DeserializeOwned>(answer: &Answer) -> Result<Option<T>, HostedTillError> {
    if answer.is_success() {
        let read = answer.json().map_err(|_| HostedTillError::Malformed("of another form"))?;
        return Ok(Some(read));
    }
    let status = answer.status();
    let error = answer.json::<wire::Failure>().unwrap_or_default().error;
    let code = word(error.code.as_deref());
    match status {
        401 | 403 => Err(HostedTillError::NoEntry { status }),
        // What is named in a body is answered with 400. A 404 without the word is an address that is none: that
        // must not pass for a thing that is gone.
        400 | 404 if code == "resource_missing" => Ok(None),
        400 if error.kind.as_deref() == Some("idempotency_error") => Err(HostedTillError::KeyUsed),
        // Whether or not Stripe wants it again at once: whether it was done is not known.
        _ if is_for_now(status) || answer.header("stripe-should-retry") == Some("true") => {
            let after_s = answer.retry_after_s();
            Err(HostedTillError::Away { why: format!("it answered with {status}"), after_s })
        }
        _ => {
            let (param, request) = (word(error.param.as_deref()), word(answer.header("request-id")));
            Err(HostedTillError::Refused { status, code, param, request })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let settings =
            StripeSettings::new(Secret::new("sk_test_canary"), false, vec![Secret::new("whsec_canary")]);
        assert!(!format!("{settings:?} {:?}", settings.webhooks()).contains("canary"));
    }
}
