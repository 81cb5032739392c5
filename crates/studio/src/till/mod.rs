//! The till: where an order or a gift pass is paid, and where money goes back.
//!
//! The embedded till takes no money. It is a page of its own, marked as a test, with the three
//! outcomes that a real one has: paid, declined, left without paying.
//!
//! A till that is connected has its own page (`checkouts`); the embedded one then only gives back what it took.

mod back;
mod checkouts;
mod customers;
mod disputes;
mod ledger;
mod purchase;
pub(crate) mod rows;
mod take;
mod used;

use std::sync::Arc;

use policy::PurposeId;
use processors::{Charge, ChargeRequest, ChargeState, TestTill, TillError};

pub use disputes::Dispute;
pub use processors::role::TillMode;
pub(crate) use purchase::Purchase;

use crate::orders::{OrderId, OrderView, Price};
use crate::{AccountId, Error, Result, Studio, boxed};

/// What the parent did at the test till.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Paid.
    Pay,
    /// The card was declined.
    Decline,
    /// Went back without paying.
    Abandon,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Paid now or before: the film is being made.
    Paid(Box<OrderView>),
    /// Declined; the order is still a draft and nothing was taken.
    Declined(Box<OrderView>),
    /// Left; the order is still a draft.
    Abandoned(Box<OrderView>),
    /// It is paid on the till's own page, at this address; the order is still a draft.
    AtPage(String),
    /// A payment is under way; the order is still a draft.
    Waiting(Box<OrderView>),
}

/// Where paying leads.
pub(crate) enum Led {
    /// To the page of the till, at this address.
    AtPage(String),
    /// Nowhere: it is paid, or a payment is under way.
    Nowhere,
}

/// What a payment that is under way waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// For the parent at the till's page, or for the till to tell: moments.
    Moments,
    /// For the money, which the parent's bank takes days for.
    Days,
}

/// The embedded till's name in the books.
const EMBEDDED: &str = "test-till";

/// Money that was taken, as the books need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// The till's name in the books.
    pub till: String,
    /// What the till knows the payment by.
    pub reference: String,
    /// Amount in the currency's smallest unit.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// It was given back already.
    pub is_back: bool,
    /// The checkout that it was paid in, where the till has a page of its own.
    pub checkout: Option<String>,
}

/// The till of a studio.
#[derive(Clone, Copy)]
pub struct Till<'a> {
    studio: &'a Studio,
}

impl<'a> Till<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// What becomes of money. Wherever none moves, the page says so.
    pub fn mode(&self) -> TillMode {
        self.hosted().map_or_else(|| self.embedded().mode(), |hosted| hosted.mode())
    }

    /// Settles an order. `pay_key` is the one from the order as it was shown; sent twice it settles once.
    ///
    /// # Errors
    /// `order-not-found`; `order-incomplete` when something is missing; `order-changed` when the key
    /// is not this order's; `till-away` when it is not known yet whether it was paid (it is found out
    /// by itself).
    #[boxed]
    pub async fn settle(
        &self,
        account: &AccountId,
        order: &OrderId,
        pay_key: &str,
        outcome: Outcome,
    ) -> Result<Settled> {
        let orders = self.studio.orders();
        let means = match outcome {
            Outcome::Pay => "test-paid",
            Outcome::Decline => "test-declined",
            Outcome::Abandon => return Ok(Settled::Abandoned(Box::new(orders.find(account, order).await?))),
        };
        match orders.pay(account, order, pay_key, means).await {
            Ok(settled) => Ok(settled),
            Err(error) if error.code() == "payment-declined" => {
                Ok(Settled::Declined(Box::new(orders.find(account, order).await?)))
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the money for an order at the embedded till, once per key.
    #[boxed]
    pub(crate) async fn charge(&self, pay_key: &str, price: &Price, means: &str) -> Result<Charge> {
        self.studio.pursue(PurposeId::Payment)?;
        let request = ChargeRequest {
            key: pay_key.to_owned(),
            amount_minor: price.cents.into(),
            currency: price.currency.clone(),
            means: means.to_owned(),
        };
        self.embedded().charge(&request).await.map_err(embedded_error)
    }

    /// What was taken with a pay key, and no order was made with yet.
    #[boxed]
    pub(crate) async fn charged(&self, pay_key: &str) -> Result<Option<Taken>> {
        if let Some(taken) = self.taken_at_page(pay_key).await? {
            return Ok(Some(taken));
        }
        let charge = self.embedded().find(pay_key).await.map_err(embedded_error)?;
        Ok(charge.map(|charge| Taken {
            till: EMBEDDED.to_owned(),
            reference: charge.key,
            amount_minor: charge.amount_minor,
            currency: charge.currency,
            is_back: charge.state == ChargeState::Refunded,
            checkout: None,
        }))
    }

    fn embedded(&self) -> Arc<dyn processors::Till> {
        Arc::new(TestTill::new(ledger::Books(self.studio.db().clone())))
    }
}

fn embedded_error(error: TillError) -> Error {
    match error {
        TillError::Declined => Error::refused(
            "payment-declined",
            "The payment was declined. Nothing was taken; your film is kept as you left it.",
        ),
        TillError::Unavailable(detail) => Error::unavailable("till-away", detail),
        other => Error::internal(other),
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
