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
/// Bytes of a sample's header.
const SAMPLE_HEADER: usize = 46;

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

/// Headers with their zones.
type Kept<'a> = Vec<(&'a [u8], Vec<Zone>)>;

/// Cuts the kept presets, with the instruments and samples that they use, out of a font.
pub fn subset(full: &[u8], cut: &Cut) -> anyhow::Result<Vec<u8>> {
    let chunks = chunks(full)?;
    let chunk =
        |name: &str| chunks.get(name).copied().with_context(|| format!("the font has no chunk {name}"));
    let preset_zones = Zones { bags: chunk("pbag")?, generators: chunk("pgen")?, modulators: chunk("pmod")? };
    let instrument_zones =
        Zones { bags: chunk("ibag")?, generators: chunk("igen")?, modulators: chunk("imod")? };
    let (presets, instrument_keys) = kept_presets(&headers(chunk("phdr")?, 38)?, &preset_zones, cut)?;
    let (instruments, sample_numbers) =
        kept_instruments(&headers(chunk("inst")?, 22)?, &instrument_zones, &instrument_keys)?;
    let instrument_numbers: BTreeMap<u16, u16> = instrument_keys.keys().copied().zip(0..).collect();
    let (wave, samples) =
        kept_samples(&headers(chunk("shdr")?, SAMPLE_HEADER)?, chunk("smpl")?, &sample_numbers)?;
    let presets = written(&presets, 24, (INSTRUMENT, &instrument_numbers), terminal("EOP", 38));
    let instruments = written(&instruments, 20, (SAMPLE, &sample_numbers), terminal("EOI", 22));

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
            (b"shdr", &samples),
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

/// The presets that are kept, and the instruments that they need by number, each with the lowest and highest key.
fn kept_presets<'a>(
    presets: &[&'a [u8]],
    zones: &Zones<'_>,
    cut: &Cut,
) -> anyhow::Result<(Kept<'a>, BTreeMap<u16, [u8; 2]>)> {
    let mut kept = Vec::new();
    let mut instruments: BTreeMap<u16, [u8; 2]> = BTreeMap::new();
    for keep in &cut.presets {
        let index = presets
            .iter()
            .take(presets.len() - 1)
            .position(|p| u16_at(p, 20) == keep.program && u16_at(p, 22) == 0)
            .with_context(|| format!("the font has no program {} ({})", keep.program, keep.name))?;
        let zones: Vec<Zone> = zones
            .of(u16_at(presets[index], 24), u16_at(presets[index + 1], 24))?
            .into_iter()
            .filter(|z| z.value(INSTRUMENT).is_none() || z.touches(keep.keys))
            .collect();
        for number in zones.iter().filter_map(|z| z.value(INSTRUMENT)) {
            let keys = instruments.entry(number).or_insert(keep.keys);
            *keys = [keys[0].min(keep.keys[0]), keys[1].max(keep.keys[1])];
        }
        kept.push((presets[index], zones));
    }
    Ok((kept, instruments))
}

/// The instruments that are needed in their new order, and the samples that they need: old and new number.
fn kept_instruments<'a>(
    instruments: &[&'a [u8]],
    zones: &Zones<'_>,
    needed: &BTreeMap<u16, [u8; 2]>,
) -> anyhow::Result<(Kept<'a>, BTreeMap<u16, u16>)> {
    let mut kept = Vec::new();
    let mut samples: BTreeMap<u16, u16> = BTreeMap::new();
    for (number, keys) in needed {
        let at = usize::from(*number);
        let zones: Vec<Zone> = zones
            .of(u16_at(instruments[at], 20), u16_at(instruments[at + 1], 20))?
            .into_iter()
            .filter(|z| z.value(SAMPLE).is_none() || z.touches(*keys))
            .collect();
        samples.extend(zones.iter().filter_map(|z| z.value(SAMPLE)).map(|s| (s, 0)));
        kept.push((instruments[at], zones));
    }
    samples.values_mut().zip(0..).for_each(|(new, n)| *new = n);
    Ok((kept, samples))
}

/// The samples that are needed, one after the other, and their headers.
fn kept_samples(
    samples: &[&[u8]],
    waves: &[u8],
    numbers: &BTreeMap<u16, u16>,
) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let (mut wave, mut headers) = (Vec::new(), Vec::new());
    for old in numbers.keys() {
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
        match numbers.get(&u16_at(&header, 42)) {
            Some(partner) => header[42..44].copy_from_slice(&partner.to_le_bytes()),
            None => header[42..46].copy_from_slice(&[0, 0, 1, 0]),
        }
        headers.extend(header);
    }
    headers.extend(terminal("EOS", SAMPLE_HEADER));
    Ok((wave, headers))
}

/// The tables of one level. The number of a header's first zone stands `at` so many bytes; generators of kind `link` have
/// new numbers; `end` is the last header.
fn written(
    kept: &[(&[u8], Vec<Zone>)],
    at: usize,
    (link, numbers): (u16, &BTreeMap<u16, u16>),
    mut end: Vec<u8>,
) -> Written {
    let mut tables = Written::default();
    for (header, zones) in kept {
        let mut header = header.to_vec();
        header[at..at + 2].copy_from_slice(&tables.zones().to_le_bytes());
        tables.add(header, zones, link, numbers);
    }
    end[at..at + 2].copy_from_slice(&tables.zones().to_le_bytes());
    tables.finish(end);
    tables
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
