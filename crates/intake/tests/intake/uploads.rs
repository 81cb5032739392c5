//! Uploads of all kinds through the real decoding process: accepted upright and clean, or refused
//! in words.

use crate::make;
use image::{DynamicImage, ImageFormat, RgbImage};
use intake::{Accepted, Intake, Refused};

fn intake() -> Intake {
    Intake::with_program(env!("CARGO_BIN_EXE_intake-child"))
}

async fn accepted(bytes: &[u8]) -> Accepted {
    let accepted = intake().accept(bytes).await.unwrap_or_else(|e| panic!("{} {e:?}", e.code()));
    let photo = &accepted.photo;
    assert_eq!(photo.rgb.len(), photo.width as usize * photo.height as usize * 3);
    let again = image::load_from_memory_with_format(&accepted.jpeg, ImageFormat::Jpeg).expect("a sound JPEG");
    assert_eq!((again.width(), again.height()), (photo.width, photo.height));
    accepted
}

async fn refused(bytes: &[u8]) -> Refused {
    let refused = intake().accept(bytes).await.expect_err("refused");
    assert!(!refused.is_our_fault(), "{refused:?}");
    let sentence = refused.to_string();
    assert!(sentence.ends_with('.') && sentence.len() > 30, "{sentence}");
    refused
}

fn pixel(accepted: &Accepted, u: f32, v: f32) -> [u8; 3] {
    let photo = &accepted.photo;
    let (x, y) = ((u * photo.width as f32) as usize, (v * photo.height as f32) as usize);
    let i = (y * photo.width as usize + x) * 3;
    [photo.rgb[i], photo.rgb[i + 1], photo.rgb[i + 2]]
}

#[track_caller]
fn near(found: [u8; 3], wanted: [u8; 3], off: i32) {
    let far = (0..3).map(|c| (i32::from(found[c]) - i32::from(wanted[c])).abs()).max().unwrap_or(0);
    assert!(far <= off, "{found:?} instead of {wanted:?}");
}

#[track_caller]
fn is_quarters(accepted: &Accepted) {
    near(pixel(accepted, 0.25, 0.25), [220, 20, 20], 6);
    near(pixel(accepted, 0.75, 0.25), [20, 200, 20], 6);
    near(pixel(accepted, 0.25, 0.75), [20, 20, 220], 6);
    near(pixel(accepted, 0.75, 0.75), [245, 245, 245], 6);
}

#[tokio::test]
async fn jpeg_png_and_webp_are_taken() {
    let picture = make::quarters(200, 120);
    let all = DynamicImage::ImageRgb8(picture.clone());
    let files = [
        make::jpeg(&picture),
        make::encoded(&all, ImageFormat::Png),
        make::encoded(&all, ImageFormat::WebP),
        make::encoded(&DynamicImage::ImageRgb16(all.to_rgb16()), ImageFormat::Png),
    ];
    for bytes in files {
        let accepted = accepted(&bytes).await;
        assert_eq!((accepted.photo.width, accepted.photo.height), (200, 120));
        is_quarters(&accepted);
    }
}

#[tokio::test]
async fn grey_clear_and_palette_become_plain_colours() {
    let grey = DynamicImage::ImageRgb8(make::quarters(100, 100));
    let grey8 = accepted(&make::encoded(&DynamicImage::ImageLuma8(grey.to_luma8()), ImageFormat::Png)).await;
    let grey16 =
        accepted(&make::encoded(&DynamicImage::ImageLuma16(grey.to_luma16()), ImageFormat::Png)).await;
    for a in [grey8, grey16] {
        let [r, g, b] = pixel(&a, 0.75, 0.75);
        assert!(r == g && g == b && r.abs_diff(245) < 3);
    }
    let mut clear = grey.to_rgba8();
    clear.pixels_mut().for_each(|p| p.0[3] = 0);
    near(
        pixel(&accepted(&make::encoded(&DynamicImage::ImageRgba8(clear), ImageFormat::Png)).await, 0.2, 0.2),
        [255; 3],
        0,
    );
    let palette = accepted(&make::png_palette_with_alpha()).await;
    near(pixel(&palette, 0.25, 0.5), [200, 30, 30], 0);
    near(pixel(&palette, 0.75, 0.5), [255, 255, 255], 0);
}

#[tokio::test]
async fn a_cmyk_jpeg_becomes_rgb() {
    // Adobe stores inverted ink: full cyan is 0 in the first component.
    let cyan = accepted(&make::jpeg_cmyk([0, 255, 255, 255])).await;
    let [r, g, b] = pixel(&cyan, 0.5, 0.5);
    assert!(r < 60 && g > 150 && b > 150, "{:?}", [r, g, b]);
    let white = accepted(&make::jpeg_cmyk([255, 255, 255, 255])).await;
    near(pixel(&white, 0.5, 0.5), [255; 3], 12);
    let black = accepted(&make::jpeg_cmyk([255, 255, 255, 0])).await;
    near(pixel(&black, 0.5, 0.5), [0; 3], 12);
}

#[tokio::test]
async fn every_exif_orientation_comes_out_upright() {
    let upright = make::quarters(160, 96);
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    // What the camera stored, so that the orientation makes it upright again.
    let stored = [
        (1, upright.clone()),
        (2, flip_horizontal(&upright)),
        (3, rotate180(&upright)),
        (4, flip_vertical(&upright)),
        (5, rotate270(&flip_horizontal(&upright))),
        (6, rotate270(&upright)),
        (7, rotate90(&flip_horizontal(&upright))),
        (8, rotate90(&upright)),
    ];
    for (orientation, picture) in stored {
        let bytes = make::with_segment(&make::jpeg(&picture), 0xE1, &make::exif(orientation, b"x\0"));
        let accepted = accepted(&bytes).await;
        assert_eq!((accepted.photo.width, accepted.photo.height), (160, 96), "orientation {orientation}");
        is_quarters(&accepted);
    }
    // An orientation that does not exist changes nothing.
    let bytes = make::with_segment(&make::jpeg(&upright), 0xE1, &make::exif(99, b"x\0"));
    is_quarters(&accepted(&bytes).await);
}

#[tokio::test]
async fn no_byte_of_metadata_comes_through() {
    const CANARY: &[u8] = b"CANARY-54.3210N-secret\0";
    let mut bytes = make::jpeg(&make::quarters(128, 128));
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>".as_slice(), CANARY].concat();
    let profile = [b"ICC_PROFILE\0\x01\x01".as_slice(), CANARY, &[0; 200]].concat();
    for (marker, body) in [
        (0xE1, make::exif(1, CANARY)),
        (0xE1, xmp),
        (0xE2, profile),
        (0xED, CANARY.to_vec()),
        (0xFE, CANARY.to_vec()),
    ] {
        bytes = make::with_segment(&bytes, marker, &body);
    }
    bytes.extend(CANARY);
    let out = accepted(&bytes).await;
    assert!(!out.jpeg.windows(6).any(|w| w == b"CANARY"));
    // Only what a plain JPEG needs: JFIF, tables, frame, scan.
    let mut at = 2;
    while out.jpeg[at + 1] != 0xDA {
        let marker = out.jpeg[at + 1];
        assert!(matches!(marker, 0xE0 | 0xDB | 0xC0 | 0xC4), "marker {marker:x}");
        at += 2 + usize::from(u16::from_be_bytes([out.jpeg[at + 2], out.jpeg[at + 3]]));
    }

    let mut png = make::encoded(&DynamicImage::ImageRgb8(make::quarters(128, 128)), ImageFormat::Png);
    let end = png.len() - 12;
    png.splice(end..end, make::chunk(b"tEXt", CANARY));
    assert!(!accepted(&png).await.jpeg.windows(6).any(|w| w == b"CANARY"));
}

#[tokio::test]
async fn a_wide_colour_profile_is_brought_to_srgb() {
    let flat = RgbImage::from_pixel(96, 96, image::Rgb([60, 200, 60]));
    let profile = moxcms::ColorProfile::new_display_p3().encode().expect("a profile");
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    image::ImageEncoder::set_icc_profile(&mut encoder, profile).expect("taken");
    image::ImageEncoder::write_image(encoder, flat.as_raw(), 96, 96, image::ExtendedColorType::Rgb8)
        .expect("encodes");
    let [r, g, b] = pixel(&accepted(&png).await, 0.5, 0.5);
    // The same numbers mean a stronger green in Display P3.
    assert!(r < 40 && g >= 200 && b < 60, "{:?}", [r, g, b]);
}

#[tokio::test]
async fn polyglots_lose_their_second_nature() {
    let jpeg = make::jpeg(&make::quarters(128, 96));
    for tail in [b"PK\x03\x04evil.zip".as_slice(), b"<html><script>alert(1)</script>", b"#!/bin/sh\nrm"] {
        let out = accepted(&[jpeg.as_slice(), tail].concat()).await;
        assert!(!out.jpeg.windows(tail.len()).any(|w| w == tail));
        is_quarters(&out);
    }
}

#[tokio::test]
async fn only_the_first_picture_of_an_animation_is_taken() {
    let second = RgbImage::from_pixel(120, 80, image::Rgb([0, 0, 0]));
    is_quarters(&accepted(&make::webp_animated(&[make::quarters(120, 80), second])).await);
}

#[tokio::test]
async fn other_types_are_named() {
    let cases: [(&[u8], &str); 12] = [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1", "AVIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "video"),
        (b"GIF89a\x10\0\x10\0\0\0\0", "GIF"),
        (b"II*\0\x08\0\0\0\0\0\0\0", "TIFF"),
        (b"%PDF-1.7\n", "PDF"),
        (
            b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "SVG",
        ),
        (b"<svg onload=alert(1)>", "SVG"),
        (b"PK\x03\x04\x14\0", "archive"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\xFF\x0A\0\0\0\0", "JPEG XL"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0", "BMP"),
    ];
    for (bytes, name) in cases {
        let refused = refused(bytes).await;
        assert_eq!(refused.code(), "unsupported-type", "{name}");
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    assert_eq!(refused(b"").await.code(), "empty");
    for bytes in [
        b"Dear diary, this is holiday.jpg".as_slice(),
        b"\xFF\xD8",
        b"\x89PN",
        b"RIFF\0\0\0\0WAVE",
        &[0; 5000],
    ] {
        assert_eq!(refused(bytes).await.code(), "not-a-picture");
    }
    let huge = vec![0xFFu8; intake::BYTES_MAX + 1];
    assert_eq!(refused(&huge).await.code(), "too-large");
}

#[tokio::test]
async fn bombs_are_refused_before_they_are_decoded() {
    for (w, h) in [(50_000, 50_000), (65_535, 800), (u32::MAX, u32::MAX), (8000, 7000)] {
        assert_eq!(refused(&make::png_declaring(w, h)).await.code(), "too-many-pixels", "{w}x{h}");
    }
    for (w, h) in [(0, 0), (1, 9000), (63, 63)] {
        assert_eq!(refused(&make::png_declaring(w, h)).await.code(), "picture-too-small", "{w}x{h}");
    }
    // A header within the limits and far too few data behind it.
    let code = refused(&make::png_declaring(7000, 7000)).await.code();
    assert!(["truncated", "damaged"].contains(&code), "{code}");
}

#[tokio::test]
async fn a_bomb_in_the_place_of_a_colour_profile_is_not_unpacked() {
    let png = make::png_with_profile_bomb(&make::quarters(200, 120));
    assert!(png.len() < intake::BYTES_MAX);
    // As with any profile that cannot be read, the picture is taken without it.
    is_quarters(&accepted(&png).await);
}

#[tokio::test]
async fn the_largest_picture_allowed_is_taken_and_made_smaller() {
    // 49 megapixels of one colour: a small file, a large picture.
    let blank = RgbImage::from_pixel(7000, 7000, image::Rgb([90, 120, 200]));
    let png = make::encoded(&DynamicImage::ImageRgb8(blank), ImageFormat::Png);
    assert!(png.len() < 2_000_000);
    let accepted = accepted(&png).await;
    assert_eq!((accepted.photo.width, accepted.photo.height), (4096, 4096));
    near(pixel(&accepted, 0.5, 0.5), [90, 120, 200], 0);
}

#[tokio::test]
async fn truncated_and_damaged_files_are_refused() {
    let picture = make::quarters(300, 200);
    let jpeg = make::jpeg(&picture);
    for share in [0.02, 0.3, 0.6, 0.99] {
        let cut = &jpeg[..(jpeg.len() as f64 * share) as usize];
        assert_eq!(refused(cut).await.code(), "truncated", "JPEG at {share}");
    }
    let all = DynamicImage::ImageRgb8(picture);
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let bytes = make::encoded(&all, format);
        let code = refused(&bytes[..bytes.len() * 6 / 10]).await.code();
        assert!(["truncated", "damaged"].contains(&code), "{format:?}: {code}");
    }
    let mut png = make::encoded(&all, ImageFormat::Png);
    let middle = png.len() / 2;
    png[middle..middle + 8].fill(0xA5);
    let code = refused(&png).await.code();
    assert!(["truncated", "damaged"].contains(&code), "{code}");
}

#[tokio::test]
async fn noise_behind_a_good_opening_never_harms() {
    let jpeg = make::jpeg(&make::quarters(128, 128));
    let mut state = 0x9E37_79B9u32;
    for round in 0..60 {
        let mut bytes = jpeg.clone();
        for _ in 0..1 + round / 4 {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let at = 2 + state as usize % (bytes.len() - 2);
            bytes[at] = (state >> 24) as u8;
        }
        match intake().accept(&bytes).await {
            Ok(accepted) => assert!(accepted.photo.width <= 4096),
            Err(refused) => assert!(!refused.is_our_fault(), "{refused:?}"),
        }
    }
}

#[test]
fn a_command_line_without_the_process_checks_the_same() {
    let accepted = intake::decode_here(&make::jpeg(&make::quarters(128, 128))).expect("accepted");
    is_quarters(&accepted);
    assert_eq!(intake::decode_here(b"GIF89a").expect_err("refused").code(), "unsupported-type");
    assert_eq!(intake::reopen(&accepted.jpeg).expect("our own").width, 128);
}
