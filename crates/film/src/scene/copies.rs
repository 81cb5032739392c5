//! Where the many small copies of a drawing lie: scattered, or along the strokes of a text.

use vello_cpu::kurbo::{BezPath, Point, Rect, Vec2};

use crate::maths::Dice;
use crate::script::{Scatter, Stamps};

use super::layers::{Copies, Copy};
use super::skeleton;

/// Copies spread over an area, not too close to each other.
pub(super) fn scattered(scatter: &Scatter) -> Copies {
    let [x, y, width, height] = scatter.area;
    let area = Rect::new(x, y, x + width, y + height);
    let mut list: Vec<Copy> = Vec::new();
    for i in 0..scatter.count {
        let mut dice = Dice::new(scatter.seed, i);
        // The best of a few places: the one farthest from the copies already there.
        let mut best = (-1.0, Point::ORIGIN);
        for _ in 0..6 {
            let at = Point::new(dice.between([area.x0, area.x1]), dice.between([area.y0, area.y1]));
            let near = list.iter().map(|c| c.at.distance_squared(at)).fold(f64::INFINITY, f64::min);
            if near > best.0 {
                best = (near, at);
            }
        }
        list.push(Copy {
            at: best.1,
            scale: dice.between(scatter.scale),
            rotate: dice.between(scatter.rotate),
            phase: dice.roll(),
            order: 0.0,
            body: 0,
        });
    }
    order(&mut list, scatter.from);
    Copies {
        list,
        grow: scatter.grow.clone(),
        twinkle: scatter.twinkle,
        sway: scatter.sway,
        drift: Vec2::new(scatter.drift[0], scatter.drift[1]),
        area,
    }
}

/// When each opens: from the left, or from a point outwards.
fn order(list: &mut [Copy], from: Option<[f64; 2]>) {
    let key = |c: &Copy| from.map_or(c.at.x, |[x, y]| c.at.distance(Point::new(x, y)));
    let (low, high) =
        list.iter().map(key).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), k| (l.min(k), h.max(k)));
    for copy in list {
        copy.order = (key(copy) - low) / (high - low).max(1e-6);
    }
}

/// A letter can be read if it is at least this many copies high (of its em). Letters that are smaller, because the
/// text is long, are made of smaller copies.
const COPIES_AN_EM: f64 = 12.0;

/// How far beside the middle of a stroke a copy is put at most, across and down, in their spacing.
pub(super) const SCATTERED: f64 = 0.06;

/// What copies are made smaller by, for letters of a size in pixels an em.
pub(super) fn smaller(stamps: &Stamps, letters: f64) -> f64 {
    (letters / (stamps.spacing * COPIES_AN_EM)).min(1.0)
}

/// Copies along the middle of the strokes of a text, letter after letter; `letters` is their size, in pixels an em.
pub(super) fn written(stamps: &Stamps, outlines: &[BezPath], letters: f64) -> Copies {
    let [x, y, width, height] = stamps.area;
    let kinds = stamps.stamp.len();
    let smaller = smaller(stamps, letters);
    let spacing = stamps.spacing * smaller;
    let mut list = Vec::new();
    let mut dice = Dice::new(stamps.seed, 0);
    for outline in outlines {
        for at in skeleton::points_along(outline, spacing) {
            let off = Vec2::new(dice.between([-1.0, 1.0]), dice.between([-1.0, 1.0])) * spacing * SCATTERED;
            let body = ((dice.roll() * kinds as f64) as usize).min(kinds.saturating_sub(1));
            list.push(Copy {
                at: at + off,
                scale: dice.between(stamps.size) * smaller,
                rotate: dice.between([-40.0, 40.0]),
                phase: dice.roll(),
                order: 0.0,
                body,
            });
        }
    }
    let count = list.len().max(2) - 1;
    for (i, copy) in list.iter_mut().enumerate() {
        copy.order = i as f64 / count as f64;
    }
    let area = Rect::new(x, y, x + width, y + height);
    Copies { list, grow: Some(stamps.grow.clone()), twinkle: 0.0, sway: 4.0, drift: Vec2::ZERO, area }
}
