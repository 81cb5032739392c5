//! A database that is older than the ledger: somebody has brought one back, by whatever means. Both hold a mark, which
//! every process moves on from time to time, in the database first. So the ledger's is never ahead, unless the database
//! is one from before. What may have been taken back since then does not come back with it.

use std::path::Path;
use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{Condition, QuerySelect};
use sqlx::Connection;

use super::ledger;
use crate::accounts::passkeys::rows::passkeys;
use crate::enquiries::rows::enquiries;
use crate::jobs::Stop;
use crate::keys::house_rows;
use crate::looks::rows::looks;
use crate::releases::rows as releases;
use crate::shares::rows as shares;
use crate::{Error, Result, Studio, boxed, gifts, sessions, staff};

/// The mark's name in the table `house`.
const MARK: &str = "mark";
/// The name there of when the database was found to be older, the last time.
const BROUGHT_BACK: &str = "brought-back";
/// How often it is moved on. A database from before the last time is known to be older, and none that is younger.
const EVERY: Duration = Duration::from_secs(20);
/// How often what is not needed any more goes from the ledger, in turns of the above: about once an hour.
const FORGET_EVERY: u32 = 180;

/// Moves the mark on until `stop`. Should somebody have put a database from before beneath the running program, what was
/// taken back and deleted since is so again.
pub async fn mark_until(studio: &Studio, stop: Stop) {
    let (mut stop, mut turn) = (stop, 0_u32);
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
        mark(studio).await;
        turn = (turn + 1) % FORGET_EVERY;
        if turn == 0
            && let Err(error) = ledger::forget(studio)
        {
            tracing::warn!(%error, "nothing was forgotten in the ledger; it will be tried again");
        }
    }
}

/// Does that once.
#[boxed]
pub async fn mark(studio: &Studio) {
    let marked = match move_on(studio).await {
        Ok(true) => ledger::apply(studio).await.map(drop),
        moved => moved.map(drop),
    };
    if let Err(error) = marked {
        tracing::warn!(%error, "the mark was not moved on; it will be tried again");
    }
}

/// Moves the mark on; returns whether the database was older than the ledger. Then whatever may have been taken back
/// since is taken back with it, by the first process that finds it so; others wait for that, and find nothing.
#[boxed]
pub(super) async fn move_on(studio: &Studio) -> Result<bool> {
    let known_ms = studio.ledger().marked()?;
    let tx = studio.db().begin().await?;
    let stands_ms = stands(&tx).await?;
    let is_older = stands_ms < known_ms;
    let at_ms = studio.now_ms().max(stands_ms.max(known_ms) + 1);
    if is_older {
        take_back(studio, &tx).await?;
        let newest =
            OnConflict::column(house_rows::Column::Name).update_column(house_rows::Column::Value).to_owned();
        house_rows::Entity::insert(row(BROUGHT_BACK, at_ms))
            .on_conflict(newest)
            .exec_without_returning(&tx)
            .await?;
    }
    house_rows::Entity::update(row(MARK, at_ms)).exec(&tx).await?;
    tx.commit().await?;
    // Killed in between, it is the database that is ahead.
    studio.ledger().mark(at_ms)?;
    if is_older {
        tracing::warn!("the database is older than the ledger: what can be given anew is taken back");
    }
    Ok(is_older)
}

/// When the database was brought back, if ever: of what was said by then a ledger may know more.
#[boxed]
pub(super) async fn brought_back_at_ms(studio: &Studio) -> Result<Option<i64>> {
    let row = house_rows::Entity::find_by_id(BROUGHT_BACK).one(studio.db().write()).await?;
    Ok(row.and_then(time_in))
}

/// The database's mark, which nobody else moves until the transaction ends.
async fn stands(tx: &impl ConnectionTrait) -> Result<i64> {
    let keep = OnConflict::column(house_rows::Column::Name).do_nothing().to_owned();
    house_rows::Entity::insert(row(MARK, 0)).on_conflict(keep).exec_without_returning(tx).await?;
    let row = house_rows::Entity::find_by_id(MARK).lock_exclusive().one(tx).await?;
    row.and_then(time_in).ok_or_else(|| Error::internal("the database's mark cannot be read"))
}

fn row(name: &str, at_ms: i64) -> house_rows::ActiveModel {
    house_rows::ActiveModel { name: Set(name.to_owned()), value: Set(at_ms.to_be_bytes().to_vec()) }
}

fn time_in(row: house_rows::Model) -> Option<i64> {
    <[u8; 8]>::try_from(row.value).ok().map(i64::from_be_bytes)
}

/// Takes the mark out of a database (SQLite) that is not open yet: it is then older than any ledger with a mark.
pub(super) async fn unmark(database: &Path) -> Result<()> {
    let away = |error: sqlx::Error| Error::unavailable("database-away", error.to_string());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
    let mut db = sqlx::SqliteConnection::connect_with(&options).await.map_err(away)?;
    sqlx::query("DELETE FROM house WHERE name = ?").bind(MARK).execute(&mut db).await.map_err(away)?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await.map_err(away)?;
    db.close().await.map_err(away)
}

/// Ends at once whatever lets somebody in, for when something leaked, also beside a running program: sessions, the links
/// to sign in and to confirm a request, passkeys, roles at the desk, looks, shared films. All of it can be given anew;
/// nothing else is changed.
///
/// # Errors
/// When the database is out of reach.
#[boxed]
pub async fn end_all(studio: &Studio) -> Result<()> {
    let tx = studio.db().begin().await?;
    let_nobody_in(&tx, studio.now_ms()).await?;
    studio.sessions().ended(tx).await
}

/// Takes back what may have been taken back since, as nobody knows: whatever lets somebody in, which films may be shown,
/// who agreed to analytics, which gift mails wait. All of it can be given anew.
async fn take_back(studio: &Studio, tx: &impl ConnectionTrait) -> Result<()> {
    let now = studio.now_ms();
    let_nobody_in(tx, now).await?;
    releases::Entity::update_many()
        .col_expr(releases::Column::WithdrawnAtMs, Expr::value(Some(now)))
        .col_expr(releases::Column::ShownAtMs, Expr::value(None::<i64>))
        .filter(releases::Column::WithdrawnAtMs.is_null())
        .exec(tx)
        .await?;
    studio.analytics().withdraw_all(tx).await?;
    gifts::let_go_of_all(tx, now).await
}

/// Ends whatever lets somebody in: sessions, the links to sign in and to confirm a request, passkeys, roles at the desk,
/// looks, shared films.
async fn let_nobody_in(tx: &impl ConnectionTrait, now: i64) -> Result<()> {
    sessions::end_everywhere(tx).await?;
    passkeys::Entity::delete_many().exec(tx).await?;
    staff::rows::Entity::delete_many().exec(tx).await?;
    enquiries::Entity::update_many()
        .col_expr(enquiries::Column::TokenHash, Expr::value(None::<Vec<u8>>))
        .filter(enquiries::Column::TokenHash.is_not_null())
        .exec(tx)
        .await?;
    let open = Condition::any().add(looks::Column::EndsAtMs.is_null()).add(looks::Column::EndsAtMs.gt(now));
    looks::Entity::update_many()
        .col_expr(looks::Column::EndsAtMs, Expr::value(Some(now)))
        .filter(open)
        .exec(tx)
        .await?;
    shares::Entity::update_many()
        .col_expr(shares::Column::EndedAtMs, Expr::value(Some(now)))
        .filter(shares::Column::EndedAtMs.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
