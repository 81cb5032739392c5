//! The units of an H.264 stream: taking them apart and putting them together in
//! the two forms in use (start codes in the codec, lengths in files).

use crate::codec::{CodecError, Encoder};
use crate::picture::Picture;
use crate::settings::Settings;

/// The sequence and picture parameter sets of a rendition, as bare units. All
/// shots of a rendition share them, so that one init segment serves every film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSets {
    /// Sequence parameter set.
    pub sequence: Vec<u8>,
    /// Picture parameter sets: of shots that are made quickly, and of those that are planned or made in two sides.
    pub pictures: [Vec<u8>; 2],
}

impl ParameterSets {
    /// Those of a rendition. The quick encoder's is found out by encoding one black picture.
    pub fn of(settings: &Settings) -> Result<Self, CodecError> {
        let unit = Encoder::new(settings)?.encode(&Picture::new(settings.width, settings.height))?;
        let quick = picture_set(&unit).ok_or(CodecError::Library("parameter sets", 0))?.to_vec();
        let [sequence, planned] = settings.stream().sets();
        Ok(Self { sequence, pictures: [quick, planned] })
    }

    /// The `codecs` value of RFC 6381: `avc1.` and profile, constraints and level in hex.
    pub fn codecs(&self) -> String {
        let [profile, constraints, level] = [self.sequence[1], self.sequence[2], self.sequence[3]];
        format!("avc1.{profile:02x}{constraints:02x}{level:02x}")
    }
}

const SLICE: u8 = 1;
const IDR: u8 = 5;
const PICTURE: u8 = 8;

/// The picture parameter set inside an access unit in byte-stream form.
pub(crate) fn picture_set(unit: &[u8]) -> Option<&[u8]> {
    units(unit).find(|nal| kind_of(nal) == PICTURE)
}

/// `nal_unit_type` (Rec. ITU-T H.264, table 7-1).
fn kind_of(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |byte| byte & 0x1f)
}

/// One picture as it stands in a file: units with a length of four bytes before
/// each, parameter sets left out (they stand in the init segment).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    pub bytes: Vec<u8>,
    pub sync: bool,
    /// Its number in its shot, in the order of showing.
    pub shown: u32,
}

impl Sample {
    /// Of bare units, without parameter sets.
    pub fn of_units<'a>(shown: u32, units: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut sample = Self { bytes: Vec::new(), sync: false, shown };
        for nal in units {
            sample.sync |= kind_of(nal) == IDR;
            sample.bytes.extend_from_slice(&(nal.len() as u32).to_be_bytes());
            sample.bytes.extend_from_slice(nal);
        }
        sample
    }
}

/// Turns an access unit of the quick encoder, in byte-stream form, into a sample beside the rendition's parameter sets.
pub(crate) fn to_sample(shown: u32, unit: &[u8]) -> Result<Sample, region::Unfit> {
    let slices = units(unit).filter(|nal| matches!(kind_of(nal), SLICE | IDR));
    let slices = slices.map(|nal| region::placed(nal, shown)).collect::<Result<Vec<_>, _>>()?;
    Ok(Sample::of_units(shown, slices.iter().map(Vec::as_slice)))
}

/// Turns a sample back into byte-stream form; a picture that starts a group gets
/// the parameter sets in front, so that a decoder can begin there.
pub fn to_stream(sample: &[u8], sets: &ParameterSets) -> Vec<u8> {
    let mut stream = Vec::with_capacity(sample.len() + 64);
    let mut push = |nal: &[u8]| {
        stream.extend_from_slice(&[0, 0, 0, 1]);
        stream.extend_from_slice(nal);
    };
    let mut rest = sample;
    let mut first = true;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = (u32::from_be_bytes(*length) as usize).min(after.len());
        let (nal, after) = after.split_at(length);
        if first && kind_of(nal) == IDR {
            push(&sets.sequence);
            sets.pictures.iter().for_each(|set| push(set));
        }
        first = false;
        push(nal);
        rest = after;
    }
    stream
}

/// The units of a byte stream, without their start codes (Rec. ITU-T H.264, annex B).
fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(stream).unwrap_or(&[]);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.windows(3).position(|w| w == [0, 0, 1]).unwrap_or(rest.len());
        let nal = &rest[..end];
        rest = after_start_code(&rest[end..]).unwrap_or(&[]);
        // A unit never ends in a zero byte; what stands there belongs to the next start code.
        let used = nal.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        Some(&nal[..used])
    })
    .filter(|nal| !nal.is_empty())
}

fn after_start_code(stream: &[u8]) -> Option<&[u8]> {
    stream.windows(3).position(|w| w == [0, 0, 1]).map(|at| &stream[at + 3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_streams_apart_and_together() {
        let stream = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4, 0, 5];
        assert_eq!(picture_set(&stream), Some(&[0x68, 3][..]));
        let sets = ParameterSets { sequence: vec![0x67, 1, 2], pictures: [vec![0x68, 3], vec![0x68, 4]] };
        let sample = Sample::of_units(7, units(&stream).skip(2));
        assert_eq!(sample, Sample { bytes: vec![0, 0, 0, 4, 0x65, 4, 0, 5], sync: true, shown: 7 });
        let back = to_stream(&sample.bytes, &sets);
        let all: Vec<&[u8]> = units(&back).collect();
        assert_eq!(all, [&[0x67, 1, 2][..], &[0x68, 3], &[0x68, 4], &[0x65, 4, 0, 5]]);
    }

    #[test]
    fn parameter_sets_depend_only_on_the_rendition() {
        use crate::settings::Effort;
        let settings = Settings::new(320, 180, 24);
        let sets = ParameterSets::of(&settings).unwrap();
        assert_eq!(sets.codecs(), "avc1.640028", "High profile, level 4");
        for other in [
            settings.with_effort(Effort::Best),
            Settings { quantiser: 18, ..settings },
            Settings { quantiser: 40, effort: Effort::Best, ..settings },
        ] {
            assert_eq!(ParameterSets::of(&other).unwrap(), sets, "{other:?}");
        }
    }
}
