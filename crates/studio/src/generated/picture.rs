//! A stranger's picture becomes one of ours: decoded behind the wall that uploads are decoded behind, made no larger
//! than the film needs, encoded anew.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use likeness::Photo;
use policy::{Personal, kind, purpose};

use crate::{Error, Result, Studio, boxed};

/// More pixels than the frame has, as the camera moves in.
const LARGER: f64 = 1.1;
/// A picture this much smaller than the frame would be blurred.
const SMALLEST: f64 = 0.4;
const JPEG_QUALITY: u8 = 92;

/// The picture as it is kept until the shot is made, for a frame of this size.
#[boxed]
pub(super) async fn taken_in(
    studio: &Studio,
    picture: Personal<kind::Still, Vec<u8>>,
    frame: (u32, u32),
) -> Result<Vec<u8>> {
    let bytes = picture.into_for_purpose::<purpose::Films>();
    let photo = {
        let _place = studio.0.photo_places.acquire().await.map_err(Error::internal)?;
        let refused = |refused: intake::Refused| Error::refused("picture-refused", refused.code());
        studio.0.eyes.take_in(&bytes).await.map_err(refused)?.photo
    };
    tokio::task::spawn_blocking(move || fitted(photo, frame)).await.map_err(Error::internal)?
}

fn fitted(photo: Photo, (width, height): (u32, u32)) -> Result<Vec<u8>> {
    // What covers the frame.
    let scale = (f64::from(width) / f64::from(photo.width)).max(f64::from(height) / f64::from(photo.height));
    if scale > 1.0 / SMALLEST {
        return Err(Error::refused("picture-refused", "It is too small for the frame."));
    }
    let pixels = RgbImage::from_raw(photo.width, photo.height, photo.rgb)
        .ok_or_else(|| Error::internal("a picture whose pixels do not fit its size"))?;
    let scale = (scale * LARGER).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let pixels = match scale < 1.0 {
        true => resize(&pixels, side(photo.width), side(photo.height), FilterType::CatmullRom),
        false => pixels,
    };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .write_image(&pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgb8)
        .map_err(Error::internal)?;
    Ok(jpeg)
}

/// The pixels of a picture that was kept.
#[boxed]
pub(super) async fn reopened(jpeg: Vec<u8>) -> Result<Photo> {
    let opened = tokio::task::spawn_blocking(move || intake::reopen(&jpeg)).await.map_err(Error::internal)?;
    opened.map_err(|refused| Error::internal(refused.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(width: u32, height: u32) -> Photo {
        Photo::new(width, height, vec![90; (width * height * 3) as usize]).unwrap()
    }

    #[test]
    fn a_picture_is_made_no_larger_than_the_frame_needs() {
        let sides = |photo, frame| {
            let photo = intake::reopen(&fitted(photo, frame).unwrap()).unwrap();
            (photo.width, photo.height)
        };
        assert_eq!(sides(photo(2000, 2000), (320, 180)), (352, 352));
        assert_eq!(sides(photo(2000, 500), (320, 180)), (792, 198));
        assert_eq!(sides(photo(330, 190), (320, 180)), (330, 190), "never larger than it is");
        assert_eq!(fitted(photo(100, 100), (320, 180)).unwrap_err().code(), "picture-refused");
    }
}
