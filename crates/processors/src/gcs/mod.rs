//! Google Cloud Storage: objects, sealed before they come here. It speaks the JSON API; tokens come from a service
//! account.
//!
//! Names are random and used once: an object is created where there is none (`ifGenerationMatch=0`), so that the same
//! upload may arrive twice. Deleting takes every generation, in a bucket that was seen to keep nothing back.
//!
//! It must not know what is in an object, nor keys.

mod account;
mod bucket;
mod error;
mod store;
mod sum;

use std::collections::BTreeSet;
use std::ops::Range;

use egress::{Answer, Egress, Method, RetryPolicy};
use policy::marker::{Kind, MayReceive};
use policy::{Personal, processor, purpose};
use serde::Deserialize;

use crate::google::{ServiceAccount, Tokens};

pub(crate) use account::Account;
pub use bucket::Unfit;
pub use error::GcsError;
pub use store::GcsStore;

type Google = processor::GoogleCloudStorage;
type Films = purpose::Films;

const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";
const BUCKET: &str = "https://storage.googleapis.com/storage/v1/b/{bucket}";
const OBJECTS: &str = "https://storage.googleapis.com/storage/v1/b/{bucket}/o";
const OBJECT: &str = "https://storage.googleapis.com/storage/v1/b/{bucket}/o/{object}";
const UPLOAD: &str = "https://storage.googleapis.com/upload/storage/v1/b/{bucket}/o";

/// Longest name of an object, in bytes.
const NAME_BYTES_MAX: usize = 1024;
/// Rounds of deletion before it is given up: something would have to bring the object back each time.
const ROUNDS: usize = 5;

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcsSettings {
    /// The bucket. It is of our own, and made for nothing else.
    pub bucket: String,
    /// How calls are tried again.
    pub retry: RetryPolicy,
}

/// An object at one point of its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub name: String,
    /// Google's number of this content.
    pub generation: String,
    /// How large it is.
    pub bytes: u64,
    /// CRC-32C of it, big-endian, in base64.
    pub crc32c: String,
    /// When it was stored, in milliseconds since 1970.
    pub created_ms: i64,
}

/// What a receipt of a deletion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedObject {
    /// The object's name, random.
    pub name: String,
    /// How many generations were there. None: it was gone already.
    pub generations: u32,
    /// When it was seen to be gone, in seconds since 1970.
    pub at_s: i64,
}

/// The bucket.
pub struct Gcs {
    egress: Egress,
    settings: GcsSettings,
    tokens: Tokens,
}

/// `Object` of the JSON API; whole numbers come as text, times in RFC 3339.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: String,
    generation: String,
    #[serde(default)]
    size: String,
    #[serde(default)]
    crc32c: String,
    time_created: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Resource>,
    next_page_token: Option<String>,
}

impl TryFrom<Resource> for Version {
    type Error = GcsError;

    fn try_from(resource: Resource) -> Result<Self, GcsError> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(&resource.generation) {
            return Err(GcsError::Malformed("a generation"));
        }
        let bytes = resource.size.parse().map_err(|_| GcsError::Malformed("a size"))?;
        let Resource { name, generation, crc32c, time_created, .. } = resource;
        let created: jiff::Timestamp = time_created.parse().map_err(|_| GcsError::Malformed("a time"))?;
        Ok(Self { name, generation, bytes, crc32c, created_ms: created.as_millisecond() })
    }
}

impl Gcs {
    /// A bucket, used with a service account. [`Gcs::check_bucket`] comes before anything is stored in it.
    ///
    /// # Errors
    /// When the bucket's name is none.
    pub fn new(egress: Egress, account: ServiceAccount, settings: GcsSettings) -> Result<Self, GcsError> {
        let name = &settings.bucket;
        let is_letter = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        };
        let ends_well = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
        let is_name = (3..=222).contains(&name.len())
            && name.bytes().all(is_letter)
            && ends_well(name.bytes().next())
            && ends_well(name.bytes().last());
        match is_name {
            true => Ok(Self { egress, settings, tokens: Tokens::new(account, SCOPE) }),
            false => Err(GcsError::Invalid("a bucket's name has small letters, digits, dashes and dots")),
        }
    }

    /// Looks whether the bucket deletes what is deleted. To be called at start.
    ///
    /// # Errors
    /// [`GcsError::Unfit`], with sentences for the operator, when it does not; otherwise what kept us from knowing.
    pub async fn check_bucket(&self, now_s: i64) -> Result<(), GcsError> {
        let bearer = self.bearer(now_s).await?;
        let call = || {
            self.egress
                .to::<Google, Films>(Method::GET, BUCKET)
                .header("authorization", &bearer)
                .plain("path.bucket", &self.settings.bucket)
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        let answer = self.good(answer, &[200])?;
        let bucket: bucket::Bucket = answer.json().map_err(|_| GcsError::Malformed("a bucket"))?;
        match bucket.unfit() {
            unfit if unfit.is_empty() => Ok(()),
            unfit => Err(GcsError::Unfit(unfit)),
        }
    }

    /// Stores a sealed object under a name that nothing has yet. The same object under the same name again is the
    /// same object.
    ///
    /// # Errors
    /// [`GcsError::Taken`] when the name belongs to another content; see [`GcsError`] for the rest.
    pub async fn put<K: Kind, T: AsRef<[u8]>>(
        &self,
        name: &str,
        sealed: &Personal<K, T>,
        now_s: i64,
    ) -> Result<Version, GcsError>
    where
        Google: MayReceive<K>,
    {
        check_name(name)?;
        let content = sealed.for_processor::<Google>().as_ref();
        let (sum, bytes) = (sum::of(content), content.len() as u64);
        let is_ours = |version: &Version| version.crc32c == sum && version.bytes == bytes;
        let bearer = self.bearer(now_s).await?;
        let call = || {
            self.egress
                .to::<Google, Films>(Method::POST, UPLOAD)
                .raw()
                .header("authorization", &bearer)
                .plain("path.bucket", &self.settings.bucket)
                .plain("query.uploadType", "media")
                .plain("query.name", name)
                .plain("query.ifGenerationMatch", "0")
                .file("object", sealed, "application/octet-stream")
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        if answer.status() == 412 {
            // There is one. It is ours when an answer was lost on its way.
            let there = self.about(name, now_s).await?;
            return if is_ours(&there) { Ok(there) } else { Err(GcsError::Taken) };
        }
        let answer = self.good(answer, &[200])?;
        let stored: Resource = answer.json().map_err(|_| GcsError::Malformed("an object"))?;
        let stored = Version::try_from(stored)?;
        if stored.name != name {
            return Err(GcsError::Malformed("an object of another name"));
        }
        if !is_ours(&stored) {
            self.delete(&stored, now_s).await?;
            return Err(GcsError::Damaged);
        }
        Ok(stored)
    }

    /// What is known of an object without its content.
    ///
    /// # Errors
    /// See [`GcsError`].
    pub async fn about(&self, name: &str, now_s: i64) -> Result<Version, GcsError> {
        check_name(name)?;
        let bearer = self.bearer(now_s).await?;
        let call = || {
            self.egress
                .to::<Google, Films>(Method::GET, OBJECT)
                .header("authorization", &bearer)
                .plain("path.bucket", &self.settings.bucket)
                .plain("path.object", name)
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        let answer = self.good(answer, &[200])?;
        answer.json::<Resource>().map_err(|_| GcsError::Malformed("an object"))?.try_into()
    }

    /// An object, or a part of it: the bytes from `start` up to, not including, `end`; fewer where it ends before.
    /// A whole object is held against its checksum.
    ///
    /// # Errors
    /// [`GcsError::NoSuchPart`] when it ends before `start`; see [`GcsError`] for the rest.
    pub async fn get(&self, name: &str, part: Option<Range<u64>>, now_s: i64) -> Result<Vec<u8>, GcsError> {
        check_name(name)?;
        if part.as_ref().is_some_and(|part| part.start >= part.end) {
            return Err(GcsError::Invalid("a part has at least one byte"));
        }
        let bearer = self.bearer(now_s).await?;
        let range = part.as_ref().map(|part| format!("bytes={}-{}", part.start, part.end - 1));
        let call = || {
            let request = self
                .egress
                .to::<Google, Films>(Method::GET, OBJECT)
                .header("authorization", &bearer)
                .plain("path.bucket", &self.settings.bucket)
                .plain("path.object", name)
                .plain("query.alt", "media");
            match &range {
                Some(range) => request.header("range", range),
                None => request,
            }
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        let answer = self.good(answer, &[200, 206])?;
        let bytes = answer.body();
        match (part, answer.status()) {
            (None, 200) => {
                let said = answer.header("x-goog-hash").and_then(sum::in_header);
                match said.is_none_or(|said| said == sum::of(bytes)) {
                    true => Ok(bytes.to_vec()),
                    false => Err(GcsError::Damaged),
                }
            }
            (Some(part), 206) if bytes.len() as u64 <= part.end - part.start => Ok(bytes.to_vec()),
            // A server may send the whole of it all the same.
            (Some(part), 200) => {
                let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
                match at(part.start) < bytes.len() {
                    true => Ok(bytes[at(part.start)..at(part.end)].to_vec()),
                    false => Err(GcsError::NoSuchPart),
                }
            }
            _ => Err(GcsError::Malformed("another part")),
        }
    }

    /// Objects whose names begin so; all of them for an empty text. With `versions` also what an object was before,
    /// where the bucket keeps that.
    ///
    /// # Errors
    /// See [`GcsError`].
    pub async fn list(&self, prefix: &str, versions: bool, now_s: i64) -> Result<Vec<Version>, GcsError> {
        let mut found = Vec::new();
        let mut pages: BTreeSet<String> = BTreeSet::new();
        let mut page: Option<String> = None;
        loop {
            let bearer = self.bearer(now_s).await?;
            let call = || {
                let request = self
                    .egress
                    .to::<Google, Films>(Method::GET, OBJECTS)
                    .header("authorization", &bearer)
                    .plain("path.bucket", &self.settings.bucket)
                    .plain("query.versions", versions);
                let request = if prefix.is_empty() { request } else { request.plain("query.prefix", prefix) };
                match &page {
                    Some(page) => request.plain("query.pageToken", page),
                    None => request,
                }
            };
            let answer = self.egress.retry(&self.settings.retry, call).await?;
            let answer = self.good(answer, &[200])?;
            let read: Page = answer.json().map_err(|_| GcsError::Malformed("a list of objects"))?;
            for resource in read.items {
                found.push(Version::try_from(resource)?);
            }
            let Some(next) = read.next_page_token.filter(|next| !next.is_empty()) else { return Ok(found) };
            if !pages.insert(next.clone()) {
                return Err(GcsError::Malformed("a list that leads back into itself"));
            }
            page = Some(next);
        }
    }

    /// Deletes every generation of an object, and looks that none is left. One that is gone already is deleted.
    ///
    /// # Errors
    /// See [`GcsError`]; until it is `Ok` the deletion is not done.
    pub async fn erase(&self, name: &str, now_s: i64) -> Result<ErasedObject, GcsError> {
        check_name(name)?;
        let mut generations = 0;
        for _ in 0..ROUNDS {
            let there = self.list(name, true, now_s).await?;
            let mut there = there.into_iter().filter(|version| version.name == name).peekable();
            if there.peek().is_none() {
                return Ok(ErasedObject { name: name.to_owned(), generations, at_s: now_s });
            }
            for version in there {
                self.delete(&version, now_s).await?;
                generations += 1;
            }
        }
        Err(GcsError::StillThere)
    }

    /// Deletes one generation for good.
    async fn delete(&self, version: &Version, now_s: i64) -> Result<(), GcsError> {
        let bearer = self.bearer(now_s).await?;
        let call = || {
            self.egress
                .to::<Google, Films>(Method::DELETE, OBJECT)
                .header("authorization", &bearer)
                .plain("path.bucket", &self.settings.bucket)
                .plain("path.object", &version.name)
                .plain("query.generation", &version.generation)
                .deletes()
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        // Gone already: an answer was lost on its way.
        self.good(answer, &[200, 204, 404]).map(|_| ())
    }

    async fn bearer(&self, now_s: i64) -> Result<String, GcsError> {
        let how = &self.settings.retry;
        Ok(self.tokens.bearer::<Google, Films>(&self.egress, how, false, now_s).await?)
    }

    fn good(&self, answer: Answer, good: &[u16]) -> Result<Answer, GcsError> {
        if good.contains(&answer.status()) {
            return Ok(answer);
        }
        if answer.status() == 401 {
            self.tokens.forget();
        }
        Err(GcsError::of(&answer))
    }
}

/// Names are random ones of ours: letters, digits and little else.
fn check_name(name: &str) -> Result<(), GcsError> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.');
    match !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && name.bytes().all(is_letter)
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
    {
        true => Ok(()),
        false => Err(GcsError::Invalid("a name has letters, digits, dashes, dots and single slashes")),
    }
}
