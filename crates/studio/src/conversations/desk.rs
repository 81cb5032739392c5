//! The staff's side: what waits, reading, answering, closing.

use std::collections::BTreeMap;

use policy::ProcessorId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QueryOrder, QuerySelect, Select};

use super::letter::letter;
use super::messenger::queue;
use super::messenger::rows::outside_conversations;
use super::rows::{conversations, messages};
use super::{Author, ConversationId, Conversations, Line, Mark, State, checked, take};
use crate::accounts::{in_use, language_of};
use crate::clock::MINUTE_MS;
use crate::{AccountId, Error, Result, boxed};

/// Whoever has waited for an answer for longer has left.
pub(super) const LEFT_MS: i64 = 10 * MINUTE_MS;

/// A conversation in the list of the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: ConversationId,
    /// Where it stands.
    pub state: State,
    /// The path of the page where it began.
    pub page: String,
    /// Whether the person is signed in.
    pub signed_in: bool,
    /// When it began.
    pub created_at_ms: i64,
    /// Since when the person waits for an answer.
    pub waiting_since_ms: Option<i64>,
    /// Whose messenger it is held at; none: our own.
    pub held_at: Option<ProcessorId>,
}

/// A conversation as the desk reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the list says of it.
    pub listed: Listed,
    /// The account, when the person is signed in.
    pub account: Option<AccountId>,
    /// What was said, oldest first.
    pub lines: Vec<Line>,
    /// Answers among them that have not reached the messenger yet where it is held.
    pub unsent: Vec<Mark>,
}

impl Conversations<'_> {
    /// First those who wait for an answer, the longest first; then the other open ones; then the last that
    /// were closed. At most `limit` of each.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self, limit: u64) -> Result<Vec<Listed>> {
        use conversations::Column::{ClosedAtMs, Id, State as Stands, WaitingSinceMs};
        let find = |state: State| {
            conversations::Entity::find().filter(Stands.eq(state)).filter(readable()).limit(limit)
        };
        let all = async |find: Select<conversations::Entity>| find.all(self.studio.db().read()).await;
        let mut rows = all(find(State::Open)
            .filter(WaitingSinceMs.is_not_null())
            .order_by_asc(WaitingSinceMs)
            .order_by_asc(Id))
        .await?;
        rows.extend(all(find(State::Open).filter(WaitingSinceMs.is_null()).order_by_desc(Id)).await?);
        rows.extend(all(find(State::Closed).order_by_desc(ClosedAtMs)).await?);
        let held = self.held_at(rows.iter().map(|row| row.id.clone()).collect()).await?;
        let with_place = |row: conversations::Model| {
            let at = held.get(&row.id).copied();
            listed(row, at)
        };
        Ok(rows.into_iter().map(with_place).collect())
    }

    /// One conversation.
    ///
    /// # Errors
    /// `conversation-not-found`.
    #[boxed]
    pub async fn get(&self, id: &ConversationId) -> Result<Shown> {
        let row = self.row(id).await?;
        let key = self.key_of(row.account_id.as_deref()).await?;
        let said = messages::Entity::find()
            .filter(messages::Column::ConversationId.eq(id.as_str()))
            .order_by_asc(messages::Column::Place)
            .all(self.studio.db().read())
            .await?;
        let lines = said.into_iter().map(|said| self.line(&key, said)).collect::<Result<_>>()?;
        let held_at = self.held_at(vec![row.id.clone()]).await?.into_values().next();
        let unsent = self.studio.messenger().unsent(id).await?;
        let account = row.account_id.clone().map(AccountId::stored);
        Ok(Shown { account, listed: listed(row, held_at), lines, unsent })
    }

    /// Which of these conversations are held at whose messenger.
    async fn held_at(&self, ids: Vec<String>) -> Result<BTreeMap<String, ProcessorId>> {
        let held = outside_conversations::Entity::find()
            .filter(outside_conversations::Column::ConversationId.is_in(ids))
            .all(self.studio.db().read())
            .await?;
        let of = |row: outside_conversations::Model| {
            Some((row.conversation_id, row.processor.parse::<ProcessorId>().ok()?))
        };
        Ok(held.into_iter().filter_map(of).collect())
    }

    /// Answers. The person reads it at once where the messenger is open; whoever has left is told by mail that there is
    /// one. Where the conversation is held at somebody else's, the answer is brought there.
    ///
    /// # Errors
    /// `message-empty`, `words-long`, `conversation-not-found`, `conversation-closed`.
    #[boxed]
    pub async fn answer(&self, id: &ConversationId, words: &str) -> Result<()> {
        let words = checked(words)?;
        let row = self.row(id).await?;
        let key = self.key_of(row.account_id.as_deref()).await?;
        let tx = self.studio.db().begin().await?;
        if !take(&tx, id.as_str(), Expr::value(None::<i64>)).await? {
            return Err(Error::conflict("conversation-closed", "This conversation is closed."));
        }
        let place = self.add(&tx, (id.as_str(), &key), Author::Staff, words, self.studio.now_ms()).await?;
        let is_queued = queue(self.studio, &tx, id.as_str(), place).await?;
        let is_mailed = !is_queued && self.tell_by_mail(&tx, &row).await?;
        tx.commit().await?;
        if is_queued || is_mailed {
            self.studio.backstage().nudge();
        }
        self.tell(Self::known_by(row.account_id.as_deref(), row.device_hash.as_deref()));
        Ok(())
    }

    /// It is over; from now on counts how long it is kept. Closing twice changes nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn close(&self, id: &ConversationId) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        close(&tx, id.as_str(), self.studio.now_ms()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Tells somebody who waited for so long that they have left: with the first answer alone, and who has an account.
    async fn tell_by_mail(&self, tx: &impl ConnectionTrait, row: &conversations::Model) -> Result<bool> {
        let has_left = row.waiting_since_ms.is_some_and(|since| self.studio.now_ms() - since > LEFT_MS);
        let Some(account) = row.account_id.clone().map(AccountId::stored).filter(|_| has_left) else {
            return Ok(false);
        };
        let language = language_of(tx, &account).await?;
        self.studio.mail().write(tx, &account, &letter(&language)).await?;
        Ok(true)
    }

    async fn row(&self, id: &ConversationId) -> Result<conversations::Model> {
        let row = conversations::Entity::find_by_id(id.as_str()).one(self.studio.db().read()).await?;
        row.ok_or_else(|| Error::not_found("conversation-not-found"))
    }
}

/// Those that can be read: of nobody who is known, or of an account in use. Of one that is about to end, or whose data
/// are only stored, nothing is opened until that is over.
pub(crate) fn readable() -> Condition {
    use conversations::Column::AccountId;
    Condition::any().add(AccountId.is_null()).add(AccountId.in_subquery(in_use()))
}

/// Closes an open conversation and what was said in it.
pub(super) async fn close(tx: &impl ConnectionTrait, id: &str, now_ms: i64) -> Result<()> {
    let closed = conversations::Entity::update_many()
        .col_expr(conversations::Column::State, Expr::value(State::Closed))
        .col_expr(conversations::Column::ClosedAtMs, Expr::value(now_ms))
        .col_expr(conversations::Column::WaitingSinceMs, Expr::value(None::<i64>))
        .filter(conversations::Column::Id.eq(id))
        .filter(conversations::Column::State.eq(State::Open))
        .exec(tx)
        .await?;
    if closed.rows_affected == 1 {
        messages::Entity::update_many()
            .col_expr(messages::Column::ClosedAtMs, Expr::value(now_ms))
            .filter(messages::Column::ConversationId.eq(id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn listed(row: conversations::Model, held_at: Option<ProcessorId>) -> Listed {
    Listed {
        id: ConversationId::stored(row.id),
        state: row.state,
        page: row.page,
        signed_in: row.account_id.is_some(),
        created_at_ms: row.created_at_ms,
        waiting_since_ms: row.waiting_since_ms,
        held_at,
    }
}
