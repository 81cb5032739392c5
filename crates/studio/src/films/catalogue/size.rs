//! A film in one size: how it is encoded, and what the segments of that size begin with. Knows nothing of whose film it
//! is, nor which of its shots are there.

use bytes::Bytes;
use cinema::{ParameterSets, Settings, ShotError};
use film::{FilmInfo, Rendition};

/// A film in one size.
pub struct Variant {
    /// Nothing: the size that the film is made for, and that everybody gets first.
    height: Option<u32>,
    settings: Settings,
    sets: ParameterSets,
    init: Bytes,
}

impl Variant {
    /// In the size that the film is made for.
    pub(super) fn own(info: &FilmInfo) -> Result<Self, ShotError> {
        Self::new(None, Settings::new(info.width, info.height, info.fps))
    }

    /// So many pixels high, and as wide as an even number comes near the film's own shape.
    pub(super) fn high(info: &FilmInfo, height: u32) -> Result<Self, ShotError> {
        let [across, up, height_here] = [info.width, info.height, height].map(u64::from);
        let width = (across * height_here + up) / (2 * up) * 2;
        Self::new(Some(height), Settings::new(u32::try_from(width).unwrap_or(u32::MAX), height, info.fps))
    }

    fn new(height: Option<u32>, settings: Settings) -> Result<Self, ShotError> {
        let (sets, init) = (ParameterSets::of(&settings)?, cinema::init_segment(&settings)?.into());
        Ok(Self { height, settings, sets, init })
    }

    /// Its height, where it is not the size that the film is made for.
    pub fn height(&self) -> Option<u32> {
        self.height
    }

    /// Its size in pixels.
    pub fn rendition(&self) -> Rendition {
        Rendition { width: self.settings.width, height: self.settings.height }
    }

    /// How its shots are encoded: the settings of those that somebody waits for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn sets(&self) -> &ParameterSets {
        &self.sets
    }

    pub(crate) fn init(&self) -> &Bytes {
        &self.init
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::films::testing::catalogue_in;

    #[test]
    fn other_sizes_are_even_and_of_the_films_shape() {
        let films = catalogue_in(&[90, 180, 120]);
        let show = films.show("tiny").unwrap();
        let sizes: Vec<_> = show.variants().map(|variant| (variant.height(), variant.rendition())).collect();
        let size = |width, height| Rendition { width, height };
        // Its own size comes first and once.
        let expected = [(None, size(320, 180)), (Some(90), size(160, 90)), (Some(120), size(214, 120))];
        assert_eq!(sizes, expected);
        let info = FilmInfo { width: 1280, height: 720, ..show.film().info().clone() };
        for (height, width) in [(480, 854), (1080, 1920)] {
            let variant = Variant::high(&info, height).unwrap();
            assert_eq!(variant.rendition(), size(width, height));
        }
        assert!(Variant::high(&info, 481).is_err(), "the encoder takes even sides alone");
    }
}
