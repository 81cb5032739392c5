//! The deblocking filter (Rec. ITU-T H.264, 8.7) within one slice: no edge between slices is touched
//! (`disable_deblocking_filter_idc` 2). The limits at an edge are those of the mean of both macroblocks' quantisers.

use crate::frame::{Frame, Plane};
use crate::macroblock::{ALL_LUMA, Macroblock};
use crate::tables::{ALPHA, BETA, TC0};

/// Thresholds of one quantiser.
#[derive(Clone, Copy)]
struct Thresholds {
    alpha: i16,
    beta: i16,
    most: [u8; 3],
}

impl Thresholds {
    fn new(qp: u8) -> Self {
        let qp = (i32::from(qp) + OFFSET).clamp(0, 51) as usize;
        Self { alpha: i16::from(ALPHA[qp]), beta: i16::from(BETA[qp]), most: TC0[qp] }
    }
}

/// By how much finer quantisers' limits are taken: what is drawn has fine grain, which the filter would wash out.
pub(crate) const OFFSET: i32 = -2;

/// The filter, with the thresholds of each quantiser of luma and of each of chroma.
pub(crate) struct Deblocking {
    limits: Vec<Thresholds>,
    /// The quantiser of chroma by that of luma.
    chroma: [u8; 52],
}

/// Thresholds of luma and chroma at one edge.
type Limits = [Thresholds; 2];

impl Deblocking {
    /// `chroma`: the quantiser of chroma by that of luma.
    pub fn new(chroma: [u8; 52]) -> Self {
        Self { limits: (0..52).map(Thresholds::new).collect(), chroma }
    }

    fn limits(&self, one: u8, other: u8) -> Limits {
        let mean = |one: u8, other: u8| self.limits[usize::from((one + other + 1) >> 1)];
        let chroma = |qp: u8| self.chroma[usize::from(qp)];
        [mean(one, other), mean(chroma(one), chroma(other))]
    }

    /// Filters the macroblocks of a slice, all of which are coded.
    pub fn slice(&self, frame: &mut Frame, coded: &[Macroblock], across: usize, first: usize, count: usize) {
        for at in first..first + count {
            let own = &coded[at];
            let (column, row) = (at % across, at / across);
            let left = (column > 0).then(|| &coded[at - 1]).filter(|left| left.slice == own.slice);
            let above = (row > 0).then(|| &coded[at - across]).filter(|above| above.slice == own.slice);
            self.edges::<true>(frame, own, left, column, row);
            self.edges::<false>(frame, own, above, column, row);
        }
    }

    /// All edges of a macroblock that stand upright, or all that lie.
    fn edges<const UPRIGHT: bool>(
        &self,
        frame: &mut Frame,
        own: &Macroblock,
        beside: Option<&Macroblock>,
        column: usize,
        row: usize,
    ) {
        if let Some(beside) = beside {
            let strengths = outer::<UPRIGHT>(own, beside);
            edge::<UPRIGHT>(frame, strengths, [column, row], 0, &self.limits(own.qp, beside.qp));
        }
        let is_uniform =
            own.lists == [own.lists[0]; 4] && own.vectors.iter().all(|vectors| *vectors == [vectors[0]; 4]);
        if is_uniform && own.coded & ALL_LUMA == 0 && !own.way.is_intra() {
            return;
        }
        let limits = self.limits(own.qp, own.qp);
        for number in (1..4).filter(|number| !own.large || *number == 2) {
            edge::<UPRIGHT>(frame, inner::<UPRIGHT>(own, number), [column, row], number, &limits);
        }
    }
}

fn edge<const UPRIGHT: bool>(
    frame: &mut Frame,
    strengths: [u8; 4],
    [column, row]: [usize; 2],
    edge: usize,
    limits: &Limits,
) {
    if strengths == [0; 4] || limits.iter().all(|limits| limits.alpha == 0) {
        return;
    }
    let place = |side: usize, edge: usize| {
        if UPRIGHT { (column * side + edge, row * side) } else { (column * side, row * side + edge) }
    };
    let [luma, chroma @ ..] = &mut frame.planes;
    let (x, y) = place(16, edge * 4);
    for (part, strength) in strengths.into_iter().enumerate().filter(|(_, strength)| *strength > 0) {
        for at in part * 4..part * 4 + 4 {
            luma_line::<UPRIGHT>(luma, x, y, at, strength, limits[0]);
        }
    }
    if edge.is_multiple_of(2) {
        let (x, y) = place(8, edge * 2);
        for plane in chroma {
            for (part, strength) in strengths.into_iter().enumerate().filter(|(_, strength)| *strength > 0) {
                for at in part * 2..part * 2 + 2 {
                    chroma_line::<UPRIGHT>(plane, x, y, at, strength, limits[1]);
                }
            }
        }
    }
}

/// Number of the block of an edge's part on this side of it.
fn block<const UPRIGHT: bool>(edge: usize, part: usize) -> usize {
    if UPRIGHT { part * 4 + edge } else { edge * 4 + part }
}

fn quarter(block: usize) -> usize {
    block / 8 * 2 + block % 4 / 2
}

/// Strengths at the border to the macroblock at the left or above (8.7.2.1).
fn outer<const UPRIGHT: bool>(own: &Macroblock, beside: &Macroblock) -> [u8; 4] {
    if own.way.is_intra() || beside.way.is_intra() {
        return [4; 4];
    }
    std::array::from_fn(|part| strength(own, block::<UPRIGHT>(0, part), beside, block::<UPRIGHT>(3, part)))
}

fn inner<const UPRIGHT: bool>(own: &Macroblock, edge: usize) -> [u8; 4] {
    if own.way.is_intra() {
        return [3; 4];
    }
    std::array::from_fn(|part| {
        strength(own, block::<UPRIGHT>(edge, part), own, block::<UPRIGHT>(edge - 1, part))
    })
}

fn strength(own: &Macroblock, block: usize, other: &Macroblock, beside: usize) -> u8 {
    if own.has(block as u32) || other.has(beside as u32) {
        return 2;
    }
    let (one, two) = (quarter(block), quarter(beside));
    if own.lists[one] != other.lists[two] {
        return 1;
    }
    // Each list has one picture, another one than the other list has.
    let differs = |list: usize| {
        let (one, two) = (own.vectors[list][one], other.vectors[list][two]);
        one.x.abs_diff(two.x) >= 4 || one.y.abs_diff(two.y) >= 4
    };
    u8::from(differs(0) || differs(1))
}

/// Where the samples across an edge stand: the first on this side, and the way from one to the next.
#[inline]
fn across<const UPRIGHT: bool>(plane: &Plane, x: usize, y: usize, at: usize) -> (usize, usize) {
    if UPRIGHT { ((y + at) * plane.width + x, 1) } else { (y * plane.width + x + at, plane.width) }
}

/// One line of luma across an edge (8.7.2.3 and 8.7.2.4).
#[inline]
fn luma_line<const UPRIGHT: bool>(
    plane: &mut Plane,
    x: usize,
    y: usize,
    at: usize,
    strength: u8,
    limits: Thresholds,
) {
    let (start, step) = across::<UPRIGHT>(plane, x, y, at);
    let data = &mut plane.data[start - 4 * step..=start + 3 * step];
    let sample = |i: usize| i16::from(data[i * step]);
    let [p2, p1, p0, q0, q1, q2] = [sample(1), sample(2), sample(3), sample(4), sample(5), sample(6)];
    if !crosses(p1, p0, q0, q1, limits) {
        return;
    }
    let (left, right) = ((p2 - p0).abs() < limits.beta, (q2 - q0).abs() < limits.beta);
    if strength < 4 {
        let most = i16::from(limits.most[usize::from(strength) - 1]);
        let middle = (p0 + q0 + 1) >> 1;
        if left {
            data[2 * step] = (p1 + ((p2 + middle - 2 * p1) >> 1).clamp(-most, most)) as u8;
        }
        if right {
            data[5 * step] = (q1 + ((q2 + middle - 2 * q1) >> 1).clamp(-most, most)) as u8;
        }
        let most = most + i16::from(left) + i16::from(right);
        let by = (((q0 - p0) * 4 + (p1 - q1) + 4) >> 3).clamp(-most, most);
        data[3 * step] = (p0 + by).clamp(0, 255) as u8;
        data[4 * step] = (q0 - by).clamp(0, 255) as u8;
        return;
    }
    let [p3, q3] = [sample(0), sample(7)];
    let is_small = (p0 - q0).abs() < (limits.alpha >> 2) + 2;
    if left && is_small {
        data[step] = ((2 * p3 + 3 * p2 + p1 + p0 + q0 + 4) >> 3) as u8;
        data[2 * step] = ((p2 + p1 + p0 + q0 + 2) >> 2) as u8;
        data[3 * step] = ((p2 + 2 * p1 + 2 * p0 + 2 * q0 + q1 + 4) >> 3) as u8;
    } else {
        data[3 * step] = ((2 * p1 + p0 + q1 + 2) >> 2) as u8;
    }
    if right && is_small {
        data[4 * step] = ((p1 + 2 * p0 + 2 * q0 + 2 * q1 + q2 + 4) >> 3) as u8;
        data[5 * step] = ((p0 + q0 + q1 + q2 + 2) >> 2) as u8;
        data[6 * step] = ((2 * q3 + 3 * q2 + q1 + q0 + p0 + 4) >> 3) as u8;
    } else {
        data[4 * step] = ((2 * q1 + q0 + p1 + 2) >> 2) as u8;
    }
}

#[inline]
fn chroma_line<const UPRIGHT: bool>(
    plane: &mut Plane,
    x: usize,
    y: usize,
    at: usize,
    strength: u8,
    limits: Thresholds,
) {
    let (start, step) = across::<UPRIGHT>(plane, x, y, at);
    let data = &mut plane.data[start - 2 * step..=start + step];
    let sample = |i: usize| i16::from(data[i * step]);
    let [p1, p0, q0, q1] = [sample(0), sample(1), sample(2), sample(3)];
    if !crosses(p1, p0, q0, q1, limits) {
        return;
    }
    if strength < 4 {
        let most = i16::from(limits.most[usize::from(strength) - 1]) + 1;
        let by = (((q0 - p0) * 4 + (p1 - q1) + 4) >> 3).clamp(-most, most);
        data[step] = (p0 + by).clamp(0, 255) as u8;
        data[2 * step] = (q0 - by).clamp(0, 255) as u8;
    } else {
        data[step] = ((2 * p1 + p0 + q1 + 2) >> 2) as u8;
        data[2 * step] = ((2 * q1 + q0 + p1 + 2) >> 2) as u8;
    }
}

#[inline]
fn crosses(p1: i16, p0: i16, q0: i16, q1: i16, limits: Thresholds) -> bool {
    (p0 - q0).abs() < limits.alpha && (p1 - p0).abs() < limits.beta && (q1 - q0).abs() < limits.beta
}
