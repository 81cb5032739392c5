//! Database fields sealed to the place where they stand.

use ring::aead;

use crate::{DataKey, Error, Random};

/// Where a sealed field stands. Moved to another row, column, table or account it does not open.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table.
    pub table: &'a str,
    /// The row's primary key.
    pub row: &'a str,
    /// Column.
    pub column: &'a str,
}

impl Place<'_> {
    fn bound(&self, account: &str) -> Vec<u8> {
        // Each part after its length: no two places read the same.
        let mut bytes = b"ministudio field 1".to_vec();
        for part in [self.table, self.row, self.column, account] {
            bytes.extend((part.len() as u32).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

/// Format: version 1, nonce (12 bytes), sealed bytes, tag (16 bytes).
const VERSION: u8 = 1;

pub(crate) fn seal(key: &DataKey, place: &Place<'_>, plain: &[u8], random: &dyn Random) -> Vec<u8> {
    let nonce: [u8; 12] = random.bytes();
    let mut sealed = Vec::with_capacity(1 + 12 + plain.len() + 16);
    sealed.push(VERSION);
    sealed.extend(nonce);
    sealed.extend(plain);
    let tag = key
        .fields
        .seal_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(place.bound(key.account())),
            &mut sealed[13..],
        )
        .expect("a field is shorter than 64 GiB");
    sealed.extend(tag.as_ref());
    sealed
}

pub(crate) fn open(key: &DataKey, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let [VERSION, rest @ ..] = sealed else { return Err(Error::DoesNotOpen) };
    let (nonce, rest) = rest.split_first_chunk::<12>().ok_or(Error::DoesNotOpen)?;
    let mut plain = rest.to_vec();
    let length = key
        .fields
        .open_in_place(
            aead::Nonce::assume_unique_for_key(*nonce),
            aead::Aad::from(place.bound(key.account())),
            &mut plain,
        )
        .map_err(|_| Error::DoesNotOpen)?
        .len();
    plain.truncate(length);
    Ok(plain)
}
