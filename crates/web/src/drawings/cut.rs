//! The scissors: outlines with short straight snips and a slightly unsteady hand, and the sheet of
//! paper that such an outline becomes (shadow behind, light on the cut edge).
//! The hand is a hash of a seed: the same drawing comes out each time.

use std::f32::consts::{PI, TAU};
use std::fmt::Write;

use maud::{Markup, PreEscaped};

/// An unsteady hand: -1 to 1, the same for the same seed and step.
pub(crate) fn unsteady(seed: u32, step: u32) -> f32 {
    let mut x = seed.wrapping_mul(0x9E37_79B9) ^ step.wrapping_mul(0x85EB_CA6B);
    x ^= x >> 15;
    x = x.wrapping_mul(0x2C1B_3C6D);
    x ^= x >> 12;
    x = x.wrapping_mul(0x297A_2D39);
    x ^= x >> 15;
    (x & 0xFFFF) as f32 / 32767.5 - 1.0
}

/// A closed outline through these points.
pub(crate) fn polygon(points: &[(f32, f32)]) -> String {
    let mut d = String::with_capacity(points.len() * 10);
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{x:.0} {y:.0}", if i == 0 { 'M' } else { 'L' });
    }
    d.push('Z');
    d
}

/// Finer than [`polygon`], for small things.
pub(crate) fn fine(points: &[(f32, f32)]) -> String {
    let mut d = String::with_capacity(points.len() * 12);
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    d.push('Z');
    d
}

/// A curve through the points, cut in snips of about `snip` units with a shake of `shake` units.
pub(crate) fn snipped(through: &[(f32, f32)], snip: f32, shake: f32, seed: u32) -> Vec<(f32, f32)> {
    let mut out = Vec::new();
    let at = |i: isize| through[i.clamp(0, through.len() as isize - 1) as usize];
    for i in 0..through.len() as isize - 1 {
        let (p0, p1, p2, p3) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        let steps = (((p2.0 - p1.0).hypot(p2.1 - p1.1) / snip).ceil() as u32).max(1);
        for s in 0..steps {
            let t = s as f32 / steps as f32;
            let spline = |a: f32, b: f32, c: f32, d: f32| {
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                    + (3.0 * b - a - 3.0 * c + d) * t * t * t)
            };
            let n = out.len() as u32;
            out.push((
                spline(p0.0, p1.0, p2.0, p3.0) + unsteady(seed, n * 2) * shake * 0.5,
                spline(p0.1, p1.1, p2.1, p3.1) + unsteady(seed, n * 2 + 1) * shake,
            ));
        }
    }
    out.push(at(through.len() as isize - 1));
    out
}

/// A sheet whose upper edge runs through the points and which reaches down to `floor`.
pub(crate) fn ground(through: &[(f32, f32)], floor: f32, shake: f32, seed: u32) -> String {
    let mut points = snipped(through, 34.0, shake, seed);
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    points.push((last, floor));
    points.push((first, floor));
    polygon(&points)
}

/// A disc as scissors cut it.
pub(crate) fn disc(cx: f32, cy: f32, rx: f32, ry: f32, seed: u32) -> String {
    let snips = ((rx + ry) * 0.28).clamp(10.0, 44.0) as u32;
    let points: Vec<_> = (0..snips)
        .map(|i| {
            let angle = TAU * i as f32 / snips as f32;
            let wobble = 1.0 + unsteady(seed, i) * 0.018;
            (cx + angle.cos() * rx * wobble, cy + angle.sin() * ry * wobble)
        })
        .collect();
    fine(&points)
}

/// A five-pointed star.
pub(crate) fn star(cx: f32, cy: f32, r: f32, seed: u32) -> String {
    let turn = unsteady(seed, 99) * 0.5 - PI / 2.0;
    let points: Vec<_> = (0..10)
        .map(|i| {
            let radius = if i % 2 == 0 { r * (1.0 + unsteady(seed, i) * 0.12) } else { r * 0.46 };
            let angle = turn + PI * i as f32 / 5.0;
            (cx + angle.cos() * radius, cy + angle.sin() * radius)
        })
        .collect();
    fine(&points)
}

/// A cloud: a flat underside and a row of bumps.
pub(crate) fn cloud(x: f32, y: f32, w: f32, seed: u32) -> String {
    let bumps = [0.30, 0.46, 0.36, 0.24];
    let mut d = String::new();
    let _ = write!(d, "M{x:.0} {y:.0}");
    let mut left = x;
    let total: f32 = bumps.iter().sum();
    for (i, b) in bumps.iter().enumerate() {
        let wide = w * b / total;
        let r = wide * 0.505;
        let lift = if i == bumps.len() - 1 { y } else { y - w * 0.03 * (1.0 + unsteady(seed, i as u32)) };
        left += wide;
        let _ = write!(d, "A{r:.0} {:.0} 0 0 1 {left:.0} {lift:.0}", r * 0.98);
    }
    d.push('Z');
    d
}

/// One sheet of paper: its shadow on what lies behind, its colour (a class of the design system) and
/// the light along its cut edge.
pub(crate) fn sheet(outline: &str, class: &str) -> String {
    format!("<path class=\"sh\" d=\"{outline}\"/><path class=\"{class} cut\" d=\"{outline}\"/>")
}

/// A flat piece glued on, without a shadow of its own.
pub(crate) fn piece(outline: &str, class: &str) -> String {
    format!("<path class=\"{class}\" d=\"{outline}\"/>")
}

/// A whole drawing. Drawings are decoration: they are hidden from screen readers.
pub(crate) fn drawing(class: &str, width: u32, height: u32, fit: &str, inside: &str) -> Markup {
    PreEscaped(format!(
        "<svg class=\"drawing {class}\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"{fit}\" \
         aria-hidden=\"true\" focusable=\"false\">{inside}</svg>"
    ))
}
