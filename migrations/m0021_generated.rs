//! Shots that are painted outside, until they are made or given up.

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
        let shots = Table::create()
            .table("generated_shots")
            .col(text("id").primary_key())
            .col(text("account_id"))
            // Film and photo are named, not held: a row outlives them until the painter has let go.
            .col(text("film_id"))
            .col(integer("place"))
            .col(text("photo_id"))
            .col(text("state"))
            .col(ColumnDef::new("request_sealed").blob())
            .col(ColumnDef::new("picture_sealed").blob())
            .col(integer("cents"))
            .col(big_integer_null("asked_at_ms"))
            // From then on the shot is drawn.
            .col(big_integer("until_ms"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(shots).await?;
        let once = Index::create()
            .name("generated_shots_once")
            .table("generated_shots")
            .col("film_id")
            .col("place")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        for (name, column) in
            [("generated_shots_next", "next_at_ms"), ("generated_shots_account", "account_id")]
        {
            let index = Index::create().name(name).table("generated_shots").col(column).to_owned();
            manager.create_index(index).await?;
        }
        // What the painter has and no row knows, until it is deleted there.
        let strays = Table::create()
            .table("generated_strays")
            .col(text("id").primary_key())
            .col(text("processor"))
            .col(ColumnDef::new("request_sealed").blob().not_null())
            .col(ColumnDef::new("request_index").blob().not_null())
            .col(big_integer("asked_at_ms"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .to_owned();
        manager.create_table(strays).await?;
        let once = Index::create()
            .name("generated_strays_once")
            .table("generated_strays")
            .col("request_index")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        let next = Index::create()
            .name("generated_strays_next")
            .table("generated_strays")
            .col("next_at_ms")
            .to_owned();
        manager.create_index(next).await
    }
}
