//! What came with a mail: kept apart and sealed, and opened by nobody before it is released.

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
        let attachments = Table::create()
            .table("enquiry_attachments")
            .col(text("id").primary_key())
            .col(text("enquiry_id"))
            .col(ColumnDef::new("name_sealed").blob().not_null())
            .col(ColumnDef::new("kind_sealed").blob().not_null())
            .col(big_integer("bytes"))
            .col(ColumnDef::new("content_sealed").blob().not_null())
            .col(big_integer_null("released_at_ms"))
            // The case's own, as for its steps.
            .col(big_integer_null("closed_at_ms"))
            .foreign_key(
                ForeignKey::create()
                    .from_col("enquiry_id")
                    .to("enquiries", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(attachments).await?;
        let of_enquiry = Index::create()
            .name("enquiry_attachments_of")
            .table("enquiry_attachments")
            .col("enquiry_id")
            .to_owned();
        manager.create_index(of_enquiry).await
    }
}
