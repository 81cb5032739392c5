//! Writing CBOR (RFC 8949), as far as a manifest needs it, in the one deterministic form (4.2.1).

/// A whole number.
pub(crate) fn number(value: i64) -> Vec<u8> {
    match u64::try_from(value) {
        Ok(value) => head(0, value),
        Err(_) => head(1, value.unsigned_abs() - 1),
    }
}

/// Bytes.
pub(crate) fn bytes(value: &[u8]) -> Vec<u8> {
    [&head(2, value.len() as u64)[..], value].concat()
}

/// Text.
pub(crate) fn text(value: &str) -> Vec<u8> {
    [&head(3, value.len() as u64)[..], value.as_bytes()].concat()
}

/// A list of what is written already.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

/// A map of what is written already, ordered by its keys' bytes.
pub(crate) fn map<const N: usize>(mut entries: [(Vec<u8>, Vec<u8>); N]) -> Vec<u8> {
    entries.sort();
    let entries = entries.into_iter().flat_map(|(key, value)| [key, value]);
    [head(5, N as u64), entries.collect::<Vec<_>>().concat()].concat()
}

/// A map whose keys are texts.
pub(crate) fn fields<const N: usize>(entries: [(&str, Vec<u8>); N]) -> Vec<u8> {
    map(entries.map(|(key, value)| (text(key), value)))
}

/// What is written already, tagged.
pub(crate) fn tagged(tag: u64, item: &[u8]) -> Vec<u8> {
    [&head(6, tag)[..], item].concat()
}

/// Nothing.
pub(crate) const NULL: u8 = 0xf6;
/// Yes.
pub(crate) const TRUE: u8 = 0xf5;

fn head(major: u8, value: u64) -> Vec<u8> {
    let major = major << 5;
    match value {
        0..=23 => vec![major | value as u8],
        24..=0xff => vec![major | 24, value as u8],
        0x100..=0xffff => [&[major | 25][..], &(value as u16).to_be_bytes()].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26][..], &(value as u32).to_be_bytes()].concat(),
        _ => [&[major | 27][..], &value.to_be_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples of RFC 8949, appendix A.
    #[test]
    fn the_examples_of_the_standard_come_out() {
        assert_eq!(number(23), [0x17]);
        assert_eq!(number(24), [0x18, 24]);
        assert_eq!(number(1000), [0x19, 0x03, 0xe8]);
        assert_eq!(number(1_000_000), [0x1a, 0, 0x0f, 0x42, 0x40]);
        assert_eq!(number(1_000_000_000_000), [0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]);
        assert_eq!(number(-1), [0x20]);
        assert_eq!(number(-1000), [0x39, 0x03, 0xe7]);
        assert_eq!(bytes(&[1, 2]), [0x42, 1, 2]);
        assert_eq!(text("ü"), [0x62, 0xc3, 0xbc]);
        assert_eq!(list(&[number(1), list(&[number(2), number(3)])]), [0x82, 1, 0x82, 2, 3]);
        assert_eq!(fields([("b", list(&[number(2)])), ("a", number(1))]), b"\xa2aa\x01ab\x81\x02");
        assert_eq!(tagged(1, &number(1_363_896_240)), [0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0]);
    }
}
