//! Small versions for the library.

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, ImageEncoder, RgbImage, RgbaImage};
use likeness::{CutOut, Photo};

use crate::{Error, Result};

/// Longer side of a small photo, in pixels.
pub(super) const PHOTO_SIDE: u32 = 320;
/// Sides of a small cut-out, in pixels.
pub(super) const CUT_OUT_SIDE: u32 = 192;
const JPEG_QUALITY: u8 = 82;

/// The photo as a JPEG no larger than [`PHOTO_SIDE`].
pub(super) fn photo(photo: &Photo) -> Result<Bytes> {
    let pixels = RgbImage::from_raw(photo.width, photo.height, photo.rgb.clone())
        .ok_or_else(|| Error::internal("a photo whose pixels do not fit its size"))?;
    let scale = (f64::from(PHOTO_SIDE) / f64::from(photo.width.max(photo.height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let small = resize(&pixels, side(photo.width), side(photo.height), FilterType::Triangle);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .write_image(&small, small.width(), small.height(), ExtendedColorType::Rgb8)
        .map_err(Error::internal)?;
    Ok(jpeg.into())
}

/// The cut-out as a PNG.
pub(super) fn cut_out(cut_out: &CutOut) -> Result<Bytes> {
    let mut pixels = RgbaImage::from_raw(cut_out.size, cut_out.size, cut_out.rgba.clone())
        .ok_or_else(|| Error::internal("a cut-out whose pixels do not fit its size"))?;
    // Scaled with the alpha multiplied in, so that what is transparent lends no colour to the edge.
    for pixel in pixels.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            *channel = (u16::from(*channel) * alpha / 255) as u8;
        }
    }
    let mut small = resize(&pixels, CUT_OUT_SIDE, CUT_OUT_SIDE, FilterType::Triangle);
    for pixel in small.pixels_mut() {
        let alpha = u16::from(pixel[3]).max(1);
        for channel in &mut pixel.0[..3] {
            *channel = (u16::from(*channel) * 255 / alpha).min(255) as u8;
        }
    }
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&small, CUT_OUT_SIDE, CUT_OUT_SIDE, ExtendedColorType::Rgba8)
        .map_err(Error::internal)?;
    Ok(png.into())
}
