//! The role of a till that charges in one call, and gives money back.
//!
//! A charge carries a key of the studio's choosing. Asking again with the same key gives the same
//! charge, so a request that was lost half way is simply sent again and nobody pays twice.
//!
//! It must not know any vendor, nor the studio's rules.

use futures::future::BoxFuture;

/// What becomes of money at a till. Wherever it is not [`TillMode::Live`], the pages say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TillMode {
    /// It takes none, and asks for no card.
    NoMoney,
    /// It has the page of a real one, where test cards are taken and play money moves.
    TestMode,
    /// Real money moves.
    Live,
}

impl TillMode {
    /// Whether real money moves.
    pub fn is_live(self) -> bool {
        self == Self::Live
    }
}

/// What to charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    /// Names the charge; the same key is the same charge.
    pub key: String,
    /// Amount in the currency's smallest unit (cents), above zero.
    pub amount_minor: i64,
    /// ISO 4217 code, for example `EUR`.
    pub currency: String,
    /// How it is paid. The test till knows `test-paid` and `test-declined`.
    pub means: String,
}

/// Where a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeState {
    /// The money was taken.
    Paid,
    /// The money was given back.
    Refunded,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The studio's key.
    pub key: String,
    /// Amount in the currency's smallest unit.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Where it stands.
    pub state: ChargeState,
}

/// Why a till did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TillError {
    /// The means of payment was declined. Nothing was taken.
    #[error("the payment was declined")]
    Declined,
    /// The request makes no sense: an amount that is not above zero, unknown means.
    #[error("the till does not take that: {0}")]
    Invalid(&'static str),
    /// The key belongs to a charge of another amount or currency.
    #[error("the key belongs to another charge")]
    KeyUsed,
    /// There is no such charge.
    #[error("there is no such charge")]
    NotFound,
    /// The till is out of reach. Whether something was charged is found out with [`Till::find`].
    #[error("the till is out of reach: {0}")]
    Unavailable(String),
}

/// The role: takes money and gives it back.
pub trait Till: Send + Sync {
    /// Charges once per key.
    fn charge<'a>(&'a self, request: &'a ChargeRequest) -> BoxFuture<'a, Result<Charge, TillError>>;

    /// The charge with a key, when there is one.
    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, TillError>>;

    /// Gives the money of a charge back, once however often it is asked.
    fn refund<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Charge, TillError>>;

    /// What becomes of money.
    fn mode(&self) -> TillMode;
}
