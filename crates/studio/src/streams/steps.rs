//! The steps of a copy: begun, sent, looked at until it is ready, sent anew.

use std::net::IpAddr;

use policy::{Personal, ProcessorId, PurposeId, kind};
use processors::role::{ARRIVES_WITHIN_S, Stream, StreamState, Streaming, Trouble, Way};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{QueryOrder, QuerySelect};
use vault::DataKey;

use super::rows::{self, CopyState, What};
use super::{Streams, WIDTHS, forget_one};
use crate::accounts::in_use;
use crate::clock::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::due::{self, Due};
use crate::films::rows::films;
use crate::films::{FilmState, own_poster, without_captions};
use crate::handles::Which;
use crate::{AccountId, Class, Error, Result, boxed, keys};

/// Who has hold of a copy works on it for so long at most: what was sent has arrived by then.
const LEASE_MS: i64 = ARRIVES_WITHIN_S * SECOND_MS;
/// The first looks at a film that is being made ready come quickly, in case nobody tells.
const LOOK_MS: i64 = 15 * SECOND_MS;
/// A film that a service cannot take under so many names is left alone.
pub(super) const ROUNDS_MAX: i32 = 3;
/// How names end that nobody outside a house knows.
const INSIDE: [&str; 5] = [".local", ".localhost", ".internal", ".lan", ".home.arpa"];
/// Rows worked on in one go.
const BATCH: u64 = 20;

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

impl From<Trouble> for Stuck {
    fn from(error: Trouble) -> Self {
        match error {
            Trouble::Away { why, after_s } => Self::Later { why, after_s, is_ours: false },
            Trouble::Refused(why) => Self::Later { why, after_s: None, is_ours: true },
        }
    }
}

impl From<Error> for Stuck {
    fn from(error: Error) -> Self {
        // An account that is about to end, or only stored, is left alone for the time being.
        Self::Later { why: error.to_string(), after_s: None, is_ours: error.class() == Class::Internal }
    }
}

impl Due for Streams<'_> {
    type Row = rows::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<rows::Model>> {
        let taken = self.taken().into_iter().map(|(what, _)| what);
        let due = rows::Entity::find()
            .filter(rows::Column::What.is_in(taken))
            .filter(rows::Column::NextAtMs.lte(until_ms))
            .order_by_asc(rows::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.studio.db().read()).await?)
    }

    async fn see_to(&self, row: &rows::Model) -> Result<()> {
        match self.takes_hold(row).await? {
            true => self.go_on(row.clone()).await,
            false => Ok(()),
        }
    }

    async fn put_off(&self, row: &rows::Model, why: &Error) -> Result<()> {
        self.later(row, &why.to_string(), None, why.class() == Class::Internal).await
    }
}

/// How a film gets from a site to a service: fetched where the site can be reached from outside, else sent.
pub(super) fn way_from(address: &str) -> Way {
    let host = address.strip_prefix("https://").and_then(|rest| rest.split(['/', ':']).next());
    let is_public = host.is_some_and(|host| match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => !(ip.is_private() || ip.is_loopback() || ip.is_link_local()),
        Ok(IpAddr::V6(_)) => false,
        Err(_) => host.contains('.') && !INSIDE.iter().any(|inside| host.ends_with(inside)),
    });
    if is_public { Way::Fetched } else { Way::Sent }
}

impl Streams<'_> {
    /// A row for each film that is whole and has none. One for which none can be made holds up no other.
    #[boxed]
    pub(super) async fn begin(&self, what: What, processor: ProcessorId) -> Result<()> {
        let mut after = String::new();
        loop {
            let have = Query::select()
                .column(rows::Column::FilmId)
                .from(rows::Entity)
                .and_where(Expr::cust("film_copies.film_id = films.id"))
                .and_where(rows::Column::What.eq(what))
                .to_owned();
            let whole = films::Entity::find()
                .filter(films::Column::State.eq(FilmState::Ready))
                .filter(films::Column::AccountId.in_subquery(in_use()))
                .filter(Expr::not_exists(have))
                .filter(films::Column::Id.gt(after.as_str()))
                .order_by_asc(films::Column::Id)
                .limit(BATCH)
                .all(self.studio.db().read())
                .await?;
            let Some(last) = whole.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for film in &whole {
                if let Err(error) = self.begin_one(film, what, processor).await {
                    tracing::warn!(film = film.id, %error, "the copy of a film could not be begun");
                }
            }
        }
    }

    async fn begin_one(&self, film: &films::Model, what: What, processor: ProcessorId) -> Result<()> {
        let studio = self.studio;
        let row = self.new_row(&film.account_id, &film.id, what, processor, 0, studio.now_ms()).await?;
        let once = OnConflict::columns([rows::Column::FilmId, rows::Column::What]).do_nothing().to_owned();
        rows::Entity::insert(row).on_conflict(once).exec_without_returning(studio.db().write()).await?;
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

    #[boxed]
    pub(super) async fn go_on(&self, row: rows::Model) -> Result<()> {
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
                self.turn(self.studio.db().write(), &row, CopyState::Failed, None).await.map(drop)
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
                Ok(self.turn(self.studio.db().write(), row, row.state, None).await.map(drop)?)
            }
            (What::Stream, state) => {
                let Some(role) = streaming else { return Ok(()) };
                let stream = if matches!(state, CopyState::Waiting | CopyState::Sending) {
                    let handed = self.hand_over(&**role, row, film, &account, &handle).await?;
                    if handed.is_none() {
                        return Ok(());
                    }
                    handed
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

    /// Has a film fetched, or sends it, as it gets there from this site. None: the copy is not wanted any more.
    async fn hand_over(
        &self,
        role: &dyn Streaming,
        row: &rows::Model,
        film: &films::Model,
        account: &AccountId,
        handle: &str,
    ) -> Result<Option<Stream>, Stuck> {
        let studio = self.studio;
        match role.way().unwrap_or_else(|| way_from(&studio.config().address)) {
            Way::Fetched => {
                let url = Personal::new(self.lend(account, film, &row.id)?);
                match self.sends(row, account, role.processor(), handle).await? {
                    true => Ok(Some(role.ingest(&row.id, &url).await?)),
                    false => Ok(None),
                }
            }
            Way::Sent => {
                let gone = Stuck::Never("a part of it, or its version in the catalogue, is gone");
                let file = Personal::new(without_captions(studio, film).await?.ok_or(gone)?);
                match self.sends(row, account, role.processor(), handle).await? {
                    true => Ok(Some(role.send(&row.id, &file).await?)),
                    false => Ok(None),
                }
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
            if told.state == CopyState::Ready {
                studio.0.last_lent.forget(&row.id);
            }
            let film = Some(row.film_id.as_str());
            studio.handles().renamed(&tx, &account, processor, film, [before, after]).await?;
            tx.commit().await?;
            return Ok(true);
        }
        tx.rollback().await?;
        studio.handles().let_go_late(&account, processor, &row.film_id, after).await?;
        Ok(false)
    }

    /// Sends a film anew under another name; what is there under the old one is let go of.
    async fn anew(&self, row: &rows::Model, handle: &str) -> Result<()> {
        let studio = self.studio;
        let rounds = row.rounds + 1;
        let account = AccountId::stored(row.account_id.clone());
        let processor: ProcessorId = row.processor.parse().map_err(Error::internal)?;
        if rounds >= ROUNDS_MAX {
            tracing::error!(film = row.film_id, "the streaming service cannot take a film; ours is watched");
            studio.0.last_lent.forget(&row.id);
            let tx = studio.db().begin().await?;
            studio.handles().let_go(&tx, &account, Which::One(processor, handle)).await?;
            self.turn(&tx, row, CopyState::Failed, None).await?;
            tx.commit().await?;
            return Ok(());
        }
        let at = studio.now_ms() + i64::from(rounds * rounds) * MINUTE_MS;
        let new = self.new_row(&row.account_id, &row.film_id, row.what, processor, rounds, at).await?;
        let tx = studio.db().begin().await?;
        studio.0.last_lent.forget(&row.id);
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
        let wait = due::wait_ms(MINUTE_MS, row.tries, after_s);
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

    async fn turn(
        &self,
        db: &impl ConnectionTrait,
        row: &rows::Model,
        state: CopyState,
        next_at_ms: Option<i64>,
    ) -> Result<bool> {
        let turned = rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(state))
            .col_expr(rows::Column::NextAtMs, Expr::value(next_at_ms))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .exec(db)
            .await?;
        Ok(turned.rows_affected == 1)
    }
}
