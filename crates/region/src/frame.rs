//! Pictures as the coder holds them: planes of whole macroblocks, and one macroblock taken out of a picture.

/// A picture to be coded: a full plane of luma and two quarter planes of chroma, row by row without padding. Only the
/// macroblocks of the kind that is coded are looked at; the others may hold anything.
#[derive(Clone, Copy)]
pub struct I420<'a> {
    /// Width in pixels, even.
    pub width: usize,
    /// Height in pixels, even.
    pub height: usize,
    /// Luma, blue and red difference.
    pub planes: [&'a [u8]; 3],
}

/// One plane.
#[derive(Clone)]
pub(crate) struct Plane {
    pub data: Vec<u8>,
    pub width: usize,
    pub height: usize,
}

impl Plane {
    fn new(width: usize, height: usize) -> Self {
        Self { data: vec![128; width * height], width, height }
    }

    /// `N` samples of a row.
    #[inline]
    pub fn row<const N: usize>(&self, x: usize, y: usize) -> &[u8; N] {
        self.from(y * self.width + x)
    }

    /// `N` samples from a place in the data on.
    #[inline]
    pub fn from<const N: usize>(&self, at: usize) -> &[u8; N] {
        self.data[at..at + N].try_into().expect("a range of N")
    }

    /// `N` samples of a row, to be written.
    #[inline]
    pub fn row_mut<const N: usize>(&mut self, x: usize, y: usize) -> &mut [u8; N] {
        let at = y * self.width + x;
        (&mut self.data[at..at + N]).try_into().expect("a range of N")
    }

    /// One sample.
    #[inline]
    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.data[y * self.width + x]
    }
}

/// Three planes whose sides are whole macroblocks.
#[derive(Clone)]
pub(crate) struct Frame {
    pub planes: [Plane; 3],
}

impl Frame {
    /// A grey picture.
    pub fn new(across: usize, down: usize) -> Self {
        let chroma = Plane::new(across * 8, down * 8);
        Self { planes: [Plane::new(across * 16, down * 16), chroma.clone(), chroma] }
    }

    /// The part that is shown, as three planes without padding.
    pub fn shown(&self, width: usize, height: usize) -> [Vec<u8>; 3] {
        [0, 1, 2].map(|index| {
            let plane = &self.planes[index];
            let (width, height) = if index == 0 { (width, height) } else { (width / 2, height / 2) };
            plane.data.chunks(plane.width).take(height).flat_map(|row| &row[..width]).copied().collect()
        })
    }

    /// Takes over a macroblock.
    pub fn put(&mut self, samples: &Samples, column: usize, row: usize) {
        let [luma, chroma @ ..] = &mut self.planes;
        for (line, from) in samples.luma.chunks_exact(16).enumerate() {
            luma.row_mut::<16>(column * 16, row * 16 + line).copy_from_slice(from);
        }
        for (plane, from) in chroma.iter_mut().zip(&samples.chroma) {
            for (line, from) in from.chunks_exact(8).enumerate() {
                plane.row_mut::<8>(column * 8, row * 8 + line).copy_from_slice(from);
            }
        }
    }
}

/// The samples of one macroblock: luma, then both chromas, each row by row.
#[derive(Clone)]
pub(crate) struct Samples {
    pub luma: [u8; 256],
    pub chroma: [[u8; 64]; 2],
}

impl Samples {
    pub fn new() -> Self {
        Self { luma: [0; 256], chroma: [[0; 64]; 2] }
    }

    /// Takes a macroblock out of a picture; what lies past its border repeats it.
    pub fn take(&mut self, picture: &I420<'_>, column: usize, row: usize) {
        fetch::<16>(picture.planes[0], picture.width, picture.height, column, row, &mut self.luma);
        let (width, height) = (picture.width / 2, picture.height / 2);
        for (chroma, plane) in self.chroma.iter_mut().zip(&picture.planes[1..]) {
            fetch::<8>(plane, width, height, column, row, chroma);
        }
    }
}

fn fetch<const N: usize>(
    plane: &[u8],
    width: usize,
    height: usize,
    column: usize,
    row: usize,
    out: &mut [u8],
) {
    let x = column * N;
    for (line, out) in out.chunks_exact_mut(N).enumerate() {
        let from = &plane[(row * N + line).min(height - 1) * width..][..width];
        if x + N <= width {
            out.copy_from_slice(&from[x..x + N]);
        } else {
            for (at, out) in out.iter_mut().enumerate() {
                *out = from[(x + at).min(width - 1)];
            }
        }
    }
}
