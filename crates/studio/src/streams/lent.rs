//! Lending: the address at which a streaming service fetches a film from us. It holds a token that we sealed ourselves;
//! it works for an hour, for one copy of one film, and no longer than that copy is wanted. A service fetches a film in
//! many parts: the file that was put together last is kept in memory as long as it is lent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use policy::PurposeId;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use vault::Place;

use super::Streams;
use super::rows::{self, CopyState, What};
use crate::clock::HOUR_MS;
use crate::films::rows::films;
use crate::films::{FilmState, without_captions};
use crate::{AccountId, Error, Result, boxed};

/// An address works for so long.
const LENT_MS: i64 = HOUR_MS;
/// A larger file is put together anew for each part.
const HELD_BYTES_MAX: usize = 64 << 20;
const PLACE: Place<'_> = Place { table: "film_copies", row: "lent", column: "token" };

#[derive(Serialize, Deserialize)]
struct Token {
    account: String,
    film: String,
    /// The copy that it is lent for.
    copy: String,
    ends_at_ms: i64,
}

/// A film as it is lent: without its captions, which hold the child's name.
pub struct Lent {
    /// `video/mp4`.
    pub content_type: &'static str,
    /// Changes when the file does.
    pub etag: String,
    /// The file.
    pub bytes: Bytes,
}

/// The file that was lent last.
#[derive(Default)]
pub(crate) struct LastLent {
    /// One puts a file together at a time; the others wait for what it gets.
    making: tokio::sync::Mutex<()>,
    held: Mutex<Option<Held>>,
}

struct Held {
    copy: String,
    ends_at_ms: i64,
    bytes: Bytes,
}

impl LastLent {
    /// The file of a copy, if it is the one that is held.
    pub(super) fn of(&self, copy: &str) -> Option<Bytes> {
        self.held().as_ref().filter(|held| held.copy == copy).map(|held| held.bytes.clone())
    }

    fn keep(&self, token: &Token, bytes: Bytes) {
        *self.held() = Some(Held { copy: token.copy.clone(), ends_at_ms: token.ends_at_ms, bytes });
    }

    /// The copy is not lent any more.
    pub(super) fn forget(&self, copy: &str) {
        let mut held = self.held();
        if held.as_ref().is_some_and(|held| held.copy == copy) {
            *held = None;
        }
    }

    /// Forgets a file whose token is over.
    pub(super) fn end(&self, now_ms: i64) {
        let mut held = self.held();
        if held.as_ref().is_some_and(|held| now_ms >= held.ends_at_ms) {
            *held = None;
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams<'_> {
    /// The address of a film for a copy of it.
    pub(super) fn lend(&self, account: &AccountId, film: &films::Model, copy: &str) -> Result<String> {
        let studio = self.studio;
        let token = Token {
            account: account.to_string(),
            film: film.id.clone(),
            copy: copy.to_owned(),
            ends_at_ms: studio.now_ms() + LENT_MS,
        };
        let token = serde_json::to_vec(&token).map_err(Error::internal)?;
        let sealed = studio.vault().seal_field(studio.house_key(), &PLACE, &token);
        Ok(format!("{}/lent/{}/film.mp4", studio.config().address, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The film that a token was lent for.
    ///
    /// # Errors
    /// `film-not-found`, for whatever reason it is not lent.
    #[boxed]
    pub async fn lent(&self, token: &str) -> Result<Lent> {
        let token = self.opened_token(token)?;
        if self.studio.now_ms() >= token.ends_at_ms {
            return Err(missing());
        }
        let lent = self.of_token(&token).await;
        let (copy, film) = lent.inspect_err(|_| self.studio.0.last_lent.forget(&token.copy))?;
        // What is ready was fetched.
        if !matches!(copy.state, CopyState::Sending | CopyState::Preparing) {
            return Err(missing());
        }
        let bytes = self.file(&token, &film).await?;
        Ok(Lent { content_type: "video/mp4", etag: format!("lent-{}", copy.id), bytes })
    }

    async fn file(&self, token: &Token, film: &films::Model) -> Result<Bytes> {
        let (studio, last) = (self.studio, &self.studio.0.last_lent);
        // Of an account whose films may be opened now, also where none has to be.
        studio.data_key(&AccountId::stored(film.account_id.clone()), PurposeId::Films).await?;
        let _one = last.making.lock().await;
        if let Some(bytes) = last.of(&token.copy) {
            return Ok(bytes);
        }
        let bytes = without_captions(studio, film).await?.ok_or_else(missing)?;
        if bytes.len() <= HELD_BYTES_MAX {
            last.keep(token, bytes.clone());
            // Taken back while it was put together: whoever did so has found nothing to forget.
            if let Err(error) = self.of_token(token).await {
                last.forget(&token.copy);
                return Err(error);
            }
        }
        Ok(bytes)
    }

    /// Whether a film that is on its way to whoever it was lent to may go on.
    ///
    /// # Errors
    /// `film-not-found` when it was corrected or deleted.
    #[boxed]
    pub async fn goes_on(&self, token: &str) -> Result<()> {
        self.of_token(&self.opened_token(token)?).await.map(drop)
    }

    fn opened_token(&self, token: &str) -> Result<Token> {
        let (vault, key) = (self.studio.vault(), self.studio.house_key());
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| missing())?;
        let plain = vault.open_field(key, &PLACE, &sealed).map_err(|_| missing())?;
        serde_json::from_slice(&plain).map_err(|_| missing())
    }

    /// The copy that a film is lent for, and the film, if both are as they were.
    async fn of_token(&self, token: &Token) -> Result<(rows::Model, films::Model)> {
        let db = self.studio.db().read();
        let copy = rows::Entity::find_by_id(token.copy.as_str()).one(db).await?;
        let is_this = |copy: &rows::Model| {
            copy.what == What::Stream && copy.film_id == token.film && copy.account_id == token.account
        };
        let copy = copy.filter(is_this).ok_or_else(missing)?;
        let film = films::Entity::find_by_id(token.film.as_str()).one(db).await?;
        let is_whole =
            |film: &films::Model| film.account_id == token.account && film.state == FilmState::Ready;
        Ok((copy, film.filter(is_whole).ok_or_else(missing)?))
    }
}

fn missing() -> Error {
    Error::not_found("film-not-found")
}
