//! Enquiries: what people write to us with the contact form, with or without an account. Each has a
//! clock; what concerns data protection goes first and is acknowledged as such.
//!
//! The words are sealed under the house's key, as there need be no account.

pub(crate) mod rows;

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};
use vault::Place;

use crate::accounts::Email;
use crate::clock::{DAY_MS, HOUR_MS};
use crate::mail::Message;
use crate::throttle::{self, Limit};
use crate::{Client, Error, Result, Studio, id_type};

id_type!(
    /// An enquiry.
    EnquiryId
);

/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 5_000;
/// The law's month, kept to the day: an answer is due this long after the enquiry.
const DUE_MS: i64 = 30 * DAY_MS;
/// Enquiries from one client: nobody floods the desk.
const PER_CLIENT: Limit = Limit { name: "enquiries-client", tries_max: 5, window_ms: HOUR_MS };
/// Acknowledgements to one address: nobody floods another's letter box.
const PER_ADDRESS: Limit = Limit { name: "enquiries-address", tries_max: 5, window_ms: DAY_MS };

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
    /// A photo was refused, and a person is to look at why.
    Appeal,
}

impl Kind {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 5] =
        [Self::Question, Self::Order, Self::PhotoDeletion, Self::Privacy, Self::Appeal];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Order => "order",
            Self::PhotoDeletion => "photo-deletion",
            Self::Privacy => "privacy",
            Self::Appeal => "appeal",
        }
    }
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

    /// Takes an enquiry and acknowledges it by mail. The answer is the same whether or not there is an
    /// account with the address.
    ///
    /// # Errors
    /// `email-invalid`, `message-empty`, `message-long`, `too-many-enquiries`.
    pub async fn ask(&self, new: NewEnquiry, client: &Client) -> Result<Taken> {
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
        throttle::count(studio, &PER_CLIENT, client.0.as_bytes(), "too-many-enquiries").await?;
        throttle::count(studio, &PER_ADDRESS, email.as_str().as_bytes(), "too-many-enquiries").await?;
        // As the policy asks people to mark such mails.
        let marked = message.to_lowercase().contains("gdpr request");
        let priority = marked || matches!(new.kind, Kind::Privacy | Kind::PhotoDeletion);
        let (id, now) = (studio.new_id(), studio.now_ms());
        let sealed = Sealed { email: email.as_str().to_owned(), message: message.to_owned() };
        let sealed = serde_json::to_vec(&sealed).map_err(Error::internal)?;
        let row = rows::ActiveModel {
            id: Set(id.clone()),
            kind: Set(new.kind),
            state: Set(State::Open),
            priority: Set(priority),
            sealed: Set(studio.vault().seal_field(studio.house_key(), &place(&id), &sealed)),
            created_at_ms: Set(now),
            due_at_ms: Set(now + DUE_MS),
            closed_at_ms: Set(None),
        };
        let tx = studio.db().begin().await?;
        rows::Entity::insert(row).exec_without_returning(&tx).await?;
        studio
            .mail()
            .write_to_stranger(&tx, email.as_str(), &new.language, &acknowledgement(priority, &new.language))
            .await?;
        tx.commit().await?;
        Ok(Taken { id: EnquiryId::stored(id), priority })
    }

    /// What waits for an answer: what goes first, then by what is due soonest.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn open(&self, limit: u64) -> Result<Vec<Enquiry>> {
        let rows = rows::Entity::find()
            .filter(rows::Column::State.eq(State::Open))
            .order_by_desc(rows::Column::Priority)
            .order_by_asc(rows::Column::DueAtMs)
            .limit(limit)
            .all(self.studio.db().read())
            .await?;
        rows.into_iter().map(|row| self.read(row)).collect()
    }

    /// One enquiry.
    ///
    /// # Errors
    /// `enquiry-not-found`.
    pub async fn get(&self, id: &EnquiryId) -> Result<Enquiry> {
        let row = rows::Entity::find_by_id(id.as_str()).one(self.studio.db().read()).await?;
        self.read(row.ok_or_else(|| Error::not_found("enquiry-not-found"))?)
    }

    /// It was answered. Closing twice changes nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn close(&self, id: &EnquiryId) -> Result<()> {
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(State::Closed))
            .col_expr(rows::Column::ClosedAtMs, Expr::value(self.studio.now_ms()))
            .filter(rows::Column::Id.eq(id.as_str()))
            .filter(rows::Column::State.eq(State::Open))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    fn read(&self, row: rows::Model) -> Result<Enquiry> {
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
        })
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "enquiries", row, column: "sealed" }
}

fn acknowledgement(priority: bool, language: &str) -> Message {
    let [subject, first, plain, after] = match language {
        "de" => [
            "Wir haben Ihre Nachricht",
            "Wir haben Ihre Anfrage zu Ihren Daten. Sie kommt zuerst an die Reihe, und unsere Antwort haben Sie spätestens in 30 Tagen.",
            "Wir haben Ihre Nachricht. Ein Mensch liest sie und antwortet so bald wie möglich, spätestens in 30 Tagen.",
            "Waren Sie das nicht, müssen Sie nichts tun: Ihre Adresse wird für nichts anderes verwendet.",
        ],
        "fr" => [
            "Nous avons reçu votre message",
            "Nous avons reçu votre demande concernant vos données. Elle passe en premier et vous aurez notre réponse dans les 30 jours au plus tard.",
            "Nous avons reçu votre message. Une personne le lit et répond dès que possible, dans les 30 jours au plus tard.",
            "Si ce n’était pas vous, vous n’avez rien à faire : votre adresse ne sert à rien d’autre.",
        ],
        "es" => [
            "Hemos recibido su mensaje",
            "Hemos recibido su solicitud sobre sus datos. Va primero, y tendrá nuestra respuesta en 30 días como máximo.",
            "Hemos recibido su mensaje. Una persona lo lee y responde lo antes posible, en 30 días como máximo.",
            "Si no fue usted, no tiene que hacer nada: su dirección no se usa para nada más.",
        ],
        _ => [
            "We have received your message",
            "We have received your request about your data. It goes first, and you have our answer within 30 days at the latest.",
            "We have received your message. A person reads it and answers as soon as possible, within 30 days at the latest.",
            "If this was not you, you need do nothing: your address is used for nothing else.",
        ],
    };
    Message {
        kind: "enquiry-received",
        subject: subject.into(),
        paragraphs: vec![if priority { first } else { plain }.into()],
        afterwards: vec![after.into()],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::on_both;

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
            let ids: Vec<_> = enquiries.open(10).await.unwrap().into_iter().map(|one| one.id).collect();
            assert_eq!(ids, [marked.clone(), deletion, question]);
            let mails = kit.studio.mail().list(3).await.unwrap();
            assert!(mails.iter().all(|mail| mail.letter.to == "anna@example.org"));
            assert!(mails[1].letter.text.contains("within 30 days"));
            let one = enquiries.get(&marked).await.unwrap();
            assert_eq!(
                (one.message.as_str(), one.due_at_ms - one.created_at_ms),
                ("GDPR Request: what do you hold?", DUE_MS)
            );
            enquiries.close(&marked).await.unwrap();
            enquiries.close(&marked).await.unwrap();
            assert_eq!(enquiries.open(10).await.unwrap().len(), 2);
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
}
