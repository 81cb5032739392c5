//! Films in other sizes than the one that they are made for, and where their owner stopped watching.

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
        let of_film = || {
            ForeignKey::create()
                .from_col("film_id")
                .to("films", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned()
        };
        // Each row is a shot that is there.
        let made = Table::create()
            .table("rendition_shots")
            .col(text("film_id"))
            .col(integer("height"))
            .col(integer("place"))
            .col(text("shot_key"))
            // Nothing: one that all copies share.
            .col(text_null("object"))
            .col(big_integer("bytes"))
            .primary_key(Index::create().col("film_id").col("height").col("place"))
            .foreign_key(&mut of_film())
            .to_owned();
        manager.create_table(made).await?;
        // Films of which something is left to be made.
        let due = Table::create()
            .table("renditions_due")
            .col(text("film_id").primary_key())
            .col(big_integer("next_at_ms"))
            .col(integer("failures"))
            .col(text_null("claim"))
            .foreign_key(&mut of_film())
            .to_owned();
        manager.create_table(due).await?;
        for (name, table, column) in [
            ("rendition_shots_key", "rendition_shots", "shot_key"),
            ("renditions_due_next", "renditions_due", "next_at_ms"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        for (table, column) in [
            // Nothing: in the size that the film is made for.
            ("shared_shots", integer_null("height")),
            // Made of what was painted outside.
            ("shots", boolean("painted").default(false).take()),
            // In seconds.
            ("films", integer_null("stopped_s")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
