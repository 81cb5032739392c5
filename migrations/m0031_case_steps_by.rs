//! Who did a step of a case. Of steps before this one nothing is known, but for those about attachments.

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
        for column in [text_null("by_whom"), text_null("role")] {
            manager.alter_table(Table::alter().table("enquiry_steps").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
