//! The tones of skin and hair, measured on a cut-out, so that drawn hands and paper hair fit.

use crate::mesh::{CHIN, EARS, TOP};
use crate::{CUT_OUT_SIZE, Oval};

/// Cheeks, below the eyes, chin and forehead: where skin is most likely bare.
const SKIN_POINTS: [usize; 10] = [50, 280, 117, 346, 187, 411, 151, 9, 199, 200];
/// Inner parts of the two brows: hair on every face.
const BROW_POINTS: [usize; 6] = [105, 66, 107, 334, 296, 336];
/// Colours nearer than this to the skin's are not counted as hair.
const UNLIKE_SKIN: i32 = 60;

/// Median colour around the skin points.
pub(crate) fn skin(rgba: &[u8], landmarks: &[[f32; 3]]) -> [u8; 3] {
    let samples = SKIN_POINTS.iter().flat_map(|&i| around(rgba, landmarks[i], 6)).collect();
    median(samples).unwrap_or([203, 160, 130])
}

/// Median colour of what grows above the face and does not look like skin; the brows when the
/// head is bare.
pub(crate) fn hair(rgba: &[u8], landmarks: &[[f32; 3]], skin: [u8; 3]) -> [u8; 3] {
    let oval = face_oval(landmarks);
    let size = CUT_OUT_SIZE as usize;
    let mut inside = 0usize;
    let mut samples = Vec::new();
    for y in (0..(oval.cy as usize).min(size)).step_by(2) {
        for x in (0..size).step_by(2) {
            let (u, v) = ((x as f32 - oval.cx) / oval.rx, (y as f32 - oval.cy) / oval.ry);
            let pixel = &rgba[(y * size + x) * 4..][..4];
            if u * u + v * v < 1.05 || v > -0.3 || pixel[3] < 242 {
                continue;
            }
            inside += 1;
            let colour = [pixel[0], pixel[1], pixel[2]];
            if difference(colour, skin) > UNLIKE_SKIN {
                samples.push(colour);
            }
        }
    }
    let brows = || median(BROW_POINTS.iter().flat_map(|&i| around(rgba, landmarks[i], 2)).collect());
    let shade = skin.map(|v| v / 3);
    if samples.len() * 5 < inside || samples.len() < 50 {
        brows().unwrap_or(shade)
    } else {
        median(samples).unwrap_or(shade)
    }
}

/// Ear to ear, hairline to chin. The topmost point of the mesh lies on the forehead a little
/// below the hairline.
pub(crate) fn face_oval(landmarks: &[[f32; 3]]) -> Oval {
    let (left, right) = (landmarks[EARS[0]][0], landmarks[EARS[1]][0]);
    let chin = landmarks[CHIN][1];
    let top = landmarks[TOP][1] - 0.06 * (chin - landmarks[TOP][1]);
    Oval {
        cx: (left + right) / 2.0,
        cy: (top + chin) / 2.0,
        rx: ((right - left) / 2.0).abs().max(1.0),
        ry: ((chin - top) / 2.0).abs().max(1.0),
    }
}

fn difference(a: [u8; 3], b: [u8; 3]) -> i32 {
    (0..3).map(|c| (i32::from(a[c]) - i32::from(b[c])).abs()).sum()
}

/// Opaque colours of the square around a point.
fn around(rgba: &[u8], [x, y, _]: [f32; 3], radius: i32) -> Vec<[u8; 3]> {
    let size = CUT_OUT_SIZE as i32;
    let (cx, cy) = (x as i32, y as i32);
    let mut colours = Vec::new();
    for y in (cy - radius).max(0)..(cy + radius + 1).min(size) {
        for x in (cx - radius).max(0)..(cx + radius + 1).min(size) {
            let pixel = &rgba[((y * size + x) * 4) as usize..][..4];
            if pixel[3] > 230 {
                colours.push([pixel[0], pixel[1], pixel[2]]);
            }
        }
    }
    colours
}

fn median(mut samples: Vec<[u8; 3]>) -> Option<[u8; 3]> {
    if samples.is_empty() {
        return None;
    }
    let middle = samples.len() / 2;
    Some(std::array::from_fn(|c| samples.select_nth_unstable_by_key(middle, |s| s[c]).1[c]))
}
