//! What of a personal shot is everyone's, coded once for each room that those who play may take: beside it an order draws
//! and codes the rest alone, which takes about a third of the work.
//!
//! Such a side stands among the shots that copies share. That of the room which holds all others is made ahead of any
//! order; that of another one is asked for by the first order that could have used it. Both are made when nobody waits for
//! anything, and an order never waits for one. Until that of its own room is there it takes that of one which holds its
//! own, and where there is none it is made whole. Nothing of a family is in a side: it is drawn with nobody in it, and of
//! who plays no more is known here than the room.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use film::Room;
use ring::digest;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::shared;
use crate::films::rows::shared_shots;
use crate::films::{Persona, Placed, ShotState, Show};
use crate::hex::hex;
use crate::jobs::{self, Job};
use crate::{Result, Studio, boxed};

/// Counted up with every change of how sides are cut or coded, and of what a room holds.
const VERSION: u32 = 5;
/// A side that was found spoilt so often is not made again.
const SPOILT_MAX: i32 = 3;

/// What is everyone's of a shot, for a room.
#[derive(Clone)]
pub(super) struct Side {
    pub room: Room,
    pub bytes: Bytes,
    key: String,
    failures: i32,
}

/// The number of a room in its row.
fn number(room: Room) -> Option<i32> {
    let at = Room::all().position(|other| other == room)?;
    i32::try_from(at).ok()
}

/// The room with a number.
pub(super) fn room(number: i32) -> Option<Room> {
    Room::all().nth(usize::try_from(number).ok()?)
}

/// Names a shot with nobody in it.
fn nobodys(show: &Show, place: usize, language: &str) -> String {
    show.segment_key(place, &Persona::nobody(language))
}

/// Names the side for a room of a shot that has this name with nobody in it.
fn key(nobodys: &str, room: Room) -> String {
    hex(digest::digest(&digest::SHA256, format!("{nobodys} {room:?} {VERSION}").as_bytes()).as_ref())
}

/// The shots that show something of one who plays alone.
fn personal(show: &Show, language: &str) -> Vec<usize> {
    let nobody = Persona::nobody(language);
    let shots = show.film().shots().iter().enumerate();
    shots.filter(|(_, shot)| shot.is_personal_for(&nobody.cast())).map(|(place, _)| place).collect()
}

/// Of all personal shots in every room, where sides are made at all.
pub(in crate::films) fn keys(studio: &Studio, show: &Show, language: &str) -> Vec<String> {
    if !studio.config().spare_time {
        return Vec::new();
    }
    let in_every_room = personal(show, language).into_iter().flat_map(|place| {
        let nobodys = nobodys(show, place, language);
        Room::all().map(move |room| key(&nobodys, room))
    });
    in_every_room.collect()
}

/// Whether this program would give the side of a row the name that it has.
pub(super) fn is_ours(show: &Show, row: &shared_shots::Model) -> bool {
    let room = row.room.and_then(room);
    room.is_some_and(|room| key(&nobodys(show, row.place as usize, &row.language), room) == row.shot_key)
}

/// Those of a film's personal shots that every order can be made beside, as rows to enter.
pub(super) fn of_all_rooms(studio: &Studio, show: &Show, language: &str) -> Vec<shared_shots::ActiveModel> {
    if !studio.config().spare_time {
        return Vec::new();
    }
    let row = |place: usize| {
        let key = key(&nobodys(show, place, language), Room::LARGEST);
        row(show, (place, language), Room::LARGEST, key)
    };
    personal(show, language).into_iter().map(row).collect()
}

/// The side of a shot in a language for a room, not made yet.
fn row(show: &Show, (place, language): (usize, &str), room: Room, key: String) -> shared_shots::ActiveModel {
    // No time: when it was asked for would say when somebody took this room.
    let row = shared::row(show, language, place, key, 0);
    shared_shots::ActiveModel { room: Set(number(room)), ..row }
}

/// What is everyone's of a personal shot, for the room that those who play take or one that holds it, and the shot made ready
/// for them. Where the side of their own room is not there it is asked for.
#[boxed]
pub(super) async fn of_shot(
    studio: &Studio,
    show: &Arc<Show>,
    place: usize,
    persona: &Persona,
) -> Result<Option<(Side, Box<dyn Placed>)>> {
    // With nobody in it the drawn friend plays, who may look otherwise than a second child.
    if persona.second.is_some() || !studio.config().spare_time {
        return Ok(None);
    }
    let (renderer, of, who) = (studio.backstage().renderer(), Arc::clone(show), persona.clone());
    let placed = tokio::task::spawn_blocking(move || renderer.placed(&of, place, &who)).await;
    // Where the room cannot be told the shot cannot be drawn either: making it says so.
    let Ok(Ok(Some(placed))) = placed else { return Ok(None) };
    let room = placed.room();
    let nobodys = nobodys(show, place, &persona.language);
    let mut rooms: HashMap<String, Room> =
        Room::all().filter(|other| other.holds(room)).map(|room| (key(&nobodys, room), room)).collect();
    let mut rows = shared_shots::Entity::find()
        .filter(shared_shots::Column::ShotKey.is_in(rooms.keys().map(String::as_str)))
        .all(studio.db().read())
        .await?;
    let own = key(&nobodys, room);
    if rows.iter().all(|row| row.shot_key != own) {
        ask(studio, show, (place, &persona.language), room, own.clone()).await?;
    }
    // Not made yet, given up, or the shot is better made whole in that room.
    rows.retain(|row| row.state == ShotState::Ready && row.bytes.is_some_and(|bytes| bytes > 0));
    // Their own, else the one that leaves least to be made: it has most bytes.
    rows.sort_by_key(|row| (row.shot_key != own, Reverse(row.bytes)));
    for row in rows {
        let Some(room) = rooms.remove(&row.shot_key) else { continue };
        if let Some(bytes) = shared::segment(studio, &row.shot_key).await? {
            let side = Side { room, bytes, key: row.shot_key, failures: row.failures };
            return Ok(Some((side, placed)));
        }
    }
    Ok(None)
}

/// Asks for the side of a shot in a language for a room.
async fn ask(
    studio: &Studio,
    show: &Show,
    (place, language): (usize, &str),
    room: Room,
    key: String,
) -> Result<()> {
    let tx = studio.db().begin().await?;
    shared::insert(&tx, vec![row(show, (place, language), room, key.clone())]).await?;
    jobs::ask(&tx, studio, Job::MakeAhead { key }).await?;
    tx.commit().await?;
    Ok(())
}

/// A side that a shot could not be made beside is made again, a few times.
pub(super) async fn spoilt(studio: &Studio, side: &Side, detail: &str) {
    use shared_shots::Column as C;
    tracing::warn!(shot_key = %side.key, detail, "a shot is made whole, as it could not be made beside its side");
    let state = if side.failures < SPOILT_MAX { ShotState::Waiting } else { ShotState::Failed };
    let marked = shared_shots::Entity::update_many()
        .col_expr(C::State, Expr::value(state))
        .col_expr(C::Failures, Expr::col(C::Failures).add(1))
        .filter(C::ShotKey.eq(side.key.as_str()))
        .filter(C::State.eq(ShotState::Ready))
        .exec(studio.db().write())
        .await;
    if let Err(error) = marked {
        tracing::warn!(shot_key = %side.key, %error, "it could not be written down");
    }
}

/// The keys of those that are asked for and not made yet, of films in the catalogue.
pub(super) async fn waiting(studio: &Studio) -> Result<Vec<String>> {
    use shared_shots::Column as C;
    if !studio.config().spare_time {
        return Ok(Vec::new());
    }
    let asked: Vec<(String, String, i32)> = shared_shots::Entity::find()
        .select_only()
        .columns([C::ShotKey, C::Film, C::FilmVersion])
        .filter(C::Room.is_not_null())
        .filter(C::State.is_in([ShotState::Waiting, ShotState::Making]))
        .into_tuple()
        .all(studio.db().read())
        .await?;
    let is_here = |film: &str, version: i32| studio.catalogue().show_of(film, version).is_some();
    let here = asked.into_iter().filter(|(_, film, version)| is_here(film, *version));
    Ok(here.map(|(key, ..)| key).collect())
}

#[cfg(test)]
mod tests {
    use cinema::{Decoder, Fragment, Frames, Picture, SceneFrames, ssim, to_stream};

    use super::*;
    use crate::films::testing::{AGE, FACE, NAME, catalogue};
    use crate::films::{Engine, Renderer};

    #[test]
    fn rooms_have_numbers() {
        assert!(Room::all().all(|one| number(one).and_then(room) == Some(one)));
        assert_eq!((room(-1), room(999)), (None, None));
    }

    #[test]
    fn a_shot_made_beside_a_side_shows_what_the_whole_one_would() {
        let films = catalogue();
        let show = films.show("tiny").unwrap();
        let persona = Persona {
            name: "Alexandra".into(),
            options: [("age".to_owned(), "7".to_owned())].into(),
            ..Persona::nobody("en")
        };
        let settings = show.settings();
        let (mut beside, mut unfit) = (0, 0);
        for shot in [FACE, NAME, AGE] {
            let placed = || Engine.placed(show, shot, &persona).unwrap().unwrap();
            let room = placed().room();
            let side = Engine.side(show, shot, &Persona::nobody("en"), room, &|| true).unwrap();
            if side.is_empty() {
                continue;
            }
            beside += 1;
            let bytes = placed().beside(show, shot, (room, &side), &|| true).unwrap();
            let scene = show.film().scene(shot, &persona.cast(), show.rendition()).unwrap();
            let mut frames = SceneFrames::new(scene, settings);
            let mut drawn = Picture::new(settings.width, settings.height);
            let samples = Fragment::read(&bytes).unwrap().samples.into_iter();
            let units = samples.map(|sample| to_stream(sample.bytes, show.own().sets()));
            let shown = Decoder::pictures(units).unwrap();
            assert_eq!(shown.len() as u32, frames.frames());
            for (frame, shown) in (0..).zip(shown) {
                drawn.set_rgba(frames.draw(frame));
                let alike = ssim(&drawn, &shown);
                assert!(alike > 0.95, "shot {shot}, frame {frame}: {alike}");
            }
            let larger = Room::all().last().unwrap();
            let made = placed().beside(show, shot, (larger, &side), &|| true).unwrap();
            unfit += usize::from(made.is_empty());
            let damaged = &side[..side.len() - 1];
            assert!(placed().beside(show, shot, (room, damaged), &|| true).is_err());
        }
        assert!(beside > 0, "some shot is made so");
        assert!(unfit > 0, "the side of another room leaves out other parts");
    }
}
