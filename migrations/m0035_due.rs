//! What is due is found without looking at all there ever was: mails that wait, pages where nobody paid, accounts that
//! end, payments whose answer was never heard, films that are shown.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A state is a parameter of its queries: no database can tell then that an index of one state has all they want, so
/// the state is a column of the index. That a time is there follows from comparing it.
const INDEXES: [&str; 7] = [
    "CREATE INDEX mails_by_state ON mails (state, due_at_ms)",
    // Most are sent: those of one account must not be looked for by the state alone.
    "CREATE INDEX mails_of_account ON mails (account_id, state, sent_at_ms)",
    "CREATE INDEX mails_created_at_ms ON mails (created_at_ms)",
    "CREATE INDEX checkouts_unpaid ON checkouts (expires_at_ms) WHERE paid_at_ms IS NULL",
    "CREATE INDEX accounts_leaving ON accounts (leaving_at_ms) WHERE leaving_at_ms IS NOT NULL",
    "CREATE INDEX orders_paying ON orders (state, paying_at_ms) WHERE paying_at_ms IS NOT NULL",
    "CREATE INDEX releases_shown ON releases (id) WHERE shown_at_ms IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
