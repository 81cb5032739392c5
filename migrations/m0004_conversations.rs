//! The messenger: conversations with support and what was said in them, and the customers who objected to
//! being offered it in Minitube.

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
        let tables = [
            // Of whoever writes no more than the policy lists: the page, hashes of what the device and the
            // session are known by, the account only when signed in.
            Table::create()
                .table("conversations")
                .col(text("id").primary_key())
                .col(text("page"))
                .col(ColumnDef::new("device_hash").blob())
                .col(ColumnDef::new("session_hash").blob())
                .col(text_null("account_id"))
                .col(text("state"))
                .col(big_integer("created_at_ms"))
                // Since when the person waits for an answer.
                .col(big_integer_null("waiting_since_ms"))
                .col(big_integer_null("closed_at_ms"))
                .foreign_key(
                    ForeignKey::create()
                        .from_col("account_id")
                        .to("accounts", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
            Table::create()
                .table("conversation_messages")
                .col(text("conversation_id"))
                // From 1, without a gap.
                .col(big_integer("place"))
                .col(text("author"))
                .col(ColumnDef::new("sealed").blob().not_null())
                .col(big_integer("written_at_ms"))
                // The conversation's, again: what is swept by its age is found in its own row.
                .col(big_integer_null("closed_at_ms"))
                .primary_key(Index::create().col("conversation_id").col("place"))
                .foreign_key(
                    ForeignKey::create()
                        .from_col("conversation_id")
                        .to("conversations", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for (name, columns) in [
            ("conversations_of_device", &["device_hash"][..]),
            ("conversations_of_account", &["account_id"]),
            ("conversations_waiting", &["state", "waiting_since_ms"]),
        ] {
            let mut index = Index::create().name(name).table("conversations").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let objected = big_integer_null("support_objected_at_ms");
        manager.alter_table(Table::alter().table("accounts").add_column(objected).to_owned()).await
    }
}
