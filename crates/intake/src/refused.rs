//! Why an upload was not taken: in words for the person, in codes for machines.

use thiserror::Error;

/// Why an upload was refused. `Display` is a sentence for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// Nothing was sent.
    #[error("The file is empty. Please choose the photo again.")]
    Empty,
    /// More bytes than allowed.
    #[error(
        "This file is larger than {limit_mb} MB. Please choose a smaller photo, or save it in a smaller size first."
    )]
    TooLarge {
        /// The limit in megabytes.
        limit_mb: u32,
    },
    /// More pixels than allowed.
    #[error(
        "This picture has {megapixels} million pixels; we can take up to {limit}. Please save it in a smaller size first."
    )]
    TooManyPixels {
        /// Megapixels, rounded up.
        megapixels: u64,
        /// The limit in megapixels.
        limit: u32,
    },
    /// Fewer pixels than a face needs, or a strip.
    #[error("This picture is too small to hold a face. Please choose a larger one.")]
    TooSmall,
    /// A file that is no picture at all.
    #[error("This file is not a picture. Please choose a photo saved as JPEG, PNG or WebP.")]
    NotAPicture,
    /// A picture or document of a type that is not taken.
    #[error("This is {article_and_name}. {advice}")]
    UnsupportedType {
        /// For example "a HEIC photo".
        article_and_name: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// Begins like a photo, ends too early.
    #[error("This photo is incomplete: the end of the file is missing. Please choose or send it again.")]
    Truncated,
    /// Damaged, or in a flavour that cannot be read.
    #[error(
        "This photo is damaged and could not be read. Please save it again as a JPEG, or choose another."
    )]
    Damaged,
    /// The decoder hit its limit of time or memory.
    #[error("This photo took too long to read. Please save it again as a JPEG, or choose another.")]
    TookTooLong,
    /// The machine's fault, not the file's; worth trying again.
    #[error(
        "We could not read the photo just now. It is not your photo's fault: please try again in a minute."
    )]
    Unwell {
        /// For the operator; holds nothing of the upload.
        detail: String,
    },
}

impl Refused {
    /// A stable word for machines, for example `too-many-pixels`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too-large",
            Self::TooManyPixels { .. } => "too-many-pixels",
            Self::TooSmall => "picture-too-small",
            Self::NotAPicture => "not-a-picture",
            Self::UnsupportedType { .. } => "unsupported-type",
            Self::Truncated => "truncated",
            Self::Damaged => "damaged",
            Self::TookTooLong => "took-too-long",
            Self::Unwell { .. } => "unwell",
        }
    }

    /// Whether the machine is at fault rather than the file.
    pub fn is_our_fault(&self) -> bool {
        matches!(self, Self::Unwell { .. })
    }
}
