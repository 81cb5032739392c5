//! What the desk did with orders; and what was in the way of a mail.

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
        let acts = Table::create()
            .table("order_acts")
            .col(text("id").primary_key())
            .col(text("order_id"))
            .col(text("act"))
            // Which time of its kind: asked for twice, it is done once.
            .col(integer("turn"))
            // Not a key to another table, as the line outlives whoever worked here.
            .col(text("by_whom"))
            .col(text("role"))
            .col(ColumnDef::new("reason_sealed").blob().not_null())
            .col(big_integer("at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("order_id")
                    .to("orders", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(acts).await?;
        let once = Index::create()
            .name("order_acts_once")
            .table("order_acts")
            .col("order_id")
            .col("act")
            .col("turn")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        let problem = text_null("problem");
        manager.alter_table(Table::alter().table("mails").add_column(problem).to_owned()).await?;
        let paid = Index::create().name("orders_paid").table("orders").col("paid_at_ms").to_owned();
        manager.create_index(paid).await
    }
}
