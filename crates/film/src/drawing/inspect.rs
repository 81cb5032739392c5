//! The first look at a drawing, before it is resolved: what is not supported or not bounded is reported with its line, and
//! what `usvg` does not carry over is kept by the id of its element.

use std::collections::HashMap;

use vello_cpu::kurbo::Point;

use super::{Align, DEEPEST};
use crate::fields::short;
use crate::report::{Report, Severity, did_you_mean};
use crate::who::Who;

/// Most elements after `use` is resolved.
const MOST_ELEMENTS: usize = 30_000;

/// What `usvg` does not carry over, by the id of the element.
pub(super) struct Extra {
    pub line: usize,
    pub tag: String,
    pub fill: Option<String>,
    pub text: Option<String>,
    pub font: Option<String>,
    pub weight: Option<f32>,
    pub size: Option<f64>,
    pub pivot: Option<Point>,
    pub align: Align,
    /// The id was given by us, not by the film maker.
    pub unnamed: bool,
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

/// An upper bound of the nesting of elements, without parsing.
pub(super) fn deepest(text: &str) -> usize {
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
pub(super) struct Looked {
    pub extras: HashMap<String, Extra>,
    /// Ids to insert: byte position and id, in the order of the file.
    inserts: Vec<(usize, String)>,
}

impl Looked {
    pub fn at(file: &str, document: &roxmltree::Document<'_>, report: &mut Report) -> Option<Self> {
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
    pub fn with_ids(&self, text: &str) -> String {
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
