//! A shot becomes a segment: drawn, converted and encoded picture by picture into
//! one CMAF fragment with one closed group of pictures. Quickly, while somebody waits,
//! or well, where it is made once for all.

use std::ops::ControlFlow;

use mp4_atom::{
    FourCC, Ftyp, Mfhd, Moof, Moov, Mvex, Mvhd, Styp, Tfdt, Tfhd, Traf, Trex, Trun, TrunEntry, TrunSamples,
};

use crate::boxes::{self, BoxError, Kind, TrackHead, VIDEO_TRACK};
use region::{Map, assemble, order};

use crate::codec::{CodecError, Encoder};
use crate::frames::Frames;
use crate::nal::{self, ParameterSets, Sample};
use crate::picture::Picture;
use crate::planned::{Coded, planned};
use crate::settings::{Effort, Settings, TICKS_PER_FRAME};

/// Where a shot stands in its film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentPlace {
    /// Pictures of the film before this shot.
    pub first_frame: u64,
    /// Number of the shot in the film, from 1.
    pub sequence: u32,
}

/// One shot, ready to be played after the init segment of its rendition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// `styp`, `moof` and `mdat`.
    pub bytes: Vec<u8>,
    /// Pictures in it.
    pub frames: u32,
}

/// Why a shot was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShotError {
    /// The progress callback asked to stop.
    #[error("making the shot was cancelled")]
    Cancelled,
    /// The shot has fewer than two pictures. (Two start pictures in a row, with the same
    /// number, could not be told apart by every player.)
    #[error("a shot needs at least two pictures")]
    TooShort,
    /// A drawn picture is not of the rendition's size.
    #[error("picture {frame} has {bytes} bytes, which is not the size of the rendition")]
    WrongSize {
        /// Which picture.
        frame: u32,
        /// How many bytes were drawn.
        bytes: usize,
    },
    /// The encoder left a picture out or put a start picture where none belongs.
    #[error("the encoder did not give picture {0} the place it must have")]
    WrongPicture(u32),
    /// The parameter sets differ from those in the init segment.
    #[error("the shot's parameter sets differ from those of its rendition")]
    OtherParameterSets,
    /// A shared side, its regions and the pictures given are not of one shot.
    #[error("the shared side is of another shot")]
    OtherShot,
    /// Slices of another encoder cannot stand beside these parameter sets.
    #[error(transparent)]
    Regions(#[from] region::Unfit),
    /// The encoder failed.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The file could not be put together.
    #[error(transparent)]
    Boxes(#[from] BoxError),
}

/// Makes one shot. Where the settings ask for [`Effort::Best`] it is drawn twice, the second time not in the order of
/// showing. `progress` is told after each picture how many are done and how many there are; with `Break` the work ends in
/// [`ShotError::Cancelled`].
pub fn make_shot(
    frames: &mut dyn Frames,
    place: SegmentPlace,
    settings: &Settings,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<Segment, ShotError> {
    let count = frames.frames();
    if count < 2 {
        return Err(ShotError::TooShort);
    }
    let samples = match settings.effort {
        Effort::Fast => quick(frames, settings, progress)?,
        Effort::Best => {
            let stream = settings.stream();
            let maps = vec![Map::shared(stream.across(), stream.down()); count as usize];
            let pictures = planned(frames, &maps, settings, progress)?;
            let shown = order(maps.len()).into_iter();
            let of =
                |(shown, made): (usize, &Coded)| Sample::of_units(shown as u32, assemble(&made.slices, &[]));
            shown.zip(&pictures).map(of).collect()
        }
    };
    Ok(Segment { bytes: fragment(&samples, place)?, frames: count })
}

/// The pictures of a shot, each built on the one before.
fn quick(
    frames: &mut dyn Frames,
    settings: &Settings,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<Vec<Sample>, ShotError> {
    let sets = ParameterSets::of(settings)?;
    let mut encoder = Encoder::new(settings)?;
    let count = frames.frames();
    let mut samples = Vec::with_capacity(count as usize);
    each(frames, settings, 0..count, &mut |frame, picture| {
        let unit = encoder.encode(picture)?;
        if frame == 0 && nal::picture_set(&unit) != Some(&sets.pictures[0]) {
            return Err(ShotError::OtherParameterSets);
        }
        let sample = nal::to_sample(frame, &unit)?;
        if sample.bytes.is_empty() || sample.sync != (frame == 0) {
            return Err(ShotError::WrongPicture(frame));
        }
        samples.push(sample);
        Ok(progress(frame + 1, count))
    })?;
    Ok(samples)
}

/// What is done with each picture; `Break` ends in [`ShotError::Cancelled`].
type Each<'a> = dyn FnMut(u32, &Picture) -> Result<ControlFlow<()>, ShotError> + 'a;

/// Draws pictures of a shot in an order, and does something with each.
pub(crate) fn each(
    frames: &mut dyn Frames,
    settings: &Settings,
    order: impl Iterator<Item = u32>,
    run: &mut Each<'_>,
) -> Result<(), ShotError> {
    let mut picture = Picture::new(settings.width, settings.height);
    for frame in order {
        let rgba = frames.draw(frame);
        if rgba.len() != (settings.width * settings.height * 4) as usize {
            return Err(ShotError::WrongSize { frame, bytes: rgba.len() });
        }
        picture.set_rgba(rgba);
        if run(frame, &picture)?.is_break() {
            return Err(ShotError::Cancelled);
        }
    }
    Ok(())
}

/// Sample flags (ISO/IEC 14496-12, 8.8.3.1): depends on nothing; depends on others and is no sync sample.
pub(crate) const SYNC: u32 = 0x0200_0000;
pub(crate) const NOT_SYNC: u32 = 0x0101_0000;

pub(crate) fn fragment(samples: &[Sample], place: SegmentPlace) -> Result<Vec<u8>, BoxError> {
    let is_reordered = (0..).zip(samples).any(|(at, sample)| sample.shown != at);
    // Shown before it is decoded, on paper: so that a shot's first picture is shown at the shot's first moment.
    let offset =
        |at: u32, sample: &Sample| (i64::from(sample.shown) - i64::from(at)) * i64::from(TICKS_PER_FRAME);
    let entries = (0..).zip(samples).map(|(at, sample)| TrunEntry {
        size: Some(sample.bytes.len() as u32),
        flags: sample.sync.then_some(SYNC),
        cts: is_reordered.then(|| offset(at, sample)),
        ..TrunEntry::default()
    });
    let traf = Traf {
        tfhd: Tfhd {
            track_id: VIDEO_TRACK,
            default_sample_duration: Some(TICKS_PER_FRAME),
            default_sample_flags: Some(NOT_SYNC),
            default_base_is_moof: true,
            ..Tfhd::default()
        },
        tfdt: Some(Tfdt { base_media_decode_time: place.first_frame * u64::from(TICKS_PER_FRAME) }),
        trun: vec![Trun { data_offset: Some(0), samples: TrunSamples::Explicit(entries.collect()) }],
        ..Traf::default()
    };
    segment(place.sequence, traf, samples.iter().map(|sample| sample.bytes.as_slice()))
}

/// `styp`, `moof` and `mdat` of one fragment with one run of samples.
pub(crate) fn segment<'a>(
    sequence: u32,
    traf: Traf,
    samples: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, BoxError> {
    let styp = Styp {
        major_brand: FourCC::new(b"msdh"),
        minor_version: 0,
        compatible_brands: vec![FourCC::new(b"msdh"), FourCC::new(b"cmfs")],
    };
    let mut moof = Moof { mfhd: Mfhd { sequence_number: sequence }, traf: vec![traf] };
    let data = samples.fold(Vec::new(), |mut data, sample| {
        data.extend_from_slice(sample);
        data
    });
    // The run states where its data begin, counted from the start of `moof`.
    let head = boxes::encode(&moof)?.len() + 8;
    moof.traf[0].trun[0].data_offset = Some(head as i32);
    let length = u32::try_from(data.len() + 8).map_err(|_| BoxError::TooLarge)?;
    let mut bytes = boxes::encode(&styp)?;
    bytes.reserve(head + data.len());
    bytes.extend(boxes::encode(&moof)?);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(b"mdat");
    bytes.extend(data);
    Ok(bytes)
}

/// The init segment of the video: the same for all shots and all films of the rendition.
pub fn init_segment(settings: &Settings) -> Result<Vec<u8>, ShotError> {
    let sets = ParameterSets::of(settings)?;
    let head = TrackHead {
        kind: Kind::Video,
        id: VIDEO_TRACK,
        size: (settings.width, settings.height),
        timescale: settings.timescale(),
        media_length: 0,
        movie_length: 0,
        language: "und",
        codec: boxes::video_entry(settings, &sets)?,
    };
    Ok(init(head.build(), settings.timescale(), TICKS_PER_FRAME, NOT_SYNC)?)
}

/// `ftyp` and `moov` of a track that comes in fragments.
pub(crate) fn init(
    track: mp4_atom::Trak,
    timescale: u32,
    sample_duration: u32,
    sample_flags: u32,
) -> Result<Vec<u8>, BoxError> {
    let ftyp = Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: [b"iso6", b"cmfc", b"mp41"].map(FourCC::new).to_vec(),
    };
    let id = track.tkhd.track_id;
    let moov = Moov {
        mvhd: Mvhd { timescale, next_track_id: id + 1, rate: 1.into(), volume: 1.into(), ..movie_head() },
        mvex: Some(Mvex {
            mehd: None,
            trex: vec![Trex {
                track_id: id,
                default_sample_description_index: 1,
                default_sample_duration: sample_duration,
                default_sample_flags: sample_flags,
                ..Trex::default()
            }],
        }),
        trak: vec![track],
        ..Moov::default()
    };
    Ok([boxes::encode(&ftyp)?, boxes::encode(&moov)?].concat())
}

/// A movie header without times: a film has no date, so that equal input gives equal bytes.
pub(crate) fn movie_head() -> Mvhd {
    Mvhd {
        creation_time: 0,
        modification_time: 0,
        timescale: 1,
        duration: 0,
        rate: 1.into(),
        volume: 1.into(),
        matrix: mp4_atom::Matrix::default(),
        next_track_id: 1,
    }
}

/// A fragment read back: its samples and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// Decode time of the first sample in the track's units.
    pub start: u64,
    /// The samples: length in the track's units (`None`: the init segment's), sync, bytes.
    pub samples: Vec<FragmentSample<'a>>,
}

/// One sample of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentSample<'a> {
    /// Length in the track's units.
    pub duration: u32,
    /// How much later it is shown than it is decoded, in the track's units; may be negative.
    pub offset: i64,
    /// Whether decoding can begin here.
    pub sync: bool,
    /// The coded bytes.
    pub bytes: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Reads a segment that this crate has written.
    pub fn read(segment: &'a [u8]) -> Result<Self, BoxError> {
        use mp4_atom::Decode;
        let (mut moof, mut start_of_moof, mut at) = (None, 0, 0);
        for (kind, whole) in boxes::split(segment) {
            if &kind == b"moof" {
                moof = Some(Moof::decode(&mut &whole[..])?);
                start_of_moof = at;
            }
            at += whole.len();
        }
        let moof = moof.ok_or(BoxError::Missing("moof"))?;
        let traf = moof.traf.first().ok_or(BoxError::Missing("traf"))?;
        let start = traf.tfdt.as_ref().ok_or(BoxError::Missing("tfdt"))?.base_media_decode_time;
        let mut samples = Vec::new();
        for run in &traf.trun {
            let offset = run.data_offset.ok_or(BoxError::Missing("data offset"))?;
            let mut at = start_of_moof + offset as usize;
            for entry in &run.samples {
                let size = entry.size.or(traf.tfhd.default_sample_size).unwrap_or(0) as usize;
                let bytes = segment.get(at..at + size).ok_or(BoxError::Missing("mdat"))?;
                let flags = entry.flags.or(traf.tfhd.default_sample_flags).unwrap_or(SYNC);
                let duration = entry.duration.or(traf.tfhd.default_sample_duration).unwrap_or(0);
                let (offset, sync) = (entry.cts.unwrap_or(0), flags & 0x0001_0000 == 0);
                samples.push(FragmentSample { duration, offset, sync, bytes });
                at += size;
            }
        }
        Ok(Self { start, samples })
    }

    /// Length of all samples in the track's units.
    pub fn duration(&self) -> u64 {
        self.samples.iter().map(|sample| u64::from(sample.duration)).sum()
    }
}
