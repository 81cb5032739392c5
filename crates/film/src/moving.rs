//! A shot of a moving picture that was made for it: brought to the shot's length, it fills the frame and gets the grain and
//! the vignette of the film around it. It must not know where the picture comes from.

use std::sync::Arc;

use likeness::Photo;

use crate::film::Rendition;
use crate::painted::{filling, lay};
use crate::scene::{Canvas, Finish};

/// The part of a shot that a moving picture must last, to be slowed down to the whole.
const SHORTEST: f64 = 0.6;

/// The shot, ready to be drawn frame by frame.
pub struct Moving {
    size: Rendition,
    finish: Arc<Finish>,
    /// For each frame, which of the pictures is shown.
    shown: Vec<usize>,
}

impl Moving {
    /// `None` when it is too short, or has no pictures. `starts` says when each picture begins, ascending, and `length` when
    /// the last one ends, in seconds.
    pub(crate) fn new(
        (frames, fps): (u32, u32),
        (starts, length): (&[f64], f64),
        size: Rendition,
        finish: Arc<Finish>,
    ) -> Option<Self> {
        let whole = f64::from(frames) / f64::from(fps);
        if starts.is_empty() || length < whole * SHORTEST {
            return None;
        }
        // What is too short is slowed down; what is too long is cut.
        let pace = (length / whole).min(1.0) / f64::from(fps);
        let nearest = |at: f64| {
            let after = starts.partition_point(|start| *start <= at).min(starts.len() - 1);
            let before = after.saturating_sub(1);
            if (starts[after] - at).abs() < (at - starts[before]).abs() { after } else { before }
        };
        let shown = (0..frames).map(|frame| nearest(f64::from(frame) * pace)).collect();
        Some(Self { size, finish, shown })
    }

    /// Number of frames.
    pub fn frames(&self) -> u32 {
        self.shown.len() as u32
    }

    /// Which of the pictures a frame shows (after the last the last): never one before that of an earlier frame.
    pub fn shown(&self, frame: u32) -> usize {
        let last = self.shown.len().saturating_sub(1);
        self.shown.get(last.min(frame as usize)).copied().unwrap_or(0)
    }

    /// Draws a picture as a frame.
    ///
    /// # Panics
    /// If the canvas has another size than the rendition the shot was made for.
    pub fn draw(&self, picture: &Photo, canvas: &mut Canvas) {
        lay(picture, filling(picture, self.size), self.size, canvas);
        self.finish.apply(canvas.pixels_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Rendition = Rendition { width: 64, height: 36 };

    /// A shot of two seconds at 24 frames, of so many pictures at a rate.
    fn shot(pictures: u32, rate: f64) -> Option<Moving> {
        let starts: Vec<f64> = (0..pictures).map(|picture| f64::from(picture) / rate).collect();
        let finish = Arc::new(Finish::new(SIZE.width, SIZE.height, 0.0, 0.0));
        Moving::new((48, 24), (&starts, f64::from(pictures) / rate), SIZE, finish)
    }

    fn shown(shot: &Moving) -> Vec<usize> {
        (0..shot.frames()).map(|frame| shot.shown(frame)).collect()
    }

    #[test]
    fn a_moving_picture_is_cut_or_slowed_to_the_shot() {
        assert_eq!(shown(&shot(48, 24.0).unwrap()), (0..48).collect::<Vec<_>>(), "it fits");
        assert_eq!(shown(&shot(480, 24.0).unwrap()), (0..48).collect::<Vec<_>>(), "the end is cut");
        let twice = shown(&shot(96, 48.0).unwrap());
        assert_eq!(twice, (0..48).map(|frame| frame * 2).collect::<Vec<_>>(), "every second one");
        let slowed = shown(&shot(36, 24.0).unwrap());
        assert!(slowed.is_sorted() && slowed[0] == 0 && slowed[47] == 35, "{slowed:?}");
        let faster = shown(&shot(60, 30.0).unwrap());
        assert!(faster.is_sorted() && faster.windows(2).all(|two| two[1] - two[0] <= 2), "{faster:?}");
        assert!(faster[47] >= 58, "{faster:?}");
        assert_eq!(shot(48, 24.0).unwrap().shown(99), 47, "after the last the last stays");
    }

    #[test]
    fn what_is_much_too_short_is_no_shot() {
        assert!(shot(29, 24.0).is_some() && shot(28, 24.0).is_none() && shot(0, 24.0).is_none());
    }

    #[test]
    fn a_picture_of_any_shape_fills_the_frame() {
        let shot = shot(48, 24.0).unwrap();
        for (width, height) in [(64, 36), (20, 90), (300, 40)] {
            let picture = Photo::new(width, height, vec![90; (width * height * 3) as usize]).unwrap();
            let mut canvas = Canvas::new(64, 36);
            shot.draw(&picture, &mut canvas);
            assert!(canvas.pixels().chunks_exact(4).all(|pixel| pixel == [90, 90, 90, 255]));
        }
    }
}
