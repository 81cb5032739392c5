//! The messenger of somebody else: which conversation and which message of ours is which there, and up to when it was
//! looked through.

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
        let conversations = Table::create()
            .table("outside_conversations")
            // Ours. It outlives our conversation until theirs is deleted, so no key leads there.
            .col(text("conversation_id").primary_key())
            .col(text_null("account_id"))
            .col(text("processor"))
            .col(ColumnDef::new("their_sealed").blob().not_null())
            .col(ColumnDef::new("their_index").blob().not_null())
            .col(big_integer("seen_s"))
            // Since when it is to be deleted there.
            .col(big_integer_null("going_at_ms"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .col(text_null("problem"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(conversations).await?;
        // One copy, however often it is read.
        let once = Index::create()
            .name("outside_conversations_once")
            .table("outside_conversations")
            .col("their_index")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        let going = Index::create()
            .name("outside_conversations_going")
            .table("outside_conversations")
            .col("going_at_ms")
            .to_owned();
        manager.create_index(going).await?;
        let messages = Table::create()
            .table("outside_messages")
            .col(text("conversation_id"))
            .col(big_integer("place"))
            // Nothing: it is not known to be there.
            .col(ColumnDef::new("their_index").blob())
            .col(big_integer_null("sent_at_ms"))
            // When it is to be sent; nothing: it need not be.
            .col(big_integer_null("next_at_ms"))
            .col(integer("tries"))
            .col(text_null("problem"))
            .primary_key(Index::create().col("conversation_id").col("place"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("conversation_id")
                    .to("conversations", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(messages).await?;
        let once = Index::create()
            .name("outside_messages_once")
            .table("outside_messages")
            .col("conversation_id")
            .col("their_index")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        let next = Index::create()
            .name("outside_messages_next")
            .table("outside_messages")
            .col("next_at_ms")
            .to_owned();
        manager.create_index(next).await?;
        let looks = Table::create()
            .table("outside_looks")
            .col(text("processor").primary_key())
            .col(big_integer("since_s"))
            .col(big_integer("next_at_ms"))
            // When it is looked next for copies that went.
            .col(big_integer("compare_at_ms"))
            .to_owned();
        manager.create_table(looks).await?;
        // Conversations that could not be read, until they were.
        let misses = Table::create()
            .table("outside_misses")
            .col(text("id").primary_key())
            .col(text("processor"))
            .col(ColumnDef::new("their_sealed").blob().not_null())
            .col(ColumnDef::new("their_index").blob().not_null())
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .to_owned();
        manager.create_table(misses).await?;
        let once = Index::create()
            .name("outside_misses_once")
            .table("outside_misses")
            .col("their_index")
            .unique()
            .to_owned();
        manager.create_index(once).await
    }
}
