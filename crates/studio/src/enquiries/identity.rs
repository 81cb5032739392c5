//! Whose address is it? Whoever writes from an address, or types one into the form, need not own it. Before anything
//! is told or done, a link goes to the address, and opening it says yes. Neither the mail nor the page says whether
//! there is an account.

use sea_orm::entity::prelude::*;

use super::rows::enquiries;
use super::{Enquiries, EnquiryId, StepKind};
use crate::looks::Worker;
use crate::mail::Message;
use crate::sessions::{hash, new_token};
use crate::{Error, Result, boxed};

impl Enquiries<'_> {
    /// Sends the link. Asking again makes a new one, and the one before works no more.
    ///
    /// # Errors
    /// `enquiry-not-found`.
    #[boxed]
    pub async fn ask_whose(&self, who: &Worker, id: &EnquiryId) -> Result<()> {
        let studio = self.studio;
        let token = new_token(studio.random());
        let tx = studio.db().begin().await?;
        let row = self.row(&tx, id).await?;
        let language = row.language.clone().unwrap_or_default();
        let enquiry = self.read(row)?;
        enquiries::Entity::update_many()
            .col_expr(enquiries::Column::TokenHash, Expr::value(Some(hash(&token))))
            .filter(enquiries::Column::Id.eq(id.as_str()))
            .exec(&tx)
            .await?;
        studio.mail().write_to_stranger(&tx, &enquiry.email, &language, &question(&language, &token)).await?;
        self.log(&tx, id.as_str(), StepKind::Asked, Some(who), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether a link still works.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn check_link(&self, token: &str) -> Result<()> {
        self.of_token(self.studio.db().read(), token).await.map(drop)
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
            .filter(enquiries::Column::ConfirmedAtMs.is_null())
            .exec(&tx)
            .await?;
        if confirmed.rows_affected == 1 {
            self.log(&tx, &row.id, StepKind::Confirmed, None, None).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn of_token(&self, db: &impl ConnectionTrait, token: &str) -> Result<enquiries::Model> {
        enquiries::Entity::find()
            .filter(enquiries::Column::TokenHash.eq(hash(token)))
            .one(db)
            .await?
            .ok_or_else(|| {
                let sentence = "This link does not work any more. If you still wait for our answer, please write to us again.";
                Error::refused("link-invalid", sentence)
            })
    }
}

fn question(language: &str, token: &str) -> Message {
    let [subject, first, button, after] = match language {
        "de" => [
            "Ist Ihre Anfrage wirklich von Ihnen?",
            "Wir haben eine Anfrage mit dieser Adresse. Bevor wir Auskunft geben oder etwas ändern, möchten wir sicher sein, dass sie von Ihnen kommt.",
            "Ja, sie ist von mir",
            "Waren Sie das nicht, öffnen Sie nichts: Dann erfährt niemand etwas, und nichts wird geändert.",
        ],
        "fr" => [
            "Votre demande vient-elle bien de vous ?",
            "Nous avons une demande avec cette adresse. Avant de répondre sur des données ou d’y changer quoi que ce soit, nous voulons être sûrs qu’elle vient de vous.",
            "Oui, elle vient de moi",
            "Si ce n’était pas vous, n’ouvrez rien : personne n’apprend rien et rien n’est changé.",
        ],
        "es" => [
            "¿Su solicitud es realmente suya?",
            "Tenemos una solicitud con esta dirección. Antes de informar sobre datos o cambiar algo, queremos estar seguros de que viene de usted.",
            "Sí, es mía",
            "Si no fue usted, no abra nada: nadie se entera de nada y no se cambia nada.",
        ],
        _ => [
            "Is your request really yours?",
            "We have a request with this address. Before we tell or change anything about anybody’s data, we want to be sure that it comes from you.",
            "Yes, it is mine",
            "If this was not you, open nothing: then nobody learns anything, and nothing is changed.",
        ],
    };
    Message {
        kind: "enquiry-whose",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        button: Some((button.into(), format!("/contact/confirm/{token}"))),
        afterwards: vec![after.into()],
        ..Message::default()
    }
}
