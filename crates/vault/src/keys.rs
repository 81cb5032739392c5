//! An account's data key: wrapped as it is stored, open as it is used.

use ring::{aead, hkdf};

use crate::{Error, Keeper, KeyId, Random};

/// A data key as it lies in the database: the master key's id, then the wrapped bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The stored bytes again; whether they open is found out when they are unwrapped.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Which master key wrapped it.
    ///
    /// # Errors
    /// When the bytes are no wrapped key.
    pub fn master(&self) -> Result<KeyId, Error> {
        self.0.first_chunk().map(|id| KeyId(*id)).ok_or(Error::DoesNotOpen)
    }

    fn sealed(&self) -> Result<&[u8], Error> {
        self.0.get(8..).ok_or(Error::DoesNotOpen)
    }
}

impl std::fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrappedKey")
    }
}

/// An account's data key, open. It knows whose it is, so what it seals opens for no one else.
pub struct DataKey {
    account: String,
    root: hkdf::Prk,
    pub(crate) fields: aead::LessSafeKey,
}

impl DataKey {
    pub(crate) fn new(account: &str, key: &[u8; 32]) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"ministudio data key 1");
        let root = salt.extract(key);
        let fields = aead_key(&root, &[b"fields", account.as_bytes()]);
        Self { account: account.to_owned(), root, fields }
    }

    /// The account it belongs to.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// A key for one object alone, so that its chunks can be counted instead of drawing nonces.
    pub(crate) fn of_object(&self, id: &[u8; 16]) -> aead::LessSafeKey {
        aead_key(&self.root, &[b"object", self.account.as_bytes(), b"/", id])
    }

    pub(crate) fn derive(&self, label: &[u8]) -> [u8; 32] {
        derived(&self.root, &[label, self.account.as_bytes()])
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

pub(crate) async fn make(
    account: &str,
    keeper: &dyn Keeper,
    random: &dyn Random,
) -> Result<(DataKey, WrappedKey), Error> {
    let key: [u8; 32] = random.bytes();
    let wrapped = wrap(account, &key, keeper, random).await?;
    Ok((DataKey::new(account, &key), wrapped))
}

pub(crate) async fn open(account: &str, wrapped: &WrappedKey, keeper: &dyn Keeper) -> Result<DataKey, Error> {
    let key = keeper.unwrap(wrapped.master()?, account.as_bytes(), wrapped.sealed()?).await?;
    Ok(DataKey::new(account, &key))
}

/// The same data key under the current master key; the data under it stays as it is.
pub(crate) async fn rewrap(
    account: &str,
    wrapped: &WrappedKey,
    keeper: &dyn Keeper,
    random: &dyn Random,
) -> Result<WrappedKey, Error> {
    let key = keeper.unwrap(wrapped.master()?, account.as_bytes(), wrapped.sealed()?).await?;
    wrap(account, &key, keeper, random).await
}

async fn wrap(
    account: &str,
    key: &[u8; 32],
    keeper: &dyn Keeper,
    random: &dyn Random,
) -> Result<WrappedKey, Error> {
    let (by, sealed) = keeper.wrap(account.as_bytes(), key, random.bytes()).await?;
    Ok(WrappedKey([by.0.as_slice(), &sealed].concat()))
}

fn aead_key(root: &hkdf::Prk, info: &[&[u8]]) -> aead::LessSafeKey {
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, &derived(root, info)).expect("32 bytes");
    aead::LessSafeKey::new(key)
}

fn derived(root: &hkdf::Prk, info: &[&[u8]]) -> [u8; 32] {
    let mut key = [0; 32];
    root.expand(info, hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .expect("HKDF-SHA256 gives 32 bytes");
    key
}
