//! Why a call to Google came to nothing. Nothing personal or secret is in it.

use egress::{Answer, Means};
use serde::Deserialize;

use super::bucket::Unfit;

/// Why a call to Google came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GcsError {
    /// Worth another try later: out of reach, too busy, or failing.
    #[error("Google does not answer for now: {0}")]
    Away(String),
    /// It was not let out. Trying again changes nothing.
    #[error("{0}")]
    Blocked(egress::Error),
    /// The service account's key or the right to use the bucket is no longer good. Somebody must look at it.
    #[error("Google does not take the service account's credentials")]
    Unauthorized,
    /// There is no such object (or bucket).
    #[error("there is no such object")]
    NotFound,
    /// The name belongs to an object with other content. Names are used once.
    #[error("the name belongs to another object")]
    Taken,
    /// The object is shorter than the part that was asked for.
    #[error("the object has no such part")]
    NoSuchPart,
    /// Google said no.
    #[error("Google refused: {status} {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Google's own word for it, such as `forbidden`; empty when it gave none.
        reason: String,
    },
    /// The answer is not what the contract says.
    #[error("Google answered something else than its contract says: {0}")]
    Malformed(&'static str),
    /// What is stored or came back is not what was sent.
    #[error("the object was damaged on its way")]
    Damaged,
    /// An object is still there after all its generations were deleted, again and again.
    #[error("the object is still there after its deletion")]
    StillThere,
    /// What was asked makes no sense.
    #[error("that cannot be asked of Google Cloud Storage: {0}")]
    Invalid(&'static str),
    /// Nothing could be signed.
    #[error("nothing could be signed with the service account's key")]
    Signing,
    /// The bucket would keep what was deleted. The text is for the operator.
    #[error("{}", sentences(.0))]
    Unfit(Vec<Unfit>),
}

fn sentences(unfit: &[Unfit]) -> String {
    let sentences: Vec<String> = unfit.iter().map(ToString::to_string).collect();
    sentences.join(" ")
}

impl From<egress::Error> for GcsError {
    fn from(error: egress::Error) -> Self {
        match error.means() {
            Means::Away { .. } => Self::Away(error.to_string()),
            Means::Blocked(_) => Self::Blocked(error),
            Means::Malformed(what) => Self::Malformed(what),
        }
    }
}

impl GcsError {
    /// What an answer that says no means.
    pub(crate) fn of(answer: &Answer) -> Self {
        match answer.status() {
            401 => Self::Unauthorized,
            404 => Self::NotFound,
            416 => Self::NoSuchPart,
            408 | 425 | 429 | 500.. => Self::Away(format!("status {}", answer.status())),
            status => Self::Refused { status, reason: reason(answer) },
        }
    }
}

/// `{error:{code,message,status,errors:[{reason,..}]}}`
#[derive(Deserialize)]
struct Said {
    error: Inner,
}

#[derive(Deserialize)]
struct Inner {
    status: Option<String>,
    #[serde(default)]
    errors: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    reason: Option<String>,
}

/// Google's word for what was wrong. Its sentence is left out: it may repeat what was sent.
fn reason(answer: &Answer) -> String {
    let said = answer.json::<Said>().ok();
    let word =
        said.and_then(|said| said.error.errors.into_iter().find_map(|one| one.reason).or(said.error.status));
    crate::word::word(word.as_deref())
}
