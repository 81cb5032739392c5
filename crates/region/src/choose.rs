//! Fast mode decision: how each macroblock of a slice is coded while somebody waits. Its quantiser, from what it is
//! predicted, and how it is predicted from what stands beside it.

use crate::activity::activity;
use crate::frame::{Frame, I420, Samples};
use crate::intra::{self, Beside};
use crate::macroblock::{Macroblock, Way};
use crate::motion::{Vector, difference};
use crate::moved::Known;
use crate::references::Bases;
use crate::residual::{self, Left};
use crate::sad::{satd_4x4, take_4x4};
use crate::syntax::{Choice, Kin, Levels};
use crate::tables::BLOCKS;
use crate::told;
use crate::transform::Quantiser;
use crate::vectors::Around;

/// Everything that depends on the quantiser.
pub(crate) struct Tools {
    pub qp: u8,
    /// For luma and chroma: from neighbours, and moved.
    luma: [Quantiser; 2],
    chroma: [Quantiser; 2],
    /// What a bit is worth in absolute differences, in sixteenths.
    pub bit: u32,
}

const INTRA: usize = 0;
const MOVED: usize = 1;

/// By how many steps of the quantiser a place is coarser where twice as much goes on, how much that is where it is as its
/// picture, and how far it may differ.
const EVEN: f32 = 1.5;
const USUAL: f32 = 7.5;
const MOST_BY: f32 = 6.0;

impl Tools {
    pub fn new(qp: u8, chroma_qp: u8) -> Self {
        // Found by trial on the drawn films, for the least bits at equal likeness. What stands still is built on for
        // long: intra macroblocks are rounded almost as usual.
        let both = |qp| [Quantiser::new(qp, 2.2), Quantiser::new(qp, 3.5)];
        let bit = (0.6 * 16.0 * 2f64.powf((f64::from(qp) - 12.0) / 6.0)).round() as u32;
        Self { qp, luma: both(qp), chroma: both(chroma_qp), bit }
    }

    /// Below this sum of differences nothing is left of a block of luma that moved.
    pub fn nothing(&self) -> u32 {
        self.luma[MOVED].nothing_below
    }

    /// Below these sums of differences so little may be left of blocks of luma and chroma that it is not worth coding.
    pub fn near(&self) -> [u32; 2] {
        [self.nothing() * 6 / 5, self.chroma[MOVED].nothing_below * 11 / 10]
    }
}

/// One slice in the making.
pub(crate) struct Chooser<'a> {
    /// By quantiser, and those of the macroblock in the making.
    pub all: &'a [Tools],
    pub tools: &'a Tools,
    /// The picture's quantiser.
    pub qp: u8,
    pub kin: Kin,
    /// How deep it stands, and its number in the order of showing.
    pub level: u8,
    pub shown: usize,
    pub slice: u32,
    pub picture: &'a I420<'a>,
    pub frame: &'a mut Frame,
    /// Whether all of it must be as a decoder has it.
    pub is_exact: bool,
    /// What is known to move in it.
    pub known: &'a [Known],
    /// The pictures that it builds on, of the past and of the future.
    pub bases: Bases<'a>,
    pub across: usize,
    pub coded: &'a mut [Macroblock],
}

impl Chooser<'_> {
    /// Chooses for one macroblock, and makes what a decoder will see. All before it in the slice must be done.
    pub fn macroblock(&mut self, at: usize) -> Choice {
        let across = self.across;
        let (column, row) = (at % across, at / across);
        let around = Around::of(&self.coded[..at], self.slice, across).copied();
        let around = around.around();
        let mut source = Samples::new();
        source.take(self.picture, column, row);
        self.tools = &self.all[(i32::from(self.qp) - finer(&source)).clamp(0, 51) as usize];
        let mut own = Macroblock { slice: self.slice, qp: self.tools.qp, ..Macroblock::default() };
        let mut choice = Choice { whole_mode: 0, levels: Levels::new() };
        let beside = beside(&around);
        let is_done =
            self.kin != Kin::Nothing && self.between(&source, &around, at, beside, (&mut own, &mut choice));
        if !is_done {
            self.intra(&source, &around, beside, [column, row], (&mut own, &mut choice));
        }
        self.coded[at] = own;
        choice
    }

    /// Takes a macroblock as it was told, unseen, where `all` are told; nothing where that may not be read.
    pub fn told(&mut self, at: usize, vector: Vector, all: &[Option<Vector>]) -> Option<Choice> {
        let around = Around::of(&self.coded[..at], self.slice, self.across);
        let own = told::macroblock(vector, self.known, self.bases, (at, self.across), &around)?;
        // Those after it that are looked at may be predicted from it.
        let after = [1, self.across - 1, self.across, self.across + 1];
        if self.is_exact || after.iter().any(|by| all.get(at + by).is_some_and(Option::is_none)) {
            let (column, row) = (at % self.across, at / self.across);
            let mut predicted = Samples::new();
            self.bases.predict(column, row, &own.vectors, &own.lists, &mut predicted);
            self.frame.put(&predicted, column, row);
        }
        self.coded[at] = Macroblock { slice: self.slice, ..own };
        Some(Choice { whole_mode: 0, levels: Levels::new() })
    }

    /// What so many bits are worth in absolute differences.
    pub(crate) fn bits(&self, bits: u32) -> u32 {
        bits * self.tools.bit / 16
    }

    /// Levels of what is left after a prediction from other pictures.
    pub(crate) fn leave(
        &mut self,
        source: &Samples,
        predicted: &Samples,
        [column, row]: [usize; 2],
        own: &mut Macroblock,
        choice: &mut Choice,
    ) {
        let tools = self.tools;
        let [luma, chroma @ ..] = &mut self.frame.planes;
        let (levels, place) = (&mut choice.levels, [column * 16, row * 16]);
        let of_luma =
            residual::moved_luma(&source.luma, &predicted.luma, &tools.luma[MOVED], levels, luma, place);
        let place = [column * 8, row * 8];
        let of_chroma =
            residual::chroma(source, predicted, &tools.chroma[MOVED], levels, chroma, place, false);
        own.pattern = of_luma.pattern | of_chroma.pattern;
        own.coded = of_luma.coded | of_chroma.coded;
    }

    fn intra(
        &mut self,
        source: &Samples,
        around: &Around<'_>,
        beside: Beside,
        [column, row]: [usize; 2],
        (own, choice): (&mut Macroblock, &mut Choice),
    ) {
        let tools = self.tools;
        let place = [column * 16, row * 16];
        let mut predicted = Samples::new();
        let (cells, planes) = ([column, row], &self.frame.planes);
        let (mode, cost) =
            intra::best_whole(&planes[0], cells, beside, &source.luma, tools.bit, &mut predicted.luma);
        let flat = tools.luma[INTRA].nothing_below * 16;
        let small =
            (cost > flat).then(|| self.small(source, around, beside, (place, cost), (own, choice))).flatten();
        let of_luma = if let Some(left) = small {
            own.way = Way::Small;
            left
        } else {
            own.way = Way::Whole;
            own.modes = [2; 16];
            choice.whole_mode = mode;
            let (quantiser, levels) = (&tools.luma[INTRA], &mut choice.levels);
            residual::whole_luma(
                &source.luma,
                &predicted.luma,
                quantiser,
                levels,
                &mut self.frame.planes[0],
                place,
            )
        };
        let lost = |plane: usize, held: &[u8; 64]| difference(&source.chroma[plane], held);
        let planes = &self.frame.planes[1..];
        own.chroma_mode = intra::best_chroma(planes, cells, beside, lost, tools.bit, &mut predicted.chroma);
        let (quantiser, levels, place) = (&tools.chroma[INTRA], &mut choice.levels, [column * 8, row * 8]);
        let planes = &mut self.frame.planes[1..];
        let of_chroma = residual::chroma(source, &predicted, quantiser, levels, planes, place, true);
        own.pattern = of_luma.pattern | of_chroma.pattern;
        own.coded = of_luma.coded | of_chroma.coded;
    }

    /// Codes luma by blocks of 4x4, unless that comes out dearer than `most`.
    fn small(
        &mut self,
        source: &Samples,
        around: &Around<'_>,
        beside: Beside,
        (place, most): ([usize; 2], u32),
        (own, choice): (&mut Macroblock, &mut Choice),
    ) -> Option<Left> {
        let tools = self.tools;
        let mut left = Left::default();
        let mut total = self.bits(8);
        for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
            let here = beside.small(x, y);
            let foreseen = small_foreseen(around, &own.modes, x, y);
            let [px, py] = place;
            let ring = intra::Around::new(&self.frame.planes[0], px + x * 4, py + y * 4, here);
            let block = take_4x4(&source.luma, x, y);
            let mut best = (foreseen, u32::MAX, [0; 16]);
            for mode in (0..intra::SMALL_MODES).filter(|mode| ring.can(*mode)) {
                let predicted = ring.predict(mode);
                let cost = satd_4x4(&block, &predicted) + self.bits(if mode == foreseen { 1 } else { 4 });
                if cost < best.1 {
                    best = (mode, cost, predicted);
                }
            }
            let (mode, cost, predicted) = best;
            total += cost;
            if total >= most {
                return None;
            }
            own.modes[y * 4 + x] = mode;
            let (quantiser, levels) = (&tools.luma[INTRA], &mut choice.levels.luma[number]);
            let plane = &mut self.frame.planes[0];
            if residual::small_luma(&source.luma, &predicted, quantiser, levels, plane, place, (x, y)) {
                left.coded |= 1 << (y * 4 + x);
                left.pattern |= 1 << (number / 4);
            }
        }
        Some(left)
    }
}

/// By how many steps the quantiser of a macroblock is finer than the picture's, for how little goes on there.
fn finer(source: &Samples) -> i32 {
    let by = EVEN * (USUAL - activity(&source.luma));
    by.clamp(-MOST_BY, MOST_BY).round() as i32
}

/// Which neighbours there are.
pub(crate) fn beside(around: &Around<'_>) -> Beside {
    Beside {
        left: around.left.is_some(),
        above: around.above.is_some(),
        corner: around.corner.is_some(),
        beyond: around.beyond.is_some(),
    }
}

/// The mode that a decoder foresees for a block of 4x4 (8.3.1.1).
pub(crate) fn small_foreseen(around: &Around<'_>, own: &[u8; 16], x: usize, y: usize) -> u8 {
    let beside = |other: Option<&Macroblock>, at: usize| {
        other.map(|other| if other.way == Way::Small { other.modes[at] } else { 2 })
    };
    let left = if x > 0 { Some(own[y * 4 + x - 1]) } else { beside(around.left, y * 4 + 3) };
    let above = if y > 0 { Some(own[(y - 1) * 4 + x]) } else { beside(around.above, 12 + x) };
    left.zip(above).map_or(2, |(left, above)| left.min(above))
}
