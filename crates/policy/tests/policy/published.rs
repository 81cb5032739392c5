//! What was published is not changed: each version's files have the fingerprint that was written down.

use std::collections::BTreeMap;

use policy::Files;

use crate::{collect, files, on_day, replace, root};

/// One number for the names and texts of all files.
fn fingerprint(files: &Files) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in files.iter().flat_map(|(name, text)| [name, text]) {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// What differs between the fingerprints written down and the versions that are there.
fn differences(written: &BTreeMap<String, String>, versions: &BTreeMap<String, Files>) -> Vec<String> {
    let mut found = Vec::new();
    for (day, files) in versions {
        let now = fingerprint(files);
        match written.get(day) {
            Some(then) if *then == now => {}
            Some(_) => found.push(format!(
                "policy/{day} was published and has changed. Undo the change, copy the folder to a new day and make \
                 it there. (Only if it was never shown to anybody: \"{day}\" = \"{now}\")"
            )),
            None => found.push(format!("policy/{day} is new. Enter it in policy/published.toml: \"{day}\" = \"{now}\"")),
        }
    }
    let gone = written.keys().filter(|day| !versions.contains_key(*day));
    found.extend(gone.map(|day| format!("policy/{day} was published and is gone")));
    found
}

fn versions() -> BTreeMap<String, Files> {
    let entries = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let folders = entries.filter(|path| path.is_dir()).map(|folder| {
        let mut files = Files::new();
        collect(&folder, "", &mut files);
        (folder.file_name().unwrap().to_str().unwrap().to_owned(), files)
    });
    folders.collect()
}

#[test]
fn proves_s16_1_a_published_version_is_not_changed() {
    let written = std::fs::read_to_string(root().join("published.toml")).unwrap();
    let written: BTreeMap<String, String> = toml::from_str(&written).unwrap();
    assert_eq!(differences(&written, &versions()), [""; 0]);

    // Editing any promise, wording or text of it would be noticed, a new day would not be in the way.
    for (file, from, to) in [
        ("promises.csv", "at any time from the library", "from the library"),
        ("retention.toml", "\"30 days\"", "\"60 days\""),
        ("wordings.toml", "I am an adult", "I am grown up"),
        ("processors.toml", "photo = [", "still = ["),
    ] {
        let mut edited = files();
        replace(&mut edited, file, from, to);
        let edited = BTreeMap::from([("2026-05-22".to_owned(), edited)]);
        let found = differences(&written, &edited);
        assert!(found[0].contains("was published and has changed"), "{found:?}");
    }
    let mut both = versions();
    both.extend([on_day(files(), "2027-01-01")]);
    let found = differences(&written, &both);
    assert!(found.len() == 1 && found[0].contains("policy/2027-01-01 is new"), "{found:?}");
    let none = differences(&written, &BTreeMap::new());
    assert!(none[0].contains("is gone"), "{none:?}");
}
