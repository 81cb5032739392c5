//! Moods: small, kind movements of a face along its landmarks. Plain arithmetic only, in a fixed
//! order, so that every machine draws the same bytes.

use crate::rim::{Part, copy, joined};
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

/// The cut-out in a mood.
pub(crate) fn apply(cut: &CutOut, mood: Mood) -> Picture {
    let mut picture = cut.picture();
    Moved::default().put(cut, mood, &mut picture);
    picture
}

/// What moods are put on with, one after the other.
#[derive(Default)]
pub(crate) struct Moved {
    /// The cut-out with closed lids, once one is asked for.
    closed: Option<Picture>,
    /// Where its lids are.
    lids: Option<Part>,
}

impl Moved {
    /// Puts a mood on a picture that is as the cut-out: lids first, while the eyes are where the landmarks say, then the
    /// warp. Tells the part outside of which it is still as the cut-out.
    pub fn put(&mut self, cut: &CutOut, mood: Mood, picture: &mut Picture) -> Option<Part> {
        let mood = mood.bounded();
        let is_closing = mood.lids > 0.0;
        if is_closing {
            self.close(cut, mood.lids);
        }
        let (from, lids) = match &self.closed {
            Some(closed) if is_closing => (&closed.rgba, self.lids),
            _ => (&cut.rgba, None),
        };
        if let Some(lids) = lids {
            copy(from, &mut picture.rgba, picture.width as usize, lids);
        }
        let warped = warp(from, picture, &pushes(&cut.landmarks, mood));
        joined(lids, warped)
    }

    fn close(&mut self, cut: &CutOut, amount: f32) {
        let closed = self.closed.get_or_insert_with(|| cut.picture());
        if let Some(lids) = self.lids {
            copy(&cut.rgba, &mut closed.rgba, cut.size as usize, lids);
        }
        self.lids = lids::close(closed, &cut.landmarks, cut.skin, amount);
    }
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
    /// Adds how far the skin at points moves. Outside of the ellipse that is nought, reckoned and not asked: so it is
    /// reckoned for several at a time.
    fn add(&self, points: &Points, moves: &mut Points) {
        let (places, moves) = (points.x.iter().zip(&points.y), moves.x.iter_mut().zip(&mut moves.y));
        for ((x, y), (across, down)) in places.zip(moves) {
            let off = y - self.centre[1];
            let (u, v) = ((x - self.centre[0]) / self.radii[0], off / self.radii[1]);
            let rest = (1.0 - (u * u + v * v)).max(0.0);
            let k = rest * rest;
            *across += self.by[0] * k;
            *down += self.by[1] * k + self.stretch * off * k;
        }
    }
}

/// Points or movements, those of one row.
struct Points {
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Points {
    /// How far the skin at each moves.
    fn moves(&self, pushes: &[Push]) -> Self {
        let mut moves = Self { x: vec![0.0; self.x.len()], y: vec![0.0; self.x.len()] };
        pushes.iter().for_each(|push| push.add(self, &mut moves));
        moves
    }

    /// By what the skin came that lies at each now: two steps of fixed-point iteration on p + move(p).
    fn came_by(&self, pushes: &[Push]) -> Vec<[f32; 2]> {
        let first = self.moves(pushes);
        let back = |at: &[f32], by: &[f32]| at.iter().zip(by).map(|(at, by)| at - by).collect();
        let second = Self { x: back(&self.x, &first.x), y: back(&self.y, &first.y) }.moves(pushes);
        let first = first.x.into_iter().zip(first.y);
        let both = first.zip(second.x.into_iter().zip(second.y));
        both.map(|((x, y), (u, v))| if x.abs() + y.abs() < 0.01 { [0.0, 0.0] } else { [u, v] }).collect()
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

/// Moves the pixels of one picture into another of its size; where nothing is pushed that one stays as it is. Tells the
/// part that may have changed.
fn warp(from: &[u8], to: &mut Picture, pushes: &[Push]) -> Option<Part> {
    if pushes.is_empty() {
        return None;
    }
    let (w, h) = (to.width as usize, to.height as usize);
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
    let (across, down) = (x1.saturating_sub(x0).div_ceil(KNOTS), y1.saturating_sub(y0).div_ceil(KNOTS));
    let knots: Vec<f32> = (0..=across).map(|column| (x0 + column * KNOTS) as f32 + 0.5).collect();
    // The skin of a row came from no farther up or down.
    let farthest = pushes.iter().fold(1.0, |sum, p| sum + p.by[1].abs() + p.stretch.abs() * p.radii[1]);
    let line = |row: usize| {
        let y = (y0 + row * KNOTS) as f32 + 0.5;
        let is_near = |push: &&Push| (y - push.centre[1]).abs() <= push.radii[1] + farthest;
        let pushes: Vec<Push> = pushes.iter().filter(is_near).copied().collect();
        Points { x: knots.clone(), y: vec![y; knots.len()] }.came_by(&pushes)
    };
    let mut changed = None;
    let mut below = line(0);
    for row in 0..down {
        let above = std::mem::replace(&mut below, line(row + 1));
        for column in 0..across {
            let corners = [above[column], above[column + 1], below[column], below[column + 1]];
            if corners == [[0.0, 0.0]; 4] {
                continue;
            }
            let (left, top) = (x0 + column * KNOTS, y0 + row * KNOTS);
            let (right, bottom) = ((left + KNOTS).min(x1), (top + KNOTS).min(y1));
            changed = joined(changed, Some([left, top, right, bottom]));
            for y in top..bottom {
                let t = (y - top) as f32 / KNOTS as f32;
                let [begin, end] = [0, 1].map(|side| mixed(corners[side], corners[side + 2], t));
                let row = &mut to.rgba[(y * w + left) * 4..(y * w + right) * 4];
                for (step, pixel) in row.chunks_exact_mut(4).enumerate() {
                    let by = mixed(begin, end, step as f32 / KNOTS as f32);
                    let at = [(left + step) as f32 + 0.5 - by[0], y as f32 + 0.5 - by[1]];
                    pixel.copy_from_slice(&sample(from, w, h, at));
                }
            }
        }
    }
    changed
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
    let pixel = |x: usize, y: usize| {
        let at = (y * w + x) * 4;
        [rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]]
    };
    let corners = [pixel(ix, iy), pixel(jx, iy), pixel(ix, jy), pixel(jx, jy)];
    let weights = [(1.0 - tx) * (1.0 - ty), tx * (1.0 - ty), (1.0 - tx) * ty, tx * ty];
    let byte = |v: f32| (v + 0.5) as u8;
    if corners.iter().all(|corner| corner[3] == 255) {
        // The four at once.
        let mut sum = [0.0_f32; 4];
        for (corner, weight) in corners.iter().zip(weights) {
            sum = std::array::from_fn(|c| sum[c] + f32::from(corner[c]) * weight);
        }
        let [r, g, b, _] = sum.map(byte);
        return [r, g, b, 255];
    }
    let mut sum = [0.0f32; 4];
    for (p, weight) in corners.iter().zip(weights) {
        let a = f32::from(p[3]) * weight;
        for c in 0..3 {
            sum[c] += f32::from(p[c]) * a;
        }
        sum[3] += a;
    }
    let a = sum[3].max(1e-3);
    [byte(sum[0] / a), byte(sum[1] / a), byte(sum[2] / a), byte(sum[3])]
}
