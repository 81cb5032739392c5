//! When it was said last whether an account is to end, and whether its data are only to be stored: of what ledgers say,
//! only what is newer is news.

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
        for column in ["leaving_said_at_ms", "restricted_said_at_ms"] {
            let column = big_integer_null(column);
            manager.alter_table(Table::alter().table("accounts").add_column(column).to_owned()).await?;
        }
        if manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Postgres {
            // Several machines may share it, and none of their ledgers alone knows what was said last until now.
            let now = "CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)";
            let until_now =
                format!("UPDATE accounts SET leaving_said_at_ms = {now}, restricted_said_at_ms = {now}");
            manager.get_connection().execute_unprepared(&until_now).await?;
        }
        Ok(())
    }
}
