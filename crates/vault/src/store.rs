//! The vault itself: one object store, one keeper, and what they do together.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as StorePath;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart};

use crate::object::{CHUNK_BYTES, Chunks, Found, ObjectId, Shape};
use crate::{DataKey, Error, Keeper, Place, Random, WrappedKey, field, keys};

/// Chunks read from the store at once while streaming.
const WINDOW_CHUNKS: u64 = 16;
/// Bytes of one part when an object of unknown length is written.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// Parts under way at once while writing.
const PARTS_AT_ONCE: usize = 2;

/// Encrypted objects and fields over an object store. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    pub(crate) store: Arc<dyn ObjectStore>,
    keeper: Arc<dyn Keeper>,
    random: Arc<dyn Random>,
}

impl Vault {
    /// A vault over any object store.
    pub fn new(store: Arc<dyn ObjectStore>, keeper: Arc<dyn Keeper>, random: Arc<dyn Random>) -> Self {
        Self { store, keeper, random }
    }

    /// A vault in a folder of this machine, which is made when it is missing. What it has said is
    /// stored, is on the disk.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn in_folder(folder: &Path, keeper: Arc<dyn Keeper>, random: Arc<dyn Random>) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|e| Error::Source(format!("the vault's folder: {e}")))?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self::new(Arc::new(store), keeper, random))
    }

    /// A new data key for an account (any text that names it and never changes).
    ///
    /// # Errors
    /// When the keeper cannot wrap it.
    pub async fn new_data_key(&self, account: &str) -> Result<(DataKey, WrappedKey), Error> {
        keys::make(account, &*self.keeper, &*self.random).await
    }

    /// Opens an account's data key.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it belongs to another account or was changed.
    pub async fn unwrap(&self, account: &str, wrapped: &WrappedKey) -> Result<DataKey, Error> {
        keys::open(account, wrapped, &*self.keeper).await
    }

    /// The same data key wrapped by the current master key, `None` when it is already. Nothing
    /// sealed under it changes.
    ///
    /// # Errors
    /// As [`Vault::unwrap`].
    pub async fn rewrap(&self, account: &str, wrapped: &WrappedKey) -> Result<Option<WrappedKey>, Error> {
        if wrapped.master()? == self.keeper.current() {
            return Ok(None);
        }
        keys::rewrap(account, wrapped, &*self.keeper, &*self.random).await.map(Some)
    }

    /// Seals a database field to its place.
    pub fn seal_field(&self, key: &DataKey, place: &Place<'_>, plain: &[u8]) -> Vec<u8> {
        field::seal(key, place, plain, &*self.random)
    }

    /// Opens a field that was sealed to this place.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it was changed or comes from elsewhere.
    pub fn open_field(&self, key: &DataKey, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        field::open(key, place, sealed)
    }

    /// Stores an object, all or nothing, under a new name.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn put(&self, key: &DataKey, plain: &[u8]) -> Result<ObjectId, Error> {
        let id = ObjectId(self.random.bytes());
        let sealed = Chunks::new(key, &id).seal_all(plain);
        self.store.put(&path_of(&id), sealed.into()).await?;
        Ok(id)
    }

    /// Stores an object whose length is not known beforehand. Until it returns, nothing is there.
    ///
    /// # Errors
    /// When the source breaks off or the store does not take it.
    pub async fn put_stream<E: std::fmt::Display>(
        &self,
        key: &DataKey,
        plain: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<(ObjectId, u64), Error> {
        let id = ObjectId(self.random.bytes());
        let chunks = Chunks::new(key, &id);
        let upload = self.store.put_multipart(&path_of(&id)).await?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        match seal_into(&mut parts, &chunks, plain).await {
            Ok(size) => {
                parts.finish().await?;
                Ok((id, size))
            }
            Err(error) => {
                parts.abort().await?;
                Err(error)
            }
        }
    }

    /// Bytes of the object as they were put in.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn size(&self, id: &ObjectId) -> Result<u64, Error> {
        let meta = self.store.head(&path_of(id)).await?;
        Ok(Shape::of_sealed(meta.size)?.plain)
    }

    /// The whole object.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::DoesNotOpen`] when any byte of it is not as it was put in.
    pub async fn get(&self, key: &DataKey, id: &ObjectId) -> Result<Bytes, Error> {
        let found = self.store.get(&path_of(id)).await?;
        let shape = Shape::of_sealed(found.meta.size)?;
        joined(&Chunks::new(key, id), &shape, 0, own(found.bytes().await?))
    }

    /// Some bytes of an object; only the chunks that hold them are read and opened.
    ///
    /// # Errors
    /// As [`Vault::get`], and [`Error::OutOfRange`].
    pub async fn get_range(&self, key: &DataKey, id: &ObjectId, range: Range<u64>) -> Result<Bytes, Error> {
        let shape = Shape::of_sealed(self.store.head(&path_of(id)).await?.size)?;
        check(&range, shape.plain)?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let chunks = shape.chunks_of(&range);
        let sealed = self.store.get_range(&path_of(id), shape.sealed_range(&chunks)).await?;
        let plain = joined(&Chunks::new(key, id), &shape, chunks.start, own(sealed))?;
        let skipped = chunks.start * CHUNK_BYTES as u64;
        Ok(plain.slice((range.start - skipped) as usize..(range.end - skipped) as usize))
    }

    /// Some bytes of an object (`None`: all), chunk by chunk, each checked before it is handed on;
    /// with them the size of the whole object. Memory stays at about a megabyte.
    ///
    /// # Errors
    /// At once or in the stream, as [`Vault::get_range`].
    pub async fn stream(
        &self,
        key: &DataKey,
        id: &ObjectId,
        range: Option<Range<u64>>,
    ) -> Result<(u64, BoxStream<'static, Result<Bytes, Error>>), Error> {
        let path = path_of(id);
        let shape = Shape::of_sealed(self.store.head(&path).await?.size)?;
        let wanted = match &range {
            // All of it, also when that is one empty chunk: it is to be checked too.
            None => 0..shape.chunks,
            Some(range) if range.is_empty() => 0..0,
            Some(range) => shape.chunks_of(range),
        };
        let range = range.unwrap_or(0..shape.plain);
        check(&range, shape.plain)?;
        let state = (Arc::clone(&self.store), Chunks::new(key, id), wanted.start);
        let windows = stream::try_unfold(state, move |(store, chunks, next)| {
            let (path, range, end) = (path.clone(), range.clone(), wanted.end);
            async move {
                if next >= end {
                    return Ok(None);
                }
                let window = next..end.min(next + WINDOW_CHUNKS);
                let sealed = store.get_range(&path, shape.sealed_range(&window)).await?;
                let pieces = pieces(&chunks, &shape, window.start, own(sealed), &range)?;
                Ok::<_, Error>(Some((stream::iter(pieces.into_iter().map(Ok)), (store, chunks, window.end))))
            }
        });
        Ok((shape.plain, windows.try_flatten().boxed()))
    }

    /// Deletes an object; one that is not there is deleted already.
    ///
    /// # Errors
    /// When the store is out of reach.
    pub async fn delete(&self, id: &ObjectId) -> Result<(), Error> {
        match self.store.delete(&path_of(id)).await.map_err(Error::from) {
            Err(Error::NotFound) => Ok(()),
            other => other,
        }
    }

    /// Every encrypted object in the store, in no order.
    pub fn list(&self) -> BoxStream<'static, Result<Found, Error>> {
        self.store
            .list(Some(&StorePath::from(SEALED)))
            .map_err(Error::from)
            .try_filter_map(|meta| async move {
                Ok(meta.location.filename().and_then(ObjectId::parse).map(|id| Found {
                    id,
                    written_at_ms: meta.last_modified.timestamp_millis(),
                    sealed_bytes: meta.size,
                }))
            })
            .boxed()
    }

    pub(crate) async fn read_plain(
        &self,
        path: &StorePath,
        range: Option<Range<u64>>,
    ) -> Result<(u64, Bytes), Error> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(path, options).await?;
        let size = found.meta.size;
        Ok((size, found.bytes().await?))
    }
}

const SEALED: &str = "sealed";

/// Two digits as a folder: no folder grows beyond a 256th of the objects.
fn path_of(id: &ObjectId) -> StorePath {
    let name = id.to_string();
    StorePath::from_iter([SEALED, &name[..2], &name])
}

fn check(range: &Range<u64>, size: u64) -> Result<(), Error> {
    if range.start > range.end || range.end > size {
        return Err(Error::OutOfRange { start: range.start, end: range.end, size });
    }
    Ok(())
}

/// The bytes to work in; they are ours alone, so nothing is copied.
fn own(bytes: Bytes) -> BytesMut {
    bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]))
}

/// Opens chunks and moves them together.
fn joined(chunks: &Chunks, shape: &Shape, first: u64, mut bytes: BytesMut) -> Result<Bytes, Error> {
    let mut places = Vec::with_capacity(bytes.len() / CHUNK_BYTES + 1);
    chunks.open(shape, first, &mut bytes, |place| places.push(place))?;
    let mut length = 0;
    for place in places {
        let size = place.len();
        bytes.copy_within(place, length);
        length += size;
    }
    bytes.truncate(length);
    Ok(bytes.freeze())
}

/// Opens chunks and cuts out of each what lies in `range`, without moving anything.
fn pieces(
    chunks: &Chunks,
    shape: &Shape,
    first: u64,
    mut bytes: BytesMut,
    range: &Range<u64>,
) -> Result<Vec<Bytes>, Error> {
    let mut places = Vec::with_capacity(WINDOW_CHUNKS as usize);
    chunks.open(shape, first, &mut bytes, |place| places.push(place))?;
    let bytes = bytes.freeze();
    let mut at = first * CHUNK_BYTES as u64;
    Ok(places
        .into_iter()
        .map(|place| {
            let from = range.start.saturating_sub(at).min(place.len() as u64) as usize;
            let to = (range.end - at).min(place.len() as u64) as usize;
            at += place.len() as u64;
            bytes.slice(place.start + from..place.start + to)
        })
        .filter(|piece| !piece.is_empty())
        .collect())
}

async fn seal_into<E: std::fmt::Display>(
    parts: &mut WriteMultipart,
    chunks: &Chunks,
    plain: impl Stream<Item = Result<Bytes, E>>,
) -> Result<u64, Error> {
    let mut plain = std::pin::pin!(plain);
    let (mut held, mut index, mut size) = (BytesMut::new(), 0, 0);
    let mut sealed = Vec::new();
    while let Some(bytes) = plain.next().await {
        let bytes = bytes.map_err(|e| Error::Source(e.to_string()))?;
        size += bytes.len() as u64;
        held.extend_from_slice(&bytes);
        // One byte more than a chunk: only then is it certain that this chunk is not the last.
        while held.len() > CHUNK_BYTES {
            chunks.seal(index, false, &held.split_to(CHUNK_BYTES), &mut sealed);
            index += 1;
        }
        parts.wait_for_capacity(PARTS_AT_ONCE).await?;
        parts.write(&sealed);
        sealed.clear();
    }
    chunks.seal(index, true, &held, &mut sealed);
    parts.write(&sealed);
    Ok(size)
}
