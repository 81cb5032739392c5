//! Enquiries: what people write to us, by the contact form, by mail or in the messenger, with or without an account. Each
//! is a case with a clock; what concerns data protection goes first and is acknowledged as such. What is done with it is
//! written down: [`desk`]. Whose address it really is, is found out before anything is told: [`identity`]. What came
//! with a mail is kept apart: [`attachments`]. Whose account it is about is known by the address alone: [`account`]. What
//! is asked for in the messenger is a case too: [`said`].
//!
//! The words are sealed under the house's key, as there need be no account.

mod account;
mod attachments;
mod clock;
mod desk;
mod identity;
mod inbound;
pub(crate) mod rows;
mod said;
#[cfg(test)]
pub(crate) mod testing;

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use vault::Place;

use crate::accounts::Email;
use crate::clock::{DAY_MS, HOUR_MS};
use crate::mail::Message;
use crate::staff::Worker;
use crate::throttle::{self, Limit};
use crate::{Class, Client, Error, Result, Studio, boxed, id_type};

pub(crate) use account::confirmed_of;
use attachments::Incoming;
pub use attachments::{ATTACHMENTS_MAX, Attachment, AttachmentId, Opened};
pub(crate) use clock::watch;
pub use desk::{ANSWER_CHARS_MAX, Wish};
pub use identity::Request;
pub(crate) use inbound::collect;
pub use inbound::{Inbound, MAIL_BYTES_MAX};
use rows::{enquiries, steps};
pub(crate) use said::Asker;

id_type!(
    /// An enquiry.
    EnquiryId
);

/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 5_000;
/// Enquiries from one client: nobody floods the desk.
const PER_CLIENT: Limit = Limit { name: "enquiries-client", tries_max: 5, window_ms: HOUR_MS };
/// Acknowledgements to one address: nobody floods another's letter box. What comes beyond that is a case all the same:
/// anybody can write another's address down, and nobody must keep them from being heard by that.
const PER_ADDRESS: Limit = Limit { name: "enquiries-address", tries_max: 5, window_ms: DAY_MS };
/// The same for an address that is known to be its sender's: what others write down with it uses up none of that.
const PER_OWNER: Limit = Limit { name: "enquiries-owner", tries_max: 20, window_ms: DAY_MS };
/// Forms that become cases, whoever sends them: no flood fills the disk. Whoever is refused is told, and keeps their
/// words.
const FORMS: Limit = Limit { name: "enquiries-forms", tries_max: 500, window_ms: HOUR_MS };
/// Mails that become cases: senders are easily invented, and most of them are written to. More of them wait at the mail
/// server.
const MAILS: Limit = Limit { name: "enquiries-mails", tries_max: 200, window_ms: HOUR_MS };
/// Mails about a right that become cases: the law's time runs for them, so that no flood of others holds them up.
const RIGHTS_MAILS: Limit = Limit { name: "enquiries-rights-mails", tries_max: 200, window_ms: HOUR_MS };

/// What an enquiry is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, serde::Deserialize, serde::Serialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A question.
    Question,
    /// An order.
    Order,
    /// A photo is to be deleted.
    PhotoDeletion,
    /// A right under data-protection law.
    Privacy,
    /// A right under the law of California: to know, to delete, to opt out.
    California,
    /// A photo was refused, and a person is to look at why.
    Appeal,
}

impl Kind {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 6] =
        [Self::Question, Self::Order, Self::PhotoDeletion, Self::Privacy, Self::California, Self::Appeal];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Order => "order",
            Self::PhotoDeletion => "photo-deletion",
            Self::Privacy => "privacy",
            Self::California => "california",
            Self::Appeal => "appeal",
        }
    }

    /// How long after the enquiry an answer is due: the month of the GDPR (Art. 12(3)), kept to the day; the 45 days
    /// of the CCPA (section 1798.130).
    fn due_ms(self) -> i64 {
        match self {
            Self::California => 45 * DAY_MS,
            _ => 30 * DAY_MS,
        }
    }

    /// What it is about, by its words too: whoever marks them as the policy asks people to means a right, whatever they
    /// chose beside it.
    fn by_words(self, words: &str) -> Self {
        match () {
            () if self.concerns_rights() => self,
            () if is_marked(words) => Self::Privacy,
            () if words.to_lowercase().contains("ccpa") => Self::California,
            () => self,
        }
    }

    /// Whether it is about a right under data-protection law: it goes first.
    pub(crate) fn concerns_rights(self) -> bool {
        matches!(self, Self::Privacy | Self::PhotoDeletion | Self::California)
    }

    /// The limit that a mail about it counts for, and the code of what is beyond that.
    fn mails_limit(self) -> (&'static Limit, &'static str) {
        match self.concerns_rights() {
            true => (&RIGHTS_MAILS, "too-many-rights-mails"),
            false => (&MAILS, "too-many-mails"),
        }
    }
}

/// How an enquiry came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Source {
    /// The contact form.
    Form,
    /// A mail.
    Mail,
    /// Words in the messenger.
    Messenger,
}

/// Something that was done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum StepKind {
    /// It came, and was acknowledged.
    Came,
    /// It came, and nothing was written back: a program may have sent it, or much came from there.
    CameQuietly,
    /// More was said of it in the same conversation; the words are there.
    Added,
    /// Its sender was asked to confirm the address.
    Asked,
    /// The address is confirmed.
    Confirmed,
    /// The owner of the address said that it was not them.
    Denied,
    /// The photos of the account with that address were deleted.
    PhotosDeleted,
    /// The data of that account are only stored.
    Restricted,
    /// The end of that account was begun.
    Left,
    /// The address gets no mail any more that advertises.
    MarketingStopped,
    /// That account is not offered support within Minitube any more.
    SupportObjected,
    /// Something that came with it was released to be opened.
    AttachmentReleased,
    /// Something that came with it and was released was opened.
    AttachmentOpened,
    /// Something that came with it was deleted.
    AttachmentDeleted,
    /// It was answered.
    Answered,
    /// It was closed without another answer.
    Closed,
}

impl StepKind {
    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Came => "came",
            Self::CameQuietly => "came-quietly",
            Self::Added => "added",
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Denied => "denied",
            Self::PhotosDeleted => "photos-deleted",
            Self::Restricted => "restricted",
            Self::Left => "left",
            Self::MarketingStopped => "marketing-stopped",
            Self::SupportObjected => "support-objected",
            Self::AttachmentReleased => "attachment-released",
            Self::AttachmentOpened => "attachment-opened",
            Self::AttachmentDeleted => "attachment-deleted",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
}

/// A line of a case's log.
#[derive(Clone)]
pub struct Step {
    /// What was done.
    pub kind: StepKind,
    /// The words of an answer, or of what was added.
    pub words: Option<String>,
    /// Who did it, where somebody at the desk did: the word of their role, and their account or `operator`.
    pub by: Option<(String, String)>,
    /// When.
    pub at_ms: i64,
}

/// Where an enquiry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum State {
    /// Waits for an answer.
    Open,
    /// Answered.
    Closed,
}

/// What somebody filled in.
#[derive(Clone)]
pub struct NewEnquiry {
    /// Where the answer goes.
    pub email: String,
    /// What it is about.
    pub kind: Kind,
    /// The words.
    pub message: String,
    /// The language of the page.
    pub language: String,
}

/// An enquiry that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its id.
    pub id: EnquiryId,
    /// Whether it goes first.
    pub priority: bool,
}

/// An enquiry as the desk sees it.
#[derive(Clone)]
pub struct Enquiry {
    /// Its id.
    pub id: EnquiryId,
    /// What it is about.
    pub kind: Kind,
    /// Whether it goes first.
    pub priority: bool,
    /// Where it stands.
    pub state: State,
    /// Where the answer goes.
    pub email: String,
    /// The words.
    pub message: String,
    /// When it came.
    pub created_at_ms: i64,
    /// When the answer is due.
    pub due_at_ms: i64,
    /// How it came.
    pub source: Source,
    /// When its sender confirmed the address; until then nobody is told anything about an account.
    pub confirmed_at_ms: Option<i64>,
}

/// By which way an enquiry comes, and what comes with it.
enum Way<'a> {
    /// The form, from this client.
    Form(&'a Client),
    /// A mail.
    Mail {
        /// By what the same mail is known again.
        hash: Vec<u8>,
        attachments: &'a [Incoming<'a>],
        /// Whether a program may have sent it: then nothing is written back, so that no two write to each other.
        by_itself: bool,
        /// When it came to us: its clock runs from then.
        came_at_ms: i64,
    },
}

/// A case that is to be entered.
struct Case<'a> {
    email: &'a Email,
    /// By its words too.
    kind: Kind,
    message: &'a str,
    language: &'a str,
    source: Source,
    mail_hash: Option<Vec<u8>>,
    /// The conversation in the messenger that it was asked for in.
    conversation: Option<&'a str>,
    /// When it was written: its clock runs from then.
    came_at_ms: i64,
    /// Whether the address is known to be its sender's.
    is_theirs: bool,
    /// Whether it is written that it came.
    acknowledged: bool,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Sealed {
    email: String,
    message: String,
}

/// The enquiries of a studio.
#[derive(Clone, Copy)]
pub struct Enquiries<'a> {
    studio: &'a Studio,
}

impl<'a> Enquiries<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Takes an enquiry and acknowledges it by mail, unless much comes with its address. The answer is the same whether
    /// or not there is an account with it.
    ///
    /// # Errors
    /// `email-invalid`, `message-empty`, `message-long`, `too-many-enquiries`.
    #[boxed]
    pub async fn ask(&self, new: NewEnquiry, client: &Client) -> Result<Taken> {
        self.take(new, Way::Form(client)).await
    }

    async fn take(&self, new: NewEnquiry, way: Way<'_>) -> Result<Taken> {
        self.studio.pursue(PurposeId::Support)?;
        let studio = self.studio;
        let email = Email::parse(&new.email)?;
        let message = new.message.trim();
        if message.is_empty() {
            return Err(Error::refused("message-empty", "Please write what we can do for you."));
        }
        if message.chars().count() > MESSAGE_CHARS_MAX {
            return Err(Error::refused(
                "message-long",
                "That is more than 5,000 characters. Please write it shorter.",
            ));
        }
        let (now, nothing): (_, &[Incoming<'_>]) = (studio.now_ms(), &[]);
        let (source, mail_hash, attachments, by_itself, came_at_ms) = match way {
            Way::Form(client) => {
                throttle::count(studio, &PER_CLIENT, client.0.as_bytes(), "too-many-enquiries").await?;
                throttle::count(studio, &FORMS, b"", "too-many-enquiries").await?;
                (Source::Form, None, nothing, false, now)
            }
            Way::Mail { hash, attachments, by_itself, came_at_ms } => {
                (Source::Mail, Some(hash), attachments, by_itself, came_at_ms.min(now))
            }
        };
        let kind = new.kind.by_words(message);
        let tx = studio.db().begin().await?;
        if source == Source::Mail {
            // With the case: a mail that cannot be taken, however often it is tried, uses up nothing.
            let (limit, code) = kind.mails_limit();
            throttle::count_in(&tx, studio, limit, b"", code).await?;
        }
        let acknowledged = !by_itself && self.may_acknowledge(&tx, &email, false).await?;
        let case = Case {
            email: &email,
            kind,
            message,
            language: &new.language,
            source,
            mail_hash,
            conversation: None,
            came_at_ms,
            is_theirs: false,
            acknowledged,
        };
        let taken = self.enter(&tx, case).await?;
        self.keep(&tx, taken.id.as_str(), attachments).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Enters a case in a transaction, with the mail that acknowledges it.
    async fn enter(&self, tx: &impl ConnectionTrait, case: Case<'_>) -> Result<Taken> {
        let studio = self.studio;
        let Case { email, kind, message, language, acknowledged, .. } = case;
        let priority = kind.concerns_rights();
        let (id, now) = (studio.new_id(), studio.now_ms());
        let sealed = Sealed { email: email.as_str().to_owned(), message: message.to_owned() };
        let sealed = serde_json::to_vec(&sealed).map_err(Error::internal)?;
        let row = enquiries::ActiveModel {
            id: Set(id.clone()),
            kind: Set(kind),
            state: Set(State::Open),
            priority: Set(priority),
            sealed: Set(studio.vault().seal_field(studio.house_key(), &place(&id), &sealed)),
            created_at_ms: Set(case.came_at_ms),
            due_at_ms: Set(case.came_at_ms.saturating_add(kind.due_ms())),
            closed_at_ms: Set(None),
            source: Set(Some(case.source)),
            language: Set(Some(language.to_owned())),
            mail_hash: Set(case.mail_hash),
            token_hash: Set(None),
            confirmed_at_ms: Set(case.is_theirs.then_some(now)),
            reminded_at_ms: Set(None),
            alarmed_at_ms: Set(None),
            address_index: Set(Some(studio.accounts().index_of(email.as_str())?)),
            conversation_id: Set(case.conversation.map(str::to_owned)),
        };
        enquiries::Entity::insert(row).exec_without_returning(tx).await?;
        let step = if acknowledged { StepKind::Came } else { StepKind::CameQuietly };
        self.log(tx, &id, step, None, None).await?;
        if case.is_theirs {
            self.log(tx, &id, StepKind::Confirmed, None, None).await?;
        }
        if acknowledged {
            let letter = acknowledgement(priority, kind, language);
            studio.mail().write_of_case(tx, &id, email.as_str(), language, &letter).await?;
        }
        Ok(Taken { id: EnquiryId::stored(id), priority })
    }

    /// Whether this address may be written to, as far as the cases that came with it today allow. `is_theirs`: it is known
    /// to be its sender's.
    async fn may_acknowledge(
        &self,
        db: &impl ConnectionTrait,
        email: &Email,
        is_theirs: bool,
    ) -> Result<bool> {
        let limit = if is_theirs { &PER_OWNER } else { &PER_ADDRESS };
        match throttle::count_in(db, self.studio, limit, &email.look_up(), "too-many-enquiries").await {
            Ok(()) => Ok(true),
            Err(error) if error.class() == Class::TooMany => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read(&self, row: enquiries::Model) -> Result<Enquiry> {
        let opened = self.studio.vault().open_field(self.studio.house_key(), &place(&row.id), &row.sealed)?;
        let Sealed { email, message } = serde_json::from_slice(&opened).map_err(Error::internal)?;
        Ok(Enquiry {
            id: EnquiryId::stored(row.id),
            kind: row.kind,
            priority: row.priority,
            state: row.state,
            email,
            message,
            created_at_ms: row.created_at_ms,
            due_at_ms: row.due_at_ms,
            source: row.source.unwrap_or(Source::Form),
            confirmed_at_ms: row.confirmed_at_ms,
        })
    }

    /// Writes down what was done, and by whom where it was somebody at the desk.
    async fn log(
        &self,
        tx: &impl ConnectionTrait,
        enquiry: &str,
        step: StepKind,
        who: Option<&Worker>,
        words: Option<&str>,
    ) -> Result<()> {
        let studio = self.studio;
        let id = studio.new_id();
        let seal = |words: &str| {
            let place = Place { table: "enquiry_steps", row: &id, column: "words" };
            studio.vault().seal_field(studio.house_key(), &place, words.as_bytes())
        };
        let row = steps::ActiveModel {
            words_sealed: Set(words.map(seal)),
            id: Set(id.clone()),
            enquiry_id: Set(enquiry.to_owned()),
            step: Set(step),
            by_whom: Set(who.map(|who| who.name().to_owned())),
            role: Set(who.map(|who| who.role)),
            at_ms: Set(studio.now_ms()),
            closed_at_ms: Set(None),
        };
        steps::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "enquiries", row, column: "sealed" }
}

/// Whether words are marked as the policy asks people to mark what is about their rights.
fn is_marked(words: &str) -> bool {
    words.to_lowercase().contains("gdpr request")
}

fn acknowledgement(priority: bool, kind: Kind, language: &str) -> Message {
    let days = kind.due_ms() / DAY_MS;
    let [subject, first, plain, after] = match language {
        "de" => [
            "Wir haben Ihre Nachricht",
            "Wir haben Ihre Anfrage zu Ihren Daten. Sie kommt zuerst an die Reihe, und unsere Antwort haben Sie spätestens in {days} Tagen.",
            "Wir haben Ihre Nachricht. Ein Mensch liest sie und antwortet so bald wie möglich, spätestens in {days} Tagen.",
            "Waren Sie das nicht, müssen Sie nichts tun: Ihre Adresse wird für nichts anderes verwendet.",
        ],
        "fr" => [
            "Nous avons reçu votre message",
            "Nous avons reçu votre demande concernant vos données. Elle passe en premier et vous aurez notre réponse dans les {days} jours au plus tard.",
            "Nous avons reçu votre message. Une personne le lit et répond dès que possible, dans les {days} jours au plus tard.",
            "Si ce n’était pas vous, vous n’avez rien à faire : votre adresse ne sert à rien d’autre.",
        ],
        "es" => [
            "Hemos recibido su mensaje",
            "Hemos recibido su solicitud sobre sus datos. Va primero, y tendrá nuestra respuesta en {days} días como máximo.",
            "Hemos recibido su mensaje. Una persona lo lee y responde lo antes posible, en {days} días como máximo.",
            "Si no fue usted, no tiene que hacer nada: su dirección no se usa para nada más.",
        ],
        _ => [
            "We have received your message",
            "We have received your request about your data. It goes first, and you have our answer within {days} days at the latest.",
            "We have received your message. A person reads it and answers as soon as possible, within {days} days at the latest.",
            "If this was not you, you need do nothing: your address is used for nothing else.",
        ],
    };
    Message {
        kind: "enquiry-received",
        subject: subject.into(),
        paragraphs: vec![if priority { first } else { plain }.replace("{days}", &days.to_string())],
        afterwards: vec![after.into()],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use policy::{Country, Mailing};

    use super::testing::{confirm, letters};
    use super::*;
    use crate::db::testing::on_both;
    use crate::marketing::{Method, Status};
    use crate::staff::Role;

    fn new(email: &str, kind: Kind, message: &str) -> NewEnquiry {
        NewEnquiry { email: email.into(), kind, message: message.into(), language: "en".into() }
    }

    #[test]
    fn proves_s15_1_what_concerns_data_protection_goes_first_and_is_acknowledged() {
        on_both(async |kit| {
            let enquiries = kit.studio.enquiries();
            let client = Client("a".into());
            let ask = async |kind, message| {
                kit.clock.advance(1_000);
                enquiries.ask(new("anna@example.org", kind, message), &client).await.unwrap().id
            };
            let question = ask(Kind::Question, "How long is a film?").await;
            let marked = ask(Kind::Question, "GDPR Request: what do you hold?").await;
            let deletion = ask(Kind::PhotoDeletion, "Please delete my photo.").await;
            let ids: Vec<_> = enquiries
                .open(crate::staff::Role::Operator, 10)
                .await
                .unwrap()
                .into_iter()
                .map(|one| one.id)
                .collect();
            assert_eq!(ids, [marked.clone(), deletion, question]);
            let mails = kit.studio.mail().list(3).await.unwrap();
            assert!(mails.iter().all(|mail| mail.letter.to == "anna@example.org"));
            assert!(mails[1].letter.text.contains("within 30 days"));
            let one = enquiries.get(&marked).await.unwrap();
            assert_eq!(
                (one.message.as_str(), one.due_at_ms - one.created_at_ms),
                ("GDPR Request: what do you hold?", 30 * DAY_MS)
            );
            // Whatever was chosen: it is a case about a right, in the form as in a mail.
            assert_eq!((one.kind, Role::Support.reads(one.kind)), (Kind::Privacy, false));
            for (chosen, words, kind, days) in [
                (Kind::Appeal, "gdpr request", Kind::Privacy, 30),
                (Kind::Question, "Under the CCPA: what do you sell?", Kind::California, 45),
                (Kind::PhotoDeletion, "GDPR Request", Kind::PhotoDeletion, 30),
                (Kind::Order, "Where is it?", Kind::Order, 30),
            ] {
                let case = enquiries.ask(new("ben@example.org", chosen, words), &kit.client()).await.unwrap();
                let one = enquiries.get(&case.id).await.unwrap();
                assert_eq!((one.kind, one.due_at_ms - one.created_at_ms), (kind, days * DAY_MS), "{words}");
                assert_eq!(case.priority, kind.concerns_rights(), "{words}");
                enquiries.close(&kit.operator(), &case.id).await.unwrap();
            }
            enquiries.close(&kit.operator(), &marked).await.unwrap();
            enquiries.close(&kit.operator(), &marked).await.unwrap();
            assert_eq!(enquiries.open(crate::staff::Role::Operator, 10).await.unwrap().len(), 2);
        });
    }

    #[test]
    fn what_cannot_be_taken_is_said_and_nothing_is_kept() {
        on_both(async |kit| {
            let enquiries = kit.studio.enquiries();
            let client = Client("a".into());
            let refused = async |email: &str, message: &str| {
                enquiries.ask(new(email, Kind::Question, message), &client).await.unwrap_err().code()
            };
            assert_eq!(refused("nobody", "Hello").await, "email-invalid");
            assert_eq!(refused("a@example.org", "  \n ").await, "message-empty");
            assert_eq!(refused("a@example.org", &"é".repeat(MESSAGE_CHARS_MAX + 1)).await, "message-long");
            assert_eq!(kit.rows("enquiries").await, 0);
            for _ in 0..5 {
                enquiries.ask(new("a@example.org", Kind::Question, "Hello"), &client).await.unwrap();
            }
            assert_eq!(refused("b@example.org", "Hello").await, "too-many-enquiries");
            assert_eq!(refused("a@example.org", "Hello").await, "too-many-enquiries");
        });
    }

    #[test]
    fn proves_s12_10_s12_11_s15_1_whoever_writes_anothers_address_down_keeps_nobody_from_being_heard() {
        on_both(async |kit| {
            let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
            let ask = async |email| enquiries.ask(new(email, Kind::Question, "Hello"), &kit.client()).await;
            for _ in 0..7 {
                ask("Anna@example.org").await.unwrap();
            }
            let head = "From: anna@example.org\nMessage-ID: <1@example.org>\nSubject: GDPR Request";
            let raw = mail(head, "What do you hold?");
            let Inbound::Taken(case) = enquiries.receive(&raw).await.unwrap() else { panic!() };
            assert!(enquiries.get(&case).await.unwrap().priority);
            assert_eq!(kit.rows("enquiries").await, 8);
            let steps: Vec<_> =
                enquiries.steps(&case).await.unwrap().into_iter().map(|step| step.kind).collect();
            assert_eq!(steps, [StepKind::CameQuietly]);
            let written = async || letters(kit, "enquiry-received").await.len();
            assert_eq!(written().await, 5, "nobody's letter box is flooded");
            kit.clock.advance(DAY_MS);
            ask("anna@example.org").await.unwrap();
            assert_eq!(written().await, 6);
            // No flood of forms fills the disk; whoever is turned down is told, and a mail still comes through.
            while throttle::count(studio, &FORMS, b"", "many").await.is_ok() {}
            assert_eq!(ask("ben@example.org").await.unwrap_err().code(), "too-many-enquiries");
            let head = "From: ben@example.org\nMessage-ID: <2@example.org>\nSubject: GDPR Request";
            let taken = enquiries.receive(&mail(head, "What do you hold?")).await.unwrap();
            assert!(matches!(taken, Inbound::Taken(_)), "{taken:?}");
        });
    }

    #[test]
    fn proves_s12_6_s12_7_s12_11_whoever_objects_is_left_alone_with_or_without_an_account() {
        on_both(async |kit| {
            let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
            let (accounts, marketing) = (studio.accounts(), studio.marketing());
            let account = kit.account("anna@example.org").await;
            let country = Country::parse("FR");
            marketing.subscribe(&account, Method::Settings, "marketing-1", country).await.unwrap();
            let ask = async |email| {
                let no = new(email, Kind::Privacy, "No advertising, and no support.");
                enquiries.ask(no, &kit.client()).await.unwrap().id
            };
            let (known, unknown) = (ask("anna@example.org").await, ask("nobody@example.org").await);
            let officer = Worker { account: None, role: Role::PrivacyOfficer };
            let support = Worker { account: None, role: Role::Support };
            let fulfil = async |who: &Worker, case: &EnquiryId, wish| {
                enquiries.fulfil(who, case, wish).await.map_err(|error| error.code())
            };
            for wish in [Wish::StopMarketing, Wish::ObjectToSupport] {
                for case in [&known, &unknown] {
                    assert_eq!(fulfil(&officer, case, wish).await, Err("address-not-confirmed"));
                }
                assert_eq!(fulfil(&support, &known, wish).await, Err("enquiry-not-found"));
            }
            for case in [&known, &unknown] {
                confirm(kit, case).await;
                assert_eq!(fulfil(&officer, case, Wish::StopMarketing).await, Ok(()));
            }
            assert_eq!(fulfil(&officer, &unknown, Wish::ObjectToSupport).await, Err("account-not-found"));
            assert_eq!(fulfil(&officer, &known, Wish::ObjectToSupport).await, Ok(()));
            assert!(accounts.objected_to_support(&account).await.unwrap());

            let ground = async |account: &crate::AccountId| {
                marketing.ground(studio.db().read(), account, Mailing::ProductUpdate).await.unwrap()
            };
            assert_eq!(ground(&account).await, None);
            let said = marketing.history(&account).await.unwrap().remove(0);
            assert_eq!((said.status, said.method), (Status::Unsubscribed, Method::Case));
            // Nobody's address yet: whoever has it later is told of nothing that they did not agree to.
            assert_eq!(kit.rows("suppressions").await, 2);
            let late = kit.account("nobody@example.org").await;
            crate::films::testing::paid(kit, &late).await;
            marketing.told_customer(&late, country).await.unwrap();
            assert_eq!(ground(&late).await, None);

            let done = async |case: &EnquiryId| {
                let steps = enquiries.steps(case).await.unwrap();
                let by_officer =
                    |step: &Step| step.by.as_ref().is_some_and(|(role, _)| role == "privacy-officer");
                steps.into_iter().filter(by_officer).map(|step| step.kind).collect::<Vec<_>>()
            };
            assert_eq!(done(&known).await, [StepKind::MarketingStopped, StepKind::SupportObjected]);
            assert_eq!(done(&unknown).await, [StepKind::MarketingStopped]);
        });
    }

    #[test]
    fn proves_s12_10_s13_1_each_case_has_a_clock_that_reminds_alarms_and_keeps_what_was_answered() {
        on_both(async |kit| {
            let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
            let client = Client("a".into());
            let gdpr = enquiries.ask(new("a@example.org", Kind::Privacy, "What?"), &client).await.unwrap().id;
            let ccpa = new("b@example.org", Kind::California, "What do you know of me?");
            let ccpa = enquiries.ask(ccpa, &client).await.unwrap().id;
            let days = async |id| {
                let one = enquiries.get(id).await.unwrap();
                (one.due_at_ms - one.created_at_ms) / DAY_MS
            };
            assert_eq!((days(&gdpr).await, days(&ccpa).await), (30, 45));
            let mails = letters(kit, "enquiry-received").await;
            assert!(mails[0].text.contains("within 45 days") && mails[1].text.contains("within 30 days"));

            let told =
                async || (letters(kit, "case-due").await.len(), letters(kit, "case-overdue").await.len());
            kit.clock.advance(23 * DAY_MS);
            studio.tidy().await.unwrap();
            assert_eq!(told().await, (0, 0));
            kit.clock.advance(1);
            studio.tidy().await.unwrap();
            studio.tidy().await.unwrap();
            assert_eq!(told().await, (1, 0), "one reminder a week before");
            kit.clock.advance(7 * DAY_MS - 1);
            studio.tidy().await.unwrap();
            assert_eq!((told().await, enquiries.overdue().await.unwrap()), ((1, 0), 0));
            kit.clock.advance(1);
            studio.tidy().await.unwrap();
            studio.tidy().await.unwrap();
            assert_eq!((told().await, enquiries.overdue().await.unwrap()), ((1, 1), 1));
            let alarm = letters(kit, "case-overdue").await;
            assert_eq!(alarm[0].to, studio.policy().controller.email);
            assert!(!alarm[0].text.contains("a@example.org"));

            assert_eq!(
                enquiries.answer(&kit.operator(), &gdpr, " ").await.unwrap_err().code(),
                "answer-empty"
            );
            enquiries.answer(&kit.operator(), &gdpr, "This is all.\n\nYours").await.unwrap();
            assert_eq!(enquiries.overdue().await.unwrap(), 0);
            let sent = letters(kit, "enquiry-answer").await;
            assert!(sent[0].to == "a@example.org" && sent[0].text.contains("This is all."));
            let steps = enquiries.steps(&gdpr).await.unwrap();
            let steps: Vec<_> = steps.into_iter().map(|step| (step.kind, step.by, step.words)).collect();
            let answer = "This is all.\n\nYours".to_owned();
            let operator = Some(("operator".to_owned(), "operator".to_owned()));
            let answered = (StepKind::Answered, operator, Some(answer));
            assert_eq!(steps, [(StepKind::Came, None, None), answered]);
            // Closed: kept for a year, and then with its log no more.
            kit.clock.advance(365 * DAY_MS);
            studio.tidy().await.unwrap();
            assert_eq!(kit.rows("enquiry_steps").await, 1, "the one of the case that is still open");
        });
    }

    #[test]
    fn proves_s12_11_s5_3_nothing_is_told_or_done_before_the_address_is_confirmed() {
        on_both(async |kit| {
            let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
            let account = kit.account("anna@example.org").await;
            let officer = Worker { account: Some(account.clone()), role: crate::staff::Role::PrivacyOfficer };
            crate::films::testing::paid(kit, &account).await;
            let client = Client("a".into());
            let ask = async |email| {
                enquiries.ask(new(email, Kind::PhotoDeletion, "Delete it."), &client).await.unwrap().id
            };
            let (known, unknown) = (ask("anna@example.org").await, ask("nobody@example.org").await);
            // The same for an address with an account and one without: mails, answers, and what the desk sees.
            for case in [&known, &unknown] {
                assert_eq!(enquiries.account_of(case).await.unwrap(), None);
                let early = enquiries.fulfil(&officer, case, Wish::DeletePhotos).await.unwrap_err();
                assert_eq!(early.code(), "address-not-confirmed");
                enquiries.ask_whose(&kit.operator(), case).await.unwrap();
            }
            let asked = letters(kit, "enquiry-whose").await;
            let (second, first) = (testing::token(&asked[0].text), testing::token(&asked[1].text));
            assert_eq!(asked[0].text.replace(&second, ""), asked[1].text.replace(&first, ""));
            assert_eq!(enquiries.confirm("made up").await.unwrap_err().code(), "link-invalid");
            for token in [&first, &first, &second] {
                enquiries.confirm(token).await.unwrap();
            }
            assert_eq!(enquiries.account_of(&known).await.unwrap(), Some(account.clone()));
            assert_eq!(enquiries.account_of(&unknown).await.unwrap(), None);
            let nobody = enquiries.fulfil(&officer, &unknown, Wish::DeletePhotos).await.unwrap_err();
            assert_eq!(nobody.code(), "account-not-found");

            assert!(kit.rows("photos").await > 0);
            enquiries.fulfil(&officer, &known, Wish::DeletePhotos).await.unwrap();
            assert_eq!(kit.rows("photos").await, 0);
            enquiries.fulfil(&officer, &known, Wish::Restrict).await.unwrap();
            assert!(studio.accounts().get(&account).await.unwrap().restricted_at_ms.is_some());
            enquiries.fulfil(&officer, &known, Wish::Leave).await.unwrap();
            assert!(studio.accounts().ends_at_ms(&account).await.is_ok());
            let steps = enquiries.steps(&known).await.unwrap();
            let steps: Vec<_> = steps.into_iter().map(|step| step.kind).collect();
            use StepKind::{Asked, Came, Confirmed, Left, PhotosDeleted, Restricted};
            assert_eq!(steps, [Came, Asked, Confirmed, PhotosDeleted, Restricted, Left]);
        });
    }

    #[test]
    fn proves_s12_11_a_link_says_what_it_confirms_ends_after_a_week_and_its_owner_can_say_no() {
        on_both(async |kit| {
            let enquiries = kit.studio.enquiries();
            let words = "Press yes, it is about your prize.";
            let deletion = new("anna@example.org", Kind::PhotoDeletion, words);
            let case = enquiries.ask(deletion, &kit.client()).await.unwrap().id;
            let came_at_ms = kit.studio.now_ms();
            let ask = async || {
                enquiries.ask_whose(&kit.operator(), &case).await.unwrap();
                letters(kit, "enquiry-whose").await.remove(0).text
            };
            let of_link = async |token: &str| enquiries.of_link(token).await.map_err(|error| error.code());
            kit.clock.advance(DAY_MS);
            let asked = ask().await;
            for part in ["On 22 May 2026", "a photo is to be deleted", "works for 7 days"] {
                assert!(asked.contains(part), "{part}: {asked}");
            }
            assert!(!asked.contains("prize"), "{asked}");
            let first = testing::token(&asked);
            let request = Request { kind: Kind::PhotoDeletion, came_at_ms };
            assert_eq!(of_link(&first).await, Ok(request));
            kit.clock.advance(7 * DAY_MS - 1);
            assert_eq!(of_link(&first).await, Ok(request));
            kit.clock.advance(1);
            assert_eq!(of_link(&first).await, Err("link-invalid"));
            assert_eq!(enquiries.confirm(&first).await.unwrap_err().code(), "link-invalid");
            assert_eq!(enquiries.deny(&first).await.unwrap_err().code(), "link-invalid");

            // Asked anew it is a new link, and the one before stays dead.
            let second = testing::token(&ask().await);
            assert_eq!(of_link(&first).await, Err("link-invalid"));
            enquiries.confirm(&second).await.unwrap();
            assert!(enquiries.get(&case).await.unwrap().confirmed_at_ms.is_some());
            // It was not them after all: nothing is done any more, and the link is void.
            assert!(!enquiries.deny(&second).await.unwrap(), "nothing was done for it");
            assert_eq!(enquiries.get(&case).await.unwrap().confirmed_at_ms, None);
            let done = enquiries.fulfil(&kit.operator(), &case, Wish::DeletePhotos).await;
            assert_eq!(done.unwrap_err().code(), "address-not-confirmed");
            assert_eq!(of_link(&second).await, Err("link-invalid"));
            assert_eq!(enquiries.confirm(&second).await.unwrap_err().code(), "link-invalid");
            let steps = enquiries.steps(&case).await.unwrap();
            let steps: Vec<_> = steps.into_iter().map(|step| step.kind).collect();
            use StepKind::{Asked, Came, Confirmed, Denied};
            assert_eq!(steps, [Came, Asked, Asked, Confirmed, Denied]);

            // Whoever says no when something was done is told so.
            let third = testing::token(&ask().await);
            enquiries.confirm(&third).await.unwrap();
            enquiries.fulfil(&kit.operator(), &case, Wish::StopMarketing).await.unwrap();
            assert!(enquiries.deny(&third).await.unwrap());
        });
    }

    fn mail(headers: &str, body: &str) -> Vec<u8> {
        format!("{headers}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n").replace('\n', "\r\n").into()
    }

    #[test]
    fn proves_s12_11_s15_1_a_mail_becomes_a_case_once_and_what_answers_by_itself_does_not() {
        on_both(async |kit| {
            let enquiries = kit.studio.enquiries();
            let head = "From: Anna <anna@example.org>\nTo: hello@ministudio.com\nMessage-ID: <1@example.org>\nSubject: GDPR Request";
            let raw = mail(head, "What do you hold?");
            let Inbound::Taken(case) = enquiries.receive(&raw).await.unwrap() else { panic!() };
            assert_eq!(enquiries.receive(&raw).await.unwrap(), Inbound::Taken(case.clone()));
            let one = enquiries.get(&case).await.unwrap();
            assert_eq!((one.kind, one.priority, one.source), (Kind::Privacy, true, Source::Mail));
            assert_eq!(
                (one.email.as_str(), one.message.as_str()),
                ("anna@example.org", "GDPR Request\n\nWhat do you hold?")
            );
            assert_eq!(letters(kit, "enquiry-received").await.len(), 1);

            let ours = kit.studio.policy().controller.email.clone();
            for (headers, why) in [
                (
                    "From: a@example.org\nSubject: x\nAuto-Submitted: auto-replied".to_owned(),
                    "an automatic answer",
                ),
                ("From: a@example.org\nSubject: x\nPrecedence: bulk".into(), "from a mailing list"),
                ("From: a@example.org\nSubject: x\nList-Id: <l.example.org>".into(), "from a mailing list"),
                ("From: MAILER-DAEMON@example.org\nSubject: x".into(), "from a mail server"),
                (format!("From: {ours}\nSubject: x"), "from ourselves"),
                ("Subject: x".into(), "without a sender"),
            ] {
                assert_eq!(enquiries.receive(&mail(&headers, "y")).await.unwrap(), Inbound::Ignored(why));
            }
            assert_eq!(kit.rows("enquiries").await, 1);
            // A request about rights is taken whoever wrote it down, and nothing is written back.
            let marked = "From: b@example.org\nMessage-ID: <2@example.org>\nSubject: GDPR Request 7\nAuto-Submitted: auto-generated";
            let Inbound::Taken(case) = enquiries.receive(&mail(marked, "Delete it.")).await.unwrap() else {
                panic!()
            };
            assert_eq!(enquiries.get(&case).await.unwrap().kind, Kind::Privacy);
            assert_eq!(enquiries.steps(&case).await.unwrap()[0].kind, StepKind::CameQuietly);
            assert_eq!(letters(kit, "enquiry-received").await.len(), 1);
            assert!(!enquiries.may_hand_in(""), "nobody may while no secret is set");
        });
    }

    #[test]
    fn proves_s11_1_s12_11_a_folder_of_mails_is_taken_and_none_lies_there_any_more() {
        on_both(async |kit| {
            let folder = kit.folder.path().join("Maildir");
            collect(&kit.studio, &folder).await.unwrap();
            std::fs::create_dir_all(folder.join("new")).unwrap();
            let from = |who: &str| format!("From: {who}@example.org\nMessage-ID: <{who}>\nSubject: Hello");
            std::fs::write(folder.join("new/1.a"), mail(&from("anna"), "One")).unwrap();
            std::fs::write(folder.join("new/2.b"), mail(&from("ben"), "Two")).unwrap();
            std::fs::write(folder.join("new/3.c"), b"\xff\xfe no mail").unwrap();
            collect(&kit.studio, &folder).await.unwrap();
            assert_eq!(kit.rows("enquiries").await, 2);
            let lie = || std::fs::read_dir(folder.join("new")).unwrap().count();
            assert_eq!(lie(), 0, "neither those that are cases nor that which is none");
            assert!(!folder.join("cur").exists());
            // In a flood they wait where they are, and nothing of it is lost.
            let count = async || throttle::count(&kit.studio, &MAILS, b"", "many").await;
            while count().await.is_ok() {}
            std::fs::write(folder.join("new/4.d"), mail(&from("carla"), "Three")).unwrap();
            collect(&kit.studio, &folder).await.unwrap();
            assert_eq!((kit.rows("enquiries").await, lie()), (2, 1));
            kit.clock.advance(HOUR_MS);
            collect(&kit.studio, &folder).await.unwrap();
            assert_eq!((kit.rows("enquiries").await, lie()), (3, 0));
            // Died after taking and before deleting: it comes again, and is no second case.
            std::fs::write(folder.join("new/1.a"), mail(&from("anna"), "One")).unwrap();
            collect(&kit.studio, &folder).await.unwrap();
            assert_eq!((kit.rows("enquiries").await, lie()), (3, 0));
        });
    }

    #[test]
    fn a_mail_with_what_no_database_keeps_is_a_case_in_a_language_of_ours() {
        on_both(async |kit| {
            let cases = kit.studio.enquiries();
            for (tag, language) in [
                ("=?utf-8?q?=00=00?=", "en"),
                ("d\0", "en"),
                ("de-AT", "de"),
                ("ES", "es"),
                ("it", "en"),
                ("deu", "en"),
            ] {
                let head = format!(
                    "From: a@example.org\nMessage-ID: <{language}{}>\nSubject: =?utf-8?q?Hel=00lo?=\nContent-Language: {tag}",
                    tag.len()
                );
                let taken = cases.receive(&mail(&head, &format!("One\0 {tag:?}"))).await.unwrap();
                let Inbound::Taken(case) = taken else { panic!("{tag:?}") };
                assert!(!cases.get(&case).await.unwrap().message.contains('\0'), "{tag:?}");
                let row = enquiries::Entity::find_by_id(case.as_str()).one(kit.studio.db().read()).await;
                assert_eq!(row.unwrap().unwrap().language.as_deref(), Some(language), "{tag:?}");
            }
        });
    }

    #[test]
    fn whoever_writes_anothers_message_id_down_keeps_no_mail_from_being_heard() {
        on_both(async |kit| {
            let cases = kit.studio.enquiries();
            let take = async |from: &str, body: &str| {
                let head = format!("From: {from}@example.org\nMessage-ID: <1@example.org>\nSubject: Hello");
                match cases.receive(&mail(&head, body)).await.unwrap() {
                    Inbound::Taken(case) => case,
                    ignored => panic!("{ignored:?}"),
                }
            };
            let first = take("mallory", "One").await;
            assert_ne!(take("anna", "One").await, first);
            assert_ne!(take("mallory", "Two").await, first);
            assert_eq!(take("mallory", "One").await, first);
            assert_eq!(kit.rows("enquiries").await, 3);
        });
    }

    #[test]
    fn a_flood_of_mails_holds_up_none_about_a_right_whose_time_runs_from_when_it_came() {
        on_both(async |kit| {
            let cases = kit.studio.enquiries();
            let new_mails = kit.folder.path().join("Maildir/new");
            let folder = kit.folder.path().join("Maildir");
            std::fs::create_dir_all(&new_mails).unwrap();
            let lay = |name: &str, subject: &str| {
                let head = format!("From: {name}@example.org\nMessage-ID: <{name}>\nSubject: {subject}");
                std::fs::write(new_mails.join(name), mail(&head, "Words")).unwrap();
            };
            let lie = || std::fs::read_dir(&new_mails).unwrap().count();
            while throttle::count(&kit.studio, &MAILS, b"", "many").await.is_ok() {}
            for name in ["anna", "ben", "carla"] {
                lay(name, "Hello");
            }
            lay("dora", "GDPR Request");
            let came_at_ms = kit.studio.now_ms() - 2 * DAY_MS;
            let came = std::time::Duration::from_millis(came_at_ms.unsigned_abs());
            let file = std::fs::File::options().write(true).open(new_mails.join("dora")).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + came).unwrap();
            collect(&kit.studio, &folder).await.unwrap();
            assert_eq!(lie(), 3);
            let open = cases.open(Role::Operator, 9).await.unwrap();
            assert_eq!(open.len(), 1);
            let one = cases.get(&open[0].id).await.unwrap();
            assert_eq!((one.kind, one.created_at_ms), (Kind::Privacy, came_at_ms));
            assert_eq!(one.due_at_ms, came_at_ms + 30 * DAY_MS);

            // Nor do many of those hold up the others; and what waits uses nothing up, its acknowledgement neither.
            kit.clock.advance(HOUR_MS);
            while throttle::count(&kit.studio, &RIGHTS_MAILS, b"", "many").await.is_ok() {}
            lay("emil", "GDPR Request");
            for _ in 0..7 {
                collect(&kit.studio, &folder).await.unwrap();
                assert_eq!((kit.rows("enquiries").await, lie()), (4, 1));
            }
            kit.clock.advance(HOUR_MS);
            collect(&kit.studio, &folder).await.unwrap();
            assert_eq!(lie(), 0);
            assert_eq!(letters(kit, "enquiry-received").await.len(), 5);
        });
    }

    #[test]
    fn what_cannot_be_taken_from_the_folder_is_put_aside_and_holds_up_no_other() {
        on_both(async |kit| {
            let folder = kit.folder.path().join("Maildir");
            // Nobody can read it as a file.
            std::fs::create_dir_all(folder.join("new/1.a")).unwrap();
            let head = "From: anna@example.org\nMessage-ID: <1>\nSubject: Hello";
            std::fs::write(folder.join("new/2.b"), mail(head, "One")).unwrap();
            for _ in 0..4 {
                collect(&kit.studio, &folder).await.unwrap();
                assert!(folder.join("new/1.a").exists());
            }
            assert_eq!(kit.rows("enquiries").await, 1);
            collect(&kit.studio, &folder).await.unwrap();
            assert!(!folder.join("new/1.a").exists());
            assert!(folder.join(".failed/new/1.a").exists() && folder.join(".failed/cur").exists());
        });
    }
}
