//! Sessions: an opaque token in the browser, its hash in the database.

pub(crate) mod rows;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DatabaseTransaction, QueryOrder};
use vault::Random;

use crate::accounts::rows::{accounts, email_changes, links};
use crate::clock::{DAY_MS, HOUR_MS};
use crate::jobs::{self, Job};
use crate::keys::house_rows;
use crate::{AccountId, Error, Result, SessionId, Studio, boxed};

/// A session ends when it was not used for this long.
pub const SESSION_MS: i64 = 30 * DAY_MS;
/// Signing in counts as recent for so long: what opens or hands out everything asks for that.
pub(crate) const RECENT_MS: i64 = HOUR_MS;
/// The session of somebody who may take back the end of their account.
const LEAVING_SESSION_MS: i64 = HOUR_MS;
/// The operator's session ends when it was not used for this long.
pub const OPERATOR_SESSION_MS: i64 = DAY_MS;
/// The operator's sign-in link works for so long, and once.
const OPERATOR_LINK_MS: i64 = HOUR_MS;
/// The end of a session is moved at most this often, so that reading a page writes nothing.
const MOVED_EVERY_MS: i64 = HOUR_MS;

/// Where the house keeps the hash of the operator's sign-in token, behind the time when it ends (8 bytes, the highest
/// first).
const OPERATOR_TOKEN: &str = "operator-token";

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Role {
    /// A parent or guardian, over what belongs to their account.
    Customer,
    /// The owner of an account whose data are only stored: they can lift that, and have their other rights.
    Restricted,
    /// The owner of an account that is about to end: they can take that back, and nothing else.
    Leaving,
    /// Who runs this installation; sees no photo, film or name.
    Operator,
}

/// A session that was just made. The token is shown once and stored nowhere.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// For the browser: 256 random bits.
    pub token: String,
    /// When it ends unless it is used.
    pub expires_at_ms: i64,
}

/// Who is there.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is; `None` for the operator.
    pub account: Option<AccountId>,
    /// What it may do.
    pub role: Role,
    /// When somebody signed in.
    pub signed_in_at_ms: i64,
    /// When it ends unless it is used.
    pub expires_at_ms: i64,
}

impl Session {
    /// Whether somebody signed in so short a while ago that it is surely them.
    pub(crate) fn is_recent(&self, now_ms: i64) -> bool {
        now_ms - self.signed_in_at_ms < RECENT_MS
    }

    /// Its account, for what opens the account for good.
    ///
    /// # Errors
    /// `sign-in-again` when that was a while ago.
    pub(crate) fn recent_account(&self, now_ms: i64) -> Result<&AccountId> {
        let account = self.account.as_ref().ok_or_else(|| Error::not_found("account-not-found"))?;
        if self.is_recent(now_ms) {
            return Ok(account);
        }
        let sentence = "For this, please sign out and in again first. Nothing was changed.";
        Err(Error::conflict("sign-in-again", sentence))
    }
}

/// Where somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The session's id.
    pub id: SessionId,
    /// When they signed in there.
    pub signed_in_at_ms: i64,
    /// When they were last there, to the hour.
    pub seen_at_ms: i64,
}

/// Which sessions of an account to end.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// This one.
    One(&'a SessionId),
    /// Every other.
    AllBut(&'a SessionId),
}

/// Sessions of a studio.
#[derive(Clone, Copy)]
pub struct Sessions<'a> {
    studio: &'a Studio,
}

impl<'a> Sessions<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// The session that a token belongs to; `None` when there is none or it has ended. Using it
    /// moves its end.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn find(&self, token: &str) -> Result<Option<Session>> {
        let now = self.studio.now_ms();
        let found = rows::Entity::find()
            .filter(rows::Column::TokenHash.eq(hash(token)))
            .filter(rows::Column::ExpiresAtMs.gt(now))
            .one(self.studio.db().read())
            .await?;
        let Some(mut row) = found else { return Ok(None) };
        if now - row.seen_at_ms >= MOVED_EVERY_MS {
            row.expires_at_ms = now + length_ms(row.role);
            rows::Entity::update_many()
                .col_expr(rows::Column::SeenAtMs, Expr::value(now))
                .col_expr(rows::Column::ExpiresAtMs, Expr::value(row.expires_at_ms))
                .filter(rows::Column::Id.eq(row.id.as_str()))
                .exec(self.studio.db().write())
                .await?;
            if let Some(account) = &row.account_id {
                seen(self.studio.db().write(), account, now).await?;
            }
        }
        Ok(Some(Session {
            id: SessionId::stored(row.id),
            account: row.account_id.map(AccountId::stored),
            role: row.role,
            signed_in_at_ms: row.created_at_ms,
            expires_at_ms: row.expires_at_ms,
        }))
    }

    /// Where somebody is signed in to an account: newest first. Nothing is known of the browsers but when they came
    /// and were last here.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn of_account(&self, account: &AccountId) -> Result<Vec<Place>> {
        let rows = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::ExpiresAtMs.gt(self.studio.now_ms()))
            .order_by_desc(rows::Column::CreatedAtMs)
            .order_by_desc(rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        let place = |row: rows::Model| Place {
            id: SessionId::stored(row.id),
            signed_in_at_ms: row.created_at_ms,
            seen_at_ms: row.seen_at_ms,
        };
        Ok(rows.into_iter().map(place).collect())
    }

    /// Ends one session of an account, or all but one. What has ended already stays so.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn end_of_account(&self, account: &AccountId, which: Ending<'_>) -> Result<()> {
        let theirs = rows::Entity::delete_many().filter(rows::Column::AccountId.eq(account.as_str()));
        let ended = match which {
            Ending::One(session) => theirs.filter(rows::Column::Id.eq(session.as_str())),
            Ending::AllBut(session) => theirs.filter(rows::Column::Id.ne(session.as_str())),
        };
        let tx = self.studio.db().begin().await?;
        ended.exec(&tx).await?;
        self.ended(tx).await
    }

    /// Ends a session; one that is not there has ended already.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn end(&self, token: &str) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        rows::Entity::delete_many().filter(rows::Column::TokenHash.eq(hash(token))).exec(&tx).await?;
        self.ended(tx).await
    }

    /// Where sessions rest on those of a service, whoever sees to processors has them ended there.
    pub(crate) async fn ended(&self, tx: DatabaseTransaction) -> Result<()> {
        let has_service = self.studio.connected().sign_in.is_some();
        if has_service {
            jobs::ask(&tx, self.studio, Job::SeeToProcessors).await?;
        }
        tx.commit().await?;
        if has_service {
            self.studio.backstage().nudge();
        }
        Ok(())
    }

    /// Makes the operator's sign-in token: it is good for one use, within an hour. The one before stops working.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn new_operator_token(&self) -> Result<String> {
        let token = new_token(self.studio.random());
        let ends_at_ms = self.studio.now_ms() + OPERATOR_LINK_MS;
        let value = [ends_at_ms.to_be_bytes().as_slice(), hash(&token).as_slice()].concat();
        let row = house_rows::ActiveModel { name: Set(OPERATOR_TOKEN.into()), value: Set(value) };
        let replace =
            OnConflict::column(house_rows::Column::Name).update_column(house_rows::Column::Value).to_owned();
        let insert = house_rows::Entity::insert(row).on_conflict(replace);
        insert.exec_without_returning(self.studio.db().write()).await?;
        Ok(token)
    }

    /// Signs the operator in, and uses the token up.
    ///
    /// # Errors
    /// `operator-link-invalid` (used, expired or never made).
    #[boxed]
    pub async fn operator_sign_in(&self, token: &str) -> Result<NewSession> {
        let now = self.studio.now_ms();
        let kept = house_rows::Entity::find_by_id(OPERATOR_TOKEN).one(self.studio.db().read()).await?;
        let kept = kept.map(|row| row.value).filter(|value| is_operator_token(value, token, now));
        let Some(kept) = kept else { return Err(operator_link_invalid()) };
        let tx = self.studio.db().begin().await?;
        // Of two who use it at the same moment one is let in.
        let used = house_rows::Entity::delete_many()
            .filter(house_rows::Column::Name.eq(OPERATOR_TOKEN))
            .filter(house_rows::Column::Value.eq(kept))
            .exec(&tx)
            .await?;
        if used.rows_affected == 0 {
            return Err(operator_link_invalid());
        }
        let session = make(self.studio, &tx, None, Role::Operator).await?;
        tx.commit().await?;
        Ok(session)
    }
}

/// Whether what is kept is this token's, and it has not ended.
fn is_operator_token(kept: &[u8], token: &str, now_ms: i64) -> bool {
    kept.split_first_chunk::<8>().is_some_and(|(ends_at_ms, kept)| {
        now_ms < i64::from_be_bytes(*ends_at_ms) && kept == hash(token).as_slice()
    })
}

fn operator_link_invalid() -> Error {
    let sentence =
        "This link was used already, or it is too old. `ministudio operator-link` prints a new one.";
    Error::refused("operator-link-invalid", sentence)
}

/// Makes a session, in the transaction of the sign-in.
pub(crate) async fn make(
    studio: &Studio,
    tx: &impl ConnectionTrait,
    account: Option<&AccountId>,
    role: Role,
) -> Result<NewSession> {
    go_on(studio, tx, account, role, studio.now_ms()).await
}

/// Makes a session that follows one which ends: whoever is there signed in when they did, not now.
pub(crate) async fn go_on(
    studio: &Studio,
    tx: &impl ConnectionTrait,
    account: Option<&AccountId>,
    role: Role,
    signed_in_at_ms: i64,
) -> Result<NewSession> {
    let (now, token) = (studio.now_ms(), new_token(studio.random()));
    let expires_at_ms = now + length_ms(role);
    let row = rows::ActiveModel {
        id: Set(studio.new_id()),
        token_hash: Set(hash(&token)),
        account_id: Set(account.map(AccountId::to_string)),
        role: Set(role),
        created_at_ms: Set(signed_in_at_ms),
        seen_at_ms: Set(now),
        expires_at_ms: Set(expires_at_ms),
    };
    rows::Entity::insert(row).exec_without_returning(tx).await?;
    if let Some(account) = account {
        seen(tx, account.as_str(), now).await?;
    }
    Ok(NewSession { token, expires_at_ms })
}

/// Signs everybody out of an account, in the transaction of what causes it.
pub(crate) async fn end_all(tx: &impl ConnectionTrait, account: &AccountId) -> Result<()> {
    rows::Entity::delete_many().filter(rows::Column::AccountId.eq(account.as_str())).exec(tx).await?;
    Ok(())
}

/// Signs everybody out, everywhere, and ends every way in that a link opens: those of mails, and the operator's.
pub(crate) async fn end_everywhere(tx: &impl ConnectionTrait) -> Result<()> {
    rows::Entity::delete_many().exec(tx).await?;
    links::Entity::delete_many().exec(tx).await?;
    email_changes::Entity::delete_many().exec(tx).await?;
    house_rows::Entity::delete_by_id(OPERATOR_TOKEN).exec(tx).await?;
    Ok(())
}

/// Remembers that an account's owner was here; sessions are forgotten sooner than that matters.
async fn seen(db: &impl ConnectionTrait, account: &str, now: i64) -> Result<()> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::SeenAtMs, Expr::value(now))
        .filter(accounts::Column::Id.eq(account))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes sessions that have ended.
#[boxed]
pub(crate) async fn tidy(studio: &Studio) -> Result<()> {
    rows::Entity::delete_many()
        .filter(rows::Column::ExpiresAtMs.lte(studio.now_ms()))
        .exec(studio.db().write())
        .await?;
    Ok(())
}

/// 256 random bits for a browser or a mail.
pub(crate) fn new_token(random: &dyn Random) -> String {
    URL_SAFE_NO_PAD.encode(random.bytes::<32>())
}

/// What is stored of a token. It has 256 random bits, so a plain hash tells nothing.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

fn length_ms(role: Role) -> i64 {
    match role {
        Role::Customer | Role::Restricted => SESSION_MS,
        Role::Leaving => LEAVING_SESSION_MS,
        Role::Operator => OPERATOR_SESSION_MS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::on_both;

    #[test]
    fn a_session_lives_as_long_as_it_is_used() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let sessions = kit.studio.sessions();
            let new =
                make(&kit.studio, kit.studio.db().write(), Some(&account), Role::Customer).await.unwrap();
            let session = sessions.find(&new.token).await.unwrap().unwrap();
            assert_eq!((session.account, session.role), (Some(account), Role::Customer));

            kit.clock.advance(SESSION_MS - 1);
            let session = sessions.find(&new.token).await.unwrap().expect("one millisecond is left");
            assert_eq!(session.expires_at_ms, kit.studio.now_ms() + SESSION_MS, "its end has moved");
            kit.clock.advance(SESSION_MS);
            assert!(sessions.find(&new.token).await.unwrap().is_none());
            tidy(&kit.studio).await.unwrap();
            assert_eq!(kit.rows("sessions").await, 0, "this one, and the one of the sign-up");
        });
    }

    #[test]
    fn signing_out_ends_it_and_a_made_up_token_is_nobody() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let sessions = kit.studio.sessions();
            let new =
                make(&kit.studio, kit.studio.db().write(), Some(&account), Role::Customer).await.unwrap();
            assert!(
                sessions.find(&new.token.replace(|c: char| c.is_ascii_digit(), "x")).await.unwrap().is_none()
            );
            assert!(sessions.find("").await.unwrap().is_none());
            sessions.end(&new.token).await.unwrap();
            assert!(sessions.find(&new.token).await.unwrap().is_none());
            sessions.end(&new.token).await.unwrap();
        });
    }

    #[test]
    fn an_owner_sees_where_they_are_signed_in_and_ends_what_is_theirs_alone() {
        on_both(async |kit| {
            let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
            let sessions = kit.studio.sessions();
            let db = kit.studio.db().write();
            for _ in 0..2 {
                kit.clock.advance(1_000);
                make(&kit.studio, db, Some(&anna), Role::Customer).await.unwrap();
            }
            let places = sessions.of_account(&anna).await.unwrap();
            assert_eq!(places.len(), 3, "these two, and the one of the sign-up");
            assert!(places[0].signed_in_at_ms > places[2].signed_in_at_ms);
            let others = sessions.of_account(&ben).await.unwrap();
            sessions.end_of_account(&anna, Ending::One(&others[0].id)).await.unwrap();
            assert_eq!(sessions.of_account(&ben).await.unwrap(), others, "nobody ends another's");
            sessions.end_of_account(&anna, Ending::One(&places[1].id)).await.unwrap();
            assert_eq!(sessions.of_account(&anna).await.unwrap().len(), 2);
            sessions.end_of_account(&anna, Ending::AllBut(&places[0].id)).await.unwrap();
            assert_eq!(sessions.of_account(&anna).await.unwrap(), places[..1]);
            kit.clock.advance(SESSION_MS);
            assert!(sessions.of_account(&anna).await.unwrap().is_empty());
        });
    }

    #[test]
    fn the_operators_link_works_once_within_an_hour() {
        on_both(async |kit| {
            let sessions = kit.studio.sessions();
            let refused = async |token: &str| sessions.operator_sign_in(token).await.unwrap_err().code();
            assert_eq!(refused("").await, "operator-link-invalid");
            let first = sessions.new_operator_token().await.unwrap();
            assert_eq!(refused("made up").await, "operator-link-invalid");
            let new = sessions.operator_sign_in(&first).await.unwrap();
            let session = sessions.find(&new.token).await.unwrap().unwrap();
            assert_eq!((session.account, session.role), (None, Role::Operator));
            assert_eq!(refused(&first).await, "operator-link-invalid", "it was used");

            let second = sessions.new_operator_token().await.unwrap();
            let third = sessions.new_operator_token().await.unwrap();
            assert_eq!(refused(&second).await, "operator-link-invalid", "a newer one took its place");
            kit.clock.advance(OPERATOR_LINK_MS - 1);
            assert!(sessions.operator_sign_in(&third).await.is_ok(), "one millisecond is left");
            let fourth = sessions.new_operator_token().await.unwrap();
            kit.clock.advance(OPERATOR_LINK_MS);
            assert_eq!(refused(&fourth).await, "operator-link-invalid", "its time is over");
        });
    }

    #[test]
    fn of_many_who_use_the_operators_link_at_the_same_moment_one_is_let_in() {
        on_both(async |kit| {
            let sessions = kit.studio.sessions();
            let token = sessions.new_operator_token().await.unwrap();
            let tries = (0..4).map(|_| sessions.operator_sign_in(&token));
            let tries = futures::future::join_all(tries).await;
            assert_eq!(tries.iter().filter(|tried| tried.is_ok()).count(), 1);
        });
    }
}
