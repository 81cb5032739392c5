//! Trellis quantisation: levels chosen for the least sum of what is lost and what the bits are worth: of each block a
//! way through its coefficients is sought, from the last to the first, over the contexts that levels can be in (Rec.
//! ITU-T H.264, 9.3.3.1.3).

use crate::cabac::States;
use crate::count::{BIT, cost};
use crate::syntax::Kind;
use crate::tables::{DEQUANT, PLACE_KIND, ZIGZAG, ZIGZAG_LARGE};
use crate::transform::{large_kind, large_scale};

/// What coefficients of the forward transform are in those of the backward one, by kind of place, and what the square
/// of an error there is in squares of samples (the norms of the transform's rows).
const IDEAL: [f32; 3] = [4.0, 2.56, 3.2];
const WEIGHT: [f32; 3] = [16.0 / 4096.0, 6.25 / 4096.0, 10.0 / 4096.0];
/// Norms of the rows of the 8x8 transform, by row modulo 4.
const NORMS: [f32; 4] = [8.0, 9.03125, 5.0, 9.03125];

/// What one quantiser does with a coefficient, in the order of coding.
pub(crate) struct Steps<const N: usize> {
    scan: &'static [usize; N],
    ideal: [f32; N],
    weight: [f32; N],
    /// What a level of one stands for, and its reverse.
    backward: [f32; N],
    levels: [f32; N],
}

/// What bits cost.
#[derive(Clone, Copy)]
pub(crate) struct Rate<'a> {
    pub states: &'a States,
    /// The Lagrange multiplier: what a [`BIT`]th of a bit is worth in squares of samples.
    pub worth: f32,
}

impl Rate<'_> {
    #[inline]
    fn of(&self, context: usize, bin: bool) -> f32 {
        self.worth * cost(self.states, context, bin) as f32
    }
}

/// What came of a block.
#[derive(Clone, Copy)]
pub(crate) struct Chosen {
    pub any: bool,
    /// What is lost and what its bits are worth.
    pub cost: f32,
    /// What is lost when nothing of it is coded.
    pub nothing: f32,
}

/// A way to a state.
#[derive(Clone, Copy)]
struct Way {
    cost: f32,
    /// By place in the order of coding two bits: zero, the smaller or the larger level.
    path: u128,
}

const NO_WAY: Way = Way { cost: f32::MAX, path: 0 };

/// States: nothing yet; one, two, more ones; one, two, three, more that are larger.
const STATES: usize = 8;

/// The contexts of a level in a state: that of the first decision, and that of the others.
#[inline]
fn contexts(state: usize, most: usize) -> (usize, usize) {
    match state {
        0..=3 => (1 + state, 5),
        _ => (0, 5 + (state - 3).min(most)),
    }
}

#[inline]
fn after(state: usize, level: u32) -> usize {
    match (state, level) {
        (0..=2, 1) => state + 1,
        (_, 1) => state,
        (0..=3, _) => 4,
        _ => (state + 1).min(7),
    }
}

impl Steps<16> {
    /// Of the 4x4 transform.
    pub fn new(qp: u8) -> Self {
        let kinds = ZIGZAG.map(|at| PLACE_KIND[at]);
        let backward = kinds.map(|kind| (DEQUANT[usize::from(qp % 6)][kind] << (qp / 6)) as f32);
        let (ideal, weight) = (kinds.map(|kind| IDEAL[kind]), kinds.map(|kind| WEIGHT[kind]));
        let levels = std::array::from_fn(|at| ideal[at] / backward[at]);
        Self { scan: &ZIGZAG, ideal, weight, backward, levels }
    }
}

impl Steps<64> {
    /// Of the 8x8 transform.
    pub fn large(qp: u8) -> Self {
        let norm = |at: usize| NORMS[at % 8 % 4] * NORMS[at / 8 % 4];
        let scale = |at: usize| large_scale(qp, large_kind(at)) as f32 * 2f32.powi(i32::from(qp / 6)) / 4.0;
        let backward = ZIGZAG_LARGE.map(scale);
        let (ideal, weight) =
            (ZIGZAG_LARGE.map(|at| 64.0 / norm(at)), ZIGZAG_LARGE.map(|at| norm(at) / 4096.0));
        let levels = std::array::from_fn(|at| ideal[at] / backward[at]);
        Self { scan: &ZIGZAG_LARGE, ideal, weight, backward, levels }
    }
}

impl<const N: usize> Steps<N> {
    /// Levels of a block from a place of the order of coding on; `flag` is the context of its flag,
    /// where it has one.
    pub fn choose(
        &self,
        block: &[i32; N],
        (kind, first): (Kind, usize),
        flag: Option<usize>,
        rate: Rate<'_>,
        levels: &mut [i16; N],
    ) -> Chosen {
        let mut exact = [0f32; N];
        let flagged = |bin: bool| flag.map_or(0.0, |flag| rate.of(flag, bin));
        let mut end = None;
        let mut nothing = 0.0;
        for at in first..N {
            exact[at] = block[self.scan[at]].unsigned_abs() as f32;
            let lost = exact[at] * self.ideal[at];
            nothing += lost * lost * self.weight[at];
            if exact[at] * self.levels[at] >= 0.5 {
                end = Some(at);
            }
        }
        *levels = [0; N];
        let Some(end) = end else {
            return Chosen { any: false, cost: nothing + flagged(false), nothing };
        };
        let mut ways = [NO_WAY; STATES];
        ways[0].cost = 0.0;
        let mut larger = [0u32; N];
        for at in (first..=end).rev() {
            larger[at] = (exact[at] * self.levels[at] + 0.5) as u32;
            ways = self.step(&ways, at, exact[at], larger[at], (kind, first), rate);
        }
        let (beyond, zero) = (flagged(true), ways[0].cost + flagged(false));
        let best = ways[1..].iter().fold(NO_WAY, |best, way| if way.cost < best.cost { *way } else { best });
        let lost_beyond: f32 = (end + 1..N)
            .map(|at| {
                let lost = exact[at] * self.ideal[at];
                lost * lost * self.weight[at]
            })
            .sum();
        if best.cost + beyond >= zero {
            return Chosen { any: false, cost: nothing + flagged(false), nothing };
        }
        for at in first..=end {
            let level = match best.path >> (2 * at) & 3 {
                0 => 0,
                1 => larger[at] - 1,
                _ => larger[at],
            } as i16;
            levels[at] = if block[self.scan[at]] < 0 { -level } else { level };
        }
        Chosen { any: true, cost: best.cost + beyond + lost_beyond, nothing }
    }

    /// All ways one place further.
    #[inline]
    fn step(
        &self,
        ways: &[Way; STATES],
        at: usize,
        exact: f32,
        larger: u32,
        (kind, first): (Kind, usize),
        rate: Rate<'_>,
    ) -> [Way; STATES] {
        let lost = |level: u32| {
            let lost = exact * self.ideal[at] - level as f32 * self.backward[at];
            lost * lost * self.weight[at]
        };
        let place = at - first;
        let is_open = place + 1 < kind.coefficients;
        let (significant, last) = (kind.significant(place), kind.last(place));
        let of = |context: usize, bin: bool| if is_open { rate.of(context, bin) } else { 0.0 };
        let (absent, present) = (of(significant, false), of(significant, true));
        let none = lost(0);
        let mut next = *ways;
        for (state, way) in next.iter_mut().enumerate() {
            way.cost += none + if state == 0 { 0.0 } else { absent };
        }
        if larger == 0 {
            return next;
        }
        let (more, last) = (present + of(last, false), present + of(last, true));
        for (choice, level) in [(2u128, larger), (1, larger - 1)] {
            if level == 0 {
                continue;
            }
            let lost = lost(level);
            for (state, way) in ways.iter().enumerate().filter(|(_, way)| way.cost < f32::MAX) {
                let (one, other) = contexts(state, 4);
                let (one, other) = (kind.level + one, kind.level + other);
                let mut bits = if state == 0 { last } else { more };
                bits += rate.worth * BIT as f32;
                if level == 1 {
                    bits += rate.of(one, false);
                } else {
                    bits += rate.of(one, true) + (level - 2).min(13) as f32 * rate.of(other, true);
                    bits += if level < 15 {
                        rate.of(other, false)
                    } else {
                        (2 * (level - 14).ilog2() + 1) as f32 * rate.worth * BIT as f32
                    };
                }
                let cost = way.cost + lost + bits;
                let to = &mut next[after(state, level)];
                if cost < to.cost {
                    *to = Way { cost, path: way.path | choice << (2 * at) };
                }
            }
        }
        next
    }
}
