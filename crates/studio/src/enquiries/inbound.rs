//! Mails that people write to us become cases: taken in one by one, or from a Maildir folder that a mail server
//! delivers into. What answers by itself is left alone, so that no two programs write to each other for ever; what is
//! marked as a request about rights is a case even so, and nothing is written back. What comes with one is kept apart
//! ([`super::attachments`]); the case says how many there are.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

use mail_parser::{MessageParser, MimeHeaders};
use policy::LANGUAGES;
use sea_orm::entity::prelude::*;
use tokio::io::AsyncReadExt;

use super::rows::enquiries;
use super::{Enquiries, EnquiryId, Incoming, Kind, MESSAGE_CHARS_MAX, NewEnquiry, Way, is_marked};
use crate::clock::DAY_MS;
use crate::sessions::hash;
use crate::throttle::{self, Limit};
use crate::{Class, Error, Result, Studio, boxed};

/// The largest mail that is read, in bytes; of a larger one only the words.
pub const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;
/// So much of a mail is read to see whether it is about a right, in bytes.
const HEAD_BYTES: u64 = 64 * 1024;
/// How often a file of a Maildir may fail before it is put aside.
const FAILURES: Limit = Limit { name: "mail-failures", tries_max: 4, window_ms: DAY_MS };

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
    /// When the database is out of reach, and `too-many-mails` or `too-many-rights-mails` within an hour: then it is to be
    /// given again.
    #[boxed]
    pub async fn receive(&self, raw: &[u8]) -> Result<Inbound> {
        self.receive_of(raw, self.studio.now_ms()).await
    }

    /// The same for a mail that came at `came_at_ms`, in milliseconds since 1970.
    #[boxed]
    async fn receive_of(&self, raw: &[u8], came_at_ms: i64) -> Result<Inbound> {
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
        // A request about rights is one whoever writes it down, a person or a program of theirs.
        let by_itself = answers_by_itself(&mail);
        if let Some(why) = by_itself.filter(|_| !is_marked(mail.subject().unwrap_or_default())) {
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
        let chars_max = MESSAGE_CHARS_MAX - note.chars().count();
        let message = words_of(&mail).chars().take(chars_max).collect::<String>() + &note;
        // Named by what its own program calls it, by who sent it and by what it holds: anybody can write the first of them
        // down, and must not keep another's mail from being heard by that. Without a name, by all of it: what mail servers
        // put on top differs each time that they hand it on.
        let body = raw.get(mail.root_part().raw_body_offset() as usize..).unwrap_or_default();
        let name = mail.message_id().map_or_else(
            || raw.to_vec(),
            |id| [id.as_bytes(), b"\0", from.as_bytes(), b"\0", blake3::hash(body).as_bytes()].concat(),
        );
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
            language: language_of(&mail).to_owned(),
        };
        let by_itself = by_itself.is_some();
        let way = Way::Mail { hash: mail_hash, attachments: &attachments, by_itself, came_at_ms };
        match self.take(new, way).await {
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
    let mut waiting = match tokio::fs::read_dir(folder.join("new")).await {
        Ok(waiting) => waiting,
        // Made by the mail server with the first mail.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut full = Vec::new();
    while let Some(entry) = waiting.next_entry().await.map_err(unreadable)? {
        match take_file(studio, &entry.path(), &full).await {
            Ok(()) => {}
            // The others of its kind wait with it.
            Err(error) if error.class() == Class::TooMany => {
                tracing::warn!("more mails come than are made cases within an hour; they wait");
                full.push(error.code());
            }
            Err(error) => failed(studio, folder, &entry.file_name(), &error).await?,
        }
    }
    Ok(())
}

/// Takes one file of a Maildir and deletes it, unless what it counts for is `full`.
async fn take_file(studio: &Studio, path: &Path, full: &[&'static str]) -> Result<()> {
    let (raw, came_at_ms) = match read(path, full).await {
        Ok(Some(read)) => read,
        Ok(None) => return Ok(()),
        // Another process took it.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    if let Inbound::Ignored(why) = studio.enquiries().receive_of(&raw, came_at_ms).await? {
        tracing::info!(why, "a mail was not made a case");
    }
    match tokio::fs::remove_file(path).await {
        // Another process took it too: it is one case.
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unreadable(error)),
        _ => Ok(()),
    }
}

/// What a file of a Maildir holds, and when it came there in milliseconds since 1970; nothing when what it counts for is
/// `full`. Of a mail that waits no more is read than says that: a flood of large ones holds up nothing else.
async fn read(path: &Path, full: &[&'static str]) -> std::io::Result<Option<(Vec<u8>, i64)>> {
    let mut file = tokio::fs::File::open(path).await?;
    let came = file.metadata().await?.modified()?;
    let mut raw = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut raw).await?;
    if full.contains(&counts_for(&raw)) {
        return Ok(None);
    }
    file.read_to_end(&mut raw).await?;
    let since = came.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Some((raw, i64::try_from(since.as_millis()).unwrap_or(i64::MAX))))
}

/// The code of the limit that a mail counts for, by its beginning.
fn counts_for(head: &[u8]) -> &'static str {
    let words = MessageParser::default().parse(head).map(|mail| words_of(&mail)).unwrap_or_default();
    Kind::Question.by_words(&words).mails_limit().1
}

/// A file that could not be taken stays where it is, and holds up no other. One that fails again and again is put aside,
/// into a folder of the same Maildir, for somebody to look at.
async fn failed(studio: &Studio, folder: &Path, name: &OsStr, error: &Error) -> Result<()> {
    match throttle::count(studio, &FAILURES, name.as_encoded_bytes(), "mail-failed").await {
        Ok(()) => {
            tracing::error!(%error, "a mail could not be taken from the Maildir; it is tried again");
            return Ok(());
        }
        Err(over) if over.class() == Class::TooMany => {}
        // It was not the mail, then.
        Err(away) => return Err(away),
    }
    let aside = folder.join(".failed");
    for part in ["cur", "new", "tmp"] {
        tokio::fs::create_dir_all(aside.join(part)).await.map_err(unreadable)?;
    }
    let moved = tokio::fs::rename(folder.join("new").join(name), aside.join("new").join(name)).await;
    moved.map_err(unreadable)?;
    tracing::error!(%error, "a mail could not be taken from the Maildir and was put aside");
    Ok(())
}

fn unreadable(error: std::io::Error) -> Error {
    Error::unavailable("maildir-unreadable", error)
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

/// What a mail says: its subject and its text. No word of a mail is kept but by this: a NUL, which no database keeps as
/// text, is left out.
fn words_of<'m>(mail: &'m mail_parser::Message<'m>) -> String {
    let subject = mail.subject().unwrap_or_default().trim();
    let text = mail.body_text(0).unwrap_or_default();
    format!("{subject}\n\n{}", text.trim()).replace('\0', "")
}

/// The language that a mail says it is in, where it is one of ours; else English.
fn language_of(mail: &mail_parser::Message<'_>) -> &'static str {
    let tag = mail.content_language().as_text().unwrap_or_default();
    let first = tag.split('-').next().unwrap_or_default();
    LANGUAGES.into_iter().find(|code| first.eq_ignore_ascii_case(code)).unwrap_or("en")
}
