//! The random id of somebody who agreed to analytics, and what they did, until it was told.

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
        let ids = Table::create()
            .table("analytics_ids")
            .col(text("account_id").primary_key())
            .col(ColumnDef::new("id_sealed").blob().not_null())
            // When a browser was last here in which it is agreed to.
            .col(big_integer("seen_at_ms"))
            // Processors whose handle it is noted as, divided by spaces.
            .col(text("noted"))
            .foreign_key(&mut of_account())
            .to_owned();
        manager.create_table(ids).await?;
        // One row for each processor that is to be told.
        let events = Table::create()
            .table("usage_events")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("processor"))
            // The same for all processors, random: a doubled event is known by it.
            .col(text("event_key"))
            .col(text("name"))
            .col(text_null("path"))
            .col(text_null("film"))
            .col(big_integer_null("cents"))
            .col(text_null("currency"))
            .col(big_integer("at_ms"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .foreign_key(&mut of_account())
            .to_owned();
        manager.create_table(events).await?;
        for column in ["account_id", "next_at_ms"] {
            let name = format!("usage_events_{column}");
            let index = Index::create().name(name).table("usage_events").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn of_account() -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col("account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
