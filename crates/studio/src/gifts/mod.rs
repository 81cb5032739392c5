//! Gift passes: a code that pays for one film. Somebody buys one to give it away, or the desk gives one out; whoever has
//! the code makes the film.
//!
//! ```text
//! gift   unpaid ── the till ──> paid ── taken back unused, within 14 days ──> returning ──> returned
//!                                └── given back by hand at the till ──> returned; a bank took its money ──> revoked
//! pass   good ── an order is paid with it ──> used ── the film cannot be made ──> good
//!          └── taken back, or its money is gone ──> revoked
//! ```
//! A gift is the giver's: their name, their message, the code to look at again. A pass is nobody's: it outlives the giver's
//! account, for a present stays one, and what it was used for is an order's random id. Each arrow is one
//! `UPDATE … WHERE state = …`, so that of two who use a code at the same moment one wins.
//!
//! What is taken for a gift, and what goes back, is the till's affair ([`crate::till`]). It must not know addresses of
//! pages, except for those in its mails.

mod buy;
mod code;
mod desk;
mod letters;
mod mail;
mod pass;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use unicode_normalization::UnicodeNormalization;
use vault::{DataKey, Place};

use crate::children::is_invisible;
use crate::clock::DAY_MS;
use crate::orders::Price;
use crate::{AccountId, Error, Result, Studio, boxed, id_type};
use rows::{gifts, mails, passes};

pub use buy::Bought;
pub use desk::{Counts, ISSUE_DAYS, Issued, Reason, Sold};
pub(crate) use mail::{KIND as MAIL_KIND, let_go_of, let_go_of_all, note_delivered};
pub use pass::{AGAIN_DAYS, Pass};
pub(crate) use pass::{
    Gone, charge, good_again, has_made_a_film, money_is_gone, not_back_after_all, revoked_among, use_up,
};

id_type!(
    /// A pass that somebody bought, or is about to.
    GiftId
);
id_type!(
    /// A pass.
    PassId
);

/// How long an unused pass can be taken back.
pub const WITHDRAW_DAYS: i64 = 14;
/// So many whole years after that of the purchase a pass is good: some countries ask for three at least.
pub const YEARS: i16 = 3;
/// The longest name of a giver, in characters.
pub const GIVER_CHARS_MAX: usize = 60;
/// The longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 300;
/// A pass's name among the tills in the books: no money was taken.
pub(crate) const TILL: &str = "gift-pass";
/// The most gifts of an account that are not paid yet.
const UNPAID_MAX: u64 = 10;
/// A gift that was never paid is forgotten.
const UNPAID_MS: i64 = 30 * DAY_MS;

/// What is to be given.
#[derive(Debug, Clone, Default)]
pub struct NewGift {
    /// Slug of the film; `None`: any.
    pub film: Option<String>,
    /// Who gives it, as it stands on the card and in the mail.
    pub giver: String,
    /// A few lines; may be empty.
    pub message: String,
}

/// What can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Slug of the film; `None`: any.
    pub film: Option<String>,
    /// What it costs.
    pub price: Price,
}

/// How a gift stands, for its giver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not paid yet.
    Unpaid,
    /// Whoever has the code can use it.
    Good,
    /// It was used.
    Used,
    /// Nobody used it in time.
    Expired,
    /// Taken back; the money is on its way.
    Returning,
    /// Taken back; the money was given back.
    Returned,
    /// Good for nothing any more, though nobody gave money back for it: a bank took its payment, or the house the pass.
    Revoked,
}

/// A gift, as its giver sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Gift {
    /// Its id.
    pub id: GiftId,
    /// Slug of the film; `None`: any.
    pub film: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// What it costs.
    pub price: Price,
    /// Who gives it.
    pub giver: String,
    /// The message, empty where there is none.
    pub message: String,
    /// The code, once it is paid.
    pub code: Option<String>,
    /// Until when the code is good.
    pub expires_at_ms: i64,
    /// When it was paid.
    pub paid_at_ms: Option<i64>,
    /// Whether it can still be taken back.
    pub can_withdraw: bool,
    /// When gift mails were delivered.
    pub mailed_at_ms: Vec<i64>,
    /// Since when gift mails are on their way.
    pub under_way_at_ms: Vec<i64>,
    /// When those began their way that could not be delivered.
    pub undelivered_at_ms: Vec<i64>,
    /// When gift mails are going to be sent.
    pub goes_at_ms: Vec<i64>,
    /// To be handed back to the till: with it, paying twice is paying once.
    pub pay_key: String,
}

impl std::fmt::Debug for Gift {
    /// Without words and code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gift({}, {:?})", self.id, self.standing)
    }
}

/// Gift passes of a studio.
#[derive(Clone, Copy)]
pub struct Gifts<'a> {
    studio: &'a Studio,
}

impl<'a> Gifts<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// What can be given: any film, at the price of the dearest, then each film.
    pub fn offers(&self) -> Vec<Offer> {
        let films = self.studio.catalogue().shows().iter().map(|show| {
            let price = &show.film().info().price;
            let price = Price { cents: price.cents, currency: price.currency.clone() };
            Offer { film: Some(show.slug().to_owned()), price }
        });
        let mut offers: Vec<Offer> = films.filter(|offer| offer.price.cents > 0).collect();
        let dearest = offers.iter().map(|offer| &offer.price).max_by_key(|price| price.cents).cloned();
        // What is dearest can only be told within one currency.
        let one_currency = offers.windows(2).all(|two| two[0].price.currency == two[1].price.currency);
        if let Some(price) = dearest.filter(|_| one_currency) {
            offers.insert(0, Offer { film: None, price });
        }
        offers
    }

    /// Until when a pass that is made now is good.
    ///
    /// # Errors
    /// When the clock shows no time.
    pub fn good_until_ms(&self) -> Result<i64> {
        expires_at_ms(self.studio.now_ms())
    }

    /// Begins a gift; it is paid next.
    ///
    /// # Errors
    /// `gift-film`, `gift-giver`, `gift-words-long`, `gift-words-link`; `gift-unpaid-many`.
    #[boxed]
    pub async fn begin(&self, account: &AccountId, new: &NewGift) -> Result<GiftId> {
        let studio = self.studio;
        let offer =
            self.offers().into_iter().find(|offer| offer.film == new.film).ok_or_else(|| {
                Error::refused("gift-film", "Please choose one of the films that are offered.")
            })?;
        let giver = line(&new.giver);
        if giver.is_empty() {
            return Err(Error::refused("gift-giver", "Please say who gives it."));
        }
        let message = lines(&new.message);
        if giver.chars().count() > GIVER_CHARS_MAX || message.chars().count() > MESSAGE_CHARS_MAX {
            return Err(Error::refused(
                "gift-words-long",
                "That is too long for the card. Please shorten it.",
            ));
        }
        if has_link(&giver) || has_link(&message) {
            let sentence = "Addresses of web pages cannot stand on the card. Please leave them out.";
            return Err(Error::refused("gift-words-link", sentence));
        }
        let key = studio.data_key(account, PurposeId::Payment).await?;
        let id = studio.new_id();
        let seal = |column: &'static str, words: &str| {
            studio.vault().seal_field(&key, &place(&id, column), words.as_bytes())
        };
        let row = gifts::ActiveModel {
            giver_sealed: Set(seal("giver", &giver)),
            message_sealed: Set((!message.is_empty()).then(|| seal("message", &message))),
            code_sealed: Set(None),
            id: Set(id.clone()),
            account_id: Set(account.to_string()),
            pass_id: Set(None),
            state: Set(gifts::State::Unpaid),
            film: Set(offer.film),
            pay_key: Set(studio.new_id()),
            price_cents: Set(i32::try_from(offer.price.cents).map_err(Error::internal)?),
            price_currency: Set(offer.price.currency),
            created_at_ms: Set(studio.now_ms()),
            paying_at_ms: Set(None),
            paid_at_ms: Set(None),
            ended_at_ms: Set(None),
        };
        let unpaid = gifts::Entity::find()
            .filter(gifts::Column::AccountId.eq(account.as_str()))
            .filter(gifts::Column::State.eq(gifts::State::Unpaid))
            .count(studio.db().read())
            .await?;
        if unpaid >= UNPAID_MAX {
            let sentence = "You have begun many gifts already. Please pay or delete one of them first.";
            return Err(Error::conflict("gift-unpaid-many", sentence));
        }
        gifts::Entity::insert(row).exec_without_returning(studio.db().write()).await?;
        Ok(GiftId::stored(id))
    }

    /// One gift of the account's.
    ///
    /// # Errors
    /// `gift-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn find(&self, account: &AccountId, gift: &GiftId) -> Result<Gift> {
        let row = self.owned(account, gift).await?;
        let key = self.studio.data_key(account, PurposeId::Payment).await?;
        self.view(&key, row).await
    }

    /// All gifts of the account, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self, account: &AccountId) -> Result<Vec<Gift>> {
        let rows = gifts::Entity::find()
            .filter(gifts::Column::AccountId.eq(account.as_str()))
            .order_by_desc(gifts::Column::Id)
            .all(self.studio.db().read())
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.studio.data_key(account, PurposeId::Payment).await?;
        let mut gifts = Vec::with_capacity(rows.len());
        for row in rows {
            gifts.push(self.view(&key, row).await?);
        }
        Ok(gifts)
    }

    /// Forgets a gift that is not paid.
    ///
    /// # Errors
    /// `gift-not-found`; `gift-not-open` when it is paid, or being paid.
    #[boxed]
    pub async fn discard(&self, account: &AccountId, gift: &GiftId) -> Result<()> {
        self.owned(account, gift).await?;
        let deleted = gifts::Entity::delete_many()
            .filter(gifts::Column::Id.eq(gift.as_str()))
            .filter(gifts::Column::State.eq(gifts::State::Unpaid))
            // While the till is being asked, it is not certain that it is unpaid.
            .filter(gifts::Column::PayingAtMs.is_null())
            .exec(self.studio.db().write())
            .await?;
        match deleted.rows_affected {
            1 => Ok(()),
            _ => Err(Error::conflict("gift-not-open", "This gift is paid, or is being paid just now.")),
        }
    }

    /// Forgets what has been kept long enough: gift mails, and gifts that were never paid.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub(crate) async fn tidy(&self) -> Result<()> {
        mail::tidy(self.studio).await?;
        let old = gifts::Entity::find()
            .filter(gifts::Column::State.eq(gifts::State::Unpaid))
            .filter(gifts::Column::PayingAtMs.is_null())
            .filter(gifts::Column::CreatedAtMs.lte(self.studio.now_ms() - UNPAID_MS))
            .all(self.studio.db().read())
            .await?;
        for row in old {
            // A bank may take its time.
            if self.studio.till().waiting_for(&row.id).await?.is_none() {
                gifts::Entity::delete_many()
                    .filter(gifts::Column::Id.eq(row.id.as_str()))
                    .filter(gifts::Column::State.eq(gifts::State::Unpaid))
                    .filter(gifts::Column::PayingAtMs.is_null())
                    .exec(self.studio.db().write())
                    .await?;
            }
        }
        Ok(())
    }

    async fn owned(&self, account: &AccountId, gift: &GiftId) -> Result<gifts::Model> {
        gifts::Entity::find_by_id(gift.as_str())
            .filter(gifts::Column::AccountId.eq(account.as_str()))
            .one(self.studio.db().read())
            .await?
            .ok_or_else(|| Error::not_found("gift-not-found"))
    }

    async fn view(&self, key: &DataKey, row: gifts::Model) -> Result<Gift> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let open = |column: &'static str, sealed: &[u8]| -> Result<String> {
            let plain = studio.vault().open_field(key, &place(&row.id, column), sealed)?;
            String::from_utf8(plain).map_err(Error::internal)
        };
        let pass = match &row.pass_id {
            Some(pass) => passes::Entity::find_by_id(pass.as_str()).one(studio.db().read()).await?,
            None => None,
        };
        let expires_at_ms =
            pass.as_ref().map_or_else(|| expires_at_ms(now), |pass| Ok(pass.expires_at_ms))?;
        let standing = standing(&row, pass.as_ref(), now);
        let in_time = row.paid_at_ms.is_some_and(|at_ms| now < at_ms + WITHDRAW_DAYS * DAY_MS);
        // Looked up first: what is delivered meanwhile is then noted as that.
        let waiting = mail::waiting_of(studio, &row.id).await?;
        let mails = mails::Entity::find()
            .filter(mails::Column::GiftId.eq(row.id.as_str()))
            .order_by_asc(mails::Column::AtMs)
            .all(studio.db().read())
            .await?;
        let [mut mailed_at_ms, mut goes_at_ms, mut under_way_at_ms, mut undelivered_at_ms] =
            <[Vec<i64>; 4]>::default();
        for mail in &mails {
            let begins_at_ms = mail.goes_at_ms.unwrap_or(mail.at_ms);
            let is_waiting = mail.mail_id.as_ref().is_some_and(|id| waiting.contains(id));
            match mail.delivered_at_ms {
                Some(at_ms) => mailed_at_ms.push(at_ms),
                None if begins_at_ms > now => goes_at_ms.push(begins_at_ms),
                None if is_waiting => under_way_at_ms.push(begins_at_ms),
                // It is not in the outbox any more, for whatever reason.
                None => undelivered_at_ms.push(begins_at_ms),
            }
        }
        Ok(Gift {
            standing,
            giver: open("giver", &row.giver_sealed)?,
            message: row
                .message_sealed
                .as_deref()
                .map_or_else(|| Ok(String::new()), |one| open("message", one))?,
            code: row.code_sealed.as_deref().map(|sealed| open("code", sealed)).transpose()?,
            can_withdraw: standing == Standing::Good && in_time,
            expires_at_ms,
            paid_at_ms: row.paid_at_ms,
            mailed_at_ms,
            under_way_at_ms,
            undelivered_at_ms,
            goes_at_ms,
            price: Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency },
            film: row.film,
            pay_key: row.pay_key,
            id: GiftId::stored(row.id),
        })
    }
}

/// How a gift stands, with its pass.
fn standing(gift: &gifts::Model, pass: Option<&passes::Model>, now_ms: i64) -> Standing {
    match (gift.state, pass.map(|pass| (pass.state, now_ms < pass.expires_at_ms))) {
        (gifts::State::Unpaid, _) => Standing::Unpaid,
        // Whatever became of the money.
        (_, Some((passes::State::Used, _))) => Standing::Used,
        (gifts::State::Returning, _) => Standing::Returning,
        (gifts::State::Returned, _) => Standing::Returned,
        (gifts::State::Revoked, _) => Standing::Revoked,
        (gifts::State::Paid, Some((passes::State::Good, true))) => Standing::Good,
        // Once it is forgotten too.
        (gifts::State::Paid, _) => Standing::Expired,
    }
}

/// The beginning (UTC) of the year that follows the [`YEARS`] whole years after this one.
fn expires_at_ms(now_ms: i64) -> Result<i64> {
    let utc = jiff::tz::TimeZone::UTC;
    let now = jiff::Timestamp::from_millisecond(now_ms).map_err(Error::internal)?;
    let year = utc.to_datetime(now).year().saturating_add(YEARS + 1);
    let first = jiff::civil::Date::new(year, 1, 1).map_err(Error::internal)?;
    Ok(utc.to_timestamp(first.at(0, 0, 0, 0)).map_err(Error::internal)?.as_millisecond())
}

/// A name as one line, without what nobody sees: it hides an address, or turns what stands around it. What joins
/// letters and pictures stays.
fn line(typed: &str) -> String {
    let joins = |c: char| matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}');
    let stays = |c: char| c.is_whitespace() || joins(c) || !(c.is_control() || is_invisible(c));
    let seen: String = typed.chars().filter(|c| stays(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A message as its lines, without what only takes space.
fn lines(typed: &str) -> String {
    let lines: Vec<String> = typed.lines().map(line).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Nobody is to be lured anywhere in our name. Mail programs make a link of a bare name of a page, too.
fn has_link(words: &str) -> bool {
    let words = as_read(words);
    let is_letter = |c: char| c.is_alphanumeric() || c == '-';
    let is_name = |(before, after): (&str, &str)| {
        let ending = after.split(|c| !is_letter(c)).next().unwrap_or_default();
        before.ends_with(is_letter) && ending.chars().filter(|c| c.is_alphabetic()).count() > 1
    };
    let has_name =
        |word: &str| word.match_indices('.').any(|(at, _)| is_name((&word[..at], &word[at + 1..])));
    words.contains("://") || words.contains('@') || words.split_whitespace().any(has_name)
}

/// Words as a mail program may read them: other forms of a letter or a dot as the plain one, and nothing that is not
/// seen. The full stop of Chinese and Japanese ends sentences without a space; before Latin letters it is a dot.
fn as_read(words: &str) -> String {
    let seen: Vec<char> = words.nfkc().filter(|c| !is_invisible(*c)).collect();
    let is_dot =
        |at: usize, c: char| c == '\u{3002}' && seen.get(at + 1).is_some_and(char::is_ascii_alphanumeric);
    let read = seen.iter().enumerate().map(|(at, c)| if is_dot(at, *c) { '.' } else { *c });
    read.collect::<String>().to_lowercase()
}

fn place<'p>(gift: &'p str, column: &'p str) -> Place<'p> {
    Place { table: "gifts", row: gift, column }
}

#[cfg(test)]
mod words_tests {
    use super::{has_link, line, lines};

    #[test]
    fn names_of_pages_are_links_and_sentences_are_not() {
        for link in ["see bank-login.example/a", "www.here.example", "https://x", "me@here", "Bank.Example!"]
        {
            assert!(has_link(link), "{link}");
        }
        for disguised in [
            "bank\u{3002}example",
            "bank\u{FF0E}example",
            "bank\u{FF61}example",
            "bank\u{200D}.\u{200C}example",
            "bank.\u{2060}example",
            "me\u{FF20}here",
        ] {
            assert!(has_link(disguised), "{disguised:?}");
        }
        for plain in
            ["Happy birthday, Mia. Love, Grandma", "z.B. um 8.30 Uhr", "at 5 p.m. …", "J.R.R.", "3.50 €"]
        {
            assert!(!has_link(plain), "{plain}");
        }
        assert!(!has_link("お誕生日おめでとう。また会おうね。"));
    }

    #[test]
    fn nothing_unseen_stands_on_a_card_but_what_joins() {
        assert_eq!(line(" \u{202E}Grand\u{200B}ma\u{2069}\tRosa\0 "), "Grandma Rosa");
        assert_eq!(line("\u{2800}\u{3164}\u{FEFF}"), "");
        assert_eq!(line("👩\u{200D}👧 ❤\u{FE0F} می\u{200C}خواهم"), "👩\u{200D}👧 ❤\u{FE0F} می\u{200C}خواهم");
        assert_eq!(lines("One\u{2066}\n\u{202E}\nTwo"), "One\nTwo");
    }
}
