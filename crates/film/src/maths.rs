//! Arithmetic that gives the same bits on every machine: the standard library's sine may differ
//! between platforms, and frames must not.

use vello_cpu::kurbo::{Affine, Point, Vec2};

/// Sine and cosine of an angle in turns (1 is a full circle), by the Taylor series after reduction to
/// an eighth of a circle; the error is below 1e-9.
pub(crate) fn sin_cos_turns(turns: f64) -> (f64, f64) {
    let turns = turns - turns.floor();
    let quarter = (turns * 4.0 + 0.5).floor();
    let x = (turns - quarter / 4.0) * std::f64::consts::TAU;
    let x2 = x * x;
    let sin =
        x * (1.0 - x2 / 6.0 * (1.0 - x2 / 20.0 * (1.0 - x2 / 42.0 * (1.0 - x2 / 72.0 * (1.0 - x2 / 110.0)))));
    let cos = 1.0 - x2 / 2.0 * (1.0 - x2 / 12.0 * (1.0 - x2 / 30.0 * (1.0 - x2 / 56.0 * (1.0 - x2 / 90.0))));
    match quarter as i64 % 4 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// A wave between -1 and 1 with a period in seconds; the phase is in turns.
pub(crate) fn wave(second: f64, period: f64, phase: f64) -> f64 {
    sin_cos_turns(second / period + phase).0
}

/// Turning (degrees, clockwise on the screen) and scaling about a point, then moving.
pub(crate) fn pose(pivot: Point, degrees: f64, scale: [f64; 2], by: Vec2) -> Affine {
    let (sin, cos) = if degrees == 0.0 { (0.0, 1.0) } else { sin_cos_turns(degrees / 360.0) };
    let [sx, sy] = scale;
    let (a, b, c, d) = (cos * sx, sin * sx, -sin * sy, cos * sy);
    Affine::new([
        a,
        b,
        c,
        d,
        pivot.x + by.x - a * pivot.x - c * pivot.y,
        pivot.y + by.y - b * pivot.x - d * pivot.y,
    ])
}

/// Exact division by a number up to 25,600, of numbers below 2^27 and of less than 2^20 times as much: by multiplying.
#[derive(Clone, Copy)]
pub(crate) struct Divisor {
    half: u32,
    factor: u64,
}

impl Divisor {
    pub fn new(by: usize) -> Self {
        Self { half: by as u32 / 2, factor: (1_u64 << 44).div_ceil(by as u64) }
    }

    /// Rounded down.
    pub fn of(self, number: u32) -> u32 {
        ((u64::from(number) * self.factor) >> 44) as u32
    }

    /// To the nearest.
    pub fn rounded(self, number: u32) -> u32 {
        self.of(number + self.half)
    }
}

/// Repeatable numbers from a seed (SplitMix64, S. Vigna).
pub(crate) struct Dice(u64);

impl Dice {
    pub fn new(seed: u32, stream: u32) -> Self {
        Self((u64::from(seed) << 32) ^ u64::from(stream).wrapping_mul(0x9E37_79B9))
    }

    /// Evenly spread in 0..1.
    pub fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly spread between two values.
    pub fn between(&mut self, [low, high]: [f64; 2]) -> f64 {
        low + (high - low) * self.roll()
    }
}

/// The largest factor by which a transform stretches.
pub(crate) fn stretch(transform: Affine) -> f64 {
    let [a, b, c, d, _, _] = transform.as_coeffs();
    (a * a + b * b).sqrt().max((c * c + d * d).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplying_divides_exactly() {
        for by in (1..400).step_by(2) {
            let divisor = Divisor::new(by);
            for sum in (0..=255 * by).step_by(1 + by / 7) {
                assert_eq!(divisor.rounded(sum as u32) as usize, (sum + by / 2) / by, "{sum} by {by}");
            }
        }
    }

    #[test]
    fn sine_agrees_with_the_standard_library() {
        for i in -400..400 {
            let turns = f64::from(i) / 97.0;
            let (sin, cos) = sin_cos_turns(turns);
            let (s, c) = (turns * std::f64::consts::TAU).sin_cos();
            assert!((sin - s).abs() < 1e-8 && (cos - c).abs() < 1e-8, "{turns}");
        }
    }

    #[test]
    fn a_pose_leaves_its_pivot_where_it_is() {
        let pivot = Point::new(30.0, 40.0);
        let moved = pose(pivot, 37.0, [2.0, 0.5], Vec2::ZERO) * pivot;
        assert!(moved.distance(pivot) < 1e-9);
        let turned = pose(Point::ORIGIN, 90.0, [1.0, 1.0], Vec2::ZERO) * Point::new(1.0, 0.0);
        assert!(turned.distance(Point::new(0.0, 1.0)) < 1e-8);
    }
}
