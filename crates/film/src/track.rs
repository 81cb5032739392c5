//! Values that change over a shot: keys with easing between them.

/// How a value goes from the key before to its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ease {
    Linear,
    In,
    Out,
    InOut,
    Back,
    Bounce,
    Hold,
}

impl Ease {
    pub const NAMES: [&'static str; 7] = ["linear", "in", "out", "in-out", "back", "bounce", "hold"];

    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "linear" => Self::Linear,
            "in" => Self::In,
            "out" => Self::Out,
            "in-out" => Self::InOut,
            "back" => Self::Back,
            "bounce" => Self::Bounce,
            "hold" => Self::Hold,
            _ => return None,
        })
    }

    /// Cubic curves; `back` and `bounce` are R. Penner's equations in their common form.
    fn at(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::In => t * t * t,
            Self::Out => 1.0 - (1.0 - t) * (1.0 - t) * (1.0 - t),
            Self::InOut if t < 0.5 => 4.0 * t * t * t,
            Self::InOut => 1.0 - 4.0 * (1.0 - t) * (1.0 - t) * (1.0 - t),
            Self::Back => {
                let u = t - 1.0;
                1.0 + 2.70158 * u * u * u + 1.70158 * u * u
            }
            Self::Bounce => bounce(t),
            Self::Hold => 0.0,
        }
    }
}

fn bounce(t: f64) -> f64 {
    const N: f64 = 7.5625;
    const D: f64 = 2.75;
    let (shift, base) = if t < 1.0 / D {
        (0.0, 0.0)
    } else if t < 2.0 / D {
        (1.5 / D, 0.75)
    } else if t < 2.5 / D {
        (2.25 / D, 0.9375)
    } else {
        (2.625 / D, 0.984_375)
    };
    N * (t - shift) * (t - shift) + base
}

/// A value at a second of the shot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Key {
    pub at: f64,
    pub value: f64,
    pub ease: Ease,
    /// Where it stands in its file, for messages.
    pub line: usize,
}

/// A value over the time of a shot: before the first key and after the last it stays as it is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Track {
    keys: Vec<Key>,
}

impl Track {
    pub fn fixed(value: f64) -> Self {
        Self { keys: vec![Key { at: 0.0, value, ease: Ease::Linear, line: 0 }] }
    }

    /// Keys in the order of time, at least one.
    pub fn new(keys: Vec<Key>) -> Self {
        debug_assert!(!keys.is_empty());
        Self { keys }
    }

    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub fn is_fixed(&self) -> bool {
        self.keys.iter().all(|k| k.value == self.keys[0].value)
    }

    /// The value at a second.
    pub fn at(&self, second: f64) -> f64 {
        let next = self.keys.partition_point(|k| k.at <= second);
        if next == 0 {
            return self.keys[0].value;
        }
        let from = &self.keys[next - 1];
        let Some(to) = self.keys.get(next) else { return from.value };
        let t = (second - from.at) / (to.at - from.at);
        from.value + (to.value - from.value) * to.ease.at(t)
    }

    /// Smallest and largest value of the keys (an overshoot may pass them a little).
    pub fn bounds(&self) -> (f64, f64) {
        self.keys
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), k| (low.min(k.value), high.max(k.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(keys: &[(f64, f64, Ease)]) -> Track {
        Track::new(keys.iter().map(|&(at, value, ease)| Key { at, value, ease, line: 0 }).collect())
    }

    #[test]
    fn every_easing_starts_and_ends_on_its_keys() {
        for name in Ease::NAMES {
            let ease = Ease::from_name(name).unwrap();
            let t = track(&[(1.0, 10.0, Ease::Linear), (3.0, 20.0, ease)]);
            assert_eq!(t.at(0.0), 10.0, "{name}");
            assert!((t.at(1.0) - 10.0).abs() < 1e-9, "{name}");
            assert_eq!(t.at(3.0), 20.0, "{name}");
            assert_eq!(t.at(9.0), 20.0, "{name}");
        }
    }

    #[test]
    fn back_overshoots_and_hold_waits() {
        let back = track(&[(0.0, 0.0, Ease::Linear), (1.0, 1.0, Ease::Back)]);
        assert!((0..100).any(|i| back.at(f64::from(i) / 100.0) > 1.05));
        let hold = track(&[(0.0, 0.0, Ease::Linear), (1.0, 1.0, Ease::Hold)]);
        assert_eq!(hold.at(0.99), 0.0);
        assert_eq!(hold.at(1.0), 1.0);
    }

    #[test]
    fn two_keys_at_one_second_jump() {
        let t = track(&[(0.0, 0.0, Ease::Linear), (1.0, 1.0, Ease::Linear), (1.0, 5.0, Ease::Linear)]);
        assert!(t.at(0.999) < 1.0);
        assert_eq!(t.at(1.0), 5.0);
    }
}
