//! Whose address is it? Whoever writes from an address, or types one into the form, need not own it. Before anything
//! is told or done, a link goes to the address. It says which request it is about, so that nobody is talked into
//! confirming another's: its kind and its day, and none of the words, which anybody could have typed. Its owner says yes,
//! or that it was not them. Neither the mail nor the page says whether there is an account.

use sea_orm::entity::prelude::*;

use super::rows::{enquiries, steps};
use super::{Enquiries, EnquiryId, Kind, StepKind};
use crate::clock::DAY_MS;
use crate::mail::{self, Message};
use crate::sessions::{hash, new_token};
use crate::staff::Worker;
use crate::{Error, Result, boxed};

/// For so many days after it was sent a link works.
const LINK_DAYS: i64 = 7;
/// Steps by which something is told or changed.
const ACTING: [StepKind; 6] = [
    StepKind::PhotosDeleted,
    StepKind::Restricted,
    StepKind::Left,
    StepKind::MarketingStopped,
    StepKind::SupportObjected,
    StepKind::Answered,
];

/// The request that a link is about, as far as whoever opens it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What it is about.
    pub kind: Kind,
    /// When it came.
    pub came_at_ms: i64,
}

impl Request {
    /// What it is about, in words that stand in a sentence: the mail with the link and the page behind it say the same.
    pub fn what(self, language: &str) -> &'static str {
        let [question, order, deletion, privacy, california, appeal] = match language {
            "de" => [
                "eine Frage",
                "eine Frage zu einer Bestellung",
                "ein Foto soll gelöscht werden",
                "ein Antrag zum Datenschutz",
                "ein Anliegen nach kalifornischem Recht (CCPA)",
                "ein abgelehntes Foto soll noch einmal geprüft werden",
            ],
            "fr" => [
                "une question",
                "une question sur une commande",
                "une photo est à supprimer",
                "une demande sur des données personnelles",
                "une demande selon le droit californien (CCPA)",
                "une photo refusée est à réexaminer",
            ],
            "es" => [
                "una pregunta",
                "una pregunta sobre un pedido",
                "que se borre una foto",
                "una solicitud sobre datos personales",
                "una solicitud según la ley de California (CCPA)",
                "que se revise una foto rechazada",
            ],
            _ => [
                "a question",
                "a question about an order",
                "a photo is to be deleted",
                "a privacy request",
                "a request under California law (CCPA)",
                "a photo that was refused is to be looked at again",
            ],
        };
        match self.kind {
            Kind::Question => question,
            Kind::Order => order,
            Kind::PhotoDeletion => deletion,
            Kind::Privacy => privacy,
            Kind::California => california,
            Kind::Appeal => appeal,
        }
    }
}

impl Enquiries<'_> {
    /// Sends the link. Asking again makes a new one, and the one before works no more.
    ///
    /// # Errors
    /// `enquiry-not-found`.
    #[boxed]
    pub async fn ask_whose(&self, who: &Worker, id: &EnquiryId) -> Result<()> {
        let studio = self.studio;
        let token = new_token(studio.random());
        let tx = self.begin_about(id).await?;
        let row = self.row(&tx, id).await?;
        let language = row.language.clone().unwrap_or_default();
        let enquiry = self.as_answered(&tx, row).await?;
        enquiries::Entity::update_many()
            .col_expr(enquiries::Column::TokenHash, Expr::value(Some(hash(&token))))
            .filter(enquiries::Column::Id.eq(id.as_str()))
            .exec(&tx)
            .await?;
        let request = Request { kind: enquiry.kind, came_at_ms: enquiry.created_at_ms };
        let letter = question(&language, request, &token)?;
        studio.mail().write_of_case(&tx, id.as_str(), &enquiry.email, &language, &letter).await?;
        self.log(&tx, id.as_str(), StepKind::Asked, Some(who), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a link is about, while it works.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn of_link(&self, token: &str) -> Result<Request> {
        let row = self.of_token(self.studio.db().read(), token).await?;
        Ok(Request { kind: row.kind, came_at_ms: row.created_at_ms })
    }

    /// The address is whose case it is. Saying so twice changes nothing.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn confirm(&self, token: &str) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        let row = self.of_token(&tx, token).await?;
        let confirmed = enquiries::Entity::update_many()
            .col_expr(enquiries::Column::ConfirmedAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(enquiries::Column::Id.eq(row.id.as_str()))
            .filter(enquiries::Column::TokenHash.eq(hash(token)))
            .filter(enquiries::Column::ConfirmedAtMs.is_null())
            .exec(&tx)
            .await?;
        if confirmed.rows_affected == 1 {
            self.log(&tx, &row.id, StepKind::Confirmed, None, None).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The request is not theirs whose address it came with: it is not confirmed (any more), that stands in the case,
    /// and the link works no more. Whether something was told or changed for it before.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn deny(&self, token: &str) -> Result<bool> {
        let tx = self.studio.db().begin().await?;
        let row = self.of_token(&tx, token).await?;
        let denied = enquiries::Entity::update_many()
            .col_expr(enquiries::Column::TokenHash, Expr::value(None::<Vec<u8>>))
            .col_expr(enquiries::Column::ConfirmedAtMs, Expr::value(None::<i64>))
            .filter(enquiries::Column::Id.eq(row.id.as_str()))
            .filter(enquiries::Column::TokenHash.eq(hash(token)))
            .exec(&tx)
            .await?;
        if denied.rows_affected == 1 {
            self.log(&tx, &row.id, StepKind::Denied, None, None).await?;
        }
        let acted = steps::Entity::find()
            .filter(steps::Column::EnquiryId.eq(row.id.as_str()))
            .filter(steps::Column::Step.is_in(ACTING))
            .one(&tx)
            .await?;
        tx.commit().await?;
        Ok(acted.is_some())
    }

    /// The case that a link is about. When the link was sent, the log says; the newest alone is known by its token.
    async fn of_token(&self, db: &impl ConnectionTrait, token: &str) -> Result<enquiries::Model> {
        let invalid = || {
            let sentence = "This link does not work any more. If you still wait for our answer, please write to us again.";
            Error::refused("link-invalid", sentence)
        };
        let row = enquiries::Entity::find()
            .filter(enquiries::Column::TokenHash.eq(hash(token)))
            .one(db)
            .await?
            .ok_or_else(invalid)?;
        let asked = steps::Entity::find()
            .filter(steps::Column::EnquiryId.eq(row.id.as_str()))
            .filter(steps::Column::Step.eq(StepKind::Asked))
            .filter(steps::Column::AtMs.gt(self.studio.now_ms() - LINK_DAYS * DAY_MS))
            .one(db)
            .await?;
        asked.map(|_| row).ok_or_else(invalid)
    }
}

fn question(language: &str, request: Request, token: &str) -> Result<Message> {
    let (what, day) = (request.what(language), mail::day(language, request.came_at_ms)?);
    let [subject, came, why, button, not_mine, until] = match language {
        "de" => [
            "Ist Ihre Anfrage wirklich von Ihnen?",
            "Am {day} kam mit dieser Adresse eine Anfrage zu uns: {what}.",
            "Bevor wir Auskunft geben oder etwas ändern, möchten wir sicher sein, dass sie von Ihnen kommt.",
            "Ja oder nein sagen",
            "Haben Sie das nicht verlangt, müssen Sie nichts tun: Dann erfährt niemand etwas, und nichts wird geändert. Sagen Sie für niemand anderen ja; unter dem Link können Sie auch sagen, dass Sie es nicht waren.",
            "Der Link gilt {days} Tage.",
        ],
        "fr" => [
            "Votre demande vient-elle bien de vous ?",
            "Le {day}, nous avons reçu une demande avec cette adresse : {what}.",
            "Avant de répondre sur des données ou d’y changer quoi que ce soit, nous voulons être sûrs qu’elle vient de vous.",
            "Dire oui ou non",
            "Si vous n’avez pas demandé cela, vous n’avez rien à faire : personne n’apprend rien et rien n’est changé. Ne dites oui pour personne d’autre ; par ce lien, vous pouvez aussi dire que ce n’était pas vous.",
            "Le lien est valable {days} jours.",
        ],
        "es" => [
            "¿Es realmente suya la solicitud?",
            "El {day} recibimos una solicitud con esta dirección: {what}.",
            "Antes de informar sobre datos o cambiar algo, queremos estar seguros de que viene de usted.",
            "Decir sí o no",
            "Si no pidió esto, no tiene que hacer nada: nadie se entera de nada y no se cambia nada. No diga que sí por otra persona; con el enlace también puede decir que no fue usted.",
            "El enlace vale {days} días.",
        ],
        _ => [
            "Is your request really yours?",
            "On {day} a request came to us with this address: {what}.",
            "Before we tell or change anything about anybody’s data, we want to be sure that it comes from you.",
            "Say yes or no",
            "If you did not ask for this, you need do nothing: then nobody learns anything, and nothing is changed. Do not say yes for anybody else; by the link you can also say that it was not you.",
            "The link works for {days} days.",
        ],
    };
    Ok(Message {
        kind: "enquiry-whose",
        subject: subject.into(),
        paragraphs: vec![came.replace("{day}", &day).replace("{what}", what), why.into()],
        button: Some((button.into(), format!("/contact/confirm/{token}"))),
        afterwards: vec![not_mine.into(), until.replace("{days}", &LINK_DAYS.to_string())],
        ..Message::default()
    })
}
