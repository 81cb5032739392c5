//! What processors tell by themselves: checked by the processor's own role, kept at once, worked off afterwards.
//!
//! The answer is quick and says only that it is kept. Told twice it is one thing; told out of order or never it changes
//! nothing, for what holds is asked of the processor. What it said is forgotten once it is worked off, its id later.
//! What cannot be worked off is given up after [`TRIES_MAX`] tries and stays for a while, for somebody at the desk to
//! look at.

pub(crate) mod rows;

use std::sync::Arc;

use policy::ProcessorId;
use processors::role::{Hook, HookError, News};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, QueryOrder, QuerySelect};

use crate::clock::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::due::{Due, wait_ms, work_off};
use crate::jobs::{self, Job};
use crate::till::Dispute;
use crate::{Error, Result, Studio, boxed};

/// Longest delivery, in bytes.
pub const BYTES_MAX: usize = 1024 * 1024;
/// Tries before a delivery is given up.
pub const TRIES_MAX: i32 = 8;
/// How long one is remembered once it was worked off, so that it is known when it comes again.
pub const REMEMBERED_MS: i64 = 35 * DAY_MS;
/// How long one that was given up stays, from when it came.
pub const DEAD_MS: i64 = 90 * DAY_MS;
/// What is left of news that was worked off.
const NO_NEWS: &str = "[]";
/// Longest id that is kept whole.
const ID_BYTES_MAX: usize = 200;
/// Deliveries worked off in one go.
const BATCH: u64 = 100;
/// Lines that the desk shows.
const SHOWN: u64 = 100;

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Its id.
    pub id: String,
    /// Who told it.
    pub processor: String,
    /// When.
    pub received_at_ms: i64,
    /// Why it could not be worked off.
    pub problem: String,
}

/// Deliveries of a studio.
#[derive(Clone, Copy)]
pub struct Webhooks<'a> {
    studio: &'a Studio,
}

impl<'a> Webhooks<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Takes a delivery: the processor's id in the policy, its headers by names in small letters, its body as it came.
    ///
    /// # Errors
    /// `webhook-not-found` for a processor that tells nothing here; `webhook-refused` for what is not its own or
    /// cannot be read; `webhook-later` when it is to be delivered again.
    #[boxed]
    pub async fn take(
        &self,
        processor: &str,
        header: &(dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &[u8],
    ) -> Result<()> {
        let studio = self.studio;
        let hook = self.hook(processor).ok_or_else(|| Error::not_found("webhook-not-found"))?;
        let opened = match hook.open(header, body, studio.now_ms() / SECOND_MS).await {
            Ok(opened) => opened,
            Err(HookError::Away(why)) => return Err(Error::unavailable("webhook-later", why)),
            Err(error) => {
                tracing::warn!(processor, problem = %error, "a delivery was not taken");
                return Err(Error::refused("webhook-refused", "This delivery is not taken."));
            }
        };
        if opened.news.is_empty() {
            return Ok(());
        }
        if opened.id.is_empty() || opened.id.len() > ID_BYTES_MAX {
            return Err(Error::refused("webhook-refused", "This delivery has no id that can be kept."));
        }
        let row = rows::ActiveModel {
            id: Set(format!("{processor}/{}", opened.id)),
            processor: Set(processor.to_owned()),
            news: Set(serde_json::to_string(&opened.news).map_err(Error::internal)?),
            received_at_ms: Set(studio.now_ms()),
            done_at_ms: Set(None),
            tries: Set(0),
            next_at_ms: Set(Some(0)),
            problem: Set(None),
        };
        let tx = studio.db().begin().await?;
        let once = OnConflict::column(rows::Column::Id).do_nothing().to_owned();
        rows::Entity::insert(row).on_conflict(once).exec_without_returning(&tx).await?;
        jobs::ask(&tx, studio, Job::SeeToProcessors).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Works off what is due of these. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self, which: Condition) -> Result<()> {
        work_off(&Part { webhooks: *self, which }, self.studio.now_ms()).await?;
        self.forget().await
    }

    /// What was given up, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn dead(&self) -> Result<Vec<Dead>> {
        let rows = rows::Entity::find()
            .filter(rows::Column::DoneAtMs.is_null())
            .filter(rows::Column::NextAtMs.is_null())
            .order_by_desc(rows::Column::ReceivedAtMs)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        let dead = |row: rows::Model| Dead {
            id: row.id,
            processor: row.processor,
            received_at_ms: row.received_at_ms,
            problem: row.problem.unwrap_or_default(),
        };
        Ok(rows.into_iter().map(dead).collect())
    }

    /// Tries a delivery again that was given up.
    ///
    /// # Errors
    /// `webhook-not-found`.
    #[boxed]
    pub async fn try_again(&self, id: &str) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        let again = rows::Entity::update_many()
            .col_expr(rows::Column::NextAtMs, Expr::value(Some(0_i64)))
            .col_expr(rows::Column::Tries, Expr::value(0))
            .filter(rows::Column::Id.eq(id))
            .filter(rows::Column::DoneAtMs.is_null())
            .filter(rows::Column::NextAtMs.is_null())
            .exec(&tx)
            .await?;
        if again.rows_affected == 0 {
            return Err(Error::not_found("webhook-not-found"));
        }
        jobs::ask(&tx, self.studio, Job::SeeToProcessors).await?;
        tx.commit().await?;
        self.studio.backstage().nudge();
        Ok(())
    }

    fn hook(&self, processor: &str) -> Option<Arc<dyn Hook>> {
        let id = processor.parse::<ProcessorId>().ok()?;
        self.studio.connected().hooks.get(&id).cloned()
    }

    async fn look_at(&self, row: &rows::Model) -> Result<()> {
        for news in serde_json::from_str::<Vec<News>>(&row.news).map_err(Error::internal)? {
            self.heard(news).await?;
        }
        Ok(())
    }

    /// Who looks at what.
    async fn heard(&self, news: News) -> Result<()> {
        match news {
            News::PersonChanged { person } => self.studio.accounts().person_changed(&person).await,
            News::PersonLeft { person, session } => {
                self.studio.accounts().person_left(&person, &session).await
            }
            News::Checkout { checkout } => self.studio.till().heard_checkout(&checkout).await,
            News::Refund { payment } => self.studio.till().heard_refund(&payment).await,
            News::Dispute { dispute, payment, amount_minor, currency, reason, is_inquiry } => {
                let heard_at_ms = self.studio.now_ms();
                let dispute = Dispute {
                    id: dispute,
                    amount_minor,
                    currency,
                    reason,
                    is_inquiry,
                    heard_at_ms,
                    answered_at_ms: None,
                };
                self.studio.till().heard_dispute(dispute, payment).await
            }
            News::Conversation { conversation } => self.studio.messenger().heard(&conversation).await,
            News::Stream { stream } => self.studio.streams().heard(&stream).await,
            News::Shot { request } => self.studio.generated().heard(&request).await,
        }
    }

    async fn forget(&self) -> Result<()> {
        let (db, now) = (self.studio.db().write(), self.studio.now_ms());
        rows::Entity::delete_many().filter(rows::Column::DoneAtMs.lt(now - REMEMBERED_MS)).exec(db).await?;
        rows::Entity::delete_many()
            .filter(rows::Column::DoneAtMs.is_null())
            .filter(rows::Column::NextAtMs.is_null())
            .filter(rows::Column::ReceivedAtMs.lt(now - DEAD_MS))
            .exec(db)
            .await?;
        Ok(())
    }
}

/// Deliveries that are worked off together.
struct Part<'a> {
    webhooks: Webhooks<'a>,
    which: Condition,
}

impl Due for Part<'_> {
    type Row = rows::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<rows::Model>> {
        let due = rows::Entity::find()
            .filter(rows::Column::NextAtMs.lte(until_ms))
            .filter(self.which.clone())
            .order_by_asc(rows::Column::ReceivedAtMs)
            .limit(BATCH);
        Ok(due.all(self.webhooks.studio.db().read()).await?)
    }

    async fn see_to(&self, row: &rows::Model) -> Result<()> {
        self.webhooks.look_at(row).await?;
        let done = rows::ActiveModel {
            id: Set(row.id.clone()),
            // Only its id is still of use.
            news: Set(NO_NEWS.to_owned()),
            done_at_ms: Set(Some(self.webhooks.studio.now_ms())),
            next_at_ms: Set(None),
            problem: Set(None),
            ..Default::default()
        };
        rows::Entity::update(done).exec(self.webhooks.studio.db().write()).await?;
        Ok(())
    }

    async fn put_off(&self, row: &rows::Model, why: &Error) -> Result<()> {
        let studio = self.webhooks.studio;
        let (processor, problem) = (row.processor.as_str(), why.to_string());
        let tries = row.tries.saturating_add(1);
        let next_at_ms = (tries < TRIES_MAX)
            .then(|| studio.now_ms() + wait_ms(MINUTE_MS / 2, row.tries, why.retry_after_s()));
        if next_at_ms.is_none() {
            tracing::error!(processor, problem, "a delivery was given up: see the desk");
        }
        let later = rows::ActiveModel {
            id: Set(row.id.clone()),
            tries: Set(tries),
            next_at_ms: Set(next_at_ms),
            problem: Set(Some(problem)),
            ..Default::default()
        };
        rows::Entity::update(later).exec(studio.db().write()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
