//! A shot of one picture that was painted for it: the picture fills the frame, our own camera moves slowly into it,
//! and it gets the grain and the vignette of the film around it. It must not know where the picture comes from.

use std::sync::Arc;

use likeness::Photo;

use crate::film::Rendition;
use crate::scene::{Canvas, Finish};

/// How far the camera goes in by the end.
const PUSH: f64 = 0.07;
/// How much of what does not fit goes away above; faces are rather in the upper half.
const ABOVE: f64 = 0.3;

/// The shot, ready to be drawn frame by frame in any order.
pub struct Painted {
    frames: u32,
    size: Rendition,
    picture: Photo,
    finish: Arc<Finish>,
}

/// Where a row or column of the frame lies between two of the picture.
#[derive(Clone, Copy)]
struct Between {
    one: usize,
    other: usize,
    /// How much of the other, of 256.
    share: u32,
}

impl Between {
    fn at(place: f64, length: u32) -> Self {
        let last = f64::from(length - 1);
        let place = place.clamp(0.0, last);
        let one = place.floor();
        let share = ((place - one) * 256.0) as u32;
        Self { one: one as usize, other: (one as usize + 1).min(last as usize), share }
    }

    fn mix(self, one: u32, other: u32) -> u32 {
        one * (256 - self.share) + other * self.share
    }
}

impl Painted {
    pub(crate) fn new(frames: u32, picture: Photo, size: Rendition, finish: Arc<Finish>) -> Self {
        Self { frames, size, picture, finish }
    }

    /// Number of frames.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Draws a frame (from 0; after the last the last is shown again).
    ///
    /// # Panics
    /// If the canvas has another size than the rendition the shot was made for.
    pub fn draw(&self, frame: u32, canvas: &mut Canvas) {
        lay(&self.picture, self.view(frame), self.size, canvas);
        self.finish.apply(canvas.pixels_mut());
    }

    /// The part of the picture that a frame shows: left, top, width and height in its pixels.
    fn view(&self, frame: u32) -> [f64; 4] {
        let [left, top, wide, high] = filling(&self.picture, self.size);
        let last = self.frames.saturating_sub(1);
        let way = f64::from(frame.min(last)) / f64::from(last.max(1));
        let zoom = 1.0 + PUSH * way * way * (3.0 - 2.0 * way);
        let (near_wide, near_high) = (wide / zoom, high / zoom);
        [left + (wide - near_wide) / 2.0, top + (high - near_high) / 2.0, near_wide, near_high]
    }
}

/// The part of a picture that fills a frame: left, top, width and height in its pixels.
pub(crate) fn filling(picture: &Photo, size: Rendition) -> [f64; 4] {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    let shape = f64::from(size.width) / f64::from(size.height);
    let (wide, high) = if width / height > shape { (height * shape, height) } else { (width, width / shape) };
    [(width - wide) / 2.0, (height - high) * ABOVE, wide, high]
}

/// Lays a part of a picture over the whole canvas.
///
/// # Panics
/// If the canvas has another size.
pub(crate) fn lay(picture: &Photo, part: [f64; 4], size: Rendition, canvas: &mut Canvas) {
    let Rendition { width, height } = size;
    assert_eq!((canvas.width(), canvas.height()), (width, height), "the canvas fits the rendition");
    let [left, top, wide, high] = part;
    let along = |start: f64, step: f64, pixel: u32| start + (f64::from(pixel) + 0.5) * step - 0.5;
    let columns: Vec<Between> =
        (0..width).map(|x| Between::at(along(left, wide / f64::from(width), x), picture.width)).collect();
    let row_bytes = picture.width as usize * 3;
    let rows = canvas.pixels_mut().chunks_exact_mut(width as usize * 4);
    for (y, row) in (0..).zip(rows) {
        let down = Between::at(along(top, high / f64::from(height), y), picture.height);
        let upper = &picture.rgb[down.one * row_bytes..][..row_bytes];
        let lower = &picture.rgb[down.other * row_bytes..][..row_bytes];
        for (pixel, across) in row.chunks_exact_mut(4).zip(&columns) {
            for (channel, byte) in pixel[..3].iter_mut().enumerate() {
                let of = |line: &[u8]| {
                    let at = |column: usize| u32::from(line[column * 3 + channel]);
                    across.mix(at(across.one), at(across.other))
                };
                *byte = ((down.mix(of(upper), of(lower)) + (1 << 15)) >> 16) as u8;
            }
            pixel[3] = 255;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture that gets lighter from left to right.
    fn shot(width: u32, height: u32) -> Painted {
        let rgb =
            (0..height).flat_map(|_| (0..width).flat_map(move |x| [(x * 255 / width) as u8; 3])).collect();
        let size = Rendition { width: 64, height: 36 };
        let finish = Arc::new(Finish::new(size.width, size.height, 0.0, 0.0));
        Painted::new(24, Photo::new(width, height, rgb).unwrap(), size, finish)
    }

    fn frame(shot: &Painted, number: u32) -> Vec<u8> {
        let mut canvas = Canvas::new(64, 36);
        shot.draw(number, &mut canvas);
        canvas.pixels().to_vec()
    }

    #[test]
    fn the_picture_fills_the_frame_and_the_camera_goes_in() {
        for (width, height) in [(128, 72), (64, 200), (300, 40)] {
            let shot = shot(width, height);
            let (first, last) = (frame(&shot, 0), frame(&shot, 23));
            assert_ne!(first, last, "{width} x {height}");
            assert_eq!(frame(&shot, 99), last, "after the last the last stays");
            let steps = last[..64 * 4].chunks_exact(4).map(|pixel| pixel[0]).collect::<Vec<_>>();
            assert!(steps.is_sorted() && steps[0] < steps[63], "{steps:?}");
            assert!(last.chunks_exact(4).all(|pixel| pixel[3] == 255));
            // Nearer: the left edge shows what lay further in.
            assert!(last[0] > first[0], "{width} x {height}");
        }
    }
}
