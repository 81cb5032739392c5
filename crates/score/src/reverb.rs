//! A gentle room: eight delay lines that feed each other (feedback delay network
//! with a Hadamard matrix, after Jot 1991), highs dying sooner than lows.

use crate::effects::Low;
use crate::stereo::{RATE, Stereo};

/// Lengths of the lines in samples at 48 kHz; primes, so that echoes do not fall together.
const LINES: [usize; 8] = [1423, 1777, 2137, 2539, 2903, 3301, 3727, 4201];
/// Samples before the room answers: 18 ms.
const PRE_DELAY: usize = 864;

/// The answer of the room alone, as long as the sound that is sent into it.
/// `seconds`: time to fall by 60 dB.
pub fn room(send: &Stereo, seconds: f64) -> Stereo {
    let mut lines: Vec<Vec<f32>> = LINES.iter().map(|n| vec![0.0; *n]).collect();
    let mut places = [0usize; 8];
    let mut damping: Vec<Low> = LINES.iter().map(|_| Low::new(5200.0)).collect();
    let decay = LINES.map(|n| 10f64.powf(-3.0 * n as f64 / (seconds * f64::from(RATE))) as f32);
    // No rumble in the room.
    let mut bottom = [Low::new(160.0), Low::new(160.0)];
    let mut wet = Stereo::silence(send.len());
    for i in 0..send.len() {
        let dry = |channel: &[f32]| i.checked_sub(PRE_DELAY).map_or(0.0, |j| channel[j]);
        let (left, right) = (dry(&send.left), dry(&send.right));
        let input = [left - bottom[0].next(left), right - bottom[1].next(right)];
        let mut out = [0.0f32; 8];
        for n in 0..8 {
            out[n] = damping[n].next(lines[n][places[n]]) * decay[n];
        }
        wet.left[i] = 0.5 * (out[0] + out[2] - out[4] + out[6]);
        wet.right[i] = 0.5 * (out[1] + out[3] - out[5] + out[7]);
        let mixed = hadamard(out);
        for n in 0..8 {
            lines[n][places[n]] = mixed[n] + input[n % 2] * if n < 4 { 0.5 } else { -0.5 };
            places[n] = (places[n] + 1) % LINES[n];
        }
    }
    wet
}

/// Mixes eight values without loss or gain of energy.
fn hadamard(mut v: [f32; 8]) -> [f32; 8] {
    for half in [1, 2, 4] {
        for i in 0..8 {
            if i & half == 0 {
                (v[i], v[i + half]) = (v[i] + v[i + half], v[i] - v[i + half]);
            }
        }
    }
    v.map(|x| x * 0.353_553_4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_by_sixty_decibels_in_its_time() {
        let mut click = Stereo::silence(4 * RATE as usize);
        click.left[0] = 1.0;
        click.right[0] = 1.0;
        let wet = room(&click, 2.0);
        let energy = |from: f32| -> f32 {
            let from = (from * RATE as f32) as usize;
            wet.left[from..from + 9600].iter().map(|s| s * s).sum()
        };
        let fall = 10.0 * (energy(0.3) / energy(1.3)).log10();
        // 30 dB a second by the lines, somewhat more by the damping of the highs.
        assert!((29.0..55.0).contains(&fall), "{fall} dB a second");
        assert!(wet.left.iter().all(|s| s.is_finite()));
    }
}
