//! What a file is and how large its picture, from its first bytes: never from its name, and
//! without decoding. A handful of comparisons on a slice, so it may run anywhere.

use crate::Refused;

/// Largest upload taken, in bytes (25 MB).
pub const BYTES_MAX: usize = 25 * 1024 * 1024;
/// Most pixels taken, in millions.
pub const MEGAPIXELS_MAX: u32 = 50;
/// Longest side taken, in pixels.
pub const SIDE_MAX: u32 = 30_000;
/// Shortest side taken, in pixels: less holds no face.
pub const SIDE_MIN: u32 = 64;

/// A type of picture that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless; of an animation the first picture.
    WebP,
}

const SAVE_AS_JPEG: &str = "Please save it as a JPEG and choose that file.";

/// The type of an upload by its content. Refuses what is empty, too large, another type (named),
/// cut short, or declares more pixels than allowed.
pub fn sniff(bytes: &[u8]) -> Result<Kind, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > BYTES_MAX {
        return Err(Refused::TooLarge { limit_mb: (BYTES_MAX / (1024 * 1024)) as u32 });
    }
    let kind = kind(bytes)?;
    let sides = match kind {
        Kind::Jpeg => jpeg_sides(bytes)?,
        Kind::Png => png_sides(bytes)?,
        Kind::WebP => webp_sides(bytes)?,
    };
    check_sides(sides.0, sides.1)?;
    Ok(kind)
}

/// Whether a picture of these sides is taken.
pub fn check_sides(width: u32, height: u32) -> Result<(), Refused> {
    let pixels = u64::from(width) * u64::from(height);
    let limit = u64::from(MEGAPIXELS_MAX) * 1_000_000;
    if pixels > limit || width.max(height) > SIDE_MAX {
        let megapixels = pixels.div_ceil(1_000_000);
        return Err(Refused::TooManyPixels { megapixels, limit: MEGAPIXELS_MAX });
    }
    if width.min(height) < SIDE_MIN {
        return Err(Refused::TooSmall);
    }
    Ok(())
}

fn kind(bytes: &[u8]) -> Result<Kind, Refused> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if starts(b"\xFF\xD8\xFF") {
        return Ok(Kind::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1A\n") {
        return Ok(Kind::Png);
    }
    if starts(b"RIFF") && at(8, b"WEBP") {
        return Ok(Kind::WebP);
    }
    let unsupported = |article_and_name, advice| Err(Refused::UnsupportedType { article_and_name, advice });
    if at(4, b"ftyp") {
        // The major brand, or the first compatible one where the major one says nothing.
        let brands: Vec<&[u8]> = bytes.get(8..64.min(bytes.len())).unwrap_or_default().chunks(4).collect();
        let is = |names: &[&[u8]]| brands.iter().any(|b| names.contains(b));
        if is(&[b"avif", b"avis"]) {
            return unsupported("an AVIF picture", SAVE_AS_JPEG);
        }
        if is(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
            return unsupported(
                "a HEIC photo, the format of newer iPhones, which we cannot read yet",
                "On the iPhone, open Settings, Camera, Formats and choose “Most Compatible”, or share the \
                 photo by mail, which turns it into a JPEG.",
            );
        }
        if is(&[b"crx "]) {
            return unsupported("a raw camera file", SAVE_AS_JPEG);
        }
        return unsupported("a video", "Please choose a photo, or a still picture of the video.");
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return unsupported(
            "a GIF, which has too few colours for a face",
            "Please choose the original photo.",
        );
    }
    if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") || starts(b"IIRO") {
        return unsupported("a TIFF picture or a raw camera file", SAVE_AS_JPEG);
    }
    if starts(b"BM") && at(6, &[0, 0, 0, 0]) {
        return unsupported("a BMP picture", SAVE_AS_JPEG);
    }
    if starts(b"\xFF\x0A") || starts(b"\0\0\0\x0CJXL \r\n\x87\n") {
        return unsupported("a JPEG XL picture", SAVE_AS_JPEG);
    }
    if starts(b"\0\0\0\x0CjP  ") || starts(b"\xFF\x4F\xFF\x51") {
        return unsupported("a JPEG 2000 picture", SAVE_AS_JPEG);
    }
    if starts(b"8BPS") {
        return unsupported("a Photoshop file", SAVE_AS_JPEG);
    }
    if starts(b"\0\0\x01\0") {
        return unsupported("an icon", "Please choose a photo.");
    }
    if starts(b"%PDF") {
        return unsupported("a PDF document", "Please choose the photo itself.");
    }
    if starts(b"PK\x03\x04") || starts(b"Rar!") || starts(b"7z\xBC\xAF") || starts(b"\x1F\x8B") {
        return unsupported("an archive", "Please unpack it and choose the photo inside.");
    }
    if starts(b"\x1A\x45\xDF\xA3") || starts(b"RIFF") && at(8, b"AVI ") {
        return unsupported("a video", "Please choose a photo, or a still picture of the video.");
    }
    let head = &bytes[..bytes.len().min(4096)];
    if contains(head, b"<svg") {
        return unsupported("an SVG drawing", "Please choose a photo.");
    }
    Err(Refused::NotAPicture)
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle))
}

fn png_sides(bytes: &[u8]) -> Result<(u32, u32), Refused> {
    let number = |at: usize| {
        let four: Option<[u8; 4]> = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
        four.map(u32::from_be_bytes).ok_or(Refused::Truncated)
    };
    if bytes.get(12..16).ok_or(Refused::Truncated)? != b"IHDR" {
        return Err(Refused::Damaged);
    }
    Ok((number(16)?, number(20)?))
}

/// Walks the segments of a JPEG to the end-of-image marker. Decoders fill what is missing with
/// grey; a face half grey is worth a word instead.
fn jpeg_sides(bytes: &[u8]) -> Result<(u32, u32), Refused> {
    let mut sides = None;
    let mut at = 2;
    loop {
        // A marker: FF, any number of fill bytes FF, a code.
        let mut code = *bytes.get(at).ok_or(Refused::Truncated)?;
        if code != 0xFF {
            return Err(Refused::Damaged);
        }
        while code == 0xFF {
            at += 1;
            code = *bytes.get(at).ok_or(Refused::Truncated)?;
        }
        at += 1;
        match code {
            0xD9 => return sides.ok_or(Refused::Damaged),
            0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let segment = bytes.get(at..).ok_or(Refused::Truncated)?;
        let length =
            usize::from(u16::from_be_bytes(segment.first_chunk().copied().ok_or(Refused::Truncated)?));
        if length < 2 {
            return Err(Refused::Damaged);
        }
        if matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC) {
            let [_, _, _, h1, h0, w1, w0] = *segment.first_chunk().ok_or(Refused::Truncated)?;
            let found = (u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0])));
            sides.get_or_insert(found);
        }
        at += length;
        if code == 0xDA {
            // The scan: up to the next marker that is neither a stuffed byte nor a restart.
            loop {
                let rest = bytes.get(at..).ok_or(Refused::Truncated)?;
                at += rest.iter().position(|&b| b == 0xFF).ok_or(Refused::Truncated)?;
                match bytes.get(at + 1).ok_or(Refused::Truncated)? {
                    0x00 | 0xD0..=0xD7 => at += 2,
                    0xFF => at += 1,
                    _ => break,
                }
            }
        }
    }
}

fn webp_sides(bytes: &[u8]) -> Result<(u32, u32), Refused> {
    let declared: [u8; 4] = bytes.get(4..8).and_then(|b| b.try_into().ok()).ok_or(Refused::Truncated)?;
    if (u32::from_le_bytes(declared) as usize).saturating_add(8) > bytes.len() + 1 {
        return Err(Refused::Truncated);
    }
    let byte = |at: usize| bytes.get(at).map(|&b| u32::from(b)).ok_or(Refused::Truncated);
    match bytes.get(12..16).ok_or(Refused::Truncated)? {
        b"VP8X" => {
            let side =
                |at: usize| Ok::<u32, Refused>((byte(at)? | byte(at + 1)? << 8 | byte(at + 2)? << 16) + 1);
            Ok((side(24)?, side(27)?))
        }
        b"VP8L" => {
            let bits = byte(21)? | byte(22)? << 8 | byte(23)? << 16 | byte(24)? << 24;
            Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8 " => {
            let side = |at: usize| Ok::<u32, Refused>((byte(at)? | byte(at + 1)? << 8) & 0x3FFF);
            Ok((side(26)?, side(28)?))
        }
        _ => Err(Refused::Damaged),
    }
}
