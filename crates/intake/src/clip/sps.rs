//! What a sequence parameter set says before anything is decoded (Rec. ITU-T H.264, 7.3.2.1.1): the sides of the pictures,
//! as the decoder makes room for them, and their colours.

use cinema::Colours;

use super::{CLIP_SIDE_MAX, ClipRefused, PIXELS_MAX, SIDE_MIN};

/// `chroma_format_idc` and what follows it stand in these profiles alone.
const WITH_CHROMA: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// "Extended_SAR" in table E-1.
const OWN_ASPECT: u32 = 255;
/// Matrices of table E-5 that stand for BT.601, and the one for "unspecified".
const BT601: [u32; 2] = [5, 6];
const UNSPECIFIED: u32 = 2;

/// What of it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Sides of a picture as it is shown.
    pub width: u32,
    pub height: u32,
    pub colours: Colours,
}

/// Reads the unit, its header of one byte included.
pub(super) fn read(unit: &[u8]) -> Result<Sequence, ClipRefused> {
    let plain = without_emulation(unit.get(1..).unwrap_or_default());
    let mut bits = Bits { bytes: &plain, at: 0 };
    let profile = bits.number(8)?;
    // Constraints, level.
    bits.number(16)?;
    bits.unsigned()?;
    if WITH_CHROMA.contains(&profile) {
        let (sampling, luma, chroma) = (bits.unsigned()?, bits.unsigned()?, bits.unsigned()?);
        if (sampling, luma, chroma) != (1, 0, 0) {
            return Err(ClipRefused::OtherCodec);
        }
        bits.flag()?;
        if bits.flag()? {
            for list in 0..8 {
                if bits.flag()? {
                    bits.scaling_list(if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.unsigned()?;
    match bits.unsigned()? {
        0 => {
            bits.unsigned()?;
        }
        1 => {
            bits.flag()?;
            bits.signed()?;
            bits.signed()?;
            for _ in 0..bits.unsigned()?.min(256) {
                bits.signed()?;
            }
        }
        _ => {}
    }
    bits.unsigned()?;
    bits.flag()?;
    let blocks = [bits.unsigned()?, bits.unsigned()?].map(|less_one| less_one.saturating_add(1));
    let [across, down] = blocks.map(|blocks| blocks.saturating_mul(16));
    // The whole blocks, as that is what room is made for.
    if across.max(down) > CLIP_SIDE_MAX || across * down > PIXELS_MAX {
        return Err(ClipRefused::Sides);
    }
    let whole_frames = bits.flag()?;
    if !whole_frames {
        return Err(ClipRefused::OtherCodec);
    }
    bits.flag()?;
    let mut cut = [0; 4];
    if bits.flag()? {
        for side in &mut cut {
            *side = bits.unsigned()?.saturating_mul(2);
        }
    }
    let [left, right, top, bottom] = cut;
    let width = across.checked_sub(left.saturating_add(right)).ok_or(ClipRefused::Damaged)?;
    let height = down.checked_sub(top.saturating_add(bottom)).ok_or(ClipRefused::Damaged)?;
    if width.min(height) < SIDE_MIN {
        return Err(ClipRefused::Sides);
    }
    let (full_range, matrix) = match bits.flag()? {
        true => colours(&mut bits)?,
        false => (false, UNSPECIFIED),
    };
    // Where nothing is said, small pictures are those of old.
    let bt601 = BT601.contains(&matrix)
        || matrix == UNSPECIFIED && width.max(height) < 1280 && width.min(height) < 720;
    Ok(Sequence { width, height, colours: Colours { full_range, bt601 } })
}

/// The beginning of the "video usability information": whether the full range is used, and which matrix.
fn colours(bits: &mut Bits<'_>) -> Result<(bool, u32), ClipRefused> {
    if bits.flag()? && bits.number(8)? == OWN_ASPECT {
        bits.number(32)?;
    }
    if bits.flag()? {
        bits.flag()?;
    }
    if !bits.flag()? {
        return Ok((false, UNSPECIFIED));
    }
    bits.number(3)?;
    let full_range = bits.flag()?;
    let matrix = match bits.flag()? {
        true => {
            bits.number(16)?;
            bits.number(8)?
        }
        false => UNSPECIFIED,
    };
    Ok((full_range, matrix))
}

/// Without the bytes that keep start codes out of a unit.
fn without_emulation(unit: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        plain.push(byte);
    }
    plain
}

struct Bits<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl Bits<'_> {
    fn flag(&mut self) -> Result<bool, ClipRefused> {
        let byte = self.bytes.get(self.at / 8).ok_or(ClipRefused::Damaged)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    fn number(&mut self, bits: u32) -> Result<u32, ClipRefused> {
        (0..bits).try_fold(0_u32, |number, _| Ok(number << 1 | u32::from(self.flag()?)))
    }

    /// ue(v): as many bits after the first one as zeros before it.
    fn unsigned(&mut self) -> Result<u32, ClipRefused> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return Err(ClipRefused::Damaged);
            }
        }
        Ok((1 << zeros) - 1 + self.number(zeros)?)
    }

    /// se(v): 0, 1, -1, 2, -2 …
    fn signed(&mut self) -> Result<i64, ClipRefused> {
        let number = i64::from(self.unsigned()?);
        Ok(if number % 2 == 0 { -(number / 2) } else { number / 2 + 1 })
    }

    fn scaling_list(&mut self, length: u32) -> Result<(), ClipRefused> {
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..length {
            if next != 0 {
                next = (last + self.signed()?).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cinema::{ParameterSets, Settings};

    #[test]
    fn the_sets_of_our_own_films_are_read() {
        for (width, height) in [(320, 180), (1280, 720), (640, 362)] {
            let sets = ParameterSets::of(&Settings::new(width, height, 24)).unwrap();
            let found = read(&sets.sequence).unwrap();
            let colours = Colours { full_range: false, bt601: false };
            assert_eq!(found, Sequence { width, height, colours });
        }
        let large = ParameterSets::of(&Settings::new(3840, 2160, 24)).unwrap();
        assert_eq!(read(&large.sequence), Err(ClipRefused::Sides));
    }

    #[test]
    fn nothing_makes_it_fall_over() {
        let sets = ParameterSets::of(&Settings::new(320, 180, 24)).unwrap();
        for length in 0..sets.sequence.len() {
            let _ = read(&sets.sequence[..length]);
            for bit in 0..8 {
                let mut damaged = sets.sequence.clone();
                damaged[length] ^= 1 << bit;
                let _ = read(&damaged);
            }
        }
        assert_eq!(read(&[]), Err(ClipRefused::Damaged));
        assert_eq!(read(&[0x67, 66, 0, 30, 0, 0, 0, 0, 0, 0, 0]), Err(ClipRefused::Damaged));
        assert!(read(&[0xff; 64]).is_err());
    }
}
