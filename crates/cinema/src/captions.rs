//! Captions: the story's lines with their times, as WebVTT. The children's names stand in
//! them, so they never are part of a shared file.

use std::fmt::Write;

/// One line and when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Picture of the film at which it appears.
    pub first_frame: u64,
    /// For how many pictures it stays.
    pub frames: u32,
    /// Plain text with the names already put in; may have several lines.
    pub text: String,
}

impl Cue {
    /// The cue of a whole shot: control characters and empty lines go. `None` when nothing is
    /// left to show.
    pub fn of_shot(text: &str, first_frame: u64, frames: u32) -> Option<Self> {
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let shown: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                // A space that no line breaks at stays one.
                shown.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
            })
            .filter(|line| !line.is_empty())
            .collect();
        (!lines.is_empty()).then(|| Self { first_frame, frames, text: lines.join("\n") })
    }
}

/// A WebVTT file of the cues. Its clock begins with the film's first picture.
pub fn vtt(cues: &[Cue], fps: u32) -> String {
    let mut file = String::from("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n");
    for (number, cue) in cues.iter().enumerate() {
        let start = time(cue.first_frame, fps);
        let end = time(cue.first_frame + u64::from(cue.frames), fps);
        let text = cue.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(file, "\n{}\n{start} --> {end}\n{text}\n", number + 1);
    }
    file
}

/// `hh:mm:ss.ttt` of a picture, to the nearest millisecond.
fn time(frame: u64, fps: u32) -> String {
    let fps = u64::from(fps);
    let thousandths = (frame * 1000 + fps / 2) / fps;
    let (seconds, rest) = (thousandths / 1000, thousandths % 1000);
    format!("{:02}:{:02}:{:02}.{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_file() {
        let cue = |name: &str| Cue::of_shot(&format!("Good night, {name}.\n\nSleep well."), 24, 60);
        let written = vtt(&[cue("Mia").unwrap(), cue("<b>A&B</b>\n\n00:00 --> 99:99").unwrap()], 24);
        assert_eq!(
            written,
            "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\
             \n1\n00:00:01.000 --> 00:00:03.500\nGood night, Mia.\nSleep well.\n\
             \n2\n00:00:01.000 --> 00:00:03.500\n\
             Good night, &lt;b&gt;A&amp;B&lt;/b&gt;\n00:00 --&gt; 99:99.\nSleep well.\n"
        );
        assert_eq!(Cue::of_shot(" \n\t", 0, 24), None);
    }

    #[test]
    fn a_space_that_no_line_breaks_at_stays_one() {
        let cue = Cue::of_shot("Qui  est là\u{a0}?", 0, 24).unwrap();
        assert_eq!(cue.text, "Qui est là\u{a0}?");
    }

    #[test]
    fn times_are_rounded_not_cut() {
        assert_eq!(time(1, 24), "00:00:00.042");
        assert_eq!(time(24 * 3661, 24), "01:01:01.000");
    }
}
