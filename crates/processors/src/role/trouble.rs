//! Why a processor did not do what a role asked of it. A role that has to tell more apart has an error of its own, with
//! this in it.

use std::fmt::Display;

/// Why it was not done. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Worth another try later; it may have been done all the same.
    #[error("it is away: {why}")]
    Away {
        /// What was seen of it.
        why: String,
        /// Seconds that it asks us to wait.
        after_s: Option<u64>,
    },
    /// It said no, or was not asked: somebody must look. Whoever has a duty tries again all the same.
    #[error("{0}")]
    Refused(String),
}

impl Trouble {
    /// Seconds that it asks us to wait.
    pub fn after_s(&self) -> Option<u64> {
        match self {
            Self::Away { after_s, .. } => *after_s,
            Self::Refused(_) => None,
        }
    }
}

/// What a vendor's call comes to when it comes to nothing; what it shows is the reason.
pub(crate) trait CallError: Display {
    /// What was seen, and the seconds to wait, when it is worth another try.
    fn away(&self) -> Option<(String, Option<u64>)>;
}

impl<E: CallError> From<E> for Trouble {
    fn from(error: E) -> Self {
        match error.away() {
            Some((why, after_s)) => Self::Away { why, after_s },
            None => Self::Refused(error.to_string()),
        }
    }
}
