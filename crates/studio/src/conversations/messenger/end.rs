//! What is not kept here any more is deleted there as well: when our copy of a conversation went by its rule, theirs
//! follows, is tried until it is done, and leaves a receipt. Accounts that go, or object, are let go of by their handle.

use processors::role::{Messenger as Role, MessengerError};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait};

use super::rows::outside_conversations;
use super::{BATCH, Messenger, wait_ms};
use crate::Result;
use crate::conversations::rows::conversations;
use crate::handles::LATE_MS;
use crate::handles::rows::receipts;

impl Messenger<'_> {
    /// Goes on with the deletions that are due.
    pub(super) async fn end(&self, role: &dyn Role) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let kept = conversations::Entity::find().select_only().column(conversations::Column::Id).into_query();
        outside_conversations::Entity::update_many()
            .col_expr(outside_conversations::Column::GoingAtMs, Expr::value(now))
            .col_expr(outside_conversations::Column::NextAtMs, Expr::value(0_i64))
            .filter(outside_conversations::Column::GoingAtMs.is_null())
            .filter(outside_conversations::Column::ConversationId.not_in_subquery(kept))
            .exec(studio.db().write())
            .await?;
        let due = outside_conversations::Entity::find()
            .filter(outside_conversations::Column::GoingAtMs.is_not_null())
            .filter(outside_conversations::Column::NextAtMs.lte(now))
            .filter(outside_conversations::Column::Processor.eq(role.processor().as_str()))
            .order_by_asc(outside_conversations::Column::NextAtMs)
            .limit(BATCH)
            .all(studio.db().write())
            .await?;
        for row in due {
            match role.erase_conversation(&self.their(&row)?).await {
                Ok(()) | Err(MessengerError::Gone) => self.ended(row).await?,
                Err(error) => self.not_ended(&row, &error).await?,
            }
        }
        Ok(())
    }

    async fn ended(&self, row: outside_conversations::Model) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.db().begin().await?;
        let gone =
            outside_conversations::Entity::delete_by_id(row.conversation_id.as_str()).exec(&tx).await?;
        if gone.rows_affected == 1 {
            let receipt = receipts::ActiveModel {
                id: Set(studio.new_id()),
                processor: Set(row.processor),
                erasure_id: Set(None),
                asked_at_ms: Set(row.going_at_ms.unwrap_or(now)),
                done_at_ms: Set(now),
                receipt: Set("a conversation whose time was over".to_owned()),
            };
            receipts::Entity::insert(receipt).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn not_ended(&self, row: &outside_conversations::Model, error: &MessengerError) -> Result<()> {
        let (now, problem) = (self.studio.now_ms(), error.to_string());
        if now - row.going_at_ms.unwrap_or(now) > LATE_MS {
            tracing::error!(processor = row.processor, problem, "a deletion at a processor is late");
        }
        outside_conversations::Entity::update_many()
            .col_expr(outside_conversations::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(outside_conversations::Column::Problem, Expr::value(problem))
            .col_expr(
                outside_conversations::Column::NextAtMs,
                Expr::value(now + wait_ms(row.tries, Some(error))),
            )
            .filter(outside_conversations::Column::ConversationId.eq(row.conversation_id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }
}
