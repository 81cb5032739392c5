//! The boxes about mail at the till: for whom they stand there, and what is remembered of how they were left.

use policy::Country;

use super::{Marketing, Method};
use crate::{AccountId, Result, boxed};

/// How the boxes about mail at the till were left.
#[derive(Debug, Clone, Default)]
pub struct AtTill {
    /// The wording of the box that agrees, where it was ticked.
    pub agrees: Option<String>,
    /// Whether the box stood there that objects to mail about similar films.
    pub was_told: bool,
    /// Whether that was ticked.
    pub objects: bool,
}

impl Marketing<'_> {
    /// Whether the boxes stand at the till: for those who never said anything about such mail that still counts.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn asks_at_till(&self, account: &AccountId) -> Result<bool> {
        Ok(self.newest(self.studio.db().read(), account).await?.is_none_or(|act| self.has_lapsed(&act)))
    }

    /// Remembers how the boxes were left. Whoever agrees agrees, whatever else is ticked.
    ///
    /// # Errors
    /// `wording-changed`, `account-not-found`.
    #[boxed]
    pub async fn said_at_till(
        &self,
        account: &AccountId,
        said: &AtTill,
        country: Option<Country>,
    ) -> Result<()> {
        match &said.agrees {
            Some(wording) => self.subscribe(account, Method::Checkout, wording, country).await,
            None if !said.was_told => Ok(()),
            None if said.objects => self.stop(account, Method::Checkout).await,
            None if self.tells_customers(country) => self.told_customer(account, country).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use policy::Country;

    use super::AtTill;
    use crate::db::testing::on_both;
    use crate::marketing::Status;

    #[test]
    fn how_the_boxes_at_the_till_were_left_is_what_was_said() {
        on_both(async |kit| {
            let marketing = kit.studio.marketing();
            let agrees = Some("marketing-1".to_owned());
            for (place, (agrees, was_told, objects, country, status)) in [
                (agrees.clone(), true, false, "FR", Some(Status::Subscribed)),
                (agrees, true, true, "FR", Some(Status::Subscribed)),
                (None, true, true, "FR", Some(Status::Unsubscribed)),
                (None, true, false, "FR", Some(Status::Customer)),
                // There customers are not written to, whatever a form says.
                (None, true, false, "PL", None),
                (None, false, true, "FR", None),
                (None, false, false, "FR", None),
            ]
            .into_iter()
            .enumerate()
            {
                let account = kit.account_without_mail(&format!("till-{place}@example.org")).await;
                assert!(marketing.asks_at_till(&account).await.unwrap());
                let said = AtTill { agrees, was_told, objects };
                marketing.said_at_till(&account, &said, Country::parse(country)).await.unwrap();
                let history = marketing.history(&account).await.unwrap();
                assert_eq!(history.first().map(|act| act.status), status, "{place}");
                // What was said is not asked again.
                assert_eq!(marketing.asks_at_till(&account).await.unwrap(), status.is_none(), "{place}");
            }
        });
    }
}
