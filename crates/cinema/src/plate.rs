//! A personal shot on a plate: the shot as everybody's, made once with the film's sample and kept nearly without loss.
//! For an order only what its child, or the sample, changes is drawn, and laid over the plate's pictures.

use std::ops::ControlFlow;

use film::{Area, Canvas, Scene};
use serde::{Deserialize, Serialize};

use crate::areas::joined;
use crate::codec::Decoder;
use crate::frames::Frames;
use crate::nal::{ParameterSets, to_stream};
use crate::picture::Picture;
use crate::scene::SceneFrames;
use crate::settings::{Effort, Settings};
use crate::shot::{Fragment, SegmentPlace, ShotError, make_shot};

/// So fine that coding it again costs next to nothing of the likeness.
const QUANTISER: u8 = 16;

/// A shot as everybody's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plate {
    size: (u32, u32),
    /// What those who play in it change of each picture: left, top, width, height.
    extents: Vec<Vec<[u16; 4]>>,
    segment: Vec<u8>,
}

impl Plate {
    /// Makes the plate of a shot. The scene is that of the film's sample, `progress` as in [`make_shot`].
    ///
    /// # Errors
    /// As [`make_shot`].
    pub fn make(
        mut scene: Scene,
        settings: &Settings,
        progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
    ) -> Result<Self, ShotError> {
        let packed = |area: Area| [area.x, area.y, area.width, area.height].map(|side| side as u16);
        let extents = (0..scene.frames()).map(|frame| scene.extent(frame).into_iter().map(packed).collect());
        let extents = extents.collect();
        let place = SegmentPlace { first_frame: 0, sequence: 1 };
        let segment =
            make_shot(&mut SceneFrames::new(scene, settings), place, &fine(settings), progress)?.bytes;
        Ok(Self { size: (settings.width, settings.height), extents, segment })
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// What was kept; `None` when it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (plate, rest): (Self, _) = postcard::take_from_bytes(bytes).ok()?;
        rest.is_empty().then_some(plate)
    }

    fn extent(&self, frame: u32) -> impl Iterator<Item = Area> {
        self.extents[frame as usize].iter().map(|sides| {
            let [x, y, width, height] = sides.map(u32::from);
            Area { x, y, width, height }
        })
    }
}

impl std::fmt::Debug for Plate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plate({} pictures, {} bytes)", self.extents.len(), self.segment.len())
    }
}

/// How a plate is coded.
fn fine(settings: &Settings) -> Settings {
    Settings { quantiser: QUANTISER, effort: Effort::Fast, ..*settings }
}

/// A scene whose pictures are those of a plate but for what its child changes.
pub struct PlateFrames<'a> {
    plate: &'a Plate,
    units: Vec<&'a [u8]>,
    sets: ParameterSets,
    decoder: Decoder,
    scene: Scene,
    /// What was drawn last, and the same in the encoder's form.
    canvas: Canvas,
    area: Picture,
}

impl<'a> PlateFrames<'a> {
    /// Lays a scene over the plate of its shot.
    ///
    /// # Errors
    /// [`ShotError::OtherShot`] when the plate is of another shot or size; when it is damaged.
    pub fn new(plate: &'a Plate, scene: Scene, settings: &Settings) -> Result<Self, ShotError> {
        let units: Vec<&[u8]> =
            Fragment::read(&plate.segment)?.samples.iter().map(|sample| sample.bytes).collect();
        let frames = scene.frames() as usize;
        let size = (settings.width, settings.height);
        if (plate.size, plate.extents.len(), units.len()) != (size, frames, frames) {
            return Err(ShotError::OtherShot);
        }
        Ok(Self {
            plate,
            units,
            sets: ParameterSets::of(&fine(settings))?,
            decoder: Decoder::new()?,
            scene,
            canvas: Canvas::new(16, 16),
            area: Picture::new(16, 16),
        })
    }

    /// What is drawn of a picture: all that differs from the plate's.
    pub fn areas(&mut self, frame: u32) -> Vec<Area> {
        let own = self.scene.extent(frame);
        let theirs: Vec<Area> = self.plate.extent(frame).collect();
        joined(own.iter().chain(&theirs), self.plate.size)
    }
}

impl Frames for PlateFrames<'_> {
    fn frames(&self) -> u32 {
        self.scene.frames()
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        let (width, height) = self.plate.size;
        if (self.canvas.width(), self.canvas.height()) != (width, height) {
            self.canvas = Canvas::new(width, height);
        }
        self.scene.draw(frame, &mut self.canvas);
        self.canvas.pixels()
    }

    fn picture(&mut self, frame: u32, into: &mut Picture) -> Result<(), ShotError> {
        let unit = self.units.get(frame as usize).ok_or(ShotError::OtherShot)?;
        let decoded = self.decoder.decode(&to_stream(unit, &self.sets))?;
        *into = decoded.ok_or(ShotError::WrongPicture(frame))?;
        if (into.width(), into.height()) != self.plate.size {
            return Err(ShotError::OtherShot);
        }
        for area in self.areas(frame) {
            if (self.canvas.width(), self.canvas.height()) != (area.width, area.height) {
                self.canvas = Canvas::new(area.width, area.height);
            }
            if (self.area.width(), self.area.height()) != (area.width, area.height) {
                self.area = Picture::new(area.width, area.height);
            }
            self.scene.draw_area(frame, area, &mut self.canvas);
            self.area.set_rgba(self.canvas.pixels());
            into.put(&self.area, area.x, area.y);
        }
        Ok(())
    }
}
