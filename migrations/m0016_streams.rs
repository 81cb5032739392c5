//! Copies of finished films, and of a still of each, at the processors that stream and show them.

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
        let copies = Table::create()
            .table("film_copies")
            // Also the name under which a film is sent: it says nothing outside.
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("film_id"))
            // The film, or a still of it.
            .col(text("what"))
            .col(text("processor"))
            .col(text("state"))
            .col(ColumnDef::new("handle_sealed").blob().not_null())
            .col(ColumnDef::new("shown_sealed").blob())
            // Which attempt under a new name it is.
            .col(integer("rounds"))
            .col(integer("tries"))
            // Nothing when there is nothing to do.
            .col(big_integer_null("next_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(copies).await?;
        let once = Index::create()
            .name("film_copies_once")
            .table("film_copies")
            .col("film_id")
            .col("what")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        for (name, column) in [("film_copies_account", "account_id"), ("film_copies_next", "next_at_ms")] {
            let index = Index::create().name(name).table("film_copies").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
