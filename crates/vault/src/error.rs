//! What can go wrong in the vault.

/// Why the vault could not do what was asked. Nothing in it is personal or secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object.
    #[error("there is no such object")]
    NotFound,
    /// The bytes do not open: changed, cut short, moved from elsewhere, or the wrong key.
    #[error("the stored bytes do not open under this key at this place")]
    DoesNotOpen,
    /// A wrapped key names a master key that the keeper does not hold.
    #[error("no master key with the id {0} is at hand")]
    UnknownMasterKey(String),
    /// The range lies outside the object.
    #[error("the range {start}..{end} lies outside an object of {size} bytes")]
    OutOfRange {
        /// First byte asked for.
        start: u64,
        /// One past the last byte asked for.
        end: u64,
        /// Bytes in the object.
        size: u64,
    },
    /// The key of a shared object has a character that is not allowed.
    #[error("a shared key is made of a-z, 0-9, '-', '_', '.' and '/'")]
    BadSharedKey,
    /// The stream handed in to be stored broke off.
    #[error("the source broke off: {0}")]
    Source(String),
    /// The master key could not be read or made.
    #[error("master key: {0}")]
    Keeper(String),
    /// The program that keeps the master key is out of reach, or did not do what it was asked.
    #[error("the master key's keeper: {0}")]
    KeeperAway(String),
    /// The store is out of reach or full.
    #[error("object store: {0}")]
    Store(object_store::Error),
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::NotFound,
            other => Self::Store(other),
        }
    }
}
