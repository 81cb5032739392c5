//! Lids that close like a paper child's: the eye disappears under skin taken from around it, with
//! a soft fold above and a line of lashes below.

use std::ops::Range;

use crate::Picture;
use crate::mesh::{BROWS, LOWER_LIDS, UPPER_LIDS};
use crate::raster::smoothstep;
use crate::rim::{Part, joined};

/// Columns in which an eye's outline is described, from corner to corner.
const COLUMNS: usize = 33;
/// Places along an eye where skin is taken from, the first of them and how far the last one lies from it, in widths of the
/// eye.
const TAKES: usize = 5;
const FIRST_TAKE: f32 = 0.08;
const LAST_TAKE: f32 = 0.84;

// Measures of a lid in widths of the eye.

/// What is covered at least above the upper and below the lower edge of the eye.
const ABOVE: f32 = 0.035;
const BELOW: f32 = 0.02;
/// How far beyond that skin is taken from.
const TAKE_BEYOND: f32 = 0.06;
/// How far below the line between the corners the lashes of a closed eye lie at least: at the corners, and in the middle
/// beyond that.
const CLOSED: f32 = 0.03;
const CLOSED_SAG: f32 = 0.12;
/// How soft the edges of what is covered are, and how far they move outwards for that, above and below.
const SOFT: f32 = 0.05;
const SOFT_ABOVE: f32 = 0.02;
const SOFT_BELOW: f32 = 0.035;

/// Draws both upper lids down by `amount`, 0 to 1. Tells the part of the picture in which they lie.
pub(crate) fn close(
    picture: &mut Picture,
    landmarks: &[[f32; 3]],
    skin: [u8; 3],
    amount: f32,
) -> Option<Part> {
    let eyes = [0, 1].map(|side| Eye::new(landmarks, &UPPER_LIDS[side], &LOWER_LIDS[side], BROWS[side]));
    let close = |eye: Eye| eye.close(picture, skin.map(f32::from), amount);
    eyes.into_iter().flatten().map(close).fold(None, joined)
}

/// Room around the points of an eye, in widths of the eye.
struct Room {
    above: f32,
    below: f32,
    beside: f32,
}

/// The outline of one eye as drawn or photographed.
struct Eye {
    left: f32,
    width: f32,
    /// Heights of the upper edge, of the lower edge and of the straight line between the corners.
    upper: [f32; COLUMNS],
    lower: [f32; COLUMNS],
    base: [f32; COLUMNS],
    /// From the middle of the upper edge to the lower edge of the brow.
    brow_gap: f32,
}

impl Eye {
    /// `None` when the points make no eye (seen from the side, or not a face).
    fn new(landmarks: &[[f32; 3]], upper: &[usize; 9], lower: &[usize; 9], brow: usize) -> Option<Self> {
        let (first, last) = (landmarks[upper[0]], landmarks[upper[8]]);
        let width = last[0] - first[0];
        if !(width.is_finite() && width > 8.0 && width < 400.0) {
            return None;
        }
        let column = |i: usize| i as f32 / (COLUMNS - 1) as f32;
        let outline = |points: &[usize; 9]| -> [f32; COLUMNS] {
            let raw = std::array::from_fn(|i| height_at(landmarks, points, first[0] + width * column(i)));
            smoothed(&smoothed(&raw))
        };
        let base = std::array::from_fn(|i| first[1] + (last[1] - first[1]) * column(i));
        let brow_gap = (landmarks[upper[4]][1] - landmarks[brow][1]).max(0.0);
        Some(Self { left: first[0], width, upper: outline(upper), lower: outline(lower), base, brow_gap })
    }

    /// Value of an outline at a share of the width, held beyond the corners.
    fn along(values: &[f32; COLUMNS], u: f32) -> f32 {
        let at = u.clamp(0.0, 1.0) * (COLUMNS - 1) as f32;
        let i = (at as usize).min(COLUMNS - 2);
        values[i] + (values[i + 1] - values[i]) * (at - i as f32)
    }

    /// An arch over the width: 0 at the corners, 1 in the middle.
    fn arch(u: f32) -> f32 {
        let u = u.clamp(0.0, 1.0);
        4.0 * u * (1.0 - u)
    }

    fn close(&self, picture: &mut Picture, skin: [f32; 3], amount: f32) -> Option<Part> {
        let w = self.width;
        let lid = Lid::new(self, self.room(picture, skin), amount);
        let above = self.takes(picture, skin, |u| lid.top(u) - w * TAKE_BEYOND);
        let below = self.takes(picture, skin, |u| lid.bottom(u) + w * TAKE_BEYOND);
        let x0 = ((self.left - lid.room.beside * w) as i32).max(0);
        let x1 = ((self.left + (1.0 + lid.room.beside) * w) as i32 + 1).min(picture.width as i32);
        let mut drawn = None;
        for x in x0..x1 {
            let u = (x as f32 + 0.5 - self.left) / w;
            let covered = lid.cover(picture, x, u, [mix(&above, u), mix(&below, u)]);
            let lash = self.lash(picture, x, u, lid.edge(u), skin, lid.presence);
            for rows in [covered, lash].into_iter().filter(|rows| !rows.is_empty()) {
                let [x, top, bottom] = [x, rows.start, rows.end].map(|at| at as usize);
                drawn = joined(drawn, Some([x, top, x + 1, bottom]));
            }
        }
        drawn
    }

    /// How far the eye reaches beyond its points: lashes, make-up, or an eye drawn larger than
    /// life. Goes outwards until most of the pixels look like the skin around.
    fn room(&self, picture: &Picture, skin: [f32; 3]) -> Room {
        const LIKE_SKIN: f32 = 24.0;
        let w = self.width;
        let pixel = |x: f32, y: f32| field_median(picture, [x, y], 1.0, 1.0).unwrap_or(skin);
        let around = {
            let takes = [0.25, 0.5, 0.75].map(|u| {
                let (x, y) = (self.left + u * w, Self::along(&self.lower, u) + 0.3 * w);
                field_median(picture, [x, y], 0.1 * w, 0.04 * w).unwrap_or(skin)
            });
            let mean: [f32; 3] = std::array::from_fn(|c| (takes[0][c] + takes[1][c] + takes[2][c]) / 3.0);
            // Never far from the cheeks: rings under the eyes are not the rule.
            std::array::from_fn(|c| (mean[c] + skin[c]) / 2.0)
        };
        let outwards = |places: &dyn Fn(f32) -> Vec<[f32; 2]>, limit: f32| {
            let mut step = 0.05;
            while step < limit {
                let all = places(step);
                let odd = all.iter().filter(|p| far(&pixel(p[0], p[1]), &around) > LIKE_SKIN).count();
                if odd * 4 <= all.len() {
                    break;
                }
                step += 0.02;
            }
            step.min(limit)
        };
        let columns: Vec<f32> = (0..=10).map(|i| 0.2 + 0.06 * i as f32).collect();
        let up = |d: f32| {
            columns.iter().map(|&u| [self.left + u * w, Self::along(&self.upper, u) - d * w]).collect()
        };
        let down = |d: f32| {
            columns.iter().map(|&u| [self.left + u * w, Self::along(&self.lower, u) + d * w]).collect()
        };
        let side = |d: f32| {
            let rows = [-0.06f32, -0.03, 0.0, 0.03, 0.06];
            rows.iter()
                .flat_map(|&r| {
                    let left = [self.left - d * w, self.base[0] + r * w];
                    let right = [self.left + (1.0 + d) * w, self.base[COLUMNS - 1] + r * w];
                    [left, right]
                })
                .collect()
        };
        // The brow stays: the lid ends well below it.
        let above = outwards(&up, 0.26).min((0.55 * self.brow_gap / w - ABOVE).max(0.05));
        Room { above, below: outwards(&down, 0.22), beside: outwards(&side, 0.22) + 0.10 }
    }

    /// One column of the line of lashes, thickest in the outer middle, thin at the corners. Tells its rows.
    fn lash(
        &self,
        picture: &mut Picture,
        x: i32,
        u: f32,
        edge: f32,
        skin: [f32; 3],
        presence: f32,
    ) -> Range<i32> {
        let thickness = self.width * (0.012 + 0.020 * Self::arch(u));
        let fade = smoothstep(-0.06, 0.06, u) * (1.0 - smoothstep(0.94, 1.06, u)) * presence;
        // Dark of the skin's own hue: a black line would look drawn on.
        let colour = [skin[0] * 0.22 + 6.0, skin[1] * 0.17 + 5.0, skin[2] * 0.16 + 5.0];
        let y0 = ((edge - thickness - 2.0) as i32).max(0);
        let y1 = ((edge + thickness + 3.0) as i32).min(picture.height as i32);
        for y in y0..y1 {
            let off = (y as f32 + 0.5 - edge).abs();
            let cover = (1.0 - smoothstep(thickness * 0.6, thickness + 0.8, off)) * 0.88 * fade;
            blend(picture, x, y, colour, cover);
        }
        y0..y1
    }

    /// Skin along a line beside the eye: medians of small fields, drawn towards the cheeks' tone
    /// where hair or glasses lie over it.
    fn takes(&self, picture: &Picture, skin: [f32; 3], line: impl Fn(f32) -> f32) -> [[f32; 3]; TAKES] {
        let mut all: [[f32; 3]; TAKES] = std::array::from_fn(|k| {
            let u = FIRST_TAKE + LAST_TAKE * k as f32 / (TAKES - 1) as f32;
            let (cx, cy) = (self.left + u * self.width, line(u));
            field_median(picture, [cx, cy], 0.09 * self.width, 0.03 * self.width).unwrap_or(skin)
        });
        // Unlike its fellows and unlike the cheek: not skin.
        let mut sorted: Vec<f32> = all.iter().map(luma).collect();
        sorted.sort_by(f32::total_cmp);
        let middle = sorted[TAKES / 2];
        for take in &mut all {
            let odd = (luma(take) - middle).abs().max(far(take, &skin) * 0.6);
            let trust = 1.0 - 0.85 * smoothstep(28.0, 70.0, odd);
            *take = std::array::from_fn(|c| take[c] * trust + skin[c] * (1.0 - trust));
        }
        // A stray lash in one field must not become a streak.
        std::array::from_fn(|k| {
            let (before, after) = (all[k.saturating_sub(1)], all[(k + 1).min(TAKES - 1)]);
            std::array::from_fn(|c| (before[c] + 2.0 * all[k][c] + after[c]) / 4.0)
        })
    }
}

/// A lid that is closed so far. Places are shares of the eye's width, as `u`.
struct Lid<'a> {
    eye: &'a Eye,
    room: Room,
    amount: f32,
    /// How much there is of it: it appears within the first tenth, so that nothing jumps.
    presence: f32,
    /// How much of the white below the lashes has disappeared, as the lid comes to rest.
    rest: f32,
}

impl<'a> Lid<'a> {
    fn new(eye: &'a Eye, room: Room, amount: f32) -> Self {
        Self {
            eye,
            room,
            amount,
            presence: smoothstep(0.0, 0.1, amount),
            rest: smoothstep(0.72, 1.0, amount),
        }
    }

    /// Where what is covered begins, within the eye.
    fn top(&self, u: f32) -> f32 {
        let beyond = ABOVE + self.room.above * (0.4 + 0.6 * Eye::arch(u));
        Eye::along(&self.eye.upper, u) - self.eye.width * beyond
    }

    /// Where it ends.
    fn bottom(&self, u: f32) -> f32 {
        let beyond = BELOW + self.room.below * (0.4 + 0.6 * Eye::arch(u));
        Eye::along(&self.eye.lower, u) + self.eye.width * beyond
    }

    /// Where the lashes lie when the eye is closed: in a gentle arc near the lower edge.
    fn closed(&self, u: f32) -> f32 {
        let (eye, w) = (self.eye, self.eye.width);
        let sag = (Eye::along(&eye.lower, u) - Eye::along(&eye.base, u)).max(0.0);
        let open = w * self.room.below * 0.5 * Eye::arch(u);
        Eye::along(&eye.base, u) + w * CLOSED + (sag + open).max(w * CLOSED_SAG * Eye::arch(u))
    }

    /// Where they lie now.
    fn edge(&self, u: f32) -> f32 {
        let open = Eye::along(&self.eye.upper, u) - self.eye.width * self.room.above * 0.5 * Eye::arch(u);
        open + (self.closed(u) - open) * self.amount
    }

    /// What is covered in a column, from where to where, and how much of its height is left there: beyond the corners
    /// everything narrows to nothing.
    fn span(&self, u: f32) -> ([f32; 2], f32) {
        let (w, beside) = (self.eye.width, self.room.beside);
        let base = |u: f32| Eye::along(&self.eye.base, u);
        let beyond = ((-u).max(u - 1.0) / beside).max(0.0);
        let taper = (1.0 - beyond * beyond).max(0.0);
        let (mut t, mut b) = (self.top(u), self.bottom(u));
        let middle = base(u);
        t = middle + (t - middle) * taper;
        b = middle + (b - middle) * taper;
        // Drawn eyes are round, not pointed: at least an ellipse is covered.
        let off = (u - 0.5) / (0.5 + beside);
        let round = (1.0 - off * off).max(0.0).sqrt();
        t = t.min(middle - (base(0.5) - self.top(0.5)).max(0.0) * round);
        b = b.max(middle + (self.bottom(0.5) - base(0.5) + 0.04 * w).max(0.0) * round);
        // Soft edges: room for the softness.
        t -= SOFT_ABOVE * w * round;
        b += SOFT_BELOW * w * round;
        ([t, b], taper)
    }

    /// Covers one column with skin, of two colours above and below the eye. Tells its rows.
    fn cover(&self, picture: &mut Picture, x: i32, u: f32, [up, down]: [[f32; 3]; 2]) -> Range<i32> {
        let w = self.eye.width;
        let ([t, b], taper) = self.span(u);
        let e = self.edge(u);
        let y0 = ((t - 3.0) as i32).max(0);
        let y1 = ((b.max(e) + 4.0) as i32).min(picture.height as i32);
        for y in y0..y1 {
            let v = y as f32 + 0.5;
            let soft = SOFT * w + 1.0;
            let inside_top = smoothstep(t - soft, t + soft, v);
            let inside_bottom = 1.0 - smoothstep(b - soft, b + soft, v);
            let lid = 1.0 - smoothstep(e - 1.0, e + 1.0, v);
            // Covered by the lid, or (closed) by the skin that meets it from below.
            let cover = inside_top
                * inside_bottom
                * lid.max(self.rest)
                * self.presence
                * smoothstep(0.0, 0.35, taper);
            let span = (b - t).max(1.0);
            let s = ((v - t) / span).clamp(0.0, 1.0);
            let colour: [f32; 3] = std::array::from_fn(|c| up[c] + (down[c] - up[c]) * s);
            // The lid is round: a fold in shade above, light on its bulge, shade at its edge.
            let on_lid = ((v - t) / (e - t).max(1.0)).clamp(0.0, 1.0);
            let round = if v <= e {
                0.93 + 0.09 * smoothstep(0.0, 0.45, on_lid) - 0.06 * smoothstep(0.6, 1.0, on_lid)
            } else {
                0.95 + 0.05 * smoothstep(0.0, 0.12 * w, v - e)
            };
            // No shading at the seams: it fades towards the corners and the upper edge.
            let shaded = Eye::arch(u.clamp(0.0, 1.0)).min(1.0);
            let colour = colour.map(|c| c * (1.0 + (round - 1.0) * shaded));
            blend(picture, x, y, colour, cover);
        }
        y0..y1
    }
}

fn luma(c: &[f32; 3]) -> f32 {
    0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]
}

fn far(a: &[f32; 3], b: &[f32; 3]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).abs()).sum::<f32>() / 3.0
}

/// The colour between the takes.
fn mix(takes: &[[f32; 3]; TAKES], u: f32) -> [f32; 3] {
    let at = ((u - FIRST_TAKE) / LAST_TAKE).clamp(0.0, 1.0) * (TAKES - 1) as f32;
    let i = (at as usize).min(TAKES - 2);
    let t = smoothstep(0.0, 1.0, at - i as f32);
    std::array::from_fn(|c| takes[i][c] + (takes[i + 1][c] - takes[i][c]) * t)
}

fn field_median(picture: &Picture, [cx, cy]: [f32; 2], rx: f32, ry: f32) -> Option<[f32; 3]> {
    let (w, h) = (picture.width as i32, picture.height as i32);
    let mut found: Vec<[u8; 3]> = Vec::new();
    for y in ((cy - ry) as i32).max(0)..((cy + ry) as i32 + 1).min(h) {
        for x in ((cx - rx) as i32).max(0)..((cx + rx) as i32 + 1).min(w) {
            let p = &picture.rgba[((y * w + x) * 4) as usize..][..4];
            if p[3] > 200 {
                found.push([p[0], p[1], p[2]]);
            }
        }
    }
    if found.is_empty() {
        return None;
    }
    let middle = found.len() / 2;
    Some(std::array::from_fn(|c| f32::from(found.select_nth_unstable_by_key(middle, |p| p[c]).1[c])))
}

/// Height of a chain of points at `x`; the nearest end beyond it.
fn height_at(landmarks: &[[f32; 3]], points: &[usize; 9], x: f32) -> f32 {
    let mut best = landmarks[points[0]][1];
    for pair in points.windows(2) {
        let (a, b) = (landmarks[pair[0]], landmarks[pair[1]]);
        if x >= a[0] {
            let t = ((x - a[0]) / (b[0] - a[0]).max(0.1)).clamp(0.0, 1.0);
            best = a[1] + (b[1] - a[1]) * t;
        }
    }
    best
}

fn smoothed(values: &[f32; COLUMNS]) -> [f32; COLUMNS] {
    std::array::from_fn(|i| {
        let (low, high) = (i.saturating_sub(2), (i + 2).min(COLUMNS - 1));
        values[low..=high].iter().sum::<f32>() / (high - low + 1) as f32
    })
}

/// Colour over the pixel; its alpha stays.
fn blend(picture: &mut Picture, x: i32, y: i32, colour: [f32; 3], cover: f32) {
    if cover <= 0.0 {
        return;
    }
    let i = ((y * picture.width as i32 + x) * 4) as usize;
    for (c, colour) in colour.into_iter().enumerate() {
        let old = f32::from(picture.rgba[i + c]);
        picture.rgba[i + c] = (old + (colour - old) * cover + 0.5).clamp(0.0, 255.0) as u8;
    }
}
