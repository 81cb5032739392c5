//! From a coarse mask of the person to a soft alpha with hair, and colours freed of the old
//! background. Knows no networks.

use crate::raster::{Plane, Rgb};

/// The full picture (768) is so many times larger than the one coefficients are computed at (256).
pub(crate) const FACTOR: usize = 3;

/// The plane of one colour channel.
pub(crate) fn channel(rgb: &Rgb, c: usize) -> Plane {
    Plane::from_fn(rgb.width, rgb.height, |i| rgb.data[i * 3 + c])
}

/// Keeps of a mask what is joined to the pixels named by `seeds`.
pub(crate) fn joined(mask: &mut Plane, seeds: impl Iterator<Item = [f32; 2]>) {
    const INSIDE: f32 = 0.4;
    let (w, h) = (mask.width, mask.height);
    let mut reached = vec![false; w * h];
    let mut open: Vec<usize> = Vec::new();
    for [x, y] in seeds {
        if x >= 0.0 && y >= 0.0 && (x as usize) < w && (y as usize) < h {
            open.push(y as usize * w + x as usize);
        }
    }
    while let Some(i) = open.pop() {
        if reached[i] || mask.data[i] < INSIDE {
            continue;
        }
        reached[i] = true;
        let (x, y) = (i % w, i / w);
        if x > 0 {
            open.push(i - 1);
        }
        if x + 1 < w {
            open.push(i + 1);
        }
        if y > 0 {
            open.push(i - w);
        }
        if y + 1 < h {
            open.push(i + w);
        }
    }
    // Soft edges of what is kept stay: everything within a few pixels of it.
    let near = Plane::from_fn(w, h, |i| if reached[i] { 1.0 } else { 0.0 }).blurred(5);
    mask.data.iter_mut().zip(&near.data).for_each(|(m, &n)| *m *= (n * 8.0).min(1.0));
}

/// Guided filter with colours as the guide (He, Sun, Tang 2013): coefficients at the small size,
/// applied at full size, so that the alpha follows single strands of hair.
pub(crate) fn refine(coarse: &[Plane; 3], mask: &Plane, full: &[Plane; 3]) -> Plane {
    const RADIUS: usize = 4;
    const EPSILON: f32 = 1e-4;
    let (w, h) = (mask.width, mask.height);
    let product = |a: &Plane, b: &Plane| Plane::from_fn(w, h, |i| a.data[i] * b.data[i]).blurred(RADIUS);
    let means = [0, 1, 2].map(|c: usize| coarse[c].blurred(RADIUS));
    let mean_mask = mask.blurred(RADIUS);
    let with_mask = [0, 1, 2].map(|c: usize| product(&coarse[c], mask));
    const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
    let pairs = PAIRS.map(|(p, q)| product(&coarse[p], &coarse[q]));

    let mut slopes = [0, 1, 2].map(|_: usize| Plane::new(w, h));
    let mut offset = Plane::new(w, h);
    for i in 0..w * h {
        let m = [0, 1, 2].map(|c: usize| means[c].data[i]);
        let cov = |k: usize| pairs[k].data[i] - m[PAIRS[k].0] * m[PAIRS[k].1];
        let [xx, xy, xz, yy, yz, zz] =
            [cov(0) + EPSILON, cov(1), cov(2), cov(3) + EPSILON, cov(4), cov(5) + EPSILON];
        let v = [0, 1, 2].map(|c: usize| with_mask[c].data[i] - m[c] * mean_mask.data[i]);
        // Inverse of the symmetric 3 x 3 covariance by cofactors.
        let (c00, c01, c02) = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy);
        let (c11, c12, c22) = (xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy);
        let det = xx * c00 + xy * c01 + xz * c02;
        let s = if det.abs() < 1e-20 { 0.0 } else { 1.0 / det };
        let a = [
            s * (c00 * v[0] + c01 * v[1] + c02 * v[2]),
            s * (c01 * v[0] + c11 * v[1] + c12 * v[2]),
            s * (c02 * v[0] + c12 * v[1] + c22 * v[2]),
        ];
        for c in 0..3 {
            slopes[c].data[i] = a[c];
        }
        offset.data[i] = mean_mask.data[i] - a[0] * m[0] - a[1] * m[1] - a[2] * m[2];
    }
    let slopes = slopes.map(|s| s.blurred(RADIUS).enlarged(FACTOR));
    let offset = offset.blurred(RADIUS).enlarged(FACTOR);
    Plane::from_fn(full[0].width, full[0].height, |i| {
        let a = slopes[0].data[i] * full[0].data[i]
            + slopes[1].data[i] * full[1].data[i]
            + slopes[2].data[i] * full[2].data[i]
            + offset.data[i];
        // Stretched so that almost nothing is nothing and almost all is all.
        ((a - 0.06) / 0.88).clamp(0.0, 1.0)
    })
}

/// Colours of the foreground alone by blur fusion (Forte 2021), coarse then fine, so that hair
/// carries no colour of the old background.
pub(crate) fn foreground(coarse: &[Plane; 3], full: &[Plane; 3], alpha: &Plane) -> [Plane; 3] {
    let small = alpha.reduced(FACTOR);
    let wide = Weights::new(&small, 21);
    let rough = [0, 1, 2].map(|c: usize| {
        let (fore, back) = wide.both(&coarse[c], &coarse[c]);
        let fused = fuse(&coarse[c], &fore, &back, &small);
        (fused.enlarged(FACTOR), back.enlarged(FACTOR))
    });
    let narrow = Weights::new(alpha, 9);
    [0, 1, 2].map(|c: usize| {
        let (fore, back) = narrow.both(&rough[c].0, &rough[c].1);
        fuse(&full[c], &fore, &back, alpha)
    })
}

/// Blurred weights of foreground and background, used for all three channels.
struct Weights<'a> {
    alpha: &'a Plane,
    fore: Plane,
    radius: usize,
}

impl<'a> Weights<'a> {
    fn new(alpha: &'a Plane, radius: usize) -> Self {
        Self { alpha, fore: alpha.blurred(radius), radius }
    }

    fn both(&self, fore: &Plane, back: &Plane) -> (Plane, Plane) {
        let (w, h) = (self.alpha.width, self.alpha.height);
        let weigh = |p: &Plane, weight: &dyn Fn(f32) -> f32| {
            let sums = Plane::from_fn(w, h, |i| p.data[i] * weight(self.alpha.data[i])).blurred(self.radius);
            Plane::from_fn(w, h, |i| sums.data[i] / (weight(self.fore.data[i]) + 1e-5))
        };
        (weigh(fore, &|a| a), weigh(back, &|a| 1.0 - a))
    }
}

fn fuse(image: &Plane, fore: &Plane, back: &Plane, alpha: &Plane) -> Plane {
    Plane::from_fn(image.width, image.height, |i| {
        let (a, f, b) = (alpha.data[i], fore.data[i], back.data[i]);
        (f + a * (image.data[i] - a * f - (1.0 - a) * b)).clamp(0.0, 1.0)
    })
}
