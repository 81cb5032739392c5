//! The tree that `usvg` resolved, taken over into groups, shapes and the places where face and texts go. It must not know
//! the file.

use std::collections::HashMap;

use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Cap, Join, Point, Shape as _, Stroke};
use vello_cpu::peniko::{ColorStop, Extend, Fill as Rule, Gradient};

use super::inspect::Extra;
use super::{Drawing, Face, Group, Ink, Node, Shape, TextPlace};
use crate::fields::short;
use crate::palette::Palette;
use crate::report::{Report, Severity, did_you_mean};
use crate::script::TextOf;
use crate::who::Who;

/// Most places for texts and for faces in a drawing, after `use` is resolved: each is laid out or warped.
const MOST_TEXTS: usize = 200;
const MOST_FACES: usize = 20;
/// Most dashes along one stroke.
const MOST_DASHES: f64 = 5_000.0;

/// Takes the tree of `usvg` over.
struct Reader<'a> {
    file: &'a str,
    palette: &'a Palette,
    extras: &'a HashMap<String, Extra>,
    report: &'a mut Report,
    /// Places for texts and faces so far.
    texts: usize,
    faces: usize,
}

/// The drawing that a tree is, with what is kept beside it.
pub(super) fn drawing(
    file: &str,
    tree: &usvg::Tree,
    extras: &HashMap<String, Extra>,
    palette: &Palette,
    report: &mut Report,
) -> Drawing {
    let mut reader = Reader { file, palette, extras, report, texts: 0, faces: 0 };
    let mut root = reader.group(tree.root());
    root.id.clear();
    Drawing { root }
}

impl Reader<'_> {
    fn group(&mut self, group: &usvg::Group) -> Group {
        let extra = self.extras.get(group.id());
        let mut clips = Vec::new();
        let mut clip = group.clip_path();
        while let Some(one) = clip {
            let mut path = BezPath::new();
            collect_clip(one.root(), affine(one.transform()), &mut path);
            clips.push((path, Rule::NonZero));
            clip = one.clip_path();
        }
        let mut out = Group {
            id: if extra.is_none_or(|e| e.unnamed) { String::new() } else { group.id().to_owned() },
            transform: affine(group.transform()),
            opacity: group.opacity().get(),
            clips,
            pivot: extra.and_then(|e| e.pivot),
            children: Vec::new(),
        };
        for child in group.children() {
            match child {
                usvg::Node::Group(child) => {
                    let mut child = self.group(child);
                    // The oval only says where the face goes; a film maker may well hide it.
                    if matches!(child.children[..], [Node::Face(_)]) {
                        child.opacity = 1.0;
                    }
                    out.children.push(Node::Group(child));
                }
                usvg::Node::Path(path) => out.children.extend(self.path(path)),
                usvg::Node::Image(_) | usvg::Node::Text(_) => {}
            }
        }
        out
    }

    fn path(&mut self, path: &usvg::Path) -> Option<Node> {
        let extra = self.extras.get(path.id());
        let outline = outline(path.data());
        if let Some(who) = Who::with_face(path.id()) {
            self.faces += 1;
            if self.faces > MOST_FACES {
                let message = format!("A drawing has at most {MOST_FACES} places for a face.");
                self.report.error(self.file, extra.map(|e| e.line), message);
                return None;
            }
            let bounds = outline.bounding_box();
            return Some(Node::Face(Face {
                who,
                centre: bounds.center(),
                radii: [bounds.width() / 2.0, bounds.height() / 2.0],
            }));
        }
        let mut shape = Shape {
            path: outline,
            fill: path.fill().map(|fill| {
                let rule = match fill.rule() {
                    usvg::FillRule::NonZero => Rule::NonZero,
                    usvg::FillRule::EvenOdd => Rule::EvenOdd,
                };
                (ink(fill.paint(), fill.opacity().get()), rule)
            }),
            stroke: path.stroke().map(|stroke| (ink(stroke.paint(), stroke.opacity().get()), pen(stroke))),
            stroke_first: path.paint_order() == usvg::PaintOrder::StrokeAndFill,
        };
        if let Some((_, pen)) = &shape.stroke
            && !pen.dash_pattern.is_empty()
        {
            let sum: f64 = pen.dash_pattern.iter().sum();
            if sum <= 0.0 || shape.path.perimeter(1.0) / sum * pen.dash_pattern.len() as f64 > MOST_DASHES {
                let line = extra.map(|e| e.line);
                self.report.error(self.file, line, "A dashed stroke has too many dashes.");
                return None;
            }
        }
        let Some(extra) = extra else {
            return path.is_visible().then_some(Node::Shape(shape));
        };
        if let Some(name) = &extra.fill {
            let (opacity, rule) = match &shape.fill {
                Some((Ink::Solid(_, opacity) | Ink::Skin { opacity, .. }, rule)) => (*opacity, *rule),
                Some((_, rule)) => (1.0, *rule),
                None => (1.0, Rule::NonZero),
            };
            let ink = match Who::with_skin(name) {
                Some((who, shade)) => Some(Ink::Skin { who, shade, opacity }),
                None => self.palette.get(name).map(|rgb| Ink::Solid(*rgb, opacity)),
            };
            match ink {
                Some(ink) => shape.fill = Some((ink, rule)),
                None => {
                    let mut inks: Vec<&str> = self.palette.keys().map(String::as_str).collect();
                    Who::BOTH.iter().for_each(|who| inks.extend_from_slice(&who.skin()));
                    let message = format!("\"{}\" is not a colour of the palette.", short(name));
                    let meant = did_you_mean(name, inks);
                    self.report.push(Severity::Error, self.file, Some(extra.line), message, meant);
                }
            }
        }
        let set = extra.text.clone().map(TextOf::Set);
        let name = || Who::with_name(path.id()).map(|who| TextOf::Slot(who.name().to_owned()));
        if let Some(text) = set.or_else(name) {
            self.texts += 1;
            if self.texts > MOST_TEXTS {
                let message = format!("A drawing has at most {MOST_TEXTS} places for a text.");
                self.report.error(self.file, Some(extra.line), message);
                return None;
            }
            return Some(Node::Text(TextPlace {
                text,
                along: extra.tag == "path",
                look: shape,
                weight: extra.weight.unwrap_or(700.0),
                font: extra.font.clone().unwrap_or_else(|| "set".to_owned()),
                size: extra.size.unwrap_or(48.0),
                align: extra.align,
                line: extra.line,
            }));
        }
        if !path.is_visible() && extra.fill.is_none() {
            return None;
        }
        if extra.unnamed {
            return Some(Node::Shape(shape));
        }
        // A named shape can be a part like a group.
        Some(Node::Group(Group {
            id: path.id().to_owned(),
            transform: Affine::IDENTITY,
            opacity: 1.0,
            clips: Vec::new(),
            pivot: extra.pivot,
            children: vec![Node::Shape(shape)],
        }))
    }
}

fn collect_clip(group: &usvg::Group, outer: Affine, path: &mut BezPath) {
    for child in group.children() {
        match child {
            usvg::Node::Group(child) => collect_clip(child, outer * affine(child.transform()), path),
            usvg::Node::Path(one) => path.extend(outer * outline(one.data())),
            usvg::Node::Image(_) | usvg::Node::Text(_) => {}
        }
    }
}

fn affine(t: usvg::Transform) -> Affine {
    Affine::new([t.sx, t.ky, t.kx, t.sy, t.tx, t.ty].map(f64::from))
}

fn outline(path: &usvg::tiny_skia_path::Path) -> BezPath {
    use usvg::tiny_skia_path::PathSegment;
    let point = |p: usvg::tiny_skia_path::Point| Point::new(f64::from(p.x), f64::from(p.y));
    let mut out = BezPath::new();
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(p) => out.move_to(point(p)),
            PathSegment::LineTo(p) => out.line_to(point(p)),
            PathSegment::QuadTo(a, p) => out.quad_to(point(a), point(p)),
            PathSegment::CubicTo(a, b, p) => out.curve_to(point(a), point(b), point(p)),
            PathSegment::Close => out.close_path(),
        }
    }
    out
}

fn pen(stroke: &usvg::Stroke) -> Stroke {
    let cap = match stroke.linecap() {
        usvg::LineCap::Butt => Cap::Butt,
        usvg::LineCap::Round => Cap::Round,
        usvg::LineCap::Square => Cap::Square,
    };
    let join = match stroke.linejoin() {
        usvg::LineJoin::Miter | usvg::LineJoin::MiterClip => Join::Miter,
        usvg::LineJoin::Round => Join::Round,
        usvg::LineJoin::Bevel => Join::Bevel,
    };
    let mut out = Stroke::new(f64::from(stroke.width().get()))
        .with_caps(cap)
        .with_join(join)
        .with_miter_limit(f64::from(stroke.miterlimit().get()));
    if let Some(dashes) = stroke.dasharray() {
        out = out.with_dashes(f64::from(stroke.dashoffset()), dashes.iter().map(|d| f64::from(*d)));
    }
    out
}

fn ink(paint: &usvg::Paint, opacity: f32) -> Ink {
    match paint {
        usvg::Paint::Color(c) => Ink::Solid([c.red, c.green, c.blue], opacity),
        usvg::Paint::LinearGradient(g) => {
            let gradient = Gradient::new_linear(
                (f64::from(g.x1()), f64::from(g.y1())),
                (f64::from(g.x2()), f64::from(g.y2())),
            );
            Ink::Gradient(Box::new(stops(gradient, g, opacity)), affine(g.transform()))
        }
        usvg::Paint::RadialGradient(g) => {
            let gradient = Gradient::new_two_point_radial(
                (f64::from(g.fx()), f64::from(g.fy())),
                g.fr().get(),
                (f64::from(g.cx()), f64::from(g.cy())),
                g.r().get(),
            );
            Ink::Gradient(Box::new(stops(gradient, g, opacity)), affine(g.transform()))
        }
        // Patterns are refused before; this cannot be reached with a file that passed.
        usvg::Paint::Pattern(_) => Ink::Solid([128; 3], opacity),
    }
}

fn stops(gradient: Gradient, base: &usvg::BaseGradient, opacity: f32) -> Gradient {
    let stops: Vec<ColorStop> = base
        .stops()
        .iter()
        .map(|s| {
            let c = s.color();
            let [r, g, b] = [c.red, c.green, c.blue].map(|v| f32::from(v) / 255.0);
            ColorStop::from((
                s.offset().get(),
                AlphaColor::<Srgb>::new([r, g, b, s.opacity().get() * opacity]),
            ))
        })
        .collect();
    let extend = match base.spread_method() {
        usvg::SpreadMethod::Pad => Extend::Pad,
        usvg::SpreadMethod::Reflect => Extend::Reflect,
        usvg::SpreadMethod::Repeat => Extend::Repeat,
    };
    gradient.with_extend(extend).with_stops(stops.as_slice())
}
