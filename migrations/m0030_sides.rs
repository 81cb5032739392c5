//! Shared sides of personal shots stand among the shots that all copies share: for which room of those who play.

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
        // Nothing: a whole shot.
        let room = integer_null("room");
        manager.alter_table(Table::alter().table("shared_shots").add_column(room).to_owned()).await
    }
}
