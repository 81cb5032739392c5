//! Handles of people without an account, and what is deleted outside for them: it was kept beside the handles before.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What stood in other tables of deletions that are handles now. What was under way is begun anew.
const GONE: [&str; 9] = [
    "ALTER TABLE people_unfinished DROP COLUMN going_at_ms",
    "ALTER TABLE people_unfinished DROP COLUMN task_sealed",
    "ALTER TABLE people_unfinished DROP COLUMN letter_sealed",
    "ALTER TABLE people_unfinished DROP COLUMN tries",
    "DROP INDEX outside_conversations_going",
    "ALTER TABLE outside_conversations DROP COLUMN going_at_ms",
    "ALTER TABLE outside_conversations DROP COLUMN tries",
    "ALTER TABLE outside_conversations DROP COLUMN next_at_ms",
    "ALTER TABLE outside_conversations DROP COLUMN problem",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Not every database can take a `NOT NULL` away: the table is made anew.
        let handles = Table::create()
            .table("handles_anew")
            .col(text("id").primary_key())
            // Nothing: of somebody who has no account.
            .col(text_null("account_id"))
            .col(text("processor"))
            .col(text_null("about"))
            .col(ColumnDef::new("handle_sealed").blob().not_null())
            .col(ColumnDef::new("handle_index").blob().not_null())
            .col(big_integer("given_at_ms"))
            .col(big_integer_null("going_at_ms"))
            .col(ColumnDef::new("task_sealed").blob())
            .col(ColumnDef::new("letter_sealed").blob())
            .col(text_null("problem"))
            .col(integer("tries"))
            .col(big_integer("next_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Restrict),
            )
            .to_owned();
        manager.create_table(handles).await?;
        let columns = "id, account_id, processor, about, handle_sealed, handle_index, given_at_ms, going_at_ms, \
                       task_sealed, letter_sealed, problem, tries, next_at_ms";
        let copy = format!("INSERT INTO handles_anew ({columns}) SELECT {columns} FROM handles");
        let db = manager.get_connection();
        db.execute_unprepared(&copy).await?;
        db.execute_unprepared("DROP TABLE handles").await?;
        db.execute_unprepared("ALTER TABLE handles_anew RENAME TO handles").await?;
        let once = Index::create()
            .name("handles_once")
            .table("handles")
            .col("account_id")
            .col("handle_index")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        for (name, column) in [("handles_index", "handle_index"), ("handles_going", "going_at_ms")] {
            let index = Index::create().name(name).table("handles").col(column).to_owned();
            manager.create_index(index).await?;
        }
        // Two rows without an account are not the same to the index above.
        let strays = "CREATE UNIQUE INDEX handles_strays ON handles (handle_index) WHERE account_id IS NULL";
        db.execute_unprepared(strays).await?;
        for gone in GONE {
            db.execute_unprepared(gone).await?;
        }
        Ok(())
    }
}
