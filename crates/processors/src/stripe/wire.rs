//! Stripe's objects as they come, read leniently: fields that are not known are passed over, as the vendor adds some
//! at any time. Source: `crates/processors/tests/contracts/stripe` (API 2023-08-16, and the fixtures of 2026).
//!
//! It must not know how they are fetched.

use serde::Deserialize;

use crate::role::{Checkout, CheckoutState, Refund, RefundState};

/// `checkout.session`.
#[derive(Deserialize)]
pub(super) struct Session {
    id: String,
    status: Option<String>,
    payment_status: Option<String>,
    amount_total: Option<i64>,
    currency: Option<String>,
    client_reference_id: Option<String>,
    url: Option<String>,
    payment_intent: Option<String>,
    customer: Option<String>,
    expires_at: Option<i64>,
}

impl Session {
    /// Where it stands; none where it says something that the contract does not know. One that is complete and
    /// unpaid may also have failed: the payment says which.
    fn state(&self) -> Option<CheckoutState> {
        match (self.status.as_deref(), self.payment_status.as_deref()) {
            (_, Some("paid")) => Some(CheckoutState::Paid),
            (Some("open"), _) => Some(CheckoutState::Open),
            (Some("expired"), _) => Some(CheckoutState::Expired),
            (Some("complete"), Some("unpaid")) => Some(CheckoutState::Processing),
            (Some("complete"), Some("no_payment_required")) => Some(CheckoutState::NothingDue),
            _ => None,
        }
    }

    pub(super) fn checkout(self) -> Option<Checkout> {
        let state = self.state()?;
        Some(self.in_state(state))
    }

    /// The checkout in a state that an event tells.
    pub(super) fn in_state(self, state: CheckoutState) -> Checkout {
        Checkout {
            id: self.id,
            order: self.client_reference_id,
            state,
            amount_minor: self.amount_total,
            currency: self.currency.map(|code| code.to_ascii_uppercase()),
            url: self.url,
            payment: self.payment_intent,
            customer: self.customer,
            expires_at_s: self.expires_at,
        }
    }

    /// Whether an event about a session that is done tells of money.
    pub(super) fn is_paid(&self) -> bool {
        self.payment_status.as_deref() == Some("paid")
    }

    /// Whether nothing was due.
    pub(super) fn is_free(&self) -> bool {
        self.payment_status.as_deref() == Some("no_payment_required")
    }
}

/// `payment_intent`, of which only where it stands and its amount are read.
#[derive(Deserialize)]
pub(super) struct Intent {
    status: String,
    pub(super) amount: i64,
}

impl Intent {
    /// What it means for a checkout that is done.
    pub(super) fn state(&self) -> CheckoutState {
        match self.status.as_str() {
            "succeeded" => CheckoutState::Paid,
            // After a payment that failed it wants another means, which a checkout that is done cannot take.
            "requires_payment_method" | "canceled" => CheckoutState::Failed,
            _ => CheckoutState::Processing,
        }
    }
}

/// `refund`.
#[derive(Deserialize)]
pub(super) struct RefundAsSent {
    pub(super) id: String,
    amount: i64,
    status: Option<String>,
    pub(super) payment_intent: Option<String>,
}

/// A list of `refund`s.
#[derive(Deserialize)]
pub(super) struct Refunds {
    pub(super) data: Vec<RefundAsSent>,
}

impl RefundAsSent {
    pub(super) fn refund(self) -> Option<Refund> {
        let state = match self.status.as_deref() {
            // Some means of payment have no state: Stripe's book has it then.
            None | Some("succeeded") => RefundState::Done,
            Some("pending") => RefundState::Pending,
            Some("requires_action") => RefundState::NeedsParent,
            Some("failed" | "canceled") => RefundState::Failed,
            Some(_) => return None,
        };
        Some(Refund { id: Some(self.id), amount_minor: Some(self.amount), state })
    }
}

/// A customer that is deleted.
#[derive(Deserialize)]
pub(super) struct Deleted {
    pub(super) id: String,
    #[serde(default)]
    pub(super) deleted: bool,
}

/// `charge`.
#[derive(Deserialize)]
pub(super) struct ChargeAsSent {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) amount_refunded: i64,
    pub(super) currency: String,
    pub(super) payment_intent: Option<String>,
}

/// `dispute`.
#[derive(Deserialize)]
pub(super) struct DisputeAsSent {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) charge: String,
    pub(super) payment_intent: Option<String>,
    pub(super) reason: String,
    pub(super) status: String,
}

impl DisputeAsSent {
    /// Whether the bank only asks so far, and took nothing.
    pub(super) fn is_inquiry(&self) -> bool {
        self.status.starts_with("warning_")
    }
}

/// `webhook_endpoint`.
#[derive(Deserialize)]
pub(super) struct Endpoint {
    url: String,
    status: String,
    enabled_events: Vec<String>,
}

impl Endpoint {
    /// Whether it leads to an address, and is sent to at all.
    pub(super) fn leads_to(&self, address: &str) -> bool {
        self.status == "enabled" && self.url.trim_end_matches('/') == address
    }

    /// Whether an event of this kind is sent there.
    pub(super) fn is_told(&self, kind: &str) -> bool {
        self.enabled_events.iter().any(|enabled| enabled == "*" || enabled == kind)
    }
}

/// A list of `webhook_endpoint`s.
#[derive(Deserialize)]
pub(super) struct Endpoints {
    pub(super) data: Vec<Endpoint>,
}

/// `event`.
#[derive(Deserialize)]
pub(super) struct EventAsSent {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) created: i64,
    pub(super) livemode: bool,
    pub(super) data: Data,
}

/// What an event is about.
#[derive(Deserialize)]
pub(super) struct Data {
    pub(super) object: serde_json::Value,
}

/// What comes with a status that says no.
#[derive(Deserialize, Default)]
pub(super) struct Failure {
    #[serde(default)]
    pub(super) error: FailureDetail,
}

/// Its message is not read: it repeats what was sent.
#[derive(Deserialize, Default)]
pub(super) struct FailureDetail {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) code: Option<String>,
    pub(super) param: Option<String>,
}
