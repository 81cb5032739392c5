//! What a rendition is encoded with. Only size, rate, quality and effort: the rest is the same for every film. The quick
//! encoder's lives in `codec`; the profile and the colours in `region`'s `Stream`, the order of pictures in its `roles`.

pub use region::Effort;

/// Time units in one frame, in every video track: the timescale is `fps * TICKS`,
/// so that a frame is a whole number of units whatever the frame rate.
pub const TICKS_PER_FRAME: u32 = 1000;

/// Size, rate and quality of one rendition of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settings {
    /// Width in pixels, even, at most 3840.
    pub width: u32,
    /// Height in pixels, even, at most 2160.
    pub height: u32,
    /// Whole frames a second, 1 to 60.
    pub fps: u32,
    /// Quantiser of all pictures, 1 (best) to [`region::Quality::QP_MAX`].
    pub quantiser: u8,
    /// Work spent on a smaller file.
    pub effort: Effort,
}

impl Settings {
    /// The settings for a personal shot of the given size and rate.
    pub fn new(width: u32, height: u32, fps: u32) -> Self {
        Self { width, height, fps, quantiser: DEFAULT_QUANTISER, effort: Effort::Fast }
    }

    /// The same rendition with the effort given.
    pub fn with_effort(self, effort: Effort) -> Self {
        Self { effort, ..self }
    }

    /// The stream that its shots are slices of.
    pub(crate) fn stream(&self) -> region::Stream {
        region::Stream { width: self.width, height: self.height, fps: self.fps, level: self.level() }
    }

    /// Units of time in a second in the video track.
    pub fn timescale(&self) -> u32 {
        self.fps * TICKS_PER_FRAME
    }

    /// What a player must be ready for, in bits a second: far above the mean, as a
    /// shot's first picture is large and shots are not made yet when it is stated.
    pub fn peak_bits_per_second(&self) -> u32 {
        self.width * self.height / 5 * self.fps
    }

    /// The H.264 level that the size and rate need (Rec. ITU-T H.264, table A-1:
    /// macroblocks a second and a frame), as `level_idc`. Never one below 4: that allows 170
    /// slices in a picture at 24 a second (table A-4), and every player of this decade has it.
    pub fn level(&self) -> u8 {
        let frame = self.width.div_ceil(16) * self.height.div_ceil(16);
        let second = frame * self.fps;
        LEVELS
            .iter()
            .find(|(_, per_second, per_frame)| second <= *per_second && frame <= *per_frame)
            .map_or(52, |(level, ..)| *level)
    }
}

/// Reaches the bar for picture quality (SSIM 0.987) on the drawn films, at about 1.9 Mbit/s.
const DEFAULT_QUANTISER: u8 = 26;

/// Macroblocks a second that players of every level used must be ready for.
pub(crate) const MACROBLOCKS_A_SECOND: u32 = 245_760;

const LEVELS: [(u8, u32, u32); 4] =
    [(40, MACROBLOCKS_A_SECOND, 8_192), (42, 522_240, 8_704), (50, 589_824, 22_080), (51, 983_040, 36_864)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_size_and_rate() {
        assert_eq!(Settings::new(640, 360, 24).level(), 40);
        assert_eq!(Settings::new(1920, 1080, 24).level(), 40);
        assert_eq!(Settings::new(1920, 1080, 60).level(), 42);
        assert_eq!(Settings::new(3840, 2160, 24).level(), 51);
    }
}
