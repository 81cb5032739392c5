//! Who works here; looks at what is private, and what was opened in them; films that their owners released to be
//! shown.

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
        let staff = Table::create()
            .table("staff")
            .col(text("account_id").primary_key())
            .col(text("role"))
            .col(big_integer("since_ms"))
            .foreign_key(&mut of("account_id", "accounts"))
            .to_owned();
        manager.create_table(staff).await?;
        let looks = Table::create()
            .table("looks")
            .col(text("id").primary_key())
            // Whose things are looked at.
            .col(text("account_id"))
            // Who looks: not a key to another table, as the line outlives whoever worked here.
            .col(text("by_whom"))
            .col(text("role"))
            .col(ColumnDef::new("reason_sealed").blob().not_null())
            .col(big_integer("asked_at_ms"))
            .col(text_null("approved_by"))
            .col(big_integer_null("approved_at_ms"))
            .col(big_integer_null("ends_at_ms"))
            .foreign_key(&mut of("account_id", "accounts"))
            .to_owned();
        manager.create_table(looks).await?;
        let seen = Table::create()
            .table("look_things")
            .col(text("id").primary_key())
            .col(text("look_id"))
            .col(text("thing"))
            .col(text("thing_id"))
            .col(big_integer("at_ms"))
            .foreign_key(&mut of("look_id", "looks"))
            .to_owned();
        manager.create_table(seen).await?;
        let releases = Table::create()
            .table("releases")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("film_id"))
            .col(ColumnDef::new("name_sealed").blob().not_null())
            .col(text("scope"))
            .col(text("wording"))
            .col(text("language"))
            .col(big_integer("given_at_ms"))
            .col(big_integer("until_ms"))
            .col(big_integer_null("shown_at_ms"))
            .col(big_integer_null("withdrawn_at_ms"))
            .foreign_key(&mut of("account_id", "accounts"))
            .to_owned();
        manager.create_table(releases).await?;
        for (name, table, column) in [
            ("looks_account", "looks", "account_id"),
            ("look_things_look", "look_things", "look_id"),
            ("releases_account", "releases", "account_id"),
            ("releases_film", "releases", "film_id"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn of(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}
