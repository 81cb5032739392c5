//! Gift mails: one mail to an address that the giver says they may use. The address stands in that mail alone, sealed
//! under the giver's key, and goes with it: when it is delivered, or after the policy's few days. Nothing else learns of
//! it, no list, no account.
//!
//! Whoever wants no such mail says so by the link in it; kept is a keyed hash of the address. The link holds that hash,
//! sealed under the house's key, so that nothing has to be kept for it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::{RetentionId, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use vault::Place;

use super::rows::{mails as sent, refusals};
use super::{GiftId, Gifts, Standing, letters};
use crate::accounts::Email;
use crate::backup::Said;
use crate::clock::DAY_MS;
use crate::mail::{State, rows as outbox};
use crate::throttle::{self, Limit};
use crate::{AccountId, Error, Result, Studio, boxed};

/// The kind of mail that it is.
pub(crate) const KIND: &str = "gift";
/// Gift mails of one gift: an address may have been mistyped.
const MAILS_PER_GIFT: u64 = 3;
/// Gift mails of one giver.
const MAILS_PER_GIVER: Limit = Limit { name: "gift-mails-giver", tries_max: 10, window_ms: DAY_MS };
/// Gift mails to one address, whoever sends them.
const MAILS_PER_ADDRESS: Limit = Limit { name: "gift-mails-address", tries_max: 3, window_ms: DAY_MS };
/// What the link's token is sealed as.
const TOKEN: Place<'_> = Place { table: "gift_refusals", row: "link", column: "token" };

impl Gifts<'_> {
    /// Sends the code to an address that the giver confirms they may use.
    ///
    /// # Errors
    /// `gift-wording` when nothing was confirmed, `wording-changed`; `email-invalid`; `gift-mail-refused` when no gift
    /// mail is wanted there; `gift-not-good`, `gift-mail-enough`, `too-many-gift-mails`; `gift-not-found`.
    #[boxed]
    pub async fn send(
        &self,
        account: &AccountId,
        gift: &GiftId,
        to: &str,
        wording: Option<&str>,
    ) -> Result<()> {
        let studio = self.studio;
        let wording = wording
            .ok_or_else(|| Error::refused("gift-wording", "Please confirm that you may use this address."))?;
        if !studio.policy().is_current(Subject::Gift, wording) {
            let sentence =
                "The wording has changed since this page was loaded. Please read it again and confirm.";
            return Err(Error::conflict("wording-changed", sentence));
        }
        let to = Email::parse(to)?;
        let found = self.find(account, gift).await?;
        let code = found.code.as_deref().filter(|_| found.standing == Standing::Good).ok_or_else(|| {
            Error::conflict("gift-not-good", "This pass cannot be given away: it is not paid, or was used.")
        })?;
        let code_of_limit = "too-many-gift-mails";
        throttle::count(studio, &MAILS_PER_GIVER, account.as_str().as_bytes(), code_of_limit).await?;
        throttle::count(studio, &MAILS_PER_ADDRESS, &to.look_up(), code_of_limit).await?;
        let index = self.index_of(&to);
        if self.is_refused(&index).await? {
            let sentence = "At this address no gift mail is wanted. Please hand the card over yourself.";
            return Err(Error::refused("gift-mail-refused", sentence));
        }
        let token = URL_SAFE_NO_PAD.encode(studio.vault().seal_field(studio.house_key(), &TOKEN, &index));
        let language = studio.accounts().get(account).await?.language;
        let letter = letters::gift(studio, &language, &found, code, &token)?;
        let row = sent::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(account.to_string()),
            gift_id: Set(gift.to_string()),
            wording: Set(wording.to_owned()),
            at_ms: Set(studio.now_ms()),
        };
        let tx = studio.db().begin().await?;
        let before = sent::Entity::find().filter(sent::Column::GiftId.eq(gift.as_str())).count(&tx).await?;
        if before >= MAILS_PER_GIFT {
            let sentence = "This pass was sent by mail often enough. Please hand the card over yourself.";
            return Err(Error::conflict("gift-mail-enough", sentence));
        }
        sent::Entity::insert(row).exec_without_returning(&tx).await?;
        studio.mail().write_elsewhere(&tx, account, to.as_str(), &letter).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Whether a link in a gift mail is one of ours.
    ///
    /// # Errors
    /// `link-invalid`.
    pub fn check_refusal(&self, token: &str) -> Result<()> {
        self.of_token(token).map(drop)
    }

    /// No more gift mail to the address that a link was sent to. Said twice, it is said once.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn refuse(&self, token: &str) -> Result<()> {
        let (index, now) = (self.of_token(token)?, self.studio.now_ms());
        self.studio.ledger().enter_said(Said::NoGiftMailAt, &URL_SAFE_NO_PAD.encode(&index), now)?;
        self.note_refusal(index, now).await
    }

    /// Notes again what a backup had brought back as if it were not said.
    #[boxed]
    pub(crate) async fn refuse_again(&self, refusals: &BTreeMap<String, i64>) -> Result<()> {
        let kept = self.studio.policy().rule(RetentionId::Marketing).map(|rule| rule.period.ms());
        let forgotten_ms = kept.map(|kept| self.studio.now_ms() - kept);
        for (hash, at_ms) in refusals {
            if forgotten_ms.is_none_or(|before_ms| *at_ms > before_ms)
                && let Ok(index) = URL_SAFE_NO_PAD.decode(hash)
            {
                self.note_refusal(index, *at_ms).await?;
            }
        }
        Ok(())
    }

    /// Whether no gift mail is wanted at an address as a letter names it.
    #[boxed]
    pub(crate) async fn is_refused_at(&self, to: &str) -> Result<bool> {
        self.is_refused(&self.index_of(&Email::parse(to)?)).await
    }

    async fn note_refusal(&self, index: Vec<u8>, since_ms: i64) -> Result<()> {
        let row = refusals::ActiveModel { address_index: Set(index), since_ms: Set(since_ms) };
        let newest = OnConflict::column(refusals::Column::AddressIndex)
            .update_column(refusals::Column::SinceMs)
            .to_owned();
        refusals::Entity::insert(row)
            .on_conflict(newest)
            .exec_without_returning(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn is_refused(&self, index: &[u8]) -> Result<bool> {
        let row = refusals::Entity::find_by_id(index.to_vec()).one(self.studio.db().read()).await?;
        Ok(row.is_some())
    }

    fn index_of(&self, to: &Email) -> Vec<u8> {
        self.studio.0.house.index.of("gift-mail", &to.look_up()).to_vec()
    }

    fn of_token(&self, token: &str) -> Result<Vec<u8>> {
        let invalid = || Error::not_found("link-invalid");
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        self.studio.vault().open_field(self.studio.house_key(), &TOKEN, &sealed).map_err(|_| invalid())
    }
}

/// Deletes a gift mail that is done with, and with it the address. In the local outbox, where being delivered is being
/// looked at, it stays for as long as the policy says at most.
#[boxed]
pub(crate) async fn forget_mail(studio: &Studio, mail: &str) -> Result<()> {
    if studio.0.outside.post.is_local() {
        return Ok(());
    }
    let done = outbox::Entity::delete_many().filter(outbox::Column::Id.eq(mail));
    done.filter(outbox::Column::Kind.eq(KIND))
        .filter(outbox::Column::State.ne(State::Waiting))
        .exec(studio.db().write())
        .await?;
    Ok(())
}

/// Deletes what was not delivered in time, and what somebody who was killed left behind.
#[boxed]
pub(super) async fn tidy(studio: &Studio) -> Result<()> {
    let kept_ms = studio.policy().rule(RetentionId::GiftMail).map_or(0, |rule| rule.period.ms());
    outbox::Entity::delete_many()
        .filter(outbox::Column::Kind.eq(KIND))
        .filter(outbox::Column::CreatedAtMs.lte(studio.now_ms() - kept_ms))
        .exec(studio.db().write())
        .await?;
    if !studio.0.outside.post.is_local() {
        outbox::Entity::delete_many()
            .filter(outbox::Column::Kind.eq(KIND))
            .filter(outbox::Column::State.ne(State::Waiting))
            .exec(studio.db().write())
            .await?;
    }
    Ok(())
}
