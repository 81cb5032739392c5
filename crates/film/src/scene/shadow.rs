//! Soft shadows without blurring anything in a frame: the silhouette of a drawing is rasterised and
//! blurred once, and its contours become a few nested shapes of low alpha. What the sheet itself
//! covers of them costs nothing: the renderer leaves out what lies below opaque shapes.

use vello_cpu::color::{AlphaColor, Srgb};
use vello_cpu::kurbo::{Affine, BezPath, Point, Rect, Shape, Vec2};
use vello_cpu::peniko::Fill as Rule;
use vello_cpu::{Level, PixmapMut, RasterizerSettings, Resources};

use crate::maths::Divisor;

use super::body::{Body, Fill, Ink, Op};
use super::reach::Change;
use super::room::{NameBoxes, NameRoom};

/// Radius of the blur and fall of the shadow, in film pixels.
const BLUR: f64 = 16.0;
const FALL: f64 = 9.0;
/// Brightness steps of the blurred edge (of 255) at which bands end, from outside to inside.
const BANDS: [u8; 4] = [20, 64, 120, 180];
/// For narrow shadows two bands are enough: those of things smaller than this, in film pixels.
const FEW: [u8; 2] = [44, 150];
const FEW_BELOW: f64 = 80.0;
/// What all bands together darken at strength 1.
const DARKEST: f32 = 0.62;
const COLOUR: [f32; 3] = [0.016, 0.022, 0.075];
/// Film pixels a cell of the grid in which silhouettes are traced.
const CELL: f64 = 3.0;
/// Parts smaller than this (in film pixels) cast no shadow of their own.
const SMALLEST_PART: f64 = 14.0;
/// Largest grid.
const MOST_CELLS: f64 = 900.0;

/// Puts the bands of a body into it: each part casts its own shadow, drawn before the part, so that an
/// arm shades the coat below it. `unit` is film pixels a unit of the drawing.
pub(super) fn cast(body: &mut Body, strength: f32, unit: f64, level: Level) {
    for part in 0..body.parts.len() {
        let first = body.ops.iter().position(|op| op.part() == Some(part));
        let Some(first) = first else { continue };
        // Joints lie close to what they are pinned to.
        let own = if part == 0 { strength } else { strength * 0.6 };
        let bands = bands(body, part, own, unit, level);
        let count = bands.len();
        body.ops.splice(first..first, bands.into_iter().map(Op::Fill));
        for op in &mut body.ops {
            if let Op::Open { end, .. } = op
                && *end >= first
            {
                *end += count;
            }
        }
    }
}

/// Small things lie flat: their shadow is narrow. By size in film pixels.
fn narrow(size: f64) -> f64 {
    (size / 140.0).clamp(0.12, 1.0)
}

/// What shadows of one size have in common; in units of the drawing.
struct Soft {
    /// What the silhouette of the thing and its blurred edge lie in.
    area: Rect,
    /// Side of a cell, and radius of the running means in cells.
    cell: f64,
    radius: usize,
    fall: f64,
    /// Where bands end, from outside to inside.
    bands: &'static [u8],
}

impl Soft {
    fn of(bounds: Rect, unit: f64) -> Self {
        let size = bounds.width().min(bounds.height()) * unit;
        let small = narrow(size);
        let (blur, fall) = (BLUR * small / unit, FALL * small / unit);
        let spread = (BLUR * 2.0 + FALL) * small / unit;
        let area = bounds.inflate(spread, spread);
        let cell =
            (CELL * small.max(0.3) / unit).max(area.width() / MOST_CELLS).max(area.height() / MOST_CELLS);
        let radius = (blur / cell / 1.7).round().max(1.0) as usize;
        let bands: &[u8] = if size < FEW_BELOW { &FEW } else { &BANDS };
        Self { area, cell, radius, fall, bands }
    }
}

/// How far the shadow of something within bounds reaches beyond them to each side, and how much further down. Smaller
/// things have smaller shadows.
pub(super) fn reach(bounds: Rect, unit: f64) -> [f64; 2] {
    let soft = Soft::of(bounds, unit);
    // Nothing casts more of a shadow beside it than a wall that fills all up to there. What it hides begins within a
    // cell, and a band ends before the middle of the next cell that is too bright for it.
    let far = soft.radius * 3 + 1;
    let side = far * 2;
    let wall: Vec<u8> = (0..side * side).map(|at| if at % side < far { 255 } else { 0 }).collect();
    let shade = blurred(&wall, side, side, soft.radius);
    let beside = &shade[far * side + far..][..far];
    let dark = beside.iter().take_while(|shade| **shade >= soft.bands[0]).count();
    [(dark as f64 + 1.5) * soft.cell, soft.fall]
}

fn bands(body: &Body, part: usize, strength: f32, unit: f64, level: Level) -> Vec<Fill> {
    let own = body.fills_of(part).filter(|fill| !fill.path.is_empty()).map(|fill| fill.bounds);
    let Some(bounds) = own.reduce(|a, b| a.union(b)) else { return Vec::new() };
    let size = bounds.width().min(bounds.height()) * unit;
    if part > 0 && size < SMALLEST_PART {
        return Vec::new();
    }
    let Soft { area, cell, radius, fall, bands } = Soft::of(bounds, unit);
    let (width, height) =
        ((area.width() / cell).ceil() as usize + 2, (area.height() / cell).ceil() as usize + 2);
    if !(2..=2000).contains(&width) || !(2..=2000).contains(&height) {
        return Vec::new();
    }
    let silhouette = |shaped| silhouette(body, part, area, cell, (width, height), level, shaped);
    let shapes: Vec<Rect> =
        body.fills_of(part).filter_map(|fill| fill.change.shape(NameRoom::LARGEST)).collect();
    let mut solid = silhouette(shapes.is_empty());
    let mut change = Change::None;
    // What a child's words stand on casts the same shadow with them as without.
    let in_cells = |shape: &Rect| (*shape - area.origin().to_vec2()).scale_from_origin(1.0 / cell);
    if !shapes.iter().all(|shape| covers(&solid, (width, height), in_cells(shape))) {
        solid = silhouette(true);
        change = Change::Shape(reach_of_shadow(body, part, unit));
    }
    let soft = blurred(&solid, width, height, radius);
    let place = Affine::translate((area.x0, area.y0)) * Affine::scale(cell);
    let down = Affine::translate(Vec2::new(0.0, fall));
    let [r, g, b] = COLOUR;
    let mut next = Vec::new();
    let alpha = 1.0 - (1.0 - DARKEST * strength).powf(1.0 / bands.len() as f32);
    bands
        .iter()
        .filter_map(|level| {
            let path = down * (place * contours(&soft, width, height, *level, &mut next));
            let bounds = (!path.is_empty()).then(|| path.bounding_box())?;
            let ink = Ink::Solid(AlphaColor::<Srgb>::new([r, g, b, alpha]));
            Some(Fill { part, path, bounds, rule: Rule::NonZero, ink, change: change.clone() })
        })
        .collect()
}

/// Whether a silhouette hides a box (in cells) wholly.
fn covers(solid: &[u8], (width, height): (usize, usize), shape: Rect) -> bool {
    let cells =
        |from: f64, to: f64, end: usize| from.max(0.0) as usize..(to.max(0.0).ceil() as usize).min(end);
    let (across, down) = (cells(shape.x0, shape.x1, width), cells(shape.y0, shape.y1, height));
    { down }.all(|y| across.clone().all(|x| solid[y * width + x] >= 250))
}

/// What the shadow of a part stays within, by the room that a child's words take.
fn reach_of_shadow(body: &Body, part: usize, unit: f64) -> NameBoxes {
    NameBoxes::new(|room| {
        let own = body.fills_of(part).map(|fill| fill.most(room));
        let bounds = own.reduce(|a, b| a.union(b)).unwrap_or(Rect::ZERO);
        let [beside, fall] = reach(bounds, unit);
        let shadow = bounds.inflate(beside, beside);
        Rect { y1: shadow.y1 + fall, ..shadow }
    })
}

/// The alpha of a part at rest on a grid, with what a child shapes or without.
fn silhouette(
    body: &Body,
    part: usize,
    area: Rect,
    cell: f64,
    (width, height): (usize, usize),
    level: Level,
    shaped: bool,
) -> Vec<u8> {
    let (w, h) = (width as u16, height as u16);
    let mut pen = super::new_pen(w, h, level);
    let place = Affine::scale(1.0 / cell) * Affine::translate((-area.x0, -area.y0));
    body.draw_part(part, &mut pen, place, shaped);
    let mut rgba = vec![0; width * height * 4];
    if let Some(target) = PixmapMut::new(w, h, &mut rgba) {
        pen.render_with(target, &mut Resources::new(), RasterizerSettings::default());
    }
    rgba.chunks_exact(4).map(|p| p[3]).collect()
}

/// Blurred by three running means, which is close to a Gaussian. Outside there is nothing.
pub(super) fn blurred(alpha: &[u8], width: usize, height: usize, radius: usize) -> Vec<u8> {
    let mut a = alpha.to_vec();
    let mut b = vec![0; a.len()];
    let by_window = Divisor::new(2 * radius + 1);
    for _ in 0..3 {
        for (from, to) in a.chunks_exact(width).zip(b.chunks_exact_mut(width)) {
            means_across(from, to, radius, by_window);
        }
        means_down(&b, &mut a, (width, height), radius, by_window);
    }
    a
}

/// Running means along a row.
fn means_across(from: &[u8], to: &mut [u8], radius: usize, by_window: Divisor) {
    let count = from.len();
    let mut sum: u32 = from.iter().take(radius).map(|value| u32::from(*value)).sum();
    for (i, to) in to.iter_mut().enumerate() {
        if i + radius < count {
            sum += u32::from(from[i + radius]);
        }
        *to = by_window.rounded(sum) as u8;
        if i >= radius {
            sum -= u32::from(from[i - radius]);
        }
    }
}

/// Running means along all columns, row by row.
fn means_down(
    from: &[u8],
    to: &mut [u8],
    (width, height): (usize, usize),
    radius: usize,
    by_window: Divisor,
) {
    let row = |y: usize| from[y * width..][..width].iter().map(|value| u32::from(*value));
    let mut sums = vec![0_u32; width];
    for y in 0..radius.min(height) {
        sums.iter_mut().zip(row(y)).for_each(|(sum, value)| *sum += value);
    }
    for (y, to) in to.chunks_exact_mut(width).enumerate() {
        if y + radius < height {
            sums.iter_mut().zip(row(y + radius)).for_each(|(sum, value)| *sum += value);
        }
        to.iter_mut().zip(&sums).for_each(|(to, sum)| *to = by_window.rounded(*sum) as u8);
        if y >= radius {
            sums.iter_mut().zip(row(y - radius)).for_each(|(sum, value)| *sum -= value);
        }
    }
}

/// The closed lines along which a grid passes a level (marching squares), each simplified; in units of
/// cells, with cell centres at half units. `next` is of noughts, and again so afterwards: it is kept for other levels.
fn contours(grid: &[u8], width: usize, height: usize, level: u8, next: &mut Vec<u32>) -> BezPath {
    let mut path = BezPath::new();
    // Edges are named by the cell to their left or above: 2i is the one going right, 2i+1 going down. Each leads to one
    // other, told as one more than its name; nought leads nowhere.
    next.resize(2 * width * height, 0);
    let mut starts = Vec::new();
    for y in 0..height - 1 {
        let [upper, lower] = [y, y + 1].map(|y| &grid[y * width..][..width]);
        for x in 0..width - 1 {
            let [a, b, c, d] = [upper[x], upper[x + 1], lower[x + 1], lower[x]].map(|value| value >= level);
            let i = y * width + x;
            let (top, left, right, bottom) = (2 * i, 2 * i + 1, 2 * (i + 1) + 1, 2 * (i + width));
            let mut go = |from: usize, to: usize| {
                starts.push(from);
                next[from] = to as u32 + 1;
            };
            // The inside lies to the right of the way.
            match (a, b, c, d) {
                (false, false, false, false) | (true, true, true, true) => {}
                (true, false, false, false) => go(top, left),
                (false, true, false, false) => go(right, top),
                (false, false, true, false) => go(bottom, right),
                (false, false, false, true) => go(left, bottom),
                (true, true, false, false) => go(right, left),
                (false, true, true, false) => go(bottom, top),
                (false, false, true, true) => go(left, right),
                (true, false, false, true) => go(top, bottom),
                (false, true, true, true) => go(left, top),
                (true, false, true, true) => go(top, right),
                (true, true, false, true) => go(right, bottom),
                (true, true, true, false) => go(bottom, left),
                (true, false, true, false) => {
                    go(top, right);
                    go(bottom, left);
                }
                (false, true, false, true) => {
                    go(right, bottom);
                    go(left, top);
                }
            }
        }
    }
    let point = |edge: usize| {
        let i = edge / 2;
        let (x, y) = (i % width, i / width);
        let other = if edge.is_multiple_of(2) { i + 1 } else { i + width };
        let (p, q) = (f64::from(grid[i]), f64::from(grid[other]));
        let t = if p == q { 0.5 } else { ((f64::from(level) - 0.5 - p) / (q - p)).clamp(0.0, 1.0) };
        let (x, y) = (x as f64 + 0.5, y as f64 + 0.5);
        if edge.is_multiple_of(2) { Point::new(x + t, y) } else { Point::new(x, y + t) }
    };
    for start in starts {
        let mut line = Vec::new();
        let mut at = start;
        while let Some(to) = std::mem::take(&mut next[at]).checked_sub(1) {
            line.push(point(at));
            at = to as usize;
        }
        if line.len() >= 4 {
            let kept = simplified(&line, 0.4);
            path.move_to(kept[0]);
            kept[1..].iter().for_each(|p| path.line_to(*p));
            path.close_path();
        }
    }
    path
}

/// A line with the points left out that lie close to the way between their neighbours.
fn simplified(line: &[Point], tolerance: f64) -> Vec<Point> {
    let mut keep = vec![false; line.len()];
    keep[0] = true;
    let last = line.len() - 1;
    keep[last] = true;
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let way = line[to] - line[from];
        let long = way.hypot2().sqrt().max(1e-9);
        let off = |i: usize| {
            let v = line[i] - line[from];
            if from == 0 && to == last { v.hypot2().sqrt() } else { way.cross(v).abs() / long }
        };
        let far = (from + 1..to).map(|i| (off(i), i)).fold((0.0, 0), |a, b| if b.0 > a.0 { b } else { a });
        if far.0 > tolerance {
            keep[far.1] = true;
            open.push((from, far.1));
            open.push((far.1, to));
        }
    }
    line.iter().zip(keep).filter(|(_, k)| *k).map(|(p, _)| *p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contour_of_a_disc_has_its_area() {
        let (w, h) = (60, 60);
        let grid: Vec<u8> = (0..w * h)
            .map(|i| {
                let (x, y) = ((i % w) as f64 + 0.5 - 30.0, (i / w) as f64 + 0.5 - 30.0);
                (255.0 * (20.5 - (x * x + y * y).sqrt()).clamp(0.0, 1.0)) as u8
            })
            .collect();
        let area = contours(&grid, w, h, 128, &mut Vec::new()).area().abs();
        assert!((area - std::f64::consts::PI * 400.0).abs() < 40.0, "{area}");
    }

    #[test]
    fn bands_stay_within_reach() {
        for (side, unit) in [(6.0, 1.0), (20.0, 1.0), (25.0, 1.3), (33.0, 1.0), (60.0, 1.0), (300.0, 0.7)] {
            let bounds = Rect::new(0.0, 0.0, side, side);
            let soft = Soft::of(bounds, unit);
            let cells = |length: f64| (length / soft.cell).ceil() as usize + 2;
            let (width, height) = (cells(soft.area.width()), cells(soft.area.height()));
            let at = |number: usize| soft.area.x0 + number as f64 * soft.cell;
            let is_hidden = |number: usize| at(number + 1) > 0.0 && at(number) < side;
            let solid = |number| if is_hidden(number % width) && is_hidden(number / width) { 255 } else { 0 };
            let solid: Vec<u8> = (0..width * height).map(solid).collect();
            let shade = blurred(&solid, width, height, soft.radius);
            let band = contours(&shade, width, height, soft.bands[0], &mut Vec::new()).bounding_box();
            let band = band.scale_from_origin(soft.cell) + soft.area.origin().to_vec2();
            let [beside, _] = reach(bounds, unit);
            assert!(bounds.inflate(beside, beside).contains_rect(band), "{side}: {band:?}, {beside}");
            assert!(beside < (-band.x0).max(0.0) + 2.5 * soft.cell, "{side}: {band:?}, {beside}");
        }
        // Of two, the smaller one reaches no further.
        let of = |side: u32| reach(Rect::new(0.0, 0.0, side.into(), side.into()), 1.0);
        for side in 1..400 {
            let ([beside, fall], [wider, lower]) = (of(side), of(side + 1));
            assert!(beside <= wider + 1e-9 && fall <= lower + 1e-9, "{side}");
        }
    }

    #[test]
    fn blurring_keeps_the_inside_and_softens_the_edge() {
        let (w, h) = (64, 64);
        let grid: Vec<u8> = (0..w * h).map(|i| if i % w < 32 { 255 } else { 0 }).collect();
        let soft = blurred(&grid, w, h, 4);
        assert_eq!(soft[32 * w + 16], 255);
        assert_eq!(soft[32 * w + 60], 0);
        assert!((100..156).contains(&soft[32 * w + 31]));
    }
}
