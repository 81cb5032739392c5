//! Mails that people write to us become cases: taken in one by one, or from a Maildir folder that a mail server
//! delivers into. What answers by itself is left alone, so that no two programs write to each other for ever; what is
//! marked as a request about rights is a case even so, and nothing is written back. What comes with one is kept apart
//! ([`super::attachments`]); the case says how many there are.

use std::path::Path;

use mail_parser::{MessageParser, MimeHeaders};
use sea_orm::entity::prelude::*;

use super::rows::enquiries;
use super::{Enquiries, EnquiryId, Incoming, Kind, MESSAGE_CHARS_MAX, NewEnquiry, Way, is_marked};
use crate::sessions::hash;
use crate::{Class, Error, Result, Studio, boxed};

/// The largest mail that is read, in bytes; of a larger one only the words.
pub const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// It is a case now.
    Taken(EnquiryId),
    /// It is not one, and why.
    Ignored(&'static str),
}

impl Enquiries<'_> {
    /// Whether this is the secret of the mail server that may hand in mails.
    pub fn may_hand_in(&self, shown: &str) -> bool {
        // Hashes are compared: how long that takes tells nothing of the secret.
        let secret = self.studio.config().inbound_secret.as_deref();
        secret.is_some_and(|secret| hash(secret) == hash(shown))
    }

    /// Takes a mail as it came over the wire (RFC 5322). The same mail twice is one case. What is ignored is of no use to
    /// anybody: a report that was worked off, what a program wrote and nobody waits for, what cannot be answered.
    ///
    /// # Errors
    /// When the database is out of reach, and `too-many-mails` within an hour: then it is to be given again.
    #[boxed]
    pub async fn receive(&self, raw: &[u8]) -> Result<Inbound> {
        let studio = self.studio;
        let is_whole = raw.len() <= MAIL_BYTES_MAX;
        let raw = &raw[..raw.len().min(MAIL_BYTES_MAX)];
        let Some(mail) = MessageParser::default().parse(raw) else {
            return Ok(Inbound::Ignored("not a mail"));
        };
        if studio.mail().take_report(&mail).await? {
            return Ok(Inbound::Ignored("a report about a mail of ours"));
        }
        let from = mail.from().and_then(|from| from.first()).and_then(|from| from.address());
        let Some(from) = from else { return Ok(Inbound::Ignored("without a sender")) };
        if let Some(why) = from_nobody(from, &studio.policy().controller.email) {
            return Ok(Inbound::Ignored(why));
        }
        let text = mail.body_text(0).unwrap_or_default();
        let subject = mail.subject().unwrap_or_default().trim();
        // A request about rights is one whoever writes it down, a person or a program of theirs.
        let by_itself = answers_by_itself(&mail);
        if let Some(why) = by_itself.filter(|_| !is_marked(subject)) {
            return Ok(Inbound::Ignored(why));
        }
        let (attachments, left) = match is_whole {
            true => Incoming::of(mail.attachments()),
            // The last of them is cut off.
            false => (Vec::new(), mail.attachment_count()),
        };
        let note = match (attachments.len(), left) {
            (0, 0) => String::new(),
            (kept, 0) => format!("\n\n(Attachments: {kept}.)"),
            (kept, left) => format!("\n\n(Attachments: {kept}. Not kept: {left}.)"),
        };
        let message = format!("{subject}\n\n{}", text.trim());
        let chars_max = MESSAGE_CHARS_MAX - note.chars().count();
        let message = message.chars().take(chars_max).collect::<String>() + &note;
        // Named by what its own program calls it; without a name, by what it says.
        let name = mail.message_id().map_or_else(|| raw.to_vec(), |id| id.as_bytes().to_vec());
        let mail_hash = studio.0.house.index.of("mail", &name).to_vec();
        let known = enquiries::Entity::find()
            .filter(enquiries::Column::MailHash.eq(mail_hash.clone()))
            .one(studio.db().read())
            .await?;
        if let Some(known) = known {
            return Ok(Inbound::Taken(EnquiryId::stored(known.id)));
        }
        let new = NewEnquiry {
            email: from.to_owned(),
            kind: Kind::Question,
            message,
            language: mail.content_language().as_text().map_or("en", |tag| first_two(tag)).to_owned(),
        };
        let by_itself = by_itself.is_some();
        match self.take(new, Way::Mail { hash: mail_hash, attachments: &attachments, by_itself }).await {
            Ok(taken) => Ok(Inbound::Taken(taken.id)),
            Err(error) => match error.code() {
                "email-invalid" => Ok(Inbound::Ignored("without a sender")),
                "message-empty" => Ok(Inbound::Ignored("empty")),
                _ => Err(error),
            },
        }
    }
}

/// Takes what lies in `new` of a Maildir and deletes it there: a case has it sealed, and of what is no case nobody has
/// any use for the words. What was taken when the program died in between is known by its name.
#[boxed]
pub(crate) async fn collect(studio: &Studio, folder: &Path) -> Result<()> {
    let unreadable = |error: std::io::Error| Error::unavailable("maildir-unreadable", error.to_string());
    let mut waiting = match tokio::fs::read_dir(folder.join("new")).await {
        Ok(waiting) => waiting,
        // Made by the mail server with the first mail.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    while let Some(entry) = waiting.next_entry().await.map_err(unreadable)? {
        let raw = tokio::fs::read(entry.path()).await.map_err(unreadable)?;
        match studio.enquiries().receive(&raw).await {
            Ok(Inbound::Ignored(why)) => tracing::info!(why, "a mail was not made a case"),
            Ok(_) => {}
            Err(error) if error.class() == Class::TooMany => {
                tracing::warn!("more mails come than are made cases within an hour; they wait");
                return Ok(());
            }
            // It stays where it is, and holds up no other.
            Err(error) => {
                tracing::error!(%error, "a mail could not be taken from the Maildir; it is tried again");
                continue;
            }
        }
        match tokio::fs::remove_file(entry.path()).await {
            // Another process took it too: it is one case.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unreadable(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Why nobody is behind a sender who could be answered, or `None`.
fn from_nobody(from: &str, ours: &str) -> Option<&'static str> {
    let local = from.split('@').next().unwrap_or_default().to_lowercase();
    if from.eq_ignore_ascii_case(ours) {
        return Some("from ourselves");
    }
    if ["mailer-daemon", "postmaster"].contains(&local.as_str()) {
        return Some("from a mail server");
    }
    None
}

/// Why a mail gets no answer from us (RFC 3834), or `None`.
fn answers_by_itself(mail: &mail_parser::Message<'_>) -> Option<&'static str> {
    let text = |name: &str| {
        mail.header(name).and_then(|value| value.as_text()).map(|value| value.trim().to_lowercase())
    };
    if text("Auto-Submitted").is_some_and(|value| value != "no") || mail.header("X-Autoreply").is_some() {
        return Some("an automatic answer");
    }
    let bulk = text("Precedence")
        .is_some_and(|value| ["bulk", "junk", "list", "auto_reply"].contains(&value.as_str()));
    if bulk || mail.header("List-Id").is_some() {
        return Some("from a mailing list");
    }
    None
}

fn first_two(tag: &str) -> &str {
    tag.get(..2).unwrap_or("en")
}
