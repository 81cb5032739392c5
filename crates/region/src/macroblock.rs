//! What is kept of a coded macroblock for its neighbours: contexts, predicted vectors, strength of the filter.

use crate::motion::Vector;

/// How a macroblock is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Way {
    /// As predicted, without anything written.
    #[default]
    Skipped,
    /// From the picture before, in the parts given.
    Moved(Parts),
    /// From its neighbours, as a whole.
    Whole,
    /// From its neighbours, by blocks of 4x4.
    Small,
    /// Sample by sample, as it is.
    Raw,
}

/// Into which parts a macroblock that moved is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    One,
    /// One above the other.
    Halves,
    /// Side by side.
    Columns,
    Quarters,
}

impl Way {
    pub fn is_intra(self) -> bool {
        matches!(self, Self::Whole | Self::Small | Self::Raw)
    }
}

/// The flags of luma in [`Macroblock::coded`].
pub(crate) const ALL_LUMA: u32 = 0xffff;

/// Where the flags of chroma and of the means begin in [`Macroblock::coded`].
pub(crate) const CHROMA: u32 = 16;
pub(crate) const LUMA_MEAN: u32 = 24;
pub(crate) const CHROMA_MEAN: u32 = 25;

/// One coded macroblock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Macroblock {
    /// Of which slice; numbers are never used twice, 0 is that of none.
    pub slice: u32,
    pub way: Way,
    /// Coded block pattern: four bits for the quarters of luma, above them 0 to 2 for chroma.
    pub pattern: u8,
    /// Blocks with levels: 16 of luma row by row, 4 and 4 of chroma, the three means.
    pub coded: u32,
    pub chroma_mode: u8,
    /// Modes of the blocks of 4x4, row by row.
    pub modes: [u8; 16],
    /// By quarter; zero in intra macroblocks.
    pub vectors: [Vector; 4],
    /// Sizes of the written differences of vectors, by quarter. Only known once it is written.
    pub written: [[u8; 2]; 4],
}

impl Macroblock {
    pub fn has(&self, flag: u32) -> bool {
        self.coded >> flag & 1 == 1
    }
}
