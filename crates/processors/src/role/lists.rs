//! A mailing list that is kept outside: who agreed to advertising is put on it, who withdrew is taken off.
//!
//! Whatever could make somebody known there asks [`Withdrawals`] last of all before it sends. Taking somebody off asks
//! nobody.

use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Personal, ProcessorId, kind};

use super::Trouble;

/// An address of a person.
pub type Address = Personal<kind::Email, String>;

/// What somebody bought. Nothing of a child is in it.
#[derive(Debug, Clone)]
pub struct Bought {
    /// The order's id. Told again with the same one it is one purchase.
    pub order: Personal<kind::Purchase, String>,
    /// The film, by its slug.
    pub film: Personal<kind::Purchase, String>,
    /// The price in the currency's smallest unit.
    pub amount_minor: Personal<kind::Purchase, i64>,
    /// ISO 4217 code in capitals.
    pub currency: Personal<kind::Purchase, String>,
    /// When, in seconds since 1970.
    pub at_s: i64,
}

/// Why somebody gets no more mail from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOutBy {
    /// Their own click in a mail, or on a page there.
    Themselves,
    /// Their calling a mail unwanted.
    Complaint,
    /// Nobody takes mail at the address.
    Bounce,
    /// Somebody's hand there.
    Hand,
}

/// Somebody who gets no more mail from there.
#[derive(Debug, Clone)]
pub struct KeptOut {
    /// Who.
    pub email: Address,
    /// Why.
    pub by: KeptOutBy,
    /// Since when, in seconds since 1970.
    pub at_s: i64,
}

/// It is not known whether somebody withdrew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("whether they withdrew cannot be told: {0}")]
pub struct WithdrawalsError(pub String);

/// Our own word on who withdrew. It outlives what is kept outside and keeps people from coming back.
pub trait Withdrawals: Send + Sync {
    /// Whether this person withdrew, and did not agree anew since.
    fn has_withdrawn<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Result<bool, WithdrawalsError>>;
}

/// Why a list did not do what was asked. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListsError {
    /// The person withdrew: nothing was sent.
    #[error("they withdrew, so nothing was sent")]
    Withdrawn,
    /// It did not do it. It is tried again, also where it said no.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The role: keeps a mailing list. Doing anything twice does no harm.
pub trait Lists: Send + Sync {
    /// Who it is.
    fn processor(&self) -> ProcessorId;

    /// Makes somebody known. It makes no mail lawful: see [`Lists::subscribe`].
    ///
    /// # Errors
    /// See [`ListsError`].
    fn profile<'a>(
        &'a self,
        email: &'a Address,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Result<(), ListsError>>;

    /// Writes down that somebody agreed, and puts them on the list. What kept them out before ends.
    ///
    /// # Errors
    /// See [`ListsError`].
    fn subscribe<'a>(
        &'a self,
        email: &'a Address,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Result<(), ListsError>>;

    /// Tells of a purchase.
    ///
    /// # Errors
    /// See [`ListsError`].
    fn bought<'a>(
        &'a self,
        email: &'a Address,
        bought: &'a Bought,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Result<(), ListsError>>;

    /// Writes down that somebody withdrew. It makes nobody known.
    ///
    /// # Errors
    /// See [`ListsError`].
    fn unsubscribe<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Result<(), ListsError>>;

    /// Keeps mail from somebody, whatever else is written down there. It makes nobody known.
    ///
    /// # Errors
    /// See [`ListsError`].
    fn suppress<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Result<(), ListsError>>;

    /// Everybody who was kept out since then (seconds since 1970), each with every reason.
    ///
    /// # Errors
    /// See [`ListsError`].
    fn suppressed_since(&self, since_s: i64) -> BoxFuture<'_, Result<Vec<KeptOut>, ListsError>>;
}
