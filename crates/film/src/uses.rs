//! What a shot uses: drawings, fonts, texts and, through them, what is personal. Found out by looking,
//! never stated by hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::drawing::{Drawings, Group, Node};
use crate::film::Slot;
use crate::script::{Piece, Script, TextOf, What};
use crate::who::Who;
use crate::words;

/// Why a shot is personal: one place where it shows something of a child.
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
    /// Whose faces.
    pub faces: BTreeSet<Who>,
    /// Whose tone of the skin, without the face.
    pub skins: BTreeSet<Who>,
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
                    uses.write(&stamps.text);
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
            Node::Face(face) => {
                self.faces.insert(face.who);
            }
            Node::Shape(shape) => self.skins.extend(shape.skins()),
            Node::Text(place) => {
                self.fonts.insert(place.font.clone());
                self.skins.extend(place.look.skins());
                self.write(&place.text);
            }
            Node::Group(_) => {}
        });
    }

    fn write(&mut self, text: &TextOf) {
        match text {
            TextOf::Slot(slot) => self.texts.insert(slot.clone()),
            TextOf::Set(key) => self.set.insert(key.clone()),
        };
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
        let written = self.written(sets).into_iter().map(|slot| slot_named(&slot));
        let shown = self.faces.union(&self.skins).map(|who| who.slot_of_face());
        written.chain(shown).collect()
    }

    /// The files of drawings that the shot needs, where sample heads play for these.
    pub fn files(&self, drawings: &Drawings, drawn: impl Fn(Who) -> bool) -> BTreeSet<&str> {
        let shown = self.faces.union(&self.skins).filter(|who| drawn(**who));
        let heads = shown.map(|who| who.sample_head(drawings));
        self.pieces.iter().map(|piece| piece.file.as_str()).chain(heads).collect()
    }
}

/// Every place of a shot that shows something of a child, each once.
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
                let of_slot = |slot: &str| format!("text with slot = \"{slot}\"");
                in_text(&stamps.text, of_slot, languages, &mut add);
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
        let painted = match node {
            Node::Face(face) => {
                add(face.who.slot_of_face(), format!("slot:{} in {file}", face.who.face()));
                None
            }
            Node::Shape(shape) => Some(shape),
            Node::Text(place) => {
                let of_slot = |slot: &str| format!("slot:{slot} in {file}, line {}", place.line);
                in_text(&place.text, of_slot, languages, add);
                Some(&place.look)
            }
            Node::Group(_) => None,
        };
        for who in painted.into_iter().flat_map(|shape| shape.skins()) {
            let [skin, _] = who.skin();
            add(who.slot_of_face(), format!("data-fill=\"{skin}\" in {file}"));
        }
    });
}

/// A text that is written, `of_slot` says where if it is a slot.
fn in_text(
    text: &TextOf,
    of_slot: impl Fn(&str) -> String,
    languages: &BTreeMap<String, words::Words>,
    add: &mut dyn FnMut(Slot, String),
) {
    match text {
        TextOf::Slot(slot) => add(slot_named(slot), of_slot(slot)),
        TextOf::Set(key) => in_set(key, languages, add),
    }
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
    let of_hero = Who::BOTH.into_iter().find(|who| who.name() == name);
    of_hero.map_or_else(|| Slot::Option(name.to_owned()), Who::slot_of_name)
}

/// The group that a piece names.
pub(crate) fn group_of<'a>(piece: &Piece, drawings: &'a Drawings) -> Option<&'a Group> {
    let drawing = drawings.get(&piece.file)?;
    match &piece.group {
        None => Some(&drawing.root),
        Some(id) => drawing.root.find(id).map(|(group, _)| group),
    }
}
