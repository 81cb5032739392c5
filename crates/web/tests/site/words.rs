//! The words: every language has every key, and every key that is used exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::kit::root;

/// The files of a folder and those in it.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            found.push(path);
        }
    }
    found
}

fn read_all(folder: &Path, ending: &str, out: &mut String) {
    for path in files(folder, ending) {
        out.push_str(&std::fs::read_to_string(&path).unwrap());
        out.push('\n');
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

/// What people read in a language, line by line without its keys: on our pages, in our films and in those that begin with
/// our template. Words that are drawn in a film's set are not among them: they are letters of a picture.
fn said(language: &str) -> Vec<String> {
    let mut found = files(&root().join("translations").join(language), "ftl");
    let words = format!("words/{language}.toml");
    for films in ["films", "crates/ministudio/src/film/template"] {
        let of_films = files(&root().join(films), "toml").into_iter().filter(|path| path.ends_with(&words));
        found.extend(of_films);
    }
    let mut said = Vec::new();
    for path in found {
        let mut drawn = false;
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            if line.starts_with('[') {
                drawn = line == "[set]";
            }
            if !drawn && !line.starts_with('#') {
                said.push(line.split_once(" = ").map_or(line, |(_, words)| words).to_owned());
            }
        }
    }
    said
}

#[test]
fn no_two_steps_on_the_way_to_a_film_have_one_title() {
    for language in ["en", "de", "fr", "es"] {
        let steps = root().join("translations").join(language).join("create.ftl");
        let steps = std::fs::read_to_string(steps).unwrap();
        let titles = steps.lines().filter_map(|line| line.split_once("-title = "));
        let titles: Vec<_> = titles.map(|(_, title)| title).collect();
        let different: BTreeSet<_> = titles.iter().collect();
        assert!(titles.len() > 5 && different.len() == titles.len(), "{language}: {titles:?}");
    }
}

#[test]
fn french_sets_signs_apart_by_a_space_that_no_line_breaks_at() {
    for line in said("fr") {
        let loose = [" ;", " :", " !", " ?", " »", "« "].into_iter().find(|sign| line.contains(sign));
        assert_eq!(loose, None, "{line}");
    }
}

#[test]
fn every_child_can_be_the_hero() {
    for (language, boys_alone) in [("de", "held"), ("fr", "héros"), ("es", "héroe")] {
        let line = said(language).into_iter().find(|line| line.to_lowercase().contains(boys_alone));
        assert_eq!(line, None, "{language}: {boys_alone} is a boy");
    }
}

#[test]
fn what_is_refused_at_the_desk_has_words() {
    let known = keys("en");
    let studio = root().join("crates/studio/src");
    let of_desk = |path: &PathBuf| {
        let path = path.strip_prefix(&studio).unwrap();
        path.iter().any(|part| part.to_string_lossy().starts_with("desk"))
    };
    let mut seen = 0;
    for path in files(&studio, "rs").into_iter().filter(of_desk) {
        let source = std::fs::read_to_string(&path).unwrap();
        let source = source.split_whitespace().collect::<String>();
        for call in ["Error::refused(\"", "Error::conflict(\"", "Error::too_many(\""] {
            for rest in source.split(call).skip(1) {
                let code = rest.split('"').next().unwrap();
                assert!(known.contains_key(&format!("error-{code}")), "{code} has no words");
                seen += 1;
            }
        }
    }
    assert!(seen > 8, "only {seen} were found");
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
