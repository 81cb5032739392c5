//! The film as one file that plays everywhere: progressive MP4, its index first,
//! from the very same coded pictures and sound as the segments, with captions.

use mp4_atom::{
    AnySampleGroupEntry, Codec, Ctts, CttsEntry, FontEntry, FourCC, Ftab, Ftyp, Hdlr, Meta, Moov, Mvhd,
    RgbaColor, Sbgp, SbgpEntry, Sgpd, SgpdEntry, Stbl, Stco, Stsc, StscEntry, Stss, Stsz, StszSamples, Stts,
    SttsEntry, Trak, Tx3g, Udta,
};

use crate::boxes::{self, BoxError, CAPTION_TRACK, Kind, TrackHead, VIDEO_TRACK};
use crate::captions::Cue;
use crate::nal::ParameterSets;
use crate::settings::{Settings, TICKS_PER_FRAME};
use crate::shot::{self, Fragment};
use crate::sound::Sound;

/// What goes into the file.
pub struct Download<'a> {
    /// The rendition of the segments.
    pub settings: &'a Settings,
    /// Its parameter sets.
    pub sets: &'a ParameterSets,
    /// The shots' segments in the film's order.
    pub segments: &'a [&'a [u8]],
    /// The sound track.
    pub sound: Option<&'a Sound>,
    /// Captions, in order and without overlap.
    pub captions: &'a [Cue],
    /// Language of captions and title (BCP 47).
    pub language: &'a str,
    /// The film's title.
    pub title: &'a str,
    /// What else there is to say about it; may be empty.
    pub comment: &'a str,
    /// Bytes of a `free` box behind the file's head, for a mark of where it comes from: none, or at least 8.
    pub room: usize,
}

/// Puts the file together. Equal input gives equal bytes: it carries no date.
pub fn mp4(film: &Download<'_>) -> Result<Vec<u8>, BoxError> {
    let timescale = film.settings.timescale();
    let video = video_track(film)?;
    let length: u64 = video.durations.iter().map(|duration| u64::from(*duration)).sum();
    let captions = (!film.captions.is_empty()).then(|| caption_track(film, length)).transpose()?;
    let sound = film.sound.map(|sound| sound_track(sound, length, timescale));
    let mut tracks: Vec<Track<'_>> = [Some(video), sound, captions].into_iter().flatten().collect();

    let ftyp = boxes::encode(&Ftyp {
        major_brand: FourCC::new(b"isom"),
        minor_version: 512,
        compatible_brands: [b"isom", b"iso2", b"avc1", b"mp41"].map(FourCC::new).to_vec(),
    })?;
    let free = match film.room {
        0 => Vec::new(),
        room => boxes::plain(b"free", &vec![0; room.saturating_sub(8)]),
    };
    let order = interleave(&tracks, timescale);
    // The index has the same size whatever the offsets in it are.
    let index = |tracks: &[Track<'_>]| boxes::encode(&moov(tracks, film, length));
    let head = ftyp.len() + free.len() + index(&tracks)?.len() + 8;
    let data: usize = tracks.iter().flat_map(|track| &track.samples).map(|sample| sample.len()).sum();
    let whole = u32::try_from(head + data).map_err(|_| BoxError::TooLarge)?;
    let mut at = head as u32;
    for (track, samples) in &order {
        let track = &mut tracks[*track];
        track.chunks.push(at);
        at += track.samples[samples.clone()].iter().map(|sample| sample.len() as u32).sum::<u32>();
    }

    let mut file = Vec::with_capacity(whole as usize);
    file.extend(ftyp);
    file.extend(free);
    file.extend(index(&tracks)?);
    file.extend_from_slice(&(data as u32 + 8).to_be_bytes());
    file.extend_from_slice(b"mdat");
    for (track, samples) in order {
        tracks[track].samples[samples].iter().for_each(|sample| file.extend_from_slice(sample));
    }
    Ok(file)
}

/// A track with its samples and where they lie in the file.
struct Track<'a> {
    track: Trak,
    timescale: u32,
    /// Units before the first heard sample.
    priming: u64,
    samples: Vec<std::borrow::Cow<'a, [u8]>>,
    durations: Vec<u32>,
    /// How much later samples are shown than they are decoded, never negative; empty: not at all.
    offsets: Vec<i64>,
    /// Samples where decoding can begin, from 0; `None`: all.
    sync: Option<Vec<u32>>,
    /// Ends of the chunks, as sample numbers.
    cuts: Vec<usize>,
    /// Offset in the file of each chunk, once it is known.
    chunks: Vec<u32>,
}

fn video_track<'a>(film: &Download<'a>) -> Result<Track<'a>, BoxError> {
    let (mut samples, mut offsets, mut sync, mut cuts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for segment in film.segments {
        for sample in Fragment::read(segment)?.samples {
            if sample.sync {
                sync.push(samples.len() as u32);
            }
            samples.push(sample.bytes.into());
            offsets.push(sample.offset);
            // A new chunk every second and at each shot's end.
            if samples.len() % film.settings.fps as usize == 0 {
                cuts.push(samples.len());
            }
        }
        cuts.push(samples.len());
    }
    cuts.dedup();
    if samples.is_empty() {
        return Err(BoxError::Missing("picture"));
    }
    let durations = vec![TICKS_PER_FRAME; samples.len()];
    let length = samples.len() as u64 * u64::from(TICKS_PER_FRAME);
    let head = TrackHead {
        kind: Kind::Video,
        id: VIDEO_TRACK,
        size: (film.settings.width, film.settings.height),
        timescale: film.settings.timescale(),
        media_length: length,
        movie_length: length,
        language: "und",
        codec: boxes::video_entry(film.settings, film.sets)?,
    };
    let (mut track, timescale) = (head.build(), film.settings.timescale());
    // Decoding begins so much before showing that no picture is shown before it is decoded.
    let ahead = offsets.iter().min().map_or(0, |least| -least).max(0);
    offsets.iter_mut().for_each(|offset| *offset += ahead);
    if offsets.iter().all(|offset| *offset == 0) {
        offsets.clear();
    } else {
        track.edts = Some(boxes::edit(length, ahead.unsigned_abs()));
    }
    let (sync, priming, chunks) = (Some(sync), 0, vec![]);
    Ok(Track { track, timescale, priming, samples, durations, offsets, sync, cuts, chunks })
}

fn sound_track(sound: &Sound, film_length: u64, timescale: u32) -> Track<'_> {
    // No longer than the film: both end together.
    let heard = sound.length * u64::from(timescale) / u64::from(sound.timescale);
    let heard = heard.min(film_length);
    let total: u64 = sound.packets.iter().map(|packet| u64::from(packet.duration)).sum();
    let mut track = sound.head(total, heard).build();
    track.edts = Some(sound.edit(heard));
    // AAC needs the packet before to come out right ("roll", ISO/IEC 14496-12, 10.1).
    let roll = FourCC::new(b"roll");
    let entry = AnySampleGroupEntry::UnknownGroupingType(roll, (-1i16).to_be_bytes().to_vec());
    track.mdia.minf.stbl.sgpd = vec![Sgpd {
        grouping_type: roll,
        default_length: Some(2),
        default_group_description_index: None,
        static_group_description: false,
        static_mapping: false,
        essential: false,
        entries: vec![SgpdEntry { description_length: None, entry }],
    }];
    track.mdia.minf.stbl.sbgp = vec![Sbgp {
        grouping_type: roll,
        grouping_type_parameter: None,
        entries: vec![SbgpEntry { sample_count: sound.packets.len() as u32, group_description_index: 1 }],
    }];
    let count = sound.packets.len();
    let a_second = (sound.timescale / sound.packets[0].duration.max(1)).max(1) as usize;
    Track {
        track,
        timescale: sound.timescale,
        priming: sound.priming,
        samples: sound.packets.iter().map(|packet| packet.bytes.as_slice().into()).collect(),
        durations: sound.packets.iter().map(|packet| packet.duration).collect(),
        offsets: vec![],
        sync: None,
        cuts: (a_second..count).step_by(a_second).chain([count]).collect(),
        chunks: vec![],
    }
}

/// Timed text (3GPP TS 26.245): samples without a gap, empty ones where nothing is said.
fn caption_track<'a>(film: &Download<'_>, length: u64) -> Result<Track<'a>, BoxError> {
    let mut samples: Vec<std::borrow::Cow<'a, [u8]>> = Vec::new();
    let mut durations = Vec::new();
    let mut push = |units: u64, text: &str| -> Result<(), BoxError> {
        if units > 0 {
            let mut end = text.len().min(usize::from(u16::MAX));
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let sample = [&(end as u16).to_be_bytes()[..], &text.as_bytes()[..end]].concat();
            samples.push(sample.into());
            durations.push(u32::try_from(units).map_err(|_| BoxError::TooLarge)?);
        }
        Ok(())
    };
    let mut at = 0;
    for cue in film.captions {
        let start = (cue.first_frame * u64::from(TICKS_PER_FRAME)).clamp(at, length);
        let end =
            ((cue.first_frame + u64::from(cue.frames)) * u64::from(TICKS_PER_FRAME)).clamp(start, length);
        push(start - at, "")?;
        push(end - start, &cue.text)?;
        at = end;
    }
    push(length - at, "")?;
    let height = film.settings.height as i16;
    let width = film.settings.width as i16;
    let band = height / 5;
    let head = TrackHead {
        kind: Kind::Captions,
        id: CAPTION_TRACK,
        size: (film.settings.width, band as u32),
        timescale: film.settings.timescale(),
        media_length: length,
        movie_length: length,
        language: boxes::three_letters(film.language),
        codec: Codec::Tx3g(Tx3g {
            data_reference_index: 1,
            bg_color_rgba: RgbaColor::default(),
            box_record: [0, 0, band, width],
            style_record: [0, 0, 0, 0, 0, 1, 0, (height / 20) as u8, 255, 255, 255, 255],
            ftab: Some(Ftab { font_entries: vec![FontEntry { font_id: 1, font: "Sans-Serif".into() }] }),
            ..Tx3g::default()
        }),
    };
    let mut track = head.build();
    // The band lies at the bottom of the picture.
    track.tkhd.matrix.y = i32::from(height - band) << 16;
    let cuts = (1..=samples.len()).collect();
    let timescale = film.settings.timescale();
    let (offsets, chunks) = (vec![], vec![]);
    Ok(Track { track, timescale, priming: 0, samples, durations, offsets, sync: None, cuts, chunks })
}

/// The chunks of all tracks by the time at which they are needed: track and samples.
fn interleave(tracks: &[Track<'_>], timescale: u32) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut chunks = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        let (mut from, mut start) = (0, 0u64);
        for cut in &track.cuts {
            let needed =
                start.saturating_sub(track.priming) * u64::from(timescale) / u64::from(track.timescale);
            chunks.push((needed, number, from..*cut));
            start += track.durations[from..*cut].iter().map(|duration| u64::from(*duration)).sum::<u64>();
            from = *cut;
        }
    }
    chunks.sort_by_key(|(needed, number, _)| (*needed, *number));
    chunks.into_iter().map(|(_, number, samples)| (number, samples)).collect()
}

fn moov(tracks: &[Track<'_>], film: &Download<'_>, length: u64) -> Moov {
    Moov {
        mvhd: Mvhd {
            timescale: film.settings.timescale(),
            duration: length,
            next_track_id: CAPTION_TRACK + 1,
            ..shot::movie_head()
        },
        trak: tracks.iter().map(with_tables).collect(),
        udta: Some(Udta { meta: Some(words(film.title, film.comment)), ..Udta::default() }),
        ..Moov::default()
    }
}

fn with_tables(track: &Track<'_>) -> Trak {
    let mut trak = track.track.clone();
    let mut stts: Vec<SttsEntry> = Vec::new();
    for duration in &track.durations {
        match stts.last_mut() {
            Some(run) if run.sample_delta == *duration => run.sample_count += 1,
            _ => stts.push(SttsEntry { sample_count: 1, sample_delta: *duration }),
        }
    }
    let mut ctts: Vec<CttsEntry> = Vec::new();
    for offset in &track.offsets {
        match ctts.last_mut() {
            Some(run) if run.sample_offset == *offset => run.sample_count += 1,
            _ => ctts.push(CttsEntry { sample_count: 1, sample_offset: *offset }),
        }
    }
    let mut stsc: Vec<StscEntry> = Vec::new();
    let mut from = 0;
    for (number, cut) in (1u32..).zip(&track.cuts) {
        let samples = (cut - from) as u32;
        from = *cut;
        if stsc.last().is_none_or(|run| run.samples_per_chunk != samples) {
            stsc.push(StscEntry {
                first_chunk: number,
                samples_per_chunk: samples,
                sample_description_index: 1,
            });
        }
    }
    // As many before the offsets are known as afterwards, so that the index keeps its size.
    let offsets = (0..track.cuts.len()).map(|chunk| track.chunks.get(chunk).copied().unwrap_or(0));
    let table = &mut trak.mdia.minf.stbl;
    *table = Stbl {
        stsd: table.stsd.clone(),
        sgpd: std::mem::take(&mut table.sgpd),
        sbgp: std::mem::take(&mut table.sbgp),
        stts: Stts { entries: stts },
        ctts: (!ctts.is_empty()).then_some(Ctts { entries: ctts }),
        stss: track
            .sync
            .as_ref()
            .map(|sync| Stss { entries: sync.iter().map(|sample| sample + 1).collect() }),
        stsc: Stsc { entries: stsc },
        stsz: Stsz {
            samples: StszSamples::Different { sizes: track.samples.iter().map(|s| s.len() as u32).collect() },
        },
        stco: Some(Stco { entries: offsets.collect() }),
        ..Stbl::default()
    };
    trak
}

/// Title and comment where players look for them: an iTunes-style list with `©nam` and `©cmt`.
fn words(title: &str, comment: &str) -> Meta {
    const UTF8: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 0];
    let said = [(b"\xa9nam", title), (b"\xa9cmt", comment)].into_iter().filter(|(_, text)| !text.is_empty());
    let list = said.flat_map(|(kind, text)| {
        boxes::plain(kind, &boxes::plain(b"data", &[&UTF8[..], text.as_bytes()].concat()))
    });
    let list = list.collect();
    Meta {
        hdlr: Hdlr { handler: FourCC::new(b"mdir"), name: String::new() },
        items: vec![boxes::raw(b"ilst", list)],
    }
}
