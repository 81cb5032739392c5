//! Encrypted objects: what comes out is what went in, and nothing else ever comes out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use proptest::prelude::*;
use vault::{CHUNK_BYTES, DataKey, Error, FileKeeper, ObjectId, Random, SeededRandom, Vault};

const TAG: usize = 16;

struct Kit {
    folder: tempfile::TempDir,
    vault: Vault,
}

impl Kit {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(7));
        let keeper = FileKeeper::open_or_create(&folder.path().join("keys/master.key"), &*random).unwrap();
        let vault = Vault::in_folder(&folder.path().join("objects"), Arc::new(keeper), random).unwrap();
        Self { folder, vault }
    }

    async fn key(&self, account: &str) -> DataKey {
        self.vault.new_data_key(account).await.unwrap().0
    }

    fn file(&self, id: &ObjectId) -> PathBuf {
        let name = id.to_string();
        self.folder.path().join("objects/sealed").join(&name[..2]).join(name)
    }
}

/// Bytes that repeat only after 251 bytes, so that a shifted chunk is noticed.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

async fn streamed(
    kit: &Kit,
    key: &DataKey,
    id: &ObjectId,
    range: Option<std::ops::Range<u64>>,
) -> Result<Vec<u8>, Error> {
    let (_, pieces) = kit.vault.stream(key, id, range).await?;
    let pieces: Vec<Bytes> = pieces.try_collect().await?;
    assert!(pieces.iter().all(|piece| !piece.is_empty()));
    Ok(pieces.concat())
}

/// Lengths near the borders of chunks and of what is read at once, and others.
fn length() -> impl Strategy<Value = usize> {
    let near = (0_usize..20, -2_isize..=2)
        .prop_map(|(chunks, off)| (chunks * CHUNK_BYTES).saturating_add_signed(off));
    prop_oneof![3 => near, 1 => 0_usize..3 * CHUNK_BYTES]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn ranges_are_slices(length in length(), cuts in prop::collection::vec((length(), length()), 6)) {
        run(async {
            let kit = Kit::new();
            let (key, plain) = (kit.key("anna").await, pattern(length));
            let id = kit.vault.put(&key, &plain).await.unwrap();
            assert_eq!(kit.vault.size(&id).await.unwrap(), length as u64);
            assert!(kit.vault.get(&key, &id).await.unwrap() == plain);
            assert!(streamed(&kit, &key, &id, None).await.unwrap() == plain);
            for (a, b) in cuts {
                let (from, to) = (a.min(b).min(length), a.max(b).min(length));
                let range = from as u64..to as u64;
                assert!(kit.vault.get_range(&key, &id, range.clone()).await.unwrap() == plain[from..to]);
                assert!(streamed(&kit, &key, &id, Some(range)).await.unwrap() == plain[from..to]);
            }
            let beyond = 0..length as u64 + 1;
            assert!(matches!(kit.vault.get_range(&key, &id, beyond.clone()).await, Err(Error::OutOfRange { .. })));
            assert!(matches!(streamed(&kit, &key, &id, Some(beyond)).await, Err(Error::OutOfRange { .. })));
        });
    }

    #[test]
    fn a_stream_is_stored_as_the_bytes_are(length in length(), piece in 1_usize..200_000) {
        run(async {
            let kit = Kit::new();
            let (key, plain) = (kit.key("anna").await, pattern(length));
            let pieces = plain.chunks(piece).map(|piece| Ok::<_, String>(Bytes::copy_from_slice(piece)));
            let (id, size) = kit.vault.put_stream(&key, stream::iter(pieces.collect::<Vec<_>>())).await.unwrap();
            assert_eq!(size, length as u64);
            assert!(kit.vault.get(&key, &id).await.unwrap() == plain);
        });
    }

    #[test]
    fn any_changed_byte_is_noticed(length in length(), place in any::<prop::sample::Index>(), flip in 1_u8..) {
        run(async {
            let kit = Kit::new();
            let key = kit.key("anna").await;
            let id = kit.vault.put(&key, &pattern(length)).await.unwrap();
            let mut sealed = std::fs::read(kit.file(&id)).unwrap();
            let place = place.index(sealed.len());
            sealed[place] ^= flip;
            std::fs::write(kit.file(&id), &sealed).unwrap();
            assert!(matches!(kit.vault.get(&key, &id).await, Err(Error::DoesNotOpen)));
            assert!(matches!(streamed(&kit, &key, &id, None).await, Err(Error::DoesNotOpen)));
            // The chunk it lies in does not open; the others still do.
            let chunk = place / (CHUNK_BYTES + TAG);
            let (from, to) = (chunk * CHUNK_BYTES, length.min((chunk + 1) * CHUNK_BYTES));
            if from < to {
                let range = from as u64..to as u64;
                assert!(matches!(kit.vault.get_range(&key, &id, range).await, Err(Error::DoesNotOpen)));
            }
            if chunk > 0 {
                assert!(kit.vault.get_range(&key, &id, 0..10).await.is_ok());
            }
        });
    }

    #[test]
    fn any_shortened_object_is_noticed(length in length(), place in any::<prop::sample::Index>()) {
        run(async {
            let kit = Kit::new();
            let key = kit.key("anna").await;
            let id = kit.vault.put(&key, &pattern(length)).await.unwrap();
            let sealed = std::fs::read(kit.file(&id)).unwrap();
            for end in [place.index(sealed.len()), sealed.len() / (CHUNK_BYTES + TAG) * (CHUNK_BYTES + TAG)] {
                if end < sealed.len() {
                    std::fs::write(kit.file(&id), &sealed[..end]).unwrap();
                    assert!(matches!(kit.vault.get(&key, &id).await, Err(Error::DoesNotOpen)), "{end}");
                    assert!(streamed(&kit, &key, &id, None).await.is_err());
                }
            }
            std::fs::write(kit.file(&id), [&sealed[..], &[0]].concat()).unwrap();
            assert!(kit.vault.get(&key, &id).await.is_err(), "nor one made longer");
        });
    }
}

#[test]
fn chunks_do_not_open_elsewhere() {
    run(async {
        let kit = Kit::new();
        let (anna, ben) = (kit.key("anna").await, kit.key("ben").await);
        let plain = pattern(4 * CHUNK_BYTES);
        let id = kit.vault.put(&anna, &plain).await.unwrap();
        let twin = kit.vault.put(&anna, &plain).await.unwrap();
        let sealed = std::fs::read(kit.file(&id)).unwrap();
        let chunk =
            |bytes: &[u8], index: usize| bytes[index * (CHUNK_BYTES + TAG)..][..CHUNK_BYTES + TAG].to_vec();
        let fails = async |bytes: Vec<u8>, what: &str| {
            std::fs::write(kit.file(&id), bytes).unwrap();
            assert!(matches!(kit.vault.get(&anna, &id).await, Err(Error::DoesNotOpen)), "{what}");
        };
        fails([1, 0, 2, 3].map(|index| chunk(&sealed, index)).concat(), "swapped").await;
        fails([0, 2, 3].map(|index| chunk(&sealed, index)).concat(), "one left out").await;
        fails([0, 1, 2].map(|index| chunk(&sealed, index)).concat(), "the end left out").await;
        fails([0, 1, 1, 2, 3].map(|index| chunk(&sealed, index)).concat(), "one twice").await;
        fails([0, 1, 2, 3, 3].map(|index| chunk(&sealed, index)).concat(), "the last one twice").await;
        let other = std::fs::read(kit.file(&twin)).unwrap();
        fails([chunk(&other, 0), sealed[CHUNK_BYTES + TAG..].to_vec()].concat(), "one of a twin").await;
        fails(other, "the twin itself").await;
        fails(Vec::new(), "nothing").await;

        std::fs::write(kit.file(&id), &sealed).unwrap();
        assert!(kit.vault.get(&anna, &id).await.unwrap() == plain);
        assert!(matches!(kit.vault.get(&ben, &id).await, Err(Error::DoesNotOpen)), "another account");
    });
}

#[test]
fn what_is_deleted_or_never_was_is_not_found() {
    run(async {
        let kit = Kit::new();
        let key = kit.key("anna").await;
        let id = kit.vault.put(&key, b"x").await.unwrap();
        let found: Vec<_> = kit.vault.list().try_collect().await.unwrap();
        assert_eq!((found.len(), found[0].id, found[0].sealed_bytes), (1, id, 17));
        kit.vault.delete(&id).await.unwrap();
        kit.vault.delete(&id).await.unwrap();
        assert!(matches!(kit.vault.get(&key, &id).await, Err(Error::NotFound)));
        assert!(matches!(kit.vault.get_range(&key, &id, 0..1).await, Err(Error::NotFound)));
        assert_eq!(kit.vault.list().count().await, 0);
    });
}

#[test]
fn a_source_that_breaks_off_leaves_nothing() {
    run(async {
        let kit = Kit::new();
        let key = kit.key("anna").await;
        let pieces = [Ok(Bytes::from(pattern(300_000))), Err("the line is dead")];
        assert!(matches!(kit.vault.put_stream(&key, stream::iter(pieces)).await, Err(Error::Source(_))));
        assert_eq!(files(&kit.folder.path().join("objects")), Vec::<PathBuf>::new());
    });
}

#[test]
fn nothing_readable_lies_in_the_folder_and_names_say_nothing() {
    run(async {
        let kit = Kit::new();
        let key = kit.key("canary-account").await;
        let canary = b"canary-canary-canary";
        let id = kit.vault.put(&key, &canary.repeat(10_000)).await.unwrap();
        kit.vault.put(&key, canary).await.unwrap();
        for file in files(kit.folder.path()) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(canary.len()).any(|window| window == canary), "{}", file.display());
            assert!(!file.to_string_lossy().contains("canary"));
        }
        // Nothing is left over from what stands in the pattern either: every byte value is as common.
        let sealed = std::fs::read(kit.file(&id)).unwrap();
        let mut counts = [0_u32; 256];
        sealed.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
        let mean = sealed.len() as f64 / 256.0;
        assert!(counts.iter().all(|count| (f64::from(*count) - mean).abs() < 7.0 * mean.sqrt()));
    });
}

#[test]
fn shared_objects_are_plain_whole_and_under_their_key() {
    run(async {
        let kit = Kit::new();
        let plain = Bytes::from(pattern(100_000));
        kit.vault.put_shared("moon-garden/1.0/shot-1.m4s", plain.clone()).await.unwrap();
        assert_eq!(kit.vault.get_shared("moon-garden/1.0/shot-1.m4s").await.unwrap().unwrap(), plain);
        assert_eq!(kit.vault.shared_size("moon-garden/1.0/shot-1.m4s").await.unwrap(), Some(100_000));
        let some = kit.vault.get_shared_range("moon-garden/1.0/shot-1.m4s", 70_000..70_010).await.unwrap();
        assert_eq!(some, plain.slice(70_000..70_010));
        assert_eq!(kit.vault.get_shared("moon-garden/none").await.unwrap(), None);
        for wrong in ["", "/a", "a//b", "../master.key", "a/../b", "A", "a b", "a\\b"] {
            assert!(matches!(kit.vault.get_shared(wrong).await, Err(Error::BadSharedKey)), "{wrong:?}");
        }
        assert_eq!(kit.vault.list().count().await, 0, "not among the encrypted ones");
        kit.vault.delete_shared("moon-garden/1.0/shot-1.m4s").await.unwrap();
        assert_eq!(kit.vault.shared_size("moon-garden/1.0/shot-1.m4s").await.unwrap(), None);
    });
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
