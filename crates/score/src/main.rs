//! `score FILM`: makes FILM/sound/track.m4a out of FILM/score/score.toml.
//! `score FILM --wav FILE`: only the sound, not encoded, while composing.
//! `score font FULL.sf2 CUT.toml OUT.sf2`: cuts a small sound font out of a full one.

use std::path::Path;

use anyhow::{Context, bail};
use score::master::{Measures, measure};
use score::performance::section_starts;
use score::sheet::Sheet;
use score::stereo::{RATE, Stereo};
use score::{font, track};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["font", full, cut, out] => cut_font(full, cut, out),
        [film] if film != "font" => make(Path::new(film)),
        [film, "--wav", wav] => listen(Path::new(film), wav),
        _ => bail!("usage: score FILM [--wav FILE] | score font FULL.sf2 CUT.toml OUT.sf2"),
    }
}

fn make(film: &Path) -> anyhow::Result<()> {
    let sheet = Sheet::of_film(film)?;
    let file = track::encode(&score::sound(&sheet)?, sheet.master.bitrate)?;
    let path = film.join("sound/track.m4a");
    std::fs::create_dir_all(film.join("sound"))?;
    std::fs::write(&path, &file).with_context(|| format!("{} cannot be written", path.display()))?;
    // What a listener gets: the file decoded again.
    let heard = track::decode(&file)?;
    report(&sheet, &heard.sound)?;
    println!(
        "{} bytes, {} frames, {} samples of priming, {:.1} kbit/s",
        file.len(),
        heard.frames,
        heard.priming,
        file.len() as f64 * 8e-3 * f64::from(RATE) / heard.sound.len() as f64
    );
    Ok(())
}

fn listen(film: &Path, wav: &str) -> anyhow::Result<()> {
    let sheet = Sheet::of_film(film)?;
    let sound = score::sound(&sheet)?;
    write_wav(&sound, wav)?;
    report(&sheet, &sound)
}

/// Prints length, loudness and peak of each section and of the whole.
fn report(sheet: &Sheet, sound: &Stereo) -> anyhow::Result<()> {
    for (section, bounds) in sheet.sections.iter().zip(section_starts(sheet).windows(2)) {
        let part = |channel: &[f32]| channel[bounds[0]..bounds[1]].to_vec();
        let part = Stereo { left: part(&sound.left), right: part(&sound.right) };
        println!("{:<16} {}", section.shot, line(&measure(&part)?));
    }
    println!("{:<16} {}", "whole", line(&measure(sound)?));
    Ok(())
}

fn line(m: &Measures) -> String {
    format!(
        "{:7.3} s {:7.2} LUFS  range {:5.1} LU  true peak {:6.2} dBTP",
        m.samples as f64 / f64::from(RATE),
        m.loudness,
        m.range,
        m.peak
    )
}

fn write_wav(sound: &Stereo, path: &str) -> anyhow::Result<()> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer =
        hound::WavWriter::create(path, spec).with_context(|| format!("{path} cannot be written"))?;
    for sample in sound.interleaved() {
        writer.write_sample(sample)?;
    }
    Ok(writer.finalize()?)
}

fn cut_font(full: &str, cut: &str, out: &str) -> anyhow::Result<()> {
    let read = |path: &str| std::fs::read(path).with_context(|| format!("{path} cannot be read"));
    let cut: font::Cut = toml::from_str(&String::from_utf8(read(cut)?)?)?;
    let small = font::subset(&read(full)?, &cut)?;
    println!("{} presets, {:.1} MB", cut.presets.len(), small.len() as f64 / 1e6);
    std::fs::write(out, small).with_context(|| format!("{out} cannot be written"))
}
