//! Shots that are painted outside: asked for when an order becomes a film, fetched, and handed to whoever makes shots.
//!
//! No order is held up or failed by it. Until its time is over the shot is not free to be made; from then on it is, and
//! is drawn. Whatever goes wrong here only lets it go earlier. A wish is sent once; what the painter got is let go of as
//! soon as the picture is here or nobody wants it any more: then the wish is cancelled first. The row is the truth and
//! stays until that is done. What the painter has and no row knows is a stray, and is deleted there too.

mod picture;
pub(crate) mod rows;
mod steps;
pub(crate) mod strays;
mod video;

use film::GeneratedKind;
use likeness::Photo;
use policy::PurposeId;
use processors::role::PaintKind;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use vault::Place;

use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::films::{FilmId, Show};
use crate::handles::Which;
use crate::jobs::{self, Job};
use crate::orders::rows::orders;
use crate::{AccountId, Result, Studio, boxed, due};
use strays::Strays;

/// No call takes longer: a wish that was being sent for so long is no more in anybody's hands.
const CALL_MAX_MS: i64 = 2 * MINUTE_MS;
/// What was cancelled may still have been made: it is let go of again after this.
const AFTER_CANCEL_MS: i64 = MINUTE_MS;
/// Times that a shot is begun with what was painted; after that it is drawn.
const STARTS_MAX: i32 = 2;

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
    /// What was painted is here, the shot not made of it yet.
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

/// What was painted for a shot and is here.
pub(crate) enum Kept {
    /// A picture that the shot is made of.
    Picture(Photo),
    /// The shot itself: a moving picture is made into one as it comes in.
    Segment(Vec<u8>),
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
        let mut cents_left = terms.cents_per_order;
        let mut planned = Vec::new();
        for (place, shot) in show.film().shots().iter().enumerate() {
            let call = shot.generated.as_ref().and_then(|generated| terms.of(kind_of(generated.kind)));
            let Some(call) = call.filter(|call| call.cents <= cents_left) else { continue };
            cents_left -= call.cents;
            let until_ms = now + i64::from(call.wait_s) * SECOND_MS;
            let row = rows::ActiveModel {
                id: Set(studio.new_id()),
                account_id: Set(order.account_id.clone()),
                film_id: Set(film.to_owned()),
                place: Set(place as i32),
                photo_id: Set(photo.clone()),
                state: Set(State::Wanted),
                request_sealed: Set(None),
                picture_sealed: Set(None),
                cents: Set(call.cents as i32),
                asked_at_ms: Set(None),
                until_ms: Set(until_ms),
                tries: Set(0),
                next_at_ms: Set(now),
            };
            planned.push(Planned { row, place, until_ms });
        }
        planned
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
    #[boxed]
    pub(crate) async fn kept(&self, show: &Show, film: &str, place: usize, starts: i32) -> Option<Kept> {
        if self.studio.connected().painter.is_none() || starts > STARTS_MAX {
            return None;
        }
        let generated = show.film().shots().get(place)?.generated.as_ref()?;
        match self.find_kept(film, place, generated.kind).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(film, shot = place, %error, "what was painted cannot be used; the shot is drawn");
                None
            }
        }
    }

    async fn find_kept(&self, film: &str, place: usize, kind: GeneratedKind) -> Result<Option<Kept>> {
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
        let bytes = studio.vault().open_field(&key, &place_of(&row.id, "picture"), sealed)?;
        Ok(Some(match kind {
            GeneratedKind::Portrait => Kept::Picture(picture::reopened(bytes).await?),
            GeneratedKind::ImageToVideo => Kept::Segment(bytes),
        }))
    }

    /// The film or the photo goes: in the same transaction no picture is kept any more, what the painter has is let go
    /// of, and the shot need not wait.
    pub(crate) async fn gone(&self, tx: &impl ConnectionTrait, on: On<'_>) -> Result<()> {
        let hanging = match on {
            On::Film(film) => rows::Column::FilmId.eq(film),
            On::Photo(photo) => rows::Column::PhotoId.eq(photo),
        };
        let all = rows::Entity::find().filter(hanging.clone()).all(tx).await?;
        if all.is_empty() {
            return Ok(());
        }
        // First, so that what is fetched in this very moment is among those that are deleted.
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(State::Going))
            .col_expr(rows::Column::Tries, Expr::value(0))
            .col_expr(rows::Column::NextAtMs, Expr::value(0_i64))
            .filter(hanging.clone())
            .filter(rows::Column::State.eq(State::Asked))
            .exec(tx)
            .await?;
        rows::Entity::delete_many()
            .filter(hanging)
            .filter(rows::Column::State.is_in([State::Wanted, State::Fetched]))
            .exec(tx)
            .await?;
        for row in &all {
            let account = AccountId::stored(row.account_id.clone());
            self.studio.handles().let_go(tx, &account, Which::About(&row.id)).await?;
            self.free(tx, row).await?;
        }
        jobs::ask(tx, self.studio, Job::SeeToProcessors).await
    }

    /// Whether a photo of the account may be on its way to the painter in this moment, and no handle noted yet.
    #[boxed]
    pub(crate) async fn is_asking(&self, account: &AccountId) -> Result<bool> {
        let asking = self.asking().filter(rows::Column::AccountId.eq(account.as_str()));
        Ok(asking.one(self.studio.db().write()).await?.is_some())
    }

    /// Wishes that are being sent, in hands that are still at it.
    fn asking(&self) -> Select<rows::Entity> {
        rows::Entity::find()
            .filter(rows::Column::State.eq(State::Asking))
            .filter(rows::Column::AskedAtMs.gt(self.studio.now_ms() - CALL_MAX_MS))
    }

    /// Requests that no order knows and whose deletion takes longer than it may, the oldest first.
    #[boxed]
    pub(crate) async fn late_strays(&self) -> Result<Vec<strays::Late>> {
        Strays::new(self.studio).late().await
    }

    /// Goes on with what is due. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let now_ms = self.studio.now_ms();
        let strays = due::work_off(&Strays::new(self.studio), now_ms).await;
        due::work_off(self, now_ms).await.and(strays)
    }

    /// The painter told that a wish is over: what holds is asked. One that nobody here knows is deleted there.
    #[boxed]
    pub(crate) async fn heard(&self, request: &str) -> Result<()> {
        let studio = self.studio;
        let Some(painter) = &studio.connected().painter else { return Ok(()) };
        let processor = painter.processor();
        let Some(account) = studio.handles().owner(processor, request).await? else {
            // It may be that of a wish which is being sent, and have its handle in a moment.
            let is_asking = self.asking().one(studio.db().write()).await?.is_some();
            let wait_ms = if is_asking { CALL_MAX_MS } else { 0 };
            return Strays::new(studio).note(processor, request, wait_ms).await;
        };
        let asked = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::State.eq(State::Asked))
            .all(studio.db().read())
            .await?;
        for row in asked {
            let ticket = self.ticket(&row).await;
            match ticket {
                Ok(Some(ticket)) if ticket.request == request => return self.go_on(row).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(film = row.film_id, %error, "a request cannot be read; it is asked for in time");
                }
            }
        }
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

fn kind_of(kind: GeneratedKind) -> PaintKind {
    match kind {
        GeneratedKind::Portrait => PaintKind::Picture,
        GeneratedKind::ImageToVideo => PaintKind::Video,
    }
}

fn place_of<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "generated_shots", row, column }
}

#[cfg(test)]
mod tests;
