//! How each macroblock of a slice is coded: the choice between what is foreseen, what moved and what stands beside.

use crate::frame::{Frame, I420, Samples};
use crate::held::{Bases, Held};
use crate::intra::{self, Beside};
use crate::macroblock::{Macroblock, PAST, Parts, Way};
use crate::motion::{self, Readable, Vector, difference};
use crate::residual::{self, Left};
use crate::syntax::{Choice, Levels, part_quarters};
use crate::tables::BLOCKS;
use crate::transform::Quantiser;
use crate::vectors::Around;

/// Everything that depends on the quantiser.
pub(crate) struct Tools {
    pub qp: u8,
    /// For luma and chroma: from neighbours, and moved.
    pub luma: [Quantiser; 2],
    pub chroma: [Quantiser; 2],
    /// What a bit is worth in absolute differences.
    pub bit: u32,
}

const INTRA: usize = 0;
pub(crate) const MOVED: usize = 1;

impl Tools {
    pub fn new(qp: u8, chroma_qp: u8) -> Self {
        // Found by trial on the drawn films, for the least bits at equal likeness. What stands still is built on for
        // long: intra macroblocks are rounded almost as usual.
        let both = |qp| [Quantiser::new(qp, 2.2), Quantiser::new(qp, 6.0)];
        let bit = (0.6 * 2f64.powf((f64::from(qp) - 12.0) / 6.0)).round().max(1.0) as u32;
        Self { qp, luma: both(qp), chroma: both(chroma_qp), bit }
    }
}

/// One slice in the making.
pub(crate) struct Chooser<'a> {
    pub tools: &'a Tools,
    pub slice: u32,
    pub picture: &'a I420<'a>,
    pub frame: &'a mut Frame,
    /// The pictures that it builds on, of the past and of the future.
    pub bases: Bases<'a>,
    pub across: usize,
    pub coded: &'a mut [Macroblock],
}

/// A vector and what it costs.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub vector: Vector,
    pub cost: u32,
}

/// Vectors for the parts of a macroblock, by quarter.
struct Moves {
    parts: Parts,
    vectors: [Vector; 4],
    cost: u32,
}

/// A part of a macroblock of luma.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub column: usize,
    pub line: usize,
    pub height: usize,
}

impl Part {
    pub const WHOLE: Self = Self { column: 0, line: 0, height: 16 };
}

/// The quarters of the part that begins with one.
pub(crate) fn covered(parts: Parts, quarter: usize) -> &'static [usize] {
    match (parts, quarter) {
        (Parts::One, _) => &[0, 1, 2, 3],
        (Parts::Halves, 0) => &[0, 1],
        (Parts::Halves, _) => &[2, 3],
        (Parts::Columns, 0) => &[0, 2],
        (Parts::Columns, _) => &[1, 3],
        (Parts::Quarters, quarter) => match quarter {
            0 => &[0],
            1 => &[1],
            2 => &[2],
            _ => &[3],
        },
    }
}

/// Bits of a component's difference, roughly.
fn bits(difference: i32) -> u32 {
    2 * (32 - difference.unsigned_abs().leading_zeros()) + 1
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
        let mut own = Macroblock { slice: self.slice, qp: self.tools.qp, ..Macroblock::default() };
        let mut choice = Choice { whole_mode: 0, levels: Levels::new() };
        let beside = beside(&around);
        let mut is_done = false;
        if self.bases.0[1].is_some() {
            is_done = self.between(&source, &around, at, beside, (&mut own, &mut choice));
        } else if let Some(past) = self.bases.0[0] {
            if self.skip(&source, &around, past, [column, row], &mut own) {
                is_done = true;
            } else if let Some(moves) = self.search(&source, &around, past, at)
                && !self.is_better_beside(&source, beside, column, row, moves.cost)
            {
                self.moved(&source, [column, row], &moves, &mut own, &mut choice);
                is_done = true;
            }
        }
        if !is_done {
            self.intra(&source, &around, beside, [column, row], (&mut own, &mut choice));
        }
        self.coded[at] = own;
        choice
    }

    /// Skips the macroblock when nothing would be left after what is foreseen.
    fn skip(
        &mut self,
        source: &Samples,
        around: &Around<'_>,
        past: &Held,
        [column, row]: [usize; 2],
        own: &mut Macroblock,
    ) -> bool {
        let vector = around.skipped();
        if !past.readable().allows(column * 16, row * 16, 16, 16, vector) {
            return false;
        }
        let mut predicted = Samples::new();
        past.reference.luma::<16>(column * 16, row * 16, vector, &mut predicted.luma);
        if !self.is_luma_near(source, &predicted) {
            return false;
        }
        motion::whole_chroma(&past.reference.frame, column, row, vector, &mut predicted);
        if !self.is_chroma_near(source, &predicted) {
            return false;
        }
        own.way = Way::Skipped;
        own.lists = [PAST; 4];
        own.vectors[0] = [vector; 4];
        self.show(&predicted, column, row);
        true
    }

    /// Whether no level of luma would be left after a prediction.
    pub(crate) fn is_luma_near(&self, source: &Samples, predicted: &Samples) -> bool {
        let most = self.tools.luma[MOVED].nothing_below * 5 / 8;
        is_near::<16>(&source.luma, &predicted.luma, most)
    }

    /// The same of chroma, where the means of four blocks add up.
    pub(crate) fn is_chroma_near(&self, source: &Samples, predicted: &Samples) -> bool {
        let most = self.tools.chroma[MOVED].nothing_below / 2;
        (0..2).all(|plane| is_near::<8>(&source.chroma[plane], &predicted.chroma[plane], most))
    }

    /// Vectors that may be near the one in a list: none, those beside, and the one of before.
    pub(crate) fn starts(&self, around: &Around<'_>, at: usize, list: usize) -> [Vector; 5] {
        let near = [around.left, around.above, around.beyond, Some(&self.coded[at])].into_iter().flatten();
        let mut starts = [Vector::ZERO; 5];
        for (start, other) in starts[1..].iter_mut().zip(near.filter(|other| other.uses(list, 0))) {
            *start = other.vectors[list][0];
        }
        starts
    }

    /// The best vectors found, if there are any that may be used.
    fn search(&self, source: &Samples, around: &Around<'_>, past: &Held, at: usize) -> Option<Moves> {
        let place = [at % self.across * 16, at / self.across * 16];
        let starts = self.starts(around, at, 0);
        let one = self.seek::<16>(source, past, place, Part::WHOLE, around.one(0), &starts);
        let apart = self.tools.luma[MOVED].nothing_below * 24;
        let mut best = one.map(|one| Moves { parts: Parts::One, vectors: [one.vector; 4], cost: one.cost });
        if best.as_ref().is_some_and(|best| best.cost < apart) {
            return best;
        }
        let starts = [one.map_or(Vector::ZERO, |one| one.vector), starts[1], starts[2]];
        // Only what comes out as equal quarters is tried as larger parts.
        let quarters = self.apart(source, around, past, place, Parts::Quarters, &starts);
        let found = quarters.as_ref().map(|quarters| quarters.vectors);
        if let Some(moves) = quarters
            && best.as_ref().is_none_or(|best| moves.cost < best.cost)
        {
            best = Some(moves);
        }
        for parts in [Parts::Halves, Parts::Columns] {
            let is_like = |[a, b, c, d]: [Vector; 4]| match parts {
                Parts::Halves => a == b || c == d,
                _ => a == c || b == d,
            };
            if !found.is_some_and(is_like) {
                continue;
            }
            if let Some(moves) = self.apart(source, around, past, place, parts, &starts)
                && best.as_ref().is_none_or(|best| moves.cost < best.cost)
            {
                best = Some(moves);
            }
        }
        best
    }

    /// The best vectors found for a macroblock in parts.
    fn apart(
        &self,
        source: &Samples,
        around: &Around<'_>,
        past: &Held,
        place: [usize; 2],
        parts: Parts,
        starts: &[Vector; 3],
    ) -> Option<Moves> {
        let dearer = if parts == Parts::Quarters { 6 } else { 2 };
        let mut moves = Moves { parts, vectors: [Vector::ZERO; 4], cost: dearer * self.tools.bit };
        for (number, quarter) in part_quarters(parts).iter().enumerate() {
            let foreseen = around.part(parts, number, &moves.vectors);
            let (column, line) = (quarter % 2 * 8, quarter / 2 * 8);
            let height = if parts == Parts::Columns { 16 } else { 8 };
            let part = Part { column, line, height };
            let found = if parts == Parts::Halves {
                self.seek::<16>(source, past, place, part, foreseen, starts)
            } else {
                self.seek::<8>(source, past, place, part, foreseen, starts)
            }?;
            moves.cost += found.cost;
            for other in covered(parts, *quarter) {
                moves.vectors[*other] = found.vector;
            }
        }
        Some(moves)
    }

    /// The best vector found in a picture for a part `W` wide.
    pub(crate) fn seek<const W: usize>(
        &self,
        source: &Samples,
        base: &Held,
        [x, y]: [usize; 2],
        part: Part,
        foreseen: Vector,
        starts: &[Vector],
    ) -> Option<Found> {
        let luma = &source.luma[part.line * 16 + part.column..];
        let readable = base.readable();
        let is_free = readable.all_around(x / 16, y / 16);
        let (x, y) = (x + part.column, y + part.line);
        let size = (W * part.height) as u32 / 16;
        let attempt = |vector: Vector, best: &mut Option<Found>| {
            let may =
                || is_free && Readable::is_near(vector) || readable.allows(x, y, W, part.height, vector);
            if best.as_ref().is_some_and(|best| best.vector == vector) || !may() {
                return false;
            }
            let of = |one: i16, other: i16| bits(i32::from(one) - i32::from(other));
            let rate = self.tools.bit * (of(vector.x, foreseen.x) + of(vector.y, foreseen.y));
            let most = best.as_ref().map_or(u32::MAX, |best| best.cost);
            if rate >= most {
                return false;
            }
            let of_luma = base.reference.difference::<W>(luma, part.height, [x, y], vector, most - rate);
            let cost = of_luma + rate;
            let is_better = cost < most;
            if is_better {
                *best = Some(Found { vector, cost });
            }
            is_better
        };
        let mut best: Option<Found> = None;
        attempt(foreseen, &mut best);
        for start in starts {
            attempt(*start, &mut best);
        }
        let nothing = self.tools.luma[MOVED].nothing_below * size;
        if best.is_some_and(|best| best.cost < nothing / 2) {
            return best;
        }
        let centre = best.map_or(Vector::ZERO, |best| best.vector.rounded());
        attempt(centre, &mut best);
        // Parts begin where the whole was found: it is near.
        let far = if W * part.height == 256 { 12 } else { 1 };
        for (step, rounds) in [(4, far), (2, 1), (1, 1)] {
            for _ in 0..rounds {
                let centre = best.map_or(centre, |best| best.vector);
                let centre = if step == 4 { centre.rounded() } else { centre };
                let mut is_better = false;
                for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                    is_better |= attempt(centre.plus(dx * step, dy * step), &mut best);
                }
                if !is_better {
                    break;
                }
            }
        }
        best
    }

    /// Whether what stands beside predicts luma better than a vector of this cost.
    pub(crate) fn is_better_beside(
        &self,
        source: &Samples,
        beside: Beside,
        column: usize,
        row: usize,
        most: u32,
    ) -> bool {
        if most < self.tools.luma[MOVED].nothing_below * 16 {
            return false;
        }
        let mut predicted = [0; 256];
        let (_, cost) = self.best_whole(source, beside, column, row, &mut predicted);
        cost.saturating_add(self.tools.bit * 8) < most
    }

    fn moved(
        &mut self,
        source: &Samples,
        [column, row]: [usize; 2],
        moves: &Moves,
        own: &mut Macroblock,
        choice: &mut Choice,
    ) {
        own.lists = [PAST; 4];
        own.vectors[0] = moves.vectors;
        let mut predicted = Samples::new();
        self.bases.predict(column, row, &own.vectors, &own.lists, &mut predicted);
        self.leave(source, &predicted, [column, row], own, choice);
        own.way = Way::Moved(moves.parts);
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

    /// The best mode for all of luma, with its cost; `out` is what it predicts.
    fn best_whole(
        &self,
        source: &Samples,
        beside: Beside,
        column: usize,
        row: usize,
        out: &mut [u8; 256],
    ) -> (u8, u32) {
        let mut best = (intra::MEAN, u32::MAX);
        let mut held = [0; 256];
        for mode in 0..4 {
            if !intra::can_whole(mode, beside) {
                continue;
            }
            intra::whole::<16>(&self.frame.planes[0], column * 16, row * 16, mode, beside, &mut held);
            let cost = difference(&source.luma, &held);
            if cost < best.1 {
                best = (mode, cost);
                *out = held;
            }
        }
        (best.0, best.1.saturating_add(3 * self.tools.bit))
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
        let (mode, cost) = self.best_whole(source, beside, column, row, &mut predicted.luma);
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
        own.chroma_mode = self.best_chroma(source, beside, column, row, &mut predicted);
        let (quantiser, levels, place) = (&tools.chroma[INTRA], &mut choice.levels, [column * 8, row * 8]);
        let planes = &mut self.frame.planes[1..];
        let of_chroma = residual::chroma(source, &predicted, quantiser, levels, planes, place, true);
        own.pattern = of_luma.pattern | of_chroma.pattern;
        own.coded = of_luma.coded | of_chroma.coded;
    }

    pub(crate) fn show(&mut self, samples: &Samples, column: usize, row: usize) {
        let [luma, chroma @ ..] = &mut self.frame.planes;
        for (line, from) in samples.luma.chunks_exact(16).enumerate() {
            luma.row_mut::<16>(column * 16, row * 16 + line).copy_from_slice(from);
        }
        for (plane, from) in chroma.iter_mut().zip(&samples.chroma) {
            for (line, from) in from.chunks_exact(8).enumerate() {
                plane.row_mut::<8>(column * 8, row * 8 + line).copy_from_slice(from);
            }
        }
    }

    /// The best mode of chroma by its own numbers; `out` is what it predicts.
    fn best_chroma(
        &self,
        source: &Samples,
        beside: Beside,
        column: usize,
        row: usize,
        out: &mut Samples,
    ) -> u8 {
        let mut best = (0, u32::MAX);
        let mut held = [[0; 64]; 2];
        for (number, mode) in
            [intra::MEAN, intra::HORIZONTAL, intra::VERTICAL, intra::SLOPE].into_iter().enumerate()
        {
            if !intra::can_whole(mode, beside) {
                continue;
            }
            let mut cost = self.tools.bit * number as u32;
            for (plane, held) in held.iter_mut().enumerate() {
                intra::whole::<8>(&self.frame.planes[plane + 1], column * 8, row * 8, mode, beside, held);
                cost += difference(&source.chroma[plane], held);
            }
            if cost < best.1 {
                best = (number as u8, cost);
                out.chroma = held;
            }
        }
        best.0
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
        let mut total = 8 * tools.bit;
        for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
            let here = beside.small(x, y);
            let foreseen = small_foreseen(around, &own.modes, x, y);
            let [px, py] = place;
            let ring = intra::Around::new(&self.frame.planes[0], px + x * 4, py + y * 4, here);
            let mut best = (foreseen, u32::MAX, [0; 16]);
            for mode in (0..intra::SMALL_MODES).filter(|mode| ring.can(*mode)) {
                let predicted = ring.predict(mode);
                let mut cost = tools.bit * if mode == foreseen { 1 } else { 4 };
                for line in 0..4 {
                    let at = (y * 4 + line) * 16 + x * 4;
                    cost += difference(&source.luma[at..at + 4], &predicted[line * 4..line * 4 + 4]);
                }
                if cost < best.1 {
                    best = (mode, cost, predicted);
                }
            }
            let (mode, cost, predicted) = best;
            total = cost.saturating_add(total);
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

/// Whether each block of 4x4 differs so little that no level would be left.
fn is_near<const STRIDE: usize>(one: &[u8], other: &[u8], most: u32) -> bool {
    let rows = one.chunks_exact(STRIDE * 4).zip(other.chunks_exact(STRIDE * 4));
    rows.into_iter().all(|(one, other)| {
        let mut sums = [0u16; STRIDE];
        for (one, other) in one.chunks_exact(STRIDE).zip(other.chunks_exact(STRIDE)) {
            for x in 0..STRIDE {
                sums[x] += u16::from(one[x].abs_diff(other[x]));
            }
        }
        sums.chunks_exact(4).all(|four| four.iter().map(|sum| u32::from(*sum)).sum::<u32>() < most)
    })
}
