//! What is kept of a coded macroblock for its neighbours: contexts, predicted vectors, strength of the filter.

use crate::motion::Vector;

/// How a macroblock is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Way {
    /// As predicted, without anything written.
    #[default]
    Skipped,
    /// As predicted from two pictures, with levels.
    Direct,
    /// From other pictures, in the parts given.
    Moved(Parts),
    /// From its neighbours, as a whole.
    Whole,
    /// From its neighbours, by blocks of 4x4.
    Small,
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
        matches!(self, Self::Whole | Self::Small)
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
    /// The quantiser of luma: that of the macroblock before where nothing is written of it.
    pub qp: u8,
    /// Coded block pattern: four bits for the quarters of luma, above them 0 to 2 for chroma.
    pub pattern: u8,
    /// Blocks with levels: 16 of luma row by row, 4 and 4 of chroma, the three means.
    pub coded: u32,
    /// Whether its luma is transformed by 8x8; all four flags of a quarter with levels are set then.
    pub large: bool,
    pub chroma_mode: u8,
    /// Modes of the blocks of 4x4, row by row.
    pub modes: [u8; 16],
    /// By list and quarter; zero where the list is not used.
    pub vectors: [[Vector; 4]; 2],
    /// Which lists each quarter uses: a bit for the past, one for the future.
    pub lists: [u8; 4],
    /// Which quarters are predicted as in a skipped one, in a macroblock of quarters.
    pub direct: u8,
    /// Sizes of the written differences of vectors, by list and quarter. Only known once it is written.
    pub written: [[[u8; 2]; 4]; 2],
}

/// The lists of pictures to predict from, as bits of [`Macroblock::lists`].
pub(crate) const PAST: u8 = 1;
pub(crate) const NEXT: u8 = 2;
pub(crate) const BOTH: u8 = 3;

impl Macroblock {
    pub fn has(&self, flag: u32) -> bool {
        self.coded >> flag & 1 == 1
    }

    /// Whether a quarter uses a list.
    pub fn uses(&self, list: usize, quarter: usize) -> bool {
        self.lists[quarter] >> list & 1 == 1
    }

    /// Whether its quantiser is written.
    pub fn has_quantiser(&self) -> bool {
        self.way == Way::Whole || self.pattern != 0
    }
}
