//! Copies of finished films, and of a still of each, at the processors that stream and show them.
//!
//! They are a convenience: whatever goes wrong with one, the film is streamed and its picture shown from our own house.
//! A copy's row is the truth. It is made when a film is whole, goes on step by step ([`Streams::carry_on`]), and goes
//! when the film is corrected or deleted; with it its handle is let go of. Captions are never copied: they hold the
//! child's name. It must not know how players work, nor any vendor.

mod lent;
pub(crate) mod rows;
mod shown;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use policy::ProcessorId;
use sea_orm::ConnectionTrait;
use sea_orm::entity::prelude::*;
use vault::{DataKey, Place};

use crate::films::FilmId;
use crate::handles::Which;
use crate::jobs::{self, Job};
use crate::{AccountId, Error, Result, Studio, boxed, due, keys};
use rows::{CopyState, What};

pub(crate) use lent::LastLent;
pub use lent::Lent;

/// Widths in which stills are shown, in pixels.
const WIDTHS: [u32; 3] = [480, 960, 1280];

/// A still of a film, shown from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its addresses by their width in pixels, the narrowest first. They end after a few hours.
    pub links: Vec<(u32, String)>,
}

/// Copies of a studio's films.
#[derive(Clone, Copy)]
pub struct Streams<'a> {
    studio: &'a Studio,
}

impl<'a> Streams<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Where a film is watched from the streaming service for the next hours; none: from our own house.
    #[boxed]
    pub async fn playlist(&self, account: &AccountId, film: &FilmId) -> Option<String> {
        let role = self.studio.connected().streaming.as_ref()?;
        match self.signed_playlist(&**role, account, film).await {
            Ok(url) => url,
            Err(error) => {
                tracing::warn!(film = %film, %error, "a film is watched from our own house");
                None
            }
        }
    }

    /// The stills of an account's films that are shown from elsewhere for the next hours, by their films.
    #[boxed]
    pub async fn pictures(&self, account: &AccountId) -> BTreeMap<FilmId, Picture> {
        let Some(role) = &self.studio.connected().stills else { return BTreeMap::new() };
        match self.signed_pictures(&**role, account).await {
            Ok(pictures) => pictures,
            Err(error) => {
                tracing::warn!(%error, "stills are shown from our own house");
                BTreeMap::new()
            }
        }
    }

    /// Does what is due. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let (studio, now_ms) = (self.studio, self.studio.now_ms());
        studio.0.last_lent.end(now_ms);
        let taken = self.taken();
        if taken.is_empty() {
            return Ok(());
        }
        for (what, processor) in taken {
            self.begin(what, processor).await?;
        }
        due::work_off(self, now_ms).await
    }

    /// What is copied, and to whom.
    fn taken(&self) -> Vec<(What, ProcessorId)> {
        let connected = self.studio.connected();
        let streaming = connected.streaming.as_ref().map(|role| (What::Stream, role.processor()));
        let stills = connected.stills.as_ref().map(|role| (What::Still, role.processor()));
        streaming.into_iter().chain(stills).collect()
    }

    /// A film became ready there, failed or went: what holds is asked.
    #[boxed]
    pub(crate) async fn heard(&self, stream: &str) -> Result<()> {
        let studio = self.studio;
        let Some(role) = &studio.connected().streaming else { return Ok(()) };
        // Not noted yet, or not ours any more: it is asked from time to time anyway.
        let Some(account) = studio.handles().owner(role.processor(), stream).await? else { return Ok(()) };
        let copies = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::What.eq(What::Stream))
            .filter(rows::Column::State.is_in([CopyState::Preparing, CopyState::Ready]))
            .all(studio.db().read())
            .await?;
        if copies.is_empty() {
            return Ok(());
        }
        let (_, key) = keys::of_account(studio.db().read(), studio.vault(), &account).await?;
        for row in copies {
            match self.opened(&key, &row.id, "handle", &row.handle_sealed) {
                Ok(handle) if handle == stream => self.go_on(row).await?,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(film = row.film_id, %error, "a copy cannot be read; it is asked for in time");
                }
            }
        }
        Ok(())
    }

    fn sealed(&self, key: &DataKey, row: &str, column: &str, plain: &str) -> Vec<u8> {
        self.studio.vault().seal_field(key, &place(row, column), plain.as_bytes())
    }

    fn opened(&self, key: &DataKey, row: &str, column: &str, sealed: &[u8]) -> Result<String> {
        let plain = self.studio.vault().open_field(key, &place(row, column), sealed)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

/// A film is whole: in the transaction that enters it, its copies are asked for.
pub(crate) async fn film_is_whole(db: &impl ConnectionTrait, studio: &Studio) -> Result<()> {
    let connected = studio.connected();
    if connected.streaming.is_some() || connected.stills.is_some() {
        jobs::ask(db, studio, Job::SeeToProcessors).await?;
    }
    Ok(())
}

/// A film is corrected or deleted: its copies are let go of, in the transaction of what causes it.
pub(crate) async fn forget(db: &impl ConnectionTrait, studio: &Studio, film: &FilmId) -> Result<()> {
    let copies = rows::Entity::find().filter(rows::Column::FilmId.eq(film.as_str())).all(db).await?;
    for row in copies {
        forget_one(db, studio, &row).await?;
    }
    Ok(())
}

async fn forget_one(db: &impl ConnectionTrait, studio: &Studio, row: &rows::Model) -> Result<()> {
    // As it stands now: a step may have been done meanwhile.
    let Some(row) = rows::Entity::find_by_id(row.id.as_str()).one(db).await? else { return Ok(()) };
    if row.state != CopyState::Waiting {
        let account = AccountId::stored(row.account_id.clone());
        let processor: ProcessorId = row.processor.parse().map_err(Error::internal)?;
        let (_, key) = keys::of_account(db, studio.vault(), &account).await?;
        let handle = studio.streams().opened(&key, &row.id, "handle", &row.handle_sealed)?;
        studio.handles().let_go(db, &account, Which::One(processor, &handle)).await?;
    }
    studio.0.last_lent.forget(&row.id);
    rows::Entity::delete_by_id(row.id.as_str()).exec(db).await?;
    Ok(())
}

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "film_copies", row, column }
}
