//! Films as their owner sees them; the one place where it is checked whose a film is.

use std::collections::BTreeMap;

use film::Slot;
use policy::PurposeId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::films::persona::{name_of, options_of, second_name_of};
use crate::films::rows::films;
use crate::films::standing::{Standing, standing};
use crate::films::{
    Correctable, FilmId, FilmState, FilmView, Films, OptionView, SecondHero, ShotState, ShotView, Show,
    lost_faces,
};
use crate::orders::OrderId;
use crate::{AccountId, ChildId, Error, PhotoId, Result, Studio, boxed};

/// About how many seconds one core works on a second of film; what is known until a film's own shots tell.
const WORK_A_SECOND: f64 = 0.25;

impl Films<'_> {
    /// The account's films, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self, account: &AccountId) -> Result<Vec<FilmView>> {
        let rows = films::Entity::find()
            .filter(films::Column::AccountId.eq(account.as_str()))
            .order_by_desc(films::Column::Id)
            .all(self.studio.db().read())
            .await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            views.push(view(self.studio, account, row).await?);
        }
        Ok(views)
    }

    /// One film of the account's, with how far it is.
    ///
    /// # Errors
    /// `film-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn find(&self, account: &AccountId, film: &FilmId) -> Result<FilmView> {
        let row = owned(self.studio, account, film).await?;
        view(self.studio, account, row).await
    }
}

/// A film of this account, or the same answer as for one that is not there.
#[boxed]
pub(in crate::films) async fn owned(
    studio: &Studio,
    account: &AccountId,
    film: &FilmId,
) -> Result<films::Model> {
    films::Entity::find_by_id(film.as_str())
        .filter(films::Column::AccountId.eq(account.as_str()))
        .one(studio.db().read())
        .await?
        .ok_or_else(|| Error::not_found("film-not-found"))
}

/// The film that an order became.
pub(crate) async fn of_order(db: &impl ConnectionTrait, order: &str) -> Result<Option<String>> {
    Ok(films::Entity::find().filter(films::Column::OrderId.eq(order)).one(db).await?.map(|row| row.id))
}

/// Whether the film of an order needs a photo that was deleted, for scenes that are not made.
#[boxed]
pub(crate) async fn lacks_photo(studio: &Studio, order: &str) -> Result<bool> {
    let db = studio.db().read();
    let Some(row) = films::Entity::find().filter(films::Column::OrderId.eq(order)).one(db).await? else {
        return Ok(false);
    };
    let Some(show) = studio.catalogue().show_of(&row.film, row.film_version) else { return Ok(false) };
    Ok(lacks(show, &row, &standing(db, &row.id).await?))
}

fn lacks(show: &Show, film: &films::Model, standing: &[Standing]) -> bool {
    let is_open = |shot: &&Standing| shot.state != ShotState::Ready;
    standing.iter().filter(is_open).any(|shot| lost_faces::shows(show, film, shot.place))
}

async fn view(studio: &Studio, account: &AccountId, row: films::Model) -> Result<FilmView> {
    let key = studio.data_key(account, PurposeId::Films).await?;
    let name = name_of(studio, &key, &row)?;
    let second = second_name_of(studio, &key, &row)?.map(|name| SecondHero {
        name,
        child: row.second_child_id.clone().map(ChildId::stored),
        photo: row.second_photo_id.clone().map(PhotoId::stored),
    });
    let standing = standing(studio.db().read(), &row.id).await?;
    let own = studio.catalogue().show_of(&row.film, row.film_version);
    let show = own.or_else(|| studio.catalogue().show(&row.film));
    let is_ready =
        |place: usize| standing.iter().any(|shot| shot.place == place && shot.state == ShotState::Ready);
    let correctable = Correctable::of(own.map(|show| &**show), &row, &is_ready);
    let given = options_of(studio, &key, &row)?;
    let options = own.map(|show| options(show, &row, &given, &is_ready)).unwrap_or_default();
    let captions = own.map(|show| show.languages_from(&row.language)).unwrap_or_default();
    let lacks_photo = own.is_some_and(|show| lacks(show, &row, &standing));
    let own_poster = show.is_some_and(|show| lost_faces::is_whole(show, &row));
    let seconds_of = |place: usize| {
        show.and_then(|show| {
            let frames = show.film().shots().get(place)?.frames;
            Some(f64::from(frames) / f64::from(show.film().info().fps))
        })
        .unwrap_or(0.0)
    };
    let shots: Vec<ShotView> = standing
        .into_iter()
        .map(|shot| ShotView {
            place: shot.place,
            state: shot.state,
            shared: shot.shared,
            seconds: seconds_of(shot.place),
        })
        .collect();
    let pace = Pace::of(&row, &shots, studio.now_ms());
    Ok(FilmView {
        id: FilmId::stored(row.id),
        order: OrderId::stored(row.order_id),
        title: show.map_or_else(|| row.film.clone(), |show| show.film().words(&row.language).title.clone()),
        film: row.film,
        version: row.film_version,
        language: row.language,
        captions: captions.into_iter().map(str::to_owned).collect(),
        name,
        child: row.child_id.map(ChildId::stored),
        photo: row.photo_id.map(PhotoId::stored),
        second,
        lacks_photo,
        state: row.state,
        revision: row.revision.unsigned_abs(),
        shots_ready: shots.iter().filter(|shot| shot.state == ShotState::Ready).count(),
        seconds: shots.iter().map(|shot| shot.seconds).sum(),
        correctable,
        options,
        own_poster,
        streams: own.is_some(),
        remaining_s: remaining(&shots, pace, studio.config().renders_at_once),
        shots,
        stopped_s: row.stopped_s.map(i32::unsigned_abs),
        download_bytes: row.mp4_bytes.map(|bytes| bytes as u64),
        created_at_ms: row.created_at_ms,
        ready_at_ms: row.ready_at_ms,
    })
}

/// What a film in its own version asks for besides names, with what was `given`. `is_ready`: whether the shot at a place
/// is there.
fn options(
    show: &Show,
    film: &films::Model,
    given: &BTreeMap<String, String>,
    is_ready: &dyn Fn(usize) -> bool,
) -> Vec<OptionView> {
    let is_made = film.state != FilmState::Failed;
    let asked = show.film().info().options.iter();
    asked
        .map(|(id, option)| OptionView {
            id: id.clone(),
            option: option.clone(),
            value: given.get(id).cloned().unwrap_or_default(),
            can: is_made && lost_faces::can_change(show, film, &[Slot::Option(id.clone())], is_ready),
        })
        .collect()
}

/// How long a film has been in the making, and how many seconds of it that gave, which may be none.
#[derive(Clone, Copy)]
struct Pace {
    took_s: f64,
    film_s: f64,
}

impl Pace {
    /// Nothing, when it is made again: since when is not known.
    fn of(film: &films::Model, shots: &[ShotView], now_ms: i64) -> Option<Self> {
        let own = shots.iter().filter(|shot| shot.state == ShotState::Ready && !shot.shared);
        let film_s: f64 = own.map(|shot| shot.seconds).sum();
        let took_s = (now_ms - film.created_at_ms) as f64 / 1e3;
        (film.revision == 0).then_some(Self { took_s, film_s })
    }
}

/// About how many seconds the shots that are not there yet will take: as long as those that are there took, and never
/// less than they can.
fn remaining(shots: &[ShotView], pace: Option<Pace>, at_once: usize) -> u32 {
    let left = shots.iter().filter(|shot| shot.state != ShotState::Ready);
    let left_s: f64 = left.map(|shot| shot.seconds).sum();
    let least = left_s * WORK_A_SECOND / at_once.max(1) as f64;
    let measured = pace.map_or(0.0, |pace| match pace.film_s {
        // As long again as nothing came of it.
        0.0 => pace.took_s,
        film_s => left_s * pace.took_s / film_s,
    });
    least.max(measured).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_is_there_took() {
        let shot = |state, shared| ShotView { place: 0, state, shared, seconds: 8.0 };
        let (ready, waiting) = (ShotState::Ready, ShotState::Waiting);
        let begun = [shot(ready, true), shot(waiting, false), shot(waiting, false)];
        assert_eq!(remaining(&begun, None, 2), 2, "nothing is known yet");
        let half = [shot(ready, true), shot(ready, false), shot(waiting, false)];
        let pace = |took_s| Some(Pace { took_s, film_s: 8.0 });
        assert_eq!(remaining(&half, pace(50.0), 2), 50, "as slow as it was, whatever was expected");
        assert_eq!(remaining(&half, pace(0.0), 1), 2, "never less than it can be");
        assert_eq!(remaining(&half[..2], pace(50.0), 2), 0);
        let nothing = Some(Pace { took_s: 30.0, film_s: 0.0 });
        assert_eq!(remaining(&begun, nothing, 2), 30, "at least as long as it took so far");
    }
}
