//! What is remembered of a call: that it was made, to whom and with which fields, never what was in them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use futures::future::BoxFuture;
use policy::{CategoryId, ProcessorId};

use crate::Blocked;

/// A call, without its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// When.
    pub at_ms: i64,
    /// To whom.
    pub processor: ProcessorId,
    /// Where; empty when the address was none.
    pub host: String,
    /// Categories of personal data in it.
    pub categories: BTreeSet<CategoryId>,
    /// Names of its fields, as the policy lists them.
    pub fields: BTreeSet<String>,
    /// How much was in it.
    pub bytes: u64,
    /// What came of it. While the answer is not there: [`Outcome::Sent`].
    pub outcome: Outcome,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes out now. What stays so was interrupted: it may have arrived.
    Sent,
    /// It was answered with a status.
    Answered(u16),
    /// The guard did not let it out.
    Blocked(Blocked),
    /// It was not answered in time.
    TimedOut,
    /// There was no connection, or it broke.
    Unreachable,
    /// It was answered with a redirect, which was not followed.
    Redirected(u16),
    /// The answer was too large and was not read to its end.
    AnswerTooLarge,
}

impl Outcome {
    /// A stable word for it: `answered-200`, `blocked-host`.
    pub fn word(&self) -> Cow<'static, str> {
        match self {
            Self::Sent => "sent".into(),
            Self::Answered(status) => format!("answered-{status}").into(),
            Self::Blocked(why) => format!("blocked-{}", why.word()).into(),
            Self::TimedOut => "timed-out".into(),
            Self::Unreachable => "unreachable".into(),
            Self::Redirected(status) => format!("redirected-{status}").into(),
            Self::AnswerTooLarge => "answer-too-large".into(),
        }
    }
}

/// The receipt could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReceiptError(pub String);

/// Where receipts are kept.
pub trait Receipts: Send + Sync {
    /// Writes a receipt down before anything goes out, and gives it an id. Without it nothing is sent.
    fn open<'a>(&'a self, receipt: &'a Receipt) -> BoxFuture<'a, Result<String, ReceiptError>>;

    /// Adds what came of it.
    fn close<'a>(&'a self, id: &'a str, outcome: &'a Outcome) -> BoxFuture<'a, Result<(), ReceiptError>>;
}

/// Keeps none: with it nothing is ever sent. For looking at a configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReceipts;

impl Receipts for NoReceipts {
    fn open<'a>(&'a self, _: &'a Receipt) -> BoxFuture<'a, Result<String, ReceiptError>> {
        Box::pin(async { Err(ReceiptError("none is kept here".into())) })
    }

    fn close<'a>(&'a self, _: &'a str, _: &'a Outcome) -> BoxFuture<'a, Result<(), ReceiptError>> {
        Box::pin(async { Ok(()) })
    }
}
