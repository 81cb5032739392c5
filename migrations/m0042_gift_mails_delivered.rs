//! When a gift mail was delivered: until then its giver is not told that it was.

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
        let column = big_integer_null("delivered_at_ms");
        manager.alter_table(Table::alter().table("gift_mails").add_column(column).to_owned()).await?;
        // Of those from before nothing else is known than that they wait no more.
        let gone = "UPDATE gift_mails SET delivered_at_ms = COALESCE(goes_at_ms, at_ms) WHERE NOT EXISTS \
            (SELECT 1 FROM mails WHERE mails.id = gift_mails.mail_id AND mails.state = 'waiting')";
        manager.get_connection().execute_unprepared(gone).await?;
        Ok(())
    }
}
