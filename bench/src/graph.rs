//! A peer: the second copy of the same film as an ffmpeg graph by hand would make it, where ffmpeg is installed.
//!
//! All that can be cached is: shared shots are there, and of the personal ones a picture track with everything but the
//! child. For each copy ffmpeg lays the child's head and a plate with the name over that track, both in motion, and
//! encodes it. It does less than a film does here: the head does not turn, has no moods and takes no light, and nothing
//! stands before it. So what it takes is less than a graph for the whole storyboard would.

use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Context, ensure};
use cinema::{Download, ParameterSets, Settings, mp4};
use film::Film;
use likeness::CutOut;

use crate::figure::{Bar, Figure};
use crate::material;

/// Pixels of the plate with the name.
const PLATE: (u32, u32) = (320, 96);
/// The fastest setting of x264 whose pictures are near enough: at about the likeness of ours.
const ENCODE: [&str; 8] = ["-c:v", "libx264", "-preset", "superfast", "-crf", "26", "-pix_fmt", "yuv420p"];
/// The head in the size of a film's, then the plate, each over what is behind it.
const LAYERS: &str = "[1:v]scale=-2:260,format=yuva420p,loop=loop=-1:size=1:start=0[head];\
    [2:v]format=yuva420p,loop=loop=-1:size=1:start=0[plate];\
    [0:v][head]overlay=x='W*0.3+40*sin(2*PI*t/5)':y='H*0.3+12*sin(2*PI*t/2)':shortest=1[child];\
    [child][plate]overlay=x='W*0.5+20*sin(2*PI*t/7)':y='H*0.6':shortest=1[all]";

/// CPU seconds for a second of film that a throw-away trial with an ffmpeg graph took on another film.
const TRIAL: f64 = 0.27;
/// What a second copy is to take of a graph's, where shared shots cost nothing.
pub const BAR: Bar = Bar::AtLeast(3.0);

/// A copy that took so many CPU seconds for a second of film, against the trial.
pub fn against_the_trial(copy: &str, cpu: f64) -> Figure {
    Figure::new(format!("{copy} against the trial's ffmpeg graph"), TRIAL / cpu, "times less").against(BAR)
}

/// What it took.
pub struct Graph {
    /// CPU seconds for the whole copy.
    pub cpu: f64,
    /// Kilobits for a second of what was encoded.
    pub kilobits: f64,
}

/// Makes the copy; nothing without ffmpeg. `behind` are the film's personal shots, of whomever.
pub fn copy(film: &Film, behind: &[&[u8]], head: &CutOut) -> anyhow::Result<Option<Graph>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let settings = Settings::new(material::SIZE.width, material::SIZE.height, film.info().fps);
    let track = mp4(&Download {
        settings: &settings,
        sets: &ParameterSets::of(&settings)?,
        segments: behind,
        sound: None,
        captions: &[],
        language: "en",
        title: "",
        comment: "",
        room: 0,
    })?;
    std::fs::write(path("behind.mp4"), track)?;
    std::fs::write(path("head.rgba"), &head.rgba)?;
    std::fs::write(path("plate.rgba"), vec![0xd0; (PLATE.0 * PLATE.1 * 4) as usize])?;

    let mut graph = Command::new("ffmpeg");
    graph.args(["-nostdin", "-hide_banner", "-nostats", "-benchmark", "-y", "-i"]).arg(path("behind.mp4"));
    for (name, (width, height)) in [("head.rgba", (head.size, head.size)), ("plate.rgba", PLATE)] {
        let (size, rate) = (format!("{width}x{height}"), settings.fps.to_string());
        graph.args(["-f", "rawvideo", "-pix_fmt", "rgba", "-video_size", &size, "-framerate", &rate, "-i"]);
        graph.arg(path(name));
    }
    graph.args(["-filter_complex", LAYERS, "-map", "[all]", "-an"]).args(ENCODE).arg(path("copy.mp4"));
    let done = match graph.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        done => done?,
    };
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "ffmpeg: {told}");
    let cpu = spent(&told).with_context(|| format!("ffmpeg does not say what it took: {told}"))?;
    let seconds = length(&told).with_context(|| format!("ffmpeg does not say what it made: {told}"))?
        / f64::from(settings.fps);
    let kilobits = std::fs::metadata(path("copy.mp4"))?.len() as f64 * 8.0 / 1000.0 / seconds;
    Ok(Some(Graph { cpu, kilobits }))
}

/// CPU seconds, as `-benchmark` tells them: `bench: utime=1.5s stime=0.1s rtime=0.9s`.
fn spent(told: &str) -> Option<f64> {
    let line = told.lines().find_map(|line| line.strip_prefix("bench: utime="))?;
    let (user, rest) = line.split_once("s stime=")?;
    let (system, _) = rest.split_once("s rtime=")?;
    Some(user.trim().parse::<f64>().ok()? + system.trim().parse::<f64>().ok()?)
}

/// Frames that were encoded: `frame=  120 fps= 32 …`, the last time it is said.
fn length(told: &str) -> Option<f64> {
    let (_, last) = told.rsplit_once("frame=")?;
    last.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_ffmpeg_tells() {
        let told = "frame=   12 fps=0.0 q=0.0\nframe=  120 fps= 32 q=-1.0 Lsize=    1548kB\nvideo:1545kB\n\
            bench: utime=3.039s stime=0.140s rtime=3.806s\nbench: maxrss=188572kB\n";
        assert_eq!(length(told), Some(120.0));
        assert!((spent(told).unwrap() - 3.179).abs() < 1e-9);
        assert!(spent("ffmpeg version").is_none() && length("").is_none());
    }
}
