//! What is left after prediction becomes levels, and with them the samples that a decoder will see.

use crate::frame::{Plane, Samples};
use crate::macroblock::{CHROMA, CHROMA_MEAN, LUMA_MEAN};
use crate::syntax::Levels;
use crate::tables::{BLOCKS, ZIGZAG};
use crate::transform::{Block, Quantiser, backward, forward, hadamard, hadamard_2x2};

/// What of a macroblock is coded: pattern and flags of `Macroblock`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Left {
    pub pattern: u8,
    pub coded: u32,
}

#[inline]
fn differences<const STRIDE: usize>(source: &[u8], predicted: &[u8], x: usize, y: usize) -> Block {
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

/// Writes a predicted block with its differences into the plane.
#[inline]
fn put<const STRIDE: usize>(
    plane: &mut Plane,
    [px, py]: [usize; 2],
    predicted: &[u8],
    x: usize,
    y: usize,
    add: &Block,
) {
    for line in 0..4 {
        let at = (y * 4 + line) * STRIDE + x * 4;
        let predicted = &predicted[at..at + 4];
        let out = plane.row_mut::<4>(px + x * 4, py + y * 4 + line);
        for i in 0..4 {
            out[i] = (i32::from(predicted[i]) + add[line * 4 + i]).clamp(0, 255) as u8;
        }
    }
}

/// How much a block's levels are worth keeping: 0 for none, at least 9 when one is larger than one. (The measure is that
/// of the JM reference encoder.)
fn worth(levels: &[i16]) -> u32 {
    const BY_GAP: [u32; 16] = [3, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let (mut sum, mut gap) = (0, 0);
    for level in levels {
        match level {
            0 => gap += 1,
            1 | -1 => {
                sum += BY_GAP[gap];
                gap = 0;
            }
            _ => return 9,
        }
    }
    sum
}

/// Luma of a macroblock that moved.
pub(crate) fn moved_luma(
    source: &[u8; 256],
    predicted: &[u8; 256],
    quantiser: &Quantiser,
    levels: &mut Levels,
    plane: &mut Plane,
    place: [usize; 2],
) -> Left {
    let mut left = Left::default();
    let mut total = 0;
    for quarter in 0..4 {
        let mut flags = 0u32;
        let mut worthy = 0;
        for (number, (x, y)) in BLOCKS.into_iter().enumerate().skip(quarter * 4).take(4) {
            let block = differences::<16>(source, predicted, x, y);
            let sum: u32 = block.iter().map(|d| d.unsigned_abs()).sum();
            if sum >= quantiser.nothing_below && quantiser.levels(&forward(&block), &mut levels.luma[number])
            {
                flags |= 1 << number;
                worthy += worth(&levels.luma[number]);
            }
        }
        if worthy >= 4 {
            total += worthy;
            left.pattern |= 1 << quarter;
            left.coded |= flags;
        }
    }
    if total < 6 {
        left = Left::default();
    }
    let by_number = std::mem::take(&mut left.coded);
    for (line, row) in predicted.chunks_exact(16).enumerate() {
        plane.row_mut::<16>(place[0], place[1] + line).copy_from_slice(row);
    }
    for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
        if by_number >> number & 1 == 1 {
            left.coded |= 1 << (y * 4 + x);
            let add = backward(&quantiser.coefficients(&levels.luma[number]));
            put::<16>(plane, place, predicted, x, y, &add);
        } else if left.pattern >> (number / 4) & 1 == 1 {
            levels.luma[number] = [0; 16];
        }
    }
    left
}

/// Luma of a whole macroblock from its neighbours, its means apart.
pub(crate) fn whole_luma(
    source: &[u8; 256],
    predicted: &[u8; 256],
    quantiser: &Quantiser,
    levels: &mut Levels,
    plane: &mut Plane,
    place: [usize; 2],
) -> Left {
    let mut left = Left::default();
    let mut means = [0; 16];
    for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
        let mut block = forward(&differences::<16>(source, predicted, x, y));
        means[y * 4 + x] = block[0];
        block[0] = 0;
        if quantiser.levels(&block, &mut levels.luma[number]) {
            left.coded |= 1 << (y * 4 + x);
            left.pattern = 15;
        }
    }
    let mean_levels = hadamard(&means).map(|mean| quantiser.mean_level((mean + 1) >> 1));
    for (level, at) in levels.luma_means.iter_mut().zip(ZIGZAG) {
        *level = mean_levels[at] as i16;
    }
    if mean_levels != [0; 16] {
        left.coded |= 1 << LUMA_MEAN;
    }
    let means = quantiser.luma_means(&mean_levels);
    for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
        let mut block = quantiser.coefficients(&levels.luma[number]);
        block[0] = means[y * 4 + x];
        put::<16>(plane, place, predicted, x, y, &backward(&block));
    }
    left
}

/// One block of 4x4 from its neighbours; whether it has levels. `source` is the macroblock's, the prediction the block's.
pub(crate) fn small_luma(
    source: &[u8; 256],
    predicted: &[u8; 16],
    quantiser: &Quantiser,
    levels: &mut [i16; 16],
    plane: &mut Plane,
    [px, py]: [usize; 2],
    (x, y): (usize, usize),
) -> bool {
    let block: Block = std::array::from_fn(|at| {
        i32::from(source[(y * 4 + at / 4) * 16 + x * 4 + at % 4]) - i32::from(predicted[at])
    });
    let any = quantiser.levels(&forward(&block), levels);
    let add = if any { backward(&quantiser.coefficients(levels)) } else { [0; 16] };
    put::<4>(plane, [px + x * 4, py + y * 4], predicted, 0, 0, &add);
    any
}

/// Both chromas, however they were predicted. `intra`: nothing is left out to save bits.
pub(crate) fn chroma(
    source: &Samples,
    predicted: &Samples,
    quantiser: &Quantiser,
    levels: &mut Levels,
    planes: &mut [Plane],
    place: [usize; 2],
    intra: bool,
) -> Left {
    let mut left = Left::default();
    let mut coefficient_means = [[0; 4]; 2];
    let mut pattern = 0;
    for (plane, back) in coefficient_means.iter_mut().enumerate() {
        let (source, predicted) = (&source.chroma[plane], &predicted.chroma[plane]);
        let mut means = [0; 4];
        let (mut flags, mut worthy) = (0, 0);
        let levels_of = &mut levels.chroma[plane];
        for number in 0..4 {
            let block = differences::<8>(source, predicted, number % 2, number / 2);
            if block == [0; 16] {
                levels_of[number] = [0; 16];
                continue;
            }
            let mut block = forward(&block);
            means[number] = block[0];
            block[0] = 0;
            if quantiser.levels(&block, &mut levels_of[number]) {
                flags |= 1 << (CHROMA + (plane * 4 + number) as u32);
                worthy += worth(&levels_of[number][1..]);
            }
        }
        if flags != 0 && (intra || worthy >= 7) {
            left.coded |= flags;
            pattern = 2;
        } else {
            *levels_of = [[0; 16]; 4];
        }
        let mean_levels = hadamard_2x2(means).map(|mean| quantiser.mean_level(mean));
        levels.chroma_means[plane] = mean_levels.map(|level| level as i16);
        if mean_levels != [0; 4] {
            left.coded |= 1 << (CHROMA_MEAN + plane as u32);
            pattern = pattern.max(1);
        }
        *back = quantiser.chroma_means(mean_levels);
    }
    for (plane, out) in planes.iter_mut().enumerate() {
        let predicted = &predicted.chroma[plane];
        for (number, mean) in coefficient_means[plane].into_iter().enumerate() {
            let mut block = quantiser.coefficients(&levels.chroma[plane][number]);
            block[0] = mean;
            let add = if block == [0; 16] { block } else { backward(&block) };
            put::<8>(out, place, predicted, number % 2, number / 2, &add);
        }
    }
    left.pattern = pattern << 4;
    left
}
