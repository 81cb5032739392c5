//! Files for the tests, good and hostile, made from nothing.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use std::io::Cursor;

/// A picture whose four quarters tell its orientation: red, green over blue, white.
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x * 2 < width, y * 2 < height) {
            (true, true) => [220, 20, 20],
            (false, true) => [20, 200, 20],
            (true, false) => [20, 20, 220],
            (false, false) => [245, 245, 245],
        })
    })
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 95)
        .write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .expect("encodes");
    out
}

pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("encodes");
    out.into_inner()
}

/// A segment with its marker put right behind the start of a JPEG.
pub fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    out.extend([0xFF, marker]);
    out.extend((body.len() as u16 + 2).to_be_bytes());
    out.extend(body);
    out.extend(&jpeg[2..]);
    out
}

/// An EXIF body with an orientation and a canary as its description.
pub fn exif(orientation: u16, canary: &[u8]) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
    tiff.extend([0x01, 0x0E, 0, 2]);
    tiff.extend((canary.len() as u32).to_be_bytes());
    tiff.extend(38u32.to_be_bytes());
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]);
    tiff.extend(orientation.to_be_bytes());
    tiff.extend([0, 0, 0, 0, 0, 0]);
    tiff.extend(canary);
    tiff
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |mut c, &b| {
        c ^= u32::from(b);
        for _ in 0..8 {
            c = if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 };
        }
        c
    })
}

pub fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut named = name.to_vec();
    named.extend(body);
    let mut out = (body.len() as u32).to_be_bytes().to_vec();
    out.extend(&named);
    out.extend(crc(&named).to_be_bytes());
    out
}

/// A PNG whose header declares these sides; its data are one stored byte.
pub fn png_declaring(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
    out.extend(chunk(b"IHDR", &header));
    out.extend(chunk(b"IDAT", &[0x78, 0x01, 1, 1, 0, 0xFE, 0xFF, 0, 0, 1, 0, 1]));
    out.extend(chunk(b"IEND", b""));
    out
}

/// A PNG with a colour profile of more than a gigabyte in it, of zeros, packed into some megabytes.
pub fn png_with_profile_bomb(picture: &RgbImage) -> Vec<u8> {
    const MATCHES: u32 = 4_700_000;
    // One block with the fixed codes, written from the lowest bit on: a zero, then 258 bytes like the one before, again
    // and again, then its end.
    let codes = [(0x03u32, 3u32), (0x0C, 8)].into_iter();
    let codes = codes.chain(std::iter::repeat_n((0xA3, 13), MATCHES as usize)).chain([(0, 7)]);
    let mut body = b"bomb\0\0\x78\x01".to_vec();
    let (mut held, mut bits) = (0u32, 0u32);
    for (code, length) in codes {
        held |= code << bits;
        bits += length;
        while bits >= 8 {
            body.push(held as u8);
            held >>= 8;
            bits -= 8;
        }
    }
    body.push(held as u8);
    // The sum of zeros: their number counts, they do not.
    let sum = (1 + 258 * MATCHES) % 65521;
    body.extend((sum << 16 | 1).to_be_bytes());
    let mut out = encoded(&DynamicImage::ImageRgb8(picture.clone()), ImageFormat::Png);
    // Behind the opening and the header.
    out.splice(33..33, chunk(b"iCCP", &body));
    out
}

/// A palette PNG of 100 x 100, left half one opaque colour, right half fully clear.
pub fn png_palette_with_alpha() -> Vec<u8> {
    let mut header = 100u32.to_be_bytes().to_vec();
    header.extend(100u32.to_be_bytes());
    header.extend([8, 3, 0, 0, 0]);
    let mut rows = Vec::new();
    for _ in 0..100 {
        rows.push(0);
        rows.extend((0..100).map(|x| u8::from(x >= 50)));
    }
    // One stored block of zlib.
    let mut data = vec![0x78, 0x01, 1];
    data.extend((rows.len() as u16).to_le_bytes());
    data.extend((!(rows.len() as u16)).to_le_bytes());
    data.extend(&rows);
    let (mut a, mut b) = (1u32, 0u32);
    for &v in &rows {
        a = (a + u32::from(v)) % 65521;
        b = (b + a) % 65521;
    }
    data.extend((b << 16 | a).to_be_bytes());
    let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
    out.extend(chunk(b"IHDR", &header));
    out.extend(chunk(b"PLTE", &[200, 30, 30, 0, 0, 0]));
    out.extend(chunk(b"tRNS", &[255, 0]));
    out.extend(chunk(b"IDAT", &data));
    out.extend(chunk(b"IEND", b""));
    out
}

/// A baseline JPEG of 64 x 64 with four components (CMYK as Adobe writes it, inverted), every
/// pixel the same: the smallest honest encoder, for flat colour only.
pub fn jpeg_cmyk(stored: [u8; 4]) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, body: &[u8]| {
        out.extend([0xFF, marker]);
        out.extend((body.len() as u16 + 2).to_be_bytes());
        out.extend(body);
    };
    segment(0xEE, b"Adobe\0\x64\0\0\0\0\0");
    let mut table = vec![0];
    table.extend([8u8; 64]);
    segment(0xDB, &table);
    let mut frame = vec![8, 0, 64, 0, 64, 4];
    (1..=4).for_each(|id| frame.extend([id, 0x11, 0]));
    segment(0xC0, &frame);
    // Codes of four bits for the twelve sizes of a difference; one code (end of block) for the rest.
    let mut dc = vec![0x00, 0, 0, 0, 12];
    dc.extend([0; 12]);
    dc.extend(0..12u8);
    segment(0xC4, &dc);
    let mut ac = vec![0x10, 1];
    ac.extend([0; 15]);
    ac.push(0);
    segment(0xC4, &ac);
    segment(0xDA, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let mut bits = String::new();
    for block in 0..64 {
        for value in stored {
            // With a quantiser of 8 the mean of a block is its first coefficient.
            let difference = if block == 0 { i32::from(value) - 128 } else { 0 };
            let size = 32 - difference.unsigned_abs().leading_zeros();
            bits.push_str(&format!("{size:04b}"));
            if size > 0 {
                let code = if difference < 0 { difference + (1 << size) - 1 } else { difference };
                bits.push_str(&format!("{code:0width$b}", width = size as usize));
            }
            bits.push('0');
        }
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0u8, |b, &c| b << 1 | (c - b'0'));
        out.push(byte);
        if byte == 0xFF {
            out.push(0);
        }
    }
    out.extend([0xFF, 0xD9]);
    out
}

/// An animated WebP: the given pictures one after the other.
pub fn webp_animated(pictures: &[RgbImage]) -> Vec<u8> {
    let three = |v: u32| v.to_le_bytes()[..3].to_vec();
    let part = |name: &[u8; 4], body: &[u8]| {
        let mut out = name.to_vec();
        out.extend((body.len() as u32).to_le_bytes());
        out.extend(body);
        if !body.len().is_multiple_of(2) {
            out.push(0);
        }
        out
    };
    let (w, h) = pictures[0].dimensions();
    let mut canvas = vec![0x02, 0, 0, 0];
    canvas.extend(three(w - 1));
    canvas.extend(three(h - 1));
    let mut body = b"WEBP".to_vec();
    body.extend(part(b"VP8X", &canvas));
    body.extend(part(b"ANIM", &[255, 255, 255, 255, 0, 0]));
    for picture in pictures {
        let still = encoded(&DynamicImage::ImageRgb8(picture.clone()), ImageFormat::WebP);
        let mut frame = vec![0; 6];
        frame.extend(three(w - 1));
        frame.extend(three(h - 1));
        frame.extend(three(100));
        frame.push(0);
        frame.extend(&still[12..]);
        body.extend(part(b"ANMF", &frame));
    }
    part(b"RIFF", &body)
}
