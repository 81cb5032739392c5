//! Answers of the desk go out to where the conversation is held: each until it is there, and once. Whether one is there
//! is read from the conversation itself before it is sent, so an answer of which nothing was heard is not sent again.

use policy::Personal;
use processors::role::{Messenger as Role, MessengerError};
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::rows::{outside_conversations, outside_messages};
use super::sync::{Took, note};
use super::{BATCH, Messenger, wait_ms};
use crate::clock::MINUTE_MS;
use crate::conversations::rows::messages;
use crate::conversations::{ConversationId, Mark};
use crate::due::{self, Due};
use crate::jobs::{self, Job};
use crate::{Error, Result, Studio, boxed};

/// How long whoever takes an answer has for sending it.
const CLAIM_MS: i64 = 10 * MINUTE_MS;

/// Answers that are to be sent, in each conversation one after the other.
struct Answers<'a> {
    messenger: &'a Messenger<'a>,
    role: &'a dyn Role,
}

/// Queues an answer, if its conversation is held elsewhere; whether it is.
pub(in crate::conversations) async fn queue(
    studio: &Studio,
    tx: &impl ConnectionTrait,
    conversation: &str,
    place: i64,
) -> Result<bool> {
    if outside_conversations::Entity::find_by_id(conversation).one(tx).await?.is_none() {
        return Ok(false);
    }
    note(tx, conversation, place, None, Some(studio.now_ms())).await?;
    jobs::ask(tx, studio, Job::SeeToProcessors).await?;
    Ok(true)
}

impl Messenger<'_> {
    /// Answers of a conversation that are not there yet, as far as we know.
    pub(in crate::conversations) async fn unsent(&self, conversation: &ConversationId) -> Result<Vec<Mark>> {
        let rows = outside_messages::Entity::find()
            .filter(outside_messages::Column::ConversationId.eq(conversation.as_str()))
            .filter(outside_messages::Column::TheirIndex.is_null())
            .filter(outside_messages::Column::SentAtMs.is_null())
            .all(self.studio.db().read())
            .await?;
        let mark =
            |row: outside_messages::Model| Mark { conversation: row.conversation_id, place: row.place };
        Ok(rows.into_iter().map(mark).collect())
    }

    /// Sends the answers that are due, in each conversation one after the other.
    #[boxed]
    pub(super) async fn answer(&self, role: &dyn Role) -> Result<()> {
        due::work_off(&Answers { messenger: self, role }, self.studio.now_ms()).await
    }

    /// Sends one, and moves it.
    async fn send(&self, role: &dyn Role, row: &outside_messages::Model) -> Result<()> {
        let studio = self.studio;
        let claimed = of(row)
            .col_expr(
                outside_messages::Column::NextAtMs,
                Expr::value(studio.now_ms().saturating_add(CLAIM_MS)),
            )
            .filter(outside_messages::Column::NextAtMs.eq(row.next_at_ms))
            .exec(studio.db().write())
            .await?;
        if claimed.rows_affected == 0 {
            return Ok(());
        }
        let held = outside_conversations::Entity::find_by_id(row.conversation_id.as_str())
            .one(studio.db().read())
            .await?;
        let Some(held) = held else { return self.give_up(row).await };
        if held.processor != role.processor().as_str() {
            return self.again(row, "it is held at a messenger that is not connected", None).await;
        }
        let their = self.their(&held)?;
        // It may be there already: what came of the last try was not heard.
        match self.take_in(role, &their, None).await {
            Ok(Took::Held) => {}
            Ok(Took::Gone) => return self.give_up(row).await,
            Ok(Took::NotNow) => {
                return self.again(row, "its owner's data are not used at present", None).await;
            }
            Err(error) => return self.again(row, &error.to_string(), None).await,
        }
        let id = (row.conversation_id.clone(), row.place);
        let now = outside_messages::Entity::find_by_id(id.clone()).one(studio.db().write()).await?;
        if now.is_none_or(|row| row.their_index.is_some()) {
            return Ok(());
        }
        let Some(said) = messages::Entity::find_by_id(id).one(studio.db().read()).await? else {
            return self.give_up(row).await;
        };
        let ours = studio.conversations();
        let key = ours.key_of(held.account_id.as_deref()).await?;
        let words = Personal::new(ours.line(&key, said)?.words);
        match role.reply(&their, &words).await {
            Ok(()) => {}
            Err(MessengerError::Gone) => return self.give_up(row).await,
            Err(error) => return self.again(row, &error.to_string(), Some(&error)).await,
        }
        of(row)
            .col_expr(outside_messages::Column::SentAtMs, Expr::value(studio.now_ms()))
            .col_expr(outside_messages::Column::NextAtMs, Expr::value(None::<i64>))
            .col_expr(outside_messages::Column::Problem, Expr::value(None::<String>))
            .exec(studio.db().write())
            .await?;
        // Which one it is there; should that fail, the next look finds it.
        if let Err(error) = self.take_in(role, &their, None).await {
            tracing::warn!(%error, "an answer was sent, and is looked for later");
        }
        Ok(())
    }

    async fn again(
        &self,
        row: &outside_messages::Model,
        problem: &str,
        error: Option<&MessengerError>,
    ) -> Result<()> {
        let processor = self.processor().map(|processor| processor.to_string());
        tracing::warn!(processor, problem, "an answer could not be sent yet");
        of(row)
            .col_expr(outside_messages::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(outside_messages::Column::Problem, Expr::value(problem))
            .col_expr(
                outside_messages::Column::NextAtMs,
                Expr::value(self.studio.now_ms().saturating_add(wait_ms(row.tries, error))),
            )
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// Nobody there can read it any more; at the desk it stays marked.
    async fn give_up(&self, row: &outside_messages::Model) -> Result<()> {
        of(row)
            .col_expr(outside_messages::Column::Problem, Expr::value("the conversation is gone there"))
            .col_expr(outside_messages::Column::NextAtMs, Expr::value(None::<i64>))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }
}

impl Due for Answers<'_> {
    type Row = outside_messages::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<outside_messages::Model>> {
        // One that waits holds up those after it in its own conversation.
        let is_first = Expr::cust(
            "NOT EXISTS (SELECT 1 FROM outside_messages AS earlier \
             WHERE earlier.conversation_id = outside_messages.conversation_id \
             AND earlier.place < outside_messages.place AND earlier.next_at_ms IS NOT NULL)",
        );
        let due = outside_messages::Entity::find()
            .filter(outside_messages::Column::NextAtMs.lte(until_ms))
            .filter(is_first)
            .order_by_asc(outside_messages::Column::NextAtMs)
            .order_by_asc(outside_messages::Column::ConversationId)
            .limit(BATCH);
        Ok(due.all(self.messenger.studio.db().write()).await?)
    }

    async fn see_to(&self, row: &outside_messages::Model) -> Result<()> {
        self.messenger.send(self.role, row).await
    }

    async fn put_off(&self, row: &outside_messages::Model, why: &Error) -> Result<()> {
        self.messenger.again(row, why.code(), None).await
    }
}

/// A change of one row.
fn of(row: &outside_messages::Model) -> sea_orm::UpdateMany<outside_messages::Entity> {
    outside_messages::Entity::update_many()
        .filter(outside_messages::Column::ConversationId.eq(row.conversation_id.as_str()))
        .filter(outside_messages::Column::Place.eq(row.place))
}
