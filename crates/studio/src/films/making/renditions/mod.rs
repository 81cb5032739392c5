//! Films in their other sizes: made of the same shots once a film is whole, one shot at a time and only while no order
//! waits for one, so that nobody's film comes later for it. A size is offered when all of it is there; nobody ever waits
//! for one.
//!
//! A row of `renditions_due` says that something of a film is left to be made, a row of `rendition_shots` that a shot is
//! there. How a film is played is not known here.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use cinema::Effort;
use policy::PurposeId;
use sea_orm::sea_query::{Expr, OnConflict, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use vault::ObjectId;

use super::claim::{Claimed, LEASE_MS};
use super::elsewhere;
use super::plan::{Planned, plan_in};
use super::render::{Task, render};
use super::shared;
use super::shot::{is_final, shared_shot};
use super::to_do::{ToDo, to_do};
use crate::accounts::in_use;
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::films::rows::{films, rendition_shots as made, renditions_due as left, shared_shots, shots};
use crate::films::{FilmId, FilmState, Persona, RenderError, ShotState, Show, Variant, lost_faces, persona};
use crate::jobs::{self, Job};
use crate::objects::id_in_row;
use crate::{AccountId, Class, Result, Studio, boxed};

/// How long a film waits when orders come first, or what it needs is not there.
const LATER_MS: i64 = 10 * SECOND_MS;
/// The same after a shot failed.
const BACK_OFF_MS: i64 = MINUTE_MS;
/// So many failures in a row, and what is not whole by then is given up.
const FAILURES_MAX: i32 = 3;
/// Films that are looked at in one go.
const AT_ONCE: u64 = 50;

/// A film is whole, or whole again: what it lacks in other sizes is made from now on.
pub(super) async fn ask(tx: &impl ConnectionTrait, studio: &Studio, film: &films::Model) -> Result<()> {
    let show = studio.catalogue().show(&film.film);
    if show.is_none_or(|show| show.others().is_empty()) {
        return Ok(());
    }
    let row = left::ActiveModel {
        film_id: Set(film.id.clone()),
        next_at_ms: Set(studio.now_ms()),
        failures: Set(0),
        claim: Set(None),
    };
    let anew = OnConflict::column(left::Column::FilmId)
        .update_columns([left::Column::NextAtMs, left::Column::Failures, left::Column::Claim])
        .to_owned();
    left::Entity::insert(row).on_conflict(anew).exec_without_returning(tx).await?;
    jobs::ask(tx, studio, Job::MakeRendition { film: FilmId::stored(film.id.clone()) }).await
}

/// The films of which something can be made now.
#[boxed]
pub(crate) async fn due(studio: &Studio) -> Result<Vec<FilmId>> {
    let rows = left::Entity::find()
        .filter(left::Column::NextAtMs.lte(studio.now_ms()))
        .filter(left::Column::FilmId.in_subquery(whole_films()))
        .order_by_asc(left::Column::NextAtMs)
        .limit(AT_ONCE)
        .all(studio.db().read())
        .await?;
    Ok(rows.into_iter().map(|row| FilmId::stored(row.film_id)).collect())
}

/// Films that are whole, of accounts for which something may be done.
fn whole_films() -> SelectStatement {
    films::Entity::find()
        .select_only()
        .column(films::Column::Id)
        .filter(films::Column::State.eq(FilmState::Ready))
        .filter(films::Column::AccountId.in_subquery(in_use()))
        .into_query()
}

/// Whether a shot of somebody's order is free to be made, of a film that is here: it comes first.
#[boxed]
pub(super) async fn must_wait(studio: &Studio) -> Result<bool> {
    Ok(to_do(studio).await?.iter().any(|to_do| matches!(to_do, ToDo::Shot { .. })))
}

/// Makes one shot that all copies share, or what is everyone's of one, ahead of any order.
#[boxed]
pub(crate) async fn ahead(studio: &Studio, key: &str) -> Result<()> {
    if must_wait(studio).await? {
        return Ok(());
    }
    shared_shot(studio, key).await.map(drop)
}

/// What is left to be made of a film.
enum Left {
    /// Nothing.
    Nothing,
    /// Shots that all copies share, which are being made ahead.
    Shared,
    /// A shot that was made ahead meanwhile: it only has to be entered.
    Entry(u32, Planned, i64),
    /// A personal shot.
    Shot(u32, Planned),
}

/// Makes one shot of a film in another size, if there is one to be made, and asks for the next.
#[boxed]
pub(crate) async fn next_shot(studio: &Studio, id: &FilmId) -> Result<()> {
    if must_wait(studio).await? {
        return Ok(());
    }
    let film = films::Entity::find_by_id(id.as_str()).filter(films::Column::Id.in_subquery(whole_films()));
    let Some(film) = film.one(studio.db().read()).await? else { return Ok(()) };
    let show = studio.catalogue().show_of(&film.film, film.film_version).cloned();
    if show.is_none() {
        // Another machine may have it, and says in the row when it is at it.
        let row = left::Entity::find_by_id(id.as_str()).one(studio.db().read()).await?;
        if row.is_none_or(|row| !elsewhere::is_over_since(studio, &film, row.next_at_ms)) {
            return Ok(());
        }
    }
    let Some(claim) = claim(studio, id).await? else { return Ok(()) };
    let Some(show) = show.filter(|show| !show.others().is_empty()) else {
        return end(studio, &film, &claim).await;
    };
    if is_painted(studio, id).await? {
        return end(studio, &film, &claim).await;
    }
    let made = match persona::without(studio, &show, &film, &lost_faces::of(&show, &film)).await {
        Ok(persona) => make(studio, &show, &film, &claim, persona).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => Ok(()),
        Err(error) if is_final(&error) => end(studio, &film, &claim).await,
        Err(error) if error.class() == Class::Unavailable => {
            tracing::warn!(film = %id, %error, "another size of a film waits for what is out of reach");
            later(studio, &film, &claim, LATER_MS).await
        }
        Err(error) => failed(studio, &film, &claim, &error.to_string()).await,
    }
}

async fn make(
    studio: &Studio,
    show: &Arc<Show>,
    film: &films::Model,
    claim: &str,
    persona: Persona,
) -> Result<()> {
    let (height, shot) = match find_left(studio, show, film, &persona).await? {
        Left::Nothing => return end(studio, film, claim).await,
        Left::Shared => return later(studio, film, claim, LATER_MS).await,
        Left::Entry(height, shot, bytes) => {
            let row = row(film, height, &shot, None, bytes);
            return enter(studio, film, claim, row, None).await;
        }
        Left::Shot(height, shot) => (height, shot),
    };
    let claimed = Claimed {
        film: Some(film.clone()),
        place: shot.place,
        key: shot.key.clone(),
        shared: false,
        height: Some(height),
        room: None,
        claim: claim.to_owned(),
        starts: 0,
    };
    match render(studio, show, &claimed, Task::Whole(persona, Effort::Fast)).await {
        Ok(bytes) => {
            let key = studio.data_key(&owner(film), PurposeId::Films).await?;
            let stored = studio.objects().store(&key, &bytes).await?;
            let row = row(film, height, &shot, Some(stored.id.to_string()), bytes.len() as i64);
            enter(studio, film, claim, row, Some(stored)).await
        }
        Err(RenderError::Stopped) => later(studio, film, claim, LATER_MS).await,
        Err(RenderError::Failed(detail)) => failed(studio, film, claim, &detail).await,
    }
}

/// The first thing that a film lacks, the lowest size first.
async fn find_left(studio: &Studio, show: &Show, film: &films::Model, persona: &Persona) -> Result<Left> {
    let there = of_film(studio.db().read(), &film.id).await?;
    let on_offer = studio.catalogue().show(&film.film);
    let is_on_offer = on_offer.is_some_and(|show| show.is_version(film.film_version));
    let mut rest = Left::Nothing;
    for variant in show.others() {
        let Some(height) = variant.height() else { continue };
        let mut lacks = plan_in(show, persona, variant, shared::effort(studio));
        lacks.retain(|shot| {
            // Of a face that is gone the key is another one, and the shot the same.
            let is_same =
                |row: &made::Model| row.shot_key == shot.key || lost_faces::shows(show, film, shot.place);
            !there
                .iter()
                .any(|row| row.height == height as i32 && row.place == shot.place as i32 && is_same(row))
        });
        // A size that will not be whole is not begun.
        if lacks.iter().any(|shot| lost_faces::shows(show, film, shot.place)) {
            continue;
        }
        let shared = lacks.iter().filter(|shot| shot.shared).map(|shot| shot.key.as_str());
        let shared = shared_shots::Entity::find()
            .filter(shared_shots::Column::ShotKey.is_in(shared))
            .all(studio.db().read())
            .await?;
        if shared.iter().any(|row| row.state == ShotState::Failed) {
            continue;
        }
        let ready_of =
            |key: &str| shared.iter().find(|row| row.shot_key == key && row.state == ShotState::Ready);
        // Ahead of orders only those of films on offer are made.
        if !is_on_offer && lacks.iter().any(|shot| shot.shared && ready_of(&shot.key).is_none()) {
            continue;
        }
        for shot in lacks {
            if !shot.shared {
                return Ok(Left::Shot(height, shot));
            }
            match ready_of(&shot.key) {
                Some(row) => return Ok(Left::Entry(height, shot, row.bytes.unwrap_or(0))),
                None => rest = Left::Shared,
            }
        }
    }
    Ok(rest)
}

fn row(
    film: &films::Model,
    height: u32,
    shot: &Planned,
    object: Option<String>,
    bytes: i64,
) -> made::ActiveModel {
    made::ActiveModel {
        film_id: Set(film.id.clone()),
        height: Set(height as i32),
        place: Set(shot.place as i32),
        shot_key: Set(shot.key.clone()),
        object: Set(object),
        bytes: Set(bytes),
    }
}

/// Takes the film into our hands; nothing when it is not due, or in others'.
async fn claim(studio: &Studio, id: &FilmId) -> Result<Option<String>> {
    let (claim, now) = (studio.new_id(), studio.now_ms());
    let won = left::Entity::update_many()
        .col_expr(left::Column::Claim, Expr::value(Some(claim.as_str())))
        .col_expr(left::Column::NextAtMs, Expr::value(now + LEASE_MS))
        .filter(left::Column::FilmId.eq(id.as_str()))
        .filter(left::Column::NextAtMs.lte(now))
        .exec(studio.db().write())
        .await?;
    Ok((won.rows_affected == 1).then_some(claim))
}

/// Enters a shot, if the film is still the one that it was made for, and asks for the next.
async fn enter(
    studio: &Studio,
    film: &films::Model,
    claim: &str,
    row: made::ActiveModel,
    stored: Option<crate::objects::Stored>,
) -> Result<()> {
    let (account, now) = (owner(film), studio.now_ms());
    let tx = studio.db().begin().await?;
    let same = films::Entity::update_many()
        .col_expr(films::Column::Revision, Expr::col(films::Column::Revision))
        .filter(films::Column::Id.eq(film.id.as_str()))
        .filter(films::Column::State.eq(FilmState::Ready))
        .filter(films::Column::Revision.eq(film.revision))
        .exec(&tx)
        .await?;
    let ours = left::Entity::update_many()
        .col_expr(left::Column::NextAtMs, Expr::value(now))
        .col_expr(left::Column::Failures, Expr::value(0))
        .col_expr(left::Column::Claim, Expr::value(None::<String>))
        .filter(left::Column::FilmId.eq(film.id.as_str()))
        .filter(left::Column::Claim.eq(claim))
        .exec(&tx)
        .await?;
    if (same.rows_affected, ours.rows_affected) != (1, 1) {
        tx.rollback().await?;
        let stored: Vec<ObjectId> = stored.into_iter().map(|stored| stored.id).collect();
        return studio.objects().delete(&stored).await;
    }
    // One that an earlier version of the program made of the same shot.
    let before = made::Entity::find()
        .filter(made::Column::FilmId.eq(film.id.as_str()))
        .filter(made::Column::Height.eq(*row.height.as_ref()))
        .filter(made::Column::Place.eq(*row.place.as_ref()))
        .all(&tx)
        .await?;
    let before = strike_out(&tx, before).await?;
    studio.objects().strike(&tx, &account, &before).await?;
    made::Entity::insert(row).exec_without_returning(&tx).await?;
    if let Some(stored) = &stored {
        studio.objects().enter(&tx, &account, "film-shot", stored).await?;
    }
    jobs::ask(&tx, studio, Job::MakeRendition { film: FilmId::stored(film.id.clone()) }).await?;
    tx.commit().await?;
    studio.backstage().nudge();
    studio.objects().delete(&before).await
}

/// Hands the film back for a while. The reconciler takes it up again.
async fn later(studio: &Studio, film: &films::Model, claim: &str, wait_ms: i64) -> Result<()> {
    left::Entity::update_many()
        .col_expr(left::Column::NextAtMs, Expr::value(studio.now_ms() + wait_ms))
        .col_expr(left::Column::Claim, Expr::value(None::<String>))
        .filter(left::Column::FilmId.eq(film.id.as_str()))
        .filter(left::Column::Claim.eq(claim))
        .exec(studio.db().write())
        .await?;
    Ok(())
}

async fn failed(studio: &Studio, film: &films::Model, claim: &str, detail: &str) -> Result<()> {
    let row = left::Entity::find_by_id(film.id.as_str()).one(studio.db().read()).await?;
    let failures = row.map_or(0, |row| row.failures) + 1;
    tracing::warn!(film = %film.id, failures, detail, "making another size of a film failed");
    if failures >= FAILURES_MAX {
        return end(studio, film, claim).await;
    }
    left::Entity::update_many()
        .col_expr(left::Column::Failures, Expr::col(left::Column::Failures).add(1))
        .filter(left::Column::FilmId.eq(film.id.as_str()))
        .filter(left::Column::Claim.eq(claim))
        .exec(studio.db().write())
        .await?;
    later(studio, film, claim, BACK_OFF_MS).await
}

/// Nothing more is made of a film. What is not whole by now serves nobody and goes.
async fn end(studio: &Studio, film: &films::Model, claim: &str) -> Result<()> {
    let tx = studio.db().begin().await?;
    let ended = left::Entity::delete_many()
        .filter(left::Column::FilmId.eq(film.id.as_str()))
        .filter(left::Column::Claim.eq(claim))
        .exec(&tx)
        .await?;
    if ended.rows_affected != 1 {
        tx.rollback().await?;
        return Ok(());
    }
    let shots = shots::Entity::find().filter(shots::Column::FilmId.eq(film.id.as_str())).count(&tx).await?;
    let there = of_film(&tx, &film.id).await?;
    let heights: Vec<i32> = there.iter().map(|row| row.height).collect();
    let of = |height: i32| heights.iter().filter(|other| **other == height).count() as u64;
    let parts = there.into_iter().filter(|row| of(row.height) < shots).collect();
    let objects = strike_out(&tx, parts).await?;
    studio.objects().strike(&tx, &owner(film), &objects).await?;
    tx.commit().await?;
    tracing::info!(film = %film.id, objects = objects.len(), "no other size of a film is left to be made");
    studio.objects().delete(&objects).await
}

/// Deletes rows; returns their objects, which the caller strikes out and deletes.
async fn strike_out(tx: &impl ConnectionTrait, rows: Vec<made::Model>) -> Result<Vec<ObjectId>> {
    let mut objects = Vec::new();
    for row in rows {
        objects.extend(row.object.as_deref().map(id_in_row).transpose()?);
        made::Entity::delete_many()
            .filter(made::Column::FilmId.eq(row.film_id))
            .filter(made::Column::Height.eq(row.height))
            .filter(made::Column::Place.eq(row.place))
            .exec(tx)
            .await?;
    }
    Ok(objects)
}

/// A film goes, and all of it in every size: the objects, which the caller strikes out and deletes.
pub(in crate::films) async fn forget(tx: &impl ConnectionTrait, film: &FilmId) -> Result<Vec<ObjectId>> {
    left::Entity::delete_many().filter(left::Column::FilmId.eq(film.as_str())).exec(tx).await?;
    let there = of_film(tx, film.as_str()).await?;
    strike_out(tx, there).await
}

/// Shots of a film that are made another time go in their other sizes as well, before anybody sees the new beside the
/// old: the objects, which the caller strikes out and deletes.
pub(in crate::films) async fn forget_waiting(
    tx: &impl ConnectionTrait,
    film: &FilmId,
) -> Result<Vec<ObjectId>> {
    let waiting = shots::Entity::find()
        .filter(shots::Column::FilmId.eq(film.as_str()))
        .filter(shots::Column::Shared.eq(false))
        .filter(shots::Column::State.eq(ShotState::Waiting))
        .all(tx)
        .await?;
    let mut old = of_film(tx, film.as_str()).await?;
    old.retain(|row| waiting.iter().any(|shot| shot.place == row.place));
    strike_out(tx, old).await
}

async fn of_film(db: &impl ConnectionTrait, film: &str) -> Result<Vec<made::Model>> {
    let rows = made::Entity::find().filter(made::Column::FilmId.eq(film));
    Ok(rows.order_by_asc(made::Column::Height).order_by_asc(made::Column::Place).all(db).await?)
}

/// Whether a shot was painted outside: it is there in the film's own size alone, and a drawing in its place would be another
/// film. So such a film has no other size.
async fn is_painted(studio: &Studio, film: &FilmId) -> Result<bool> {
    let painted = shots::Entity::find()
        .filter(shots::Column::FilmId.eq(film.as_str()))
        .filter(shots::Column::Painted.eq(true));
    Ok(painted.count(studio.db().read()).await? > 0)
}

/// Whether a film in another size uses a shot that copies share.
#[boxed]
pub(super) async fn use_shared(studio: &Studio, shot_key: &str) -> Result<bool> {
    let used = made::Entity::find().filter(made::Column::ShotKey.eq(shot_key));
    Ok(used.count(studio.db().read()).await? > 0)
}

/// The sizes that are there whole besides the film's own, each with its shots in the film's order.
pub(in crate::films) async fn whole<'s>(
    studio: &Studio,
    show: &'s Show,
    film: &films::Model,
) -> Result<Vec<(&'s Variant, Vec<made::Model>)>> {
    if show.others().is_empty() {
        return Ok(Vec::new());
    }
    let there = of_film(studio.db().read(), &film.id).await?;
    let common = there.iter().filter(|row| row.object.is_none()).map(|row| row.shot_key.as_str());
    let common = shared_shots::Entity::find()
        .filter(shared_shots::Column::ShotKey.is_in(common))
        .filter(shared_shots::Column::State.eq(ShotState::Ready))
        .all(studio.db().read())
        .await?;
    let is_there = |row: &made::Model| {
        row.object.is_some() || common.iter().any(|shared| shared.shot_key == row.shot_key)
    };
    let mut whole = Vec::new();
    for variant in show.others() {
        let of_size = |row: &&made::Model| Some(row.height.unsigned_abs()) == variant.height();
        let shots: Vec<made::Model> = there.iter().filter(of_size).cloned().collect();
        if shots.len() == show.film().shots().len() && shots.iter().all(is_there) {
            whole.push((variant, shots));
        }
    }
    Ok(whole)
}

/// A shot of a film in another size, if it is there.
#[boxed]
pub(in crate::films) async fn find(
    studio: &Studio,
    film: &films::Model,
    height: u32,
    place: usize,
) -> Result<Option<made::Model>> {
    let (Ok(height), Ok(place)) = (i32::try_from(height), i32::try_from(place)) else { return Ok(None) };
    let made = made::Entity::find()
        .filter(made::Column::FilmId.eq(film.id.as_str()))
        .filter(made::Column::Height.eq(height))
        .filter(made::Column::Place.eq(place));
    Ok(made.one(studio.db().read()).await?)
}

fn owner(film: &films::Model) -> AccountId {
    AccountId::stored(film.account_id.clone())
}
