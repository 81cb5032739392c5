//! The vault: encrypted objects and fields, and the keys that open them.
//!
//! Every account has a data key of its own; a master key, which a [`Keeper`] holds, wraps the
//! data keys. Whoever destroys the wrapped data key destroys all that the account left here.
//!
//! The vault must not know what it keeps: no photos, no films, no database, no rules.

mod error;
mod field;
mod index;
mod keeper;
mod keys;
mod object;
mod random;
mod shared;
mod store;

pub use error::Error;
pub use field::Place;
pub use index::Index;
#[doc(hidden)]
pub use keeper::answer;
pub use keeper::{CommandKeeper, FileKeeper, Keeper, KeyId, Limits};
pub use keys::{DataKey, WrappedKey};
pub use object::{CHUNK_BYTES, Found, ObjectId};
pub use random::{Random, SeededRandom, SystemRandom};
pub use store::Vault;
