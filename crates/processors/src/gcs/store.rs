//! The bucket as an object store: what the vault keeps its sealed objects in.
//!
//! It must not know what is in an object. All are held to what the policy asks of a photo, the strictest of what may
//! lie here. Names are used once, so nothing is overwritten, copied or renamed.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use egress::Egress;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use policy::{Personal, kind};

use super::{Gcs, GcsError, Version};
use crate::role::Check;

/// The bucket as an object store. Clones share it.
#[derive(Clone)]
pub struct GcsStore {
    gcs: Arc<Gcs>,
    egress: Egress,
}

impl GcsStore {
    /// Over a bucket; the time is the egress's.
    pub(crate) fn new(gcs: Arc<Gcs>, egress: Egress) -> Self {
        Self { gcs, egress }
    }

    fn now_s(&self) -> i64 {
        self.egress.now_ms() / 1_000
    }

    async fn put_whole(&self, location: &Path, content: Bytes) -> Result<PutResult> {
        let sealed = Personal::<kind::Photo, _>::new(content);
        let stored = self.gcs.put(location.as_ref(), &sealed, self.now_s()).await;
        let stored = stored.map_err(|error| said(location, error))?;
        Ok(PutResult { e_tag: None, version: Some(stored.generation), extensions: Default::default() })
    }

    async fn list_all(&self, prefix: Option<Path>) -> Result<Vec<ObjectMeta>> {
        let prefix = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
        let found = self.gcs.list(&prefix, false, self.now_s()).await;
        let found = found.map_err(|error| said(&Path::from(prefix.as_str()), error))?;
        found.into_iter().map(meta).collect()
    }
}

impl fmt::Debug for GcsStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GcsStore")
    }
}

impl fmt::Display for GcsStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bucket")
    }
}

impl Check for GcsStore {
    fn check(&self, now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        async move { self.gcs.check_bucket(now_s).await.map_err(|error| error.to_string()) }.boxed()
    }
}

#[async_trait]
impl ObjectStore for GcsStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, _: PutOptions) -> Result<PutResult> {
        self.put_whole(location, payload.into()).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(Upload { store: self.clone(), location: location.clone(), parts: Vec::new() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let about = self.gcs.about(location.as_ref(), self.now_s()).await;
        let meta = meta(about.map_err(|error| said(location, error))?)?;
        let range = match &options.range {
            Some(range) => range
                .as_range(meta.size)
                .map_err(|error| Error::Generic { store: STORE, source: Box::new(error) })?,
            None => 0..meta.size,
        };
        let content = match options.head || range.is_empty() {
            true => Bytes::new(),
            false => self.part(location, options.range.is_some().then(|| range.clone())).await?,
        };
        let payload = GetResultPayload::Stream(stream::once(async { Ok(content) }).boxed());
        let (attributes, extensions) = (Attributes::new(), Default::default());
        Ok(GetResult { payload, meta, range, attributes, extensions })
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        let delete = move |location: Result<Path>| {
            let store = store.clone();
            async move {
                let location = location?;
                let erased = store.gcs.erase(location.as_ref(), store.now_s()).await;
                erased.map_err(|error| said(&location, error))?;
                Ok(location)
            }
        };
        locations.then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (store, prefix) = (self.clone(), prefix.cloned());
        let found = async move { store.list_all(prefix).await.map(|found| stream::iter(found).map(Ok)) };
        stream::once(found).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(unsupported("folders are not listed"))
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(unsupported("an object has one name for good"))
    }
}

impl GcsStore {
    async fn part(&self, location: &Path, part: Option<Range<u64>>) -> Result<Bytes> {
        let got = self.gcs.get(location.as_ref(), part, self.now_s()).await;
        Ok(got.map_err(|error| said(location, error))?.into())
    }
}

/// An upload whose length is not known beforehand. It is kept in memory until it is whole: a film has some tens of
/// megabytes.
#[derive(Debug)]
struct Upload {
    store: GcsStore,
    location: Path,
    parts: Vec<Bytes>,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.parts.push(data.into());
        async { Ok(()) }.boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let whole = std::mem::take(&mut self.parts).concat();
        self.store.put_whole(&self.location, whole.into()).await
    }

    async fn abort(&mut self) -> Result<()> {
        self.parts.clear();
        Ok(())
    }
}

const STORE: &str = "bucket";

fn meta(version: Version) -> Result<ObjectMeta> {
    let unreadable = || said(&Path::default(), GcsError::Malformed("a time"));
    let last_modified: DateTime<Utc> =
        DateTime::from_timestamp_millis(version.created_ms).ok_or_else(unreadable)?;
    Ok(ObjectMeta {
        location: Path::parse(&version.name)?,
        last_modified,
        size: version.bytes,
        e_tag: None,
        version: Some(version.generation),
    })
}

fn said(location: &Path, error: GcsError) -> Error {
    let path = location.to_string();
    match error {
        GcsError::NotFound => Error::NotFound { path, source: Box::new(error) },
        GcsError::Taken => Error::AlreadyExists { path, source: Box::new(error) },
        _ => Error::Generic { store: STORE, source: Box::new(error) },
    }
}

fn unsupported(why: &'static str) -> Error {
    Error::NotSupported { source: Box::new(GcsError::Invalid(why)) }
}
