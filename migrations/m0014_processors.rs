//! What processors have of an account and what became of having them delete it, and what they tell by themselves.

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
        let handles = Table::create()
            .table("handles")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("processor"))
            // What of ours it belongs to: a film, a photo; nothing: the account as a whole.
            .col(text_null("about"))
            .col(ColumnDef::new("handle_sealed").blob().not_null())
            .col(ColumnDef::new("handle_index").blob().not_null())
            .col(big_integer("given_at_ms"))
            // Since when it is to be deleted there.
            .col(big_integer_null("going_at_ms"))
            .col(ColumnDef::new("task_sealed").blob())
            // Somebody has to send it, and to note the answer.
            .col(ColumnDef::new("letter_sealed").blob())
            .col(text_null("problem"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(handles).await?;
        // Noted once however often it is sent.
        let once = Index::create()
            .name("handles_once")
            .table("handles")
            .col("account_id")
            .col("handle_index")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        for (name, column) in [("handles_index", "handle_index"), ("handles_going", "going_at_ms")] {
            let index = Index::create().name(name).table("handles").col(column).to_owned();
            manager.create_index(index).await?;
        }
        let receipts = Table::create()
            .table("erasure_receipts")
            .col(text("id").primary_key())
            .col(text("processor"))
            // The line of the ledger, when a whole account was erased.
            .col(text_null("erasure_id"))
            .col(big_integer("asked_at_ms"))
            .col(big_integer("done_at_ms"))
            .col(text("receipt"))
            .to_owned();
        manager.create_table(receipts).await?;
        let webhooks = Table::create()
            .table("webhooks")
            // The processor's id and its own of the delivery: doubled ones are known by it.
            .col(text("id").primary_key())
            .col(text("processor"))
            .col(text("news"))
            .col(big_integer("received_at_ms"))
            .col(big_integer_null("done_at_ms"))
            .col(integer("tries"))
            // Nothing once it was given up: somebody looks at it.
            .col(big_integer_null("next_at_ms"))
            .col(text_null("problem"))
            .to_owned();
        manager.create_table(webhooks).await?;
        for (name, column) in [("webhooks_next", "next_at_ms"), ("webhooks_done", "done_at_ms")] {
            let index = Index::create().name(name).table("webhooks").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
