//! What the parameter sets of a stream demand of a slice (Rec. ITU-T H.264, 7.3.2.1 and 7.3.2.2). They are written by
//! the encoder of the other shots; slices of ours must be valid beside them.

use crate::bits::{BitReader, payload};

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
}

fn demand(holds: bool, what: &'static str) -> Result<(), Unfit> {
    if holds { Ok(()) } else { Err(Unfit(what)) }
}

impl Sets {
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
        demand(sps.unsigned() == 1, "not one reference picture")?;
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
        // An 8x8 transform could follow here; openh264 writes none, and without it the set ends.
        let filling = bytes.last().map_or(0, |byte| byte.trailing_zeros() as usize) + 1;
        let used = (bytes.len() * 8).saturating_sub(filling);
        demand(pps.position() == used, "an 8x8 transform or scaling lists")?;
        demand((0..=51).contains(&first_qp) && (-12..=12).contains(&chroma_offset), "quantisers")?;
        Ok(Self { across, down, frame_num_bits, order_bits, picture_set, first_qp, chroma_offset })
    }
}
