//! Backups: whole, sealed, and bringing back nothing that was erased. Of the embedded size alone.

use std::sync::Arc;

use super::*;
use crate::accounts::insert_active;
use crate::db::testing::{Kit, NOON_MS, Painted, on_both};
use crate::erasure::Reason;
use crate::films::testing::paid;
use crate::{Manual, SeededRandom, Studio};

fn outside() -> Outside {
    let mut outside = Outside::embedded();
    outside.clock = Arc::new(Manual::at(NOON_MS));
    outside.random = Arc::new(SeededRandom::new(2));
    outside
}

/// The same studio in another folder, with the same master key.
fn elsewhere(kit: &Kit, folder: &Path) -> Config {
    let mut config = Config::in_folder(folder);
    config.master_key = kit.studio.config().master_key.clone();
    config
}

async fn opened(config: Config) -> Studio {
    let eyes = Arc::new(Painted);
    let catalogue = crate::films::testing::catalogue();
    let studio = Studio::open_with(config, outside(), catalogue, eyes).await.unwrap();
    erase_again(&studio).await.unwrap();
    studio
}

#[test]
fn proves_g_4_erased_stays_erased_after_bringing_back_a_backup_from_before() {
    on_both(async |kit| {
        let config = kit.studio.config();
        let to = kit.folder.path().join("backup");
        if !config.database.starts_with("sqlite") {
            assert_eq!(make(config, &outside(), &to).await.unwrap_err().code(), "backup-not-embedded");
            return;
        }
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (_, kept) = paid(kit, &anna).await;
        paid(kit, &ben).await;
        let photo = kit.studio.photos().list(&anna).await.unwrap()[0].id.clone();
        let child = kit.studio.children().create(&anna, "Mia").await.unwrap().id;
        let content = make(config, &outside(), &to).await.unwrap();
        assert!(content.objects >= 6 && content.database_bytes > 10_000, "{content:?}");
        assert_eq!(make(config, &outside(), &to).await.unwrap_err().code(), "backup-there");
        assert!(!config.data.join("backup.sqlite").exists(), "the open copy is left");

        // Afterwards one account goes for good, and of another one a photo and a child.
        kit.studio.erasures().erase(&ben, Reason::Owner).await.unwrap();
        kit.studio.photos().delete(&anna, &photo).await.unwrap();
        kit.studio.children().delete(&anna, &child).await.unwrap();

        let folder = tempfile::tempdir().unwrap();
        let other = elsewhere(kit, folder.path());
        let lost = restore(&other, &outside(), &to, None).await.unwrap_err();
        assert_eq!(lost.code(), "restore-no-ledger");
        assert!(!folder.path().join("studio.sqlite").exists());
        let ledger = ledger_in(&config.data);
        assert_eq!(restore(&other, &outside(), &to, Some(&ledger)).await.unwrap(), content);
        let there = restore(&other, &outside(), &to, Some(&ledger)).await.unwrap_err();
        assert_eq!(there.code(), "restore-there");

        let studio = opened(other.clone()).await;
        assert_eq!(studio.accounts().get(&anna).await.unwrap().email, "anna@example.org");
        assert_eq!(studio.accounts().get(&ben).await.unwrap_err().code(), "account-not-found");
        assert!(studio.photos().list(&anna).await.unwrap().is_empty());
        assert!(studio.children().list(&anna).await.unwrap().is_empty());
        assert_eq!(studio.films().find(&anna, &kept).await.unwrap().id, kept);
        let names: Vec<_> = files_below(&folder.path().join("objects")).unwrap();
        assert!(names.len() < content.objects, "the objects of what was erased are still there");
        // Once more changes nothing: neither for who was never erased, nor for who comes later.
        drop(studio);
        let studio = opened(other).await;
        let later = insert_active(&studio, "late@example.org").await;
        assert_eq!(erase_again(&studio).await.unwrap(), 0);
        assert!(studio.accounts().get(&later).await.is_ok() && studio.accounts().get(&anna).await.is_ok());
    });
}

#[test]
fn a_backup_holds_nothing_to_read_and_any_change_is_found() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let anna = kit.account("anna@example.org").await;
        paid(kit, &anna).await;
        let to = kit.folder.path().join("backup");
        let content = make(config, &outside(), &to).await.unwrap();
        for file in files_below(&to).unwrap() {
            let bytes = std::fs::read(&file).unwrap();
            for canary in ["anna@example", anna.as_str(), "SQLite format", "CREATE TABLE"] {
                let found = bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
                assert!(!found, "{canary} stands in {}", file.display());
            }
        }
        assert_eq!(check(config, &outside(), &to).await.unwrap(), content);
        for file in files_below(&to).unwrap() {
            let whole = std::fs::read(&file).unwrap();
            let mut changed = whole.clone();
            let at = changed.len() / 2;
            changed[at] ^= 1;
            std::fs::write(&file, &changed).unwrap();
            let found = check(config, &outside(), &to).await;
            // The day in the head is the one thing that nothing depends on.
            if !file.ends_with("backup.json") {
                assert_eq!(found.unwrap_err().code(), "backup-broken", "{}", file.display());
            }
            std::fs::write(&file, &whole).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let stranger = check(&Config::in_folder(folder.path()), &outside(), &to).await.unwrap_err();
        assert_eq!(stranger.code(), "backup-broken", "another master key opens it");
    });
}
