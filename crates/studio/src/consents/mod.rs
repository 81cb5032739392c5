//! Receipts of consent: what a browser's person decided, when, under which wording and policy, and in
//! which country, under a random id that stands only in that browser's own cookie.
//!
//! Nothing here leads to an account; what a decision means is `policy::consent`'s to say.

pub(crate) mod rows;

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::{Result, Studio, boxed, id_type};

id_type!(
    /// A browser's random id for its decisions.
    ConsentId
);

/// How somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Method {
    /// "Accept" on the banner.
    BannerAccept,
    /// "Refuse" on the banner.
    BannerRefuse,
    /// A choice for each purpose.
    Choice,
    /// The one click in the footer or the settings that withdraws everything.
    Withdrawal,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose browser.
    pub consent: ConsentId,
    /// When.
    pub given_at_ms: i64,
    /// Two letters, when it was known.
    pub country: Option<String>,
    /// `opt-in` or `opt-out`: what held there.
    pub regime: String,
    /// Whether usage may be analysed.
    pub analytics: bool,
    /// Whether the support messenger may load on public pages.
    pub support: bool,
    /// How it was given.
    pub method: Method,
    /// Version of the banner's wording.
    pub wording: String,
    /// Version of the policy.
    pub policy: String,
}

/// The most receipts that are shown of one browser.
const SHOWN: u64 = 50;

/// The receipts of a studio.
#[derive(Clone, Copy)]
pub struct Consents<'a> {
    studio: &'a Studio,
}

impl<'a> Consents<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// An id for a browser that decides for the first time. Unlike other ids it says nothing of when.
    pub fn new_id(&self) -> ConsentId {
        ConsentId::stored(ulid::Ulid::from_bytes(self.studio.random().bytes()).to_string())
    }

    /// Keeps a receipt.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn record(&self, receipt: Receipt) -> Result<()> {
        self.studio.pursue(PurposeId::ConsentChoice)?;
        let row = rows::ActiveModel {
            id: Set(self.studio.new_id()),
            consent_id: Set(receipt.consent.to_string()),
            given_at_ms: Set(receipt.given_at_ms),
            country: Set(receipt.country),
            regime: Set(receipt.regime),
            analytics: Set(receipt.analytics),
            support: Set(receipt.support),
            method: Set(receipt.method),
            wording: Set(receipt.wording),
            policy: Set(receipt.policy),
        };
        rows::Entity::insert(row).exec_without_returning(self.studio.db().write()).await?;
        Ok(())
    }

    /// What a browser decided, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn of(&self, consent: &ConsentId) -> Result<Vec<Receipt>> {
        let rows = rows::Entity::find()
            .filter(rows::Column::ConsentId.eq(consent.as_str()))
            .order_by_desc(rows::Column::GivenAtMs)
            .order_by_desc(rows::Column::Id)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        let receipts = rows.into_iter().map(|row| Receipt {
            consent: ConsentId::stored(row.consent_id),
            given_at_ms: row.given_at_ms,
            country: row.country,
            regime: row.regime,
            analytics: row.analytics,
            support: row.support,
            method: row.method,
            wording: row.wording,
            policy: row.policy,
        });
        Ok(receipts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::on_both;

    #[test]
    fn proves_s9_9_what_was_decided_can_be_shown_later() {
        on_both(async |kit| {
            let consents = kit.studio.consents();
            let (mine, other) = (consents.new_id(), consents.new_id());
            assert_ne!(mine, other);
            let decided = |consent: &ConsentId, analytics, method, at| Receipt {
                consent: consent.clone(),
                given_at_ms: at,
                country: Some("DE".into()),
                regime: "opt-in".into(),
                analytics,
                support: false,
                method,
                wording: "cookies-1".into(),
                policy: "2026-05-22".into(),
            };
            let now = kit.studio.now_ms();
            let accepted = decided(&mine, true, Method::BannerAccept, now);
            let withdrawn = decided(&mine, false, Method::Withdrawal, now + 5);
            consents.record(accepted.clone()).await.unwrap();
            consents.record(decided(&other, false, Method::BannerRefuse, now)).await.unwrap();
            consents.record(withdrawn.clone()).await.unwrap();
            assert_eq!(consents.of(&mine).await.unwrap(), [withdrawn, accepted]);
        });
    }
}
