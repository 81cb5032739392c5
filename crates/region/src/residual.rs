//! What is left after prediction becomes levels, and with them the samples that a decoder will see.

use crate::frame::{Plane, Samples};
use crate::kernels::{self, Words, chroma_words, luma_words};
use crate::macroblock::{CHROMA, CHROMA_MEAN, LUMA_MEAN};
use crate::motion::difference;
use crate::syntax::Levels;
use crate::tables::ZIGZAG;
use crate::transform::{Block, Quantiser, backward, forward, hadamard, hadamard_2x2, ordered};

/// What of a macroblock is coded: pattern and flags of `Macroblock`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Left {
    pub pattern: u8,
    pub coded: u32,
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

/// Number in the order of coding of the first and the third of four blocks beside each other; the others follow them.
const FIRST_OF_ROW: [usize; 4] = [0, 2, 8, 10];

fn number(row: usize, column: usize) -> usize {
    FIRST_OF_ROW[row] + column / 2 * 4 + column % 2
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
    let mut quantised = [[[0; 4]; 16]; 4];
    let mut flags = 0u32;
    let mut worthy = [0; 4];
    for (row, quantised) in quantised.iter_mut().enumerate() {
        let samples = row * 64..row * 64 + 64;
        if difference(&source[samples.clone()], &predicted[samples]) < quantiser.nothing_below {
            continue;
        }
        let left = kernels::differences(&luma_words(source, row), &luma_words(predicted, row));
        let (these, any) = quantiser.four(&kernels::forward(&left));
        if any == [0; 4] {
            continue;
        }
        *quantised = these;
        for column in (0..4).filter(|column| any[*column] != 0) {
            let levels = &mut levels.luma[number(row, column)];
            ordered(quantised, column, levels);
            flags |= 1 << (row * 4 + column);
            worthy[row / 2 * 2 + column / 2] += worth(levels);
        }
    }
    // What is worth little is left out: of a quarter, and of all.
    let kept = worthy.map(|worthy| if worthy >= 3 { worthy } else { 0 });
    let mut left = Left::default();
    if kept.iter().sum::<u32>() >= 4 {
        for quarter in (0..4).filter(|quarter| kept[*quarter] > 0) {
            left.pattern |= 1 << quarter;
            left.coded |= flags & 0x33 << (quarter / 2 * 8 + quarter % 2 * 2);
        }
    }
    for (row, quantised) in quantised.iter_mut().enumerate() {
        if left.coded >> (row * 4) & 15 == 0 {
            let predicted = predicted[row * 64..row * 64 + 64].chunks_exact(16);
            for (line, from) in predicted.enumerate() {
                plane.row_mut::<16>(place[0], place[1] + row * 4 + line).copy_from_slice(from);
            }
            continue;
        }
        for column in (0..4).filter(|column| left.coded >> (row * 4 + column) & 1 == 0) {
            quantised.iter_mut().for_each(|levels| levels[column] = 0);
        }
        let coefficients = quantiser.four_coefficients(quantised);
        let words = kernels::restored(&luma_words(predicted, row), &coefficients);
        put_luma(plane, [place[0], place[1] + row * 4], &words);
    }
    left
}

/// Writes four blocks that stand beside each other.
#[inline]
fn put_luma(plane: &mut Plane, [x, y]: [usize; 2], words: &Words) {
    for (line, words) in words.iter().enumerate() {
        let out = plane.row_mut::<16>(x, y + line);
        for (out, word) in out.chunks_exact_mut(4).zip(words) {
            out.copy_from_slice(&word.to_le_bytes());
        }
    }
}

/// Writes the four blocks of a macroblock's chroma.
#[inline]
fn put_chroma(plane: &mut Plane, [x, y]: [usize; 2], words: &Words) {
    for line in 0..8 {
        let out = plane.row_mut::<8>(x, y + line);
        for (half, out) in out.chunks_exact_mut(4).enumerate() {
            out.copy_from_slice(&words[line % 4][line / 4 * 2 + half].to_le_bytes());
        }
    }
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
    let mut quantised = [[[0; 4]; 16]; 4];
    for (row, quantised) in quantised.iter_mut().enumerate() {
        let block = kernels::differences(&luma_words(source, row), &luma_words(predicted, row));
        let mut block = kernels::forward(&block);
        means[row * 4..row * 4 + 4].copy_from_slice(&std::mem::take(&mut block[0]));
        let (these, any) = quantiser.four(&block);
        *quantised = these;
        for column in (0..4).filter(|column| any[*column] != 0) {
            ordered(quantised, column, &mut levels.luma[number(row, column)]);
            left.coded |= 1 << (row * 4 + column);
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
    for (row, quantised) in quantised.iter().enumerate() {
        let mut coefficients = quantiser.four_coefficients(quantised);
        coefficients[0].copy_from_slice(&means[row * 4..row * 4 + 4]);
        let words = kernels::restored(&luma_words(predicted, row), &coefficients);
        put_luma(plane, [place[0], place[1] + row * 4], &words);
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
    let mut pattern = 0;
    for (plane, out) in planes.iter_mut().enumerate() {
        let (source, predicted) = (&source.chroma[plane], &predicted.chroma[plane]);
        let words = chroma_words(predicted);
        let mut block = kernels::forward(&kernels::differences(&chroma_words(source), &words));
        let means = std::mem::take(&mut block[0]);
        let (mut quantised, any) = quantiser.four(&block);
        let (mut flags, mut worthy) = (0, 0);
        let levels_of = &mut levels.chroma[plane];
        for number in (0..4).filter(|number| any[*number] != 0) {
            ordered(&quantised, number, &mut levels_of[number]);
            flags |= 1 << (CHROMA + (plane * 4 + number) as u32);
            worthy += worth(&levels_of[number][1..]);
        }
        let has_rest = flags != 0 && (intra || worthy >= 9);
        if has_rest {
            left.coded |= flags;
            pattern = 2;
        } else if flags != 0 {
            quantised = [[0; 4]; 16];
        }
        let mean_levels = hadamard_2x2(means).map(|mean| quantiser.mean_level(mean));
        levels.chroma_means[plane] = mean_levels.map(|level| level as i16);
        let has_means = mean_levels != [0; 4];
        if has_means {
            left.coded |= 1 << (CHROMA_MEAN + plane as u32);
            pattern = pattern.max(1);
        }
        if !has_means && !has_rest {
            put_chroma(out, place, &words);
            continue;
        }
        let mut coefficients = quantiser.four_coefficients(&quantised);
        coefficients[0] = quantiser.chroma_means(mean_levels);
        put_chroma(out, place, &kernels::restored(&words, &coefficients));
    }
    left.pattern = pattern << 4;
    left
}
