//! Films as their owner sees them; the one place where it is checked whose a film is.

use policy::PurposeId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::claim::standing;
use super::finish::{name_of, second_name_of};
use super::rows::films;
use super::{FilmId, FilmView, Films, SecondHero, ShotState, ShotView};
use crate::orders::OrderId;
use crate::{AccountId, ChildId, Error, PhotoId, Result, Studio, boxed};

/// About how many seconds one core works on a second of film.
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

    /// How long making one film from the catalogue takes on this machine, about, in seconds.
    pub fn about_seconds(&self, film: &str) -> Option<u32> {
        let show = self.studio.catalogue().show(film)?;
        let fps = f64::from(show.film().info().fps);
        let personal = show.film().shots().iter().filter(|shot| shot.is_personal());
        let seconds: f64 = personal.map(|shot| f64::from(shot.frames) / fps).sum();
        Some(remaining(seconds, self.studio.config().renders_at_once))
    }
}

/// A film of this account, or the same answer as for one that is not there.
#[boxed]
pub(super) async fn owned(studio: &Studio, account: &AccountId, film: &FilmId) -> Result<films::Model> {
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

async fn view(studio: &Studio, account: &AccountId, row: films::Model) -> Result<FilmView> {
    let key = studio.data_key(account, PurposeId::Films).await?;
    let name = name_of(studio, &key, &row)?;
    let second = second_name_of(studio, &key, &row)?.map(|name| SecondHero {
        name,
        child: row.second_child_id.clone().map(ChildId::stored),
        photo: row.second_photo_id.clone().map(PhotoId::stored),
    });
    let standing = standing(studio.db().read(), &row.id).await?;
    let show = studio.catalogue().show(&row.film);
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
    let to_do = shots.iter().filter(|shot| shot.state != ShotState::Ready).map(|shot| shot.seconds).sum();
    Ok(FilmView {
        id: FilmId::stored(row.id),
        order: OrderId::stored(row.order_id),
        title: show.map_or_else(|| row.film.clone(), |show| show.film().words(&row.language).title.clone()),
        film: row.film,
        language: row.language,
        name,
        child: row.child_id.map(ChildId::stored),
        photo: row.photo_id.map(PhotoId::stored),
        second,
        state: row.state,
        revision: row.revision.unsigned_abs(),
        shots_ready: shots.iter().filter(|shot| shot.state == ShotState::Ready).count(),
        seconds: shots.iter().map(|shot| shot.seconds).sum(),
        remaining_s: remaining(to_do, studio.config().renders_at_once),
        shots,
        stopped_s: row.stopped_s.map(i32::unsigned_abs),
        download_bytes: row.mp4_bytes.map(|bytes| bytes as u64),
        created_at_ms: row.created_at_ms,
        ready_at_ms: row.ready_at_ms,
    })
}

fn remaining(film_seconds: f64, at_once: usize) -> u32 {
    (film_seconds * WORK_A_SECOND / at_once.max(1) as f64).ceil() as u32
}
