//! Prediction of blocks of 8x8 from what stands beside them in the same picture (Rec. ITU-T H.264, 8.3.2): as of 4x4, but
//! from smoothed neighbours.

use crate::frame::Plane;
use crate::intra::Beside;

/// What stands around a block of 8x8, smoothed.
pub(crate) struct Around {
    /// From the lowest at the left by the corner to the farthest above.
    ring: [i32; 25],
    beside: Beside,
}

const CORNER: usize = 8;

impl Around {
    pub fn new(plane: &Plane, x: usize, y: usize, beside: Beside) -> Self {
        let mut plain = [128; 25];
        if beside.left {
            for line in 0..8 {
                plain[7 - line] = i32::from(plane.at(x - 1, y + line));
            }
        }
        if beside.corner {
            plain[CORNER] = i32::from(plane.at(x - 1, y - 1));
        }
        if beside.above {
            for at in 0..16 {
                plain[9 + at] =
                    if at < 8 || beside.beyond { i32::from(plane.at(x + at, y - 1)) } else { plain[16] };
            }
        }
        Self { ring: smoothed(&plain, beside), beside }
    }

    /// Whether a mode can be used here.
    pub fn can(&self, mode: u8) -> bool {
        self.beside.can(mode)
    }

    /// The block as a mode has it, in rows of 16.
    pub fn predict(&self, mode: u8) -> [u8; 128] {
        let ring = &self.ring;
        let two = |at: usize| (ring[at] + ring[at + 1] + 1) >> 1;
        let three = |middle: usize| (ring[middle - 1] + 2 * ring[middle] + ring[middle + 1] + 2) >> 2;
        match mode {
            0 => of(|x, _| ring[9 + x]),
            1 => of(|_, y| ring[7 - y]),
            2 => {
                let mean = self.mean();
                of(|_, _| mean)
            }
            // Down and left.
            3 => of(|x, y| if x + y == 14 { (ring[23] + 3 * ring[24] + 2) >> 2 } else { three(10 + x + y) }),
            // Down and right.
            4 => of(|x, y| three(CORNER + x - y)),
            // Right of vertical.
            5 => of(|x, y| match 2 * x as i32 - y as i32 {
                -1 => three(CORNER),
                z if z < 0 => three(9 + 2 * x - y),
                z if z % 2 == 0 => two(8 + x - y / 2),
                _ => three(8 + x - y / 2),
            }),
            // Below horizontal.
            6 => of(|x, y| match 2 * y as i32 - x as i32 {
                -1 => three(CORNER),
                z if z < 0 => three(7 + x - 2 * y),
                z if z % 2 == 0 => two(7 + x / 2 - y),
                _ => three(8 + x / 2 - y),
            }),
            // Left of vertical.
            7 => of(|x, y| if y % 2 == 0 { two(9 + x + y / 2) } else { three(10 + x + y / 2) }),
            // Above horizontal.
            _ => of(|x, y| match x + 2 * y {
                z if z > 13 => ring[0],
                13 => (ring[1] + 3 * ring[0] + 2) >> 2,
                z if z % 2 == 0 => two(6 - (y + x / 2)),
                _ => three(6 - (y + x / 2)),
            }),
        }
    }

    fn mean(&self) -> i32 {
        let left: i32 = self.ring[..8].iter().sum();
        let above: i32 = self.ring[9..17].iter().sum();
        match (self.beside.left, self.beside.above) {
            (true, true) => (left + above + 8) >> 4,
            (true, false) => (left + 4) >> 3,
            (false, true) => (above + 4) >> 3,
            (false, false) => 128,
        }
    }
}

#[inline]
fn of(value: impl Fn(usize, usize) -> i32) -> [u8; 128] {
    let mut out = [0; 128];
    for (y, row) in out.chunks_exact_mut(16).enumerate() {
        for (x, out) in row[..8].iter_mut().enumerate() {
            *out = value(x, y) as u8;
        }
    }
    out
}

/// The neighbours as they are predicted from (8.3.2.2.1): each with those beside it, as far as they are there.
fn smoothed(plain: &[i32; 25], beside: Beside) -> [i32; 25] {
    let is_there = |at: usize| match at {
        0..CORNER => beside.left,
        CORNER => beside.corner,
        _ => beside.above,
    };
    std::array::from_fn(|at| {
        let before = at.checked_sub(1).filter(|at| is_there(*at)).map(|at| plain[at]);
        let after = Some(at + 1).filter(|at| *at < 25 && is_there(*at)).map(|at| plain[at]);
        match (before, after) {
            (Some(before), Some(after)) => (before + 2 * plain[at] + after + 2) >> 2,
            (Some(one), None) | (None, Some(one)) => (3 * plain[at] + one + 2) >> 2,
            (None, None) => plain[at],
        }
    })
}
