//! Pictures of the film, drawn when they are asked for. Scenes are kept by the key of their shot, so that a change
//! of one shot leaves the others as they are.

use std::sync::{Mutex, PoisonError};

use film::{Canvas, Cast, Film, Rendition, Scene, ShotKey};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

/// Scenes that are kept ready.
const KEPT: usize = 16;
/// Quality of the pictures: enough to judge drawing and motion by.
const QUALITY: u8 = 85;

/// A scene and what it is drawn on.
struct Ready {
    key: ShotKey,
    scene: Scene,
    canvas: Canvas,
}

/// The scenes that nobody is drawing with just now, those used last at the end.
#[derive(Default)]
pub struct Pictures(Mutex<Vec<Ready>>);

impl Pictures {
    /// A frame of a shot as JPEG; nothing if it cannot be drawn.
    pub fn frame(
        &self,
        film: &Film,
        shot: usize,
        frame: u32,
        cast: &Cast<'_>,
        size: Rendition,
    ) -> Option<Vec<u8>> {
        let key = film.shot_key(shot, cast, size);
        let mut ready = match self.take(key) {
            Some(ready) => ready,
            None => Ready {
                key,
                scene: film.scene(shot, cast, size).ok()?,
                canvas: Canvas::new(size.width, size.height),
            },
        };
        ready.scene.draw(frame, &mut ready.canvas);
        let jpeg = jpeg(ready.canvas.pixels(), size.width, size.height);
        self.put(ready);
        jpeg
    }

    fn take(&self, key: ShotKey) -> Option<Ready> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|ready| ready.key == key)?;
        Some(kept.remove(at))
    }

    fn put(&self, ready: Ready) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(ready);
    }
}

/// RGBA as JPEG, what is transparent on a middle grey.
pub fn jpeg(rgba: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    const GREY: u32 = 96;
    let over = |byte: u8, alpha: u32| ((u32::from(byte) * alpha + GREY * (255 - alpha)) / 255) as u8;
    let rgb: Vec<u8> = rgba
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]].map(|byte| over(byte, u32::from(pixel[3]))))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    encoder.encode(&rgb, width, height, ExtendedColorType::Rgb8).ok()?;
    Some(bytes)
}
