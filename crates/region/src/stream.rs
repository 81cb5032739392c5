//! The parameter sets of a stream (Rec. ITU-T H.264, 7.3.2.1 and 7.3.2.2) and what they demand of slices. The set of the
//! sequence serves slices of another encoder as well, once they say where they stand ([`placed`]).

use crate::bits::{BitReader, BitWriter, payload, unit};

/// Why a slice of another encoder cannot stand beside our parameter sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit(pub &'static str);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a slice cannot stand beside ours: {}", self.0)
    }
}

impl std::error::Error for Unfit {}

/// A stream of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Pictures a second.
    pub fps: u32,
    /// `level_idc`.
    pub level: u8,
}

/// How many pictures others may build on at a time.
pub(crate) const REFERENCES: u32 = 4;
/// Pictures that are decoded before one that is shown earlier, at most.
const REORDERED: u32 = 3;
/// Length of the number of a picture among those that others build on: as the other encoder writes it.
pub(crate) const NUMBER_BITS: u32 = 15;
/// Length of the place in the order of showing: whole bytes, see [`placed`]; some decoders do not bear that it overflows.
pub(crate) const ORDER_BITS: u32 = 16;
/// The number of our set of the picture; the other encoder's has 0.
pub(crate) const PICTURE_SET: u32 = 1;
/// The quantiser that those of slices are told from.
pub(crate) const FIRST_QP: u8 = 26;
/// Width and height of this many bits at most, for vectors.
const VECTOR_BITS: u32 = 11;

impl Stream {
    /// The parameter sets of the sequence and of the picture, as bare units without start codes: pictures may build on later
    /// ones and use the transform of 8x8.
    pub fn sets(&self) -> [Vec<u8>; 2] {
        [unit(0x67, &self.sequence()), unit(0x68, &picture())]
    }

    /// Macroblocks in a row.
    pub fn across(&self) -> usize {
        self.width.div_ceil(16) as usize
    }

    /// Rows of macroblocks.
    pub fn down(&self) -> usize {
        self.height.div_ceil(16) as usize
    }

    fn sequence(&self) -> Vec<u8> {
        let mut out = BitWriter::default();
        out.bits(100, 8); // High
        out.bits(0, 8);
        out.bits(self.level.into(), 8);
        out.unsigned(0);
        out.unsigned(1); // 4:2:0
        out.unsigned(0); // of 8 bits
        out.unsigned(0);
        out.bits(0, 2);
        out.unsigned(NUMBER_BITS - 4);
        out.unsigned(0); // the order is written
        out.unsigned(ORDER_BITS - 4);
        out.unsigned(REFERENCES);
        out.flag(false);
        let (across, down) = (self.width.div_ceil(16), self.height.div_ceil(16));
        out.unsigned(across - 1);
        out.unsigned(down - 1);
        out.flag(true); // frames only
        out.flag(true); // direct vectors by 8x8
        let (right, bottom) = (across * 16 - self.width, down * 16 - self.height);
        out.flag(right + bottom > 0);
        if right + bottom > 0 {
            [0, right / 2, 0, bottom / 2].into_iter().for_each(|by| out.unsigned(by));
        }
        out.flag(true);
        self.usability(&mut out);
        out.flag(true); // the end
        out.aligned_with_zeros()
    }

    /// What is said for showing (E.1.1): colours, times, and how long pictures wait.
    fn usability(&self, out: &mut BitWriter) {
        out.flag(false); // shape of pixels
        out.flag(false);
        out.flag(true);
        out.bits(5, 3);
        out.flag(false); // limited range
        out.flag(true);
        [1, 1, 1].into_iter().for_each(|colours| out.bits(colours, 8)); // BT.709
        out.flag(false);
        out.flag(true);
        out.bits(1, 32);
        out.bits(2 * self.fps, 32);
        out.flag(true);
        out.flag(false);
        out.flag(false);
        out.flag(false);
        out.flag(true);
        out.flag(true); // vectors past the border
        out.unsigned(0);
        out.unsigned(0);
        out.unsigned(VECTOR_BITS);
        out.unsigned(VECTOR_BITS);
        out.unsigned(REORDERED);
        out.unsigned(REFERENCES);
    }
}

/// A slice of an encoder whose pictures are shown in the order of coding and do not say so (`pic_order_cnt_type` 2), as a
/// slice beside our set of the sequence: with the place that its picture has in the shot.
///
/// # Errors
/// When it is not the start of a slice.
pub fn placed(slice: &[u8], shown: u32) -> Result<Vec<u8>, Unfit> {
    let kind = *slice.first().ok_or(Unfit("it is empty"))?;
    let mut bytes = payload(slice);
    let mut header = BitReader::new(&bytes);
    header.unsigned(); // first macroblock
    header.unsigned(); // kind of slice
    header.unsigned(); // number of the picture's set
    header.bits(NUMBER_BITS);
    if kind & 31 == 5 {
        header.unsigned(); // number of the IDR picture
    }
    let (at, within) = (header.position() / 8, header.position() % 8);
    if at >= bytes.len() {
        return Err(Unfit("it is too short"));
    }
    // What stands behind moves on by whole bytes: the coded macroblocks still begin with one.
    let kept = !(0xff >> within);
    let byte = bytes[at];
    let moved = (u32::from(byte & kept) << 16)
        | u32::from((shown * 2) as u16) << (8 - within)
        | u32::from(byte & !kept);
    bytes.splice(at..=at, moved.to_be_bytes()[1..].iter().copied());
    Ok(unit(kind, &bytes))
}

fn picture() -> Vec<u8> {
    let mut out = BitWriter::default();
    out.unsigned(PICTURE_SET);
    out.unsigned(0);
    out.flag(true); // CABAC
    out.flag(false);
    out.unsigned(0);
    out.unsigned(0); // one reference index each
    out.unsigned(0);
    out.bits(0, 3); // no weights
    [0, 0, 0].into_iter().for_each(|offset| out.signed(offset));
    out.flag(true); // the filter is told by slices
    out.bits(0, 2);
    out.flag(true); // the transform of 8x8
    out.flag(false);
    out.signed(0);
    out.flag(true); // the end
    out.aligned_with_zeros()
}
