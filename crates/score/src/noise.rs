//! A small seeded generator, so that a track sounds the same each time it is made.

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// A generator that always gives the same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number from -1 to 1, evenly spread.
    pub fn sample(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_bounded_and_repeatable() {
        let (mut a, mut b) = (Noise::new(3), Noise::new(3));
        let mut sum = 0.0;
        for _ in 0..10_000 {
            let x = a.sample();
            assert_eq!(x, b.sample());
            assert!((-1.0..=1.0).contains(&x));
            sum += x;
        }
        assert!(sum.abs() / 10_000.0 < 0.02);
    }
}
