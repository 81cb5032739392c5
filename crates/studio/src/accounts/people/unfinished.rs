//! Who came here from the service and has no account: deleted there when they do not make one in time, or say that
//! they are under age. The time is that of a sign-up whose mail is never opened.
//!
//! A row is written when somebody comes, and for nobody else: the service may know people who were never here. When
//! their time is over a handle takes its place, and the deletion is tried as every other is; until it is done they get no
//! account.

use policy::{ProcessorId, RetentionId};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use super::rows::{sessions as their_sessions, unfinished};
use super::{Accounts, LINK_MS};
use crate::clock::{HOUR_MS, MINUTE_MS};
use crate::due::{self, Due};
use crate::handles::Which;
use crate::handles::rows::handles;
use crate::sessions::rows as our_sessions;
use crate::{AccountId, Error, Result, boxed};

/// How long a session that ended there is remembered: as long as a browser may come back with it. Its last token lives
/// for a minute, and who is asked the questions has the time of a link.
const ENDED_MS: i64 = LINK_MS + 10 * MINUTE_MS;
/// Looked at in one go.
const BATCH: u64 = 100;

/// People whose time is over.
struct Unfinished<'a>(Accounts<'a>);

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
        self.0.over(row).await
    }

    async fn put_off(&self, row: &unfinished::Model, why: &Error) -> Result<()> {
        let (studio, processor) = (self.0.studio, row.processor.as_str());
        tracing::error!(processor, problem = %why, "who made no account cannot be deleted there");
        unfinished::Entity::update_many()
            .col_expr(unfinished::Column::NextAtMs, Expr::value(studio.now_ms() + HOUR_MS))
            .filter(unfinished::Column::Id.eq(row.id.as_str()))
            .exec(studio.db().write())
            .await?;
        Ok(())
    }
}

impl Accounts<'_> {
    /// Has those deleted at the service whose time is over, ends there what ended here, and forgets which sessions ended
    /// there.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        their_sessions::Entity::delete_many()
            .filter(their_sessions::Column::SessionId.is_null())
            .filter(their_sessions::Column::AtMs.lte(now - ENDED_MS))
            .exec(studio.db().write())
            .await?;
        let left = self.leave_there().await;
        due::work_off(&Unfinished(*self), now).await?;
        left
    }

    /// Ends the sessions there on which ours rested that are over, in whatever way they ended.
    async fn leave_there(&self) -> Result<()> {
        let (studio, db) = (self.studio, self.studio.db());
        let Some(service) = &studio.connected().sign_in else { return Ok(()) };
        let ours = Query::select().column(our_sessions::Column::Id).from(our_sessions::Entity).to_owned();
        let over = handles::Entity::find()
            .filter(handles::Column::Processor.eq(service.processor().as_str()))
            .filter(handles::Column::GoingAtMs.is_null())
            .filter(handles::Column::About.is_not_null())
            .filter(handles::Column::About.not_in_subquery(ours))
            .limit(BATCH)
            .all(db.write())
            .await?;
        for row in over {
            if let (Some(account), Some(session)) = (row.account_id, row.about) {
                let account = AccountId::stored(account);
                studio.handles().let_go(db.write(), &account, Which::About(&session)).await?;
            }
        }
        Ok(())
    }

    /// Notes that somebody came who has no account. Each time they come their time begins anew.
    #[boxed]
    pub(super) async fn note_unfinished(&self, processor: ProcessorId, person: &str) -> Result<()> {
        let (studio, id) = (self.studio, self.studio.new_id());
        let rule = studio.policy().rule(RetentionId::SignUp);
        let rule = rule.ok_or_else(|| Error::internal("the policy says nothing of sign-ups"))?;
        let row = unfinished::ActiveModel {
            person_sealed: Set(studio.vault().seal_field(studio.house_key(), &place(&id), person.as_bytes())),
            id: Set(id),
            processor: Set(processor.to_string()),
            person_index: Set(self.person_index(processor, person)),
            since_ms: Set(studio.now_ms()),
            next_at_ms: Set(studio.now_ms() + rule.period.ms()),
        };
        let anew = OnConflict::column(unfinished::Column::PersonIndex)
            .update_columns([unfinished::Column::SinceMs, unfinished::Column::NextAtMs])
            .to_owned();
        let db = studio.db().write();
        unfinished::Entity::insert(row).on_conflict(anew).exec_without_returning(db).await?;
        Ok(())
    }

    /// Has somebody deleted there who will not get an account.
    #[boxed]
    pub(super) async fn delete_unfinished(&self, processor: ProcessorId, person: &str) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.finished(&tx, processor, person).await?;
        if self.linked(&tx, processor, person).await?.is_none() {
            self.studio.handles().delete(&tx, processor, person).await?;
        }
        tx.commit().await?;
        self.studio.backstage().nudge();
        Ok(())
    }

    /// They have an account, or are gone, or are being deleted: they are not waited for any more.
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

    /// Their time is over: from now on their deletion is asked for, unless they made an account or came again meanwhile.
    async fn over(&self, row: &unfinished::Model) -> Result<()> {
        let studio = self.studio;
        let processor = row.processor.parse::<ProcessorId>().map_err(Error::internal)?;
        let sealed = &row.person_sealed;
        let person = studio.vault().open_field(studio.house_key(), &place(&row.id), sealed)?;
        let person = String::from_utf8(person).map_err(Error::internal)?;
        let tx = studio.db().begin().await?;
        let over = unfinished::Entity::delete_many()
            .filter(unfinished::Column::Id.eq(row.id.as_str()))
            .filter(unfinished::Column::NextAtMs.lte(studio.now_ms()))
            .exec(&tx)
            .await?;
        if over.rows_affected == 1 && self.linked(&tx, processor, &person).await?.is_none() {
            studio.handles().delete(&tx, processor, &person).await?;
        }
        Ok(tx.commit().await?)
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "people_unfinished", row, column: "person" }
}
