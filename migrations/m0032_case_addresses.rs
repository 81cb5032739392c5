//! By which address a case came, as a keyed hash: so that it is found when the account with that address ends, or has its
//! data handed out. Of cases before this one nothing is known; they go by their own rule.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new("address_index").blob().null().take();
        manager.alter_table(Table::alter().table("enquiries").add_column(column).to_owned()).await?;
        let by_address =
            Index::create().name("enquiries_address").table("enquiries").col("address_index").to_owned();
        manager.create_index(by_address).await
    }
}
