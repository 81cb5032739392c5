//! Lookahead with a macroblock tree, the plan of a shot: how much finer each macroblock is quantised than its picture.
//! What later pictures build on is worth more than what is seen once, and likeness is lost sooner where little goes on.
//! Both are found before anything is coded, at half the size.

use std::collections::BTreeMap;

use crate::activity::activity;
use crate::frame::{Frame, I420, Samples};
use crate::macroblock::{BOTH, NEXT, PAST};
use crate::motion::{Reference, Vector};
use crate::roles::{Role, pyramid};
use crate::sad::satd;
use crate::stream::Stream;

/// The side of a macroblock at half the size.
const SIDE: usize = 8;
/// By how many steps of the quantiser twice the worth is finer.
const STRENGTH: f32 = 2.2;
/// By how many steps a place is coarser where twice as much goes on.
const EVEN: f32 = 2.0;
/// What predictions cost beside their differences.
const INTRA: u32 = 50;
const INTER: u32 = 4;
/// How much finer a macroblock may be.
const FINEST: f32 = 12.0;
const COARSEST: f32 = -8.0;

/// What is planned for one picture, by macroblock.
#[derive(Debug, Clone)]
pub(crate) struct PicturePlan {
    /// Steps by which the quantiser is finer.
    pub finer: Vec<i8>,
    /// Where it was found in the pictures that it builds on, by list.
    pub vectors: [Vec<Vector>; 2],
}

/// How the pictures of a shot are to be coded.
#[derive(Debug, Clone)]
pub struct Plan {
    pictures: Vec<PicturePlan>,
}

impl Plan {
    pub(crate) fn picture(&self, shown: usize) -> Option<&PicturePlan> {
        self.pictures.get(shown)
    }
}

/// Makes the plan of a shot from its pictures.
pub struct Planner {
    across: usize,
    down: usize,
    seen: Vec<Seen>,
}

/// One picture.
struct Seen {
    half: Frame,
    /// Steps by which each macroblock is coarser for how much goes on there.
    coarser: Vec<f32>,
    /// What each macroblock costs by itself.
    intra: Vec<u32>,
}

/// How a picture is found in those that it builds on.
struct Found {
    /// By list; none where the list has no picture.
    vectors: [Vec<Vector>; 2],
    /// What each macroblock costs, and by the bits of which lists it is found.
    costs: Vec<(u32, u8)>,
}

/// A picture that others build on, by its number in the order of showing.
type References = BTreeMap<usize, Reference>;

impl Planner {
    /// For a shot of a stream.
    pub fn new(stream: &Stream) -> Self {
        Self { across: stream.across(), down: stream.down(), seen: Vec::new() }
    }

    /// Looks at the next picture, in the order of showing.
    pub fn see(&mut self, picture: &I420<'_>) {
        let half = halved(picture, self.across, self.down);
        let coarser = self.coarser(picture);
        let intra = (0..self.across * self.down)
            .map(|at| intra(&half, at % self.across * SIDE, at / self.across * SIDE) + INTRA)
            .collect();
        self.seen.push(Seen { half, coarser, intra });
    }

    /// The plan, once all pictures were seen.
    pub fn finish(self) -> Plan {
        let count = self.seen.len();
        let roles = pyramid(count);
        let found = self.found(&roles);
        let worth = self.propagate(&roles, &found);
        let mut pictures = vec![None; count];
        for ((role, found), worth) in roles.iter().zip(found).zip(worth) {
            let seen = &self.seen[role.shown];
            let finer = worth.iter().zip(&seen.coarser).map(|(worth, coarser)| {
                let by = STRENGTH * worth.log2() - coarser;
                by.clamp(COARSEST, FINEST).round() as i8
            });
            let vectors = found.vectors.map(|vectors| {
                let whole: Vec<Vector> = vectors.iter().map(|v| v.plus(v.x.into(), v.y.into())).collect();
                if whole.is_empty() { vec![Vector::ZERO; self.across * self.down] } else { whole }
            });
            pictures[role.shown] = Some(PicturePlan { finer: finer.collect(), vectors });
        }
        Plan { pictures: pictures.into_iter().flatten().collect() }
    }

    /// How much coarser each macroblock may be for what goes on there, on average not at all.
    fn coarser(&self, picture: &I420<'_>) -> Vec<f32> {
        let (across, down) = (self.across, self.down);
        let mut samples = Samples::new();
        let of = |at: usize| {
            samples.take(picture, at % across, at / across);
            EVEN * activity(&samples.luma)
        };
        let all: Vec<f32> = (0..across * down).map(of).collect();
        let mean = all.iter().sum::<f32>() / all.len() as f32;
        all.into_iter().map(|one| one - mean).collect()
    }

    /// Each picture found in those that it builds on, in the order of the roles.
    fn found(&self, roles: &[Role]) -> Vec<Found> {
        let mut references = References::new();
        let mut before: [Vec<Vector>; 2] = Default::default();
        let mut all = Vec::with_capacity(roles.len());
        for role in roles {
            for base in [role.past, role.next].into_iter().flatten() {
                references.entry(base).or_insert_with(|| self.reference(base));
            }
            let found = self.find(role, &references, &before);
            for (before, vectors) in before.iter_mut().zip(&found.vectors) {
                before.clone_from(vectors);
            }
            all.push(found);
            while references.len() > 5 {
                references.pop_first();
            }
        }
        all
    }

    fn reference(&self, shown: usize) -> Reference {
        let mut reference = Reference::new(self.seen[shown].half.clone());
        let (across, down) = (self.across.div_ceil(2), self.down.div_ceil(2));
        for at in 0..across * down {
            reference.fill(at % across, at / across);
        }
        reference
    }

    fn find(&self, role: &Role, references: &References, before: &[Vec<Vector>; 2]) -> Found {
        let half = &self.seen[role.shown].half;
        let bases = [role.past, role.next].map(|base| base.and_then(|base| references.get(&base)));
        let count = self.across * self.down;
        let mut vectors =
            bases.map(|base| if base.is_some() { vec![Vector::ZERO; count] } else { Vec::new() });
        let mut costs = vec![(u32::MAX, 0); count];
        for at in 0..count {
            let (column, row) = (at % self.across, at / self.across);
            let (x, y) = (column * SIDE, row * SIDE);
            for (list, (base, vectors)) in bases.iter().zip(&mut vectors).enumerate() {
                let Some(base) = base else { continue };
                let near = |is_there: bool, back: usize| {
                    if is_there { vectors[at - back] } else { Vector::ZERO }
                };
                let left = near(column > 0, 1);
                let above = near(row > 0, self.across);
                let beyond = near(row > 0 && column + 1 < self.across, self.across.saturating_sub(1));
                let last = before[list].get(at).copied().unwrap_or_default();
                let starts = [left, above, beyond, last, Vector::ZERO];
                let (vector, cost) = seek(half, base, x, y, &starts);
                vectors[at] = vector;
                if cost < costs[at].0 {
                    costs[at] = (cost, 1 << list);
                }
            }
            if let [Some(past), Some(next)] = bases {
                let cost = between(half, [past, next], x, y, [vectors[0][at], vectors[1][at]]);
                if cost < costs[at].0 {
                    costs[at] = (cost, BOTH);
                }
            }
        }
        Found { vectors, costs }
    }

    /// How many times its own worth each macroblock of each picture is worth with all that builds on it.
    fn propagate(&self, roles: &[Role], found: &[Found]) -> Vec<Vec<f32>> {
        let count = self.across * self.down;
        let mut handed: Vec<Vec<f32>> = vec![vec![0.0; count]; self.seen.len()];
        let mut worth = Vec::with_capacity(roles.len());
        for (role, found) in roles.iter().zip(found).rev() {
            let seen = &self.seen[role.shown];
            let own = |at: usize| seen.intra[at] as f32 * 2f32.powf(-seen.coarser[at] / 6.0);
            let here = std::mem::take(&mut handed[role.shown]);
            for (at, (cost, lists)) in found.costs.iter().copied().enumerate() {
                let intra = seen.intra[at] as f32;
                let part = 1.0 - (cost as f32).min(intra) / intra;
                let amount = (own(at) + here[at]) * part / if lists == BOTH { 2.0 } else { 1.0 };
                for (list, (base, flag)) in [(role.past, PAST), (role.next, NEXT)].into_iter().enumerate() {
                    if let Some(base) = base
                        && lists & flag != 0
                    {
                        self.hand(&mut handed[base], at, found.vectors[list][at], amount);
                    }
                }
            }
            worth.push((0..count).map(|at| (own(at) + here[at]) / own(at)).collect());
        }
        worth.reverse();
        worth
    }

    /// Hands an amount to the macroblocks that a vector's block lies on.
    fn hand(&self, to: &mut [f32], at: usize, vector: Vector, amount: f32) {
        let (across, down) = (self.across as i32, self.down as i32);
        let x = (at as i32 % across) * 32 + i32::from(vector.x);
        let y = (at as i32 / across) * 32 + i32::from(vector.y);
        let (column, row) = (x.div_euclid(32), y.div_euclid(32));
        let (right, lower) = (x.rem_euclid(32) as f32 / 32.0, y.rem_euclid(32) as f32 / 32.0);
        let parts = [(0, 0, (1.0 - right) * (1.0 - lower)), (1, 0, right * (1.0 - lower))];
        for (dx, dy, part) in parts.into_iter().chain([(0, 1, (1.0 - right) * lower), (1, 1, right * lower)])
        {
            let (column, row) = (column + dx, row + dy);
            if (0..across).contains(&column) && (0..down).contains(&row) && part > 0.0 {
                to[(row * across + column) as usize] += amount * part;
            }
        }
    }
}

fn halved(picture: &I420<'_>, across: usize, down: usize) -> Frame {
    let mut half = Frame::new(across.div_ceil(2), down.div_ceil(2));
    let plane = &mut half.planes[0];
    let luma = picture.planes[0];
    let (right, bottom) = (picture.width / 2 - 1, picture.height / 2 - 1);
    for y in 0..plane.height {
        let top = &luma[2 * y.min(bottom) * picture.width..][..2 * picture.width];
        let (top, low) = top.split_at(picture.width);
        for x in 0..plane.width {
            let at = 2 * x.min(right);
            let sum = [top[at], top[at + 1], low[at], low[at + 1]].map(u32::from).iter().sum::<u32>();
            plane.data[y * plane.width + x] = ((sum + 2) / 4) as u8;
        }
    }
    half
}

fn block(half: &Frame, x: usize, y: usize) -> [u8; 128] {
    let mut block = [0; 128];
    for (line, out) in block.chunks_exact_mut(16).enumerate() {
        out[..8].copy_from_slice(half.planes[0].row::<8>(x, y + line));
    }
    block
}

/// What a block costs from its neighbours.
fn intra(half: &Frame, x: usize, y: usize) -> u32 {
    let plane = &half.planes[0];
    let own = block(half, x, y);
    let above = |at: usize| if y > 0 { plane.at(x + at, y - 1) } else { 128 };
    let left = |at: usize| if x > 0 { plane.at(x - 1, y + at) } else { 128 };
    let above: [u8; 8] = std::array::from_fn(above);
    let left: [u8; 8] = std::array::from_fn(left);
    let mean = above.iter().chain(&left).map(|value| u32::from(*value)).sum::<u32>();
    let mean = ((mean + 8) / 16) as u8;
    let cost = |of: &dyn Fn(usize, usize) -> u8| {
        let mut held = [0; 128];
        for line in 0..8 {
            for at in 0..8 {
                held[line * 16 + at] = of(at, line);
            }
        }
        satd::<8>(&own, &held, 8)
    };
    // Between the sides, as slopes and slanted ones would be.
    let between = |at: usize, line: usize| {
        let (across, down) = (u32::from(above[7]), u32::from(left[7]));
        let upright = u32::from(above[at]) * (7 - line) as u32 + down * (line as u32 + 1);
        let lying = u32::from(left[line]) * (7 - at) as u32 + across * (at as u32 + 1);
        ((upright + lying + 8) / 16) as u8
    };
    let costs = [cost(&|_, _| mean), cost(&|at, _| above[at]), cost(&|_, line| left[line]), cost(&between)];
    costs.into_iter().min().unwrap_or(0)
}

/// What a block costs from the mean of two pictures.
fn between(half: &Frame, bases: [&Reference; 2], x: usize, y: usize, vectors: [Vector; 2]) -> u32 {
    let own = block(half, x, y);
    let [mut one, mut other] = [[0; 128]; 2];
    bases[0].luma::<8>(x, y, vectors[0], &mut one);
    bases[1].luma::<8>(x, y, vectors[1], &mut other);
    for (one, other) in one.iter_mut().zip(other) {
        *one = ((u16::from(*one) + u16::from(other) + 1) >> 1) as u8;
    }
    satd::<8>(&own, &one, 8) + INTER
}

/// Where a block is found in another picture, in quarters of a sample, and what it costs.
fn seek(half: &Frame, reference: &Reference, x: usize, y: usize, starts: &[Vector]) -> (Vector, u32) {
    let own = block(half, x, y);
    let foreseen = starts[0];
    let (width, height) = (half.planes[0].width as i32, half.planes[0].height as i32);
    let attempt = |vector: Vector, best: &mut (Vector, u32)| {
        let (px, py) = (x as i32 + i32::from(vector.x >> 2), y as i32 + i32::from(vector.y >> 2));
        if best.1 != u32::MAX && best.0 == vector || px < -8 || py < -8 || px > width || py > height {
            return false;
        }
        let far = |one: i16, other: i16| 16 - (one.abs_diff(other)).leading_zeros();
        let rate = far(vector.x, foreseen.x) + far(vector.y, foreseen.y);
        let most = best.1.saturating_sub(2 * rate);
        let cost = reference.difference::<8>(&own, 8, [x, y], vector, most).saturating_add(2 * rate);
        let is_better = cost < best.1;
        if is_better {
            *best = (vector, cost);
        }
        is_better
    };
    let mut best = (Vector::ZERO, u32::MAX);
    attempt(Vector::ZERO, &mut best);
    if best.1 > 32 {
        for start in starts {
            attempt(*start, &mut best);
        }
        let start = best.0.rounded();
        attempt(start, &mut best);
        for (step, rounds) in [(8, 12), (4, 4), (2, 2), (1, 2)] {
            for _ in 0..rounds {
                let centre = if step >= 4 { best.0.rounded() } else { best.0 };
                let mut is_better = false;
                for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
                    is_better |= attempt(centre.plus(dx * step, dy * step), &mut best);
                }
                if !is_better {
                    break;
                }
            }
        }
    }
    let mut held = [0; 128];
    reference.luma::<8>(x, y, best.0, &mut held);
    (best.0, satd::<8>(&own, &held, 8) + INTER)
}
