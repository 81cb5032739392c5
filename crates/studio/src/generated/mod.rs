//! Shots that are painted outside: asked for when an order becomes a film, fetched, and handed to whoever makes shots.
//!
//! No order is held up or failed by it. Until its time is over the shot is not free to be made; from then on it is, and
//! is drawn. Whatever goes wrong here only lets it go earlier. A wish is sent once; what the painter got is let go of as
//! soon as the picture is here or nobody wants it any more: then the wish is cancelled first. The row is the truth and
//! stays until that is done.

mod picture;
pub(crate) mod rows;

use film::GeneratedKind;
use likeness::Photo;
use policy::{Personal, PurposeId};
use processors::role::{PaintError, PaintStage, PaintTicket, PaintWish, Painted, Painter};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, UpdateMany};
use vault::Place;

use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::films::rows::{films, shots};
use crate::films::{FilmId, FilmState, ShotState, Show, in_use};
use crate::handles::Which;
use crate::jobs::{self, Job};
use crate::orders::rows::orders;
use crate::photos::Picture;
use crate::{AccountId, Error, PhotoId, Result, Studio, keys};

/// How often the painter is asked when it does not tell by itself.
const POLL_MS: i64 = 5 * SECOND_MS;
/// No call takes longer: a wish that was being sent for so long is no more in anybody's hands.
const CALL_MAX_MS: i64 = 2 * MINUTE_MS;
/// What was cancelled may still have been made: it is let go of again after this.
const AFTER_CANCEL_MS: i64 = MINUTE_MS;
/// When an error of ours is looked at again.
const AGAIN_MS: i64 = 15 * SECOND_MS;
/// Times that a shot is begun with what was painted; after that it is drawn.
const STARTS_MAX: i32 = 2;
/// Rows looked at in one go.
const BATCH: u64 = 100;

/// Where a generated shot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    /// To be asked for.
    Wanted,
    /// The wish is being sent. Found again like this, it is not known whether it was taken.
    Asking,
    /// The painter has it.
    Asked,
    /// The picture is here, the shot not made of it yet.
    Fetched,
    /// Nobody wants it any more; it is cancelled and let go of.
    Going,
}

/// A generated shot of a film that is about to be entered.
pub(crate) struct Planned {
    row: rows::ActiveModel,
    /// Which of the film's shots.
    pub place: usize,
    /// Until then it is waited for.
    pub until_ms: i64,
}

/// Generated shots of a studio.
#[derive(Clone, Copy)]
pub struct Generated<'a> {
    studio: &'a Studio,
}

impl<'a> Generated<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// The shots of a film that are asked for outside: none without a painter, without a photo that was given for this
    /// very order, or above what an order may cost.
    pub(crate) fn plan(&self, show: &Show, film: &str, order: &orders::Model) -> Vec<Planned> {
        let studio = self.studio;
        let Some(painter) = &studio.connected().painter else { return Vec::new() };
        let (Some(photo), Some(_)) = (&order.photo_id, order.guardian_at_ms) else { return Vec::new() };
        let (terms, now) = (painter.terms(), studio.now_ms());
        let until_ms = now + i64::from(terms.wait_s) * SECOND_MS;
        // Moving pictures of strangers are not decoded here: see docs/film-format.md.
        let is_asked_for = |shot: &&film::ShotInfo| {
            shot.generated.as_ref().is_some_and(|generated| generated.kind == GeneratedKind::Portrait)
        };
        let places = (0_usize..).zip(show.film().shots()).filter(|(_, shot)| is_asked_for(shot));
        let affordable = terms.cents_per_order / terms.cents_per_call.max(1);
        let planned = places.take(affordable as usize).map(|(place, _)| Planned {
            row: rows::ActiveModel {
                id: Set(studio.new_id()),
                account_id: Set(order.account_id.clone()),
                film_id: Set(film.to_owned()),
                place: Set(place as i32),
                photo_id: Set(photo.clone()),
                state: Set(State::Wanted),
                request_sealed: Set(None),
                picture_sealed: Set(None),
                cents: Set(terms.cents_per_call as i32),
                asked_at_ms: Set(None),
                until_ms: Set(until_ms),
                tries: Set(0),
                next_at_ms: Set(now),
            },
            place,
            until_ms,
        });
        planned.collect()
    }

    /// Enters them in the transaction that enters the film.
    pub(crate) async fn insert(
        &self,
        tx: &impl ConnectionTrait,
        film: &FilmId,
        planned: Vec<Planned>,
    ) -> Result<()> {
        if planned.is_empty() {
            return Ok(());
        }
        for shot in &planned {
            let job = Job::MakeShot { film: film.clone(), place: shot.place };
            jobs::ask_later(tx, self.studio, job, shot.until_ms).await?;
        }
        let rows = planned.into_iter().map(|shot| shot.row);
        rows::Entity::insert_many(rows).exec_without_returning(tx).await?;
        jobs::ask(tx, self.studio, Job::SeeToProcessors).await
    }

    /// What was painted for a shot that is begun for the so-manieth time. Nothing means: it is drawn.
    pub(crate) async fn picture(&self, film: &str, place: usize, starts: i32) -> Option<Photo> {
        if self.studio.connected().painter.is_none() || starts > STARTS_MAX {
            return None;
        }
        match self.find_picture(film, place).await {
            Ok(picture) => picture,
            Err(error) => {
                tracing::warn!(film, shot = place, %error, "what was painted cannot be used; the shot is drawn");
                None
            }
        }
    }

    async fn find_picture(&self, film: &str, place: usize) -> Result<Option<Photo>> {
        let studio = self.studio;
        let row = rows::Entity::find()
            .filter(rows::Column::FilmId.eq(film))
            .filter(rows::Column::Place.eq(place as i32))
            .filter(rows::Column::State.eq(State::Fetched))
            .one(studio.db().read())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(sealed) = &row.picture_sealed else { return Ok(None) };
        let account = AccountId::stored(row.account_id.clone());
        let key = studio.data_key(&account, PurposeId::Films).await?;
        let jpeg = studio.vault().open_field(&key, &place_of(&row.id, "picture"), sealed)?;
        picture::reopened(jpeg).await.map(Some)
    }

    /// Something that generated shots hang on went: they are looked at at once.
    pub(crate) async fn look_again(&self, tx: &impl ConnectionTrait, on: On<'_>) -> Result<()> {
        let due = rows::Entity::update_many().col_expr(rows::Column::NextAtMs, Expr::value(0_i64));
        let due = match on {
            On::Film(film) => due.filter(rows::Column::FilmId.eq(film)),
            On::Photo(photo) => due.filter(rows::Column::PhotoId.eq(photo)),
        };
        if due.exec(tx).await?.rows_affected > 0 {
            jobs::ask(tx, self.studio, Job::SeeToProcessors).await?;
        }
        Ok(())
    }

    /// Goes on with what is due. One that fails holds up no other.
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let Some(painter) = &self.studio.connected().painter else { return Ok(()) };
        let due = rows::Entity::find()
            .filter(rows::Column::NextAtMs.lte(self.studio.now_ms()))
            .order_by_asc(rows::Column::NextAtMs)
            .limit(BATCH)
            .all(self.studio.db().read())
            .await?;
        for row in due {
            let (id, until_ms) = (row.id.clone(), row.until_ms);
            let (film, shot) = (row.film_id.clone(), row.place);
            if let Err(error) = self.go_on(&**painter, row).await {
                tracing::warn!(film, shot, %error, "a generated shot could not be seen to; it is tried again");
                self.later(&id, until_ms, AGAIN_MS).await?;
            }
        }
        Ok(())
    }

    /// The painter told that a wish is over: what holds is asked. One that is not ours is passed over.
    pub(crate) async fn heard(&self, request: &str) -> Result<()> {
        let studio = self.studio;
        let Some(painter) = &studio.connected().painter else { return Ok(()) };
        let Some(account) = studio.handles().owner(painter.processor(), request).await? else {
            return Ok(());
        };
        let asked = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::State.eq(State::Asked))
            .all(studio.db().read())
            .await?;
        for row in asked {
            if self.ticket(&row).await?.is_some_and(|ticket| ticket.request == request) {
                return self.go_on(&**painter, row).await;
            }
        }
        Ok(())
    }

    async fn go_on(&self, painter: &dyn Painter, row: rows::Model) -> Result<()> {
        let (now, is_wanted) = (self.studio.now_ms(), self.is_wanted(&row).await?);
        let in_time = now < row.until_ms;
        match row.state {
            State::Going => self.end(painter, row).await,
            State::Wanted if is_wanted && in_time => self.submit(painter, row).await,
            State::Asked if is_wanted && in_time => self.look(painter, row).await,
            // Whoever makes shots has it now.
            State::Fetched if is_wanted => self.later(&row.id, row.until_ms, AGAIN_MS).await,
            // In another's hands, unless that one is no more.
            State::Asking if now < row.asked_at_ms.unwrap_or(0) + CALL_MAX_MS => {
                self.later(&row.id, row.until_ms, AGAIN_MS).await
            }
            _ if is_wanted => self.give_up(painter, row, "it is late").await,
            _ => self.give_up(painter, row, "nobody needs it any more").await,
        }
    }

    /// Whether the shot is still to be made, for an account that is in use and of a photo that is there.
    async fn is_wanted(&self, row: &rows::Model) -> Result<bool> {
        let db = self.studio.db().read();
        let film = films::Entity::find_by_id(row.film_id.as_str())
            .filter(films::Column::AccountId.in_subquery(in_use()))
            .filter(films::Column::PhotoId.eq(row.photo_id.as_str()))
            .filter(films::Column::State.eq(FilmState::Making))
            .one(db)
            .await?;
        if film.is_none() {
            return Ok(false);
        }
        let shot = shots::Entity::find()
            .filter(shots::Column::FilmId.eq(row.film_id.as_str()))
            .filter(shots::Column::Place.eq(row.place))
            .filter(shots::Column::State.is_in([ShotState::Waiting, ShotState::Making]))
            .one(db)
            .await?;
        Ok(shot.is_some())
    }

    /// Sends the wish, once: from here on the row says that it may have been taken.
    async fn submit(&self, painter: &dyn Painter, row: rows::Model) -> Result<()> {
        let studio = self.studio;
        let began = self
            .turn(&row, State::Asking)
            .col_expr(rows::Column::AskedAtMs, Expr::value(Some(studio.now_ms())))
            .exec(studio.db().write())
            .await?;
        if began.rows_affected != 1 {
            return Ok(());
        }
        let row = rows::Model { state: State::Asking, ..row };
        let wish = match self.wish(painter, &row).await {
            Ok(wish) => wish,
            Err(error) => return self.give_up(painter, row, error.code()).await,
        };
        let ticket = match painter.submit(&wish).await {
            Ok(ticket) => ticket,
            Err(PaintError::Away { after_s, .. }) => {
                let tries = row.tries.saturating_add(1);
                self.turn(&row, State::Wanted)
                    .col_expr(rows::Column::Tries, Expr::value(tries))
                    .exec(studio.db().write())
                    .await?;
                return self.later(&row.id, row.until_ms, wait_ms(after_s)).await;
            }
            Err(error) => return self.give_up(painter, row, &error.to_string()).await,
        };
        if let Err(error) = self.asked(painter, &row, &ticket).await {
            // Nobody will be left to let go of it: at once, as far as that goes.
            let _ = painter.cancel(&ticket).await;
            if let Some(erases) = studio.connected().erases.get(&painter.processor()) {
                let _ = erases.erase(&ticket.request, studio.now_ms() / SECOND_MS).await;
            }
            return Err(error);
        }
        Ok(())
    }

    /// What goes out: the child's cut-out head alone, whoever else is in the photo, and the film's prompt.
    async fn wish(&self, painter: &dyn Painter, row: &rows::Model) -> Result<PaintWish> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let show = self.show(row).await?;
        let shot = show.film().shots().get(row.place as usize);
        let generated = shot.and_then(|shot| shot.generated.as_ref());
        let generated =
            generated.ok_or_else(|| Error::internal("the film's shot is not generated any more"))?;
        let photo = PhotoId::stored(row.photo_id.clone());
        let head = studio.photos().picture(&account, &photo, Picture::CutOut).await?;
        let address = &studio.config().address;
        // Where nobody reaches us from outside, the painter is asked instead.
        let webhook = address
            .starts_with("https://")
            .then(|| format!("{address}/webhooks/{}", painter.processor().as_str()));
        let (photo, prompt) = (Personal::new(head.bytes.to_vec()), generated.prompt.clone());
        Ok(PaintWish { photo, prompt, webhook })
    }

    /// Notes under which id the painter has it, in the same breath as its answer.
    async fn asked(&self, painter: &dyn Painter, row: &rows::Model, ticket: &PaintTicket) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let plain = serde_json::to_vec(ticket).map_err(Error::internal)?;
        let next_at_ms = studio.now_ms() + POLL_MS;
        let tx = studio.db().begin().await?;
        let (_, key) = keys::of_account(&tx, studio.vault(), &account).await?;
        let sealed = studio.vault().seal_field(&key, &place_of(&row.id, "request"), &plain);
        let asked = self
            .turn(row, State::Asked)
            .col_expr(rows::Column::RequestSealed, Expr::value(Some(sealed)))
            .col_expr(rows::Column::NextAtMs, Expr::value(next_at_ms))
            .exec(&tx)
            .await?;
        if asked.rows_affected != 1 {
            return Err(Error::internal("a generated shot went while it was asked for"));
        }
        studio.handles().note(&tx, &account, painter.processor(), Some(&row.id), &ticket.request).await?;
        jobs::ask_later(&tx, studio, Job::SeeToProcessors, next_at_ms).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Asks how far it is, and fetches what is done.
    async fn look(&self, painter: &dyn Painter, row: rows::Model) -> Result<()> {
        let Some(ticket) = self.ticket(&row).await? else {
            return self.give_up(painter, row, "its request is not known").await;
        };
        match painter.progress(&ticket).await {
            Ok(PaintStage::Over) => {}
            Ok(PaintStage::UnderWay) => return self.later(&row.id, row.until_ms, POLL_MS).await,
            Err(PaintError::Away { after_s, .. }) => {
                return self.later(&row.id, row.until_ms, wait_ms(after_s)).await;
            }
            Err(error) => return self.give_up(painter, row, &error.to_string()).await,
        }
        let picture = match painter.result(&ticket).await {
            Ok(Painted::Picture(picture)) => picture,
            Ok(Painted::Video(_)) => return self.give_up(painter, row, "it is no still picture").await,
            Err(PaintError::Away { after_s, .. }) => {
                return self.later(&row.id, row.until_ms, wait_ms(after_s)).await;
            }
            Err(error) => return self.give_up(painter, row, &error.to_string()).await,
        };
        let frame = self.show(&row).await?.rendition();
        match picture::taken_in(self.studio, picture, (frame.width, frame.height)).await {
            Ok(jpeg) => self.fetched(row, &jpeg).await,
            Err(error) => self.give_up(painter, row, error.sentence()).await,
        }
    }

    /// Keeps the picture for whoever makes the shot, and lets go of it outside at once.
    async fn fetched(&self, row: rows::Model, jpeg: &[u8]) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let key = studio.data_key(&account, PurposeId::Films).await?;
        let sealed = studio.vault().seal_field(&key, &place_of(&row.id, "picture"), jpeg);
        let tx = studio.db().begin().await?;
        let kept = self
            .turn(&row, State::Fetched)
            .col_expr(rows::Column::PictureSealed, Expr::value(Some(sealed)))
            .col_expr(rows::Column::RequestSealed, Expr::value(None::<Vec<u8>>))
            .col_expr(rows::Column::NextAtMs, Expr::value(studio.now_ms() + AGAIN_MS))
            .exec(&tx)
            .await?;
        if kept.rows_affected != 1 {
            // Told twice: another was a moment faster.
            return Ok(tx.rollback().await?);
        }
        studio.handles().let_go(&tx, &account, Which::About(&row.id)).await?;
        self.free(&tx, &row).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// The shot is drawn. What the painter may have is cancelled and let go of.
    async fn give_up(&self, painter: &dyn Painter, row: rows::Model, why: &str) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let tx = studio.db().begin().await?;
        let given_up = match row.state {
            State::Asked => {
                let going = self
                    .turn(&row, State::Going)
                    .col_expr(rows::Column::Tries, Expr::value(0))
                    .col_expr(rows::Column::NextAtMs, Expr::value(studio.now_ms()));
                going.exec(&tx).await?.rows_affected
            }
            _ => {
                let gone = rows::Entity::delete_many()
                    .filter(rows::Column::Id.eq(row.id.as_str()))
                    .filter(rows::Column::State.eq(row.state));
                gone.exec(&tx).await?.rows_affected
            }
        };
        if given_up != 1 {
            return Ok(tx.rollback().await?);
        }
        studio.handles().let_go(&tx, &account, Which::About(&row.id)).await?;
        self.free(&tx, &row).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        if row.state != State::Fetched {
            tracing::info!(film = %row.film_id, shot = row.place, problem = why, "a shot is not generated");
        }
        match row.state {
            State::Asked => self.end(painter, rows::Model { state: State::Going, tries: 0, ..row }).await,
            _ => Ok(()),
        }
    }

    /// Has the painter stop; after a while lets go of what was made all the same, and forgets it.
    async fn end(&self, painter: &dyn Painter, row: rows::Model) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let ticket = self.ticket(&row).await?;
        if let Some(ticket) = &ticket
            && row.tries == 0
        {
            if let Err(error) = painter.cancel(ticket).await {
                let processor = painter.processor().as_str();
                tracing::warn!(processor, problem = %error, "a wish was not cancelled; it is deleted all the same");
            }
            self.turn(&row, State::Going)
                .col_expr(rows::Column::Tries, Expr::value(1))
                .col_expr(rows::Column::NextAtMs, Expr::value(studio.now_ms() + AFTER_CANCEL_MS))
                .exec(studio.db().write())
                .await?;
            return Ok(());
        }
        let tx = studio.db().begin().await?;
        if let Some(ticket) = &ticket {
            studio.handles().note(&tx, &account, painter.processor(), Some(&row.id), &ticket.request).await?;
            studio.handles().let_go(&tx, &account, Which::About(&row.id)).await?;
        }
        rows::Entity::delete_by_id(row.id.as_str()).exec(&tx).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// The shot is free to be made now.
    async fn free(&self, tx: &impl ConnectionTrait, row: &rows::Model) -> Result<()> {
        let now = self.studio.now_ms();
        let freed = shots::Entity::update_many()
            .col_expr(shots::Column::NotBeforeMs, Expr::value(now))
            .filter(shots::Column::FilmId.eq(row.film_id.as_str()))
            .filter(shots::Column::Place.eq(row.place))
            .filter(shots::Column::State.eq(ShotState::Waiting))
            .filter(shots::Column::NotBeforeMs.eq(row.until_ms))
            .exec(tx)
            .await?;
        if freed.rows_affected == 1 {
            let film = FilmId::stored(row.film_id.clone());
            jobs::ask(tx, self.studio, Job::MakeShot { film, place: row.place as usize }).await?;
        }
        Ok(())
    }

    async fn show(&self, row: &rows::Model) -> Result<std::sync::Arc<Show>> {
        let film = films::Entity::find_by_id(row.film_id.as_str()).one(self.studio.db().read()).await?;
        let film = film.ok_or_else(|| Error::not_found("film-not-found"))?;
        let show = self.studio.catalogue().show(&film.film);
        let show = show.filter(|show| show.film().info().version as i32 == film.film_version);
        show.cloned().ok_or_else(|| Error::internal("the film is not in the catalogue in this version"))
    }

    async fn ticket(&self, row: &rows::Model) -> Result<Option<PaintTicket>> {
        let Some(sealed) = &row.request_sealed else { return Ok(None) };
        let account = AccountId::stored(row.account_id.clone());
        // Also of an account that is about to end: what it left outside is to be deleted.
        let (_, key) = keys::of_account(self.studio.db().read(), self.studio.vault(), &account).await?;
        let plain = self.studio.vault().open_field(&key, &place_of(&row.id, "request"), sealed)?;
        serde_json::from_slice(&plain).map(Some).map_err(Error::internal)
    }

    /// The row, from the state that it was seen in to another: of two that try, one succeeds.
    fn turn(&self, row: &rows::Model, to: State) -> UpdateMany<rows::Entity> {
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(to))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .filter(rows::Column::State.eq(row.state))
    }

    /// Looks again after a while, and when its time is over.
    async fn later(&self, id: &str, until_ms: i64, wait_ms: i64) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let at_ms = if now < until_ms { (now + wait_ms).min(until_ms) } else { now + wait_ms };
        let tx = studio.db().begin().await?;
        rows::Entity::update_many()
            .col_expr(rows::Column::NextAtMs, Expr::value(at_ms))
            .filter(rows::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        jobs::ask_later(&tx, studio, Job::SeeToProcessors, at_ms).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }
}

/// What a generated shot hangs on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum On<'a> {
    /// Its film.
    Film(&'a str),
    /// The photo that it is made of.
    Photo(&'a str),
}

fn wait_ms(after_s: Option<u64>) -> i64 {
    let asked = after_s.and_then(|seconds| i64::try_from(seconds).ok());
    asked.map_or(POLL_MS, |seconds| seconds.saturating_mul(SECOND_MS)).clamp(SECOND_MS, 10 * MINUTE_MS)
}

fn place_of<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "generated_shots", row, column }
}

#[cfg(test)]
mod tests;
