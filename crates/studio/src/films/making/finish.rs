//! The end of making: the shots become one file to download, the order is done, a mail goes out.

use std::sync::Arc;

use bytes::Bytes;
use cinema::Download;
use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::{elsewhere, fail, renditions, shared};
use crate::accounts::in_use;
use crate::analytics::What;
use crate::clock::SECOND_MS;
use crate::films::file::mark;
use crate::films::rows::films;
use crate::films::standing::standing;
use crate::films::{FilmId, FilmState, ShotState, Show, letters, persona};
use crate::jobs::{self, Job};
use crate::objects::id_in_row;
use crate::orders::OrderState;
use crate::orders::rows::orders;
use crate::{AccountId, Class, Error, Result, Studio, boxed};

/// How often putting the file together is tried.
const TRIES_MAX: i32 = 6;

/// Puts the film together, or gives it up where one of its shots was, or nobody has it for long. Any further time, or when
/// a shot is missing, it does nothing.
#[boxed]
pub(crate) async fn film(studio: &Studio, id: &FilmId) -> Result<()> {
    let film = films::Entity::find_by_id(id.as_str()).filter(films::Column::AccountId.in_subquery(in_use()));
    let Some(film) = film.one(studio.db().read()).await? else {
        return Ok(());
    };
    if film.state != FilmState::Making {
        return Ok(());
    }
    let shots = standing(studio.db().read(), id.as_str()).await?;
    if shots.iter().any(|shot| shot.state == ShotState::Failed) {
        return fail::film(studio, id.as_str()).await;
    }
    let Some(show) = studio.catalogue().show_of(&film.film, film.film_version).cloned() else {
        return match elsewhere::is_over(studio, &film, &shots) {
            true => fail::film(studio, id.as_str()).await,
            false => Ok(()),
        };
    };
    match put_together(studio, show, &film).await {
        Ok(()) => Ok(()),
        // What is out of reach is no failure of the film, however long it lasts: it is asked for again.
        Err(error) if error.class() == Class::Unavailable => {
            tracing::warn!(film = %id, %error, "a film is not put together yet; it is tried again");
            Ok(())
        }
        Err(error) => {
            tracing::warn!(film = %id, %error, tries = film.finish_attempts, "putting a film together failed");
            if film.finish_attempts + 1 >= TRIES_MAX {
                return fail::film(studio, id.as_str()).await;
            }
            let tx = studio.db().begin().await?;
            films::Entity::update_many()
                .col_expr(films::Column::FinishAttempts, Expr::col(films::Column::FinishAttempts).add(1))
                .filter(films::Column::Id.eq(id.as_str()))
                .exec(&tx)
                .await?;
            let at = studio.now_ms() + ((2 * SECOND_MS) << film.finish_attempts);
            jobs::ask_later(&tx, studio, Job::FinishFilm { film: id.clone() }, at).await?;
            tx.commit().await?;
            studio.backstage().nudge();
            Ok(())
        }
    }
}

async fn put_together(studio: &Studio, show: Arc<Show>, film: &films::Model) -> Result<()> {
    let account = AccountId::stored(film.account_id.clone());
    let key = studio.data_key(&account, PurposeId::Films).await?;
    let segments = match segments(studio, &key, film).await? {
        Segments::All(segments) => segments,
        Segments::Making => return Ok(()),
        // Made again first, then the end is asked for again.
        Segments::Gone(place) => {
            let tx = studio.db().begin().await?;
            let film = FilmId::stored(film.id.clone());
            jobs::ask(&tx, studio, Job::MakeShot { film, place }).await?;
            tx.commit().await?;
            studio.backstage().nudge();
            return Ok(());
        }
    };
    let persona = persona::of_words(studio, film).await?;
    let (signer, instance) = (mark::signer(studio).await?, studio.random().bytes());
    let put = tokio::task::spawn_blocking(move || {
        let captions = cinema::captions(show.film(), &persona.cast());
        let room = signer.room().map_err(Error::internal)?;
        let put = file(&show, &persona.language, &captions, &segments, room);
        let mut bytes = put.map_err(Error::internal)?;
        signer.mark(&mut bytes, instance).map_err(Error::internal)?;
        Ok::<_, Error>(bytes)
    })
    .await;
    let bytes = put.map_err(Error::internal)??;
    let stored = studio.objects().store(&key, &bytes).await?;
    let letter = letters::ready(studio, &account, film).await?;
    let now = studio.now_ms();
    let tx = studio.begin_for(&account).await?;
    let ended = films::Entity::update_many()
        .col_expr(films::Column::State, Expr::value(FilmState::Ready))
        .col_expr(films::Column::Mp4Object, Expr::value(Some(stored.id.to_string())))
        .col_expr(films::Column::Mp4Bytes, Expr::value(Some(stored.bytes as i64)))
        .col_expr(films::Column::ReadyAtMs, Expr::value(Some(now)))
        .filter(films::Column::Id.eq(film.id.as_str()))
        .filter(films::Column::State.eq(FilmState::Making))
        .filter(films::Column::Revision.eq(film.revision))
        .exec(&tx)
        .await?;
    if ended.rows_affected != 1 {
        tx.rollback().await?;
        return studio.objects().delete(&[stored.id]).await;
    }
    studio.objects().enter(&tx, &account, "film-file", &stored).await?;
    orders::Entity::update_many()
        .col_expr(orders::Column::State, Expr::value(OrderState::Done))
        .col_expr(orders::Column::EndedAtMs, Expr::value(Some(now)))
        .filter(orders::Column::Id.eq(film.order_id.as_str()))
        .filter(orders::Column::State.is_in([OrderState::Paid, OrderState::Making]))
        .exec(&tx)
        .await?;
    studio.mail().write(&tx, &account, &letter).await?;
    if film.revision == 0 {
        let whole = What::FilmFinished { film: &film.film };
        studio.analytics().happened_by_itself(&tx, &account, whole).await?;
    }
    crate::streams::film_is_whole(&tx, studio).await?;
    renditions::ask(&tx, studio, film).await?;
    tx.commit().await?;
    studio.backstage().nudge();
    tracing::info!(film = %film.id, bytes = stored.bytes, took_ms = now - film.created_at_ms, "film made");
    Ok(())
}

/// The shots of a film.
enum Segments {
    /// All of them, in the film's order.
    All(Vec<Bytes>),
    /// One is being made.
    Making,
    /// The shared one at this place has gone from the store.
    Gone(usize),
}

async fn segments(studio: &Studio, key: &vault::DataKey, film: &films::Model) -> Result<Segments> {
    let mut segments = Vec::new();
    for shot in standing(studio.db().read(), &film.id).await? {
        if shot.state != ShotState::Ready {
            return Ok(Segments::Making);
        }
        segments.push(match &shot.object {
            Some(object) => studio.objects().get(key, &id_in_row(object)?).await?,
            None => match shared::segment(studio, &shot.key).await? {
                Some(bytes) => bytes,
                None => return Ok(Segments::Gone(shot.place)),
            },
        });
    }
    Ok(Segments::All(segments))
}

/// The file of a whole film without its captions, in which the child's name stands; `None` when it cannot be put
/// together any more. It is made anew each time and kept nowhere, always with the same bytes: so it bears no signed mark,
/// which whoever it is for would not keep anyway.
#[boxed]
pub(crate) async fn without_captions(studio: &Studio, film: &films::Model) -> Result<Option<Bytes>> {
    let show = studio.catalogue().show_of(&film.film, film.film_version).cloned();
    let Some(show) = show else { return Ok(None) };
    let key = studio.data_key(&AccountId::stored(film.account_id.clone()), PurposeId::Films).await?;
    let Segments::All(segments) = segments(studio, &key, film).await? else { return Ok(None) };
    let language = film.language.clone();
    let put = tokio::task::spawn_blocking(move || file(&show, &language, &[], &segments, 0)).await;
    Ok(Some(put.map_err(Error::internal)?.map_err(Error::internal)?.into()))
}

fn file(
    show: &Show,
    language: &str,
    captions: &[cinema::Cue],
    segments: &[Bytes],
    room: usize,
) -> Result<Vec<u8>, cinema::BoxError> {
    let words = show.film().words(language);
    let segments: Vec<&[u8]> = segments.iter().map(|bytes| &bytes[..]).collect();
    cinema::mp4(&Download {
        settings: show.settings(),
        sets: show.sets(),
        segments: &segments,
        sound: show.track().map(|track| &track.sound),
        captions,
        language,
        title: &words.title,
        comment: provenance::words(language),
        room,
    })
}
