//! Who makes which shot: a claim in the shot's row, with a time until which it holds.
//!
//! A claim is one `UPDATE` that only one worker can win. Whoever holds it renews it while working; a
//! worker that died stops renewing, and the shot is free again. A claim is drawn anew for each start,
//! so a worker that was thought dead cannot finish what another has taken over.

use std::sync::Arc;

use film::Room;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::{shared, sides};
use crate::accounts::in_use;
use crate::clock::SECOND_MS;
use crate::films::rows::{films, renditions_due, shared_shots, shots};
use crate::films::standing::{Standing, standing};
use crate::films::{FilmState, ShotState, Show};
use crate::{Result, Studio, boxed};

/// How long a claim holds without being renewed.
pub(super) const LEASE_MS: i64 = 20 * SECOND_MS;
/// A shot that was begun so often without an end takes the whole process down with it: given up.
pub(super) const STARTS_MAX: i32 = 60;

/// A shot that is ours to make.
#[derive(Debug, Clone)]
pub(in crate::films) struct Claimed {
    /// Whose film, or nobody's when it is made ahead.
    pub film: Option<films::Model>,
    pub place: usize,
    pub key: String,
    pub shared: bool,
    /// In which size, if not in the one that the film is made for: then nobody waits for it.
    pub height: Option<u32>,
    /// Of a personal shot what is everyone's, for a room: nobody waits for that either.
    pub room: Option<Room>,
    /// Ours alone.
    pub claim: String,
    pub starts: i32,
}

impl Claimed {
    /// Whether nobody waits for it: what somebody waits for comes first.
    pub fn is_patient(&self) -> bool {
        self.film.is_none() || self.height.is_some()
    }
}

/// Claims the shot that the film's viewer needs first, of a film that is in the catalogue. Nothing is claimed of
/// another, so that who has it need not wait for us.
#[boxed]
pub(in crate::films) async fn next_of_film(
    studio: &Studio,
    film: &str,
) -> Result<Option<(Arc<Show>, Claimed)>> {
    let film = films::Entity::find_by_id(film).filter(films::Column::AccountId.in_subquery(in_use()));
    let Some(film) = film.one(studio.db().read()).await? else { return Ok(None) };
    if film.state != FilmState::Making {
        return Ok(None);
    }
    let Some(show) = studio.catalogue().show_of(&film.film, film.film_version).cloned() else {
        return Ok(None);
    };
    let now = studio.now_ms();
    let mut shots = standing(studio.db().read(), &film.id).await?;
    // From where the viewer stands to the end, then what lies before.
    let wanted = usize::try_from(film.wanted_shot).unwrap_or(0).min(shots.len());
    shots.rotate_left(wanted);
    for shot in shots.into_iter().filter(|shot| shot.claimable(now)) {
        if shot.is_missing {
            let row = shared::row(&show, &film.language, shot.place, shot.key.clone(), now);
            shared::insert(studio.db().write(), vec![row]).await?;
        }
        let claim = studio.new_id();
        let won = match shot.shared {
            true => claim_shared(studio, &shot.key, &claim).await?,
            false => claim_own(studio, &film.id, &shot, &claim).await?,
        };
        if won {
            let starts = shot.starts + 1;
            let (place, key, shared) = (shot.place, shot.key, shot.shared);
            let film = Some(film);
            let claimed = Claimed { film, place, key, shared, height: None, room: None, claim, starts };
            return Ok(Some((show, claimed)));
        }
    }
    Ok(None)
}

/// Claims one shared shot by its key.
#[boxed]
pub(super) async fn shared_by_key(studio: &Studio, key: &str) -> Result<Option<Claimed>> {
    let claim = studio.new_id();
    if !claim_shared(studio, key, &claim).await? {
        return Ok(None);
    }
    let row = shared_shots::Entity::find_by_id(key).one(studio.db().write()).await?;
    Ok(row.map(|row| {
        let (place, key, starts) = (row.place as usize, row.shot_key, row.starts);
        let (height, room) = (row.height.map(i32::unsigned_abs), row.room.and_then(sides::room));
        Claimed { film: None, place, key, shared: true, height, room, claim, starts }
    }))
}

async fn claim_own(studio: &Studio, film: &str, shot: &Standing, claim: &str) -> Result<bool> {
    use shots::Column as C;
    let now = studio.now_ms();
    let won = shots::Entity::update_many()
        .col_expr(C::State, Expr::value(ShotState::Making))
        .col_expr(C::Claim, Expr::value(Some(claim)))
        .col_expr(C::ClaimedUntilMs, Expr::value(Some(now + LEASE_MS)))
        .col_expr(C::Starts, Expr::col(C::Starts).add(1))
        .filter(C::FilmId.eq(film))
        .filter(C::Place.eq(shot.place as i32))
        .filter(C::ShotKey.eq(shot.key.as_str()))
        .filter(free(C::State, C::NotBeforeMs, C::ClaimedUntilMs, now))
        .exec(studio.db().write())
        .await?;
    Ok(won.rows_affected == 1)
}

async fn claim_shared(studio: &Studio, key: &str, claim: &str) -> Result<bool> {
    use shared_shots::Column as C;
    let now = studio.now_ms();
    let won = shared_shots::Entity::update_many()
        .col_expr(C::State, Expr::value(ShotState::Making))
        .col_expr(C::Claim, Expr::value(Some(claim)))
        .col_expr(C::ClaimedUntilMs, Expr::value(Some(now + LEASE_MS)))
        .col_expr(C::Starts, Expr::col(C::Starts).add(1))
        .filter(C::ShotKey.eq(key))
        .filter(free(C::State, C::NotBeforeMs, C::ClaimedUntilMs, now))
        .exec(studio.db().write())
        .await?;
    Ok(won.rows_affected == 1)
}

/// The condition under which a shot may be claimed; the same words for both tables.
fn free<C: ColumnTrait>(state: C, not_before: C, claimed_until: C, now_ms: i64) -> Condition {
    Condition::any()
        .add(state.eq(ShotState::Waiting).and(not_before.lte(now_ms)))
        .add(state.eq(ShotState::Making).and(claimed_until.is_null().or(claimed_until.lt(now_ms))))
}

/// Renews a claim; `false` when it is ours no more (the film was deleted, the name corrected).
#[boxed]
pub(in crate::films) async fn renew(studio: &Studio, claimed: &Claimed) -> Result<bool> {
    let until = studio.now_ms() + LEASE_MS;
    let renewed = if claimed.shared {
        use shared_shots::Column as C;
        shared_shots::Entity::update_many()
            .col_expr(C::ClaimedUntilMs, Expr::value(Some(until)))
            .filter(C::ShotKey.eq(claimed.key.as_str()))
            .filter(C::Claim.eq(claimed.claim.as_str()))
            .exec(studio.db().write())
            .await?
    } else if claimed.height.is_some() {
        use renditions_due::Column as C;
        renditions_due::Entity::update_many()
            .col_expr(C::NextAtMs, Expr::value(until))
            .filter(C::Claim.eq(claimed.claim.as_str()))
            .exec(studio.db().write())
            .await?
    } else {
        use shots::Column as C;
        shots::Entity::update_many()
            .col_expr(C::ClaimedUntilMs, Expr::value(Some(until)))
            .filter(C::Claim.eq(claimed.claim.as_str()))
            .exec(studio.db().write())
            .await?
    };
    Ok(renewed.rows_affected == 1)
}

/// Frees every claim: at the start of the only process there is, whoever held one is dead.
#[boxed]
pub(crate) async fn release_all(studio: &Studio) -> Result<u64> {
    let mut freed = shots::Entity::update_many()
        .col_expr(shots::Column::State, Expr::value(ShotState::Waiting))
        .col_expr(shots::Column::Claim, Expr::value(None::<String>))
        .filter(shots::Column::State.eq(ShotState::Making))
        .exec(studio.db().write())
        .await?
        .rows_affected;
    freed += shared_shots::Entity::update_many()
        .col_expr(shared_shots::Column::State, Expr::value(ShotState::Waiting))
        .col_expr(shared_shots::Column::Claim, Expr::value(None::<String>))
        .filter(shared_shots::Column::State.eq(ShotState::Making))
        .exec(studio.db().write())
        .await?
        .rows_affected;
    Ok(freed)
}
