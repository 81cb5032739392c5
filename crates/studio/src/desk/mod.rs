//! What who works here sees of the whole: how the studio does ([`Figures`], [`business`]), what needs somebody now
//! ([`to_do`]), what got stuck ([`stuck`]), and orders ([`orders`]). Counts and times; an order is shown without
//! anything personal of it.

mod business;
mod orders;
pub(crate) mod rows;
mod stuck;
#[cfg(test)]
mod tests;
mod to_do;

use policy::PurposeId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use business::{Business, Crowd, DAYS, Rate, Spread, Takings};
pub(crate) use orders::asked_for_refund;
pub use orders::{Act, Done, Event, OrderLine, OrderPage, OrderShown, OwnersAct, Trouble};
pub use stuck::{Kind, Line, Stuck};
pub use to_do::{Matter, ToDo};

use crate::clock::DAY_MS;
use crate::films::rows::{films, shared_shots};
use crate::films::{FilmState, ShotState};
use crate::jobs::Waiting;
use crate::orders::OrderState;
use crate::orders::rows::orders as order_rows;
use crate::{Result, Studio, boxed};

/// The studio in figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Orders by where they stand.
    pub orders: Vec<(OrderState, u64)>,
    /// Films by where they stand.
    pub films: Vec<(FilmState, u64)>,
    /// Shots that are in every copy, by where they stand.
    pub shared_shots: Vec<(ShotState, u64)>,
    /// From paying to the first shot with the child in it, median of the last day's films, in milliseconds.
    pub first_shot_ms_median: Option<i64>,
    /// From paying to the whole film, median of the last day's films, in milliseconds.
    pub whole_film_ms_median: Option<i64>,
    /// Jobs in the queue.
    pub jobs: Waiting,
}

/// How many of the last films the times are taken from, …
const LAST_FILMS: u64 = 100;
/// … and how old they may be: how it went last week does not tell how it goes.
const LAST_MS: i64 = DAY_MS;

/// The operator's desk.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    studio: &'a Studio,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// The studio in figures.
    ///
    /// # Errors
    /// When the database or the queue is out of reach.
    #[boxed]
    pub async fn figures(&self) -> Result<Figures> {
        self.studio.pursue(PurposeId::Improvement)?;
        let db = self.studio.db().read();
        let orders: Vec<(OrderState, i64)> = order_rows::Entity::find()
            .select_only()
            .column(order_rows::Column::State)
            .column_as(order_rows::Column::Id.count(), "count")
            .group_by(order_rows::Column::State)
            .into_tuple()
            .all(db)
            .await?;
        let films_by_state: Vec<(FilmState, i64)> = films::Entity::find()
            .select_only()
            .column(films::Column::State)
            .column_as(films::Column::Id.count(), "count")
            .group_by(films::Column::State)
            .into_tuple()
            .all(db)
            .await?;
        let shared: Vec<(ShotState, i64)> = shared_shots::Entity::find()
            .select_only()
            .column(shared_shots::Column::State)
            .column_as(shared_shots::Column::ShotKey.count(), "count")
            .group_by(shared_shots::Column::State)
            .into_tuple()
            .all(db)
            .await?;
        let last = films::Entity::find()
            .filter(films::Column::CreatedAtMs.gt(self.studio.now_ms() - LAST_MS))
            .order_by_desc(films::Column::Id)
            .limit(LAST_FILMS)
            .all(db)
            .await?;
        let since = |at: Option<i64>, film: &films::Model| at.map(|at| at - film.created_at_ms);
        Ok(Figures {
            orders: counted(orders),
            films: counted(films_by_state),
            shared_shots: counted(shared),
            first_shot_ms_median: median(last.iter().filter_map(|film| since(film.first_shot_at_ms, film))),
            // A film whose name was corrected became whole a second time: that says nothing.
            whole_film_ms_median: median(
                last.iter()
                    .filter(|film| film.revision == 0)
                    .filter_map(|film| since(film.ready_at_ms, film)),
            ),
            jobs: self.studio.jobs().waiting().await?,
        })
    }
}

fn counted<S: Copy + PartialEq>(rows: Vec<(S, i64)>) -> Vec<(S, u64)> {
    rows.into_iter().map(|(state, count)| (state, count.unsigned_abs())).collect()
}

fn median(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut sorted: Vec<i64> = values.collect();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}
