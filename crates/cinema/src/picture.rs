//! Pictures in the encoder's form (planar YUV 4:2:0, BT.709, limited range) and
//! how like each other two of them are. Knows nothing of codecs.

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImage, YuvPlanarImageMut, YuvRange, YuvStandardMatrix,
    rgba_to_yuv420, yuv420_to_rgb,
};

/// How the numbers of a picture of somebody else stand for colours. Ours are BT.709, limited range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    /// Whether they go from 0 to 255.
    pub full_range: bool,
    /// Whether they are those of older, small pictures: BT.601 instead of BT.709.
    pub bt601: bool,
}

/// One picture: a full plane of luma, two quarter planes of chroma, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    planes: [Vec<u8>; 3],
}

impl Picture {
    /// A black picture. Sizes must be even.
    pub fn new(width: u32, height: u32) -> Self {
        let luma = (width * height) as usize;
        let chroma = (width.div_ceil(2) * height.div_ceil(2)) as usize;
        Self { width, height, planes: [vec![16; luma], vec![128; chroma], vec![128; chroma]] }
    }

    /// Builds a picture from planes with strides, as a decoder hands them out.
    pub(crate) fn from_planes(width: u32, height: u32, planes: [(&[u8], usize); 3]) -> Self {
        let mut picture = Self::new(width, height);
        for (index, (source, stride)) in planes.into_iter().enumerate() {
            let across = picture.stride(index);
            for (to, from) in picture.planes[index].chunks_exact_mut(across).zip(source.chunks(stride)) {
                to.copy_from_slice(&from[..across]);
            }
        }
        picture
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Luma and the two chroma planes, row by row.
    pub fn planes(&self) -> [&[u8]; 3] {
        [&self.planes[0], &self.planes[1], &self.planes[2]]
    }

    /// Bytes in a row of the plane.
    pub(crate) fn stride(&self, plane: usize) -> usize {
        if plane == 0 { self.width as usize } else { self.width.div_ceil(2) as usize }
    }

    /// Takes over an opaque RGBA picture of the same size (sRGB values, 8 bit).
    ///
    /// # Panics
    /// When `rgba` is not `width * height * 4` bytes.
    pub fn set_rgba(&mut self, rgba: &[u8]) {
        let [y, u, v] = &mut self.planes;
        let half = self.width.div_ceil(2);
        let mut image = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(y),
            y_stride: self.width,
            u_plane: BufferStoreMut::Borrowed(u),
            u_stride: half,
            v_plane: BufferStoreMut::Borrowed(v),
            v_stride: half,
            width: self.width,
            height: self.height,
        };
        rgba_to_yuv420(
            &mut image,
            rgba,
            self.width * 4,
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            YuvConversionMode::Balanced,
        )
        .expect("planes and pixels have the size of the picture");
    }

    /// Takes over another picture, laid at a place of even numbers, within this one.
    pub(crate) fn put(&mut self, other: &Self, x: u32, y: u32) {
        for plane in 0..3 {
            let shift = usize::from(plane > 0);
            let (x, y) = (x as usize >> shift, y as usize >> shift);
            let (across, own_across) = (other.stride(plane), self.stride(plane));
            let rows = self.planes[plane].chunks_exact_mut(own_across).skip(y);
            for (to, from) in rows.zip(other.planes[plane].chunks_exact(across)) {
                to[x..x + across].copy_from_slice(from);
            }
        }
    }

    /// The picture as RGB (sRGB values, 8 bit), row by row.
    pub fn to_rgb(&self, colours: Colours) -> Vec<u8> {
        let [y, u, v] = &self.planes;
        let half = self.width.div_ceil(2);
        let image = YuvPlanarImage {
            y_plane: y,
            y_stride: self.width,
            u_plane: u,
            u_stride: half,
            v_plane: v,
            v_stride: half,
            width: self.width,
            height: self.height,
        };
        let range = if colours.full_range { YuvRange::Full } else { YuvRange::Limited };
        let matrix = if colours.bt601 { YuvStandardMatrix::Bt601 } else { YuvStandardMatrix::Bt709 };
        let mut rgb = vec![0; self.width as usize * self.height as usize * 3];
        yuv420_to_rgb(&image, &mut rgb, self.width * 3, range, matrix)
            .expect("planes and pixels have the size of the picture");
        rgb
    }
}

/// Structural similarity of the luma of two pictures, 1 for equal ones.
///
/// Windows of 8 x 8 pixels at every fourth pixel and plain averages, as in
/// ffmpeg's `ssim` filter (after Wang et al., "Image quality assessment", 2004,
/// with the usual constants 0.01 and 0.03 for 8 bit).
///
/// # Panics
/// When the sizes differ or a side is under 8 pixels.
pub fn ssim(one: &Picture, other: &Picture) -> f64 {
    assert_eq!((one.width, one.height), (other.width, other.height), "sizes differ");
    let (across, down) = (one.width as usize / 4, one.height as usize / 4);
    assert!(across >= 2 && down >= 2, "too small");
    let stride = one.width as usize;
    let sums = |row: usize| -> Vec<[u32; 4]> {
        (0..across)
            .map(|column| {
                let mut sum = [0u32; 4];
                for y in row * 4..row * 4 + 4 {
                    let at = y * stride + column * 4;
                    let pixels = one.planes[0][at..at + 4].iter().zip(&other.planes[0][at..at + 4]);
                    for (a, b) in pixels {
                        let (a, b) = (u32::from(*a), u32::from(*b));
                        sum[0] += a;
                        sum[1] += b;
                        sum[2] += a * a + b * b;
                        sum[3] += a * b;
                    }
                }
                sum
            })
            .collect()
    };
    let mut total = 0.0;
    let mut above = sums(0);
    for row in 1..down {
        let below = sums(row);
        for column in 1..across {
            let of = |i: usize| {
                f64::from(above[column - 1][i] + above[column][i] + below[column - 1][i] + below[column][i])
            };
            total += window(of(0), of(1), of(2), of(3));
        }
        above = below;
    }
    total / ((across - 1) * (down - 1)) as f64
}

/// SSIM of one window of 64 pixels from its sums (a, b, a² + b², a·b).
fn window(a: f64, b: f64, squares: f64, product: f64) -> f64 {
    const C1: f64 = 0.01 * 0.01 * 255.0 * 255.0 * 64.0 * 64.0;
    const C2: f64 = 0.03 * 0.03 * 255.0 * 255.0 * 64.0 * 63.0;
    let variances = squares * 64.0 - a * a - b * b;
    let covariance = product * 64.0 - a * b;
    (2.0 * a * b + C1) * (2.0 * covariance + C2) / ((a * a + b * b + C1) * (variances + C2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(rgba: [u8; 4]) -> Picture {
        let mut picture = Picture::new(64, 32);
        picture.set_rgba(&rgba.repeat(64 * 32));
        picture
    }

    /// The values of BT.709, limited range, for the primaries.
    #[test]
    fn colours_are_bt709_limited() {
        for (rgb, expected) in [
            ([0, 0, 0, 255], [16, 128, 128]),
            ([255, 255, 255, 255], [235, 128, 128]),
            ([255, 0, 0, 255], [63, 102, 240]),
            ([0, 255, 0, 255], [173, 42, 26]),
            ([0, 0, 255, 255], [32, 240, 118]),
        ] {
            let picture = filled(rgb);
            for (plane, value) in picture.planes().into_iter().zip(expected) {
                let worst = plane.iter().map(|p| p.abs_diff(value)).max();
                assert!(worst <= Some(1), "{rgb:?}: {} instead of {value}", plane[0]);
            }
        }
    }

    #[test]
    fn colours_come_back() {
        let of = |full_range, bt601| Colours { full_range, bt601 };
        for rgb in [[0, 0, 0], [255, 255, 255], [200, 60, 30], [30, 60, 200]] {
            let picture = filled([rgb[0], rgb[1], rgb[2], 255]);
            let back = picture.to_rgb(of(false, false));
            assert_eq!(back.len(), 64 * 32 * 3);
            let worst =
                back.chunks_exact(3).flat_map(|pixel| (0..3).map(|c| pixel[c].abs_diff(rgb[c]))).max();
            assert!(worst <= Some(3), "{rgb:?}: {:?}", &back[..3]);
        }
        let grey = filled([90, 90, 90, 255]);
        assert!(grey.to_rgb(of(true, false))[0] > grey.to_rgb(of(false, false))[0]);
        let red = filled([200, 60, 30, 255]);
        assert_ne!(red.to_rgb(of(false, true))[1], red.to_rgb(of(false, false))[1]);
    }

    #[test]
    fn ssim_tells_equal_from_damaged() {
        let mut noise = 1u32;
        let mut random = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        };
        let rgba: Vec<u8> = (0..64 * 32 * 4).map(|_| random()).collect();
        let mut one = Picture::new(64, 32);
        one.set_rgba(&rgba);
        assert!((ssim(&one, &one) - 1.0).abs() < 1e-12);
        let flat = filled([128, 128, 128, 255]);
        assert!(ssim(&one, &flat) < 0.1);
        let mut near = one.clone();
        near.planes[0].iter_mut().for_each(|p| *p = p.saturating_add(1));
        assert!(ssim(&one, &near) > 0.99);
    }
}
