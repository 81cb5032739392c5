//! A personal shot in two sides: what is the same for every child is coded once and kept, and for an order only the
//! macroblocks are drawn and coded that a child can change; where only the camera moved, hardly any is drawn. Together
//! they are a segment like any other, beside the same init segment.
//!
//! It pays where little of the picture is personal; where not, the shot is made whole.

mod personal;
mod regions;
mod stored;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use region::Quality;

use crate::frames::Frames;
use crate::planned::{Coded, planned};
use crate::settings::Settings;
use crate::shot::ShotError;

pub use personal::{PersonalSide, make_personal_shot};
pub use regions::Regions;

/// Pixels of a macroblock's side.
const SIDE: u32 = 16;

/// The side of a shot that is everyone's, coded, and where the other one belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSide {
    /// The personal side's quantiser.
    qp: u8,
    regions: Regions,
    /// The pictures in the order of coding.
    pictures: Vec<Coded>,
}

impl SharedSide {
    /// Where the other side belongs.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// Whether the shot had better be made in two sides than whole.
    pub fn pays(&self) -> bool {
        self.regions.pays()
    }
}

/// Codes what is everyone's of a shot, once. The frames show nobody, or whoever stays within the reach that the
/// regions were made from; they are drawn twice, the second time not in the order of showing. `progress` is as in
/// [`make_shot`](crate::make_shot), of twice as many pictures.
pub fn make_shared_side(
    frames: &mut dyn Frames,
    regions: Regions,
    settings: &Settings,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<SharedSide, ShotError> {
    if frames.frames() < 2 {
        return Err(ShotError::TooShort);
    }
    if (frames.frames(), settings.stream()) != (regions.frames(), regions.settings().stream()) {
        return Err(ShotError::OtherShot);
    }
    let pictures = planned(frames, &regions.maps, settings, progress)?;
    Ok(SharedSide { qp: settings.quantiser.min(Quality::QP_MAX), regions, pictures })
}
