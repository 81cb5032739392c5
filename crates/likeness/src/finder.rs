//! Finding every usable face of a photo, whichever way up it lies.

use crate::detect::{self, Guess};
use crate::mesh::{self, Mesh};
use crate::networks::Loaded;
use crate::quality::{self, PRESENCE_MIN};
use crate::raster::{Affine, Pyramid};
use crate::{Face, Photo, Refusal};

/// A face leaning more than this is looked for again in the other orientations.
const ROLL_MAX: f32 = 50.0;
/// With less agreement on where the eyes are, the other orientations are tried too.
const AGREEMENT_MIN: f32 = 0.7;
/// Guesses followed in one orientation: a school class still fits.
const GUESSES_MAX: usize = 24;
/// Parts of the photo are searched when the largest face is smaller than this share of it …
const FACE_SHARE_SMALL: f32 = 0.15;
/// … and the photo is large enough for the parts to show more: its shorter side in pixels.
const TILED_FROM: f32 = 1000.0;

/// From the photo turned clockwise by so many quarters to the photo's own pixels.
pub(crate) fn turned(photo_width: f32, photo_height: f32, quarter_turns: u8) -> Affine {
    let (w, h) = (photo_width, photo_height);
    match quarter_turns % 4 {
        0 => Affine { a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 1.0, f: 0.0 },
        1 => Affine { a: 0.0, b: 1.0, c: 0.0, d: -1.0, e: 0.0, f: h },
        2 => Affine { a: -1.0, b: 0.0, c: w, d: 0.0, e: -1.0, f: h },
        _ => Affine { a: 0.0, b: -1.0, c: w, d: 1.0, e: 0.0, f: 0.0 },
    }
}

/// A face, or (with too little presence) what the detector took for one.
struct Found {
    quarter_turns: u8,
    guess: Guess,
    mesh: Mesh,
}

impl Found {
    fn roll(&self) -> f32 {
        let [left, right] = mesh::eyes(&self.mesh.points);
        let (sin, cos) = mesh::line(left, right);
        sin.atan2(cos).to_degrees()
    }

    fn is_upright(&self) -> bool {
        self.mesh.presence >= PRESENCE_MIN && self.roll().abs() <= ROLL_MAX
    }

    /// How well detector and landmarks agree on where the eyes are, 0 to 1. On a face lying on its
    /// side both can be sure of themselves and far apart.
    fn agreement(&self) -> f32 {
        let [left, right] = mesh::eyes(&self.mesh.points);
        let off = mesh::distance(left, self.guess.eyes[0]) + mesh::distance(right, self.guess.eyes[1]);
        (1.0 - off / mesh::distance(left, right).max(1.0)).max(0.0)
    }

    fn is_certain(&self) -> bool {
        self.is_upright() && self.agreement() > AGREEMENT_MIN
    }

    fn certainty(&self) -> f32 {
        self.mesh.presence * self.guess.score * self.agreement()
    }
}

pub(crate) fn faces(nets: &Loaded, photo: &Photo) -> Result<Vec<Face>, Refusal> {
    let pyramid = Pyramid::new(photo);
    let mut found = search(nets, &pyramid, 0);
    if !found.iter().any(Found::is_certain) {
        for quarter_turns in [1, 3, 2] {
            let other = search(nets, &pyramid, quarter_turns);
            if best(&other) > best(&found) {
                found = other;
            }
        }
    }
    let (width, height) = (pyramid.width(), pyramid.height());
    let largest = found.iter().map(|f| f.guess.side()).fold(0.0, f32::max);
    if largest < FACE_SHARE_SMALL * width.max(height) && width.min(height) >= TILED_FROM {
        let quarter_turns = found.first().map_or(0, |f| f.quarter_turns);
        let known: Vec<Guess> = found.iter().map(|f| f.guess).collect();
        found = search_parts(nets, &pyramid, quarter_turns, &known);
    }

    let mut usable = Vec::new();
    let mut refused: Vec<(f32, Refusal)> = Vec::new();
    let mut doubtful = None;
    for Found { quarter_turns, guess, mesh } in found {
        let turn = turned(width, height, quarter_turns);
        let measures = quality::measure(&pyramid, &turn, &mesh);
        if mesh.presence < PRESENCE_MIN {
            doubtful = doubtful.or(measures.refusal_of_a_doubtful_face());
            continue;
        }
        match measures.refusal() {
            Some(reason) => refused.push((measures.eye_distance, reason)),
            None => usable.push(Face {
                bounds: photo_bounds(&mesh, &turn, width, height),
                quarter_turns,
                score: guess.score,
                presence: mesh.presence,
                eye_distance: measures.eye_distance,
                warnings: measures.warnings(),
                landmarks: mesh.points,
            }),
        }
    }
    // The largest face is most likely the child the photo was taken of.
    usable.sort_by(|a, b| b.eye_distance.total_cmp(&a.eye_distance));
    refused.sort_by(|a, b| b.0.total_cmp(&a.0));
    match refused.first() {
        _ if !usable.is_empty() => Ok(usable),
        Some((_, reason)) => Err(*reason),
        None => Err(doubtful.unwrap_or(Refusal::NoFace)),
    }
}

fn best(found: &[Found]) -> f32 {
    found.iter().map(|f| f.certainty() + if f.is_upright() { 1.0 } else { 0.0 }).fold(0.0, f32::max)
}

/// Faces in the whole photo turned by `quarter_turns`.
fn search(nets: &Loaded, pyramid: &Pyramid<'_>, quarter_turns: u8) -> Vec<Found> {
    let turn = turned(pyramid.width(), pyramid.height(), quarter_turns);
    let (w, h) = turned_sides(pyramid, quarter_turns);
    let side = w.max(h);
    let guesses = detect::look(nets, pyramid, &turn, [(w - side) / 2.0, (h - side) / 2.0], side);
    follow(nets, pyramid, quarter_turns, detect::merge(guesses))
}

/// Faces in each of the photo's overlapping squares of half its longer side, together with what is known.
fn search_parts(nets: &Loaded, pyramid: &Pyramid<'_>, quarter_turns: u8, known: &[Guess]) -> Vec<Found> {
    let turn = turned(pyramid.width(), pyramid.height(), quarter_turns);
    let (w, h) = turned_sides(pyramid, quarter_turns);
    let side = (w.max(h) / 2.0).min(w.min(h));
    let mut guesses = known.to_vec();
    for y in starts(h, side) {
        for x in starts(w, side) {
            guesses.extend(detect::look(nets, pyramid, &turn, [x, y], side));
        }
    }
    follow(nets, pyramid, quarter_turns, detect::merge(guesses))
}

fn turned_sides(pyramid: &Pyramid<'_>, quarter_turns: u8) -> (f32, f32) {
    let (w, h) = (pyramid.width(), pyramid.height());
    if quarter_turns.is_multiple_of(2) { (w, h) } else { (h, w) }
}

/// Where squares begin that cover a length with about half of each overlapping the next.
fn starts(length: f32, side: f32) -> Vec<f32> {
    let rest = length - side;
    let steps = (rest / (side * 0.6)).ceil().max(0.0) as usize;
    (0..=steps).map(|i| if steps == 0 { 0.0 } else { rest * i as f32 / steps as f32 }).collect()
}

fn follow(nets: &Loaded, pyramid: &Pyramid<'_>, quarter_turns: u8, guesses: Vec<Guess>) -> Vec<Found> {
    let turn = turned(pyramid.width(), pyramid.height(), quarter_turns);
    let mut found: Vec<Found> = Vec::new();
    for guess in guesses.into_iter().take(GUESSES_MAX) {
        let Some(mesh) = mesh::find(nets, pyramid, &turn, &guess) else { continue };
        let bounds = mesh::bounds(&mesh.points);
        let other = |f: &Found| {
            f.mesh.presence < PRESENCE_MIN || detect::overlap(&mesh::bounds(&f.mesh.points), &bounds) < 0.3
        };
        if found.iter().all(other) {
            found.push(Found { quarter_turns, guess, mesh });
        }
    }
    found
}

/// The box around the points in pixels of the photo as it was given, cut at its edges.
fn photo_bounds(mesh: &Mesh, turn: &Affine, width: f32, height: f32) -> [f32; 4] {
    let [l, t, r, b] = mesh::bounds(&mesh.points);
    let (p, q) = (turn.apply([l, t]), turn.apply([r, b]));
    let (x0, x1) = (p[0].min(q[0]).clamp(0.0, width), p[0].max(q[0]).clamp(0.0, width));
    let (y0, y1) = (p[1].min(q[1]).clamp(0.0, height), p[1].max(q[1]).clamp(0.0, height));
    [x0, y0, x1 - x0, y1 - y0]
}
