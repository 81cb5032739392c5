//! Accounts: signing up and signing in.
//!
//! Whoever asks learns nothing about who has an account: signing up and asking for a link answer
//! the same and do the same work for a known and an unknown address; only the mail, which its
//! owner alone reads, says more.
//!
//! An address belongs to whoever opens its mail. So signing up makes a *pending* account, and
//! several may be pending for one address; the first whose link is opened becomes the account.

mod address;
pub(crate) mod again;
mod email;
mod leave;
mod letters;
mod link;
mod objection;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod people;
mod restrict;
pub(crate) mod rows;
mod sign_in;
mod sign_up;
mod stored;
mod tidy;

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Query, SelectStatement};
use vault::{DataKey, Place};

use crate::sessions::{self, NewSession, Role, Session};
use crate::{AccountId, Error, Result, Studio, boxed, gifts, shares};

pub(crate) use email::Email;
pub(crate) use leave::{grace_over, is_grace_over};
pub use password::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use rows::{State, accounts};
pub(crate) use tidy::{due, forget_unconfirmed};

pub use address::{CHANGE_MS, Changing};
pub(crate) use address::{forget_changes, is_to_new_address};
pub use link::{CODE_TRIES_MAX, LINK_MS};
pub use passkeys::{CHALLENGE_MS, Made, Making, PASSKEYS_MAX, Passkey, PasskeyId, PasskeySite, Used};
pub use people::{Brought, CameBack, Door, PersonSignUp, Return, Sent};
pub use sign_up::{SignUp, UNDER_AGE};
pub use stored::{Stored, StoredFilm};

/// Shown on the page that waits for the mail to be opened. The same whether the address is known
/// or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Belongs in a cookie or form of the browser that asked; 256 random bits.
    pub secret: String,
    /// When the mail's link and code stop working.
    pub expires_at_ms: i64,
}

/// Who signed in, and the session that was made.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The session to hand to the browser.
    pub session: NewSession,
    /// This was the first time: the address has just been confirmed.
    pub is_new: bool,
    /// What the session may do: less than everything when the account is about to end, or its data are only
    /// stored.
    pub role: Role,
    /// A password had been chosen when signing up but the link was opened in another browser, so
    /// it was dropped: whoever chose it may not be who owns the address.
    pub password_dropped: bool,
}

/// What the account's owner sees of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The address, as normalised.
    pub email: String,
    /// The language for mails.
    pub language: String,
    /// Whether there is a password.
    pub has_password: bool,
    /// When they objected to support within Minitube; `None`: they did not, or allowed it again.
    pub support_objected_at_ms: Option<i64>,
    /// Since when its data are only stored; `None`: they are used.
    pub restricted_at_ms: Option<i64>,
    /// The address that is to take this one's place, once both ends have confirmed it.
    pub new_email: Option<String>,
    /// When the account was made.
    pub created_at_ms: i64,
}

/// Accounts of a studio.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    studio: &'a Studio,
}

impl<'a> Accounts<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// The account.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn get(&self, account: &AccountId) -> Result<Account> {
        let (row, key) =
            self.studio.open_account(self.studio.db().read(), account, PurposeId::Account).await?;
        if !matches!(row.state, State::Active | State::Restricted) {
            return Err(Error::not_found("account-not-found"));
        }
        Ok(Account {
            email: email_of(self.studio, &key, &row)?,
            new_email: self.new_address(account, &key).await?,
            restricted_at_ms: row.restricted_at_ms,
            id: AccountId::stored(row.id),
            language: row.language,
            has_password: row.password_sealed.is_some(),
            support_objected_at_ms: row.support_objected_at_ms,
            created_at_ms: row.created_at_ms,
        })
    }

    /// Sets or changes the password: shortly after signing in only, as it opens the account for good. A mail says so.
    ///
    /// # Errors
    /// `password-short`, `password-long`, `sign-in-again` when signing in was a while ago; `account-not-found`.
    #[boxed]
    pub async fn set_password(&self, session: &Session, password: &str) -> Result<()> {
        password::check(password)?;
        let account = session.recent_account(self.studio.now_ms())?;
        let hash = password::hash(password, self.studio.random()).await?;
        let key = self.studio.data_key(account, PurposeId::Account).await?;
        let place = place(account.as_str(), "password");
        let change = accounts::ActiveModel {
            id: Set(account.to_string()),
            password_sealed: Set(Some(self.studio.vault().seal_field(&key, &place, hash.as_bytes()))),
            ..Default::default()
        };
        let tx = self.studio.begin_for(account).await?;
        let row = accounts::Entity::update(change).exec(&tx).await?;
        self.studio.mail().write(&tx, account, &letters::password_set(&row.language)).await?;
        tx.commit().await?;
        self.studio.backstage().nudge();
        Ok(())
    }

    /// Says in which language mails are written from now on.
    ///
    /// # Errors
    /// `language-unknown`, `account-not-found`.
    #[boxed]
    pub async fn set_language(&self, account: &AccountId, language: &str) -> Result<()> {
        if !policy::LANGUAGES.contains(&language) {
            return Err(Error::refused("language-unknown", "This language is not on offer."));
        }
        let change = accounts::ActiveModel {
            id: Set(account.to_string()),
            language: Set(language.to_owned()),
            ..Default::default()
        };
        accounts::Entity::update(change).exec(self.studio.db().write()).await?;
        Ok(())
    }

    /// The account with this address, in use or about to end.
    async fn find(&self, db: &impl ConnectionTrait, email: &Email) -> Result<Option<accounts::Model>> {
        self.find_by(db, self.index(email)).await
    }

    /// The same, by what an address is looked up by.
    pub(crate) async fn with_index(
        &self,
        db: &impl ConnectionTrait,
        index: Vec<u8>,
    ) -> Result<Option<AccountId>> {
        let found = self.find_by(db, index).await?;
        Ok(found.map(|row| AccountId::stored(row.id)))
    }

    async fn find_by(&self, db: &impl ConnectionTrait, index: Vec<u8>) -> Result<Option<accounts::Model>> {
        let found = accounts::Entity::find()
            .filter(accounts::Column::EmailIndex.eq(index))
            .filter(accounts::Column::State.is_in(State::CONFIRMED))
            .one(db)
            .await?;
        Ok(found)
    }

    /// What an address is looked up by.
    pub(crate) fn index_of(&self, email: &str) -> Result<Vec<u8>> {
        Ok(self.index(&Email::parse(email)?))
    }

    fn index(&self, email: &Email) -> Vec<u8> {
        self.studio.0.house.index.of("email", &email.look_up()).to_vec()
    }

    /// Within the change by which an account's data are not used any more: everybody is signed out, and what was to be
    /// seen or sent of it elsewhere ends.
    async fn shut(&self, tx: &impl ConnectionTrait, account: &AccountId, to: State) -> Result<()> {
        let now = self.studio.now_ms();
        sessions::end_all(tx, account).await?;
        // Who takes the end back has everything back: meanwhile links lead nowhere, as the key opens no film.
        if to != State::Leaving {
            shares::end_all_of(tx, account, now).await?;
        }
        gifts::let_go_of(tx, account, now).await
    }

    async fn signed_in(
        &self,
        tx: &impl ConnectionTrait,
        account: AccountId,
        state: State,
    ) -> Result<SignedIn> {
        let role = state.role();
        let session = sessions::make(self.studio, tx, Some(&account), role).await?;
        Ok(SignedIn { account, session, is_new: false, role, password_dropped: false })
    }
}

/// The address of an account, which its key opens.
pub(crate) fn email_of(studio: &Studio, key: &DataKey, row: &accounts::Model) -> Result<String> {
    let email = studio.vault().open_field(key, &place(&row.id, "email"), &row.email_sealed)?;
    String::from_utf8(email).map_err(Error::internal)
}

/// The language of an account's mails; empty, which is read as English, where there is no such account.
pub(crate) async fn language_of(db: &impl ConnectionTrait, account: &AccountId) -> Result<String> {
    let row = accounts::Entity::find_by_id(account.as_str()).one(db).await?;
    Ok(row.map(|row| row.language).unwrap_or_default())
}

/// Accounts for which something may be done: in one that is about to end nothing is processed.
pub(crate) fn in_use() -> SelectStatement {
    Query::select()
        .column(accounts::Column::Id)
        .from(accounts::Entity)
        .and_where(accounts::Column::State.eq(State::Active))
        .to_owned()
}

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "accounts", row, column }
}

/// An active account without any mail, for tests.
#[cfg(test)]
#[boxed]
pub(crate) async fn insert_active(studio: &Studio, email: &str) -> AccountId {
    let (accounts, email) = (studio.accounts(), Email::parse(email).unwrap());
    let pending = sign_up::Pending {
        adult: Some("adult-1"),
        marketing: None,
        country: None,
        password_hash: None,
        language: "en",
    };
    let (mut row, id) = accounts.new_pending(&email, &pending).await.unwrap();
    row.state = Set(State::Active);
    row.email_index = Set(Some(accounts.index(&email)));
    accounts::Entity::insert(row).exec_without_returning(studio.db().write()).await.unwrap();
    AccountId::stored(id)
}

#[cfg(test)]
mod tests;
