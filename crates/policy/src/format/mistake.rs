//! What is wrong with a file, said so that it can be put right.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use super::{Files, nearest};

/// Something wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, by its path in the folder.
    pub file: String,
    /// Where in it: `processors.fal.fields.photo`; empty when the file itself is meant.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl Mistake {
    /// Something wrong at a key.
    pub fn new(file: &str, key: impl Into<String>, what: impl Into<String>) -> Self {
        Self { file: file.into(), key: key.into(), what: what.into(), suggestion: None }
    }

    /// Something that is named at a key but does not exist; the nearest of those that do is suggested.
    pub fn unknown<'a>(
        file: &str,
        key: impl Into<String>,
        sort: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let suggestion = nearest(name, known).map(str::to_owned);
        Self { suggestion, ..Self::new(file, key, format!("there is no {sort} {name:?}")) }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion:?}?"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, mistake)| {
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{mistake}")
        })
    }
}

impl std::error::Error for Mistakes {}

/// A file that must be there.
pub(super) fn file<'a>(files: &'a Files, name: &str, mistakes: &mut Vec<Mistake>) -> Option<&'a str> {
    let text = files.get(name);
    if text.is_none() {
        mistakes.push(Mistake::new(name, "", "is missing"));
    }
    text.map(String::as_str)
}

/// A file of a type.
pub(super) fn toml<T: DeserializeOwned>(file: &str, text: &str, mistakes: &mut Vec<Mistake>) -> Option<T> {
    toml::from_str(text)
        .map_err(|error| mistakes.push(Mistake::new(file, "", error.to_string().trim_end())))
        .ok()
}

/// A file that is one list, named like the file.
pub(super) fn list<T: DeserializeOwned>(files: &Files, name: &str, mistakes: &mut Vec<Mistake>) -> Vec<T> {
    let path = format!("{name}.toml");
    let Some(text) = file(files, &path, mistakes) else { return Vec::new() };
    let lists = toml::<BTreeMap<String, Vec<T>>>(&path, text, mistakes).unwrap_or_default();
    let mut list = Vec::new();
    for (key, items) in lists {
        if key == name {
            list = items;
        } else {
            mistakes.push(Mistake::unknown(&path, &key, "list", &key, [name]));
        }
    }
    list
}

/// The one table of `NAME.toml`, which is named as the file.
pub(super) fn one<T: DeserializeOwned + Default>(
    files: &Files,
    name: &str,
    mistakes: &mut Vec<Mistake>,
) -> T {
    let path = format!("{name}.toml");
    let Some(text) = file(files, &path, mistakes) else { return T::default() };
    let mut tables = toml::<BTreeMap<String, T>>(&path, text, mistakes).unwrap_or_default();
    let found = tables.remove(name);
    if let Some(key) = tables.keys().next() {
        mistakes.push(Mistake::unknown(&path, key, "table", key, [name]));
    } else if found.is_none() {
        mistakes.push(Mistake::new(&path, name, "is missing"));
    }
    found.unwrap_or_default()
}
