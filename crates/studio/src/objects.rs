//! The register of encrypted objects: whose each is and what it is for.
//!
//! An object is stored first and then entered, in the transaction of the row that needs it. What
//! was stored but never entered is an orphan; [`Objects::sweep`] deletes it. So under the wrong database every object would
//! be one: a store says whose it is, be it a folder or a bucket, and is never emptied at one go.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::TryStreamExt;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, QuerySelect};
use vault::{DataKey, ObjectId};

use crate::backup::files_below;
use crate::clock::HOUR_MS;
use crate::db::{Db, Stand};
use crate::hex::hex;
use crate::keys::house_rows;
use crate::{AccountId, Config, Error, Result, Studio, boxed};

/// An object younger than this may still be waiting for its row.
const ORPHAN_AFTER_MS: i64 = HOUR_MS;
/// Objects compared with the register at once.
const SWEEP_BATCH: usize = 500;
/// Orphans that a store may have without anybody wondering, as long as they are not all there is.
const ORPHANS_MAX: usize = 100;
/// So many are none to wonder about even where they are all there is: a family's only photo is a few objects.
const ORPHANS_FEW: usize = 19;
/// The shared object that says whose a store is.
pub(crate) const MARKER: &str = "house";
/// The house's own id, beside its key.
const HOUSE_ID: &str = "house-id";
/// Bytes of the house's id.
const HOUSE_ID_BYTES: usize = 16;

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

/// What lies in the store and is not entered.
#[derive(Debug, Clone)]
pub struct Orphans {
    /// Those that are older than an hour: no row is on its way to them.
    pub ids: Vec<ObjectId>,
    /// How many objects there are in all.
    pub all: usize,
}

/// Where the objects lie in a data folder, and in a backup, which has them as they lie there.
pub(crate) fn folder_in(data: &Path) -> PathBuf {
    data.join("objects")
}

/// Makes sure that no studio is begun beside the objects of one whose database is not there, or is not the one that is
/// named. Asked before anything is made, so that the right one can still be put in its place.
///
/// # Errors
/// `database-missing`; when the database is out of reach.
#[boxed]
pub(crate) async fn may_begin(config: &Config) -> Result<()> {
    let objects = folder_in(&config.data);
    if !objects.is_dir() || Db::stand(config).await? != Stand::Absent || files_below(&objects)?.is_empty() {
        return Ok(());
    }
    let sentence = format!(
        "Nothing was made or changed: {} has the photos and films of a studio, and the database that is named is \
         empty or not there. Name the studio's own one, or bring it back from a backup; to begin anew, take another \
         data folder.",
        objects.display()
    );
    Err(Error::refused("database-missing", sentence))
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

    /// Makes sure that the store is this house's, before anything in it is changed. One that is empty becomes it as long as
    /// nothing is entered, and so does one from before stores were marked, when the register knows something of it.
    ///
    /// # Errors
    /// `objects-of-another`; `objects-away` when it is empty and objects are entered, as where a folder is not mounted;
    /// `objects-unmarked` when it has objects, none of which is known, and does not say whose.
    #[boxed]
    pub(crate) async fn claim(&self) -> Result<()> {
        let (vault, ours) = (self.studio.vault(), self.house_id().await?);
        let bucket = self.studio.connected().objects.as_ref();
        let (place, other) = match bucket {
            Some(_) => ("the bucket".to_owned(), "another bucket"),
            None => {
                let folder = folder_in(&self.studio.config().data);
                (format!("the folder {}", folder.display()), "another data folder")
            }
        };
        match vault.get_shared(MARKER).await? {
            // Written by hand, it ends with a line.
            Some(there) if there.trim_ascii_end() == ours.as_slice() => return Ok(()),
            Some(_) => {
                let sentence = format!(
                    "Nothing in {place} was changed: it belongs to another database of Mini Studio, under which its \
                     photos and films are safe; under this one they would be deleted as orphans. Name that database, \
                     bring it back from a backup, or use {other}."
                );
                return Err(Error::refused("objects-of-another", sentence));
            }
            None => {}
        }
        let is_empty = match bucket {
            // Whatever lies there may be somebody else's.
            Some(store) => {
                let first = store.list(None).try_next().await;
                first.map_err(|error| Error::unavailable("store-away", error))?.is_none()
            }
            None => vault.list().try_next().await?.is_none(),
        };
        let mark = String::from_utf8_lossy(&ours).into_owned();
        if is_empty && self.has_entered().await? {
            let sentence = format!(
                "Nothing in {place} was changed: it is empty, and this database knows photos and films that lay there. \
                 Mount it, or bring them back from a backup. If they are lost and it is to go on without them, put \
                 shared/{MARKER} there that holds {mark}."
            );
            return Err(Error::refused("objects-away", sentence));
        }
        if !is_empty && !self.knows_some().await? {
            let sentence = format!(
                "Nothing in {place} was changed: it has objects that this database does not know, and does not say \
                 whose they are. If they are this installation's, put shared/{MARKER} there that holds {mark}; else name \
                 the database that they belong to, or use {other}."
            );
            return Err(Error::refused("objects-unmarked", sentence));
        }
        Ok(vault.put_shared(MARKER, ours.into()).await?)
    }

    /// The house's id, made once, of the house's key: a database from before it was made comes to the same one. Two
    /// processes starting at once agree.
    async fn house_id(&self) -> Result<Vec<u8>> {
        let db = self.studio.db().write();
        let id = hex(&self.studio.0.house.index.of(HOUSE_ID, b"")[..HOUSE_ID_BYTES]);
        let row = house_rows::ActiveModel { name: Set(HOUSE_ID.into()), value: Set(id.into_bytes()) };
        let keep_first = OnConflict::column(house_rows::Column::Name).do_nothing().to_owned();
        house_rows::Entity::insert(row).on_conflict(keep_first).exec_without_returning(db).await?;
        let row = house_rows::Entity::find_by_id(HOUSE_ID).one(db).await?;
        row.map(|row| row.value).ok_or_else(|| Error::internal("the house's id is gone"))
    }

    /// Whether any object is entered.
    async fn has_entered(&self) -> Result<bool> {
        Ok(rows::Entity::find().one(self.studio.db().read()).await?.is_some())
    }

    /// Whether one of the objects in the store is entered. Their ids are random: then they are this register's.
    async fn knows_some(&self) -> Result<bool> {
        let mut batches = self.studio.vault().list().map_err(Error::from).try_chunks(SWEEP_BATCH);
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            let ids: Vec<ObjectId> = batch.into_iter().map(|found| found.id).collect();
            if !self.entered(&ids).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes objects in the store that are not entered and older than an hour; returns how many. None where suspiciously
    /// many would go: then it is rather the database that is wrong, and somebody has to look ([`Objects::orphans`]).
    ///
    /// # Errors
    /// Those of a store that is not this house's; when the store or the database is out of reach.
    #[boxed]
    pub async fn sweep(&self) -> Result<u64> {
        let orphans = self.orphans().await?;
        if are_too_many(orphans.ids.len(), orphans.all) {
            tracing::error!(
                orphans = orphans.ids.len(),
                objects = orphans.all,
                "too many objects have no row, so none was deleted: see ministudio privacy sweep --orphans"
            );
            return Ok(0);
        }
        self.delete(&orphans.ids).await?;
        Ok(orphans.ids.len() as u64)
    }

    /// What is not entered and older than an hour, and how many objects there are in all.
    ///
    /// # Errors
    /// As [`Objects::sweep`].
    #[boxed]
    pub async fn orphans(&self) -> Result<Orphans> {
        self.claim().await?;
        let before = self.studio.now_ms() - ORPHAN_AFTER_MS;
        let mut batches = self.studio.vault().list().map_err(Error::from).try_chunks(SWEEP_BATCH);
        let mut orphans = Orphans { ids: Vec::new(), all: 0 };
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            orphans.all += batch.len();
            let old = batch.into_iter().filter(|found| found.written_at_ms < before);
            let old: Vec<ObjectId> = old.map(|found| found.id).collect();
            let entered = self.entered(&old).await?;
            orphans.ids.extend(old.into_iter().filter(|id| !entered.contains(&id.to_string())));
        }
        Ok(orphans)
    }

    /// Those of the objects that are entered.
    async fn entered(&self, ids: &[ObjectId]) -> Result<HashSet<String>> {
        let entered: Vec<String> = rows::Entity::find()
            .select_only()
            .column(rows::Column::Id)
            .filter(rows::Column::Id.is_in(ids.iter().map(ObjectId::to_string)))
            .into_tuple()
            .all(self.studio.db().read())
            .await?;
        Ok(entered.into_iter().collect())
    }
}

/// All that there is, unless that is no more than a few: what was deleted must go also where its process was killed and
/// nothing else is left. Or more orphans than come of processes that were killed, and more than a tenth of all objects.
/// Another database's store is refused before ([`Objects::claim`]): this is the second line.
fn are_too_many(orphans: usize, all: usize) -> bool {
    (orphans > ORPHANS_FEW && orphans == all) || (orphans > ORPHANS_MAX && orphans > all / 10)
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
    use crate::db::testing::{Kit, Painted, on_both, on_both_with};

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

    /// The same store under another database.
    async fn under_another_database(kit: &Kit) {
        let row = house_rows::ActiveModel { name: Set(HOUSE_ID.into()), value: Set(vec![b'0'; 32]) };
        house_rows::Entity::update(row).exec(kit.studio.db().write()).await.unwrap();
    }

    /// Moves the studio's clock to the machine's, whose time files carry, and a day beyond.
    fn a_day_passes(kit: &Kit) {
        kit.clock.advance(crate::Clock::now_ms(&crate::System) - kit.studio.now_ms() + DAY_MS);
    }

    #[test]
    fn a_store_belongs_to_one_house() {
        async fn holds(kit: &Kit) {
            let objects = kit.studio.objects();
            for _ in 0..2 {
                objects.claim().await.unwrap();
            }
            // A database from before the store was marked is the same house's.
            house_rows::Entity::delete_by_id(HOUSE_ID).exec(kit.studio.db().write()).await.unwrap();
            objects.claim().await.unwrap();
            under_another_database(kit).await;
            assert_eq!(objects.claim().await.unwrap_err().code(), "objects-of-another");
            // Nor is it swept.
            let account = kit.account("anna@example.org").await;
            let key = key(kit, &account).await;
            let theirs = objects.store(&key, b"theirs").await.unwrap();
            a_day_passes(kit);
            assert_eq!(objects.sweep().await.unwrap_err().code(), "objects-of-another");
            assert_eq!(objects.orphans().await.unwrap_err().code(), "objects-of-another");
            assert!(objects.get(&key, &theirs.id).await.is_ok());
        }
        in_bucket(async |kit| holds(kit).await);
        on_both(async |kit| holds(kit).await);
    }

    #[test]
    fn a_store_without_a_mark_is_taken_on_only_when_its_objects_are_known() {
        async fn holds(kit: &Kit) {
            let account = kit.account("anna@example.org").await;
            let (objects, vault) = (kit.studio.objects(), kit.studio.vault());
            let there = objects.store(&key(kit, &account).await, b"somebody's").await.unwrap();
            let error = objects.claim().await.unwrap_err();
            assert_eq!(error.code(), "objects-unmarked");
            assert!(vault.get_shared(MARKER).await.unwrap().is_none(), "it is not taken over");
            // The sentence says how to; a line's end does no harm.
            let (_, id) = error.sentence().split_once("holds ").unwrap();
            vault.put_shared(MARKER, format!("{}\n", &id[..32]).into()).await.unwrap();
            objects.claim().await.unwrap();
            assert!(objects.get(&key(kit, &account).await, &there.id).await.is_ok());
            // An installation from before stores were marked.
            vault.delete_shared(MARKER).await.unwrap();
            objects.enter(kit.studio.db().write(), &account, "test", &there).await.unwrap();
            objects.claim().await.unwrap();
            assert_eq!(vault.get_shared(MARKER).await.unwrap().unwrap(), &id[..32]);
        }
        in_bucket(async |kit| holds(kit).await);
        on_both(async |kit| holds(kit).await);
    }

    #[test]
    fn an_empty_store_is_not_taken_for_the_one_that_its_database_knows() {
        async fn holds(kit: &Kit) {
            let account = kit.account("anna@example.org").await;
            let (objects, vault) = (kit.studio.objects(), kit.studio.vault());
            let key = key(kit, &account).await;
            let stored = objects.store(&key, b"a photo").await.unwrap();
            objects.enter(kit.studio.db().write(), &account, "test", &stored).await.unwrap();
            // As where the folder that is shared is not mounted.
            vault.delete(&stored.id).await.unwrap();
            let error = objects.claim().await.unwrap_err();
            assert_eq!(error.code(), "objects-away");
            assert!(vault.get_shared(MARKER).await.unwrap().is_none(), "it is not taken over");
            assert_eq!(objects.sweep().await.unwrap_err().code(), "objects-away");
            // The sentence says how to go on without what is lost.
            let (_, id) = error.sentence().split_once("holds ").unwrap();
            vault.put_shared(MARKER, format!("{}\n", &id[..32]).into()).await.unwrap();
            objects.claim().await.unwrap();
        }
        in_bucket(async |kit| holds(kit).await);
        on_both(async |kit| holds(kit).await);
    }

    #[test]
    fn no_studio_is_begun_beside_the_objects_of_another() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let stored = kit.studio.objects().store(&key(kit, &account).await, b"somebody's").await;
            drop(stored.unwrap());
            // The database is gone, or another one is named.
            let other = kit.folder.path().join("other.sqlite");
            let mut config = kit.studio.config().clone();
            config.database = format!("sqlite://{}", other.display());
            let open = async |config: Config| {
                let catalogue = crate::films::testing::catalogue();
                Studio::open_with(config, Outside::embedded(), catalogue, Arc::new(Painted)).await.err()
            };
            assert_eq!(open(config).await.unwrap().code(), "database-missing");
            assert!(!other.exists(), "it was made");
            assert!(open(kit.studio.config().clone()).await.is_none());
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
            a_day_passes(kit);
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
        for (orphans, all, expected) in [
            (0, 0, false),
            (4, 4, false),
            (19, 19, false),
            (20, 20, true),
            (20, 21, false),
            (100, 100, true),
            (100, 101, false),
            (101, 1009, true),
            (101, 1010, false),
        ] {
            assert_eq!(are_too_many(orphans, all), expected, "{orphans} of {all}");
        }
    }

    #[test]
    fn what_would_empty_the_store_goes_when_somebody_has_looked_and_says_so() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let (objects, key) = (kit.studio.objects(), key(kit, &account).await);
            objects.claim().await.unwrap();
            let there = objects.store(&key, b"the first there is").await.unwrap();
            for _ in 0..ORPHANS_FEW {
                drop(objects.store(&key, b"another").await.unwrap());
            }
            a_day_passes(kit);
            assert_eq!(objects.sweep().await.unwrap(), 0);
            let orphans = objects.orphans().await.unwrap();
            assert_eq!((orphans.ids.len(), orphans.all), (ORPHANS_FEW + 1, ORPHANS_FEW + 1));
            assert!(orphans.ids.contains(&there.id));
            objects.delete(&orphans.ids).await.unwrap();
            assert!(objects.get(&key, &there.id).await.is_err());
            assert_eq!(objects.orphans().await.unwrap().all, 0);
        });
    }

    #[test]
    fn the_only_photo_there_is_goes_also_when_its_deletion_was_cut_off() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let (studio, objects, key) = (&kit.studio, kit.studio.objects(), key(kit, &account).await);
            objects.claim().await.unwrap();
            let mut of_photo = Vec::new();
            for _ in 0..4 {
                let stored = objects.store(&key, b"of a photo").await.unwrap();
                objects.enter(studio.db().write(), &account, "test", &stored).await.unwrap();
                of_photo.push(stored.id);
            }
            a_day_passes(kit);
            assert_eq!(objects.sweep().await.unwrap(), 0);
            // Killed between the commit and the deletion of the bytes.
            objects.strike(studio.db().write(), &account, &of_photo).await.unwrap();
            assert_eq!(objects.sweep().await.unwrap(), 4);
            for id in &of_photo {
                assert!(objects.get(&key, id).await.is_err());
            }
        });
    }

    #[test]
    fn only_old_orphans_are_swept() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let (studio, key) =
                (&kit.studio, kit.studio.data_key(&account, policy::PurposeId::Films).await.unwrap());
            let kept = studio.objects().store(&key, b"kept").await.unwrap();
            let other = studio.objects().store(&key, b"kept, too").await.unwrap();
            let orphan = studio.objects().store(&key, b"orphan").await.unwrap();
            let tx = studio.db().begin().await.unwrap();
            for stored in [&kept, &other] {
                studio.objects().enter(&tx, &account, "test", stored).await.unwrap();
            }
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
