//! Pictures of heads as pixels: made smaller, lit, with a soft shadow below. Whole numbers only, so that every machine
//! makes the same bytes. Knows nothing of faces.

use std::borrow::Cow;
use std::ops::Range;

use vello_cpu::Pixmap;
use vello_cpu::kurbo::{BezPath, Point, Vec2};

use crate::maths::Divisor;

/// Straight alpha, 8 bit.
pub(super) struct Straight<'a> {
    pub width: usize,
    pub height: usize,
    pub rgba: Cow<'a, [u8]>,
}

/// Premultiplied alpha, 8 bit.
#[derive(Clone)]
pub(super) struct Premultiplied {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl<'a> Straight<'a> {
    pub fn of(picture: &'a likeness::Picture) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        Self { width, height, rgba: Cow::Borrowed(&picture.rgba) }
    }
}

/// How pictures of one size are made smaller: each pixel is the mean of what it covers.
pub(super) struct Shrink {
    /// Side of a pixel of the result, in 1/256 of a source pixel.
    step: usize,
    across: Covers,
    down: Covers,
}

/// For each pixel of the result the source pixels that it covers, with their share in 1/256 of a pixel.
struct Covers {
    from: usize,
    of: Vec<Range<usize>>,
    /// Those of all, one after the other, and where each begins.
    shares: Vec<u32>,
    starts: Vec<usize>,
}

impl Covers {
    fn new(from: usize, step: usize) -> Self {
        let to = (from * 256).div_ceil(step).max(1);
        let (mut of, mut shares, mut starts) = (Vec::with_capacity(to), Vec::new(), Vec::with_capacity(to));
        for i in 0..to {
            let (start, end) = (i * step, (i + 1) * step);
            let covered = start / 256..end.div_ceil(256).min(from);
            starts.push(shares.len());
            shares.extend(covered.clone().map(|at| (end.min((at + 1) * 256) - start.max(at * 256)) as u32));
            of.push(covered);
        }
        Self { from, of, shares, starts }
    }

    fn of(&self, i: usize) -> (Range<usize>, &[u32]) {
        let covered = self.of[i].clone();
        let shares = &self.shares[self.starts[i]..][..covered.len()];
        (covered, shares)
    }

    /// The pixels of the result that cover any of these source pixels.
    fn touched(&self, step: usize, part: Range<usize>) -> Range<usize> {
        part.start * 256 / step..(part.end.min(self.from) * 256).div_ceil(step).min(self.of.len())
    }

    /// All source pixels that these pixels of the result cover.
    fn all(&self, part: &Range<usize>) -> Range<usize> {
        if part.is_empty() { 0..0 } else { self.of[part.start].start..self.of[part.end - 1].end }
    }
}

impl Shrink {
    /// To about a factor of at most 1; what is nearly as large stays as it is.
    pub fn new(picture: &Straight<'_>, factor: f64) -> Self {
        // The same for both directions, so that it stays exact.
        let step = if factor > 0.9 { 256 } else { (256.0 / factor).round().max(256.0) as usize };
        Self { step, across: Covers::new(picture.width, step), down: Covers::new(picture.height, step) }
    }

    /// The exact factor.
    pub fn factor(&self) -> f64 {
        256.0 / self.step as f64
    }

    /// A picture made smaller.
    pub fn whole(&self, picture: &Straight<'_>) -> Premultiplied {
        let (width, height) = (self.across.of.len(), self.down.of.len());
        let mut small = Premultiplied { width, height, rgba: vec![0; width * height * 4] };
        self.anew(picture, [0, 0, picture.width, picture.height], &mut small);
        small
    }

    /// Makes those pixels anew that a part of the picture (left, top, right, bottom) lies in.
    pub fn anew(&self, picture: &Straight<'_>, part: [usize; 4], small: &mut Premultiplied) {
        let [left, top, right, bottom] = part;
        let columns = self.across.touched(self.step, left..right);
        let lines = self.down.touched(self.step, top..bottom);
        let (from_columns, from_rows) = (self.across.all(&columns), self.down.all(&lines));
        let by_step = Divisor::new(self.step);
        let across = columns.len() * 4;
        // In 1/16 of a step.
        let mut rows = vec![0_u32; across * from_rows.len()];
        let mut row = vec![0_u8; from_columns.len() * 4];
        for (y, sums) in from_rows.clone().zip(rows.chunks_exact_mut(across.max(1))) {
            let pixels = &picture.rgba[(y * picture.width + from_columns.start) * 4..][..row.len()];
            premultiply(pixels, &mut row);
            for (x, sums) in columns.clone().zip(sums.chunks_exact_mut(4)) {
                let (covered, shares) = self.across.of(x);
                let pixels = row[(covered.start - from_columns.start) * 4..].chunks_exact(4);
                let mut sum = [0_u32; 4];
                for (pixel, share) in pixels.zip(shares) {
                    (0..4).for_each(|i| sum[i] += u32::from(pixel[i]) * share);
                }
                sums.copy_from_slice(&sum.map(|sum| by_step.of(sum * 16)));
            }
        }
        let mut sums = vec![0_u32; across];
        for y in lines {
            let (covered, shares) = self.down.of(y);
            sums.fill(self.step as u32 * 8);
            for (at, share) in covered.zip(shares) {
                let row = &rows[(at - from_rows.start) * across..][..across];
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * share);
            }
            let to = &mut small.rgba[(y * small.width + columns.start) * 4..][..across];
            to.iter_mut().zip(&sums).for_each(|(to, sum)| *to = by_step.of(sum / 16).min(255) as u8);
        }
    }
}

fn premultiply(straight: &[u8], to: &mut [u8]) {
    to.copy_from_slice(straight);
    for pixel in to.chunks_exact_mut(4).filter(|pixel| pixel[3] != 255) {
        let a = u16::from(pixel[3]);
        pixel[..3].iter_mut().for_each(|value| *value = ((u16::from(*value) * a + 127) / 255) as u8);
    }
}

/// The soft shadow of a picture, a little lower than it.
pub(super) struct Shadow {
    /// By how much it is larger than the picture on each side.
    pub pad: usize,
    /// Around all that can be seen of both, in pixels: with one more on each side, as a pixel that is laid between others
    /// is mixed into those beside it.
    pub outline: BezPath,
    /// Where what can be seen of both begins and ends, row by row.
    rows: Vec<Option<Range<usize>>>,
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl Shadow {
    pub fn of(picture: &Premultiplied, blur: usize) -> Self {
        let pad = blur * 2;
        let (width, height) = (picture.width + 2 * pad, picture.height + 2 * pad);
        let mut alpha = vec![0_u8; width * height];
        let fall = blur * 2 / 3;
        for (y, row) in picture.rgba.chunks_exact(picture.width * 4).enumerate() {
            let to = &mut alpha[(y + pad + fall) * width + pad..][..picture.width];
            to.iter_mut().zip(row.chunks_exact(4)).for_each(|(to, pixel)| *to = pixel[3]);
        }
        let alpha = super::shadow::blurred(&alpha, width, height, blur / 2);
        let mut rgba = vec![0_u8; width * height * 4];
        for (p, a) in rgba.chunks_exact_mut(4).zip(&alpha) {
            // Two fifths of a dark blue.
            let a = u32::from(*a) * 2 / 5;
            p.copy_from_slice(&[(6 * a / 255) as u8, (8 * a / 255) as u8, (26 * a / 255) as u8, a as u8]);
        }
        let mut rows: Vec<_> = rgba.chunks_exact(width * 4).map(seen).collect();
        for (own, row) in picture.rgba.chunks_exact(picture.width * 4).zip(&mut rows[pad..]) {
            let own = seen(own).map(|own| own.start + pad..own.end + pad);
            *row = match (own, row.take()) {
                (Some(own), Some(row)) => Some(own.start.min(row.start)..own.end.max(row.end)),
                (own, row) => own.or(row),
            };
        }
        let around = [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)].map(Vec2::from);
        let outline = hull(ends(&rows).flat_map(|end| around.map(|by| end + by)));
        Self { pad, outline, rows, width, height, rgba }
    }

    /// Points that all that can be seen of both lies between, in pixels.
    pub fn ends(&self) -> impl Iterator<Item = Point> {
        ends(&self.rows)
    }

    /// The shadow below its picture, lit by a colour as much as its amount says (24 steps). The picture may be any of
    /// the same outline.
    pub fn below(&self, picture: &Premultiplied, [r, g, b, amount]: [u8; 4]) -> Pixmap {
        let amount = u32::from(amount);
        let lit = [r, g, b].map(|colour| {
            let factor = (255 * (24 - amount) + u32::from(colour) * amount) / 24;
            std::array::from_fn::<u8, 256, _>(|value| ((value as u32 * factor + 127) / 255) as u8)
        });
        let mut pixmap = Pixmap::new(self.width as u16, self.height as u16);
        let pixels = pixmap.data_as_u8_slice_mut();
        pixels.copy_from_slice(&self.rgba);
        let rows = picture.rgba.chunks_exact(picture.width * 4).enumerate();
        for (y, row) in rows {
            let to = &mut pixels[((y + self.pad) * self.width + self.pad) * 4..][..row.len()];
            for (under, over) in to.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
                // Nearly all pixels hide the shadow, or nothing of it.
                if over[3] == 0 {
                    continue;
                }
                let over = [
                    lit[0][usize::from(over[0])],
                    lit[1][usize::from(over[1])],
                    lit[2][usize::from(over[2])],
                    over[3],
                ];
                if over[3] == 255 {
                    under.copy_from_slice(&over);
                    continue;
                }
                let rest = 255 - u32::from(over[3]);
                for (under, over) in under.iter_mut().zip(over) {
                    *under = over + ((u32::from(*under) * rest + 127) / 255) as u8;
                }
            }
        }
        pixmap.recompute_may_have_transparency();
        pixmap
    }
}

/// The corners of what can be seen of rows of pixels.
fn ends(rows: &[Option<Range<usize>>]) -> impl Iterator<Item = Point> {
    let rows = rows.iter().enumerate().filter_map(|(y, row)| row.clone().map(|row| (y, row)));
    rows.flat_map(|(y, row)| {
        let corners = [(row.start, y), (row.end, y), (row.start, y + 1), (row.end, y + 1)];
        corners.map(|(x, y)| Point::new(x as f64, y as f64))
    })
}

/// The smallest shape without hollows that holds all of the points.
fn hull(points: impl Iterator<Item = Point>) -> BezPath {
    let mut points: Vec<Point> = points.collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    // One side from left to right, the other one back (Andrew's monotone chain).
    let side = |points: &mut dyn Iterator<Item = Point>| {
        let mut side: Vec<Point> = Vec::new();
        for point in points {
            while let [.., before, last] = side[..]
                && (last - before).cross(point - before) <= 0.0
            {
                side.pop();
            }
            side.push(point);
        }
        side
    };
    let (over, back) = (side(&mut points.iter().copied()), side(&mut points.iter().rev().copied()));
    let mut path = BezPath::new();
    for (number, corner) in over.into_iter().chain(back).enumerate() {
        if number == 0 { path.move_to(corner) } else { path.line_to(corner) }
    }
    if !path.is_empty() {
        path.close_path();
    }
    path
}

/// Where what can be seen of a row of pixels begins and ends.
fn seen(row: &[u8]) -> Option<Range<usize>> {
    let is_seen = |pixel: &[u8]| pixel[3] > 0;
    let first = row.chunks_exact(4).position(is_seen)?;
    let last = row.chunks_exact(4).rposition(is_seen)?;
    Some(first..last + 1)
}

#[cfg(test)]
mod tests {
    use vello_cpu::kurbo::Shape as _;

    use super::*;

    fn picture(width: usize, height: usize, pixel: impl Fn(usize) -> [u8; 4]) -> Straight<'static> {
        Straight { width, height, rgba: (0..width * height).flat_map(pixel).collect::<Vec<u8>>().into() }
    }

    #[test]
    fn shrinking_keeps_the_mean() {
        let straight = picture(64, 64, |i| [(i % 64 * 4) as u8, 100, 0, 255]);
        let shrink = Shrink::new(&straight, 0.37);
        let small = shrink.whole(&straight);
        assert!((shrink.factor() - 0.37).abs() < 0.001);
        assert!(small.width.abs_diff(24) <= 1);
        let middle = &small.rgba[(12 * small.width + 12) * 4..][..4];
        assert!(middle[1].abs_diff(100) <= 1 && middle[3] == 255, "{middle:?}");
    }

    #[test]
    fn what_is_large_enough_stays_as_it_is() {
        let straight = picture(9, 7, |i| [i as u8, 2 * i as u8, 200, 255]);
        let shrink = Shrink::new(&straight, 0.95);
        assert!((shrink.factor() - 1.0).abs() < 1e-12);
        assert_eq!(shrink.whole(&straight).rgba, straight.rgba.as_ref());
    }

    #[test]
    fn a_part_made_anew_is_as_if_all_were() {
        let number = |i: usize, salt: usize| (((i * 31 + salt) * 2_654_435_761) >> 7) as u8;
        let noise = |i: usize| [0, 1, 2, 3].map(|salt| number(i, salt));
        for factor in [0.21, 0.5, 0.77, 1.0] {
            let before = picture(50, 41, noise);
            let part = [13, 7, 31, 40];
            let after = picture(50, 41, |i| {
                let (x, y) = (i % 50, i / 50);
                let inside = (part[0]..part[2]).contains(&x) && (part[1]..part[3]).contains(&y);
                noise(if inside { i + 999 } else { i })
            });
            let shrink = Shrink::new(&before, factor);
            let mut small = shrink.whole(&before);
            shrink.anew(&after, part, &mut small);
            assert_eq!(small.rgba, shrink.whole(&after).rgba, "{factor}");
        }
    }

    #[test]
    fn multiplying_divides_exactly() {
        for by in [256, 257, 691, 1024, 7919, 25_600] {
            let divisor = Divisor::new(by);
            let most = 255 * 16 * by as u32 + 8 * by as u32;
            let near =
                (0..=most / by as u32).flat_map(|times| [times * by as u32, (times * by as u32).max(1) - 1]);
            for number in near.chain((0..most).step_by(9973)) {
                assert_eq!(divisor.of(number), number / by as u32, "{number} by {by}");
            }
        }
    }

    #[test]
    fn a_hull_has_the_outermost_points_alone() {
        let inside = (0..50).map(|i| Point::new(f64::from(i % 10), f64::from(i / 10 + 2)));
        let corners = [(0.0, 0.0), (9.0, 0.0), (12.0, 4.0), (9.0, 9.0), (0.0, 9.0)];
        let path = hull(inside.chain(corners.map(Point::from)).chain([Point::new(4.0, 0.0)]));
        assert_eq!(path.area().abs(), 9.0 * 9.0 + 0.5 * 9.0 * 3.0);
        let ends: Vec<Point> = path.elements().iter().filter_map(|part| part.end_point()).collect();
        assert!(corners.iter().all(|corner| ends.contains(&Point::from(*corner))), "{ends:?}");
        assert!(hull(std::iter::empty()).is_empty());
    }

    #[test]
    fn light_of_nothing_changes_nothing_and_all_of_it_takes_its_colour() {
        let small =
            Shrink::new(&picture(1, 1, |_| [0; 4]), 1.0).whole(&picture(1, 1, |_| [10, 200, 30, 255]));
        let shadow = Shadow::of(&small, 1);
        let at = (shadow.pad * shadow.width + shadow.pad) * 4;
        let lit = |light| shadow.below(&small, light).data_as_u8_slice()[at..at + 4].to_vec();
        assert_eq!(lit([0, 0, 0, 0]), [10, 200, 30, 255]);
        assert_eq!(lit([255, 0, 255, 24]), [10, 0, 30, 255]);
    }
}
