//! Making one shot: claim, draw and encode, store, enter. Run by two workers at once it is made
//! once; killed at any point it is made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cinema::Effort;
use film::{Room, Slot};
use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use vault::ObjectId;

use super::claim::{self, Claimed, STARTS_MAX};
use super::rows::{films, shared_shots, shots};
use super::sides::Side;
use super::{
    FilmId, Persona, PersonaHero, Placed, RenderError, ShotState, Show, complete, create, fail, finish, gone,
    renditions, shared, sides,
};
use crate::clock::SECOND_MS;
use crate::generated::Kept;
use crate::jobs::{self, Job};
use crate::{AccountId, Class, Error, PhotoId, Result, Studio, boxed};

/// How often a worker says that it still works on its shot: well within the time a claim holds.
const RENEW_EVERY: Duration = Duration::from_secs(5);
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
    let Some(claimed) = claim::next_of_film(studio, film.as_str()).await? else { return Ok(Made::Nothing) };
    let Some(film) = claimed.film.clone() else { return Ok(Made::Nothing) };
    create::order_begun(studio.db().write(), &film.order_id).await?;
    match catalogue_show(studio, &film.film, film.film_version) {
        Some(show) if claimed.shared => {
            let persona = Persona::nobody(&film.language);
            make(studio, &show, claimed, persona, None).await
        }
        Some(show) => match persona_of_shot(studio, &show, &film, claimed.place).await {
            Ok(persona) => {
                let (place, starts) = (claimed.place, claimed.starts);
                let kept = studio.generated().kept(&show, &film.id, place, starts).await;
                make(studio, &show, claimed, persona, kept).await
            }
            Err(error) if error.class() == Class::Unavailable => away(studio, &claimed, &error).await,
            Err(error) => failed(studio, &claimed, &error.to_string(), is_final(&error)).await,
        },
        None => failed(studio, &claimed, "the film is not in the catalogue in this version", true).await,
    }
}

/// Makes one shared shot ahead of any order.
#[boxed]
pub(crate) async fn shared_shot(studio: &Studio, key: &str) -> Result<Made> {
    let Some((row, claimed)) = claim::shared_by_key(studio, key).await? else { return Ok(Made::Nothing) };
    match catalogue_show(studio, &row.film, row.film_version) {
        Some(show) if row.room.is_some() && !sides::is_ours(&show, &row) => {
            failed(studio, &claimed, "another version of the program asked for this side", true).await
        }
        Some(show) => make(studio, &show, claimed, Persona::nobody(&row.language), None).await,
        None => failed(studio, &claimed, "the film is not in the catalogue in this version", true).await,
    }
}

/// What is to be made of a shot.
pub(super) enum Task {
    /// All of it, drawn.
    Whole(Persona, Effort),
    /// All of it, of a picture that was painted for it.
    Painted(likeness::Photo),
    /// What is everyone's who takes no more than a room.
    Side(Persona, Room),
    /// What is one family's, beside what is everyone's.
    Beside(Box<dyn Placed>, Side),
}

pub(super) fn catalogue_show(studio: &Studio, slug: &str, version: i32) -> Option<Arc<Show>> {
    studio.catalogue().show_of(slug, version).cloned()
}

/// A photo that was deleted does not come back: trying again changes nothing.
pub(super) fn is_final(error: &Error) -> bool {
    matches!(error.code(), "photo-not-found" | "face-not-chosen" | "account-not-found")
}

/// Who stands in a film, from its row.
pub(super) async fn persona(studio: &Studio, show: &Show, film: &films::Model) -> Result<Persona> {
    persona_without(studio, show, film, &[]).await
}

/// The same for one of its shots: a face that it does not show need not be there any more.
async fn persona_of_shot(studio: &Studio, show: &Show, film: &films::Model, place: usize) -> Result<Persona> {
    persona_without(studio, show, film, &gone::spared(show, film, place)).await
}

/// The same without the faces that are spared, where they are not there any more.
#[boxed]
pub(super) async fn persona_without(
    studio: &Studio,
    show: &Show,
    film: &films::Model,
    spared: &[Slot],
) -> Result<Persona> {
    let account = AccountId::stored(film.account_id.clone());
    let key = studio.data_key(&account, PurposeId::Films).await?;
    let name = finish::name_of(studio, &key, film)?;
    let options =
        studio.vault().open_field(&key, &create::place(&film.id, "options"), &film.options_sealed)?;
    let options = serde_json::from_slice(&options).map_err(Error::internal)?;
    let needs_face = show.film().info().needs_face && !spared.contains(&Slot::Face);
    let face = head(studio, &account, film.photo_id.as_ref(), needs_face).await?;
    let second = match finish::second_name_of(studio, &key, film)? {
        Some(name) => {
            // Who was given with a photo is not played by somebody else once it is gone.
            let needs_face = !spared.contains(&Slot::SecondFace);
            let face = head(studio, &account, film.second_photo_id.as_ref(), needs_face).await?;
            Some(PersonaHero { face, name })
        }
        None => None,
    };
    Ok(Persona { face, name, second, language: film.language.clone(), options })
}

/// The head of a hero, which may be needed.
async fn head(
    studio: &Studio,
    account: &AccountId,
    photo: Option<&String>,
    is_needed: bool,
) -> Result<Option<likeness::CutOut>> {
    match photo {
        Some(photo) => studio.photos().cut_out(account, &PhotoId::stored(photo.clone())).await.map(Some),
        None if is_needed => Err(Error::not_found("photo-not-found")),
        None => Ok(None),
    }
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

/// Draws and encodes on a thread of its own while the claim is renewed; stops when it is lost, or when nobody waits for
/// this shot and somebody does for another.
pub(super) async fn render(
    studio: &Studio,
    show: &Arc<Show>,
    claimed: &Claimed,
    task: Task,
) -> Result<Vec<u8>, RenderError> {
    let go_on = Arc::new(AtomicBool::new(true));
    let stopper = StopOnDrop(Arc::clone(&go_on));
    let (renderer, show, shot) = (studio.backstage().renderer(), Arc::clone(show), claimed.place);
    let (height, is_patient) = (claimed.height, claimed.is_patient());
    let mut asked = studio.backstage().asked();
    let make = move || {
        let go_on = || go_on.load(Ordering::Relaxed);
        let Some(variant) = show.variant(height) else {
            return Err(RenderError::Failed("the film is not on offer in this size".into()));
        };
        match task {
            Task::Whole(persona, effort) => renderer.shot(&show, shot, &persona, (variant, effort), &go_on),
            Task::Painted(picture) => renderer.painted(&show, shot, picture, &go_on),
            Task::Side(nobody, room) => renderer.side(&show, shot, &nobody, room, &go_on),
            Task::Beside(placed, side) => placed.beside(&show, shot, (side.room, &side.bytes), &go_on),
        }
    };
    let mut work = tokio::task::spawn_blocking(move || if is_patient { behind_others(make) } else { make() });
    let mut renewals = tokio::time::interval(RENEW_EVERY);
    renewals.reset();
    loop {
        tokio::select! {
            done = &mut work => {
                // A panic in the engine is a failure of this shot, not of the worker.
                return done.unwrap_or_else(|error| Err(RenderError::Failed(error.to_string())));
            }
            _ = renewals.tick() => {
                // An answer that does not come is no answer: the claim may still be ours.
                if let Ok(false) = claim::renew(studio, claimed).await {
                    stopper.stop();
                }
                // What another process was asked for is not heard here.
                if is_patient && let Ok(true) = renditions::must_wait(studio).await {
                    stopper.stop();
                }
            }
            Ok(()) = asked.changed(), if is_patient => {
                if let Ok(true) = renditions::must_wait(studio).await {
                    stopper.stop();
                }
            }
        }
    }
}

/// Computes on a thread of its own that leaves the cores to everything else: pages are answered meanwhile, and nobody waits
/// for what it makes.
fn behind_others<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // Of this thread alone; where it may not be said, it is made all the same.
            rustix::process::nice(19).ok();
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The thread is told to stop also when the job is dropped half way.
struct StopOnDrop(Arc<AtomicBool>);

impl StopOnDrop {
    fn stop(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.stop();
    }
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

/// Reads an object's id from a row.
pub(super) fn object_id(text: &str) -> Result<ObjectId> {
    ObjectId::parse(text).ok_or_else(|| Error::internal("a row names an object that is none"))
}
