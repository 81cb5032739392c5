//! Signing up, and asking for a link to sign in: both end in a mail.

use policy::{Country, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;

use super::email::Email;
use super::rows::{State, accounts};
use super::{Accounts, Waiting, letters, link, password, place};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::throttle::{self, Limit};
use crate::{AccountId, Client, Error, Result, boxed};

/// Mails asked for from one client.
const LINKS_PER_CLIENT: Limit = Limit { name: "links-client", tries_max: 30, window_ms: HOUR_MS };
/// Mails asked for to one address from one client: who asks for them in vain does not keep its owner out.
const LINKS_PER_PAIR: Limit = Limit { name: "links-pair", tries_max: 4, window_ms: 15 * MINUTE_MS };
/// The same over a day.
const LINKS_PER_PAIR_A_DAY: Limit = Limit { name: "links-pair-day", tries_max: 20, window_ms: DAY_MS };
/// Mails asked for to one address from everywhere: nobody's letter box is flooded, and with five tries each the codes
/// cannot be guessed.
const LINKS_PER_ADDRESS_A_DAY: Limit = Limit { name: "links-address-day", tries_max: 50, window_ms: DAY_MS };

/// The answer of somebody who is not an adult.
pub const UNDER_AGE: &str = "under-age";

/// What a person fills in to sign up.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The e-mail address as typed.
    pub email: String,
    /// What they said of their age: the version of the adult confirmation, [`UNDER_AGE`], or nothing.
    pub adult: Option<String>,
    /// A password, when they chose one.
    pub password: Option<String>,
    /// The version of the marketing wording they ticked; `None`: not ticked, nothing is stored.
    pub marketing: Option<String>,
    /// The country that decided how they were asked, as far as it is known.
    pub country: Option<Country>,
    /// The language of the page ("en").
    pub language: String,
}

/// What is kept of a form until the address is confirmed.
pub(super) struct Pending<'a> {
    pub adult: Option<&'a str>,
    pub marketing: Option<&'a str>,
    pub country: Option<Country>,
    pub password_hash: Option<String>,
    pub language: &'a str,
}

impl Accounts<'_> {
    /// Signs up. The answer is the same for a known address; only the mail says so.
    ///
    /// # Errors
    /// `adult-required` and `under-age` (nothing is kept), `wording-changed`, `email-invalid`, `password-short`,
    /// `password-long`, `too-many-links`.
    #[boxed]
    pub async fn sign_up(&self, form: SignUp, client: &Client) -> Result<Waiting> {
        // Before anything else is looked at: who is not an adult leaves no trace.
        let adult = self.adult(form.adult.as_deref())?;
        self.check_wording(Subject::Marketing, form.marketing.as_deref())?;
        let email = Email::parse(&form.email)?;
        let chosen = form.password.as_deref().filter(|password| !password.is_empty());
        chosen.map_or(Ok(()), password::check)?;
        self.count_link(&email, client).await?;
        let password_hash = match chosen {
            Some(chosen) => Some(password::hash(chosen, self.studio.random()).await?),
            None => None,
        };
        let marketing = form.marketing.as_deref();
        self.mail_link(
            &email,
            Pending {
                adult: Some(adult),
                marketing,
                country: form.country,
                password_hash,
                language: &form.language,
            },
        )
        .await
    }

    /// Sends a link and a code to sign in with. The answer is the same for an unknown address.
    ///
    /// # Errors
    /// `email-invalid`, `too-many-links`.
    #[boxed]
    pub async fn send_link(&self, email: &str, language: &str, client: &Client) -> Result<Waiting> {
        let email = Email::parse(email)?;
        self.count_link(&email, client).await?;
        let pending = Pending { adult: None, marketing: None, country: None, password_hash: None, language };
        self.mail_link(&email, pending).await
    }

    /// A known address gets a link to its account, an unknown one a pending account and its mail:
    /// with a link when an adult signed up, without one when they only tried to sign in.
    async fn mail_link(&self, email: &Email, pending: Pending<'_>) -> Result<Waiting> {
        let studio = self.studio;
        let (row, new_id) = self.new_pending(email, &pending).await?;
        let signs_up = pending.adult.is_some();
        let known = self.find(studio.db().read(), email).await?;
        let whose = AccountId::stored(known.map_or_else(|| new_id.clone(), |known| known.id));
        let tx = studio.begin_for(&whose).await?;
        let known = self.find(&tx, email).await?;
        let account = match &known {
            Some(known) => AccountId::stored(known.id.clone()),
            None => {
                accounts::Entity::insert(row).exec_without_returning(&tx).await?;
                let account = AccountId::stored(new_id);
                if let Some(wording) = pending.marketing {
                    studio.marketing().ticked_at_sign_up(&tx, &account, wording, pending.country).await?;
                }
                account
            }
        };
        let new = link::make(studio, &tx, &account).await?;
        let language = known.as_ref().map_or(pending.language, |known| known.language.as_str());
        let message = match (known.is_some(), signs_up) {
            (true, true) => letters::already_here(&new, language),
            (true, false) => letters::sign_in(&new, language),
            (false, true) => letters::confirm(&new, language, pending.marketing.is_some()),
            (false, false) => letters::nobody_here(language),
        };
        studio.mail().write(&tx, &account, &message).await?;
        tx.commit().await?;
        Ok(new.waiting)
    }

    pub(super) async fn new_pending(
        &self,
        email: &Email,
        pending: &Pending<'_>,
    ) -> Result<(accounts::ActiveModel, String)> {
        let (studio, id, now) = (self.studio, self.studio.new_id(), self.studio.now_ms());
        let (key, wrapped) = studio.vault().new_data_key(&id).await?;
        let seal =
            |column, value: &str| studio.vault().seal_field(&key, &place(&id, column), value.as_bytes());
        let row = accounts::ActiveModel {
            id: Set(id.clone()),
            state: Set(State::Pending),
            key_wrapped: Set(wrapped.as_bytes().to_vec()),
            email_index: Set(None),
            email_sealed: Set(seal("email", email.as_str())),
            password_sealed: Set(pending.password_hash.as_deref().map(|hash| seal("password", hash))),
            language: Set(pending.language.to_owned()),
            adult_wording: Set(pending.adult.map(str::to_owned)),
            adult_at_ms: Set(pending.adult.map(|_| now)),
            created_at_ms: Set(now),
            confirmed_at_ms: Set(None),
            seen_at_ms: Set(now),
            leaving_at_ms: Set(None),
            support_objected_at_ms: Set(None),
            restricted_at_ms: Set(None),
            leaving_said_at_ms: Set(None),
            restricted_said_at_ms: Set(None),
        };
        Ok((row, id))
    }

    async fn count_link(&self, email: &Email, client: &Client) -> Result<()> {
        let code = "too-many-links";
        throttle::count(self.studio, &LINKS_PER_CLIENT, client.0.as_bytes(), code).await?;
        let pair = client.with(&email.look_up());
        throttle::count(self.studio, &LINKS_PER_PAIR, &pair, code).await?;
        throttle::count(self.studio, &LINKS_PER_PAIR_A_DAY, &pair, code).await?;
        throttle::count(self.studio, &LINKS_PER_ADDRESS_A_DAY, &email.look_up(), code).await
    }

    /// The version of the confirmation by which somebody said that they are an adult.
    ///
    /// # Errors
    /// `adult-required`, `under-age`, `wording-changed`.
    pub(super) fn adult<'f>(&self, said: Option<&'f str>) -> Result<&'f str> {
        let adult = said.ok_or_else(|| {
            let sentence = "Mini Studio is for adults: a parent or guardian makes the account. Nothing you typed was kept.";
            Error::refused("adult-required", sentence)
        })?;
        if adult == UNDER_AGE {
            let sentence = "Mini Studio is for adults. Please ask your parents whether they want to make a film with you. Nothing you typed was kept.";
            return Err(Error::refused("under-age", sentence));
        }
        self.check_wording(Subject::Adult, Some(adult))?;
        Ok(adult)
    }

    pub(super) fn check_wording(&self, subject: Subject, version: Option<&str>) -> Result<()> {
        if version.is_none_or(|version| self.studio.policy().is_current(subject, version)) {
            return Ok(());
        }
        let sentence =
            "The wording has changed since this page was loaded. Please read it again and confirm.";
        Err(Error::conflict("wording-changed", sentence))
    }
}
