//! The form of an encrypted object: chunks of 64 KiB, each sealed to its place.
//!
//! Each object has a key of its own, derived from the account's data key, the account and the
//! object's id, which is drawn anew whenever something is stored. So the nonces can count: the
//! chunk's index and whether it is the last. A chunk changed, moved, left out, added or taken from
//! another object or account does not open, nor does an object cut short.
//!
//! Sealed chunk = ciphertext (65,536 bytes, the last one fewer) and tag (16 bytes). There is no
//! header: what lies in the store is indistinguishable from random bytes.

use std::fmt;
use std::ops::Range;

use ring::aead;

use crate::{DataKey, Error};

/// Bytes of plain text in a chunk.
pub const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// The name of an object: 128 random bits that say nothing about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub(crate) [u8; 16]);

impl ObjectId {
    /// Reads what `Display` wrote: 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(|id| Self(id.to_be_bytes()))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

/// An object met while listing the store.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Its id.
    pub id: ObjectId,
    /// When it was written, in milliseconds since 1970.
    pub written_at_ms: i64,
    /// Bytes it takes in the store.
    pub sealed_bytes: u64,
}

/// How many chunks and plain bytes an object of some sealed size has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub chunks: u64,
    pub plain: u64,
    sealed: u64,
}

impl Shape {
    pub fn of_sealed(sealed: u64) -> Result<Self, Error> {
        let chunks = sealed.div_ceil(SEALED_CHUNK_BYTES as u64);
        let last = sealed - chunks.saturating_sub(1) * SEALED_CHUNK_BYTES as u64;
        // An object has at least one chunk; only an empty object has an empty one.
        let least = if chunks > 1 { TAG_BYTES + 1 } else { TAG_BYTES };
        if last < least as u64 {
            return Err(Error::DoesNotOpen);
        }
        Ok(Self { chunks, plain: sealed - chunks * TAG_BYTES as u64, sealed })
    }

    /// The chunks that hold the plain bytes `range`, which must not be empty.
    pub fn chunks_of(&self, range: &Range<u64>) -> Range<u64> {
        range.start / CHUNK_BYTES as u64..(range.end.div_ceil(CHUNK_BYTES as u64)).min(self.chunks)
    }

    /// Where these chunks lie in the stored bytes.
    pub fn sealed_range(&self, chunks: &Range<u64>) -> Range<u64> {
        let at = |chunk: u64| chunk * SEALED_CHUNK_BYTES as u64;
        at(chunks.start)..at(chunks.end).min(self.sealed)
    }
}

/// Opens and seals the chunks of one object.
pub(crate) struct Chunks(aead::LessSafeKey);

impl Chunks {
    pub fn new(key: &DataKey, id: &ObjectId) -> Self {
        Self(key.of_object(&id.0))
    }

    /// Appends one sealed chunk to `sealed`.
    pub fn seal(&self, index: u64, is_last: bool, plain: &[u8], sealed: &mut Vec<u8>) {
        debug_assert!(plain.len() == CHUNK_BYTES || (is_last && plain.len() < CHUNK_BYTES));
        let start = sealed.len();
        sealed.extend_from_slice(plain);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce(index, is_last), aead::Aad::empty(), &mut sealed[start..])
            .expect("a chunk is short enough");
        sealed.extend_from_slice(tag.as_ref());
    }

    /// Seals a whole object.
    pub fn seal_all(&self, plain: &[u8]) -> Vec<u8> {
        let chunks = plain.len().div_ceil(CHUNK_BYTES).max(1);
        let mut sealed = Vec::with_capacity(plain.len() + chunks * TAG_BYTES);
        for index in 0..chunks {
            let end = plain.len().min((index + 1) * CHUNK_BYTES);
            self.seal(index as u64, index + 1 == chunks, &plain[index * CHUNK_BYTES..end], &mut sealed);
        }
        sealed
    }

    /// Opens consecutive chunks, `first` being the index of the first one, in place. `each` gets
    /// where the plain bytes of each chunk then stand in `sealed`.
    pub fn open(
        &self,
        shape: &Shape,
        first: u64,
        sealed: &mut [u8],
        mut each: impl FnMut(Range<usize>),
    ) -> Result<(), Error> {
        let mut start = 0;
        for (chunk, index) in sealed.chunks_mut(SEALED_CHUNK_BYTES).zip(first..) {
            let plain = self
                .0
                .open_in_place(nonce(index, index + 1 == shape.chunks), aead::Aad::empty(), chunk)
                .map_err(|_| Error::DoesNotOpen)?;
            each(start..start + plain.len());
            start += SEALED_CHUNK_BYTES;
        }
        Ok(())
    }
}

fn nonce(index: u64, is_last: bool) -> aead::Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&index.to_be_bytes());
    nonce[11] = u8::from(is_last);
    aead::Nonce::assume_unique_for_key(nonce)
}
