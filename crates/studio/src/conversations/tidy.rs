//! A conversation that was answered and in which nobody wrote for long is over: what is never closed would
//! be kept for ever.

use sea_orm::entity::prelude::*;
use sea_orm::{QuerySelect, QueryTrait};

use super::rows::{conversations, messages};
use super::{State, desk};
use crate::clock::DAY_MS;
use crate::{Result, Studio, boxed};

/// So long nobody must have written.
pub const QUIET_MS: i64 = 30 * DAY_MS;

/// Closes what has become quiet.
#[boxed]
pub(crate) async fn tidy(studio: &Studio) -> Result<()> {
    let now = studio.now_ms();
    let lately = messages::Entity::find()
        .select_only()
        .column(messages::Column::ConversationId)
        .filter(messages::Column::WrittenAtMs.gt(now - QUIET_MS))
        .into_query();
    let quiet: Vec<String> = conversations::Entity::find()
        .select_only()
        .column(conversations::Column::Id)
        .filter(conversations::Column::State.eq(State::Open))
        .filter(conversations::Column::WaitingSinceMs.is_null())
        .filter(conversations::Column::Id.not_in_subquery(lately))
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
