//! Receipts of what went out to processors, kept in the database: who, where to, which fields, never what
//! was in them. `egress` writes one before each call and adds what came of it.

pub(crate) mod rows;

use std::sync::Arc;

use egress::{Outcome, Receipt, ReceiptError, Receipts};
use futures::FutureExt;
use futures::future::BoxFuture;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use crate::db::Db;
use crate::ids::Ids;
use crate::{Error, Outside, Result, boxed};

/// The receipts of a studio. Processors are connected before the studio is open, so this knows the database alone.
#[derive(Clone)]
pub struct Outgoing {
    db: Db,
    outside: Outside,
    ids: Arc<Ids>,
}

impl Outgoing {
    pub(crate) fn new(db: &Db, outside: &Outside) -> Self {
        Self { db: db.clone(), outside: outside.clone(), ids: Arc::default() }
    }

    /// The last receipts, newest first: processor, host, fields and outcome of each.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn last(&self, limit: u64) -> Result<Vec<[String; 4]>> {
        let rows = rows::Entity::find()
            .order_by_desc(rows::Column::AtMs)
            .order_by_desc(rows::Column::Id)
            .limit(limit)
            .all(self.db.read())
            .await?;
        Ok(rows.into_iter().map(|row| [row.processor, row.host, row.fields, row.outcome]).collect())
    }

    async fn write(&self, receipt: &Receipt) -> Result<String> {
        let id = self.ids.next(self.outside.clock.now_ms(), &*self.outside.random);
        let row = rows::ActiveModel {
            id: Set(id.clone()),
            at_ms: Set(receipt.at_ms),
            processor: Set(receipt.processor.to_string()),
            host: Set(receipt.host.clone()),
            categories: Set(listed(&receipt.categories)),
            fields: Set(listed(&receipt.fields)),
            bytes: Set(i64::try_from(receipt.bytes).map_err(Error::internal)?),
            outcome: Set(receipt.outcome.word().into_owned()),
        };
        rows::Entity::insert(row).exec_without_returning(self.db.write()).await?;
        Ok(id)
    }

    async fn end(&self, id: &str, outcome: &Outcome) -> Result<()> {
        rows::Entity::update_many()
            .col_expr(rows::Column::Outcome, Expr::value(outcome.word().into_owned()))
            .filter(rows::Column::Id.eq(id))
            .exec(self.db.write())
            .await?;
        Ok(())
    }
}

fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(" ")
}

impl Receipts for Outgoing {
    fn open<'a>(&'a self, receipt: &'a Receipt) -> BoxFuture<'a, std::result::Result<String, ReceiptError>> {
        async move { self.write(receipt).await.map_err(|error| ReceiptError(error.to_string())) }.boxed()
    }

    fn close<'a>(
        &'a self,
        id: &'a str,
        outcome: &'a Outcome,
    ) -> BoxFuture<'a, std::result::Result<(), ReceiptError>> {
        async move { self.end(id, outcome).await.map_err(|error| ReceiptError(error.to_string())) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use policy::{CategoryId, ProcessorId};

    use super::*;
    use crate::db::testing::on_both;

    #[test]
    fn a_receipt_says_what_went_where_and_what_came_of_it() {
        on_both(async |kit| {
            let outgoing = kit.studio.outgoing();
            let receipt = Receipt {
                at_ms: kit.studio.now_ms(),
                processor: ProcessorId::Fal,
                host: "queue.fal.run".into(),
                categories: BTreeSet::from([CategoryId::UploadedImages]),
                fields: BTreeSet::from(["image_url".to_owned(), "prompt".to_owned()]),
                bytes: 5,
                outcome: Outcome::Sent,
            };
            let id = outgoing.open(&receipt).await.unwrap();
            let told = async || outgoing.last(5).await.unwrap();
            let row =
                |outcome: &str| ["fal", "queue.fal.run", "image_url prompt", outcome].map(str::to_owned);
            assert_eq!(told().await, [row("sent")]);
            outgoing.close(&id, &Outcome::Answered(200)).await.unwrap();
            assert_eq!(told().await, [row("answered-200")]);
        });
    }
}
