//! What of a picture a child can change: the head, the tone of the skin, what is written, and the shadows of that. It
//! is told from the film and a room alone, so that it is the same for every child who takes no more than that; which
//! room those of a scene take is a question of its own.

use vello_cpu::kurbo::{self, Affine, BezPath, Join, Point, Rect, Shape as _};

use crate::drawing::{Align, TextPlace};
use crate::script::{Sheet, Stamps};
use crate::text;

use super::body::{Body, Op};
use super::layers::Layer;
use super::room::{self, HeadRoom, NameBoxes, NameRoom, Room};
use super::{Scene, camera, copies, layers, shadow};

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
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// Nothing: it is the same for everyone.
    None,
    /// Its colour.
    Tone,
    /// Its shape, which stays within the box of its room in the coordinates of its part.
    Shape(NameBoxes),
}

impl Change {
    pub fn is_shape(&self) -> bool {
        matches!(self, Self::Shape(_))
    }

    /// The box of what takes a child's shape.
    pub fn shape(&self, room: NameRoom) -> Option<Rect> {
        if let Self::Shape(shape) = self { Some(shape.of(room)) } else { None }
    }

    /// The box of what can change of a fill with these bounds.
    pub fn reach(&self, bounds: Rect, room: NameRoom) -> Option<Rect> {
        match self {
            Self::None => None,
            Self::Tone => Some(bounds),
            Self::Shape(shape) => Some(shape.of(room)),
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

/// The largest that letters stand above or below the middle of the line they are written along, in their size.
const TALLEST: f64 = 1.3;

/// The boxes that the texts of a place stay within, brought somewhere from the coordinates of its group.
pub(super) fn of_text(place: &TextPlace, to: Affine) -> NameBoxes {
    let pen = place.look.stroke.as_ref().map_or(0.0, |(_, pen)| {
        let corners = if pen.join == Join::Miter { pen.miter_limit.clamp(1.0, 4.0) } else { 1.0 };
        pen.width / 2.0 * corners
    });
    let beside = pen + if place.along { place.size * TALLEST } else { 0.0 };
    let bounds = place.look.path.bounding_box();
    let is_centred = !place.along && place.align == Align::Middle;
    NameBoxes::new(|room| {
        let taken = if is_centred { room.within(bounds) } else { bounds };
        to.transform_rect_bbox(taken.inflate(beside, beside))
    })
}

/// The boxes that texts written with copies stay within, in the coordinates of the sheet. A drawing that they are copies
/// of reaches as far as `largest` from its pivot.
pub(super) fn of_stamps(stamps: &Stamps, sheet: &Sheet, largest: f64) -> NameBoxes {
    let [x, y, width, height] = stamps.area;
    let [smallest_size, largest_size] = stamps.size;
    // All are cut for one shadow, that of one of a mean size.
    let unlike = (largest_size / smallest_size.max(0.01)).clamp(1.0, 3.0) * layers::LARGEST;
    let film = sheet.scale.max(0.01);
    NameBoxes::new(|room| {
        let place = room.within(Rect::new(x, y, x + width, y + height));
        // Where letters are low, so are the copies.
        let smaller = copies::smaller(stamps, text::largest_within(place.height()));
        let copy = largest * largest_size * smaller * layers::LARGEST;
        let own = Rect::new(0.0, 0.0, copy * 2.0, copy * 2.0);
        // They are turned, and their shadows with them.
        let shadow = if sheet.shadow > 0.0 { shadow::reach(own, film).iter().sum() } else { 0.0 };
        let beside = copy + shadow * unlike + stamps.spacing * smaller * copies::SCATTERED;
        place.inflate(beside, beside)
    })
}

impl Body {
    /// The boxes on the canvas of all of a child that can be seen of it.
    fn personal(&self, place: Affine, frame: Rect, second: f64, room: Room) -> Vec<Rect> {
        if !self.ops.iter().any(Op::is_personal) {
            return Vec::new();
        }
        let places = self.places(place, second);
        let (mut found, mut clips) = (Vec::new(), vec![frame]);
        let mut at = 0;
        while at < self.ops.len() {
            let on = match &self.ops[at] {
                Op::Fill(fill) => {
                    let reach = fill.change.reach(fill.bounds, room.name);
                    reach
                        .map(|reach| edge(places[fill.part].0.transform_rect_bbox(reach)))
                        .into_iter()
                        .collect()
                }
                Op::Face { part, head } => {
                    let (place, opacity) = head.place(places[*part].0, second);
                    let is_seen = opacity > 0.0;
                    if is_seen {
                        room::rows(&head.outline(room.head).polygon(place), EDGE)
                    } else {
                        Vec::new()
                    }
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
                    Vec::new()
                }
                Op::Close => {
                    clips.pop();
                    Vec::new()
                }
            };
            let seen = on.into_iter().map(|on| on.intersect(clips[clips.len() - 1]));
            found.extend(seen.filter(|seen| seen.area() > 0.0));
            at += 1;
        }
        found
    }

    /// Whether nothing of it moves by itself or takes the shape of a child's.
    fn is_plain(&self) -> bool {
        let is_shaped = |op: &Op| match op {
            Op::Fill(fill) => fill.change.is_shape(),
            Op::Face { .. } => true,
            Op::Open { .. } | Op::Close => false,
        };
        self.parts.len() == 1 && !self.ops.iter().any(is_shaped)
    }

    /// Whether the names that are written in it stay within a room.
    fn keeps(&self, room: NameRoom) -> bool {
        self.ops.iter().all(|op| match op {
            Op::Fill(fill) => {
                fill.path.is_empty() || fill.change.shape(room).is_none_or(|shape| within(fill.bounds, shape))
            }
            _ => true,
        })
    }

    /// The room that each head in it takes.
    fn heads(&mut self) -> impl Iterator<Item = Option<HeadRoom>> {
        self.ops
            .iter_mut()
            .filter_map(|op| if let Op::Face { head, .. } = op { Some(head.room()) } else { None })
    }
}

/// Edges are drawn into the pixels beside them.
const EDGE: f64 = 1.5;

fn edge(on: Rect) -> Rect {
    on.inflate(EDGE, EDGE)
}

impl Layer {
    /// The boxes on the canvas of all that a child can change of it.
    fn reach(&self, plane: Affine, frame: Rect, second: f64, room: Room) -> Vec<Rect> {
        let (place, opacity) = self.place(plane, second);
        if opacity <= 0.002 {
            return Vec::new();
        }
        match (&self.copies, &self.reach) {
            (None, _) => {
                let first = self.bodies.first();
                first.map(|body| body.personal(place, frame, second, room)).unwrap_or_default()
            }
            // All of the copies are one thing.
            (Some(_), Some(reach)) => {
                let written = edge(place.transform_rect_bbox(reach.of(room.name))).intersect(frame);
                if self.has_opened(second) { vec![written] } else { Vec::new() }
            }
            (Some(copies), None) => {
                let open = copies.list.iter().filter_map(|copy| Some((copy, copies.place(copy, second)?)));
                let of_each = open.flat_map(|(copy, (own, _))| {
                    let body = &self.bodies[copy.body];
                    let place = place * own * Affine::translate(-body.pivot.to_vec2());
                    body.personal(place, frame, second, room)
                });
                of_each.collect()
            }
        }
    }

    /// Whether the first of its copies may have opened.
    pub fn has_opened(&self, second: f64) -> bool {
        let grow = self.copies.as_ref().and_then(|copies| copies.grow.as_ref());
        grow.is_none_or(|grow| grow.at(second) > 0.0)
    }

    /// Whether the names that it shows stay within a room.
    fn keeps(&self, room: NameRoom) -> bool {
        let (Some(copies), Some(reach)) = (&self.copies, &self.reach) else {
            return self.bodies.iter().all(|body| body.keeps(room));
        };
        // What moves in a copy, or is a child's, may lead out of it: no room holds that.
        if !self.bodies.iter().all(Body::is_plain) {
            return false;
        }
        let wide: Vec<f64> = self.bodies.iter().map(radius).collect();
        copies.list.iter().all(|copy| {
            let beside = wide[copy.body] * copy.scale * layers::LARGEST;
            let own = Rect::from_center_size(copy.at, (beside * 2.0, beside * 2.0));
            within(own, reach.of(room))
        })
    }
}

/// Curves are told by points so close to them, in the units of their drawing; those of a shape larger than `LARGE` by
/// fewer: they are as many as for one of that size, however large it is.
const CLOSE: f64 = 0.05;
const LARGE: f64 = 10_000.0;

/// How far a plain body reaches from its pivot, with its shadow if it has one by now.
pub(super) fn radius(body: &Body) -> f64 {
    let fills = body.ops.iter().filter_map(|op| if let Op::Fill(fill) = op { Some(fill) } else { None });
    fills.map(|fill| farthest(&fill.path, body.pivot)).fold(0.0, f64::max)
}

/// How far a shape reaches from a point, at least.
fn farthest(path: &BezPath, from: Point) -> f64 {
    let size = path.control_box().size();
    let size = size.width.max(size.height);
    if !size.is_finite() {
        return f64::INFINITY;
    }
    let close = CLOSE * (size / LARGE).max(1.0);
    let mut most = 0.0_f64;
    kurbo::flatten(path, close, |part| {
        most = part.end_point().map_or(most, |point| most.max(point.distance(from) + close));
    });
    most
}

impl Scene {
    /// Boxes that hold everything in a frame that a child can change who takes no more than a room, be it the hero or the
    /// second one. They follow from film, shot, language and frame; of who plays only what casts no shadow at all could change them.
    pub fn reach(&self, frame: u32, room: Room) -> Vec<Area> {
        let moment = self.moment(frame);
        let boxes = self.layers.iter().flat_map(|layer| {
            let plane = self.view * camera(&self.camera, self.stage, layer.depth(), moment.ones);
            layer.reach(plane, self.frame, moment.pose, room)
        });
        boxes.filter_map(|on| pixels(on, self.frame)).collect()
    }

    /// The scene with nobody in it: heads and names are left out. What of it lies outside of [`reach`](Self::reach) is
    /// everyone's.
    pub fn emptied(mut self) -> Self {
        for layer in &mut self.layers {
            if let (Some(copies), Some(_)) = (&mut layer.copies, &layer.reach) {
                copies.list.clear();
            }
            for op in layer.bodies.iter_mut().flat_map(|body| &mut body.ops) {
                match op {
                    Op::Fill(fill) if fill.change.is_shape() => {
                        (fill.path, fill.bounds) = (BezPath::new(), Rect::ZERO);
                    }
                    Op::Face { head, .. } => head.source = None,
                    _ => {}
                }
            }
        }
        self
    }

    /// The room of the least area that holds those who play in this scene. There may be none, as for very much hair: then its
    /// pictures have to be taken whole.
    pub fn room(&mut self) -> Option<Room> {
        let name = NameRoom::all().find(|room| self.layers.iter().all(|layer| layer.keeps(*room)))?;
        let bodies = self.layers.iter_mut().flat_map(|layer| &mut layer.bodies);
        let mut head = HeadRoom::SMALLEST;
        for own in bodies.flat_map(Body::heads) {
            head = head.joined(own?);
        }
        Some(Room { head, name })
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
    fn how_far_a_shape_reaches_is_known_soon_however_large_it_is() {
        let of = |size: f64| {
            let mut path = BezPath::new();
            path.move_to((0.0, 0.0));
            path.curve_to((size, 0.0), (size, size), (0.0, size));
            farthest(&path, Point::ORIGIN)
        };
        assert!((of(100.0) - 100.0).abs() < 20.0, "{}", of(100.0));
        assert!((of(1e30) / 1e30 - 1.0).abs() < 0.2);
        assert_eq!(of(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn boxes_become_the_pixels_that_they_touch() {
        let frame = Rect::new(0.0, 0.0, 100.0, 50.0);
        let area = |x, y, width, height| Some(Area { x, y, width, height });
        assert_eq!(pixels(Rect::new(1.2, 2.0, 3.1, 4.0), frame), area(1, 2, 3, 2));
        assert_eq!(pixels(Rect::new(-5.0, 40.5, 200.0, 90.0), frame), area(0, 40, 100, 10));
        assert_eq!(pixels(Rect::new(-5.0, 0.0, -1.0, 90.0), frame), None);
    }
}
