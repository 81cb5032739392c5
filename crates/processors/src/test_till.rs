//! The embedded till: it takes no money and keeps its books like one that does.
//!
//! It must not know orders, nor where its books are kept.

use futures::future::BoxFuture;

use crate::role::{Charge, ChargeRequest, ChargeState, Till, TillError, TillMode};

/// The ledger is out of reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ledger is out of reach: {0}")]
pub struct LedgerError(pub String);

impl From<LedgerError> for TillError {
    fn from(error: LedgerError) -> Self {
        Self::Unavailable(error.0)
    }
}

/// Where the test till writes its charges down. It stands for the till's own books, which a real
/// till keeps at its own place: never to be changed in the same transaction as an order.
pub trait Ledger: Send + Sync {
    /// Writes a charge down unless its key is there already; returns what is there then.
    fn insert<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Charge, LedgerError>>;

    /// The charge with a key.
    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>>;

    /// Marks a charge as refunded; returns it, `None` when there is none.
    fn mark_refunded<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>>;
}

/// The embedded till: takes no money, keeps its books, is marked as a test wherever it is shown.
#[derive(Debug, Clone)]
pub struct TestTill<L> {
    ledger: L,
}

impl<L: Ledger> TestTill<L> {
    /// A test till with its books.
    pub fn new(ledger: L) -> Self {
        Self { ledger }
    }
}

impl<L: Ledger> Till for TestTill<L> {
    fn charge<'a>(&'a self, request: &'a ChargeRequest) -> BoxFuture<'a, Result<Charge, TillError>> {
        Box::pin(async move {
            if request.amount_minor <= 0 {
                return Err(TillError::Invalid("the amount is not above zero"));
            }
            let charge = match self.ledger.find(&request.key).await? {
                Some(charge) => charge,
                None => match request.means.as_str() {
                    "test-paid" => {
                        let charge = Charge {
                            key: request.key.clone(),
                            amount_minor: request.amount_minor,
                            currency: request.currency.clone(),
                            state: ChargeState::Paid,
                        };
                        self.ledger.insert(&charge).await?
                    }
                    "test-declined" => return Err(TillError::Declined),
                    _ => return Err(TillError::Invalid("unknown means of payment")),
                },
            };
            if charge.amount_minor != request.amount_minor || charge.currency != request.currency {
                return Err(TillError::KeyUsed);
            }
            Ok(charge)
        })
    }

    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, TillError>> {
        Box::pin(async move { Ok(self.ledger.find(key).await?) })
    }

    fn refund<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Charge, TillError>> {
        Box::pin(async move { self.ledger.mark_refunded(key).await?.ok_or(TillError::NotFound) })
    }

    fn mode(&self) -> TillMode {
        TillMode::NoMoney
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use futures::executor::block_on;

    use super::*;

    #[derive(Default)]
    struct Book(Mutex<BTreeMap<String, Charge>>);

    impl Ledger for Book {
        fn insert<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Charge, LedgerError>> {
            let mut book = self.0.lock().unwrap();
            let there = book.entry(charge.key.clone()).or_insert_with(|| charge.clone()).clone();
            Box::pin(async move { Ok(there) })
        }
        fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>> {
            let found = self.0.lock().unwrap().get(key).cloned();
            Box::pin(async move { Ok(found) })
        }
        fn mark_refunded<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>> {
            let mut book = self.0.lock().unwrap();
            let charge = book.get_mut(key).map(|charge| {
                charge.state = ChargeState::Refunded;
                charge.clone()
            });
            Box::pin(async move { Ok(charge) })
        }
    }

    fn request(means: &str, amount_minor: i64) -> ChargeRequest {
        ChargeRequest { key: "order-1".into(), amount_minor, currency: "EUR".into(), means: means.into() }
    }

    #[test]
    fn a_key_is_charged_once() {
        let till = TestTill::new(Book::default());
        block_on(async {
            let first = till.charge(&request("test-paid", 1900)).await.unwrap();
            assert_eq!(first.state, ChargeState::Paid);
            assert_eq!(till.charge(&request("test-paid", 1900)).await.unwrap(), first);
            assert_eq!(till.charge(&request("test-paid", 2900)).await, Err(TillError::KeyUsed));
            assert_eq!(till.ledger.0.lock().unwrap().len(), 1);
        });
    }

    #[test]
    fn a_declined_charge_leaves_nothing_and_may_be_tried_again() {
        let till = TestTill::new(Book::default());
        block_on(async {
            assert_eq!(till.charge(&request("test-declined", 1900)).await, Err(TillError::Declined));
            assert_eq!(till.find("order-1").await.unwrap(), None);
            assert!(till.charge(&request("test-paid", 1900)).await.is_ok());
        });
    }

    #[test]
    fn money_is_given_back_once_and_a_refunded_key_is_not_charged_again() {
        let till = TestTill::new(Book::default());
        block_on(async {
            assert_eq!(till.refund("order-1").await, Err(TillError::NotFound));
            till.charge(&request("test-paid", 1900)).await.unwrap();
            assert_eq!(till.refund("order-1").await.unwrap().state, ChargeState::Refunded);
            assert_eq!(till.refund("order-1").await.unwrap().state, ChargeState::Refunded);
            let again = till.charge(&request("test-paid", 1900)).await.unwrap();
            assert_eq!(again.state, ChargeState::Refunded);
        });
    }

    #[test]
    fn nonsense_is_not_charged() {
        let till = TestTill::new(Book::default());
        block_on(async {
            assert!(matches!(till.charge(&request("test-paid", 0)).await, Err(TillError::Invalid(_))));
            assert!(matches!(till.charge(&request("gold", 1)).await, Err(TillError::Invalid(_))));
            assert_eq!(till.find("order-1").await.unwrap(), None);
        });
    }
}
