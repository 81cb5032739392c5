//! Gift passes: what was bought to be given away, the passes themselves, and whom no gift mail goes to.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// An account's rows are deleted before it.
fn of_account() -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col("account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Restrict)
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gifts = Table::create()
            .table("gifts")
            .col(text("id").primary_key())
            .col(text("account_id"))
            // Once it is paid.
            .col(text_null("pass_id"))
            .col(text("state"))
            // Nothing: any film.
            .col(text_null("film"))
            .col(text("pay_key").unique_key())
            .col(integer("price_cents"))
            .col(text("price_currency"))
            .col(ColumnDef::new("giver_sealed").blob().not_null())
            .col(ColumnDef::new("message_sealed").blob())
            .col(ColumnDef::new("code_sealed").blob())
            .col(big_integer("created_at_ms"))
            .col(big_integer_null("paying_at_ms"))
            .col(big_integer_null("paid_at_ms"))
            .col(big_integer_null("ended_at_ms"))
            .foreign_key(&mut of_account())
            .to_owned();
        manager.create_table(gifts).await?;
        // It outlives whoever paid for it, and whoever used it.
        let passes = Table::create()
            .table("passes")
            .col(text("id").primary_key())
            .col(ColumnDef::new("code_hash").blob().not_null())
            .col(text("state"))
            .col(text_null("film"))
            // The order that it paid.
            .col(text_null("order_id"))
            .col(big_integer("made_at_ms"))
            .col(big_integer("expires_at_ms"))
            .col(big_integer_null("used_at_ms"))
            .col(big_integer_null("ended_at_ms"))
            // Who gave it out at the desk, and why; nothing where it was bought.
            .col(text_null("issued_by"))
            .col(text_null("reason"))
            .to_owned();
        manager.create_table(passes).await?;
        let mails = Table::create()
            .table("gift_mails")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("gift_id"))
            .col(text("wording"))
            .col(big_integer("at_ms"))
            .foreign_key(&mut of_account())
            .to_owned();
        manager.create_table(mails).await?;
        let refusals = Table::create()
            .table("gift_refusals")
            .col(ColumnDef::new("address_index").blob().not_null().primary_key())
            .col(big_integer("since_ms"))
            .to_owned();
        manager.create_table(refusals).await?;
        let once = Index::create().name("passes_code").table("passes").col("code_hash").unique().to_owned();
        manager.create_index(once).await?;
        for (name, table, column) in [
            ("gifts_account", "gifts", "account_id"),
            ("gifts_state", "gifts", "state"),
            ("passes_order", "passes", "order_id"),
            ("gift_mails_account", "gift_mails", "account_id"),
            ("gift_mails_gift", "gift_mails", "gift_id"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
