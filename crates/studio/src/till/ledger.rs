//! The test till's own books: a table that stands for what a real till keeps at its own place.

use futures::future::BoxFuture;
use processors::{Charge, ChargeState, Ledger, LedgerError};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::db::Db;

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "test_till")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub amount_minor: i64,
        pub currency: String,
        pub refunded: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The books.
pub(super) struct Books(pub Db);

impl Books {
    async fn read(&self, key: &str) -> Result<Option<Charge>, DbErr> {
        let row = rows::Entity::find_by_id(key).one(self.0.read()).await?;
        Ok(row.map(|row| Charge {
            key: row.key,
            amount_minor: row.amount_minor,
            currency: row.currency,
            state: if row.refunded { ChargeState::Refunded } else { ChargeState::Paid },
        }))
    }
}

impl Ledger for Books {
    fn insert<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Charge, LedgerError>> {
        Box::pin(async move {
            let row = rows::ActiveModel {
                key: Set(charge.key.clone()),
                amount_minor: Set(charge.amount_minor),
                currency: Set(charge.currency.clone()),
                refunded: Set(false),
            };
            let keep_first = OnConflict::column(rows::Column::Key).do_nothing().to_owned();
            let insert = rows::Entity::insert(row).on_conflict(keep_first);
            insert.exec_without_returning(self.0.write()).await.map_err(away)?;
            self.read(&charge.key)
                .await
                .map_err(away)?
                .ok_or_else(|| LedgerError("the charge is gone".into()))
        })
    }

    fn find<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>> {
        Box::pin(async move { self.read(key).await.map_err(away) })
    }

    fn mark_refunded<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>> {
        Box::pin(async move {
            rows::Entity::update_many()
                .col_expr(rows::Column::Refunded, Expr::value(true))
                .filter(rows::Column::Key.eq(key))
                .exec(self.0.write())
                .await
                .map_err(away)?;
            self.read(key).await.map_err(away)
        })
    }
}

fn away(error: DbErr) -> LedgerError {
    LedgerError(error.to_string())
}
