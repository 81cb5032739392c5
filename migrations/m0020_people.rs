//! Who an account's owner is at the sign-in service, which sessions began there, and who has not finished signing up.

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
        let people = Table::create()
            .table("people")
            .col(text("account_id").primary_key())
            .col(text("processor"))
            // One person is one account's; the service's id of them is a handle.
            .col(ColumnDef::new("person_index").blob().not_null().unique_key())
            .col(big_integer("linked_at_ms"))
            .col(big_integer_null("used_at_ms"))
            .foreign_key(&mut to("account_id", "accounts"))
            .to_owned();
        manager.create_table(people).await?;
        let sessions = Table::create()
            .table("people_sessions")
            .col(text("id").primary_key())
            .col(text_null("account_id"))
            // Ours that began with theirs; nothing: theirs has ended, and nobody comes in with it.
            .col(text_null("session_id"))
            .col(ColumnDef::new("their_index").blob().not_null())
            .col(big_integer("at_ms"))
            .foreign_key(&mut to("account_id", "accounts"))
            .foreign_key(&mut to("session_id", "sessions"))
            .to_owned();
        manager.create_table(sessions).await?;
        for (name, column) in [
            ("people_sessions_account", "account_id"),
            ("people_sessions_session", "session_id"),
            ("people_sessions_theirs", "their_index"),
        ] {
            let index = Index::create().name(name).table("people_sessions").col(column).to_owned();
            manager.create_index(index).await?;
        }
        let unfinished = Table::create()
            .table("people_unfinished")
            .col(text("id").primary_key())
            .col(text("processor"))
            .col(ColumnDef::new("person_sealed").blob().not_null())
            .col(ColumnDef::new("person_index").blob().not_null().unique_key())
            .col(big_integer("since_ms"))
            // Since when their deletion is asked for: from then on it is not called off.
            .col(big_integer_null("going_at_ms"))
            .col(ColumnDef::new("task_sealed").blob())
            .col(ColumnDef::new("letter_sealed").blob())
            .col(integer("tries"))
            // When they are deleted at the service, unless they have an account by then.
            .col(big_integer("next_at_ms"))
            .to_owned();
        manager.create_table(unfinished).await?;
        let next = Index::create()
            .name("people_unfinished_next")
            .table("people_unfinished")
            .col("next_at_ms")
            .to_owned();
        manager.create_index(next).await
    }
}

fn to(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}
