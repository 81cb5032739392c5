//! Rate-distortion optimised mode decision: how each macroblock of a slice is coded when there is time. Of every way
//! that may be good the levels are made and the bits counted, and what costs least is taken, in squares of samples lost
//! and what the bits are worth.

use crate::cabac::States;
use crate::choose::{beside, small_foreseen};
use crate::count::{BIT, Counter};
use crate::frame::{Frame, I420, Samples};
use crate::intra::{self, Beside};
use crate::intra_large;
use crate::macroblock::{CHROMA, CHROMA_MEAN, LUMA_MEAN, Macroblock, Way};
use crate::pen::relate;
use crate::plan::PicturePlan;
use crate::references::Bases;
use crate::sad::{satd, satd_4x4, squares};
use crate::search::{Care, Moves, Search};
use crate::syntax::{Before, CHROMA_REST, Choice, Kin, LARGE, Levels, PLAIN, REST, Writer};
use crate::tables::{BLOCKS, ZIGZAG};
use crate::transform::{
    Block, Quantiser, backward, forward, hadamard, hadamard_2x2, large_backward, large_coefficients,
    large_forward,
};
use crate::trellis::{Rate, Steps};
use crate::vectors::Around;

/// Everything that depends on the quantiser.
pub(crate) struct Kit {
    qp: u8,
    luma: Steps<16>,
    large: Steps<64>,
    chroma: Steps<16>,
    luma_means: Quantiser,
    chroma_means: Quantiser,
    /// The Lagrange multiplier: what a [`BIT`]th of a bit is worth in squares of samples.
    worth: f32,
    /// What a bit is worth in absolute differences, in sixteenths.
    pub bit: u32,
    /// Below these sums of differences nothing of a block is left.
    pub nothing: [u32; 2],
}

impl Kit {
    pub fn new(qp: u8, chroma_qp: u8) -> Self {
        let worth = 0.85 * 2f32.powf((f32::from(qp) - 12.0) / 3.0);
        Self {
            qp,
            luma: Steps::new(qp),
            large: Steps::large(qp),
            chroma: Steps::new(chroma_qp),
            luma_means: Quantiser::new(qp, 3.0),
            chroma_means: Quantiser::new(chroma_qp, 3.0),
            worth: worth / BIT as f32,
            bit: (worth.sqrt() * 16.0).round() as u32,
            nothing: [qp, chroma_qp].map(|qp| Quantiser::new(qp, 6.0).nothing_below),
        }
    }
}

/// One slice in the making.
pub(crate) struct Weigher<'a> {
    pub kits: &'a [Kit],
    /// The picture's quantiser, and how that of each macroblock differs.
    pub qp: u8,
    pub plan: Option<&'a PicturePlan>,
    pub kin: Kin,
    pub slice: u32,
    pub picture: &'a I420<'a>,
    pub frame: &'a mut Frame,
    /// The pictures that it builds on, of the past and of the future.
    pub bases: Bases<'a>,
    pub across: usize,
    pub coded: &'a mut [Macroblock],
}

/// A macroblock in the making.
pub(crate) struct Here<'a> {
    pub at: usize,
    pub column: usize,
    pub row: usize,
    pub source: &'a Samples,
    pub around: Around<'a>,
    beside: Beside,
    pub kit: &'a Kit,
    states: &'a States,
    last: Before,
}

impl Here<'_> {
    fn rate(&self) -> Rate<'_> {
        Rate { states: self.states, worth: self.kit.worth }
    }

    /// The context of the flag of a block of luma, from the kind's first.
    fn luma_flag(&self, own: &Macroblock, x: usize, y: usize) -> usize {
        let outside = |other: Option<&Macroblock>, at: usize| {
            other.map_or(own.way.is_intra(), |other| other.has(at as u32))
        };
        let left = if x > 0 { own.has((y * 4 + x - 1) as u32) } else { outside(self.around.left, y * 4 + 3) };
        let above = if y > 0 { own.has((y * 4 + x - 4) as u32) } else { outside(self.around.above, 12 + x) };
        usize::from(left) + 2 * usize::from(above)
    }

    fn chroma_flag(&self, own: &Macroblock, plane: usize, number: usize) -> usize {
        let first = CHROMA + plane as u32 * 4;
        let outside = |other: Option<&Macroblock>, at: u32| {
            other.map_or(own.way.is_intra(), |other| other.has(first + at))
        };
        let (x, y, at) = (number % 2, number / 2, number as u32);
        let left = if x > 0 { own.has(first + at - 1) } else { outside(self.around.left, at + 1) };
        let above = if y > 0 { own.has(first + at - 2) } else { outside(self.around.above, at + 2) };
        usize::from(left) + 2 * usize::from(above)
    }
}

/// A way to code a macroblock.
struct Tried {
    own: Macroblock,
    choice: Choice,
    shown: Samples,
    cost: f32,
}

fn lost(one: &Samples, other: &Samples) -> f32 {
    let luma = squares(&one.luma, &other.luma);
    let chroma = squares(one.chroma.as_flattened(), other.chroma.as_flattened());
    (luma + chroma) as f32
}

fn take_4x4<const STRIDE: usize>(source: &[u8], predicted: &[u8], x: usize, y: usize) -> Block {
    let mut block = [0; 16];
    for line in 0..4 {
        let at = (y * 4 + line) * STRIDE + x * 4;
        let (source, predicted) = (&source[at..at + 4], &predicted[at..at + 4]);
        for i in 0..4 {
            block[line * 4 + i] = i32::from(source[i]) - i32::from(predicted[i]);
        }
    }
    block
}

fn take_8x8(source: &[u8], predicted: &[u8], x: usize, y: usize) -> [i32; 64] {
    let mut block = [0; 64];
    for (line, row) in block.chunks_exact_mut(8).enumerate() {
        let at = (y + line) * 16 + x;
        for (out, (source, predicted)) in
            row.iter_mut().zip(source[at..at + 8].iter().zip(&predicted[at..at + 8]))
        {
            *out = i32::from(*source) - i32::from(*predicted);
        }
    }
    block
}

/// Adds differences to a predicted block.
fn add_4x4<const STRIDE: usize>(shown: &mut [u8], x: usize, y: usize, add: &Block) {
    for line in 0..4 {
        let at = (y * 4 + line) * STRIDE + x * 4;
        for (out, add) in shown[at..at + 4].iter_mut().zip(&add[line * 4..]) {
            *out = (i32::from(*out) + add).clamp(0, 255) as u8;
        }
    }
}

fn sum(block: &Block) -> u32 {
    block.iter().map(|d| d.unsigned_abs()).sum()
}

impl Weigher<'_> {
    fn kit(&self, at: usize) -> u8 {
        let by = self.plan.map_or(0, |plan| i32::from(plan.finer[at]));
        (i32::from(self.qp) - by).clamp(0, 51) as u8
    }

    /// Chooses for one macroblock, and makes what a decoder will see. All before it in the slice must be done.
    pub fn macroblock(&mut self, at: usize, states: &States, last: Before) -> Choice {
        let across = self.across;
        let (column, row) = (at % across, at / across);
        let around = Around::of(&self.coded[..at], self.slice, across).copied();
        let around = around.around();
        let mut source = Samples::new();
        source.take(self.picture, column, row);
        let here = Here {
            at,
            column,
            row,
            source: &source,
            beside: beside(&around),
            around,
            kit: &self.kits[usize::from(self.kit(at))],
            states,
            last,
        };
        let best = self.best(&here);
        self.frame.put(&best.shown, column, row);
        self.coded[at] = best.own;
        best.choice
    }

    fn best(&mut self, here: &Here<'_>) -> Tried {
        let mut best = None;
        let mut moved = u32::MAX;
        if self.kin != Kin::Nothing {
            let search = self.search(here);
            let foreseen = search.foreseen();
            if let Some(foreseen) = &foreseen {
                let (skipped, is_good) = self.skipped(here, foreseen);
                if is_good {
                    return skipped;
                }
                best = Some(skipped);
            }
            if self.kin == Kin::Both
                && let Some(foreseen) = &foreseen
            {
                keep(&mut best, self.moved(here, foreseen));
            }
            let planned = [0, 1].map(|list| self.plan.map(|plan| plan.vectors[list][here.at]));
            let starts = search.starts(&self.coded[here.at], planned, foreseen.as_ref());
            for moves in search.all(&starts, foreseen.as_ref()).into_iter().flatten() {
                let tried = self.moved(here, &moves);
                moved = moved.min(moves.cost);
                keep(&mut best, tried);
            }
        }
        let mut predicted = Samples::new();
        let (place, planes) = ([here.column, here.row], &self.frame.planes);
        let (mode, cost) = intra::best_whole(
            &planes[0],
            place,
            here.beside,
            &here.source.luma,
            here.kit.bit,
            &mut predicted.luma,
        );
        if best.is_none() || cost < moved.saturating_add(moved / 2) {
            let lost = |plane: usize, held: &[u8; 64]| squares(&here.source.chroma[plane], held);
            let chroma_mode = intra::best_chroma(
                &planes[1..],
                place,
                here.beside,
                lost,
                here.kit.bit,
                &mut predicted.chroma,
            );
            let whole = self.whole(here, mode, chroma_mode, &predicted);
            keep(&mut best, whole);
            let most = best.as_ref().map_or(f32::MAX, |best| best.cost);
            if let Some(small) = self.small(here, chroma_mode, &predicted, most) {
                keep(&mut best, small);
            }
            let most = best.as_ref().map_or(f32::MAX, |best| best.cost);
            if let Some(large) = self.small_large(here, chroma_mode, &predicted, most) {
                keep(&mut best, large);
            }
        }
        best.expect("whole macroblocks are always possible")
    }

    fn search<'a>(&'a self, here: &'a Here<'_>) -> Search<'a> {
        Search {
            at: here.at,
            column: here.column,
            row: here.row,
            source: here.source,
            around: here.around,
            bases: self.bases,
            kin: self.kin,
            care: Care::MOST,
            bit: here.kit.bit,
            nothing: here.kit.nothing[0],
        }
    }

    fn blank(&self, here: &Here<'_>) -> (Macroblock, Choice) {
        let own = Macroblock { slice: self.slice, qp: here.kit.qp, ..Macroblock::default() };
        (own, Choice { whole_mode: 0, levels: Levels::new() })
    }

    /// What a way costs; sets what follows from its neighbours.
    fn weigh(&self, here: &Here<'_>, own: &mut Macroblock, choice: &Choice, shown: &Samples) -> f32 {
        let related = relate(own, &here.around, self.kin);
        if !own.has_quantiser() {
            own.qp = here.last.qp;
        }
        let mut counter = Counter::new(here.states);
        let mut writer = Writer {
            cabac: &mut counter,
            kin: self.kin,
            own,
            left: here.around.left,
            above: here.around.above,
            before: here.last,
        };
        writer.write(choice, &related);
        lost(here.source, shown) + counter.cost as f32 * here.kit.worth
    }

    /// The macroblock skipped, and whether that is as good as can be.
    fn skipped(&self, here: &Here<'_>, foreseen: &Moves) -> (Tried, bool) {
        let (mut own, choice) = self.blank(here);
        own.way = Way::Skipped;
        (own.vectors, own.lists) = (foreseen.vectors, foreseen.lists);
        let mut shown = Samples::new();
        self.bases.predict(here.column, here.row, &foreseen.vectors, &foreseen.lists, &mut shown);
        let is_near = |block: Block, below: u32| sum(&block) < below;
        let is_good = (0..16).all(|at| {
            let block = take_4x4::<16>(&here.source.luma, &shown.luma, at % 4, at / 4);
            is_near(block, here.kit.nothing[0] / 2)
        }) && (0..8).all(|at| {
            let (source, shown) = (&here.source.chroma[at / 4], &shown.chroma[at / 4]);
            is_near(take_4x4::<8>(source, shown, at % 2, at / 2 % 2), here.kit.nothing[1] / 2)
        });
        let cost = self.weigh(here, &mut own, &choice, &shown);
        (Tried { own, choice, shown, cost }, is_good)
    }

    fn moved(&self, here: &Here<'_>, moves: &Moves) -> Tried {
        let (mut own, mut choice) = self.blank(here);
        own.way = moves.way;
        (own.vectors, own.lists, own.direct) = (moves.vectors, moves.lists, moves.direct);
        let mut predicted = Samples::new();
        self.bases.predict(here.column, here.row, &moves.vectors, &moves.lists, &mut predicted);
        let bare = own;
        let mut tried = None;
        let mut shown = predicted.clone();
        self.chroma(here, &mut own, &mut choice.levels, &mut shown);
        for large in [false, true] {
            let (mut own, mut choice, mut shown) = (own, choice.clone(), shown.clone());
            if large {
                self.moved_large(here, &mut own, &mut choice.levels, &mut shown);
            } else {
                self.moved_luma(here, &mut own, &mut choice.levels, &mut shown);
            }
            if own.pattern == 0 || large && own.pattern & 15 == 0 {
                continue;
            }
            let cost = self.weigh(here, &mut own, &choice, &shown);
            keep(&mut tried, Tried { own, choice, shown, cost });
        }
        let (mut own, choice) = (bare, self.blank(here).1);
        let cost = self.weigh(here, &mut own, &choice, &predicted);
        keep(&mut tried, Tried { own, choice, shown: predicted, cost });
        tried.expect("just kept")
    }

    /// Levels of luma by blocks of 8x8 for a macroblock that moved; `shown` holds what is predicted.
    fn moved_large(&self, here: &Here<'_>, own: &mut Macroblock, levels: &mut Levels, shown: &mut Samples) {
        for quarter in 0..4 {
            let (x, y) = (quarter % 2 * 8, quarter / 2 * 8);
            let block = take_8x8(&here.source.luma, &shown.luma, x, y);
            if block.iter().map(|d| d.unsigned_abs()).sum::<u32>() < here.kit.nothing[0] / 2 {
                continue;
            }
            let levels = &mut levels.large[quarter];
            let block = large_forward(&block);
            let chosen = here.kit.large.choose(&block, (LARGE, 0), None, here.rate(), levels);
            if !chosen.any {
                continue;
            }
            own.pattern |= 1 << quarter;
            own.coded |= 0x33 << (y + x / 4);
            own.large = true;
            add_8x8(&mut shown.luma, x, y, here.kit.qp, levels);
        }
    }

    /// Levels of luma for a macroblock that moved; `shown` holds what is predicted.
    fn moved_luma(&self, here: &Here<'_>, own: &mut Macroblock, levels: &mut Levels, shown: &mut Samples) {
        for quarter in 0..4 {
            let before = own.coded;
            let (mut with, mut without) = (0.0, 0.0);
            for (number, (x, y)) in BLOCKS.into_iter().enumerate().skip(quarter * 4).take(4) {
                let block = take_4x4::<16>(&here.source.luma, &shown.luma, x, y);
                let block = forward(&block);
                let flag = PLAIN.flag + here.luma_flag(own, x, y);
                let levels = &mut levels.luma[number];
                let chosen = here.kit.luma.choose(&block, (PLAIN, 0), Some(flag), here.rate(), levels);
                own.coded |= u32::from(chosen.any) << (y * 4 + x);
                with += chosen.cost;
                without += chosen.nothing;
            }
            if own.coded == before {
                continue;
            }
            if with >= without {
                own.coded = before;
                levels.luma[quarter * 4..quarter * 4 + 4].fill([0; 16]);
                continue;
            }
            own.pattern |= 1 << quarter;
            for (number, (x, y)) in BLOCKS.into_iter().enumerate().skip(quarter * 4).take(4) {
                if own.has((y * 4 + x) as u32) {
                    let add = backward(&here.kit.luma_means.coefficients(&levels.luma[number]));
                    add_4x4::<16>(&mut shown.luma, x, y, &add);
                }
            }
        }
    }

    /// Levels of both chromas; `shown` holds what is predicted.
    fn chroma(&self, here: &Here<'_>, own: &mut Macroblock, levels: &mut Levels, shown: &mut Samples) {
        let mut pattern = 0;
        for plane in 0..2 {
            let (source, shown) = (&here.source.chroma[plane], &mut shown.chroma[plane]);
            let levels_of = &mut levels.chroma[plane];
            let before = own.coded;
            let mut means = [0; 4];
            let (mut with, mut without) = (0.0, 0.0);
            for number in 0..4 {
                let mut block = forward(&take_4x4::<8>(source, shown, number % 2, number / 2));
                means[number] = std::mem::take(&mut block[0]);
                let flag = CHROMA_REST.flag + here.chroma_flag(own, plane, number);
                let levels = &mut levels_of[number];
                let chosen =
                    here.kit.chroma.choose(&block, (CHROMA_REST, 1), Some(flag), here.rate(), levels);
                own.coded |= u32::from(chosen.any) << (CHROMA + (plane * 4 + number) as u32);
                with += chosen.cost;
                without += chosen.nothing;
            }
            if own.coded != before && with < without {
                pattern = 2;
            } else {
                own.coded = before;
                *levels_of = [[0; 16]; 4];
            }
            let quantiser = &here.kit.chroma_means;
            let mean_levels = hadamard_2x2(means).map(|mean| quantiser.mean_level(mean));
            levels.chroma_means[plane] = mean_levels.map(|level| level as i16);
            if mean_levels != [0; 4] {
                own.coded |= 1 << (CHROMA_MEAN + plane as u32);
                pattern = pattern.max(1);
            }
            let means = quantiser.chroma_means(mean_levels);
            for (number, mean) in means.into_iter().enumerate() {
                let mut block = quantiser.coefficients(&levels_of[number]);
                block[0] = mean;
                if block != [0; 16] {
                    add_4x4::<8>(shown, number % 2, number / 2, &backward(&block));
                }
            }
        }
        own.pattern |= pattern << 4;
    }

    fn whole(&self, here: &Here<'_>, mode: u8, chroma_mode: u8, predicted: &Samples) -> Tried {
        let (mut own, mut choice) = self.blank(here);
        own.way = Way::Whole;
        own.modes = [2; 16];
        own.chroma_mode = chroma_mode;
        choice.whole_mode = mode;
        let mut shown = predicted.clone();
        let levels = &mut choice.levels;
        let mut means = [0; 16];
        let (mut with, mut without) = (0.0, 0.0);
        for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
            let mut block = forward(&take_4x4::<16>(&here.source.luma, &shown.luma, x, y));
            means[y * 4 + x] = std::mem::take(&mut block[0]);
            let flag = REST.flag + here.luma_flag(&own, x, y);
            let levels = &mut levels.luma[number];
            let chosen = here.kit.luma.choose(&block, (REST, 1), Some(flag), here.rate(), levels);
            own.coded |= u32::from(chosen.any) << (y * 4 + x);
            with += chosen.cost;
            without += chosen.nothing;
        }
        if own.coded != 0 && with < without {
            own.pattern = 15;
        } else {
            own.coded = 0;
            levels.luma = [[0; 16]; 16];
        }
        let quantiser = &here.kit.luma_means;
        let mean_levels = hadamard(&means).map(|mean| quantiser.mean_level((mean + 1) >> 1));
        for (level, at) in levels.luma_means.iter_mut().zip(ZIGZAG) {
            *level = mean_levels[at] as i16;
        }
        if mean_levels != [0; 16] {
            own.coded |= 1 << LUMA_MEAN;
        }
        let means = quantiser.luma_means(&mean_levels);
        for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
            let mut block = quantiser.coefficients(&levels.luma[number]);
            block[0] = means[y * 4 + x];
            if block != [0; 16] {
                add_4x4::<16>(&mut shown.luma, x, y, &backward(&block));
            }
        }
        self.chroma(here, &mut own, levels, &mut shown);
        let cost = self.weigh(here, &mut own, &choice, &shown);
        Tried { own, choice, shown, cost }
    }

    /// Luma by blocks of 4x4, unless that comes out dearer than `most`.
    fn small(&mut self, here: &Here<'_>, chroma_mode: u8, predicted: &Samples, most: f32) -> Option<Tried> {
        let (mut own, mut choice) = self.blank(here);
        own.way = Way::Small;
        own.chroma_mode = chroma_mode;
        let mut shown = predicted.clone();
        let mut total = 0.0;
        let worth = here.kit.worth * BIT as f32;
        for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
            let around = here.beside.small(x, y);
            let foreseen = small_foreseen(&here.around, &own.modes, x, y);
            let (px, py) = (here.column * 16 + x * 4, here.row * 16 + y * 4);
            let ring = intra::Around::new(&self.frame.planes[0], px, py, around);
            let mut likely = [(u32::MAX, 0u8, [0u8; 16]); 3];
            let mut source = [0; 16];
            for line in 0..4 {
                let at = (y * 4 + line) * 16 + x * 4;
                source[line * 4..line * 4 + 4].copy_from_slice(&here.source.luma[at..at + 4]);
            }
            for mode in (0..intra::SMALL_MODES).filter(|mode| ring.can(*mode)) {
                let block = ring.predict(mode);
                let rate = here.kit.bit * if mode == foreseen { 1 } else { 4 } / 16;
                let cost = satd_4x4(&source, &block) + rate;
                if let Some(place) = likely.iter().position(|other| cost < other.0) {
                    likely[place..].rotate_right(1);
                    likely[place] = (cost, mode, block);
                }
            }
            let flag = PLAIN.flag + here.luma_flag(&own, x, y);
            let mut best = (f32::MAX, 0u8, false, [0u8; 16], [0i16; 16]);
            for (cost, mode, block) in likely {
                if cost == u32::MAX {
                    continue;
                }
                let differences = std::array::from_fn(|at| i32::from(source[at]) - i32::from(block[at]));
                let mut levels = [0; 16];
                let kind = (PLAIN, 0);
                let chosen =
                    here.kit.luma.choose(&forward(&differences), kind, Some(flag), here.rate(), &mut levels);
                let cost = chosen.cost + worth * if mode == foreseen { 0.6 } else { 3.8 };
                if cost < best.0 {
                    best = (cost, mode, chosen.any, block, levels);
                }
            }
            let (cost, mode, any, mut block, levels) = best;
            total += cost;
            if total > most {
                return None;
            }
            own.modes[y * 4 + x] = mode;
            choice.levels.luma[number] = levels;
            if any {
                own.coded |= 1 << (y * 4 + x);
                own.pattern |= 1 << (number / 4);
                let add = backward(&here.kit.luma_means.coefficients(&levels));
                add_4x4::<4>(&mut block, 0, 0, &add);
            }
            for (line, from) in block.chunks_exact(4).enumerate() {
                shown.luma[(y * 4 + line) * 16 + x * 4..][..4].copy_from_slice(from);
                self.frame.planes[0].row_mut::<4>(px, py + line).copy_from_slice(from);
            }
        }
        self.chroma(here, &mut own, &mut choice.levels, &mut shown);
        let cost = self.weigh(here, &mut own, &choice, &shown);
        Some(Tried { own, choice, shown, cost })
    }

    /// Luma by blocks of 8x8 from their neighbours, unless that comes out dearer than `most`.
    fn small_large(
        &mut self,
        here: &Here<'_>,
        chroma_mode: u8,
        predicted: &Samples,
        most: f32,
    ) -> Option<Tried> {
        let (mut own, mut choice) = self.blank(here);
        (own.way, own.chroma_mode, own.large) = (Way::Small, chroma_mode, true);
        let mut shown = predicted.clone();
        let mut total = 0.0;
        for quarter in 0..4 {
            let (x, y) = (quarter % 2 * 8, quarter / 2 * 8);
            let foreseen = small_foreseen(&here.around, &own.modes, x / 4, y / 4);
            let (px, py) = (here.column * 16 + x, here.row * 16 + y);
            let around = here.beside.quarter(quarter);
            let ring = intra_large::Around::new(&self.frame.planes[0], px, py, around);
            let (cost, mode, block, levels) = best_large(here, [x, y], &ring, foreseen);
            total += cost;
            if total > most {
                return None;
            }
            for at in [0, 1, 4, 5] {
                own.modes[y + x / 4 + at] = mode;
            }
            for (line, from) in block.chunks_exact(16).enumerate() {
                shown.luma[(y + line) * 16 + x..][..8].copy_from_slice(&from[..8]);
            }
            if levels != [0; 64] {
                own.pattern |= 1 << quarter;
                own.coded |= 0x33 << (y + x / 4);
                add_8x8(&mut shown.luma, x, y, here.kit.qp, &levels);
            }
            choice.levels.large[quarter] = levels;
            for line in 0..8 {
                let from = &shown.luma[(y + line) * 16 + x..][..8];
                self.frame.planes[0].row_mut::<8>(px, py + line).copy_from_slice(from);
            }
        }
        self.chroma(here, &mut own, &mut choice.levels, &mut shown);
        let cost = self.weigh(here, &mut own, &choice, &shown);
        Some(Tried { own, choice, shown, cost })
    }
}

fn keep(best: &mut Option<Tried>, tried: Tried) {
    if best.as_ref().is_none_or(|best| tried.cost < best.cost) {
        *best = Some(tried);
    }
}

/// Adds what the levels of a block of 8x8 stand for to what is predicted.
fn add_8x8(shown: &mut [u8; 256], x: usize, y: usize, qp: u8, levels: &[i16; 64]) {
    let add = large_backward(&large_coefficients(qp, levels));
    for (line, add) in add.chunks_exact(8).enumerate() {
        let at = (y + line) * 16 + x;
        for (out, add) in shown[at..at + 8].iter_mut().zip(add) {
            *out = (i32::from(*out) + add).clamp(0, 255) as u8;
        }
    }
}

/// The best mode of a block of 8x8: what it costs, its number, what it predicts in rows of 16, and the levels.
fn best_large(
    here: &Here<'_>,
    [x, y]: [usize; 2],
    ring: &intra_large::Around,
    foreseen: u8,
) -> (f32, u8, [u8; 128], [i16; 64]) {
    let mut likely = [(u32::MAX, 0u8, [0u8; 128]); 3];
    let source = &here.source.luma[y * 16 + x..];
    for mode in (0..intra::SMALL_MODES).filter(|mode| ring.can(*mode)) {
        let block = ring.predict(mode);
        let rate = here.kit.bit * if mode == foreseen { 1 } else { 4 } / 16;
        let cost = satd::<8>(source, &block, 8) + rate;
        if let Some(place) = likely.iter().position(|other| cost < other.0) {
            likely[place..].rotate_right(1);
            likely[place] = (cost, mode, block);
        }
    }
    let worth = here.kit.worth * BIT as f32;
    let mut best = (f32::MAX, 0u8, [0u8; 128], [0i16; 64]);
    for (_, mode, block) in likely.into_iter().filter(|(cost, ..)| *cost != u32::MAX) {
        let mut differences = [0; 64];
        for (at, out) in differences.iter_mut().enumerate() {
            let at = at / 8 * 16 + at % 8;
            *out = i32::from(source[at]) - i32::from(block[at]);
        }
        let mut levels = [0; 64];
        let kind = (LARGE, 0);
        let chosen =
            here.kit.large.choose(&large_forward(&differences), kind, None, here.rate(), &mut levels);
        let cost = chosen.cost + worth * if mode == foreseen { 0.6 } else { 3.8 };
        if cost < best.0 {
            best = (cost, mode, block, levels);
        }
    }
    best
}
