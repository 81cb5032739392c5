//! The role of whoever delivers mail.
//!
//! It must not know any mail server, nor what a mail is about.

use egress::Obstacle;
use futures::future::BoxFuture;

/// A mail to deliver.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The studio's id of the mail. The same id twice is the same mail.
    pub id: &'a str,
    /// The address it goes to.
    pub to: &'a str,
    /// Name of the sender.
    pub from_name: &'a str,
    /// Address of the sender.
    pub from_email: &'a str,
    /// Subject line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// The same as HTML.
    pub html: &'a str,
    /// Where such mail is stopped by one click: belongs into `List-Unsubscribe`, with `List-Unsubscribe-Post`
    /// (RFC 8058). `None` for mail that is part of the service.
    pub unsubscribe: Option<&'a str>,
    /// When it was written, in milliseconds since 1970.
    pub written_at_ms: i64,
}

/// Why a mail was not delivered. Nothing personal can be in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// Worth trying again later.
    #[error("the mail could not be handed over: {0}")]
    Later(Obstacle),
    /// Trying again changes nothing.
    #[error("the mail is not accepted: {0}")]
    Never(Obstacle),
    /// Nobody is at the address.
    #[error("nobody takes mail at the address: {0}")]
    NoSuchAddress(Obstacle),
}

/// The role: takes mails and sees to their delivery.
pub trait Post: Send + Sync {
    /// Hands one mail over.
    fn deliver<'a>(&'a self, letter: Letter<'a>) -> BoxFuture<'a, Result<(), PostError>>;

    /// Whether the mails stay here, to be read on the local outbox page instead of being sent.
    fn is_local(&self) -> bool;
}
