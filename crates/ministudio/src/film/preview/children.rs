//! Who plays in the preview: the head that the film brings along, drawn children whose heads are cut out as a photo's
//! is, and the child of a photo that the film maker named.

use std::sync::{Arc, LazyLock};

use likeness::{CutOut, Mood};

/// What the child of the film maker's photo is called in addresses.
pub const PHOTO: &str = "photo";

/// All of them.
pub struct Children {
    photo: Option<Arc<CutOut>>,
}

/// Drawings of nobody.
static DRAWN: LazyLock<[Option<Arc<CutOut>>; 2]> = LazyLock::new(|| {
    [&include_bytes!("children/one.jpg")[..], &include_bytes!("children/two.jpg")[..]]
        .map(|jpeg| super::super::make::cut_out_of(jpeg, 1).ok().map(Arc::new))
});

/// Moods by their names in addresses and on the page.
pub const MOODS: [(&str, Mood); 6] = [
    ("as it is", Mood { smile: 0.0, lids: 0.0, brows: 0.0, turn: 0.0 }),
    ("smile", Mood { smile: 1.0, lids: 0.0, brows: 0.0, turn: 0.0 }),
    ("eyes closed", Mood { smile: 0.0, lids: 1.0, brows: 0.0, turn: 0.0 }),
    ("surprised", Mood { smile: 0.0, lids: 0.0, brows: 1.0, turn: 0.0 }),
    ("turned left", Mood { smile: 0.0, lids: 0.0, brows: 0.0, turn: -1.0 }),
    ("turned right", Mood { smile: 0.0, lids: 0.0, brows: 0.0, turn: 1.0 }),
];

impl Children {
    /// With the child of a photo, or without.
    pub fn new(photo: Option<CutOut>) -> Self {
        Self { photo: photo.map(Arc::new) }
    }

    /// Their ids and labels.
    pub fn list(&self) -> Vec<(&'static str, &'static str)> {
        let photo = self.photo.as_ref().map(|_| (PHOTO, "the child of your photo"));
        let drawn = [
            ("sample", "the film's own drawn head"),
            ("one", "drawn child one, cut out"),
            ("two", "drawn child two, cut out"),
        ];
        photo.into_iter().chain(drawn).collect()
    }

    /// The head of a child; `Some(None)` is the film's own. The drawn ones are cut out when they are first asked for,
    /// which takes a moment and must not happen in async code.
    pub fn head(&self, id: &str) -> Option<Option<Arc<CutOut>>> {
        match id {
            "" | "sample" => Some(None),
            PHOTO => self.photo.clone().map(Some),
            "one" => DRAWN[0].clone().map(Some),
            "two" => DRAWN[1].clone().map(Some),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawn_children_can_be_cut_out() {
        let children = Children::new(None);
        for (id, _) in children.list() {
            assert_eq!(children.head(id).unwrap().is_some(), id != "sample", "{id}");
        }
        assert!(children.head("photo").is_none() && children.head("nobody").is_none());
    }
}
