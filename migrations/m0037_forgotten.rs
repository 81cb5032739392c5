//! Mails of a case go with it. And of orders whose film was deleted before this, who played in it is forgotten.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const STEPS: [&str; 3] = [
    // Nothing: of mails of no case, and of those that were written before; they go by their own rule.
    "ALTER TABLE mails ADD COLUMN enquiry_id TEXT REFERENCES enquiries (id) ON DELETE CASCADE",
    "CREATE INDEX mails_of_case ON mails (enquiry_id) WHERE enquiry_id IS NOT NULL",
    "UPDATE orders SET child_id = NULL, name_sealed = NULL, options_sealed = NULL, photo_id = NULL,
        guardian_wording = NULL, guardian_at_ms = NULL, second_child_id = NULL, second_name_sealed = NULL,
        second_photo_id = NULL, second_guardian_wording = NULL, second_guardian_at_ms = NULL
     WHERE state IN ('done', 'refunded')
        AND NOT EXISTS (SELECT 1 FROM films WHERE films.order_id = orders.id)",
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
