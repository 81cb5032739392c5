//! The white paper rim around a cut-out, from its alpha by distance.

use crate::Picture;
use crate::raster::{Plane, smoothstep};

/// Half of this alpha and more counts as shape.
const INSIDE: u8 = 128;
/// The colour of the rim: paper, not screen white.
const PAPER: [f32; 3] = [252.0, 250.0, 245.0];
/// The rim is at most this wide, in pixels of the cut-out.
const WIDTH_MAX: f32 = 64.0;
/// The width varies by this share of itself.
const IRREGULAR: f32 = 0.16;
/// Far away.
const FAR: f32 = 1e9;

/// A box of pixels: left, top, right, bottom; the last two are the first outside.
pub(crate) type Part = [usize; 4];

/// The box around both.
pub(crate) fn joined(one: Option<Part>, other: Option<Part>) -> Option<Part> {
    match (one, other) {
        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]),
        (one, other) => one.or(other),
    }
}

/// Copies a part of a picture to where it lies in another one, both `width` pixels wide.
pub(crate) fn copy(from: &[u8], to: &mut [u8], width: usize, [left, top, right, bottom]: Part) {
    for y in top..bottom {
        let row = (y * width + left) * 4..(y * width + right) * 4;
        to[row.clone()].copy_from_slice(&from[row]);
    }
}

/// The paper around a shape. It depends on the outline alone, which no mood changes: made once, it serves them all.
pub(crate) struct Rim {
    width: usize,
    height: usize,
    pad: usize,
    /// How much of each pixel is paper.
    paper: Vec<f32>,
}

impl Rim {
    /// The rim of a picture.
    pub fn of(picture: &Picture, width: f32) -> Self {
        let rim = if width.is_nan() { 0.0 } else { width.clamp(0.0, WIDTH_MAX) };
        let pad = (rim * 1.25 + 3.0).ceil() as usize;
        let even = |side: u32| (side as usize + 2 * pad).next_multiple_of(2);
        let (w, h) = (even(picture.width), even(picture.height));
        let mut alpha = vec![0u8; w * h];
        for (y, row) in picture.rgba.chunks_exact(picture.width as usize * 4).enumerate() {
            let wide = &mut alpha[(y + pad) * w + pad..][..picture.width as usize];
            wide.iter_mut().zip(row.chunks_exact(4)).for_each(|(to, pixel)| *to = pixel[3]);
        }
        // Scissors do not follow strands of hair: the outline is the distance, made smooth. Half the
        // size is exact enough for that.
        let smooth = ((rim * 0.3) as usize).max(1);
        let far = distance_to_shape(&alpha, w, h).blurred(smooth).blurred(smooth).enlarged(2);
        let paper = |(i, far): (usize, &f32)| {
            let off = far - rim;
            if off.abs() < IRREGULAR * rim + 1.0 {
                let edge = IRREGULAR * rim * wander((i % w) as f32, (i / w) as f32);
                1.0 - smoothstep(edge - 0.9, edge + 0.9, off)
            } else if off < 0.0 {
                1.0
            } else {
                0.0
            }
        };
        Self { width: w, height: h, pad, paper: far.data.iter().enumerate().map(paper).collect() }
    }

    /// The picture on its paper.
    pub fn around(&self, picture: &Picture) -> Picture {
        let (width, height) = (self.width as u32, self.height as u32);
        let mut rgba = vec![0u8; self.width * self.height * 4];
        for (pixel, paper) in rgba.chunks_exact_mut(4).zip(&self.paper) {
            if *paper > 0.0 {
                pixel.copy_from_slice(&over([0; 4], *paper));
            }
        }
        let mut wide = Picture { width, height, pad: picture.pad + self.pad as u32, rgba };
        self.lay(picture, [0, 0, picture.width as usize, picture.height as usize], &mut wide);
        wide
    }

    /// A part of the picture's pixels where they lie with the rim around them.
    pub fn placed(&self, part: Part) -> Part {
        part.map(|at| at + self.pad)
    }

    /// Lays a part of the picture on its paper anew.
    pub fn lay(&self, picture: &Picture, [left, top, right, bottom]: Part, wide: &mut Picture) {
        for y in top..bottom {
            let own = &picture.rgba[(y * picture.width as usize + left) * 4..][..(right - left) * 4];
            let at = (y + self.pad) * self.width + self.pad + left;
            let to = &mut wide.rgba[at * 4..][..own.len()];
            to.copy_from_slice(own);
            for (pixel, paper) in to.chunks_exact_mut(4).zip(&self.paper[at..]).filter(|(p, _)| p[3] != 255) {
                pixel.copy_from_slice(&over([pixel[0], pixel[1], pixel[2], pixel[3]], *paper));
            }
        }
    }
}

/// A pixel over paper.
fn over(pixel: [u8; 4], paper: f32) -> [u8; 4] {
    if pixel[3] == 255 || (paper <= 0.0 && pixel[3] == 0) {
        return pixel;
    }
    let a = f32::from(pixel[3]) / 255.0;
    let total = a + paper * (1.0 - a);
    let mixed = |c: usize| {
        let over = f32::from(pixel[c]) * a + PAPER[c] * paper * (1.0 - a);
        (over / total.max(1e-4) + 0.5) as u8
    };
    [mixed(0), mixed(1), mixed(2), (total * 255.0 + 0.5) as u8]
}

/// Slow irregularity of a hand's cut, -1 to 1: smooth noise on a coarse grid. Depends on the
/// place alone, so that the rim stays the same while a face moves.
fn wander(x: f32, y: f32) -> f32 {
    const STEP: f32 = 46.0;
    let (u, v) = (x / STEP, y / STEP);
    let (iu, iv) = (u.floor(), v.floor());
    let (tu, tv) = (smoothstep(0.0, 1.0, u - iu), smoothstep(0.0, 1.0, v - iv));
    let knot = |i: f32, j: f32| {
        let mut n = (i as i32 as u32).wrapping_mul(0x9E37_79B1) ^ (j as i32 as u32).wrapping_mul(0x85EB_CA77);
        n = (n ^ (n >> 15)).wrapping_mul(0x2C1B_3C6D);
        n ^= n >> 12;
        (n & 0xFFFF) as f32 / 32767.5 - 1.0
    };
    let top = knot(iu, iv) * (1.0 - tu) + knot(iu + 1.0, iv) * tu;
    let bottom = knot(iu, iv + 1.0) * (1.0 - tu) + knot(iu + 1.0, iv + 1.0) * tu;
    top * (1.0 - tv) + bottom * tv
}

/// Distance in pixels from each pixel to the shape (Felzenszwalb and Huttenlocher 2012), at half
/// the size.
fn distance_to_shape(alpha: &[u8], w: usize, h: usize) -> Plane {
    let full = w;
    let (w, h) = (w / 2, h / 2);
    let mut squared = Plane::from_fn(w, h, |i| {
        let at = i / w * 2 * full + i % w * 2;
        let sum: u32 = [at, at + 1, at + full, at + full + 1].iter().map(|&k| u32::from(alpha[k])).sum();
        if sum / 4 >= u32::from(INSIDE) { 0.0 } else { FAR }
    });
    let longer = w.max(h);
    let (mut line, mut out) = (vec![0.0f32; longer], vec![0.0f32; longer]);
    let (mut vertices, mut borders) = (vec![0usize; longer], vec![0.0f32; longer + 1]);
    for x in 0..w {
        let column = squared.data.iter().skip(x).step_by(w);
        line.iter_mut().zip(column).for_each(|(to, &from)| *to = from);
        envelope(&line[..h], &mut out[..h], &mut vertices, &mut borders);
        let column = squared.data.iter_mut().skip(x).step_by(w);
        column.zip(&out).for_each(|(to, &from)| *to = from);
    }
    for row in squared.data.chunks_exact_mut(w) {
        line[..w].copy_from_slice(row);
        envelope(&line[..w], row, &mut vertices, &mut borders);
    }
    squared.data.iter_mut().for_each(|v| *v = (v.sqrt() * 2.0).min(4096.0));
    squared
}

/// The lower envelope of parabolas standing on `line`.
fn envelope(line: &[f32], out: &mut [f32], vertices: &mut [usize], borders: &mut [f32]) {
    let n = line.len();
    let mut k = 0;
    vertices[0] = 0;
    borders[0] = -FAR;
    borders[1] = FAR;
    let square = |i: usize| (i * i) as f32;
    for q in 1..n {
        let meet = |v: usize| ((line[q] + square(q)) - (line[v] + square(v))) / (2 * (q - v)) as f32;
        let mut s = meet(vertices[k]);
        while k > 0 && s <= borders[k] {
            k -= 1;
            s = meet(vertices[k]);
        }
        k += 1;
        vertices[k] = q;
        borders[k] = s;
        borders[k + 1] = FAR;
    }
    k = 0;
    for (q, value) in out.iter_mut().enumerate() {
        while borders[k + 1] < q as f32 {
            k += 1;
        }
        let d = q as f32 - vertices[k] as f32;
        *value = d * d + line[vertices[k]];
    }
}
