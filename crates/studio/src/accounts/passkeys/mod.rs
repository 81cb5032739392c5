//! Passkeys: signing in by what a device knows and its owner unlocks, without address and password.
//!
//! A challenge is answered once, within [`CHALLENGE_MS`]. Somebody who signs in names no account: the passkey does, so
//! nobody learns from here who has one.

mod ceremony;
pub(crate) mod letter;
pub(crate) mod rows;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use serde::Deserialize;

use ceremony::Asked;
pub use ceremony::PasskeySite;

use super::rows::{State, accounts};
use super::{Accounts, SignedIn, email_of, language_of};
use crate::clock::MINUTE_MS;
use crate::sessions::{self, Session};
use crate::throttle::{self, Limit};
use crate::{AccountId, Client, Error, Result, boxed, id_type};
use rows::{challenges, passkeys};

id_type!(
    /// A passkey.
    PasskeyId
);

/// How long a challenge waits for its answer.
pub const CHALLENGE_MS: i64 = 10 * MINUTE_MS;
/// The most passkeys of an account.
pub const PASSKEYS_MAX: u64 = 20;
/// Longest id of a credential, in bytes (Web Authentication Level 3, section 7.1, step 26).
const CREDENTIAL_BYTES_MAX: usize = 1023;
/// Challenges asked for by one client.
const PER_CLIENT: Limit = Limit { name: "passkeys-client", tries_max: 50, window_ms: 15 * MINUTE_MS };

/// What a browser needs to make a passkey. Bytes are in base64 (URL-safe, not padded), here and below.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Making {
    /// The challenge.
    pub challenge: String,
    /// The account, as the device will name it to us.
    pub user: String,
    /// The address, which the device shows to its owner.
    pub email: String,
    /// Credentials that the account has already.
    pub known: Vec<String>,
}

/// A passkey that a browser has made.
#[derive(Debug, Deserialize)]
pub struct Made {
    /// What the browser says of itself.
    pub client_data: String,
    /// What the authenticator says.
    pub authenticator_data: String,
    /// The public key.
    pub public_key: String,
}

/// A browser's answer when somebody signs in.
#[derive(Debug, Deserialize)]
pub struct Used {
    /// The credential's id.
    pub credential: String,
    /// What the browser says of itself.
    pub client_data: String,
    /// What the authenticator says.
    pub authenticator_data: String,
    /// The signature over both.
    pub signature: String,
}

/// A passkey, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// When it was added.
    pub created_at_ms: i64,
    /// When it was last used.
    pub used_at_ms: Option<i64>,
}

impl Accounts<'_> {
    /// Begins to make a passkey for the account of a session: shortly after signing in only, as it opens the account
    /// for good.
    ///
    /// # Errors
    /// `sign-in-again` when that was a while ago; `passkeys-many`.
    #[boxed]
    pub async fn begin_passkey(&self, session: &Session) -> Result<Making> {
        let account = session.recent_account(self.studio.now_ms())?;
        let studio = self.studio;
        let (row, key) = studio.open_account(studio.db().read(), account, PurposeId::Account).await?;
        let known = of_account(account).all(studio.db().read()).await?;
        if known.len() as u64 >= PASSKEYS_MAX {
            return Err(many());
        }
        Ok(Making {
            challenge: self.challenge(Some(account)).await?,
            user: URL_SAFE_NO_PAD.encode(account.as_str()),
            email: email_of(studio, &key, &row)?,
            known: known.iter().map(|row| URL_SAFE_NO_PAD.encode(&row.credential)).collect(),
        })
    }

    /// Adds the passkey that was made. A mail says so.
    ///
    /// # Errors
    /// `passkey-wrong`, `sign-in-again`, `passkeys-many`.
    #[boxed]
    pub async fn add_passkey(&self, session: &Session, site: &PasskeySite, made: &Made) -> Result<()> {
        let studio = self.studio;
        let account = session.recent_account(studio.now_ms())?;
        let (client, data, key) =
            (bytes(&made.client_data)?, bytes(&made.authenticator_data)?, bytes(&made.public_key)?);
        self.answered(&client, Asked::Create, site, Some(account)).await?;
        let (signed, credential) = ceremony::authenticator(&data, site).map_err(wrong)?;
        let credential = credential.ok_or_else(|| wrong("there is no credential in it"))?;
        if credential.is_empty() || credential.len() > CREDENTIAL_BYTES_MAX || !ceremony::is_known_key(&key) {
            return Err(wrong("the credential or its key is of no known kind"));
        }
        let row = passkeys::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(account.to_string()),
            credential: Set(credential.to_vec()),
            public_key: Set(key),
            signed: Set(signed.into()),
            created_at_ms: Set(studio.now_ms()),
            used_at_ms: Set(None),
        };
        let tx = studio.begin_for(account).await?;
        // One at a time, so that none of those that were begun together slips past the count.
        let locked = accounts::Entity::find_by_id(account.as_str()).lock_exclusive().one(&tx).await?;
        locked.ok_or_else(|| Error::not_found("account-not-found"))?;
        if of_account(account).count(&tx).await? >= PASSKEYS_MAX {
            return Err(many());
        }
        let added = passkeys::Entity::insert(row).exec_without_returning(&tx).await;
        added.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => wrong("the credential is known already"),
            _ => error.into(),
        })?;
        let letter = letter::letter(&language_of(&tx, account).await?);
        studio.mail().write(&tx, account, &letter).await?;
        Ok(tx.commit().await?)
    }

    /// Begins to sign in: the challenge for the browser.
    ///
    /// # Errors
    /// `too-many-sign-ins`.
    #[boxed]
    pub async fn begin_passkey_sign_in(&self, client: &Client) -> Result<String> {
        throttle::count(self.studio, &PER_CLIENT, client.0.as_bytes(), "too-many-sign-ins").await?;
        self.challenge(None).await
    }

    /// Signs in.
    ///
    /// # Errors
    /// `passkey-wrong`, whatever is wrong.
    #[boxed]
    pub async fn passkey_sign_in(&self, site: &PasskeySite, used: &Used) -> Result<SignedIn> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let (client, data) = (bytes(&used.client_data)?, bytes(&used.authenticator_data)?);
        self.answered(&client, Asked::Get, site, None).await?;
        let row = passkeys::Entity::find()
            .filter(passkeys::Column::Credential.eq(bytes(&used.credential)?))
            .one(studio.db().read())
            .await?
            .ok_or_else(|| wrong("nobody has this credential"))?;
        let (signed, _) = ceremony::authenticator(&data, site).map_err(wrong)?;
        ceremony::check_signature(&row.public_key, &data, &client, &bytes(&used.signature)?)
            .map_err(wrong)?;
        // A count that does not grow is that of a copy. Those who do not count say 0 (section 7.2, step 22).
        let (signed, before) = (i64::from(signed), row.signed);
        if (signed != 0 || before != 0) && signed <= before {
            return Err(wrong("its count did not grow: it may be a copy"));
        }
        let account = accounts::Entity::find_by_id(row.account_id.as_str())
            .filter(accounts::Column::State.is_in(State::CONFIRMED))
            .one(studio.db().read())
            .await?
            .ok_or_else(|| wrong("its account is not in use"))?;
        let tx = studio.db().begin().await?;
        let first = passkeys::Entity::update_many()
            .col_expr(passkeys::Column::Signed, Expr::value(signed))
            .col_expr(passkeys::Column::UsedAtMs, Expr::value(Some(now)))
            .filter(passkeys::Column::Id.eq(row.id.as_str()))
            .filter(passkeys::Column::Signed.eq(before))
            .exec(&tx)
            .await?;
        if first.rows_affected == 0 {
            return Err(wrong("it was used at the same moment"));
        }
        let who = self.signed_in(&tx, AccountId::stored(account.id), account.state).await?;
        tx.commit().await?;
        Ok(who)
    }

    /// The account's passkeys, oldest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn passkeys(&self, account: &AccountId) -> Result<Vec<Passkey>> {
        let rows =
            of_account(account).order_by_asc(passkeys::Column::Id).all(self.studio.db().read()).await?;
        let passkey = |row: passkeys::Model| Passkey {
            id: PasskeyId::stored(row.id),
            created_at_ms: row.created_at_ms,
            used_at_ms: row.used_at_ms,
        };
        Ok(rows.into_iter().map(passkey).collect())
    }

    /// Removes a passkey of the account; one that is gone already is removed.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn remove_passkey(&self, account: &AccountId, passkey: &PasskeyId) -> Result<()> {
        passkeys::Entity::delete_many()
            .filter(passkeys::Column::Id.eq(passkey.as_str()))
            .filter(passkeys::Column::AccountId.eq(account.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn challenge(&self, account: Option<&AccountId>) -> Result<String> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let challenge = sessions::new_token(studio.random());
        let row = challenges::ActiveModel {
            challenge_hash: Set(sessions::hash(&challenge)),
            account_id: Set(account.map(AccountId::to_string)),
            expires_at_ms: Set(now + CHALLENGE_MS),
        };
        challenges::Entity::insert(row).exec_without_returning(studio.db().write()).await?;
        Ok(challenge)
    }

    /// Checks what the browser says, and that it answers a challenge of ours, which is used up by that.
    async fn answered(
        &self,
        client: &[u8],
        asked: Asked,
        site: &PasskeySite,
        account: Option<&AccountId>,
    ) -> Result<()> {
        ceremony::check_client(client, asked, site).map_err(wrong)?;
        let challenge = ceremony::challenge_of(client).map_err(wrong)?;
        let whose = match account {
            Some(account) => challenges::Column::AccountId.eq(account.as_str()),
            None => challenges::Column::AccountId.is_null(),
        };
        let used = challenges::Entity::delete_many()
            .filter(challenges::Column::ChallengeHash.eq(sessions::hash(&challenge)))
            .filter(challenges::Column::ExpiresAtMs.gt(self.studio.now_ms()))
            .filter(whose)
            .exec(self.studio.db().write())
            .await?;
        if used.rows_affected == 1 {
            Ok(())
        } else {
            Err(wrong("the challenge is not ours, used up or too old"))
        }
    }
}

fn of_account(account: &AccountId) -> Select<passkeys::Entity> {
    passkeys::Entity::find().filter(passkeys::Column::AccountId.eq(account.as_str()))
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong("it is not in base64"))
}

fn many() -> Error {
    let sentence = "That is as many passkeys as an account can have. Please remove one first.";
    Error::refused("passkeys-many", sentence)
}

fn wrong(detail: &'static str) -> Error {
    let sentence = "That passkey does not open anything here. You can also sign in with a link by mail.";
    Error::refused("passkey-wrong", sentence).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::ceremony::testing::Authenticator;
    use super::*;
    use crate::db::testing::on_both;
    use crate::sessions::{RECENT_MS, Role};

    fn site() -> PasskeySite {
        PasskeySite { id: "films.example".into(), origin: "https://films.example".into() }
    }

    fn made(key: &Authenticator, challenge: &str) -> Made {
        Made {
            client_data: URL_SAFE_NO_PAD.encode(key.client_data(Asked::Create, challenge)),
            authenticator_data: URL_SAFE_NO_PAD.encode(key.data(true)),
            public_key: URL_SAFE_NO_PAD.encode(key.public_key()),
        }
    }

    fn used(key: &Authenticator, challenge: &str) -> Used {
        let (client, data) = (key.client_data(Asked::Get, challenge), key.data(false));
        Used {
            credential: URL_SAFE_NO_PAD.encode(&key.credential),
            signature: URL_SAFE_NO_PAD.encode(key.sign(&data, &client)),
            client_data: URL_SAFE_NO_PAD.encode(client),
            authenticator_data: URL_SAFE_NO_PAD.encode(data),
        }
    }

    #[test]
    fn a_passkey_is_added_signs_in_and_is_removed() {
        on_both(async |kit| {
            let (accounts, anna) = (kit.studio.accounts(), kit.account("anna@example.org").await);
            let ben = kit.account("ben@example.org").await;
            let (here, bens) = (kit.session(&anna).await, kit.session(&ben).await);
            let mut key = Authenticator::new(&site());
            let making = accounts.begin_passkey(&here).await.unwrap();
            assert_eq!((making.email.as_str(), &making.known[..]), ("anna@example.org", &[][..]));
            let answer = made(&key, &making.challenge);
            let code = |result: Result<()>| result.unwrap_err().code();
            assert_eq!(
                code(accounts.add_passkey(&bens, &site(), &answer).await),
                "passkey-wrong",
                "not theirs"
            );
            accounts.add_passkey(&here, &site(), &answer).await.unwrap();
            assert_eq!(code(accounts.add_passkey(&here, &site(), &answer).await), "passkey-wrong", "used up");
            assert_eq!(accounts.begin_passkey(&here).await.unwrap().known.len(), 1);
            let mails = kit.studio.mail().list(1).await.unwrap();
            assert_eq!(mails[0].kind, "passkey-added");

            let begin = async || accounts.begin_passkey_sign_in(&kit.client()).await.unwrap();
            let who = accounts.passkey_sign_in(&site(), &used(&key, &begin().await)).await.unwrap();
            assert_eq!((who.account, who.role), (anna.clone(), Role::Customer));
            // Not with a challenge of another, an old one or one used up; not elsewhere; not with another key.
            let refused = async |site: &PasskeySite, answer: Used| {
                accounts.passkey_sign_in(site, &answer).await.map(drop).unwrap_err().code()
            };
            let challenge = begin().await;
            accounts.passkey_sign_in(&site(), &used(&key, &challenge)).await.unwrap();
            assert_eq!(refused(&site(), used(&key, &challenge)).await, "passkey-wrong");
            assert_eq!(refused(&site(), used(&key, "made-up")).await, "passkey-wrong");
            let making = accounts.begin_passkey(&here).await.unwrap();
            assert_eq!(refused(&site(), used(&key, &making.challenge)).await, "passkey-wrong");
            let old = begin().await;
            kit.clock.advance(CHALLENGE_MS);
            assert_eq!(refused(&site(), used(&key, &old)).await, "passkey-wrong");
            let elsewhere = PasskeySite { origin: "https://evil.example".into(), ..site() };
            assert_eq!(refused(&elsewhere, used(&key, &begin().await)).await, "passkey-wrong");
            let mut stolen = Authenticator::new(&site());
            stolen.credential.clone_from(&key.credential);
            assert_eq!(refused(&site(), used(&stolen, &begin().await)).await, "passkey-wrong");
            // One that counts, and then does not: a copy.
            key.signed = 7;
            accounts.passkey_sign_in(&site(), &used(&key, &begin().await)).await.unwrap();
            assert_eq!(refused(&site(), used(&key, &begin().await)).await, "passkey-wrong");
            key.signed = 8;
            accounts.passkey_sign_in(&site(), &used(&key, &begin().await)).await.unwrap();

            // An account that is about to end is entered only to stay.
            accounts.leave(&anna).await.unwrap();
            key.signed = 9;
            let who = accounts.passkey_sign_in(&site(), &used(&key, &begin().await)).await.unwrap();
            assert_eq!(who.role, Role::Leaving);
            accounts.stay(&anna, kit.studio.now_ms()).await.unwrap();
            let listed = accounts.passkeys(&anna).await.unwrap();
            assert_eq!(listed[0].used_at_ms, Some(kit.studio.now_ms()));
            accounts.remove_passkey(&ben, &listed[0].id).await.unwrap();
            key.signed = 10;
            accounts.passkey_sign_in(&site(), &used(&key, &begin().await)).await.unwrap();
            accounts.remove_passkey(&anna, &listed[0].id).await.unwrap();
            key.signed = 11;
            assert_eq!(refused(&site(), used(&key, &begin().await)).await, "passkey-wrong");
        });
    }

    #[test]
    fn an_account_has_so_many_and_each_once_however_many_were_begun() {
        on_both(async |kit| {
            let (accounts, anna) = (kit.studio.accounts(), kit.account("anna@example.org").await);
            let here = kit.session(&anna).await;
            let begin = async || accounts.begin_passkey(&here).await.unwrap().challenge;
            let add = async |key: &Authenticator, challenge: &str| {
                let added = accounts.add_passkey(&here, &site(), &made(key, challenge)).await;
                added.map_err(|error| error.code())
            };
            // All are begun while there is none yet.
            let mut challenges = Vec::new();
            for _ in 0..PASSKEYS_MAX + 2 {
                challenges.push(begin().await);
            }
            let first = Authenticator::new(&site());
            add(&first, &challenges[0]).await.unwrap();
            assert_eq!(add(&first, &challenges[1]).await, Err("passkey-wrong"), "it is there already");
            for challenge in &challenges[2..challenges.len() - 1] {
                add(&Authenticator::new(&site()), challenge).await.unwrap();
            }
            let more = add(&Authenticator::new(&site()), challenges.last().unwrap()).await;
            assert_eq!(more, Err("passkeys-many"));
            assert_eq!(accounts.passkeys(&anna).await.unwrap().len() as u64, PASSKEYS_MAX);
        });
    }

    #[test]
    fn adding_one_takes_a_fresh_sign_in() {
        on_both(async |kit| {
            let anna = kit.account("anna@example.org").await;
            let here = kit.session(&anna).await;
            kit.clock.advance(RECENT_MS);
            let late = kit.studio.accounts().begin_passkey(&here).await.unwrap_err();
            assert_eq!(late.code(), "sign-in-again");
        });
    }
}
