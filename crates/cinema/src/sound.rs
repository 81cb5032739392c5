//! The film's sound track: an AAC track in an MP4 file (`sound/track.m4a`) taken
//! apart and packed anew, never decoded. It holds nothing personal, so a film's
//! segments are made once and shared by all copies.

use mp4_atom::{
    Codec, Decode, Edts, Moov, Mp4a, StszSamples, Tfdt, Tfhd, Traf, Trun, TrunEntry, TrunSamples,
};

use crate::boxes::{self, BoxError, Kind, SOUND_TRACK, TrackHead};
use crate::shot;

/// An encoded sound track in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    pub(crate) entry: Mp4a,
    pub(crate) timescale: u32,
    pub(crate) packets: Vec<Packet>,
    /// What the encoder put before the first heard sample, in samples.
    pub(crate) priming: u64,
    /// What is heard, in samples.
    pub(crate) length: u64,
}

/// One coded packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    pub bytes: Vec<u8>,
    pub duration: u32,
}

/// A segment of the sound track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundSegment {
    /// `styp`, `moof` and `mdat`.
    pub bytes: Vec<u8>,
    /// What of it is heard, in units of [`Sound::timescale`] (the priming is not).
    pub units: u64,
}

/// About so long is a segment; whole packets.
const SECONDS_A_SEGMENT: u64 = 4;

impl Sound {
    /// Reads an MP4 file with one AAC track.
    pub fn read(m4a: &[u8]) -> Result<Self, BoxError> {
        let (_, whole) =
            boxes::split(m4a).find(|(kind, _)| kind == b"moov").ok_or(BoxError::Missing("moov"))?;
        let moov = Moov::decode(&mut &whole[..])?;
        let track = moov
            .trak
            .iter()
            .find(|track| &<[u8; 4]>::from(track.mdia.hdlr.handler) == b"soun")
            .ok_or(BoxError::Missing("sound track"))?;
        let table = &track.mdia.minf.stbl;
        let Some(Codec::Mp4a(entry)) = table.stsd.codecs.first() else {
            return Err(BoxError::Missing("AAC track"));
        };
        let timescale = track.mdia.mdhd.timescale;
        if timescale == 0 || moov.mvhd.timescale == 0 {
            return Err(BoxError::Missing("timescale"));
        }
        let packets = packets(m4a, table)?;
        let total: u64 = packets.iter().map(|packet| u64::from(packet.duration)).sum();
        let edit = track.edts.as_ref().and_then(|edits| edits.elst.as_ref());
        let edit = edit.and_then(|list| list.entries.iter().find(|entry| entry.media_time.is_some()));
        let priming = edit.and_then(|edit| edit.media_time).unwrap_or(0).min(total);
        let heard = edit.map_or(0, |edit| {
            edit.segment_duration.saturating_mul(u64::from(timescale)) / u64::from(moov.mvhd.timescale)
        });
        let rest = total - priming;
        // An edit of length 0 runs to the end.
        let length = if heard == 0 { rest } else { heard.min(rest) };
        Ok(Self { entry: entry.clone(), timescale, packets, priming, length })
    }

    /// Cuts what is heard after the film's last picture, so that both end together.
    pub fn cut_to(&mut self, frames: u64, fps: u32) {
        self.length = self.length.min(frames * u64::from(self.timescale) / u64::from(fps));
        let mut end = 0;
        let needed = self.priming + self.length;
        let count = self.packets.iter().take_while(|packet| {
            let before = end;
            end += u64::from(packet.duration);
            before < needed
        });
        let count = count.count();
        self.packets.truncate(count);
    }

    /// Units in a second: the sample rate.
    pub fn timescale(&self) -> u32 {
        self.timescale
    }

    /// What is heard, in units of [`Self::timescale`].
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Length in seconds of what is heard.
    pub fn seconds(&self) -> f64 {
        self.length as f64 / f64::from(self.timescale)
    }

    /// Mean rate in bits a second.
    pub fn bits_per_second(&self) -> u32 {
        let bytes: usize = self.packets.iter().map(|packet| packet.bytes.len()).sum();
        (bytes as f64 * 8.0 / self.seconds().max(0.1)) as u32
    }

    /// The `codecs` value of RFC 6381, `mp4a.40.` and the object type.
    pub fn codecs(&self) -> String {
        let config = &self.entry.esds.es_desc.dec_config;
        let object = config.dec_specific.as_ref().map_or(2, |specific| specific.profile);
        format!("mp4a.{:02x}.{object}", config.object_type_indication)
    }

    /// Channels in the track.
    pub fn channels(&self) -> u16 {
        self.entry.audio.channel_count
    }

    pub(crate) fn head(&self, media_length: u64, movie_length: u64) -> TrackHead<'static> {
        TrackHead {
            kind: Kind::Sound,
            id: SOUND_TRACK,
            size: (0, 0),
            timescale: self.timescale,
            media_length,
            movie_length,
            language: "und",
            codec: Codec::Mp4a(self.entry.clone()),
        }
    }

    /// The edit that leaves the priming out; `movie_length` 0 means to the end.
    pub(crate) fn edit(&self, movie_length: u64) -> Edts {
        boxes::edit(movie_length, self.priming)
    }

    /// The init segment of the sound track.
    pub fn init_segment(&self) -> Result<Vec<u8>, BoxError> {
        let mut track = self.head(0, 0).build();
        track.edts = Some(self.edit(0));
        let usual = self.packets.first().map_or(0, |packet| packet.duration);
        shot::init(track, self.timescale, usual, shot::SYNC)
    }

    /// The track in segments of about four seconds.
    pub fn segments(&self) -> Result<Vec<SoundSegment>, BoxError> {
        let mut segments = Vec::new();
        let (mut start, mut at) = (0u64, 0);
        let heard_until = self.priming + self.length;
        while at < self.packets.len() {
            let goal = (segments.len() as u64 + 1) * SECONDS_A_SEGMENT * u64::from(self.timescale);
            let (first, mut end) = (at, start);
            while at < self.packets.len() && (at == first || end < goal) {
                end += u64::from(self.packets[at].duration);
                at += 1;
            }
            let packets = &self.packets[first..at];
            let bytes = self.fragment(segments.len() as u32 + 1, start, packets)?;
            let heard = |unit: u64| unit.clamp(self.priming, heard_until);
            segments.push(SoundSegment { bytes, units: heard(end) - heard(start) });
            start = end;
        }
        Ok(segments)
    }

    fn fragment(&self, sequence: u32, start: u64, packets: &[Packet]) -> Result<Vec<u8>, BoxError> {
        let usual = packets.first().map_or(0, |packet| packet.duration);
        let uneven = packets.iter().any(|packet| packet.duration != usual);
        let entries = packets.iter().map(|packet| TrunEntry {
            duration: uneven.then_some(packet.duration),
            size: Some(packet.bytes.len() as u32),
            ..TrunEntry::default()
        });
        let traf = Traf {
            tfhd: Tfhd {
                track_id: SOUND_TRACK,
                default_sample_duration: Some(usual),
                default_sample_flags: Some(shot::SYNC),
                default_base_is_moof: true,
                ..Tfhd::default()
            },
            tfdt: Some(Tfdt { base_media_decode_time: start }),
            trun: vec![Trun { data_offset: Some(0), samples: TrunSamples::Explicit(entries.collect()) }],
            ..Traf::default()
        };
        shot::segment(sequence, traf, packets.iter().map(|packet| packet.bytes.as_slice()))
    }
}

/// The packets by the sample tables (ISO/IEC 14496-12, 8.7): sizes, runs per chunk, chunk offsets.
fn packets(file: &[u8], table: &mp4_atom::Stbl) -> Result<Vec<Packet>, BoxError> {
    let broken = || BoxError::Missing("sample table");
    let sizes: Vec<u32> = match &table.stsz.samples {
        StszSamples::Different { sizes } => sizes.clone(),
        // A size must fit into the file, so the count cannot be larger than the file.
        StszSamples::Identical { count, size } if *size > 0 && (*count as usize) <= file.len() => {
            vec![*size; *count as usize]
        }
        StszSamples::Identical { .. } => return Err(broken()),
    };
    let offsets: Vec<u64> = match (&table.stco, &table.co64) {
        (Some(short), _) => short.entries.iter().map(|offset| u64::from(*offset)).collect(),
        (None, Some(long)) => long.entries.clone(),
        (None, None) => return Err(broken()),
    };
    let mut durations = table
        .stts
        .entries
        .iter()
        .flat_map(|run| std::iter::repeat_n(run.sample_delta, run.sample_count as usize));
    let mut sizes = sizes.into_iter();
    let mut packets = Vec::with_capacity(sizes.len());
    for (chunk, offset) in (1u32..).zip(offsets) {
        let run = table.stsc.entries.iter().rev().find(|run| run.first_chunk <= chunk).ok_or_else(broken)?;
        let mut at = usize::try_from(offset).map_err(|_| broken())?;
        for size in sizes.by_ref().take(run.samples_per_chunk as usize) {
            let end = at.checked_add(size as usize).ok_or_else(broken)?;
            let bytes = file.get(at..end).ok_or_else(broken)?.to_vec();
            packets.push(Packet { bytes, duration: durations.next().ok_or_else(broken)? });
            at = end;
        }
    }
    if sizes.next().is_some() || packets.is_empty() {
        return Err(broken());
    }
    Ok(packets)
}
