//! Sending events of usage, and deleting what was sent: an event, the random ids that it goes out with, what comes of a
//! deletion. Studio and consent stand outside: a call asks for [`Agreed`], which only they can give.
//!
//! It must not know an account, an address or a name: an event is checked to have no room for one.

use std::sync::Arc;

use egress::{Answer, Means};
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Personal, ProcessorId, kind};
use serde::Deserialize;

use super::{CallError, Erased, Erases, Trouble};

/// A random id for analytics. It has no relation to any other id, is kept on our side beside the account as the
/// handle for deletion, and is a new one after a withdrawal.
pub type AnalyticsId = Personal<kind::AnonymousId, String>;

/// A word of an event.
pub(crate) type Word = Personal<kind::UsageEvent, String>;

/// Whose event it is, as analytics may know it.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The person's random id.
    pub id: AnalyticsId,
    /// The visit's random id, where there is one.
    pub session: Option<AnalyticsId>,
}

/// Something that was used, with nothing in it that says by whom.
#[derive(Debug, Clone)]
pub struct Usage {
    pub(crate) key: String,
    pub(crate) at_ms: i64,
    pub(crate) name: Word,
    pub(crate) path: Option<Word>,
    pub(crate) film: Option<Word>,
    pub(crate) worth: Option<(Personal<kind::UsageEvent, f64>, Word)>,
}

/// Beginnings of names that processors keep for themselves.
const RESERVED: [&str; 4] = ["_", "firebase_", "ga_", "google_"];

impl Usage {
    /// An event: a random key (1 to 36 letters, digits, dashes) by which a doubled one is known again; a name (1 to
    /// 40 small letters, digits, `_`); when, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the key or the name is of another form.
    pub fn new(key: &str, name: &str, at_ms: i64) -> Result<Self, AnalyticsError> {
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=36).contains(&key.len()) || !key.bytes().all(is_key) {
            return Err(AnalyticsError::Invalid("an event's key has 1 to 36 letters, digits and dashes"));
        }
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let is_reserved = RESERVED.iter().any(|beginning| name.starts_with(beginning));
        if !begins || is_reserved || name.len() > 40 || !name.bytes().all(is_letter) {
            return Err(AnalyticsError::Invalid("an event's name has up to 40 small letters, digits and _"));
        }
        let name = Word::new(name.to_owned());
        Ok(Self { key: key.to_owned(), at_ms, name, path: None, film: None, worth: None })
    }

    /// The random key by which a doubled one is known.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The page, as its path alone: up to 100 characters, no query.
    ///
    /// # Errors
    /// When there is more in it.
    pub fn on_page(mut self, path: &str) -> Result<Self, AnalyticsError> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
        if !path.starts_with('/') || path.len() > 100 || !path.bytes().all(is_letter) {
            return Err(AnalyticsError::Invalid("a page is its path, without a query"));
        }
        self.path = Some(Word::new(path.to_owned()));
        Ok(self)
    }

    /// The film in the catalogue: its folder's name, up to 100 small letters, digits, dashes.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn with_film(mut self, slug: &str) -> Result<Self, AnalyticsError> {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=100).contains(&slug.len()) || !slug.bytes().all(is_letter) {
            return Err(AnalyticsError::Invalid("a film is the name of its folder"));
        }
        self.film = Some(Word::new(slug.to_owned()));
        Ok(self)
    }

    /// What it was worth: an amount in whole units of a currency (19.0: nineteen euros), and its ISO 4217 code.
    ///
    /// # Errors
    /// When the amount is no finite number of zero or more, or the code none.
    pub fn worth(mut self, value: f64, currency: &str) -> Result<Self, AnalyticsError> {
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code || !value.is_finite() || value < 0.0 {
            return Err(AnalyticsError::Invalid("an amount is a number with a currency's code"));
        }
        self.worth = Some((Personal::new(value), Word::new(currency.to_owned())));
        Ok(self)
    }
}

/// What has become of a deletion. Kept as its receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erasure {
    /// The processor took it on for good; nothing is left to ask. Its own word for when, where it gave one.
    Taken {
        /// As the processor wrote it.
        said: String,
    },
    /// It is under way: ask again with [`Analytics::erasure`].
    UnderWay {
        /// The processor's number of the task.
        task: String,
    },
    /// It is done.
    Done {
        /// The processor's number of the task.
        task: String,
    },
    /// The processor's own stores are done or failing, and some places behind it are not: somebody must look.
    Partly {
        /// The processor's number of the task.
        task: String,
        /// Each place with its state, as the processor names them.
        left: Vec<String>,
    },
    /// It did not happen. It must be asked for anew.
    Failed {
        /// The processor's number of the task.
        task: String,
        /// The processor's word for it.
        state: String,
    },
}

/// Why a call came to nothing. Nothing personal or secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalyticsError {
    /// Worth another try later.
    #[error("it does not answer for now: {0}")]
    Away(String),
    /// It was not let out. Trying again changes nothing.
    #[error("{0}")]
    Blocked(egress::Error),
    /// The credentials are no longer good. Somebody must look at it: deletions wait.
    #[error("it does not take our credentials: they ended, or were taken away")]
    Unauthorized,
    /// It said no.
    #[error("it refused: {status} {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Which field or rule, in a word; empty when it gave none.
        reason: String,
    },
    /// The answer is not what the contract says.
    #[error("it answered something else than its contract says: {0}")]
    Malformed(&'static str),
    /// What was asked makes no sense.
    #[error("that is not sent: {0}")]
    Invalid(&'static str),
}

impl From<egress::Error> for AnalyticsError {
    fn from(error: egress::Error) -> Self {
        match error.means() {
            Means::Away { .. } => Self::Away(error.to_string()),
            Means::Blocked(_) => Self::Blocked(error),
            Means::Malformed(what) => Self::Malformed(what),
        }
    }
}

impl AnalyticsError {
    /// What an answer that says no means, with a word of the processor's.
    pub(crate) fn of(answer: &Answer, word: Option<String>) -> Self {
        match answer.status() {
            401 => Self::Unauthorized,
            408 | 425 | 429 | 500.. => Self::Away(format!("status {}", answer.status())),
            status => Self::Refused { status, reason: crate::word::word(word.as_deref()) },
        }
    }
}

impl CallError for AnalyticsError {
    fn away(&self) -> Option<(String, Option<u64>)> {
        let Self::Away(why) = self else { return None };
        Some((why.clone(), None))
    }
}

/// The first entry of a list in an answer that has one; no more of it is read.
#[derive(Deserialize)]
pub(crate) struct Errors<T> {
    #[serde(default = "Vec::new", alias = "failed_records")]
    pub(crate) errors: Vec<T>,
}

/// The role: usage is sent to, and somebody's data deleted at, a processor for analytics.
pub trait Analytics: Send + Sync {
    /// Who it is.
    fn processor(&self) -> ProcessorId;

    /// Whether an event that arrives twice counts once. Where it does not, it is sent once, and may be lost.
    fn knows_doubles(&self) -> bool {
        true
    }

    /// Sends one event of somebody who agreed to analytics.
    fn send<'a>(
        &'a self,
        agreed: Agreed,
        who: &'a Visitor,
        usage: &'a Usage,
    ) -> BoxFuture<'a, Result<(), AnalyticsError>>;

    /// Asks for everything with an id to be deleted. Asking twice does no harm. It needs no consent.
    fn erase<'a>(&'a self, id: &'a AnalyticsId, now_s: i64)
    -> BoxFuture<'a, Result<Erasure, AnalyticsError>>;

    /// What has become of a deletion with a task's number.
    fn erasure<'a>(&'a self, task: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>>;
}

/// The role of deleting for a processor of events: the handle is the id that its events went out with.
pub struct ByAnalyticsId(pub Arc<dyn Analytics>);

/// How long a deletion under way is left alone, in seconds.
const AGAIN_S: u64 = 900;

impl Erases for ByAnalyticsId {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            let id = AnalyticsId::new(handle.to_owned());
            became(self.0.erase(&id, now_s).await)
        })
    }

    fn standing<'a>(
        &'a self,
        _: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move { became(self.0.erasure(task, now_s).await) })
    }
}

fn became(asked: Result<Erasure, AnalyticsError>) -> Result<Erased, Trouble> {
    match asked {
        Ok(Erasure::Taken { said }) => Ok(Erased::Done { receipt: said }),
        Ok(Erasure::Done { task }) => Ok(Erased::Done { receipt: task }),
        Ok(Erasure::UnderWay { task }) => Ok(Erased::UnderWay { task, again_s: AGAIN_S }),
        Ok(Erasure::Partly { left, .. }) => {
            let left = left.join(", ");
            Err(Trouble::Refused(format!("deleted there, but not in all places behind it: {left}")))
        }
        Ok(Erasure::Failed { state, .. }) => {
            Err(Trouble::Refused(format!("the deletion came to nothing: {state}")))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[test]
    fn an_event_has_no_room_for_a_person() {
        let event = |name| Usage::new("e-1", name, 0);
        assert!(event("film_started").is_ok());
        let long = "a".repeat(41);
        for wrong in ["", "Film", "ga_x", "_x", "firebase_x", "google_x", "a b", "mia@example.org", &long] {
            assert!(event(wrong).is_err(), "{wrong}");
        }
        for wrong in ["films", "/films?q=mia", "/a#b", "/mia@example.org", "/zoë", "/a b"] {
            assert!(event("page_view").unwrap().on_page(wrong).is_err(), "{wrong}");
        }
        assert!(event("page_view").unwrap().on_page("/films/moon-garden").is_ok());
        assert!(event("page_view").unwrap().with_film("Mia's film").is_err());
        assert!(event("purchase").unwrap().worth(19.0, "eur").is_err());
        assert!(event("purchase").unwrap().worth(f64::NAN, "EUR").is_err());
        assert!(Usage::new("", "page_view", 0).is_err());
        let shown = format!("{:?} {:?}", event("page_view").unwrap(), Secret::new("hidden"));
        assert!(!shown.contains("page_view") && !shown.contains("hidden"), "{shown}");
    }

    #[test]
    fn what_is_left_behind_is_never_taken_for_done() {
        let task = || "t-1".to_owned();
        let done = Ok(Erased::Done { receipt: task() });
        assert_eq!(became(Ok(Erasure::Done { task: task() })), done);
        assert_eq!(became(Ok(Erasure::Taken { said: task() })), done);
        let left = vec!["Webhook: NOT_SUPPORTED".to_owned()];
        let partly = became(Ok(Erasure::Partly { task: task(), left }));
        assert!(matches!(partly, Err(Trouble::Refused(why)) if why.contains("Webhook")));
        let failed = became(Ok(Erasure::Failed { task: task(), state: "REVOKED".to_owned() }));
        assert!(matches!(failed, Err(Trouble::Refused(_))));
        let away = became(Err(AnalyticsError::Away("status 503".to_owned())));
        assert!(matches!(away, Err(Trouble::Away { .. })));
    }
}
