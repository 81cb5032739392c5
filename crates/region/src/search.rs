//! Motion estimation, the search for vectors: in each partition that seems worth it and in each list, first from whole
//! sample to whole sample, then between them. What is found is compared by transformed differences, which are nearer to
//! what is coded.

use crate::frame::Samples;
use crate::macroblock::{BOTH, Macroblock, PAST, Parts, Way};
use crate::motion::{Readable, Vector};
use crate::references::{Bases, Held};
use crate::sad::satd;
use crate::syntax::{Kin, covered, part_quarters};
use crate::vectors::{Around, Direct};

/// A vector and what it costs.
#[derive(Clone, Copy)]
struct Found {
    vector: Vector,
    cost: u32,
}

/// Vectors for the parts of a macroblock, by list and quarter.
#[derive(Clone, Copy)]
pub(crate) struct Moves {
    pub way: Way,
    pub vectors: [[Vector; 4]; 2],
    pub lists: [u8; 4],
    /// Which quarters are as foreseen.
    pub direct: u8,
    pub cost: u32,
}

impl Moves {
    pub fn of(direct: Direct, way: Way) -> Self {
        Self { way, vectors: direct.vectors, lists: [direct.lists; 4], direct: 0, cost: 0 }
    }

    /// Whether all of the macroblock moved alike.
    pub fn is_one(&self) -> bool {
        self.lists == [self.lists[0]; 4] && self.vectors.iter().all(|vectors| *vectors == [vectors[0]; 4])
    }
}

/// Bits of a component's difference, roughly.
fn bits(difference: i32) -> u32 {
    2 * (32 - difference.unsigned_abs().leading_zeros()) + u32::from(difference != 0)
}

/// Bits of a vector's difference from what is foreseen, roughly.
pub(crate) fn far(vector: Vector, foreseen: Vector) -> u32 {
    let of = |one: i16, other: i16| bits(i32::from(one) - i32::from(other));
    of(vector.x, foreseen.x) + of(vector.y, foreseen.y)
}

/// The places around one, the nearer ones first.
const SQUARE: [(i32, i32); 8] = [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];
const HEXAGON: [(i32, i32); 6] = [(-2, 0), (-1, -2), (1, -2), (2, 0), (1, 2), (-1, 2)];

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Care {
    /// Whether also slantwise from the best place so far.
    pub slanted: bool,
    /// Whether also far away where nothing near is alike.
    pub far: bool,
    /// Whether transformed differences lead to the places between samples, too.
    pub fine: bool,
    /// Whether a macroblock is also taken apart into quarters.
    pub quarters: bool,
}

impl Care {
    pub const MOST: Self = Self { slanted: true, far: true, fine: true, quarters: true };
}

/// How far it is sought from vectors to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// As far as it comes nearer.
    Far,
    /// Around them.
    Near,
    /// They are compared, and what is foreseen.
    None,
}

/// Vectors to start from, by list.
pub(crate) type Starts = [[Vector; 7]; 2];

/// A macroblock whose vectors are sought.
pub(crate) struct Search<'a> {
    pub at: usize,
    pub column: usize,
    pub row: usize,
    pub source: &'a Samples,
    pub around: Around<'a>,
    pub bases: Bases<'a>,
    pub kin: Kin,
    pub care: Care,
    /// What a bit is worth in absolute differences, in sixteenths.
    pub bit: u32,
    /// Below this sum of differences nothing of a block is left.
    pub nothing: u32,
}

/// A part `W` wide of a macroblock, sought in one picture.
struct Part<'a, const W: usize> {
    base: &'a Held,
    readable: Readable<'a>,
    /// Whether all around it may be read.
    is_free: bool,
    luma: &'a [u8],
    height: usize,
    x: usize,
    y: usize,
    foreseen: Vector,
    /// What a bit is worth, in sixteenths.
    bit: u32,
    /// Above this cost it is sought farther away.
    much: u32,
    care: Care,
}

impl<'a, const W: usize> Part<'a, W> {
    fn new(
        here: &Search<'a>,
        base: &'a Held,
        [left, top]: [usize; 2],
        height: usize,
        foreseen: Vector,
    ) -> Self {
        let readable = base.readable();
        Self {
            base,
            is_free: readable.all_around(here.column, here.row),
            readable,
            luma: &here.source.luma[top * 16 + left..],
            height,
            x: here.column * 16 + left,
            y: here.row * 16 + top,
            foreseen,
            bit: here.bit,
            much: here.nothing * 24,
            care: here.care,
        }
    }

    /// Keeps a vector if it may be used and costs less; `cost` is that beside its bits, of which
    /// only need be known whether it is under a limit.
    fn attempt(&self, vector: Vector, best: &mut Option<Found>, cost: impl Fn(u32) -> u32) -> bool {
        let rate = self.bit * far(vector, self.foreseen) / 16;
        if best.is_some_and(|best| best.vector == vector || rate >= best.cost) {
            return false;
        }
        let may = self.is_free && Readable::is_near(vector)
            || self.readable.allows(self.x, self.y, W, self.height, vector);
        if !may {
            return false;
        }
        let most = best.map_or(u32::MAX, |best| best.cost - rate);
        let cost = cost(most).saturating_add(rate);
        let is_better = best.is_none_or(|best| cost < best.cost);
        if is_better {
            *best = Some(Found { vector, cost });
        }
        is_better
    }

    fn coarse(&self, vector: Vector, best: &mut Option<Found>) -> bool {
        self.attempt(vector, best, |most| {
            self.base.reference.difference::<W>(self.luma, self.height, [self.x, self.y], vector, most)
        })
    }

    fn fine(&self, vector: Vector, best: &mut Option<Found>) -> bool {
        self.attempt(vector, best, |_| {
            let mut held = [0; 256];
            let held = &mut held[..self.height * 16];
            self.base.reference.luma::<W>(self.x, self.y, vector, held);
            satd::<W>(self.luma, held, self.height)
        })
    }

    /// The best vector found.
    fn seek(&self, starts: &[Vector], reach: Reach) -> Option<Found> {
        let mut best: Option<Found> = None;
        if reach == Reach::None {
            for vector in starts.iter().chain([&self.foreseen]) {
                self.fine(*vector, &mut best);
            }
            return best;
        }
        let is_far = reach == Reach::Far;
        self.coarse(self.foreseen, &mut best);
        for start in starts {
            self.coarse(*start, &mut best);
        }
        let first = best;
        let around = if is_far && self.care.slanted { &SQUARE[..] } else { &SQUARE[..4] };
        self.whole_samples(&mut best, around, is_far);
        let best = best?;
        let mut found = None;
        if self.care.fine {
            let first = first.map(|first| first.vector);
            for vector in [best.vector, self.foreseen].into_iter().chain(first) {
                self.fine(vector, &mut found);
            }
            self.between_samples(&mut found, best.vector, around, |vector, best| self.fine(vector, best));
        } else {
            let mut near = Some(best);
            self.between_samples(&mut near, best.vector, around, |vector, best| self.coarse(vector, best));
            for vector in [self.foreseen, near?.vector] {
                self.fine(vector, &mut found);
            }
        }
        found
    }

    /// Halves of samples around the best place, then quarters.
    fn between_samples(
        &self,
        best: &mut Option<Found>,
        start: Vector,
        around: &[(i32, i32)],
        attempt: impl Fn(Vector, &mut Option<Found>) -> bool,
    ) {
        for step in [2, 1] {
            for _ in 0..2 {
                let centre = best.map_or(start, |best| best.vector);
                let mut is_better = false;
                for (dx, dy) in around {
                    is_better |= attempt(centre.plus(dx * step, dy * step), best);
                }
                if !is_better {
                    break;
                }
            }
        }
    }

    /// A hexagon as long as it comes nearer, then what is around.
    fn whole_samples(&self, best: &mut Option<Found>, around: &[(i32, i32)], is_far: bool) {
        let start = best.map_or(Vector::ZERO, |best| best.vector).rounded();
        self.coarse(start, best);
        let is_much = best.is_none_or(|best| best.cost > self.much);
        for ring in [4, 8, 16].into_iter().filter(|_| is_far && is_much && self.care.far) {
            for (dx, dy) in SQUARE {
                self.coarse(start.plus(dx * ring * 4, dy * ring * 4), best);
            }
        }
        let rounds = if is_far { 16 } else { 0 };
        let steps = [(&HEXAGON[..], rounds), (around, if is_far { 1 } else { 3 })];
        for (places, rounds) in steps {
            for _ in 0..rounds {
                let centre = best.map_or(start, |best| best.vector).rounded();
                let mut is_better = false;
                for (dx, dy) in places {
                    is_better |= self.coarse(centre.plus(dx * 4, dy * 4), best);
                }
                if !is_better {
                    break;
                }
            }
        }
    }
}

impl Search<'_> {
    /// What a skipped macroblock is predicted from, if it may be read.
    pub fn foreseen(&self) -> Option<Moves> {
        let moves = if self.kin == Kin::Both {
            Moves::of(self.bases.direct(self.at, &self.around)?, Way::Direct)
        } else {
            let vectors = [[self.around.skipped(); 4], [Vector::ZERO; 4]];
            Moves::of(Direct { vectors, lists: PAST }, Way::Moved(Parts::One))
        };
        self.bases.allow(self.column, self.row, &moves.vectors, &moves.lists).then_some(moves)
    }

    /// Vectors to start from: none, those beside, that of the macroblock that was coded here last, by list another
    /// one, and the foreseen one.
    pub fn starts(&self, last: &Macroblock, other: [Option<Vector>; 2], foreseen: Option<&Moves>) -> Starts {
        [0, 1].map(|list| {
            let mut starts = [Vector::ZERO; 7];
            let near = [self.around.left, self.around.above, self.around.beyond, Some(last)];
            let near = near.into_iter().flatten().filter(|other| other.uses(list, 0));
            for (start, other) in starts[1..].iter_mut().zip(near) {
                *start = other.vectors[list][0];
            }
            starts[5] = other[list].unwrap_or_default();
            starts[6] = foreseen.map_or(Vector::ZERO, |foreseen| foreseen.vectors[list][0]);
            starts
        })
    }

    /// The best vectors found for all of the macroblock.
    pub fn one(&self, starts: &Starts, foreseen: Option<&Moves>) -> Option<Moves> {
        self.apart(Parts::One, [&starts[0], &starts[1]], foreseen, u32::MAX, Reach::Far)
    }

    /// What vectors given by list cost for all of the macroblock, where they cost less than what is foreseen for them.
    pub fn given(&self, vectors: &[Option<Vector>; 2]) -> Option<Moves> {
        self.apart(Parts::One, vectors.each_ref().map(Option::as_slice), None, u32::MAX, Reach::None)
    }

    /// The best vectors found in parts, if they cost less than `most`; `one` are those for all of it.
    pub fn parted(
        &self,
        one: Option<&Moves>,
        starts: &Starts,
        foreseen: Option<&Moves>,
        most: u32,
    ) -> Option<Moves> {
        let starts = nearer(one, starts);
        let starts = [&starts[0][..], &starts[1]];
        if !self.care.quarters {
            return self.larger(starts, most, Reach::Near);
        }
        // Where they are no better, larger parts seldom are; where they are, those move as they do.
        let quarters = self.apart(Parts::Quarters, starts, foreseen, most, Reach::Near)?;
        let met = met(&quarters, starts);
        self.larger([&met[0], &met[1]], quarters.cost, Reach::None).or(Some(quarters))
    }

    /// The best vectors found in halves or columns, if they cost less than `most`.
    fn larger(&self, starts: [&[Vector]; 2], most: u32, reach: Reach) -> Option<Moves> {
        let halves = self.apart(Parts::Halves, starts, None, most, reach);
        let most = halves.map_or(most, |halves| halves.cost);
        self.apart(Parts::Columns, starts, None, most, reach).or(halves)
    }

    /// The best vectors found, in each partition that seems worth a trial.
    pub fn all(&self, starts: &Starts, foreseen: Option<&Moves>) -> [Option<Moves>; 4] {
        let one = self.one(starts, foreseen);
        let mut all = [one, None, None, None];
        let most = one.map_or(u32::MAX, |one| one.cost);
        if most < self.nothing * 6 {
            return all;
        }
        let starts = nearer(one.as_ref(), starts);
        let starts = [&starts[0][..], &starts[1]];
        let likely = |moves: &Moves| moves.cost < most.saturating_add(most / 8) && !moves.is_one();
        let quarters = self.apart(Parts::Quarters, starts, foreseen, u32::MAX, Reach::Near);
        if quarters.is_some_and(|quarters| quarters.cost > most.saturating_add(most / 8)) {
            return all;
        }
        all[1] = quarters.filter(likely);
        for (place, parts) in [(2, Parts::Halves), (3, Parts::Columns)] {
            all[place] = self.apart(parts, starts, foreseen, u32::MAX, Reach::Near).filter(likely);
        }
        all
    }

    /// The best vectors found for a macroblock in parts, if they cost less than a limit.
    fn apart(
        &self,
        parts: Parts,
        starts: [&[Vector]; 2],
        foreseen: Option<&Moves>,
        limit: u32,
        reach: Reach,
    ) -> Option<Moves> {
        let bit = |bits: u32| bits * self.bit / 16;
        let mut known = Macroblock::default();
        let mut cost = bit(match parts {
            Parts::One => 1,
            Parts::Quarters => 5,
            _ => 3,
        });
        for (number, quarter) in part_quarters(parts).iter().enumerate() {
            let (here, place) = ((parts, number, reach), [quarter % 2 * 8, quarter / 2 * 8]);
            let best = match parts {
                Parts::One => self.part::<16>(here, place, 16, starts, &known),
                Parts::Halves => self.part::<16>(here, place, 8, starts, &known),
                Parts::Columns => self.part::<8>(here, place, 16, starts, &known),
                Parts::Quarters => self.part::<8>(here, place, 8, starts, &known),
            };
            let mut best = best.map(|(found, lists, cost)| (found, lists, cost, 0));
            if parts == Parts::Quarters
                && self.kin == Kin::Both
                && let Some(foreseen) = foreseen
            {
                let direct = self.quarter_cost(foreseen, *quarter) + bit(1);
                if best.is_none_or(|best| direct <= best.2) {
                    let vectors = [0, 1].map(|list| foreseen.vectors[list][*quarter]);
                    best = Some((vectors, foreseen.lists[*quarter], direct, 1 << quarter));
                }
            }
            let (vectors, lists, part, direct) = best?;
            cost += part;
            if cost >= limit {
                return None;
            }
            known.direct |= direct;
            for other in covered(parts, *quarter) {
                known.lists[*other] = lists;
                for (list, vector) in vectors.into_iter().enumerate() {
                    known.vectors[list][*other] = if lists >> list & 1 == 1 { vector } else { Vector::ZERO };
                }
            }
        }
        let Macroblock { vectors, lists, direct, .. } = known;
        // All of it as foreseen is tried as such.
        (direct != 15).then_some(Moves { way: Way::Moved(parts), vectors, lists, direct, cost })
    }

    /// What a quarter as foreseen costs.
    fn quarter_cost(&self, moves: &Moves, quarter: usize) -> u32 {
        let (left, top) = (quarter % 2 * 8, quarter / 2 * 8);
        let mut held = [0; 128];
        let place = [self.column * 16 + left, self.row * 16 + top];
        let vectors = [0, 1].map(|list| moves.vectors[list][quarter]);
        self.bases.block::<8>(place, vectors, moves.lists[quarter], &mut held);
        satd::<8>(&self.source.luma[top * 16 + left..], &held, 8)
    }

    /// The best found for a part `W` wide: its vectors and lists, and what they cost.
    fn part<const W: usize>(
        &self,
        (parts, number, reach): (Parts, usize, Reach),
        place: [usize; 2],
        height: usize,
        starts: [&[Vector]; 2],
        known: &Macroblock,
    ) -> Option<([Vector; 2], u8, u32)> {
        let bit = |bits: u32| bits * self.bit / 16;
        let foreseen = [0, 1].map(|list| self.around.part_of(parts, number, known, list));
        let seek = |list: usize| {
            let part = Part::<W>::new(self, self.bases.0[list]?, place, height, foreseen[list]);
            part.seek(starts[list], reach)
        };
        let past = seek(0);
        if self.kin != Kin::Both {
            return past.map(|past| ([past.vector, Vector::ZERO], PAST, past.cost));
        }
        let next = seek(1);
        let mut best: Option<([Vector; 2], u8, u32)> = None;
        for (list, found) in [past, next].into_iter().enumerate() {
            if let Some(found) = found
                && best.is_none_or(|best| found.cost + bit(2) < best.2)
            {
                best = Some(([found.vector; 2], 1 << list, found.cost + bit(2)));
            }
        }
        if let (Some(past), Some(next)) = (past, next) {
            let vectors = [past.vector, next.vector];
            let mut held = [0; 256];
            let held = &mut held[..height * 16];
            let [x, y] = [self.column * 16 + place[0], self.row * 16 + place[1]];
            self.bases.block::<W>([x, y], vectors, BOTH, held);
            let luma = &self.source.luma[place[1] * 16 + place[0]..];
            let rate: u32 = (0..2).map(|list| far(vectors[list], foreseen[list])).sum();
            let cost = satd::<W>(luma, held, height) + bit(rate + 4);
            if best.is_none_or(|best| cost < best.2) {
                best = Some((vectors, BOTH, cost));
            }
        }
        best
    }
}

/// Vectors to start from in parts, once those of the whole are known.
fn nearer(one: Option<&Moves>, starts: &Starts) -> [[Vector; 4]; 2] {
    [0, 1].map(|list| {
        let starts = &starts[list];
        [one.map_or(Vector::ZERO, |one| one.vectors[list][0]), starts[1], starts[2], starts[5]]
    })
}

/// Vectors of quarters, and the first of those that they were sought from.
fn met(quarters: &Moves, starts: [&[Vector]; 2]) -> [Vec<Vector>; 2] {
    [0, 1].map(|list| {
        let used = (0..4).filter(|quarter| quarters.lists[*quarter] >> list & 1 == 1);
        let mut met: Vec<Vector> = starts[list][..1].to_vec();
        for vector in used.map(|quarter| quarters.vectors[list][quarter]) {
            if !met.contains(&vector) {
                met.push(vector);
            }
        }
        met
    })
}
