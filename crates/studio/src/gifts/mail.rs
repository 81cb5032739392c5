//! Gift mails: one mail to an address that the giver says they may use. The address stands in that mail alone, sealed
//! under the giver's key, and goes with it: when it is delivered, or after the policy's few days. Nothing else learns of
//! it, no list, no account. So a mail that is to go on a day goes within those days: how far ahead that may be is the
//! policy's to say, and a pass that is taken back meanwhile takes its mail along.
//!
//! Whoever wants no such mail says so by the link in it; kept is a keyed hash of the address. The link holds that hash,
//! sealed under the house's key, so that nothing has to be kept for it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy::{RetentionId, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, OnConflict, Query};
use vault::Place;

use super::rows::{gifts, mails as sent, passes, refusals};
use super::{GiftId, Gifts, Standing, letters};
use crate::accounts::{Email, language_of};
use crate::backup::Said;
use crate::clock::{DAY_MS, HOUR_MS};
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
/// The hour (UTC) at which a gift mail goes on its day. It is morning or still that day wherever most of its readers live.
const HOUR: i8 = 9;
/// What is left of the policy's days when a mail goes, should its address be out of reach at first.
const SPARE_MS: i64 = DAY_MS;
/// The furthest day ahead, however long the policy lets an address be kept.
const AHEAD_MS_MAX: i64 = 365 * DAY_MS;
/// What the link's token is sealed as.
const TOKEN: Place<'_> = Place { table: "gift_refusals", row: "link", column: "token" };

impl Gifts<'_> {
    /// The last day on which a gift mail can go that is written now, as the time at which it does; `None` where the policy
    /// has it go at once.
    ///
    /// # Errors
    /// When the clock shows no time.
    pub fn mail_goes_until_ms(&self) -> Result<Option<i64>> {
        let [today, last] = self.mail_days()?;
        if last < today { Ok(None) } else { goes_at_ms(last).map(Some) }
    }

    /// The first and the last day on which a gift mail can go that is written now.
    fn mail_days(&self) -> Result<[Date; 2]> {
        let now = self.studio.now_ms();
        let ahead_ms = (kept_ms(self.studio) - SPARE_MS).min(AHEAD_MS_MAX);
        Ok([day_of(now)?, day_of(now + ahead_ms - i64::from(HOUR) * HOUR_MS)?])
    }

    /// When a mail goes whose giver chose a day.
    fn chosen(&self, day: &str) -> Result<i64> {
        let refused = || Error::refused("gift-day", "Please choose one of the days that are named there.");
        let ([first, last], day) = (self.mail_days()?, day.parse::<Date>().map_err(|_| refused())?);
        if day < first || day > last { Err(refused()) } else { goes_at_ms(day) }
    }

    /// Sends the code to an address that the giver confirms they may use: at once, or on a day (`2026-06-01`).
    ///
    /// # Errors
    /// `gift-wording` when nothing was confirmed, `wording-changed`; `email-invalid`; `gift-day`; `gift-mail-refused` when
    /// no gift mail is wanted there; `gift-not-good`, `gift-mail-enough`, `too-many-gift-mails`; `gift-not-found`.
    #[boxed]
    pub async fn send(
        &self,
        account: &AccountId,
        gift: &GiftId,
        to: &str,
        wording: Option<&str>,
        day: Option<&str>,
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
        let goes_at_ms = day.map(|day| self.chosen(day)).transpose()?;
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
        let language = language_of(studio.db().read(), account).await?;
        let letter = letters::gift(studio, &language, &found, code, &token)?;
        let tx = studio.begin_for(account).await?;
        let before = sent::Entity::find().filter(sent::Column::GiftId.eq(gift.as_str())).count(&tx).await?;
        if before >= MAILS_PER_GIFT {
            let sentence = "This pass was sent by mail often enough. Please hand the card over yourself.";
            return Err(Error::conflict("gift-mail-enough", sentence));
        }
        let mail = studio.mail().write_elsewhere(&tx, account, to.as_str(), &letter).await?;
        if let Some(at_ms) = goes_at_ms {
            studio.mail().not_before(&tx, &mail, at_ms).await?;
        }
        let row = sent::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(account.to_string()),
            gift_id: Set(gift.to_string()),
            wording: Set(wording.to_owned()),
            at_ms: Set(studio.now_ms()),
            mail_id: Set(Some(mail.to_string())),
            goes_at_ms: Set(goes_at_ms),
            delivered_at_ms: Set(None),
        };
        sent::Entity::insert(row).exec_without_returning(&tx).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Takes back the gift mails that wait for their day, and with them the addresses. Said twice, it is said once.
    ///
    /// # Errors
    /// `gift-not-found`.
    #[boxed]
    pub async fn unsend(&self, account: &AccountId, gift: &GiftId) -> Result<()> {
        let studio = self.studio;
        self.owned(account, gift).await?;
        let (tx, now) = (studio.db().begin().await?, studio.now_ms());
        take_back(&tx, Condition::all().add(sent::Column::GiftId.eq(gift.as_str())), now).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a gift mail whose turn it is may go: its pass can be used, and gift mail is wanted at the address.
    #[boxed]
    pub(crate) async fn may_go(&self, mail: &str, to: &str) -> Result<bool> {
        if self.is_refused(&self.index_of(&Email::parse(to)?)).await? {
            return Ok(false);
        }
        let db = self.studio.db().read();
        let noted = sent::Entity::find().filter(sent::Column::MailId.eq(mail)).one(db).await?;
        // One from before it was noted which mail it is went at once.
        let Some(noted) = noted else { return Ok(true) };
        let gift = gifts::Entity::find_by_id(noted.gift_id.as_str()).one(db).await?;
        let Some(pass) = gift.and_then(|gift| gift.pass_id) else { return Ok(false) };
        let pass = passes::Entity::find_by_id(pass.as_str()).one(db).await?;
        let now = self.studio.now_ms();
        Ok(pass.is_some_and(|pass| pass.state == passes::State::Good && now < pass.expires_at_ms))
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
        let rule = self.studio.policy().rule(RetentionId::Marketing);
        let forgotten_ms = rule.map(|rule| rule.period.before(self.studio.now_ms()));
        for (hash, at_ms) in refusals {
            if forgotten_ms.is_none_or(|before_ms| *at_ms > before_ms)
                && let Ok(index) = URL_SAFE_NO_PAD.decode(hash)
            {
                self.note_refusal(index, *at_ms).await?;
            }
        }
        Ok(())
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

/// For how long the address of a gift mail may be kept that does not arrive.
fn kept_ms(studio: &Studio) -> i64 {
    studio.policy().rule(RetentionId::GiftMail).map_or(0, |rule| rule.period.ms())
}

fn day_of(at_ms: i64) -> Result<Date> {
    let at = jiff::Timestamp::from_millisecond(at_ms).map_err(Error::internal)?;
    Ok(TimeZone::UTC.to_datetime(at).date())
}

fn goes_at_ms(day: Date) -> Result<i64> {
    Ok(TimeZone::UTC.to_timestamp(day.at(HOUR, 0, 0, 0)).map_err(Error::internal)?.as_millisecond())
}

/// Deletes the mails of a gift that have not gone yet, and with them the addresses.
pub(super) async fn let_go(tx: &impl ConnectionTrait, gift: &str) -> Result<()> {
    delete_waiting(tx, Condition::all().add(sent::Column::GiftId.eq(gift))).await
}

/// Takes back an account's gift mails that wait for their day, and with them the addresses, within the change by which
/// its data are not used any more.
pub(crate) async fn let_go_of(tx: &impl ConnectionTrait, account: &AccountId, now_ms: i64) -> Result<()> {
    take_back(tx, Condition::all().add(sent::Column::AccountId.eq(account.as_str())), now_ms).await
}

/// The same for everybody, and whatever else has not gone yet, within a change: of a database that was brought back
/// nobody knows what was taken back since, or went.
pub(crate) async fn let_go_of_all(tx: &impl ConnectionTrait, now_ms: i64) -> Result<()> {
    let noted = Condition::all().add(sent::Column::MailId.is_not_null());
    take_back(tx, noted.clone(), now_ms).await?;
    delete_waiting(tx, noted).await
}

/// Those of these that wait for their day go, and nothing says any more that they were to go.
async fn take_back(tx: &impl ConnectionTrait, whose: Condition, now_ms: i64) -> Result<()> {
    let planned = whose.add(sent::Column::GoesAtMs.gt(now_ms));
    delete_waiting(tx, planned.clone()).await?;
    sent::Entity::delete_many().filter(planned).exec(tx).await?;
    Ok(())
}

/// Deletes from the outbox what waits there of these.
async fn delete_waiting(tx: &impl ConnectionTrait, which: Condition) -> Result<()> {
    outbox::Entity::delete_many().filter(waiting(which)).exec(tx).await?;
    Ok(())
}

/// The ids of a gift's mails that wait in the outbox.
pub(super) async fn waiting_of(studio: &Studio, gift: &str) -> Result<Vec<String>> {
    let theirs = waiting(Condition::all().add(sent::Column::GiftId.eq(gift)));
    let rows = outbox::Entity::find().filter(theirs).all(studio.db().read()).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Notes that a gift mail was delivered, within the change by which it leaves the outbox.
pub(crate) async fn note_delivered(tx: &impl ConnectionTrait, mail: &str, now_ms: i64) -> Result<()> {
    sent::Entity::update_many()
        .col_expr(sent::Column::DeliveredAtMs, Expr::value(Some(now_ms)))
        .filter(sent::Column::MailId.eq(mail))
        .exec(tx)
        .await?;
    Ok(())
}

/// What waits in the outbox of these.
fn waiting(which: Condition) -> Condition {
    let theirs = Query::select()
        .column(sent::Column::MailId)
        .from(sent::Entity)
        .cond_where(which)
        .and_where(sent::Column::MailId.is_not_null())
        .to_owned();
    Condition::all()
        .add(outbox::Column::Kind.eq(KIND))
        .add(outbox::Column::State.eq(State::Waiting))
        .add(outbox::Column::Id.in_subquery(theirs))
}

/// Deletes what was not delivered in time, and what somebody who was killed left behind.
#[boxed]
pub(super) async fn tidy(studio: &Studio) -> Result<()> {
    studio.mail().forget_until(&[KIND], studio.now_ms() - kept_ms(studio)).await?;
    studio.mail().forget_done(&[KIND], None).await
}
