//! Links by which owners show their films to people they trust.

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
        let shares = Table::create()
            .table("shares")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("film_id"))
            .col(ColumnDef::new("token_hash").blob().not_null())
            // Nothing: the link alone opens it.
            .col(ColumnDef::new("password_sealed").blob())
            // Whether its page says the child's name.
            .col(boolean("named"))
            .col(big_integer("created_at_ms"))
            .col(big_integer("ends_at_ms"))
            // When it was ended before its time.
            .col(big_integer_null("ended_at_ms"))
            .col(big_integer("views"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(shares).await?;
        let once = Index::create().name("shares_token").table("shares").col("token_hash").unique().to_owned();
        manager.create_index(once).await?;
        for (name, column) in [("shares_account", "account_id"), ("shares_film", "film_id")] {
            let index = Index::create().name(name).table("shares").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
