//! What of a child moves as a whole, for whoever looks for a place of one picture in another: heads, parts of bodies that
//! show skin, and what is written.

use vello_cpu::kurbo::{Affine, PathEl, Point, Rect};

use super::body::{Body, Op};
use super::head::Head;
use super::layers::Layer;
use super::reach::Change;
use super::{Scene, camera};

/// Something that moves as a whole, in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// A convex polygon around it, in canvas pixels.
    pub outline: Vec<[f64; 2]>,
    /// From coordinates of its own to canvas pixels, `[a, b, c, d, e, f]`: x and y lie at a x + c y + e and b x + d y + f.
    pub place: [f64; 6],
}

impl Moved {
    fn new(place: Affine, corners: impl IntoIterator<Item = Point>) -> Self {
        let on = corners.into_iter().map(|corner| place * corner);
        Self { outline: on.map(|Point { x, y }| [x, y]).collect(), place: place.as_coeffs() }
    }

    fn in_box(place: Affine, Rect { x0, y0, x1, y1 }: Rect) -> Self {
        Self::new(place, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(Point::from))
    }
}

impl Scene {
    /// What of a child moves as a whole in a frame, the uppermost last; in every frame the same things in the same order.
    /// Heads have an outline once they were drawn.
    pub fn moved(&self, frame: u32) -> Vec<Moved> {
        let moment = self.moment(frame);
        let of = |layer: &Layer| {
            let plane = self.view * camera(&self.camera, self.stage, layer.depth(), moment.ones);
            let (place, opacity) = layer.place(plane, moment.pose);
            let mut moved = match &layer.copies {
                None => layer.bodies.iter().flat_map(|body| body.moved(place, moment.pose)).collect(),
                Some(copies) if layer.reach.is_some() => vec![Moved::in_box(place, copies.area)],
                Some(_) => Vec::new(),
            };
            // What cannot be seen keeps its number alone.
            if opacity <= 0.002 || !layer.has_opened(moment.pose) {
                moved.iter_mut().for_each(|moved| moved.outline.clear());
            }
            moved
        };
        self.layers.iter().flat_map(of).collect()
    }
}

impl Body {
    fn moved(&self, place: Affine, second: f64) -> Vec<Moved> {
        let places = self.places(place, second);
        let of = |op: &Op| match op {
            Op::Fill(fill) if fill.change != Change::None => {
                Some(Moved::in_box(places[fill.part].0, fill.bounds))
            }
            Op::Face { part, head } => Some(head.moved(places[*part].0, second)),
            _ => None,
        };
        self.ops.iter().filter_map(of).collect()
    }
}

impl Head {
    fn moved(&self, part: Affine, second: f64) -> Moved {
        let place = self.place(part, second).0;
        let Some((outline, to_head)) = self.seen() else { return Moved::new(place, []) };
        let corners = outline.elements().iter().filter_map(PathEl::end_point);
        Moved::new(place, corners.map(|corner| to_head * corner))
    }
}
