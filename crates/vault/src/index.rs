//! Blind indexes: finding a sealed value without being able to read it.

use ring::hmac;

use crate::DataKey;

/// Turns values into keyed hashes. The same value gives the same hash; without the key nobody
/// can try out values against it.
pub struct Index(hmac::Key);

impl Index {
    /// The index that belongs to a key, which is the house's, not an account's.
    pub fn new(house: &DataKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &house.derive(b"blind index")))
    }

    /// The hash of a normalised value of some kind ("email" …); kinds never meet.
    pub fn of(&self, kind: &str, normalised: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&(kind.len() as u32).to_be_bytes());
        context.update(kind.as_bytes());
        context.update(normalised);
        context.sign().as_ref().try_into().expect("SHA-256 is 32 bytes")
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}
