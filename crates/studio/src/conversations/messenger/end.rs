//! What is not kept here any more is deleted there as well: when our copy of a conversation went by its rule, theirs
//! follows, is tried until it is done, and leaves a receipt. Accounts that go, or object, are let go of by their handle.
//!
//! That a copy went is seen here whether or not the messenger is connected: what cannot be deleted is late, and said so.

use processors::role::{Messenger as Role, MessengerError};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::{outside_conversations, outside_looks};
use super::{BATCH, Messenger, wait_ms};
use crate::clock::MINUTE_MS;
use crate::conversations::rows::conversations;
use crate::due::{self, Due};
use crate::handles::LATE_MS;
use crate::jobs::{self, Job};
use crate::{Error, Result};

/// How often it is looked which copies went.
pub(super) const COMPARE_MS: i64 = 5 * MINUTE_MS;
/// So many are marked in one run; the rest comes with the next, which is asked for at once.
const RUN_MAX: u64 = 500;

/// Conversations that are to be deleted there.
struct Ends<'a> {
    messenger: &'a Messenger<'a>,
    role: Option<&'a dyn Role>,
}

impl Messenger<'_> {
    /// Goes on with the deletions that are due.
    pub(super) async fn end(&self, role: Option<&dyn Role>) -> Result<()> {
        if self.is_time_to_compare().await? {
            self.mark_what_went().await?;
        }
        due::work_off(&Ends { messenger: self, role }, self.studio.now_ms()).await
    }

    /// Whether it is time to compare, and nobody else does.
    async fn is_time_to_compare(&self) -> Result<bool> {
        let (db, now) = (self.studio.db(), self.studio.now_ms());
        let due = outside_looks::Column::CompareAtMs.lte(now);
        if outside_looks::Entity::find().filter(due.clone()).one(db.read()).await?.is_none() {
            return Ok(false);
        }
        let mine = outside_looks::Entity::update_many()
            .col_expr(outside_looks::Column::CompareAtMs, Expr::value(now.saturating_add(COMPARE_MS)))
            .filter(due)
            .exec(db.write())
            .await?;
        Ok(mine.rows_affected > 0)
    }

    /// Marks those whose copy here is gone.
    async fn mark_what_went(&self) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let kept = Query::select()
            .column(conversations::Column::Id)
            .from(conversations::Entity)
            .and_where(Expr::cust("conversations.id = outside_conversations.conversation_id"))
            .to_owned();
        let went: Vec<String> = outside_conversations::Entity::find()
            .select_only()
            .column(outside_conversations::Column::ConversationId)
            .filter(outside_conversations::Column::GoingAtMs.is_null())
            .filter(Expr::not_exists(kept))
            .limit(RUN_MAX)
            .into_tuple()
            .all(studio.db().read())
            .await?;
        if went.is_empty() {
            return Ok(());
        }
        let is_all = went.len() < RUN_MAX as usize;
        let tx = studio.db().begin().await?;
        outside_conversations::Entity::update_many()
            .col_expr(outside_conversations::Column::GoingAtMs, Expr::value(now))
            .col_expr(outside_conversations::Column::NextAtMs, Expr::value(0_i64))
            .filter(outside_conversations::Column::GoingAtMs.is_null())
            .filter(outside_conversations::Column::ConversationId.is_in(went))
            .exec(&tx)
            .await?;
        if !is_all {
            outside_looks::Entity::update_many()
                .col_expr(outside_looks::Column::CompareAtMs, Expr::value(0_i64))
                .exec(&tx)
                .await?;
            jobs::ask(&tx, studio, Job::SeeToProcessors).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn ended(&self, row: &outside_conversations::Model) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.db().begin().await?;
        let gone =
            outside_conversations::Entity::delete_by_id(row.conversation_id.as_str()).exec(&tx).await?;
        if gone.rows_affected == 1 {
            studio
                .handles()
                .enter_receipt(
                    &tx,
                    &row.processor,
                    None,
                    row.going_at_ms.unwrap_or(now),
                    "a conversation whose time was over",
                )
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn not_ended(
        &self,
        row: &outside_conversations::Model,
        problem: &str,
        error: Option<&MessengerError>,
    ) -> Result<()> {
        let now = self.studio.now_ms();
        if now - row.going_at_ms.unwrap_or(now) > LATE_MS {
            tracing::error!(processor = row.processor, problem, "a deletion at a processor is late");
        }
        outside_conversations::Entity::update_many()
            .col_expr(outside_conversations::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(outside_conversations::Column::Problem, Expr::value(problem))
            .col_expr(
                outside_conversations::Column::NextAtMs,
                Expr::value(now.saturating_add(wait_ms(row.tries, error))),
            )
            .filter(outside_conversations::Column::ConversationId.eq(row.conversation_id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }
}

impl Due for Ends<'_> {
    type Row = outside_conversations::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<outside_conversations::Model>> {
        let due = outside_conversations::Entity::find()
            .filter(outside_conversations::Column::GoingAtMs.is_not_null())
            .filter(outside_conversations::Column::NextAtMs.lte(until_ms))
            .order_by_asc(outside_conversations::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.messenger.studio.db().write()).await?)
    }

    async fn see_to(&self, row: &outside_conversations::Model) -> Result<()> {
        let Some(role) = self.role.filter(|role| role.processor().as_str() == row.processor) else {
            // Better an alarm than a gap.
            let problem =
                "it is not connected any more: switch it on again until everything is deleted there";
            return self.messenger.not_ended(row, problem, None).await;
        };
        match role.erase_conversation(&self.messenger.their(row)?).await {
            Ok(()) | Err(MessengerError::Gone) => self.messenger.ended(row).await,
            Err(error) => self.messenger.not_ended(row, &error.to_string(), Some(&error)).await,
        }
    }

    async fn put_off(&self, row: &outside_conversations::Model, why: &Error) -> Result<()> {
        self.messenger.not_ended(row, why.code(), None).await
    }
}
