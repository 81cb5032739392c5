//! The erasure of an account, for good: every row, every object, and the key that opened them. What goes, in
//! which order, and what the law makes us keep follow from the policy's plan; this carries it out.
//!
//! Each step may be done again, so an erasure that was interrupted is simply begun anew. One that waits for a processor
//! is gone through again after longer and longer ([`tried`]). A line in the ledger outlives it: that it happened, why and
//! when, and nothing of whom.

pub(crate) mod rows;
mod tried;

use policy::Link;
use policy::derive::erasure::{Step, plan};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, OnConflict, Query};
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};

use crate::accounts::rows::{State, accounts};
use crate::accounts::{grace_over, is_grace_over};
use crate::backup::Deleted;
use crate::db::rows_of;
use crate::handles::Which;
use crate::{AccountId, Error, Result, Studio, boxed, id_type, objects, sessions};
pub(crate) use tried::Tried;

id_type!(
    /// A line of the ledger.
    ErasureId
);

/// Why an account is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Reason {
    /// Its owner asked, and the days of grace are over.
    Owner,
    /// It holds a child's data that were collected without the consent of who may give it.
    Child,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: ErasureId,
    /// Why.
    pub reason: Reason,
    /// When it was begun.
    pub asked_at_ms: i64,
    /// When everything was gone; `None`: it is not finished and will be taken up again.
    pub done_at_ms: Option<i64>,
    /// Rows that were deleted.
    pub rows: u64,
    /// Objects that were deleted.
    pub objects: u64,
}

/// The most lines that are shown.
const SHOWN: u64 = 100;
/// Objects deleted in one go.
const BATCH: u64 = 200;

/// Erasures of a studio.
#[derive(Clone, Copy)]
pub struct Erasures<'a> {
    studio: &'a Studio,
}

impl<'a> Erasures<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Erases an account at once, without grace. Nobody is signed in to it any more before anything goes.
    ///
    /// # Errors
    /// `account-not-found`; when something is out of reach, what is left is taken up again by itself.
    #[boxed]
    pub async fn erase(&self, account: &AccountId, reason: Reason) -> Result<Entry> {
        let mut row = self.begin(account, reason, false).await?;
        if self.carry_out(&mut row).await? {
            self.free_deleted().await;
            self.done(&mut row).await?;
        }
        Ok(entry(row))
    }

    /// The ledger, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn ledger(&self) -> Result<Vec<Entry>> {
        let rows = rows::Entity::find()
            .order_by_desc(rows::Column::Id)
            .limit(SHOWN)
            .all(self.studio.db().read())
            .await?;
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Begins what is due and goes on with what was interrupted. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        for account in grace_over(self.studio).await? {
            if let Err(error) = self.begin(&account, Reason::Owner, true).await {
                tracing::error!(%error, "an erasure that is due was not begun; it is tried again");
            }
        }
        self.finish().await
    }

    /// Goes on with what was interrupted, and with what waits for a processor. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn finish(&self) -> Result<()> {
        let open = rows::Entity::find()
            .filter(rows::Column::DoneAtMs.is_null())
            .order_by_asc(rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        self.studio.0.erasing.keep(|erasure| open.iter().any(|row| row.id == erasure));
        let mut gone = Vec::new();
        for mut row in open {
            match self.go_on(&mut row).await {
                Ok(true) => gone.push(row),
                Ok(false) => {}
                Err(error) => {
                    let erasure = row.id;
                    tracing::error!(erasure, %error, "an erasure is not finished; it is taken up again");
                }
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        self.free_deleted().await;
        for row in &mut gone {
            self.done(row).await?;
        }
        Ok(())
    }

    /// Has what the rows of accounts took be written over: once for all that were erased in one go, as the whole table is
    /// gone through for it. Before any of them is done, so that one that was interrupted before this is taken up again.
    async fn free_deleted(&self) {
        self.studio.db().free_deleted("accounts").await;
    }

    /// Tries one again when it is time, and at once when it waits for nobody any more. Whether all is deleted now.
    async fn go_on(&self, row: &mut rows::Model) -> Result<bool> {
        let (studio, account) = (self.studio, AccountId::stored(row.account_id.clone()));
        let waits = self.is_asking(&account).await? || !studio.handles().are_gone(&account).await?;
        if !studio.0.erasing.is_time(&row.id, waits, studio.now_ms()) {
            return Ok(false);
        }
        self.carry_out(row).await
    }

    /// `is_due`: only if its end was asked for and not taken back, and its days of grace are over.
    async fn begin(&self, account: &AccountId, reason: Reason, is_due: bool) -> Result<rows::Model> {
        let studio = self.studio;
        let row = rows::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(account.to_string()),
            reason: Set(reason),
            asked_at_ms: Set(studio.now_ms()),
            done_at_ms: Set(None),
            rows_deleted: Set(0),
            objects_deleted: Set(0),
        };
        let tx = studio.db().begin().await?;
        let mut shut = accounts::Entity::update_many()
            .col_expr(accounts::Column::State, Expr::value(State::Erasing))
            .filter(accounts::Column::Id.eq(account.as_str()));
        if is_due {
            shut = shut.filter(is_grace_over(studio));
        }
        if shut.exec(&tx).await?.rows_affected == 0 {
            return Err(Error::not_found("account-not-found"));
        }
        studio.ledger().enter(Deleted::Account, account.as_str())?;
        sessions::end_all(&tx, account).await?;
        let once = OnConflict::column(rows::Column::AccountId).do_nothing().to_owned();
        rows::Entity::insert(row).on_conflict(once).exec_without_returning(&tx).await?;
        let row = rows::Entity::find().filter(rows::Column::AccountId.eq(account.as_str())).one(&tx).await?;
        tx.commit().await?;
        row.ok_or_else(|| Error::internal("the erasure is not in the ledger"))
    }

    /// Deletes what is to go. Whether all of it is: then the erasure is [`done`](Self::done) once that is written over.
    async fn carry_out(&self, row: &mut rows::Model) -> Result<bool> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let policy = std::sync::Arc::clone(studio.policy());
        let steps = plan(&policy, studio.switched_on(), studio.policies().classification());
        row.rows_deleted += self.cases(&account).await?;
        // As long as a processor has something, or may be given it by a call under way, the handles and what opens
        // them stay; all else goes.
        self.let_go_outside(&account).await?;
        let mut is_gone = false;
        for step in steps {
            match step {
                Step::Processor(_) | Step::Remain { .. } => {}
                Step::Objects(kind) => row.objects_deleted += self.objects(&account, kind).await?,
                // Each goes with its own deletion outside, never by this: one may have been noted meanwhile. The
                // account's row cannot go before.
                Step::Rows { table: "handles", .. } => {}
                Step::Rows { table, by } => {
                    if table != "generated_shots" || !self.is_asking(&account).await? {
                        row.rows_deleted += self.rows(&account, table, by).await?;
                    }
                }
                Step::Account { table } => {
                    is_gone = self.is_gone_outside(&account).await?;
                    if is_gone {
                        row.rows_deleted += self.rows(&account, table, &Link::Column("id".into())).await?;
                    }
                }
            }
        }
        studio.db().overwrite_log().await?;
        studio.backstage().overwrite_log().await?;
        let so_far = rows::ActiveModel {
            id: Set(row.id.clone()),
            rows_deleted: Set(row.rows_deleted),
            objects_deleted: Set(row.objects_deleted),
            ..Default::default()
        };
        rows::Entity::update(so_far).exec(studio.db().write()).await?;
        Ok(is_gone)
    }

    /// Nothing is left of the account: it is not taken up again.
    async fn done(&self, row: &mut rows::Model) -> Result<()> {
        row.done_at_ms = Some(self.studio.now_ms());
        let done = rows::ActiveModel {
            id: Set(row.id.clone()),
            done_at_ms: Set(row.done_at_ms),
            ..Default::default()
        };
        rows::Entity::update(done).exec(self.studio.db().write()).await?;
        let (rows, objects) = (row.rows_deleted, row.objects_deleted);
        tracing::info!(erasure = row.id, rows, objects, "an account was erased");
        Ok(())
    }

    /// Whether no processor has anything of an account, and none is about to get it. What was noted meanwhile is let
    /// go of.
    async fn is_gone_outside(&self, account: &AccountId) -> Result<bool> {
        if self.is_asking(account).await? {
            return Ok(false);
        }
        let are_gone = self.studio.handles().are_gone(account).await?;
        if !are_gone {
            self.let_go_outside(account).await?;
        }
        Ok(are_gone)
    }

    /// Whether a call is under way whose answer will name something that is to be deleted outside.
    async fn is_asking(&self, account: &AccountId) -> Result<bool> {
        self.studio.generated().is_asking(account).await
    }

    /// Has every processor delete what it got of an account. What identifies the account here is not waited for.
    async fn let_go_outside(&self, account: &AccountId) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        studio.handles().let_go(&tx, account, Which::All).await?;
        accounts::Entity::update_many()
            .col_expr(accounts::Column::EmailIndex, Expr::value(None::<Vec<u8>>))
            .col_expr(accounts::Column::EmailSealed, Expr::value(Vec::<u8>::new()))
            .col_expr(accounts::Column::PasswordSealed, Expr::value(None::<Vec<u8>>))
            .filter(accounts::Column::Id.eq(account.as_str()))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes what is to go of the account's cases: no plan leads there, but the address, as long as it is known.
    async fn cases(&self, account: &AccountId) -> Result<i64> {
        let tx = self.studio.db().begin().await?;
        let deleted = self.studio.enquiries().forget(&tx, account).await?;
        tx.commit().await?;
        Ok(deleted as i64)
    }

    /// Deletes the bytes of all objects of a kind, and their lines in the register.
    async fn objects(&self, account: &AccountId, kind: &str) -> Result<i64> {
        let mut deleted = 0;
        loop {
            let batch: Vec<String> = objects::rows::Entity::find()
                .select_only()
                .column(objects::rows::Column::Id)
                .filter(objects::rows::Column::AccountId.eq(account.as_str()))
                .filter(objects::rows::Column::Kind.eq(kind))
                .limit(BATCH)
                .into_tuple()
                .all(self.studio.db().write())
                .await?;
            if batch.is_empty() {
                return Ok(deleted);
            }
            let ids = batch.iter().map(|id| objects::id_in_row(id)).collect::<Result<Vec<_>>>()?;
            self.studio.objects().delete(&ids).await?;
            self.studio.objects().strike(self.studio.db().write(), account, &ids).await?;
            deleted += ids.len() as i64;
        }
    }

    /// Deletes the rows of a table that lead to the account.
    async fn rows(&self, account: &AccountId, table: &str, by: &Link) -> Result<i64> {
        let whose = rows_of(self.studio.policies().classification(), account, by)?;
        let delete = Query::delete().from_table(Alias::new(table)).and_where(whose).to_owned();
        Ok(self.studio.db().write().execute(&delete).await?.rows_affected() as i64)
    }
}

/// The line of the ledger of an account that is being erased.
pub(crate) async fn under_way(db: &impl ConnectionTrait, account: &AccountId) -> Result<Option<String>> {
    let row = rows::Entity::find()
        .filter(rows::Column::AccountId.eq(account.as_str()))
        .filter(rows::Column::DoneAtMs.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

fn entry(row: rows::Model) -> Entry {
    Entry {
        id: ErasureId::stored(row.id),
        reason: row.reason,
        asked_at_ms: row.asked_at_ms,
        done_at_ms: row.done_at_ms,
        rows: row.rows_deleted.unsigned_abs(),
        objects: row.objects_deleted.unsigned_abs(),
    }
}

#[cfg(test)]
mod tests;
