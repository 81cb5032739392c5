//! A sheet on its plane: one drawing, or many small copies of one.

use vello_cpu::RenderContext;
use vello_cpu::kurbo::{Affine, Point, Rect, Vec2};

use crate::maths::{pose, wave};
use crate::script::Sheet;
use crate::track::Track;

use super::Moment;
use super::body::{Body, Drawn, Op, posed, shows};
use super::head::Lit;
use super::room::NameBoxes;

pub(super) struct Layer {
    pub sheet: Sheet,
    /// The drawing, or the drawings that copies are made of.
    pub bodies: Vec<Body>,
    pub copies: Option<Copies>,
    /// What its copies stay within in the sheet's coordinates, by the room of what a child is called, if they write that.
    pub reach: Option<NameBoxes>,
}

/// Many small ones.
pub(super) struct Copies {
    pub list: Vec<Copy>,
    /// They open one after the other as this goes from 0 to 1.
    pub grow: Option<Track>,
    pub twinkle: f64,
    pub sway: f64,
    pub drift: Vec2,
    /// Where drifting copies come in again.
    pub area: Rect,
}

pub(super) struct Copy {
    pub at: Point,
    pub scale: f64,
    pub rotate: f64,
    /// A number of its own in 0..1, so that copies do not move together.
    pub phase: f64,
    /// When it opens, 0 to 1.
    pub order: f64,
    pub body: usize,
}

/// The share of the whole growth that one copy takes to open.
const OPENING: f64 = 0.12;
/// How much larger than at rest a copy gets at most while it opens.
pub(super) const LARGEST: f64 = 1.062;

impl Layer {
    pub fn depth(&self) -> f64 {
        self.sheet.depth
    }

    /// Whether a child changes something of it.
    pub fn is_personal(&self) -> bool {
        self.reach.is_some() || self.bodies.iter().any(|body| body.ops.iter().any(Op::is_personal))
    }

    /// From the drawing's coordinates to the canvas, and the opacity of the sheet.
    pub fn place(&self, plane: Affine, second: f64) -> (Affine, f32) {
        let sheet = &self.sheet;
        let pivot = match (sheet.pivot, &self.copies) {
            (Some([x, y]), _) => Point::new(x, y),
            (None, Some(copies)) => copies.area.center(),
            (None, None) => self.bodies.first().map_or(Point::ORIGIN, |b| b.pivot),
        };
        let whole = sheet.sway.iter().filter(|s| s.part.is_none());
        let posed = posed(Some(&sheet.motion), whole, pivot, second);
        let at = Vec2::new(sheet.at[0], sheet.at[1]) + posed.by;
        let place = plane * Affine::translate(at) * Affine::scale(sheet.scale) * posed.turn;
        (place, posed.opacity * sheet.opacity.at(second).clamp(0.0, 1.0) as f32)
    }

    pub fn draw(&mut self, pen: &mut RenderContext, plane: Affine, frame: Rect, moment: Moment, lit: &Lit) {
        let second = moment.pose;
        let (place, opacity) = self.place(plane, second);
        if opacity <= 0.002 {
            return;
        }
        let glow = self.sheet.glow;
        let Some(copies) = &self.copies else {
            if let Some(body) = self.bodies.first_mut() {
                body.draw(&mut Drawn { pen, place, frame, opacity, glow, small: false, second, lit });
            }
            return;
        };
        for copy in &copies.list {
            let Some((own, alpha)) = copies.place(copy, second) else { continue };
            let body = &mut self.bodies[copy.body];
            let place = place * own * Affine::translate(-body.pivot.to_vec2());
            if shows(place, body.bounds, frame) {
                body.draw(&mut Drawn {
                    pen,
                    place,
                    frame,
                    opacity: opacity * alpha,
                    glow,
                    small: true,
                    second,
                    lit,
                });
            }
        }
    }

    /// Whether anything of it can be seen at a moment. (Moved parts may reach beyond the box at rest;
    /// it is taken wide.)
    pub fn shows(&self, plane: Affine, frame: Rect, moment: Moment) -> bool {
        let (place, _) = self.place(plane, moment.pose);
        let wide = |b: &Body| b.bounds.inflate(b.bounds.width() / 2.0, b.bounds.height() / 2.0);
        match &self.copies {
            None => self.bodies.iter().any(|b| shows(place, wide(b), frame)),
            Some(copies) => shows(place, copies.area, frame),
        }
    }

    /// The largest factor by which each face of the sheet is stretched on the canvas at a moment.
    pub fn face_stretch(&self, plane: Affine, second: f64) -> f64 {
        let Some(body) = self.bodies.first() else { return 0.0 };
        let places = body.places(self.place(plane, second).0, second);
        let stretches = body.ops.iter().filter_map(|op| match op {
            Op::Face { part, head } => Some(head.stretch(places[*part].0, second)),
            _ => None,
        });
        stretches.fold(0.0, f64::max)
    }
}

impl Copies {
    /// Where a copy is, and its opacity; `None` before it opens.
    pub fn place(&self, copy: &Copy, second: f64) -> Option<(Affine, f32)> {
        let mut scale = copy.scale;
        if let Some(grow) = &self.grow {
            let open = (grow.at(second) * (1.0 + OPENING) - copy.order) / OPENING;
            if open <= 0.0 {
                return None;
            }
            scale *= overshoot(open.min(1.0));
        }
        let mut alpha = 1.0;
        if self.twinkle > 0.0 {
            let period = 1.2 + 2.0 * copy.phase;
            alpha -= self.twinkle * (0.5 + 0.5 * wave(second, period, copy.phase * 7.0));
        }
        let mut rotate = copy.rotate;
        if self.sway > 0.0 {
            rotate += self.sway * wave(second, 2.2 + 1.6 * copy.phase, copy.phase * 5.0);
        }
        let mut at = copy.at;
        if self.drift != Vec2::ZERO {
            let own = 0.7 + 0.6 * copy.phase;
            at.x = self.area.x0 + wrap(at.x - self.area.x0 + self.drift.x * own * second, self.area.width());
            at.y = self.area.y0 + wrap(at.y - self.area.y0 + self.drift.y * own * second, self.area.height());
        }
        Some((pose(Point::ORIGIN, rotate, [scale, scale], at.to_vec2()), alpha as f32))
    }
}

fn wrap(value: f64, size: f64) -> f64 {
    value - (value / size).floor() * size
}

/// From 0 to 1 with a small overshoot on the way.
fn overshoot(t: f64) -> f64 {
    let u = t - 1.0;
    1.0 + 2.3 * u * u * u + 1.3 * u * u
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_starts_at_nought_overshoots_and_ends_at_one() {
        assert!(overshoot(0.0).abs() < 1e-9);
        assert!((overshoot(1.0) - 1.0).abs() < 1e-9);
        assert!((0..100).any(|i| overshoot(f64::from(i) / 100.0) > 1.03));
        assert!((0..=1000).all(|i| overshoot(f64::from(i) / 1000.0) < LARGEST));
    }

    #[test]
    fn drifting_copies_stay_in_their_area() {
        for i in -50..50 {
            let x = wrap(f64::from(i) * 33.3, 100.0);
            assert!((0.0..100.0).contains(&x));
        }
    }
}
