//! What Stripe tells by itself: signed, at least once, in any order.
//!
//! The signature is `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX]`, HMAC-SHA256 over `t.body` with the whole `whsec_`
//! text as its key. While a secret is changed there are two of them. An event is news, not the truth: whoever gets
//! one drops it when its id was seen, and keeps the greater of the state that is known and the one that is told (see
//! [`CheckoutState`]), or asks [`HostedTill::find`](super::HostedTill::find).
//!
//! It must not know any clock, nor how the request came.

use super::wire::{ChargeAsSent, DisputeAsSent, EventAsSent, RefundAsSent, Session};
use crate::role::{Checkout, CheckoutState};
use crate::signing::Unproven;
use crate::{Secret, signing};

/// What Stripe is to tell: an address that was set up for fewer hears no more than those.
pub(super) const EVENTS: [&str; 9] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
];

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// There is no signature, or none of a kind that we know.
    #[error("it is not signed")]
    Unsigned,
    /// No secret of ours made the signature.
    #[error("its signature is not Stripe's")]
    Forged,
    /// It was signed too long ago: sent again by somebody, or our clock is wrong.
    #[error("it was signed too long ago")]
    TooOld,
    /// It was signed in the future: our clock is wrong.
    #[error("it was signed in the future")]
    FromTheFuture,
    /// It is signed, but not what the contract says.
    #[error("it is signed, but cannot be read")]
    Malformed,
    /// It is of play money where real money is meant, or the other way round.
    #[error("it is of the other mode (test or live)")]
    OtherMode,
}

/// Something that happened at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Names the event: the same id twice is the same event. To be remembered for at least 30 days, as long as an
    /// event can be sent again.
    pub id: String,
    /// When it happened, in seconds since 1970. Two events may come in the other order.
    pub created_s: i64,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A checkout was completed, expired, or its money came or did not.
    Checkout(Checkout),
    /// Money was given back: by us, or by hand at Stripe.
    Refunded {
        /// The payment; none for a charge that was made without one, which is none of ours.
        payment: Option<String>,
        /// Stripe's id of the charge.
        charge: String,
        /// What was charged, in the currency's smallest unit.
        amount_minor: i64,
        /// What was given back of it until then.
        refunded_minor: i64,
        /// ISO 4217 code in capitals.
        currency: String,
    },
    /// A refund went on: it is done, or it failed, which may be days after it was done.
    RefundChanged {
        /// Stripe's id of the refund.
        refund: String,
        /// The payment; none for a charge that was made without one, which is none of ours.
        payment: Option<String>,
    },
    /// A parent's bank wants the money back, or asks about it. Somebody has to answer.
    Disputed {
        /// Stripe's id of the dispute.
        dispute: String,
        /// The payment.
        payment: Option<String>,
        /// Stripe's id of the charge.
        charge: String,
        /// How much, in the currency's smallest unit.
        amount_minor: i64,
        /// ISO 4217 code in capitals.
        currency: String,
        /// The bank's reason, in Stripe's words.
        reason: String,
        /// The bank only asks, and took nothing.
        is_inquiry: bool,
    },
    /// Something that nobody here waits for. It is answered like the others, or Stripe sends it for days.
    Other,
}

/// Takes webhooks.
#[derive(Debug, Clone)]
pub struct Webhooks {
    secrets: Vec<Secret>,
    is_live: bool,
}

impl Webhooks {
    /// With the secrets that are valid now (two while one is changed; with none nothing is believed), of real money
    /// or of play money.
    pub fn new(secrets: Vec<Secret>, is_live: bool) -> Self {
        Self { secrets, is_live }
    }

    /// An event, if Stripe sent it just now. `signature` is the header `Stripe-Signature`, `body` the request's body
    /// as it came, byte by byte.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn open(&self, signature: Option<&str>, body: &[u8], now_s: i64) -> Result<Event, WebhookError> {
        verify(&self.secrets, signature.unwrap_or_default(), body, now_s)?;
        read(body, self.is_live)
    }
}

/// Whether one of the secrets signed a body just now.
///
/// # Errors
/// [`WebhookError::Unsigned`], [`WebhookError::Forged`], [`WebhookError::TooOld`], [`WebhookError::FromTheFuture`].
pub fn verify(secrets: &[Secret], signature: &str, body: &[u8], now_s: i64) -> Result<(), WebhookError> {
    signing::timestamped_hmac(secrets, signature, body, now_s).map_err(|why| match why {
        Unproven::Unsigned => WebhookError::Unsigned,
        Unproven::Forged => WebhookError::Forged,
        Unproven::TooOld => WebhookError::TooOld,
        Unproven::FromTheFuture => WebhookError::FromTheFuture,
    })
}

/// Reads an event whose signature was verified.
fn read(body: &[u8], is_live: bool) -> Result<Event, WebhookError> {
    let malformed = |_: serde_json::Error| WebhookError::Malformed;
    let event: EventAsSent = serde_json::from_slice(body).map_err(malformed)?;
    if event.livemode != is_live {
        return Err(WebhookError::OtherMode);
    }
    let object = event.data.object;
    let news = match event.kind.as_str() {
        "checkout.session.completed" => {
            let session: Session = serde_json::from_value(object).map_err(malformed)?;
            let state = match (session.is_paid(), session.is_free()) {
                (true, _) => CheckoutState::Paid,
                (_, true) => CheckoutState::NothingDue,
                _ => CheckoutState::Processing,
            };
            News::Checkout(session.in_state(state))
        }
        "checkout.session.async_payment_succeeded" => {
            let session: Session = serde_json::from_value(object).map_err(malformed)?;
            News::Checkout(session.in_state(CheckoutState::Paid))
        }
        "checkout.session.async_payment_failed" => {
            let session: Session = serde_json::from_value(object).map_err(malformed)?;
            News::Checkout(session.in_state(CheckoutState::Failed))
        }
        "checkout.session.expired" => {
            let session: Session = serde_json::from_value(object).map_err(malformed)?;
            News::Checkout(session.in_state(CheckoutState::Expired))
        }
        "charge.refunded" => {
            let charge: ChargeAsSent = serde_json::from_value(object).map_err(malformed)?;
            News::Refunded {
                payment: charge.payment_intent,
                charge: charge.id,
                amount_minor: charge.amount,
                refunded_minor: charge.amount_refunded,
                currency: charge.currency.to_ascii_uppercase(),
            }
        }
        // Two names of old and new, and one that is sent besides when it failed.
        "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let refund: RefundAsSent = serde_json::from_value(object).map_err(malformed)?;
            News::RefundChanged { refund: refund.id, payment: refund.payment_intent }
        }
        // The second one is also how a question goes on that the bank takes the money for after all.
        "charge.dispute.created" | "charge.dispute.funds_withdrawn" => {
            let dispute: DisputeAsSent = serde_json::from_value(object).map_err(malformed)?;
            News::Disputed {
                is_inquiry: dispute.is_inquiry(),
                dispute: dispute.id,
                payment: dispute.payment_intent,
                charge: dispute.charge,
                amount_minor: dispute.amount,
                currency: dispute.currency.to_ascii_uppercase(),
                reason: crate::word::word(Some(&dispute.reason)),
            }
        }
        _ => News::Other,
    };
    Ok(Event { id: event.id, created_s: event.created, news })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let header = format!("t=1790000000,v1={}", "00".repeat(32));
        assert_eq!(verify(&[], &header, b"{}", 1_790_000_000), Err(WebhookError::Forged));
        let empty = [Secret::new(String::new())];
        assert_eq!(verify(&empty, &header, b"{}", 1_790_000_000), Err(WebhookError::Forged));
    }

    #[test]
    fn a_time_is_one_number() {
        for wrong in ["t=,v1=00", "t=+1790000000,v1=00", "t=-1,v1=00", "t=1,t=2,v1=00", "t=1e9,v1=00", "t=1"]
        {
            assert_eq!(verify(&[], wrong, b"{}", 1_790_000_000), Err(WebhookError::Unsigned), "{wrong}");
        }
    }

    #[test]
    fn each_event_that_is_asked_for_is_read() {
        for kind in EVENTS {
            let body = format!(
                r#"{{"id":"evt_1","type":"{kind}","created":1,"livemode":false,"data":{{"object":7}}}}"#
            );
            assert_eq!(read(body.as_bytes(), false), Err(WebhookError::Malformed), "{kind}");
        }
    }

    #[test]
    fn what_is_not_known_is_answered_like_the_rest() {
        let body = br#"{"id":"evt_1","type":"payout.paid","created":1,"livemode":false,"data":{"object":7},"new":1}"#;
        assert_eq!(read(body, false).unwrap(), Event { id: "evt_1".into(), created_s: 1, news: News::Other });
        assert_eq!(read(body, true), Err(WebhookError::OtherMode));
        let half =
            br#"{"id":"evt_1","type":"charge.refunded","created":1,"livemode":false,"data":{"object":7}}"#;
        assert_eq!(read(half, false), Err(WebhookError::Malformed));
        assert_eq!(read(b"{}", false), Err(WebhookError::Malformed));
    }
}
