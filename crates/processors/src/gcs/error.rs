//! Why a call to the bucket came to nothing. Nothing personal or secret is in it.

use egress::Answer;

use super::bucket::Unfit;
use crate::google::GoogleError;

/// Why a call to the bucket came to nothing: as any call to Google may, and what is the bucket's own.
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

impl From<GoogleError> for GcsError {
    fn from(error: GoogleError) -> Self {
        match error {
            GoogleError::Away(why) => Self::Away(why),
            GoogleError::Blocked(why) => Self::Blocked(why),
            GoogleError::Unauthorized => Self::Unauthorized,
            GoogleError::Refused { status, reason } => Self::Refused { status, reason },
            GoogleError::Malformed(what) => Self::Malformed(what),
            GoogleError::Signing => Self::Signing,
        }
    }
}

impl From<egress::Error> for GcsError {
    fn from(error: egress::Error) -> Self {
        GoogleError::from(error).into()
    }
}

impl GcsError {
    /// What an answer that says no means.
    pub(crate) fn of(answer: &Answer) -> Self {
        match answer.status() {
            404 => Self::NotFound,
            416 => Self::NoSuchPart,
            _ => GoogleError::of(answer).into(),
        }
    }
}
