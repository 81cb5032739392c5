//! Objects that belong to no one: shared shots, pictures of films. Stored plain, under names that
//! say what they are, whole or not at all.

use std::ops::Range;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path as StorePath;

use crate::{Error, Vault};

impl Vault {
    /// Stores a shared object. Its key is made of `a-z`, `0-9`, `-`, `_`, `.` and `/`.
    ///
    /// # Errors
    /// [`Error::BadSharedKey`], or when the store does not take it.
    pub async fn put_shared(&self, key: &str, bytes: Bytes) -> Result<(), Error> {
        self.store.put(&path_of(key)?, bytes.into()).await?;
        Ok(())
    }

    /// A shared object, `None` when there is none.
    ///
    /// # Errors
    /// [`Error::BadSharedKey`], or when the store is out of reach.
    pub async fn get_shared(&self, key: &str) -> Result<Option<Bytes>, Error> {
        match self.read_plain(&path_of(key)?, None).await {
            Ok((_, bytes)) => Ok(Some(bytes)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Some bytes of a shared object.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::OutOfRange`], [`Error::BadSharedKey`], or when the store is out of reach.
    pub async fn get_shared_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, Error> {
        let size = self.shared_size(key).await?.ok_or(Error::NotFound)?;
        if range.start > range.end || range.end > size {
            return Err(Error::OutOfRange { start: range.start, end: range.end, size });
        }
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        Ok(self.read_plain(&path_of(key)?, Some(range)).await?.1)
    }

    /// Bytes of a shared object, `None` when there is none.
    ///
    /// # Errors
    /// [`Error::BadSharedKey`], or when the store is out of reach.
    pub async fn shared_size(&self, key: &str) -> Result<Option<u64>, Error> {
        match self.store.head(&path_of(key)?).await.map_err(Error::from) {
            Ok(meta) => Ok(Some(meta.size)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The keys of all shared objects below a folder, in no order.
    ///
    /// # Errors
    /// [`Error::BadSharedKey`], or when the store is out of reach.
    pub async fn list_shared(&self, folder: &str) -> Result<Vec<String>, Error> {
        let found: Vec<_> = self.store.list(Some(&path_of(folder)?)).try_collect().await?;
        let key =
            |meta: object_store::ObjectMeta| Some(meta.location.as_ref().strip_prefix(SHARED)?.to_owned());
        Ok(found.into_iter().filter_map(key).collect())
    }

    /// Deletes a shared object; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`Error::BadSharedKey`], or when the store is out of reach.
    pub async fn delete_shared(&self, key: &str) -> Result<(), Error> {
        match self.store.delete(&path_of(key)?).await.map_err(Error::from) {
            Err(Error::NotFound) => Ok(()),
            other => other,
        }
    }
}

/// The folder of all of them.
const SHARED: &str = "shared/";

fn path_of(key: &str) -> Result<StorePath, Error> {
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/');
    let parts_ok = key.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !parts_ok || !key.bytes().all(allowed) {
        return Err(Error::BadSharedKey);
    }
    Ok(StorePath::from(format!("{SHARED}{key}")))
}
