//! Making one shot: claim, draw and encode, store, enter. Run by two workers at once it is made
//! once; killed at any point it is made again.

use std::sync::Arc;

use cinema::Effort;
use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};

use super::claim::{self, Claimed, STARTS_MAX};
use super::render::{Task, render};
use super::sides::Side;
use super::{complete, fail, shared, sides};
use crate::clock::SECOND_MS;
use crate::films::rows::{films, shared_shots, shots};
use crate::films::{FilmId, Persona, Placed, RenderError, ShotState, Show, persona};
use crate::generated::Kept;
use crate::jobs::{self, Job};
use crate::{AccountId, Class, Error, Result, Studio, boxed, orders};

/// Waiting times after failures; as many failures more and the shot is given up.
const BACK_OFF_MS: [i64; 3] = [2 * SECOND_MS, 10 * SECOND_MS, 60 * SECOND_MS];

/// How long a shot waits when what it needs is out of reach.
const AWAY_MS: i64 = 15 * SECOND_MS;

/// What a job found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// Nothing: others are at it, or it is done.
    Nothing,
    /// One shot.
    Shot,
    /// One shot failed; it is tried again later, or given up.
    Failed,
}

/// Makes the shot of a film that its viewer needs first.
#[boxed]
pub(crate) async fn next_shot(studio: &Studio, film: &FilmId) -> Result<Made> {
    let Some((show, claimed)) = claim::next_of_film(studio, film.as_str()).await? else {
        return Ok(Made::Nothing);
    };
    let Some(film) = claimed.film.clone() else { return Ok(Made::Nothing) };
    orders::begun(studio.db().write(), &film.order_id).await?;
    if claimed.shared {
        let persona = Persona::nobody(&film.language);
        return make(studio, &show, claimed, persona, None).await;
    }
    match persona::of_shot(studio, &show, &film, claimed.place).await {
        Ok(persona) => {
            let (place, starts) = (claimed.place, claimed.starts);
            let kept = studio.generated().kept(&show, &film.id, place, starts).await;
            make(studio, &show, claimed, persona, kept).await
        }
        Err(error) if error.class() == Class::Unavailable => away(studio, &claimed, &error).await,
        Err(error) => failed(studio, &claimed, &error.to_string(), is_final(&error)).await,
    }
}

/// Makes one shared shot ahead of any order. One of a film that is not in the catalogue, or a side that another version
/// of the program asked for, is left to whoever has or understands it: it fails for none of them.
#[boxed]
pub(super) async fn shared_shot(studio: &Studio, key: &str) -> Result<Made> {
    let row = shared_shots::Entity::find_by_id(key).one(studio.db().read()).await?;
    let Some(row) = row else { return Ok(Made::Nothing) };
    let show = studio.catalogue().show_of(&row.film, row.film_version).cloned();
    let show = show.filter(|show| row.room.is_none() || sides::is_ours(show, &row));
    let Some(show) = show else { return Ok(Made::Nothing) };
    let Some(claimed) = claim::shared_by_key(studio, key).await? else { return Ok(Made::Nothing) };
    make(studio, &show, claimed, Persona::nobody(&row.language), None).await
}

/// A photo that was deleted does not come back: trying again changes nothing.
pub(super) fn is_final(error: &Error) -> bool {
    matches!(error.code(), "photo-not-found" | "face-not-chosen" | "account-not-found")
}

/// Makes it of what was painted for it, if there is something, else draws it.
async fn make(
    studio: &Studio,
    show: &Arc<Show>,
    claimed: Claimed,
    persona: Persona,
    kept: Option<Kept>,
) -> Result<Made> {
    if claimed.starts > STARTS_MAX {
        return failed(studio, &claimed, "it was begun too often without an end", true).await;
    }
    let (made, painted) = match kept {
        Some(Kept::Segment(bytes)) => (Ok(bytes), true),
        Some(Kept::Picture(picture)) => match render(studio, show, &claimed, Task::Painted(picture)).await {
            // Nothing fails by what was painted: the drawn shot stands in for it.
            Err(RenderError::Failed(detail)) => {
                tracing::warn!(
                    shot = claimed.place,
                    detail,
                    "a shot is drawn, as what was painted for it does not fit"
                );
                (drawn(studio, show, &claimed, persona).await, false)
            }
            made => (made, true),
        },
        None => (drawn(studio, show, &claimed, persona).await, false),
    };
    match made {
        Ok(bytes) => {
            let entered = match &claimed.film {
                Some(film) if !claimed.shared => enter_own(studio, film, &claimed, bytes, painted).await,
                _ => enter_shared(studio, &claimed, bytes).await,
            };
            match entered {
                Err(error) if error.class() == Class::Unavailable => away(studio, &claimed, &error).await,
                entered => entered,
            }
        }
        Err(RenderError::Stopped) => {
            // Stopped for an order, it is free again; if another took it over meanwhile, nothing happens.
            let (db, now) = (studio.db().write(), studio.now_ms());
            hand_back(db, &claimed, ShotState::Waiting, Counted::NoStart, now).await?;
            Ok(Made::Nothing)
        }
        Err(RenderError::Failed(detail)) => failed(studio, &claimed, &detail, false).await,
    }
}

/// Draws it: a personal shot beside what is everyone's of it where that is there, else whole.
async fn drawn(
    studio: &Studio,
    show: &Arc<Show>,
    claimed: &Claimed,
    persona: Persona,
) -> Result<Vec<u8>, RenderError> {
    if let Some(room) = claimed.room {
        return render(studio, show, claimed, Task::Side(persona, room)).await;
    }
    let side = if claimed.shared { None } else { side(studio, show, claimed.place, &persona).await };
    if let Some((side, placed)) = side {
        match render(studio, show, claimed, Task::Beside(placed, side.clone())).await {
            // Nothing fails by what was made ahead: the whole shot stands in for it.
            Err(RenderError::Failed(detail)) => sides::spoilt(studio, &side, &detail).await,
            Ok(bytes) if bytes.is_empty() => {
                tracing::warn!(
                    shot = claimed.place,
                    "a shot is made whole, as its side leaves out other parts"
                );
            }
            made => return made,
        }
    }
    let effort = match claimed.shared {
        true => shared::effort_of(show, claimed.place, &persona.language, claimed.height, &claimed.key),
        false => Effort::Fast,
    };
    render(studio, show, claimed, Task::Whole(persona, effort)).await
}

async fn side(
    studio: &Studio,
    show: &Arc<Show>,
    place: usize,
    persona: &Persona,
) -> Option<(Side, Box<dyn Placed>)> {
    let found = sides::of_shot(studio, show, place, persona).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(shot = place, %error, "what was made ahead of a shot is out of reach; it is made whole");
        None
    })
}

/// Stores a personal shot under the account's key and enters it, if it is still ours to enter.
async fn enter_own(
    studio: &Studio,
    film: &films::Model,
    claimed: &Claimed,
    bytes: Vec<u8>,
    painted: bool,
) -> Result<Made> {
    use shots::Column as C;
    let account = AccountId::stored(film.account_id.clone());
    let key = studio.data_key(&account, PurposeId::Films).await?;
    let stored = studio.objects().store(&key, &bytes).await?;
    let now = studio.now_ms();
    let tx = studio.db().begin().await?;
    let entered = shots::Entity::update_many()
        .col_expr(C::State, Expr::value(ShotState::Ready))
        .col_expr(C::Object, Expr::value(Some(stored.id.to_string())))
        .col_expr(C::Bytes, Expr::value(Some(bytes.len() as i64)))
        .col_expr(C::Painted, Expr::value(painted))
        .col_expr(C::Claim, Expr::value(None::<String>))
        .col_expr(C::ClaimedUntilMs, Expr::value(None::<i64>))
        .filter(C::FilmId.eq(film.id.as_str()))
        .filter(C::Place.eq(claimed.place as i32))
        .filter(C::Claim.eq(claimed.claim.as_str()))
        .exec(&tx)
        .await?;
    if entered.rows_affected != 1 {
        // Deleted, corrected or taken over meanwhile: what was made is for nobody.
        tx.rollback().await?;
        studio.objects().delete(&[stored.id]).await?;
        return Ok(Made::Nothing);
    }
    studio.objects().enter(&tx, &account, "film-shot", &stored).await?;
    films::Entity::update_many()
        .col_expr(films::Column::FirstShotAtMs, Expr::value(Some(now)))
        .filter(films::Column::Id.eq(film.id.as_str()))
        .filter(films::Column::FirstShotAtMs.is_null())
        .exec(&tx)
        .await?;
    tx.commit().await?;
    tracing::info!(film = %film.id, shot = claimed.place, bytes = bytes.len(), "shot made");
    studio.backstage().shot_is_ready();
    complete::check(studio, &film.id).await?;
    Ok(Made::Shot)
}

/// Stores a shared shot plain and enters it; every film that waits for it goes on.
async fn enter_shared(studio: &Studio, claimed: &Claimed, bytes: Vec<u8>) -> Result<Made> {
    use shared_shots::Column as C;
    let size = bytes.len() as i64;
    // The name says what it is: written twice it is the same.
    studio.vault().put_shared(&shared::object_key(&claimed.key), bytes.into()).await?;
    let entered = shared_shots::Entity::update_many()
        .col_expr(C::State, Expr::value(ShotState::Ready))
        .col_expr(C::Bytes, Expr::value(Some(size)))
        .col_expr(C::Claim, Expr::value(None::<String>))
        .col_expr(C::ClaimedUntilMs, Expr::value(None::<i64>))
        .filter(C::ShotKey.eq(claimed.key.as_str()))
        .filter(C::Claim.eq(claimed.claim.as_str()))
        .exec(studio.db().write())
        .await?;
    if entered.rows_affected != 1 {
        return Ok(Made::Nothing);
    }
    tracing::info!(shot_key = %claimed.key, bytes = size, "shared shot made");
    studio.backstage().shot_is_ready();
    for film in complete::waiting_for(studio, &claimed.key).await? {
        complete::check(studio, &film).await?;
    }
    Ok(Made::Shot)
}

/// What a shot needs, or where it is kept, is out of reach: no failure of the shot, however long it lasts.
async fn away(studio: &Studio, claimed: &Claimed, error: &Error) -> Result<Made> {
    let film = claimed.film.as_ref().map(|film| film.id.as_str());
    tracing::warn!(film, shot = claimed.place, %error, "a shot waits for what is out of reach");
    let not_before = studio.now_ms() + AWAY_MS;
    let tx = studio.db().begin().await?;
    if hand_back(&tx, claimed, ShotState::Waiting, Counted::NoStart, not_before).await? {
        jobs::ask_later(&tx, studio, again(claimed), not_before).await?;
    }
    tx.commit().await?;
    studio.backstage().nudge();
    Ok(Made::Failed)
}

/// What is counted of a shot that is handed back.
#[derive(Debug, Clone, Copy)]
enum Counted {
    /// One failure more.
    Failure,
    /// As if it had not been begun.
    NoStart,
}

/// Takes a shot out of our hands; `false` when it is not in them any more.
async fn hand_back(
    tx: &impl ConnectionTrait,
    claimed: &Claimed,
    state: ShotState,
    counted: Counted,
    not_before: i64,
) -> Result<bool> {
    let handed = if claimed.shared {
        use shared_shots::Column as C;
        let (column, count) = match counted {
            Counted::Failure => (C::Failures, Expr::col(C::Failures).add(1)),
            Counted::NoStart => (C::Starts, Expr::col(C::Starts).sub(1)),
        };
        shared_shots::Entity::update_many()
            .col_expr(C::State, Expr::value(state))
            .col_expr(column, count)
            .col_expr(C::NotBeforeMs, Expr::value(not_before))
            .col_expr(C::Claim, Expr::value(None::<String>))
            .filter(C::ShotKey.eq(claimed.key.as_str()))
            .filter(C::Claim.eq(claimed.claim.as_str()))
            .exec(tx)
            .await?
    } else {
        use shots::Column as C;
        let (column, count) = match counted {
            Counted::Failure => (C::Failures, Expr::col(C::Failures).add(1)),
            Counted::NoStart => (C::Starts, Expr::col(C::Starts).sub(1)),
        };
        shots::Entity::update_many()
            .col_expr(C::State, Expr::value(state))
            .col_expr(column, count)
            .col_expr(C::NotBeforeMs, Expr::value(not_before))
            .col_expr(C::Claim, Expr::value(None::<String>))
            .filter(C::Claim.eq(claimed.claim.as_str()))
            .exec(tx)
            .await?
    };
    Ok(handed.rows_affected == 1)
}

/// The job that makes a shot another time.
fn again(claimed: &Claimed) -> Job {
    match &claimed.film {
        Some(film) => Job::MakeShot { film: FilmId::stored(film.id.clone()), place: claimed.place },
        None => Job::MakeAhead { key: claimed.key.clone() },
    }
}

/// Writes a failure down: tried again after a while, or given up with all that hangs on it.
async fn failed(studio: &Studio, claimed: &Claimed, detail: &str, for_good: bool) -> Result<Made> {
    let now = studio.now_ms();
    let failures = failures_of(studio, claimed).await?;
    let back_off = BACK_OFF_MS.get(failures as usize).filter(|_| !for_good);
    let film = claimed.film.as_ref().map(|film| film.id.as_str());
    tracing::warn!(film, shot = claimed.place, shot_key = %claimed.key, failures, detail, "making a shot failed");
    let state = if back_off.is_some() { ShotState::Waiting } else { ShotState::Failed };
    let not_before = now + back_off.copied().unwrap_or(0);
    let tx = studio.db().begin().await?;
    if !hand_back(&tx, claimed, state, Counted::Failure, not_before).await? {
        tx.rollback().await?;
        return Ok(Made::Nothing);
    }
    if back_off.is_some() {
        jobs::ask_later(&tx, studio, again(claimed), not_before).await?;
    }
    tx.commit().await?;
    studio.backstage().nudge();
    if back_off.is_none() {
        let films = match &claimed.film {
            Some(film) if !claimed.shared => vec![film.id.clone()],
            _ => complete::waiting_for(studio, &claimed.key).await?,
        };
        for film in films {
            fail::film(studio, &film).await?;
        }
    }
    Ok(Made::Failed)
}

async fn failures_of(studio: &Studio, claimed: &Claimed) -> Result<i32> {
    let db = studio.db().read();
    Ok(if claimed.shared {
        shared_shots::Entity::find_by_id(claimed.key.as_str()).one(db).await?.map_or(0, |row| row.failures)
    } else {
        shots::Entity::find()
            .filter(shots::Column::Claim.eq(claimed.claim.as_str()))
            .one(db)
            .await?
            .map_or(0, |row| row.failures)
    })
}
