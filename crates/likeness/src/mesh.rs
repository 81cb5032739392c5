//! The 468 points of a face, and what follows from them: eye line, oval, jaw, turn of the head.

use crate::LANDMARKS;
use crate::detect::Guess;
use crate::networks::{Loaded, MESH, planes, sigmoid};
use crate::raster::{Affine, Beyond, Pyramid};

/// Top of the forehead.
pub(crate) const TOP: usize = 10;
/// Chin.
pub(crate) const CHIN: usize = 152;
/// Beside the ears, on the picture's left and right.
pub(crate) const EARS: [usize; 2] = [234, 454];
/// The outline of the face, clockwise from the top of the forehead.
pub(crate) const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// The jaw from ear to ear, from the picture's left to its right.
pub(crate) const JAW: [usize; 21] =
    [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454];
/// Upper edge of each eye from the picture's left to its right, corners included.
pub(crate) const UPPER_LIDS: [[usize; 9]; 2] =
    [[33, 246, 161, 160, 159, 158, 157, 173, 133], [362, 398, 384, 385, 386, 387, 388, 466, 263]];
/// Lower edge, same corners.
pub(crate) const LOWER_LIDS: [[usize; 9]; 2] =
    [[33, 7, 163, 144, 145, 153, 154, 155, 133], [362, 382, 381, 380, 374, 373, 390, 249, 263]];

/// Lower edge of each brow above the middle of the eye.
pub(crate) const BROWS: [usize; 2] = [52, 282];

/// The box around the face is enlarged so much for the landmark network.
const ROOM: f32 = 1.5;

/// The points of one face, in pixels of the (turned) photo, and the certainty that it is one.
#[derive(Clone, Debug)]
pub(crate) struct Mesh {
    pub points: Vec<[f32; 3]>,
    pub presence: f32,
}

pub(crate) fn find(nets: &Loaded, pyramid: &Pyramid<'_>, turn: &Affine, guess: &Guess) -> Option<Mesh> {
    let [left, right] = guess.eyes;
    let first = once(nets, pyramid, turn, guess.centre(), guess.side() * ROOM, line(left, right))?;
    // The second look is centred by the first one's points.
    let points = &first.points;
    let eye_line = line(flat(points[33]), flat(points[263]));
    let (bounds, centre) = turned_bounds(points, eye_line);
    let side = (bounds[2] - bounds[0]).max(bounds[3] - bounds[1]) * ROOM;
    once(nets, pyramid, turn, centre, side, eye_line)
}

fn once(
    nets: &Loaded,
    pyramid: &Pyramid<'_>,
    turn: &Affine,
    centre: [f32; 2],
    side: f32,
    eye_line: (f32, f32),
) -> Option<Mesh> {
    if !(side.is_finite() && side > 4.0) {
        return None;
    }
    let square = Affine::square(centre, side, eye_line, MESH as f32);
    let crop = pyramid.crop(&square.then(turn), MESH, MESH, Beyond::Black);
    let outputs = nets.mesh(planes(&crop.data, |v| v));
    let [points, presence] = outputs.as_slice() else { return None };
    let depth = side / MESH as f32;
    let points: Vec<[f32; 3]> = points
        .chunks_exact(3)
        .map(|p| {
            let [x, y] = square.apply([p[0], p[1]]);
            [x, y, p[2] * depth]
        })
        .collect();
    let sound = points.len() == LANDMARKS && points.iter().flatten().all(|v| v.is_finite());
    sound.then(|| Mesh { points, presence: sigmoid(presence[0]) })
}

pub(crate) fn flat([x, y, _]: [f32; 3]) -> [f32; 2] {
    [x, y]
}

pub(crate) fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
}

/// Sine and cosine of the direction from `a` to `b`; level when they are one point.
pub(crate) fn line(a: [f32; 2], b: [f32; 2]) -> (f32, f32) {
    let length = distance(a, b);
    if length > 1e-3 { ((b[1] - a[1]) / length, (b[0] - a[0]) / length) } else { (0.0, 1.0) }
}

/// Centres of the two eyes, the picture's left one first.
pub(crate) fn eyes(points: &[[f32; 3]]) -> [[f32; 2]; 2] {
    let middle =
        |a: usize, b: usize| [(points[a][0] + points[b][0]) / 2.0, (points[a][1] + points[b][1]) / 2.0];
    [middle(33, 133), middle(362, 263)]
}

/// The box around the points in a frame turned by the eye line, and its centre in the photo.
fn turned_bounds(points: &[[f32; 3]], (sin, cos): (f32, f32)) -> ([f32; 4], [f32; 2]) {
    let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    for &[x, y, _] in points {
        let (u, v) = (x * cos + y * sin, -x * sin + y * cos);
        bounds = [bounds[0].min(u), bounds[1].min(v), bounds[2].max(u), bounds[3].max(v)];
    }
    let (u, v) = ((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0);
    (bounds, [u * cos - v * sin, u * sin + v * cos])
}

/// Left, top, right, bottom of the points.
pub(crate) fn bounds(points: &[[f32; 3]]) -> [f32; 4] {
    turned_bounds(points, (0.0, 1.0)).0
}

/// Degrees that the head is turned to the side, from the depth of the points beside the ears.
pub(crate) fn yaw(points: &[[f32; 3]]) -> f32 {
    let [left, right] = EARS.map(|i| points[i]);
    let across = distance(flat(left), flat(right)).max(1e-3);
    (right[2] - left[2]).atan2(across).to_degrees()
}

/// The square around the whole head that a cut-out shows, turned by the eye line, as a map from
/// its pixels to the (turned) photo.
pub(crate) fn head_square(points: &[[f32; 3]], pixels: f32) -> Affine {
    let [left, right] = eyes(points);
    let (sin, cos) = line(left, right);
    let (top, chin) = (flat(points[TOP]), flat(points[CHIN]));
    let height = distance(top, chin);
    let width = distance(flat(points[EARS[0]]), flat(points[EARS[1]]));
    let side = 2.6 * height.max(1.15 * width);
    let middle = [(top[0] + chin[0]) / 2.0, (top[1] + chin[1]) / 2.0];
    // Up along the face by 4 % of the side: there is more hair above than neck below.
    let centre = [middle[0] + 0.04 * side * sin, middle[1] - 0.04 * side * cos];
    Affine::square(centre, side, (sin, cos), pixels)
}
