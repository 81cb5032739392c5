//! Copies of finished films, and of a still of each, at the processors that stream and show them.
//!
//! They are a convenience: whatever goes wrong with one, the film is streamed and its picture shown from our own house.
//! A copy's row is the truth. It is made when a film is whole, goes on step by step ([`Streams::carry_on`]), and goes
//! when the film is corrected or deleted; with it its handle is let go of. Captions are never copied: they hold the
//! child's name. It must not know how players work, nor any vendor.

mod lent;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use policy::{Personal, ProcessorId, PurposeId, kind};
use processors::role::{StillError, Stills, Stream, StreamError, StreamState, Streaming};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use crate::clock::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::films::rows::films;
use crate::films::{FilmId, FilmState, in_use, own_poster};
use crate::handles::Which;
use crate::jobs::{self, Job};
use crate::{AccountId, Class, Error, Result, Studio, keys};
use rows::{CopyState, What};

pub use lent::Lent;

/// How long an address for watching works: longer than any evening, shorter than a day.
const WATCH_S: i64 = 4 * 3600;
/// How long an address of a still works.
const SHOW_S: i64 = 4 * 3600;
/// Addresses of stills stay the same for so long, so that a browser need not fetch them again.
const SAME_S: i64 = 3600;
/// Widths in which stills are shown, in pixels.
const WIDTHS: [u32; 3] = [480, 960, 1280];
/// Who has hold of a copy works on it for so long at most.
const LEASE_MS: i64 = 5 * MINUTE_MS;
/// The first looks at a film that is being made ready come quickly, in case nobody tells.
const LOOK_MS: i64 = 15 * SECOND_MS;
/// The longest wait between two tries.
const WAIT_MAX_MS: i64 = 6 * HOUR_MS;
/// A film that a service cannot take under so many names is left alone.
const ROUNDS_MAX: i32 = 3;
/// Copies worked on in one go.
const BATCH: u64 = 20;

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

/// What a processor told of a copy.
struct Told<'t> {
    state: CopyState,
    /// What players ask for.
    shown: Option<&'t str>,
    /// When it is looked at again.
    next_at_ms: Option<i64>,
}

/// Why a step was not done.
enum Stuck {
    /// Another time.
    Later { why: String, after_s: Option<u64>, is_ours: bool },
    /// Never.
    Never(&'static str),
}

impl From<StreamError> for Stuck {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Away { why, after_s } => Self::Later { why, after_s, is_ours: false },
            StreamError::Refused(why) => Self::Later { why, after_s: None, is_ours: true },
        }
    }
}

impl From<StillError> for Stuck {
    fn from(error: StillError) -> Self {
        match error {
            StillError::Away { why, after_s } => Self::Later { why, after_s, is_ours: false },
            StillError::Refused(why) => Self::Later { why, after_s: None, is_ours: true },
        }
    }
}

impl From<Error> for Stuck {
    fn from(error: Error) -> Self {
        // An account that is about to end, or only stored, is left alone for the time being.
        Self::Later { why: error.to_string(), after_s: None, is_ours: error.class() == Class::Internal }
    }
}

impl<'a> Streams<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Where a film is watched from the streaming service for the next hours; none: from our own house.
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
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let studio = self.studio;
        let mut taken = Vec::new();
        if let Some(role) = &studio.connected().streaming {
            self.begin(What::Stream, role.processor()).await?;
            taken.push(What::Stream);
        }
        if let Some(role) = &studio.connected().stills {
            self.begin(What::Still, role.processor()).await?;
            taken.push(What::Still);
        }
        if taken.is_empty() {
            return Ok(());
        }
        loop {
            let due = rows::Entity::find()
                .filter(rows::Column::What.is_in(taken.clone()))
                .filter(rows::Column::NextAtMs.lte(studio.now_ms()))
                .order_by_asc(rows::Column::NextAtMs)
                .limit(BATCH)
                .all(studio.db().read())
                .await?;
            if due.is_empty() {
                return Ok(());
            }
            for row in due {
                if self.takes_hold(&row).await? {
                    self.go_on(row).await?;
                }
            }
        }
    }

    /// A film became ready there, failed or went: what holds is asked.
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
            if self.opened(&key, &row.id, "handle", &row.handle_sealed)? == stream {
                self.go_on(row).await?;
            }
        }
        Ok(())
    }

    /// A row for each film that is whole and has none.
    async fn begin(&self, what: What, processor: ProcessorId) -> Result<()> {
        let studio = self.studio;
        let have = Query::select()
            .column(rows::Column::FilmId)
            .from(rows::Entity)
            .and_where(rows::Column::What.eq(what))
            .to_owned();
        let whole = films::Entity::find()
            .filter(films::Column::State.eq(FilmState::Ready))
            .filter(films::Column::AccountId.in_subquery(in_use()))
            .filter(films::Column::Id.not_in_subquery(have))
            .order_by_asc(films::Column::Id)
            .limit(BATCH)
            .all(studio.db().read())
            .await?;
        for film in whole {
            let row = self.new_row(&film.account_id, &film.id, what, processor, 0, studio.now_ms()).await?;
            let once =
                OnConflict::columns([rows::Column::FilmId, rows::Column::What]).do_nothing().to_owned();
            rows::Entity::insert(row).on_conflict(once).exec_without_returning(studio.db().write()).await?;
        }
        Ok(())
    }

    async fn new_row(
        &self,
        account: &str,
        film: &str,
        what: What,
        processor: ProcessorId,
        rounds: i32,
        at_ms: i64,
    ) -> Result<rows::ActiveModel> {
        let studio = self.studio;
        let account = AccountId::stored(account.to_owned());
        let (_, key) = keys::of_account(studio.db().read(), studio.vault(), &account).await?;
        let id = studio.new_id();
        let handle = match what {
            What::Stream => studio.connected().streaming.as_ref().map(|role| role.early_handle(&id)),
            What::Still => {
                studio.connected().stills.as_ref().map(|role| role.early_handle(studio.random().bytes()))
            }
        };
        let handle = handle.ok_or_else(|| Error::internal("the processor is not connected any more"))?;
        Ok(rows::ActiveModel {
            account_id: Set(account.to_string()),
            film_id: Set(film.to_owned()),
            what: Set(what),
            processor: Set(processor.to_string()),
            state: Set(CopyState::Waiting),
            handle_sealed: Set(self.sealed(&key, &id, "handle", &handle)),
            shown_sealed: Set(None),
            rounds: Set(rounds),
            tries: Set(0),
            next_at_ms: Set(Some(at_ms)),
            id: Set(id),
        })
    }

    /// Whether a copy that is due is ours to work on: two at it would send it twice.
    async fn takes_hold(&self, row: &rows::Model) -> Result<bool> {
        let held = rows::Entity::update_many()
            .col_expr(rows::Column::NextAtMs, Expr::value(Some(self.studio.now_ms() + LEASE_MS)))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .filter(rows::Column::NextAtMs.eq(row.next_at_ms))
            .exec(self.studio.db().write())
            .await?;
        Ok(held.rows_affected == 1)
    }

    async fn go_on(&self, row: rows::Model) -> Result<()> {
        let film = films::Entity::find_by_id(row.film_id.as_str()).one(self.studio.db().read()).await?;
        // A film that is not whole any more: whoever changed it has forgotten its copies, or does it now.
        let Some(film) = film.filter(|film| film.state == FilmState::Ready) else {
            let tx = self.studio.db().begin().await?;
            forget_one(&tx, self.studio, &row).await?;
            tx.commit().await?;
            return Ok(());
        };
        match self.step(&row, &film).await {
            Ok(()) => Ok(()),
            Err(Stuck::Later { why, after_s, is_ours }) => self.later(&row, &why, after_s, is_ours).await,
            Err(Stuck::Never(why)) => {
                tracing::warn!(film = row.film_id, problem = why, "a film is not copied");
                self.turn(&row, CopyState::Failed, None).await.map(drop)
            }
        }
    }

    /// The next step of a copy.
    async fn step(&self, row: &rows::Model, film: &films::Model) -> Result<(), Stuck> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let key = studio.data_key(&account, PurposeId::Films).await?;
        let handle = self.opened(&key, &row.id, "handle", &row.handle_sealed)?;
        let (streaming, stills) = (&studio.connected().streaming, &studio.connected().stills);
        match (row.what, row.state) {
            (_, CopyState::Failed) | (What::Still, CopyState::Preparing | CopyState::Ready) => {
                Ok(self.turn(row, row.state, None).await.map(drop)?)
            }
            (What::Stream, state) => {
                let Some(role) = streaming else { return Ok(()) };
                let stream = if matches!(state, CopyState::Waiting | CopyState::Sending) {
                    let url = Personal::new(self.lend(&account, film, &row.id)?);
                    if !self.sends(row, &account, role.processor(), &handle).await? {
                        return Ok(());
                    }
                    Some(role.ingest(&row.id, &url).await?)
                } else {
                    role.look(&handle).await?
                };
                match stream {
                    Some(stream) => Ok(self.settle(row, &key, role.processor(), &handle, stream).await?),
                    None => Ok(self.anew(row, &handle).await?),
                }
            }
            (What::Still, _) => {
                let Some(role) = stills else { return Ok(()) };
                let width = WIDTHS[WIDTHS.len() - 1];
                let Some(jpeg) = own_poster(studio, film, width).await? else {
                    return Err(Stuck::Never("its photo, or its version in the catalogue, is gone"));
                };
                let jpeg: Personal<kind::Still, Vec<u8>> = Personal::new(jpeg);
                if !self.sends(row, &account, role.processor(), &handle).await? {
                    return Ok(());
                }
                let after = role.upload(&handle, &jpeg).await?;
                let handles = [handle.as_str(), after.as_str()];
                let told = Told { state: CopyState::Ready, shown: None, next_at_ms: None };
                Ok(self.arrived(row, &key, role.processor(), handles, told).await.map(drop)?)
            }
        }
    }

    /// Before anything is sent its handle is noted: whatever happens then, it can be deleted. False: the copy is not
    /// wanted any more.
    async fn sends(
        &self,
        row: &rows::Model,
        account: &AccountId,
        processor: ProcessorId,
        handle: &str,
    ) -> Result<bool> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let wanted = rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(CopyState::Sending))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .exec(&tx)
            .await?;
        if wanted.rows_affected == 1 {
            studio.handles().note(&tx, account, processor, Some(&row.film_id), handle).await?;
        }
        tx.commit().await?;
        Ok(wanted.rows_affected == 1)
    }

    /// Enters how far a film is.
    async fn settle(
        &self,
        row: &rows::Model,
        key: &DataKey,
        processor: ProcessorId,
        handle: &str,
        stream: Stream,
    ) -> Result<()> {
        let handles = [handle, stream.id.as_str()];
        match (stream.state, stream.playback.as_deref()) {
            (StreamState::Preparing, shown) => {
                let wait = (LOOK_MS << row.tries.clamp(0, 8)).min(HOUR_MS);
                let next_at_ms = Some(self.studio.now_ms() + wait);
                let told = Told { state: CopyState::Preparing, shown, next_at_ms };
                self.arrived(row, key, processor, handles, told).await?;
            }
            (StreamState::Ready, Some(shown)) => {
                let told = Told { state: CopyState::Ready, shown: Some(shown), next_at_ms: None };
                let wanted = self.arrived(row, key, processor, handles, told).await?;
                if wanted && row.state != CopyState::Ready {
                    tracing::info!(film = row.film_id, "a film can be watched from the streaming service");
                }
            }
            (StreamState::Failed, _) | (StreamState::Ready, None) => {
                let told =
                    Told { state: CopyState::Preparing, shown: None, next_at_ms: Some(self.studio.now_ms()) };
                if self.arrived(row, key, processor, handles, told).await? {
                    self.anew(row, &stream.id).await?;
                }
            }
        }
        Ok(())
    }

    /// Enters what a processor told of a copy: its handle, where it stands. When the copy is not wanted any more, what
    /// has just arrived is let go of. Whether it is wanted.
    async fn arrived(
        &self,
        row: &rows::Model,
        key: &DataKey,
        processor: ProcessorId,
        [before, after]: [&str; 2],
        told: Told<'_>,
    ) -> Result<bool> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let shown = told.shown.map(|shown| self.sealed(key, &row.id, "shown", shown));
        let tx = studio.db().begin().await?;
        let wanted = rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(told.state))
            .col_expr(rows::Column::HandleSealed, Expr::value(self.sealed(key, &row.id, "handle", after)))
            .col_expr(rows::Column::ShownSealed, Expr::value(shown))
            .col_expr(rows::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(rows::Column::NextAtMs, Expr::value(told.next_at_ms))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .exec(&tx)
            .await?;
        if wanted.rows_affected == 1 {
            let film = Some(row.film_id.as_str());
            studio.handles().renamed(&tx, &account, processor, film, [before, after]).await?;
            tx.commit().await?;
            return Ok(true);
        }
        tx.rollback().await?;
        self.let_go_late(&account, &row.film_id, processor, after).await?;
        Ok(false)
    }

    /// Lets go of what arrived when nobody wanted it any more.
    async fn let_go_late(
        &self,
        account: &AccountId,
        film: &str,
        processor: ProcessorId,
        handle: &str,
    ) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let noted = studio.handles().note(&tx, account, processor, Some(film), handle).await;
        match noted {
            Ok(()) => {
                studio.handles().let_go(&tx, account, Which::One(processor, handle)).await?;
                tx.commit().await?;
            }
            // The account is gone too: there is nobody left to note it for.
            Err(error) if error.code() == "account-not-found" => {
                tx.rollback().await?;
                if let Some(role) = studio.connected().erases.get(&processor) {
                    role.erase(handle, studio.now_ms() / SECOND_MS).await.map_err(Error::internal)?;
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Sends a film anew under another name; what is there under the old one is let go of.
    async fn anew(&self, row: &rows::Model, handle: &str) -> Result<()> {
        let studio = self.studio;
        let rounds = row.rounds + 1;
        if rounds >= ROUNDS_MAX {
            tracing::error!(film = row.film_id, "the streaming service cannot take a film; ours is watched");
            return self.turn(row, CopyState::Failed, None).await.map(drop);
        }
        let account = AccountId::stored(row.account_id.clone());
        let processor: ProcessorId = row.processor.parse().map_err(Error::internal)?;
        let at = studio.now_ms() + i64::from(rounds * rounds) * MINUTE_MS;
        let new = self.new_row(&row.account_id, &row.film_id, row.what, processor, rounds, at).await?;
        let tx = studio.db().begin().await?;
        let old = rows::Entity::delete_by_id(row.id.as_str()).exec(&tx).await?;
        if old.rows_affected == 1 {
            studio.handles().let_go(&tx, &account, Which::One(processor, handle)).await?;
            rows::Entity::insert(new).exec_without_returning(&tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Another time: sooner at first, later and later then.
    async fn later(&self, row: &rows::Model, why: &str, after_s: Option<u64>, is_ours: bool) -> Result<()> {
        let tries = i64::from(row.tries) + 1;
        let after =
            after_s.and_then(|seconds| i64::try_from(seconds).ok()).map(|s| s.saturating_mul(SECOND_MS));
        let wait = after.unwrap_or(tries * tries * MINUTE_MS).clamp(SECOND_MS, WAIT_MAX_MS);
        let (film, processor) = (row.film_id.as_str(), row.processor.as_str());
        if is_ours {
            tracing::error!(film, processor, problem = why, "a film could not be copied; it is tried again");
        } else {
            tracing::warn!(film, processor, problem = why, "a film could not be copied yet");
        }
        rows::Entity::update_many()
            .col_expr(rows::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(rows::Column::NextAtMs, Expr::value(Some(self.studio.now_ms() + wait)))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    async fn turn(&self, row: &rows::Model, state: CopyState, next_at_ms: Option<i64>) -> Result<bool> {
        let turned = rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(state))
            .col_expr(rows::Column::NextAtMs, Expr::value(next_at_ms))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(turned.rows_affected == 1)
    }

    async fn signed_playlist(
        &self,
        role: &dyn Streaming,
        account: &AccountId,
        film: &FilmId,
    ) -> Result<Option<String>> {
        let row = self.ready(account, What::Stream, role.processor());
        let row = row.filter(rows::Column::FilmId.eq(film.as_str())).one(self.studio.db().read()).await?;
        let Some((id, sealed)) = row.and_then(|row| Some((row.id, row.shown_sealed?))) else {
            return Ok(None);
        };
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let playback = self.opened(&key, &id, "shown", &sealed)?;
        let url = role.playlist_url(&playback, self.studio.now_ms() / SECOND_MS, WATCH_S);
        url.map(Some).map_err(Error::internal)
    }

    async fn signed_pictures(
        &self,
        role: &dyn Stills,
        account: &AccountId,
    ) -> Result<BTreeMap<FilmId, Picture>> {
        let ready = self.ready(account, What::Still, role.processor());
        let ready = ready.all(self.studio.db().read()).await?;
        if ready.is_empty() {
            return Ok(BTreeMap::new());
        }
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let now_s = self.studio.now_ms() / SECOND_MS;
        let since_s = now_s - now_s % SAME_S;
        let mut pictures = BTreeMap::new();
        for row in ready {
            let handle = self.opened(&key, &row.id, "handle", &row.handle_sealed)?;
            let mut links = Vec::new();
            for width in WIDTHS {
                let link = role.link(&handle, width, since_s, SHOW_S).map_err(Error::internal)?;
                links.push((width, link));
            }
            pictures.insert(FilmId::stored(row.film_id), Picture { links });
        }
        Ok(pictures)
    }

    fn ready(&self, account: &AccountId, what: What, processor: ProcessorId) -> Select<rows::Entity> {
        rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::What.eq(what))
            .filter(rows::Column::State.eq(CopyState::Ready))
            .filter(rows::Column::Processor.eq(processor.as_str()))
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
    rows::Entity::delete_by_id(row.id.as_str()).exec(db).await?;
    Ok(())
}

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "film_copies", row, column }
}
