//! What makes it paper: a fine grain and a gentle vignette, in one pass of whole numbers.

use super::Area;

/// Side of the repeated tile of grain, in pixels.
const TILE: usize = 256;

/// Grain and vignette for one size of canvas.
pub(crate) struct Finish {
    /// By how much each pixel of the canvas is dimmed: 255 leaves it, 127 halves it.
    dim: Vec<u8>,
}

impl Finish {
    /// Strengths from 0 to 1: `grain` is the largest change of brightness, `vignette` how dark the
    /// corners get.
    pub fn new(width: u32, height: u32, grain: f64, vignette: f64) -> Self {
        if grain == 0.0 && vignette == 0.0 {
            return Self { dim: Vec::new() };
        }
        let tile = tile(grain);
        let across = falloff(width as usize, vignette);
        let mut dim = Vec::with_capacity(width as usize * height as usize);
        for (y, down) in falloff(height as usize, vignette).into_iter().enumerate() {
            let grain = &tile[(y % TILE) * TILE..][..TILE];
            for (x, across) in across.iter().enumerate() {
                let factor = (u32::from(*across) * u32::from(down) * u32::from(grain[x % TILE])) >> 16;
                dim.push((factor.clamp(1, 256) - 1) as u8);
            }
        }
        Self { dim }
    }

    pub fn apply(&self, pixels: &mut [u8]) {
        dim(pixels, &self.dim);
    }

    /// The same for an area alone, of a canvas that is so wide.
    pub fn apply_to(&self, pixels: &mut [u8], area: Area, width: u32) {
        let rows = pixels.chunks_exact_mut(area.width as usize * 4);
        for (row, y) in rows.zip(area.y as usize..) {
            let from = y * width as usize + area.x as usize;
            dim(row, self.dim.get(from..).unwrap_or_default());
        }
    }
}

/// So many pixels are dimmed at a time.
const LANE: usize = 16;

/// Dims pixels, each by one byte; those beyond the last byte stay. All get opaque: blending in 8 bits may leave an alpha
/// of 254.
fn dim(pixels: &mut [u8], by: &[u8]) {
    let (lanes, rest) = pixels.as_chunks_mut::<{ LANE * 4 }>();
    let (by_lanes, _) = by.as_chunks::<LANE>();
    let count = lanes.len().min(by_lanes.len());
    for (own, by) in lanes.iter_mut().zip(by_lanes) {
        // A byte for each channel, by doubling twice, and one multiplication a byte: compilers turn both into SIMD.
        let by: [u8; LANE * 4] = doubled(doubled::<LANE, { LANE * 2 }>(*by));
        for at in 0..LANE * 4 {
            own[at] = dimmed(own[at], by[at]) | if at % 4 == 3 { 255 } else { 0 };
        }
    }
    let others = lanes[count..].as_flattened_mut().iter_mut().chain(rest);
    let by = by[(count * LANE).min(by.len())..].iter().flat_map(|by| [*by; 4]).chain(std::iter::repeat(255));
    for (at, (own, by)) in others.zip(by).enumerate() {
        *own = dimmed(*own, by) | if at % 4 == 3 { 255 } else { 0 };
    }
}

/// Each byte twice.
fn doubled<const ONE: usize, const TWO: usize>(bytes: [u8; ONE]) -> [u8; TWO] {
    let mut twice = [0; TWO];
    for at in 0..ONE {
        twice[2 * at] = bytes[at];
        twice[2 * at + 1] = bytes[at];
    }
    twice
}

fn dimmed(byte: u8, by: u8) -> u8 {
    ((u16::from(byte) * (u16::from(by) + 1)) >> 8) as u8
}

/// Brightness from the middle (256) to an edge.
fn falloff(size: usize, strength: f64) -> Vec<u16> {
    let middle = (size as f64 - 1.0) / 2.0;
    (0..size)
        .map(|i| {
            let off = ((i as f64 - middle) / middle.max(1.0)).abs();
            (256.0 - 128.0 * strength * off * off * off).round() as u16
        })
        .collect()
}

/// Soft fibres that mostly lie across, repeating without a seam. The features are wide and low
/// (about 14 by 7 pixels and half of that): fine noise would cost the video more than the picture.
fn tile(strength: f64) -> Vec<u16> {
    let wide = noise(18, 36, 1);
    let fine = noise(37, 73, 2);
    let mix = wide.iter().zip(&fine).map(|(w, f)| (w * 0.8 + f * 0.45).clamp(-1.0, 1.0));
    // Grain only dims: 256 is the brightest, so that one byte is enough for the factor.
    mix.map(|value| (256.0 - 128.0 * strength * (1.0 + value)).round() as u16).collect()
}

/// Smooth noise in -1..1 with so many waves across and down the tile.
fn noise(across: usize, down: usize, seed: u32) -> Vec<f64> {
    let mut dice = crate::maths::Dice::new(2026, seed);
    let knots: Vec<f64> = (0..across * down).map(|_| dice.roll() * 2.0 - 1.0).collect();
    let mean = knots.iter().sum::<f64>() / knots.len() as f64;
    let knot = |x: usize, y: usize| knots[(y % down) * across + x % across] - mean;
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let mut out = Vec::with_capacity(TILE * TILE);
    for y in 0..TILE {
        for x in 0..TILE {
            let (u, v) = (x as f64 * across as f64 / TILE as f64, y as f64 * down as f64 / TILE as f64);
            let (i, j) = (u as usize, v as usize);
            let (s, t) = (ease(u - i as f64), ease(v - j as f64));
            let upper = knot(i, j) * (1.0 - s) + knot(i + 1, j) * s;
            let lower = knot(i, j + 1) * (1.0 - s) + knot(i + 1, j + 1) * s;
            out.push(upper * (1.0 - t) + lower * t);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_darker_and_the_middle_stays() {
        let finish = Finish::new(64, 36, 0.0, 0.5);
        let mut pixels = vec![200_u8; 64 * 36 * 4];
        finish.apply(&mut pixels);
        let at = |x: usize, y: usize| pixels[(y * 64 + x) * 4];
        assert!((198..=200).contains(&at(32, 18)));
        assert!(at(0, 0) < 130);
        assert_eq!(at(0, 0), at(63, 35));
    }

    #[test]
    fn every_byte_is_dimmed_and_every_pixel_opaque() {
        for length in [1, 7, 16, 19, 50] {
            let mut pixels: Vec<u8> = (0..length * 4).map(|i| (i * 7 + 90) as u8).collect();
            let by: Vec<u8> = (0..length).map(|i| (i * 5 + 100) as u8).collect();
            let wanted = |(at, own): (usize, &u8)| {
                if at % 4 == 3 { 255 } else { (u32::from(*own) * (u32::from(by[at / 4]) + 1) / 256) as u8 }
            };
            let wanted: Vec<u8> = pixels.iter().enumerate().map(wanted).collect();
            dim(&mut pixels, &by);
            assert_eq!(pixels, wanted, "{length}");
        }
        let mut bare = [10, 20, 30, 254, 1, 2, 3, 4];
        dim(&mut bare, &[]);
        assert_eq!(bare, [10, 20, 30, 255, 1, 2, 3, 255]);
    }

    #[test]
    fn grain_is_faint_and_repeats_without_a_seam() {
        let tile = tile(0.05);
        assert!(tile.iter().all(|v| (243..=256).contains(v)));
        let step = |a: usize, b: usize| tile[a].abs_diff(tile[b]);
        let seam = (0..TILE).map(|y| step(y * TILE, y * TILE + TILE - 1)).max();
        let inside = (0..TILE).map(|y| step(y * TILE + 99, y * TILE + 100)).max();
        assert!(seam <= inside.map(|i| i + 2), "{seam:?} {inside:?}");
    }
}
