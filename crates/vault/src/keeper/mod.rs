//! The master key and who holds it.
//!
//! A [`Keeper`] wraps and unwraps data keys. [`FileKeeper`] reads its keys from a file or from the
//! environment; [`CommandKeeper`] asks a program of the operator's, which asks a key-management service.

mod command;
mod file;
mod known;
mod lines;
mod program;

use std::fmt;

use futures::future::BoxFuture;

use crate::Error;

pub use command::{CommandKeeper, Limits};
pub use file::FileKeeper;
pub use lines::answer;

/// Which master key wrapped a data key. A [`FileKeeper`] takes the first 8 bytes of the key's SHA-256 under a
/// label, a program behind a [`CommandKeeper`] whatever it tells its keys apart by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 8]);

impl KeyId {
    /// From 16 hexadecimal digits, as it is displayed.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 16 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(|id| Self(id.to_be_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Holds master keys and wraps data keys with them.
///
/// The context (the account's id) is authenticated, not stored: a wrapped key opens only where it
/// was made for.
pub trait Keeper: Send + Sync {
    /// The master key that new data keys are wrapped with, as far as is known here: where it is kept elsewhere, it
    /// may have changed since.
    fn current(&self) -> KeyId;

    /// Wraps a data key with the current master key; says which one that was.
    fn wrap<'a>(
        &'a self,
        context: &'a [u8],
        key: &'a [u8; 32],
        nonce: [u8; 12],
    ) -> BoxFuture<'a, Result<(KeyId, Vec<u8>), Error>>;

    /// Opens what [`Keeper::wrap`] returned, with whichever master key made it.
    fn unwrap<'a>(
        &'a self,
        by: KeyId,
        context: &'a [u8],
        wrapped: &'a [u8],
    ) -> BoxFuture<'a, Result<[u8; 32], Error>>;
}
