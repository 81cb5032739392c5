//! What came with a mail. It is kept apart: sealed as it came, looked into by no program, and opened by nobody before
//! somebody who sees to rights has released it. The case's log says so, and who opened it. Its name and kind are what a
//! stranger wrote.

use mail_parser::{MessagePart, MimeHeaders};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use vault::Place;

use super::rows::attachments;
use super::{Enquiries, EnquiryId, MAIL_BYTES_MAX, StepKind};
use crate::backup::Deleted;
use crate::staff::{Room, Worker};
use crate::{Error, Result, boxed, id_type};

id_type!(
    /// Something that came with a mail.
    AttachmentId
);

/// The most that are kept of one mail.
pub const ATTACHMENTS_MAX: usize = 10;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 120;

/// What the desk sees of one that nobody has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Its name, as the sender has it, fit to be shown.
    pub name: String,
    /// Its MIME type, as the sender has it.
    pub kind: String,
    /// How large it is.
    pub bytes: u64,
    /// When it was released.
    pub released_at_ms: Option<i64>,
}

/// One that was released.
#[derive(Clone)]
pub struct Opened {
    /// Its name, fit to be shown.
    pub name: String,
    /// What it holds, as it came.
    pub content: Vec<u8>,
}

/// One that is about to be kept.
pub(super) struct Incoming<'a> {
    name: String,
    kind: String,
    content: &'a [u8],
}

impl<'a> Incoming<'a> {
    /// Of a mail's parts those that can be kept, and how many cannot.
    pub(super) fn of(parts: impl Iterator<Item = &'a MessagePart<'a>>) -> (Vec<Self>, usize) {
        let (mut kept, mut left, mut room) = (Vec::new(), 0, MAIL_BYTES_MAX);
        for part in parts {
            let content = part.contents();
            if kept.len() == ATTACHMENTS_MAX || content.len() > room {
                left += 1;
                continue;
            }
            room -= content.len();
            let kind = part.content_type().map(|kind| match kind.subtype() {
                Some(subtype) => format!("{}/{subtype}", kind.ctype()),
                None => kind.ctype().to_owned(),
            });
            kept.push(Self {
                name: cleaned(part.attachment_name().unwrap_or_default(), "attachment"),
                kind: shown(&kind.unwrap_or_default(), "application/octet-stream"),
                content,
            });
        }
        (kept, left)
    }
}

/// What is read for the list: id, sealed name and kind, size, and when it was released.
type Listed = (String, Vec<u8>, Vec<u8>, i64, Option<i64>);

impl Enquiries<'_> {
    /// What came with a case, in its order. Nothing of it is opened.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn attachments(&self, id: &EnquiryId) -> Result<Vec<Attachment>> {
        let rows: Vec<Listed> = attachments::Entity::find()
            .select_only()
            .columns([
                attachments::Column::Id,
                attachments::Column::NameSealed,
                attachments::Column::KindSealed,
                attachments::Column::Bytes,
                attachments::Column::ReleasedAtMs,
            ])
            .filter(attachments::Column::EnquiryId.eq(id.as_str()))
            .order_by_asc(attachments::Column::Id)
            .into_tuple()
            .all(self.studio.db().read())
            .await?;
        rows.into_iter()
            .map(|(id, name, kind, bytes, released_at_ms)| {
                Ok(Attachment {
                    name: self.words(&id, "name", &name)?,
                    kind: self.words(&id, "kind", &kind)?,
                    id: AttachmentId::stored(id),
                    bytes: bytes.unsigned_abs(),
                    released_at_ms,
                })
            })
            .collect()
    }

    /// Lets one be opened, and writes that down. Twice changes nothing.
    ///
    /// # Errors
    /// `attachment-not-found`; `enquiry-not-found` for a role that has no business with rights.
    #[boxed]
    pub async fn release_attachment(
        &self,
        who: &Worker,
        id: &EnquiryId,
        attachment: &AttachmentId,
    ) -> Result<()> {
        self.check(who, id).await?;
        let tx = self.studio.db().begin().await?;
        self.released(&tx, id, attachment).await?;
        let released = attachments::Entity::update_many()
            .col_expr(attachments::Column::ReleasedAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(attachments::Column::Id.eq(attachment.as_str()))
            .filter(attachments::Column::ReleasedAtMs.is_null())
            .exec(&tx)
            .await?;
        if released.rows_affected == 1 {
            self.log(&tx, id.as_str(), StepKind::AttachmentReleased, Some(who), None).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Opens one that was released. That is written down, each time, before anything is handed out.
    ///
    /// # Errors
    /// `attachment-not-released`, `attachment-not-found`; `enquiry-not-found` for a role that has no business with
    /// rights.
    #[boxed]
    pub async fn open_attachment(
        &self,
        who: &Worker,
        id: &EnquiryId,
        attachment: &AttachmentId,
    ) -> Result<Opened> {
        self.check(who, id).await?;
        let db = self.studio.db().read();
        if self.released(db, id, attachment).await?.is_none() {
            let sentence = "Nobody has released this attachment yet. It was not opened.";
            return Err(Error::conflict("attachment-not-released", sentence));
        }
        let row = self.kept(attachment).await?;
        let name = self.words(&row.id, "name", &row.name_sealed)?;
        let content = self.unsealed(&row.id, "content", &row.content_sealed)?;
        let write = self.studio.db().write();
        self.log(write, id.as_str(), StepKind::AttachmentOpened, Some(who), None).await?;
        Ok(Opened { name, content })
    }

    /// Deletes one, released or not, and writes that down.
    ///
    /// # Errors
    /// `attachment-not-found`; `enquiry-not-found` for a role that has no business with rights.
    #[boxed]
    pub async fn delete_attachment(
        &self,
        who: &Worker,
        id: &EnquiryId,
        attachment: &AttachmentId,
    ) -> Result<()> {
        self.check(who, id).await?;
        let tx = self.studio.db().begin().await?;
        self.released(&tx, id, attachment).await?;
        self.studio.ledger().enter(Deleted::Attachment, attachment.as_str())?;
        attachments::Entity::delete_by_id(attachment.as_str()).exec(&tx).await?;
        self.log(&tx, id.as_str(), StepKind::AttachmentDeleted, Some(who), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What one holds, released or not: for whoever sent it alone.
    ///
    /// # Errors
    /// `attachment-not-found`.
    pub(crate) async fn content(&self, attachment: &AttachmentId) -> Result<Vec<u8>> {
        let row = self.kept(attachment).await?;
        self.unsealed(&row.id, "content", &row.content_sealed)
    }

    /// Puts what came with a mail beside its case.
    pub(super) async fn keep(
        &self,
        tx: &impl ConnectionTrait,
        enquiry: &str,
        incoming: &[Incoming<'_>],
    ) -> Result<()> {
        let studio = self.studio;
        for one in incoming {
            let id = studio.new_id();
            let seal = |column, plain: &[u8]| {
                studio.vault().seal_field(studio.house_key(), &place(&id, column), plain)
            };
            let row = attachments::ActiveModel {
                name_sealed: Set(seal("name", one.name.as_bytes())),
                kind_sealed: Set(seal("kind", one.kind.as_bytes())),
                bytes: Set(i64::try_from(one.content.len()).map_err(Error::internal)?),
                content_sealed: Set(seal("content", one.content)),
                id: Set(id),
                enquiry_id: Set(enquiry.to_owned()),
                released_at_ms: Set(None),
                closed_at_ms: Set(None),
            };
            attachments::Entity::insert(row).exec_without_returning(tx).await?;
        }
        Ok(())
    }

    /// Whether somebody with this role has business with what came with a case.
    async fn check(&self, who: &Worker, id: &EnquiryId) -> Result<()> {
        if !who.role.may(Room::Rights) {
            return Err(Error::not_found("enquiry-not-found"));
        }
        self.read_by(who.role, id).await.map(drop)
    }

    /// When one of a case was released; `None`: not yet.
    async fn released(
        &self,
        db: &impl ConnectionTrait,
        id: &EnquiryId,
        attachment: &AttachmentId,
    ) -> Result<Option<i64>> {
        let found: Option<Option<i64>> = attachments::Entity::find_by_id(attachment.as_str())
            .select_only()
            .column(attachments::Column::ReleasedAtMs)
            .filter(attachments::Column::EnquiryId.eq(id.as_str()))
            .into_tuple()
            .one(db)
            .await?;
        found.ok_or_else(|| Error::not_found("attachment-not-found"))
    }

    async fn kept(&self, attachment: &AttachmentId) -> Result<attachments::Model> {
        let row = attachments::Entity::find_by_id(attachment.as_str()).one(self.studio.db().read()).await?;
        row.ok_or_else(|| Error::not_found("attachment-not-found"))
    }

    fn words(&self, row: &str, column: &'static str, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.unsealed(row, column, sealed)?).map_err(Error::internal)
    }

    fn unsealed(&self, row: &str, column: &'static str, sealed: &[u8]) -> Result<Vec<u8>> {
        Ok(self.studio.vault().open_field(self.studio.house_key(), &place(row, column), sealed)?)
    }
}

fn place<'a>(row: &'a str, column: &'static str) -> Place<'a> {
    Place { table: "enquiry_attachments", row, column }
}

/// A file's name alone, without folders and without what would hide it.
fn cleaned(name: &str, otherwise: &str) -> String {
    let seen = seen(name);
    let last = seen.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    shown(last.trim_start_matches(|c: char| c == '.' || c.is_whitespace()), otherwise)
}

/// Words of a stranger, fit to be shown in a line; when nothing is left of them, other ones.
fn shown(words: &str, otherwise: &str) -> String {
    let short: String = seen(words).trim().chars().take(NAME_CHARS_MAX).collect();
    if short.is_empty() { otherwise.to_owned() } else { short }
}

/// Without what nobody sees and what turns the reading direction.
fn seen(words: &str) -> String {
    let unseen = |c: char| {
        let format = matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}');
        c.is_control() || format || c == '\u{FEFF}'
    };
    words.chars().filter(|c| !unseen(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY_MS;
    use crate::db::testing::{Kit, on_both};
    use crate::enquiries::Inbound;
    use crate::staff::Role;

    const SCRIPT: &[u8] = b"<script>alert(1)</script>";
    const WHO: Worker = Worker { account: None, role: Role::PrivacyOfficer };

    /// A mail with these attachments: name, kind, content in base64.
    fn mail(id: &str, attachments: &[(&str, &str, &str)]) -> Vec<u8> {
        let mut mail = format!(
            "From: Anna <anna@example.org>\nMessage-ID: <{id}@example.org>\nSubject: Two files\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=\"part\"\n\n--part\nContent-Type: text/plain\n\nSee these.\n"
        );
        for (name, kind, content) in attachments {
            mail += &format!(
                "--part\nContent-Type: {kind}\nContent-Disposition: attachment; filename=\"{name}\"\n\
                 Content-Transfer-Encoding: base64\n\n{content}\n"
            );
        }
        (mail + "--part--\n").replace('\n', "\r\n").into_bytes()
    }

    fn two(id: &str) -> Vec<u8> {
        let script = "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==";
        mail(
            id,
            &[("../../evil.html", "text/html", script), ("ticket.pdf", "application/pdf", "JVBERi0xLjcK")],
        )
    }

    async fn take(kit: &Kit, raw: &[u8]) -> EnquiryId {
        let Inbound::Taken(case) = kit.studio.enquiries().receive(raw).await.unwrap() else { panic!() };
        case
    }

    #[test]
    fn what_came_with_a_mail_is_opened_by_nobody_before_it_is_released() {
        on_both(async |kit| {
            let enquiries = kit.studio.enquiries();
            let (case, other) = (take(kit, &two("1")).await, take(kit, &mail("2", &[])).await);
            assert_eq!(take(kit, &two("1")).await, case);
            assert_eq!(kit.rows("enquiry_attachments").await, 2, "the same mail twice is one case");
            let message = enquiries.get(&case).await.unwrap().message;
            assert_eq!(message, "Two files\n\nSee these.\n\n(Attachments: 2.)");
            let listed = enquiries.attachments(&case).await.unwrap();
            let seen: Vec<_> =
                listed.iter().map(|one| (one.name.as_str(), one.kind.as_str(), one.bytes)).collect();
            assert_eq!(seen, [("evil.html", "text/html", 25), ("ticket.pdf", "application/pdf", 9)]);
            assert!(enquiries.attachments(&other).await.unwrap().is_empty());
            // Nothing of it can be read where it lies.
            for row in attachments::Entity::find().all(kit.studio.db().read()).await.unwrap() {
                let lies = [row.name_sealed, row.kind_sealed, row.content_sealed].concat();
                for words in [b"evil".as_slice(), b"html", b"script", b"pdf", b"PDF"] {
                    assert!(!lies.windows(words.len()).any(|part| part == words));
                }
            }

            let evil = &listed[0].id;
            let code = |error: Error| error.code();
            let open =
                async |who: &Worker, case: &EnquiryId| enquiries.open_attachment(who, case, evil).await;
            assert_eq!(open(&WHO, &case).await.map_err(code).err(), Some("attachment-not-released"));
            let as_a = |role| Worker { account: None, role };
            for who in [&as_a(Role::Support), &as_a(Role::FilmMaker)] {
                assert_eq!(open(who, &case).await.map_err(code).err(), Some("enquiry-not-found"));
                let release = enquiries.release_attachment(who, &case, evil).await;
                assert_eq!(release.map_err(code), Err("enquiry-not-found"));
                let delete = enquiries.delete_attachment(who, &case, evil).await;
                assert_eq!(delete.map_err(code), Err("enquiry-not-found"));
            }
            let astray = enquiries.release_attachment(&WHO, &other, evil).await;
            assert_eq!(astray.map_err(code), Err("attachment-not-found"));
            assert_eq!(open(&WHO, &case).await.map_err(code).err(), Some("attachment-not-released"));

            enquiries.release_attachment(&WHO, &case, evil).await.unwrap();
            enquiries.release_attachment(&as_a(Role::Operator), &case, evil).await.unwrap();
            let opened = open(&WHO, &case).await.unwrap();
            assert_eq!((opened.name.as_str(), opened.content.as_slice()), ("evil.html", SCRIPT));
            let support = open(&as_a(Role::Support), &case).await;
            assert_eq!(support.map_err(code).err(), Some("enquiry-not-found"));
            assert_eq!(open(&WHO, &other).await.map_err(code).err(), Some("attachment-not-found"));
            let listed = enquiries.attachments(&case).await.unwrap();
            let now = Some(kit.studio.now_ms());
            assert_eq!((listed[0].released_at_ms, listed[1].released_at_ms), (now, None));

            enquiries.delete_attachment(&WHO, &case, evil).await.unwrap();
            let again = enquiries.delete_attachment(&WHO, &case, evil).await;
            assert_eq!(again.map_err(code), Err("attachment-not-found"));
            assert_eq!(open(&WHO, &case).await.map_err(code).err(), Some("attachment-not-found"));
            assert_eq!(kit.rows("enquiry_attachments").await, 1);
            let steps = enquiries.steps(&case).await.unwrap();
            let by: Vec<_> = steps.iter().map(|step| step.by.clone()).collect();
            let officer = Some(("privacy-officer".to_owned(), "operator".to_owned()));
            assert_eq!(by, [None, officer.clone(), officer.clone(), officer]);
            let steps: Vec<_> = steps.iter().map(|step| step.kind).collect();
            use StepKind::{AttachmentDeleted, AttachmentOpened, AttachmentReleased, Came};
            assert_eq!(steps, [Came, AttachmentReleased, AttachmentOpened, AttachmentDeleted]);
        });
    }

    #[test]
    fn what_came_with_a_closed_case_goes_with_it() {
        on_both(async |kit| {
            let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
            let (closed, _open) = (take(kit, &two("1")).await, take(kit, &two("2")).await);
            enquiries.close(&kit.operator(), &closed).await.unwrap();
            let due = async || {
                let lines = studio.retention().due().await.unwrap();
                lines.iter().find(|line| line.table == "enquiry_attachments").unwrap().rows
            };
            kit.clock.advance(365 * DAY_MS - 1);
            assert_eq!(due().await, 0);
            kit.clock.advance(1);
            assert_eq!(due().await, 2);
            studio.tidy().await.unwrap();
            assert_eq!((due().await, kit.rows("enquiry_attachments").await), (0, 2), "the open one's stay");
        });
    }

    #[test]
    fn ten_are_kept_and_the_case_says_what_was_not() {
        on_both(async |kit| {
            let many: Vec<_> = (0..12).map(|_| ("a.bin", "application/octet-stream", "AAAA")).collect();
            let case = take(kit, &mail("1", &many)).await;
            assert_eq!(kit.rows("enquiry_attachments").await, 10);
            let message = kit.studio.enquiries().get(&case).await.unwrap().message;
            assert!(message.ends_with("(Attachments: 10. Not kept: 2.)"), "{message}");
        });
    }

    #[test]
    fn of_a_mail_that_is_too_large_the_words_are_taken() {
        on_both(async |kit| {
            let content = "AAAA".repeat(MAIL_BYTES_MAX / 4 + 1);
            let case =
                take(kit, &mail("1", &[("a.bin", "application/octet-stream", content.as_str())])).await;
            assert_eq!(kit.rows("enquiry_attachments").await, 0);
            let message = kit.studio.enquiries().get(&case).await.unwrap().message;
            assert_eq!(message, "Two files\n\nSee these.\n\n(Attachments: 0. Not kept: 1.)");
        });
    }

    #[test]
    fn a_name_is_no_path_and_hides_nothing() {
        for (name, clean) in [
            ("../../evil.html", "evil.html"),
            ("C:\\Users\\anna\\photo.jpg", "photo.jpg"),
            ("folder/", "folder"),
            (" .hidden\r\n", "hidden"),
            ("..\u{200B}/\u{200B}.hidden", "hidden"),
            ("gpj.\u{202E}exe", "gpj.exe"),
            ("Märchen 1.pdf", "Märchen 1.pdf"),
            ("/../", "attachment"),
            ("", "attachment"),
        ] {
            assert_eq!(cleaned(name, "attachment"), clean, "{name:?}");
        }
        assert_eq!(cleaned(&"é".repeat(500), "attachment").chars().count(), NAME_CHARS_MAX);
    }
}
