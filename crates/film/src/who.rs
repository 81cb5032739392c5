//! Which hero something in a film belongs to, and what that is called in the film's files. It must not know who plays.

use crate::drawing::{Drawings, Ink, Node};
use crate::film::Slot;
use crate::palette::Rgb;

/// The hero, or the second one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    First,
    Second,
}

/// Path of the drawn head that stands in where no child is given.
pub(crate) const SAMPLE_HEAD: &str = "drawings/sample-head.svg";
/// The same for the second hero.
pub(crate) const SECOND_HEAD: &str = "drawings/second-head.svg";

/// The tone of a sample head that says none.
const SAMPLE_SKIN: Rgb = [226, 178, 148];

impl Who {
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// The slot of the face, as a film's files and reports call it.
    pub const fn face(self) -> &'static str {
        match self {
            Self::First => "face",
            Self::Second => "second.face",
        }
    }

    /// The slot of the name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "name",
            Self::Second => "second.name",
        }
    }

    /// The ink of the skin's tone, and of its darker shade.
    pub const fn skin(self) -> [&'static str; 2] {
        match self {
            Self::First => ["skin", "skin-shade"],
            Self::Second => ["second.skin", "second.skin-shade"],
        }
    }

    pub fn slot_of_face(self) -> Slot {
        match self {
            Self::First => Slot::Face,
            Self::Second => Slot::SecondFace,
        }
    }

    pub fn slot_of_name(self) -> Slot {
        match self {
            Self::First => Slot::Name,
            Self::Second => Slot::SecondName,
        }
    }

    /// Whose face goes on the element with this id.
    pub fn with_face(id: &str) -> Option<Self> {
        Self::in_slot(id, Self::face)
    }

    /// Whose name is written at the element with this id.
    pub fn with_name(id: &str) -> Option<Self> {
        Self::in_slot(id, Self::name)
    }

    fn in_slot(id: &str, called: impl Fn(Self) -> &'static str) -> Option<Self> {
        let slot = id.strip_prefix("slot:")?;
        Self::BOTH.into_iter().find(|who| called(*who) == slot)
    }

    /// Whose skin an ink is, and whether it is the shade of it.
    pub fn with_skin(ink: &str) -> Option<(Self, bool)> {
        Self::BOTH
            .into_iter()
            .find_map(|who| Some((who, who.skin().iter().position(|one| *one == ink)? == 1)))
    }

    /// The drawing of the head that stands in. A film that has none of its own for the second hero has the same for both.
    pub fn sample_head(self, drawings: &Drawings) -> &'static str {
        match self {
            Self::Second if drawings.contains_key(SECOND_HEAD) => SECOND_HEAD,
            _ => SAMPLE_HEAD,
        }
    }

    /// The tone of that head's skin: the fill of its shape called `skin`, if it has one.
    pub fn sample_skin(self, drawings: &Drawings) -> Rgb {
        let drawing = drawings.get(self.sample_head(drawings));
        let shape =
            drawing.and_then(|drawing| drawing.root.find("skin")).map(|(group, _)| &group.children[..]);
        match shape {
            Some([Node::Shape(shape)]) => match shape.fill {
                Some((Ink::Solid(tone, _), _)) => tone,
                _ => SAMPLE_SKIN,
            },
            _ => SAMPLE_SKIN,
        }
    }
}
