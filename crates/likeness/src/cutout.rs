//! The cut-out: a head with hair on nothing, upright, with the landmarks that moods move. Knows
//! no networks and no photo.

use crate::mood::{self, Mood, Moved};
use crate::rim::{self, Part, Rim};
use crate::{Warning, png, tones};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thiserror::Error;

/// Side of a cut-out in pixels.
pub const CUT_OUT_SIZE: u32 = 768;
/// Number of landmarks.
pub const LANDMARKS: usize = 468;

const MAGIC: [u8; 6] = *b"CUTOUT";
const VERSION: u8 = 1;

/// What stands before the pixels in the stored bytes.
#[derive(Serialize, Deserialize)]
struct Head {
    size: u32,
    landmarks: Vec<[f32; 3]>,
    skin: [u8; 3],
    hair: [u8; 3],
    warnings: Vec<Warning>,
}

/// A head cut out of a photo: aligned by the eyes, background and shoulders gone.
#[derive(Clone, PartialEq)]
pub struct CutOut {
    /// Side in pixels ([`CUT_OUT_SIZE`]).
    pub size: u32,
    /// `size * size * 4` bytes, sRGB with straight alpha.
    pub rgba: Vec<u8>,
    /// The 468 points of the face mesh: x, y in pixels of `rgba`, z in the same unit (towards
    /// the camera is negative).
    pub landmarks: Vec<[f32; 3]>,
    /// Tone of the cheeks, sRGB.
    pub skin: [u8; 3],
    /// Tone of the hair, sRGB.
    pub hair: [u8; 3],
    /// What the parent should be told.
    pub warnings: Vec<Warning>,
}

impl std::fmt::Debug for CutOut {
    /// No pixels and no measures of a face in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CutOut({})", self.size)
    }
}

/// A picture with straight alpha, made from a cut-out.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pixels added on every side: a point `(x, y)` of the cut-out lies at `(x + pad, y + pad)`.
    pub pad: u32,
    /// `width * height * 4` bytes, sRGB with straight alpha.
    pub rgba: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{}, pad {})", self.width, self.height, self.pad)
    }
}

/// An upright ellipse in pixels of the cut-out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Oval {
    /// Centre across.
    pub cx: f32,
    /// Centre down.
    pub cy: f32,
    /// Half the width.
    pub rx: f32,
    /// Half the height.
    pub ry: f32,
}

/// Stored bytes are not a cut-out of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CutOutError {
    /// The opening bytes are not ours.
    #[error("these bytes are not a cut-out")]
    NotACutOut,
    /// Written by another version.
    #[error("this cut-out was written by another version ({0})")]
    Version(u8),
    /// Ours, but damaged.
    #[error("this cut-out is damaged")]
    Damaged,
}

impl CutOut {
    /// Everything, without loss and versioned: for [`CutOut::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Head {
            size: self.size,
            landmarks: self.landmarks.clone(),
            skin: self.skin,
            hair: self.hair,
            warnings: self.warnings.clone(),
        };
        let head = postcard::to_stdvec(&head).unwrap_or_default();
        let png = self.png();
        let mut bytes = Vec::with_capacity(MAGIC.len() + 5 + head.len() + png.len());
        bytes.extend(MAGIC);
        bytes.push(VERSION);
        bytes.extend((head.len() as u32).to_le_bytes());
        bytes.extend(head);
        bytes.extend(png);
        bytes
    }

    /// What [`CutOut::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CutOutError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(CutOutError::NotACutOut)?;
        let (&version, rest) = rest.split_first().ok_or(CutOutError::Damaged)?;
        if version != VERSION {
            return Err(CutOutError::Version(version));
        }
        let (length, rest) = rest.split_first_chunk().ok_or(CutOutError::Damaged)?;
        let (head, png) =
            rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(CutOutError::Damaged)?;
        let head: Head = postcard::from_bytes(head).map_err(|_| CutOutError::Damaged)?;
        let sound = head.size == CUT_OUT_SIZE
            && head.landmarks.len() == LANDMARKS
            && head.landmarks.iter().flatten().all(|v| v.is_finite());
        if !sound {
            return Err(CutOutError::Damaged);
        }
        let (width, height, rgba) = png::decode(png).ok_or(CutOutError::Damaged)?;
        if (width, height) != (head.size, head.size) {
            return Err(CutOutError::Damaged);
        }
        Ok(Self {
            size: head.size,
            rgba,
            landmarks: head.landmarks,
            skin: head.skin,
            hair: head.hair,
            warnings: head.warnings,
        })
    }

    /// The cut-out as a PNG with alpha and no metadata.
    pub fn png(&self) -> Vec<u8> {
        png::encode(self.size, self.size, &self.rgba)
    }

    /// The oval of the face: ear to ear, hairline to chin.
    pub fn face_oval(&self) -> Oval {
        tones::face_oval(&self.landmarks)
    }

    /// The cut-out as it is, as a picture without padding.
    pub fn picture(&self) -> Picture {
        Picture { width: self.size, height: self.size, pad: 0, rgba: self.rgba.clone() }
    }

    /// The cut-out in a mood: warped along the landmarks. Every value is first brought into its
    /// bounds; the same mood always gives the same bytes.
    pub fn with_mood(&self, mood: Mood) -> Picture {
        mood::apply(self, mood)
    }

    /// A white paper rim around the cut-out as it is; see [`Picture::with_rim`].
    pub fn with_rim(&self, rim_width: f32) -> Picture {
        self.picture().with_rim(rim_width)
    }
}

/// A cut-out on its paper, to be shown in one mood after another: what a mood leaves as it is is made once.
pub struct Rimmed {
    cut_out: Arc<CutOut>,
    rim: Rim,
    moved: Moved,
    /// In the last mood, without the rim and with it.
    plain: Picture,
    shown: Picture,
    /// The part that the last mood may have changed, without the rim.
    differs: Option<Part>,
}

/// A cut-out on its paper in a mood.
pub struct InMood<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// A box of pixels outside of which it is as the one at rest: left, top, right, bottom; the last two are the
    /// first outside. `None`: it is all the same.
    pub differs: Option<[usize; 4]>,
}

impl Rimmed {
    /// Lays the cut-out on paper that stands out by `rim_width` pixels of the cut-out. To get `n` pixels on screen
    /// pass `n / scale`, where `scale` is screen pixels per pixel of the cut-out.
    pub fn new(cut_out: Arc<CutOut>, rim_width: f32) -> Self {
        let plain = cut_out.picture();
        let rim = Rim::of(&plain, rim_width);
        let shown = rim.around(&plain);
        Self { cut_out, rim, moved: Moved::default(), plain, shown, differs: None }
    }

    /// In a mood; the same mood always gives the same bytes. The rim is that of the cut-out at rest.
    pub fn in_mood(&mut self, mood: Mood) -> InMood<'_> {
        if let Some(part) = self.differs {
            rim::copy(&self.cut_out.rgba, &mut self.plain.rgba, self.cut_out.size as usize, part);
            self.rim.lay(&self.plain, part, &mut self.shown);
        }
        self.differs = self.moved.put(&self.cut_out, mood, &mut self.plain);
        if let Some(part) = self.differs {
            self.rim.lay(&self.plain, part, &mut self.shown);
        }
        InMood { picture: &self.shown, differs: self.differs.map(|part| self.rim.placed(part)) }
    }
}

impl Picture {
    /// A white paper rim of `rim_width` pixels around the shape, its outline smooth and slightly
    /// irregular as if cut by hand. The picture grows by `pad` on every side to hold it.
    pub fn with_rim(&self, rim_width: f32) -> Picture {
        Rim::of(self, rim_width).around(self)
    }

    /// The picture as a PNG with alpha and no metadata.
    pub fn png(&self) -> Vec<u8> {
        png::encode(self.width, self.height, &self.rgba)
    }
}
