//! From what the film maker wrote and what the child brings to a [`Scene`].

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{self, Affine, BezPath, Point, Rect, Shape as _, StrokeOpts};
use vello_cpu::peniko::Fill as Rule;
use vello_cpu::{Level, Resources};

use crate::drawing::{self, Drawings, Group, Node, Shape, TextPlace};
use crate::manifest::Manifest;
use crate::palette::{Rgb, shade};
use crate::script::{Motion, Piece, Script, Sheet, Sway, TextOf, What};
use crate::text::{self, FontFile, Fonts};
use crate::who::Who;
use crate::{Cast, Rendition, SceneError, words};

use super::Finish;
use super::body::{Body, Fill, Ink, Op, Part};
use super::copies;
use super::head::{Head, Sample, Source};
use super::layers::Layer;
use super::reach::{self, Change};
use super::room::NameRoom;
use super::{Scene, camera, new_pen, shadow};

/// Everything a shot is built from.
pub(crate) struct Needs<'a> {
    pub manifest: &'a Manifest,
    pub script: &'a Script,
    /// How many frames it has.
    pub frames: u32,
    pub drawings: &'a Drawings,
    pub fonts: &'a Fonts,
    /// Texts of the set in the language, with nothing filled in.
    pub set: &'a BTreeMap<String, String>,
    /// Values of the slots: names under `name` and `second.name`, options under their own.
    pub values: &'a BTreeMap<String, String>,
    pub cast: &'a Cast<'a>,
    pub finish: Arc<Finish>,
    pub level: Level,
}

pub(crate) fn build(needs: &Needs<'_>, rendition: Rendition) -> Result<Scene, SceneError> {
    let Rendition { width, height } = rendition;
    let info = &needs.manifest.info;
    let stage = [f64::from(info.width), f64::from(info.height)];
    let scale = (f64::from(width) / stage[0]).min(f64::from(height) / stage[1]);
    let off = [(f64::from(width) - stage[0] * scale) / 2.0, (f64::from(height) - stage[1] * scale) / 2.0];
    let view = Affine::new([scale, 0.0, 0.0, scale, off[0], off[1]]);
    let script = needs.script;
    let fps = f64::from(info.fps);
    let frames = needs.frames;

    let skins = Who::BOTH
        .map(|who| needs.cast.face_of(who).map_or_else(|| who.sample_skin(needs.drawings), |face| face.skin));
    let sources = Who::BOTH.map(|who| {
        LazyCell::new(move || match needs.cast.face_of(who) {
            Some(cut_out) => Some(Source::Photo(Arc::new(cut_out.clone()))),
            None => sample(needs, who),
        })
    });
    let maker = Maker { needs, skins, detail: scale };
    let mut layers = Vec::new();
    for sheet in &script.sheets {
        let mut layer = maker.layer(sheet)?;
        for body in &mut layer.bodies {
            for op in &mut body.ops {
                if let Op::Face { head, .. } = op {
                    head.source = Option::clone(&sources[head.face.who as usize]);
                    head.film_pixel = scale;
                    head.motion = sheet.head.clone();
                    head.mood = sheet.mood.clone();
                }
            }
        }
        // The largest that a face gets decides how large its pictures are made.
        let stretch = (0..frames)
            .map(|f| {
                let second = f64::from(f) / fps;
                layer.face_stretch(view * camera(&script.camera, stage, sheet.depth, second), second)
            })
            .fold(0.0, f64::max);
        for op in layer.bodies.iter_mut().flat_map(|b| &mut b.ops) {
            if let Op::Face { head, .. } = op {
                head.drawn_at = stretch;
            }
        }
        layers.push(layer);
    }
    Ok(Scene {
        frames,
        fps,
        twos: script.twos,
        size: (width as u16, height as u16),
        view,
        frame: Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
        stage,
        background: script.background,
        camera: script.camera.clone(),
        light: script.light.clone(),
        layers,
        finish: needs.finish.clone(),
        pen: new_pen(width as u16, height as u16, needs.level),
        resources: Resources::new(),
    })
}

/// The film's own drawn head, if it has one. Its skin is that of who it stands for, however the drawing calls it.
fn sample(needs: &Needs<'_>, who: Who) -> Option<Source> {
    const MOODS: [&str; 6] =
        ["mood:smile", "mood:mouth", "mood:lids", "mood:eyes", "mood:brows", "mood:turn"];
    let drawing = needs.drawings.get(who.sample_head(needs.drawings))?;
    let still = BTreeMap::from(MOODS.map(|name| (name.to_owned(), Motion::still())));
    let maker = Maker { needs, skins: [who.sample_skin(needs.drawings); 2], detail: 2.0 };
    let mut body = maker.body(&drawing.root, Affine::IDENTITY, &still, &[]).ok()?;
    let face = body.ops.iter().find_map(|op| match op {
        Op::Face { head, .. } => Some(head.face),
        _ => None,
    })?;
    body.ops.retain(|op| !matches!(op, Op::Face { .. }));
    renumber(&mut body.ops);
    let found = |name: &'static str| {
        let index = maker.part_names(&drawing.root, &still).iter().position(|n| n == name)?;
        Some((name, index + 1))
    };
    let moods = MOODS.into_iter().filter_map(found).collect();
    Some(Source::Sample(Arc::new(Sample { level: needs.level, body: Mutex::new(body), face, moods })))
}

/// Sets the ends of groups again after ops were taken out.
fn renumber(ops: &mut [Op]) {
    let mut open = Vec::new();
    for at in 0..ops.len() {
        match &ops[at] {
            Op::Open { .. } => open.push(at),
            Op::Close => {
                if let Some(start) = open.pop()
                    && let Op::Open { end, .. } = &mut ops[start]
                {
                    *end = at;
                }
            }
            _ => {}
        }
    }
}

/// Whether these ops are fills that do not touch each other: then their common opacity can be put into
/// each, which is cheaper than drawing them as one and gives the same picture.
fn apart(ops: &[Op]) -> bool {
    let bounds: Option<Vec<Rect>> = ops
        .iter()
        .map(|op| if let Op::Fill(fill) = op { Some(fill.most(NameRoom::LARGEST)) } else { None })
        .collect();
    let touch = |a: &Rect, b: &Rect| a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
    bounds.is_some_and(|b| {
        b.len() <= 60 && b.iter().enumerate().all(|(i, a)| b[..i].iter().all(|c| !touch(a, c)))
    })
}

struct Maker<'a> {
    needs: &'a Needs<'a>,
    /// The tone of the skin of each hero.
    skins: [Rgb; 2],
    /// Canvas pixels a film pixel.
    detail: f64,
}

impl Maker<'_> {
    fn layer(&self, sheet: &Sheet) -> Result<Layer, SceneError> {
        let (pieces, copies) = match &sheet.what {
            What::Drawing(piece) => (vec![piece], sheet.scatter.as_ref().map(copies::scattered)),
            What::Stamps(stamps) => {
                let text = self.text(&stamps.text);
                let [x, y, w, h] = stamps.area;
                let fonts = self.fonts(&stamps.font);
                let (area, weight) = (Rect::new(x, y, x + w, y + h), stamps.weight as f32);
                let outlines = text::in_box(fonts, &text, weight, area, drawing::Align::Middle);
                let letters = text::size_in_box(fonts, &text, weight, area);
                (stamps.stamp.iter().collect(), Some(copies::written(stamps, &outlines, letters)))
            }
        };
        let personal = match &sheet.what {
            What::Stamps(stamps) if self.is_personal(&stamps.text) => Some(stamps),
            _ => None,
        };
        let (mut bodies, mut largest) = (Vec::new(), 0.0_f64);
        for piece in pieces {
            let (group, outer) = self.piece(piece)?;
            let mut body = self.body(group, outer, &sheet.parts, &sheet.sway)?;
            if personal.is_some() {
                largest = largest.max(reach::radius(&body));
            }
            if sheet.shadow > 0.0 && !sheet.glow {
                let unit = sheet.scale
                    * copies.as_ref().map_or(1.0, |c| {
                        let count = c.list.len().max(1) as f64;
                        (c.list.iter().map(|c| c.scale).sum::<f64>() / count).max(0.01)
                    });
                shadow::cast(&mut body, sheet.shadow as f32, unit, self.needs.level);
            }
            bodies.push(body);
        }
        let reach = personal.map(|stamps| reach::of_stamps(stamps, sheet, largest));
        Ok(Layer { sheet: sheet.clone(), bodies, copies, reach })
    }

    fn piece(&self, piece: &Piece) -> Result<(&Group, Affine), SceneError> {
        let missing =
            || SceneError::Missing(format!("{}#{}", piece.file, piece.group.as_deref().unwrap_or("")));
        let drawing = self.needs.drawings.get(&piece.file).ok_or_else(missing)?;
        match &piece.group {
            None => Ok((&drawing.root, Affine::IDENTITY)),
            Some(id) => drawing.root.find(id).ok_or_else(missing),
        }
    }

    fn fonts(&self, role: &str) -> &[FontFile] {
        self.needs.fonts.roles.get(role).map_or(&[], Vec::as_slice)
    }

    fn text(&self, of: &TextOf) -> String {
        match of {
            TextOf::Slot(slot) => self.needs.values.get(slot).cloned().unwrap_or_default(),
            TextOf::Set(key) => {
                let text = self.needs.set.get(key).map_or("", String::as_str);
                words::fill(text, |slot| self.needs.values.get(slot).cloned())
            }
        }
    }

    /// Whether a text says something of a child.
    fn is_personal(&self, of: &TextOf) -> bool {
        match of {
            TextOf::Slot(_) => true,
            TextOf::Set(key) => self.needs.set.get(key).is_some_and(|text| !words::slots_in(text).is_empty()),
        }
    }

    /// The names of the groups that become parts, in the order in which they become.
    fn part_names(&self, group: &Group, moved: &BTreeMap<String, Motion>) -> Vec<String> {
        group.ids().into_iter().filter(|id| moved.contains_key(*id)).map(str::to_owned).collect()
    }

    fn body(
        &self,
        group: &Group,
        outer: Affine,
        moved: &BTreeMap<String, Motion>,
        sways: &[Sway],
    ) -> Result<Body, SceneError> {
        let inner = group.bounds().unwrap_or(Rect::ZERO);
        let pivot = outer * (group.transform * group.pivot.unwrap_or(inner.center()));
        let root =
            Part { parent: 0, base: Affine::IDENTITY, pivot: Point::ORIGIN, motion: None, sways: Vec::new() };
        let bounds = (outer * group.transform).transform_rect_bbox(inner);
        let mut walk = Walk { maker: self, moved, sways, ops: Vec::new(), parts: vec![root] };
        walk.group(group, outer, 0);
        Ok(Body { ops: walk.ops, parts: walk.parts, bounds, pivot })
    }
}

/// Going through a group, collecting ops and parts.
struct Walk<'a> {
    maker: &'a Maker<'a>,
    moved: &'a BTreeMap<String, Motion>,
    sways: &'a [Sway],
    ops: Vec<Op>,
    parts: Vec<Part>,
}

impl Walk<'_> {
    /// `baked` leads from the coordinates around the group to those of the part.
    fn group(&mut self, group: &Group, baked: Affine, part: usize) {
        let mut part = part;
        let mut baked = baked * group.transform;
        let motion = self.moved.get(&group.id).filter(|_| !group.id.is_empty());
        let sways: Vec<Sway> = self
            .sways
            .iter()
            .filter(|s| s.part.as_deref() == Some(&group.id) && !group.id.is_empty())
            .cloned()
            .collect();
        let mut faded = None;
        if motion.is_some() || !sways.is_empty() {
            let centre = || group.bounds().map_or(Point::ORIGIN, |b| b.center());
            if motion.is_some_and(|m| !(m.opacity.is_fixed() && m.opacity.at(0.0) >= 1.0))
                || sways.iter().any(|s| s.opacity > 0.0)
                || group.id.starts_with("mood:")
            {
                faded = Some(self.parts.len());
            }
            self.parts.push(Part {
                parent: part,
                base: baked,
                pivot: group.pivot.unwrap_or_else(centre),
                motion: motion.cloned(),
                sways,
            });
            part = self.parts.len() - 1;
            baked = Affine::IDENTITY;
        }
        let opens = group.opacity < 0.999 || !group.clips.is_empty() || faded.is_some();
        let start = self.ops.len();
        if opens {
            let clips = group.clips.iter().map(|(path, rule)| (baked * path.clone(), *rule)).collect();
            self.ops.push(Op::Open { part, opacity: group.opacity, faded, clips, apart: false, end: 0 });
        }
        for child in &group.children {
            match child {
                Node::Group(child) => self.group(child, baked, part),
                Node::Shape(shape) => self.shape(shape, baked, part, Change::None),
                Node::Text(place) => self.text(place, baked, part),
                Node::Face(face) => {
                    let head = Head {
                        source: None,
                        face: *face,
                        base: baked,
                        motion: Motion::still(),
                        mood: crate::script::Mood::default(),
                        drawn_at: 1.0,
                        film_pixel: 1.0,
                        pictures: BTreeMap::new(),
                        bases: BTreeMap::new(),
                        still: None,
                    };
                    self.ops.push(Op::Face { part, head: Box::new(head) });
                }
            }
        }
        if opens {
            let close = self.ops.len();
            let lonely = apart(&self.ops[start + 1..close]);
            if let Op::Open { end, apart, .. } = &mut self.ops[start] {
                (*end, *apart) = (close, lonely);
            }
            self.ops.push(Op::Close);
        }
    }

    fn shape(&mut self, shape: &Shape, baked: Affine, part: usize, change: Change) {
        let fill = shape.fill.as_ref().map(|(ink, rule)| (shape.path.clone(), ink, *rule));
        let stroke = shape.stroke.as_ref().map(|(ink, pen)| {
            let tolerance = 0.1 / (crate::maths::stretch(baked) * self.maker.detail).clamp(0.05, 20.0);
            (kurbo::stroke(&shape.path, pen, &StrokeOpts::default(), tolerance), ink, Rule::NonZero)
        });
        let both = if shape.stroke_first { [stroke, fill] } else { [fill, stroke] };
        for (path, ink, rule) in both.into_iter().flatten() {
            self.fill(baked * path, (ink, rule), baked, part, change.clone());
        }
    }

    fn fill(
        &mut self,
        path: BezPath,
        (ink, rule): (&drawing::Ink, Rule),
        baked: Affine,
        part: usize,
        change: Change,
    ) {
        // A name that cannot be written keeps its place: others can.
        if path.is_empty() && !change.is_shape() {
            return;
        }
        let change = match (change, ink) {
            (Change::None, drawing::Ink::Skin { .. }) => Change::Tone,
            (change, _) => change,
        };
        let solid = |[r, g, b]: Rgb, opacity: f32| {
            Ink::Solid(AlphaColor::<Srgb>::from_rgb8(r, g, b).with_alpha(opacity))
        };
        let ink = match ink {
            drawing::Ink::Solid(rgb, opacity) => solid(*rgb, *opacity),
            drawing::Ink::Skin { who, shade: is_shade, opacity } => {
                let tone = self.maker.skins[*who as usize];
                solid(if *is_shade { shade(tone) } else { tone }, *opacity)
            }
            drawing::Ink::Gradient(gradient, place) => Ink::Gradient((**gradient).clone(), baked * *place),
        };
        let bounds = path.bounding_box();
        self.ops.push(Op::Fill(Fill { part, path, bounds, rule, ink, change }));
    }

    fn text(&mut self, place: &TextPlace, baked: Affine, part: usize) {
        let text = self.maker.text(&place.text);
        let fonts = self.maker.fonts(&place.font);
        let outlines = if place.along {
            text::along(fonts, &text, place.weight, &place.look.path, place.size, place.align)
        } else {
            text::in_box(fonts, &text, place.weight, place.look.path.bounding_box(), place.align)
        };
        let mut path = BezPath::new();
        outlines.into_iter().for_each(|outline| path.extend(outline));
        // The look of the place: its fill with overlapping letters as one, its stroke around them.
        let fill = place.look.fill.clone().map(|(ink, _)| (ink, Rule::NonZero));
        let shape = Shape { path, fill, ..place.look.clone() };
        let change = if self.maker.is_personal(&place.text) {
            Change::Shape(reach::of_text(place, baked))
        } else {
            Change::None
        };
        self.shape(&shape, baked, part, change);
    }
}
