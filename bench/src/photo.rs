//! From a photo of 12 megapixels to the cut-out: decoding, in a process of its own as with every upload, finding the
//! face, cutting it out. Loading the networks is counted apart: a worker does it once.

use std::io::Cursor;

use anyhow::Context;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{ImageReader, RgbImage};
use likeness::{Likeness, Photo};

use crate::clock;
use crate::figure::{Bar, Figure};
use crate::material;

/// How often it is done: enough that hundredths of a second of the other process tell something.
const ROUNDS: u32 = 5;

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let jpeg = large_jpeg()?;
    let (mut load, mut decode, mut faces, mut cut) = (0.0, 0.0, 0.0, 0.0);
    let on_process = |sum: &mut f64, start: f64| *sum += clock::process() - start;
    clock::forget_peak();
    let start = clock::process();
    let likeness = Likeness::embedded();
    on_process(&mut load, start);
    let peak = peak_in_one_process(&jpeg, &likeness)?;
    let before = clock::children()?;
    for _ in 0..ROUNDS {
        let start = clock::process();
        let photo = intake::decode_here(&jpeg)?.photo;
        on_process(&mut decode, start);
        let start = clock::process();
        let found = likeness.faces(&photo)?;
        on_process(&mut faces, start);
        let start = clock::process();
        let cut_out = likeness.cut_out(&photo, found.first().context("a face")?)?;
        on_process(&mut cut, start);
        drop(cut_out);
    }
    let apart = clock::children()? - before;
    decode += apart;
    let millis = |sum: f64| sum * 1000.0 / f64::from(ROUNDS);
    let mut figures = vec![
        Figure::new("networks load", load * 1000.0, "CPU ms, once a worker"),
        Figure::new("photo decode (12 MP JPEG)", millis(decode), "CPU ms"),
        Figure::new("photo decode, of it in the process of its own", millis(apart), "CPU ms"),
        Figure::new("photo find faces", millis(faces), "CPU ms"),
        Figure::new("photo cut out", millis(cut), "CPU ms"),
        Figure::new("photo to cut-out", millis(decode + faces + cut), "CPU ms").against(Bar::AtMost(400.0)),
    ];
    if let Some(peak) = peak {
        figures.push(Figure::new("photo to cut-out memory", peak, "MB").against(Bar::AtMost(300.0)));
    }
    Ok(figures)
}

/// Most memory in use at once, in megabytes, where all is done in this process: more than either of the two takes.
fn peak_in_one_process(jpeg: &[u8], likeness: &Likeness) -> anyhow::Result<Option<f64>> {
    let picture = ImageReader::new(Cursor::new(jpeg)).with_guessed_format()?.decode()?.to_rgb8();
    let photo = Photo::new(picture.width(), picture.height(), picture.into_raw()).context("a photo")?;
    let found = likeness.faces(&photo)?;
    likeness.cut_out(&photo, found.first().context("a face")?)?;
    Ok(clock::peak_megabytes())
}

/// A drawn child on a canvas of 4000 x 3000, as a camera would give it.
fn large_jpeg() -> anyhow::Result<Vec<u8>> {
    let photo = material::drawn_photo(0)?;
    let small = RgbImage::from_raw(photo.width, photo.height, photo.rgb).context("a picture")?;
    let large = resize(&small, 4000, 4000 * small.height() / small.width().max(1), FilterType::CatmullRom);
    let top = large.height().saturating_sub(3000) / 2;
    let large = image::imageops::crop_imm(&large, 0, top, 4000, 3000.min(large.height())).to_image();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&large)?;
    Ok(jpeg)
}
