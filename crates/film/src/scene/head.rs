//! A child's head on its place: the cut-out in a mood, with paper rim, soft shadow and the light of
//! the shot, brought to about the size it is drawn at, so that each frame only lays a picture down.
//! Without a child, the film's own drawn head stands in.

use std::collections::BTreeMap;
use std::sync::Arc;

use likeness::{CutOut, Rimmed};
use vello_cpu::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use vello_cpu::peniko::{ImageQuality, ImageSampler};
use vello_cpu::{Image, ImageSource, Level, Pixmap, PixmapMut, RasterizerSettings, RenderContext, Resources};

use crate::drawing::Face;
use crate::maths::stretch;
use crate::script::{Light, Mood, Motion};

use super::body::{Body, Drawn, posed, shows};
use super::pixels::{Premultiplied, Shadow, Shrink, Straight};
use super::room::{HeadOutline, HeadRoom};

/// Rim and shadow in film pixels, for a head of at least 300 film pixels; smaller heads get less.
const RIM: f64 = 10.0;
const SHADOW: f64 = 14.0;
/// How far the shadow reaches to each side, up and down, in its blurs: three running means of half of one, and it falls
/// by two thirds of one.
const SOFT: [f64; 3] = [1.55, 0.9, 2.0];
/// How far out the rough edge of a rim comes, in its widths.
const ROUGH: f64 = 1.25;
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
    /// The photo's head before any mood, once it is asked for.
    pub still: Option<Still>,
}

/// A child's head on its paper, at rest and at the size it is drawn; each mood changes a part of it.
pub(super) struct Still {
    rimmed: Rimmed,
    shrink: Shrink,
    rest: Base,
}

/// A head in a mood, before the light.
pub(super) struct Base {
    picture: Premultiplied,
    shadow: Arc<Shadow>,
    /// From the pixels of the picture to the coordinates of the source's head.
    to_source: Affine,
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
    /// What it lies on; its outline is that of both.
    shadow: Arc<Shadow>,
    /// From pixels of the picture to the coordinates of the source's head.
    place: Affine,
}

/// The light at a moment, in whole steps.
#[derive(PartialEq)]
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
}

impl Sample {
    /// Draws the sample head in a mood at a scale.
    fn picture(&self, mood: [i8; 4], scale: f64) -> (Straight<'static>, Affine) {
        let [smile, lids, brows, turn] = shares(mood);
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
        (Straight { width: width.into(), height: height.into(), rgba: rgba.into() }, place.inverse())
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
        pen.fill_path(&picture.shadow.outline);
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

    /// The outline, in the oval's coordinates, that heads of a room stay within with rim and shadow.
    pub fn outline(&self, room: HeadRoom) -> HeadOutline {
        let radius = (self.face.radii[0] * self.face.radii[1]).sqrt();
        // Where a photo is enlarged, its shadow is, too.
        let enlarged = (radius * self.drawn_at / CUT_OUT_RADIUS).clamp(1.0, 4.0);
        let film_pixel = self.small() * self.film_pixel / self.drawn_at.max(0.01);
        // Small pictures are made of whole pixels.
        let rounded = 2.0 / self.drawn_at.max(0.01);
        let soft = |blurs: f64| (RIM * ROUGH + SHADOW * enlarged * blurs) * film_pixel + rounded;
        HeadOutline::new(room, self.face.centre, radius, SOFT.map(soft))
    }

    /// The room of the least area that holds the head that is there, in whatever mood: none moves the outline of a photo.
    pub fn room(&mut self) -> Option<HeadRoom> {
        let Some(source) = self.source.clone() else { return Some(HeadRoom::SMALLEST) };
        // But a drawn head has a picture of its own for each, and may turn.
        let turned = [[0, 0, 0, -(STEPS as i8)], [0, 0, 0, STEPS as i8]];
        let moods: &[[i8; 4]] = if matches!(source, Source::Sample(_)) { &turned } else { &[] };
        let mut ends: Vec<Point> = Vec::new();
        for mood in [[0; 4]].iter().chain(moods) {
            let base = self.in_mood(&source, *mood);
            let place = self.fit(&source) * base.place();
            ends.extend(base.shadow.ends().map(|end| place * end));
        }
        HeadRoom::all().find(|room| {
            let outline = self.outline(*room);
            ends.iter().all(|end| outline.holds(*end))
        })
    }

    /// The outline of what was drawn of it, and the way from there to the oval's coordinates.
    pub fn seen(&self) -> Option<(&BezPath, Affine)> {
        let (source, base) = (self.source.as_ref()?, self.bases.values().next()?);
        Some((&base.shadow.outline, self.fit(source) * base.place()))
    }

    /// By how much rim and shadow are smaller than those of a large head.
    fn small(&self) -> f64 {
        let height = self.face.radii[1] * 2.0 * self.drawn_at / self.film_pixel;
        (height / 300.0).clamp(0.25, 1.0)
    }

    fn finish(&mut self, source: &Source, key: Key) -> Picture {
        let base = self.in_mood(source, key.mood);
        Picture {
            pixels: Arc::new(base.shadow.below(&base.picture, key.light)),
            shadow: base.shadow.clone(),
            place: base.place(),
        }
    }

    fn in_mood(&mut self, source: &Source, mood: [i8; 4]) -> Arc<Base> {
        if let Some(base) = self.bases.get(&mood) {
            return base.clone();
        }
        let base = Arc::new(self.base(source, mood));
        self.bases.insert(mood, base.clone());
        base
    }

    fn base(&mut self, source: &Source, mood: [i8; 4]) -> Base {
        // Canvas pixels a unit of the source.
        let scale = (self.drawn_at * stretch(self.fit(source))).clamp(0.01, 4.0);
        match source {
            Source::Photo(cut_out) => {
                let still = self.still.take().unwrap_or_else(|| self.still(cut_out, scale));
                self.still.insert(still).in_mood(mood)
            }
            Source::Sample(sample) => {
                let (picture, to_source) = sample.picture(mood, scale);
                let wanted = (scale / stretch(to_source.inverse())).min(1.0);
                self.made_smaller(&picture, to_source, wanted).0
            }
        }
    }

    fn still(&self, cut_out: &Arc<CutOut>, scale: f64) -> Still {
        let rim = RIM * self.small() * self.film_pixel / scale;
        let mut rimmed = Rimmed::new(cut_out.clone(), rim as f32);
        let rest = rimmed.in_mood(likeness::Mood::default()).picture;
        let pad = f64::from(rest.pad);
        let to_source = Affine::translate((-pad, -pad));
        // The photo is not enlarged here: the sampler does that.
        let (rest, shrink) = self.made_smaller(&Straight::of(rest), to_source, scale.min(1.0));
        Still { rimmed, shrink, rest }
    }

    /// A picture made to be `wanted` of its size, and how it was made smaller.
    fn made_smaller(&self, picture: &Straight<'_>, to_source: Affine, wanted: f64) -> (Base, Shrink) {
        let shrink = Shrink::new(picture, wanted);
        let blur = SHADOW * self.small() * self.film_pixel * shrink.factor() / wanted.max(1e-6);
        let blur = blur.clamp(1.0, 60.0).round() as usize;
        let picture = shrink.whole(picture);
        let shadow = Arc::new(Shadow::of(&picture, blur));
        let to_source = to_source * Affine::scale(1.0 / shrink.factor());
        (Base { picture, shadow, to_source }, shrink)
    }
}

impl Base {
    /// From the pixels of the picture with its shadow to the coordinates of the source's head.
    fn place(&self) -> Affine {
        let pad = self.shadow.pad as f64;
        self.to_source * Affine::translate((-pad, -pad))
    }
}

impl Still {
    fn in_mood(&mut self, mood: [i8; 4]) -> Base {
        let [smile, lids, brows, turn] = shares(mood);
        let shown = self.rimmed.in_mood(likeness::Mood { smile, lids, brows, turn });
        let mut picture = self.rest.picture.clone();
        if let Some(part) = shown.differs {
            self.shrink.anew(&Straight::of(shown.picture), part, &mut picture);
        }
        // The face moves, its outline hardly: all moods cast one shadow.
        Base { picture, shadow: self.rest.shadow.clone(), to_source: self.rest.to_source }
    }
}

/// A mood's steps as shares of all.
fn shares(mood: [i8; 4]) -> [f32; 4] {
    mood.map(|step| f32::from(step) / STEPS as f32)
}
