//! Gift mails with a day on which they go: which mail it is, and when it goes.

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
        // Nothing: of mails that were written before; and of those that went at once.
        for column in [text_null("mail_id"), big_integer_null("goes_at_ms")] {
            manager.alter_table(Table::alter().table("gift_mails").add_column(column).to_owned()).await?;
        }
        let mail = Index::create().name("gift_mails_mail").table("gift_mails").col("mail_id").to_owned();
        manager.create_index(mail).await
    }
}
