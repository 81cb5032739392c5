//! From differences to levels and back (Rec. ITU-T H.264, 8.5): the 4x4 transform, those of the means, quantising.
//! Only numbers; what they belong to is not known here.

use crate::kernels::{Four, Lanes};
use crate::tables::{DEQUANT, DEQUANT_LARGE, PLACE_KIND, QUANT, ZIGZAG, ZIGZAG_LARGE};

/// The levels of one of four blocks in the order of coding.
#[inline]
pub(crate) fn ordered(levels: &Four, lane: usize, out: &mut [i16; 16]) {
    for (out, at) in out.iter_mut().zip(ZIGZAG) {
        *out = levels[at][lane] as i16;
    }
}

/// Sixteen coefficients or differences, row by row.
pub(crate) type Block = [i32; 16];

/// What is multiplied and added for one quantiser.
pub(crate) struct Quantiser {
    forward: [u16; 16],
    backward: Block,
    bits: u32,
    /// What is added before cutting off, in parts of a step of 2^bits.
    rounding: i32,
    /// Below this sum of differences nothing of a block is left.
    pub nothing_below: u32,
}

impl Quantiser {
    /// `part`: a level is rounded up from one minus one over this part on; 2 would be plain rounding.
    pub fn new(qp: u8, part: f64) -> Self {
        let (step, bits) = (usize::from(qp % 6), 15 + u32::from(qp / 6));
        let forward = PLACE_KIND.map(|kind| QUANT[step][kind] as u16);
        let backward = PLACE_KIND.map(|kind| DEQUANT[step][kind] << (qp / 6));
        let rounding = (f64::from(1 << bits) / part) as i32;
        // The largest weight of a difference in a coefficient is 1, 4 or 2 for the three kinds.
        let least = [1, 4, 2]
            .iter()
            .zip(QUANT[step])
            .map(|(weight, scale)| ((1 << bits) - rounding) / (weight * scale));
        let nothing_below = least.min().unwrap_or(0).max(0) as u32;
        Self { forward, backward, bits, rounding, nothing_below }
    }

    /// Levels in the order of coding; whether there are any.
    pub fn levels(&self, block: &Block, levels: &mut [i16; 16]) -> bool {
        let mut quantised = [0i32; 16];
        let mut any = 0;
        for at in 0..16 {
            // Coefficients have 15 bits at most: two short factors, a long product.
            let product = u32::from(block[at].unsigned_abs() as u16) * u32::from(self.forward[at]);
            let level = ((product + self.rounding as u32) >> self.bits) as i32;
            any |= level;
            quantised[at] = if block[at] < 0 { -level } else { level };
        }
        if any == 0 {
            *levels = [0; 16];
            return false;
        }
        for (level, at) in levels.iter_mut().zip(ZIGZAG) {
            *level = quantised[at] as i16;
        }
        true
    }

    /// Levels of four blocks, place by place, and for each block whether there are any.
    #[inline]
    pub fn four(&self, blocks: &Four) -> (Four, Lanes) {
        let mut out = [[0; 4]; 16];
        let mut any = [0; 4];
        for (at, (out, block)) in out.iter_mut().zip(blocks).enumerate() {
            let factor = i32::from(self.forward[at] & 0x7fff);
            for lane in 0..4 {
                let sign = block[lane] >> 31;
                // Both factors have 15 bits at most.
                let size = ((block[lane] ^ sign) - sign) & 0x7fff;
                let level = ((size * factor + self.rounding) as u32 >> self.bits) as i32;
                any[lane] |= level;
                out[lane] = (level ^ sign) - sign;
            }
        }
        (out, any)
    }

    /// Coefficients of four blocks from their levels, place by place.
    #[inline]
    pub fn four_coefficients(&self, levels: &Four) -> Four {
        let mut out = *levels;
        for (out, factor) in out.iter_mut().zip(&self.backward) {
            // Levels and factors have 16 bits.
            (0..4).for_each(|lane| out[lane] = i32::from(out[lane] as i16) * i32::from(*factor as i16));
        }
        out
    }

    /// A level of a mean (of luma in I16x16, or of chroma).
    pub fn mean_level(&self, mean: i32) -> i32 {
        let level = (mean.abs() * i32::from(self.forward[0]) + 2 * self.rounding) >> (self.bits + 1);
        if mean < 0 { -level } else { level }
    }

    /// Coefficients from levels.
    pub fn coefficients(&self, levels: &[i16; 16]) -> Block {
        let mut block = [0; 16];
        for (level, at) in levels.iter().zip(ZIGZAG) {
            block[at] = i32::from(*level) * self.backward[at];
        }
        block
    }

    /// The means of luma's sixteen blocks from their levels (row by row), transformed back (8.5.10).
    pub fn luma_means(&self, levels: &Block) -> Block {
        // The factor holds 2^(qp / 6); 8-321 and 8-322 are the same for it.
        hadamard(levels).map(|sum| (sum * self.backward[0] + 2) >> 2)
    }

    /// The means of chroma's four blocks (8.5.11).
    pub fn chroma_means(&self, levels: [i32; 4]) -> [i32; 4] {
        hadamard_2x2(levels).map(|sum| (sum * self.backward[0]) >> 1)
    }
}

/// The transform of a block of differences.
#[inline]
pub(crate) fn forward(d: &Block) -> Block {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, c, e] = [d[row * 4], d[row * 4 + 1], d[row * 4 + 2], d[row * 4 + 3]];
        let (s03, s12, d03, d12) = (a + e, b + c, a - e, b - c);
        half[row * 4] = s03 + s12;
        half[row * 4 + 1] = 2 * d03 + d12;
        half[row * 4 + 2] = s03 - s12;
        half[row * 4 + 3] = d03 - 2 * d12;
    }
    let mut whole = [0; 16];
    for x in 0..4 {
        let [a, b, c, e] = [half[x], half[4 + x], half[8 + x], half[12 + x]];
        let (s03, s12, d03, d12) = (a + e, b + c, a - e, b - c);
        whole[x] = s03 + s12;
        whole[4 + x] = 2 * d03 + d12;
        whole[8 + x] = s03 - s12;
        whole[12 + x] = d03 - 2 * d12;
    }
    whole
}

/// The differences that a block of coefficients stands for (8.5.12.2).
#[inline]
pub(crate) fn backward(c: &Block) -> Block {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, d, e] = [c[row * 4], c[row * 4 + 1], c[row * 4 + 2], c[row * 4 + 3]];
        let (e0, e1, e2, e3) = (a + d, a - d, (b >> 1) - e, b + (e >> 1));
        half[row * 4] = e0 + e3;
        half[row * 4 + 1] = e1 + e2;
        half[row * 4 + 2] = e1 - e2;
        half[row * 4 + 3] = e0 - e3;
    }
    let mut whole = [0; 16];
    for x in 0..4 {
        let [a, b, d, e] = [half[x], half[4 + x], half[8 + x], half[12 + x]];
        let (e0, e1, e2, e3) = (a + d, a - d, (b >> 1) - e, b + (e >> 1));
        whole[x] = (e0 + e3 + 32) >> 6;
        whole[4 + x] = (e1 + e2 + 32) >> 6;
        whole[8 + x] = (e1 - e2 + 32) >> 6;
        whole[12 + x] = (e0 - e3 + 32) >> 6;
    }
    whole
}

/// The transform of sixteen means, its own reverse but for the scale.
pub(crate) fn hadamard(d: &Block) -> Block {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, c, e] = [d[row * 4], d[row * 4 + 1], d[row * 4 + 2], d[row * 4 + 3]];
        half[row * 4] = a + b + c + e;
        half[row * 4 + 1] = a + b - c - e;
        half[row * 4 + 2] = a - b - c + e;
        half[row * 4 + 3] = a - b + c - e;
    }
    let mut whole = [0; 16];
    for x in 0..4 {
        let [a, b, c, e] = [half[x], half[4 + x], half[8 + x], half[12 + x]];
        whole[x] = a + b + c + e;
        whole[4 + x] = a + b - c - e;
        whole[8 + x] = a - b - c + e;
        whole[12 + x] = a - b + c - e;
    }
    whole
}

/// The same of four.
pub(crate) fn hadamard_2x2([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    [a + b + c + d, a - b + c - d, a + b - c - d, a - b - c + d]
}

/// Which of the six kinds a place in a block of 8x8 is (8.5.9).
pub(crate) fn large_kind(at: usize) -> usize {
    match (at % 8 % 4, at / 8 % 4) {
        (0, 0) => 0,
        (1 | 3, 1 | 3) => 1,
        (2, 2) => 2,
        (0, 1 | 3) | (1 | 3, 0) => 3,
        (0, 2) | (2, 0) => 4,
        _ => 5,
    }
}

/// What a level is multiplied with, but for two to the sixth part of the quantiser; four times as much.
pub(crate) fn large_scale(qp: u8, kind: usize) -> i32 {
    DEQUANT_LARGE[usize::from(qp % 6)][kind]
}

/// Coefficients of a block of 8x8 from its levels (8.5.13.1).
pub(crate) fn large_coefficients(qp: u8, levels: &[i16; 64]) -> [i32; 64] {
    let mut block = [0; 64];
    for (level, at) in levels.iter().zip(ZIGZAG_LARGE) {
        if *level != 0 {
            let scaled = (i32::from(*level) * 16 * large_scale(qp, large_kind(at))) << (qp / 6);
            block[at] = (scaled + 32) >> 6;
        }
    }
    block
}

/// The transform of 8x8 differences.
pub(crate) fn large_forward(d: &[i32; 64]) -> [i32; 64] {
    rows_and_columns(d, eight_forward)
}

/// A transform of eight numbers done to each row, then to each column.
#[inline]
fn rows_and_columns(block: &[i32; 64], eight: impl Fn(&[i32; 8]) -> [i32; 8]) -> [i32; 64] {
    let mut half = [0; 64];
    for (out, row) in half.chunks_exact_mut(8).zip(block.chunks_exact(8)) {
        out.copy_from_slice(&eight(row.try_into().expect("a row")));
    }
    let mut whole = [0; 64];
    for x in 0..8 {
        let column = eight(&std::array::from_fn(|y| half[y * 8 + x]));
        column.iter().enumerate().for_each(|(y, value)| whole[y * 8 + x] = *value);
    }
    whole
}

#[inline]
fn eight_forward(s: &[i32; 8]) -> [i32; 8] {
    let (s07, s16, s25, s34) = (s[0] + s[7], s[1] + s[6], s[2] + s[5], s[3] + s[4]);
    let (d07, d16, d25, d34) = (s[0] - s[7], s[1] - s[6], s[2] - s[5], s[3] - s[4]);
    let (a0, a1, a2, a3) = (s07 + s34, s16 + s25, s07 - s34, s16 - s25);
    let a4 = d16 + d25 + (d07 + (d07 >> 1));
    let a5 = d07 - d34 - (d25 + (d25 >> 1));
    let a6 = d07 + d34 - (d16 + (d16 >> 1));
    let a7 = d16 - d25 + (d34 + (d34 >> 1));
    [
        a0 + a1,
        a4 + (a7 >> 2),
        a2 + (a3 >> 1),
        a5 + (a6 >> 2),
        a0 - a1,
        a6 - (a5 >> 2),
        (a2 >> 1) - a3,
        (a4 >> 2) - a7,
    ]
}

/// The differences that a block of 8x8 coefficients stands for (8.5.13.2).
pub(crate) fn large_backward(c: &[i32; 64]) -> [i32; 64] {
    rows_and_columns(c, eight_backward).map(|value| (value + 32) >> 6)
}

#[inline]
fn eight_backward(d: &[i32; 8]) -> [i32; 8] {
    let e0 = d[0] + d[4];
    let e1 = d[5] - d[3] - d[7] - (d[7] >> 1);
    let e2 = d[0] - d[4];
    let e3 = d[1] + d[7] - d[3] - (d[3] >> 1);
    let e4 = (d[2] >> 1) - d[6];
    let e5 = d[7] - d[1] + d[5] + (d[5] >> 1);
    let e6 = d[2] + (d[6] >> 1);
    let e7 = d[3] + d[5] + d[1] + (d[1] >> 1);
    let (f0, f2, f4, f6) = (e0 + e6, e2 + e4, e2 - e4, e0 - e6);
    let (f1, f3, f5, f7) = (e1 + (e7 >> 2), e3 + (e5 >> 2), (e3 >> 2) - e5, e7 - (e1 >> 2));
    [f0 + f7, f2 + f5, f4 + f3, f6 + f1, f6 - f1, f4 - f3, f2 - f5, f0 - f7]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_within_a_step() {
        for qp in [4, 12, 20, 26, 30] {
            let quantiser = Quantiser::new(qp, 3.0);
            let step = (0.625 * 2f64.powf(f64::from(qp) / 6.0)).ceil() as i32;
            let mut seed = 7u32;
            for _ in 0..200 {
                let block: Block = std::array::from_fn(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as i32 - 128
                });
                let mut levels = [0; 16];
                quantiser.levels(&forward(&block), &mut levels);
                let back = backward(&quantiser.coefficients(&levels));
                let worst = block.iter().zip(back).map(|(a, b)| (a - b).abs()).max().unwrap();
                assert!(worst <= 2 * step + 1, "{worst} at {qp}");
            }
        }
    }

    #[test]
    fn small_differences_leave_nothing() {
        for qp in [20, 26, 33] {
            let quantiser = Quantiser::new(qp, 6.0);
            for at in 0..16 {
                let mut block = [0; 16];
                block[at] = quantiser.nothing_below as i32 - 1;
                let mut levels = [0; 16];
                assert!(!quantiser.levels(&forward(&block), &mut levels), "{qp} {at}");
            }
        }
    }
}
