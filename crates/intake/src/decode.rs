//! Bytes of a known type to upright sRGB pixels. Runs in the decoding process; nothing here is
//! trusted not to fall over.

use crate::sniff::{Kind, check_sides};
use crate::{LONGER_SIDE_MAX, Refused};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, Limits};
use likeness::Photo;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use std::io::Cursor;

/// Memory that a single decoder may ask for, in bytes.
const DECODER_BYTES_MAX: u64 = 700 * 1024 * 1024;
/// Memory for what stands in a PNG beside its pixels, in bytes: as the largest upload has it, and no more of what is
/// packed.
const PNG_BESIDE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The largest colour profile that is looked at, in bytes; those of cameras and screens have a few thousand.
const PROFILE_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(crate) fn decode(bytes: &[u8], kind: Kind) -> Result<Photo, Refused> {
    let reader = Cursor::new(bytes);
    match kind {
        Kind::Jpeg => from(image::codecs::jpeg::JpegDecoder::new(reader).map_err(refused)?),
        Kind::Png => {
            let limits = limits(PNG_BESIDE_BYTES_MAX);
            from(image::codecs::png::PngDecoder::with_limits(reader, limits).map_err(refused)?)
        }
        Kind::WebP => from(image::codecs::webp::WebPDecoder::new(reader).map_err(refused)?),
    }
}

fn from(mut decoder: impl ImageDecoder) -> Result<Photo, Refused> {
    let (width, height) = decoder.dimensions();
    check_sides(width, height)?;
    decoder.set_limits(limits(DECODER_BYTES_MAX)).map_err(refused)?;
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| profile.len() <= PROFILE_BYTES_MAX);
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let grey =
        matches!(decoder.color_type(), ColorType::L8 | ColorType::L16 | ColorType::La8 | ColorType::La16);
    let picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    let rgb = on_white(picture);
    let mut photo = reduce(rgb, width, height, LONGER_SIDE_MAX);
    if let Some(profile) = profile.filter(|_| !grey) {
        to_srgb(&mut photo.rgb, &profile);
    }
    Ok(upright(photo, orientation))
}

fn limits(bytes: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(bytes);
    limits
}

fn refused(error: ImageError) -> Refused {
    match error {
        ImageError::Limits(_) => Refused::TookTooLong,
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Refused::Truncated,
        // Some decoders wrap the end of the file into a message of their own.
        e if e.to_string().to_lowercase().contains("unexpected end") => Refused::Truncated,
        e if e.to_string().to_lowercase().contains("eof") => Refused::Truncated,
        _ => Refused::Damaged,
    }
}

/// Eight-bit RGB; what shines through becomes paper white.
fn on_white(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_rgb8().into_raw();
    }
    let rgba = picture.into_rgba8().into_raw();
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    for p in rgba.chunks_exact(4) {
        let a = u32::from(p[3]);
        rgb.extend([0, 1, 2].map(|c: usize| ((u32::from(p[c]) * a + 255 * (255 - a) + 127) / 255) as u8));
    }
    rgb
}

/// Sides that are at most `side_max` pixels long, of a picture with these.
pub(crate) fn reduced(width: u32, height: u32, side_max: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= side_max {
        return (width, height);
    }
    let shorter = |side: u32| ((u64::from(side) * u64::from(side_max)) / u64::from(longer)).max(1) as u32;
    (shorter(width), shorter(height))
}

/// Area averaging down to at most `side_max` pixels for the longer side.
pub(crate) fn reduce(rgb: Vec<u8>, width: u32, height: u32, side_max: u32) -> Photo {
    let (w, h) = reduced(width, height, side_max);
    if (w, h) == (width, height) {
        return Photo { width, height, rgb };
    }
    let across = spans(width, w);
    let down = spans(height, h);
    let row_bytes = width as usize * 3;
    let mut out = Vec::with_capacity(w as usize * h as usize * 3);
    let mut sums = vec![0.0f32; row_bytes];
    for (first, weights) in &down {
        sums.fill(0.0);
        for (k, weight) in weights.iter().enumerate() {
            let row = &rgb[(first + k) * row_bytes..][..row_bytes];
            sums.iter_mut().zip(row).for_each(|(s, &v)| *s += f32::from(v) * weight);
        }
        for (first, weights) in &across {
            for c in 0..3 {
                let sum: f32 =
                    weights.iter().enumerate().map(|(k, weight)| sums[(first + k) * 3 + c] * weight).sum();
                out.push((sum + 0.5).clamp(0.0, 255.0) as u8);
            }
        }
    }
    Photo { width: w, height: h, rgb: out }
}

/// For each target pixel the first source pixel and the shares of it and its followers.
fn spans(from: u32, to: u32) -> Vec<(usize, Vec<f32>)> {
    let step = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let (start, end) = (f64::from(i) * step, (f64::from(i + 1) * step).min(f64::from(from)));
            let first = start as usize;
            let last = (end.ceil() as usize).min(from as usize).max(first + 1);
            let weights = (first..last)
                .map(|p| (((p + 1) as f64).min(end) - (p as f64).max(start)).max(0.0) / (end - start))
                .map(|w| w as f32)
                .collect();
            (first, weights)
        })
        .collect()
}

/// Through the embedded profile to sRGB; a profile that cannot be read counts as sRGB.
fn to_srgb(rgb: &mut [u8], profile: &[u8]) {
    let Ok(source) = ColorProfile::new_from_slice(profile) else { return };
    if source.color_space != DataColorSpace::Rgb {
        return;
    }
    let target = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = source.create_transform_8bit(Layout::Rgb, &target, Layout::Rgb, options) else {
        return;
    };
    let mut piece = vec![0u8; 3 * 4096];
    for part in rgb.chunks_mut(3 * 4096) {
        let done = &mut piece[..part.len()];
        if transform.transform(part, done).is_ok() {
            part.copy_from_slice(done);
        }
    }
}

/// Applies the EXIF orientation.
fn upright(photo: Photo, orientation: Orientation) -> Photo {
    if orientation == Orientation::NoTransforms {
        return photo;
    }
    let Photo { width, height, rgb } = photo;
    let Some(buffer) = image::RgbImage::from_raw(width, height, rgb) else {
        return Photo { width: 1, height: 1, rgb: vec![255; 3] };
    };
    let mut picture = DynamicImage::ImageRgb8(buffer);
    picture.apply_orientation(orientation);
    let picture = picture.into_rgb8();
    Photo { width: picture.width(), height: picture.height(), rgb: picture.into_raw() }
}
