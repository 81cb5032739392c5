//! Accounts and what belongs to them: sign-in links, sessions, mails, children, photos, objects.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Columns of the kinds that both databases have.
fn id() -> ColumnDef {
    text("id").primary_key().to_owned()
}
fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().to_owned()
}
fn text_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}
fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().to_owned()
}
fn number_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}
fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().not_null().to_owned()
}
fn bytes_or_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).blob().to_owned()
}

/// What belongs to an account goes with it.
fn of_account() -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col("account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            // The house's own secrets: its wrapped key, the hash of the operator's link.
            Table::create().table("house").col(text("name").primary_key()).col(bytes("value")).to_owned(),
            Table::create()
                .table("accounts")
                .col(id())
                .col(text("state"))
                .col(bytes("key_wrapped"))
                // Set when the address is confirmed, so that nobody can occupy another's address.
                .col(bytes_or_null("email_index").unique_key())
                .col(bytes("email_sealed"))
                .col(bytes_or_null("password_sealed"))
                .col(text("language"))
                .col(text_or_null("adult_wording"))
                .col(number_or_null("adult_at_ms"))
                .col(number("created_at_ms"))
                .col(number_or_null("confirmed_at_ms"))
                // When its owner was last here.
                .col(number("seen_at_ms"))
                // When its owner asked for its end; nothing is processed from then on.
                .col(number_or_null("leaving_at_ms"))
                .to_owned(),
            Table::create()
                .table("links")
                .col(id())
                .col(text("account_id"))
                .col(bytes("token_hash").unique_key())
                .col(bytes("waiting_hash").unique_key())
                .col(bytes("code_hash"))
                .col(number("tries"))
                .col(number("created_at_ms"))
                .col(number("expires_at_ms"))
                .col(number_or_null("used_at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            Table::create()
                .table("sessions")
                .col(id())
                .col(bytes("token_hash").unique_key())
                .col(text_or_null("account_id"))
                .col(text("role"))
                .col(number("created_at_ms"))
                .col(number("seen_at_ms"))
                .col(number("expires_at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            Table::create()
                .table("throttles")
                .col(bytes("bucket").primary_key())
                .col(number("count"))
                .col(number("ends_at_ms"))
                .to_owned(),
            Table::create()
                .table("mails")
                .col(id())
                // None: to somebody without an account; the house's key seals it then.
                .col(text_or_null("account_id"))
                .col(text("kind"))
                .col(bytes("sealed"))
                .col(text("state"))
                .col(number("tries"))
                .col(number("due_at_ms"))
                .col(number("created_at_ms"))
                .col(number_or_null("sent_at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            Table::create()
                .table("children")
                .col(id())
                .col(text("account_id"))
                .col(bytes("name_sealed"))
                .col(number("created_at_ms"))
                .col(number("changed_at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            Table::create()
                .table("objects")
                .col(id())
                .col(text("account_id"))
                .col(text("kind"))
                .col(number("bytes"))
                .col(number("created_at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            Table::create()
                .table("photos")
                .col(id())
                .col(text("account_id"))
                .col(text_or_null("child_id"))
                .col(text("state"))
                .col(bytes("content_index"))
                .col(text("photo_object"))
                .col(text("small_object"))
                .col(text_or_null("cut_out_object"))
                .col(text_or_null("cut_out_small_object"))
                .col(number("width"))
                .col(number("height"))
                .col(bytes("details_sealed"))
                .col(text("affirmed_wording"))
                .col(number("affirmed_at_ms"))
                .col(number("created_at_ms"))
                .foreign_key(&mut of_account())
                .foreign_key(
                    ForeignKey::create()
                        .from_col("child_id")
                        .to("children", "id")
                        .on_delete(ForeignKeyAction::SetNull),
                )
                .to_owned(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        let indexes = [
            ("links", "account_id"),
            ("links", "expires_at_ms"),
            ("sessions", "account_id"),
            ("sessions", "expires_at_ms"),
            ("throttles", "ends_at_ms"),
            ("mails", "account_id"),
            ("mails", "due_at_ms"),
            ("children", "account_id"),
            ("objects", "account_id"),
            ("photos", "account_id"),
            ("photos", "child_id"),
        ];
        for (table, column) in indexes {
            let name = format!("{table}_{column}");
            manager.create_index(Index::create().name(name).table(table).col(column).to_owned()).await?;
        }
        // The same file sent twice is one photo.
        let once = Index::create()
            .name("photos_once")
            .table("photos")
            .col("account_id")
            .col("content_index")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        Ok(())
    }
}
