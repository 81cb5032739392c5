//! What processors have of an account: by which handle they know it, kept from the moment something is sent, and
//! deleted last.
//!
//! Letting go of a handle has the processor delete what it names; that is tried until it is done, and leaves a receipt.
//! It is the one way in which anything is deleted outside: when a film or a photo goes, when a consent is withdrawn,
//! when an account is erased.

pub(crate) mod rows;

use policy::ProcessorId;
use processors::role::{EraseError, Erased};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::erasure;
use crate::{AccountId, Error, Result, Studio, id_type, keys};
use rows::{handles, receipts};

id_type!(
    /// A handle.
    HandleId
);

/// A deletion outside that takes longer than this alarms.
pub const LATE_MS: i64 = DAY_MS;
/// The longest wait between two tries.
const WAIT_MAX_MS: i64 = 6 * HOUR_MS;
/// Handles looked at in one go.
const BATCH: u64 = 100;
/// Lines that the desk shows.
const SHOWN: u64 = 200;
/// Longest number of an answer in writing, in characters.
const NUMBER_CHARS_MAX: usize = 80;

/// What is let go of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    /// All that belongs to a film, a photo, …, by its id.
    About(&'a str),
    /// One alone, by the handle itself.
    One(ProcessorId, &'a str),
    /// All that a processor has.
    At(ProcessorId),
    /// Everything.
    All,
}

/// A deletion that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// Its handle's id.
    pub id: HandleId,
    /// Where.
    pub processor: String,
    /// Since when.
    pub since_ms: i64,
    /// How often it was tried.
    pub tries: u32,
    /// What is in the way, in words; nothing personal.
    pub problem: Option<String>,
    /// The letter that has to be sent, where the processor can only be asked in writing.
    pub letter: Option<String>,
    /// Whether it takes longer than it may.
    pub is_late: bool,
}

/// A deletion that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where.
    pub processor: String,
    /// When it was asked for first.
    pub asked_at_ms: i64,
    /// When it was done.
    pub done_at_ms: i64,
    /// The processor's number of it, or how it is known.
    pub receipt: String,
}

/// Handles of a studio.
#[derive(Clone, Copy)]
pub struct Handles<'a> {
    studio: &'a Studio,
}

impl<'a> Handles<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Notes the handle under which a processor has, or is about to get, something of an account. Noted again, it
    /// stays as it is; one that was let go of is kept again.
    pub(crate) async fn note(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        processor: ProcessorId,
        about: Option<&str>,
        handle: &str,
    ) -> Result<()> {
        let studio = self.studio;
        let (_, key) = keys::of_account(db, studio.vault(), account).await?;
        let id = studio.new_id();
        let row = handles::ActiveModel {
            id: Set(id.clone()),
            account_id: Set(account.to_string()),
            processor: Set(processor.to_string()),
            about: Set(about.map(str::to_owned)),
            handle_sealed: Set(studio.vault().seal_field(&key, &place(&id, "handle"), handle.as_bytes())),
            handle_index: Set(self.index(processor, handle)),
            given_at_ms: Set(studio.now_ms()),
            going_at_ms: Set(None),
            task_sealed: Set(None),
            problem: Set(None),
            tries: Set(0),
            next_at_ms: Set(0),
        };
        let keep = OnConflict::columns([handles::Column::AccountId, handles::Column::HandleIndex])
            .value(handles::Column::GoingAtMs, Expr::value(None::<i64>))
            .value(handles::Column::TaskSealed, Expr::value(None::<Vec<u8>>))
            .to_owned();
        handles::Entity::insert(row).on_conflict(keep).exec_without_returning(db).await?;
        Ok(())
    }

    /// A processor told its own handle for what it got under one that was made before: that takes the other's place,
    /// unless it was let go of already.
    pub(crate) async fn renamed(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        processor: ProcessorId,
        about: Option<&str>,
        [before, after]: [&str; 2],
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        self.note(db, account, processor, about, after).await?;
        handles::Entity::delete_many()
            .filter(handles::Column::AccountId.eq(account.as_str()))
            .filter(handles::Column::HandleIndex.eq(self.index(processor, before)))
            .filter(handles::Column::GoingAtMs.is_null())
            .exec(db)
            .await?;
        Ok(())
    }

    /// The handles under which a processor has something of an account, and which are not let go of; oldest first.
    pub(crate) async fn of(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        processor: ProcessorId,
        about: Option<&str>,
    ) -> Result<Vec<String>> {
        let mut found = handles::Entity::find()
            .filter(handles::Column::AccountId.eq(account.as_str()))
            .filter(handles::Column::Processor.eq(processor.as_str()))
            .filter(handles::Column::GoingAtMs.is_null())
            .order_by_asc(handles::Column::Id);
        if let Some(about) = about {
            found = found.filter(handles::Column::About.eq(about));
        }
        let rows = found.all(db).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let (_, key) = keys::of_account(db, self.studio.vault(), account).await?;
        rows.iter().map(|row| self.opened(&key, &row.id, "handle", &row.handle_sealed)).collect()
    }

    /// The account that a processor knows by a handle, if it is one of ours.
    pub(crate) async fn owner(&self, processor: ProcessorId, handle: &str) -> Result<Option<AccountId>> {
        let row = handles::Entity::find()
            .filter(handles::Column::HandleIndex.eq(self.index(processor, handle)))
            .order_by_desc(handles::Column::Id)
            .one(self.studio.db().read())
            .await?;
        Ok(row.map(|row| AccountId::stored(row.account_id)))
    }

    /// Lets go: what the handles name is deleted at the processors, from now on until it is done.
    pub(crate) async fn let_go(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        which: Which<'_>,
    ) -> Result<()> {
        let mut going = handles::Entity::update_many()
            .col_expr(handles::Column::GoingAtMs, Expr::value(self.studio.now_ms()))
            .col_expr(handles::Column::Tries, Expr::value(0))
            .col_expr(handles::Column::NextAtMs, Expr::value(0_i64))
            .filter(handles::Column::AccountId.eq(account.as_str()))
            .filter(handles::Column::GoingAtMs.is_null());
        match which {
            Which::About(about) => going = going.filter(handles::Column::About.eq(about)),
            Which::One(processor, handle) => {
                going = going.filter(handles::Column::HandleIndex.eq(self.index(processor, handle)));
            }
            Which::At(processor) => {
                going = going.filter(handles::Column::Processor.eq(processor.as_str()));
            }
            Which::All => {}
        }
        if going.exec(db).await?.rows_affected > 0 {
            crate::jobs::ask(db, self.studio, crate::jobs::Job::SeeToProcessors).await?;
        }
        Ok(())
    }

    /// Whether no processor has anything of an account any more.
    pub(crate) async fn are_gone(&self, account: &AccountId) -> Result<bool> {
        let left = handles::Entity::find().filter(handles::Column::AccountId.eq(account.as_str()));
        Ok(left.one(self.studio.db().write()).await?.is_none())
    }

    /// Goes on with the deletions that are due. One that fails holds up no other.
    pub(crate) async fn carry_on(&self) -> Result<()> {
        loop {
            let due = handles::Entity::find()
                .filter(handles::Column::GoingAtMs.is_not_null())
                .filter(handles::Column::NextAtMs.lte(self.studio.now_ms()))
                .order_by_asc(handles::Column::NextAtMs)
                .limit(BATCH)
                .all(self.studio.db().read())
                .await?;
            if due.is_empty() {
                return Ok(());
            }
            for row in due {
                self.try_now(row).await?;
            }
        }
    }

    /// How many deletions take longer than they may.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn late(&self) -> Result<u64> {
        let since = self.studio.now_ms() - LATE_MS;
        let late = handles::Entity::find().filter(handles::Column::GoingAtMs.lt(since));
        Ok(late.count(self.studio.db().read()).await?)
    }

    /// The deletions that are not done, the oldest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn going(&self) -> Result<Vec<Going>> {
        let rows = handles::Entity::find()
            .filter(handles::Column::GoingAtMs.is_not_null())
            .order_by_asc(handles::Column::GoingAtMs)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        let mut going = Vec::new();
        for row in rows {
            let since_ms = row.going_at_ms.unwrap_or_default();
            let letter = match row.task_sealed.as_deref() {
                Some(sealed) if row.problem.as_deref() == Some(IN_WRITING) => {
                    let account = AccountId::stored(row.account_id.clone());
                    let (_, key) =
                        keys::of_account(self.studio.db().read(), self.studio.vault(), &account).await?;
                    Some(self.opened(&key, &row.id, "task", sealed)?)
                }
                _ => None,
            };
            going.push(Going {
                id: HandleId::stored(row.id),
                processor: row.processor,
                since_ms,
                tries: row.tries.unsigned_abs(),
                problem: row.problem,
                letter,
                is_late: self.studio.now_ms() - since_ms > LATE_MS,
            });
        }
        Ok(going)
    }

    /// The last deletions that were done, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn receipts(&self) -> Result<Vec<Receipt>> {
        let rows = receipts::Entity::find()
            .order_by_desc(receipts::Column::Id)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        let receipt = |row: receipts::Model| Receipt {
            processor: row.processor,
            asked_at_ms: row.asked_at_ms,
            done_at_ms: row.done_at_ms,
            receipt: row.receipt,
        };
        Ok(rows.into_iter().map(receipt).collect())
    }

    /// Notes that a processor confirmed in writing what it was asked in writing, with its number.
    ///
    /// # Errors
    /// `handle-not-found`; `number-missing`.
    pub async fn confirmed(&self, id: &HandleId, number: &str) -> Result<()> {
        let number = number.trim();
        if number.is_empty() || number.chars().count() > NUMBER_CHARS_MAX {
            return Err(Error::refused("number-missing", "Please enter the number of their confirmation."));
        }
        let row = handles::Entity::find_by_id(id.as_str()).one(self.studio.db().read()).await?;
        match row {
            Some(row) if row.problem.as_deref() == Some(IN_WRITING) => self.done(&row, number).await,
            _ => Err(Error::not_found("handle-not-found")),
        }
    }

    async fn try_now(&self, row: handles::Model) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let (_, key) = keys::of_account(studio.db().read(), studio.vault(), &account).await?;
        let handle = self.opened(&key, &row.id, "handle", &row.handle_sealed)?;
        let role =
            row.processor.parse::<ProcessorId>().ok().and_then(|id| studio.connected().erases.get(&id));
        let Some(role) = role else {
            // Better an alarm than a gap.
            let problem =
                "it is not connected any more: switch it on again until everything is deleted there";
            return self.again(&row, Some(problem), None, None).await;
        };
        let (now_s, task) = (studio.now_ms() / SECOND_MS, row.task_sealed.as_deref());
        let asked = match task {
            Some(task) if row.problem.as_deref() != Some(IN_WRITING) => {
                let task = self.opened(&key, &row.id, "task", task)?;
                role.standing(&handle, &task, now_s).await
            }
            _ => role.erase(&handle, now_s).await,
        };
        let sealed = |text: &str| studio.vault().seal_field(&key, &place(&row.id, "task"), text.as_bytes());
        match asked {
            Ok(Erased::Done { receipt }) => self.done(&row, &receipt).await,
            Ok(Erased::UnderWay { task, again_s }) => {
                self.again(&row, None, Some(sealed(&task)), Some(again_s)).await
            }
            Ok(Erased::InWriting { letter }) => {
                self.again(&row, Some(IN_WRITING), Some(sealed(&letter)), None).await
            }
            Err(EraseError::Away { why, after_s }) => {
                self.again(&row, Some(&why), row.task_sealed.clone(), after_s).await
            }
            // What was under way may be lost there: it is asked for anew.
            Err(EraseError::Refused(why)) => self.again(&row, Some(&why), None, None).await,
        }
    }

    async fn again(
        &self,
        row: &handles::Model,
        problem: Option<&str>,
        task: Option<Vec<u8>>,
        after_s: Option<u64>,
    ) -> Result<()> {
        let now = self.studio.now_ms();
        let tries = i64::from(row.tries) + 1;
        let after =
            after_s.and_then(|seconds| i64::try_from(seconds).ok()).map(|seconds| seconds * SECOND_MS);
        let wait = after.unwrap_or(tries * tries * MINUTE_MS).clamp(SECOND_MS, WAIT_MAX_MS);
        if now - row.going_at_ms.unwrap_or(now) > LATE_MS {
            let (processor, problem) = (row.processor.as_str(), problem.unwrap_or("it takes its time"));
            tracing::error!(processor, problem, "a deletion at a processor is late");
        }
        handles::Entity::update_many()
            .col_expr(handles::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(handles::Column::Problem, Expr::value(problem))
            .col_expr(handles::Column::TaskSealed, Expr::value(task))
            .col_expr(handles::Column::NextAtMs, Expr::value(now + wait))
            .filter(handles::Column::Id.eq(row.id.as_str()))
            .filter(handles::Column::GoingAtMs.is_not_null())
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn done(&self, row: &handles::Model, receipt: &str) -> Result<()> {
        let studio = self.studio;
        let (now, account) = (studio.now_ms(), AccountId::stored(row.account_id.clone()));
        let tx = studio.db().begin().await?;
        let gone = handles::Entity::delete_many()
            .filter(handles::Column::Id.eq(row.id.as_str()))
            .filter(handles::Column::GoingAtMs.is_not_null())
            .exec(&tx)
            .await?;
        if gone.rows_affected == 1 {
            let receipt = receipts::ActiveModel {
                id: Set(studio.new_id()),
                processor: Set(row.processor.clone()),
                erasure_id: Set(erasure::under_way(&tx, &account).await?),
                asked_at_ms: Set(row.going_at_ms.unwrap_or(now)),
                done_at_ms: Set(now),
                receipt: Set(receipt.to_owned()),
            };
            receipts::Entity::insert(receipt).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    fn index(&self, processor: ProcessorId, handle: &str) -> Vec<u8> {
        self.studio.0.house.index.of(processor.as_str(), handle.as_bytes()).to_vec()
    }

    fn opened(&self, key: &DataKey, row: &str, column: &str, sealed: &[u8]) -> Result<String> {
        let plain = self.studio.vault().open_field(key, &place(row, column), sealed)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

/// What is noted of a deletion that somebody has to ask for in writing.
const IN_WRITING: &str = "it can only be asked in writing: see its letter";

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "handles", row, column }
}

#[cfg(test)]
mod tests;
