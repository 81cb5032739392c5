//! The token of the links in marketing mail: it leads to one account's preferences without signing in, and says
//! nothing to anybody else. It does not end: whoever finds an old mail can still unsubscribe with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::EntityTrait;
use vault::Place;

use super::{Marketing, Method, Status};
use crate::accounts::rows::accounts;
use crate::{AccountId, Error, Result, boxed};

const PLACE: Place<'_> = Place { table: "marketing_acts", row: "link", column: "token" };

/// What the preferences page of a link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Whether such mail is wanted at present.
    pub wanted: bool,
    /// Whether it was agreed to and is still to be confirmed.
    pub unconfirmed: bool,
}

impl Marketing<'_> {
    pub(super) fn token(&self, account: &AccountId) -> String {
        let (vault, key) = (self.studio.vault(), self.studio.house_key());
        URL_SAFE_NO_PAD.encode(vault.seal_field(key, &PLACE, account.as_str().as_bytes()))
    }

    /// What a link leads to. An account that is gone wants nothing.
    ///
    /// # Errors
    /// `link-invalid` when it is no link of ours.
    #[boxed]
    pub async fn preferences(&self, token: &str) -> Result<Preferences> {
        let account = self.of_token(token)?;
        let newest = self.newest(self.studio.db().read(), &account).await?;
        let ticked = newest.as_ref().filter(|act| act.status == Status::Subscribed);
        Ok(Preferences {
            wanted: newest.as_ref().is_some_and(|act| act.is_wanted() && !self.has_lapsed(act)),
            unconfirmed: ticked.is_some_and(|act| act.rule.confirm),
        })
    }

    /// Stops all such mail for whom a link leads to; where there is no account any more, nothing is sent anyway.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn stop_by_link(&self, token: &str, method: Method) -> Result<()> {
        let account = self.of_token(token)?;
        match accounts::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await? {
            Some(_) => self.stop(&account, method).await,
            None => Ok(()),
        }
    }

    /// Confirms what was ticked. Somebody who has stopped it since has stopped it.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn confirm_by_link(&self, token: &str) -> Result<()> {
        let account = self.of_token(token)?;
        let tx = self.studio.db().begin().await?;
        self.confirmed_with_address(&tx, &account).await?;
        Ok(tx.commit().await?)
    }

    fn of_token(&self, token: &str) -> Result<AccountId> {
        let invalid = || Error::not_found("link-invalid");
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let plain = self.studio.vault().open_field(self.studio.house_key(), &PLACE, &sealed);
        let plain = String::from_utf8(plain.map_err(|_| invalid())?).map_err(|_| invalid())?;
        AccountId::parse(&plain).ok_or_else(invalid)
    }
}
