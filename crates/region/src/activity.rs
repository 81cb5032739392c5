//! Adaptive quantisation, how much goes on in a macroblock: likeness is lost sooner where it is little.

/// The constant of structural similarity, beside twice the variance.
const CONSTANT: f32 = 58.5;

/// The logarithm to two of a macroblock's spread, of which its evenest quarters say most.
pub(crate) fn activity(luma: &[u8; 256]) -> f32 {
    let weight: f32 = [0, 8, 128, 136].iter().map(|first| 1.0 / spread(&luma[*first..])).sum();
    -(weight / 4.0).log2()
}

/// Twice the variance of a square of 8 in rows of 16, and the constant.
fn spread(luma: &[u8]) -> f32 {
    let (mut sum, mut squares) = (0, 0);
    for row in luma.chunks(16).take(8) {
        for value in row[..8].iter().map(|value| i16::from(*value)) {
            sum += i32::from(value);
            squares += i32::from(value) * i32::from(value);
        }
    }
    2.0 * (squares as f32 / 64.0 - (sum as f32 / 64.0).powi(2)).max(0.0) + CONSTANT
}
