//! What processors have of an account: by which handle they know it, kept from the moment something is sent, and
//! deleted last.
//!
//! Letting go of a handle has the processor delete what it names; that is tried until it is done, and leaves a receipt.
//! It is the one way in which anything is deleted outside: when a film or a photo goes, when a consent is withdrawn,
//! when an account is erased. Of people without an account a handle is kept only while what it names is being deleted.

pub(crate) mod rows;

use policy::ProcessorId;
use processors::role::{Erased, Trouble};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, ConnectionTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use crate::accounts::rows::State;
use crate::clock::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::due::{Due, wait_ms, work_off};
use crate::erasure;
use crate::jobs::{self, Job};
use crate::keys::Key;
use crate::{AccountId, Error, Result, Studio, boxed, id_type, keys};
use rows::{handles, receipts};

id_type!(
    /// A handle.
    HandleId
);

/// A deletion outside that takes longer than this alarms.
pub const LATE_MS: i64 = DAY_MS;
/// The same where the processor can only be asked in writing: somebody has to send a letter and enter what is answered.
pub const LETTER_MS: i64 = 5 * DAY_MS;
/// The same where the processor itself says that it takes long.
pub const LONG_MS: i64 = 30 * DAY_MS;
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
    /// stays as it is; one that was let go of is kept again. Of an account that is being erased nothing is kept any
    /// more: what was under way when that began is let go of at once.
    pub(crate) async fn note(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        processor: ProcessorId,
        about: Option<&str>,
        handle: &str,
    ) -> Result<()> {
        let studio = self.studio;
        let (owner, key) = keys::of_account(db, studio.vault(), account).await?;
        let going_at_ms = (owner.state == State::Erasing).then(|| studio.now_ms());
        let row = handles::ActiveModel {
            account_id: Set(Some(account.to_string())),
            about: Set(about.map(str::to_owned)),
            going_at_ms: Set(going_at_ms),
            ..self.given(&key, processor, handle)
        };
        let keep = OnConflict::columns([handles::Column::AccountId, handles::Column::HandleIndex])
            .value(handles::Column::About, Expr::value(about.map(str::to_owned)))
            .value(handles::Column::GoingAtMs, Expr::value(going_at_ms))
            .value(handles::Column::TaskSealed, Expr::value(None::<Vec<u8>>))
            .value(handles::Column::LetterSealed, Expr::value(None::<Vec<u8>>))
            .value(handles::Column::Problem, Expr::value(None::<String>))
            .value(handles::Column::Tries, Expr::value(0))
            .value(handles::Column::NextAtMs, Expr::value(0_i64))
            .to_owned();
        handles::Entity::insert(row).on_conflict(keep).exec_without_returning(db).await?;
        if going_at_ms.is_some() {
            jobs::ask(db, studio, Job::SeeToProcessors).await?;
        }
        Ok(())
    }

    /// Has a processor delete what it got of somebody who has no account, from now on until it is done. Asked for again
    /// before that, it is one deletion.
    pub(crate) async fn delete(
        &self,
        tx: &impl ConnectionTrait,
        processor: ProcessorId,
        handle: &str,
    ) -> Result<()> {
        let studio = self.studio;
        let row = handles::ActiveModel {
            account_id: Set(None),
            going_at_ms: Set(Some(studio.now_ms())),
            ..self.given(studio.house_key(), processor, handle)
        };
        let once = OnConflict::new().do_nothing().to_owned();
        handles::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await?;
        jobs::ask(tx, studio, Job::SeeToProcessors).await
    }

    /// Lets go of what arrived at a processor when nobody wanted it any more. Its deletion may have come before it, so it
    /// is noted once more.
    #[boxed]
    pub(crate) async fn let_go_late(
        &self,
        account: &AccountId,
        processor: ProcessorId,
        about: &str,
        handle: &str,
    ) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        let noted = self.note(&tx, account, processor, Some(about), handle).await;
        match noted {
            Ok(()) => {
                self.let_go(&tx, account, Which::One(processor, handle)).await?;
                Ok(tx.commit().await?)
            }
            // The account is gone too: there is nobody left to note it for.
            Err(error) if error.code() == "account-not-found" => {
                tx.rollback().await?;
                self.delete(self.studio.db().write(), processor, handle).await
            }
            Err(error) => Err(error),
        }
    }

    /// A handle that was just given; whose it is is not said.
    fn given(&self, key: &DataKey, processor: ProcessorId, handle: &str) -> handles::ActiveModel {
        let (studio, id) = (self.studio, self.studio.new_id());
        handles::ActiveModel {
            handle_sealed: Set(studio.vault().seal_field(key, &place(&id, "handle"), handle.as_bytes())),
            id: Set(id),
            processor: Set(processor.to_string()),
            handle_index: Set(self.index(processor, handle)),
            given_at_ms: Set(studio.now_ms()),
            about: Set(None),
            task_sealed: Set(None),
            letter_sealed: Set(None),
            problem: Set(None),
            tries: Set(0),
            next_at_ms: Set(0),
            ..Default::default()
        }
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
    #[boxed]
    pub(crate) async fn owner(&self, processor: ProcessorId, handle: &str) -> Result<Option<AccountId>> {
        let row = handles::Entity::find()
            .filter(handles::Column::HandleIndex.eq(self.index(processor, handle)))
            .filter(handles::Column::AccountId.is_not_null())
            .order_by_desc(handles::Column::Id)
            .one(self.studio.db().read())
            .await?;
        Ok(row.and_then(|row| row.account_id).map(AccountId::stored))
    }

    /// Whether a handle of an account is noted and not let go of.
    #[boxed]
    pub(crate) async fn stands(
        &self,
        account: &AccountId,
        processor: ProcessorId,
        handle: &str,
    ) -> Result<bool> {
        let standing = handles::Entity::find()
            .filter(handles::Column::AccountId.eq(account.as_str()))
            .filter(handles::Column::HandleIndex.eq(self.index(processor, handle)))
            .filter(handles::Column::GoingAtMs.is_null());
        Ok(standing.one(self.studio.db().write()).await?.is_some())
    }

    /// Whether the deletion of what a handle names is asked for, and not done.
    pub(crate) async fn is_going(
        &self,
        db: &impl ConnectionTrait,
        processor: ProcessorId,
        handle: &str,
    ) -> Result<bool> {
        let going = handles::Entity::find()
            .filter(handles::Column::HandleIndex.eq(self.index(processor, handle)))
            .filter(handles::Column::GoingAtMs.is_not_null());
        Ok(going.one(db).await?.is_some())
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
            jobs::ask(db, self.studio, Job::SeeToProcessors).await?;
        }
        Ok(())
    }

    /// Whether no processor has anything of an account any more.
    #[boxed]
    pub(crate) async fn are_gone(&self, account: &AccountId) -> Result<bool> {
        let left = handles::Entity::find().filter(handles::Column::AccountId.eq(account.as_str()));
        Ok(left.one(self.studio.db().write()).await?.is_none())
    }

    /// Whether any deletion is not done, whoever's it is.
    #[boxed]
    pub(crate) async fn are_any_going(&self) -> Result<bool> {
        let going = handles::Entity::find().filter(handles::Column::GoingAtMs.is_not_null());
        Ok(going.one(self.studio.db().read()).await?.is_some())
    }

    /// Goes on with the deletions that are due. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        work_off(self, self.studio.now_ms()).await
    }

    /// How many deletions take longer than they may, those of requests that no order knows among them.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn late(&self) -> Result<u64> {
        use handles::Column::{GoingAtMs, LetterSealed, TaskSealed};
        let now = self.studio.now_ms();
        // The rule of `may_take_ms`, in the database's words.
        let is_over = |may_take_ms: i64| GoingAtMs.lt(now - may_take_ms);
        let no_task = || Condition::all().add(TaskSealed.is_null());
        let late = Condition::any()
            .add(is_over(LONG_MS))
            .add(no_task().add(is_over(LETTER_MS)))
            .add(no_task().add(LetterSealed.is_null()).add(is_over(LATE_MS)));
        let late = handles::Entity::find().filter(late);
        let strays = self.studio.generated().late_strays().await?.len() as u64;
        Ok(late.count(self.studio.db().read()).await? + strays)
    }

    /// The deletions that are not done, the oldest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn going(&self) -> Result<Vec<Going>> {
        let rows = handles::Entity::find()
            .filter(handles::Column::GoingAtMs.is_not_null())
            .order_by_asc(handles::Column::GoingAtMs)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        let (now, mut going) = (self.studio.now_ms(), Vec::new());
        for row in rows {
            // One that does not open must not hide the others.
            let (letter, problem) = match self.letter(&row).await {
                Ok(letter) => (letter, row.problem.clone()),
                Err(error) => (None, Some(error.to_string())),
            };
            going.push(Going {
                is_late: is_late(&row, now),
                id: HandleId::stored(row.id),
                processor: row.processor,
                since_ms: row.going_at_ms.unwrap_or_default(),
                tries: row.tries.unsigned_abs(),
                problem,
                letter,
            });
        }
        Ok(going)
    }

    /// The last deletions that were done, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
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
    #[boxed]
    pub async fn confirmed(&self, id: &HandleId, number: &str) -> Result<()> {
        let number = number.trim();
        if number.is_empty() || number.chars().count() > NUMBER_CHARS_MAX {
            return Err(Error::refused("number-missing", "Please enter the number of their confirmation."));
        }
        let row = handles::Entity::find_by_id(id.as_str()).one(self.studio.db().read()).await?;
        match row {
            Some(row) if row.going_at_ms.is_some() && row.letter_sealed.is_some() => {
                self.done(&row, number).await
            }
            _ => Err(Error::not_found("handle-not-found")),
        }
    }

    async fn try_now(&self, row: &handles::Model) -> Result<()> {
        let studio = self.studio;
        let key = self.key(row).await?;
        let handle = self.opened(&key, &row.id, "handle", &row.handle_sealed)?;
        let role =
            row.processor.parse::<ProcessorId>().ok().and_then(|id| studio.connected().erases.get(&id));
        // What is said in writing stays until it is answered, whatever else is said meanwhile.
        let letter = row.letter_sealed.clone();
        let Some(role) = role else {
            // Better an alarm than a gap.
            let problem =
                "it is not connected any more: switch it on again until everything is deleted there";
            return self.again(row, Next { problem: Some(problem), letter, ..Next::default() }).await;
        };
        let now_s = studio.now_ms() / SECOND_MS;
        // A task that does not open is as good as none.
        let task = row.task_sealed.as_deref();
        let task = task.and_then(|task| self.opened(&key, &row.id, "task", task).ok());
        let asked = match &task {
            Some(task) => role.standing(&handle, task, now_s).await,
            None => role.erase(&handle, now_s).await,
        };
        let sealed = |column: &str, text: &str| {
            Some(studio.vault().seal_field(&key, &place(&row.id, column), text.as_bytes()))
        };
        match asked {
            Ok(Erased::Done { receipt }) => self.done(row, &receipt).await,
            Ok(Erased::UnderWay { task, again_s }) => {
                let (task, after_s) = (sealed("task", &task), Some(again_s));
                self.again(row, Next { task, after_s, ..Next::default() }).await
            }
            Ok(Erased::InWriting { letter }) => {
                let (problem, letter) = (Some(IN_WRITING), sealed("letter", &letter));
                self.again(row, Next { problem, letter, ..Next::default() }).await
            }
            Err(Trouble::Away { why, after_s }) => {
                let (problem, task) = (Some(why.as_str()), row.task_sealed.clone());
                self.again(row, Next { problem, task, letter, after_s }).await
            }
            // What was under way may be lost there: it is asked for anew.
            Err(Trouble::Refused(why)) => {
                self.again(row, Next { problem: Some(&why), letter, ..Next::default() }).await
            }
        }
    }

    async fn again(&self, row: &handles::Model, next: Next<'_>) -> Result<()> {
        let now = self.studio.now_ms();
        let next_at_ms = now + wait_ms(MINUTE_MS, row.tries, next.after_s);
        let tried = handles::Model {
            task_sealed: next.task,
            letter_sealed: next.letter,
            problem: next.problem.map(str::to_owned),
            ..row.clone()
        };
        if is_late(&tried, now) {
            let (processor, problem) = (row.processor.as_str(), next.problem.unwrap_or("it takes its time"));
            tracing::error!(processor, problem, "a deletion at a processor is late");
        }
        still_going(handles::Entity::update_many(), row)
            .col_expr(handles::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(handles::Column::Problem, Expr::value(tried.problem))
            .col_expr(handles::Column::TaskSealed, Expr::value(tried.task_sealed))
            .col_expr(handles::Column::LetterSealed, Expr::value(tried.letter_sealed))
            .col_expr(handles::Column::NextAtMs, Expr::value(next_at_ms))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn done(&self, row: &handles::Model, receipt: &str) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let gone = still_going(handles::Entity::delete_many(), row).exec(&tx).await?;
        if gone.rows_affected == 1 {
            let erasure = match row.account_id.clone().map(AccountId::stored) {
                Some(account) => erasure::under_way(&tx, &account).await?,
                None => None,
            };
            let asked_at_ms = row.going_at_ms.unwrap_or(studio.now_ms());
            self.enter_receipt(&tx, &row.processor, erasure, asked_at_ms, receipt).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Enters the receipt of a deletion outside that is done now, in the transaction that forgets what was deleted.
    pub(crate) async fn enter_receipt(
        &self,
        tx: &impl ConnectionTrait,
        processor: &str,
        erasure: Option<String>,
        asked_at_ms: i64,
        receipt: &str,
    ) -> Result<()> {
        let row = receipts::ActiveModel {
            id: Set(self.studio.new_id()),
            processor: Set(processor.to_owned()),
            erasure_id: Set(erasure),
            asked_at_ms: Set(asked_at_ms),
            done_at_ms: Set(self.studio.now_ms()),
            receipt: Set(receipt.to_owned()),
        };
        receipts::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }

    async fn letter(&self, row: &handles::Model) -> Result<Option<String>> {
        let Some(sealed) = &row.letter_sealed else { return Ok(None) };
        let key = self.key(row).await?;
        self.opened(&key, &row.id, "letter", sealed).map(Some)
    }

    /// The key that a row is sealed under.
    async fn key(&self, row: &handles::Model) -> Result<Key<'a>> {
        let studio = self.studio;
        let Some(account) = row.account_id.clone().map(AccountId::stored) else {
            return Ok(Key::House(studio.house_key()));
        };
        let (_, key) = keys::of_account(studio.db().read(), studio.vault(), &account).await?;
        Ok(Key::Own(Box::new(key)))
    }

    fn index(&self, processor: ProcessorId, handle: &str) -> Vec<u8> {
        self.studio.0.house.index.of(processor.as_str(), handle.as_bytes()).to_vec()
    }

    fn opened(&self, key: &DataKey, row: &str, column: &str, sealed: &[u8]) -> Result<String> {
        let plain = self.studio.vault().open_field(key, &place(row, column), sealed)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

impl Due for Handles<'_> {
    type Row = handles::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<handles::Model>> {
        let due = handles::Entity::find()
            .filter(handles::Column::GoingAtMs.is_not_null())
            .filter(handles::Column::NextAtMs.lte(until_ms))
            .order_by_asc(handles::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.studio.db().read()).await?)
    }

    async fn see_to(&self, row: &handles::Model) -> Result<()> {
        self.try_now(row).await
    }

    async fn put_off(&self, row: &handles::Model, why: &Error) -> Result<()> {
        let problem = why.to_string();
        let (task, letter) = (row.task_sealed.clone(), row.letter_sealed.clone());
        let next = Next { problem: Some(&problem), task, letter, after_s: why.retry_after_s() };
        self.again(row, next).await
    }
}

/// What a try leaves for the next one.
#[derive(Default)]
struct Next<'a> {
    problem: Option<&'a str>,
    task: Option<Vec<u8>>,
    letter: Option<Vec<u8>>,
    after_s: Option<u64>,
}

/// How long a deletion may take: one rule for the alarm, the list and the log.
fn may_take_ms(row: &handles::Model) -> i64 {
    match (&row.task_sealed, &row.letter_sealed) {
        (Some(_), _) => LONG_MS,
        (None, Some(_)) => LETTER_MS,
        (None, None) => LATE_MS,
    }
}

fn is_late(row: &handles::Model, now: i64) -> bool {
    row.going_at_ms.is_some_and(|since| now - since > may_take_ms(row))
}

/// A row as it was read. One that was noted again meanwhile is another's: what came of the try does not hold for it.
fn still_going<Q: QueryFilter>(query: Q, row: &handles::Model) -> Q {
    query
        .filter(handles::Column::Id.eq(row.id.as_str()))
        .filter(handles::Column::GoingAtMs.eq(row.going_at_ms))
}

/// What is said at the desk of a deletion that somebody has to ask for in writing.
const IN_WRITING: &str = "it can only be asked in writing: see its letter";

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "handles", row, column }
}

#[cfg(test)]
mod tests;
