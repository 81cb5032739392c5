//! The post that sends: mails go to the operator's own mail server, signed where there is a key.
//!
//! The same mail written down twice is the same message to the byte: it has one `Message-ID`, one date and one
//! boundary, so whoever gets it a second time, because this program ended before it could note the first, can tell.

use std::time::{Duration, SystemTime};

use egress::{MailServer, NotTaken};
use futures::future::BoxFuture;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use crate::Dkim;
use crate::role::{Letter, Post, PostError};

/// The post that hands mails to a mail server.
pub struct SmtpPost {
    server: MailServer,
    from: Address,
    dkim: Option<Dkim>,
}

/// The sender is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address that mails are sent from is none: {0}")]
pub struct NoSender(String);

impl SmtpPost {
    /// A post that sends from an address, which answers to letters need not come to: those go to the letter's own.
    ///
    /// # Errors
    /// When that is no address.
    pub fn new(server: MailServer, from: &str, dkim: Option<Dkim>) -> Result<Self, NoSender> {
        Ok(Self { server, from: from.parse().map_err(|_| NoSender(from.to_owned()))?, dkim })
    }

    /// The message as it goes out.
    fn message(&self, letter: &Letter<'_>) -> Result<Vec<u8>, PostError> {
        let never = |why: &'static str| PostError::Never(why.into());
        let address =
            |text: &str| text.parse::<Address>().map_err(|_| never("an address of the letter is none"));
        let (to, answers) = (address(letter.to)?, address(letter.from_email)?);
        let at_s = letter.written_at_ms.div_euclid(1_000);
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at_s).unwrap_or_default());
        let mut message = Message::builder()
            .from(Mailbox::new(Some(letter.from_name.to_owned()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.domain())));
        if answers != self.from {
            message = message.reply_to(Mailbox::new(None, answers));
        }
        let headers: &[(&'static str, String)] = &match letter.unsubscribe {
            Some(link)
                if link.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>')) =>
            {
                vec![
                    ("List-Unsubscribe", format!("<{link}>")),
                    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
                ]
            }
            // Without the way to stop it, it does not go out.
            Some(_) => return Err(never("the link that stops such mail is none")),
            None => vec![("Auto-Submitted", "auto-generated".to_owned())],
        };
        for &(name, ref value) in headers {
            message = message.raw_header(HeaderValue::dangerous_new_pre_encoded(
                HeaderName::new_from_ascii_str(name),
                value.clone(),
                value.clone(),
            ));
        }
        let parts = MultiPart::alternative()
            .boundary(format!("part-{}", letter.id))
            .singlepart(SinglePart::plain(letter.text.to_owned()))
            .singlepart(SinglePart::html(letter.html.to_owned()));
        let message =
            message.multipart(parts).map_err(|_| never("the mail cannot be written down"))?.formatted();
        match &self.dkim {
            // Unsigned it would be taken for somebody else's: better later than so.
            Some(dkim) => {
                dkim.sign(&message, at_s).map_err(|_| PostError::Later("the mail could not be signed".into()))
            }
            None => Ok(message),
        }
    }
}

impl Post for SmtpPost {
    fn deliver<'a>(&'a self, letter: Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
        Box::pin(async move {
            let message = self.message(&letter)?;
            let taken = self.server.hand_over(self.from.as_ref(), letter.to, &message).await;
            taken.map_err(|error| match error {
                NotTaken::Later(why) => PostError::Later(why),
                NotTaken::Never(why) => PostError::Never(why),
                NotTaken::NoSuchAddress(why) => PostError::NoSuchAddress(why),
            })
        })
    }

    fn is_local(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use egress::Reroute;
    use mail_parser::{MessageParser, MimeHeaders};
    use mail_server::{
        DKIM_ED25519, DKIM_ED25519_PUBLIC, DKIM_RSA, DKIM_RSA_PUBLIC, MailServer as Server, Mood,
    };

    use super::*;
    use crate::dkim::tests::verifies;
    use crate::outbox::tests::{behaves_as_a_post, letter};

    fn post(server: &Server, key: Option<&str>) -> SmtpPost {
        let address = format!("smtp://{}", server.address());
        let way = MailServer::new(&address, None, Reroute::default()).unwrap();
        let way = way.with_patience(Duration::from_millis(900));
        let dkim = key.map(|key| Dkim::new("films2026", "example.org", key).unwrap());
        SmtpPost::new(way, "films@example.org", dkim).unwrap()
    }

    #[tokio::test]
    async fn it_behaves_as_a_post() {
        let server = Server::plain();
        behaves_as_a_post(&post(&server, None)).await;
        let taken = server.taken();
        assert_eq!(taken[0].message, taken[1].message, "the same mail again is the same message");
    }

    #[tokio::test]
    async fn a_mail_arrives_as_text_and_html_in_every_language_and_its_signature_holds() {
        let keys = [(DKIM_RSA, DKIM_RSA_PUBLIC), (DKIM_ED25519, DKIM_ED25519_PUBLIC)];
        for (key, public) in keys {
            let server = Server::plain();
            let post = post(&server, Some(key));
            for (at, subject) in [
                "Your film is ready",
                "Ihr Film ist fertig: „Der Mondgarten“, für Zoë",
                "Votre film est prêt : « Le jardin de la lune », avec tout ce que vous avez choisi pour Zoé",
                "Su película está lista. ¿Quiere verla?",
            ]
            .into_iter()
            .enumerate()
            {
                let text = format!("{subject}\n\n.Ein Punkt am Anfang.\n{}\n", "ä ".repeat(700));
                let html = format!("<p>{subject}</p><p>{}</p>", "ß".repeat(3_000));
                let letter = Letter { subject, text: &text, html: &html, ..letter() };
                assert_eq!(post.deliver(letter).await, Ok(()));
                let taken = &server.taken()[at];
                assert_eq!(
                    (taken.from.as_str(), taken.to.as_str()),
                    ("films@example.org", "anna@example.net")
                );
                assert!(verifies(&taken.message, public));
                assert!(taken.message.is_ascii());
                let mail = MessageParser::default().parse(&taken.message).unwrap();
                assert_eq!(mail.subject(), Some(subject));
                assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Mini Studio, Inc."));
                assert_eq!(mail.message_id(), Some("01JZZZZZZZZZZZZZZZZZZZZZZZ@example.org"));
                assert_eq!(mail.date().unwrap().to_timestamp(), 1_779_451_200);
                assert!(mail.is_content_type("multipart", "alternative"));
                assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
                assert!(mail.header("List-Unsubscribe").is_none());
                let same = |part: &str, of: &str| part.replace("\r\n", "\n").trim_end() == of.trim_end();
                assert!(same(&mail.body_text(0).unwrap(), &text));
                assert!(same(&mail.body_html(0).unwrap(), &html));
            }
        }
    }

    #[tokio::test]
    async fn mail_that_advertises_can_be_stopped_from_the_mail_program() {
        let server = Server::plain();
        let link = format!("https://films.example.org/preferences/{}", "a".repeat(120));
        let advertising = Letter { unsubscribe: Some(&link), ..letter() };
        post(&server, Some(DKIM_ED25519)).deliver(advertising).await.unwrap();
        let taken = String::from_utf8(server.taken()[0].message.clone()).unwrap();
        assert!(taken.contains(&format!("\r\nList-Unsubscribe: <{link}>\r\n")), "{taken}");
        assert!(taken.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
        assert!(taken.contains(":list-unsubscribe:list-unsubscribe-post;"), "both are signed (RFC 8058)");
        assert!(!taken.contains("Auto-Submitted"));
        let broken = Letter { unsubscribe: Some("https://a>\r\nBcc: b@example.org"), ..letter() };
        assert!(matches!(post(&server, None).deliver(broken).await, Err(PostError::Never(_))));
    }

    #[tokio::test]
    async fn each_refusal_is_told_apart() {
        let server = Server::plain();
        let post = post(&server, None);
        for mood in [Mood::Closing, Mood::Busy, Mood::CutAfterData, Mood::Slow] {
            server.set(mood);
            let said = post.deliver(letter()).await;
            assert!(matches!(said, Err(PostError::Later(_))), "{mood:?}: {said:?}");
        }
        server.set(Mood::Unknown);
        let unknown = post.deliver(letter()).await;
        let Err(PostError::NoSuchAddress(why)) = unknown else { panic!("{unknown:?}") };
        assert_eq!(why.to_string(), "the recipient was answered with 550 5.1.1: the address is not good");
        for mood in [Mood::NoRelay, Mood::Disliked] {
            server.set(mood);
            let said = post.deliver(letter()).await;
            assert!(matches!(said, Err(PostError::Never(_))), "{mood:?}: {said:?}");
        }
        server.set(Mood::Good);
        assert_eq!(post.deliver(letter()).await, Ok(()));
    }
}
