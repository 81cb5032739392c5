//! What the staff does with a case. Each thing is written down in it.

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseTransaction, QueryOrder, QuerySelect};
use vault::Place;

use super::rows::{attachments, enquiries, steps};
use super::{Enquiries, Enquiry, EnquiryId, Kind, State, Step, StepKind};
use crate::accounts::email_of;
use crate::mail::Message;
use crate::staff::{Role, Room, Worker};
use crate::{AccountId, Error, Result, boxed};

/// Longest answer, in characters.
pub const ANSWER_CHARS_MAX: usize = 10_000;

/// What the staff may do for whoever has confirmed that the case's address is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Delete every photo, with all that was made from it. Nobody looks at one for that.
    DeletePhotos,
    /// Only store the data.
    Restrict,
    /// Begin the end of the account, with its days of grace.
    Leave,
    /// Send no mail that advertises to the address.
    StopMarketing,
    /// Offer them no support within Minitube.
    ObjectToSupport,
}

impl Wish {
    /// Whether it is about an account, so that there must be one.
    pub fn needs_account(self) -> bool {
        self != Self::StopMarketing
    }
}

impl Enquiries<'_> {
    /// What waits for an answer of somebody with this role: what goes first, then by what is due soonest.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn open(&self, who: Role, limit: u64) -> Result<Vec<Enquiry>> {
        let theirs = Kind::ALL.into_iter().filter(|kind| who.reads(*kind));
        let rows = enquiries::Entity::find()
            .filter(enquiries::Column::State.eq(State::Open))
            .filter(enquiries::Column::Kind.is_in(theirs))
            .order_by_desc(enquiries::Column::Priority)
            .order_by_asc(enquiries::Column::DueAtMs)
            .limit(limit)
            .all(self.studio.db().read())
            .await?;
        rows.into_iter().map(|row| self.read(row)).collect()
    }

    /// One enquiry, for somebody with this role.
    ///
    /// # Errors
    /// `enquiry-not-found`, the same for one that they do not read.
    #[boxed]
    pub async fn read_by(&self, who: Role, id: &EnquiryId) -> Result<Enquiry> {
        let enquiry = self.get(id).await?;
        if who.reads(enquiry.kind) { Ok(enquiry) } else { Err(Error::not_found("enquiry-not-found")) }
    }

    /// One enquiry.
    ///
    /// # Errors
    /// `enquiry-not-found`.
    #[boxed]
    pub async fn get(&self, id: &EnquiryId) -> Result<Enquiry> {
        let db = self.studio.db().read();
        self.as_answered(db, self.row(db, id).await?).await
    }

    /// What was done with it, oldest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn steps(&self, id: &EnquiryId) -> Result<Vec<Step>> {
        let rows = steps::Entity::find()
            .filter(steps::Column::EnquiryId.eq(id.as_str()))
            .order_by_asc(steps::Column::AtMs)
            .order_by_asc(steps::Column::Id)
            .all(self.studio.db().read())
            .await?;
        rows.into_iter()
            .map(|row| {
                let place = Place { table: "enquiry_steps", row: &row.id, column: "words" };
                let open = |sealed: &Vec<u8>| {
                    self.studio.vault().open_field(self.studio.house_key(), &place, sealed)
                };
                let words = row.words_sealed.as_ref().map(open).transpose()?;
                let words = words.map(String::from_utf8).transpose().map_err(Error::internal)?;
                Ok(match (row.by_whom, row.role) {
                    (Some(whom), Some(role)) => Step {
                        by: Some((role.word().to_owned(), whom)),
                        kind: row.step,
                        words,
                        at_ms: row.at_ms,
                    },
                    _ => before_columns(row.step, words, row.at_ms),
                })
            })
            .collect()
    }

    /// Answers by mail, and closes the case.
    ///
    /// # Errors
    /// `answer-empty`, `answer-long`, `enquiry-not-found`.
    #[boxed]
    pub async fn answer(&self, who: &Worker, id: &EnquiryId, words: &str) -> Result<()> {
        let words = words.trim();
        if words.is_empty() {
            return Err(Error::refused("answer-empty", "Please write an answer."));
        }
        if words.chars().count() > ANSWER_CHARS_MAX {
            return Err(Error::refused("answer-long", "That is more than 10,000 characters."));
        }
        let tx = self.begin_about(id).await?;
        let row = self.row(&tx, id).await?;
        let language = row.language.clone().unwrap_or_default();
        let enquiry = self.as_answered(&tx, row).await?;
        let letter = answer(&language, words);
        self.studio.mail().write_of_case(&tx, id.as_str(), &enquiry.email, &language, &letter).await?;
        self.finish(&tx, id, StepKind::Answered, who, Some(words)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Nothing more is to be said. Closing twice changes nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn close(&self, who: &Worker, id: &EnquiryId) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.finish(&tx, id, StepKind::Closed, who, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether there is an account with the address of a case whose sender has confirmed it; `None` before that. Should
    /// that account have got another address since, it is still theirs.
    ///
    /// # Errors
    /// `enquiry-not-found`.
    #[boxed]
    pub async fn account_of(&self, id: &EnquiryId) -> Result<Option<AccountId>> {
        let db = self.studio.db().read();
        self.account_in(db, &self.row(db, id).await?).await
    }

    async fn account_in(
        &self,
        db: &impl ConnectionTrait,
        row: &enquiries::Model,
    ) -> Result<Option<AccountId>> {
        if row.confirmed_at_ms.is_none() {
            return Ok(None);
        }
        let accounts = self.studio.accounts();
        let index = match &row.address_index {
            Some(index) => index.clone(),
            // From before there was that column.
            None => accounts.index_of(&self.read(row.clone())?.email)?,
        };
        accounts.with_index(db, index).await
    }

    /// A transaction that writes to whoever sent a case: where it is known whose it is, their key is asked for before.
    pub(super) async fn begin_about(&self, id: &EnquiryId) -> Result<DatabaseTransaction> {
        match self.account_of(id).await? {
            Some(account) => self.studio.begin_for(&account).await,
            None => self.studio.db().begin().await,
        }
    }

    /// A case with the address that is written to: of the account that is known to be its sender's, the one that it has
    /// now, as the letter box of an earlier one may be another's; else the one that it came with.
    pub(super) async fn as_answered(
        &self,
        db: &impl ConnectionTrait,
        row: enquiries::Model,
    ) -> Result<Enquiry> {
        let account = self.account_in(db, &row).await?;
        let mut enquiry = self.read(row)?;
        if let Some(account) = account {
            let (row, key) = self.studio.open_account(db, &account, PurposeId::ServiceMessages).await?;
            enquiry.email = email_of(self.studio, &key, &row)?;
        }
        Ok(enquiry)
    }

    /// Does for its sender what they asked for.
    ///
    /// # Errors
    /// `address-not-confirmed` before they have confirmed the address; `account-not-found` where it is about an account
    /// and there is none; `enquiry-not-found` for a role that has no business with rights.
    #[boxed]
    pub async fn fulfil(&self, who: &Worker, id: &EnquiryId, wish: Wish) -> Result<()> {
        let studio = self.studio;
        if !who.role.may(Room::Rights) {
            return Err(Error::not_found("enquiry-not-found"));
        }
        let enquiry = self.get(id).await?;
        if enquiry.confirmed_at_ms.is_none() {
            let sentence = "The address of this case is not confirmed yet. Nothing was changed.";
            return Err(Error::conflict("address-not-confirmed", sentence));
        }
        let step = match (wish, self.account_of(id).await?) {
            (Wish::StopMarketing, account) => {
                studio.marketing().stop_at(&enquiry.email, account.as_ref()).await?;
                StepKind::MarketingStopped
            }
            (_, None) => return Err(Error::not_found("account-not-found")),
            (Wish::DeletePhotos, Some(account)) => {
                studio.photos().delete_all(&account).await?;
                StepKind::PhotosDeleted
            }
            (Wish::Restrict, Some(account)) => {
                studio.accounts().restrict(&account).await?;
                StepKind::Restricted
            }
            (Wish::Leave, Some(account)) => {
                studio.accounts().leave(&account).await?;
                StepKind::Left
            }
            (Wish::ObjectToSupport, Some(account)) => {
                studio.accounts().object_to_support(&account).await?;
                StepKind::SupportObjected
            }
        };
        self.log(studio.db().write(), id.as_str(), step, Some(who), None).await
    }

    pub(super) async fn row(&self, db: &impl ConnectionTrait, id: &EnquiryId) -> Result<enquiries::Model> {
        let row = enquiries::Entity::find_by_id(id.as_str()).one(db).await?;
        row.ok_or_else(|| Error::not_found("enquiry-not-found"))
    }

    /// Closes a case with its last step. One that is closed already gets a further answer, and no second end.
    async fn finish(
        &self,
        tx: &impl ConnectionTrait,
        id: &EnquiryId,
        step: StepKind,
        who: &Worker,
        words: Option<&str>,
    ) -> Result<()> {
        let now = self.studio.now_ms();
        let closed = enquiries::Entity::update_many()
            .col_expr(enquiries::Column::State, Expr::value(State::Closed))
            .col_expr(enquiries::Column::ClosedAtMs, Expr::value(now))
            .filter(enquiries::Column::Id.eq(id.as_str()))
            .filter(enquiries::Column::State.eq(State::Open))
            .exec(tx)
            .await?;
        if closed.rows_affected == 1 || step == StepKind::Answered {
            self.log(tx, id.as_str(), step, Some(who), words).await?;
        }
        steps::Entity::update_many()
            .col_expr(steps::Column::ClosedAtMs, Expr::value(Some(now)))
            .filter(steps::Column::EnquiryId.eq(id.as_str()))
            .filter(steps::Column::ClosedAtMs.is_null())
            .exec(tx)
            .await?;
        attachments::Entity::update_many()
            .col_expr(attachments::Column::ClosedAtMs, Expr::value(Some(now)))
            .filter(attachments::Column::EnquiryId.eq(id.as_str()))
            .filter(attachments::Column::ClosedAtMs.is_null())
            .exec(tx)
            .await?;
        Ok(())
    }
}

fn answer(language: &str, words: &str) -> Message {
    let [subject, after] = match language {
        "de" => [
            "Unsere Antwort auf Ihre Nachricht",
            "Haben Sie noch eine Frage dazu, schreiben Sie uns einfach wieder.",
        ],
        "fr" => {
            ["Notre réponse à votre message", "Si vous avez encore une question, écrivez-nous de nouveau."]
        }
        "es" => ["Nuestra respuesta a su mensaje", "Si tiene otra pregunta, escríbanos de nuevo."],
        _ => ["Our answer to your message", "If there is anything else, simply write to us again."],
    };
    Message {
        kind: "enquiry-answer",
        subject: subject.into(),
        paragraphs: words.split("\n\n").map(str::to_owned).collect(),
        afterwards: vec![after.into()],
        ..Message::default()
    }
}

/// A step from before it had columns for who did it: of what was done with an attachment, its words say that.
fn before_columns(kind: StepKind, words: Option<String>, at_ms: i64) -> Step {
    use StepKind::{AttachmentDeleted, AttachmentOpened, AttachmentReleased};
    match (kind, words) {
        (AttachmentReleased | AttachmentOpened | AttachmentDeleted, Some(words)) => {
            let by = words.split_once(' ').map(|(role, whom)| (role.to_owned(), whom.to_owned()));
            Step { kind, words: None, by, at_ms }
        }
        (kind, words) => Step { kind, words, by: None, at_ms },
    }
}
