//! Who is at the service and has no account here: deleted there when they do not make one in time, or say that they
//! are under age. The time is that of a sign-up whose mail is never opened.

use policy::{ProcessorId, RetentionId};
use processors::role::{EraseError, Erased};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use super::Accounts;
use super::rows::{sessions as their_sessions, unfinished};
use crate::clock::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::handles::rows::receipts;
use crate::jobs::{self, Job};
use crate::{Error, Result};

/// How long a session that ended there is remembered. Its last token lives for a minute.
const ENDED_MS: i64 = 10 * MINUTE_MS;
/// The longest wait between two tries.
const WAIT_MAX_MS: i64 = 6 * HOUR_MS;
/// Looked at in one go.
const BATCH: u64 = 100;

impl Accounts<'_> {
    /// Has those deleted at the service who are due, and forgets which sessions ended there.
    pub(crate) async fn see_to_people(&self) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        if studio.connected().sign_in.is_none() {
            return Ok(());
        }
        their_sessions::Entity::delete_many()
            .filter(their_sessions::Column::SessionId.is_null())
            .filter(their_sessions::Column::AtMs.lte(now - ENDED_MS))
            .exec(studio.db().write())
            .await?;
        loop {
            let due = unfinished::Entity::find()
                .filter(unfinished::Column::NextAtMs.lte(now))
                .order_by_asc(unfinished::Column::NextAtMs)
                .limit(BATCH)
                .all(studio.db().read())
                .await?;
            if due.is_empty() {
                return Ok(());
            }
            for row in due {
                self.delete_there(row).await?;
            }
        }
    }

    /// Notes that somebody has no account yet. Each time they come their time begins anew, unless it is over.
    pub(super) async fn note_unfinished(&self, processor: ProcessorId, person: &str) -> Result<()> {
        let rule = self.studio.policy().rule(RetentionId::SignUp);
        let rule = rule.ok_or_else(|| Error::internal("the policy says nothing of sign-ups"))?;
        let now = self.studio.now_ms();
        let row = self.unfinished(processor, person, now + rule.period.ms());
        let anew = OnConflict::column(unfinished::Column::PersonIndex)
            .update_columns([unfinished::Column::SinceMs, unfinished::Column::NextAtMs])
            .action_and_where(unfinished::Column::NextAtMs.gt(now))
            .to_owned();
        let db = self.studio.db().write();
        unfinished::Entity::insert(row).on_conflict(anew).exec_without_returning(db).await?;
        Ok(())
    }

    /// Has somebody deleted there who will not get an account.
    pub(super) async fn delete_unfinished(&self, processor: ProcessorId, person: &str) -> Result<()> {
        let row = self.unfinished(processor, person, self.studio.now_ms());
        let now = OnConflict::column(unfinished::Column::PersonIndex)
            .update_column(unfinished::Column::NextAtMs)
            .to_owned();
        let tx = self.studio.db().begin().await?;
        unfinished::Entity::insert(row).on_conflict(now).exec_without_returning(&tx).await?;
        jobs::ask(&tx, self.studio, Job::SeeToProcessors).await?;
        tx.commit().await?;
        self.studio.backstage().nudge();
        Ok(())
    }

    /// They have an account, or are gone.
    pub(super) async fn finished(
        &self,
        db: &impl ConnectionTrait,
        processor: ProcessorId,
        person: &str,
    ) -> Result<()> {
        unfinished::Entity::delete_many()
            .filter(unfinished::Column::PersonIndex.eq(self.person_index(processor, person)))
            .exec(db)
            .await?;
        Ok(())
    }

    fn unfinished(&self, processor: ProcessorId, person: &str, next_at_ms: i64) -> unfinished::ActiveModel {
        let (studio, id) = (self.studio, self.studio.new_id());
        let sealed = studio.vault().seal_field(studio.house_key(), &place(&id), person.as_bytes());
        unfinished::ActiveModel {
            id: Set(id),
            processor: Set(processor.to_string()),
            person_sealed: Set(sealed),
            person_index: Set(self.person_index(processor, person)),
            since_ms: Set(studio.now_ms()),
            tries: Set(0),
            next_at_ms: Set(next_at_ms),
        }
    }

    async fn delete_there(&self, row: unfinished::Model) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let processor = row.processor.parse::<ProcessorId>().map_err(Error::internal)?;
        let person = studio.vault().open_field(studio.house_key(), &place(&row.id), &row.person_sealed)?;
        let person = String::from_utf8(person).map_err(Error::internal)?;
        let linked = self.linked(studio.db().write(), processor, &person).await?.is_some();
        let asked = match studio.connected().erases.get(&processor) {
            Some(_) if linked => return self.finished(studio.db().write(), processor, &person).await,
            Some(role) => role.erase(&person, now / SECOND_MS).await,
            None => Err(EraseError::Refused("it is not connected any more".to_owned())),
        };
        let after_s = match asked {
            Ok(Erased::Done { receipt }) => {
                let tx = studio.db().begin().await?;
                unfinished::Entity::delete_by_id(row.id).exec(&tx).await?;
                let receipt = receipts::ActiveModel {
                    id: Set(studio.new_id()),
                    processor: Set(row.processor),
                    erasure_id: Set(None),
                    asked_at_ms: Set(row.next_at_ms.min(now)),
                    done_at_ms: Set(now),
                    receipt: Set(receipt),
                };
                receipts::Entity::insert(receipt).exec_without_returning(&tx).await?;
                return Ok(tx.commit().await?);
            }
            Ok(Erased::UnderWay { again_s, .. }) => Some(again_s),
            Ok(Erased::InWriting { .. }) => None,
            Err(EraseError::Away { after_s, .. }) => after_s,
            Err(EraseError::Refused(problem)) => {
                tracing::error!(
                    processor = row.processor.as_str(),
                    problem,
                    "somebody could not be deleted there"
                );
                None
            }
        };
        let tries = i64::from(row.tries) + 1;
        let asked_for = after_s.and_then(|seconds| i64::try_from(seconds).ok()).map(|s| s * SECOND_MS);
        let wait = asked_for.unwrap_or(tries * tries * MINUTE_MS).clamp(SECOND_MS, WAIT_MAX_MS);
        let again = unfinished::ActiveModel {
            id: Set(row.id),
            tries: Set(row.tries.saturating_add(1)),
            next_at_ms: Set(now + wait),
            ..Default::default()
        };
        unfinished::Entity::update(again).exec(studio.db().write()).await?;
        Ok(())
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "people_unfinished", row, column: "person" }
}
