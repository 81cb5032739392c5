//! The one picture type that goes in: clean, upright pixels. Knows no file format.

/// An upright photo: sRGB, 8 bit, three bytes a pixel, rows from the top without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Photo {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 3` bytes, red first.
    pub rgb: Vec<u8>,
}

impl Photo {
    /// A photo from its pixels; `None` when the length does not fit the sides or a side is nought.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let fits = width > 0
            && height > 0
            && (width as usize).checked_mul(height as usize)?.checked_mul(3)? == rgb.len();
        fits.then_some(Self { width, height, rgb })
    }
}

impl std::fmt::Debug for Photo {
    /// Sides only: pixels never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Photo({}x{})", self.width, self.height)
    }
}
