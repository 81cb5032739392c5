//! fal: shots that a model generates from a photo. The photo goes inline and is never uploaded; the result is fetched
//! at once and then deleted there.
//!
//! It must not know orders, accounts or the database: which requests are ours, and whether their payloads were deleted,
//! is kept by whoever calls. A prompt has no name and no id in it.
//!
//! fal keeps a result of 10 KB or more for 6 minutes, a smaller one for an hour; files expire within ten minutes (the
//! policy puts that on each call). Files are never uploaded: there is no call for it here, and no field for it in the
//! policy.

mod account;
mod webhook;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use egress::{Answer, Egress, Error, Means, Method, Request, RetryPolicy};
use policy::{Personal, kind, processor, purpose};

use crate::Secret;
use crate::word::word;
pub(crate) use account::Account;
pub use webhook::{Called, Envelope, FalKeys, FalWebhookError, Unclaimed};
use wire::{WireDeleted, WireStatus, WireSubmitted};

/// Largest answer that is no file.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// Where fal publishes its keys. `rest.alpha.fal.ai` is told of too; that this one holds is assumed.
const KEYS: &str = "https://rest.fal.ai/.well-known/jwks.json";

/// How fal is used.
#[derive(Debug, Clone)]
pub struct FalSettings {
    /// For making shots.
    pub key: Secret,
    /// For deleting; fal wants another key with more rights.
    pub admin_key: Secret,
    /// fal's id of our account, which webhooks must name.
    pub user_id: String,
    /// Where webhooks go; without it the queue is asked.
    pub webhook_url: Option<String>,
    /// Seconds that a request may take at fal, above 1.
    pub request_timeout_s: Option<u32>,
    /// Whether fal itself repeats what fails, up to ten times.
    pub fal_retries: bool,
    /// Largest file that is fetched, in bytes.
    pub file_bytes_max: u64,
    /// Seconds after which the keys are asked for again; at most a day.
    pub keys_fresh_s: u64,
    /// Seconds between two askings because of a signature that no key fits.
    pub keys_wait_s: u64,
    /// Whether a deletion of what is not there counts as done. Assumed.
    pub missing_is_deleted: bool,
    /// How calls are repeated, save submitting, which is done once.
    pub retry: RetryPolicy,
}

impl FalSettings {
    /// Without webhooks, with files up to 256 MiB.
    pub fn new(key: Secret, admin_key: Secret, user_id: impl Into<String>) -> Self {
        Self {
            key,
            admin_key,
            user_id: user_id.into(),
            webhook_url: None,
            request_timeout_s: None,
            fal_retries: true,
            file_bytes_max: 256 << 20,
            keys_fresh_s: 12 * 3600,
            keys_wait_s: 60,
            missing_is_deleted: true,
            retry: RetryPolicy::default(),
        }
    }
}

/// How a photo is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl PhotoFormat {
    fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// A request that was taken. The id is what its deletion goes by: it is written down at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// fal's id.
    pub request_id: String,
    /// What fal's addresses of it begin with, such as `owner/model`.
    pub app: String,
}

/// What is submitted, and how.
struct Submission<'a> {
    model: &'a str,
    prompt: &'a str,
    photo: &'a Personal<kind::Photo, Vec<u8>>,
    format: PhotoFormat,
    /// Where fal is to tell that it is over.
    webhook: Option<&'a str>,
    /// Seconds that it may take at fal, above 1.
    timeout_s: Option<u32>,
}

impl<'a> Submission<'a> {
    fn new(
        model: &'a str,
        prompt: &'a str,
        photo: &'a Personal<kind::Photo, Vec<u8>>,
        format: PhotoFormat,
    ) -> Self {
        Self { model, prompt, photo, format, webhook: None, timeout_s: None }
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It waits.
    InQueue {
        /// Behind so many others.
        position: Option<u64>,
    },
    /// It is being made.
    InProgress,
    /// It is over; the result says how.
    Completed,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A shot.
    Video,
    /// A picture.
    Picture,
}

/// A file of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAt {
    /// Its path at fal's file host.
    pub path: String,
    /// What it is.
    pub media: Media,
}

/// A file, fetched.
#[derive(Debug, Clone)]
pub enum Made {
    /// A shot.
    Video(Personal<kind::GeneratedVideo, Vec<u8>>),
    /// A picture.
    Picture(Personal<kind::Still, Vec<u8>>),
}

/// What came of a wish to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// fal was told. What runs may still be made; then it is deleted.
    Told,
    /// It was over before.
    TooLate,
    /// There is no such request.
    Gone,
}

/// Payloads that are gone, for the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedPayloads {
    /// fal's id of the request.
    pub request_id: String,
    /// Files that went with it.
    pub files: usize,
    /// Whether there was nothing.
    pub was_gone: bool,
}

/// Why fal did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FalError {
    /// It said no; trying again changes nothing. Also the model's own no.
    #[error("fal refuses it: {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// fal's word for it; empty when it gave none.
        code: String,
    },
    /// Worth another try later.
    #[error("fal is away: {why}")]
    Away {
        /// What is wrong.
        why: String,
        /// How long it asks us to wait, in seconds.
        retry_after_s: Option<u64>,
    },
    /// Whether the request was taken is not known. fal has no key against doubles: it is not submitted again. What was
    /// taken expires by itself: the policy puts `x-fal-store-io: 0` and a lifecycle of 600 seconds on each call. When a
    /// webhook tells of it before, its payloads are deleted by the id that it names.
    #[error("whether fal took the request is not known: {0}")]
    Unknown(String),
    /// There is no such result, or not any more.
    #[error("there is no such result at fal, or not any more")]
    Gone,
    /// Some files could not be deleted; worth another try.
    #[error("{0} files could not be deleted at fal")]
    NotAllDeleted(usize),
    /// It answered something that the contract does not have.
    #[error("the answer of fal is not as agreed: {0}")]
    Malformed(&'static str),
    /// The policy did not let the call out.
    #[error(transparent)]
    Blocked(Error),
}

/// The adapter.
pub struct Fal {
    egress: Egress,
    settings: FalSettings,
    held: Mutex<Option<Held>>,
    /// One asks for keys at a time; the others wait for what it gets.
    asking: futures::lock::Mutex<()>,
}

/// Keys that are held.
#[derive(Clone)]
struct Held {
    keys: Arc<FalKeys>,
    got_at_s: i64,
}

impl Fal {
    /// Sets it up. Nothing is asked yet.
    pub fn new(egress: Egress, settings: FalSettings) -> Self {
        Self { egress, settings, held: Mutex::new(None), asking: futures::lock::Mutex::new(()) }
    }

    /// Submits a shot, once: a model's name (`owner/model`), a prompt without any name or id, and the photo inline.
    ///
    /// # Errors
    /// See [`FalError`]; after [`FalError::Away`] nothing was taken, after [`FalError::Unknown`] and
    /// [`FalError::Malformed`] it may have been.
    pub async fn submit(
        &self,
        model: &str,
        prompt: &str,
        photo: &Personal<kind::Photo, Vec<u8>>,
        format: PhotoFormat,
    ) -> Result<Ticket, FalError> {
        let submission = Submission {
            webhook: self.settings.webhook_url.as_deref(),
            timeout_s: self.settings.request_timeout_s,
            ..Submission::new(model, prompt, photo, format)
        };
        self.submit_as(submission).await
    }

    async fn submit_as(&self, submission: Submission<'_>) -> Result<Ticket, FalError> {
        let Submission { model, prompt, photo, format, webhook, timeout_s } = submission;
        let bytes = STANDARD.encode(photo.for_purpose::<purpose::Films>());
        let inline = Personal::<kind::Photo, _>::new(format!("data:{};base64,{bytes}", format.media_type()));
        let mut call = self
            .call(Method::POST, "https://queue.fal.run/{+model}", &self.settings.key)
            .plain("path.model", model)
            .plain("prompt", prompt)
            .field("image_url", &inline);
        if let Some(url) = webhook {
            call = call.plain("query.fal_webhook", url);
        }
        if let Some(seconds) = timeout_s {
            call = call.header("x-fal-request-timeout", &seconds.to_string());
        }
        if !self.settings.fal_retries {
            call = call.header("x-fal-no-retry", "1");
        }
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error @ (Error::TimedOut(_) | Error::Unreachable(..))) => {
                return Err(FalError::Unknown(error.to_string()));
            }
            Err(error) => return Err(failed(error)),
        };
        match answer.status() {
            200..=299 => {
                let wire: WireSubmitted =
                    answer.json().map_err(|_| FalError::Malformed("no submitted request"))?;
                let app = wire.app().ok_or(FalError::Malformed("addresses that are not of its queue"))?;
                Ok(Ticket { request_id: wire.request_id, app })
            }
            status @ (408 | 425 | 500 | 502 | 504) => Err(FalError::Unknown(format!("status {status}"))),
            _ => Err(said_no(&answer)),
        }
    }

    /// Where a request stands.
    ///
    /// # Errors
    /// See [`FalError`].
    pub async fn progress(&self, ticket: &Ticket) -> Result<Progress, FalError> {
        let address = "https://queue.fal.run/{+model}/requests/{request_id}/status";
        let answer = self.ask(|| self.of(Method::GET, address, ticket)).await?;
        if answer.status() == 404 {
            return Err(FalError::Gone);
        }
        if !answer.is_success() {
            return Err(said_no(&answer));
        }
        let wire: WireStatus = answer.json().map_err(|_| FalError::Malformed("no status"))?;
        match wire.status.as_str() {
            "IN_QUEUE" => Ok(Progress::InQueue { position: wire.queue_position }),
            "IN_PROGRESS" => Ok(Progress::InProgress),
            "COMPLETED" => Ok(Progress::Completed),
            _ => Err(FalError::Malformed("an unknown status")),
        }
    }

    /// The files of a request that is completed. The model's failure comes as [`FalError::Refused`].
    ///
    /// # Errors
    /// See [`FalError`].
    pub async fn result(&self, ticket: &Ticket) -> Result<Vec<FileAt>, FalError> {
        let address = "https://queue.fal.run/{+model}/requests/{request_id}";
        let answer = self.ask(|| self.of(Method::GET, address, ticket)).await?;
        match answer.status() {
            200 => {
                let payload: serde_json::Value =
                    answer.json().map_err(|_| FalError::Malformed("no result"))?;
                wire::files(&payload).ok_or(FalError::Malformed("no files at its file host"))
            }
            202 => Err(FalError::Away { why: "it is not completed".into(), retry_after_s: None }),
            404 | 410 => Err(FalError::Gone),
            _ => Err(said_no(&answer)),
        }
    }

    /// Fetches a file, within the ten minutes that it lives.
    ///
    /// # Errors
    /// See [`FalError`].
    pub async fn fetch(&self, file: &FileAt) -> Result<Made, FalError> {
        let call = || {
            // The address is the secret here: no key goes to the file host.
            self.egress
                .to::<processor::Fal, purpose::Films>(Method::GET, "https://v3.fal.media/{+file}")
                .plain("path.file", &file.path)
                .answer_bytes_max(self.settings.file_bytes_max)
        };
        let answer = self.ask(call).await?;
        match answer.status() {
            200 if answer.body().is_empty() => Err(FalError::Malformed("an empty file")),
            200 => {
                let bytes = answer.body().to_vec();
                Ok(match file.media {
                    Media::Video => Made::Video(Personal::new(bytes)),
                    Media::Picture => Made::Picture(Personal::new(bytes)),
                })
            }
            404 | 410 => Err(FalError::Gone),
            _ => Err(said_no(&answer)),
        }
    }

    /// Asks fal to stop. Its payloads are deleted afterwards all the same.
    ///
    /// # Errors
    /// See [`FalError`].
    pub async fn cancel(&self, ticket: &Ticket) -> Result<Cancelled, FalError> {
        let address = "https://queue.fal.run/{+model}/requests/{request_id}/cancel";
        let answer = self.ask(|| self.of(Method::PUT, address, ticket)).await?;
        match answer.status() {
            200..=299 => Ok(Cancelled::Told),
            404 => Ok(Cancelled::Gone),
            400 => match answer.json::<WireStatus>() {
                Ok(wire) if wire.status == "ALREADY_COMPLETED" => Ok(Cancelled::TooLate),
                _ => Err(said_no(&answer)),
            },
            _ => Err(said_no(&answer)),
        }
    }

    /// Deletes what fal has of a request: its payloads and the files made. `attempt` counts the caller's own tries, for
    /// fal answers the same key from memory for ten minutes, also when it failed.
    ///
    /// # Errors
    /// See [`FalError`].
    pub async fn delete_payloads(&self, request_id: &str, attempt: u32) -> Result<DeletedPayloads, FalError> {
        let address = "https://api.fal.ai/v1/models/requests/{request_id}/payloads";
        let key = format!("{request_id}-{attempt}");
        let call = || {
            self.call(Method::DELETE, address, &self.settings.admin_key)
                .header("idempotency-key", &key)
                .plain("path.request_id", request_id)
                .deletes()
        };
        let answer = self.ask(call).await?;
        let request_id = request_id.to_owned();
        match answer.status() {
            200 => {
                let wire: WireDeleted =
                    answer.json().map_err(|_| FalError::Malformed("no result of a deletion"))?;
                let files = wire.cdn_delete_results;
                let failed = |file: &&wire::WireDeletedFile| {
                    file.exception.as_ref().is_some_and(|exception| !exception.is_null())
                };
                match files.iter().filter(failed).count() {
                    0 => Ok(DeletedPayloads { request_id, files: files.len(), was_gone: false }),
                    left => Err(FalError::NotAllDeleted(left)),
                }
            }
            404 if self.settings.missing_is_deleted => {
                Ok(DeletedPayloads { request_id, files: 0, was_gone: true })
            }
            404 => Err(FalError::Gone),
            _ => Err(said_no(&answer)),
        }
    }

    /// Checks a webhook as it came: `header` gives a header by its name in small letters, `body` is raw, `now_s` in
    /// seconds since 1970. It is ours once [`Unclaimed::claim`] says so.
    ///
    /// # Errors
    /// See [`FalWebhookError`].
    pub async fn webhook<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now_s: i64,
    ) -> Result<Unclaimed, FalWebhookError> {
        self.opened(Envelope::read(&header)?, body, now_s).await
    }

    async fn opened(
        &self,
        envelope: Envelope,
        body: &[u8],
        now_s: i64,
    ) -> Result<Unclaimed, FalWebhookError> {
        envelope.is_for(&self.settings.user_id, now_s)?;
        self.is_signed(&envelope, body, now_s).await?;
        envelope.open(body)
    }

    async fn is_signed(&self, envelope: &Envelope, body: &[u8], now_s: i64) -> Result<(), FalWebhookError> {
        let is_within = |held: &Held, seconds: u64| now_s.abs_diff(held.got_at_s) < seconds;
        let look = || {
            let held = self.held().clone().filter(|held| is_within(held, self.settings.keys_fresh_s))?;
            let checked = envelope.is_signed(&held.keys, body);
            // Which key signed is not said: one that no key fits may be of a new one.
            (checked.is_ok() || is_within(&held, self.settings.keys_wait_s)).then_some(checked)
        };
        if let Some(checked) = look() {
            return checked;
        }
        let _one = self.asking.lock().await;
        // Somebody else may have asked meanwhile.
        if let Some(checked) = look() {
            return checked;
        }
        let keys = Arc::new(self.ask_for_keys().await.map_err(FalWebhookError::Keys)?);
        *self.held() = Some(Held { keys: Arc::clone(&keys), got_at_s: now_s });
        envelope.is_signed(&keys, body)
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask_for_keys(&self) -> Result<FalKeys, FalError> {
        let call = || {
            let call = self.egress.to::<processor::Fal, purpose::Films>(Method::GET, KEYS);
            call.answer_bytes_max(ANSWER_BYTES_MAX)
        };
        let answer = self.ask(call).await?;
        if !answer.is_success() {
            return Err(said_no(&answer));
        }
        FalKeys::read(answer.body()).ok_or(FalError::Malformed("no keys"))
    }

    fn call(&self, method: Method, address: &'static str, key: &Secret) -> Request<processor::Fal> {
        self.egress
            .to::<processor::Fal, purpose::Films>(method, address)
            .header("authorization", &format!("Key {}", key.reveal()))
            .answer_bytes_max(ANSWER_BYTES_MAX)
    }

    fn of(&self, method: Method, address: &'static str, ticket: &Ticket) -> Request<processor::Fal> {
        self.call(method, address, &self.settings.key)
            .plain("path.model", &ticket.app)
            .plain("path.request_id", &ticket.request_id)
    }

    /// For calls that may arrive twice: all but submitting.
    async fn ask(&self, call: impl Fn() -> Request<processor::Fal>) -> Result<Answer, FalError> {
        self.egress.retry(&self.settings.retry, call).await.map_err(failed)
    }
}

fn failed(error: Error) -> FalError {
    match error.means() {
        Means::Away { retry_after_s } => FalError::Away { why: error.to_string(), retry_after_s },
        Means::Blocked(_) => FalError::Blocked(error),
        Means::Malformed(what) => FalError::Malformed(what),
    }
}

fn said_no(answer: &Answer) -> FalError {
    let status = answer.status();
    if matches!(status, 408 | 425 | 429 | 500..) {
        return FalError::Away { why: format!("status {status}"), retry_after_s: answer.retry_after_s() };
    }
    let said: serde_json::Value = answer.json().unwrap_or_default();
    let code = said.pointer("/detail/0/type").and_then(serde_json::Value::as_str);
    FalError::Refused { status, code: word(code) }
}
