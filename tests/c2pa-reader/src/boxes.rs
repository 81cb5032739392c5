//! Boxes of MP4 and JUMBF.

use crate::{Wrong, ensure};

/// The first box of some bytes: its kind and all of it.
pub(crate) fn first(bytes: &[u8]) -> Result<(&[u8], &[u8]), Wrong> {
    let length = bytes.first_chunk().map(|length| u32::from_be_bytes(*length) as usize);
    let whole = length.filter(|length| *length >= 8).and_then(|length| bytes.get(..length));
    let whole = whole.ok_or("a box does not fit")?;
    Ok((&whole[4..8], whole))
}

/// A superbox.
pub(crate) struct Super<'a> {
    kind: &'a [u8],
    pub label: String,
    /// The boxes in it, whole.
    pub inside: Vec<&'a [u8]>,
}

/// Reads a superbox that fills the bytes.
pub(crate) fn superbox(bytes: &[u8]) -> Result<Super<'_>, Wrong> {
    let (kind, whole) = first(bytes)?;
    ensure(kind == b"jumb" && whole.len() == bytes.len(), "no superbox")?;
    let (kind, description) = first(&whole[8..])?;
    ensure(kind == b"jumd", "a superbox without a description")?;
    let mut rest = &whole[8 + description.len()..];
    let id = description.get(8..24).ok_or("a short description")?;
    ensure(id[4..] == *b"\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71", "the kind of a superbox")?;
    // Requestable, with a label, nothing else.
    let label = description[24..].strip_prefix(&[3]).and_then(|label| label.strip_suffix(&[0]));
    let label = String::from_utf8(label.ok_or("a superbox without a label")?.to_vec());
    let mut inside = Vec::new();
    while !rest.is_empty() {
        let (_, whole) = first(rest)?;
        inside.push(whole);
        rest = &rest[whole.len()..];
    }
    Ok(Super { kind: &id[..4], label: label.map_err(|_| "a label is no text")?, inside })
}

impl<'a> Super<'a> {
    pub fn is(&self, kind: &[u8], label: &str) -> Result<(), Wrong> {
        ensure(
            self.kind == kind && self.label == label,
            &format!("{label} is missing, {} stands there", self.label),
        )
    }

    /// The contents of its one CBOR box.
    pub fn cbor(&self, kind: &[u8], label: &str) -> Result<&'a [u8], Wrong> {
        self.is(kind, label)?;
        let [only] = self.inside[..] else { return Err(format!("{label} has not one box")) };
        let (kind, whole) = first(only)?;
        ensure(kind == b"cbor", label)?;
        Ok(&whole[8..])
    }
}
