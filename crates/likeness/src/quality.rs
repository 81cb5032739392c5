//! Whether a face is good enough for a film. All thresholds by which one is refused or its parent warned are here (those
//! by which it is found lie in `detect` and `finder`). They come from five adults and their spoiled copies, so they are
//! mild: a warning wherever the cut-out could still please, because the parent sees it first.

use std::ops::RangeInclusive;

use crate::mesh::{self, Mesh, OVAL, flat};
use crate::raster::{Affine, Beyond, Pyramid, Rgb};
use crate::{Refusal, Warning};

/// Below this the points do not lie on a face.
pub(crate) const PRESENCE_MIN: f32 = 0.9;
const EYE_DISTANCE_MIN: f32 = 24.0;
const EYE_DISTANCE_FAIR: f32 = 48.0;
const SHARPNESS_MIN: f32 = 0.02;
const SHARPNESS_FAIR: f32 = 0.04;
const LUMA_MIN: f32 = 40.0;
const LUMA_FAIR: f32 = 60.0;
const CLIPPED_MAX: f32 = 0.5;
const CLIPPED_FAIR: f32 = 0.25;
const UNDER_EYES_MIN: f32 = 0.6;
const UNDER_EYES_FAIR_MAX: f32 = 1.35;
const OUTSIDE_MAX: f32 = 0.03;
const YAW_MAX: f32 = 35.0;
const YAW_FAIR: f32 = 25.0;
/// More of the photo's edge than this share of the face's width shows head: hair was cut off.
pub(crate) const EDGE_SHARE_MAX: f32 = 0.15;
/// Luma outside of which a pixel is clipped.
const LUMA_SHOWN: RangeInclusive<f32> = 6.0..=249.0;
/// Where much is clipped, a mean luma below this says that it is dark; else it is bright.
const DARK_BELOW: f32 = 128.0;

/// Side of the aligned face that is measured.
const SIDE: usize = 128;
/// Its side by that of the box around the points of the face.
const ROOM: f32 = 1.25;
/// So many pixels at its edges show other things than the face, and are not measured.
const MARGIN: usize = 24;

/// What was measured of a face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measures {
    /// Pixels between the eye centres.
    pub eye_distance: f32,
    /// Variance of the Laplacian by variance of luma.
    pub sharpness: f32,
    /// Mean luma, 0 to 255.
    pub luma: f32,
    /// Share of pixels almost black or almost white.
    pub clipped: f32,
    /// Luma under the eyes by luma of cheeks and forehead.
    pub under_eyes: f32,
    /// Share of the face's outline beyond the photo's edge.
    pub outside: f32,
    /// Degrees to the side.
    pub yaw: f32,
}

pub(crate) fn measure(pyramid: &Pyramid<'_>, turn: &Affine, mesh: &Mesh) -> Measures {
    let points = &mesh.points;
    let [left, right] = mesh::eyes(points);
    let [l, t, r, b] = mesh::bounds(points);
    let side = (r - l).max(b - t) * ROOM;
    let square = Affine::square([(l + r) / 2.0, (t + b) / 2.0], side, mesh::line(left, right), SIDE as f32);
    let face = pyramid.crop(&square.then(turn), SIDE, SIDE, Beyond::Edge);
    let back = square.inverse();
    let place = |i: usize| back.apply(flat(points[i]));

    let (w, h) = (pyramid.width(), pyramid.height());
    let outside = OVAL
        .iter()
        .filter(|&&i| {
            let [x, y] = turn.apply(flat(points[i]));
            x < 0.0 || y < 0.0 || x > w || y > h
        })
        .count() as f32
        / OVAL.len() as f32;

    let middle = MARGIN..SIDE - MARGIN;
    let lumas: Vec<f32> = middle
        .clone()
        .flat_map(|y| middle.clone().map(move |x| (x, y)))
        .map(|(x, y)| face.luma(x, y))
        .collect();
    let count = lumas.len() as f32;
    let (luma, variance) = mean_and_variance(&lumas);
    let laplacian: Vec<f32> = middle
        .clone()
        .flat_map(|y| middle.clone().map(move |x| (x, y)))
        .map(|(x, y)| {
            face.luma(x - 1, y) + face.luma(x + 1, y) + face.luma(x, y - 1) + face.luma(x, y + 1)
                - 4.0 * face.luma(x, y)
        })
        .collect();
    let sharpness = mean_and_variance(&laplacian).1 / variance.max(1.0);
    let clipped = lumas.iter().filter(|&v| !LUMA_SHOWN.contains(v)).count() as f32 / count;

    // Under the eyes: between the lower lid and the cheek bone.
    let below = [(145, 119), (374, 348)].map(|(lid, cheek)| {
        let (a, b) = (place(lid), place(cheek));
        spot(&face, [a[0] + (b[0] - a[0]) * 0.5, a[1] + (b[1] - a[1]) * 0.5])
    });
    let around = [50, 280, 151].map(|i| spot(&face, place(i)));
    let under_eyes = (below[0] + below[1]) / 2.0 / ((around[0] + around[1] + around[2]) / 3.0).max(1.0);

    Measures {
        eye_distance: mesh::distance(left, right),
        sharpness,
        luma,
        clipped,
        under_eyes,
        outside,
        yaw: mesh::yaw(points),
    }
}

fn mean_and_variance(values: &[f32]) -> (f32, f32) {
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32)
}

/// Mean luma of 7 x 7 pixels.
fn spot(face: &Rgb, [x, y]: [f32; 2]) -> f32 {
    let place = |v: f32| (v as i32).clamp(3, SIDE as i32 - 4) as usize;
    let (x, y) = (place(x), place(y));
    let sum: f32 = (y - 3..=y + 3)
        .flat_map(|y| (x - 3..=x + 3).map(move |x| (x, y)))
        .map(|(x, y)| face.luma(x, y))
        .sum();
    sum / 49.0
}

impl Measures {
    /// What speaks against the face so strongly that no film should be made of it, the most
    /// helpful reason first.
    pub fn refusal(&self) -> Option<Refusal> {
        if self.eye_distance < EYE_DISTANCE_MIN {
            // Small faces read as blurred too; "too small" is what helps.
            return Some(Refusal::TooSmall { eye_distance: self.eye_distance.round() as u32 });
        }
        let reasons = [
            (self.outside > OUTSIDE_MAX, Refusal::CutByFrame),
            (self.yaw.abs() > YAW_MAX, Refusal::TurnedAway),
            (self.luma < LUMA_MIN, Refusal::TooDark),
            (self.clipped > CLIPPED_MAX && self.luma < DARK_BELOW, Refusal::TooDark),
            (self.clipped > CLIPPED_MAX, Refusal::TooBright),
            (self.under_eyes < UNDER_EYES_MIN, Refusal::Sunglasses),
            (self.sharpness < SHARPNESS_MIN, Refusal::Blurred),
        ];
        reasons.into_iter().find(|(found, _)| *found).map(|(_, reason)| reason)
    }

    /// Where the landmarks are unsure whether there is a face at all, a fault of the light or the
    /// focus explains it better than "no face".
    pub fn refusal_of_a_doubtful_face(&self) -> Option<Refusal> {
        let explains = |r: &Refusal| matches!(r, Refusal::TooDark | Refusal::TooBright | Refusal::Blurred);
        self.refusal().filter(explains)
    }

    /// What the parent should look at closely.
    pub fn warnings(&self) -> Vec<Warning> {
        let dark = self.luma < LUMA_FAIR || self.clipped > CLIPPED_FAIR && self.luma < DARK_BELOW;
        let found = [
            (self.eye_distance < EYE_DISTANCE_FAIR, Warning::Small),
            (self.sharpness < SHARPNESS_FAIR, Warning::SlightlyBlurred),
            (dark, Warning::Dark),
            (self.clipped > CLIPPED_FAIR && !dark, Warning::Bright),
            (self.yaw.abs() > YAW_FAIR, Warning::Turned),
            (self.under_eyes > UNDER_EYES_FAIR_MAX, Warning::Covered),
        ];
        found.into_iter().filter(|(found, _)| *found).map(|(_, warning)| warning).collect()
    }
}
