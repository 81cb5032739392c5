//! The embedded post: mails stay here.

use futures::future::BoxFuture;

use crate::role::{Letter, Post, PostError};

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
