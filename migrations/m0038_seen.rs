//! When a shared film was seen last. And of what was said about marketing mail what follows from the country, in place of
//! the country itself.

use policy::marketing::Rule;
use policy::{Country, Policy};
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
        // Nothing: of shares that nobody has opened since.
        let seen = big_integer_null("last_viewed_at_ms");
        manager.alter_table(Table::alter().table("shares").add_column(seen).to_owned()).await?;
        let db = manager.get_connection();
        for column in [
            "confirm BOOLEAN NOT NULL DEFAULT TRUE",
            "customers BOOLEAN NOT NULL DEFAULT FALSE",
            "clock_least BIGINT NOT NULL DEFAULT 0",
            "clock_most BIGINT NOT NULL DEFAULT 0",
        ] {
            db.execute_unprepared(&format!("ALTER TABLE marketing_acts ADD COLUMN {column}")).await?;
        }
        let countries = Query::select().distinct().column("country").from("marketing_acts").to_owned();
        for row in db.query_all(&countries).await? {
            let country: Option<String> = row.try_get("", "country")?;
            let rule = Rule::of(Policy::current(), country.as_deref().and_then(Country::parse));
            let there = country.map_or(Expr::col("country").is_null(), |code| Expr::col("country").eq(code));
            let change = Query::update()
                .table("marketing_acts")
                .values([
                    ("confirm", rule.confirm.into()),
                    ("customers", rule.customers.into()),
                    ("clock_least", rule.clocks.least.into()),
                    ("clock_most", rule.clocks.most.into()),
                ])
                .and_where(there)
                .to_owned();
            db.execute(&change).await?;
        }
        db.execute_unprepared("ALTER TABLE marketing_acts DROP COLUMN country").await?;
        // Who would have been written to by their country cannot be told apart any more: nobody is.
        db.execute_unprepared(
            "UPDATE campaigns SET state = 'stopped'
             WHERE state IN ('draft', 'sending', 'paused') AND segment LIKE '%\"country\":\"%'",
        )
        .await?;
        Ok(())
    }
}
