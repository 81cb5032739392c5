//! Checkouts at a till that has a page of its own, and disputes of what was paid there.

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
        let checkouts = Table::create()
            .table("checkouts")
            // The order's pay key and the turn: what the till knows the request by.
            .col(text("id").primary_key())
            // It outlives the order: money that comes late is given back, and books are kept.
            .col(text("order_id"))
            .col(text("pay_key"))
            .col(integer("turn"))
            .col(text("till"))
            .col(text("state"))
            // The till's id of it; none until the till has answered.
            .col(text_null("checkout"))
            .col(big_integer("amount_minor"))
            .col(text("currency"))
            .col(text("language"))
            .col(text_null("payment"))
            .col(text_null("refund"))
            // How many refunds of it failed: each one that is asked for after that has a key of its own.
            .col(integer("refund_round"))
            .col(big_integer("opened_at_ms"))
            .col(big_integer("expires_at_ms"))
            .col(big_integer_null("paid_at_ms"))
            .col(big_integer_null("returned_at_ms"))
            .col(integer("tries"))
            // Nothing where nothing is left to do.
            .col(big_integer_null("next_at_ms"))
            .col(text_null("problem"))
            .to_owned();
        manager.create_table(checkouts).await?;
        let at_the_till =
            Index::create().name("checkouts_checkout").table("checkouts").col("checkout").unique().to_owned();
        manager.create_index(at_the_till).await?;
        for (name, column) in [
            ("checkouts_order", "order_id"),
            ("checkouts_pay_key", "pay_key"),
            ("checkouts_payment", "payment"),
            ("checkouts_next", "next_at_ms"),
        ] {
            let index = Index::create().name(name).table("checkouts").col(column).to_owned();
            manager.create_index(index).await?;
        }
        let disputes = Table::create()
            .table("disputes")
            // The till's id of it.
            .col(text("id").primary_key())
            .col(text_null("payment"))
            .col(big_integer("amount_minor"))
            .col(text("currency"))
            .col(text("reason"))
            .col(big_integer("heard_at_ms"))
            .col(big_integer_null("answered_at_ms"))
            .to_owned();
        manager.create_table(disputes).await
    }
}
