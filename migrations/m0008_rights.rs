//! Rights: data that are only stored, a photo affirmed for each order, a new address that both ends confirm.

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
        for (table, column) in [
            ("accounts", big_integer_null("restricted_at_ms")),
            ("orders", text_null("guardian_wording")),
            ("orders", big_integer_null("guardian_at_ms")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        // The photo's own affirmation was given for the order that it came with.
        let photos = |column: &str| {
            format!(
                "update orders set guardian_{column} = (select affirmed_{column} from photos where photos.id = orders.photo_id) where photo_id is not null"
            )
        };
        for column in ["wording", "at_ms"] {
            manager.get_connection().execute_unprepared(&photos(column)).await?;
        }
        let changes = Table::create()
            .table("email_changes")
            .col(text("account_id").primary_key())
            .col(ColumnDef::new("email_sealed").blob().not_null())
            .col(ColumnDef::new("old_token_hash").blob().not_null())
            .col(ColumnDef::new("new_token_hash").blob().not_null())
            .col(big_integer_null("old_confirmed_at_ms"))
            .col(big_integer_null("new_confirmed_at_ms"))
            .col(big_integer("created_at_ms"))
            .col(big_integer("expires_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(changes).await
    }
}
