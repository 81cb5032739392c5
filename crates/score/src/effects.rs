//! Sounds that are no music, each made from a few oscillators, filters and noise.
//! The same kind, pitch, length and seed always give the same samples. Peak is 1.

use std::f32::consts::{PI, TAU};

use serde::Deserialize;

use crate::noise::Noise;
use crate::stereo::{RATE, Stereo};

/// The sounds there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A water drop: a bubble that rings and rises. Has a pitch.
    Drop,
    /// A wooden gate: stick and slip of the hinge.
    Creak,
    /// Wind that comes and goes.
    Wind,
    /// A soft rush of air, as of a sheet moved quickly.
    Whoosh,
    /// Paper rustling.
    Rustle,
    /// A sleeper's breath: in, a pause, and out with a flutter.
    Breath,
    /// A small flame going out.
    Puff,
}

/// Makes a sound of so many samples; `pitch` in Hz counts only for those that have one.
pub fn render(kind: Kind, pitch: f32, samples: usize, seed: u64) -> Stereo {
    let mut sound = match kind {
        Kind::Drop => drop(pitch, samples),
        Kind::Creak => creak(samples, seed),
        Kind::Wind => wind(samples, seed),
        Kind::Whoosh => whoosh(samples, seed),
        Kind::Rustle => rustle(samples, seed),
        Kind::Breath => breath(samples, seed),
        Kind::Puff => puff(samples, seed),
    };
    let peak = sound.peak();
    if peak > 0.0 {
        sound.scale(1.0 / peak);
    }
    // Two milliseconds at either end, so that no sound begins or ends with a click.
    let edge = (RATE as usize / 500).min(samples / 2);
    for i in 0..edge {
        let gain = i as f32 / edge as f32;
        for channel in [&mut sound.left, &mut sound.right] {
            channel[i] *= gain;
            channel[samples - 1 - i] *= gain;
        }
    }
    sound
}

fn seconds(sample: usize) -> f32 {
    sample as f32 / RATE as f32
}

fn both(channel: Vec<f32>) -> Stereo {
    Stereo { right: channel.clone(), left: channel }
}

/// Two independent channels of the same kind of noise.
fn wide(samples: usize, seed: u64, mut make: impl FnMut(Noise) -> Vec<f32>) -> Stereo {
    let sound = Stereo { left: make(Noise::new(seed)), right: make(Noise::new(seed ^ 0xa5a5_5a5a_1234)) };
    debug_assert_eq!(sound.len(), samples);
    sound
}

/// A bubble in water rings at its own pitch, which rises as it nears the surface
/// (van den Doel 2005, "Physically based models for liquid sounds"); a second,
/// smaller one follows.
fn drop(pitch: f32, samples: usize) -> Stereo {
    let mut channel = vec![0.0; samples];
    for (delay, ratio, amount, decay) in [(0.0, 1.0, 1.0, 11.0), (0.075, 1.5, 0.32, 16.0)] {
        let mut phase = 0.0f32;
        for (i, out) in channel.iter_mut().enumerate() {
            let t = seconds(i) - delay;
            if t < 0.0 {
                continue;
            }
            // The pitch slides up into the note within the first 25 ms and stays in tune.
            let rise = 1.0 - 0.45 * (-t / 0.008).exp();
            phase += pitch * ratio * rise / RATE as f32;
            let attack = 1.0 - (-t / 0.0015).exp();
            *out += amount * attack * (-decay * t).exp() * (TAU * phase).sin();
        }
    }
    both(channel)
}

/// Slips of the hinge, ever faster and then slower, ring the wood.
fn creak(samples: usize, seed: u64) -> Stereo {
    let mut noise = Noise::new(seed);
    let mut wood = [(410.0, 14.0, 1.0), (735.0, 20.0, 0.7), (1180.0, 24.0, 0.45), (1920.0, 26.0, 0.16)]
        .map(|(hertz, q, amount)| (Band::new(hertz, q), amount));
    let mut phase = 1.0f32;
    let mut channel = vec![0.0; samples];
    for (i, out) in channel.iter_mut().enumerate() {
        let way = i as f32 / samples as f32;
        // Two pulls: the gate starts, hangs, and gives way.
        let pull = (PI * (way * 2.2).fract().min(1.0)).sin();
        let rate = 26.0 + 58.0 * way + 26.0 * pull;
        phase += rate / RATE as f32 * (1.0 + 0.25 * noise.sample());
        let mut slip = 0.0;
        if phase >= 1.0 {
            phase -= 1.0;
            slip = 0.7 + 0.3 * noise.sample();
        }
        let envelope = (PI * way).sin().powf(0.6) * (0.35 + 0.65 * pull);
        *out = wood.iter_mut().map(|(band, amount)| band.next(slip * envelope) * *amount).sum();
    }
    both(channel)
}

fn wind(samples: usize, seed: u64) -> Stereo {
    wide(samples, seed, |mut noise| {
        let mut band = Band::new(400.0, 1.2);
        let mut low = Low::new(1400.0);
        let (mut gust, mut target) = (0.0f32, 0.0f32);
        (0..samples)
            .map(|i| {
                let way = i as f32 / samples as f32;
                if i % 9600 == 0 {
                    target = noise.sample();
                }
                gust += (target - gust) / 24_000.0;
                band.tune(340.0 + 420.0 * (PI * way).sin() + 160.0 * gust, 1.2);
                let envelope = (PI * way).sin().powi(2) * (1.0 + 0.4 * gust);
                low.next(band.next(noise.sample())) * envelope
            })
            .collect()
    })
}

fn whoosh(samples: usize, seed: u64) -> Stereo {
    wide(samples, seed, |mut noise| {
        let mut band = Band::new(500.0, 0.9);
        let mut low = [Low::new(2600.0), Low::new(2600.0)];
        (0..samples)
            .map(|i| {
                let way = i as f32 / samples as f32;
                let arc = (PI * way.powf(0.8)).sin();
                band.tune(320.0 + 900.0 * arc, 0.9);
                let air = low.iter_mut().fold(band.next(noise.sample()), |x, low| low.next(x));
                air * arc * arc
            })
            .collect()
    })
}

/// Many tiny folds: short bursts of high noise at uneven moments.
fn rustle(samples: usize, seed: u64) -> Stereo {
    wide(samples, seed, |mut noise| {
        let mut band = Band::new(3600.0, 0.7);
        let mut low = [Low::new(6500.0), Low::new(6500.0)];
        let mut burst = 0.0f32;
        (0..samples)
            .map(|i| {
                let way = i as f32 / samples as f32;
                let arc = (PI * way).sin();
                let density = 26.0 + 70.0 * arc;
                if noise.sample() * 0.5 + 0.5 < density / RATE as f32 {
                    burst = burst.max(0.3 + 0.7 * noise.sample().abs());
                }
                burst *= 0.9983;
                let fold = low.iter_mut().fold(band.next(noise.sample()), |x, low| low.next(x));
                fold * (burst + 0.06) * arc
            })
            .collect()
    })
}

fn breath(samples: usize, seed: u64) -> Stereo {
    let mut noise = Noise::new(seed);
    let mut throat = Band::new(420.0, 2.2);
    let mut low = Low::new(1600.0);
    let channel = (0..samples)
        .map(|i| {
            let way = i as f32 / samples as f32;
            let (envelope, hertz) = if way < 0.45 {
                let t = way / 0.45;
                ((PI * t).sin().powi(2) * 0.8, 430.0 + 200.0 * t)
            } else {
                let t = (way - 0.45) / 0.55;
                let flutter = 0.7 + 0.3 * (TAU * 19.0 * seconds(i)).sin();
                ((PI * t.powf(0.7)).sin().powi(2) * flutter, 520.0 - 260.0 * t)
            };
            throat.tune(hertz, 2.2);
            low.next(throat.next(noise.sample())) * envelope
        })
        .collect();
    both(channel)
}

fn puff(samples: usize, seed: u64) -> Stereo {
    let mut noise = Noise::new(seed);
    let mut low = [Low::new(900.0), Low::new(900.0), Low::new(1800.0)];
    let channel = (0..samples)
        .map(|i| {
            let t = seconds(i);
            low.iter_mut().fold(noise.sample(), |x, low| low.next(x))
                * (1.0 - (-t / 0.03).exp())
                * (-t / 0.1).exp()
        })
        .collect();
    both(channel)
}

/// A band-pass that may be retuned while it runs (state variable filter after
/// Simper 2013, "Solving the continuous SVF equations using trapezoidal integration").
struct Band {
    g: f32,
    k: f32,
    s1: f32,
    s2: f32,
}

impl Band {
    fn new(hertz: f32, q: f32) -> Self {
        let mut band = Self { g: 0.0, k: 0.0, s1: 0.0, s2: 0.0 };
        band.tune(hertz, q);
        band
    }

    fn tune(&mut self, hertz: f32, q: f32) {
        self.g = (PI * hertz / RATE as f32).tan();
        self.k = 1.0 / q;
    }

    fn next(&mut self, x: f32) -> f32 {
        let a = 1.0 / (1.0 + self.g * (self.g + self.k));
        let band = a * (self.s1 + self.g * (x - self.s2));
        let low = self.s2 + self.g * band;
        self.s1 = 2.0 * band - self.s1;
        self.s2 = 2.0 * low - self.s2;
        band * self.k
    }
}

/// A one-pole low-pass.
pub(crate) struct Low {
    part: f32,
    state: f32,
}

impl Low {
    pub(crate) fn new(hertz: f32) -> Self {
        Self { part: 1.0 - (-TAU * hertz / RATE as f32).exp(), state: 0.0 }
    }

    pub(crate) fn next(&mut self, x: f32) -> f32 {
        self.state += self.part * (x - self.state);
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kind; 7] =
        [Kind::Drop, Kind::Creak, Kind::Wind, Kind::Whoosh, Kind::Rustle, Kind::Breath, Kind::Puff];

    #[test]
    fn same_seed_same_samples_and_sane_ones() {
        for kind in ALL {
            let sound = render(kind, 880.0, 40_000, 5);
            assert_eq!(sound, render(kind, 880.0, 40_000, 5), "{kind:?}");
            assert_eq!(sound.len(), 40_000);
            assert!(sound.left.iter().chain(&sound.right).all(|s| s.is_finite()), "{kind:?}");
            assert!((sound.peak() - 1.0).abs() < 0.15, "{kind:?} {}", sound.peak());
            assert!(sound.left[0].abs() < 0.01 && sound.left[39_999].abs() < 0.01, "{kind:?}");
        }
    }

    #[test]
    fn noises_differ_with_the_seed() {
        for kind in [Kind::Creak, Kind::Wind, Kind::Whoosh, Kind::Rustle, Kind::Breath, Kind::Puff] {
            assert_ne!(render(kind, 1.0, 9600, 1), render(kind, 1.0, 9600, 2), "{kind:?}");
        }
    }

    #[test]
    fn a_drop_rings_at_its_pitch() {
        let sound = render(Kind::Drop, 1000.0, 24_000, 0);
        // Rising zero crossings between 30 and 70 ms, before the second bubble.
        let window = &sound.left[1440..3360];
        let crossings = window.windows(2).filter(|w| w[0] <= 0.0 && w[1] > 0.0).count();
        assert!((39..=41).contains(&crossings), "{crossings} in 40 ms");
    }
}
