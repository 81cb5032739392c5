//! The register of encrypted objects: whose each is and what it is for.
//!
//! An object is stored first and then entered, in the transaction of the row that needs it. What
//! was stored but never entered is an orphan; [`Objects::sweep`] deletes it. A bucket might be somebody else's: it says
//! whose it is, and is never emptied at one go.

use std::collections::HashSet;

use bytes::Bytes;
use futures::TryStreamExt;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QuerySelect};
use vault::{DataKey, ObjectId};

use crate::clock::HOUR_MS;
use crate::keys::house_rows;
use crate::{AccountId, Error, Result, Studio, boxed};

/// An object younger than this may still be waiting for its row.
const ORPHAN_AFTER_MS: i64 = HOUR_MS;
/// Objects compared with the register at once.
const SWEEP_BATCH: usize = 500;
/// Orphans that a bucket may have without anybody wondering.
const ORPHANS_MAX: usize = 100;
/// The shared object that says whose a bucket is.
const MARKER: &str = "house";
/// The house's own random id, beside its key.
const HOUSE_ID: &str = "house-id";

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
    #[boxed]
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
    #[boxed]
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
    #[boxed]
    pub async fn get(&self, key: &DataKey, id: &ObjectId) -> Result<Bytes> {
        Ok(self.studio.vault().get(key, id).await?)
    }

    /// Makes sure that the bucket, where there is one, is this house's, before anything in it is changed. One that is
    /// empty becomes it.
    ///
    /// # Errors
    /// `bucket-of-another`; `bucket-unmarked` when it has objects and does not say whose.
    #[boxed]
    pub(crate) async fn claim(&self) -> Result<()> {
        let Some(store) = &self.studio.connected().objects else { return Ok(()) };
        let (vault, ours) = (self.studio.vault(), self.house_id().await?);
        match vault.get_shared(MARKER).await? {
            Some(there) if there[..] == ours[..] => return Ok(()),
            Some(_) => {
                let sentence = "Nothing in the bucket was changed: it belongs to another installation of Mini Studio, \
                                and its objects would be deleted as orphans. Use its own database, or another bucket.";
                return Err(Error::refused("bucket-of-another", sentence));
            }
            None => {}
        }
        let first = store.list(None).try_next().await;
        if first.map_err(|error| Error::unavailable("store-away", error))?.is_some() {
            let sentence = format!(
                "Nothing in the bucket was changed: it has objects, but does not say whose they are. If they are this \
                 installation's, put an object named shared/{MARKER} there that holds {}; else use another bucket.",
                String::from_utf8_lossy(&ours)
            );
            return Err(Error::refused("bucket-unmarked", sentence));
        }
        Ok(vault.put_shared(MARKER, ours.into()).await?)
    }

    /// The house's id, made once. Two processes starting at once agree.
    async fn house_id(&self) -> Result<Vec<u8>> {
        let db = self.studio.db().write();
        let id = format!("{:032x}", u128::from_be_bytes(self.studio.random().bytes()));
        let row = house_rows::ActiveModel { name: Set(HOUSE_ID.into()), value: Set(id.into_bytes()) };
        let keep_first = OnConflict::column(house_rows::Column::Name).do_nothing().to_owned();
        house_rows::Entity::insert(row).on_conflict(keep_first).exec_without_returning(db).await?;
        let row = house_rows::Entity::find_by_id(HOUSE_ID).one(db).await?;
        row.map(|row| row.value).ok_or_else(|| Error::internal("the house's id is gone"))
    }

    /// Deletes objects in the store that are not entered and older than an hour; returns how many. None where suspiciously
    /// many would go: then it is rather the database that is wrong.
    ///
    /// # Errors
    /// Those of a bucket that is not this house's; when the store or the database is out of reach.
    #[boxed]
    pub async fn sweep(&self) -> Result<u64> {
        self.claim().await?;
        let (orphans, all) = self.orphans().await?;
        if are_too_many(orphans.len(), all) {
            tracing::error!(
                orphans = orphans.len(),
                objects = all,
                "suspiciously many objects in the store have no row: none was deleted; is it the right database?"
            );
            return Ok(0);
        }
        self.delete(&orphans).await?;
        Ok(orphans.len() as u64)
    }

    /// What is not entered and older than an hour, and how many objects there are in all.
    async fn orphans(&self) -> Result<(Vec<ObjectId>, usize)> {
        let before = self.studio.now_ms() - ORPHAN_AFTER_MS;
        let mut batches = self.studio.vault().list().map_err(Error::from).try_chunks(SWEEP_BATCH);
        let (mut orphans, mut all) = (Vec::new(), 0);
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            all += batch.len();
            let old = batch.into_iter().filter(|found| found.written_at_ms < before);
            let old: Vec<ObjectId> = old.map(|found| found.id).collect();
            let entered: HashSet<String> = rows::Entity::find()
                .select_only()
                .column(rows::Column::Id)
                .filter(rows::Column::Id.is_in(old.iter().map(ObjectId::to_string)))
                .into_tuple()
                .all(self.studio.db().read())
                .await?
                .into_iter()
                .collect();
            orphans.extend(old.into_iter().filter(|id| !entered.contains(&id.to_string())));
        }
        Ok((orphans, all))
    }
}

/// More orphans than come of processes that were killed, and more than a tenth of all objects.
fn are_too_many(orphans: usize, all: usize) -> bool {
    orphans > ORPHANS_MAX && orphans > all / 10
}

/// An object's id as it stands in a row.
pub(crate) fn id_in_row(text: &str) -> Result<ObjectId> {
    ObjectId::parse(text).ok_or_else(|| Error::internal("an object's id in a row is none"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use processors::Connected;

    use super::*;
    use crate::Outside;
    use crate::clock::DAY_MS;
    use crate::db::testing::{Kit, on_both, on_both_with};

    /// A studio whose objects lie in a bucket.
    fn in_bucket(body: impl AsyncFn(&Kit)) {
        let connect = |outside: &mut Outside| {
            outside.connect = Arc::new(|_| {
                Ok(Connected { objects: Some(Arc::new(InMemory::new())), ..Connected::default() })
            });
        };
        on_both_with(connect, body);
    }

    async fn key(kit: &Kit, account: &AccountId) -> DataKey {
        kit.studio.data_key(account, policy::PurposeId::Films).await.unwrap()
    }

    #[test]
    fn a_bucket_belongs_to_one_house() {
        in_bucket(async |kit| {
            let objects = kit.studio.objects();
            for _ in 0..2 {
                objects.claim().await.unwrap();
            }
            // The same bucket under another database.
            house_rows::Entity::delete_by_id(HOUSE_ID).exec(kit.studio.db().write()).await.unwrap();
            assert_eq!(objects.claim().await.unwrap_err().code(), "bucket-of-another");
            // Nor is it swept.
            let account = kit.account("anna@example.org").await;
            let key = key(kit, &account).await;
            let theirs = objects.store(&key, b"theirs").await.unwrap();
            kit.clock.advance(crate::Clock::now_ms(&crate::System) - kit.studio.now_ms() + DAY_MS);
            assert_eq!(objects.sweep().await.unwrap_err().code(), "bucket-of-another");
            assert!(objects.get(&key, &theirs.id).await.is_ok());
        });
        in_bucket(async |kit| {
            let account = kit.account("anna@example.org").await;
            let objects = kit.studio.objects();
            let there = objects.store(&key(kit, &account).await, b"somebody's").await.unwrap();
            let error = objects.claim().await.unwrap_err();
            assert_eq!(error.code(), "bucket-unmarked");
            assert!(kit.studio.vault().get_shared(MARKER).await.unwrap().is_none(), "it is not taken over");
            // The sentence says how to.
            let (_, id) = error.sentence().split_once("holds ").unwrap();
            let id = id.as_bytes()[..32].to_vec();
            kit.studio.vault().put_shared(MARKER, id.into()).await.unwrap();
            objects.claim().await.unwrap();
            assert!(objects.get(&key(kit, &account).await, &there.id).await.is_ok());
        });
        on_both(async |kit| {
            kit.studio.objects().claim().await.unwrap();
            assert!(
                kit.studio.vault().get_shared(MARKER).await.unwrap().is_none(),
                "a folder needs no marker"
            );
        });
    }

    #[test]
    fn a_bucket_is_not_emptied_under_the_wrong_database() {
        in_bucket(async |kit| {
            let account = kit.account("anna@example.org").await;
            let (studio, key) = (&kit.studio, key(kit, &account).await);
            studio.objects().claim().await.unwrap();
            let mut last = None;
            for _ in 0..=ORPHANS_MAX {
                last = Some(studio.objects().store(&key, b"an object").await.unwrap());
            }
            kit.clock.advance(crate::Clock::now_ms(&crate::System) - studio.now_ms() + DAY_MS);
            assert_eq!(studio.objects().sweep().await.unwrap(), 0);
            let last = last.unwrap();
            assert!(studio.objects().get(&key, &last.id).await.is_ok());
            // As many as processes that were killed may leave.
            studio.objects().enter(studio.db().write(), &account, "test", &last).await.unwrap();
            assert_eq!(studio.objects().sweep().await.unwrap(), ORPHANS_MAX as u64);
            assert!(studio.objects().get(&key, &last.id).await.is_ok());
        });
    }

    #[test]
    fn many_orphans_are_too_many_when_they_are_a_large_part_of_all() {
        for (orphans, all, expected) in
            [(100, 100, false), (101, 101, true), (101, 1009, true), (101, 1010, false), (5000, 9000, true)]
        {
            assert_eq!(are_too_many(orphans, all), expected, "{orphans} of {all}");
        }
    }

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
