//! Lending: the address at which a streaming service fetches a film from us. It holds a token that we sealed ourselves;
//! it works for an hour, for one copy of one film, and no longer than that copy is wanted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use vault::Place;

use super::Streams;
use super::rows::{self, CopyState, What};
use crate::clock::HOUR_MS;
use crate::films::rows::films;
use crate::films::{FilmState, without_captions};
use crate::{AccountId, Error, Result};

/// An address works for so long.
const LENT_MS: i64 = HOUR_MS;
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
    pub async fn lent(&self, token: &str) -> Result<Lent> {
        let token = self.opened_token(token)?;
        if self.studio.now_ms() >= token.ends_at_ms {
            return Err(missing());
        }
        let (copy, film) = self.of_token(&token).await?;
        // What is ready was fetched.
        if !matches!(copy.state, CopyState::Sending | CopyState::Preparing) {
            return Err(missing());
        }
        let bytes = without_captions(self.studio, &film).await?.ok_or_else(missing)?;
        Ok(Lent { content_type: "video/mp4", etag: format!("lent-{}", copy.id), bytes })
    }

    /// Whether a film that is on its way to whoever it was lent to may go on.
    ///
    /// # Errors
    /// `film-not-found` when it was corrected or deleted.
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
