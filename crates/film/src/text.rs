//! Texts of the set as outlines: chosen fonts, shaping and direction by `parley`, outlines by
//! `skrifa`. Knows nothing of shots; a text goes in, outlines in a box or along a line come out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parley::fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, SourceCache};
use parley::{
    Alignment, AlignmentOptions, FontContext, FontWeight, LayoutContext, PositionedLayoutItem, StyleProperty,
};
use skrifa::instance::{LocationRef, NormalizedCoord, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use vello_cpu::kurbo::{
    Affine, BezPath, ParamCurve, ParamCurveArclen, ParamCurveDeriv, PathSeg, Point, Rect, Shape, Vec2,
};

use crate::drawing::Align;
use crate::maths::pose;

/// The fonts of a film: lists by role, tried in order for each character.
#[derive(Clone, Default)]
pub(crate) struct Fonts {
    pub roles: BTreeMap<String, Vec<FontFile>>,
}

#[derive(Clone)]
pub(crate) struct FontFile {
    /// Its path in the film's folder; none for one that the program brings along.
    pub path: Option<String>,
    pub bytes: Arc<Cow<'static, [u8]>>,
    pub digest: [u8; 32],
}

impl FontFile {
    pub(crate) fn new(path: Option<String>, bytes: Cow<'static, [u8]>) -> Self {
        let digest = *blake3::hash(&bytes).as_bytes();
        Self { path, bytes: Arc::new(bytes), digest }
    }

    fn has(&self, c: char) -> bool {
        let font = FontRef::from_index(&self.bytes, 0).ok();
        font.and_then(|font| font.charmap().map(c)).is_some_and(|glyph| glyph.to_u32() != 0)
    }
}

/// Size at which texts are laid out before they are fitted.
const EM: f32 = 100.0;
/// The band from the baseline up that a line always takes, so that a short word in small letters is
/// not blown up.
const BAND: f64 = 0.72 * EM as f64;

/// A text laid out at [`EM`].
pub(crate) struct Laid {
    pub lines: Vec<Line>,
}

pub(crate) struct Line {
    pub glyphs: Vec<Glyph>,
    pub width: f64,
}

pub(crate) struct Glyph {
    /// Outline, with y down, relative to its place on the baseline.
    pub outline: BezPath,
    /// Place along the line and off it.
    pub at: Point,
    pub advance: f64,
}

/// What the fonts cannot write.
pub(crate) fn missing(fonts: &[FontFile], text: &str) -> Vec<char> {
    let mut missing = Vec::new();
    for c in text.chars() {
        // Joiners, marks of direction and variation selectors have no picture of their own.
        let silent = c.is_whitespace()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}');
        if !silent && !missing.contains(&c) && !fonts.iter().any(|font| font.has(c)) {
            missing.push(c);
        }
    }
    missing
}

/// The fonts of a list that a text is written with, in the list's order: those that are the first to have one of its
/// characters. What stands behind them in the list changes nothing in the picture.
pub(crate) fn needed<'a>(fonts: &'a [FontFile], text: &str) -> Vec<&'a FontFile> {
    let chars: BTreeSet<char> = text.chars().collect();
    let used: BTreeSet<usize> =
        chars.into_iter().filter_map(|c| fonts.iter().position(|font| font.has(c))).collect();
    used.into_iter().map(|index| &fonts[index]).collect()
}

/// Lays a text out in one line, or in at most two lines of about the same length.
pub(crate) fn lay(fonts: &[FontFile], text: &str, weight: f32, two_lines: bool) -> Laid {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    if text.is_empty() || fonts.is_empty() {
        return Laid { lines: Vec::new() };
    }
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
    let mut families = Vec::new();
    for (i, font) in needed(fonts, text).into_iter().enumerate() {
        let name = format!("font-{i}");
        let about = FontInfoOverride { family_name: Some(&name), ..FontInfoOverride::default() };
        collection.register_fonts(Blob::new(Arc::new(SharedBytes(font.bytes.clone()))), Some(about));
        families.push(name);
    }
    let names: Vec<_> = families.iter().map(|n| parley::FontFamilyName::named(n)).collect();
    let mut fonts = FontContext { collection, source_cache: SourceCache::default() };
    let mut layouts: LayoutContext<()> = LayoutContext::new();
    let mut builder = layouts.ranged_builder(&mut fonts, text, 1.0, false);
    builder.push_default(StyleProperty::FontSize(EM));
    builder.push_default(StyleProperty::FontWeight(FontWeight::new(weight)));
    builder.push_default(names.as_slice());
    let mut layout = builder.build(text);
    layout.break_all_lines(None);
    let full = layout.width();
    if two_lines {
        // The narrowest width that still gives two lines is the most even one.
        for step in 0..=10 {
            layout.break_all_lines(Some(full * (0.5 + 0.05 * step as f32)));
            if layout.len() <= 2 {
                break;
            }
        }
    }
    layout.align(Alignment::Start, AlignmentOptions::default());
    let lines = layout.lines().map(|line| {
        let mut glyphs = Vec::new();
        let metrics = line.metrics();
        for item in line.items() {
            let PositionedLayoutItem::GlyphRun(run) = item else { continue };
            let font = run.run().font();
            let Ok(font) = FontRef::from_index(font.data.data(), font.index) else { continue };
            let outlines = font.outline_glyphs();
            let coords: Vec<NormalizedCoord> = run
                .run()
                .normalized_coords()
                .iter()
                .map(|c| NormalizedCoord::from_bits(c.to_bits()))
                .collect();
            for glyph in run.positioned_glyphs() {
                let mut pen = Pen(BezPath::new());
                // Glyph 0 is the box for what a font does not have: nothing is drawn in its place.
                if glyph.id != 0
                    && let Some(outline) = outlines.get(GlyphId::new(glyph.id))
                {
                    let settings =
                        DrawSettings::unhinted(Size::new(run.run().font_size()), LocationRef::new(&coords));
                    let _ = outline.draw(settings, &mut pen);
                }
                glyphs.push(Glyph {
                    outline: pen.0,
                    at: Point::new(f64::from(glyph.x), f64::from(glyph.y - metrics.baseline)),
                    advance: f64::from(glyph.advance),
                });
            }
        }
        // Visual order, whatever the direction of the script.
        glyphs.sort_by(|a, b| a.at.x.total_cmp(&b.at.x));
        let start = glyphs.first().map_or(0.0, |g| g.at.x);
        for glyph in &mut glyphs {
            glyph.at.x -= start;
        }
        Line { glyphs, width: f64::from(metrics.advance - metrics.hanging_advance) }
    });
    Laid { lines: lines.collect() }
}

struct SharedBytes(Arc<Cow<'static, [u8]>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

struct Pen(BezPath);

impl Pen {
    fn point(x: f32, y: f32) -> Point {
        Point::new(f64::from(x), -f64::from(y))
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(Self::point(x, y));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(Self::point(x, y));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(Self::point(cx, cy), Self::point(x, y));
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.curve_to(Self::point(ax, ay), Self::point(bx, by), Self::point(x, y));
    }
    fn close(&mut self) {
        self.0.close_path();
    }
}

impl Line {
    fn outlines(&self) -> impl Iterator<Item = BezPath> + '_ {
        self.glyphs.iter().map(|g| Affine::translate(g.at.to_vec2()) * g.outline.clone())
    }

    /// The box of the ink, at least the band above the baseline.
    fn ink(&self) -> Rect {
        let band = Rect::new(0.0, -BAND, self.width.max(1.0), 0.0);
        self.outlines().filter(|o| !o.is_empty()).fold(band, |all, o| all.union(o.bounding_box()))
    }
}

/// A text fitted into a box, in one line or two, whichever lets it be larger: one outline a glyph, in
/// reading order from left to right.
pub(crate) fn in_box(fonts: &[FontFile], text: &str, weight: f32, area: Rect, align: Align) -> Vec<BezPath> {
    let one = lay(fonts, text, weight, false);
    let single = fitted(&one, area, align);
    let two = if text.trim().contains([' ', '-']) { Some(lay(fonts, text, weight, true)) } else { None };
    match two.map(|two| fitted(&two, area, align)) {
        // Two lines are worth it only if the letters get clearly larger.
        Some(double) if double.0 > single.0 * 1.25 => double.1,
        _ => single.1,
    }
}

/// The size of a text in a box, in pixels an em: how large its letters would be.
pub(crate) fn size_in_box(fonts: &[FontFile], text: &str, weight: f32, area: Rect) -> f64 {
    let one = fitted(&lay(fonts, text, weight, false), area, Align::Middle).0;
    let two = fitted(&lay(fonts, text, weight, true), area, Align::Middle).0;
    one.max(two) * f64::from(EM)
}

/// The size of the largest letters that a box of a height lets a text have, in pixels an em.
pub(crate) fn largest_within(height: f64) -> f64 {
    height / BAND * f64::from(EM)
}

const LINE_STEP: f64 = 1.1 * EM as f64;

fn fitted(laid: &Laid, area: Rect, align: Align) -> (f64, Vec<BezPath>) {
    let inks: Vec<Rect> = laid
        .lines
        .iter()
        .enumerate()
        .map(|(i, line)| line.ink() + Vec2::new(0.0, i as f64 * LINE_STEP))
        .collect();
    let Some(all) = inks.iter().copied().reduce(|a, b| a.union(b)) else { return (0.0, Vec::new()) };
    let scale = (area.width() / all.width()).min(area.height() / all.height());
    let top = area.center().y - all.height() * scale / 2.0;
    let mut outlines = Vec::new();
    for (i, (line, ink)) in laid.lines.iter().zip(&inks).enumerate() {
        let left = match align {
            Align::Start => area.x0,
            Align::Middle => area.center().x - ink.width() * scale / 2.0,
            Align::End => area.x1 - ink.width() * scale,
        };
        let place = Affine::new([
            scale,
            0.0,
            0.0,
            scale,
            left - ink.x0 * scale,
            top + (i as f64 * LINE_STEP - all.y0) * scale,
        ]);
        outlines.extend(line.outlines().filter(|o| !o.is_empty()).map(|o| place * o));
    }
    (scale, outlines)
}

/// A text written along a line, at a size in pixels an em, made smaller if the line is too short.
pub(crate) fn along(
    fonts: &[FontFile],
    text: &str,
    weight: f32,
    line: &BezPath,
    size: f64,
    align: Align,
) -> Vec<BezPath> {
    let laid = lay(fonts, text, weight, false);
    let Some(text) = laid.lines.first() else { return Vec::new() };
    let segments: Vec<(PathSeg, f64)> = line.segments().map(|s| (s, s.arclen(0.05))).collect();
    let length: f64 = segments.iter().map(|(_, l)| l).sum();
    if length <= 0.0 || text.width <= 0.0 {
        return Vec::new();
    }
    let scale = (size / f64::from(EM)).min(length / text.width);
    let start = match align {
        Align::Start => 0.0,
        Align::Middle => (length - text.width * scale) / 2.0,
        Align::End => length - text.width * scale,
    };
    let mut outlines = Vec::new();
    for glyph in text.glyphs.iter().filter(|g| !g.outline.is_empty()) {
        let middle = start + (glyph.at.x + glyph.advance / 2.0) * scale;
        let (point, degrees) = on_line(&segments, middle.clamp(0.0, length));
        let centred = Affine::translate((-glyph.advance / 2.0, glyph.at.y)) * glyph.outline.clone();
        outlines.push(pose(Point::ORIGIN, degrees, [scale, scale], point.to_vec2()) * centred);
    }
    outlines
}

/// Point and direction (degrees) at a length along a line.
fn on_line(segments: &[(PathSeg, f64)], mut length: f64) -> (Point, f64) {
    let mut last = (Point::ORIGIN, 0.0);
    for (segment, long) in segments {
        let t = if length <= *long { segment.inv_arclen(length, 0.05) } else { 1.0 };
        let slope = match segment {
            PathSeg::Line(l) => l.p1 - l.p0,
            PathSeg::Quad(q) => q.deriv().eval(t).to_vec2(),
            PathSeg::Cubic(c) => c.deriv().eval(t).to_vec2(),
        };
        last = (segment.eval(t), slope.y.atan2(slope.x).to_degrees());
        if length <= *long {
            break;
        }
        length -= long;
    }
    last
}
