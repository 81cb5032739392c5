//! Keys and fields: everything opens where it was made for and nowhere else.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use vault::{Error, FileKeeper, Index, Place, Random, SystemRandom, Vault, WrappedKey};

fn vault(keys: &[[u8; 32]]) -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let text: Vec<_> = keys.iter().map(|key| STANDARD.encode(key)).collect();
    let keeper = FileKeeper::from_text(&text.join("\n")).unwrap();
    let random: Arc<dyn Random> = Arc::new(SystemRandom::default());
    let vault = Vault::in_folder(folder.path(), Arc::new(keeper), random).unwrap();
    (folder, vault)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

const PLACE: Place<'static> = Place { table: "children", row: "01A", column: "name" };

proptest! {
    #[test]
    fn a_field_opens_at_its_place_alone(
        plain in prop::collection::vec(any::<u8>(), 0..300),
        place in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        run(async {
            let (_folder, vault) = vault(&[[1; 32]]);
            let (anna, _) = vault.new_data_key("anna").await.unwrap();
            let (ben, _) = vault.new_data_key("ben").await.unwrap();
            let sealed = vault.seal_field(&anna, &PLACE, &plain);
            assert_eq!(vault.open_field(&anna, &PLACE, &sealed).unwrap(), plain);
            assert_ne!(vault.seal_field(&anna, &PLACE, &plain), sealed, "the same value looks different");
            for elsewhere in [
                Place { table: "photos", ..PLACE },
                Place { row: "01B", ..PLACE },
                Place { column: "note", ..PLACE },
                Place { table: "childre", row: "n01A", ..PLACE },
            ] {
                assert!(vault.open_field(&anna, &elsewhere, &sealed).is_err());
            }
            assert!(vault.open_field(&ben, &PLACE, &sealed).is_err());
            let mut changed = sealed.clone();
            changed[place.index(sealed.len())] ^= flip;
            assert!(vault.open_field(&anna, &PLACE, &changed).is_err());
            assert!(vault.open_field(&anna, &PLACE, &sealed[..place.index(sealed.len())]).is_err());
        });
    }
}

#[test]
fn a_wrapped_key_opens_for_its_account_alone() {
    run(async {
        let (_folder, vault) = vault(&[[1; 32]]);
        let (key, wrapped) = vault.new_data_key("anna").await.unwrap();
        let sealed = vault.seal_field(&key, &PLACE, b"Mila");
        let again = vault.unwrap("anna", &wrapped).await.unwrap();
        assert_eq!(vault.open_field(&again, &PLACE, &sealed).unwrap(), b"Mila");
        assert!(matches!(vault.unwrap("ben", &wrapped).await, Err(Error::DoesNotOpen)));
        for place in 0..wrapped.as_bytes().len() {
            let mut changed = wrapped.as_bytes().to_vec();
            changed[place] ^= 1;
            assert!(vault.unwrap("anna", &WrappedKey::from_bytes(changed)).await.is_err(), "byte {place}");
        }
        for length in 0..wrapped.as_bytes().len() {
            let cut = WrappedKey::from_bytes(wrapped.as_bytes()[..length].to_vec());
            assert!(vault.unwrap("anna", &cut).await.is_err(), "{length} bytes");
        }
    });
}

#[test]
fn a_new_master_key_changes_nothing_that_is_sealed() {
    run(async {
        let (folder, old) = vault(&[[1; 32]]);
        let (key, wrapped) = old.new_data_key("anna").await.unwrap();
        let (sealed, object) =
            (old.seal_field(&key, &PLACE, b"Mila"), old.put(&key, b"a photo").await.unwrap());
        assert_eq!(old.rewrap("anna", &wrapped).await.unwrap(), None, "it is the current one already");

        let text = format!("{},{}", STANDARD.encode([2; 32]), STANDARD.encode([1; 32]));
        let random: Arc<dyn Random> = Arc::new(SystemRandom::default());
        let both = Arc::new(FileKeeper::from_text(&text).unwrap());
        let both = Vault::in_folder(folder.path(), both, random.clone()).unwrap();
        let anew = both.rewrap("anna", &wrapped).await.unwrap().expect("wrapped anew");
        assert_ne!(anew.master().unwrap(), wrapped.master().unwrap());

        let new = Arc::new(FileKeeper::from_text(&STANDARD.encode([2; 32])).unwrap());
        let new = Vault::in_folder(folder.path(), new, random).unwrap();
        let key = new.unwrap("anna", &anew).await.unwrap();
        assert_eq!(new.open_field(&key, &PLACE, &sealed).unwrap(), b"Mila");
        assert_eq!(&new.get(&key, &object).await.unwrap()[..], b"a photo");
        assert!(matches!(new.unwrap("anna", &wrapped).await, Err(Error::UnknownMasterKey(_))));
    });
}

#[test]
fn a_blind_index_finds_the_same_value_and_needs_the_key() {
    run(async {
        let (_folder, vault) = vault(&[[1; 32]]);
        let (house, wrapped) = vault.new_data_key("house").await.unwrap();
        let index = Index::new(&house);
        let again = Index::new(&vault.unwrap("house", &wrapped).await.unwrap());
        assert_eq!(index.of("email", b"anna@example.org"), again.of("email", b"anna@example.org"));
        assert_ne!(index.of("email", b"anna@example.org"), index.of("email", b"ben@example.org"));
        assert_ne!(index.of("email", b"x"), index.of("phone", b"x"));
        assert_ne!(index.of("email", b"x"), index.of("emai", b"lx"));
        let other = Index::new(&vault.new_data_key("house").await.unwrap().0);
        assert_ne!(index.of("email", b"x"), other.of("email", b"x"));
    });
}

#[test]
fn what_is_no_key_is_refused() {
    for text in ["", "# only a remark", "short", &STANDARD.encode([1; 31]), "not base64!"] {
        assert!(matches!(FileKeeper::from_text(text), Err(Error::Keeper(_))), "{text:?}");
    }
}
