//! Shots that are in every copy: planned for each film and language, made once, ahead of any order.

use std::collections::BTreeSet;

use bytes::Bytes;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::create::{keep_first, plan_in};
use super::rows::{shared_shots, shots};
use super::{Persona, ShotState, Show, renditions, sides};
use crate::jobs::Job;
use crate::{Result, Studio, boxed};

/// Where the segment of a shared shot lies in the store.
pub(super) fn object_key(shot_key: &str) -> String {
    format!("shots/{}/{shot_key}.m4s", &shot_key[..2])
}

pub(super) fn row(
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
    shared_shots::Entity::insert_many(rows).on_conflict(keep_first()).exec_without_returning(tx).await?;
    Ok(())
}

/// Plans the shared shots of every film in every language and size. Returns the jobs for those that are not ready, in the
/// order of the films.
#[boxed]
pub(crate) async fn plan_all(studio: &Studio) -> Result<Vec<Job>> {
    let now = studio.now_ms();
    let mut wanted: Vec<(String, Option<u32>)> = Vec::new();
    for show in studio.catalogue().shows() {
        for language in &show.film().info().languages {
            let persona = Persona::nobody(language);
            let mut rows = Vec::new();
            for variant in show.variants() {
                for shot in plan_in(show, &persona, variant).into_iter().filter(|shot| shot.shared) {
                    let row = row(show, language, shot.place, shot.key.clone(), now);
                    let height = variant.height().map(|height| height as i32);
                    rows.push(shared_shots::ActiveModel { height: Set(height), ..row });
                    wanted.push((shot.key, variant.height()));
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
    let mut seen = BTreeSet::new();
    wanted.retain(|(key, _)| !ready.contains(key) && seen.insert(key.clone()));
    let jobs = wanted.into_iter().map(|(key, height)| match height {
        None => Job::PrepareShared { key },
        Some(_) => Job::PrepareRendition { key },
    });
    let sides = sides::waiting(studio).await?.into_iter().map(|key| Job::PrepareRendition { key });
    Ok(jobs.chain(sides).collect())
}

/// The segment of a shared shot. One that has gone from the store is made again.
#[boxed]
pub(super) async fn segment(studio: &Studio, shot_key: &str) -> Result<Option<Bytes>> {
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

/// Forgets shared shots that no film in the catalogue and no copy needs any more.
#[boxed]
pub(crate) async fn forget_unused(studio: &Studio) -> Result<u64> {
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for show in studio.catalogue().shows() {
        for language in &show.film().info().languages {
            for variant in show.variants() {
                let planned = plan_in(show, &Persona::nobody(language), variant);
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
        let used = shots::Entity::find()
            .filter(shots::Column::ShotKey.eq(row.shot_key.as_str()))
            .one(studio.db().read())
            .await?;
        if used.is_none() && !renditions::use_shared(studio, &row.shot_key).await? {
            studio.vault().delete_shared(&object_key(&row.shot_key)).await?;
            shared_shots::Entity::delete_by_id(row.shot_key).exec(studio.db().write()).await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}
