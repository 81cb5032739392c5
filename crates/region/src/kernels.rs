//! The arithmetic that most time goes into, over four blocks of 4x4 at once: each array of four holds the same place of
//! four blocks, so that a compiler makes vector instructions of it. Only numbers; what they mean is not known here.

/// One number of each of four blocks.
pub(crate) type Lanes = [i32; 4];

/// Sixteen coefficients or differences, row by row, of four blocks.
pub(crate) type Four = [Lanes; 16];

/// The four rows of four blocks: four samples of a row are one word, the leftmost lowest.
pub(crate) type Words = [[u32; 4]; 4];

#[inline(always)]
fn lanes(of: impl Fn(usize) -> i32) -> Lanes {
    [of(0), of(1), of(2), of(3)]
}

#[inline(always)]
fn plus(a: Lanes, b: Lanes) -> Lanes {
    lanes(|lane| a[lane] + b[lane])
}

#[inline(always)]
fn minus(a: Lanes, b: Lanes) -> Lanes {
    lanes(|lane| a[lane] - b[lane])
}

#[inline(always)]
fn half(a: Lanes) -> Lanes {
    lanes(|lane| a[lane] >> 1)
}

#[inline]
fn word(samples: &[u8]) -> u32 {
    u32::from_le_bytes(samples.try_into().expect("four samples"))
}

/// Four blocks beside each other of a macroblock's luma, in the row of blocks given.
#[inline]
pub(crate) fn luma_words(luma: &[u8; 256], row: usize) -> Words {
    let rows: &[u8; 64] = luma[row * 64..row * 64 + 64].try_into().expect("four rows");
    std::array::from_fn(|line| std::array::from_fn(|block| word(&rows[line * 16 + block * 4..][..4])))
}

/// All four blocks of one of a macroblock's chromas.
#[inline]
pub(crate) fn chroma_words(chroma: &[u8; 64]) -> Words {
    std::array::from_fn(|line| {
        std::array::from_fn(|block| word(&chroma[(block / 2 * 4 + line) * 8 + block % 2 * 4..][..4]))
    })
}

/// What is left of samples after a prediction.
#[inline]
pub(crate) fn differences(source: &Words, predicted: &Words) -> Four {
    let mut out = [[0; 4]; 16];
    for (line, out) in out.chunks_exact_mut(4).enumerate() {
        for (at, out) in out.iter_mut().enumerate() {
            let sample = |words: &Words, lane: usize| (words[line][lane] >> (8 * at) & 255) as i32;
            *out = lanes(|lane| sample(source, lane) - sample(predicted, lane));
        }
    }
    out
}

/// One pass of the forward transform.
#[inline(always)]
fn forward_pass([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
    let (s03, s12, d03, d12) = (plus(a, d), plus(b, c), minus(a, d), minus(b, c));
    [plus(s03, s12), plus(plus(d03, d03), d12), minus(s03, s12), minus(d03, plus(d12, d12))]
}

/// The transform of differences.
#[inline]
pub(crate) fn forward(d: &Four) -> Four {
    let mut out = *d;
    for row in 0..4 {
        let done = forward_pass([out[row * 4], out[row * 4 + 1], out[row * 4 + 2], out[row * 4 + 3]]);
        out[row * 4..row * 4 + 4].copy_from_slice(&done);
    }
    for x in 0..4 {
        let done = forward_pass([out[x], out[4 + x], out[8 + x], out[12 + x]]);
        (0..4).for_each(|y| out[y * 4 + x] = done[y]);
    }
    out
}

/// One pass of the reverse transform.
#[inline(always)]
fn backward_pass([a, b, c, d]: [Lanes; 4]) -> [Lanes; 4] {
    let (e0, e1, e2, e3) = (plus(a, c), minus(a, c), minus(half(b), d), plus(b, half(d)));
    [plus(e0, e3), plus(e1, e2), minus(e1, e2), minus(e0, e3)]
}

/// The samples that a prediction and coefficients make up (8.5.12.2 of Rec. ITU-T H.264).
#[inline]
pub(crate) fn restored(predicted: &Words, c: &Four) -> Words {
    let mut own = *c;
    for row in 0..4 {
        let done = backward_pass([own[row * 4], own[row * 4 + 1], own[row * 4 + 2], own[row * 4 + 3]]);
        own[row * 4..row * 4 + 4].copy_from_slice(&done);
    }
    let mut out = [[0; 4]; 4];
    for at in 0..4 {
        let done = backward_pass([own[at], own[4 + at], own[8 + at], own[12 + at]]);
        for (out, (predicted, add)) in out.iter_mut().zip(predicted.iter().zip(done)) {
            for lane in 0..4 {
                let value = (predicted[lane] >> (8 * at) & 255) as i32 + ((add[lane] + 32) >> 6);
                // Held between 0 and 255 by the signs of what is beyond.
                let value = value & !(value >> 31);
                let value = (value | (255 - value) >> 31) & 255;
                out[lane] |= (value as u32) << (8 * at);
            }
        }
    }
    out
}

#[inline(always)]
fn row<const W: usize>(data: &[u8], at: usize) -> &[u8; W] {
    data[at..at + W].try_into().expect("a range of W")
}

/// Sum of the absolute differences of two rows.
#[inline(always)]
fn row_difference<const W: usize>(one: &[u8; W], other: &[u8; W]) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}

#[inline(always)]
fn four_rows<const W: usize>(rows: [(&[u8; W], &[u8; W]); 4]) -> u32 {
    let [(a, b), (c, d), (e, f), (g, h)] = rows;
    row_difference(a, b) + row_difference(c, d) + row_difference(e, f) + row_difference(g, h)
}

/// Apart from what makes the other rows: together they would not become the instructions meant for each.
#[inline(never)]
fn held_difference<const W: usize>(part: &[u8], held: &[[u8; W]; 4]) -> u32 {
    let part = &part[..48 + W];
    let line = |line: usize| (row::<W>(part, line * 16), &held[line]);
    four_rows([line(0), line(1), line(2), line(3)])
}

/// The means of the samples of two rows, rounded up.
#[inline(always)]
pub(crate) fn means<const W: usize>(one: &[u8; W], two: &[u8; W]) -> [u8; W] {
    let mut out = [0; W];
    if W == 16 {
        (0..W).for_each(|x| out[x] = mean(one[x], two[x]));
        return out;
    }
    // Eight samples in one number; the lowest bit of each is kept from being shifted into its neighbour.
    let numbers = one.chunks_exact(8).zip(two.chunks_exact(8));
    for (out, (one, two)) in out.chunks_exact_mut(8).zip(numbers) {
        let [one, two] = [one, two].map(|of| u64::from_le_bytes(of.try_into().expect("eight samples")));
        let mean = (one | two) - ((one ^ two) >> 1 & 0x7f7f_7f7f_7f7f_7f7f);
        out.copy_from_slice(&mean.to_le_bytes());
    }
    out
}

/// The mean of two samples, rounded up.
#[inline(always)]
pub(crate) fn mean(one: u8, other: u8) -> u8 {
    ((u16::from(one) + u16::from(other) + 1) >> 1) as u8
}

/// Sum of the absolute differences of a part `W` wide (16 or 8) in rows of 16 and of one whose rows are so far apart.
/// Once some rows bring the sum to `most`, the others are not looked at.
#[inline]
pub(crate) fn difference<const W: usize>(
    part: &[u8],
    height: usize,
    data: &[u8],
    apart: usize,
    most: u32,
) -> u32 {
    let mut sum = 0;
    for four in 0..height / 4 {
        let part = &part[four * 64..][..48 + W];
        let data = &data[four * 4 * apart..][..3 * apart + W];
        let line = |line: usize| (row::<W>(part, line * 16), row::<W>(data, line * apart));
        sum += four_rows([line(0), line(1), line(2), line(3)]);
        if sum >= most {
            break;
        }
    }
    sum
}

/// The same for a part and what lies in the middle between two others.
#[inline]
pub(crate) fn difference_between<const W: usize>(
    part: &[u8],
    height: usize,
    [one, two]: [&[u8]; 2],
    apart: usize,
    most: u32,
) -> u32 {
    let mut sum = 0;
    for four in 0..height / 4 {
        let part = &part[four * 64..][..48 + W];
        let one = &one[four * 4 * apart..][..3 * apart + W];
        let two = &two[four * 4 * apart..][..3 * apart + W];
        let mut held = [[0; W]; 4];
        for (line, held) in held.iter_mut().enumerate() {
            *held = means(row(one, line * apart), row(two, line * apart));
        }
        sum += held_difference(part, &held);
        if sum >= most {
            break;
        }
    }
    sum
}

/// The filter of six samples around the middle of `c` and `d`, without its scale (8.4.2.2.1 of Rec. ITU-T H.264).
#[inline(always)]
fn six(a: i16, b: i16, c: i16, d: i16, e: i16, f: i16) -> i16 {
    (a + f) - 5 * (b + e) + 20 * (c + d)
}

/// What lies half a sample to the right, down, and both, of a block of luma.
pub(crate) struct Halves {
    pub right: [[u8; 16]; 16],
    pub down: [[u8; 16]; 16],
    pub middle: [[u8; 16]; 16],
}

/// Works them out; the samples begin two to the left of the block and two above, with rows so far apart.
pub(crate) fn halves(data: &[u8], apart: usize, out: &mut Halves) {
    let mut sums = [[0i16; 16]; 21];
    for (line, sums) in sums.iter_mut().enumerate() {
        let from: &[u8; 21] = row(data, line * apart);
        for x in 0..16 {
            let s = |i: usize| i16::from(from[x + i]);
            sums[x] = six(s(0), s(1), s(2), s(3), s(4), s(5));
        }
    }
    for (line, out) in out.right.iter_mut().enumerate() {
        let sums = &sums[line + 2];
        (0..16).for_each(|x| out[x] = ((sums[x] + 16) >> 5).clamp(0, 255) as u8);
    }
    for (line, out) in out.down.iter_mut().enumerate() {
        let rows: [&[u8; 16]; 6] = std::array::from_fn(|i| row(data, (line + i) * apart + 2));
        for x in 0..16 {
            let s = |i: usize| i16::from(rows[i][x]);
            out[x] = ((six(s(0), s(1), s(2), s(3), s(4), s(5)) + 16) >> 5).clamp(0, 255) as u8;
        }
    }
    for (line, out) in out.middle.iter_mut().enumerate() {
        for x in 0..16 {
            let s = |i: usize| sums[line + i][x];
            let (a, b, c) = (s(0) + s(5), s(1) + s(4), s(2) + s(3));
            // A sixteenth of the sum, which needs no more than 16 bits on the way; where it is cut off it is far above
            // the largest sample.
            let part = ((((a - b) >> 2) - b).saturating_add(c) >> 2) + c;
            out[x] = ((part + 32) >> 6).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_the_largest_contrasts_are_those_of_long_numbers() {
        let mut seed = 3u32;
        for round in 0..400 {
            let data: [u8; 21 * 21] = std::array::from_fn(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if round % 2 == 0 { if seed >> 31 == 1 { 255 } else { 0 } } else { (seed >> 24) as u8 }
            });
            let mut out = Halves { right: [[0; 16]; 16], down: [[0; 16]; 16], middle: [[0; 16]; 16] };
            halves(&data, 21, &mut out);
            let long = |s: [i32; 6]| s[0] + s[5] - 5 * (s[1] + s[4]) + 20 * (s[2] + s[3]);
            let across = |x: usize, y: usize| long(std::array::from_fn(|i| i32::from(data[y * 21 + x + i])));
            for (x, y) in (0..256).map(|at| (at % 16, at / 16)) {
                let middle = (long(std::array::from_fn(|i| across(x, y + i))) + 512) >> 10;
                assert_eq!(i32::from(out.middle[y][x]), middle.clamp(0, 255));
                assert_eq!(i32::from(out.right[y][x]), ((across(x, y + 2) + 16) >> 5).clamp(0, 255));
                let down = long(std::array::from_fn(|i| i32::from(data[(y + i) * 21 + x + 2])));
                assert_eq!(i32::from(out.down[y][x]), ((down + 16) >> 5).clamp(0, 255));
            }
        }
    }
}
