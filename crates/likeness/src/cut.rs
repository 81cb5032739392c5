//! One face of a photo becomes a cut-out: aligned square, mask, matte, colours, head only, tones.

use crate::mesh;
use crate::networks::{Loaded, MASK, planes};
use crate::quality::EDGE_SHARE_MAX;
use crate::raster::{Affine, Beyond, Plane, Pyramid, Rgb};
use crate::{CUT_OUT_SIZE, CutOut, Face, LANDMARKS, Photo, Refusal, Warning, finder, head, matte, tones};

pub(crate) fn cut_out(nets: &Loaded, photo: &Photo, face: &Face) -> Result<CutOut, Refusal> {
    let sound = face.landmarks.len() == LANDMARKS && face.landmarks.iter().flatten().all(|v| v.is_finite());
    if !sound {
        return Err(Refusal::NoFace);
    }
    let size = CUT_OUT_SIZE as usize;
    let pyramid = Pyramid::new(photo);
    let turn = finder::turned(pyramid.width(), pyramid.height(), face.quarter_turns);
    let square = mesh::head_square(&face.landmarks, size as f32);
    if !(square.scale().is_finite() && square.scale() > 1e-3) {
        return Err(Refusal::NoFace);
    }
    let to_photo = square.then(&turn);
    let crop = pyramid.crop(&to_photo, size, size, Beyond::Edge);
    let back = square.inverse();
    let landmarks: Vec<[f32; 3]> = face
        .landmarks
        .iter()
        .map(|&[x, y, z]| {
            let [u, v] = back.apply([x, y]);
            [u, v, z / square.scale()]
        })
        .collect();

    let full = [0, 1, 2].map(|c| matte::channel(&crop, c));
    let coarse = [0, 1, 2].map(|c: usize| full[c].reduced(matte::FACTOR));
    let mut mask = person(nets, &coarse);
    let third = |p: [f32; 3]| [p[0] / matte::FACTOR as f32, p[1] / matte::FACTOR as f32];
    matte::joined(&mut mask, [1, 4, 9, 50, 280, 151, mesh::CHIN].iter().map(|&i| third(landmarks[i])));
    let mut alpha = matte::refine(&coarse, &mask, &full);
    let edge = cut_at_the_edge(&mut alpha, &to_photo, &pyramid, &landmarks);
    let hair = head::find_hair(&mut alpha, &coarse, &landmarks);
    // Colours want the whole person as foreground, so the body goes afterwards.
    let colours = matte::foreground(&coarse, &full, &alpha);
    head::keep_head_only(&mut alpha, &hair, &landmarks);

    let mut warnings = face.warnings.clone();
    if edge && !warnings.contains(&Warning::HairCut) {
        warnings.push(Warning::HairCut);
    }
    let mut rgba = Vec::with_capacity(size * size * 4);
    for (i, &a) in alpha.data.iter().enumerate() {
        let byte = |v: f32| (v * 255.0 + 0.5) as u8;
        let a = byte(a);
        if a == 0 {
            rgba.extend([0, 0, 0, 0]);
        } else {
            rgba.extend([byte(colours[0].data[i]), byte(colours[1].data[i]), byte(colours[2].data[i]), a]);
        }
    }
    let skin = tones::skin(&rgba, &landmarks);
    let hair = tones::hair(&rgba, &landmarks, skin);
    Ok(CutOut { size: CUT_OUT_SIZE, rgba, landmarks, skin, hair, warnings })
}

/// The person mask at `MASK` x `MASK`: the mean of the picture's and its mirror's.
fn person(nets: &Loaded, coarse: &[Plane; 3]) -> Plane {
    let straight = Rgb {
        width: MASK,
        height: MASK,
        data: (0..MASK * MASK).flat_map(|i| [0, 1, 2].map(|c: usize| coarse[c].data[i])).collect(),
    };
    let mirror = |i: usize| i / MASK * MASK + (MASK - 1 - i % MASK);
    let mirrored: Vec<f32> =
        (0..MASK * MASK).flat_map(|i| [0, 1, 2].map(|c: usize| coarse[c].data[mirror(i)])).collect();
    let one = |data: &[f32]| nets.person(planes(data, |v| v)).into_iter().next().unwrap_or_default();
    let (a, b) = (one(&straight.data), one(&mirrored));
    Plane::from_fn(MASK, MASK, |i| match (a.get(i), b.get(mirror(i))) {
        (Some(a), Some(b)) => ((a + b) / 2.0).clamp(0.0, 1.0),
        _ => 0.0,
    })
}

/// Nothing is shown beyond the photo's edge; whether the head reaches that edge.
fn cut_at_the_edge(
    alpha: &mut Plane,
    to_photo: &Affine,
    pyramid: &Pyramid<'_>,
    landmarks: &[[f32; 3]],
) -> bool {
    let chin = landmarks[mesh::CHIN][1];
    let face_width = (landmarks[mesh::EARS[1]][0] - landmarks[mesh::EARS[0]][0]).abs().max(1.0);
    // Distance to the nearest edge of the photo in pixels of the cut-out, positive inside.
    let scale = 1.0 / to_photo.scale();
    let (w, h) = (pyramid.width(), pyramid.height());
    let mut along = 0u32;
    let width = alpha.width;
    for (y, row) in alpha.data.chunks_exact_mut(width).enumerate() {
        for (x, a) in row.iter_mut().enumerate() {
            let [px, py] = to_photo.apply([x as f32 + 0.5, y as f32 + 0.5]);
            let inside = px.min(py).min(w - px).min(h - py) * scale;
            if inside < 3.0 {
                // One pixel of `along` for each pixel of the edge's length: a band 1 px wide.
                if (2.0..3.0).contains(&inside) && *a > 0.5 && (y as f32) < chin {
                    along += 1;
                }
                *a *= (inside / 2.0).clamp(0.0, 1.0);
            }
        }
    }
    along as f32 > EDGE_SHARE_MAX * face_width
}
