//! `words/LANG.toml`: everything of a film that is said or written, in one language.

use std::collections::{BTreeMap, BTreeSet};

use crate::fields::{Fields, Source, short};
use crate::reference;
use crate::report::{Report, Severity, did_you_mean};
use crate::who::Who;

/// The words of a film in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Title.
    pub title: String,
    /// One line for the shelf.
    pub tagline: String,
    /// A few sentences on what happens.
    pub synopsis: String,
    /// Per shot, in the order of the film: the story line read aloud (may hold `{name}` and `{second}`), if it has
    /// one.
    pub captions: Vec<Option<String>>,
    /// Per shot, in the order of the film: what is to be seen.
    pub described: Vec<Option<String>>,
    /// Texts painted in the set, by name.
    pub set: BTreeMap<String, String>,
    /// Lines of the file by shot, for messages.
    pub(crate) lines: Vec<Option<usize>>,
}

impl Words {
    /// No words at all for a film of so many shots.
    pub(crate) fn none(shots: usize) -> Self {
        Self {
            captions: vec![None; shots],
            described: vec![None; shots],
            lines: vec![None; shots],
            ..Self::default()
        }
    }

    /// Takes a shot out.
    pub(crate) fn leave_out(&mut self, shot: usize) {
        self.captions.remove(shot);
        self.described.remove(shot);
        self.lines.remove(shot);
    }
}

pub(crate) fn path(language: &str) -> String {
    format!("words/{language}.toml")
}

pub(crate) fn read(language: &str, text: &str, shots: &[String], report: &mut Report) -> Words {
    let path = path(language);
    let source = Source::new(&path, text, report);
    let table = source.parse();
    let fields = Fields::new(&source, &table, 0..0, &reference::WORDS);
    let mut words = Words {
        title: fields.text_required("title").unwrap_or_default(),
        tagline: fields.text("tagline").unwrap_or_default(),
        synopsis: fields.text("synopsis").unwrap_or_default(),
        ..Words::none(shots.len())
    };
    if let Some(set) = fields.table("set") {
        for (key, span, value) in set.entries() {
            match value.get_ref().as_str() {
                Some(text) if text.chars().count() <= 200 => {
                    words.set.insert(key.to_owned(), text.to_owned());
                }
                _ => source.error(span, "A text of the set is a text of at most 200 characters."),
            }
        }
    }
    if let Some(table) = fields.table("shots") {
        for (id, span, value) in table.entries() {
            let Some(index) = shots.iter().position(|s| s == id) else {
                source.say(
                    Severity::Error,
                    span,
                    format!("The film has no shot \"{}\".", short(id)),
                    did_you_mean(id, shots.iter().map(String::as_str)),
                );
                continue;
            };
            let Some(shot) = Fields::of(&source, value, &reference::WORDS_OF_SHOT) else { continue };
            words.captions[index] = shot.text("caption").filter(|t| !t.trim().is_empty());
            words.described[index] = shot.text("described").filter(|t| !t.trim().is_empty());
            words.lines[index] = Some(shot.line());
            shot.done();
        }
    }
    fields.done();
    words
}

/// The slot that stands in braces: `{second}` is the name of the second hero.
fn slot_in_braces(said: &str) -> &str {
    if said == "second" { Who::Second.name() } else { said }
}

/// The slots that a text holds: names or options, written in braces.
pub(crate) fn slots_in(text: &str) -> BTreeSet<&str> {
    let mut slots = BTreeSet::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find('}') else { break };
        slots.insert(slot_in_braces(&rest[..close]));
        rest = &rest[close + 1..];
    }
    slots
}

/// A text with its slots filled in. What the value holds is not looked at again.
pub(crate) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        filled.push_str(&rest[..open]);
        let slot = &rest[open + 1..open + close];
        match value(slot_in_braces(slot)) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&rest[open..=open + close]),
        }
        rest = &rest[open + close + 1..];
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_and_fills_slots_once() {
        assert_eq!(slots_in("Good night, {name}, {age}!").into_iter().collect::<Vec<_>>(), ["age", "name"]);
        let filled = fill("Good night, {name}{", |slot| (slot == "name").then(|| "{name}".to_owned()));
        assert_eq!(filled, "Good night, {name}{");
        assert_eq!(slots_in("{second} and {name}").into_iter().collect::<Vec<_>>(), ["name", "second.name"]);
        assert_eq!(fill("{second}!", |slot| (slot == "second.name").then(|| "Leo".to_owned())), "Leo!");
    }
}
