//! What of a picture a child can change: the head, the tone of the skin, what is written, and the shadows of that. It
//! is told from the film alone, so that it is the same for every child; whether a certain child stays within is a
//! question of its own.

use vello_cpu::kurbo::{Affine, Join, Point, Rect, Shape as _};

use crate::drawing::TextPlace;
use crate::script::{Sheet, Stamps};

use super::body::{Body, Op};
use super::layers::Layer;
use super::{Scene, camera, head, shadow};

/// A part of a picture, in canvas pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Area {
    /// Pixels to the left of it.
    pub x: u32,
    /// Pixels above it.
    pub y: u32,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// What a child changes of a fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// Nothing: it is the same for everyone.
    None,
    /// Its colour.
    Tone,
    /// Its shape, which stays within this box in the coordinates of its part.
    Shape(Rect),
}

impl Change {
    pub fn is_shape(self) -> bool {
        matches!(self, Self::Shape(_))
    }

    /// The box of what takes a child's shape.
    pub fn shape(self) -> Option<Rect> {
        if let Self::Shape(shape) = self { Some(shape) } else { None }
    }

    /// The box of what can change of a fill with these bounds.
    pub fn reach(self, bounds: Rect) -> Option<Rect> {
        match self {
            Self::None => None,
            Self::Tone => Some(bounds),
            Self::Shape(shape) => Some(shape),
        }
    }
}

/// Whether a box lies in another, but for a little.
pub(super) fn within(inner: Rect, outer: Rect) -> bool {
    let slack = 1e-3 * (1.0 + outer.width().max(outer.height()));
    inner.x0 >= outer.x0 - slack
        && inner.y0 >= outer.y0 - slack
        && inner.x1 <= outer.x1 + slack
        && inner.y1 <= outer.y1 + slack
}

/// How far a box reaches from a point.
pub(super) fn around(pivot: Point, bounds: Rect) -> f64 {
    let [left, top] = [pivot.x - bounds.x0, pivot.y - bounds.y0];
    let [right, bottom] = [bounds.x1 - pivot.x, bounds.y1 - pivot.y];
    left.max(right).hypot(top.max(bottom))
}

/// The largest that letters stand above or below the middle of the line they are written along, in their size.
const TALLEST: f64 = 1.3;

/// The box that any text of a place stays within, in the coordinates of its group.
pub(super) fn of_text(place: &TextPlace) -> Rect {
    let pen = place.look.stroke.as_ref().map_or(0.0, |(_, pen)| {
        let corners = if pen.join == Join::Miter { pen.miter_limit.clamp(1.0, 4.0) } else { 1.0 };
        pen.width / 2.0 * corners
    });
    let beside = pen + if place.along { place.size * TALLEST } else { 0.0 };
    place.look.path.bounding_box().inflate(beside, beside)
}

/// How much larger than at rest a copy gets while it opens.
const OPENING: f64 = 1.08;
/// How far beside its place a copy is put at most, in their spacing.
const SCATTERED: f64 = 0.09;

/// The box that any text written with copies stays within, in the coordinates of the sheet. A copy reaches as far as
/// `largest` from its middle at rest.
pub(super) fn of_stamps(stamps: &Stamps, sheet: &Sheet, largest: f64) -> Rect {
    let [x, y, width, height] = stamps.area;
    let [smallest_size, largest_size] = stamps.size;
    let copy = largest * largest_size * OPENING;
    // All are cut for one shadow, that of one of a mean size.
    let unlike = (largest_size / smallest_size.max(0.01)).clamp(1.0, 3.0) * OPENING;
    let film = sheet.scale.max(0.01);
    let shadow = if sheet.shadow > 0.0 { shadow::spread(copy * 2.0 * film) / film * unlike } else { 0.0 };
    let beside = copy + shadow + stamps.spacing * SCATTERED;
    Rect::new(x, y, x + width, y + height).inflate(beside, beside)
}

/// Something of a child in a body that can be seen: which step of drawing it is, and its box on the canvas.
struct Found {
    op: usize,
    on: Rect,
}

impl Body {
    /// All of a child that can be seen of it.
    fn personal(&self, place: Affine, frame: Rect, second: f64) -> Vec<Found> {
        let is_personal = |op: &Op| match op {
            Op::Fill(fill) => fill.change != Change::None,
            Op::Face { .. } => true,
            _ => false,
        };
        if !self.ops.iter().any(is_personal) {
            return Vec::new();
        }
        let places = self.places(place, second);
        let (mut found, mut clips) = (Vec::new(), vec![frame]);
        let mut at = 0;
        while at < self.ops.len() {
            let on = match &self.ops[at] {
                Op::Fill(fill) => {
                    fill.change.reach(fill.bounds).map(|reach| places[fill.part].0.transform_rect_bbox(reach))
                }
                Op::Face { part, head } => {
                    let (place, opacity) = head.place(places[*part].0, second);
                    (opacity > 0.0).then(|| place.transform_rect_bbox(head.reach()))
                }
                Op::Open { part, opacity, faded, clips: paths, end, .. } => {
                    if *opacity * faded.map_or(1.0, |part| places[part].1) <= 0.002 {
                        at = *end + 1;
                        continue;
                    }
                    let boxes = paths
                        .iter()
                        .map(|(path, _)| edge(places[*part].0.transform_rect_bbox(path.bounding_box())));
                    clips.push(boxes.fold(clips[clips.len() - 1], |inner, clip| inner.intersect(clip)));
                    None
                }
                Op::Close => {
                    clips.pop();
                    None
                }
            };
            let seen = on.map(|on| edge(on).intersect(clips[clips.len() - 1]));
            found.extend(seen.filter(|seen| seen.area() > 0.0).map(|on| Found { op: at, on }));
            at += 1;
        }
        found
    }

    /// Whether what the child of the scene brings to these steps stays within what any child may change.
    fn keeps(&mut self, found: &[Found], second: f64, lit: &head::Lit) -> bool {
        found.iter().all(|found| match &mut self.ops[found.op] {
            Op::Fill(fill) => match fill.change {
                Change::Shape(reach) => fill.path.is_empty() || within(fill.bounds, reach),
                _ => true,
            },
            Op::Face { head, .. } => head.is_within_reach(second, lit),
            _ => true,
        })
    }
}

/// Edges are drawn into the pixels beside them.
fn edge(on: Rect) -> Rect {
    on.inflate(1.5, 1.5)
}

impl Layer {
    /// All of a child that can be seen of its bodies, each with the body's number.
    fn personal(&self, plane: Affine, frame: Rect, second: f64) -> Vec<(usize, Vec<Found>)> {
        let (place, opacity) = self.place(plane, second);
        if opacity <= 0.002 {
            return Vec::new();
        }
        match (&self.copies, self.reach) {
            (None, _) => {
                let first = self.bodies.first();
                first.map(|body| (0, body.personal(place, frame, second))).into_iter().collect()
            }
            // All of the copies are one thing.
            (Some(_), Some(_)) => Vec::new(),
            (Some(copies), None) => {
                let open = copies.list.iter().filter_map(|copy| Some((copy, copies.place(copy, second)?)));
                let of_each = open.map(|(copy, (own, _))| {
                    let body = &self.bodies[copy.body];
                    let place = place * own * Affine::translate(-body.pivot.to_vec2());
                    (copy.body, body.personal(place, frame, second))
                });
                of_each.collect()
            }
        }
    }

    /// The boxes on the canvas of all that a child can change of it.
    fn reach(&self, plane: Affine, frame: Rect, second: f64) -> Vec<Rect> {
        let (place, opacity) = self.place(plane, second);
        let written = self.reach.filter(|_| opacity > 0.002 && self.has_opened(second));
        let written = written.map(|reach| edge(place.transform_rect_bbox(reach)).intersect(frame));
        let found = self.personal(plane, frame, second);
        let others = found.into_iter().flat_map(|(_, found)| found).map(|found| found.on);
        written.into_iter().chain(others).collect()
    }

    /// Whether the first of its copies may have opened.
    fn has_opened(&self, second: f64) -> bool {
        let grow = self.copies.as_ref().and_then(|copies| copies.grow.as_ref());
        grow.is_none_or(|grow| grow.at(second) > 0.0)
    }

    fn is_within_reach(&mut self, plane: Affine, frame: Rect, second: f64, lit: &head::Lit) -> bool {
        let found = self.personal(plane, frame, second);
        self.copies_keep() && found.iter().all(|(body, found)| self.bodies[*body].keeps(found, second, lit))
    }

    /// Whether the copies that write something of the child stay within what any such may take.
    fn copies_keep(&self) -> bool {
        let (Some(copies), Some(reach)) = (&self.copies, self.reach) else { return true };
        let wide: Vec<f64> = self.bodies.iter().map(|body| around(body.pivot, drawn(body))).collect();
        copies.list.iter().all(|copy| {
            let beside = wide[copy.body] * copy.scale;
            within(Rect::from_center_size(copy.at, (beside * 2.0, beside * 2.0)), reach)
        })
    }
}

/// The box of a body at rest with its shadow.
fn drawn(body: &Body) -> Rect {
    let places = body.places(Affine::IDENTITY, 0.0);
    let fills = body.ops.iter().filter_map(|op| match op {
        Op::Fill(fill) => Some(places[fill.part].0.transform_rect_bbox(fill.bounds)),
        _ => None,
    });
    fills.fold(body.bounds, |all, own| all.union(own))
}

impl Scene {
    /// Boxes that hold everything in a frame that a child can change, be it the hero or the second one, with nearly any
    /// head and any name that the film takes. They follow from film, shot, language and frame, never from who plays.
    pub fn reach(&self, frame: u32) -> Vec<Area> {
        let moment = self.moment(frame);
        let boxes = self.layers.iter().flat_map(|layer| {
            let plane = self.view * camera(&self.camera, self.stage, layer.depth(), moment.ones);
            layer.reach(plane, self.frame, moment.pose)
        });
        boxes.filter_map(|on| pixels(on, self.frame)).collect()
    }

    /// Whether those who play in this scene stay within [`reach`](Self::reach) in a frame. Much hair may not: such a
    /// picture has to be taken whole.
    pub fn is_within_reach(&mut self, frame: u32) -> bool {
        let moment = self.moment(frame);
        let lit = head::Lit::at(&self.light, moment.ones);
        self.layers.iter_mut().all(|layer| {
            let plane = self.view * camera(&self.camera, self.stage, layer.depth(), moment.ones);
            layer.is_within_reach(plane, self.frame, moment.pose, &lit)
        })
    }
}

/// The pixels of a frame that a box touches.
fn pixels(on: Rect, frame: Rect) -> Option<Area> {
    let on = on.intersect(frame).expand();
    let [x, y, width, height] = [on.x0, on.y0, on.width(), on.height()].map(|side| side as u32);
    (width > 0 && height > 0).then_some(Area { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_become_the_pixels_that_they_touch() {
        let frame = Rect::new(0.0, 0.0, 100.0, 50.0);
        let area = |x, y, width, height| Some(Area { x, y, width, height });
        assert_eq!(pixels(Rect::new(1.2, 2.0, 3.1, 4.0), frame), area(1, 2, 3, 2));
        assert_eq!(pixels(Rect::new(-5.0, 40.5, 200.0, 90.0), frame), area(0, 40, 100, 10));
        assert_eq!(pixels(Rect::new(-5.0, 0.0, -1.0, 90.0), frame), None);
    }

    #[test]
    fn a_turned_copy_stays_around_its_pivot() {
        let bounds = Rect::new(-3.0, -4.0, 1.0, 2.0);
        assert!((around(Point::ORIGIN, bounds) - 5.0).abs() < 1e-9);
    }
}
