//! Links and codes sent by mail: each works once and for half an hour.

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use vault::Random;

use super::email::Email;
use super::rows::{State, accounts, links};
use super::{Accounts, SignedIn, Waiting, email_of};
use crate::clock::MINUTE_MS;
use crate::throttle::{self, Limit};
use crate::{AccountId, Client, Error, Result, Studio, boxed, sessions};

/// How long a link and its code work.
pub const LINK_MS: i64 = 30 * MINUTE_MS;
/// Wrong codes after which a link works no more.
pub const CODE_TRIES_MAX: i64 = 5;
/// Links and codes tried from one client.
const OPENINGS_PER_CLIENT: Limit =
    Limit { name: "openings-client", tries_max: 60, window_ms: 15 * MINUTE_MS };

/// A link that was just made; its parts are shown once and stored nowhere.
pub(super) struct NewLink {
    /// For the mail's button: 256 random bits.
    pub token: String,
    /// For the mail, to be typed: six digits.
    pub code: String,
    /// For the browser that asked.
    pub waiting: Waiting,
}

/// Makes a link for an account, in the transaction of its mail.
pub(super) async fn make(studio: &Studio, tx: &impl ConnectionTrait, account: &AccountId) -> Result<NewLink> {
    let now = studio.now_ms();
    let waiting = Waiting { secret: sessions::new_token(studio.random()), expires_at_ms: now + LINK_MS };
    let new =
        NewLink { token: sessions::new_token(studio.random()), code: new_code(studio.random()), waiting };
    let id = studio.new_id();
    let row = links::ActiveModel {
        account_id: Set(account.to_string()),
        token_hash: Set(sessions::hash(&new.token)),
        waiting_hash: Set(sessions::hash(&new.waiting.secret)),
        code_hash: Set(code_hash(studio, &id, &new.code)),
        id: Set(id),
        tries: Set(0),
        created_at_ms: Set(now),
        expires_at_ms: Set(new.waiting.expires_at_ms),
        used_at_ms: Set(None),
    };
    links::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(new)
}

/// What a link that still works leads to.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// The address of the account: whoever opens the link sees whom they become.
    pub email: String,
    /// Whether it was asked for in the browser that waits.
    pub is_waited_for: bool,
}

impl Accounts<'_> {
    /// Looks at the link of a mail without using it up. `waiting` is the secret of this browser, when it waits for one.
    ///
    /// # Errors
    /// `link-invalid`, `too-many-sign-ins`.
    #[boxed]
    pub async fn look_at_link(&self, token: &str, waiting: Option<&str>, client: &Client) -> Result<Found> {
        self.count_opening(client).await?;
        let (studio, now) = (self.studio, self.studio.now_ms());
        let link = self.link_of(token).await?;
        if link.used_at_ms.is_some() || link.expires_at_ms <= now {
            return Err(invalid());
        }
        let is_waited_for = is_waited_for(&link, waiting);
        let account = AccountId::stored(link.account_id);
        let opened = studio.open_account(studio.db().read(), &account, PurposeId::Account).await;
        let (row, key) = opened.map_err(|_| invalid())?;
        Ok(Found { email: email_of(studio, &key, &row)?, is_waited_for })
    }

    /// Opens the link of a mail. `waiting` is the secret of this browser, when it is the one that
    /// asked.
    ///
    /// # Errors
    /// `link-invalid` (used, expired or never made), `too-many-sign-ins`.
    #[boxed]
    pub async fn open_link(&self, token: &str, waiting: Option<&str>, client: &Client) -> Result<SignedIn> {
        self.count_opening(client).await?;
        let link = self.link_of(token).await?;
        let same_browser = is_waited_for(&link, waiting);
        self.use_link(link, same_browser).await
    }

    /// Whether a link was made for a sign-up that nobody confirmed: whoever comes too late with it has no account, and
    /// fills the form in once more. `false` for a link that is not known any more.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn is_link_of_sign_up(&self, token: &str) -> Result<bool> {
        let db = self.studio.db().read();
        let hash = sessions::hash(token);
        let Some(link) = links::Entity::find().filter(links::Column::TokenHash.eq(hash)).one(db).await?
        else {
            return Ok(false);
        };
        let account = accounts::Entity::find_by_id(link.account_id).one(db).await?;
        Ok(account.is_some_and(|row| row.state == State::Pending && row.adult_at_ms.is_some()))
    }

    /// Takes the six digits of a mail on the waiting page.
    ///
    /// # Errors
    /// `code-wrong`, `link-invalid` (expired, used, or too many wrong codes), `too-many-sign-ins`.
    #[boxed]
    pub async fn enter_code(&self, waiting: &str, code: &str, client: &Client) -> Result<SignedIn> {
        self.count_opening(client).await?;
        let link = links::Entity::find()
            .filter(links::Column::WaitingHash.eq(sessions::hash(waiting)))
            .one(self.studio.db().read())
            .await?
            .ok_or_else(invalid)?;
        // Counted before the code is compared, so that tries at the same moment are counted too.
        let counted = self
            .open_links(&link)
            .col_expr(links::Column::Tries, Expr::col(links::Column::Tries).add(1i64))
            .filter(links::Column::Tries.lt(CODE_TRIES_MAX))
            .exec(self.studio.db().write())
            .await?;
        if counted.rows_affected == 0 {
            return Err(invalid());
        }
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        // Keyed hashes are compared: how long that takes tells nothing about the code.
        if code_hash(self.studio, &link.id, &digits) != link.code_hash {
            return Err(wrong_code());
        }
        self.use_link(link, true).await
    }

    /// Uses a link up and signs in, confirming the address when that is still to be done.
    async fn use_link(&self, link: links::Model, same_browser: bool) -> Result<SignedIn> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let account = AccountId::stored(link.account_id.clone());
        let tx = studio.begin_for(&account).await?;
        let used =
            self.open_links(&link).col_expr(links::Column::UsedAtMs, Expr::value(now)).exec(&tx).await?;
        if used.rows_affected == 0 {
            return Err(invalid());
        }
        let (row, key) =
            studio.open_account(&tx, &account, PurposeId::Account).await.map_err(|_| invalid())?;
        if State::CONFIRMED.contains(&row.state) {
            let signed_in = self.signed_in(&tx, account, row.state).await?;
            tx.commit().await?;
            return Ok(signed_in);
        }
        // Pending without an adult's confirmation: somebody without an account tried to sign in.
        if row.adult_at_ms.is_none() {
            return Err(invalid());
        }
        let email = Email::parse(&email_of(studio, &key, &row)?)?;
        if let Some(known) = self.find(&tx, &email).await? {
            // The address was confirmed through another sign-up meanwhile; this one is not needed.
            accounts::Entity::delete_by_id(row.id).exec(&tx).await?;
            let signed_in = self.signed_in(&tx, AccountId::stored(known.id), known.state).await?;
            tx.commit().await?;
            return Ok(signed_in);
        }
        let keeps_password = same_browser || row.password_sealed.is_none();
        let password_sealed = row.password_sealed.filter(|_| same_browser);
        let confirmed = accounts::ActiveModel {
            id: Set(row.id),
            state: Set(State::Active),
            email_index: Set(Some(self.index(&email))),
            password_sealed: Set(password_sealed),
            confirmed_at_ms: Set(Some(now)),
            ..Default::default()
        };
        accounts::Entity::update(confirmed).exec(&tx).await?;
        studio.marketing().confirmed_with_address(&tx, &account).await?;
        let signed_in = self.signed_in(&tx, account, State::Active).await?;
        tx.commit().await?;
        Ok(SignedIn { is_new: true, password_dropped: !keeps_password, ..signed_in })
    }

    async fn link_of(&self, token: &str) -> Result<links::Model> {
        links::Entity::find()
            .filter(links::Column::TokenHash.eq(sessions::hash(token)))
            .one(self.studio.db().read())
            .await?
            .ok_or_else(invalid)
    }

    /// This link, as long as it works.
    fn open_links(&self, link: &links::Model) -> sea_orm::UpdateMany<links::Entity> {
        links::Entity::update_many()
            .filter(links::Column::Id.eq(link.id.as_str()))
            .filter(links::Column::UsedAtMs.is_null())
            .filter(links::Column::ExpiresAtMs.gt(self.studio.now_ms()))
    }

    async fn count_opening(&self, client: &Client) -> Result<()> {
        throttle::count(self.studio, &OPENINGS_PER_CLIENT, client.0.as_bytes(), "too-many-sign-ins").await
    }
}

/// Whether a link was asked for in the browser with this secret.
fn is_waited_for(link: &links::Model, waiting: Option<&str>) -> bool {
    waiting.is_some_and(|waiting| sessions::hash(waiting) == link.waiting_hash)
}

fn invalid() -> Error {
    let sentence = "This link or code does not work any more: it was used, or its time is over. Please ask for a new one.";
    Error::refused("link-invalid", sentence)
}

fn wrong_code() -> Error {
    Error::refused("code-wrong", "This is not the code in the mail. Please look again.")
}

/// Six digits, each number as likely as any other.
fn new_code(random: &dyn Random) -> String {
    const CODES: u32 = 1_000_000;
    loop {
        let number = u32::from_be_bytes(random.bytes());
        if number < u32::MAX - u32::MAX % CODES {
            return format!("{:06}", number % CODES);
        }
    }
}

/// A code has few possibilities: only a keyed hash hides it.
fn code_hash(studio: &Studio, link: &str, code: &str) -> Vec<u8> {
    studio.0.house.index.of("link code", format!("{link}/{code}").as_bytes()).to_vec()
}
