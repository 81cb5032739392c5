//! Requests that a painter has and no row here knows: it told of one whose answer was lost, or took one while what it was
//! for went. Each is deleted there by its id, apart from any account, and tried until that is done.

use policy::ProcessorId;
use processors::role::{Erased, Trouble};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use super::rows::strays as rows;
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::due::{self, Due};
use crate::handles::LATE_MS;
use crate::jobs::{self, Job};
use crate::{Error, Result, Studio, boxed};

/// Rows looked at in one go.
const BATCH: u64 = 100;

/// A deletion that takes longer than it may.
pub(crate) struct Late {
    /// Where.
    pub processor: String,
    /// When it was asked for first.
    pub since_ms: i64,
    /// How often it was tried.
    pub tries: u32,
}

/// Strays of a studio.
pub(super) struct Strays<'a> {
    studio: &'a Studio,
}

impl<'a> Strays<'a> {
    pub(super) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Has a request deleted after a while. Noted again, it stays as it is.
    #[boxed]
    pub(super) async fn note(&self, processor: ProcessorId, request: &str, wait_ms: i64) -> Result<()> {
        let (studio, id) = (self.studio, self.studio.new_id());
        let now = studio.now_ms();
        let sealed = studio.vault().seal_field(studio.house_key(), &place(&id), request.as_bytes());
        let index = studio.0.house.index.of(processor.as_str(), request.as_bytes()).to_vec();
        let row = rows::ActiveModel {
            id: Set(id),
            processor: Set(processor.to_string()),
            request_sealed: Set(sealed),
            request_index: Set(index),
            asked_at_ms: Set(now),
            tries: Set(0),
            next_at_ms: Set(now + wait_ms),
        };
        let once = OnConflict::column(rows::Column::RequestIndex).do_nothing().to_owned();
        let tx = studio.db().begin().await?;
        rows::Entity::insert(row).on_conflict(once).exec_without_returning(&tx).await?;
        jobs::ask_later(&tx, studio, Job::SeeToProcessors, now + wait_ms).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Those that take longer than they may, the oldest first.
    #[boxed]
    pub(super) async fn late(&self) -> Result<Vec<Late>> {
        let late = rows::Entity::find()
            .filter(rows::Column::AskedAtMs.lt(self.studio.now_ms() - LATE_MS))
            .order_by_asc(rows::Column::AskedAtMs)
            .all(self.studio.db().read())
            .await?;
        let late = late.into_iter().map(|row| Late {
            processor: row.processor,
            since_ms: row.asked_at_ms,
            tries: row.tries.unsigned_abs(),
        });
        Ok(late.collect())
    }

    /// It is deleted: that leaves a receipt, as a handle's deletion does.
    async fn done(&self, row: &rows::Model, receipt: String) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let gone = rows::Entity::delete_by_id(row.id.as_str()).exec(&tx).await?;
        if gone.rows_affected == 1 {
            studio.handles().enter_receipt(&tx, &row.processor, None, row.asked_at_ms, &receipt).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn again(&self, row: &rows::Model, after_s: Option<u64>) -> Result<()> {
        let now = self.studio.now_ms();
        if now - row.asked_at_ms > LATE_MS {
            let processor = row.processor.as_str();
            tracing::error!(processor, "the deletion of a stray request at a processor is late");
        }
        let next_at_ms = now + due::wait_ms(MINUTE_MS, row.tries, after_s);
        rows::Entity::update_many()
            .col_expr(rows::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(rows::Column::NextAtMs, Expr::value(next_at_ms))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }
}

impl Due for Strays<'_> {
    type Row = rows::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<rows::Model>> {
        let due = rows::Entity::find()
            .filter(rows::Column::NextAtMs.lte(until_ms))
            .order_by_asc(rows::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.studio.db().read()).await?)
    }

    async fn see_to(&self, row: &rows::Model) -> Result<()> {
        let studio = self.studio;
        let processor: ProcessorId = row.processor.parse().map_err(Error::internal)?;
        let request = studio.vault().open_field(studio.house_key(), &place(&row.id), &row.request_sealed)?;
        let request = String::from_utf8(request).map_err(Error::internal)?;
        if studio.handles().owner(processor, &request).await?.is_some() {
            // It has a handle by now, which is let go of in its time.
            rows::Entity::delete_by_id(row.id.as_str()).exec(studio.db().write()).await?;
            return Ok(());
        }
        let Some(role) = studio.connected().erases.get(&processor) else {
            let why = "it is not connected any more: switch it on again until everything is deleted there";
            return Err(Error::internal(why));
        };
        match role.erase(&request, studio.now_ms() / SECOND_MS).await {
            Ok(Erased::Done { receipt }) => self.done(row, receipt).await,
            Ok(Erased::UnderWay { again_s, .. }) => self.again(row, Some(again_s)).await,
            Ok(Erased::InWriting { .. }) => Err(Error::internal("it can only be asked in writing")),
            Err(Trouble::Away { why, after_s }) => {
                let processor = processor.as_str();
                tracing::warn!(processor, problem = why, "a stray request is not deleted yet");
                self.again(row, after_s).await
            }
            Err(Trouble::Refused(why)) => Err(Error::internal(why)),
        }
    }

    async fn put_off(&self, row: &rows::Model, _: &Error) -> Result<()> {
        self.again(row, None).await
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "generated_strays", row, column: "request" }
}
