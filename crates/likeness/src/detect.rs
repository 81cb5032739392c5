//! Where faces might be: the full-range detector over the photo or a part of it. Boxes are
//! guesses; `mesh` decides.

use crate::networks::{DETECT, Loaded, planes, sigmoid};
use crate::raster::{Affine, Beyond, Pyramid};

/// Below this the detector's guess is not followed.
const SCORE_MIN: f32 = 0.5;
/// Guesses that overlap more than this are one face.
const OVERLAP_MAX: f32 = 0.3;
/// Anchors in a row; one every four pixels of the input.
const ANCHORS: usize = DETECT / 4;

/// A guess, in pixels of the (turned) photo.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guess {
    pub score: f32,
    /// Left, top, right, bottom.
    pub bounds: [f32; 4],
    /// Eye on the picture's left, eye on its right.
    pub eyes: [[f32; 2]; 2],
}

impl Guess {
    pub fn centre(&self) -> [f32; 2] {
        let [l, t, r, b] = self.bounds;
        [(l + r) / 2.0, (t + b) / 2.0]
    }

    /// The longer side.
    pub fn side(&self) -> f32 {
        let [l, t, r, b] = self.bounds;
        (r - l).max(b - t)
    }
}

/// Looks at the square of side `side` at `corner` of the turned photo; `turn` leads from the
/// turned photo to the photo's own pixels.
pub(crate) fn look(
    nets: &Loaded,
    pyramid: &Pyramid<'_>,
    turn: &Affine,
    corner: [f32; 2],
    side: f32,
) -> Vec<Guess> {
    let scale = side / DETECT as f32;
    let to_turned = Affine { a: scale, b: 0.0, c: corner[0], d: 0.0, e: scale, f: corner[1] };
    let crop = pyramid.crop(&to_turned.then(turn), DETECT, DETECT, Beyond::Black);
    let outputs = nets.detect(planes(&crop.data, |v| v * 2.0 - 1.0));
    let [boxes, scores] = outputs.as_slice() else { return Vec::new() };
    let mut guesses = Vec::new();
    for (i, (raw, &score)) in boxes.chunks_exact(16).zip(scores).enumerate() {
        let score = sigmoid(score);
        if score < SCORE_MIN {
            continue;
        }
        let anchor = [(i % ANCHORS) as f32 * 4.0 + 2.0, (i / ANCHORS) as f32 * 4.0 + 2.0];
        let at = |k: usize| to_turned.apply([raw[k] + anchor[0], raw[k + 1] + anchor[1]]);
        let [cx, cy] = at(0);
        let (w, h) = (raw[2] * scale, raw[3] * scale);
        let bounds = [cx - w / 2.0, cy - h / 2.0, cx + w / 2.0, cy + h / 2.0];
        guesses.push(Guess { score, bounds, eyes: [at(4), at(6)] });
    }
    merge(guesses)
}

/// Weighted non-maximum suppression: guesses of one face become their mean by score.
pub(crate) fn merge(mut guesses: Vec<Guess>) -> Vec<Guess> {
    guesses.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut merged = Vec::new();
    while let Some(&best) = guesses.first() {
        let (same, others): (Vec<Guess>, Vec<Guess>) =
            guesses.iter().partition(|g| overlap(&g.bounds, &best.bounds) > OVERLAP_MAX);
        guesses = others;
        let total: f32 = same.iter().map(|g| g.score).sum();
        if same.is_empty() || total <= 0.0 {
            // A box without area overlaps nothing, not even itself.
            guesses.remove(0);
            continue;
        }
        let mean = |f: &dyn Fn(&Guess) -> f32| same.iter().map(|g| f(g) * g.score).sum::<f32>() / total;
        merged.push(Guess {
            score: best.score,
            bounds: std::array::from_fn(|k| mean(&|g| g.bounds[k])),
            eyes: std::array::from_fn(|e| std::array::from_fn(|k| mean(&|g| g.eyes[e][k]))),
        });
    }
    merged
}

/// Intersection over union.
pub(crate) fn overlap(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let area = |r: &[f32; 4]| (r[2] - r[0]).max(0.0) * (r[3] - r[1]).max(0.0);
    let both = area(&[a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    let either = area(a) + area(b) - both;
    if either > 0.0 { both / either } else { 0.0 }
}
