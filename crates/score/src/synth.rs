//! Plays a performance on a preset of the sound font. Dry: room and level are the mix's.

use std::collections::HashMap;
use std::sync::Arc;

use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};

use crate::performance::{Note, Performance};
use crate::sheet::Instrument;
use crate::stereo::{RATE, Stereo};

/// Samples between two looks at the events: 1.3 ms.
const BLOCK: usize = 64;
/// Semitones of the full pitch bend, for glides.
const BEND: f64 = 24.0;

/// Renders what an instrument plays; `samples` long.
pub fn render(
    font: &Arc<SoundFont>,
    instrument: &Instrument,
    performance: &Performance,
    samples: usize,
) -> anyhow::Result<Stereo> {
    anyhow::ensure!(
        font.get_presets()
            .iter()
            .any(|p| { p.get_bank_number() == 0 && p.get_patch_number() == i32::from(instrument.program) }),
        "the sound font has no program {} (see crates/score/fonts)",
        instrument.program
    );
    let mut settings = SynthesizerSettings::new(RATE as i32);
    settings.block_size = BLOCK;
    settings.maximum_polyphony = 128;
    settings.enable_reverb_and_chorus = false;
    let mut synth = Synthesizer::new(font, &settings)?;
    synth.process_midi_message(0, 0xc0, i32::from(instrument.program), 0);
    for (controller, value) in [(0x65, 0), (0x64, 0), (0x06, BEND as i32), (0x26, 0), (0x07, 127)] {
        synth.process_midi_message(0, 0xb0, controller, value);
    }

    let blocks = samples.div_ceil(BLOCK);
    let mut sound = Stereo::silence(blocks * BLOCK);
    let mut notes = performance.notes.iter().peekable();
    let mut held: Vec<&Note> = Vec::new();
    let mut latest: HashMap<u8, *const Note> = HashMap::new();
    let mut gliding: Option<&Note> = None;
    for block in 0..blocks {
        let now = block * BLOCK;
        held.retain(|note| {
            let over = note.end <= now;
            // A key struck again belongs to the later note.
            if over && latest.get(&note.key) == Some(&std::ptr::from_ref(*note)) {
                synth.note_off(0, i32::from(note.key));
            }
            !over
        });
        while let Some(note) = notes.next_if(|note| note.start < now + BLOCK) {
            synth.note_off(0, i32::from(note.key));
            synth.note_on(0, i32::from(note.key), i32::from(note.velocity));
            latest.insert(note.key, std::ptr::from_ref(note));
            held.push(note);
            gliding = Some(note);
        }
        if instrument.swell.is_some() {
            let expression = (performance.level(now) / 127.0 * 16_383.0).round() as i32;
            synth.process_midi_message(0, 0xb0, 0x0b, expression >> 7);
            synth.process_midi_message(0, 0xb0, 0x2b, expression & 127);
        }
        // A glide stays where it arrived until the next note, as the last one still fades.
        let bend = gliding.and_then(|note| {
            let way = now.saturating_sub(note.start) as f64 / (note.end - note.start) as f64;
            note.glide.map(|to| (f64::from(to) - f64::from(note.key)) * smooth(way))
        });
        let bend = (8192.0 + bend.unwrap_or(0.0) / BEND * 8192.0).round().clamp(0.0, 16_383.0) as i32;
        synth.process_midi_message(0, 0xe0, bend & 127, bend >> 7);
        let at = now..now + BLOCK;
        synth.render(&mut sound.left[at.clone()], &mut sound.right[at]);
    }
    sound.left.truncate(samples);
    sound.right.truncate(samples);
    Ok(sound)
}

/// Slow, fast, slow from 0 to 1.
fn smooth(way: f64) -> f64 {
    let way = way.clamp(0.0, 1.0);
    way * way * (3.0 - 2.0 * way)
}
