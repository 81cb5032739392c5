//! Writing and reading DER (ITU-T X.690), as far as a certificate needs it.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// One value: tag, length, contents.
pub(crate) fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let head = match length {
        0..=0x7f => vec![tag, length as u8],
        0x80..=0xff => vec![tag, 0x81, length as u8],
        _ => {
            let length = u16::try_from(length).expect("a certificate of ours is shorter than 64 KB");
            [&[tag, 0x82][..], &length.to_be_bytes()].concat()
        }
    };
    [&head[..], contents].concat()
}

/// A sequence of what is written already.
pub(crate) fn sequence<const N: usize>(values: [Vec<u8>; N]) -> Vec<u8> {
    value(SEQUENCE, &values.concat())
}

/// Whole bytes as a string of bits.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0][..], bytes].concat())
}

/// The first value of some bytes: its tag, its contents, and what stands behind it. Nothing where there is none, or one of
/// more than 16 MB.
pub(crate) fn first(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_is_cut_off_is_none() {
        for length in [0, 127, 128, 255, 256, 60_000] {
            let contents = vec![7_u8; length];
            let written = [value(OCTET_STRING, &contents), vec![1, 2]].concat();
            assert_eq!(first(&written), Some((OCTET_STRING, &contents[..], &[1, 2][..])));
            assert_eq!(first(&written[..written.len() - 3]), None, "{length}");
        }
        for none in [&[0_u8; 0][..], &[4], &[4, 0x80, 0, 0], &[4, 0x82, 1], &[4, 0xff]] {
            assert_eq!(first(none), None);
        }
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(value(OCTET_STRING, &[7; 127])[..3], [4, 127, 7]);
        assert_eq!(value(OCTET_STRING, &[7; 128])[..4], [4, 0x81, 128, 7]);
        assert_eq!(value(OCTET_STRING, &[7; 256])[..5], [4, 0x82, 1, 0, 7]);
    }
}
