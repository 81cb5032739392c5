//! What the policy's machinery remembers: consent receipts, counts of use, receipts of what went out,
//! enquiries of people, and who was told of a new policy.

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
        let tables = [
            // What was decided on the banner, under a random id that only the visitor's cookie knows.
            Table::create()
                .table("consent_receipts")
                .col(text("id").primary_key())
                .col(text("consent_id"))
                .col(big_integer("given_at_ms"))
                .col(text_null("country"))
                .col(text("regime"))
                .col(boolean("analytics"))
                .col(boolean("support"))
                .col(text("method"))
                .col(text("wording"))
                .col(text("policy"))
                .to_owned(),
            // Sums by day; nothing that could lead back to anybody.
            Table::create()
                .table("usage_counts")
                .col(text("day"))
                .col(text("event"))
                .col(text("place"))
                .col(big_integer("count"))
                .primary_key(Index::create().col("day").col("event").col("place"))
                .to_owned(),
            // What went out to whom, without the data.
            Table::create()
                .table("egress_receipts")
                .col(text("id").primary_key())
                .col(big_integer("at_ms"))
                .col(text("processor"))
                .col(text("host"))
                .col(text("categories"))
                .col(text("fields"))
                .col(big_integer("bytes"))
                .col(text("outcome"))
                .to_owned(),
            Table::create()
                .table("enquiries")
                .col(text("id").primary_key())
                .col(text("kind"))
                .col(text("state"))
                .col(boolean("priority"))
                .col(ColumnDef::new("sealed").blob().not_null())
                .col(big_integer("created_at_ms"))
                .col(big_integer("due_at_ms"))
                .col(big_integer_null("closed_at_ms"))
                .to_owned(),
            Table::create()
                .table("policy_notices")
                .col(text("account_id"))
                .col(text("policy"))
                .col(big_integer("told_at_ms"))
                .primary_key(Index::create().col("account_id").col("policy"))
                .foreign_key(
                    ForeignKey::create()
                        .from_col("account_id")
                        .to("accounts", "id")
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for (name, on, columns) in [
            ("consent_receipts_of_id", "consent_receipts", &["consent_id", "given_at_ms"][..]),
            ("consent_receipts_by_time", "consent_receipts", &["given_at_ms"]),
            ("egress_receipts_by_time", "egress_receipts", &["at_ms"]),
            ("enquiries_open", "enquiries", &["state", "due_at_ms"]),
        ] {
            let mut index = Index::create().name(name).table(on).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
