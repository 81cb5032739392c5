//! The notation: one line of text is what one instrument plays in one section.
//! Knows pitches, lengths, chords and signs; knows nothing of tempo or sound.
//!
//! Tokens are separated by blanks:
//!
//! | token | meaning |
//! |---|---|
//! | `b5:1.5` | a note: letter, `#` or `b`, octave (c4 is the middle c), then its length in beats |
//! | `b5` | a note as long as the one before |
//! | `a4:1/3` | a length as a fraction |
//! | `r:2` | a rest |
//! | `[g3 b3 d4]:3` | a chord |
//! | `~[g3 b3 d4]:3` | a rolled chord, from the first note named to the last |
//! | `c5':.5` | short (half of its length sounds) |
//! | `c5!` | accent |
//! | `e3>b2:2` | glides from the first pitch to the second |
//! | `ppp pp p mp mf f ff` | loudness from here on |
//! | `<` or `>` | from here gradually to the next loudness |
//! | `\|` | bar line; bars are counted and checked |

use thiserror::Error;

/// What a part plays at a place, in written beats from the start of its section.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Notes in the order of their beginnings.
    pub notes: Vec<Written>,
    /// Loudness marks in the order of their places.
    pub marks: Vec<Mark>,
}

/// A written note. A chord is several of them at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Beats from the start of the section.
    pub at: f64,
    /// Length in beats, as written.
    pub beats: f64,
    /// MIDI key, 60 is the middle c.
    pub key: u8,
    /// The key it glides to.
    pub glide: Option<u8>,
    /// Only half of the length sounds.
    pub short: bool,
    /// Stressed.
    pub accent: bool,
    /// Place inside a rolled chord, 0 for the first or for plain chords.
    pub roll: u8,
}

/// A loudness mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Beats from the start of the section.
    pub at: f64,
    /// The loudness from here (as a MIDI velocity), or `None`: gradually to the next one.
    pub level: Option<f64>,
}

/// What is wrong with a line.
#[derive(Debug, Error, PartialEq)]
pub enum NotationError {
    /// A token that is no note, rest, chord or sign.
    #[error("\"{0}\" is not a note, rest, chord or sign")]
    Token(String),
    /// The first note of a line says no length.
    #[error("\"{0}\" needs a length (such as :1), as nothing before it has one")]
    NoLength(String),
    /// A bar whose beats do not add up.
    #[error("bar {bar} has {found} beats and should have {expected}")]
    Bar {
        /// Counted from 1.
        bar: usize,
        /// Beats written.
        found: f64,
        /// Beats of the bar.
        expected: f64,
    },
    /// Too few or too many bars.
    #[error("{found} bars are written, the section has {expected}")]
    Bars {
        /// Bars written.
        found: usize,
        /// Bars of the section.
        expected: usize,
    },
}

/// Reads a line whose bars have the given numbers of beats.
pub fn parse(text: &str, bars: &[f64]) -> Result<Line, NotationError> {
    let mut line = Line { notes: Vec::new(), marks: Vec::new() };
    let (mut at, mut bar, mut bar_start) = (0.0, 0, 0.0);
    let mut length = None;
    let close_bar = |bar: usize, found: f64| match bars.get(bar) {
        Some(&expected) if (found - expected).abs() < 1e-6 => Ok(()),
        Some(&expected) => Err(NotationError::Bar { bar: bar + 1, found, expected }),
        None => Err(NotationError::Bars { found: bar + 1, expected: bars.len() }),
    };
    for token in tokens(text) {
        let token = token.as_str();
        if token == "|" {
            close_bar(bar, at - bar_start)?;
            (bar, bar_start) = (bar + 1, at);
        } else if matches!(token, "<" | ">") {
            line.marks.push(Mark { at, level: None });
        } else if let Some(level) = loudness(token) {
            line.marks.push(Mark { at, level: Some(level) });
        } else {
            let bad = || NotationError::Token(token.to_owned());
            let (sounds, beats) = match token.rsplit_once(':') {
                Some((sounds, beats)) => (sounds, Some(number(beats).filter(|b| *b > 0.0).ok_or_else(bad)?)),
                None => (token, None),
            };
            let beats = beats.or(length).ok_or_else(|| NotationError::NoLength(token.to_owned()))?;
            length = Some(beats);
            for (index, mut note) in voices(sounds).ok_or_else(bad)?.into_iter().enumerate() {
                note.at = at;
                note.beats = beats;
                note.roll = if note.roll > 0 { index as u8 } else { 0 };
                line.notes.push(note);
            }
            at += beats;
        }
    }
    close_bar(bar, at - bar_start)?;
    if bar + 1 != bars.len() {
        return Err(NotationError::Bars { found: bar + 1, expected: bars.len() });
    }
    Ok(line)
}

/// Splits at blanks, but keeps a chord in one piece.
fn tokens(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for word in text.split_whitespace() {
        match found.last_mut() {
            Some(last) if inside => {
                last.push(' ');
                last.push_str(word);
            }
            _ => found.push(word.to_owned()),
        }
        inside = (inside || word.contains('[')) && !word.contains(']');
    }
    found
}

/// The notes of a token without its length; empty for a rest.
fn voices(sounds: &str) -> Option<Vec<Written>> {
    if sounds == "r" {
        return Some(Vec::new());
    }
    let (rolled, sounds) = match sounds.strip_prefix('~') {
        Some(rest) => (true, rest),
        None => (false, sounds),
    };
    let Some(chord) = sounds.strip_prefix('[') else {
        return if rolled { None } else { note(sounds).map(|n| vec![n]) };
    };
    let (inner, signs) = chord.split_once(']')?;
    let notes: Option<Vec<Written>> =
        inner.split_whitespace().map(|n| note(&format!("{n}{signs}"))).collect();
    notes.filter(|n| !n.is_empty()).map(|mut notes| {
        notes.iter_mut().for_each(|n| n.roll = u8::from(rolled));
        notes
    })
}

/// One note with its signs.
fn note(text: &str) -> Option<Written> {
    let signs = text.trim_end_matches(['\'', '!']);
    let short = text[signs.len()..].contains('\'');
    let accent = text[signs.len()..].contains('!');
    let (key, glide) = match signs.split_once('>') {
        Some((from, to)) => (pitch(from)?, Some(pitch(to)?)),
        None => (pitch(signs)?, None),
    };
    Some(Written { at: 0.0, beats: 0.0, key, glide, short, accent, roll: 0 })
}

/// MIDI key of a pitch such as `f#4`; c4 is 60.
pub fn pitch(text: &str) -> Option<u8> {
    let mut chars = text.chars();
    let step = match chars.next()? {
        'c' => 0,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        'b' => 11,
        _ => return None,
    };
    let rest = chars.as_str();
    let (shift, octave) = match rest.strip_prefix('#') {
        Some(octave) => (1, octave),
        None => match rest.strip_prefix('b') {
            Some(octave) => (-1, octave),
            None => (0, rest),
        },
    };
    let octave: i32 = octave.parse().ok()?;
    u8::try_from(12 * (octave + 1) + step + shift).ok().filter(|key| *key < 128)
}

/// Velocity of a loudness sign. The steps are about 4 dB apart for a synthesiser
/// whose gain grows with the square of the velocity.
fn loudness(sign: &str) -> Option<f64> {
    Some(match sign {
        "ppp" => 34.0,
        "pp" => 44.0,
        "p" => 55.0,
        "mp" => 68.0,
        "mf" => 82.0,
        "f" => 98.0,
        "ff" => 114.0,
        _ => return None,
    })
}

fn number(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((over, under)) => {
            let under: f64 = under.parse().ok()?;
            (under != 0.0).then_some(over.parse::<f64>().ok()? / under)
        }
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitches() {
        assert_eq!(pitch("c4"), Some(60));
        assert_eq!(pitch("a4"), Some(69));
        assert_eq!(pitch("f#5"), Some(78));
        assert_eq!(pitch("bb3"), Some(58));
        assert_eq!(pitch("b3"), Some(59));
        assert_eq!(pitch("h3"), None);
        assert_eq!(pitch("c11"), None);
        assert_eq!(pitch("c"), None);
    }

    #[test]
    fn a_phrase() {
        let line = parse("p d5:1 b5:1.5 a5:.5 | < g5:1 [c4 e4]:2 mf", &[3.0, 3.0]).unwrap();
        let places: Vec<(f64, f64, u8)> = line.notes.iter().map(|n| (n.at, n.beats, n.key)).collect();
        assert_eq!(
            places,
            [(0.0, 1.0, 74), (1.0, 1.5, 83), (2.5, 0.5, 81), (3.0, 1.0, 79), (4.0, 2.0, 60), (4.0, 2.0, 64)]
        );
        assert_eq!(
            line.marks,
            [
                Mark { at: 0.0, level: Some(55.0) },
                Mark { at: 3.0, level: None },
                Mark { at: 6.0, level: Some(82.0) }
            ]
        );
    }

    #[test]
    fn lengths_carry_over_and_fractions_add_up() {
        let line = parse("c4:1/3 d4 e4 r:1 r:1", &[3.0]).unwrap();
        assert_eq!(line.notes.len(), 3);
        assert!((line.notes[2].at - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn signs() {
        let line = parse("c4'!:1 e3>b2:1 ~[g3 b3 d4]':1", &[3.0]).unwrap();
        assert!(line.notes[0].short && line.notes[0].accent);
        assert_eq!((line.notes[1].key, line.notes[1].glide), (52, Some(47)));
        assert_eq!(line.notes[2..].iter().map(|n| n.roll).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(line.notes[4].short && !line.notes[4].accent);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            parse("c4:1 | d4:3", &[3.0, 3.0]),
            Err(NotationError::Bar { bar: 1, found: 1.0, expected: 3.0 })
        );
        assert_eq!(parse("c4:3", &[3.0, 3.0]), Err(NotationError::Bars { found: 1, expected: 2 }));
        assert_eq!(parse("c4:3 | c4:3", &[3.0]), Err(NotationError::Bars { found: 2, expected: 1 }));
        assert_eq!(parse("c4", &[1.0]), Err(NotationError::NoLength("c4".into())));
        assert_eq!(parse("x4:1", &[1.0]), Err(NotationError::Token("x4:1".into())));
        assert_eq!(parse("~c4:1", &[1.0]), Err(NotationError::Token("~c4:1".into())));
        assert_eq!(parse("c4:0", &[1.0]), Err(NotationError::Token("c4:0".into())));
        assert_eq!(parse("[]:1", &[1.0]), Err(NotationError::Token("[]:1".into())));
    }
}
