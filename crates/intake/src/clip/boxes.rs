//! An MP4 file taken apart: where its pictures lie, in which order they are decoded and shown, and when. Nothing is made
//! room for before it was counted. Runs in the decoding process.

use cinema::Colours;
use mp4_atom::{Codec, Decode, FourCC, Stbl, StszSamples, Trak};

use super::{CLIP_BYTES_MAX, CLIP_PICTURES_MAX, CLIP_SECONDS_MAX, ClipRefused, sps};

/// Kinds of units (Rec. ITU-T H.264, table 7-1) that are parts of a picture.
const PARTS: std::ops::RangeInclusive<u8> = 1..=5;
const START: [u8; 4] = [0, 0, 0, 1];
const MICRO: i64 = 1_000_000;

/// A file, taken apart.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    /// Sides of the pictures.
    pub width: u32,
    pub height: u32,
    pub colours: Colours,
    /// When each picture begins to be shown, ascending from 0, and when the last one ends, in microseconds.
    pub starts_us: Vec<u32>,
    pub length_us: u32,
    /// In the order in which they are decoded.
    samples: Vec<Sample<'a>>,
    length_size: usize,
    /// The parameter sets as a stream.
    sets: Vec<u8>,
}

#[derive(Debug)]
struct Sample<'a> {
    bytes: &'a [u8],
    /// Which of the pictures it is, in the order in which they are shown.
    rank: usize,
}

impl Opened<'_> {
    /// The access units as the decoder takes them, each with the rank of its picture. Parameter sets and remarks inside of
    /// them are left out: what holds was looked at.
    pub(crate) fn units(&self) -> impl Iterator<Item = Result<(Vec<u8>, usize), ClipRefused>> {
        self.samples.iter().enumerate().map(|(index, sample)| {
            let mut unit = if index == 0 { self.sets.clone() } else { Vec::new() };
            let (mut rest, mut is_picture) = (sample.bytes, false);
            while !rest.is_empty() {
                let (length, after) = rest.split_at_checked(self.length_size).ok_or(ClipRefused::Damaged)?;
                let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
                let (nal, after) = after.split_at_checked(length).ok_or(ClipRefused::Damaged)?;
                if nal.first().is_some_and(|head| PARTS.contains(&(head & 0x1f))) {
                    unit.extend_from_slice(&START);
                    unit.extend_from_slice(nal);
                    is_picture = true;
                }
                rest = after;
            }
            if is_picture { Ok((unit, sample.rank)) } else { Err(ClipRefused::Damaged) }
        })
    }
}

/// What can be told without taking it apart.
pub(crate) fn look(file: &[u8]) -> Result<(), ClipRefused> {
    if file.len() > CLIP_BYTES_MAX {
        return Err(ClipRefused::TooLarge);
    }
    if file.get(4..8) == Some(b"ftyp") { Ok(()) } else { Err(ClipRefused::NotAClip) }
}

/// Takes a file apart.
pub(crate) fn open(file: &[u8]) -> Result<Opened<'_>, ClipRefused> {
    look(file)?;
    let trak = pictures(find(file, b"moov")?)?;
    let stbl = &trak.mdia.minf.stbl;
    let [Codec::Avc1(avc1)] = stbl.stsd.codecs.as_slice() else { return Err(ClipRefused::OtherCodec) };
    let avcc = &avc1.avcc;
    // With one set of each sequence nothing can change on the way.
    let [sequence] = avcc.sequence_parameter_sets.as_slice() else { return Err(ClipRefused::Damaged) };
    let found = sps::read(sequence)?;
    let mut sets = Vec::new();
    for set in [sequence].into_iter().chain(&avcc.picture_parameter_sets) {
        sets.extend_from_slice(&START);
        sets.extend_from_slice(set);
    }
    let sizes = sizes(stbl)?;
    let (starts_us, length_us, ranks) = times(stbl, trak.mdia.mdhd.timescale, sizes.len())?;
    let samples = places(stbl, &sizes)?.into_iter().zip(sizes).zip(ranks);
    let samples = samples.map(|((at, size), rank)| {
        let bytes = usize::try_from(at).ok().and_then(|at| file.get(at..)?.get(..size));
        Ok(Sample { bytes: bytes.ok_or(ClipRefused::Truncated)?, rank })
    });
    let samples: Vec<Sample<'_>> = samples.collect::<Result<_, ClipRefused>>()?;
    // Else a file could have the same bytes decoded again and again.
    if samples.iter().map(|sample| sample.bytes.len()).sum::<usize>() > file.len() {
        return Err(ClipRefused::Damaged);
    }
    Ok(Opened {
        width: found.width,
        height: found.height,
        colours: found.colours,
        starts_us,
        length_us,
        samples,
        length_size: usize::from(avcc.length_size),
        sets,
    })
}

/// The body of the first box of a kind.
fn find<'a>(file: &'a [u8], kind: &[u8; 4]) -> Result<&'a [u8], ClipRefused> {
    let mut rest = file;
    while !rest.is_empty() {
        let (found, body, after) = split(rest).ok_or(ClipRefused::Truncated)?;
        if &found == kind {
            return Ok(body);
        }
        rest = after;
    }
    // The table of contents often stands last.
    Err(ClipRefused::Truncated)
}

/// The first box: its kind, its body, what follows.
fn split(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let kind = *bytes.get(4..)?.first_chunk()?;
    let (head, size) = match u32::from_be_bytes(*bytes.first_chunk()?) {
        0 => (8, bytes.len()),
        1 => (16, usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok()?),
        size => (8, size as usize),
    };
    let (whole, after) = bytes.split_at_checked(size)?;
    Some((kind, whole.get(head..)?, after))
}

/// The first track of pictures. What else is in the file need not make sense.
fn pictures(moov: &[u8]) -> Result<Trak, ClipRefused> {
    let (mut rest, mut refused) = (moov, ClipRefused::NoPictures);
    while let Some((kind, _, after)) = split(rest) {
        if &kind == b"trak" {
            match Trak::decode(&mut &rest[..rest.len() - after.len()]) {
                Ok(trak) if trak.mdia.hdlr.handler == FourCC::new(b"vide") => return Ok(trak),
                Ok(_) => {}
                Err(_) => refused = ClipRefused::Damaged,
            }
        }
        rest = after;
    }
    Err(refused)
}

fn sizes(stbl: &Stbl) -> Result<Vec<usize>, ClipRefused> {
    let sizes = match &stbl.stsz.samples {
        StszSamples::Identical { count, .. } if *count as usize > CLIP_PICTURES_MAX => {
            return Err(ClipRefused::TooLong);
        }
        StszSamples::Identical { count, size } => vec![*size as usize; *count as usize],
        StszSamples::Different { sizes } if sizes.len() > CLIP_PICTURES_MAX => {
            return Err(ClipRefused::TooLong);
        }
        StszSamples::Different { sizes } => sizes.iter().map(|size| *size as usize).collect(),
    };
    // As in a file of fragments.
    if sizes.is_empty() { Err(ClipRefused::NoPictures) } else { Ok(sizes) }
}

/// Where each sample begins in the file.
fn places(stbl: &Stbl, sizes: &[usize]) -> Result<Vec<u64>, ClipRefused> {
    let chunks: Vec<u64> = match (&stbl.stco, &stbl.co64) {
        (Some(stco), _) => stco.entries.iter().map(|at| u64::from(*at)).collect(),
        (None, Some(co64)) => co64.entries.clone(),
        (None, None) => return Err(ClipRefused::Damaged),
    };
    let mut runs = stbl.stsc.entries.iter().peekable();
    let (mut places, mut in_chunk) = (Vec::with_capacity(sizes.len()), 0);
    for (number, chunk) in (1..).zip(chunks) {
        while let Some(run) = runs.next_if(|run| run.first_chunk <= number) {
            in_chunk = run.samples_per_chunk;
        }
        let mut at = chunk;
        for _ in 0..in_chunk {
            let Some(size) = sizes.get(places.len()) else { return Ok(places) };
            places.push(at);
            at = at.saturating_add(*size as u64);
        }
    }
    if places.len() == sizes.len() { Ok(places) } else { Err(ClipRefused::Damaged) }
}

/// When pictures begin to be shown, ascending, when the last one ends, and the rank of each sample.
fn times(stbl: &Stbl, timescale: u32, count: usize) -> Result<(Vec<u32>, u32, Vec<usize>), ClipRefused> {
    let lengths =
        stbl.stts.entries.iter().flat_map(|run| run_of(i64::from(run.sample_delta), run.sample_count));
    let offsets = stbl.ctts.iter().flat_map(|ctts| &ctts.entries);
    let offsets = offsets.flat_map(|run| run_of(run.sample_offset, run.sample_count));
    let mut decoded = 0_i64;
    let shown = lengths.zip(offsets.chain(std::iter::repeat(0))).take(count).map(|(length, offset)| {
        let at = decoded.saturating_add(offset);
        decoded += length;
        (at, length)
    });
    let shown: Vec<(i64, i64)> = shown.collect();
    let first = shown.iter().map(|(at, _)| *at).min().unwrap_or(0);
    let ends = shown.iter().map(|(at, length)| at.saturating_add(*length)).max().unwrap_or(0);
    let (length, timescale) = (ends.saturating_sub(first), i64::from(timescale));
    if shown.len() != count || timescale == 0 || length <= 0 {
        return Err(ClipRefused::Damaged);
    }
    if length > timescale * i64::from(CLIP_SECONDS_MAX) {
        return Err(ClipRefused::TooLong);
    }
    let micros = |units: i64| (units * MICRO / timescale) as u32;
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|sample| shown[*sample].0);
    let mut ranks = vec![0; count];
    for (rank, sample) in order.iter().enumerate() {
        ranks[*sample] = rank;
    }
    let starts = order.iter().map(|sample| micros(shown[*sample].0 - first)).collect();
    Ok((starts, micros(length), ranks))
}

/// A value, so many times.
fn run_of(value: i64, times: u32) -> impl Iterator<Item = i64> {
    std::iter::repeat_n(value, times as usize)
}
