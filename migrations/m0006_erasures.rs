//! The ledger of erasures: that an account was erased, why, when, and what went.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("erasures")
            .col(text("id").primary_key())
            // Random, and its account is gone: it leads to nobody. One erasure for an account.
            .col(text("account_id").unique_key())
            .col(text("reason"))
            .col(big_integer("asked_at_ms"))
            // Nothing while it is not finished: taken up again until it is.
            .col(big_integer_null("done_at_ms"))
            .col(big_integer("rows_deleted"))
            .col(big_integer("objects_deleted"))
            .to_owned();
        manager.create_table(table).await
    }
}
