//! Orders, charges, films, their shots, and the outbox of jobs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

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
/// A deleted photo or profile is gone from orders and films too; they stay without it.
fn without(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").on_delete(ForeignKeyAction::SetNull).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = |name: &'static str| Table::create().table(name).to_owned();
        manager
            .create_table(
                table("orders")
                    .col(text("id").primary_key())
                    .col(text("account_id"))
                    .col(text("film"))
                    .col(integer("film_version"))
                    .col(text("state"))
                    // "account/film" while it is a draft, else nothing: at most one open draft.
                    .col(text_null("open_key").unique_key())
                    // Drawn for this order; the till hands it back, so that paying twice is paying once.
                    .col(text("pay_key").unique_key())
                    .col(text("language"))
                    .col(text_null("child_id"))
                    .col(bytes_or_null("name_sealed"))
                    .col(bytes_or_null("options_sealed"))
                    .col(text_null("photo_id"))
                    .col(integer("price_cents"))
                    .col(text("price_currency"))
                    // Counts the changes: what is paid for is what was looked at.
                    .col(integer("changes"))
                    .col(big_integer("created_at_ms"))
                    .col(big_integer("changed_at_ms"))
                    // Set before the till is asked: what it answered is found out after a crash.
                    .col(big_integer_null("paying_at_ms"))
                    .col(big_integer_null("paid_at_ms"))
                    .col(big_integer_null("ended_at_ms"))
                    .foreign_key(&mut of_account())
                    .foreign_key(&mut without("photo_id", "photos"))
                    .foreign_key(&mut without("child_id", "children"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("charges")
                    .col(text("id").primary_key())
                    // One charge for an order, whatever happens. It outlives the account: books are kept.
                    .col(text("order_id").unique_key())
                    .col(text("pay_key").unique_key())
                    .col(text("till"))
                    .col(text("reference"))
                    .col(integer("cents"))
                    .col(text("currency"))
                    .col(big_integer("charged_at_ms"))
                    .col(big_integer_null("refunded_at_ms"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                // The test till's own books.
                table("test_till")
                    .col(text("key").primary_key())
                    .col(big_integer("amount_minor"))
                    .col(text("currency"))
                    .col(boolean("refunded"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("films")
                    .col(text("id").primary_key())
                    .col(text("account_id"))
                    .col(text("order_id").unique_key())
                    .col(text("film"))
                    .col(integer("film_version"))
                    .col(text("language"))
                    .col(text("state"))
                    .col(text_null("child_id"))
                    .col(text_null("photo_id"))
                    .col(bytes("name_sealed"))
                    .col(bytes("options_sealed"))
                    .col(integer("revision"))
                    .col(integer("wanted_shot"))
                    .col(text_null("mp4_object"))
                    .col(big_integer_null("mp4_bytes"))
                    .col(integer("finish_attempts"))
                    .col(big_integer("created_at_ms"))
                    .col(big_integer_null("first_shot_at_ms"))
                    .col(big_integer_null("ready_at_ms"))
                    .foreign_key(&mut of_account())
                    .foreign_key(&mut without("photo_id", "photos"))
                    .foreign_key(&mut without("child_id", "children"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("shots")
                    .col(text("film_id"))
                    .col(integer("place"))
                    .col(text("shot_key"))
                    .col(boolean("shared"))
                    .col(text("state"))
                    .col(text_null("object"))
                    .col(big_integer_null("bytes"))
                    .col(integer("starts"))
                    .col(integer("failures"))
                    .col(text_null("claim"))
                    .col(big_integer_null("claimed_until_ms"))
                    .col(big_integer("not_before_ms"))
                    .primary_key(Index::create().col("film_id").col("place"))
                    .foreign_key(
                        ForeignKey::create()
                            .from_col("film_id")
                            .to("films", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("shared_shots")
                    .col(text("shot_key").primary_key())
                    .col(text("film"))
                    .col(integer("film_version"))
                    .col(text("language"))
                    .col(integer("place"))
                    .col(text("state"))
                    .col(big_integer_null("bytes"))
                    .col(integer("starts"))
                    .col(integer("failures"))
                    .col(text_null("claim"))
                    .col(big_integer_null("claimed_until_ms"))
                    .col(big_integer("not_before_ms"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table("outbox")
                    .col(text("id").primary_key())
                    .col(text("job"))
                    .col(text("key"))
                    .col(big_integer("run_at_ms"))
                    .to_owned(),
            )
            .await?;
        for (name, on, columns) in [
            ("orders_of_account", "orders", &["account_id", "created_at_ms"][..]),
            ("orders_by_state", "orders", &["state"]),
            ("films_of_account", "films", &["account_id", "created_at_ms"]),
            ("films_by_state", "films", &["state"]),
            ("shots_by_key", "shots", &["shot_key"]),
            ("shots_by_state", "shots", &["state"]),
            ("shared_shots_by_state", "shared_shots", &["state"]),
        ] {
            let mut index = Index::create().name(name).table(on).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
