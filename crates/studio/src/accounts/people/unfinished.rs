//! Who came here from the service and has no account: deleted there when they do not make one in time, or say that
//! they are under age. The time is that of a sign-up whose mail is never opened.
//!
//! A row is written when somebody comes, and for nobody else: the service may know people who were never here. Once
//! their deletion is asked for it is tried until it is done; until then they get no account.

use policy::{ProcessorId, RetentionId};
use processors::role::{EraseError, Erased};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use super::rows::{sessions as their_sessions, unfinished};
use super::{Accounts, LINK_MS};
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::due::{self, Due};
use crate::handles::LATE_MS;
use crate::jobs::{self, Job};
use crate::{Error, Result};

/// How long a session that ended there is remembered: as long as a browser may come back with it. Its last token lives
/// for a minute, and who is asked the questions has the time of a link.
const ENDED_MS: i64 = LINK_MS + 10 * MINUTE_MS;
/// Looked at in one go.
const BATCH: u64 = 100;

/// People whose time is over.
struct Unfinished<'a>(Accounts<'a>);

/// What is kept of a deletion from one try to the next, sealed.
struct Kept {
    /// What to ask about it with.
    task: Option<Vec<u8>>,
    /// What has to be sent, where it can only be asked in writing.
    letter: Option<Vec<u8>>,
}

impl Kept {
    fn of(row: &unfinished::Model) -> Self {
        Self { task: row.task_sealed.clone(), letter: row.letter_sealed.clone() }
    }
}

impl Due for Unfinished<'_> {
    type Row = unfinished::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<unfinished::Model>> {
        let due = unfinished::Entity::find()
            .filter(unfinished::Column::NextAtMs.lte(until_ms))
            .order_by_asc(unfinished::Column::NextAtMs)
            .limit(BATCH)
            .all(self.0.studio.db().read())
            .await?;
        Ok(due)
    }

    async fn see_to(&self, row: &unfinished::Model) -> Result<()> {
        self.0.delete_there(row).await
    }

    async fn put_off(&self, row: &unfinished::Model, why: &Error) -> Result<()> {
        self.0.again(row, Kept::of(row), &why.to_string(), None).await
    }
}

impl Accounts<'_> {
    /// Has those deleted at the service who are due, and forgets which sessions ended there. With the service switched
    /// off that alarms: better an alarm than a gap.
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        their_sessions::Entity::delete_many()
            .filter(their_sessions::Column::SessionId.is_null())
            .filter(their_sessions::Column::AtMs.lte(now - ENDED_MS))
            .exec(studio.db().write())
            .await?;
        due::work_off(&Unfinished(*self), now).await
    }

    /// Notes that somebody came who has no account. Each time they come their time begins anew, unless their deletion
    /// is asked for.
    pub(super) async fn note_unfinished(&self, processor: ProcessorId, person: &str) -> Result<()> {
        let rule = self.studio.policy().rule(RetentionId::SignUp);
        let rule = rule.ok_or_else(|| Error::internal("the policy says nothing of sign-ups"))?;
        let row = self.unfinished(processor, person, self.studio.now_ms() + rule.period.ms());
        let anew = OnConflict::column(unfinished::Column::PersonIndex)
            .update_columns([unfinished::Column::SinceMs, unfinished::Column::NextAtMs])
            .action_and_where(unfinished::Column::GoingAtMs.is_null())
            .to_owned();
        let db = self.studio.db().write();
        unfinished::Entity::insert(row).on_conflict(anew).exec_without_returning(db).await?;
        Ok(())
    }

    /// Has somebody deleted there who will not get an account.
    pub(super) async fn delete_unfinished(&self, processor: ProcessorId, person: &str) -> Result<()> {
        let now = self.studio.now_ms();
        let mut row = self.unfinished(processor, person, now);
        row.going_at_ms = Set(Some(now));
        let at_once = OnConflict::column(unfinished::Column::PersonIndex)
            .update_columns([unfinished::Column::NextAtMs, unfinished::Column::GoingAtMs])
            .action_and_where(unfinished::Column::GoingAtMs.is_null())
            .to_owned();
        let tx = self.studio.db().begin().await?;
        unfinished::Entity::insert(row).on_conflict(at_once).exec_without_returning(&tx).await?;
        jobs::ask(&tx, self.studio, Job::SeeToProcessors).await?;
        tx.commit().await?;
        self.studio.backstage().nudge();
        Ok(())
    }

    /// They have an account, or are gone. Returns whether nothing is left to be done: a deletion that is asked for is
    /// not called off.
    pub(super) async fn finished(
        &self,
        db: &impl ConnectionTrait,
        processor: ProcessorId,
        person: &str,
    ) -> Result<bool> {
        let index = self.person_index(processor, person);
        unfinished::Entity::delete_many()
            .filter(unfinished::Column::PersonIndex.eq(index.clone()))
            .filter(unfinished::Column::GoingAtMs.is_null())
            .exec(db)
            .await?;
        let going = unfinished::Entity::find().filter(unfinished::Column::PersonIndex.eq(index));
        Ok(going.one(db).await?.is_none())
    }

    fn unfinished(&self, processor: ProcessorId, person: &str, next_at_ms: i64) -> unfinished::ActiveModel {
        let (studio, id) = (self.studio, self.studio.new_id());
        let sealed = self.sealed(&id, "person", person);
        unfinished::ActiveModel {
            id: Set(id),
            processor: Set(processor.to_string()),
            person_sealed: Set(sealed),
            person_index: Set(self.person_index(processor, person)),
            since_ms: Set(studio.now_ms()),
            going_at_ms: Set(None),
            task_sealed: Set(None),
            letter_sealed: Set(None),
            tries: Set(0),
            next_at_ms: Set(next_at_ms),
        }
    }

    async fn delete_there(&self, row: &unfinished::Model) -> Result<()> {
        let studio = self.studio;
        let Some(since_ms) = self.begun(row).await? else { return Ok(()) };
        let processor = row.processor.parse::<ProcessorId>().map_err(Error::internal)?;
        let person = self.opened(&row.id, "person", &row.person_sealed)?;
        if self.linked(studio.db().write(), processor, &person).await?.is_some() {
            unfinished::Entity::delete_by_id(row.id.as_str()).exec(studio.db().write()).await?;
            return Ok(());
        }
        let now_s = studio.now_ms() / SECOND_MS;
        let asked = match (studio.connected().erases.get(&processor), &row.task_sealed) {
            (Some(role), Some(task)) => {
                let task = self.opened(&row.id, "task", task)?;
                role.standing(&person, &task, now_s).await
            }
            (Some(role), None) => role.erase(&person, now_s).await,
            (None, _) => {
                let problem =
                    "it is not connected any more: switch it on again until everything is deleted there";
                Err(EraseError::Refused(problem.to_owned()))
            }
        };
        let mut kept = Kept::of(row);
        let (problem, after_s) = match asked {
            Ok(Erased::Done { receipt }) => return self.deleted_there(row, since_ms, receipt).await,
            Ok(Erased::UnderWay { task, again_s }) => {
                kept.task = Some(self.sealed(&row.id, "task", &task));
                ("it takes its time".to_owned(), Some(again_s))
            }
            Ok(Erased::InWriting { letter }) => {
                let letter = Some(self.sealed(&row.id, "letter", &letter));
                kept = Kept { task: None, letter };
                ("it can only be asked in writing".to_owned(), None)
            }
            Err(EraseError::Away { why, after_s }) => (why, after_s),
            // What was under way may be lost there: it is asked for anew.
            Err(EraseError::Refused(why)) => {
                kept.task = None;
                (why, None)
            }
        };
        self.again(row, kept, &problem, after_s).await
    }

    /// Since when a deletion is asked for: from now on, at the latest. `None` when it is not to be asked for any more,
    /// because they made an account or came again meanwhile.
    async fn begun(&self, row: &unfinished::Model) -> Result<Option<i64>> {
        if row.going_at_ms.is_some() {
            return Ok(row.going_at_ms);
        }
        let now = self.studio.now_ms();
        let begun = unfinished::Entity::update_many()
            .col_expr(unfinished::Column::GoingAtMs, Expr::value(Some(now)))
            .filter(unfinished::Column::Id.eq(row.id.as_str()))
            .filter(unfinished::Column::GoingAtMs.is_null())
            .filter(unfinished::Column::NextAtMs.lte(now))
            .exec(self.studio.db().write())
            .await?;
        Ok((begun.rows_affected == 1).then_some(now))
    }

    async fn deleted_there(&self, row: &unfinished::Model, since_ms: i64, receipt: String) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let gone = unfinished::Entity::delete_by_id(row.id.as_str()).exec(&tx).await?;
        if gone.rows_affected == 1 {
            studio.handles().enter_receipt(&tx, &row.processor, None, since_ms, &receipt).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn again(
        &self,
        row: &unfinished::Model,
        kept: Kept,
        problem: &str,
        after_s: Option<u64>,
    ) -> Result<()> {
        let (now, processor) = (self.studio.now_ms(), row.processor.as_str());
        if now - row.going_at_ms.unwrap_or(now) > LATE_MS {
            tracing::error!(processor, problem, "a deletion at a processor is late");
        } else {
            tracing::warn!(processor, problem, "a deletion at a processor is not done yet");
        }
        let next_at_ms = now + due::wait_ms(MINUTE_MS, row.tries, after_s);
        unfinished::Entity::update_many()
            .col_expr(unfinished::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(unfinished::Column::TaskSealed, Expr::value(kept.task))
            .col_expr(unfinished::Column::LetterSealed, Expr::value(kept.letter))
            .col_expr(unfinished::Column::NextAtMs, Expr::value(next_at_ms))
            .filter(unfinished::Column::Id.eq(row.id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    fn sealed(&self, row: &str, column: &str, text: &str) -> Vec<u8> {
        let studio = self.studio;
        studio.vault().seal_field(studio.house_key(), &place(row, column), text.as_bytes())
    }

    fn opened(&self, row: &str, column: &str, sealed: &[u8]) -> Result<String> {
        let studio = self.studio;
        let plain = studio.vault().open_field(studio.house_key(), &place(row, column), sealed)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "people_unfinished", row, column }
}
