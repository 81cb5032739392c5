//! Pictures that are coded once for all: the whole shot is looked at before any of them is coded, and each way of coding
//! is weighed. Serves whole shots and the shared side of a shot in two.

use std::ops::ControlFlow;
use std::sync::Arc;

use region::{Coder, Effort, I420, Map, Planner, Quality, Slice, Teller, Told, Whose, order};

use crate::frames::Frames;
use crate::picture::Picture;
use crate::settings::Settings;
use crate::shot::{ShotError, each};

/// By how much the quantiser is coarser than the quick encoder's at the same quality: the plan makes finer what is worth it.
const COARSER: u8 = 3;

/// What was coded of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Coded {
    /// Of the shared macroblocks.
    pub slices: Vec<Slice>,
    /// How the personal ones moved, where that is all there is to be told of them.
    pub told: Option<Told>,
}

/// The pictures in the order of coding. `progress` is told of each twice.
pub(crate) fn planned(
    frames: &mut dyn Frames,
    maps: &[Map],
    settings: &Settings,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<Vec<Coded>, ShotError> {
    let (stream, count) = (settings.stream(), maps.len() as u32);
    let mut planner = Planner::new(&stream);
    each(frames, settings, 0..count, &mut |frame, picture| {
        planner.see(&view(picture));
        Ok(progress(frame + 1, count * 2))
    })?;
    let quality = Quality { qp: (settings.quantiser + COARSER).min(Quality::QP_MAX), effort: Effort::Best };
    let mut coder =
        Coder::new(&stream, Whose::Shared, quality, maps.len()).planned(Arc::new(planner.finish()));
    let ways: Vec<_> = (0..count).map(|frame| frames.ways(frame)).collect();
    let is_apart = maps.iter().any(|map| map.personal() > 0);
    let mut teller = is_apart.then(|| Teller::new(&stream, maps.len()));
    let mut coded = Vec::with_capacity(maps.len());
    let order = order(maps.len()).into_iter().map(|frame| frame as u32);
    each(frames, settings, order, &mut |frame, picture| {
        let (picture, map, ways) = (view(picture), &maps[frame as usize], &ways[frame as usize]);
        let slices = coder.code(&picture, map, &[]);
        let told = teller.as_mut().and_then(|teller| teller.see(&picture, map, ways.as_ref()));
        coded.push(Coded { slices, told });
        Ok(progress(count + coded.len() as u32, count * 2))
    })?;
    Ok(coded)
}

/// A picture as the coder takes it.
pub(crate) fn view(picture: &Picture) -> I420<'_> {
    I420 { width: picture.width() as usize, height: picture.height() as usize, planes: picture.planes() }
}
