//! What went wrong: a class for machines, a code for the translator, a sentence for the person
//! and a detail for the operator. Nothing in it is personal.

use std::borrow::Cow;
use std::fmt;

/// Shorthand for results of the studio.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is; the web layer turns it into an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// There is no such thing, or it is not the asker's.
    NotFound,
    /// What was sent cannot be taken; the sentence says what to do.
    Refused,
    /// It does not fit the state things are in (done already, changed meanwhile).
    Conflict,
    /// Too often; see [`Error::retry_after_s`].
    TooMany,
    /// Something we depend on is out of reach; worth trying again.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// An error of the studio.
#[derive(Debug)]
pub struct Error {
    class: Class,
    code: &'static str,
    sentence: Cow<'static, str>,
    detail: Option<String>,
    retry_after_s: Option<u64>,
}

impl Error {
    /// There is no such thing, or it is not the asker's; `code` for example `photo-not-found`.
    pub fn not_found(code: &'static str) -> Self {
        Self::new(Class::NotFound, code, "We could not find that. It may have been deleted.")
    }

    /// What was sent cannot be taken. The sentence says what happened and what to do.
    pub fn refused(code: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Refused, code, sentence)
    }

    /// It does not fit the state things are in.
    pub fn conflict(code: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Class::Conflict, code, sentence)
    }

    /// Too often; when it is worth trying again.
    pub fn too_many(code: &'static str, retry_after_s: u64) -> Self {
        let sentence = "That was tried too often. Please wait a little and try again.";
        Self { retry_after_s: Some(retry_after_s), ..Self::new(Class::TooMany, code, sentence) }
    }

    /// Something we depend on is out of reach.
    pub fn unavailable(code: &'static str, detail: impl fmt::Display) -> Self {
        let sentence = "We cannot do that just now. Nothing is lost; please try again in a minute.";
        Self { detail: Some(detail.to_string()), ..Self::new(Class::Unavailable, code, sentence) }
    }

    /// A fault of ours, with a detail for the operator.
    pub fn internal(detail: impl fmt::Display) -> Self {
        let sentence = "Something went wrong on our side. Nothing is lost; please try again.";
        Self { detail: Some(detail.to_string()), ..Self::new(Class::Internal, "internal", sentence) }
    }

    /// The same with a detail for the operator.
    pub(crate) fn with_detail(self, detail: impl fmt::Display) -> Self {
        Self { detail: Some(detail.to_string()), ..self }
    }

    fn new(class: Class, code: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { class, code, sentence: sentence.into(), detail: None, retry_after_s: None }
    }

    /// What kind of failure it is.
    pub fn class(&self) -> Class {
        self.class
    }

    /// A stable word that names it, for translators and machines.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// A sentence for the person, in English.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// For the operator's log.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What whoever runs the program is told when it does not start, or a command of theirs ends: what failed, where
    /// that is known, and not what would be said to a visitor.
    pub fn for_operator(&self) -> &str {
        self.detail.as_deref().unwrap_or(&self.sentence)
    }

    /// Seconds after which trying again may succeed.
    pub fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)?;
        self.detail.iter().try_for_each(|detail| write!(f, " ({detail})"))
    }
}

impl std::error::Error for Error {}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::DbErr::{Conn, ConnectionAcquire};
        if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) {
            let sentence = "Somebody did the same at the same moment. Please load the page again.";
            return Self::conflict("changed-meanwhile", sentence);
        }
        match error {
            Conn(_) | ConnectionAcquire(_) => Self::unavailable("database-away", error),
            _ => Self::internal(error),
        }
    }
}

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        match error {
            vault::Error::NotFound => Self::not_found("object-not-found"),
            vault::Error::Store(_) => Self::unavailable("store-away", error),
            vault::Error::KeeperAway(_) => Self::unavailable("keeper-away", error),
            _ => Self::internal(error),
        }
    }
}
