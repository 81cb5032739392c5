//! The outbox: jobs asked for in the same transaction as the change that causes them.
//!
//! A row here is a promise that a job will be put into the queue. The relay keeps it, then deletes
//! the row; killed in between, it keeps it twice, which changes nothing.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Set};

use super::engine::Push;
use super::{Backstage, Job, JobError};

/// A job that is not in the queue yet.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Sortable: first asked, first relayed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The job as JSON: ids only.
    pub job: String,
    /// Two jobs with the same key never wait at the same time.
    pub key: String,
    /// Not before, in milliseconds since 1970.
    pub run_at_ms: i64,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Rows taken at once.
const BATCH: u64 = 200;

/// Asks for a job; it will be done if, and only if, the transaction commits.
pub(crate) async fn ask(tx: &impl ConnectionTrait, id: String, push: Push) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(id),
        job: Set(serde_json::to_string(&push.job).map_err(|e| DbErr::Custom(e.to_string()))?),
        key: Set(push.key),
        run_at_ms: Set(push.run_at_ms),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Moves what is there into the queue. Returns how many jobs there were.
pub(crate) async fn relay(
    db: &impl ConnectionTrait,
    backstage: &Backstage,
    now_ms: i64,
) -> Result<usize, JobError> {
    let mut relayed = 0;
    loop {
        let rows = Entity::find().order_by_asc(Column::Id).limit(BATCH).all(db).await?;
        if rows.is_empty() {
            return Ok(relayed);
        }
        let pushes: Vec<Push> = rows
            .iter()
            // A row of another version of the program says nothing to us: the reconciler knows better.
            .filter_map(|row| serde_json::from_str::<Job>(&row.job).ok().map(|job| (row, job)))
            .map(|(row, job)| Push { job, key: row.key.clone(), run_at_ms: row.run_at_ms })
            .collect();
        backstage.push(&pushes, now_ms).await?;
        relayed += rows.len();
        let ids = rows.into_iter().map(|row| row.id);
        Entity::delete_many().filter(Column::Id.is_in(ids)).exec(db).await?;
    }
}
