//! Delivering mail.

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

/// The embedded post: mails stay in the studio's own outbox, where the page `/outbox` shows them.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalOutbox;

impl Post for LocalOutbox {
    fn deliver<'a>(&'a self, _: Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
        // The outbox row is the mail; there is nowhere further for it to go.
        Box::pin(async { Ok(()) })
    }

    fn is_local(&self) -> bool {
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn letter() -> Letter<'static> {
        Letter {
            id: "01JZZZZZZZZZZZZZZZZZZZZZZZ",
            to: "anna@example.net",
            from_name: "Mini Studio, Inc.",
            from_email: "hello@example.org",
            subject: "Ready",
            text: "It is ready.",
            html: "<p>It is ready.</p>",
            unsubscribe: None,
            written_at_ms: 1_779_451_200_000,
        }
    }

    /// What each post does: it takes a mail, and the same one again, for a mail whose fate was forgotten is handed
    /// over once more; and it takes mail beyond ASCII.
    pub(crate) async fn behaves_as_a_post(post: &dyn Post) {
        assert_eq!(post.deliver(letter()).await, Ok(()));
        assert_eq!(post.deliver(letter()).await, Ok(()));
        let other = Letter { subject: "Fertig für Zoë", text: "äöü", html: "<p>äöü</p>", ..letter() };
        assert_eq!(post.deliver(other).await, Ok(()));
        let link = Some("https://films.example.org/preferences/abc");
        assert_eq!(post.deliver(Letter { unsubscribe: link, ..letter() }).await, Ok(()));
    }

    #[tokio::test]
    async fn the_local_outbox_behaves_as_a_post() {
        behaves_as_a_post(&LocalOutbox).await;
    }
}
