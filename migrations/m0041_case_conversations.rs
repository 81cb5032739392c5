//! In which conversation a request was made, where that was the messenger: what its person adds there is of the same case.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const STEPS: [&str; 2] = [
    // Nothing: of cases that came otherwise or before this, and once the conversation is not kept any more.
    "ALTER TABLE enquiries ADD COLUMN conversation_id TEXT REFERENCES conversations (id) ON DELETE SET NULL",
    "CREATE INDEX enquiries_conversation ON enquiries (conversation_id) WHERE conversation_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for step in STEPS {
            manager.get_connection().execute_unprepared(step).await?;
        }
        Ok(())
    }
}
