//! Why a moving picture was not taken: for the operator, as nobody sends us one themselves.

use thiserror::Error;

/// Why a moving picture was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ClipRefused {
    /// Another kind of file, or nothing.
    #[error("it is no MP4 file")]
    NotAClip,
    /// More bytes than allowed.
    #[error("it has too many bytes")]
    TooLarge,
    /// There is no track of pictures in it, or its pictures stand in fragments.
    #[error("it has no track of pictures")]
    NoPictures,
    /// Another codec than H.264, or a kind of H.264 that is not taken: interlaced, more than 8 bits, other colour sampling.
    #[error("its pictures are not coded as they should be (H.264, 8 bit, 4:2:0)")]
    OtherCodec,
    /// Larger or smaller sides than allowed.
    #[error("its pictures are too large or too small")]
    Sides,
    /// It lasts longer, or has more pictures, than allowed.
    #[error("it is too long")]
    TooLong,
    /// The end of the file is missing.
    #[error("it is cut short")]
    Truncated,
    /// Its parts do not fit together, or a picture cannot be decoded.
    #[error("it is damaged")]
    Damaged,
    /// The decoding process hit its limit of time or memory.
    #[error("it took too long to read, or too much memory")]
    TookTooLong,
    /// The machine's fault, not the file's.
    #[error("it could not be read here: {detail}")]
    Unwell {
        /// For the operator; holds nothing of the file.
        detail: String,
    },
}

impl ClipRefused {
    /// Those that the decoding process can tell of, by the number that it does so with, less one.
    pub(super) const TOLD: [Self; 8] = [
        Self::NotAClip,
        Self::TooLarge,
        Self::NoPictures,
        Self::OtherCodec,
        Self::Sides,
        Self::TooLong,
        Self::Truncated,
        Self::Damaged,
    ];
}
