//! What all MP4 files of ours have in common: track heads, sample tables, the
//! usual order of boxes. On `mp4-atom`, which knows the single boxes.

use mp4_atom::{
    Any, Atom, Avc1, Avcc, AvccExt, Codec, Colr, Dinf, Dref, DrefEntry, Edts, Elst, ElstEntry, Encode,
    FourCC, Hdlr, Mdhd, Mdia, Minf, Nmhd, Pasp, Smhd, Stbl, Stco, Tkhd, Trak, Url, Visual, Vmhd,
};

use crate::nal::ParameterSets;
use crate::settings::Settings;

/// Why a file could not be put together or taken apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// A box could not be written or read.
    #[error("the MP4 boxes do not fit together: {0}")]
    Boxes(String),
    /// A box that must be there is missing.
    #[error("the MP4 file has no usable `{0}`")]
    Missing(&'static str),
    /// More than four gigabytes.
    #[error("the film is too large for one MP4 file")]
    TooLarge,
}

impl From<mp4_atom::Error> for BoxError {
    fn from(error: mp4_atom::Error) -> Self {
        Self::Boxes(error.to_string())
    }
}

/// What a track is; decides handler and media header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Video,
    Sound,
    Captions,
}

/// Track numbers, the same in segments and in the download file.
pub(crate) const VIDEO_TRACK: u32 = 1;
pub(crate) const SOUND_TRACK: u32 = 2;
pub(crate) const CAPTION_TRACK: u32 = 3;

/// A track without samples; lengths in the units of the media and of the movie.
pub(crate) struct TrackHead<'a> {
    pub kind: Kind,
    pub id: u32,
    pub size: (u32, u32),
    pub timescale: u32,
    pub media_length: u64,
    pub movie_length: u64,
    /// ISO 639-2 code, `und` when it does not matter.
    pub language: &'a str,
    pub codec: Codec,
}

impl TrackHead<'_> {
    pub fn build(self) -> Trak {
        let handler: (&[u8; 4], &str) = match self.kind {
            Kind::Video => (b"vide", "Picture"),
            Kind::Sound => (b"soun", "Sound"),
            Kind::Captions => (b"sbtl", "Captions"),
        };
        Trak {
            tkhd: Tkhd {
                track_id: self.id,
                duration: self.movie_length,
                alternate_group: if self.kind == Kind::Video { 0 } else { self.id as u16 },
                enabled: true,
                in_movie: true,
                volume: u8::from(self.kind == Kind::Sound).into(),
                width: (self.size.0 as u16).into(),
                height: (self.size.1 as u16).into(),
                ..Tkhd::default()
            },
            mdia: Mdia {
                mdhd: Mdhd {
                    timescale: self.timescale,
                    duration: self.media_length,
                    language: self.language.into(),
                    ..Mdhd::default()
                },
                hdlr: Hdlr { handler: handler.0.into(), name: handler.1.into() },
                minf: Minf {
                    vmhd: (self.kind == Kind::Video).then(Vmhd::default),
                    smhd: (self.kind == Kind::Sound).then(Smhd::default),
                    nmhd: (self.kind == Kind::Captions).then(Nmhd::default),
                    dinf: Dinf { dref: Dref { entries: vec![DrefEntry::Url(Url::default())] } },
                    // The table of places is empty where the track comes in fragments, but has to be there: Firefox
                    // opens nothing without it (ISO/IEC 14496-12, 8.7.5).
                    stbl: Stbl {
                        stsd: mp4_atom::Stsd { codecs: vec![self.codec] },
                        stco: Some(Stco::default()),
                        ..Stbl::default()
                    },
                    ..Minf::default()
                },
            },
            ..Trak::default()
        }
    }
}

/// BT.709 in the code points of ITU-T H.273: primaries, transfer and matrix alike.
const BT709: u16 = 1;

/// The sample entry of the video track: High profile, 4:2:0, 8 bit, BT.709, square pixels.
pub(crate) fn video_entry(settings: &Settings, sets: &ParameterSets) -> Result<Codec, BoxError> {
    let [quick, planned] = &sets.pictures;
    let mut avcc = Avcc { ext: Some(AvccExt::default()), ..Avcc::new(&sets.sequence, quick)? };
    avcc.picture_parameter_sets.push(planned.clone());
    Ok(Codec::Avc1(Avc1 {
        visual: Visual {
            data_reference_index: 1,
            width: settings.width as u16,
            height: settings.height as u16,
            ..Visual::default()
        },
        avcc,
        colr: Some(Colr::new(BT709, BT709, BT709, false)?),
        pasp: Some(Pasp::new(1, 1)?),
        ..Avc1::default()
    }))
}

/// Shows a track from a time in its own units on, for so long in the movie's (0: to the end).
pub(crate) fn edit(movie_length: u64, from: u64) -> Edts {
    let entry = ElstEntry { segment_duration: movie_length, media_time: Some(from), media_rate: 1.into() };
    Edts { elst: Some(Elst { entries: vec![entry] }) }
}

/// Encodes a box, its children in the order that the standard recommends (some
/// players read only files in that order).
pub(crate) fn encode<T: Atom>(atom: &T) -> Result<Vec<u8>, BoxError> {
    let mut bytes = Vec::new();
    atom.encode(&mut bytes)?;
    Ok(in_order(&bytes))
}

/// A box as its bytes.
pub(crate) fn plain(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
}

/// A box of a kind that `mp4-atom` does not know.
pub(crate) fn raw(kind: &[u8; 4], body: Vec<u8>) -> Any {
    Any::Unknown(FourCC::new(kind), body)
}

const CONTAINERS: [&[u8; 4]; 7] = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"edts"];
const ORDER: [&[u8; 4]; 23] = [
    b"mvhd", b"tkhd", b"mdhd", b"tref", b"edts", b"hdlr", b"mdia", b"vmhd", b"smhd", b"nmhd", b"dinf",
    b"minf", b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"stbl", b"trak", b"mvex",
    b"udta",
];

fn in_order(bytes: &[u8]) -> Vec<u8> {
    let mut children: Vec<(usize, Vec<u8>)> = split(bytes)
        .map(|(kind, whole)| {
            let rank = ORDER.iter().position(|known| **known == kind).unwrap_or(ORDER.len());
            let whole = if CONTAINERS.contains(&&kind) {
                [&whole[..8], &in_order(&whole[8..])].concat()
            } else {
                whole.to_vec()
            };
            (rank, whole)
        })
        .collect();
    children.sort_by_key(|(rank, _)| *rank);
    children.into_iter().flat_map(|(_, whole)| whole).collect()
}

/// The boxes that stand one after the other in `bytes`: kind and whole box. Ends
/// at the first one that does not fit.
pub(crate) fn split(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let size = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let kind: [u8; 4] = rest.get(4..8)?.try_into().ok()?;
        let (whole, after) = rest.split_at_checked(if size < 8 { usize::MAX } else { size })?;
        rest = after;
        Some((kind, whole))
    })
}

/// ISO 639-2/T code of a language tag ("de", "de-AT"); `und` for one not known here.
pub(crate) fn three_letters(language: &str) -> &'static str {
    const KNOWN: [(&str, &str); 24] = [
        ("ar", "ara"),
        ("bg", "bul"),
        ("cs", "ces"),
        ("da", "dan"),
        ("de", "deu"),
        ("el", "ell"),
        ("en", "eng"),
        ("es", "spa"),
        ("fi", "fin"),
        ("fr", "fra"),
        ("he", "heb"),
        ("hi", "hin"),
        ("hu", "hun"),
        ("it", "ita"),
        ("ja", "jpn"),
        ("ko", "kor"),
        ("nl", "nld"),
        ("no", "nor"),
        ("pl", "pol"),
        ("pt", "por"),
        ("ro", "ron"),
        ("sv", "swe"),
        ("tr", "tur"),
        ("uk", "ukr"),
    ];
    let short = language.split(['-', '_']).next().unwrap_or_default();
    KNOWN.iter().find(|(two, _)| two.eq_ignore_ascii_case(short)).map_or("und", |(_, three)| three)
}
