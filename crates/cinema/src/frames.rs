//! Where pictures come from: the seam between what draws a shot and what encodes it.

use film::Area;
use region::{Moved, Ways};

/// The pictures of one shot, drawn one after the other.
pub trait Frames {
    /// How many pictures the shot has.
    fn frames(&self) -> u32;

    /// Draws one picture: opaque RGBA, 8 bit, row by row, in the rendition's size.
    /// Called for 0, 1, 2 … in order; for what is planned before it is coded, once more in another order.
    fn draw(&mut self, frame: u32) -> &[u8];

    /// How a picture was seen to move where everything in it stands as in the one before.
    fn ways(&self, _frame: u32) -> Option<Ways> {
        None
    }
}

/// The pictures of one shot, of which only areas are drawn.
pub trait AreaFrames {
    /// How many pictures the shot has.
    fn frames(&self) -> u32;

    /// Draws an area of a picture: opaque RGBA, 8 bit, row by row, in the area's size. Called for one picture after
    /// the other, not in the order of showing.
    fn draw_area(&mut self, frame: u32, area: Area) -> &[u8];

    /// What is known to move as a whole in a picture, the uppermost last; in each picture the same things in the same
    /// order. Asked for once its areas are drawn.
    fn moved(&self, frame: u32) -> Vec<Moved>;
}

/// A moving test picture: a gradient, a checked floor and a ball, each at its own
/// speed, so that an encoder has edges, flat parts and motion to deal with.
pub struct TestPattern {
    width: u32,
    height: u32,
    frames: u32,
    seed: u32,
    pixels: Vec<u8>,
}

impl TestPattern {
    /// A pattern of the size and length given; other seeds look otherwise.
    pub fn new(width: u32, height: u32, frames: u32, seed: u32) -> Self {
        Self { width, height, frames, seed, pixels: vec![255; (width * height * 4) as usize] }
    }
}

impl Frames for TestPattern {
    fn frames(&self) -> u32 {
        self.frames
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        let (width, height) = (self.width as i32, self.height as i32);
        let (n, seed) = (frame as i32, self.seed as i32);
        let radius = height / 5;
        let (ball_x, ball_y) = ((n * 7 + seed * 31) % width, height / 2 + (n * 3) % radius.max(1));
        for y in 0..height {
            for x in 0..width {
                let floor = y > height * 2 / 3;
                let mut colour = if floor {
                    let check = ((x + n * 4) / 40 + y / 24 + seed) % 2 == 0;
                    if check { [92, 74, 140] } else { [66, 54, 110] }
                } else {
                    [30 + (y * 60 / height), 40 + ((x + n) * 70 / (width + 99)), 120 + seed * 17 % 90]
                };
                if (x - ball_x).pow(2) + (y - ball_y).pow(2) < radius * radius {
                    colour = [240, 200 - (x - ball_x).abs() * 60 / radius.max(1), 96];
                }
                let at = ((y * width + x) * 4) as usize;
                self.pixels[at..at + 3].copy_from_slice(&colour.map(|c| c.clamp(0, 255) as u8));
            }
        }
        &self.pixels
    }
}
