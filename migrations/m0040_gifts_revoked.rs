//! Gifts whose payment a bank took are told apart from those whose money was given back by their state.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // So far the books told them apart.
        let taken = "UPDATE gifts SET state = 'revoked' WHERE state = 'returned' AND EXISTS \
            (SELECT 1 FROM charges WHERE charges.order_id = gifts.id AND charges.refunded_at_ms IS NULL)";
        manager.get_connection().execute_unprepared(taken).await?;
        Ok(())
    }
}
