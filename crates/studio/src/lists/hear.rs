//! Who stopped mail at the list itself: asked for every hour, as it need not come by itself. It is taken over here, and
//! never the other way round: nobody is put back because the list would have them.

use policy::purpose;
use processors::role::{self, KeptOut, KeptOutBy};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use super::rows::{Told, members, polls};
use super::{Lists, after_s, says_no};
use crate::clock::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::marketing::Method;
use crate::{AccountId, Result, boxed, due};

/// How often the list is asked.
const EVERY_MS: i64 = HOUR_MS;
/// It is asked for this much more than is new: clocks differ, and what was said reaches its books a little later.
const OVERLAP_MS: i64 = 10 * MINUTE_MS;

impl Lists<'_> {
    #[boxed]
    pub(super) async fn hear_when_due(&self, role: &dyn role::Lists) -> Result<()> {
        let poll = self.poll(role).await?;
        if poll.is_none_or(|poll| poll.next_at_ms <= self.studio.now_ms()) {
            self.hear(role).await?;
        }
        Ok(())
    }

    /// Takes over who left there up to now, unless asking failed a moment ago; whether that is done.
    #[boxed]
    pub(super) async fn hear_now(&self, role: &dyn role::Lists) -> Result<bool> {
        let poll = self.poll(role).await?;
        if poll.is_some_and(|poll| poll.tries > 0 && poll.next_at_ms > self.studio.now_ms()) {
            return Ok(false);
        }
        self.hear(role).await
    }

    /// Takes over who left there; whether the list could be asked.
    #[boxed]
    pub(super) async fn hear(&self, role: &dyn role::Lists) -> Result<bool> {
        let now = self.studio.now_ms();
        let (heard_at_ms, tries) =
            self.poll(role).await?.map_or((now, 0), |poll| (poll.heard_at_ms, poll.tries));
        match role.suppressed_since((heard_at_ms - OVERLAP_MS) / SECOND_MS).await {
            Ok(found) => {
                for one in found {
                    self.take_over(one).await?;
                }
                self.heard(role, now, 0, now + EVERY_MS).await?;
                Ok(true)
            }
            Err(error) => {
                let (processor, problem) = (role.processor(), error.to_string());
                tracing::warn!(%processor, problem, "a mailing list could not be asked who left there");
                let wait_ms = due::wait_ms(MINUTE_MS, tries, after_s(&error)).min(EVERY_MS);
                let next_at_ms = now.saturating_add(wait_ms);
                self.heard(role, heard_at_ms, tries.saturating_add(1), next_at_ms).await?;
                Ok(false)
            }
        }
    }

    async fn take_over(&self, one: KeptOut) -> Result<()> {
        let studio = self.studio;
        let email = one.email.into_for_purpose::<purpose::Marketing>();
        // What is no address of ours is nobody's here.
        let Ok(index) = studio.accounts().index_of(&email) else { return Ok(()) };
        // The list tells seconds: the whole of the last one counts. What is older than what they agreed to last, and
        // what we said there ourselves, says nothing new.
        let until_ms = one.at_s.saturating_add(1).saturating_mul(SECOND_MS);
        let theirs = members::Entity::find()
            .filter(members::Column::EmailIndex.eq(index))
            .filter(members::Column::Told.is_in([Told::Begun, Told::Subscribed]))
            .filter(members::Column::SinceMs.lt(until_ms))
            .all(studio.db().read())
            .await?;
        for member in theirs {
            match self.withdraw(&AccountId::stored(member.account_id), one.by, &email).await {
                Err(error) if !says_no(&error) => return Err(error),
                // An account that ends this moment wants nothing.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    async fn withdraw(&self, account: &AccountId, by: KeptOutBy, email: &str) -> Result<()> {
        let (studio, marketing) = (self.studio, self.studio.marketing());
        if matches!(by, KeptOutBy::Themselves | KeptOutBy::Hand) {
            return marketing.stop(account, Method::ListService).await;
        }
        let tx = studio.begin_for(account).await?;
        match by {
            KeptOutBy::Bounce => marketing.bounced(&tx, email).await?,
            _ => marketing.complained(&tx, Some(account), email).await?,
        }
        Ok(tx.commit().await?)
    }

    async fn poll(&self, role: &dyn role::Lists) -> Result<Option<polls::Model>> {
        let found = polls::Entity::find_by_id(role.processor().as_str());
        Ok(found.one(self.studio.db().read()).await?)
    }

    async fn heard(
        &self,
        role: &dyn role::Lists,
        heard_at_ms: i64,
        tries: i32,
        next_at_ms: i64,
    ) -> Result<()> {
        let row = polls::ActiveModel {
            processor: Set(role.processor().to_string()),
            heard_at_ms: Set(heard_at_ms),
            compare_at_ms: Set(0),
            tries: Set(tries),
            next_at_ms: Set(next_at_ms),
        };
        let newest = OnConflict::column(polls::Column::Processor)
            .update_columns([polls::Column::HeardAtMs, polls::Column::Tries, polls::Column::NextAtMs])
            .to_owned();
        polls::Entity::insert(row)
            .on_conflict(newest)
            .exec_without_returning(self.studio.db().write())
            .await?;
        Ok(())
    }
}
