//! How far blocks are from each other.

/// Sum of the squares of differences.
pub(crate) fn squares(one: &[u8], other: &[u8]) -> u32 {
    one.iter()
        .zip(other)
        .map(|(a, b)| {
            let by = i16::from(*a) - i16::from(*b);
            (i32::from(by) * i32::from(by)) as u32
        })
        .sum()
}

/// Differences of the even and of the odd samples of sixteen.
#[inline]
fn pairs(one: &[u8; 16], other: &[u8; 16]) -> [[i16; 8]; 2] {
    let mut both = [[0; 8]; 2];
    for at in 0..8 {
        let [one, other] = [one, other].map(|row| u16::from_le_bytes([row[2 * at], row[2 * at + 1]]));
        both[0][at] = (one & 255) as i16 - (other & 255) as i16;
        both[1][at] = (one >> 8) as i16 - (other >> 8) as i16;
    }
    both
}

/// Half the sum of the transformed differences of four blocks of 4x4: four rows, each with four samples of each.
#[inline]
fn four(one: [&[u8; 16]; 4], other: [&[u8; 16]; 4]) -> u32 {
    // First even with odd columns, then the rows; of the last step only the larger of sum and difference counts.
    let mut t = [[0i16; 8]; 8];
    for row in 0..4 {
        let [even, odd] = pairs(one[row], other[row]);
        for at in 0..8 {
            t[row][at] = even[at] + odd[at];
            t[4 + row][at] = even[at] - odd[at];
        }
    }
    let mut values = [[0i16; 8]; 8];
    for (half, values) in t.chunks_exact(4).zip(values.chunks_exact_mut(4)) {
        for at in 0..8 {
            let [a, b, c, d] = [half[0][at], half[1][at], half[2][at], half[3][at]];
            let (p, q, r, s) = (a + b, a - b, c + d, c - d);
            values[0][at] = (p + r).abs();
            values[1][at] = (p - r).abs();
            values[2][at] = (q + s).abs();
            values[3][at] = (q - s).abs();
        }
    }
    let mut sums = [0u32; 4];
    for value in &values {
        for (at, sum) in sums.iter_mut().enumerate() {
            let pair = [value[2 * at] as u16, value[2 * at + 1] as u16];
            *sum += u32::from(pair[0].max(pair[1]));
        }
    }
    sums.iter().sum()
}

/// Half the sum of the differences of a part `W` wide (16 or 8), transformed by 4x4; both have rows of 16.
pub(crate) fn satd<const W: usize>(one: &[u8], other: &[u8], height: usize) -> u32 {
    let mut sum = 0;
    if W == 16 {
        for (one, other) in one.chunks_exact(64).zip(other.chunks_exact(64)).take(height / 4) {
            let rows = |of: &'_ [u8]| -> [[u8; 16]; 4] {
                std::array::from_fn(|row| of[row * 16..row * 16 + 16].try_into().expect("a row"))
            };
            let (one, other) = (rows(one), rows(other));
            sum += four(one.each_ref(), other.each_ref());
        }
        return sum;
    }
    for line in (0..height).step_by(8) {
        // Blocks below stand beside those above.
        let rows = |of: &[u8]| -> [[u8; 16]; 4] {
            std::array::from_fn(|row| {
                let mut held = [0; 16];
                let at = (line + row) * 16;
                held[..8].copy_from_slice(&of[at..at + 8]);
                held[8..].copy_from_slice(&of[at + 64..at + 72]);
                held
            })
        };
        let (one, other) = (rows(one), rows(other));
        sum += four(one.each_ref(), other.each_ref());
    }
    sum
}

/// The same of one block of 4x4 whose rows follow each other.
pub(crate) fn satd_4x4(one: &[u8; 16], other: &[u8; 16]) -> u32 {
    let mut rows = [[0i16; 4]; 4];
    for (row, (one, other)) in rows.iter_mut().zip(one.chunks_exact(4).zip(other.chunks_exact(4))) {
        for (out, (one, other)) in row.iter_mut().zip(one.iter().zip(other)) {
            *out = i16::from(*one) - i16::from(*other);
        }
    }
    let mut t = [[0i16; 4]; 4];
    for x in 0..4 {
        let [a, b, c, d] = [rows[0][x], rows[1][x], rows[2][x], rows[3][x]];
        let (p, q, r, s) = (a + b, a - b, c + d, c - d);
        t[0][x] = p + r;
        t[1][x] = p - r;
        t[2][x] = q + s;
        t[3][x] = q - s;
    }
    t.iter()
        .map(|[a, b, c, d]| {
            let (p, q, r, s) = (a + b, a - b, c + d, c - d);
            (p.abs().max(r.abs()) + q.abs().max(s.abs())) as u32
        })
        .sum()
}

/// A block of 4x4 of a macroblock's luma, by its column and row.
pub(crate) fn take_4x4(luma: &[u8; 256], x: usize, y: usize) -> [u8; 16] {
    let mut block = [0; 16];
    for (line, out) in block.chunks_exact_mut(4).enumerate() {
        out.copy_from_slice(&luma[(y * 4 + line) * 16 + x * 4..][..4]);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_sum_of_their_blocks() {
        let mut seed = 7u32;
        let mut some = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        let (one, other): ([u8; 256], [u8; 256]) =
            (std::array::from_fn(|_| some()), std::array::from_fn(|_| some()));
        let block = |of: &[u8; 256], number: usize| -> [u8; 16] {
            std::array::from_fn(|at| of[(number / 4 * 4 + at / 4) * 16 + number % 4 * 4 + at % 4])
        };
        let costs: Vec<u32> =
            (0..16).map(|number| satd_4x4(&block(&one, number), &block(&other, number))).collect();
        assert_eq!(satd::<16>(&one, &other, 16), costs.iter().sum());
        let left = costs.iter().enumerate().filter(|(at, _)| at % 4 < 2).map(|(_, cost)| cost).sum();
        assert_eq!(satd::<8>(&one, &other, 16), left);
        assert_eq!(squares(&[3, 200], &[5, 0]), 40_004);
    }
}
