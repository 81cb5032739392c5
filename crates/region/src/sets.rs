//! The parameter sets of a stream (Rec. ITU-T H.264, 7.3.2.1 and 7.3.2.2) and what they demand of a slice. They are
//! either our own or those of the encoder of the other shots, beside which slices of ours must be valid.

use crate::bits::{BitReader, BitWriter, payload, unit};

/// Why a stream's parameter sets are none that slices can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfit(pub &'static str);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the stream's parameter sets are not fit for regions: {}", self.0)
    }
}

impl std::error::Error for Unfit {}

/// The fields that slices depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sets {
    /// Macroblocks in a row.
    pub across: usize,
    /// Rows of macroblocks.
    pub down: usize,
    pub(crate) frame_num_bits: u32,
    /// Of the order count, when it is written at all.
    pub(crate) order_bits: Option<u32>,
    pub(crate) picture_set: u32,
    pub(crate) first_qp: i32,
    pub(crate) chroma_offset: i32,
    /// How many pictures others may build on at a time.
    pub(crate) references: u32,
    /// Whether the transform of 8x8 may be used.
    pub(crate) has_large: bool,
}

/// A stream to write parameter sets for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Pictures a second.
    pub fps: u32,
    /// Whether pictures may build on later ones, and use the transform of 8x8.
    pub pyramid: bool,
}

/// Reference pictures where pictures build on later ones.
const REFERENCES: u32 = 4;
/// Pictures that are decoded before one that is shown earlier, at most.
const REORDERED: u32 = 3;
/// Length of the counters.
const COUNTER_BITS: u32 = 8;
const LEVEL: u32 = 40;
/// Width and height of this many bits at most, for vectors.
const VECTOR_BITS: u32 = 11;

fn demand(holds: bool, what: &'static str) -> Result<(), Unfit> {
    if holds { Ok(()) } else { Err(Unfit(what)) }
}

impl Sets {
    /// Writes the two units, of the sequence and of the picture, as bare units without start codes.
    pub fn write(stream: &Stream) -> [Vec<u8>; 2] {
        [unit(0x67, &sequence(stream)), unit(0x68, &picture(stream))]
    }

    /// Whether pictures may build on later ones.
    pub fn has_pyramid(&self) -> bool {
        self.references >= REFERENCES && self.order_bits.is_some()
    }

    /// Reads the two units, as bare units without start codes.
    pub fn read(sequence: &[u8], picture: &[u8]) -> Result<Self, Unfit> {
        let bytes = payload(sequence);
        let mut sps = BitReader::new(&bytes);
        let profile = sps.bits(8);
        sps.bits(16); // constraints and level
        sps.unsigned(); // its number
        if matches!(profile, 100 | 110 | 122 | 244) {
            demand(sps.unsigned() == 1, "chroma is not 4:2:0")?;
            demand(sps.unsigned() == 0 && sps.unsigned() == 0, "samples have more than 8 bits")?;
            demand(!sps.flag(), "transform bypass")?;
            demand(!sps.flag(), "scaling lists")?;
        }
        let frame_num_bits = sps.unsigned().saturating_add(4);
        let order = sps.unsigned();
        demand(order != 1, "order count type 1")?;
        let order_bits = (order == 0).then(|| sps.unsigned().saturating_add(4));
        let references = sps.unsigned();
        demand((1..=4).contains(&references), "not one to four reference pictures")?;
        sps.flag(); // gaps
        let across = sps.unsigned().saturating_add(1) as usize;
        let down = sps.unsigned().saturating_add(1) as usize;
        demand(sps.flag(), "fields")?;
        demand(frame_num_bits <= 16 && order_bits.unwrap_or(0) <= 16, "counters are too long")?;
        demand(across <= 256 && down <= 256, "the picture is too large")?;

        let bytes = payload(picture);
        let mut pps = BitReader::new(&bytes);
        let picture_set = pps.unsigned();
        pps.unsigned(); // the sequence's number
        demand(pps.flag(), "no CABAC")?;
        demand(!pps.flag(), "order counts of fields")?;
        demand(pps.unsigned() == 0, "slice groups")?;
        demand(pps.unsigned() == 0, "more than one reference index")?;
        pps.unsigned(); // of B slices
        demand(!pps.flag(), "weighted prediction")?;
        pps.bits(2);
        let first_qp = pps.signed().saturating_add(26);
        pps.signed(); // of SP slices
        let chroma_offset = pps.signed();
        demand(pps.flag(), "the deblocking filter cannot be kept within slices")?;
        demand(!pps.flag(), "constrained intra prediction")?;
        demand(!pps.flag(), "redundant pictures")?;
        let filling = bytes.last().map_or(0, |byte| byte.trailing_zeros() as usize) + 1;
        let used = (bytes.len() * 8).saturating_sub(filling);
        let mut has_large = false;
        if pps.position() != used {
            has_large = pps.flag();
            demand(!pps.flag(), "scaling lists")?;
            demand(pps.signed() == chroma_offset, "chromas with quantisers of their own")?;
            demand(pps.position() == used, "what is not known")?;
        }
        demand((0..=51).contains(&first_qp) && (-12..=12).contains(&chroma_offset), "quantisers")?;
        Ok(Self {
            across,
            down,
            frame_num_bits,
            order_bits,
            picture_set,
            first_qp,
            chroma_offset,
            references,
            has_large,
        })
    }
}

fn sequence(stream: &Stream) -> Vec<u8> {
    let mut out = BitWriter::default();
    out.bits(if stream.pyramid { 100 } else { 77 }, 8); // High or Main
    out.bits(0, 8);
    out.bits(LEVEL, 8);
    out.unsigned(0);
    if stream.pyramid {
        out.unsigned(1); // 4:2:0
        out.unsigned(0); // of 8 bits
        out.unsigned(0);
        out.bits(0, 2);
    }
    out.unsigned(COUNTER_BITS - 4);
    if stream.pyramid {
        out.unsigned(0); // the order is written
        out.unsigned(COUNTER_BITS - 4);
    } else {
        out.unsigned(2); // it is that of coding
    }
    out.unsigned(if stream.pyramid { REFERENCES } else { 1 });
    out.flag(false);
    let (across, down) = (stream.width.div_ceil(16), stream.height.div_ceil(16));
    out.unsigned(across - 1);
    out.unsigned(down - 1);
    out.flag(true); // frames only
    out.flag(true); // direct vectors by 8x8
    let (right, bottom) = (across * 16 - stream.width, down * 16 - stream.height);
    out.flag(right + bottom > 0);
    if right + bottom > 0 {
        [0, right / 2, 0, bottom / 2].into_iter().for_each(|by| out.unsigned(by));
    }
    out.flag(true);
    usability(stream, &mut out);
    out.flag(true); // the end
    out.aligned_with_zeros()
}

/// What is said for showing (E.1.1): colours, times, and how long pictures wait.
fn usability(stream: &Stream, out: &mut BitWriter) {
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
    out.bits(2 * stream.fps, 32);
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
    out.unsigned(if stream.pyramid { REORDERED } else { 0 });
    out.unsigned(if stream.pyramid { REFERENCES } else { 1 });
}

fn picture(stream: &Stream) -> Vec<u8> {
    let mut out = BitWriter::default();
    out.unsigned(0);
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
    if stream.pyramid {
        out.flag(true); // the transform of 8x8
        out.flag(false);
        out.signed(0);
    }
    out.flag(true); // the end
    out.aligned_with_zeros()
}
