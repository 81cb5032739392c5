//! Campaigns that are written before they go, go to a part of the people, at a pace, and can be held up; and what those
//! who agreed to it did with the mails they got.

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
        for (table, column) in [
            // Those from before went to everybody at once, and were over by themselves.
            ("campaigns", text("state").default("done").take()),
            ("campaigns", text("segment").default("{}").take()),
            ("campaigns", text("link").default("").take()),
            ("campaigns", big_integer("per_hour").default(500).take()),
            ("campaigns", big_integer_null("begun_at_ms")),
            // Sums, with nobody in them.
            ("campaigns", big_integer("sent").default(0).take()),
            ("campaigns", big_integer("opened").default(0).take()),
            ("campaigns", big_integer("clicked").default(0).take()),
            ("campaigns", big_integer("unsubscribed").default(0).take()),
            // The mail that it went by.
            ("mailings", text_null("mail_id")),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        let engagements = Table::create()
            .table("engagements")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("mailing_id"))
            // Opened, or a link in it followed.
            .col(text("what"))
            .col(big_integer("at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(engagements).await?;
        let once = Index::create()
            .name("engagements_once")
            .table("engagements")
            .col("mailing_id")
            .col("what")
            .unique()
            .to_owned();
        manager.create_index(once).await?;
        for (name, table, column) in [
            ("engagements_account", "engagements", "account_id"),
            ("mailings_mail", "mailings", "mail_id"),
            ("mailings_about", "mailings", "about"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
