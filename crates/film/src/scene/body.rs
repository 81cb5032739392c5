//! A drawing made ready for a shot: shapes with baked transforms, in drawing order, each bound to the
//! movable part that it belongs to.

use vello_cpu::RenderContext;
use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use vello_cpu::peniko::{BlendMode, Compose, Fill as Rule, Gradient, Mix};

use crate::maths::pose;
use crate::script::{Motion, Sway};

use super::head::{Head, Lit};
use super::reach::Change;
use super::room::NameRoom;
use super::swing;

/// A drawing or a group of it, for one sheet.
pub(super) struct Body {
    pub ops: Vec<Op>,
    /// Parents stand before their children; 0 is the body itself.
    pub parts: Vec<Part>,
    /// Box of the drawing at rest, in its own coordinates.
    pub bounds: Rect,
    /// The point it turns around if the sheet names none.
    pub pivot: Point,
}

/// A group that moves on its own.
pub(super) struct Part {
    pub parent: usize,
    /// From the coordinates of this part to those of its parent, at rest.
    pub base: Affine,
    pub pivot: Point,
    pub motion: Option<Motion>,
    pub sways: Vec<Sway>,
}

/// A step of drawing. Coordinates are those of its part.
#[expect(clippy::large_enum_variant, reason = "nearly all ops are fills")]
pub(super) enum Op {
    Fill(Fill),
    /// Opens a group that is drawn as one: opacity, clips. `end` is the op that closes it.
    Open {
        part: usize,
        opacity: f32,
        /// The part whose animated opacity counts, if this group is one.
        faded: Option<usize>,
        clips: Vec<(BezPath, Rule)>,
        /// What stands in it does not overlap: its opacity can be put into the paints.
        apart: bool,
        end: usize,
    },
    Close,
    Face {
        part: usize,
        head: Box<Head>,
    },
}

pub(super) struct Fill {
    pub part: usize,
    pub path: BezPath,
    pub bounds: Rect,
    pub rule: Rule,
    pub ink: Ink,
    pub change: Change,
}

#[derive(Clone)]
pub(super) enum Ink {
    Solid(AlphaColor<Srgb>),
    /// With the transform from the gradient's coordinates to the part's.
    Gradient(Gradient, Affine),
}

/// What a body is drawn with at a moment.
pub(super) struct Drawn<'a> {
    pub pen: &'a mut RenderContext,
    /// From the drawing's coordinates to the canvas.
    pub place: Affine,
    /// What is visible of the canvas.
    pub frame: Rect,
    pub opacity: f32,
    pub glow: bool,
    /// A small copy: opacity is put into its shapes, whether they overlap or not.
    pub small: bool,
    /// Second of the pose.
    pub second: f64,
    pub lit: &'a Lit,
}

impl Part {
    /// From the coordinates of this part to those of its parent, and its opacity.
    pub fn place(&self, second: f64) -> (Affine, f32) {
        let posed = posed(self.motion.as_ref(), self.sways.iter(), self.pivot, second);
        (self.base * Affine::translate(posed.by) * posed.turn, posed.opacity)
    }
}

/// Where motion and sways bring something.
pub(super) struct Posed {
    pub by: Vec2,
    /// Turning and scaling about the pivot.
    pub turn: Affine,
    pub opacity: f32,
}

/// Motion and sways together.
pub(super) fn posed<'a>(
    motion: Option<&Motion>,
    sways: impl Iterator<Item = &'a Sway>,
    pivot: Point,
    second: f64,
) -> Posed {
    let (mut by, mut degrees, mut scale, mut opacity) = (Vec2::ZERO, 0.0, [1.0, 1.0], 1.0);
    if let Some(m) = motion {
        by = Vec2::new(m.x.at(second), m.y.at(second));
        degrees = m.rotate.at(second);
        let both = m.scale.at(second);
        scale = [both * m.scale_x.at(second), both * m.scale_y.at(second)];
        opacity = m.opacity.at(second);
    }
    for sway in sways {
        let swing = swing(sway, second);
        by += Vec2::new(sway.x, sway.y) * swing;
        degrees += sway.rotate * swing;
        scale[0] *= (1.0 + sway.scale * swing) * (1.0 + sway.scale_x * swing);
        scale[1] *= (1.0 + sway.scale * swing) * (1.0 + sway.scale_y * swing);
        opacity *= 1.0 - sway.opacity * (0.5 + 0.5 * swing);
    }
    Posed { by, turn: pose(pivot, degrees, scale, Vec2::ZERO), opacity: opacity.clamp(0.0, 1.0) as f32 }
}

impl Body {
    /// Where every part lies on the canvas, and its opacity.
    pub fn places(&self, place: Affine, second: f64) -> Vec<(Affine, f32)> {
        let mut places: Vec<(Affine, f32)> = Vec::with_capacity(self.parts.len());
        for (i, part) in self.parts.iter().enumerate() {
            let (own, opacity) = part.place(second);
            let parent = if i == 0 { place } else { places[part.parent].0 };
            places.push((parent * own, opacity));
        }
        places
    }

    pub fn draw(&mut self, d: &mut Drawn<'_>) {
        let second = d.second;
        let places = self.places(d.place, second);
        if d.glow {
            d.pen.set_blend_mode(BlendMode::new(Mix::Normal, Compose::Plus));
        }
        // Without glow a see-through body is drawn as one; with glow its shapes add up anyway.
        let folded = d.glow || d.small;
        let whole = d.opacity < 0.999 && !folded && self.ops.len() > 1;
        if whole {
            d.pen.push_opacity_layer(d.opacity);
        }
        let mut alpha = vec![if whole { 1.0 } else { d.opacity }];
        let mut closes: Vec<Closing> = Vec::new();
        let mut at = 0;
        while at < self.ops.len() {
            match &mut self.ops[at] {
                Op::Fill(fill) => {
                    let (place, _) = places[fill.part];
                    let alpha = alpha[alpha.len() - 1];
                    if alpha > 0.002 && shows(place, fill.bounds, d.frame) {
                        d.pen.set_transform(place);
                        fill.draw(d.pen, alpha);
                    }
                }
                Op::Open { part, opacity, faded, clips, apart, end } => {
                    let opacity = *opacity * faded.map_or(1.0, |p| places[p].1);
                    if opacity <= 0.002 {
                        at = *end + 1;
                        continue;
                    }
                    d.pen.set_transform(places[*part].0);
                    for (path, rule) in clips.iter() {
                        d.pen.set_fill_rule(*rule);
                        d.pen.push_clip_path(path);
                    }
                    let outer = alpha[alpha.len() - 1];
                    let layer = opacity < 0.999 && !*apart && !folded;
                    if layer {
                        d.pen.push_opacity_layer(opacity);
                    }
                    alpha.push(if layer { outer } else { outer * opacity });
                    closes.push(Closing { layer, clips: clips.len() });
                }
                Op::Close => {
                    if let Some(closing) = closes.pop() {
                        alpha.pop();
                        if closing.layer {
                            d.pen.pop_layer();
                        }
                        (0..closing.clips).for_each(|_| d.pen.pop_clip());
                    }
                }
                Op::Face { part, head } => {
                    head.draw(d.pen, places[*part].0, d.frame, alpha[alpha.len() - 1], second, d.lit);
                }
            }
            at += 1;
        }
        if whole {
            d.pen.pop_layer();
        }
        if d.glow {
            d.pen.set_blend_mode(BlendMode::default());
        }
    }
}

impl Body {
    /// Draws what belongs to one part and not to parts of it, at rest and in its own coordinates; with what a child
    /// shapes, or without.
    pub fn draw_part(&self, part: usize, pen: &mut RenderContext, place: Affine, shaped: bool) {
        pen.set_transform(place);
        let mut closes = Vec::new();
        for op in &self.ops {
            match op {
                Op::Fill(fill) if fill.part == part && (shaped || !fill.change.is_shape()) => {
                    fill.draw(pen, 1.0);
                }
                Op::Open { part: own, clips, .. } => {
                    let clips: &[_] = if *own == part { clips } else { &[] };
                    for (path, rule) in clips {
                        pen.set_fill_rule(*rule);
                        pen.push_clip_path(path);
                    }
                    closes.push(clips.len());
                }
                Op::Close => (0..closes.pop().unwrap_or(0)).for_each(|_| pen.pop_clip()),
                Op::Fill(_) | Op::Face { .. } => {}
            }
        }
    }

    /// The fills that belong to one part and not to parts of it.
    pub fn fills_of(&self, part: usize) -> impl Iterator<Item = &Fill> {
        self.ops.iter().filter_map(move |op| match op {
            Op::Fill(fill) if fill.part == part => Some(fill),
            _ => None,
        })
    }
}

impl Op {
    /// Whether a child changes it.
    pub fn is_personal(&self) -> bool {
        match self {
            Self::Fill(fill) => fill.change != Change::None,
            Self::Face { .. } => true,
            Self::Open { .. } | Self::Close => false,
        }
    }

    /// The part it belongs to.
    pub fn part(&self) -> Option<usize> {
        match self {
            Self::Fill(fill) => Some(fill.part),
            Self::Open { part, .. } | Self::Face { part, .. } => Some(*part),
            Self::Close => None,
        }
    }
}

struct Closing {
    layer: bool,
    clips: usize,
}

impl Fill {
    /// The box of what a child can make of it whose name stays within a room.
    pub fn most(&self, room: NameRoom) -> Rect {
        self.change.reach(self.bounds, room).unwrap_or(self.bounds)
    }

    fn draw(&self, pen: &mut RenderContext, alpha: f32) {
        pen.set_fill_rule(self.rule);
        match &self.ink {
            Ink::Solid(colour) => {
                pen.set_paint(if alpha < 0.999 { colour.multiply_alpha(alpha) } else { *colour })
            }
            Ink::Gradient(gradient, place) => {
                let gradient = gradient.clone();
                pen.set_paint(if alpha < 0.999 { gradient.multiply_alpha(alpha) } else { gradient });
                pen.set_paint_transform(*place);
            }
        }
        pen.fill_path(&self.path);
        if matches!(self.ink, Ink::Gradient(..)) {
            pen.reset_paint_transform();
        }
    }
}

/// Whether a box can be seen in the frame.
pub(super) fn shows(place: Affine, bounds: Rect, frame: Rect) -> bool {
    let on = place.transform_rect_bbox(bounds);
    on.width().max(on.height()) > 0.4
        && on.x1 > frame.x0 - 1.0
        && on.x0 < frame.x1 + 1.0
        && on.y1 > frame.y0 - 1.0
        && on.y0 < frame.y1 + 1.0
}
