//! The page in prose: `text/en.md` and its translations, with placeholders for what is derived.

use std::collections::{BTreeMap, BTreeSet};

use super::{Files, LANGUAGES, Mistake};

/// What `{{…}}` in a text may stand for.
pub const PLACEHOLDERS: [&str; 12] = [
    "authority",
    "categories",
    "controller",
    "controller-email",
    "controller-name",
    "cookies-analytics",
    "cookies-essential",
    "cookies-support",
    "effective",
    "processors",
    "purposes",
    "retention",
];

/// The texts by language: in all languages, or not at all.
pub(super) fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (path, text) in files {
        let Some(name) = path.strip_prefix("text/") else { continue };
        match name.strip_suffix(".md").filter(|language| LANGUAGES.contains(language)) {
            Some(language) => drop(texts.insert(language.to_owned(), text.clone())),
            None => mistakes.push(Mistake::new(path, "", "is no text of a language that is offered")),
        }
    }
    for language in LANGUAGES.iter().filter(|language| !texts.is_empty() && !texts.contains_key(**language)) {
        let path = format!("text/{language}.md");
        mistakes.push(Mistake::new(&path, "", "is missing; the other languages have a text"));
    }
    let english: Option<BTreeSet<&str>> = texts.get("en").map(|text| placeholders(text).collect());
    for (language, text) in &texts {
        let path = format!("text/{language}.md");
        for name in placeholders(text).filter(|name| !PLACEHOLDERS.contains(name)) {
            mistakes.push(Mistake::unknown(&path, "", "placeholder", name, PLACEHOLDERS));
        }
        if english.as_ref().is_some_and(|english| *english != placeholders(text).collect()) {
            mistakes.push(Mistake::new(&path, "", "has other placeholders than the English text"));
        }
    }
    texts
}

/// The names between double braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name)
}
