//! A second hero of an order and of its film: as much as is held of the first.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A deleted photo or profile is gone from orders and films too; they stay without it.
fn without(column: &'static str, table: &'static str) -> ColumnDef {
    let ends = format!("REFERENCES {table} (id) ON DELETE SET NULL");
    ColumnDef::new(column).text().extra(ends).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["orders", "films"] {
            let links = [("second_child_id", "children"), ("second_photo_id", "photos")];
            for (column, to) in links {
                let link = without(column, to);
                manager.alter_table(Table::alter().table(table).add_column(link).to_owned()).await?;
                let name = format!("{table}_{column}");
                manager.create_index(Index::create().name(name).table(table).col(column).to_owned()).await?;
            }
            let name = ColumnDef::new("second_name_sealed").blob().to_owned();
            manager.alter_table(Table::alter().table(table).add_column(name).to_owned()).await?;
        }
        // The guardian's word for this child and this order.
        for column in [text_null("second_guardian_wording"), big_integer_null("second_guardian_at_ms")] {
            manager.alter_table(Table::alter().table("orders").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
