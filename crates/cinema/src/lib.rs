//! From drawn pictures to what a player plays: H.264 in CMAF segments, playlists,
//! captions, sound, and the one file to download.
//!
//! A shot is one segment with one closed group of pictures; a film is a list of
//! segments over one continuous sound track, so that shots made at other times, on
//! other machines or for another copy of the film fit together without a seam.
//!
//! Bytes in, bytes out: this crate must not know files, networks, clocks, accounts
//! or orders. Equal input gives equal bytes.

mod boxes;
mod captions;
mod codec;
mod download;
mod frames;
mod free_box;
mod nal;
mod picture;
mod planned;
mod playlist;
mod scene;
mod settings;
mod shot;
mod sides;
mod sound;

pub use boxes::BoxError;
pub use captions::{Cue, vtt};
pub use codec::{CodecError, Decoded, Decoder, Encoder};
pub use download::{Download, mp4};
pub use frames::{AreaFrames, Frames, TestPattern};
pub use free_box::with_room;
pub use nal::{ParameterSets, to_stream};
pub use picture::{Colours, Picture, ssim};
pub use playlist::{
    CaptionKind, CaptionList, FilmList, Listed, MediaList, Playlists, SoundList, VideoList, playlists,
};
pub use scene::{MovingFrames, PaintedFrames, SceneAreas, SceneFrames, captions, descriptions};
pub use settings::{Effort, Settings, TICKS_PER_FRAME};
pub use shot::{Fragment, FragmentSample, Segment, SegmentPlace, ShotError, init_segment, make_shot};
pub use sides::{PersonalSide, Regions, SharedSide, make_personal_shot, make_shared_side};
pub use sound::{Sound, SoundSegment};
