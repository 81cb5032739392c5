//! The track that is shipped with the film: length, sync, loudness, and that it is
//! what the score says.

use std::path::PathBuf;
use std::sync::OnceLock;

use score::master::measure;
use score::performance::section_starts;
use score::sheet::Sheet;
use score::stereo::{RATE, Stereo};
use score::track::{self, Decoded, FRAME, PRIMING};
use symphonia::core::audio::{Channels, SampleBuffer};
use symphonia::core::codecs::{CODEC_TYPE_AAC, CodecParameters, DecoderOptions};
use symphonia::core::formats::Packet;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../films/moon-garden")
}

fn sheet() -> Sheet {
    Sheet::of_film(&folder()).unwrap()
}

fn shipped() -> &'static Decoded {
    static SHIPPED: OnceLock<Decoded> = OnceLock::new();
    SHIPPED.get_or_init(|| listen(&std::fs::read(folder().join("sound/track.m4a")).unwrap()))
}

/// Decodes with another decoder than the tool's own.
fn listen(file: &[u8]) -> Decoded {
    let mut settings = CodecParameters::new();
    settings
        .for_codec(CODEC_TYPE_AAC)
        .with_sample_rate(RATE)
        .with_channels(Channels::FRONT_LEFT | Channels::FRONT_RIGHT)
        .with_extra_data(Box::new([0x11, 0x90]));
    let mut decoder = symphonia::default::get_codecs().make(&settings, &DecoderOptions::default()).unwrap();
    let mut place = 0;
    track::decode_with(file, |frame| {
        let packet = Packet::new_from_slice(0, place, FRAME as u64, frame);
        place += FRAME as u64;
        let decoded = decoder.decode(&packet)?;
        let mut samples = SampleBuffer::<f32>::new(decoded.capacity() as u64, *decoded.spec());
        samples.copy_interleaved_ref(decoded);
        Ok(samples.samples().to_vec())
    })
    .unwrap()
}

fn part(sound: &Stereo, from: usize, until: usize) -> Stereo {
    Stereo { left: sound.left[from..until].to_vec(), right: sound.right[from..until].to_vec() }
}

#[test]
fn as_long_as_the_film_to_the_sample() {
    let track = shipped();
    assert_eq!(track.sound.len(), 64 * RATE as usize);
    assert_eq!(section_starts(&sheet()).last(), Some(&track.sound.len()));
    assert_eq!(track.priming, PRIMING);
    assert_eq!(track.frames, 1 + track.sound.len().div_ceil(FRAME));
}

#[test]
fn loud_as_it_should_be_and_never_clipped() {
    let measures = measure(&shipped().sound).unwrap();
    assert!((measures.loudness + 16.0).abs() < 0.5, "{measures:?}");
    // This decoder shows a peak of -0.5 where FFmpeg's and the encoder's own show -1.3.
    assert!(measures.peak < -0.3, "{measures:?}");
    assert!((4.0..11.0).contains(&measures.range), "{measures:?}");
}

#[test]
fn soft_at_both_ends_and_fullest_at_the_name() {
    let (sheet, sound) = (sheet(), &shipped().sound);
    let starts = section_starts(&sheet);
    let loudness: Vec<f64> =
        starts.windows(2).map(|w| measure(&part(sound, w[0], w[1])).unwrap().loudness).collect();
    let loudest = (0..loudness.len()).max_by(|a, b| loudness[*a].total_cmp(&loudness[*b])).unwrap();
    assert_eq!(sheet.sections[loudest].shot, "09-name", "{loudness:?}");
    assert!(loudness[0] < -18.0 && loudness[loudness.len() - 1] < -17.0, "{loudness:?}");
    let edge = RATE as usize / 50;
    for (from, until) in [(0, edge), (sound.len() - edge, sound.len())] {
        assert!(part(sound, from, until).peak() < 0.01);
    }
}

#[test]
fn no_hole_of_silence() {
    let sound = &shipped().sound;
    let (hop, last) = (RATE as usize / 2, sound.len() - 2 * RATE as usize);
    for from in (RATE as usize..last).step_by(hop) {
        let peak = part(sound, from, from + hop).peak();
        assert!(peak > 0.005, "peak {peak} at {} s", from as f64 / f64::from(RATE));
    }
}

#[test]
fn the_track_is_what_the_score_says() {
    let (fresh, track) = (score::sound(&sheet()).unwrap(), &shipped().sound);
    let (mut error, mut power) = (0.0, 0.0);
    for (a, b) in fresh.left.iter().chain(&fresh.right).zip(track.left.iter().chain(&track.right)) {
        error += f64::from(a - b).powi(2);
        power += f64::from(*a).powi(2);
    }
    let ratio = 10.0 * (power / error).log10();
    assert!(
        ratio > 20.0,
        "signal to error {ratio:.1} dB: make the track again (see films/moon-garden/score/score.toml)"
    );
}
