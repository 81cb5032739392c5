//! The till: where an order is paid, and where money goes back.
//!
//! The embedded till takes no money. It is a page of its own, marked as a test, with the three
//! outcomes that a real one has: paid, declined, left without paying.

mod ledger;

use std::sync::Arc;

use policy::PurposeId;
use processors::{Charge, ChargeRequest, TestTill, TillError};

use crate::orders::{OrderId, OrderView, Price};
use crate::{AccountId, Error, Result, Studio};

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

    /// Whether real money moves. When not, the page says so.
    pub fn takes_money(&self) -> bool {
        self.role().takes_money()
    }

    /// Settles an order. `pay_key` is the one from the order as it was shown; sent twice it settles once.
    ///
    /// # Errors
    /// `order-not-found`; `order-incomplete` when something is missing; `order-changed` when the key
    /// is not this order's; `till-away` when it is not known yet whether it was paid (it is found out
    /// by itself).
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
            Ok(view) => Ok(Settled::Paid(Box::new(view))),
            Err(error) if error.code() == "payment-declined" => {
                Ok(Settled::Declined(Box::new(orders.find(account, order).await?)))
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the money for an order, once per key.
    pub(crate) async fn charge(&self, pay_key: &str, price: &Price, means: &str) -> Result<Charge> {
        self.studio.pursue(PurposeId::Payment)?;
        let request = ChargeRequest {
            key: pay_key.to_owned(),
            amount_minor: price.cents.into(),
            currency: price.currency.clone(),
            means: means.to_owned(),
        };
        self.role().charge(&request).await.map_err(error)
    }

    /// What the till knows about a key.
    pub(crate) async fn charged(&self, pay_key: &str) -> Result<Option<Charge>> {
        self.role().find(pay_key).await.map_err(error)
    }

    /// Gives the money back, once however often it is asked.
    pub(crate) async fn refund(&self, pay_key: &str) -> Result<Charge> {
        self.role().refund(pay_key).await.map_err(error)
    }

    /// The till's name in the books.
    pub(crate) fn name(&self) -> &'static str {
        "test-till"
    }

    fn role(&self) -> Arc<dyn processors::Till> {
        Arc::new(TestTill::new(ledger::Books(self.studio.db().clone())))
    }
}

fn error(error: TillError) -> Error {
    match error {
        TillError::Declined => Error::refused(
            "payment-declined",
            "The payment was declined. Nothing was taken; your film is kept as you left it.",
        ),
        TillError::Unavailable(detail) => Error::unavailable("till-away", detail),
        other => Error::internal(other),
    }
}
