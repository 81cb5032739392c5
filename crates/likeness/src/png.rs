//! Pixels to PNG bytes and back, without metadata. Knows no cut-out.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// RGBA to PNG; empty when the length does not fit the sides.
pub(crate) fn encode(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if rgba.len() != width as usize * height as usize * 4 {
        return out;
    }
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Up);
    match encoder.write_image(rgba, width, height, ExtendedColorType::Rgba8) {
        Ok(()) => out,
        Err(_) => Vec::new(),
    }
}

/// Sides and RGBA of a PNG of at most 4096 pixels a side.
pub(crate) fn decode(png: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_image_width = Some(4096);
    limits.max_image_height = Some(4096);
    reader.limits(limits);
    let picture = reader.decode().ok()?.into_rgba8();
    Some((picture.width(), picture.height(), picture.into_raw()))
}
