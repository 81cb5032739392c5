//! Bits written and read one after the other, and the units of a stream around them
//! (Rec. ITU-T H.264, 7.2, 7.3.1 and 9.1). Knows nothing of what the bits mean.

/// Writes bits, the most significant first.
#[derive(Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl BitWriter {
    /// The lowest `count` bits of a value.
    pub fn bits(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.held = self.held << 1 | value >> at & 1;
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.held as u8);
                (self.held, self.count) = (0, 0);
            }
        }
    }

    /// One bit.
    pub fn flag(&mut self, value: bool) {
        self.bits(u32::from(value), 1);
    }

    /// Exponential Golomb code without a sign, `ue(v)`.
    pub fn unsigned(&mut self, value: u32) {
        let length = (value + 1).ilog2();
        self.bits(0, length);
        self.bits(value + 1, length + 1);
    }

    /// Exponential Golomb code with a sign, `se(v)`.
    pub fn signed(&mut self, value: i32) {
        let folded = if value > 0 { 2 * value - 1 } else { -2 * value };
        self.unsigned(folded as u32);
    }

    /// The bytes, filled up with zeros.
    pub fn aligned_with_zeros(mut self) -> Vec<u8> {
        while self.count != 0 {
            self.bits(0, 1);
        }
        self.bytes
    }

    /// The bytes, filled up with ones.
    pub fn aligned_with_ones(mut self) -> Vec<u8> {
        while self.count != 0 {
            self.bits(1, 1);
        }
        self.bytes
    }
}

/// Reads what [`BitWriter`] writes. Past the end stand zeros.
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    /// From the first bit on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bits were read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// So many bits, at most 32.
    pub fn bits(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| value << 1 | u32::from(self.flag()))
    }

    /// One bit.
    pub fn flag(&mut self) -> bool {
        let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        bit == 1
    }

    /// `ue(v)`.
    pub fn unsigned(&mut self) -> u32 {
        let mut length = 0;
        while !self.flag() {
            length += 1;
            if length == 32 {
                return u32::MAX;
            }
        }
        ((1u64 << length) - 1 + u64::from(self.bits(length))) as u32
    }
}

/// A unit with its header: bytes that would look like a start code are broken up (7.4.1.1).
pub(crate) fn unit(header: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len() + payload.len() / 64 + 4);
    bytes.push(header);
    let mut zeros = 0;
    for byte in payload {
        if zeros == 2 && *byte <= 3 {
            bytes.push(3);
            zeros = 0;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

/// What stands in a unit after its header: the reverse of [`unit`].
pub(crate) fn payload(unit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit.iter().skip(1) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = BitWriter::default();
        for value in 0..300 {
            writer.unsigned(value);
            writer.signed(150 - value as i32);
            writer.bits(value, 9);
        }
        let bytes = writer.aligned_with_ones();
        let mut reader = BitReader::new(&bytes);
        for value in 0..300 {
            assert_eq!(reader.unsigned(), value);
            let folded = reader.unsigned();
            let signed = if folded % 2 == 1 { folded as i32 / 2 + 1 } else { -(folded as i32 / 2) };
            assert_eq!(signed, 150 - value as i32);
            assert_eq!(reader.bits(9), value);
        }
    }

    #[test]
    fn no_start_code_stands_in_a_unit() {
        let plain = [0, 0, 0, 0, 0, 1, 0, 0, 3, 7, 0, 0, 2, 0, 0];
        let coded = unit(0x65, &plain);
        assert!(coded.windows(3).all(|three| three[0] != 0 || three[1] != 0 || three[2] > 2));
        assert_eq!(payload(&coded), plain);
    }
}
