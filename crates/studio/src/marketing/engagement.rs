//! What somebody does with a mail that advertises: that it was opened, told by a picture of ours in it, and that a link
//! in it was followed, told by an address of ours that leads on to another of ours. Only for those who agreed to such
//! mail: who gets it as a customer is not watched, and no mail of the service ever is. Taking the agreement back ends
//! it and deletes what was noted; what stays is a campaign's sums, with nobody in them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::Ground;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{DatabaseTransaction, QueryOrder};
use vault::Place;

use super::{Marketing, rows, send};
use crate::mail::Message;
use crate::{AccountId, Error, Result, boxed};

/// What was done with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Engaged {
    /// It was opened.
    Opened,
    /// A link in it was followed.
    Clicked,
}

/// Where the tokens of such mails belong: one for the picture is none for a link.
fn place(what: Engaged) -> Place<'static> {
    let column = match what {
        Engaged::Opened => "opened",
        Engaged::Clicked => "clicked",
    };
    Place { table: "mailings", row: "link", column }
}

impl Marketing<'_> {
    /// A message by which it is told what is done with it. Its token says which mail it is, and for a link where it
    /// leads: it leads nowhere else.
    pub(super) fn watched(&self, message: Message, mailing: &str) -> Message {
        let button = message.button.map(|(words, path)| {
            let token = self.sealed(Engaged::Clicked, &format!("{mailing} {path}"));
            (words, format!("/mail/{token}/go"))
        });
        let seen = Some(format!("/mail/{}/seen.gif", self.sealed(Engaged::Opened, mailing)));
        Message { button, seen, ..message }
    }

    /// The picture of a mail was fetched. A token that is none is nobody's.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn opened(&self, token: &str) -> Result<()> {
        match self.unsealed(Engaged::Opened, token) {
            Ok(mailing) => self.note(&mailing, Engaged::Opened).await,
            Err(_) => Ok(()),
        }
    }

    /// A link of a mail was followed: the path where it leads on our own site.
    ///
    /// # Errors
    /// `link-invalid` when it is no link of ours.
    #[boxed]
    pub async fn followed(&self, token: &str) -> Result<String> {
        let plain = self.unsealed(Engaged::Clicked, token)?;
        let (mailing, path) = plain.split_once(' ').ok_or_else(|| Error::not_found("link-invalid"))?;
        if !is_ours(path) {
            return Err(Error::not_found("link-invalid"));
        }
        self.note(mailing, Engaged::Clicked).await?;
        Ok(path.to_owned())
    }

    /// Notes it, the first time, if whoever got the mail still agrees. Following a link tells that it was opened.
    async fn note(&self, mailing: &str, what: Engaged) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        let Some(row) = rows::mailings::Entity::find_by_id(mailing).one(&tx).await? else { return Ok(()) };
        let (account, kind) = (AccountId::stored(row.account_id.clone()), send::mailing_of(&row.mailing));
        let agreed = match kind {
            Some(kind) => self.ground(&tx, &account, kind).await? == Some(Ground::Consent),
            None => false,
        };
        if !agreed || row.ground != Ground::Consent.word() {
            return Ok(());
        }
        if what == Engaged::Clicked {
            self.note_once(&tx, &row, Engaged::Opened).await?;
        }
        self.note_once(&tx, &row, what).await?;
        Ok(tx.commit().await?)
    }

    async fn note_once(
        &self,
        tx: &DatabaseTransaction,
        mailing: &rows::mailings::Model,
        what: Engaged,
    ) -> Result<()> {
        let row = rows::engagements::ActiveModel {
            id: Set(self.studio.new_id()),
            account_id: Set(mailing.account_id.clone()),
            mailing_id: Set(mailing.id.clone()),
            what: Set(what),
            at_ms: Set(self.studio.now_ms()),
        };
        let columns = [rows::engagements::Column::MailingId, rows::engagements::Column::What];
        let once = OnConflict::columns(columns).do_nothing().to_owned();
        let written =
            rows::engagements::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await?;
        let sum = match what {
            Engaged::Opened => rows::campaigns::Column::Opened,
            Engaged::Clicked => rows::campaigns::Column::Clicked,
        };
        if written > 0 { self.count(tx, &mailing.about, sum).await } else { Ok(()) }
    }

    /// A mail that advertises has gone.
    #[boxed]
    pub(crate) async fn delivered(&self, tx: &DatabaseTransaction, mail: &str, kind: &str) -> Result<()> {
        if send::mailing_of(kind).is_none() {
            return Ok(());
        }
        let by_mail = rows::mailings::Column::MailId.eq(mail);
        match rows::mailings::Entity::find().filter(by_mail).one(tx).await? {
            Some(row) => self.count(tx, &row.about, rows::campaigns::Column::Sent).await,
            None => Ok(()),
        }
    }

    /// Somebody stops such mail by one that they got: it counts for the campaign that they got last.
    #[boxed]
    pub(super) async fn count_leaver(&self, tx: &DatabaseTransaction, account: &AccountId) -> Result<()> {
        let last = rows::mailings::Entity::find()
            .filter(rows::mailings::Column::AccountId.eq(account.as_str()))
            .order_by_desc(rows::mailings::Column::AtMs)
            .one(tx)
            .await?;
        match last {
            Some(row) => self.count(tx, &row.about, rows::campaigns::Column::Unsubscribed).await,
            None => Ok(()),
        }
    }

    /// Adds one to a campaign's sum. What a mail is about need not be one.
    async fn count(&self, tx: &DatabaseTransaction, about: &str, sum: rows::campaigns::Column) -> Result<()> {
        rows::campaigns::Entity::update_many()
            .col_expr(sum, Expr::col(sum).add(1i64))
            .filter(rows::campaigns::Column::Id.eq(about))
            .exec(tx)
            .await?;
        Ok(())
    }

    /// Whoever takes their agreement back is not known by what they did with mails.
    pub(super) async fn forget_engagement(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
    ) -> Result<()> {
        rows::engagements::Entity::delete_many()
            .filter(rows::engagements::Column::AccountId.eq(account.as_str()))
            .exec(tx)
            .await?;
        Ok(())
    }

    fn sealed(&self, what: Engaged, plain: &str) -> String {
        let (vault, key) = (self.studio.vault(), self.studio.house_key());
        URL_SAFE_NO_PAD.encode(vault.seal_field(key, &place(what), plain.as_bytes()))
    }

    fn unsealed(&self, what: Engaged, token: &str) -> Result<String> {
        let invalid = || Error::not_found("link-invalid");
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let plain = self.studio.vault().open_field(self.studio.house_key(), &place(what), &sealed);
        String::from_utf8(plain.map_err(|_| invalid())?).map_err(|_| invalid())
    }
}

/// Whether a link leads to a page of ours: a path, and nothing that a browser takes for another site.
pub(super) fn is_ours(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>');
    path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn links_lead_to_our_own_pages_alone() {
        for ours in ["/", "/films", "/films/moon-garden?from=mail#stills"] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in
            ["", "films", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/\r\nX: y"]
        {
            assert!(!is_ours(other), "{other:?}");
        }
    }
}
