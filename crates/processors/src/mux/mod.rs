//! Mux, for streaming films to whoever may watch them: it fetches a finished film from an address of minutes, or is sent
//! it, and plays it for holders of a token of hours.
//!
//! Mux gets the film and an opaque passthrough. It must not know names, accounts or addresses of people, nor the
//! photo; nothing is put into `meta`, and Mux Data is not used. This module knows neither the studio's rules nor its
//! database: what a film is and who may watch it is decided elsewhere.
//!
//! Source of the protocol: `crates/processors/tests/contracts/mux` (muxinc/mux-node-sdk 89eff086, npm 15.3.0). Assumed,
//! and an error of its own where it is otherwise: the form of an error's body.

mod account;
mod role;
mod settings;
mod token;
mod upload;
mod webhook;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use egress::{Answer, Blocked, Egress, Means, Method, Request, RetryPolicy};
use policy::{Personal, kind, processor, purpose};
use serde::de::DeserializeOwned;

use crate::Secret;

pub(crate) use account::Account;
pub use settings::{Quality, Settings};
pub use token::{Audience, KeyError, SigningKey, TOKEN_LIFE_MAX_S, TokenError, playlist_url};
pub use webhook::{Event, Rejected, What, verify};

/// Largest answer that is read: a page of a list.
const ANSWER_BYTES_MAX: u64 = 8 << 20;

/// What is not sent by then is given up: whoever deletes by name relies on nothing coming later.
const SENT_WITHIN: Duration = Duration::from_secs(200);
/// How often it is looked whether a film was made of what was sent; waits double, up to half a minute in all.
const LOOKS: u32 = 8;

/// Longest passthrough that Mux keeps, in characters.
const PASSTHROUGH_MAX: usize = 255;

/// Why Mux did not do what was asked. Nothing personal or secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Worth another try later; it may have been done all the same.
    #[error("Mux is away: {why}")]
    Away {
        /// What was seen of it.
        why: String,
        /// Seconds that Mux asks us to wait.
        retry_after_s: Option<u64>,
    },
    /// The policy does not let the call out.
    #[error("the call to Mux was blocked: {0}")]
    Blocked(Blocked),
    /// The token of the interface is not known, or may not do this.
    #[error("Mux does not let us in ({0}): its access token is wrong or lacks a permission")]
    Credentials(u16),
    /// It is not there.
    #[error("Mux has nothing by this id")]
    NotFound,
    /// Mux does not take it; trying again changes nothing.
    #[error("Mux refused ({status}, {kind})")]
    Refused {
        /// The status.
        status: u16,
        /// Mux's own word for it, `unknown` where its body is of another form.
        kind: String,
    },
    /// The answer is not as the contract says.
    #[error("the answer of Mux is malformed: {0}")]
    Malformed(&'static str),
    /// An asset can be watched or fetched without a token. It is to be deleted.
    #[error("an asset at Mux is open to everybody: it is to be deleted")]
    Exposed(String),
    /// What was handed in cannot be sent.
    #[error("{0}")]
    Invalid(&'static str),
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

/// A film to be streamed.
#[derive(Debug, Clone, Copy)]
pub struct Film<'a> {
    /// Names it, opaque, at most 255 characters: the same passthrough is the same film and is taken once.
    pub passthrough: &'a str,
    /// Where Mux fetches it: `https`, signed, good for minutes.
    pub url: &'a Personal<kind::GeneratedVideo, String>,
    /// Captions beside it.
    pub captions: &'a [Captions<'a>],
}

/// Captions of a film. Mux must get no name: only captions without the child's are handed over, those with it stay
/// on our own server.
#[derive(Debug, Clone, Copy)]
pub struct Captions<'a> {
    /// Where Mux fetches the WebVTT file: `https`, signed, good for minutes.
    pub url: &'a Personal<kind::GeneratedVideo, String>,
    /// BCP 47 code of the language.
    pub language: &'a str,
    /// What the player shows for it, such as `Deutsch`.
    pub label: &'a str,
}

/// How far an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is being fetched and made ready.
    Preparing,
    /// It can be watched.
    Ready,
    /// It never will be.
    Errored,
}

/// A film at Mux.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its id: what a deletion needs.
    pub id: String,
    /// How far it is.
    pub status: Status,
    /// What we called it.
    pub passthrough: Option<String>,
    /// What its players ask for, with a token. `None` once viewing was stopped.
    pub playback_id: Option<String>,
    /// Its length in milliseconds, once known.
    pub duration_ms: Option<u64>,
    /// Mux's own word for what is wrong with it.
    pub problem: Option<String>,
    /// Its captions: id of the track, and language.
    pub captions: Vec<(String, Option<String>)>,
}

/// A place that a film can be sent to, instead of having it fetched.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub status: UploadStatus,
    /// Where the film is put (`PUT`): whoever knows it can, so it is a secret. Empty when it is over.
    pub url: Secret,
    /// The asset that came of it.
    pub asset: Option<String>,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadStatus {
    /// Nothing has come yet.
    Waiting,
    /// An asset was made of it.
    AssetCreated,
    /// Nothing will come of it: it failed, was cancelled or took too long.
    Over,
}

/// What was deleted: goes into the receipt of an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The id of what is gone.
    pub id: String,
    /// Whether it was still there. When not, it had been deleted before.
    pub was_there: bool,
}

/// Mux, by its interface.
#[derive(Clone)]
pub struct Mux {
    egress: Egress,
    settings: Settings,
    authorization: Secret,
}

impl Mux {
    /// An account's environment at Mux.
    pub fn new(egress: Egress, settings: Settings) -> Self {
        let authorization = settings.basic();
        Self { egress, settings, authorization }
    }

    /// Has a film fetched, once for each passthrough: Mux knows no key that would keep a repeated call from making
    /// a second asset, so it is looked for before, and again when the answer got lost.
    ///
    /// # Errors
    /// See [`Error`]. After [`Error::Away`] the same call is made again later.
    pub async fn ingest(&self, film: &Film<'_>) -> Result<Asset, Error> {
        if let Some(asset) = self.find(film.passthrough).await? {
            return Ok(asset);
        }
        match self.create(film).await {
            // Whoever asks us to wait is not asked again at once.
            Err(Error::Away { retry_after_s: None | Some(0), .. }) => {
                match self.find(film.passthrough).await? {
                    Some(asset) => Ok(asset),
                    None => self.create(film).await,
                }
            }
            done => done,
        }
    }

    /// The newest asset with a passthrough, among the newest ([`Settings::pages_max`] times 100).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn find(&self, passthrough: &str) -> Result<Option<Asset>, Error> {
        let mut cursor: Option<String> = None;
        for _ in 0..self.settings.pages_max {
            let answered = self
                .egress
                .retry(&self.settings.retry, || {
                    let call = self.to(Method::GET, "https://api.mux.com/video/v1/assets");
                    let call = call.plain("query.limit", wire::PAGE);
                    match &cursor {
                        Some(cursor) => call.plain("query.cursor", cursor),
                        None => call,
                    }
                })
                .await;
            let page: wire::Page = read(&judged(answered)?)?;
            let found = page.data.into_iter().find(|asset| asset.passthrough.as_deref() == Some(passthrough));
            if let Some(asset) = found {
                return asset.checked().map(Some);
            }
            match page.next_cursor.filter(|next| !next.is_empty()) {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        Ok(None)
    }

    /// An asset, `None` when there is none by this id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn asset(&self, id: &str) -> Result<Option<Asset>, Error> {
        let call =
            || self.to(Method::GET, "https://api.mux.com/video/v1/assets/{asset}").plain("path.asset", id);
        match judged(self.egress.retry(&self.settings.retry, call).await) {
            Ok(answer) => read::<wire::Data<wire::Asset>>(&answer)?.data.checked().map(Some),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a film, once for each passthrough: it is looked for before.
    ///
    /// # Errors
    /// See [`Error`]. After [`Error::Away`] the same call is made again later.
    pub async fn send(
        &self,
        passthrough: &str,
        film: &Personal<kind::GeneratedVideo, Bytes>,
    ) -> Result<Asset, Error> {
        if let Some(asset) = self.find(passthrough).await? {
            return Ok(asset);
        }
        let opened = self.open_upload(passthrough).await?;
        let place = upload::Place::read(&opened.url)?;
        match tokio::time::timeout(SENT_WITHIN, upload::send(&self.egress, &place, film)).await {
            Ok(sent) => sent?,
            Err(_) => {
                let why = "a film takes too long to send from here".to_owned();
                return Err(Error::Away { why, retry_after_s: None });
            }
        }
        self.came(&opened.id).await
    }

    /// The asset that came of an upload. Mux takes a moment to make it.
    async fn came(&self, upload: &str) -> Result<Asset, Error> {
        let how = RetryPolicy { tries_max: LOOKS, ..self.settings.retry };
        let is_awaited = |answered: &Result<Answer, egress::Error>| match answered {
            Ok(answer) if answer.is_success() => {
                let upload = read::<wire::Data<wire::Upload>>(answer).and_then(|read| read.data.checked());
                upload.is_ok_and(|upload| upload.status == UploadStatus::Waiting)
            }
            Ok(answer) => matches!(answer.status(), 408 | 425 | 429 | 500..),
            Err(error) => matches!(error, egress::Error::TimedOut(_) | egress::Error::Unreachable(..)),
        };
        let answered = self.egress.retry_while(&how, is_awaited, || self.upload_call(upload)).await;
        let upload = read::<wire::Data<wire::Upload>>(&judged(answered)?)?.data.checked()?;
        match upload.asset.filter(|_| upload.status == UploadStatus::AssetCreated) {
            Some(asset) => self.asset(&asset).await?.ok_or(Error::NotFound),
            // It is looked for by its name the next time.
            None => {
                let why = "no film is seen yet of what was sent".to_owned();
                Err(Error::Away { why, retry_after_s: None })
            }
        }
    }

    /// Opens a place that a film can be sent to. It may be opened twice: one that nothing comes to goes by itself.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open_upload(&self, passthrough: &str) -> Result<Upload, Error> {
        of_length(passthrough)?;
        let call = || {
            let call = self.to(Method::POST, "https://api.mux.com/video/v1/uploads");
            let call = call
                .plain("cors_origin", &self.settings.cors_origin)
                .plain("new_asset_settings.passthrough", passthrough);
            match self.settings.test {
                true => call.plain("test", true),
                false => call,
            }
        };
        let answer = judged(self.egress.retry(&self.settings.retry, call).await)?;
        read::<wire::Data<wire::Upload>>(&answer)?.data.checked()
    }

    /// An upload, `None` when there is none by this id.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn upload(&self, id: &str) -> Result<Option<Upload>, Error> {
        let call = || self.upload_call(id);
        match judged(self.egress.retry(&self.settings.retry, call).await) {
            Ok(answer) => read::<wire::Data<wire::Upload>>(&answer)?.data.checked().map(Some),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes an asset with all that was made of it. Its signed addresses stop with it; `video.asset.deleted`
    /// confirms it.
    ///
    /// # Errors
    /// See [`Error`]. One that is not there is no error.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        let call = || {
            let call = self.to(Method::DELETE, "https://api.mux.com/video/v1/assets/{asset}");
            call.plain("path.asset", id).deletes()
        };
        gone(id, self.egress.retry(&self.settings.retry, call).await)
    }

    /// What a webhook says, if it is Mux's own and of now.
    ///
    /// # Errors
    /// See [`Rejected`].
    pub fn webhook(&self, signature: Option<&str>, body: &[u8], now_s: i64) -> Result<Event, Rejected> {
        webhook::read(signature, body, &self.settings.webhook_secrets, now_s)
    }

    /// Makes an asset. It must not arrive twice, so it is sent once.
    async fn create(&self, film: &Film<'_>) -> Result<Asset, Error> {
        of_length(film.passthrough)?;
        let once = RetryPolicy { tries_max: 1, ..self.settings.retry };
        let call = || {
            let mut call = self
                .to(Method::POST, "https://api.mux.com/video/v1/assets")
                .plain("passthrough", film.passthrough)
                .plain("video_quality", self.settings.quality.word())
                .field_at("inputs[].url", 0, film.url);
            for (place, captions) in (1..).zip(film.captions) {
                call = call
                    .field_at("inputs[].url", place, captions.url)
                    .plain_at("inputs[].type", place, "text")
                    .plain_at("inputs[].text_type", place, "subtitles")
                    .plain_at("inputs[].language_code", place, captions.language)
                    .plain_at("inputs[].name", place, captions.label);
            }
            match self.settings.test {
                true => call.plain("test", true),
                false => call,
            }
        };
        let answer = judged(self.egress.retry(&once, call).await)?;
        read::<wire::Data<wire::Asset>>(&answer)?.data.checked()
    }

    fn upload_call(&self, id: &str) -> Request<processor::Mux> {
        self.to(Method::GET, "https://api.mux.com/video/v1/uploads/{upload}").plain("path.upload", id)
    }

    fn to(&self, method: Method, address: &'static str) -> Request<processor::Mux> {
        self.egress
            .to::<processor::Mux, purpose::Films>(method, address)
            .header("authorization", self.authorization.reveal())
            .timeout(self.settings.timeout)
            .answer_bytes_max(ANSWER_BYTES_MAX)
    }
}

fn of_length(passthrough: &str) -> Result<(), Error> {
    match passthrough.chars().count() {
        1..=PASSTHROUGH_MAX => Ok(()),
        _ => Err(Error::Invalid("a passthrough has 1 to 255 characters")),
    }
}

/// What an answer means.
fn judged(answered: Result<Answer, egress::Error>) -> Result<Answer, Error> {
    let answer = answered?;
    match answer.status() {
        200..=299 => Ok(answer),
        status @ (401 | 403) => Err(Error::Credentials(status)),
        404 => Err(Error::NotFound),
        // As Mux's own client sees it.
        status @ (408 | 409 | 425 | 429 | 500..) => {
            Err(Error::Away { why: format!("it answered {status}"), retry_after_s: answer.retry_after_s() })
        }
        status => Err(Error::Refused { status, kind: wire::word_of_error(answer.body()) }),
    }
}

fn gone(id: &str, answered: Result<Answer, egress::Error>) -> Result<Deleted, Error> {
    match judged(answered) {
        Ok(_) => Ok(Deleted { id: id.to_owned(), was_there: true }),
        Err(Error::NotFound) => Ok(Deleted { id: id.to_owned(), was_there: false }),
        Err(error) => Err(error),
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    answer.json().map_err(|_| Error::Malformed("it is not of the form that the contract says"))
}
