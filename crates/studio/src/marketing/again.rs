//! What a backup does not know that was brought back: who stopped such mail since then. What they agreed to afterwards
//! counts for more.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::RetentionId;
use policy::marketing::Consented;
use sea_orm::entity::prelude::*;

use super::{Act, Marketing, Method, Status, act, rows, suppressed_since};
use crate::accounts::rows::accounts;
use crate::{AccountId, Result, boxed};

/// Accounts looked at in one go.
const BATCH: usize = 500;

impl Marketing<'_> {
    /// Stops all such mail for accounts that stopped it at these times.
    #[boxed]
    pub(crate) async fn stop_again(&self, stops: &BTreeMap<String, i64>) -> Result<()> {
        let ids: Vec<&str> = stops.keys().map(String::as_str).collect();
        for batch in ids.chunks(BATCH) {
            let wanted = rows::acts::Entity::find()
                .filter(rows::acts::Column::AccountId.is_in(batch.iter().copied()))
                .filter(rows::acts::Column::EndedAtMs.is_null())
                .all(self.studio.db().read())
                .await?;
            for row in wanted {
                let Some(at_ms) = stops.get(&row.account_id).copied().filter(|at_ms| *at_ms >= row.at_ms)
                else {
                    continue;
                };
                let account = AccountId::stored(row.account_id.clone());
                let (status, method, wording) = (Status::Unsubscribed, Method::Ledger, String::new());
                let stop = Act { status, method, wording, at_ms, ..act(row) };
                let tx = self.studio.db().begin().await?;
                self.write(&tx, &account, stop).await?;
                tx.commit().await?;
                tracing::warn!("stopped marketing mail again that a backup had brought back");
            }
        }
        Ok(())
    }

    /// Keeps such mail from addresses, by their keyed hashes, whose readers refused it at these times.
    #[boxed]
    pub(crate) async fn refuse_again(&self, refusals: &BTreeMap<String, i64>) -> Result<()> {
        let rule = self.studio.policy().rule(RetentionId::Marketing);
        let forgotten_ms = rule.map(|rule| rule.period.before(self.studio.now_ms()));
        for (hash, at_ms) in refusals {
            if forgotten_ms.is_some_and(|before_ms| *at_ms <= before_ms) {
                continue;
            }
            let Ok(index) = URL_SAFE_NO_PAD.decode(hash) else { continue };
            if !self.is_settled(&index, *at_ms).await? {
                self.suppress(self.studio.db().write(), index, *at_ms).await?;
            }
        }
        Ok(())
    }

    /// Whether an address is kept out since then, or its account agreed afterwards.
    async fn is_settled(&self, index: &[u8], at_ms: i64) -> Result<bool> {
        let db = self.studio.db().read();
        if suppressed_since(db, index).await?.is_some_and(|since_ms| since_ms >= at_ms) {
            return Ok(true);
        }
        let theirs = accounts::Column::EmailIndex.eq(index.to_vec());
        let Some(row) = accounts::Entity::find().filter(theirs).one(db).await? else { return Ok(false) };
        let newest = self.newest(db, &AccountId::stored(row.id)).await?;
        Ok(newest.is_some_and(|act| act.status.consented() != Consented::No && act.at_ms > at_ms))
    }
}
