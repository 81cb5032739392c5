//! Two channels of samples, and the few things done to every sound.

/// Samples a second everywhere in this crate.
pub const RATE: u32 = 48_000;

/// Two channels of equal length, full scale is ±1.
#[derive(Debug, Clone, PartialEq)]
pub struct Stereo {
    /// Left channel.
    pub left: Vec<f32>,
    /// Right channel.
    pub right: Vec<f32>,
}

impl Stereo {
    /// Silence of so many samples.
    pub fn silence(samples: usize) -> Self {
        Self { left: vec![0.0; samples], right: vec![0.0; samples] }
    }

    /// Samples of each channel.
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Has no samples.
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Highest absolute sample.
    pub fn peak(&self) -> f32 {
        self.left.iter().chain(&self.right).fold(0.0, |peak, s| peak.max(s.abs()))
    }

    /// Applies a gain to both channels.
    pub fn scale(&mut self, gain: f32) {
        self.left.iter_mut().chain(&mut self.right).for_each(|s| *s *= gain);
    }

    /// Adds another sound from sample `at` on; what goes beyond the end is dropped.
    /// `pan` from -1 to 1 lowers the far channel (balance, as the sounds are stereo).
    pub fn add(&mut self, other: &Stereo, at: usize, gain: f32, pan: f32) {
        let (left, right) = (gain * (1.0 - pan.max(0.0)), gain * (1.0 + pan.min(0.0)));
        for (to, from, gain) in [(&mut self.left, &other.left, left), (&mut self.right, &other.right, right)]
        {
            for (t, f) in to.iter_mut().skip(at).zip(from) {
                *t += f * gain;
            }
        }
    }

    /// Both channels, sample by sample.
    pub fn interleaved(&self) -> Vec<f32> {
        self.left.iter().zip(&self.right).flat_map(|(l, r)| [*l, *r]).collect()
    }
}

/// Gain of decibels.
pub fn gain(decibels: f64) -> f32 {
    10f64.powf(decibels / 20.0) as f32
}
