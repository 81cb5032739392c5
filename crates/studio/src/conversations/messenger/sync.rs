//! Keeping here what was said there: when we are told of it, and by looking through it every few minutes, as what is
//! told may be lost.

use std::collections::{BTreeMap, BTreeSet};

use policy::{ProcessorId, purpose};
use processors::role::{Messenger as Role, MessengerError, SupportId, Talk, TalkAuthor, TalkPart, Touched};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use super::rows::{outside_conversations, outside_looks, outside_messages, outside_misses};
use super::{BATCH, Messenger, OURS, failed, place, wait_ms};
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::conversations::rows::{conversations, messages};
use crate::conversations::{Author, Conversations, State, desk};
use crate::due::{self, Due};
use crate::enquiries::Asker;
use crate::{AccountId, Error, Result, boxed};

/// How often it is looked through.
pub(super) const LOOK_EVERY_MS: i64 = 3 * MINUTE_MS;
/// How far a look reaches back before the last one: clocks differ, and lists lag.
const OVERLAP_S: i64 = 600;
/// What happened more lately than this may not be all that happens in that second.
const SETTLED_S: i64 = 60;
/// So often a conversation that cannot be read is tried, which takes about ten days.
const MISS_TRIES_MAX: i32 = 50;
/// Longest path of a page that is kept.
const PAGE_BYTES_MAX: usize = 200;

/// What became of reading a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// It is kept here as it is there.
    Held,
    /// It is not there any more, or is on its way out: nothing is kept or sent.
    Gone,
    /// Its owner's data are not used at present.
    NotNow,
}

/// Whose conversation it is.
enum Whose {
    Account(AccountId),
    Visitor,
    /// Of an account that was let go of.
    Gone,
}

impl Messenger<'_> {
    /// Somebody wrote in a conversation, or it was closed.
    #[boxed]
    pub(crate) async fn heard(&self, their: &str) -> Result<()> {
        match self.role() {
            Some(role) => self.take_in(role, their, None).await.map(drop),
            None => Ok(()),
        }
    }

    /// Looks through what happened since the last time, when it is time.
    #[boxed]
    pub(super) async fn look(&self, role: &dyn Role) -> Result<()> {
        let now = self.studio.now_ms();
        due::work_off(&Misses { messenger: self, role }, now).await?;
        let Some(since_s) = self.turn(role.processor(), now).await? else { return Ok(()) };
        for one in role.updated_since(since_s).await.map_err(|error| failed(&error))? {
            if self.is_new(role.processor(), &one).await?
                && let Err(error) = self.take_in(role, &one.id, Some(one.at_s)).await
            {
                tracing::warn!(%error, "a conversation could not be read; it is read later");
                self.missed(role.processor(), &one.id).await?;
            }
        }
        outside_looks::Entity::update_many()
            .col_expr(outside_looks::Column::SinceS, Expr::value(now / SECOND_MS - OVERLAP_S))
            .filter(outside_looks::Column::Processor.eq(role.processor().as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// Since when to look, if it is time and nobody else does.
    async fn turn(&self, processor: ProcessorId, now: i64) -> Result<Option<i64>> {
        let db = self.studio.db();
        let first = outside_looks::ActiveModel {
            processor: Set(processor.to_string()),
            // What was there before it was connected is not ours to fetch.
            since_s: Set(now / SECOND_MS - OVERLAP_S),
            next_at_ms: Set(0),
            compare_at_ms: Set(0),
        };
        let once = OnConflict::column(outside_looks::Column::Processor).do_nothing().to_owned();
        if outside_looks::Entity::find_by_id(processor.as_str()).one(db.read()).await?.is_none() {
            outside_looks::Entity::insert(first).on_conflict(once).exec_without_returning(db.write()).await?;
        }
        let mine = outside_looks::Entity::update_many()
            .col_expr(outside_looks::Column::NextAtMs, Expr::value(now + LOOK_EVERY_MS))
            .filter(outside_looks::Column::Processor.eq(processor.as_str()))
            .filter(outside_looks::Column::NextAtMs.lte(now))
            .exec(db.write())
            .await?;
        if mine.rows_affected == 0 {
            return Ok(None);
        }
        let row = outside_looks::Entity::find_by_id(processor.as_str()).one(db.write()).await?;
        Ok(row.map(|row| row.since_s))
    }

    /// Whether something happened in a conversation that is not read yet, nor waits to be read.
    async fn is_new(&self, processor: ProcessorId, one: &Touched) -> Result<bool> {
        let known = self.known(processor, &one.id).await?;
        if known.is_some_and(|row| row.seen_s >= one.at_s) {
            return Ok(false);
        }
        let missed = outside_misses::Entity::find()
            .filter(outside_misses::Column::TheirIndex.eq(self.index(processor, &one.id)))
            .one(self.studio.db().read())
            .await?;
        Ok(missed.is_none())
    }

    /// Notes a conversation that could not be read: it is tried by itself, and holds up no other.
    async fn missed(&self, processor: ProcessorId, their: &str) -> Result<()> {
        let studio = self.studio;
        let id = studio.new_id();
        let row = outside_misses::ActiveModel {
            their_sealed: Set(studio.vault().seal_field(
                studio.house_key(),
                &miss_place(&id),
                their.as_bytes(),
            )),
            id: Set(id),
            processor: Set(processor.to_string()),
            their_index: Set(self.index(processor, their)),
            tries: Set(1),
            next_at_ms: Set(studio.now_ms().saturating_add(wait_ms(0, None))),
        };
        let once = OnConflict::column(outside_misses::Column::TheirIndex).do_nothing().to_owned();
        outside_misses::Entity::insert(row)
            .on_conflict(once)
            .exec_without_returning(studio.db().write())
            .await?;
        Ok(())
    }

    async fn known(
        &self,
        processor: ProcessorId,
        their: &str,
    ) -> Result<Option<outside_conversations::Model>> {
        let found = outside_conversations::Entity::find()
            .filter(outside_conversations::Column::TheirIndex.eq(self.index(processor, their)))
            .one(self.studio.db().write())
            .await?;
        Ok(found)
    }

    /// Reads a conversation and adds what is not kept here yet. Done twice it is one copy.
    #[boxed]
    pub(super) async fn take_in(
        &self,
        role: &dyn Role,
        their: &str,
        updated_at_s: Option<i64>,
    ) -> Result<Took> {
        let studio = self.studio;
        if self.is_ending(role.processor(), their).await? {
            return Ok(Took::Gone);
        }
        let talk = match role.conversation(their).await {
            Ok(talk) => talk,
            Err(MessengerError::Gone) => return Ok(Took::Gone),
            Err(error) => return Err(failed(&error)),
        };
        let known = self.known(role.processor(), their).await?;
        let account = match (&known, self.whose(role.processor(), talk.person.as_ref()).await?) {
            (_, Whose::Gone) => {
                self.erase_again(role, their, talk.person.as_ref()).await?;
                return Ok(Took::Gone);
            }
            // What began signed out is never tied to an account later.
            (Some(row), _) => row.account_id.clone(),
            (None, Whose::Account(account)) => Some(account.to_string()),
            (None, Whose::Visitor) => None,
        };
        if known.is_none() && talk.parts.iter().all(|part| words(part).is_empty()) {
            return Ok(Took::Held);
        }
        let ours = studio.conversations();
        let key = match ours.key_of(account.as_deref()).await {
            Ok(key) => key,
            Err(error) if matches!(error.code(), "account-not-found" | "purpose-not-allowed") => {
                return Ok(Took::NotNow);
            }
            Err(error) => return Err(error),
        };
        // Whoever is signed out is answered there.
        let askers = match account.clone().map(AccountId::stored) {
            Some(account) => self.askers(role.processor(), their, known.as_ref(), &account, &talk).await?,
            None => BTreeMap::new(),
        };
        let tx = studio.db().begin().await?;
        let id = match known {
            Some(row) => row.conversation_id,
            None => self.begin(&tx, role.processor(), their, account.as_deref(), &talk).await?,
        };
        let Some(conversation) = hold(&tx, &id).await? else { return Ok(Took::Gone) };
        let (mut waiting, mut spoke, mut new) = (conversation.waiting_since_ms, false, 0);
        let noted = noted(&tx, &id).await?;
        let mut had: BTreeSet<Vec<u8>> = noted.iter().filter_map(|row| row.their_index.clone()).collect();
        let mut ours_alone = alone(&ours, &tx, &key, &noted).await?;
        for part in &talk.parts {
            let words = words(part);
            let index = self.part_index(role.processor(), their, part);
            if words.is_empty() || !had.insert(index.clone()) {
                continue;
            }
            let same = |(_, own): &(i64, String)| is_same(own, words);
            if part.author == TalkAuthor::Staff
                && let Some(at) = ours_alone.iter().position(same)
            {
                arrived(&tx, &id, ours_alone.remove(at).0, index).await?;
                continue;
            }
            let at_ms = part.at_s.saturating_mul(SECOND_MS);
            let author = match part.author {
                TalkAuthor::Person => {
                    spoke = true;
                    waiting = waiting.or(Some(at_ms));
                    Author::Person
                }
                TalkAuthor::Staff => {
                    waiting = None;
                    Author::Staff
                }
            };
            let place = ours.add(&tx, (&id, &key), author, words, at_ms).await?;
            if let Some(asker) = askers.get(&index) {
                studio.enquiries().take_said(&tx, asker, &id, words, at_ms).await?;
            }
            note(&tx, &id, place, Some(index), None).await?;
            new += 1;
        }
        if new > 0 {
            keep_state(&tx, &conversation, spoke, waiting).await?;
        }
        if talk.is_closed && (spoke || conversation.state == State::Open) {
            desk::close(&tx, &id, studio.now_ms()).await?;
        }
        if let Some(at_s) = updated_at_s {
            let seen_s = at_s.min(studio.now_ms() / SECOND_MS - SETTLED_S);
            outside_conversations::Entity::update_many()
                .col_expr(outside_conversations::Column::SeenS, Expr::value(seen_s))
                .filter(outside_conversations::Column::ConversationId.eq(id.as_str()))
                .exec(&tx)
                .await?;
        }
        tx.commit().await?;
        if new > 0 && account.is_some() {
            ours.tell(Conversations::known_by(account.as_deref(), None));
        }
        Ok(Took::Held)
    }

    /// Who asks in each part that is a request of its person and is not kept here yet, by what the part is known by. It is
    /// found out before the database is held.
    async fn askers(
        &self,
        processor: ProcessorId,
        their: &str,
        known: Option<&outside_conversations::Model>,
        account: &AccountId,
        talk: &Talk,
    ) -> Result<BTreeMap<Vec<u8>, Asker>> {
        let studio = self.studio;
        let kept = match known {
            Some(row) => noted(studio.db().write(), &row.conversation_id).await?,
            None => Vec::new(),
        };
        let kept: BTreeSet<Vec<u8>> = kept.into_iter().filter_map(|row| row.their_index).collect();
        let mut askers = BTreeMap::new();
        for part in talk.parts.iter().filter(|part| part.author == TalkAuthor::Person) {
            let index = self.part_index(processor, their, part);
            if kept.contains(&index) {
                continue;
            }
            if let Some(asker) = studio.enquiries().asker(Some(account), "", words(part)).await? {
                askers.insert(index, asker);
            }
        }
        Ok(askers)
    }

    /// What a part of a conversation is known by here.
    fn part_index(&self, processor: ProcessorId, their: &str, part: &TalkPart) -> Vec<u8> {
        self.index(processor, &format!("{their}/{}", part.id))
    }

    /// Somebody whom we let go of is there again: a page that was still open made them anew.
    async fn erase_again(&self, role: &dyn Role, their: &str, person: Option<&SupportId>) -> Result<()> {
        let studio = self.studio;
        if let (Some(erases), Some(id)) = (studio.connected().erases.get(&role.processor()), person) {
            let id = id.for_purpose::<purpose::Support>();
            let asked = erases.erase(id, studio.now_ms() / SECOND_MS).await;
            asked.map_err(|error| Error::unavailable("messenger-away", error))?;
        }
        match role.erase_conversation(their).await {
            Ok(()) | Err(MessengerError::Gone) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Whom a conversation is with: an account by the id that we gave it, otherwise a visitor.
    async fn whose(&self, processor: ProcessorId, person: Option<&SupportId>) -> Result<Whose> {
        let studio = self.studio;
        let Some(id) = person.map(|person| person.for_purpose::<purpose::Support>()) else {
            return Ok(Whose::Visitor);
        };
        match studio.handles().owner(processor, id).await? {
            Some(account) => {
                let held = studio.handles().of(studio.db().read(), &account, processor, None).await?;
                Ok(if held.contains(id) { Whose::Account(account) } else { Whose::Gone })
            }
            None if id.starts_with(OURS) => Ok(Whose::Gone),
            None => Ok(Whose::Visitor),
        }
    }

    /// Begins the copy of a conversation.
    async fn begin(
        &self,
        tx: &impl ConnectionTrait,
        processor: ProcessorId,
        their: &str,
        account: Option<&str>,
        talk: &Talk,
    ) -> Result<String> {
        let studio = self.studio;
        let (id, now) = (studio.new_id(), studio.now_ms());
        let page = talk.page.as_ref().map(|page| page.for_purpose::<purpose::Support>().as_str());
        let page = page.filter(|page| page.starts_with('/') && page.len() <= PAGE_BYTES_MAX).unwrap_or("/");
        let row = conversations::ActiveModel {
            id: Set(id.clone()),
            page: Set(page.to_owned()),
            device_hash: Set(None),
            session_hash: Set(None),
            account_id: Set(account.map(str::to_owned)),
            state: Set(State::Open),
            created_at_ms: Set(talk.parts.first().map_or(now, |part| part.at_s.saturating_mul(SECOND_MS))),
            waiting_since_ms: Set(None),
            closed_at_ms: Set(None),
        };
        conversations::Entity::insert(row).exec_without_returning(tx).await?;
        let sealed = studio.vault().seal_field(studio.house_key(), &place(&id), their.as_bytes());
        let row = outside_conversations::ActiveModel {
            conversation_id: Set(id.clone()),
            account_id: Set(account.map(str::to_owned)),
            processor: Set(processor.to_string()),
            their_sealed: Set(sealed),
            their_index: Set(self.index(processor, their)),
            seen_s: Set(0),
        };
        outside_conversations::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(id)
    }
}

/// Conversations that could not be read, each with its own next time.
struct Misses<'a> {
    messenger: &'a Messenger<'a>,
    role: &'a dyn Role,
}

impl Due for Misses<'_> {
    type Row = outside_misses::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<outside_misses::Model>> {
        let due = outside_misses::Entity::find()
            .filter(outside_misses::Column::Processor.eq(self.role.processor().as_str()))
            .filter(outside_misses::Column::NextAtMs.lte(until_ms))
            .order_by_asc(outside_misses::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.messenger.studio.db().write()).await?)
    }

    async fn see_to(&self, row: &outside_misses::Model) -> Result<()> {
        let their = self.messenger.opened(&miss_place(&row.id), &row.their_sealed)?;
        self.messenger.take_in(self.role, &their, None).await?;
        let read = outside_misses::Entity::delete_by_id(row.id.as_str());
        read.exec(self.messenger.studio.db().write()).await?;
        Ok(())
    }

    async fn put_off(&self, row: &outside_misses::Model, why: &Error) -> Result<()> {
        let studio = self.messenger.studio;
        if row.tries >= MISS_TRIES_MAX {
            let processor = row.processor.as_str();
            tracing::error!(processor, problem = why.code(), "a conversation was never read and is given up");
            outside_misses::Entity::delete_by_id(row.id.as_str()).exec(studio.db().write()).await?;
            return Ok(());
        }
        outside_misses::Entity::update_many()
            .col_expr(outside_misses::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(
                outside_misses::Column::NextAtMs,
                Expr::value(studio.now_ms().saturating_add(wait_ms(row.tries, None))),
            )
            .filter(outside_misses::Column::Id.eq(row.id.as_str()))
            .exec(studio.db().write())
            .await?;
        Ok(())
    }
}

fn miss_place(id: &str) -> Place<'_> {
    Place { table: "outside_misses", row: id, column: "their" }
}

/// Takes our copy's row for the rest of a transaction. None: it was deleted.
async fn hold(tx: &impl ConnectionTrait, id: &str) -> Result<Option<conversations::Model>> {
    conversations::Entity::update_many()
        .col_expr(conversations::Column::Page, Expr::col(conversations::Column::Page))
        .filter(conversations::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(conversations::Entity::find_by_id(id).one(tx).await?)
}

async fn noted(tx: &impl ConnectionTrait, id: &str) -> Result<Vec<outside_messages::Model>> {
    let noted = outside_messages::Entity::find()
        .filter(outside_messages::Column::ConversationId.eq(id))
        .order_by_asc(outside_messages::Column::Place)
        .all(tx)
        .await?;
    Ok(noted)
}

/// Answers of ours that were not found there so far: their places and words.
async fn alone(
    ours: &Conversations<'_>,
    tx: &impl ConnectionTrait,
    key: &DataKey,
    noted: &[outside_messages::Model],
) -> Result<Vec<(i64, String)>> {
    let mut alone = Vec::new();
    for row in noted.iter().filter(|row| row.their_index.is_none()) {
        let id = (row.conversation_id.clone(), row.place);
        if let Some(said) = messages::Entity::find_by_id(id).one(tx).await? {
            alone.push((row.place, ours.line(key, said)?.words));
        }
    }
    Ok(alone)
}

/// Notes that an answer of ours is there.
async fn arrived(tx: &impl ConnectionTrait, id: &str, place: i64, index: Vec<u8>) -> Result<()> {
    outside_messages::Entity::update_many()
        .col_expr(outside_messages::Column::TheirIndex, Expr::value(Some(index)))
        .col_expr(outside_messages::Column::NextAtMs, Expr::value(None::<i64>))
        .col_expr(outside_messages::Column::Problem, Expr::value(None::<String>))
        .filter(outside_messages::Column::ConversationId.eq(id))
        .filter(outside_messages::Column::Place.eq(place))
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes a message: which one it is there, or when it is to be sent.
pub(super) async fn note(
    tx: &impl ConnectionTrait,
    id: &str,
    place: i64,
    index: Option<Vec<u8>>,
    next_at_ms: Option<i64>,
) -> Result<()> {
    let row = outside_messages::ActiveModel {
        conversation_id: Set(id.to_owned()),
        place: Set(place),
        their_index: Set(index),
        sent_at_ms: Set(None),
        next_at_ms: Set(next_at_ms),
        tries: Set(0),
        problem: Set(None),
    };
    outside_messages::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// After something was added: a person who writes again opens a closed conversation; otherwise it stays closed, and
/// what was added is kept as long as the rest.
async fn keep_state(
    tx: &impl ConnectionTrait,
    conversation: &conversations::Model,
    spoke: bool,
    waiting: Option<i64>,
) -> Result<()> {
    let id = conversation.id.as_str();
    let is_open = spoke || conversation.state == State::Open;
    let closed_at_ms = conversation.closed_at_ms.filter(|_| !is_open);
    if is_open {
        conversations::Entity::update_many()
            .col_expr(conversations::Column::State, Expr::value(State::Open))
            .col_expr(conversations::Column::ClosedAtMs, Expr::value(None::<i64>))
            .col_expr(conversations::Column::WaitingSinceMs, Expr::value(waiting))
            .filter(conversations::Column::Id.eq(id))
            .exec(tx)
            .await?;
    }
    messages::Entity::update_many()
        .col_expr(messages::Column::ClosedAtMs, Expr::value(closed_at_ms))
        .filter(messages::Column::ConversationId.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

fn words(part: &TalkPart) -> &str {
    part.words.for_purpose::<purpose::Support>().trim()
}

/// Whether two texts say the same; how lines are broken is not kept on the way.
fn is_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}
