//! A conversation that was answered and in which nobody wrote for long is over: what is never closed would
//! be kept for ever. One that nobody answered is over later, where it goes with no account.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{Condition, QuerySelect, QueryTrait};

use super::rows::{conversations, messages};
use super::{State, desk};
use crate::clock::DAY_MS;
use crate::{Result, Studio, boxed};

/// So long nobody must have written.
pub const QUIET_MS: i64 = 30 * DAY_MS;
/// So long nobody must have written who waits for an answer, signed out: by then nobody comes back for it.
pub const UNANSWERED_MS: i64 = 180 * DAY_MS;

/// Closes what has become quiet.
#[boxed]
pub(crate) async fn tidy(studio: &Studio) -> Result<()> {
    use conversations::Column::{AccountId, WaitingSinceMs};
    let now = studio.now_ms();
    let answered = Condition::all().add(WaitingSinceMs.is_null()).add(quiet_since(now - QUIET_MS));
    let left = Condition::all()
        .add(WaitingSinceMs.is_not_null())
        .add(AccountId.is_null())
        .add(quiet_since(now - UNANSWERED_MS));
    let quiet: Vec<String> = conversations::Entity::find()
        .select_only()
        .column(conversations::Column::Id)
        .filter(conversations::Column::State.eq(State::Open))
        .filter(Condition::any().add(answered).add(left))
        .into_tuple()
        .all(studio.db().read())
        .await?;
    for id in quiet {
        let tx = studio.db().begin().await?;
        desk::close(&tx, &id, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// That nobody wrote in it after a time.
fn quiet_since(at_ms: i64) -> SimpleExpr {
    let later = messages::Entity::find()
        .select_only()
        .column(messages::Column::ConversationId)
        .filter(Expr::cust("conversation_messages.conversation_id = conversations.id"))
        .filter(messages::Column::WrittenAtMs.gt(at_ms))
        .into_query();
    Expr::not_exists(later)
}
