//! From when the years count for which it is kept what somebody said about marketing: not while it holds, and a no holds
//! as long as there is the account that said it.

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
        for table in ["marketing_acts", "suppressions"] {
            let column = big_integer_null("over_at_ms");
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let db = manager.get_connection();
        // What was wanted was over with the no after it, and a no with whatever came after it.
        db.execute_unprepared(
            "UPDATE marketing_acts SET over_at_ms = (
                SELECT MIN(later.at_ms) FROM marketing_acts AS later
                WHERE later.account_id = marketing_acts.account_id
                AND (later.at_ms > marketing_acts.at_ms
                    OR (later.at_ms = marketing_acts.at_ms AND later.id > marketing_acts.id))
                AND (later.status = 'unsubscribed' OR marketing_acts.status = 'unsubscribed'))",
        )
        .await?;
        // The next sweep sees which of them an account has.
        db.execute_unprepared("UPDATE suppressions SET over_at_ms = since_ms").await?;
        Ok(())
    }
}
