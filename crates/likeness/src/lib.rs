//! A photo becomes a cut-out: face found, upright by the eyes, head and hair cut from the
//! background, ready to be moved. Pixels in, pixels out.
//!
//! Must not know: files, the network, a clock, threads, where a photo came from or what film it
//! goes into. The same code runs on the server and, compiled to WebAssembly, on the parent's own
//! device, so that both see the same picture.

mod cut;
mod cutout;
mod detect;
mod finder;
mod head;
mod lids;
mod matte;
mod mesh;
mod mood;
mod networks;
mod photo;
mod png;
mod quality;
mod raster;
mod refusal;
mod rim;
mod tones;

pub use cutout::{CUT_OUT_SIZE, CutOut, CutOutError, InMood, LANDMARKS, Oval, Picture, Rimmed};
pub use mood::Mood;
pub use photo::Photo;
pub use refusal::{Refusal, Warning};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The three networks as ONNX files (see `models/SOURCES.md`).
#[derive(Clone, Copy)]
pub struct Networks<'a> {
    /// `face_detection_full_range_sparse.onnx`
    pub detector: &'a [u8],
    /// `face_landmark.onnx`
    pub landmarks: &'a [u8],
    /// `selfie_segmentation.onnx`
    pub mask: &'a [u8],
}

/// A network could not be read: the installation is damaged.
#[derive(Debug, Error)]
#[error("the {network} network cannot be read: {detail}")]
pub struct LoadError {
    /// Which of the three.
    pub network: &'static str,
    /// What the reader said.
    pub detail: String,
}

/// A face found in a photo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// x, y, width, height of the face in pixels of the photo as it was given (not turned).
    pub bounds: [f32; 4],
    /// Quarter turns clockwise that bring the photo upright for this face: 0 to 3.
    pub quarter_turns: u8,
    /// The detector's certainty, 0 to 1.
    pub score: f32,
    /// The landmark network's certainty that this is a face, 0 to 1.
    pub presence: f32,
    /// Pixels between the centres of the eyes.
    pub eye_distance: f32,
    /// What the parent should be told about this face.
    pub warnings: Vec<Warning>,
    /// The 468 mesh points in pixels of the photo *after* the quarter turns.
    pub landmarks: Vec<[f32; 3]>,
}

/// The networks, loaded and ready. Load once, use for many photos; one thread a call.
pub struct Likeness {
    nets: networks::Loaded,
}

/// The networks compiled into the program, so that nothing has to be installed beside it.
const EMBEDDED: Networks<'static> = Networks {
    detector: include_bytes!("../../../models/face_detection_full_range_sparse.onnx"),
    landmarks: include_bytes!("../../../models/face_landmark.onnx"),
    mask: include_bytes!("../../../models/selfie_segmentation.onnx"),
};

impl Likeness {
    /// Loads the networks from bytes.
    pub fn load(nets: Networks<'_>) -> Result<Self, LoadError> {
        Ok(Self { nets: networks::Loaded::new(nets)? })
    }

    /// Loads the networks compiled into the program (about 20 ms).
    ///
    /// # Panics
    /// When the compiled-in files are not the networks: a build mistake that the tests catch.
    pub fn embedded() -> Self {
        match Self::load(EMBEDDED) {
            Ok(likeness) => likeness,
            Err(e) => panic!("the compiled-in networks must load: {e}"),
        }
    }

    /// Every usable face of the photo, largest first; a photo lying on its side is found too.
    /// Never an empty list: without a usable face the reason is the error.
    pub fn faces(&self, photo: &Photo) -> Result<Vec<Face>, Refusal> {
        finder::faces(&self.nets, photo)
    }

    /// Cuts out the head of one face that [`Likeness::faces`] found in the same photo.
    pub fn cut_out(&self, photo: &Photo, face: &Face) -> Result<CutOut, Refusal> {
        cut::cut_out(&self.nets, photo, face)
    }
}
