//! Making shots of a film another time: after its name was corrected, and at the word of the desk.

use film::Slot;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use vault::ObjectId;

use crate::films::making::renditions;
use crate::films::rows::{films, shared_shots, shots};
use crate::films::standing::standing;
use crate::films::{FilmId, FilmState, Persona, ShotState, Show, persona};
use crate::jobs::{self, Job};
use crate::objects::id_in_row;
use crate::{AccountId, Error, Result, Studio, boxed};

/// Which shots are made another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Those that were given up.
    GivenUp,
    /// All that hold something personal.
    Personal,
}

/// Who stands in a film that is to be changed, in its own version. Everything that a shot needs must still be there:
/// nothing of a film goes before it is certain that it can be made. Faces that are `spared` may be gone.
#[boxed]
pub(super) async fn who(
    studio: &Studio,
    show: &Show,
    film: &films::Model,
    spared: &[Slot],
) -> Result<Persona> {
    persona::without(studio, show, film, spared).await.map_err(|error| match error.code() {
        "photo-not-found" | "face-not-chosen" => photo_gone(),
        _ => error,
    })
}

/// What was made with a version that is not at hand any more cannot be made again.
pub(super) fn older() -> Error {
    let sentence = "This film was made with an earlier version and can no longer be changed.";
    Error::conflict("film-older", sentence)
}

/// A shot that shows a child whose photo was deleted cannot be made again.
pub(super) fn photo_gone() -> Error {
    Error::conflict("photo-gone", "The photo of this film was deleted, so its shots cannot be drawn again.")
}

/// A shot waits again, under the key that it has now.
pub(super) async fn shot(
    tx: &impl ConnectionTrait,
    film: &str,
    place: i32,
    key: &str,
    now: i64,
) -> Result<()> {
    shots::Entity::update_many()
        .col_expr(shots::Column::ShotKey, Expr::value(key))
        .col_expr(shots::Column::State, Expr::value(ShotState::Waiting))
        .col_expr(shots::Column::Object, Expr::value(None::<String>))
        .col_expr(shots::Column::Bytes, Expr::value(None::<i64>))
        .col_expr(shots::Column::Claim, Expr::value(None::<String>))
        .col_expr(shots::Column::Failures, Expr::value(0))
        .col_expr(shots::Column::Starts, Expr::value(0))
        .col_expr(shots::Column::NotBeforeMs, Expr::value(now))
        .filter(shots::Column::FilmId.eq(film))
        .filter(shots::Column::Place.eq(place))
        .exec(tx)
        .await?;
    Ok(())
}

/// The film is being made again from a place on: its file goes, and so do its release and its copies, as they are of
/// the film that it was. `objects` are those of the shots that go with it; the file's is added.
pub(super) async fn film(
    tx: &impl ConnectionTrait,
    studio: &Studio,
    account: &AccountId,
    film: &FilmId,
    from: usize,
    objects: &mut Vec<ObjectId>,
) -> Result<()> {
    let file = films::Entity::find_by_id(film.as_str()).one(tx).await?.and_then(|row| row.mp4_object);
    objects.extend(file.as_deref().map(id_in_row).transpose()?);
    films::Entity::update_many()
        .col_expr(films::Column::State, Expr::value(FilmState::Making))
        .col_expr(films::Column::WantedShot, Expr::value(from as i32))
        .col_expr(films::Column::Mp4Object, Expr::value(None::<String>))
        .col_expr(films::Column::Mp4Bytes, Expr::value(None::<i64>))
        .col_expr(films::Column::FinishAttempts, Expr::value(0))
        .filter(films::Column::Id.eq(film.as_str()))
        .exec(tx)
        .await?;
    objects.extend(renditions::forget_waiting(tx, film).await?);
    // What was signed was signed for the film as it was.
    crate::releases::withdraw(tx, film, studio.now_ms()).await?;
    // So was what was copied; it is copied anew when the film is whole again.
    crate::streams::forget(tx, studio, film).await?;
    studio.objects().strike(tx, account, objects).await
}

/// That a film which is whole, or was given up, can be made again at the word of the desk.
#[boxed]
pub(crate) async fn check(studio: &Studio, film: &films::Model) -> Result<()> {
    if film.state == FilmState::Making {
        return Err(Error::conflict("film-being-made", "This film is being made at present."));
    }
    let show = studio.catalogue().show_of(&film.film, film.film_version).ok_or_else(older)?;
    who(studio, show, film, &[]).await.map(drop)
}

/// Begins to make a film again that stands as it was read, and was looked at with [`check`]. Returns the objects whose
/// bytes are to be deleted once that is certain; `None` when the film was changed meanwhile.
pub(crate) async fn begin(
    tx: &impl ConnectionTrait,
    studio: &Studio,
    row: &films::Model,
    which: Again,
) -> Result<Option<Vec<ObjectId>>> {
    let now = studio.now_ms();
    let (account, id) = (AccountId::stored(row.account_id.clone()), FilmId::stored(row.id.clone()));
    // What is being put together of the shots as they were does not count any more.
    let turned = films::Entity::update_many()
        .col_expr(films::Column::Revision, Expr::col(films::Column::Revision).add(1))
        .filter(films::Column::Id.eq(row.id.as_str()))
        .filter(films::Column::Revision.eq(row.revision))
        .filter(films::Column::State.ne(FilmState::Making))
        .exec(tx)
        .await?;
    if turned.rows_affected != 1 {
        return Ok(None);
    }
    let (mut objects, mut places) = (Vec::new(), Vec::new());
    let own = shots::Entity::find().filter(shots::Column::FilmId.eq(row.id.as_str())).all(tx).await?;
    for one in own.iter().filter(|one| !one.shared) {
        if which == Again::Personal || one.state == ShotState::Failed {
            shot(tx, &row.id, one.place, &one.shot_key, now).await?;
            objects.extend(one.object.as_deref().map(id_in_row).transpose()?);
            places.push(one.place.unsigned_abs() as usize);
        }
    }
    // Without the shots that it shares with others it cannot become whole.
    let keys: Vec<&str> = own.iter().filter(|one| one.shared).map(|one| one.shot_key.as_str()).collect();
    let shared_again = match keys.is_empty() {
        true => 0,
        false => shared(tx, shared_shots::Column::ShotKey.is_in(keys), now).await?,
    };
    if which == Again::GivenUp && places.is_empty() && shared_again == 0 && row.state != FilmState::Failed {
        return Err(Error::conflict("nothing-given-up", "Nothing of this film was given up."));
    }
    film(tx, studio, &account, &id, places.iter().min().copied().unwrap_or(0), &mut objects).await?;
    let mut is_whole = true;
    for one in standing(tx, &row.id).await?.iter().filter(|one| one.state != ShotState::Ready) {
        is_whole = false;
        jobs::ask(tx, studio, Job::MakeShot { film: id.clone(), place: one.place }).await?;
    }
    if is_whole {
        jobs::ask(tx, studio, Job::FinishFilm { film: id }).await?;
    }
    Ok(Some(objects))
}

/// Shots in every copy that were given up wait again: which of them. Returns how many they are.
pub(crate) async fn shared(
    db: &impl ConnectionTrait,
    which: sea_orm::sea_query::SimpleExpr,
    now: i64,
) -> Result<u64> {
    let again = shared_shots::Entity::update_many()
        .col_expr(shared_shots::Column::State, Expr::value(ShotState::Waiting))
        .col_expr(shared_shots::Column::Failures, Expr::value(0))
        .col_expr(shared_shots::Column::Starts, Expr::value(0))
        .col_expr(shared_shots::Column::NotBeforeMs, Expr::value(now))
        .filter(shared_shots::Column::State.eq(ShotState::Failed))
        .filter(which)
        .exec(db)
        .await?;
    Ok(again.rows_affected)
}

/// The money of an order goes back: a film that is still being made for it is given up. One that was whole stays its
/// owner's, and is made on to its end if it is just being made again: of what it was its file is gone already.
pub(crate) async fn stop(tx: &impl ConnectionTrait, order: &str) -> Result<()> {
    films::Entity::update_many()
        .col_expr(films::Column::State, Expr::value(FilmState::Failed))
        .filter(films::Column::OrderId.eq(order))
        .filter(films::Column::State.eq(FilmState::Making))
        .filter(films::Column::ReadyAtMs.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
