//! Pixels to the only form in which a photo is kept: a JPEG made here, without metadata.

use crate::{Accepted, Refused};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use likeness::Photo;

/// High enough that a second generation is not seen in a cut-out.
const QUALITY: u8 = 92;

pub(crate) fn accept(photo: Photo) -> Result<Accepted, Refused> {
    let mut jpeg = Vec::with_capacity(photo.rgb.len() / 8);
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .write_image(&photo.rgb, photo.width, photo.height, ExtendedColorType::Rgb8)
        .map_err(|e| Refused::Unwell { detail: format!("encoding the photo: {e}") })?;
    Ok(Accepted { photo, jpeg })
}
