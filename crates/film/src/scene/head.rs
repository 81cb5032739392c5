//! A child's head on its place: the cut-out in a mood, with paper rim, soft shadow and the light of
//! the shot, brought to about the size it is drawn at, so that each frame only lays a picture down.
//! Without a child, the film's own drawn head stands in.

use std::collections::BTreeMap;
use std::sync::Arc;

use likeness::CutOut;
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};
use vello_cpu::peniko::{ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Level, Pixmap, PixmapMut, RasterizerSettings, RenderContext, Resources};

use crate::drawing::Face;
use crate::maths::stretch;
use crate::script::{Light, Mood, Motion};

use super::body::{Body, Drawn, posed, shows};
use super::reach::within;

/// Rim and shadow in film pixels, for a head of at least 300 film pixels; smaller heads get less.
const RIM: f64 = 10.0;
const SHADOW: f64 = 14.0;
/// How far the shadow reaches to each side, up and down, in its blurs: three running means of half of one, and it falls
/// by two thirds of one.
const SOFT: [f64; 3] = [1.55, 0.9, 2.0];
/// How far out the rough edge of a rim comes, in its widths.
const ROUGH: f64 = 1.25;
/// How far the heads of nearly all children reach from the middle of the face's oval: to each side, up and down, in mean
/// radii of the oval. Of the eight heads of the test photos six stay within; the other two have much hair at the sides.
const REACH: [f64; 3] = [1.5, 2.25, 1.35];
/// The mean radius of that oval in a cut-out, in its pixels.
const CUT_OUT_RADIUS: f64 = 140.0;
/// Steps of a mood between nothing and all; each step used in a shot costs one warp.
const STEPS: f64 = 8.0;

/// Where heads come from.
#[derive(Clone)]
pub(super) enum Source {
    Photo(Arc<CutOut>),
    Sample(Arc<Sample>),
}

/// The film's drawn head, with the oval of its face.
pub(super) struct Sample {
    pub level: Level,
    pub body: std::sync::Mutex<Body>,
    pub face: Face,
    /// The parts that a mood moves, see docs/film-format.md.
    pub moods: BTreeMap<&'static str, usize>,
}

/// A head on the oval of a face.
pub(super) struct Head {
    pub source: Option<Source>,
    pub face: Face,
    /// From the coordinates of the oval to those of the part it lies in.
    pub base: Affine,
    pub motion: Motion,
    pub mood: Mood,
    /// Canvas pixels a unit of the oval's coordinates, at most, and a film pixel.
    pub drawn_at: f64,
    pub film_pixel: f64,
    pub pictures: BTreeMap<Key, Arc<Picture>>,
    /// Moods without light, at the size they are drawn: a change of light warps nothing again.
    pub bases: BTreeMap<[i8; 4], Arc<Base>>,
}

/// A head in a mood, before light and shadow.
pub(super) struct Base {
    picture: Premultiplied,
    to_source: Affine,
    wanted: f64,
    factor: f64,
}

/// A mood and a light in whole steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    mood: [i8; 4],
    light: [u8; 4],
}

/// A finished picture and where the middle of the face's oval lies in it.
pub(super) struct Picture {
    pixels: Arc<Pixmap>,
    /// From pixels of the picture to the coordinates of the source's head.
    place: Affine,
    /// The box of what can be seen of it, in its pixels.
    ink: Rect,
}

/// The light at a moment, in whole steps.
pub(super) struct Lit([u8; 4]);

impl Lit {
    /// White light.
    pub fn none() -> Self {
        Self([255, 255, 255, 0])
    }

    pub fn at(light: &Light, second: f64) -> Self {
        let step = |v: f64| ((v / 16.0).round() * 16.0).clamp(0.0, 255.0) as u8;
        let [r, g, b] = [0, 1, 2].map(|i| step(light.tint[i].at(second)));
        Self([r, g, b, (light.amount.at(second) * 24.0).round().clamp(0.0, 24.0) as u8])
    }
}

impl Source {
    fn oval(&self) -> (Point, [f64; 2]) {
        match self {
            Self::Photo(cut_out) => {
                let o = cut_out.face_oval();
                (Point::new(f64::from(o.cx), f64::from(o.cy)), [f64::from(o.rx), f64::from(o.ry)])
            }
            Self::Sample(sample) => (sample.face.centre, sample.face.radii),
        }
    }

    /// The head in a mood, straight alpha; `rim` in the source's units.
    fn picture(&self, mood: [i8; 4], rim: f64, scale: f64) -> (Straight, Affine) {
        let [smile, lids, brows, turn] = mood.map(|m| f32::from(m) / STEPS as f32);
        match self {
            Self::Photo(cut_out) => {
                let mood = likeness::Mood { smile, lids, brows, turn };
                let picture = cut_out.with_mood_and_rim(mood, rim as f32);
                let pad = f64::from(picture.pad);
                let place = Affine::translate((-pad, -pad));
                (Straight { width: picture.width, height: picture.height, rgba: picture.rgba }, place)
            }
            Self::Sample(sample) => sample.picture([smile, lids, brows, turn], scale),
        }
    }
}

impl Sample {
    /// Draws the sample head at a scale.
    fn picture(&self, [smile, lids, brows, turn]: [f32; 4], scale: f64) -> (Straight, Affine) {
        let mut body = self.body.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (name, part) in &self.moods {
            let part = &mut body.parts[*part];
            let mut motion = Motion::still();
            let fixed = crate::track::Track::fixed;
            match *name {
                "mood:smile" => motion.opacity = fixed(f64::from(smile)),
                "mood:mouth" => motion.opacity = fixed(f64::from(1.0 - smile)),
                "mood:lids" => motion.opacity = fixed(f64::from(lids)),
                "mood:eyes" => motion.opacity = fixed(f64::from(1.0 - lids)),
                "mood:brows" => motion.y = fixed(f64::from(-brows) * self.face.radii[1] * 0.12),
                _ => motion.x = fixed(f64::from(turn) * self.face.radii[0] * 0.12),
            }
            part.motion = Some(motion);
        }
        let bounds = body.bounds.inflate(2.0, 2.0);
        let scale = scale.min(1000.0 / bounds.width().max(bounds.height()).max(1.0));
        let (width, height) =
            ((bounds.width() * scale).ceil() as u16 + 1, (bounds.height() * scale).ceil() as u16 + 1);
        let mut pen = super::new_pen(width, height, self.level);
        let place = Affine::scale(scale) * Affine::translate((-bounds.x0, -bounds.y0));
        let frame = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let lit = Lit::none();
        body.draw(&mut Drawn {
            pen: &mut pen,
            place,
            frame,
            opacity: 1.0,
            glow: false,
            small: false,
            second: 0.0,
            lit: &lit,
        });
        let mut rgba = vec![0; usize::from(width) * usize::from(height) * 4];
        if let Some(target) = PixmapMut::new(width, height, &mut rgba) {
            pen.render_with(target, &mut Resources::new(), RasterizerSettings::default());
        }
        for p in rgba.chunks_exact_mut(4).filter(|p| p[3] != 0) {
            let a = u32::from(p[3]);
            (0..3).for_each(|i| p[i] = ((u32::from(p[i]) * 255 + a / 2) / a).min(255) as u8);
        }
        (Straight { width: width.into(), height: height.into(), rgba }, place.inverse())
    }
}

impl Head {
    /// From the source's coordinates to those of the oval: the source's oval on ours, not distorted.
    fn fit(&self, source: &Source) -> Affine {
        let (centre, radii) = source.oval();
        let scale = (self.face.radii[0] * self.face.radii[1] / (radii[0] * radii[1]).max(1e-6)).sqrt();
        Affine::translate(self.face.centre.to_vec2())
            * Affine::scale(scale)
            * Affine::translate(-centre.to_vec2())
    }

    /// From the oval's coordinates to the canvas. The head turns about the chin.
    pub fn place(&self, part: Affine, second: f64) -> (Affine, f32) {
        let chin = self.face.centre + Vec2::new(0.0, self.face.radii[1] * 0.9);
        let posed = posed(Some(&self.motion), std::iter::empty(), chin, second);
        (part * self.base * Affine::translate(posed.by) * posed.turn, posed.opacity)
    }

    /// Canvas pixels a unit of the oval's coordinates.
    pub fn stretch(&self, part: Affine, second: f64) -> f64 {
        stretch(self.place(part, second).0)
    }

    pub fn draw(
        &mut self,
        pen: &mut RenderContext,
        part: Affine,
        frame: Rect,
        alpha: f32,
        second: f64,
        lit: &Lit,
    ) {
        let Some(source) = self.source.clone() else { return };
        let (place, opacity) = self.place(part, second);
        let picture = self.picture(&source, second, lit);
        let place = place * self.fit(&source) * picture.place;
        let (width, height) = (picture.pixels.width(), picture.pixels.height());
        let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let opacity = opacity * alpha;
        if opacity <= 0.002 || !shows(place, bounds, frame) {
            return;
        }
        pen.set_transform(place);
        pen.set_paint(Image {
            image: ImageSource::Pixmap(picture.pixels.clone()),
            sampler: ImageSampler::default().with_quality(ImageQuality::Medium).multiply_alpha(opacity),
        });
        pen.fill_rect(&bounds);
    }

    /// The picture of a moment, made when it is first asked for.
    fn picture(&mut self, source: &Source, second: f64, lit: &Lit) -> Arc<Picture> {
        let step = |v: f64, low: f64| (v.clamp(low, 1.0) * STEPS).round() as i8;
        let mood = [
            step(self.mood.smile.at(second), 0.0),
            step(self.mood.lids.at(second), 0.0),
            step(self.mood.brows.at(second), -1.0),
            step(self.mood.turn.at(second), -1.0),
        ];
        let light = if lit.0[3] == 0 { Lit::none().0 } else { lit.0 };
        let key = Key { mood, light };
        match self.pictures.get(&key) {
            Some(picture) => picture.clone(),
            None => {
                let picture = Arc::new(self.finish(source, key));
                self.pictures.insert(key, picture.clone());
                picture
            }
        }
    }

    /// The box, in the oval's coordinates, that the heads of nearly all children stay within, with rim and shadow.
    pub fn reach(&self) -> Rect {
        let radius = (self.face.radii[0] * self.face.radii[1]).sqrt();
        let [left_and_right, up, down] = REACH.map(|radii| radii * radius);
        let Point { x, y } = self.face.centre;
        let head = Rect::new(x - left_and_right, y - up, x + left_and_right, y + down);
        // Where a photo is enlarged, its shadow is, too.
        let enlarged = (radius * self.drawn_at / CUT_OUT_RADIUS).clamp(1.0, 4.0);
        let film_pixel = self.small() * self.film_pixel / self.drawn_at.max(0.01);
        // Small pictures are made of whole pixels.
        let rounded = 2.0 / self.drawn_at.max(0.01);
        let soft = |blurs: f64| (RIM * ROUGH + SHADOW * enlarged * blurs) * film_pixel + rounded;
        let [beside, above, below] = SOFT.map(soft);
        Rect::new(head.x0 - beside, head.y0 - above, head.x1 + beside, head.y1 + below)
    }

    /// Whether the head that is there stays within that at a moment.
    pub fn is_within_reach(&mut self, second: f64, lit: &Lit) -> bool {
        let Some(source) = self.source.clone() else { return true };
        let picture = self.picture(&source, second, lit);
        let ink = (self.fit(&source) * picture.place).transform_rect_bbox(picture.ink);
        within(ink, self.reach())
    }

    /// By how much rim and shadow are smaller than those of a large head.
    fn small(&self) -> f64 {
        let height = self.face.radii[1] * 2.0 * self.drawn_at / self.film_pixel;
        (height / 300.0).clamp(0.25, 1.0)
    }

    fn finish(&mut self, source: &Source, key: Key) -> Picture {
        let fit = stretch(self.fit(source));
        // Canvas pixels a unit of the source, and of a film pixel.
        let scale = (self.drawn_at * fit).clamp(0.01, 4.0);
        let small = self.small();
        let base = match self.bases.get(&key.mood) {
            Some(base) => base.clone(),
            None => {
                let rim = RIM * small * self.film_pixel / scale;
                let (straight, to_source) = source.picture(key.mood, rim, scale);
                // The photo is not enlarged here: the sampler does that.
                let wanted = (scale / stretch(to_source.inverse())).min(1.0);
                let (picture, factor) = straight.premultiplied().shrunk(wanted);
                let base = Arc::new(Base { picture, to_source, wanted, factor });
                self.bases.insert(key.mood, base.clone());
                base
            }
        };
        let (to_source, wanted, factor) = (base.to_source, base.wanted, base.factor);
        let mut small_picture = base.picture.clone();
        small_picture.tint(key.light);
        let blur = (SHADOW * small * self.film_pixel * factor / wanted.max(1e-6)).clamp(1.0, 60.0);
        let (picture, pad) = small_picture.with_shadow(blur.round() as usize);
        let place =
            to_source * Affine::scale(1.0 / factor) * Affine::translate((-(pad as f64), -(pad as f64)));
        let ink = picture.ink();
        Picture { pixels: Arc::new(picture.into_pixmap()), place, ink }
    }
}

/// Straight alpha, 8 bit.
struct Straight {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

/// Premultiplied alpha, 8 bit.
#[derive(Clone)]
struct Premultiplied {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Straight {
    fn premultiplied(self) -> Premultiplied {
        let mut rgba = self.rgba;
        for p in rgba.chunks_exact_mut(4) {
            let a = u32::from(p[3]);
            (0..3).for_each(|i| p[i] = ((u32::from(p[i]) * a + 127) / 255) as u8);
        }
        Premultiplied { width: self.width as usize, height: self.height as usize, rgba }
    }
}

impl Premultiplied {
    /// Multiplies with the light's colour, as much as its amount says (24 steps).
    fn tint(&mut self, [r, g, b, amount]: [u8; 4]) {
        let amount = u32::from(amount);
        let factor = |c: u8| (255 * (24 - amount) + u32::from(c) * amount) / 24;
        let factors: [u32; 3] = [r, g, b].map(factor);
        for p in self.rgba.chunks_exact_mut(4) {
            (0..3).for_each(|i| p[i] = ((u32::from(p[i]) * factors[i] + 127) / 255) as u8);
        }
    }

    /// Made smaller by about a factor (at most 1), each pixel the mean of what it covers; returns the
    /// exact factor.
    fn shrunk(self, factor: f64) -> (Self, f64) {
        if factor > 0.9 {
            return (self, 1.0);
        }
        // Weights in 1/256 of a source pixel, the same for both directions, so that it stays exact.
        let step = (256.0 / factor).round().max(256.0) as usize;
        let size = |n: usize| (n * 256).div_ceil(step).max(1);
        let (width, height) = (size(self.width), size(self.height));
        let across = covered(self.width, width, step);
        let down = covered(self.height, height, step);
        let mut rows = vec![0_u32; width * self.height * 4];
        for y in 0..self.height {
            for (x, cover) in across.iter().enumerate() {
                let mut sum = [0_u32; 4];
                for (at, weight) in cover {
                    let p = &self.rgba[(y * self.width + at) * 4..][..4];
                    (0..4).for_each(|i| sum[i] += u32::from(p[i]) * weight);
                }
                rows[(y * width + x) * 4..][..4].copy_from_slice(&sum.map(|s| s * 16 / step as u32));
            }
        }
        let mut rgba = vec![0_u8; width * height * 4];
        for (y, cover) in down.iter().enumerate() {
            for x in 0..width * 4 {
                let sum: u32 = cover.iter().map(|(at, weight)| rows[at * width * 4 + x] * weight).sum();
                rgba[y * width * 4 + x] = ((sum + step as u32 * 8) / (step as u32 * 16)).min(255) as u8;
            }
        }
        (Self { width, height, rgba }, 256.0 / step as f64)
    }

    /// With a soft shadow below, a little lower than the head; returns how much it grew on each side.
    fn with_shadow(self, blur: usize) -> (Self, usize) {
        let pad = blur * 2;
        let (width, height) = (self.width + 2 * pad, self.height + 2 * pad);
        let mut alpha = vec![0_u8; width * height];
        let fall = blur * 2 / 3;
        for y in 0..self.height {
            for x in 0..self.width {
                alpha[(y + pad + fall) * width + x + pad] = self.rgba[(y * self.width + x) * 4 + 3];
            }
        }
        let alpha = super::shadow::blurred(&alpha, width, height, blur / 2);
        let mut rgba = vec![0_u8; width * height * 4];
        for (p, a) in rgba.chunks_exact_mut(4).zip(&alpha) {
            // Two fifths of a dark blue.
            let a = u32::from(*a) * 2 / 5;
            p.copy_from_slice(&[(6 * a / 255) as u8, (8 * a / 255) as u8, (26 * a / 255) as u8, a as u8]);
        }
        for y in 0..self.height {
            for x in 0..self.width {
                let over = &self.rgba[(y * self.width + x) * 4..][..4];
                let under = &mut rgba[((y + pad) * width + x + pad) * 4..][..4];
                let rest = 255 - u32::from(over[3]);
                (0..4).for_each(|i| under[i] = over[i] + ((u32::from(under[i]) * rest + 127) / 255) as u8);
            }
        }
        (Self { width, height, rgba }, pad)
    }

    /// The box of what can be seen.
    fn ink(&self) -> Rect {
        let mut ink: Option<Rect> = None;
        for (y, row) in self.rgba.chunks_exact(self.width * 4).enumerate() {
            let seen = |pixel: &[u8]| pixel[3] > 0;
            let first = row.chunks_exact(4).position(seen);
            if let (Some(first), Some(last)) = (first, row.chunks_exact(4).rposition(seen)) {
                let y = y as f64;
                let own = Rect::new(first as f64, y, (last + 1) as f64, y + 1.0);
                ink = Some(ink.map_or(own, |ink| ink.union(own)));
            }
        }
        ink.unwrap_or(Rect::ZERO)
    }

    fn into_pixmap(self) -> Pixmap {
        let mut pixmap = Pixmap::new(self.width as u16, self.height as u16);
        pixmap.data_as_u8_slice_mut().copy_from_slice(&self.rgba);
        pixmap.recompute_may_have_transparency();
        pixmap
    }
}

/// For each pixel of the result the source pixels it covers, with their share in 1/256 of a pixel.
fn covered(from: usize, to: usize, step: usize) -> Vec<Vec<(usize, u32)>> {
    (0..to)
        .map(|i| {
            let (start, end) = (i * step, (i + 1) * step);
            (start / 256..end.div_ceil(256))
                .filter(|at| *at < from)
                .map(|at| (at, (end.min((at + 1) * 256) - start.max(at * 256)) as u32))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_mean() {
        let rgba: Vec<u8> = (0..64 * 64).flat_map(|i| [(i % 64 * 4) as u8, 100, 0, 255]).collect();
        let (small, factor) = Premultiplied { width: 64, height: 64, rgba }.shrunk(0.37);
        assert!((factor - 0.37).abs() < 0.001);
        assert!(small.width.abs_diff(24) <= 1);
        let middle = &small.rgba[(12 * small.width + 12) * 4..][..4];
        assert!(middle[1].abs_diff(100) <= 1 && middle[3] == 255, "{middle:?}");
    }

    #[test]
    fn tint_of_nothing_changes_nothing() {
        let mut p = Premultiplied { width: 1, height: 1, rgba: vec![10, 200, 30, 255] };
        p.tint([0, 0, 0, 0]);
        assert_eq!(p.rgba, [10, 200, 30, 255]);
        p.tint([255, 0, 255, 24]);
        assert_eq!(p.rgba, [10, 0, 30, 255]);
    }
}
