//! The finishing: the fader's slow ride, loudness and peaks (EBU R 128 / ITU-R BS.1770).

use ebur128::{EbuR128, Mode};

use crate::effects::Low;
use crate::stereo::{RATE, Stereo, gain};

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Samples of each channel.
    pub samples: usize,
    /// Integrated loudness, LUFS.
    pub loudness: f64,
    /// Loudness range, LU.
    pub range: f64,
    /// True peak, dBTP.
    pub peak: f64,
}

/// Measures a sound.
pub fn measure(sound: &Stereo) -> anyhow::Result<Measures> {
    let mut meter = EbuR128::new(2, RATE, Mode::I | Mode::LRA | Mode::TRUE_PEAK)?;
    meter.add_frames_planar_f32(&[&sound.left, &sound.right])?;
    Ok(Measures {
        samples: sound.len(),
        loudness: meter.loudness_global()?,
        range: meter.loudness_range()?,
        peak: 20.0 * meter.true_peak(0)?.max(meter.true_peak(1)?).log10(),
    })
}

/// A slow hand on the fader: takes the part `ride` (0 to 1) of the loudness differences
/// away, so that the quiet shots are heard from a telephone at a bedside and the climax
/// wakes nobody. It sees one and a half seconds to either side and does not lift what is
/// more than 16 dB below the mean (fades, the last breath of the room).
pub fn ride(sound: &mut Stereo, ride: f64) {
    const HOP: usize = 4800;
    const REACH: usize = 15;
    const FLOOR: f64 = 16.0;
    // The ear minds the lows less.
    let mut bottom = [Low::new(150.0), Low::new(150.0)];
    let power: Vec<f64> = (0..sound.len())
        .map(|i| {
            let [left, right] =
                [(sound.left[i], 0), (sound.right[i], 1)].map(|(s, n)| f64::from(s - bottom[n].next(s)));
            left * left + right * right
        })
        .collect();
    let hops: Vec<f64> = power.chunks(HOP).map(|hop| hop.iter().sum::<f64>() / hop.len() as f64).collect();
    let mean = hops.iter().sum::<f64>() / hops.len().max(1) as f64;
    let faders: Vec<f64> = (0..hops.len())
        .map(|i| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (j, hop) in hops.iter().enumerate().take(i + REACH + 1).skip(i.saturating_sub(REACH)) {
                let weight = 1.0 + (std::f64::consts::PI * i.abs_diff(j) as f64 / (REACH + 1) as f64).cos();
                sum += weight * hop;
                weights += weight;
            }
            let difference = 10.0 * (sum / weights / mean.max(1e-12)).max(1e-12).log10();
            f64::from(gain(-ride * difference.max(-FLOOR)))
        })
        .collect();
    for i in 0..sound.len() {
        // Each fader position stands for the middle of its hop.
        let place = (i as f64 / HOP as f64 - 0.5).clamp(0.0, (faders.len() - 1) as f64);
        let (at, part) = (place as usize, place.fract());
        let level = faders[at] + (faders[(at + 1).min(faders.len() - 1)] - faders[at]) * part;
        sound.left[i] *= level as f32;
        sound.right[i] *= level as f32;
    }
}

/// Brings a sound to a loudness (LUFS) with true peaks not above `peak` (dBTP).
pub fn finish(sound: &mut Stereo, loudness: f64, peak: f64) -> anyhow::Result<Measures> {
    // Limiting takes a little loudness away, which the next round gives back.
    let untouched = sound.clone();
    let mut lift = loudness - measure(sound)?.loudness;
    anyhow::ensure!(lift.is_finite(), "the mix is silent");
    let mut ceiling = peak;
    for _ in 0..6 {
        sound.clone_from(&untouched);
        sound.scale(gain(lift));
        limit(sound, gain(ceiling));
        let found = measure(sound)?;
        if (found.loudness - loudness).abs() < 0.05 && found.peak <= peak {
            break;
        }
        lift += loudness - found.loudness;
        // Between the samples a wave may go higher than at them.
        ceiling -= (found.peak - peak).max(0.0);
    }
    measure(sound)
}

/// A limiter that sees 5 ms ahead and lets go within about 120 ms.
fn limit(sound: &mut Stereo, ceiling: f32) {
    const AHEAD: usize = 240;
    let length = sound.len();
    let wanted: Vec<f32> = sound
        .left
        .iter()
        .zip(&sound.right)
        .map(|(l, r)| (ceiling / l.abs().max(r.abs()).max(1e-9)).min(1.0))
        .collect();
    if wanted.iter().all(|g| *g >= 1.0) {
        return;
    }
    // The least gain wanted within the next AHEAD samples, then released slowly.
    let mut lowest = std::collections::VecDeque::new();
    let mut held = Vec::with_capacity(length);
    for i in 0..length + AHEAD {
        if let Some(&gain) = wanted.get(i) {
            while lowest.back().is_some_and(|(_, g)| *g >= gain) {
                lowest.pop_back();
            }
            lowest.push_back((i, gain));
        }
        if let Some(at) = i.checked_sub(AHEAD) {
            while lowest.front().is_some_and(|(j, _)| *j < at) {
                lowest.pop_front();
            }
            held.push(lowest.front().map_or(1.0, |(_, g)| *g));
        }
    }
    let mut now = 1.0f32;
    for gain in &mut held {
        now = if *gain < now { *gain } else { now + (*gain - now) * 1.75e-4 };
        *gain = now;
    }
    // The mean over the last AHEAD samples reaches each low exactly in time, without a corner.
    let mut sum = AHEAD as f64;
    for i in 0..length {
        sum += f64::from(held[i]) - i.checked_sub(AHEAD).map_or(1.0, |j| f64::from(held[j]));
        let gain = (sum / AHEAD as f64) as f32;
        sound.left[i] *= gain;
        sound.right[i] *= gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone with a loud stroke in it.
    fn sound() -> Stereo {
        let tone: Vec<f32> = (0..RATE as usize * 5)
            .map(|i| {
                let stroke = if (100_000..101_000).contains(&i) { 8.0 } else { 1.0 };
                stroke * 0.1 * (i as f32 * 0.0577).sin()
            })
            .collect();
        Stereo { left: tone.clone(), right: tone }
    }

    #[test]
    fn reaches_the_loudness_below_the_peak() {
        let mut sound = sound();
        let measures = finish(&mut sound, -16.0, -1.5).unwrap();
        assert!((measures.loudness + 16.0).abs() < 0.1, "{measures:?}");
        assert!(measures.peak <= -1.5 + 0.02, "{measures:?}");
    }

    #[test]
    fn the_limiter_keeps_the_ceiling_and_leaves_the_rest() {
        let mut limited = sound();
        limit(&mut limited, 0.5);
        assert!(limited.peak() <= 0.5 + 1e-4, "{}", limited.peak());
        assert_eq!(limited.left[..90_000], sound().left[..90_000]);
    }

    #[test]
    fn the_ride_halves_the_differences() {
        let tone: Vec<f32> = (0..RATE as usize * 20)
            .map(|i| (if i < RATE as usize * 10 { 0.04 } else { 0.2 }) * (i as f32 * 0.0577).sin())
            .collect();
        let mut sound = Stereo { left: tone.clone(), right: tone };
        ride(&mut sound, 0.5);
        let peak = |from: usize| sound.left[from..from + 9600].iter().fold(0.0f32, |p, s| p.max(s.abs()));
        let difference = 20.0 * (peak(RATE as usize * 15) / peak(RATE as usize * 5)).log10();
        assert!((difference - 7.0).abs() < 0.3, "{difference} dB of 14");
    }

    #[test]
    fn silence_is_refused() {
        assert!(finish(&mut Stereo::silence(RATE as usize * 2), -16.0, -1.0).is_err());
    }
}
