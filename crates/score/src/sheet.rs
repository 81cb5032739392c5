//! The score file: `score/score.toml` as types, and whether it fits the film.
//! Knows the file's rules and the film's shot lengths; knows nothing of sound.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::effects::Kind;
use crate::notation::NotationError;

/// A whole score.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// Beats a minute.
    pub tempo: f64,
    /// Seed of the small unevenness of a player's hands.
    #[serde(default)]
    pub seed: u64,
    /// How the whole is finished.
    #[serde(default)]
    pub master: Master,
    /// The players by name.
    pub instruments: BTreeMap<String, Instrument>,
    /// One section a shot, in the order of the film.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
    /// Sounds that are no music.
    #[serde(rename = "effect", default)]
    pub effects: Vec<Effect>,
}

/// How the whole is finished.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Master {
    /// Integrated loudness, LUFS.
    pub loudness: f64,
    /// Highest true peak before encoding, dBTP.
    pub peak: f64,
    /// Part of the loudness differences that the fader takes away, 0 to 1.
    pub ride: f64,
    /// Time in which the reverb falls by 60 dB, seconds.
    pub reverb: f64,
    /// Fade at the start, seconds.
    pub fade_in: f64,
    /// Fade at the end, seconds.
    pub fade_out: f64,
    /// Bits a second of the encoded track.
    pub bitrate: u32,
}

impl Default for Master {
    fn default() -> Self {
        Self {
            loudness: -16.0,
            peak: -1.5,
            ride: 0.0,
            reverb: 1.9,
            fade_in: 0.05,
            fade_out: 1.5,
            bitrate: 160_000,
        }
    }
}

/// A player.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// General MIDI program, counted from 0.
    pub program: u8,
    /// Level in the mix, dB.
    #[serde(default)]
    pub level: f64,
    /// Place from -1 (left) to 1 (right).
    #[serde(default)]
    pub pan: f64,
    /// Part sent to the reverb, 0 to 1.
    #[serde(default = "default_reverb")]
    pub reverb: f64,
    /// Beats that a note rings on after its written end (harp, celesta).
    #[serde(default)]
    pub ring: f64,
    /// For sustained instruments: every note has this touch (velocity), and the
    /// loudness marks move the expression, so that a held note can swell.
    pub swell: Option<u8>,
    /// Seconds that notes are begun earlier, for instruments that speak slowly.
    #[serde(default)]
    pub ahead: f64,
}

fn default_reverb() -> f64 {
    0.25
}

/// The music of a shot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Name of the shot.
    pub shot: String,
    /// Beats of each written bar.
    pub bars: Vec<f64>,
    /// Pairs of written beat and played beat, for slowing down; straight between them.
    /// The last pair's second number is the length of the section.
    #[serde(default)]
    pub rubato: Vec<[f64; 2]>,
    /// What each instrument plays; who is not named is silent.
    #[serde(default)]
    pub parts: BTreeMap<String, String>,
}

impl Section {
    /// Beats as written.
    pub fn written(&self) -> f64 {
        self.bars.iter().sum()
    }

    /// Beats as played.
    pub fn beats(&self) -> f64 {
        self.rubato.last().map_or_else(|| self.written(), |last| last[1])
    }
}

/// A sound that is no music, at one or more places of a shot.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Which sound.
    pub kind: Kind,
    /// The shot in which it is heard.
    pub shot: String,
    /// Played beats from the start of the shot.
    pub beats: Vec<f64>,
    /// Pitches, taken in turn, for those kinds that have one.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Length in beats.
    pub length: f64,
    /// Peak in the mix, dB.
    pub level: f64,
    /// Place from -1 to 1.
    #[serde(default)]
    pub pan: f64,
    /// Part sent to the reverb.
    #[serde(default = "default_reverb")]
    pub reverb: f64,
}

/// What is wrong with a score.
#[derive(Debug, Error)]
pub enum SheetError {
    /// A file is missing or unreadable.
    #[error("{path} cannot be read: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A file is not the TOML that it should be.
    #[error("{path} is not right: {cause}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// Line and reason.
        cause: Box<toml::de::Error>,
    },
    /// A line of music is wrong.
    #[error("shot {shot}, {part}: {cause}")]
    Notation {
        /// The section.
        shot: String,
        /// The instrument.
        part: String,
        /// What is wrong.
        cause: NotationError,
    },
    /// Anything else that does not hold together.
    #[error("{0}")]
    Inconsistent(String),
}

impl Sheet {
    /// Reads a score from its text; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SheetError> {
        let sheet: Sheet = toml::from_str(text)
            .map_err(|cause| SheetError::Toml { path: path.to_owned(), cause: Box::new(cause) })?;
        sheet.check()?;
        Ok(sheet)
    }

    /// Reads the score of a film folder and checks it against the film's shots.
    pub fn of_film(folder: &Path) -> Result<Self, SheetError> {
        let path = folder.join("score/score.toml");
        let sheet = Self::parse(&read(&path)?, &path)?;
        if folder.join("film.toml").exists() {
            sheet.check_film(&shot_lengths(folder)?)?;
        }
        Ok(sheet)
    }

    /// Seconds of the whole.
    pub fn seconds(&self) -> f64 {
        self.sections.iter().map(Section::beats).sum::<f64>() * 60.0 / self.tempo
    }

    fn check(&self) -> Result<(), SheetError> {
        let wrong = |text: String| Err(SheetError::Inconsistent(text));
        if !(20.0..=300.0).contains(&self.tempo) {
            return wrong(format!("the tempo of {} beats a minute is not between 20 and 300", self.tempo));
        }
        for section in &self.sections {
            let shot = &section.shot;
            if let Some(name) = section.parts.keys().find(|name| !self.instruments.contains_key(*name)) {
                return wrong(format!("shot {shot}: there is no instrument named {name}"));
            }
            let rising = section.rubato.windows(2).all(|p| p[0][0] < p[1][0] && p[0][1] < p[1][1]);
            let ends = match (section.rubato.first(), section.rubato.last()) {
                (Some(first), Some(last)) => {
                    section.rubato.len() > 1
                        && *first == [0.0, 0.0]
                        && (last[0] - section.written()).abs() < 1e-6
                }
                _ => true,
            };
            if !rising || !ends {
                return wrong(format!(
                    "shot {shot}: the rubato must rise from [0, 0] to its last written beat ({})",
                    section.written()
                ));
            }
        }
        for effect in &self.effects {
            if !self.sections.iter().any(|section| section.shot == effect.shot) {
                return wrong(format!("an effect names the shot {}, which has no section", effect.shot));
            }
            if let Some(note) = effect.notes.iter().find(|note| crate::notation::pitch(note).is_none()) {
                return wrong(format!("shot {}: the effect's note \"{note}\" is not a pitch", effect.shot));
            }
        }
        Ok(())
    }

    fn check_film(&self, shots: &[(String, f64)]) -> Result<(), SheetError> {
        let wrong = |text: String| Err(SheetError::Inconsistent(text));
        if shots.len() != self.sections.len() {
            return wrong(format!(
                "the film has {} shots, the score {} sections",
                shots.len(),
                self.sections.len()
            ));
        }
        for ((shot, seconds), section) in shots.iter().zip(&self.sections) {
            let played = section.beats() * 60.0 / self.tempo;
            if *shot != section.shot {
                return wrong(format!(
                    "the score has a section {} where the film has the shot {shot}",
                    section.shot
                ));
            }
            if (played - seconds).abs() > 1e-3 {
                return wrong(format!("shot {shot} lasts {seconds} s, its music {played} s"));
            }
        }
        Ok(())
    }
}

/// The shots of a film and their seconds, in order.
fn shot_lengths(folder: &Path) -> Result<Vec<(String, f64)>, SheetError> {
    #[derive(Deserialize)]
    struct Film {
        shots: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Shot {
        seconds: f64,
    }
    let film: Film = read_toml(&folder.join("film.toml"))?;
    film.shots
        .into_iter()
        .map(|id| {
            let shot: Shot = read_toml(&folder.join(format!("shots/{id}.toml")))?;
            Ok((id, shot.seconds))
        })
        .collect()
}

fn read(path: &Path) -> Result<String, SheetError> {
    std::fs::read_to_string(path).map_err(|cause| SheetError::File { path: path.to_owned(), cause })
}

fn read_toml<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, SheetError> {
    toml::from_str(&read(path)?)
        .map_err(|cause| SheetError::Toml { path: path.to_owned(), cause: Box::new(cause) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        tempo = 75
        [instruments.harp]
        program = 46
        [[section]]
        shot = "01"
        bars = [3, 3]
        parts.harp = "c4:3 | d4:3"
        [[section]]
        shot = "02"
        bars = [3]
        rubato = [[0, 0], [1, 1], [3, 4]]
    "#;

    fn small() -> Sheet {
        Sheet::parse(SMALL, Path::new("score.toml")).unwrap()
    }

    #[test]
    fn the_length_counts_played_beats() {
        assert!((small().seconds() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_film_of_other_lengths_is_refused() {
        let shot = |id: &str, seconds| (id.to_owned(), seconds);
        assert!(small().check_film(&[shot("01", 4.8), shot("02", 3.2)]).is_ok());
        assert!(small().check_film(&[shot("01", 4.8), shot("02", 3.4)]).is_err());
        assert!(small().check_film(&[shot("01", 4.8), shot("03", 3.2)]).is_err());
        assert!(small().check_film(&[shot("01", 4.8)]).is_err());
    }

    #[test]
    fn unknown_players_and_backward_rubato_are_refused() {
        for (from, to) in
            [("parts.harp", "parts.lute"), ("[1, 1]", "[1, 5]"), ("[3, 4]", "[2, 4]"), ("75", "0")]
        {
            let text = SMALL.replace(from, to);
            assert!(Sheet::parse(&text, Path::new("score.toml")).is_err(), "{to}");
        }
    }
}
