//! A shot ready to be drawn for one child: everything that does not change is resolved, each frame
//! only sets transforms and fills shapes. `draw` may be called for any frame in any order and gives
//! the same picture each time.

mod body;
mod build;
mod copies;
mod finish;
mod head;
mod layers;
mod moved;
mod pixels;
mod reach;
mod room;
mod shadow;
mod skeleton;

use std::sync::Arc;

use vello_cpu::kurbo::{Affine, Rect, Vec2};
use vello_cpu::{
    Level, PixmapMut, RasterizerSettings, RenderContext, RenderMode, RenderSettings, Resources, TargetInit,
};

use crate::maths::{pose, wave};
use crate::script::{Camera, Light};
pub(crate) use build::{Needs, build};

pub(crate) use finish::Finish;
use layers::Layer;
pub use moved::Moved;
pub use reach::Area;
pub use room::{HeadRoom, NameRoom, Room};

/// The SIMD level of a film's drawing: the best of the machine. It is a third faster than the baseline of
/// the target; frames of two machines may then differ by one in 255 in a handful of pixels, which no
/// key depends on (keys are hashes of what goes in, not of pixels).
pub(crate) fn best_level() -> Level {
    Level::try_detect().unwrap_or(Level::baseline())
}

/// The pixels of a frame: opaque sRGB, 8 bit, RGBA.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A black canvas.
    ///
    /// # Panics
    /// If a side is 0 or above 8192.
    pub fn new(width: u32, height: u32) -> Self {
        assert_sides(width, height);
        let mut pixels = vec![0; width as usize * height as usize * 4];
        pixels.chunks_exact_mut(4).for_each(|p| p[3] = 255);
        Self { width, height, pixels }
    }

    /// Takes another size; what is on it is of no use any more. It keeps its memory for larger ones.
    ///
    /// # Panics
    /// If a side is 0 or above 8192.
    pub fn resize(&mut self, width: u32, height: u32) {
        assert_sides(width, height);
        self.pixels.resize(width as usize * height as usize * 4, 255);
        (self.width, self.height) = (width, height);
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, row by row from the top, four bytes each, alpha always 255.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(crate) fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }
}

fn assert_sides(width: u32, height: u32) {
    let fits = [width, height].iter().all(|side| (1..=8192).contains(side));
    assert!(fits, "a canvas has sides from 1 to 8192");
}

/// A shot for one child in one size.
pub struct Scene {
    frames: u32,
    fps: f64,
    twos: bool,
    size: (u16, u16),
    /// From film pixels to canvas pixels.
    view: Affine,
    /// The part of the film plane that a frame shows, in canvas pixels.
    frame: Rect,
    stage: [f64; 2],
    background: [u8; 3],
    camera: Camera,
    light: Light,
    layers: Vec<Layer>,
    finish: Arc<Finish>,
    /// As large as what was drawn last.
    pen: RenderContext,
    resources: Resources,
}

impl Scene {
    /// Number of frames.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Lines (in the shot's file) of the sheets that are never inside the picture.
    pub(crate) fn unseen(&self) -> Vec<usize> {
        let seen = |layer: &&Layer| {
            (0..self.frames).step_by(4).any(|frame| {
                let moment = Moment::of(frame, self.fps, self.twos);
                let plane = self.view * camera(&self.camera, self.stage, layer.depth(), moment.ones);
                layer.shows(plane, self.frame, moment)
            })
        };
        self.layers.iter().filter(|layer| !seen(layer)).map(|layer| layer.sheet.line).collect()
    }

    /// Draws a frame (from 0; after the last the last is shown again).
    ///
    /// # Panics
    /// If the canvas has another size than the rendition the scene was made for.
    pub fn draw(&mut self, frame: u32, canvas: &mut Canvas) {
        let (width, height) = self.size;
        assert_eq!(
            (canvas.width, canvas.height),
            (u32::from(width), u32::from(height)),
            "the canvas fits the rendition"
        );
        self.draw_area(frame, Area { x: 0, y: 0, width: canvas.width, height: canvas.height }, canvas);
    }

    /// Draws an area of a frame alone: the pixels that [`draw`](Self::draw) would put there, but for roundings: few differ,
    /// and nearly all of those by one in 255. Least do when the area begins at multiples of 16.
    ///
    /// # Panics
    /// If the canvas has another size than the area, or the area does not lie within the picture.
    pub fn draw_area(&mut self, frame: u32, area: Area, canvas: &mut Canvas) {
        assert_eq!((canvas.width, canvas.height), (area.width, area.height), "the canvas fits the area");
        let (right, bottom) = (area.x + area.width, area.y + area.height);
        let fits = right <= u32::from(self.size.0) && bottom <= u32::from(self.size.1);
        assert!(fits, "the area lies within the picture");
        let moment = self.moment(frame);
        let (width, height) = (area.width as u16, area.height as u16);
        self.pen.reset_and_resize(width, height);
        let lit = head::Lit::at(&self.light, moment.ones);
        let view = Affine::translate((-f64::from(area.x), -f64::from(area.y))) * self.view;
        let shown = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        for layer in &mut self.layers {
            let place = view * camera(&self.camera, self.stage, layer.depth(), moment.ones);
            layer.draw(&mut self.pen, place, shown, moment, &lit);
        }
        let target = PixmapMut::new(width, height, &mut canvas.pixels).expect("the canvas has its size");
        let [r, g, b] = self.background;
        let settings = RasterizerSettings {
            render_mode: RenderMode::OptimizeSpeed,
            target_init: TargetInit::Clear(vello_cpu::color::AlphaColor::from_rgb8(r, g, b)),
            ..RasterizerSettings::default()
        };
        self.pen.render_with(target, &mut self.resources, settings);
        self.finish.apply_to(&mut canvas.pixels, area, u32::from(self.size.0));
    }

    /// Where everything in a frame stands as in the one before, in the same light: then only the camera has moved. The ways in
    /// which sheets were seen to move, each from canvas pixels of this frame to those of that one, as in [`Moved`]: first
    /// those of sheets that a child changes, then all others.
    pub fn ways(&self, frame: u32) -> Option<[Vec<[f64; 6]>; 2]> {
        let (now, before) = (self.moment(frame), self.moment(frame.checked_sub(1)?));
        let lit = |moment: Moment| head::Lit::at(&self.light, moment.ones);
        if now.pose != before.pose || lit(now) != lit(before) {
            return None;
        }
        let plane = |depth, moment: Moment| self.view * camera(&self.camera, self.stage, depth, moment.ones);
        let way = |depth| (plane(depth, before) * plane(depth, now).inverse()).as_coeffs();
        let mut depths: Vec<f64> = Vec::new();
        Some([true, false].map(|is_own| {
            let layers = self.layers.iter().filter(|layer| layer.is_personal() == is_own);
            let first = depths.len();
            for depth in layers.map(Layer::depth) {
                if !depths.contains(&depth) {
                    depths.push(depth);
                }
            }
            depths[first..].iter().copied().map(way).collect()
        }))
    }

    /// The moment of a frame; after the last it is that of the last.
    fn moment(&self, frame: u32) -> Moment {
        Moment::of(frame.min(self.frames.saturating_sub(1)), self.fps, self.twos)
    }
}

/// The seconds at which a frame is drawn.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// For camera and light.
    ones: f64,
    /// For everything made of paper.
    pose: f64,
}

impl Moment {
    fn of(frame: u32, fps: f64, twos: bool) -> Self {
        let posed = if twos { frame / 2 * 2 } else { frame };
        Self { ones: f64::from(frame) / fps, pose: f64::from(posed) / fps }
    }
}

/// What the camera does to a plane at a depth: near planes move and grow more than far ones.
fn camera(camera: &Camera, stage: [f64; 2], depth: f64, second: f64) -> Affine {
    let middle = Vec2::new(stage[0] / 2.0, stage[1] / 2.0);
    let zoom = (1.0 + (camera.zoom.at(second) - 1.0) * depth).max(0.01);
    let by = Vec2::new(-camera.x.at(second) * depth, -camera.y.at(second) * depth) * zoom;
    pose(middle.to_point(), camera.rotate.at(second) * depth.clamp(0.0, 1.0), [zoom, zoom], by)
}

/// The swing of a sway at a second.
fn swing(sway: &crate::script::Sway, second: f64) -> f64 {
    wave(second, sway.period, sway.phase)
}

fn new_pen(width: u16, height: u16, level: Level) -> RenderContext {
    RenderContext::new_with(width, height, RenderSettings { level, num_threads: 0 })
}
