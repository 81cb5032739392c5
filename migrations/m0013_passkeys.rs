//! Passkeys, and the challenges that browsers answer with them.

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
        let passkeys = Table::create()
            .table("passkeys")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(ColumnDef::new("credential").blob().not_null().unique_key())
            .col(ColumnDef::new("public_key").blob().not_null())
            .col(big_integer("signed"))
            .col(big_integer("created_at_ms"))
            .col(big_integer_null("used_at_ms"))
            .foreign_key(&mut of_account())
            .to_owned();
        manager.create_table(passkeys).await?;
        let challenges = Table::create()
            .table("passkey_challenges")
            .col(ColumnDef::new("challenge_hash").blob().not_null().primary_key())
            // Of whom a passkey is to be added to; nobody's when somebody signs in.
            .col(text_null("account_id"))
            .col(big_integer("expires_at_ms"))
            .foreign_key(&mut of_account())
            .to_owned();
        manager.create_table(challenges).await?;
        for (name, table) in
            [("passkeys_account", "passkeys"), ("passkey_challenges_account", "passkey_challenges")]
        {
            let index = Index::create().name(name).table(table).col("account_id").to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn of_account() -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col("account_id")
        .to("accounts", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
