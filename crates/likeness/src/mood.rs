//! Moods: small, kind movements of a face along its landmarks. Plain arithmetic only, in a fixed
//! order, so that every machine draws the same bytes.

use crate::{CutOut, Picture, lids, tones};
use serde::{Deserialize, Serialize};

/// What the face does. Nought everywhere is the photo as it is; values outside their range are
/// brought to its end, and anything that is not a number counts as nought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mood {
    /// Corners of the mouth up and out, cheeks up a little: 0 to 1.
    pub smile: f32,
    /// Upper lids: 0 as in the photo, 1 fully closed.
    pub lids: f32,
    /// Brows up and eyes a little wider, as in surprise: 0 to 1; down to -1 lowers them slightly.
    pub brows: f32,
    /// The inner face shifts against the head: -1 (towards the picture's left) to 1 (right).
    pub turn: f32,
}

impl Mood {
    /// The same mood with every value inside its range.
    pub fn bounded(self) -> Self {
        let keep = |v: f32, low: f32| if v.is_nan() { 0.0 } else { v.clamp(low, 1.0) };
        Self {
            smile: keep(self.smile, 0.0),
            lids: keep(self.lids, 0.0),
            brows: keep(self.brows, -1.0),
            turn: keep(self.turn, -1.0),
        }
    }
}

/// The cut-out in a mood: lids first, while the eyes are where the landmarks say, then the warp.
pub(crate) fn apply(cut: &CutOut, mood: Mood) -> Picture {
    let mood = mood.bounded();
    let mut picture = cut.picture();
    if mood.lids > 0.0 {
        lids::close(&mut picture, &cut.landmarks, cut.skin, mood.lids);
    }
    let pushes = pushes(&cut.landmarks, mood);
    if pushes.is_empty() { picture } else { warp(&picture, &pushes) }
}

/// A soft push of the skin: strongest at its centre, nought at the edge of its ellipse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Push {
    centre: [f32; 2],
    radii: [f32; 2],
    /// Pixels moved at the centre.
    by: [f32; 2],
    /// Stretch away from the centre's height: 0.1 is a tenth.
    stretch: f32,
}

impl Push {
    /// How far the skin at a point moves.
    fn at(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (u, v) = ((x - self.centre[0]) / self.radii[0], (y - self.centre[1]) / self.radii[1]);
        let rest = 1.0 - (u * u + v * v);
        if rest <= 0.0 {
            return [0.0, 0.0];
        }
        let k = rest * rest;
        [self.by[0] * k, self.by[1] * k + self.stretch * (y - self.centre[1]) * k]
    }
}

/// The pushes of a mood. Each moves skin by less than half of what its ellipse could take
/// without folding, so that the face stays itself.
pub(crate) fn pushes(landmarks: &[[f32; 3]], mood: Mood) -> Vec<Push> {
    let at = |i: usize| [landmarks[i][0], landmarks[i][1]];
    let mean = |all: &[usize]| {
        let sum = all.iter().fold([0.0, 0.0], |s, &i| [s[0] + at(i)[0], s[1] + at(i)[1]]);
        sum.map(|v| v / all.len() as f32)
    };
    let oval = tones::face_oval(landmarks);
    let (width, height) = (2.0 * oval.rx, 2.0 * oval.ry);
    let mut all = Vec::new();
    let mut push = |centre, radii: [f32; 2], by: [f32; 2], stretch| {
        let radii = radii.map(|r| r.max(4.0));
        all.push(Push { centre, radii, by, stretch });
    };
    if mood.smile > 0.0 {
        let mouth = (at(291)[0] - at(61)[0]).abs().clamp(0.15 * width, 0.6 * width);
        for (corner, side) in [(61, -1.0), (291, 1.0)] {
            let by = [side * 0.055 * mouth * mood.smile, -0.10 * mouth * mood.smile];
            push(at(corner), [0.48 * mouth, 0.44 * mouth], by, 0.0);
        }
        // The middle of the lower lip hangs a little, which rounds the smile.
        push(at(17), [0.5 * mouth, 0.4 * mouth], [0.0, 0.03 * mouth * mood.smile], 0.0);
        for cheek in [50, 280] {
            push(at(cheek), [0.2 * width, 0.16 * height], [0.0, -0.018 * height * mood.smile], 0.0);
        }
    }
    if mood.brows != 0.0 {
        let up = if mood.brows > 0.0 { -0.045 } else { -0.02 } * height * mood.brows;
        for brow in [[70, 63, 105, 66, 107], [300, 293, 334, 296, 336]] {
            let across = (at(brow[0])[0] - at(brow[4])[0]).abs();
            push(mean(&brow), [0.95 * across, 0.17 * height], [0.0, up], 0.0);
        }
    }
    if mood.brows > 0.0 {
        for (outer, inner) in [(33, 133), (263, 362)] {
            let eye = (at(outer)[0] - at(inner)[0]).abs();
            push(mean(&[outer, inner]), [0.8 * eye, 0.62 * eye], [0.0, 0.0], 0.16 * mood.brows);
        }
    }
    if mood.turn != 0.0 {
        let middle = [oval.cx, oval.cy + 0.04 * height];
        push(middle, [0.96 * oval.rx, 0.98 * oval.ry], [0.05 * width * mood.turn, 0.0], 0.0);
        push(at(4), [0.2 * width, 0.26 * height], [0.018 * width * mood.turn, 0.0], 0.0);
    }
    all
}

/// Pixels between two knots of the field: pushes are so wide that between them it runs straight.
const KNOTS: usize = 4;

/// Moves the pixels; where nothing is pushed they stay as they are, bit by bit.
fn warp(picture: &Picture, pushes: &[Push]) -> Picture {
    let (w, h) = (picture.width as usize, picture.height as usize);
    let reach = pushes.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, p| {
        [
            b[0].min(p.centre[0] - p.radii[0]),
            b[1].min(p.centre[1] - p.radii[1]),
            b[2].max(p.centre[0] + p.radii[0]),
            b[3].max(p.centre[1] + p.radii[1]),
        ]
    });
    let clip = |v: f32, limit: usize| (v.max(0.0) as usize).min(limit);
    let (x0, x1) = (clip(reach[0], w), clip(reach[2] + 1.0, w));
    let (y0, y1) = (clip(reach[1], h), clip(reach[3] + 1.0, h));
    let move_at = |p: [f32; 2]| {
        pushes.iter().fold([0.0f32, 0.0], |s, push| {
            let d = push.at(p);
            [s[0] + d[0], s[1] + d[1]]
        })
    };
    // Where the skin came from: two steps of fixed-point iteration on p + move(p).
    let came_by = |x: usize, y: usize| {
        let target = [x as f32 + 0.5, y as f32 + 0.5];
        let first = move_at(target);
        if first[0].abs() + first[1].abs() < 0.01 {
            return [0.0, 0.0];
        }
        move_at([target[0] - first[0], target[1] - first[1]])
    };
    let (across, down) = (x1.saturating_sub(x0).div_ceil(KNOTS), y1.saturating_sub(y0).div_ceil(KNOTS));
    let line = |row: usize| -> Vec<[f32; 2]> {
        (0..=across).map(|column| came_by(x0 + column * KNOTS, y0 + row * KNOTS)).collect()
    };
    let mut out = picture.clone();
    let mut below = line(0);
    for row in 0..down {
        let above = std::mem::replace(&mut below, line(row + 1));
        for column in 0..across {
            let corners = [above[column], above[column + 1], below[column], below[column + 1]];
            if corners == [[0.0, 0.0]; 4] {
                continue;
            }
            let (left, top) = (x0 + column * KNOTS, y0 + row * KNOTS);
            for y in top..(top + KNOTS).min(y1) {
                let t = (y - top) as f32 / KNOTS as f32;
                let [from, to] = [0, 1].map(|side| mixed(corners[side], corners[side + 2], t));
                for x in left..(left + KNOTS).min(x1) {
                    let by = mixed(from, to, (x - left) as f32 / KNOTS as f32);
                    let pixel = sample(&picture.rgba, w, h, [x as f32 + 0.5 - by[0], y as f32 + 0.5 - by[1]]);
                    out.rgba[(y * w + x) * 4..][..4].copy_from_slice(&pixel);
                }
            }
        }
    }
    out
}

fn mixed(one: [f32; 2], other: [f32; 2], share: f32) -> [f32; 2] {
    [one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share]
}

/// Bilinear, colours weighed by alpha.
fn sample(rgba: &[u8], w: usize, h: usize, [x, y]: [f32; 2]) -> [u8; 4] {
    let (x, y) = ((x - 0.5).clamp(0.0, (w - 1) as f32), (y - 0.5).clamp(0.0, (h - 1) as f32));
    let (ix, iy) = (x as usize, y as usize);
    let (tx, ty) = (x - ix as f32, y - iy as f32);
    let (jx, jy) = ((ix + 1).min(w - 1), (iy + 1).min(h - 1));
    let corners = [
        (iy * w + ix, (1.0 - tx) * (1.0 - ty)),
        (iy * w + jx, tx * (1.0 - ty)),
        (jy * w + ix, (1.0 - tx) * ty),
        (jy * w + jx, tx * ty),
    ];
    if corners.iter().all(|(i, _)| rgba[i * 4 + 3] == 255) {
        let opaque = |c: usize| {
            let sum = corners.iter().fold(0.0, |sum, (i, weight)| sum + f32::from(rgba[i * 4 + c]) * weight);
            (sum + 0.5) as u8
        };
        return [opaque(0), opaque(1), opaque(2), 255];
    }
    let mut sum = [0.0f32; 4];
    for (i, weight) in corners {
        let p = &rgba[i * 4..][..4];
        let a = f32::from(p[3]) * weight;
        for c in 0..3 {
            sum[c] += f32::from(p[c]) * a;
        }
        sum[3] += a;
    }
    let byte = |v: f32| (v + 0.5) as u8;
    let a = sum[3].max(1e-3);
    [byte(sum[0] / a), byte(sum[1] / a), byte(sum[2] / a), byte(sum[3])]
}
