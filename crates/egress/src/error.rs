//! Why a call came to nothing.

use policy::{Choosable, KindId, ProcessorId, PurposeId};

/// Why a call was not answered. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The guard did not let it out; trying again changes nothing.
    #[error("the call to {0} was blocked: {1}")]
    Blocked(ProcessorId, Blocked),
    /// It was not answered in time; whether it arrived is not known.
    #[error("{0} did not answer in time")]
    TimedOut(ProcessorId),
    /// There was no connection, or it broke.
    #[error("{0} is out of reach: {1}")]
    Unreachable(ProcessorId, String),
    /// It failed again and again: it is left alone for so many seconds.
    #[error("{0} is left alone for {1} s, as it failed again and again")]
    Resting(ProcessorId, u64),
    /// It was sent elsewhere, which is not followed.
    #[error("{0} answered with a redirect ({1}), which is not followed")]
    Redirected(ProcessorId, u16),
    /// The answer is larger than was allowed.
    #[error("the answer of {0} is larger than {1} bytes")]
    AnswerTooLarge(ProcessorId, u64),
    /// The receipt could not be written, so nothing was sent.
    #[error("nothing was sent to {0}, as its receipt could not be written: {1}")]
    NoReceipt(ProcessorId, String),
}

/// What a call that was not answered means for whoever made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// It is worth another try, after so many seconds at the soonest where that is known.
    Away {
        /// Seconds.
        retry_after_s: Option<u64>,
    },
    /// The guard did not let it out: trying again changes nothing.
    Blocked(Blocked),
    /// It was answered with what is not taken.
    Malformed(&'static str),
}

impl Error {
    /// What it means.
    pub fn means(&self) -> Means {
        match self {
            Self::Blocked(_, why) => Means::Blocked(why.clone()),
            // Without a receipt it is our own book that is away; that is worth another try all the same.
            Self::TimedOut(_) | Self::Unreachable(..) | Self::NoReceipt(..) => {
                Means::Away { retry_after_s: None }
            }
            Self::Resting(_, seconds) => Means::Away { retry_after_s: Some(*seconds) },
            Self::Redirected(..) => Means::Malformed("a redirect"),
            Self::AnswerTooLarge(..) => Means::Malformed("it is too large"),
        }
    }
}

/// Why the guard did not let a call out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// The operator has not switched the processor on.
    #[error("it is not switched on")]
    SwitchedOff,
    /// The policy in force does not name it.
    #[error("the policy in force does not name it")]
    NotInPolicy,
    /// The policy in force does not use it for this.
    #[error("the policy in force does not use it for {0}")]
    Purpose(PurposeId),
    /// What this rests on was not agreed to.
    #[error("it rests on consent that was not given ({0:?})")]
    NoConsent(Choosable),
    /// The address is none, or has parts that it must not have.
    #[error("the address cannot be used: {0}")]
    Address(&'static str),
    /// The host is not the processor's.
    #[error("the host {0} is not in the policy")]
    Host(String),
    /// The field may not carry this kind of data.
    #[error("the field {field} may not carry this kind of data: {kind}")]
    Field {
        /// The field.
        field: String,
        /// The kind.
        kind: KindId,
    },
    /// The field is not in the policy.
    #[error("the field {0} is not listed as plain")]
    Plain(String),
    /// What the policy puts on the call itself must not be set otherwise, and nothing twice.
    #[error("{0} is set already")]
    SetAlready(String),
    /// The header is not in the policy.
    #[error("the header {0} is not in the policy")]
    Header(String),
    /// A header or field is missing without which the policy lets no call out.
    #[error("{0} is missing")]
    Missing(String),
    /// The call cannot be written down as the builder was told to.
    #[error("the body cannot be written: {0}")]
    Body(&'static str),
    /// It is larger than is allowed.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
}

impl Blocked {
    /// A stable word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched-off",
            Self::NotInPolicy => "not-in-policy",
            Self::Purpose(_) => "purpose",
            Self::NoConsent(_) => "no-consent",
            Self::Address(_) => "address",
            Self::Host(_) => "host",
            Self::Field { .. } => "field",
            Self::Plain(_) => "plain",
            Self::SetAlready(_) => "set-already",
            Self::Header(_) => "header",
            Self::Missing(_) => "missing",
            Self::Body(_) => "body",
            Self::TooLarge(_) => "too-large",
        }
    }
}
