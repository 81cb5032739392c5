//! Shares: links by which an owner shows one film to people they trust. Each ends by itself, can be ended at once, and
//! may have a password; its secret is told once and kept as a hash.
//!
//! Who opens a link is not kept, only how often that happened and when last. Whether a link holds is asked anew with each request; one
//! that ended and one that never was are answered alike. It must not know addresses or pages.

mod pass;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{Condition, QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use crate::accounts::password;
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::films::{Download, FilmId, Part};
use crate::releases::{film_of, must_be_ready, slugs_of};
use crate::throttle::{self, Limit};
use crate::{AccountId, Class, Client, Error, Result, Studio, boxed, id_type, sessions};

id_type!(
    /// A share.
    ShareId
);

/// For how many days a film can be shared.
pub const DAYS: [i64; 3] = [1, 7, 30];
/// For how many days it is shared unless its owner says otherwise.
pub const DAYS_DEFAULT: i64 = 7;
/// What is asked for within this time of a view belongs to it: a player asks for the beginning more than once.
const VIEW_MS: i64 = MINUTE_MS;
/// The most links to one film that work at once.
const OPEN_MAX: u64 = 20;
/// The most shares that are listed.
const LISTED: u64 = 50;
/// Passwords tried at one share from one client: who only has the link does not keep others out by trying.
const PASSWORDS_PER_GUEST: Limit =
    Limit { name: "passwords-share-guest", tries_max: 10, window_ms: 15 * MINUTE_MS };
/// Passwords tried at one share from everywhere.
const PASSWORDS_PER_SHARE: Limit =
    Limit { name: "passwords-share", tries_max: 100, window_ms: 15 * MINUTE_MS };
/// Passwords of shares tried from one client.
const PASSWORDS_PER_CLIENT: Limit =
    Limit { name: "passwords-share-client", tries_max: 50, window_ms: 15 * MINUTE_MS };

/// How a film is to be shared.
#[derive(Debug, Clone, Default)]
pub struct NewShare {
    /// For how many days: one of [`DAYS`].
    pub days: i64,
    /// What is asked for before the film is shown; nothing: the link alone opens it.
    pub password: Option<String>,
    /// Whether the page says the names of those who play.
    pub named: bool,
}

/// A share, as the film's owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its id.
    pub id: ShareId,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it ends by itself.
    pub ends_at_ms: i64,
    /// When it was ended before that.
    pub ended_at_ms: Option<i64>,
    /// Whether the link works.
    pub is_open: bool,
    /// Whether a password is asked for.
    pub has_password: bool,
    /// Whether its page says the names of those who play.
    pub named: bool,
    /// How often its film was begun, by others than its owner.
    pub views: u64,
    /// When that was last.
    pub last_viewed_at_ms: Option<i64>,
}

/// What is behind a link.
pub enum Door {
    /// A password is asked for.
    Locked,
    /// The film.
    Open(Guest),
}

/// A shared film, for whoever opened it.
pub struct Guest {
    /// What its parts are asked for with, for some hours.
    pub pass: String,
    /// Slug of the film in the catalogue.
    pub film: String,
    /// Title in the film's language.
    pub title: String,
    /// Language of the film.
    pub language: String,
    /// Languages in which there are captions, the film's own first.
    pub captions: Vec<String>,
    /// The child's name, where the owner wants it to stand on the page.
    pub name: Option<String>,
    /// The second hero's, as well.
    pub second: Option<String>,
    /// Grows when the film changes.
    pub revision: u32,
    /// Whether the film can be watched: not while it is made again.
    pub ready: bool,
}

/// Shares of a studio.
#[derive(Clone, Copy)]
pub struct Shares<'a> {
    studio: &'a Studio,
}

impl<'a> Shares<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Shares a film. Returns the link's secret, which is told this once.
    ///
    /// # Errors
    /// `film-not-found`, the same for one that is somebody else's; `film-not-ready`; `share-days`; `share-too-many`;
    /// `password-short`, `password-long`.
    #[boxed]
    pub async fn make(&self, account: &AccountId, film: &FilmId, new: &NewShare) -> Result<String> {
        let studio = self.studio;
        must_be_ready(studio.films().find(account, film).await?.state)?;
        if !DAYS.contains(&new.days) {
            return Err(Error::refused("share-days", "Please choose one of the spans that are offered."));
        }
        let id = studio.new_id();
        let password_sealed = match &new.password {
            Some(password) => {
                password::check(password)?;
                let hash = password::hash(password, studio.random()).await?;
                let key = studio.data_key(account, PurposeId::Films).await?;
                Some(studio.vault().seal_field(&key, &password_place(&id), hash.as_bytes()))
            }
            None => None,
        };
        let (token, now) = (sessions::new_token(studio.random()), studio.now_ms());
        let row = rows::ActiveModel {
            id: Set(id),
            account_id: Set(account.to_string()),
            film_id: Set(film.to_string()),
            token_hash: Set(sessions::hash(&token)),
            password_sealed: Set(password_sealed),
            named: Set(new.named),
            created_at_ms: Set(now),
            ends_at_ms: Set(now + new.days * DAY_MS),
            ended_at_ms: Set(None),
            views: Set(0),
            last_viewed_at_ms: Set(None),
        };
        let tx = studio.db().begin().await?;
        // It may have been deleted meanwhile, or be deleted at this moment: that has to wait, or this.
        let there = film_of(account, film).lock_exclusive().one(&tx).await?;
        must_be_ready(there.ok_or_else(|| Error::not_found("film-not-found"))?.state)?;
        let open = rows::Entity::find()
            .filter(holding(now))
            .filter(rows::Column::FilmId.eq(film.as_str()))
            .count(&tx)
            .await?;
        if open >= OPEN_MAX {
            let sentence = "There are many links to this film already. Please end one of them first.";
            return Err(Error::conflict("share-too-many", sentence));
        }
        rows::Entity::insert(row).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// The shares of a film, newest first.
    ///
    /// # Errors
    /// `film-not-found`.
    #[boxed]
    pub async fn of_film(&self, account: &AccountId, film: &FilmId) -> Result<Vec<Share>> {
        self.studio.films().find(account, film).await?;
        let rows = rows::Entity::find()
            .filter(rows::Column::FilmId.eq(film.as_str()))
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .order_by_desc(rows::Column::Id)
            .limit(LISTED)
            .all(self.studio.db().read())
            .await?;
        Ok(rows.into_iter().map(|row| self.read(row)).collect())
    }

    /// The shares of an account's films, newest first, each with the slug of its film in the catalogue. Nothing is opened
    /// for it: whoever has their data only stored sees them too.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn of_account(&self, account: &AccountId) -> Result<Vec<(String, Share)>> {
        let shared = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .order_by_desc(rows::Column::Id)
            .limit(LISTED)
            .all(self.studio.db().read())
            .await?;
        let films = slugs_of(self.studio.db().read(), account).await?;
        // One whose film goes at this moment goes with it.
        let with_film = |row: rows::Model| Some((films.get(&row.film_id)?.clone(), self.read(row)));
        Ok(shared.into_iter().filter_map(with_film).collect())
    }

    fn read(&self, row: rows::Model) -> Share {
        Share {
            is_open: self.holds(&row),
            id: ShareId::stored(row.id),
            created_at_ms: row.created_at_ms,
            ends_at_ms: row.ends_at_ms,
            ended_at_ms: row.ended_at_ms,
            has_password: row.password_sealed.is_some(),
            named: row.named,
            views: row.views.unsigned_abs(),
            last_viewed_at_ms: row.last_viewed_at_ms,
        }
    }

    /// Ends a share at once. One that has ended stays as it is.
    ///
    /// # Errors
    /// `share-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn end(&self, account: &AccountId, share: &ShareId) -> Result<()> {
        let theirs = rows::Entity::find_by_id(share.as_str())
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .count(self.studio.db().read())
            .await?;
        if theirs == 0 {
            return Err(missing());
        }
        let which = Condition::all().add(rows::Column::Id.eq(share.as_str()));
        end(self.studio.db().write(), which, self.studio.now_ms()).await
    }

    /// What is behind a link, by its secret.
    ///
    /// # Errors
    /// `share-not-found`, for whatever reason it leads to no film.
    #[boxed]
    pub async fn door(&self, token: &str) -> Result<Door> {
        let row = self.by_token(token).await?;
        if row.password_sealed.is_some() {
            return Ok(Door::Locked);
        }
        self.guest(&row).await.map(Door::Open)
    }

    /// Opens a link with its password; where there is none, with anything.
    ///
    /// # Errors
    /// `share-not-found` as [`Self::door`]; `share-password-wrong`; `too-many-share-passwords`.
    #[boxed]
    pub async fn enter(&self, token: &str, password: &str, client: &Client) -> Result<Guest> {
        let (studio, code) = (self.studio, "too-many-share-passwords");
        let row = self.by_token(token).await?;
        if let Some(sealed) = &row.password_sealed {
            throttle::count(studio, &PASSWORDS_PER_CLIENT, client.0.as_bytes(), code).await?;
            let guest = client.with(row.id.as_bytes());
            throttle::count(studio, &PASSWORDS_PER_GUEST, &guest, code).await?;
            throttle::count(studio, &PASSWORDS_PER_SHARE, row.id.as_bytes(), code).await?;
            let key = self.key(&row).await?;
            let hash = studio.vault().open_field(&key, &password_place(&row.id), sealed)?;
            let hash = String::from_utf8(hash).map_err(Error::internal)?;
            if !password::verify(password, Some(hash)).await? {
                let sentence = "This is not the password. Please ask whoever sent you the link.";
                return Err(Error::refused("share-password-wrong", sentence));
            }
            throttle::forget(studio, &PASSWORDS_PER_GUEST, &guest).await?;
            throttle::forget(studio, &PASSWORDS_PER_SHARE, row.id.as_bytes()).await?;
        }
        self.guest(&row).await
    }

    /// Counts a view of these. Nobody misses the film because that fails.
    async fn count(&self, which: Condition) {
        let counted = rows::Entity::update_many()
            .col_expr(rows::Column::Views, Expr::col(rows::Column::Views).add(1i64))
            .col_expr(rows::Column::LastViewedAtMs, Expr::value(Some(self.studio.now_ms())))
            .filter(which)
            .exec(self.studio.db().write())
            .await;
        if let Err(error) = counted {
            tracing::warn!(%error, "a view of a shared film was not counted");
        }
    }

    /// A shared film, or a part of its file, by the pass of its page. To begin it is a view, and nothing is kept of whose:
    /// the page alone is none, for messengers fetch it to show what a link leads to. What its owner looks at themselves is
    /// none either; `viewer` is the account of whoever is signed in.
    ///
    /// # Errors
    /// `share-not-found`; those of a download.
    #[boxed]
    pub async fn film(
        &self,
        pass: &str,
        range: Option<Range<u64>>,
        viewer: Option<&AccountId>,
    ) -> Result<Download> {
        let row = self.by_pass(pass).await?;
        let (account, film) = owner_and_film(&row);
        let begins = range.as_ref().is_none_or(|range| range.start == 0 && range.end > 0);
        let file = self.studio.films().download(&account, &film, range).await.map_err(gone)?;
        if begins && viewer != Some(&account) {
            let before = self.studio.now_ms() - VIEW_MS;
            let long_ago =
                rows::Column::LastViewedAtMs.is_null().or(rows::Column::LastViewedAtMs.lte(before));
            let this = rows::Column::Id.eq(row.id.as_str());
            self.count(Condition::all().add(this).add(long_ago)).await;
        }
        Ok(file)
    }

    /// Captions of a shared film, or what is to be seen in it, by their name: the media type and the text.
    ///
    /// # Errors
    /// `share-not-found`; `part-not-found`.
    #[boxed]
    pub async fn captions(&self, pass: &str, name: &str) -> Result<(&'static str, Bytes)> {
        let row = self.by_pass(pass).await?;
        let (account, film) = owner_and_film(&row);
        let other = || Error::not_found("part-not-found");
        if !name.ends_with(".vtt") {
            return Err(other());
        }
        match self.studio.films().part(&account, &film, name, Duration::ZERO).await.map_err(gone)? {
            Part::Ready { content_type, bytes, .. } => Ok((content_type, bytes)),
            Part::Unchanged { .. } | Part::NotYet { .. } => Err(other()),
        }
    }

    /// Whether a shared film that is on its way to somebody may go on.
    ///
    /// # Errors
    /// `share-not-found` when its share does not hold any more, or the pass is too old.
    #[boxed]
    pub async fn goes_on(&self, pass: &str) -> Result<()> {
        let row = self.by_pass(pass).await?;
        let (account, film) = owner_and_film(&row);
        let there = film_of(&account, &film).count(self.studio.db().read()).await?;
        if there == 0 { Err(missing()) } else { Ok(()) }
    }

    async fn guest(&self, row: &rows::Model) -> Result<Guest> {
        let (account, film) = owner_and_film(row);
        let film = self.studio.films().find(&account, &film).await.map_err(gone)?;
        Ok(Guest {
            pass: self.pass(row)?,
            ready: film.download_bytes.is_some(),
            film: film.film,
            title: film.title,
            language: film.language,
            captions: film.captions,
            name: Some(film.name).filter(|_| row.named),
            second: film.second.map(|hero| hero.name).filter(|_| row.named),
            revision: film.revision,
        })
    }

    /// The share that a link leads to, while it holds and its owner's films may be shown.
    async fn by_token(&self, token: &str) -> Result<rows::Model> {
        let row = rows::Entity::find()
            .filter(rows::Column::TokenHash.eq(sessions::hash(token)))
            .one(self.studio.db().read())
            .await?;
        let row = row.filter(|row| self.holds(row)).ok_or_else(missing)?;
        self.key(&row).await?;
        Ok(row)
    }

    /// The key of the share's owner: it does not open for films when their account is about to end or their data are
    /// only stored.
    async fn key(&self, row: &rows::Model) -> Result<DataKey> {
        self.studio.data_key(&owner_and_film(row).0, PurposeId::Films).await.map_err(gone)
    }

    fn holds(&self, row: &rows::Model) -> bool {
        row.ended_at_ms.is_none() && self.studio.now_ms() < row.ends_at_ms
    }
}

/// Ends for good whatever an account shares, in the transaction of what causes it.
pub(crate) async fn end_all_of(db: &impl ConnectionTrait, account: &AccountId, now: i64) -> Result<()> {
    end(db, Condition::all().add(rows::Column::AccountId.eq(account.as_str())), now).await
}

/// Forgets the shares of a film, in the transaction that deletes it.
pub(crate) async fn forget(db: &impl ConnectionTrait, film: &FilmId) -> Result<()> {
    rows::Entity::delete_many().filter(rows::Column::FilmId.eq(film.as_str())).exec(db).await?;
    Ok(())
}

async fn end(db: &impl ConnectionTrait, which: Condition, now: i64) -> Result<()> {
    rows::Entity::update_many()
        .col_expr(rows::Column::EndedAtMs, Expr::value(Some(now)))
        .filter(which)
        .filter(holding(now))
        .exec(db)
        .await?;
    Ok(())
}

fn holding(now: i64) -> Condition {
    Condition::all().add(rows::Column::EndedAtMs.is_null()).add(rows::Column::EndsAtMs.gt(now))
}

fn owner_and_film(row: &rows::Model) -> (AccountId, FilmId) {
    (AccountId::stored(row.account_id.clone()), FilmId::stored(row.film_id.clone()))
}

/// A link that leads nowhere, whatever the reason.
fn missing() -> Error {
    Error::not_found("share-not-found")
}

/// What is not there any more, or may not be shown now, is told like what never was.
fn gone(error: Error) -> Error {
    match (error.class(), error.code()) {
        (_, "part-not-found" | "film-not-ready" | "range-outside") => error,
        (Class::NotFound | Class::Conflict, _) => missing(),
        _ => error,
    }
}

fn password_place(row: &str) -> Place<'_> {
    Place { table: "shares", row, column: "password" }
}
