//! What a mailing list outside was told last of each person, which purchases, and until when it was listened to.

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
        let members = Table::create()
            .table("list_members")
            .col(text("account_id").primary_key())
            // Which list knows them; empty: none.
            .col(text("processor"))
            .col(text("told"))
            // Under which address they are known there: the account may have another one meanwhile.
            .col(ColumnDef::new("email_index").blob())
            .col(ColumnDef::new("email_sealed").blob())
            .col(big_integer("since_ms"))
            // From when on purchases are told.
            .col(big_integer("bought_since_ms"))
            .col(big_integer("looked_at_ms"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .foreign_key(&mut to("account_id", "accounts"))
            .to_owned();
        manager.create_table(members).await?;
        for (name, column) in [("list_members_told", "told"), ("list_members_email", "email_index")] {
            let index = Index::create().name(name).table("list_members").col(column).to_owned();
            manager.create_index(index).await?;
        }
        let purchases = Table::create()
            .table("list_purchases")
            .col(text("order_id").primary_key())
            .col(text("account_id"))
            .col(big_integer("told_at_ms"))
            .foreign_key(&mut to("order_id", "orders"))
            .foreign_key(&mut to("account_id", "accounts"))
            .to_owned();
        manager.create_table(purchases).await?;
        let index = Index::create()
            .name("list_purchases_account")
            .table("list_purchases")
            .col("account_id")
            .to_owned();
        manager.create_index(index).await?;
        let polls = Table::create()
            .table("list_polls")
            .col(text("processor").primary_key())
            .col(big_integer("heard_at_ms"))
            // When what it was told is compared next with what holds.
            .col(big_integer("compare_at_ms"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .to_owned();
        manager.create_table(polls).await
    }
}

fn to(column: &'static str, table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from_col(column).to(table, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}
