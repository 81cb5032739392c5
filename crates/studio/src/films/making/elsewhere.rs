//! A film that this program does not have, or not in the version that was ordered: another machine may have it, and
//! makes it. Here it is left alone: what is asked of us for it is handed on while others are at it, and it is given up
//! when nobody was for long.
//!
//! For how long is known to this process alone: times in rows may be of a backup, or of days on which nothing ran.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::fail;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::films::ShotState;
use crate::films::rows::films;
use crate::films::standing::{Standing, standing};
use crate::jobs::{self, Job};
use crate::{Result, Studio, boxed};

/// So long a film may take to come back where another machine may have it.
const PATIENCE_MS: i64 = 3 * DAY_MS;
/// The same where there is no other.
const PATIENCE_ALONE_MS: i64 = HOUR_MS;
/// Before that others are at it, and there is nothing to tell.
const QUIET_MS: i64 = MINUTE_MS;
/// Others find what is handed on after this.
const HANDED_ON_MS: i64 = 2 * SECOND_MS;
/// How often it is told of a film that is waited for.
const TOLD_EVERY_MS: i64 = HOUR_MS;
/// What was not asked for during this is noticed anew: others had it, its account was not in use, or nothing ran.
const GAP_MS: i64 = HOUR_MS;

/// The films that this process lacks, as far as something was to be done for them of late.
#[derive(Debug, Default)]
pub(crate) struct Lacked(Mutex<HashMap<String, Noticed>>);

/// A film that is lacking.
#[derive(Debug)]
struct Noticed {
    /// When it was noticed first, or others made a shot of it.
    since_ms: i64,
    last_ms: i64,
    /// Shots that were ready then.
    ready: usize,
    told_ms: Option<i64>,
}

impl Lacked {
    /// Notices that a film is lacking, of which so many shots are ready; since when nothing became of it.
    fn notice(&self, film: &str, ready: usize, now_ms: i64) -> i64 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, noticed| now_ms - noticed.last_ms <= GAP_MS);
        let new = Noticed { since_ms: now_ms, last_ms: now_ms, ready, told_ms: None };
        let noticed = all.entry(film.to_owned()).or_insert(new);
        if noticed.ready != ready {
            (noticed.since_ms, noticed.ready) = (now_ms, ready);
        }
        noticed.last_ms = now_ms;
        noticed.since_ms
    }

    /// Whether it is to be told of a film that was noticed: from time to time.
    fn is_to_be_told(&self, film: &str, now_ms: i64) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(noticed) = all.get_mut(film) else { return false };
        let is_due = noticed.told_ms.is_none_or(|told_ms| now_ms - told_ms >= TOLD_EVERY_MS);
        if is_due {
            noticed.told_ms = Some(now_ms);
        }
        is_due
    }
}

/// Whether something of a film, in this version, is for other machines to see to: the film is unknown here, or only in
/// earlier versions. With SQLite there is no other.
pub(in crate::films) fn is_others(studio: &Studio, slug: &str, version: i32) -> bool {
    let newest = studio.catalogue().newest(slug);
    studio.db().is_postgres() && newest.is_none_or(|newest| newest < version)
}

/// For how long nobody has been at a film that is lacking, in milliseconds.
fn alone_ms(studio: &Studio, film: &films::Model, shots: &[Standing]) -> i64 {
    let now = studio.now_ms();
    let ready = shots.iter().filter(|shot| shot.state == ShotState::Ready).count();
    let noticed_ms = studio.backstage().lacked().notice(&film.id, ready, now);
    // Who is at it, or has it and cannot make it now, says so in its shots.
    let at_it = shots.iter().flat_map(|shot| [Some(shot.not_before_ms), shot.claimed_until_ms]);
    now - at_it.flatten().fold(noticed_ms, i64::max)
}

fn is_long(studio: &Studio, alone_ms: i64) -> bool {
    alone_ms >= if studio.db().is_postgres() { PATIENCE_MS } else { PATIENCE_ALONE_MS }
}

/// Whether a film that is being made and is lacking is not waited for any more. One that was whole before stays its
/// owner's and is waited for, however long it takes.
pub(super) fn is_over(studio: &Studio, film: &films::Model, shots: &[Standing]) -> bool {
    let alone_ms = alone_ms(studio, film, shots);
    if alone_ms >= QUIET_MS && studio.backstage().lacked().is_to_be_told(&film.id, studio.now_ms()) {
        let detail = format!("{} {}", film.film, film.film_version);
        tracing::warn!(
            film = %film.id,
            detail,
            "a film waits for a machine that has it: it is not in the catalogue here"
        );
    }
    film.ready_at_ms.is_none() && is_long(studio, alone_ms)
}

/// The same of the other sizes of a film that is whole.
pub(super) fn is_over_in_other_sizes(studio: &Studio, film: &films::Model) -> bool {
    is_long(studio, alone_ms(studio, film, &[]))
}

/// Leaves a film that is being made to those who have it, and hands them the job that came to us. Nothing is claimed, so
/// none of them waits for us. When nobody was at it for a while, nothing is handed on any more: who has it finds in the
/// rows what is to be done.
#[boxed]
pub(super) async fn leave(studio: &Studio, film: &films::Model, job: &Job) -> Result<()> {
    let shots = standing(studio.db().read(), &film.id).await?;
    if is_over(studio, film, &shots) {
        return fail::film(studio, &film.id).await;
    }
    let now = studio.now_ms();
    let is_to_do = match job {
        Job::FinishFilm { .. } => shots.iter().all(|shot| shot.state == ShotState::Ready),
        _ => shots.iter().any(|shot| shot.claimable(now)),
    };
    if is_to_do && alone_ms(studio, film, &shots) < QUIET_MS {
        jobs::ask_later(studio.db().write(), studio, job.clone(), now + HANDED_ON_MS).await?;
    }
    Ok(())
}
