//! What the operator sees: how the studio does as a whole. Counts and times, nothing personal.

use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::films::rows::{films, shared_shots};
use crate::films::{FilmState, ShotState};
use crate::jobs::Waiting;
use crate::orders::OrderState;
use crate::orders::rows::orders;
use crate::{Result, Studio};

/// The studio in figures.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Orders by where they stand.
    pub orders: Vec<(OrderState, u64)>,
    /// Films by where they stand.
    pub films: Vec<(FilmState, u64)>,
    /// Shots that are in every copy, by where they stand.
    pub shared_shots: Vec<(ShotState, u64)>,
    /// From paying to the first shot with the child in it, median of the last films, in milliseconds.
    pub first_shot_ms_median: Option<i64>,
    /// From paying to the whole film, median of the last films, in milliseconds.
    pub whole_film_ms_median: Option<i64>,
    /// Jobs in the queue.
    pub jobs: Waiting,
}

/// Something that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Key of the shot.
    pub shot_key: String,
    /// Slug of the film.
    pub film: String,
    /// Language of the film.
    pub language: String,
    /// Position in the film, from 0.
    pub place: usize,
    /// How often making it failed.
    pub failures: u32,
}

/// How many of the last films the times are taken from.
const LAST_FILMS: u64 = 100;

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
    pub async fn figures(&self) -> Result<Figures> {
        self.studio.pursue(PurposeId::Improvement)?;
        let db = self.studio.db().read();
        let orders: Vec<(OrderState, i64)> = orders::Entity::find()
            .select_only()
            .column(orders::Column::State)
            .column_as(orders::Column::Id.count(), "count")
            .group_by(orders::Column::State)
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
        let last = films::Entity::find().order_by_desc(films::Column::Id).limit(LAST_FILMS).all(db).await?;
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

    /// Shared shots that were given up: until one is made, no copy of its film can be.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn given_up(&self) -> Result<Vec<Given>> {
        let rows = shared_shots::Entity::find()
            .filter(shared_shots::Column::State.eq(ShotState::Failed))
            .order_by_asc(shared_shots::Column::Film)
            .all(self.studio.db().read())
            .await?;
        let given = rows.into_iter().map(|row| Given {
            shot_key: row.shot_key,
            film: row.film,
            language: row.language,
            place: row.place.unsigned_abs() as usize,
            failures: row.failures.unsigned_abs(),
        });
        Ok(given.collect())
    }

    /// Tries everything again that was given up and hurts no order by it: shared shots. Returns how
    /// many there were.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn try_again(&self) -> Result<u64> {
        let again = shared_shots::Entity::update_many()
            .col_expr(shared_shots::Column::State, Expr::value(ShotState::Waiting))
            .col_expr(shared_shots::Column::Failures, Expr::value(0))
            .col_expr(shared_shots::Column::Starts, Expr::value(0))
            .col_expr(shared_shots::Column::NotBeforeMs, Expr::value(self.studio.now_ms()))
            .filter(shared_shots::Column::State.eq(ShotState::Failed))
            .exec(self.studio.db().write())
            .await?;
        self.studio.jobs().derive().await?;
        Ok(again.rows_affected)
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
