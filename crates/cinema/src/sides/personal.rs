//! The personal side of a shot, picture by picture, and both sides put together.

use std::ops::ControlFlow;

use film::Area;
use region::{Coder, Effort, Moved, Quality, Whose, assemble, order};

use super::{SIDE, SharedSide};
use crate::frames::AreaFrames;
use crate::nal::Sample;
use crate::picture::Picture;
use crate::planned::view;
use crate::shot::{Segment, SegmentPlace, ShotError, fragment};

/// Draws and codes what is personal of a shot and puts both sides together.
pub fn make_personal_shot(
    shared: &SharedSide,
    frames: &mut dyn AreaFrames,
    place: SegmentPlace,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<Segment, ShotError> {
    let count = shared.regions.frames();
    if frames.frames() != count {
        return Err(ShotError::OtherShot);
    }
    let mut side = PersonalSide::new(shared);
    while let Some((frame, areas)) = side.next() {
        for area in areas {
            side.put(area, frames.draw_area(frame, area))?;
        }
        side.code(&frames.moved(frame))?;
        if progress(side.coded(), count).is_break() {
            return Err(ShotError::Cancelled);
        }
    }
    side.finish(place)
}

/// The personal side while it is made, picture by picture: draw the areas of the [`next`](Self::next) one,
/// [`put`](Self::put) each and [`code`](Self::code).
pub struct PersonalSide<'a> {
    shared: &'a SharedSide,
    coder: Coder,
    /// The numbers of the pictures in the order of coding.
    order: Vec<usize>,
    /// What was drawn last; outside of the areas it is anything.
    picture: Picture,
    area: Picture,
    samples: Vec<Sample>,
}

impl<'a> PersonalSide<'a> {
    /// Begins a shot.
    pub fn new(shared: &'a SharedSide) -> Self {
        let (settings, count) = (shared.regions.settings(), shared.pictures.len());
        let quality = Quality { qp: shared.qp, effort: Effort::Fast };
        Self {
            shared,
            coder: Coder::new(&settings.stream(), Whose::Personal, quality, count),
            order: order(count),
            picture: Picture::new(settings.width, settings.height),
            area: Picture::new(SIDE, SIDE),
            samples: Vec::new(),
        }
    }

    /// Pictures so far.
    pub fn coded(&self) -> u32 {
        self.samples.len() as u32
    }

    /// The number of the next picture and what is to be drawn of it, which may be nothing; none after the last.
    pub fn next(&self) -> Option<(u32, Vec<Area>)> {
        let coded = self.samples.len();
        let next = *self.order.get(coded)?;
        let (regions, map) = (&self.shared.regions, &self.shared.regions.maps[next]);
        let areas = match &self.shared.pictures[coded].told {
            Some(told) => regions.areas(&told.drawn(map)),
            None => regions.areas(map),
        };
        Some((next as u32, areas))
    }

    /// Takes over one of the areas, drawn as opaque RGBA.
    pub fn put(&mut self, area: Area, rgba: &[u8]) -> Result<(), ShotError> {
        if rgba.len() != (area.width * area.height * 4) as usize {
            return Err(ShotError::WrongSize { frame: self.coded(), bytes: rgba.len() });
        }
        if (self.area.width(), self.area.height()) != (area.width, area.height) {
            self.area = Picture::new(area.width, area.height);
        }
        self.area.set_rgba(rgba);
        self.picture.put(&self.area, area.x, area.y);
        Ok(())
    }

    /// Codes the next picture, whose areas are there; nothing after the last. `moved` is what is known to move in it.
    pub fn code(&mut self, moved: &[Moved]) -> Result<(), ShotError> {
        let coded = self.samples.len();
        let Some(next) = self.order.get(coded) else { return Ok(()) };
        let (picture, map) = (&self.shared.pictures[coded], &self.shared.regions.maps[*next]);
        let drawn = view(&self.picture);
        let own = match &picture.told {
            Some(told) => self.coder.code_told(&drawn, map, moved, told).ok_or(ShotError::OtherShot)?,
            None => self.coder.code(&drawn, map, moved),
        };
        self.samples.push(Sample::of_units(*next as u32, assemble(&picture.slices, &own)));
        Ok(())
    }

    /// The shot, once all pictures are coded.
    pub fn finish(self, place: SegmentPlace) -> Result<Segment, ShotError> {
        let frames = self.coded();
        if frames != self.shared.regions.frames() {
            return Err(ShotError::WrongPicture(frames));
        }
        Ok(Segment { bytes: fragment(&self.samples, place)?, frames })
    }
}
