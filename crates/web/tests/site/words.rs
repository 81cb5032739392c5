//! The words: every language has every key, and every key that is used exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::kit::root;

fn read_all(folder: &Path, ending: &str, out: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read_all(&path, ending, out);
        } else if path.extension().is_some_and(|found| found == ending) {
            out.push_str(&std::fs::read_to_string(&path).unwrap());
            out.push('\n');
        }
    }
}

/// Keys of a language with the names of the values they take.
fn keys(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut text = String::new();
    read_all(&root().join("translations").join(language), "ftl", &mut text);
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let is_key =
            |key: &str| key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        let words = match line.split_once(" = ").filter(|(key, _)| is_key(key)) {
            Some((key, words)) => {
                assert!(!words.trim().is_empty(), "{language}: {key} is empty");
                assert!(!keys.contains_key(key), "{language}: {key} stands there twice");
                last = key.to_owned();
                keys.insert(last.clone(), BTreeSet::new());
                words
            }
            None => line,
        };
        for value in words.split('$').skip(1) {
            let name: String = value.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            keys.get_mut(&last).unwrap().insert(name);
        }
    }
    keys
}

#[test]
fn every_language_has_the_same_keys_with_the_same_values() {
    let english = keys("en");
    assert!(english.len() > 300);
    for language in ["de", "fr", "es"] {
        let other = keys(language);
        for (key, values) in &english {
            assert_eq!(other.get(key), Some(values), "{language}: {key}");
        }
        for key in other.keys() {
            assert!(english.contains_key(key), "{language}: {key} is not in English");
        }
    }
}

#[test]
fn every_key_that_is_used_exists_and_every_key_is_used() {
    let known = keys("en");
    let mut source = String::new();
    read_all(&root().join("crates/web/src"), "rs", &mut source);
    for call in [".text(\"", ".with(\"", ".plain(\""] {
        for rest in source.split(call).skip(1) {
            let key = rest.split('"').next().unwrap();
            let is_key = !key.is_empty()
                && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(!is_key || known.contains_key(key), "{key} is used and has no words");
        }
    }
    // Keys that are put together from a code, a step, a state.
    let made_up = [
        "error-",
        "oops-",
        "warning-",
        "path-",
        "state-",
        "month-",
        "film-option-",
        "film-delete-",
        "photo-delete-",
        "child-delete-",
        "about-",
        "banner-",
        "case-do-",
        "case-step-",
        "contact-kind-",
        "cookies-",
        "promises-",
        "release-place-",
        "role-",
        "terms-",
    ];
    for key in known.keys().filter(|key| !made_up.iter().any(|start| key.starts_with(start))) {
        assert!(source.contains(&format!("\"{key}\"")), "{key} is never used");
    }
}

/// The lines of a language with words for people in them.
fn lines(language: &str) -> String {
    let mut text = String::new();
    read_all(&root().join("translations").join(language), "ftl", &mut text);
    text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
}

#[test]
fn french_sets_signs_apart_by_a_space_that_no_line_breaks_at() {
    for line in lines("fr").lines() {
        let loose = [" ;", " :", " !", " ?", " »", "« "].into_iter().find(|sign| line.contains(sign));
        assert_eq!(loose, None, "{line}");
    }
}

#[test]
fn every_child_can_be_the_hero() {
    for (language, boys_alone) in [("de", "Held"), ("fr", "héros"), ("es", "héroe")] {
        let words = lines(language);
        let line = words.lines().find(|line| line.contains(boys_alone));
        assert_eq!(line, None, "{language}: {boys_alone} is a boy");
    }
}

#[test]
fn what_is_refused_at_the_desk_has_words() {
    let known = keys("en");
    let desk = std::fs::read_to_string(root().join("crates/studio/src/enquiries/desk.rs")).unwrap();
    for rest in desk.split("Error::refused(\"").skip(1) {
        let code = rest.split('"').next().unwrap();
        assert!(known.contains_key(&format!("error-{code}")), "{code} has no words");
    }
}

#[test]
fn every_reason_a_photo_is_refused_for_has_words() {
    let known = keys("en");
    let code_lines = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let refused = code_lines("crates/likeness/src/refusal.rs") + &code_lines("crates/intake/src/refused.rs");
    let mut seen = 0;
    for rest in refused.split("=> \"").skip(1) {
        let code = rest.split('"').next().unwrap();
        if code == "unwell" || !code.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
            continue;
        }
        seen += 1;
        let has =
            known.contains_key(&format!("error-{code}")) || known.contains_key(&format!("warning-{code}"));
        assert!(has, "{code} has no words");
    }
    assert!(seen > 15);
}
