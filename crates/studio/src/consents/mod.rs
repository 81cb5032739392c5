//! Receipts of consent: what a browser's person decided, when, under which wording and policy, and in
//! which country, under a random id that stands only in that browser's own cookie.
//!
//! Nothing here leads to an account; what a decision means is `policy::consent`'s to say.

pub(crate) mod rows;

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};

use crate::clock::HOUR_MS;
use crate::throttle::{self, Limit};
use crate::{Class, Client, Result, Studio, boxed, id_type};

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

/// Receipts of one client: nobody fills the disk with them.
const PER_CLIENT: Limit = Limit { name: "consents-client", tries_max: 600, window_ms: HOUR_MS };
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

    /// Keeps a receipt, and says whether what was decided holds. It does, unless very many come from this client: then
    /// nothing more can be agreed to, and of the rest only what takes something back is kept.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn record(&self, receipt: Receipt, client: &Client) -> Result<bool> {
        self.studio.pursue(PurposeId::ConsentChoice)?;
        let counted =
            throttle::count(self.studio, &PER_CLIENT, client.0.as_bytes(), "too-many-decisions").await;
        if let Err(error) = counted {
            if error.class() != Class::TooMany {
                return Err(error);
            }
            let last = self.of(&receipt.consent).await?.into_iter().next();
            let before = last.map_or((false, false), |last| (last.analytics, last.support));
            let agrees_anew = (receipt.analytics && !before.0) || (receipt.support && !before.1);
            if agrees_anew || before == (receipt.analytics, receipt.support) {
                return Ok(!agrees_anew);
            }
        }
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
        Ok(true)
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
            consents.record(accepted.clone(), &kit.client()).await.unwrap();
            let refused = decided(&other, false, Method::BannerRefuse, now);
            consents.record(refused, &kit.client()).await.unwrap();
            consents.record(withdrawn.clone(), &kit.client()).await.unwrap();
            assert_eq!(consents.of(&mine).await.unwrap(), [withdrawn, accepted]);
        });
    }

    #[test]
    fn nobody_fills_the_disk_with_decisions_and_a_no_always_holds() {
        on_both(async |kit| {
            let (studio, consents) = (&kit.studio, kit.studio.consents());
            let client = Client("a".into());
            let mine = consents.new_id();
            let decide = async |consent: &ConsentId, analytics, support| {
                let receipt = Receipt {
                    consent: consent.clone(),
                    given_at_ms: studio.now_ms(),
                    country: None,
                    regime: "opt-in".into(),
                    analytics,
                    support,
                    method: Method::Choice,
                    wording: "cookies-1".into(),
                    policy: "2026-05-22".into(),
                };
                kit.clock.advance(1);
                let holds = consents.record(receipt, &client).await.unwrap();
                (holds, kit.rows("consent_receipts").await)
            };
            assert_eq!(decide(&mine, true, true).await, (true, 1));
            while throttle::count(studio, &PER_CLIENT, b"a", "many").await.is_ok() {}
            let stranger = consents.new_id();
            assert_eq!(decide(&stranger, false, false).await, (true, 1), "there is nothing to write down");
            assert_eq!(decide(&stranger, true, false).await, (false, 1));
            assert_eq!(decide(&mine, true, true).await, (true, 1), "as before");
            assert_eq!(decide(&mine, false, true).await, (true, 2), "what takes back is kept");
            assert_eq!(decide(&mine, true, true).await, (false, 2));
            assert_eq!(decide(&mine, false, false).await, (true, 3));
            assert_eq!(decide(&mine, false, false).await, (true, 3));
            kit.clock.advance(HOUR_MS);
            assert_eq!(decide(&mine, true, false).await, (true, 4));
        });
    }
}
