//! What a shot uses: drawings, fonts, texts and, through them, what is personal. Found out by looking,
//! never stated by hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::drawing::{Drawings, Group, Node};
use crate::film::Slot;
use crate::scene::SAMPLE_HEAD;
use crate::script::{Piece, Script, TextOf, What};
use crate::words;

/// Why a shot is personal: one place where it shows something of the child.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because {
    /// What it shows.
    pub slot: Slot,
    /// The line of the sheet in the shot's file.
    pub line: usize,
    /// Where it comes from, such as "slot:face in drawings/hero.svg".
    pub place: String,
}

/// What a shot uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    pub pieces: BTreeSet<Piece>,
    pub face: bool,
    /// The tone of the skin, without the face.
    pub skin: bool,
    /// Names of texts of the set.
    pub set: BTreeSet<String>,
    /// Slots shown as text directly.
    pub texts: BTreeSet<String>,
    /// Roles of fonts.
    pub fonts: BTreeSet<String>,
}

impl Uses {
    pub fn of(script: &Script, drawings: &Drawings) -> Self {
        let mut uses = Self::default();
        for sheet in &script.sheets {
            match &sheet.what {
                What::Drawing(piece) => {
                    uses.pieces.insert(piece.clone());
                }
                What::Stamps(stamps) => {
                    uses.pieces.extend(stamps.stamp.iter().cloned());
                    uses.fonts.insert(stamps.font.clone());
                    match &stamps.text {
                        TextOf::Slot(slot) => uses.texts.insert(slot.clone()),
                        TextOf::Set(key) => uses.set.insert(key.clone()),
                    };
                }
            }
        }
        for piece in uses.pieces.clone() {
            if let Some(group) = group_of(&piece, drawings) {
                uses.look_at(group);
            }
        }
        uses
    }

    fn look_at(&mut self, group: &Group) {
        group.leaves(&mut |node| match node {
            Node::Face(_) => self.face = true,
            Node::Shape(shape) => self.skin |= shape.takes_skin(),
            Node::Text(place) => {
                self.fonts.insert(place.font.clone());
                self.skin |= place.look.takes_skin();
                match &place.set {
                    Some(key) => self.set.insert(key.clone()),
                    None => self.texts.insert("name".to_owned()),
                };
            }
            Node::Group(_) => {}
        });
    }

    /// Names of the slots whose values are written somewhere: the direct ones and those within the
    /// texts of the set, in any language (a film does not become personal by its language).
    pub fn written<'a>(&self, sets: impl Iterator<Item = &'a BTreeMap<String, String>>) -> BTreeSet<String> {
        let mut written = self.texts.clone();
        for set in sets {
            for text in self.set.iter().filter_map(|key| set.get(key)) {
                written.extend(words::slots_in(text).into_iter().map(str::to_owned));
            }
        }
        written
    }

    /// The slots that make a shot personal.
    pub fn slots<'a>(&self, sets: impl Iterator<Item = &'a BTreeMap<String, String>>) -> BTreeSet<Slot> {
        let mut slots: BTreeSet<Slot> =
            self.written(sets).into_iter().map(|slot| slot_named(&slot)).collect();
        if self.face || self.skin {
            slots.insert(Slot::Face);
        }
        slots
    }

    /// The files of drawings that the shot needs.
    pub fn files(&self) -> BTreeSet<&str> {
        let mut files: BTreeSet<&str> = self.pieces.iter().map(|p| p.file.as_str()).collect();
        if self.face {
            files.insert(SAMPLE_HEAD);
        }
        files
    }
}

/// Every place of a shot that shows something of the child, each once.
pub(crate) fn because(
    script: &Script,
    drawings: &Drawings,
    languages: &BTreeMap<String, words::Words>,
) -> BTreeSet<Because> {
    let mut found = BTreeSet::new();
    for sheet in &script.sheets {
        let mut add = |slot: Slot, place: String| {
            found.insert(Because { slot, line: sheet.line, place });
        };
        match &sheet.what {
            What::Drawing(piece) => in_drawing(piece, drawings, languages, &mut add),
            What::Stamps(stamps) => {
                match &stamps.text {
                    TextOf::Slot(slot) => add(slot_named(slot), format!("text with slot = \"{slot}\"")),
                    TextOf::Set(key) => in_set(key, languages, &mut add),
                }
                stamps.stamp.iter().for_each(|piece| in_drawing(piece, drawings, languages, &mut add));
            }
        }
    }
    found
}

fn in_drawing(
    piece: &Piece,
    drawings: &Drawings,
    languages: &BTreeMap<String, words::Words>,
    add: &mut dyn FnMut(Slot, String),
) {
    let Some(group) = group_of(piece, drawings) else { return };
    let file = &piece.file;
    group.leaves(&mut |node| {
        let skin = match node {
            Node::Face(_) => {
                add(Slot::Face, format!("slot:face in {file}"));
                false
            }
            Node::Shape(shape) => shape.takes_skin(),
            Node::Text(place) => {
                match &place.set {
                    Some(key) => in_set(key, languages, add),
                    None => add(Slot::Name, format!("slot:name in {file}, line {}", place.line)),
                }
                place.look.takes_skin()
            }
            Node::Group(_) => false,
        };
        if skin {
            add(Slot::Face, format!("data-fill=\"skin\" in {file}"));
        }
    });
}

/// A text of the set counts in every language: a film does not become personal by its language.
fn in_set(key: &str, languages: &BTreeMap<String, words::Words>, add: &mut dyn FnMut(Slot, String)) {
    for (language, words) in languages {
        for slot in words.set.get(key).map(|text| words::slots_in(text)).unwrap_or_default() {
            add(slot_named(slot), format!("the text \"{key}\" in {}", words::path(language)));
        }
    }
}

fn slot_named(name: &str) -> Slot {
    if name == "name" { Slot::Name } else { Slot::Option(name.to_owned()) }
}

/// The group that a piece names.
pub(crate) fn group_of<'a>(piece: &Piece, drawings: &'a Drawings) -> Option<&'a Group> {
    let drawing = drawings.get(&piece.file)?;
    match &piece.group {
        None => Some(&drawing.root),
        Some(id) => drawing.root.find(id).map(|(group, _)| group),
    }
}
