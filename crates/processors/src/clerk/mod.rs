//! Clerk: who is signed in. Tokens are checked here without asking anybody; Clerk is asked for its keys, for one user,
//! and for a user's end.
//!
//! It must not know accounts or the database: who a user is to us, which sessions were ended and which webhooks came
//! already is kept by whoever calls.
//!
//! Held against the Backend API of 2026-05-12 and the webhooks of 2025-04-15.

mod account;
mod roles;
mod token;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egress::{Answer, Egress, Error, Means, Method, Request, RetryPolicy};
use policy::{Personal, kind, processor, purpose};

pub(crate) use account::Account;
pub use token::{Expected, Keys, Session, Token, TokenError};

use crate::Secret;
use crate::svix::{Message, Svix, SvixError};
use crate::word::word;
use wire::{WireDeleted, WireErrors, WireUser};

/// The version of the interface that every call asks for.
const API_VERSION: &str = "2026-05-12";
/// Seconds that a token lives after it was made.
const TOKEN_LIFE_S: i64 = 60;
/// Largest answer: one user, or a set of keys.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// How Clerk is used.
#[derive(Debug, Clone)]
pub struct ClerkSettings {
    /// For calls.
    pub key: Secret,
    /// For webhooks.
    pub webhooks: Svix,
    /// What a token must say.
    pub expected: Expected,
    /// Seconds after which the keys are asked for again.
    pub keys_fresh_s: u64,
    /// Seconds after which they are not used any more when they cannot be had again.
    pub keys_old_s: u64,
    /// Seconds between two askings for an unknown key, which anybody can invent.
    pub keys_wait_s: u64,
    /// How calls are repeated.
    pub retry: RetryPolicy,
}

impl ClerkSettings {
    /// With usual times: leeway 5 s, keys for an hour and never more than a day, an unknown one once a minute.
    ///
    /// # Errors
    /// [`SvixError::Secret`].
    pub fn new(
        key: Secret,
        webhook_secret: &str,
        issuer: impl Into<String>,
        authorised_parties: Vec<String>,
    ) -> Result<Self, SvixError> {
        Ok(Self {
            key,
            webhooks: Svix::new(webhook_secret)?,
            expected: Expected { issuer: issuer.into(), authorised_parties, leeway_s: 5 },
            keys_fresh_s: 3600,
            keys_old_s: 86_400,
            keys_wait_s: 60,
            retry: RetryPolicy::default(),
        })
    }
}

/// A user as far as it is read.
#[derive(Debug, Clone)]
pub struct User {
    /// Clerk's id.
    pub id: String,
    /// Our id, when it was set. Random.
    pub external_id: Option<Personal<kind::Identity, String>>,
    /// The primary address.
    pub email: Option<Personal<kind::Email, String>>,
    /// Whether the primary address was shown to be theirs.
    pub email_is_verified: bool,
    /// First name.
    pub first_name: Option<Personal<kind::PersonName, String>>,
    /// Last name.
    pub last_name: Option<Personal<kind::PersonName, String>>,
    /// Whether they are neither banned nor locked out.
    pub may_sign_in: bool,
    /// When it was changed last, in milliseconds since 1970. Of two states the later one counts.
    pub updated_at_ms: i64,
}

/// What happened at Clerk. A user's end may be told before their beginning.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody signed up.
    UserCreated(Box<User>),
    /// Something about a user changed.
    UserUpdated(Box<User>),
    /// A user is gone.
    UserDeleted {
        /// Clerk's id.
        user_id: String,
    },
    /// A session ended, was removed or revoked. Its last token may live for a minute more.
    SessionEnded {
        /// Clerk's id of the session.
        session_id: String,
        /// Whose it was.
        user_id: String,
    },
    /// Nothing that we use.
    Other,
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its message: who saw the id before does nothing.
    pub message: Message,
    /// What happened.
    pub event: Event,
}

/// Why a webhook is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClerkWebhookError {
    /// It is not Clerk's, or not of now.
    #[error("the webhook is not taken: {0}")]
    Signature(#[from] SvixError),
    /// It is signed, but no event of the contract.
    #[error("the webhook is no event of the contract")]
    Malformed,
}

/// A user that is gone, for the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedUser {
    /// Clerk's id.
    pub user_id: String,
    /// Whether there was none.
    pub was_gone: bool,
    /// From when on no token of theirs is alive, in seconds since 1970. Until then our own list must refuse them.
    pub tokens_dead_at_s: i64,
}

/// Why Clerk did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClerkError {
    /// It said no; trying again changes nothing.
    #[error("Clerk refuses it: {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Clerk's word for it; empty when it gave none.
        code: String,
    },
    /// Worth another try later.
    #[error("Clerk is away: {why}")]
    Away {
        /// What is wrong.
        why: String,
        /// How long it asks us to wait, in seconds.
        retry_after_s: Option<u64>,
    },
    /// It answered something that the contract does not have.
    #[error("the answer of Clerk is not as agreed: {0}")]
    Malformed(&'static str),
    /// The policy did not let the call out.
    #[error(transparent)]
    Blocked(Error),
}

/// The adapter.
pub struct Clerk {
    egress: Egress,
    settings: ClerkSettings,
    held: Mutex<Option<Held>>,
    /// One asks for keys at a time; the others wait for what it gets.
    asking: futures::lock::Mutex<()>,
}

/// Keys that are held.
#[derive(Clone)]
struct Held {
    keys: Arc<Keys>,
    got_at_s: i64,
    failed_at_s: Option<i64>,
}

/// What the held keys are good for.
enum Look {
    Here(Arc<Keys>),
    /// It is time to ask; what is held will do when that fails.
    Ask(Option<Arc<Keys>>),
    Unknown,
}

impl Clerk {
    /// Sets it up. Nothing is asked yet.
    pub fn new(egress: Egress, settings: ClerkSettings) -> Self {
        Self { egress, settings, held: Mutex::new(None), asking: futures::lock::Mutex::new(()) }
    }

    /// Who a session token stands for. No call is made for it unless its key is unknown or the keys are old.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn session(&self, token: &str, now_s: i64) -> Result<Session, TokenError> {
        let token = Token::read(token)?;
        let keys = self.keys(token.kid(), now_s).await?;
        token.check(&keys, &self.settings.expected, now_s)
    }

    /// Reads a webhook: `header` gives a header by its name in small letters, `body` is raw.
    ///
    /// # Errors
    /// See [`ClerkWebhookError`].
    pub fn webhook<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now_s: i64,
    ) -> Result<Delivery, ClerkWebhookError> {
        let message = self.settings.webhooks.verify(header, body, now_s)?;
        let event = wire::event(body).ok_or(ClerkWebhookError::Malformed)?;
        Ok(Delivery { message, event })
    }

    /// A user; `None` when there is none.
    ///
    /// # Errors
    /// See [`ClerkError`].
    pub async fn user(&self, user_id: &str) -> Result<Option<User>, ClerkError> {
        let address = "https://api.clerk.com/v1/users/{user}";
        let answer = self.ask(|| self.call(Method::GET, address).plain("path.user", user_id)).await?;
        match answer.status() {
            404 => Ok(None),
            200 => {
                let user: WireUser = answer.json().map_err(|_| ClerkError::Malformed("no user"))?;
                Ok(Some(user.into()))
            }
            _ => Err(said_no(&answer)),
        }
    }

    /// Ends a session, so that no new token is made of it. May be repeated.
    ///
    /// # Errors
    /// See [`ClerkError`].
    pub async fn end_session(&self, session_id: &str) -> Result<(), ClerkError> {
        let address = "https://api.clerk.com/v1/sessions/{session}/revoke";
        let call = || self.call(Method::POST, address).plain("path.session", session_id).deletes();
        let answer = self.ask(call).await?;
        // One that is over already is refused; it ends with the user at the latest.
        let is_over = answer.is_success() || matches!(answer.status(), 400 | 404 | 422);
        if is_over { Ok(()) } else { Err(said_no(&answer)) }
    }

    /// Ends sessions, so that no new token is made, and deletes the user. All of it may be repeated. `sessions` are
    /// those that are known of the user, from tokens and webhooks.
    ///
    /// # Errors
    /// See [`ClerkError`].
    pub async fn delete_user(
        &self,
        user_id: &str,
        sessions: &[String],
        now_s: i64,
    ) -> Result<DeletedUser, ClerkError> {
        for session in sessions {
            self.end_session(session).await?;
        }
        let address = "https://api.clerk.com/v1/users/{user}";
        let call = || self.call(Method::DELETE, address).plain("path.user", user_id).deletes();
        let answer = self.ask(call).await?;
        let was_gone = match answer.status() {
            404 => true,
            200 => {
                let gone: WireDeleted =
                    answer.json().map_err(|_| ClerkError::Malformed("no deleted object"))?;
                if !gone.deleted || gone.id.as_deref().is_some_and(|id| id != user_id) {
                    return Err(ClerkError::Malformed("it deleted something else"));
                }
                false
            }
            _ => return Err(said_no(&answer)),
        };
        let tokens_dead_at_s = now_s + TOKEN_LIFE_S + self.settings.expected.leeway_s;
        Ok(DeletedUser { user_id: user_id.to_owned(), was_gone, tokens_dead_at_s })
    }

    /// The keys, with one in particular.
    async fn keys(&self, kid: &str, now_s: i64) -> Result<Arc<Keys>, TokenError> {
        if let Look::Here(keys) = self.look(kid, now_s) {
            return Ok(keys);
        }
        let _one = self.asking.lock().await;
        // Somebody else may have asked meanwhile.
        let spare = match self.look(kid, now_s) {
            Look::Here(keys) => return Ok(keys),
            Look::Unknown => return Err(TokenError::UnknownKey),
            Look::Ask(spare) => spare,
        };
        match self.ask_for_keys().await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                let held = Held { keys: Arc::clone(&keys), got_at_s: now_s, failed_at_s: None };
                *self.held() = Some(held);
                if keys.has(kid) { Ok(keys) } else { Err(TokenError::UnknownKey) }
            }
            Err(error) => {
                if let Some(held) = self.held().as_mut() {
                    held.failed_at_s = Some(now_s);
                }
                spare.ok_or(TokenError::Keys(error))
            }
        }
    }

    fn look(&self, kid: &str, now_s: i64) -> Look {
        let Some(held) = self.held().clone() else { return Look::Ask(None) };
        let age_s = now_s.abs_diff(held.got_at_s);
        let failed_just_now =
            held.failed_at_s.is_some_and(|at_s| now_s.abs_diff(at_s) < self.settings.keys_wait_s);
        if !held.keys.has(kid) {
            return if age_s < self.settings.keys_wait_s { Look::Unknown } else { Look::Ask(None) };
        }
        if age_s < self.settings.keys_fresh_s {
            return Look::Here(held.keys);
        }
        if age_s >= self.settings.keys_old_s {
            return Look::Ask(None);
        }
        if failed_just_now { Look::Here(held.keys) } else { Look::Ask(Some(held.keys)) }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask_for_keys(&self) -> Result<Keys, ClerkError> {
        let answer = self.ask(|| self.call(Method::GET, "https://api.clerk.com/v1/jwks")).await?;
        if !answer.is_success() {
            return Err(said_no(&answer));
        }
        Keys::read(answer.body()).ok_or(ClerkError::Malformed("no keys"))
    }

    fn call(&self, method: Method, address: &'static str) -> Request<processor::Clerk> {
        self.egress
            .to::<processor::Clerk, purpose::Account>(method, address)
            .header("authorization", &self.settings.key.bearer())
            .header("clerk-api-version", API_VERSION)
            .answer_bytes_max(ANSWER_BYTES_MAX)
    }

    /// Every call here may arrive twice.
    async fn ask(&self, call: impl Fn() -> Request<processor::Clerk>) -> Result<Answer, ClerkError> {
        self.egress.retry(&self.settings.retry, call).await.map_err(failed)
    }
}

fn failed(error: Error) -> ClerkError {
    match error.means() {
        Means::Away { retry_after_s } => ClerkError::Away { why: error.to_string(), retry_after_s },
        Means::Blocked(_) => ClerkError::Blocked(error),
        Means::Malformed(what) => ClerkError::Malformed(what),
    }
}

fn said_no(answer: &Answer) -> ClerkError {
    let status = answer.status();
    if matches!(status, 408 | 425 | 429 | 500..) {
        return ClerkError::Away { why: format!("status {status}"), retry_after_s: answer.retry_after_s() };
    }
    let errors = answer.json::<WireErrors>().map(|wire| wire.errors).unwrap_or_default();
    ClerkError::Refused { status, code: word(errors.first().map(|error| error.code.as_str())) }
}
