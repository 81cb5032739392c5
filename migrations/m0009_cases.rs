//! Enquiries become cases: how each came, whether its sender's address is confirmed, what was done with it.

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
        for column in [
            text_null("source"),
            text_null("language"),
            ColumnDef::new("mail_hash").blob().null().take(),
            ColumnDef::new("token_hash").blob().null().take(),
            big_integer_null("confirmed_at_ms"),
            big_integer_null("reminded_at_ms"),
            big_integer_null("alarmed_at_ms"),
        ] {
            manager.alter_table(Table::alter().table("enquiries").add_column(column).to_owned()).await?;
        }
        let steps = Table::create()
            .table("enquiry_steps")
            .col(text("id").primary_key())
            .col(text("enquiry_id"))
            .col(text("step"))
            .col(ColumnDef::new("words_sealed").blob().null())
            .col(big_integer("at_ms"))
            // The case's own, so that its log ends when it does.
            .col(big_integer_null("closed_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("enquiry_id")
                    .to("enquiries", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(steps).await?;
        let once =
            Index::create().name("enquiries_mail").table("enquiries").col("mail_hash").unique().to_owned();
        manager.create_index(once).await?;
        let of_enquiry =
            Index::create().name("enquiry_steps_of").table("enquiry_steps").col("enquiry_id").to_owned();
        manager.create_index(of_enquiry).await
    }
}
