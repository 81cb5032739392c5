//! What is not kept here any more is deleted there as well: when our copy of a conversation went by its rule, a handle
//! takes its place, and theirs is deleted as everything outside is. Accounts that go, or object, are let go of by a handle
//! of their own.
//!
//! That a copy went is seen here whether or not the messenger is connected: what cannot be deleted is late, and said so.

use policy::ProcessorId;
use processors::role::CONVERSATION;
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;

use super::rows::{outside_conversations, outside_looks};
use super::{BATCH, Messenger};
use crate::clock::MINUTE_MS;
use crate::conversations::rows::conversations;
use crate::jobs::{self, Job};
use crate::{Error, Result, boxed};

/// How often it is looked which copies went.
pub(super) const COMPARE_MS: i64 = 5 * MINUTE_MS;

impl Messenger<'_> {
    /// Has those deleted there whose copy here is gone, when it is time to look for them.
    #[boxed]
    pub(super) async fn end(&self) -> Result<()> {
        if self.is_time_to_compare().await? {
            self.let_go_of_what_went().await?;
        }
        Ok(())
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

    /// A batch at a time; the rest comes with the next run, which is asked for at once.
    async fn let_go_of_what_went(&self) -> Result<()> {
        let studio = self.studio;
        let kept = Query::select()
            .column(conversations::Column::Id)
            .from(conversations::Entity)
            .and_where(Expr::cust("conversations.id = outside_conversations.conversation_id"))
            .to_owned();
        let went = outside_conversations::Entity::find()
            .filter(Expr::not_exists(kept))
            .limit(BATCH)
            .all(studio.db().read())
            .await?;
        let mut done = 0;
        for row in &went {
            match self.let_go_of(row).await {
                Ok(()) => done += 1,
                // One that does not open holds up no other.
                Err(error) => {
                    let processor = row.processor.as_str();
                    tracing::error!(processor, problem = %error, "a conversation cannot be deleted there");
                }
            }
        }
        // As long as some go, there may be more.
        if went.len() as u64 == BATCH && done > 0 {
            let tx = studio.db().begin().await?;
            outside_looks::Entity::update_many()
                .col_expr(outside_looks::Column::CompareAtMs, Expr::value(0_i64))
                .exec(&tx)
                .await?;
            jobs::ask(&tx, studio, Job::SeeToProcessors).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn let_go_of(&self, row: &outside_conversations::Model) -> Result<()> {
        let studio = self.studio;
        let processor = row.processor.parse::<ProcessorId>().map_err(Error::internal)?;
        let handle = handle(&self.their(row)?);
        let tx = studio.db().begin().await?;
        let gone =
            outside_conversations::Entity::delete_by_id(row.conversation_id.as_str()).exec(&tx).await?;
        if gone.rows_affected == 1 {
            studio.handles().delete(&tx, processor, &handle).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Whether a conversation is being deleted there.
    #[boxed]
    pub(super) async fn is_ending(&self, processor: ProcessorId, their: &str) -> Result<bool> {
        let studio = self.studio;
        studio.handles().is_going(studio.db().write(), processor, &handle(their)).await
    }
}

fn handle(their: &str) -> String {
    format!("{CONVERSATION}{their}")
}
