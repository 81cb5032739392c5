//! The role of a till that has a page of its own: the parent is sent there, pays or does not, and comes back.
//!
//! Beside [`Till`](super::Till), which charges in one call. What the parent's browser says when it comes back counts
//! for nothing; where a checkout stands is asked with [`HostedTill::find`], or told by a signed webhook.
//!
//! It must not know any vendor, nor the studio's rules.

use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::{CallError, TillMode};

/// A checkout to begin. The same request is the same checkout, so it is stored before it is sent and, if it was lost
/// half way, sent again unchanged.
#[derive(Debug, Clone)]
pub struct CheckoutRequest {
    /// Names the checkout: the order's id, and a number where an order is tried to be paid anew. 1 to 200 letters,
    /// digits, `-` or `_`.
    pub key: String,
    /// The order, as it is to stand in the till's books. 1 to 200 characters.
    pub order: Personal<kind::OrderReference, String>,
    /// Amount in the currency's smallest unit (cents), above zero.
    pub amount_minor: i64,
    /// ISO 4217 code, for example `EUR`.
    pub currency: String,
    /// Language of the page: `en`, `de`, `fr`, `es`, or `auto` for that of the browser.
    pub locale: String,
    /// Where the parent comes back to when it was paid. Without a query: nothing personal is in it.
    pub success_url: String,
    /// Where the parent comes back to when it was not. Without a query.
    pub cancel_url: String,
    /// When the page closes, in seconds since 1970: from 30 minutes to 24 hours after the request is first sent. It is
    /// a part of the request so that one sent again days later is refused and no second checkout.
    pub expires_at_s: i64,
}

/// Where a checkout stands. The later of two states is the greater one: whoever keeps the greater of what is known
/// and what is heard ends at the same, in whatever order and however often things are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckoutState {
    /// The page waits for the parent.
    Open,
    /// The parent is done, but the money takes days (a bank debit).
    Processing,
    /// The page closed before anybody paid.
    Expired,
    /// The money of [`CheckoutState::Processing`] did not come.
    Failed,
    /// The till says that nothing was due. As there are no free checkouts, nothing is given for it.
    NothingDue,
    /// The money is there.
    Paid,
}

/// A checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The till's id of it; to be stored with the order.
    pub id: String,
    /// The order that was given with it.
    pub order: Option<String>,
    /// Where it stands.
    pub state: CheckoutState,
    /// Amount in the currency's smallest unit.
    pub amount_minor: Option<i64>,
    /// ISO 4217 code in capitals.
    pub currency: Option<String>,
    /// The page that the parent is sent to; there while it is open.
    pub url: Option<String>,
    /// The till's id of the payment, which a refund needs; there once the parent paid.
    pub payment: Option<String>,
    /// The till's id of the customer, where it made one: the handle of its deletion.
    pub customer: Option<String>,
    /// When the page closes, in seconds since 1970.
    pub expires_at_s: Option<i64>,
}

/// What a checkout was to be for, as the order says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due<'a> {
    /// The order.
    pub order: &'a str,
    /// Amount in the currency's smallest unit.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: &'a str,
}

/// What a checkout means for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is paid: the whole amount, in the currency, for this order.
    Yes,
    /// It is not paid.
    No,
    /// It is paid, but for another order, amount or currency: somebody has to look.
    Otherwise,
}

impl Checkout {
    /// Whether it pays what is due.
    pub fn settles(&self, due: Due<'_>) -> Settled {
        if self.state != CheckoutState::Paid {
            return Settled::No;
        }
        let currency = self.currency.as_deref().is_some_and(|code| code.eq_ignore_ascii_case(due.currency));
        let same = self.order.as_deref() == Some(due.order) && self.amount_minor == Some(due.amount_minor);
        if same && currency { Settled::Yes } else { Settled::Otherwise }
    }
}

/// Money to be given back: all of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// Names the refund: asked for again with the same key, it is the same one. 1 to 200 letters, digits, `-` or `_`.
    pub key: String,
    /// The payment, from [`Checkout::payment`].
    pub payment: String,
    /// Whether the parent asked for it.
    pub is_asked_for: bool,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// It is on its way.
    Pending,
    /// The till has given it back.
    Done,
    /// The parent has to do something for it, which the till writes to them.
    NeedsParent,
    /// It could not be given back: somebody has to look.
    Failed,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The till's id of it; none where it was given back before and the till only says so.
    pub id: Option<String>,
    /// Amount in the currency's smallest unit, where it is known.
    pub amount_minor: Option<i64>,
    /// Where it stands.
    pub state: RefundState,
}

/// What is back of a payment, however it was given back: by us, or by hand at the till. What failed does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// What was paid, in the currency's smallest unit.
    pub paid_minor: i64,
    /// What was given back of it.
    pub done_minor: i64,
    /// What is on its way back.
    pub under_way_minor: i64,
    /// The till's id of a refund that did not fail, where there is one.
    pub refund: Option<String>,
}

impl GivenBack {
    /// All of it is back.
    pub fn is_back(&self) -> bool {
        self.paid_minor > 0 && self.done_minor >= self.paid_minor
    }

    /// Nothing is left to give back: all of it is back or on its way.
    pub fn is_going(&self) -> bool {
        self.paid_minor > 0 && self.done_minor.saturating_add(self.under_way_minor) >= self.paid_minor
    }
}

/// Why a till did not do what was asked. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostedTillError {
    /// The request makes no sense; nothing was sent.
    #[error("the till does not take that: {0}")]
    Invalid(&'static str),
    /// The key belongs to another request.
    #[error("the key belongs to another request")]
    KeyUsed,
    /// There is no such checkout or payment.
    #[error("the till knows no such thing")]
    NotFound,
    /// The policy did not let the call out, or its receipt could not be written; nothing was sent.
    #[error("{0}")]
    Blocked(String),
    /// The till does not let us in: its key is wrong or may not do this. The operator's to put right.
    #[error("the till does not let us in ({status})")]
    NoEntry {
        /// The HTTP status.
        status: u16,
    },
    /// The till says no; asking again changes nothing.
    #[error("the till refused it ({status} {code} {param}, request {request})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The till's word for why; empty where it has none.
        code: String,
        /// The field that it is about; empty where it is none.
        param: String,
        /// The till's id of the call; empty where it has none.
        request: String,
    },
    /// Worth another try with the same key; whether it was done is not known until then.
    #[error("the till is out of reach: {why}")]
    Away {
        /// What happened.
        why: String,
        /// Seconds that the till asks us to wait.
        after_s: Option<u64>,
    },
    /// The answer is not what the contract says.
    #[error("the till's answer cannot be used: {0}")]
    Malformed(&'static str),
}

impl CallError for HostedTillError {
    fn away(&self) -> Option<(String, Option<u64>)> {
        let Self::Away { why, after_s } = self else { return None };
        Some((why.clone(), *after_s))
    }
}

/// The role: has a page where the parent pays, and gives money back.
pub trait HostedTill: Send + Sync {
    /// Which processor of the policy it is: its name in the books.
    fn processor(&self) -> ProcessorId;

    /// Begins a checkout, or finds the one that the same request began, as it stands now.
    ///
    /// # Errors
    /// See [`HostedTillError`].
    fn begin<'a>(&'a self, request: &'a CheckoutRequest) -> BoxFuture<'a, Result<Checkout, HostedTillError>>;

    /// A checkout by the till's id, as it stands now.
    ///
    /// # Errors
    /// See [`HostedTillError`].
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Checkout>, HostedTillError>>;

    /// Closes a checkout's page, so that nobody pays there any more. What comes back says whether somebody had.
    ///
    /// # Errors
    /// See [`HostedTillError`].
    fn close<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Checkout, HostedTillError>>;

    /// Gives all the money of a payment back, once however often it is asked.
    ///
    /// # Errors
    /// See [`HostedTillError`].
    fn refund<'a>(&'a self, request: &'a RefundRequest) -> BoxFuture<'a, Result<Refund, HostedTillError>>;

    /// A refund by the till's id, as it stands now.
    ///
    /// # Errors
    /// See [`HostedTillError`].
    fn find_refund<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Refund>, HostedTillError>>;

    /// What is back of a payment, as it stands now. None when there is no such payment.
    ///
    /// # Errors
    /// See [`HostedTillError`].
    fn given_back<'a>(
        &'a self,
        payment: &'a str,
    ) -> BoxFuture<'a, Result<Option<GivenBack>, HostedTillError>>;

    /// What becomes of money.
    fn mode(&self) -> TillMode;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(state: CheckoutState, amount_minor: i64, currency: &str) -> Checkout {
        Checkout {
            id: "cs_1".into(),
            order: Some("order-1".into()),
            state,
            amount_minor: Some(amount_minor),
            currency: Some(currency.into()),
            url: None,
            payment: None,
            customer: None,
            expires_at_s: None,
        }
    }

    #[test]
    fn an_order_is_settled_by_its_own_amount_in_its_own_currency() {
        let due = Due { order: "order-1", amount_minor: 1900, currency: "EUR" };
        assert_eq!(checkout(CheckoutState::Paid, 1900, "EUR").settles(due), Settled::Yes);
        assert_eq!(checkout(CheckoutState::Paid, 190, "EUR").settles(due), Settled::Otherwise);
        assert_eq!(checkout(CheckoutState::Paid, 1900, "USD").settles(due), Settled::Otherwise);
        let other = Due { order: "order-2", ..due };
        assert_eq!(checkout(CheckoutState::Paid, 1900, "EUR").settles(other), Settled::Otherwise);
        for not in [CheckoutState::Open, CheckoutState::Processing, CheckoutState::NothingDue] {
            assert_eq!(checkout(not, 1900, "EUR").settles(due), Settled::No);
        }
    }

    #[test]
    fn money_is_back_when_all_of_it_is() {
        let back = |done_minor, under_way_minor| {
            let back = GivenBack { paid_minor: 1900, done_minor, under_way_minor, refund: None };
            (back.is_back(), back.is_going())
        };
        assert_eq!(back(0, 0), (false, false));
        assert_eq!(back(900, 999), (false, false));
        assert_eq!(back(900, 1000), (false, true));
        assert_eq!(back(1900, 0), (true, true));
        let nothing = GivenBack { paid_minor: 0, done_minor: 0, under_way_minor: 0, refund: None };
        assert!(!nothing.is_back() && !nothing.is_going(), "what was not paid is not given back");
    }
}
