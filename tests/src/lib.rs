//! The harness of the whole-program tests: a server of its own on a free port with a fresh data
//! folder, and a real browser before it. Knows the product only as a person does: by its pages,
//! its commands and its files.

pub mod browser;
pub mod cpu;
pub mod messenger;
pub mod moments;
pub mod places;
pub mod server;
pub mod site;
pub mod visitor;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use anyhow::{Context, ensure};

/// The checkout's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the checkout").to_owned()
}

/// A day in ten months, as a form sends it.
#[expect(clippy::disallowed_methods, reason = "a form is filled in on the day that the tests run")]
pub fn in_ten_months() -> String {
    let day = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(300 * 24);
    day.strftime("%Y-%m-%d").to_string()
}

/// A drawn child's photo, 1 to 4.
pub fn drawn_child(number: u8) -> PathBuf {
    root().join(format!("tests/photos/drawn/drawn_child_{number}.jpg"))
}

/// The folder of the film engine's own tiny film, as the setting `MINISTUDIO_FILMS` takes it.
pub fn tiny_film() -> String {
    root().join("crates/film/tests/tiny").display().to_string()
}

/// The cryptography for outgoing calls: in a build together with `egress`, `reqwest` brings none of its own.
pub fn prepare_tls() {
    // An error says that it was installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Says of a film, read by the C2PA project's own reader, whether it holds, and what it is; [`MISSING`] where that is
/// not installed.
const THEIR_READER: &str = "
import json, sys
try:
    from c2pa import Reader
except ImportError:
    sys.exit('missing')
told = json.loads(Reader(sys.argv[1]).json())
manifest = told['manifests'][told['active_manifest']]
actions = next(a for a in manifest['assertions'] if a['label'].startswith('c2pa.actions'))
action = actions['data']['actions'][0]
print(told['validation_state'], manifest['claim_generator_info'][0]['name'], action['digitalSourceType'])
";

/// What is said where it is not installed.
const MISSING: &str = "missing";

/// Tells once, past the test runner, which keeps the words of a test that passes to itself, that nobody else read the
/// films' marks. No package of the system brings their reader, so it cannot be asked of every machine.
fn tell_that_theirs_is_missing() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        let told = "not tested: the C2PA project's reader is missing (pip install c2pa-python)";
        let _ = writeln!(std::io::stderr().lock(), "{told}");
    });
}

/// A film's file says of itself that it is synthetic media: our reader, which shares no code with what wrote it, finds
/// that, and theirs where it is installed; where it is not, that is told.
fn marked(file: &Path) -> anyhow::Result<()> {
    const SOURCE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic";
    let mark = c2pa_reader::read(&std::fs::read(file)?).map_err(anyhow::Error::msg)?;
    let said = mark.actions.iter().any(|(action, source)| action == "c2pa.created" && source == SOURCE);
    ensure!(said && mark.maker == "Mini Studio", "the film's mark says {mark:?}");
    let Ok(theirs) = Command::new("python3").args(["-c", THEIR_READER]).arg(file).output() else {
        tell_that_theirs_is_missing();
        return Ok(());
    };
    let told = String::from_utf8_lossy(&theirs.stdout).trim().to_owned();
    let complaint = String::from_utf8_lossy(&theirs.stderr).into_owned();
    if complaint.trim() == MISSING {
        tell_that_theirs_is_missing();
        return Ok(());
    }
    ensure!(theirs.status.success(), "the C2PA project's reader: {complaint}");
    ensure!(told == format!("Valid Mini Studio {SOURCE}"), "the C2PA project's reader says: {told}");
    Ok(())
}

/// What an independent player finds in a film file.
#[derive(Debug)]
pub struct Streams {
    /// Codec and size, such as `h264 1280x720`.
    pub video: String,
    /// Codec of the sound; empty without sound.
    pub audio: String,
    /// Length.
    pub seconds: f64,
}

/// Decodes a whole film file with ffmpeg: an error at the first picture that is not as it should be. It also has to say
/// that it is synthetic media.
pub fn probe(file: &Path) -> anyhow::Result<Streams> {
    marked(file)?;
    let decoded = Command::new("ffmpeg")
        .args(["-v", "error", "-xerror", "-i"])
        .arg(file)
        .args(["-f", "null", "-"])
        .output();
    let decoded = decoded.context("ffmpeg could not be started: `cargo xtask test` installs it")?;
    let complaint = String::from_utf8_lossy(&decoded.stderr).into_owned();
    ensure!(decoded.status.success() && complaint.is_empty(), "ffmpeg finds in the film: {complaint}");
    let told = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-of",
            "json",
            "-show_entries",
            "stream=codec_type,codec_name,width,height:format=duration",
        ])
        .arg(file)
        .output()?;
    let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
    let stream = |kind: &str| told["streams"].as_array()?.iter().find(|stream| stream["codec_type"] == kind);
    let video = stream("video").context("no pictures")?;
    Ok(Streams {
        video: format!(
            "{} {}x{}",
            video["codec_name"].as_str().unwrap_or(""),
            video["width"],
            video["height"]
        ),
        audio: stream("audio").and_then(|audio| audio["codec_name"].as_str()).unwrap_or("").to_owned(),
        seconds: told["format"]["duration"].as_str().context("no length")?.parse()?,
    })
}
