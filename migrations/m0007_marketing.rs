//! Marketing: who agreed to it, when, how and to which words; who must not be written to; what was sent; campaigns.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn of_account() -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col("account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            // The history: a row for each act, never changed but for its end.
            Table::create()
                .table("marketing_acts")
                .col(text("id").primary_key())
                .col(text("account_id"))
                .col(text("status"))
                .col(text("method"))
                .col(text("wording"))
                .col(text_null("country"))
                .col(big_integer("at_ms"))
                // When another act took its place, or at once where it ended everything.
                .col(big_integer_null("ended_at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            // Outlives the account, so that nobody is enrolled again unasked: a keyed hash of the address.
            Table::create()
                .table("suppressions")
                .col(ColumnDef::new("email_index").blob().not_null().primary_key())
                .col(big_integer("since_ms"))
                .to_owned(),
            // What was sent to whom on what ground; once for each thing.
            Table::create()
                .table("mailings")
                .col(text("id").primary_key())
                .col(text("account_id"))
                .col(text("mailing"))
                .col(text("about"))
                .col(text("ground"))
                .col(big_integer("at_ms"))
                .foreign_key(&mut of_account())
                .to_owned(),
            Table::create()
                .table("campaigns")
                .col(text("id").primary_key())
                .col(text("mailing"))
                .col(text("words"))
                .col(big_integer("created_at_ms"))
                .to_owned(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        let once = Index::create()
            .name("mailings_once")
            .table("mailings")
            .col("account_id")
            .col("mailing")
            .col("about")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        for (name, on, columns) in [
            ("marketing_acts_of_account", "marketing_acts", &["account_id", "at_ms"][..]),
            ("mailings_of_account", "mailings", &["account_id", "at_ms"]),
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
