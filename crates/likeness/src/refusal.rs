//! Why a photo cannot be used, or only with a warning: in words for the parent, in codes for
//! machines. The thresholds live in `quality`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why no cut-out can be made. `Display` is a sentence for the parent: what is the matter and
/// what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Nothing in the photo looks like a face.
    #[error(
        "We could not find a face in this photo. Please choose one where your child looks towards \
         the camera and nothing covers the face."
    )]
    NoFace,
    /// The face is too small to be enlarged; pixels between the eye centres, rounded.
    #[error(
        "The face in this photo is too small to become the hero of a film. Please choose a photo \
         taken from closer, or crop it less tightly from a larger one."
    )]
    TooSmall {
        /// Pixels between the eye centres.
        eye_distance: u32,
    },
    /// Out of focus or shaken.
    #[error(
        "This photo is too blurred: the face would look smudged in the film. Please choose a \
         sharper one, for example taken by daylight."
    )]
    Blurred,
    /// Too little light on the face.
    #[error(
        "It is too dark in this photo to see the face well. Please choose one taken by daylight or \
         in a bright room."
    )]
    TooDark,
    /// The face is washed out.
    #[error(
        "The light in this photo is so strong that parts of the face are lost. Please choose one \
         taken in the shade or without flash."
    )]
    TooBright,
    /// Dark glasses cover the eyes.
    #[error(
        "We cannot see the eyes in this photo, perhaps because of sunglasses. Please choose one \
         where both eyes can be seen."
    )]
    Sunglasses,
    /// Part of the face lies outside the photo.
    #[error(
        "Part of the face is cut off at the edge of this photo. Please choose one where the whole \
         head is in the picture."
    )]
    CutByFrame,
    /// Seen from the side.
    #[error(
        "The face in this photo is turned to the side. Please choose one where your child looks \
         towards the camera."
    )]
    TurnedAway,
}

impl Refusal {
    /// A stable word for machines, for example `no-face`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "no-face",
            Self::TooSmall { .. } => "too-small",
            Self::Blurred => "blurred",
            Self::TooDark => "too-dark",
            Self::TooBright => "too-bright",
            Self::Sunglasses => "sunglasses",
            Self::CutByFrame => "cut-by-frame",
            Self::TurnedAway => "turned-away",
        }
    }
}

/// The cut-out was made but may please less than another photo would. `Display` is a sentence
/// for the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// The face has few pixels.
    #[error("The face is small in this photo, so it will look a little soft when it is shown large.")]
    Small,
    /// Slightly out of focus.
    #[error("The photo is slightly blurred. A sharper one would look better.")]
    SlightlyBlurred,
    /// Rather dark.
    #[error("The photo is rather dark. One taken by daylight would look better.")]
    Dark,
    /// Rather bright.
    #[error("The photo is rather bright, and some of the face is washed out.")]
    Bright,
    /// Turned a little to the side.
    #[error("The face is turned a little to the side. One looking straight ahead would look better.")]
    Turned,
    /// Hair or head reach the edge of the photo.
    #[error("The photo ends close to the head, so some of the hair is cut off straight.")]
    HairCut,
    /// Something seems to lie over the face.
    #[error("Something seems to cover part of the face. Please look closely at the result.")]
    Covered,
}

impl Warning {
    /// A stable word for machines, for example `slightly-blurred`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::SlightlyBlurred => "slightly-blurred",
            Self::Dark => "dark",
            Self::Bright => "bright",
            Self::Turned => "turned",
            Self::HairCut => "hair-cut",
            Self::Covered => "covered",
        }
    }
}
