//! The register of encrypted objects: whose each is and what it is for.
//!
//! An object is stored first and then entered, in the transaction of the row that needs it. What
//! was stored but never entered is an orphan; [`Objects::sweep`] deletes it.

use std::collections::HashSet;

use bytes::Bytes;
use futures::TryStreamExt;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{EntityTrait, QuerySelect};
use vault::{DataKey, ObjectId};

use crate::clock::HOUR_MS;
use crate::{AccountId, Result, Studio};

/// An object younger than this may still be waiting for its row.
const ORPHAN_AFTER_MS: i64 = HOUR_MS;
/// Objects compared with the register at once.
const SWEEP_BATCH: usize = 500;

/// The table `objects`.
pub(crate) mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "objects")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub kind: String,
        pub bytes: i64,
        pub created_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// An object that is stored but not yet entered.
#[derive(Debug, Clone)]
#[must_use = "an object that is not entered is swept away"]
pub struct Stored {
    /// Its id.
    pub id: ObjectId,
    /// Bytes as they were put in.
    pub bytes: u64,
}

/// The register of a studio.
#[derive(Clone, Copy)]
pub struct Objects<'a> {
    studio: &'a Studio,
}

impl<'a> Objects<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Stores an object under the account's key. Nothing refers to it until it is entered.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn store(&self, key: &DataKey, bytes: &[u8]) -> Result<Stored> {
        let id = self.studio.vault().put(key, bytes).await?;
        Ok(Stored { id, bytes: bytes.len() as u64 })
    }

    /// Enters a stored object, in the transaction of the row that needs it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn enter(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        kind: &'static str,
        stored: &Stored,
    ) -> Result<()> {
        let row = rows::ActiveModel {
            id: Set(stored.id.to_string()),
            account_id: Set(account.to_string()),
            kind: Set(kind.into()),
            bytes: Set(stored.bytes as i64),
            created_at_ms: Set(self.studio.now_ms()),
        };
        rows::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }

    /// Strikes objects out, in the transaction of the row that needed them. After the commit
    /// give them to [`Objects::delete`]; should that not happen, the sweep does it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn strike(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        ids: &[ObjectId],
    ) -> Result<()> {
        if !ids.is_empty() {
            rows::Entity::delete_many()
                .filter(rows::Column::AccountId.eq(account.as_str()))
                .filter(rows::Column::Id.is_in(ids.iter().map(ObjectId::to_string)))
                .exec(tx)
                .await?;
        }
        Ok(())
    }

    /// Deletes the bytes of objects that were struck out.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn delete(&self, ids: &[ObjectId]) -> Result<()> {
        for id in ids {
            self.studio.vault().delete(id).await?;
        }
        Ok(())
    }

    /// A whole object.
    ///
    /// # Errors
    /// `object-not-found`, or when it does not open.
    pub async fn get(&self, key: &DataKey, id: &ObjectId) -> Result<Bytes> {
        Ok(self.studio.vault().get(key, id).await?)
    }

    /// Deletes objects in the store that are not entered and older than an hour; returns how many.
    ///
    /// # Errors
    /// When the store or the database is out of reach.
    pub async fn sweep(&self) -> Result<u64> {
        let before = self.studio.now_ms() - ORPHAN_AFTER_MS;
        let old = self.studio.vault().list().map_err(crate::Error::from);
        let old = old.try_filter(|found| std::future::ready(found.written_at_ms < before));
        let mut batches = old.map_ok(|found| found.id).try_chunks(SWEEP_BATCH);
        let mut deleted = 0;
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            let entered: HashSet<String> = rows::Entity::find()
                .select_only()
                .column(rows::Column::Id)
                .filter(rows::Column::Id.is_in(batch.iter().map(ObjectId::to_string)))
                .into_tuple()
                .all(self.studio.db().read())
                .await?
                .into_iter()
                .collect();
            let orphans: Vec<_> = batch.into_iter().filter(|id| !entered.contains(&id.to_string())).collect();
            self.delete(&orphans).await?;
            deleted += orphans.len() as u64;
        }
        Ok(deleted)
    }
}

/// An object's id as it stands in a row.
pub(crate) fn id_in_row(text: &str) -> Result<ObjectId> {
    ObjectId::parse(text).ok_or_else(|| crate::Error::internal("an object's id in a row is none"))
}

#[cfg(test)]
mod tests {
    use crate::clock::DAY_MS;
    use crate::db::testing::on_both;

    #[test]
    fn only_old_orphans_are_swept() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let (studio, key) =
                (&kit.studio, kit.studio.data_key(&account, policy::PurposeId::Films).await.unwrap());
            let kept = studio.objects().store(&key, b"kept").await.unwrap();
            let orphan = studio.objects().store(&key, b"orphan").await.unwrap();
            let tx = studio.db().begin().await.unwrap();
            studio.objects().enter(&tx, &account, "test", &kept).await.unwrap();
            tx.commit().await.unwrap();

            // Files carry the machine's time; the studio's clock is moved to it and beyond.
            kit.clock.advance(crate::Clock::now_ms(&crate::System) - studio.now_ms());
            assert_eq!(studio.objects().sweep().await.unwrap(), 0, "too young");
            kit.clock.advance(DAY_MS);
            assert_eq!(studio.objects().sweep().await.unwrap(), 1);
            assert!(studio.objects().get(&key, &orphan.id).await.is_err());
            assert_eq!(&studio.objects().get(&key, &kept.id).await.unwrap()[..], b"kept");

            let tx = studio.db().begin().await.unwrap();
            studio.objects().strike(&tx, &account, &[kept.id]).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(studio.objects().sweep().await.unwrap(), 1, "struck out, the bytes go too");
        });
    }
}
