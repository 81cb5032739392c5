//! From written beats to played samples: tempo, rubato, loudness curves and the
//! small unevenness of hands. Knows no sound font and makes no sound.

use std::collections::BTreeMap;

use crate::noise::Noise;
use crate::notation::{self, Mark};
use crate::sheet::{Section, Sheet, SheetError};
use crate::stereo::RATE;

/// A note to be played.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// First sample.
    pub start: usize,
    /// Sample at which it is let go.
    pub end: usize,
    /// MIDI key.
    pub key: u8,
    /// Key it glides to until its end.
    pub glide: Option<u8>,
    /// Touch, 1 to 127.
    pub velocity: u8,
}

/// What one instrument plays in the whole film.
#[derive(Debug, Default)]
pub struct Performance {
    /// Notes in the order of their starts.
    pub notes: Vec<Note>,
    /// Loudness as pairs of sample and velocity, straight between them.
    pub curve: Vec<(usize, f64)>,
}

impl Performance {
    /// Loudness at a sample, as a velocity.
    pub fn level(&self, at: usize) -> f64 {
        let next = self.curve.partition_point(|(sample, _)| *sample <= at);
        match (next.checked_sub(1).map(|i| self.curve[i]), self.curve.get(next).copied()) {
            (None, None) => DEFAULT_LEVEL,
            (None, Some((_, level))) | (Some((_, level)), None) => level,
            (Some((a, from)), Some((b, to))) => from + (to - from) * (at - a) as f64 / (b - a) as f64,
        }
    }
}

/// Loudness before the first mark.
const DEFAULT_LEVEL: f64 = 68.0;
/// Seconds between the notes of a rolled chord.
const ROLL: f64 = 0.055;
/// Seconds by which hands are early or late at most.
const UNEVEN: f32 = 0.007;

/// Where each section begins, in samples; the last entry is the length of the whole.
pub fn section_starts(sheet: &Sheet) -> Vec<usize> {
    let mut beat = 0.0;
    let mut starts = vec![0];
    for section in &sheet.sections {
        beat += section.beats();
        starts.push(samples(beat, sheet.tempo));
    }
    starts
}

/// Samples of so many beats.
pub fn samples(beats: f64, tempo: f64) -> usize {
    (beats * 60.0 / tempo * f64::from(RATE)).round() as usize
}

/// Played beat of a written beat inside a section.
fn played(section: &Section, written: f64) -> f64 {
    for pair in section.rubato.windows(2) {
        let ([w0, p0], [w1, p1]) = (pair[0], pair[1]);
        if written <= w1 {
            return p0 + (p1 - p0) * (written - w0) / (w1 - w0);
        }
    }
    match section.rubato.last() {
        Some(last) => last[1] + written - last[0],
        None => written,
    }
}

/// All parts of a score by the instrument's name.
pub fn perform(sheet: &Sheet) -> Result<BTreeMap<&str, Performance>, SheetError> {
    let mut all = BTreeMap::new();
    for (index, (name, instrument)) in sheet.instruments.iter().enumerate() {
        let mut hands = Noise::new(sheet.seed ^ (index as u64 + 1).wrapping_mul(0x5851_f42d_4c95_7f2d));
        let mut performance = Performance::default();
        let mut marks = Vec::new();
        let mut first_beat = 0.0;
        let mut pending = Vec::new();
        for section in &sheet.sections {
            if let Some(text) = section.parts.get(name) {
                let line = notation::parse(text, &section.bars).map_err(|cause| SheetError::Notation {
                    shot: section.shot.clone(),
                    part: name.clone(),
                    cause,
                })?;
                let place = |written: f64| first_beat + played(section, written);
                marks.extend(line.marks.iter().map(|m| Mark { at: place(m.at), level: m.level }));
                for note in line.notes {
                    let sounding = if note.short { note.beats * 0.5 } else { note.beats };
                    pending.push((place(note.at), place(note.at + sounding), note));
                }
            }
            first_beat += section.beats();
        }
        performance.curve = curve(&marks, sheet.tempo);
        for (from, until, note) in pending {
            let late = f64::from(hands.sample() * UNEVEN) + f64::from(note.roll) * ROLL - instrument.ahead;
            let seconds = |beats: f64| beats * 60.0 / sheet.tempo;
            let sample = |seconds: f64| (seconds.max(0.0) * f64::from(RATE)).round() as usize;
            let start = sample(seconds(from) + late);
            let level = performance.level(samples(from, sheet.tempo));
            let touch = match instrument.swell {
                Some(touch) => f64::from(touch),
                None => level + if note.accent { 14.0 } else { 0.0 } + f64::from(hands.sample() * 3.0),
            };
            let ring = if note.short { 0.0 } else { instrument.ring };
            performance.notes.push(Note {
                start,
                end: sample(seconds(until + ring) - instrument.ahead * 0.5).max(start + 480),
                key: note.key,
                glide: note.glide,
                velocity: touch.round().clamp(1.0, 127.0) as u8,
            });
        }
        performance.notes.sort_by_key(|note| note.start);
        all.insert(name.as_str(), performance);
    }
    Ok(all)
}

/// Loudness marks as a curve: steps where a mark stands, slopes where a hairpin does.
fn curve(marks: &[Mark], tempo: f64) -> Vec<(usize, f64)> {
    let mut curve: Vec<(usize, f64)> = Vec::new();
    let (mut now, mut sloping) = (DEFAULT_LEVEL, false);
    for mark in marks {
        let at = samples(mark.at, tempo);
        // What was reached here belongs to the sample before.
        if mark.level.is_some() && !sloping {
            curve.retain(|(sample, _)| *sample < at);
            if at > 0 {
                curve.push((at - 1, now));
            }
        }
        now = mark.level.unwrap_or(now);
        sloping = mark.level.is_none();
        if curve.last().is_none_or(|(sample, _)| *sample < at) {
            curve.push((at, now));
        }
    }
    curve
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn sheet(sections: &str) -> Sheet {
        let text = format!("tempo = 75\n[instruments.harp]\nprogram = 46\n{sections}");
        Sheet::parse(&text, Path::new("score.toml")).unwrap()
    }

    #[test]
    fn sections_begin_on_their_beats_to_the_sample() {
        let sheet = sheet("[[section]]\nshot='a'\nbars=[3,3]\n[[section]]\nshot='b'\nbars=[3,2]\n");
        assert_eq!(section_starts(&sheet), [0, 230_400, 422_400]);
    }

    #[test]
    fn notes_stand_on_their_beats_within_the_unevenness() {
        let sheet = sheet(
            "[[section]]\nshot='a'\nbars=[3]\n[[section]]\nshot='b'\nbars=[3]\nparts.harp=\"c4:1 d4:2\"\n",
        );
        let harp = &perform(&sheet).unwrap()["harp"];
        let slack = (UNEVEN * RATE as f32) as i64 + 1;
        for (note, beat) in harp.notes.iter().zip([3.0, 4.0]) {
            assert!((note.start as i64 - samples(beat, 75.0) as i64).abs() <= slack);
        }
        assert_eq!(perform(&sheet).unwrap()["harp"].notes, harp.notes, "the hands are the same each time");
    }

    #[test]
    fn rubato_moves_notes_but_not_the_length() {
        let sheet = sheet(
            "[[section]]\nshot='a'\nbars=[3]\nrubato=[[0,0],[1,1],[3,4]]\nparts.harp=\"c4:1 d4:1 e4:1\"\n",
        );
        let harp = &perform(&sheet).unwrap()["harp"];
        let third = harp.notes[2].start as f64 / f64::from(RATE) / 0.8;
        assert!((third - 2.5).abs() < 0.02, "{third}");
        assert_eq!(section_starts(&sheet), [0, samples(4.0, 75.0)]);
    }

    #[test]
    fn loudness_steps_and_slopes() {
        let sheet = sheet("[[section]]\nshot='a'\nbars=[4]\nparts.harp=\"p c4:1 < c4:2 f c4:1\"\n");
        let harp = &perform(&sheet).unwrap()["harp"];
        let at = |beat: f64| harp.level(samples(beat, 75.0));
        assert_eq!(at(0.5), 55.0);
        assert!((at(2.0) - 76.5).abs() < 0.5);
        assert_eq!(at(3.5), 98.0);
    }

    #[test]
    fn a_section_may_begin_at_another_loudness_than_the_last_one_ended() {
        let sheet = sheet(
            "[[section]]\nshot='a'\nbars=[2]\nparts.harp=\"p < c4:2 f\"\n[[section]]\nshot='b'\nbars=[2]\nparts.harp=\"pp < c4:2 f\"\n",
        );
        let harp = &perform(&sheet).unwrap()["harp"];
        assert!((harp.level(samples(2.0, 75.0) - 1) - 98.0).abs() < 0.01);
        assert_eq!(harp.level(samples(2.0, 75.0)), 44.0);
        assert!((harp.level(samples(3.0, 75.0)) - 71.0).abs() < 0.1);
        assert!(harp.curve.is_sorted_by(|a, b| a.0 < b.0));
    }
}
