//! Shots that are in every copy: planned for each film and language, made once, ahead of any order and while nobody waits,
//! with time for few bytes. An order that comes before takes what it lacks made quickly, under another key, and keeps it.

use std::collections::BTreeSet;

use bytes::Bytes;
use cinema::Effort;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::plan::plan_in;
use super::{renditions, sides};
use crate::films::rows::{shared_shots, shots};
use crate::films::{Persona, ShotState, Show};
use crate::jobs::Job;
use crate::{Result, Studio, boxed};

/// Where the segment of a shared shot lies in the store.
pub(in crate::films) fn object_key(shot_key: &str) -> String {
    format!("shots/{}/{shot_key}.m4s", &shot_key[..2])
}

pub(in crate::films) fn row(
    show: &Show,
    language: &str,
    place: usize,
    key: String,
    now_ms: i64,
) -> shared_shots::ActiveModel {
    shared_shots::ActiveModel {
        shot_key: Set(key),
        film: Set(show.slug().to_owned()),
        film_version: Set(show.film().info().version as i32),
        language: Set(language.to_owned()),
        place: Set(place as i32),
        height: Set(None),
        room: Set(None),
        state: Set(ShotState::Waiting),
        bytes: Set(None),
        starts: Set(0),
        failures: Set(0),
        claim: Set(None),
        claimed_until_ms: Set(None),
        not_before_ms: Set(now_ms),
    }
}

/// Enters rows; those that are there already stay as they are.
pub(super) async fn insert(tx: &impl ConnectionTrait, rows: Vec<shared_shots::ActiveModel>) -> Result<()> {
    // In one order everywhere, so that two transactions never wait for each other.
    let mut rows = rows;
    rows.sort_by(|a, b| a.shot_key.as_ref().cmp(b.shot_key.as_ref()));
    rows.dedup_by(|a, b| a.shot_key == b.shot_key);
    let keep_first = OnConflict::column(shared_shots::Column::ShotKey).do_nothing().to_owned();
    shared_shots::Entity::insert_many(rows).on_conflict(keep_first).exec_without_returning(tx).await?;
    Ok(())
}

/// The same for an order: what was given up for another one is tried again. How often it was begun stays counted: one
/// that ends the process is not begun as often again for each order; the desk forgets that, too.
pub(in crate::films) async fn insert_anew(
    tx: &impl ConnectionTrait,
    rows: Vec<shared_shots::ActiveModel>,
) -> Result<()> {
    use shared_shots::Column as C;
    let keys: Vec<String> = rows.iter().map(|row| row.shot_key.as_ref().clone()).collect();
    insert(tx, rows).await?;
    shared_shots::Entity::update_many()
        .col_expr(C::State, Expr::value(ShotState::Waiting))
        .col_expr(C::Failures, Expr::value(0))
        .filter(C::ShotKey.is_in(keys))
        .filter(C::State.eq(ShotState::Failed))
        .exec(tx)
        .await?;
    Ok(())
}

/// The effort that is put into what is made ahead.
pub(super) fn effort(studio: &Studio) -> Effort {
    if studio.config().spare_time { Effort::Best } else { Effort::Fast }
}

/// The effort with which the shared shot of a key is made.
pub(super) fn effort_of(show: &Show, place: usize, language: &str, height: Option<u32>, key: &str) -> Effort {
    let is_well = show.variant(height).is_some_and(|variant| {
        show.segment_key_in(place, &Persona::nobody(language), variant, Effort::Best) == key
    });
    if is_well { Effort::Best } else { Effort::Fast }
}

/// The keys of the shared shots of a film that were made ahead in its own size.
#[boxed]
pub(crate) async fn ready(studio: &Studio, show: &Show, language: &str) -> Result<BTreeSet<String>> {
    let plan = plan_in(show, &Persona::nobody(language), show.own(), Effort::Best);
    let keys = plan.into_iter().filter(|shot| shot.shared).map(|shot| shot.key);
    let ready = shared_shots::Entity::find()
        .filter(shared_shots::Column::ShotKey.is_in(keys))
        .filter(shared_shots::Column::State.eq(ShotState::Ready))
        .all(studio.db().read())
        .await?;
    Ok(ready.into_iter().map(|row| row.shot_key).collect())
}

/// Plans the shared shots of every film in every language and size, and then what is everyone's of the personal ones.
/// Returns the jobs for those that are not ready: what orders asked for first.
#[boxed]
pub(crate) async fn plan_all(studio: &Studio) -> Result<Vec<Job>> {
    let (now, effort) = (studio.now_ms(), effort(studio));
    let (mut wanted, mut after): (Vec<String>, Vec<String>) = Default::default();
    for show in studio.catalogue().shows() {
        for language in &show.film().info().languages {
            let persona = Persona::nobody(language);
            let mut rows = sides::of_all_rooms(studio, show, language);
            after.extend(rows.iter().map(|row| row.shot_key.as_ref().clone()));
            for variant in show.variants() {
                let plan = plan_in(show, &persona, variant, effort);
                for shot in plan.into_iter().filter(|shot| shot.shared) {
                    let row = row(show, language, shot.place, shot.key.clone(), now);
                    let height = variant.height().map(|height| height as i32);
                    rows.push(shared_shots::ActiveModel { height: Set(height), ..row });
                    wanted.push(shot.key);
                }
            }
            if !rows.is_empty() {
                insert(studio.db().write(), rows).await?;
            }
        }
    }
    let ready: BTreeSet<String> = shared_shots::Entity::find()
        .filter(shared_shots::Column::State.is_in([ShotState::Ready, ShotState::Failed]))
        .all(studio.db().read())
        .await?
        .into_iter()
        .map(|row| row.shot_key)
        .collect();
    // What orders asked for first: each that comes is spared work by it.
    let mut keys = sides::waiting(studio).await?;
    keys.retain(|key| !after.contains(key));
    keys.extend(wanted);
    keys.extend(after);
    let mut seen = BTreeSet::new();
    keys.retain(|key| !ready.contains(key) && seen.insert(key.clone()));
    Ok(keys.into_iter().map(|key| Job::MakeAhead { key }).collect())
}

/// The segment of a shared shot. One that has gone from the store is made again.
#[boxed]
pub(in crate::films) async fn segment(studio: &Studio, shot_key: &str) -> Result<Option<Bytes>> {
    let found = studio.vault().get_shared(&object_key(shot_key)).await?;
    if found.is_none() {
        shared_shots::Entity::update_many()
            .col_expr(shared_shots::Column::State, Expr::value(ShotState::Waiting))
            .filter(shared_shots::Column::ShotKey.eq(shot_key))
            .filter(shared_shots::Column::State.eq(ShotState::Ready))
            .exec(studio.db().write())
            .await?;
        tracing::warn!(shot_key, "a shared shot has gone from the store; it is made again");
    }
    Ok(found)
}

/// Forgets shared shots that no film in the catalogue and no copy needs any more. What another machine has made ahead of a
/// film that only it has is made anew there.
#[boxed]
pub(crate) async fn forget_unused(studio: &Studio) -> Result<u64> {
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for show in studio.catalogue().shows() {
        for language in &show.film().info().languages {
            for variant in show.variants() {
                let planned = plan_in(show, &Persona::nobody(language), variant, effort(studio));
                needed.extend(planned.into_iter().map(|shot| shot.key));
            }
            needed.extend(sides::keys(studio, show, language));
        }
    }
    let mut forgotten = 0;
    for row in shared_shots::Entity::find().all(studio.db().read()).await? {
        if needed.contains(&row.shot_key) {
            continue;
        }
        if renditions::use_shared(studio, &row.shot_key).await? {
            continue;
        }
        let in_films = Query::select()
            .column(shots::Column::FilmId)
            .from(shots::Entity)
            .and_where(shots::Column::ShotKey.eq(row.shot_key.as_str()))
            .to_owned();
        // In one: an order may ask for it at this moment, and finds either the row or none.
        let gone = shared_shots::Entity::delete_many()
            .filter(shared_shots::Column::ShotKey.eq(row.shot_key.as_str()))
            .filter(Expr::not_exists(in_films))
            .exec(studio.db().write())
            .await?;
        if gone.rows_affected == 1 {
            studio.vault().delete_shared(&object_key(&row.shot_key)).await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}
