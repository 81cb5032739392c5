//! The sound font: the one shipped with the tool, and how it is cut out of a full one.
//! Knows the SoundFont 2.04 file; knows nothing of scores.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, ensure};
use rustysynth::SoundFont;
use serde::Deserialize;

/// The cut sound font (source and licence: fonts/SOURCES.md).
const PAPER: &[u8] = include_bytes!("../fonts/paper.sf2");

/// The sound font of all films.
pub fn paper() -> anyhow::Result<Arc<SoundFont>> {
    Ok(Arc::new(SoundFont::new(&mut &PAPER[..])?))
}

/// Which presets are kept (fonts/paper.toml).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Name written into the new font.
    pub name: String,
    /// Copyright line written into the new font.
    pub copyright: String,
    /// What is kept.
    #[serde(rename = "preset")]
    pub presets: Vec<Keep>,
}

/// One preset of bank 0.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// General MIDI program, counted from 0.
    pub program: u16,
    /// For the reader.
    pub name: String,
    /// Lowest and highest key that must sound.
    pub keys: [u8; 2],
}

const KEY_RANGE: u16 = 43;
const INSTRUMENT: u16 = 41;
const SAMPLE: u16 = 53;
/// Zero samples that the format asks for after each sample.
const GAP: usize = 46;

/// A record of a zone list: its generators (kind, amount) and modulators.
#[derive(Debug, Clone, Default)]
struct Zone {
    generators: Vec<(u16, u16)>,
    modulators: Vec<[u8; 10]>,
}

impl Zone {
    fn value(&self, kind: u16) -> Option<u16> {
        self.generators.iter().find(|(k, _)| *k == kind).map(|(_, value)| *value)
    }

    fn touches(&self, keys: [u8; 2]) -> bool {
        let [low, high] = self.value(KEY_RANGE).map_or([0, 127], u16::to_le_bytes);
        low <= keys[1] && high >= keys[0]
    }
}

/// Cuts the kept presets, with the instruments and samples that they use, out of a font.
pub fn subset(full: &[u8], cut: &Cut) -> anyhow::Result<Vec<u8>> {
    let chunks = chunks(full)?;
    let chunk =
        |name: &str| chunks.get(name).copied().with_context(|| format!("the font has no chunk {name}"));
    let presets = headers(chunk("phdr")?, 38)?;
    let instruments = headers(chunk("inst")?, 22)?;
    let samples = headers(chunk("shdr")?, 46)?;
    let preset_zones = Zones { bags: chunk("pbag")?, generators: chunk("pgen")?, modulators: chunk("pmod")? };
    let instrument_zones =
        Zones { bags: chunk("ibag")?, generators: chunk("igen")?, modulators: chunk("imod")? };

    // Which instruments and samples are needed, with their new numbers.
    let mut kept_presets = Vec::new();
    let mut instrument_keys: BTreeMap<u16, [u8; 2]> = BTreeMap::new();
    for keep in &cut.presets {
        let index = presets
            .iter()
            .take(presets.len() - 1)
            .position(|p| u16_at(p, 20) == keep.program && u16_at(p, 22) == 0)
            .with_context(|| format!("the font has no program {} ({})", keep.program, keep.name))?;
        let zones: Vec<Zone> = preset_zones
            .of(u16_at(presets[index], 24), u16_at(presets[index + 1], 24))?
            .into_iter()
            .filter(|z| z.value(INSTRUMENT).is_none() || z.touches(keep.keys))
            .collect();
        for number in zones.iter().filter_map(|z| z.value(INSTRUMENT)) {
            let keys = instrument_keys.entry(number).or_insert(keep.keys);
            *keys = [keys[0].min(keep.keys[0]), keys[1].max(keep.keys[1])];
        }
        kept_presets.push((presets[index], zones));
    }
    let instrument_numbers: BTreeMap<u16, u16> = instrument_keys.keys().copied().zip(0..).collect();
    let mut kept_instruments = Vec::new();
    let mut sample_numbers: BTreeMap<u16, u16> = BTreeMap::new();
    for (number, keys) in &instrument_keys {
        let at = usize::from(*number);
        let zones: Vec<Zone> = instrument_zones
            .of(u16_at(instruments[at], 20), u16_at(instruments[at + 1], 20))?
            .into_iter()
            .filter(|z| z.value(SAMPLE).is_none() || z.touches(*keys))
            .collect();
        sample_numbers.extend(zones.iter().filter_map(|z| z.value(SAMPLE)).map(|s| (s, 0)));
        kept_instruments.push((instruments[at], zones));
    }
    sample_numbers.values_mut().zip(0..).for_each(|(new, n)| *new = n);

    // Samples, one after the other.
    let waves = chunk("smpl")?;
    let (mut wave, mut sample_headers) = (Vec::new(), Vec::new());
    for old in sample_numbers.keys() {
        let mut header = samples[usize::from(*old)].to_vec();
        let [start, end] = [20, 24].map(|at| u32_at(&header, at) as usize);
        let new_start = wave.len() / 2;
        wave.extend_from_slice(waves.get(start * 2..end * 2).context("a sample lies outside of the font")?);
        wave.extend(std::iter::repeat_n(0u8, GAP * 2));
        for at in [20, 24, 28, 32] {
            let moved = (u32_at(&header, at) as usize + new_start - start) as u32;
            header[at..at + 4].copy_from_slice(&moved.to_le_bytes());
        }
        // The other channel of a pair, or a single sample when it was not kept.
        match sample_numbers.get(&u16_at(&header, 42)) {
            Some(partner) => header[42..44].copy_from_slice(&partner.to_le_bytes()),
            None => header[42..46].copy_from_slice(&[0, 0, 1, 0]),
        }
        sample_headers.extend(header);
    }
    sample_headers.extend(terminal("EOS", 46));

    let mut presets = Written::default();
    for (header, zones) in &kept_presets {
        let mut header = header.to_vec();
        header[24..26].copy_from_slice(&presets.zones().to_le_bytes());
        presets.add(header, zones, INSTRUMENT, &instrument_numbers);
    }
    let mut end = terminal("EOP", 38);
    end[24..26].copy_from_slice(&presets.zones().to_le_bytes());
    presets.finish(end);
    let mut instruments = Written::default();
    for (header, zones) in &kept_instruments {
        let mut header = header.to_vec();
        header[20..22].copy_from_slice(&instruments.zones().to_le_bytes());
        instruments.add(header, zones, SAMPLE, &sample_numbers);
    }
    let mut end = terminal("EOI", 22);
    end[20..22].copy_from_slice(&instruments.zones().to_le_bytes());
    instruments.finish(end);

    let info = list(
        b"INFO",
        &[
            (b"ifil", &[2, 0, 1, 0]),
            (b"isng", b"EMU8000\0"),
            (b"INAM", &text(&cut.name)),
            (b"ICOP", &text(&cut.copyright)),
        ],
    );
    let data = list(b"sdta", &[(b"smpl", &wave)]);
    let tables = list(
        b"pdta",
        &[
            (b"phdr", &presets.headers),
            (b"pbag", &presets.bags),
            (b"pmod", &presets.modulators),
            (b"pgen", &presets.generators),
            (b"inst", &instruments.headers),
            (b"ibag", &instruments.bags),
            (b"imod", &instruments.modulators),
            (b"igen", &instruments.generators),
            (b"shdr", &sample_headers),
        ],
    );
    let body = [info, data, tables].concat();
    let mut font = b"RIFF".to_vec();
    font.extend(((body.len() + 4) as u32).to_le_bytes());
    font.extend(b"sfbk");
    font.extend(body);
    SoundFont::new(&mut &font[..]).context("the cut font cannot be read again")?;
    Ok(font)
}

/// The tables of one level while they are written.
#[derive(Default)]
struct Written {
    headers: Vec<u8>,
    bags: Vec<u8>,
    generators: Vec<u8>,
    modulators: Vec<u8>,
}

impl Written {
    fn zones(&self) -> u16 {
        (self.bags.len() / 4) as u16
    }

    fn bag(&mut self) {
        self.bags.extend(((self.generators.len() / 4) as u16).to_le_bytes());
        self.bags.extend(((self.modulators.len() / 10) as u16).to_le_bytes());
    }

    fn add(&mut self, header: Vec<u8>, zones: &[Zone], link: u16, numbers: &BTreeMap<u16, u16>) {
        self.headers.extend(header);
        for zone in zones {
            self.bag();
            for &(kind, value) in &zone.generators {
                let value = if kind == link { numbers[&value] } else { value };
                self.generators.extend(kind.to_le_bytes());
                self.generators.extend(value.to_le_bytes());
            }
            self.modulators.extend(zone.modulators.concat());
        }
    }

    fn finish(&mut self, end: Vec<u8>) {
        self.headers.extend(end);
        self.bag();
        self.generators.extend([0; 4]);
        self.modulators.extend([0; 10]);
    }
}

/// Bags with their generators and modulators, as they lie in a font.
struct Zones<'a> {
    bags: &'a [u8],
    generators: &'a [u8],
    modulators: &'a [u8],
}

impl Zones<'_> {
    fn of(&self, from: u16, until: u16) -> anyhow::Result<Vec<Zone>> {
        (from..until)
            .map(|bag| {
                let at = usize::from(bag) * 4;
                let bags = self.bags.get(at..at + 8).context("a zone lies outside of the font")?;
                let part = |table: &[u8], size: usize, from: usize| -> anyhow::Result<Vec<Vec<u8>>> {
                    let range =
                        usize::from(u16_at(bags, from)) * size..usize::from(u16_at(bags, from + 4)) * size;
                    let bytes = table.get(range).context("a zone lies outside of the font")?;
                    Ok(bytes.chunks_exact(size).map(<[u8]>::to_vec).collect())
                };
                Ok(Zone {
                    generators: part(self.generators, 4, 0)?
                        .iter()
                        .map(|g| (u16_at(g, 0), u16_at(g, 2)))
                        .collect(),
                    modulators: part(self.modulators, 10, 2)?
                        .into_iter()
                        .filter_map(|m| m.try_into().ok())
                        .collect(),
                })
            })
            .collect()
    }
}

/// All chunks by name, those in lists included.
fn chunks(file: &[u8]) -> anyhow::Result<BTreeMap<String, &[u8]>> {
    ensure!(file.get(..4) == Some(b"RIFF") && file.get(8..12) == Some(b"sfbk"), "not a SoundFont file");
    let mut found = BTreeMap::new();
    let mut rest = &file[12..];
    while rest.len() >= 8 {
        let size = u32_at(rest, 4) as usize;
        if &rest[..4] == b"LIST" {
            rest = rest.get(12..).context("the font is cut off")?;
            continue;
        }
        let body = rest.get(8..8 + size).context("the font is cut off")?;
        found.insert(String::from_utf8_lossy(&rest[..4]).into_owned(), body);
        rest = rest.get(8 + size + size % 2..).unwrap_or_default();
    }
    Ok(found)
}

fn headers(table: &[u8], size: usize) -> anyhow::Result<Vec<&[u8]>> {
    ensure!(
        table.len() >= 2 * size && table.len().is_multiple_of(size),
        "a table of the font has a wrong length"
    );
    Ok(table.chunks_exact(size).collect())
}

fn terminal(name: &str, size: usize) -> Vec<u8> {
    let mut record = name.as_bytes().to_vec();
    record.resize(size, 0);
    record
}

/// A text with its zero, of even length.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(bytes.len() / 2 * 2 + 2, 0);
    bytes
}

fn list(name: &[u8; 4], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = name.to_vec();
    for (id, bytes) in chunks {
        body.extend(*id);
        body.extend((bytes.len() as u32).to_le_bytes());
        body.extend(*bytes);
        body.resize(body.len() + bytes.len() % 2, 0);
    }
    let mut list = b"LIST".to_vec();
    list.extend((body.len() as u32).to_le_bytes());
    list.extend(body);
    list
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "name = 'one'\ncopyright = 'c'\n[[preset]]\nprogram = 8\nname = 'celesta'\nkeys = [72, 77]\n";

    #[test]
    fn a_cut_of_the_cut_still_plays_the_same() {
        let small = subset(PAPER, &toml::from_str(ONE).unwrap()).unwrap();
        assert!(small.len() < PAPER.len() / 20, "{} of {}", small.len(), PAPER.len());
        let play = |font: SoundFont| {
            let settings = rustysynth::SynthesizerSettings::new(48_000);
            let mut synth = rustysynth::Synthesizer::new(&Arc::new(font), &settings).unwrap();
            synth.process_midi_message(0, 0xc0, 8, 0);
            synth.note_on(0, 74, 90);
            let (mut left, mut right) = (vec![0.0f32; 9600], vec![0.0f32; 9600]);
            synth.render(&mut left, &mut right);
            (left, right)
        };
        let one = play(SoundFont::new(&mut &small[..]).unwrap());
        assert!(one.0.iter().any(|s| s.abs() > 0.001));
        assert_eq!(one, play(SoundFont::new(&mut &PAPER[..]).unwrap()));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let cut = toml::from_str(&ONE.replace("= 8", "= 99")).unwrap();
        assert!(subset(PAPER, &cut).unwrap_err().to_string().contains("99"));
        assert!(subset(b"RIFF", &cut).is_err());
        assert!(subset(&PAPER[..1000], &cut).is_err());
    }
}
