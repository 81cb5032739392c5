//! The head alone: neck, collar and shoulders go, hair beside the jaw stays.
//!
//! Everything above the ear lobes stays as the mask has it, and so does the face down to the
//! jaw line. Below, beside the jaw, only what has the colour of the hair *and* hangs together
//! with the hair above is kept, so that a dark collar does not pass for hair.

use crate::matte::FACTOR;
use crate::mesh::{CHIN, EARS, JAW, TOP};
use crate::raster::{Plane, smoothstep};

/// Spread of a colour sample when likelihoods are compared, in units of full brightness.
const SPREAD: f32 = 0.055;
/// Samples of each kind; more would not change the picture.
const SAMPLES: usize = 96;

// Where which colour is found, as distance from the middle of the face in half axes of its oval.

/// Above the middle there is hair beyond this.
const HAIR_BEYOND: f32 = 1.12;
/// Within this there is skin.
const SKIN_WITHIN: f32 = 0.8;
/// Hair that hangs down comes as near as this.
const HANGS_BEYOND: f32 = 0.9;

// And in heights of the face.

/// Skin is looked for from so far above the middle on: higher up hair falls into the forehead.
const SKIN_FROM: f32 = 0.15;
/// Neck and clothes begin so far below the chin, and reach so far to both sides of it.
const NECK_BELOW: f32 = 0.06;
const NECK_BESIDE: f32 = 0.35;
/// What hangs down is grown from the hair that lies lower than so far above the middle.
const ROOTS: f32 = 0.4;
/// Height of an ear.
const EAR: f32 = 0.24;
/// How exactly the height of the lobes is known.
const LOBES: f32 = 0.03;

/// From so much of the mask on it is sure of the person, and in two minds.
const SURE: f32 = 0.9;
const IN_TWO_MINDS: f32 = 0.2;

/// Where hair hangs below the ear lobes (full size, 0 to 1). Raises `alpha` there: where colour
/// says hair and the mask is in two minds, colour decides. `coarse` are the colours at `FACTOR`
/// times less. To be done before colours are freed of the background.
pub(crate) fn find_hair(alpha: &mut Plane, coarse: &[Plane; 3], landmarks: &[[f32; 3]]) -> Plane {
    let small = alpha.reduced(FACTOR);
    let hair = hair_below(&Place::new(landmarks), &small, coarse).enlarged(FACTOR);
    for (a, hair) in alpha.data.iter_mut().zip(&hair.data) {
        *a = a.max(smoothstep(0.12, 0.45, *a) * hair);
    }
    hair
}

/// Takes out of `alpha` what is neither face nor hair.
pub(crate) fn keep_head_only(alpha: &mut Plane, hair: &Plane, landmarks: &[[f32; 3]]) {
    let face = Place::new(landmarks);
    let w = alpha.width;
    for x in 0..w {
        let jaw = jaw_at(landmarks, x as f32 + 0.5);
        for y in 0..alpha.height {
            let at = [x as f32 + 0.5, y as f32 + 0.5];
            let i = y * w + x;
            let above = match jaw {
                Some(jaw) => 1.0 - smoothstep(jaw - 0.004 * face.height, jaw + 0.012 * face.height, at[1]),
                None => 0.0,
            };
            let lobes =
                1.0 - smoothstep(-LOBES * face.height, LOBES * face.height, at[1] - face.lobes(at[0]));
            alpha.data[i] *= above.max(lobes).max(hair.data[i]);
        }
    }
}

/// The measures of the face that the zones are made of, in pixels of the full size.
struct Place {
    left: f32,
    right: f32,
    chin: [f32; 2],
    centre: [f32; 2],
    height: f32,
    lobe_left: f32,
    lobe_right: f32,
}

impl Place {
    fn new(landmarks: &[[f32; 3]]) -> Self {
        let (top, chin) = (landmarks[TOP], landmarks[CHIN]);
        // Lobes end between the points beside the nostrils and those beside the mouth.
        let lobe = |a: usize, b: usize| landmarks[a][1] * 0.5 + landmarks[b][1] * 0.5;
        Self {
            left: landmarks[EARS[0]][0],
            right: landmarks[EARS[1]][0],
            chin: [chin[0], chin[1]],
            centre: [(top[0] + chin[0]) / 2.0, (top[1] + chin[1]) / 2.0],
            height: (chin[1] - top[1]).abs().max(1.0),
            lobe_left: lobe(132, 58),
            lobe_right: lobe(361, 288),
        }
    }

    /// Height of the ear lobes at `x`.
    fn lobes(&self, x: f32) -> f32 {
        let t = ((x - self.left) / (self.right - self.left).max(1.0)).clamp(0.0, 1.0);
        self.lobe_left + (self.lobe_right - self.lobe_left) * t
    }

    /// Where hair may hang: beside the neck, not below the chin (what is there is neck, collar or
    /// shadow), and down to a round line a little below the chin.
    fn may_be_hair(&self, [x, y]: [f32; 2]) -> bool {
        let beside = (x - self.chin[0]).abs() > 0.41 * (self.right - self.left);
        let u = (x - self.centre[0]) / (1.15 * self.height);
        let v = (y - self.centre[1]) / (0.62 * self.height);
        y < self.centre[1] || beside && u * u + v * v < 1.0
    }

    /// Distance from the middle of the face, in half axes of its oval.
    fn radius(&self, [x, y]: [f32; 2]) -> f32 {
        let u = (x - self.centre[0]) / ((self.right - self.left) / 2.0).max(1.0);
        let v = (y - self.centre[1]) / (self.height / 2.0);
        (u * u + v * v).sqrt()
    }
}

/// The middle of a pixel of a coarse plane so wide, in pixels of the full size.
fn middle(i: usize, width: usize) -> [f32; 2] {
    let f = FACTOR as f32;
    [((i % width) as f32 + 0.5) * f, ((i / width) as f32 + 0.5) * f]
}

/// At coarse size: 1 where hair hangs below the ear lobes beside the jaw.
fn hair_below(face: &Place, alpha: &Plane, coarse: &[Plane; 3]) -> Plane {
    let (hair, other) = certain(face, alpha);
    let colour = |i: usize| [0, 1, 2].map(|c: usize| coarse[c].data[i]);
    let few = |all: &[usize]| -> Vec<[f32; 3]> {
        let step = (all.len() / SAMPLES).max(1);
        all.iter().step_by(step).map(|&i| colour(i)).collect()
    };
    let (hairs, others) = (few(&hair), few(&other));
    if hairs.len() < SAMPLES / 2 {
        return Plane::new(alpha.width, alpha.height);
    }
    let likeness = |i: usize| {
        let (p, q) = (density(&hairs, colour(i)), density(&others, colour(i)));
        p / (p + q + 0.02)
    };
    let grown = grown(face, alpha, hair, likeness);
    // Thin strips are no hair: a strand's width must fit inside. Then round the corners.
    let (w, h) = (alpha.width, alpha.height);
    let core = Plane::from_fn(w, h, |i| if grown[i] { 1.0 } else { 0.0 }).blurred(3);
    let near = Plane::from_fn(w, h, |i| if core.data[i] > 0.8 { 1.0 } else { 0.0 }).blurred(4);
    let kept = Plane::from_fn(w, h, |i| if near.data[i] > 0.1 && core.data[i] > 0.4 { 1.0 } else { 0.0 });
    let round = kept.blurred(4).blurred(4);
    Plane::from_fn(w, h, |i| smoothstep(0.4, 0.54, round.data[i]))
}

/// The coarse pixels that are hair and those that are not, where both are beyond doubt.
fn certain(face: &Place, alpha: &Plane) -> (Vec<usize>, Vec<usize>) {
    let (mut hair, mut other) = (Vec::new(), Vec::new());
    for i in 0..alpha.width * alpha.height {
        if alpha.data[i] < SURE {
            continue;
        }
        let at = middle(i, alpha.width);
        let r = face.radius(at);
        if at[1] < face.centre[1] && r > HAIR_BEYOND {
            hair.push(i);
        } else if r < SKIN_WITHIN && at[1] > face.centre[1] - SKIN_FROM * face.height
            || at[1] > face.chin[1] + NECK_BELOW * face.height
                && (at[0] - face.chin[0]).abs() < NECK_BESIDE * face.height
        {
            other.push(i);
        }
    }
    (hair, other)
}

/// How densely samples lie around a colour.
fn density(samples: &[[f32; 3]], c: [f32; 3]) -> f32 {
    let sum: f32 = samples
        .iter()
        .map(|s| {
            let d = (0..3).map(|k| (s[k] - c[k]).powi(2)).sum::<f32>() / (SPREAD * SPREAD);
            // A rational kernel: no exponential, the same on every machine.
            1.0 / (1.0 + d * d)
        })
        .sum();
    sum / samples.len().max(1) as f32
}

/// Grown downwards from the hair above the lobes: a coarse pixel joins when its colour fits.
fn grown(face: &Place, alpha: &Plane, hair: Vec<usize>, likeness: impl Fn(usize) -> f32) -> Vec<bool> {
    let (w, h) = (alpha.width, alpha.height);
    let place = |i: usize| middle(i, w);
    let mut grown = vec![false; w * h];
    let mut open: Vec<usize> =
        hair.into_iter().filter(|&i| place(i)[1] > face.centre[1] - ROOTS * face.height).collect();
    let ear = (EAR * face.height) as usize / FACTOR;
    while let Some(i) = open.pop() {
        if grown[i] {
            continue;
        }
        let at = place(i);
        let fits = alpha.data[i] > IN_TWO_MINDS && face.radius(at) > HANGS_BEYOND && face.may_be_hair(at);
        if !fits || likeness(i) < 0.5 {
            continue;
        }
        grown[i] = true;
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
        // An ear may interrupt the hair: what goes on right below it is the same hair.
        for step in 1..=ear {
            let below = i + step * w;
            let at_the_ear = |at: [f32; 2]| at[1] < face.lobes(at[0]) + LOBES * face.height;
            if below < w * h && (step == 1 || at_the_ear(place(below))) {
                open.push(below);
            }
        }
    }
    grown
}

/// Height of the jaw line in a column; `None` beside the face.
fn jaw_at(landmarks: &[[f32; 3]], x: f32) -> Option<f32> {
    JAW.windows(2)
        .filter_map(|pair| {
            let (a, b) = (landmarks[pair[0]], landmarks[pair[1]]);
            let (low, high) = (a[0].min(b[0]), a[0].max(b[0]));
            if x < low || x > high || high - low < 1e-3 {
                return None;
            }
            Some(a[1] + (b[1] - a[1]) * (x - a[0]) / (b[0] - a[0]))
        })
        .reduce(f32::max)
}
