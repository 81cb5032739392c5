//! Where sealed objects are kept: the data folder, and a bucket.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use emulators::gcs::{Bucket, Gcs, Known};
use futures::{TryStreamExt, stream};
use policy::{ProcessorId, PurposeId};
use serde_json::json;
use tempfile::TempDir;
use vault::{Error, ObjectId};

use super::{Emulated, Held, NOON_S, Role, erase, google_account, with_nobody, with_vendor};
use crate::db::testing::{Kit, Painted};
use crate::films::testing::affirmation;

const BUCKET: &str = "mini-studio-films";
/// Longer than two of the chunks that an object is sealed in.
const BYTES: usize = 150_000;
const WORDS: &[u8] = b"canary, ";

/// What differs between the stores.
trait Side {
    /// All that lies there, byte by byte.
    fn lies_there(&self, kit: &Kit) -> Vec<Vec<u8>>;
    /// The store keeps an older content of everything beside what is there, as nobody asked it to.
    fn keeps_older(&self);
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let store = kit.studio.vault();
    let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
    let key = kit.studio.data_key(&anna, PurposeId::Films).await.unwrap();
    let film: Vec<u8> = WORDS.iter().copied().cycle().take(BYTES).collect();

    held.to("what was stored is read as it was: whole, in part, and piece by piece");
    let one = store.put(&key, &film).await.unwrap();
    assert_eq!(store.size(&one).await.unwrap(), BYTES as u64);
    assert!(store.get(&key, &one).await.unwrap() == film);
    for range in [0..1, 65_530..65_545, 149_990..150_000, 1..149_999] {
        let part = store.get_range(&key, &one, range.start as u64..range.end as u64).await.unwrap();
        assert!(part == film[range.clone()], "{range:?}");
    }
    let (size, pieces) = store.stream(&key, &one, None).await.unwrap();
    let pieces: Vec<Bytes> = pieces.try_collect().await.unwrap();
    assert!(size == BYTES as u64 && pieces.concat() == film);

    held.to("it lies sealed, and opens under no other account's key");
    let lying = side.lies_there(kit);
    assert!(!lying.is_empty() && !lying.iter().any(|bytes| holds(bytes, WORDS)));
    let other = kit.studio.data_key(&ben, PurposeId::Films).await.unwrap();
    assert!(matches!(store.get(&other, &one).await, Err(Error::DoesNotOpen)));

    held.to("what is not there, or goes beyond the end, is said to be so");
    let nothing = ObjectId::parse(&"0".repeat(32)).unwrap();
    assert!(matches!(store.get(&key, &nothing).await, Err(Error::NotFound)));
    assert!(matches!(store.size(&nothing).await, Err(Error::NotFound)));
    let beyond = store.get_range(&key, &one, 0..BYTES as u64 + 1).await;
    assert!(matches!(beyond, Err(Error::OutOfRange { .. })));

    held.to("a file of unknown length is there once it is whole, and not at all when it breaks off");
    let pieces: Vec<Result<Bytes, String>> =
        film.chunks(40_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let (two, size) = store.put_stream(&key, stream::iter(pieces.clone())).await.unwrap();
    assert!(size == BYTES as u64 && store.get(&key, &two).await.unwrap() == film);
    let broken = pieces.into_iter().take(2).chain([Err("broken off".to_owned())]);
    assert!(store.put_stream(&key, stream::iter(broken)).await.is_err());

    held.to("what belongs to nobody has a name, and stored again under it is the same");
    let picture = Bytes::from_static(b"a poster");
    for _ in 0..2 {
        store.put_shared("pictures/tiny/poster.jpg", picture.clone()).await.unwrap();
    }
    assert_eq!(store.get_shared("pictures/tiny/poster.jpg").await.unwrap(), Some(picture));
    assert_eq!(store.get_shared_range("pictures/tiny/poster.jpg", 2..5).await.unwrap(), "pos");
    assert_eq!(store.get_shared("pictures/tiny/another.jpg").await.unwrap(), None);

    held.to("all objects are listed, and nothing else");
    let mut listed: Vec<ObjectId> = store.list().map_ok(|found| found.id).try_collect().await.unwrap();
    let mut stored = vec![one, two];
    listed.sort();
    stored.sort();
    assert_eq!(listed, stored);

    held.to("what is deleted is gone, with every older content, and deleting it again is no error");
    side.keeps_older();
    for _ in 0..2 {
        store.delete(&one).await.unwrap();
        store.delete(&two).await.unwrap();
        store.delete_shared("pictures/tiny/poster.jpg").await.unwrap();
    }
    assert!(matches!(store.get(&key, &one).await, Err(Error::NotFound)));
    assert_eq!(side.lies_there(kit).len(), 0);

    held.to("an account's objects go with it, and nobody else's");
    for account in [&anna, &ben] {
        let photo = kit.studio.photos().upload(account, &Painted::photo(1), Some(affirmation(kit))).await;
        photo.unwrap();
    }
    let both = side.lies_there(kit).len();
    erase(kit, &anna, |_| ()).await;
    assert_eq!((side.lies_there(kit).len() * 2, both > 0), (both, true));
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

struct Folder;

impl Side for Folder {
    fn lies_there(&self, kit: &Kit) -> Vec<Vec<u8>> {
        files(&kit.folder.path().join("objects")).iter().map(|file| std::fs::read(file).unwrap()).collect()
    }

    /// A folder has one content of a file.
    fn keeps_older(&self) {}
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found
}

struct InBucket<'a>(&'a Gcs);

impl Side for InBucket<'_> {
    fn lies_there(&self, _: &Kit) -> Vec<Vec<u8>> {
        let there = self.0.objects().into_iter().chain(self.0.soft_deleted());
        there.map(|kept| kept.bytes).collect()
    }

    fn keeps_older(&self) {
        self.0.set_up(Bucket { versioning: true, ..Bucket::default() });
        let there = self.0.objects();
        for kept in &there {
            self.0.place(&kept.name, &kept.bytes);
        }
        assert_eq!(self.0.objects().len(), there.len() * 2);
        self.0.set_up(Bucket::default());
    }
}

/// A bucket, and the folder where the key of our account lies.
async fn google() -> Emulated<(Gcs, TempDir)> {
    let (account, folder) = (google_account(), tempfile::tempdir().unwrap());
    let key_file = folder.path().join("service-account.json");
    std::fs::write(&key_file, account.to_string()).unwrap();
    let gcs = Gcs::start(Known::of(&account, NOON_S).unwrap(), BUCKET).await;
    let address = gcs.emulator.address;
    let hosts = vec![("storage.googleapis.com", address), ("oauth2.googleapis.com", address)];
    let account = json!({"bucket": BUCKET, "key_file": key_file});
    Emulated { emulator: (gcs, folder), id: ProcessorId::GoogleCloudStorage, hosts, account }
}

#[test]
fn a_folder_and_a_bucket_keep_the_same_and_let_go_of_the_same() {
    let role = Role::new("objects");
    let held = role.taken_by("the data folder");
    with_nobody(|_| (), async |kit| hold(kit, &Folder, &held).await);
    let held = role.taken_by("Google Cloud Storage");
    with_vendor(google, |_| (), async |kit, (gcs, _)| hold(kit, &InBucket(gcs), &held).await);
    role.print();
}
