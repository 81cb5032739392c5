//! A drawing: wild SVG in, a small resolved tree out. Nothing behind this module knows SVG.
//!
//! The file is looked at first (what is not supported or not bounded is refused with its line), then
//! `usvg` resolves it (styles, units, gradients, `use`, basic shapes), then its tree is taken over into
//! [`Node`]s that know only groups, shapes and the places where the child's face and texts go.

use std::collections::{BTreeMap, HashMap};

use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Cap, Join, Point, Rect, Shape as _, Stroke};
use vello_cpu::peniko::{ColorStop, Extend, Fill as Rule, Gradient};

use crate::fields::short;
use crate::palette::{Palette, Rgb};
use crate::report::{Report, Severity, did_you_mean};
use crate::script::TextOf;
use crate::who::Who;

/// Largest drawing in bytes, and most elements after `use` is resolved.
pub(crate) const LARGEST_FILE: usize = 2 << 20;
const MOST_ELEMENTS: usize = 30_000;
/// Deepest nesting of groups.
const DEEPEST: usize = 60;
/// Most places for texts and for faces in a drawing, after `use` is resolved: each is laid out or warped.
const MOST_TEXTS: usize = 200;
const MOST_FACES: usize = 20;
/// Most dashes along one stroke.
const MOST_DASHES: f64 = 5_000.0;

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

/// What `usvg` does not carry over, by the id of the element.
struct Extra {
    line: usize,
    tag: String,
    fill: Option<String>,
    text: Option<String>,
    font: Option<String>,
    weight: Option<f32>,
    size: Option<f64>,
    pivot: Option<Point>,
    align: Align,
    /// The id was given by us, not by the film maker.
    unnamed: bool,
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
    let mut reader = Reader { file, palette, extras: &looked.extras, report, texts: 0, faces: 0 };
    let mut root = reader.group(tree.root());
    root.id.clear();
    Some(Drawing { root })
}

/// An upper bound of the nesting of elements, without parsing.
fn deepest(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        rest = &rest[at + 1..];
        match rest.first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') => {}
            _ => {
                // A tag ends before the next begins: so each byte is looked at once, whatever is missing.
                let end = rest.iter().position(|b| matches!(b, b'>' | b'<')).unwrap_or(rest.len());
                if end == 0 || rest[end - 1] != b'/' {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
            }
        }
    }
    deepest
}

const SVG: &str = "http://www.w3.org/2000/svg";
const ELEMENTS: [&str; 19] = [
    "svg",
    "g",
    "defs",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "use",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "title",
    "desc",
    "metadata",
    "style",
];
const DATA: [&str; 7] =
    ["data-pivot", "data-text", "data-fill", "data-weight", "data-font", "data-align", "data-size"];

/// The first look at the file.
struct Looked {
    extras: HashMap<String, Extra>,
    /// Ids to insert: byte position and id, in the order of the file.
    inserts: Vec<(usize, String)>,
}

impl Looked {
    fn at(file: &str, document: &roxmltree::Document<'_>, report: &mut Report) -> Option<Self> {
        let mut looked = Self { extras: HashMap::new(), inserts: Vec::new() };
        let root = document.root_element();
        if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
            report.error(
                file,
                Some(1),
                "The drawing is not an SVG file (xmlns=\"http://www.w3.org/2000/svg\").",
            );
            return None;
        }
        let mut by_id: HashMap<&str, roxmltree::Node<'_, '_>> = HashMap::new();
        let before = report.errors();
        // Lines are counted along the way: from the start for each element would take minutes in a large file.
        let (mut counted, mut line) = (0, 1);
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let space = node.tag_name().namespace().unwrap_or_default();
            let is_svg = space == SVG;
            // Editors keep their own data in other namespaces; it is not drawn.
            if !is_svg && !space.is_empty() {
                continue;
            }
            let start = node.range().start.max(counted);
            line += document.input_text().as_bytes()[counted..start].iter().filter(|b| **b == b'\n').count();
            counted = start;
            let tag = node.tag_name().name();
            if !is_svg {
                // It would be drawn all the same.
                let message = format!("<{}> does not say that it is of SVG.", short(tag));
                let suggestion = "write xmlns=\"http://www.w3.org/2000/svg\", without a prefix, in <svg>";
                report.push(Severity::Error, file, Some(line), message, Some(suggestion.to_owned()));
                continue;
            }
            if !ELEMENTS.contains(&tag) {
                let suggestion = match tag {
                    "text" | "tspan" => "draw the letters as paths, or use a slot:name or data-text place",
                    "image" => "draw it as paths",
                    "filter" => {
                        "soft shadows come from the sheet's shadow, glows from gradients with blend = \"glow\""
                    }
                    "mask" => "use a clipPath",
                    "script" => "drawings hold no scripts",
                    "symbol" => "use a group in <defs>",
                    _ => "see docs/film-format.md, Drawings",
                };
                report.push(
                    Severity::Error,
                    file,
                    Some(line),
                    format!("<{}> is not supported in drawings.", short(tag)),
                    Some(suggestion.to_owned()),
                );
                continue;
            }
            if let Some(id) = node.attribute("id")
                && by_id.insert(id, node).is_some()
            {
                report.error(file, Some(line), format!("The id \"{}\" is used twice.", short(id)));
            }
            if tag == "style" && node.text().is_some_and(is_more_than_paint) {
                report.error(file, Some(line), NOT_IN_STYLES);
            }
            looked.attributes(file, line, node, report);
        }
        let mut sizes = HashMap::new();
        match expanded(root, &by_id, &mut sizes, 0) {
            Some(count) if count <= MOST_ELEMENTS => {}
            Some(_) => {
                report.error(file, None, format!("The drawing has more than {MOST_ELEMENTS} elements."));
                return None;
            }
            None => {
                report.error(file, None, "The drawing uses itself through <use>.");
                return None;
            }
        }
        (report.errors() == before).then_some(looked)
    }

    fn attributes(&mut self, file: &str, line: usize, node: roxmltree::Node<'_, '_>, report: &mut Report) {
        let tag = node.tag_name().name();
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            let style = name == "style" || name == "filter" || name == "mask";
            if name.starts_with("on") {
                report.error(file, Some(line), format!("Drawings hold no scripts ({}).", short(name)));
            } else if name == "href" && !value.starts_with('#') {
                report.error(file, Some(line), "A drawing refers only to things inside itself.");
            } else if name.starts_with("marker") {
                report.error(file, Some(line), "Markers are not supported in drawings.");
            } else if name == "mix-blend-mode" || (name == "style" && value.contains("mix-blend-mode")) {
                report.push(
                    Severity::Error,
                    file,
                    Some(line),
                    "Blend modes are not supported inside drawings.".to_owned(),
                    Some("put what glows into a sheet of its own with blend = \"glow\"".to_owned()),
                );
            } else if name == "style" && value.contains("clip-path") {
                report.error(file, Some(line), NOT_IN_STYLES);
            } else if name == "clip-path" && value != "none" && clip_of(node).is_none() {
                report.error(file, Some(line), "A clip-path is written as url(#id).");
            } else if style
                && value != "none"
                && (name != "style" || value.contains("filter:") || value.contains("mask:"))
            {
                report.error(file, Some(line), "Filters and masks are not supported in drawings.");
            } else if name.starts_with("data-") && !DATA.contains(&name) {
                report.push(
                    Severity::Warning,
                    file,
                    Some(line),
                    format!("\"{}\" means nothing to the engine.", short(name)),
                    did_you_mean(name, DATA),
                );
            }
        }
        let data = DATA.iter().any(|name| node.has_attribute(*name));
        let id = node.attribute("id").unwrap_or_default();
        if !data && !id.starts_with("slot:") {
            if !id.is_empty() {
                self.extras.insert(id.to_owned(), Extra::plain(line, tag));
            }
            return;
        }
        let mut extra = Extra::plain(line, tag);
        extra.fill = node.attribute("data-fill").map(str::to_owned);
        extra.text = node.attribute("data-text").map(str::to_owned);
        extra.font = node.attribute("data-font").map(str::to_owned);
        if let Some(weight) = node.attribute("data-weight") {
            extra.weight = weight.parse().ok().filter(|w| (1.0..=1000.0).contains(w));
            if extra.weight.is_none() {
                report.error(file, Some(line), "data-weight is a number from 1 to 1000.");
            }
        }
        if let Some(size) = node.attribute("data-size") {
            extra.size = size.parse().ok().filter(|s| (1.0..=1000.0).contains(s));
            if extra.size.is_none() {
                report.error(file, Some(line), "data-size is a number from 1 to 1000.");
            }
        }
        if let Some(pivot) = node.attribute("data-pivot") {
            let numbers: Vec<f64> = pivot.split([',', ' ']).filter_map(|n| n.trim().parse().ok()).collect();
            match numbers[..] {
                [x, y] if x.abs() < 1e5 && y.abs() < 1e5 => extra.pivot = Some(Point::new(x, y)),
                _ => report.error(file, Some(line), "data-pivot is written as \"x,y\"."),
            }
        }
        extra.align = match node.attribute("data-align") {
            None | Some("middle") => Align::Middle,
            Some("start") => Align::Start,
            Some("end") => Align::End,
            Some(_) => {
                report.error(file, Some(line), "data-align is start, middle or end.");
                Align::Middle
            }
        };
        let (is_face, is_name) = (Who::with_face(id).is_some(), Who::with_name(id).is_some());
        if id.starts_with("slot:") && !is_face && !is_name {
            report.push(
                Severity::Error,
                file,
                Some(line),
                format!("\"{}\" is not a slot.", short(id)),
                Some(
                    "the slots of a drawing are slot:face, slot:name, slot:second.face and slot:second.name"
                        .to_owned(),
                ),
            );
        }
        if is_face && tag != "ellipse" && tag != "circle" {
            report.error(file, Some(line), format!("{id} must be an <ellipse>."));
        }
        let is_text = is_name || extra.text.is_some();
        if is_text && tag != "rect" && tag != "path" {
            report.error(file, Some(line), "A place for a text is a <rect> (a box) or a <path> (a line).");
        }
        let id = if id.is_empty() {
            extra.unnamed = true;
            let id = format!("~{}", self.inserts.len());
            self.inserts.push((node.range().start, id.clone()));
            id
        } else {
            id.to_owned()
        };
        self.extras.insert(id, extra);
    }

    /// The text of the file with the missing ids put in.
    fn with_ids(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + self.inserts.len() * 16);
        let mut done = 0;
        for (start, id) in &self.inserts {
            // The name of the element ends at the first blank, slash or bracket.
            let name = text[start + 1..].find(|c: char| c.is_whitespace() || c == '/' || c == '>');
            let at = start + 1 + name.unwrap_or(0);
            out.push_str(&text[done..at]);
            out.push_str(&format!(" id=\"{id}\""));
            done = at;
        }
        out + &text[done..]
    }
}

/// How many elements there are once every `use` is resolved; `None` if one uses itself.
fn expanded<'a>(
    node: roxmltree::Node<'a, 'a>,
    by_id: &HashMap<&str, roxmltree::Node<'a, 'a>>,
    sizes: &mut HashMap<roxmltree::NodeId, Option<usize>>,
    depth: usize,
) -> Option<usize> {
    if depth > 4 * DEEPEST {
        return None;
    }
    if let Some(known) = sizes.get(&node.id()) {
        return *known;
    }
    sizes.insert(node.id(), None);
    let mut count = 1_usize;
    for child in node.children().filter(roxmltree::Node::is_element) {
        count = count.saturating_add(expanded(child, by_id, sizes, depth + 1)?);
    }
    let href = node.attribute("href").or_else(|| node.attribute(("http://www.w3.org/1999/xlink", "href")));
    let clip = clip_of(node);
    for target in [href, clip].into_iter().flatten() {
        if let Some(target) = by_id.get(target.trim_matches(['\'', '"']).trim_start_matches('#')) {
            count = count.saturating_add(expanded(*target, by_id, sizes, depth + 1)?);
        }
    }
    sizes.insert(node.id(), Some(count));
    Some(count)
}

/// What an element is clipped by, if that is written as `url(#id)`: as `usvg` reads it, and nothing else.
fn clip_of<'a>(node: roxmltree::Node<'a, '_>) -> Option<&'a str> {
    let id = node.attribute("clip-path")?.strip_prefix("url(#")?.strip_suffix(')')?;
    (!id.is_empty() && !id.contains(char::is_whitespace)).then_some(id)
}

/// What elements are clipped by is counted, so it has to stand where it is looked for.
const NOT_IN_STYLES: &str = "Styles say how shapes are painted; a clip-path is an attribute, and filters, masks and blend modes are not supported.";

fn is_more_than_paint(rules: &str) -> bool {
    ["clip-path", "filter", "mask", "mix-blend-mode"].iter().any(|word| rules.contains(word))
}

impl Extra {
    fn plain(line: usize, tag: &str) -> Self {
        Self {
            line,
            tag: tag.to_owned(),
            fill: None,
            text: None,
            font: None,
            weight: None,
            size: None,
            pivot: None,
            align: Align::Middle,
            unnamed: false,
        }
    }
}

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
