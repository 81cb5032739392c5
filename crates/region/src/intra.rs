//! Prediction from what stands beside a block in the same picture (Rec. ITU-T H.264, 8.3). Neighbours count only when
//! they belong to the same slice; who asks says which do.

use crate::frame::Plane;
use crate::sad::satd;

/// Which neighbours of a block belong to its slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beside {
    pub left: bool,
    pub above: bool,
    pub corner: bool,
    /// Above and to the right.
    pub beyond: bool,
}

impl Beside {
    /// Whether a mode of blocks of 4x4 and 8x8 can be used (tables 8-2 and 8-3).
    pub fn can(self, mode: u8) -> bool {
        let Self { left, above, corner, .. } = self;
        match mode {
            0 | 3 | 7 => above,
            1 | 8 => left,
            2 => true,
            _ => left && above && corner,
        }
    }

    /// The same for a quarter of the macroblock.
    pub fn quarter(self, quarter: usize) -> Self {
        let (x, y) = (quarter % 2 * 2, quarter / 2 * 2);
        let beyond = [self.above, self.beyond, true, false][quarter];
        Self { beyond, ..self.small(x, y) }
    }

    /// The same for a block of 4x4 of the macroblock, by its column and row.
    pub fn small(self, x: usize, y: usize) -> Self {
        Self {
            left: x > 0 || self.left,
            above: y > 0 || self.above,
            corner: match (x, y) {
                (0, 0) => self.corner,
                (0, _) => self.left,
                (_, 0) => self.above,
                _ => true,
            },
            beyond: match (x, y) {
                (3, 0) => self.beyond,
                (_, 0) => self.above,
                (3, _) => false,
                _ => !(x == 1 && y % 2 == 1),
            },
        }
    }
}

/// Numbers of the modes for whole macroblocks of luma (table 8-4).
pub(crate) const VERTICAL: u8 = 0;
pub(crate) const HORIZONTAL: u8 = 1;
pub(crate) const MEAN: u8 = 2;
pub(crate) const SLOPE: u8 = 3;

/// Whether a mode of luma for whole macroblocks can be used.
pub(crate) fn can_whole(mode: u8, beside: Beside) -> bool {
    match mode {
        VERTICAL => beside.above,
        HORIZONTAL => beside.left,
        MEAN => true,
        _ => beside.left && beside.above && beside.corner,
    }
}

/// The best mode for all of a macroblock's luma with what it costs, a bit being worth so many sixteenths of a difference;
/// `out` is what it predicts.
pub(crate) fn best_whole(
    plane: &Plane,
    [column, row]: [usize; 2],
    beside: Beside,
    luma: &[u8; 256],
    bit: u32,
    out: &mut [u8; 256],
) -> (u8, u32) {
    let mut best = (MEAN, u32::MAX);
    let mut held = [0; 256];
    for mode in (0..4).filter(|mode| can_whole(*mode, beside)) {
        whole::<16>(plane, column * 16, row * 16, mode, beside, &mut held);
        let cost = satd::<16>(luma, &held, 16);
        if cost < best.1 {
            best = (mode, cost);
            *out = held;
        }
    }
    (best.0, best.1 + 3 * bit / 16)
}

/// The best mode of a macroblock's chroma by its own numbers; `lost` says what a prediction of a plane costs, `out` is what
/// is predicted.
pub(crate) fn best_chroma(
    planes: &[Plane],
    [column, row]: [usize; 2],
    beside: Beside,
    lost: impl Fn(usize, &[u8; 64]) -> u32,
    bit: u32,
    out: &mut [[u8; 64]; 2],
) -> u8 {
    let mut best = (0, u32::MAX);
    let mut held = [[0; 64]; 2];
    for (number, mode) in (0..).zip([MEAN, HORIZONTAL, VERTICAL, SLOPE]) {
        if !can_whole(mode, beside) {
            continue;
        }
        let mut cost = bit * u32::from(number) / 16;
        for (plane, held) in held.iter_mut().enumerate() {
            whole::<8>(&planes[plane], column * 8, row * 8, mode, beside, held);
            cost += lost(plane, held);
        }
        if cost < best.1 {
            best = (number, cost);
            *out = held;
        }
    }
    best.0
}

/// A whole macroblock (or with `N` of 8 its chroma) from the modes of [`VERTICAL`] and so on. Means of chroma are told
/// apart by quarter.
pub(crate) fn whole<const N: usize>(
    plane: &Plane,
    x: usize,
    y: usize,
    mode: u8,
    beside: Beside,
    out: &mut [u8],
) {
    match mode {
        VERTICAL => {
            let above = plane.row::<N>(x, y - 1);
            out.chunks_exact_mut(N).for_each(|row| row.copy_from_slice(above));
        }
        HORIZONTAL => {
            for (line, row) in out.chunks_exact_mut(N).enumerate() {
                row.fill(plane.at(x - 1, y + line));
            }
        }
        MEAN if N == 16 => out.fill(mean(plane, x, y, 16, beside.left, beside.above)),
        MEAN => {
            for (column, line) in [(0, 0), (4, 0), (0, 4), (4, 4)] {
                // The quarters away from a corner trust the side that they touch (8.3.4.1).
                let (left, above) = match (column, line) {
                    (4, 0) if beside.above => (false, true),
                    (0, 4) if beside.left => (true, false),
                    _ => (beside.left, beside.above),
                };
                let value = quarter_mean(plane, [x, y], [column, line], left, above);
                for row in out.chunks_exact_mut(N).skip(line).take(4) {
                    row[column..column + 4].fill(value);
                }
            }
        }
        _ => slope::<N>(plane, x, y, out),
    }
}

fn mean(plane: &Plane, x: usize, y: usize, side: usize, left: bool, above: bool) -> u8 {
    let column = |x: usize| (0..side).map(|line| u32::from(plane.at(x, y + line))).sum::<u32>();
    let row = |y: usize| (0..side).map(|at| u32::from(plane.at(x + at, y))).sum::<u32>();
    let side = side as u32;
    (match (left, above) {
        (true, true) => (column(x - 1) + row(y - 1) + side) / (2 * side),
        (true, false) => (column(x - 1) + side / 2) / side,
        (false, true) => (row(y - 1) + side / 2) / side,
        (false, false) => 128,
    }) as u8
}

fn quarter_mean(
    plane: &Plane,
    [x, y]: [usize; 2],
    [column, line]: [usize; 2],
    left: bool,
    above: bool,
) -> u8 {
    let beside = || (0..4).map(|at| u32::from(plane.at(x - 1, y + line + at))).sum::<u32>();
    let over = || (0..4).map(|at| u32::from(plane.at(x + column + at, y - 1))).sum::<u32>();
    (match (left, above) {
        (true, true) => (beside() + over() + 4) / 8,
        (true, false) => (beside() + 2) / 4,
        (false, true) => (over() + 2) / 4,
        (false, false) => 128,
    }) as u8
}

fn slope<const N: usize>(plane: &Plane, x: usize, y: usize, out: &mut [u8]) {
    let half = N / 2;
    let above = |at: usize| i32::from(plane.at(x + at - 1, y - 1)); // from the corner on
    let left = |at: usize| i32::from(plane.at(x - 1, y + at - 1));
    let (mut across, mut down) = (0, 0);
    for step in 1..=half {
        across += step as i32 * (above(half + step) - above(half - step));
        down += step as i32 * (left(half + step) - left(half - step));
    }
    let scale = |sum: i32| if N == 16 { (5 * sum + 32) >> 6 } else { (34 * sum + 32) >> 6 };
    let (across, down) = (scale(across), scale(down));
    let middle = 16 * (left(N) + above(N)) + 16;
    let back = half as i32 - 1;
    for (line, row) in out.chunks_exact_mut(N).enumerate() {
        let start = middle + down * (line as i32 - back) - across * back;
        for (at, out) in row.iter_mut().enumerate() {
            *out = ((start + across * at as i32) >> 5).clamp(0, 255) as u8;
        }
    }
}

#[inline]
fn of(value: impl Fn(usize, usize) -> i32) -> [u8; 16] {
    std::array::from_fn(|at| value(at % 4, at / 4) as u8)
}

/// How many modes there are for blocks of 4x4 (table 8-2 of 8.3.1.1).
pub(crate) const SMALL_MODES: u8 = 9;

/// What stands around a block of 4x4.
pub(crate) struct Around {
    /// From the lowest at the left by the corner (4) to the farthest above (12).
    ring: [i32; 13],
    beside: Beside,
}

impl Around {
    pub fn new(plane: &Plane, x: usize, y: usize, beside: Beside) -> Self {
        let mut ring = [128; 13];
        if beside.left {
            for line in 0..4 {
                ring[3 - line] = i32::from(plane.at(x - 1, y + line));
            }
        }
        if beside.corner {
            ring[4] = i32::from(plane.at(x - 1, y - 1));
        }
        if beside.above {
            for at in 0..4 {
                ring[5 + at] = i32::from(plane.at(x + at, y - 1));
            }
            for at in 4..8 {
                ring[5 + at] = if beside.beyond { i32::from(plane.at(x + at, y - 1)) } else { ring[8] };
            }
        }
        Self { ring, beside }
    }

    /// Whether a mode can be used here.
    pub fn can(&self, mode: u8) -> bool {
        self.beside.can(mode)
    }

    /// The block as a mode has it.
    pub fn predict(&self, mode: u8) -> [u8; 16] {
        let ring = &self.ring;
        let two = |at: usize| (ring[at] + ring[at + 1] + 1) >> 1;
        let three = |middle: usize| (ring[middle - 1] + 2 * ring[middle] + ring[middle + 1] + 2) >> 2;
        match mode {
            0 => of(|x, _| ring[5 + x]),
            1 => of(|_, y| ring[3 - y]),
            2 => {
                let left: i32 = ring[..4].iter().sum();
                let above: i32 = ring[5..9].iter().sum();
                let value = match (self.beside.left, self.beside.above) {
                    (true, true) => (left + above + 4) >> 3,
                    (true, false) => (left + 2) >> 2,
                    (false, true) => (above + 2) >> 2,
                    (false, false) => 128,
                };
                [value as u8; 16]
            }
            // Down and left.
            3 => of(|x, y| if x + y == 6 { (ring[11] + 3 * ring[12] + 2) >> 2 } else { three(6 + x + y) }),
            // Down and right.
            4 => of(|x, y| three(4 + x - y)),
            // Right of vertical.
            5 => of(|x, y| match 2 * x as i32 - y as i32 {
                -1 => three(4),
                z if z < 0 => three(5 - y),
                z if z % 2 == 0 => two(4 + x - y / 2),
                _ => three(4 + x - y / 2),
            }),
            // Below horizontal.
            6 => of(|x, y| match 2 * y as i32 - x as i32 {
                -1 => three(4),
                z if z < 0 => three(3 + x),
                z if z % 2 == 0 => two(3 + x / 2 - y),
                _ => three(4 + (x / 2) - y),
            }),
            // Left of vertical.
            7 => of(|x, y| if y % 2 == 0 { two(5 + x + y / 2) } else { three(6 + x + y / 2) }),
            // Above horizontal.
            _ => of(|x, y| match x + 2 * y {
                z if z > 5 => ring[0],
                5 => (ring[1] + 3 * ring[0] + 2) >> 2,
                z if z % 2 == 0 => two(2 - (y + x / 2)),
                _ => three(2 - (y + x / 2)),
            }),
        }
    }
}
