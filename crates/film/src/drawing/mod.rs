//! A drawing: wild SVG in, a small resolved tree out. Nothing behind this module knows SVG.
//!
//! The file is looked at first ([`inspect`]: what is not supported or not bounded is refused with its line), then
//! `usvg` resolves it (styles, units, gradients, `use`, basic shapes), then its tree is taken over ([`convert`]) into
//! [`Node`]s that know only groups, shapes and the places where the child's face and texts go.

mod convert;
mod inspect;

use std::collections::BTreeMap;

use vello_cpu::kurbo::{Affine, BezPath, Point, Rect, Shape as _, Stroke};
use vello_cpu::peniko::{Fill as Rule, Gradient};

use crate::palette::{Palette, Rgb};
use crate::report::Report;
use crate::script::TextOf;
use crate::who::Who;
use inspect::{Looked, deepest};

/// Largest drawing in bytes.
const LARGEST_FILE: usize = 2 << 20;
/// Deepest nesting of groups.
const DEEPEST: usize = 60;

/// A resolved drawing.
#[derive(Debug)]
pub(crate) struct Drawing {
    pub root: Group,
}

#[derive(Debug)]
pub(crate) enum Node {
    Group(Group),
    Shape(Shape),
    Face(Face),
    Text(TextPlace),
}

#[derive(Debug)]
pub(crate) struct Group {
    /// Id of the group in the file; empty if it has none.
    pub id: String,
    pub transform: Affine,
    pub opacity: f32,
    /// The region outside of which nothing is drawn, in the group's own coordinates.
    pub clips: Vec<(BezPath, Rule)>,
    pub pivot: Option<Point>,
    pub children: Vec<Node>,
}

#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub path: BezPath,
    pub fill: Option<(Ink, Rule)>,
    pub stroke: Option<(Ink, Stroke)>,
    pub stroke_first: bool,
}

/// The oval of a face, in the coordinates of its group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Face {
    pub who: Who,
    pub centre: Point,
    pub radii: [f64; 2],
}

/// A place for a text: its box or line, and a shape that lends fill and stroke.
#[derive(Debug)]
pub(crate) struct TextPlace {
    /// A name, or a text of the set.
    pub text: TextOf,
    /// A line to write along; without one the text is fitted into the box of the shape.
    pub along: bool,
    pub look: Shape,
    pub weight: f32,
    pub font: String,
    /// Size along a line, in pixels an em.
    pub size: f64,
    pub align: Align,
    pub line: usize,
}

/// How a text lies in its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Start,
    Middle,
    End,
}

/// What a shape is painted with.
#[derive(Debug, Clone)]
pub(crate) enum Ink {
    Solid(Rgb, f32),
    /// The tone measured on a child's cheek, or its darker shade.
    Skin {
        who: Who,
        shade: bool,
        opacity: f32,
    },
    Gradient(Box<Gradient>, Affine),
}

/// Reads a drawing. Problems go to the report; `None` if it cannot be drawn.
pub(crate) fn read(file: &str, bytes: &[u8], palette: &Palette, report: &mut Report) -> Option<Drawing> {
    if bytes.len() > LARGEST_FILE {
        report.error(file, None, "The drawing is larger than 2 MB.");
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        report.error(file, None, "The drawing is not a text file in UTF-8.");
        return None;
    };
    // Deep nesting would exhaust the stack of the XML reader, so it is measured before.
    if deepest(text) > DEEPEST {
        report.error(file, None, format!("The drawing nests elements more than {DEEPEST} deep."));
        return None;
    }
    let document = match roxmltree::Document::parse_with_options(
        text,
        roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: 200_000, ..Default::default() },
    ) {
        Ok(document) => document,
        Err(error) => {
            let line = Some(error.pos().row as usize);
            report.error(file, line, format!("The drawing is not valid XML: {error}."));
            return None;
        }
    };
    let looked = Looked::at(file, &document, report)?;
    let prepared = looked.with_ids(text);
    let options = usvg::Options {
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    let tree = match usvg::Tree::from_str(&prepared, &options) {
        Ok(tree) => tree,
        Err(error) => {
            report.error(file, None, format!("The drawing cannot be read: {error}."));
            return None;
        }
    };
    Some(convert::drawing(file, &tree, &looked.extras, palette, report))
}

impl Group {
    /// The group with this id, and the transform from its parent's coordinates to the drawing's.
    pub fn find(&self, id: &str) -> Option<(&Self, Affine)> {
        self.find_under(id, Affine::IDENTITY)
    }

    fn find_under(&self, id: &str, outer: Affine) -> Option<(&Self, Affine)> {
        if self.id == id {
            return Some((self, outer));
        }
        self.children.iter().find_map(|child| match child {
            Node::Group(group) => group.find_under(id, outer * self.transform),
            _ => None,
        })
    }

    /// All ids in it.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids = Vec::new();
        self.visit(&mut |group| {
            if !group.id.is_empty() {
                ids.push(group.id.as_str());
            }
        });
        ids
    }

    fn visit<'a>(&'a self, each: &mut impl FnMut(&'a Self)) {
        each(self);
        for child in &self.children {
            if let Node::Group(group) = child {
                group.visit(each);
            }
        }
    }

    /// Everything in it that is not a group.
    pub fn leaves<'a>(&'a self, each: &mut impl FnMut(&'a Node)) {
        for child in &self.children {
            match child {
                Node::Group(group) => group.leaves(each),
                leaf => each(leaf),
            }
        }
    }

    /// The box of what it draws, in its own coordinates (inside its transform).
    pub fn bounds(&self) -> Option<Rect> {
        let mut bounds: Option<Rect> = None;
        for child in &self.children {
            let one = match child {
                Node::Group(group) => group.bounds().map(|b| group.transform.transform_rect_bbox(b)),
                Node::Shape(shape) => Some(shape.bounds()),
                Node::Text(place) => Some(place.look.path.bounding_box()),
                Node::Face(face) => {
                    Some(Rect::from_center_size(face.centre, (face.radii[0] * 2.0, face.radii[1] * 2.0)))
                }
            };
            bounds = match (bounds, one) {
                (Some(a), Some(b)) => Some(a.union(b)),
                (a, b) => a.or(b),
            };
        }
        bounds
    }
}

impl Shape {
    /// Whose tone of the skin it is painted with.
    pub fn skins(&self) -> impl Iterator<Item = Who> {
        let inks = self.fill.iter().map(|(ink, _)| ink).chain(self.stroke.iter().map(|(ink, _)| ink));
        inks.filter_map(|ink| if let Ink::Skin { who, .. } = ink { Some(*who) } else { None })
    }

    /// The box of path and stroke.
    pub fn bounds(&self) -> Rect {
        let width = self.stroke.as_ref().map_or(0.0, |(_, pen)| pen.width / 2.0);
        self.path.bounding_box().inflate(width, width)
    }
}

/// Drawings by path.
pub(crate) type Drawings = BTreeMap<String, std::sync::Arc<Drawing>>;
