//! Makes a film's sound track out of its score.
//!
//! A tool for making films, not a part of the service: the track is shipped with the
//! film as it is. The path of the sound, one module a step:
//!
//! `sheet` (score.toml) with `notation` → `performance` (what is played when) → `synth`
//! (sound font: `font`) and `effects` → `mix` with `reverb` → `master` (loudness) →
//! `track` (AAC in MP4).

pub mod effects;
pub mod font;
pub mod master;
pub mod mix;
pub mod noise;
pub mod notation;
pub mod performance;
pub mod reverb;
pub mod sheet;
pub mod stereo;
pub mod synth;
pub mod track;

use sheet::Sheet;
use stereo::Stereo;

/// The finished sound of a score, before encoding.
pub fn sound(sheet: &Sheet) -> anyhow::Result<Stereo> {
    let mut sound = mix::mix(sheet, &font::paper()?)?;
    master::ride(&mut sound, sheet.master.ride);
    mix::fade(&mut sound, sheet.master.fade_in, sheet.master.fade_out);
    master::finish(&mut sound, sheet.master.loudness, sheet.master.peak)?;
    Ok(sound)
}
