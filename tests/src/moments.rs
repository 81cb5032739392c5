//! When something is killed: moments that look like chance and repeat from run to run.

use std::ops::Range;
use std::time::Duration;

/// Moments from a seed.
pub struct Moments(u64);

impl Moments {
    /// Those of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another one, which is not 0.
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    /// A moment within a span, to the microsecond.
    pub fn within(&mut self, span: Range<Duration>) -> Duration {
        let micros = span.end.saturating_sub(span.start).as_micros().max(1) as u64;
        span.start + Duration::from_micros(self.next(micros))
    }
}
