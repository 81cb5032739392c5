//! Players, effects and room together: the whole film's sound before finishing.

use std::sync::Arc;

use rustysynth::SoundFont;

use crate::effects;
use crate::notation::pitch;
use crate::performance::{perform, samples, section_starts};
use crate::reverb;
use crate::sheet::{Effect, Sheet};
use crate::stereo::{RATE, Stereo, gain};
use crate::synth;

/// The sum of all, exactly as long as the film.
pub fn mix(sheet: &Sheet, font: &Arc<SoundFont>) -> anyhow::Result<Stereo> {
    let starts = section_starts(sheet);
    let length = starts[starts.len() - 1];
    let (mut dry, mut send) = (Stereo::silence(length), Stereo::silence(length));
    for (name, performance) in perform(sheet)? {
        let instrument = &sheet.instruments[name];
        let sound = synth::render(font, instrument, &performance, length)?;
        let level = gain(instrument.level);
        dry.add(&sound, 0, level, instrument.pan as f32);
        send.add(&sound, 0, level * instrument.reverb as f32, instrument.pan as f32);
    }
    for (index, effect) in sheet.effects.iter().enumerate() {
        place(sheet, effect, index, &starts, &mut dry, &mut send);
    }
    dry.add(&reverb::room(&send, sheet.master.reverb), 0, 1.0, 0.0);
    // Some samples of the font lie off the middle; below 18 Hz nothing is heard.
    for channel in [&mut dry.left, &mut dry.right] {
        let mut middle = effects::Low::new(18.0);
        channel.iter_mut().for_each(|s| *s -= middle.next(*s));
    }
    Ok(dry)
}

fn place(
    sheet: &Sheet,
    effect: &Effect,
    index: usize,
    starts: &[usize],
    dry: &mut Stereo,
    send: &mut Stereo,
) {
    let Some(section) = sheet.sections.iter().position(|s| s.shot == effect.shot) else { return };
    for (turn, beat) in effect.beats.iter().enumerate() {
        let key =
            effect.notes.get(turn % effect.notes.len().max(1)).and_then(|note| pitch(note)).unwrap_or(69);
        let hertz = 440.0 * 2f32.powf((f32::from(key) - 69.0) / 12.0);
        let seed = sheet.seed ^ ((index as u64) << 32) ^ turn as u64;
        let sound = effects::render(effect.kind, hertz, samples(effect.length, sheet.tempo), seed);
        let at = starts[section] + samples(*beat, sheet.tempo);
        // Repeated ones wander a little from side to side.
        let pan = (effect.pan + 0.25 * [0.0, 1.0, -1.0][turn % 3]).clamp(-1.0, 1.0) as f32;
        dry.add(&sound, at, gain(effect.level), pan);
        send.add(&sound, at, gain(effect.level) * effect.reverb as f32, pan);
    }
}

/// Fades both ends along a quarter of a cosine, squared: soft into silence.
pub fn fade(sound: &mut Stereo, fade_in: f64, fade_out: f64) {
    let length = sound.len();
    for channel in [&mut sound.left, &mut sound.right] {
        for (seconds, from_end) in [(fade_in, false), (fade_out, true)] {
            let n = ((seconds * f64::from(RATE)) as usize).min(length);
            for i in 0..n {
                let rise = (std::f32::consts::FRAC_PI_2 * i as f32 / n as f32).sin().powi(2);
                channel[if from_end { length - 1 - i } else { i }] *= rise;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fades_begin_and_end_in_silence() {
        let mut sound = Stereo { left: vec![1.0; 48_000], right: vec![1.0; 48_000] };
        fade(&mut sound, 0.1, 0.5);
        assert_eq!((sound.left[0], sound.left[47_999]), (0.0, 0.0));
        assert_eq!(sound.left[10_000], 1.0);
        assert!((sound.right[36_000] - 0.5).abs() < 0.01);
    }
}
