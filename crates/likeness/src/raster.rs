//! Rasters and the maps between them: a pyramid of the photo, crops along any turned square,
//! box blurs. Knows nothing of faces.

use crate::Photo;
use std::borrow::Cow;

/// An affine map of the plane: `x' = a x + b y + c`, `y' = d x + e y + f`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    pub a: f32,
    pub b: f32,
    pub c: f32,
    pub d: f32,
    pub e: f32,
    pub f: f32,
}

impl Affine {
    /// From the pixels of a `pixels`-sided raster onto the square of side `side` around
    /// `centre`, turned so that its top points along (`sin`, `-cos`).
    pub fn square(centre: [f32; 2], side: f32, (sin, cos): (f32, f32), pixels: f32) -> Self {
        let s = side / pixels;
        let half = side / 2.0;
        Self {
            a: s * cos,
            b: -s * sin,
            c: centre[0] - half * cos + half * sin,
            d: s * sin,
            e: s * cos,
            f: centre[1] - half * sin - half * cos,
        }
    }

    /// Where a point goes.
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        [self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f]
    }

    /// First `self`, then `next`.
    pub fn then(&self, next: &Self) -> Self {
        Self {
            a: next.a * self.a + next.b * self.d,
            b: next.a * self.b + next.b * self.e,
            c: next.a * self.c + next.b * self.f + next.c,
            d: next.d * self.a + next.e * self.d,
            e: next.d * self.b + next.e * self.e,
            f: next.d * self.c + next.e * self.f + next.f,
        }
    }

    /// The way back; the maps used here always have one.
    pub fn inverse(&self) -> Self {
        let det = self.a * self.e - self.b * self.d;
        let (a, b, d, e) = (self.e / det, -self.b / det, -self.d / det, self.a / det);
        Self { a, b, c: -(a * self.c + b * self.f), d, e, f: -(d * self.c + e * self.f) }
    }

    /// Source pixels per target pixel along a line.
    pub fn scale(&self) -> f32 {
        (self.a * self.e - self.b * self.d).abs().sqrt()
    }
}

/// Three planes of floats, 0 to 1, interleaved.
pub(crate) struct Rgb {
    pub width: usize,
    pub height: usize,
    pub data: Vec<f32>,
}

impl Rgb {
    /// Luma (Rec. 601) of one pixel, 0 to 255.
    pub fn luma(&self, x: usize, y: usize) -> f32 {
        let p = &self.data[(y * self.width + x) * 3..][..3];
        255.0 * (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2])
    }
}

/// What lies beyond the photo's edge.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Beyond {
    Black,
    Edge,
}

struct Level<'a> {
    width: usize,
    height: usize,
    rgb: Cow<'a, [u8]>,
}

/// The photo and its halves, so that every crop reads about as many pixels as it writes.
pub(crate) struct Pyramid<'a> {
    levels: Vec<Level<'a>>,
}

impl<'a> Pyramid<'a> {
    pub fn new(photo: &'a Photo) -> Self {
        let mut levels = vec![Level {
            width: photo.width as usize,
            height: photo.height as usize,
            rgb: Cow::Borrowed(&photo.rgb),
        }];
        while let Some(last) = levels.last().filter(|l| l.width.min(l.height) >= 128) {
            let half = halve(last);
            levels.push(half);
        }
        Self { levels }
    }

    pub fn width(&self) -> f32 {
        self.levels[0].width as f32
    }

    pub fn height(&self) -> f32 {
        self.levels[0].height as f32
    }

    /// The photo seen through `map` (target pixels to photo pixels), bilinear from the level
    /// whose pixels are nearest in size.
    pub fn crop(&self, map: &Affine, width: usize, height: usize, beyond: Beyond) -> Rgb {
        let wanted = map.scale().max(1.0).log2().round() as usize;
        let index = wanted.min(self.levels.len() - 1);
        let level = &self.levels[index];
        // Level pixels are the mean of 2^index photo pixels; odd rests are dropped by halving.
        let shrink = 1.0 / (1u32 << index) as f32;
        let (w, h) = (level.width as i32, level.height as i32);
        let mut data = vec![0.0f32; width * height * 3];
        for (y, row) in data.chunks_exact_mut(width * 3).enumerate() {
            for (x, out) in row.chunks_exact_mut(3).enumerate() {
                let [sx, sy] = map.apply([x as f32 + 0.5, y as f32 + 0.5]);
                let (sx, sy) = (sx * shrink - 0.5, sy * shrink - 0.5);
                let (fx, fy) = (sx.floor(), sy.floor());
                let (ix, iy) = (fx as i32, fy as i32);
                if beyond == Beyond::Black && (ix < -1 || iy < -1 || ix >= w || iy >= h) {
                    continue;
                }
                let (tx, ty) = (sx - fx, sy - fy);
                let x0 = ix.clamp(0, w - 1) as usize;
                let x1 = ix.saturating_add(1).clamp(0, w - 1) as usize;
                let y0 = iy.clamp(0, h - 1) as usize * level.width;
                let y1 = iy.saturating_add(1).clamp(0, h - 1) as usize * level.width;
                let weights =
                    [(1.0 - tx) * (1.0 - ty), tx * (1.0 - ty), (1.0 - tx) * ty, tx * ty].map(|v| v / 255.0);
                let at = [(y0 + x0) * 3, (y0 + x1) * 3, (y1 + x0) * 3, (y1 + x1) * 3];
                for (c, value) in out.iter_mut().enumerate() {
                    *value = weights[0] * f32::from(level.rgb[at[0] + c])
                        + weights[1] * f32::from(level.rgb[at[1] + c])
                        + weights[2] * f32::from(level.rgb[at[2] + c])
                        + weights[3] * f32::from(level.rgb[at[3] + c]);
                }
            }
        }
        Rgb { width, height, data }
    }
}

fn halve(level: &Level<'_>) -> Level<'static> {
    let (width, height) = (level.width / 2, level.height / 2);
    let mut rgb = vec![0u8; width * height * 3];
    for (y, out) in rgb.chunks_exact_mut(width * 3).enumerate() {
        let top = &level.rgb[2 * y * level.width * 3..][..width * 6];
        let bottom = &level.rgb[(2 * y + 1) * level.width * 3..][..width * 6];
        for ((o, t), b) in out.chunks_exact_mut(3).zip(top.chunks_exact(6)).zip(bottom.chunks_exact(6)) {
            for c in 0..3 {
                let sum = u16::from(t[c]) + u16::from(t[c + 3]) + u16::from(b[c]) + u16::from(b[c + 3]);
                o[c] = ((sum + 2) / 4) as u8;
            }
        }
    }
    Level { width, height, rgb: Cow::Owned(rgb) }
}

/// One plane of floats.
#[derive(Clone)]
pub(crate) struct Plane {
    pub width: usize,
    pub height: usize,
    pub data: Vec<f32>,
}

impl Plane {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// Each value from its place.
    pub fn from_fn(width: usize, height: usize, mut f: impl FnMut(usize) -> f32) -> Self {
        Self { width, height, data: (0..width * height).map(&mut f).collect() }
    }

    /// Mean over the square of `2 radius + 1`, cut at the edges.
    pub fn blurred(&self, radius: usize) -> Self {
        let (w, h) = (self.width, self.height);
        let mut rows = vec![0.0f32; w * h];
        for (out, row) in rows.chunks_exact_mut(w).zip(self.data.chunks_exact(w)) {
            let mut sum: f64 = row[..radius.min(w)].iter().map(|&v| f64::from(v)).sum();
            for x in 0..w {
                if x + radius < w {
                    sum += f64::from(row[x + radius]);
                }
                if x > radius {
                    sum -= f64::from(row[x - radius - 1]);
                }
                let count = (x + radius).min(w - 1) - x.saturating_sub(radius) + 1;
                out[x] = (sum / count as f64) as f32;
            }
        }
        let mut out = Self::new(w, h);
        let mut sums = vec![0.0f64; w];
        for row in rows.chunks_exact(w).take(radius.min(h)) {
            sums.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v));
        }
        for (y, target) in out.data.chunks_exact_mut(w).enumerate() {
            if y + radius < h {
                let row = &rows[(y + radius) * w..][..w];
                sums.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v));
            }
            if y > radius {
                let row = &rows[(y - radius - 1) * w..][..w];
                sums.iter_mut().zip(row).for_each(|(s, &v)| *s -= f64::from(v));
            }
            let count = ((y + radius).min(h - 1) - y.saturating_sub(radius) + 1) as f64;
            target.iter_mut().zip(&sums).for_each(|(t, &s)| *t = (s / count) as f32);
        }
        out
    }

    /// Bilinear enlargement by a whole factor.
    pub fn enlarged(&self, factor: usize) -> Self {
        let (w, h) = (self.width * factor, self.height * factor);
        let steps = |n: usize, limit: usize| -> Vec<(usize, usize, f32)> {
            (0..n)
                .map(|i| {
                    let s = ((i as f32 + 0.5) / factor as f32 - 0.5).max(0.0);
                    let low = (s as usize).min(limit - 1);
                    (low, (low + 1).min(limit - 1), s - low as f32)
                })
                .collect()
        };
        let across = steps(w, self.width);
        let mut out = Self::new(w, h);
        let mut mixed = vec![0.0f32; self.width];
        for (row, (y0, y1, t)) in out.data.chunks_exact_mut(w).zip(steps(h, self.height)) {
            let (top, bottom) =
                (&self.data[y0 * self.width..][..self.width], &self.data[y1 * self.width..][..self.width]);
            mixed.iter_mut().zip(top.iter().zip(bottom)).for_each(|(m, (&a, &b))| *m = a + (b - a) * t);
            row.iter_mut().zip(&across).for_each(|(o, &(x0, x1, t))| {
                *o = mixed[x0] + (mixed[x1] - mixed[x0]) * t;
            });
        }
        out
    }

    /// Mean over squares of a whole factor.
    pub fn reduced(&self, factor: usize) -> Self {
        let (w, h) = (self.width / factor, self.height / factor);
        let share = 1.0 / (factor * factor) as f32;
        Self::from_fn(w, h, |i| {
            let (x, y) = (i % w * factor, i / w * factor);
            let sum: f32 =
                (y..y + factor).map(|y| self.data[y * self.width + x..][..factor].iter().sum::<f32>()).sum();
            sum * share
        })
    }
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(crate) fn smoothstep(low: f32, high: f32, v: f32) -> f32 {
    let t = ((v - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
