//! How a purchase is paid, be it an order or a gift pass: note that the till is asked, ask it (once per key), then do
//! what is paid for. Killed in between, [`Till::settle_unheard`] asks the till what it did and goes on from there.

use super::{Led, Purchase, Till};
use crate::clock::SECOND_MS;
use crate::{Result, boxed};

/// After this long an unanswered question to the till is asked again.
const UNHEARD_MS: i64 = 30 * SECOND_MS;

impl Till<'_> {
    /// Takes the money for a purchase and does what it is paid for, or says where it is paid. What costs nothing is
    /// done without the till.
    ///
    /// # Errors
    /// `payment-declined`: nothing was taken; `till-away` when it is not known yet whether it was paid (it is found out
    /// by itself); what doing it fails with.
    #[boxed]
    pub(crate) async fn take(&self, purchase: &Purchase, means: &str) -> Result<Led> {
        let costs = purchase.price.cents > 0;
        if costs && let Some(led) = self.page(purchase).await? {
            return Ok(led);
        }
        if !purchase.mark_paying(self.studio, Some(self.studio.now_ms())).await? {
            // Paid with a pass or thrown away at the same moment: nothing is taken.
            return Ok(Led::Nowhere);
        }
        if costs && let Err(error) = self.charge(&purchase.pay_key, &purchase.price, means).await {
            if error.code() == "payment-declined" {
                purchase.mark_paying(self.studio, None).await?;
            }
            return Err(error);
        }
        purchase.complete(self.studio).await?;
        Ok(Led::Nowhere)
    }

    /// Who asked the till before this moment, and has no answer noted, never heard one.
    pub(crate) fn unheard_before_ms(&self) -> i64 {
        self.studio.now_ms() - UNHEARD_MS
    }

    /// Finds out what became of payments whose answer was never heard. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn settle_unheard(&self, purchases: &[Purchase]) {
        for purchase in purchases {
            if let Err(error) = self.settle_one(purchase).await {
                tracing::warn!(purchase = purchase.id, %error, "it is not known yet whether a purchase was paid");
            }
        }
    }

    async fn settle_one(&self, purchase: &Purchase) -> Result<()> {
        match self.charged(&purchase.pay_key).await? {
            Some(_) => purchase.complete(self.studio).await,
            None => purchase.mark_paying(self.studio, None).await.map(|_| ()),
        }
    }
}
