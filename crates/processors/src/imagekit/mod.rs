//! ImageKit, for stills and posters in every size: it keeps a private original and delivers what is made of it at
//! signed addresses that end.
//!
//! ImageKit gets pictures under random names. It must not know names, accounts or addresses of people; there are no
//! tags and no metadata. This module knows neither the studio's rules nor its database.
//!
//! **Deleting a file leaves every address of it that was ever asked for in the cache.** An erasure is therefore the
//! deletion, then a purge of the film's folder, then asking until that is done: [`ImageKit::erase`] and
//! [`ImageKit::erased`].
//!
//! Source of the protocol: `crates/processors/tests/contracts/imagekit` (imagekit-developer/imagekit-nodejs 816822dd,
//! npm 7.11.0). Assumed: that a private file is not delivered without a signature, and `X-RateLimit-Reset`; from the
//! vendor's documentation: that a second upload to the same path takes the first one's place, that a purge ends as
//! `Completed`, and that a bulk deletion with a file missing deletes none and names it.

mod account;
mod link;
mod role;
mod settings;
mod webhook;
mod wire;

use std::fmt;

use egress::{Answer, Blocked, Egress, Means, Method, Request};
use policy::{Personal, kind, processor, purpose};
use serde::de::DeserializeOwned;

use crate::Secret;

pub(crate) use account::Account;
pub use link::{LINK_LIFE_MAX_S, LinkError, Picture, link, signature};
pub use settings::Settings;
pub use webhook::{Event, Rejected, What};

/// Largest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Most files of one bulk deletion.
const BULK_MAX: usize = 100;

/// Why ImageKit did not do what was asked. Nothing personal or secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Worth another try later; it may have been done all the same.
    #[error("ImageKit is away: {why}")]
    Away {
        /// What was seen of it.
        why: String,
        /// Seconds that ImageKit asks us to wait.
        retry_after_s: Option<u64>,
    },
    /// The policy does not let the call out.
    #[error("the call to ImageKit was blocked: {0}")]
    Blocked(Blocked),
    /// The private key is not known, or may not do this.
    #[error("ImageKit does not let us in ({0}): its private key is wrong or lacks a permission")]
    Credentials(u16),
    /// It is not there.
    #[error("ImageKit has nothing by this id")]
    NotFound,
    /// ImageKit does not take it; trying again changes nothing.
    #[error("ImageKit refused ({0})")]
    Refused(u16),
    /// The answer is not as the contract says.
    #[error("the answer of ImageKit is malformed: {0}")]
    Malformed(&'static str),
    /// A file can be seen without a signature. It is to be deleted.
    #[error("a file at ImageKit is not private: it is to be deleted")]
    Public(String),
    /// A file lies elsewhere than it was sent to, so that a purge would not reach it. It is to be deleted.
    #[error("a file at ImageKit is not where it was sent to: it is to be deleted")]
    Elsewhere(String),
}

impl From<egress::Error> for Error {
    fn from(error: egress::Error) -> Self {
        match error.means() {
            Means::Away { retry_after_s } => Self::Away { why: error.to_string(), retry_after_s },
            Means::Blocked(why) => Self::Blocked(why),
            Means::Malformed(what) => Self::Malformed(what),
        }
    }
}

/// A name made of chance: it says nothing of whom it is for. 32 letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RandomName(String);

impl RandomName {
    /// Of 16 random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(crate::signing::hex(&random))
    }

    /// One that was kept, `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_name =
            text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
        is_name.then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RandomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RandomName({})", self.0)
    }
}

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG
    Jpeg,
    /// PNG
    Png,
    /// WebP
    Webp,
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// A still or poster to be kept and delivered.
#[derive(Debug, Clone, Copy)]
pub struct Still<'a> {
    /// The film's folder: what is erased together.
    pub film: &'a RandomName,
    /// The picture's own name. The same names are the same file: a second upload takes the first one's place.
    pub name: &'a RandomName,
    /// What it is written as.
    pub format: Format,
    /// The picture.
    pub bytes: &'a Personal<kind::Still, Vec<u8>>,
}

/// A file at ImageKit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its id: what a deletion needs.
    pub id: String,
    /// Its path at the endpoint: what an address needs.
    pub path: String,
    /// Its size in bytes.
    pub bytes: Option<u64>,
}

/// What was deleted: goes into the receipt of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The id of what is gone.
    pub id: String,
    /// Whether it was still there. When not, it had been deleted before.
    pub was_there: bool,
}

/// An erasure under way: the files are gone, their copies in the cache may not be. It is kept until it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasing {
    /// The files.
    pub files: Vec<Deleted>,
    /// The purge to ask about.
    pub purge: String,
}

/// ImageKit, by its interface.
#[derive(Clone)]
pub struct ImageKit {
    egress: Egress,
    settings: Settings,
    authorization: Secret,
}

impl ImageKit {
    /// An account at ImageKit.
    pub fn new(egress: Egress, settings: Settings) -> Self {
        let authorization = settings.basic();
        Self { egress, settings, authorization }
    }

    /// Keeps a picture. It may be sent twice: it lies at one path.
    ///
    /// # Errors
    /// See [`Error`]; what [`Error::Public`] and [`Error::Elsewhere`] name is to be deleted.
    pub async fn upload(&self, still: &Still<'_>) -> Result<File, Error> {
        let folder = self.folder(still.film);
        let name = format!("{}.{}", still.name.as_str(), still.format.ending());
        let call = || {
            self.to(Method::POST, "https://upload.imagekit.io/api/v1/files/upload")
                .multipart()
                .plain("fileName", &name)
                .plain("folder", &folder)
                // The name is chance already, and one more from ImageKit would make a second file of a second try.
                .plain("useUniqueFileName", "false")
                .file("file", still.bytes, still.format.content_type())
        };
        let file: wire::File = read(&judged(self.retry(call).await, &self.settings)?)?;
        if file.file_path != format!("{folder}/{name}") {
            return Err(Error::Elsewhere(file.file_id));
        }
        if file.is_private_file == Some(false) {
            return Err(Error::Public(file.file_id));
        }
        if self.settings.check_private && file.is_private_file.is_none() {
            self.check_private(&file.file_id).await?;
        }
        Ok(File { id: file.file_id, path: file.file_path, bytes: file.size })
    }

    /// The signed address of a picture for `life_s` seconds from `now_s` (seconds since 1970).
    ///
    /// # Errors
    /// See [`LinkError`].
    pub fn link(&self, picture: &Picture<'_>, now_s: i64, life_s: i64) -> Result<String, LinkError> {
        link(&self.settings.private_key, &self.settings.endpoint, picture, now_s, life_s)
    }

    /// A file, `None` when there is none by this id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn file(&self, id: &str) -> Result<Option<File>, Error> {
        match self.details(id).await {
            Ok(file) if file.is_private_file == Some(false) => Err(Error::Public(file.file_id)),
            Ok(file) => Ok(Some(File { id: file.file_id, path: file.file_path, bytes: file.size })),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a file with all its versions. Copies in the cache stay: see [`ImageKit::erase`].
    ///
    /// # Errors
    /// See [`Error`]. One that is not there is no error.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        let call = || {
            let call = self.to(Method::DELETE, "https://api.imagekit.io/v1/files/{file}");
            call.plain("path.file", id).deletes()
        };
        match judged(self.retry(call).await, &self.settings) {
            Ok(_) => Ok(Deleted { id: id.to_owned(), was_there: true }),
            Err(Error::NotFound) => Ok(Deleted { id: id.to_owned(), was_there: false }),
            Err(error) => Err(error),
        }
    }

    /// Deletes files, many at a time. Copies in the cache stay: see [`ImageKit::erase`].
    ///
    /// # Errors
    /// See [`Error`]; then some may be deleted, and the same call is made again. One that is not there is no error.
    pub async fn delete_all(&self, ids: &[String]) -> Result<Vec<Deleted>, Error> {
        let mut deleted = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BULK_MAX) {
            deleted.extend(self.delete_some(ids).await?);
        }
        Ok(deleted)
    }

    /// Erases a film's pictures: deletes the files and has their copies in the cache purged. It is done when
    /// [`ImageKit::erased`] says so. It may be asked for again, also with files that are gone.
    ///
    /// # Errors
    /// See [`Error`]; then it is asked for again.
    pub async fn erase(&self, film: &RandomName, files: &[String]) -> Result<Erasing, Error> {
        let files = self.delete_all(files).await?;
        let url = format!("{}/{}/{}/*", self.settings.endpoint, self.settings.root, film.as_str());
        let call =
            || self.to(Method::POST, "https://api.imagekit.io/v1/files/purge").plain("url", &url).deletes();
        let purge: wire::Purge = read(&judged(self.retry(call).await, &self.settings)?)?;
        Ok(Erasing { files, purge: purge.request_id })
    }

    /// Whether the copies in the cache are gone too. To be asked again until they are.
    ///
    /// # Errors
    /// See [`Error`]; at [`Error::NotFound`] the purge is unknown and the erasure is asked for again.
    pub async fn erased(&self, erasing: &Erasing) -> Result<bool, Error> {
        let call = || {
            let call = self.to(Method::GET, "https://api.imagekit.io/v1/files/purge/{request}");
            call.plain("path.request", &erasing.purge).deletes()
        };
        let purge: wire::PurgeStatus = read(&judged(self.retry(call).await, &self.settings)?)?;
        match purge.status.as_str() {
            "Completed" => Ok(true),
            "Pending" => Ok(false),
            _ => Err(Error::Malformed("a purge is neither pending nor completed")),
        }
    }

    /// What a webhook says, if it is ImageKit's own and within 300 s of now: `header` gives a header by its name in
    /// small letters, `body` is raw, `now_s` in seconds since 1970.
    ///
    /// # Errors
    /// See [`Rejected`].
    pub fn webhook<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now_s: i64,
    ) -> Result<Event, Rejected> {
        webhook::read(header, body, &self.settings.webhook_secrets, now_s)
    }

    /// Where a film's pictures lie at the endpoint.
    fn folder(&self, film: &RandomName) -> String {
        format!("/{}/{}", self.settings.root, film.as_str())
    }

    /// Where one of them lies.
    fn path(&self, film: &RandomName, name: &RandomName, format: Format) -> String {
        format!("{}/{}.{}", self.folder(film), name.as_str(), format.ending())
    }

    async fn check_private(&self, id: &str) -> Result<(), Error> {
        match self.details(id).await?.is_private_file {
            Some(true) => Ok(()),
            Some(false) => Err(Error::Public(id.to_owned())),
            None => Err(Error::Malformed("it does not say whether a file is private")),
        }
    }

    async fn details(&self, id: &str) -> Result<wire::File, Error> {
        let call =
            || self.to(Method::GET, "https://api.imagekit.io/v1/files/{file}/details").plain("path.file", id);
        read(&judged(self.retry(call).await, &self.settings)?)
    }

    /// Deletes as many files as one call takes.
    async fn delete_some(&self, ids: &[String]) -> Result<Vec<Deleted>, Error> {
        let there = self.bulk(ids).await?;
        let mut deleted = Vec::with_capacity(ids.len());
        for id in ids {
            match &there {
                Some(gone) if gone.contains(id) => deleted.push(Deleted { id: id.clone(), was_there: true }),
                // Some were missing, or left: each by itself.
                _ => deleted.push(self.delete(id).await?),
            }
        }
        Ok(deleted)
    }

    /// The files that a bulk deletion deleted; `None` when it deleted none, as some are missing.
    async fn bulk(&self, ids: &[String]) -> Result<Option<Vec<String>>, Error> {
        let mut left: Vec<&String> = ids.iter().collect();
        // Once with all, and once without those that are missing.
        for _ in 0..2 {
            if left.is_empty() {
                return Ok(None);
            }
            let call = || {
                let call = self.to(Method::POST, "https://api.imagekit.io/v1/files/batch/deleteByFileIds");
                let ids = left.iter().enumerate();
                ids.fold(call, |call, (place, id)| call.plain_at("fileIds[]", place, *id)).deletes()
            };
            let answer = self.retry(call).await.map_err(Error::from)?;
            if answer.status() != 404 {
                let bulk: wire::Bulk = read(&judged(Ok(answer), &self.settings)?)?;
                return Ok(Some(bulk.successfully_deleted_file_ids));
            }
            let Ok(missing) = answer.json::<wire::Missing>() else { return Ok(None) };
            left.retain(|id| !missing.missing_file_ids.contains(id));
        }
        Ok(None)
    }

    async fn retry(&self, call: impl Fn() -> Request<processor::Imagekit>) -> Result<Answer, egress::Error> {
        self.egress.retry(&self.settings.retry, call).await
    }

    fn to(&self, method: Method, address: &'static str) -> Request<processor::Imagekit> {
        self.egress
            .to::<processor::Imagekit, purpose::Films>(method, address)
            .header("authorization", self.authorization.reveal())
            .timeout(self.settings.timeout)
            .answer_bytes_max(ANSWER_BYTES_MAX)
    }
}

/// What an answer means.
fn judged(answered: Result<Answer, egress::Error>, settings: &Settings) -> Result<Answer, Error> {
    let answer = answered?;
    match answer.status() {
        200..=299 => Ok(answer),
        status @ (401 | 403) => Err(Error::Credentials(status)),
        404 => Err(Error::NotFound),
        status @ (408 | 425 | 429 | 500..) => {
            let reset: Option<u64> =
                answer.header("x-ratelimit-reset").and_then(|text| text.trim().parse().ok());
            let reset_s = reset.map(|reset| if settings.reset_is_ms { reset.div_ceil(1000) } else { reset });
            let retry_after_s = answer.retry_after_s().or(reset_s);
            Err(Error::Away { why: format!("it answered {status}"), retry_after_s })
        }
        status => Err(Error::Refused(status)),
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    answer.json().map_err(|_| Error::Malformed("it is not of the form that the contract says"))
}
