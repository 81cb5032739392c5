//! Figures for whoever watches over the program: how much there is of what, and how it does. Sums alone: nothing in
//! them tells of one person or one film. It must not know in which form they are read.

#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use ring::hmac;
use sea_orm::entity::prelude::*;
use sea_orm::{Iterable, QuerySelect};

use crate::clock::MINUTE_MS;
use crate::desk::Kind;
use crate::films::rows::shots;
use crate::films::{FilmState, ShotState};
use crate::jobs::Waiting;
use crate::mail;
use crate::orders::OrderState;
use crate::{Result, Studio, boxed};

/// How many shots: those of families, and those that are in every copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shots {
    /// Made for one family.
    pub own: u64,
    /// In every copy of a film.
    pub shared: u64,
}

/// The figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Orders by where they stand; each state there is.
    pub orders: Vec<(OrderState, u64)>,
    /// Films by where they stand; each state there is.
    pub films: Vec<(FilmState, u64)>,
    /// Shots that are made.
    pub shots_made: Shots,
    /// Shots that were given up.
    pub shots_given_up: Shots,
    /// From paying to the first shot with the child in it, median of the last films, in milliseconds.
    pub first_picture_ms: Option<i64>,
    /// From paying to the whole film, median of the last films, in milliseconds.
    pub whole_film_ms: Option<i64>,
    /// Jobs in the queue.
    pub jobs: Waiting,
    /// Mails that wait for their delivery.
    pub mails_waiting: u64,
    /// Cases whose answer is late.
    pub cases_overdue: u64,
    /// Deletions at processors that take longer than they may.
    pub deletions_late: u64,
    /// Deliveries of processors that were given up.
    pub webhooks_dead: u64,
    /// Mails that were given up.
    pub mails_given_up: u64,
    /// Payments on their way back that something is in the way of.
    pub refunds_stuck: u64,
    /// Jobs that were asked for and are not in the queue after a minute.
    pub jobs_not_relayed: u64,
}

/// The last figures, and when they were counted: all shots are looked at for them, and whoever watches asks often.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<(i64, Numbers)>>);

impl Kept {
    /// Those of the last minute, if there are any.
    fn fresh(&self, now: i64) -> Option<Numbers> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, numbers) = kept.as_ref()?;
        (0..MINUTE_MS).contains(&(now - at)).then(|| numbers.clone())
    }

    fn keep(&self, now: i64, numbers: &Numbers) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, numbers.clone()));
    }
}

/// Figures of a studio.
#[derive(Clone, Copy)]
pub struct Metrics<'a> {
    studio: &'a Studio,
}

impl<'a> Metrics<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Whether anybody may read them: only where the operator has set a secret.
    pub fn are_offered(&self) -> bool {
        self.studio.config().metrics_secret.is_some()
    }

    /// Whether this is the secret by which they may be read. How long that takes tells nothing of it.
    pub fn may_be_read_with(&self, shown: &str) -> bool {
        let Some(secret) = &self.studio.config().metrics_secret else { return false };
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"the secret of the figures");
        let tag = hmac::sign(&key, secret.as_bytes());
        hmac::verify(&key, shown.as_bytes(), tag.as_ref()).is_ok()
    }

    /// The figures as they are now, or were within the last minute.
    ///
    /// # Errors
    /// When the database or the queue is out of reach.
    #[boxed]
    pub async fn now(&self) -> Result<Numbers> {
        let (kept, now) = (&self.studio.0.numbers, self.studio.now_ms());
        if let Some(numbers) = kept.fresh(now) {
            return Ok(numbers);
        }
        let numbers = self.counted().await?;
        kept.keep(now, &numbers);
        Ok(numbers)
    }

    async fn counted(&self) -> Result<Numbers> {
        let (studio, db) = (self.studio, self.studio.db().read());
        let figures = studio.desk().figures().await?;
        let own: Vec<(ShotState, i64)> = shots::Entity::find()
            .select_only()
            .column(shots::Column::State)
            .column_as(shots::Column::Place.count(), "count")
            .filter(shots::Column::Shared.eq(false))
            .group_by(shots::Column::State)
            .into_tuple()
            .all(db)
            .await?;
        let own: Vec<_> = own.into_iter().map(|(state, count)| (state, count.unsigned_abs())).collect();
        let shots = |state| Shots { own: of(&own, state), shared: of(&figures.shared_shots, state) };
        let mails = mail::rows::Entity::find()
            .filter(mail::rows::Column::State.eq(mail::State::Waiting))
            .count(db)
            .await?;
        let stuck = async |kind| -> Result<u64> { Ok(studio.desk().count(kind).await?.0) };
        Ok(Numbers {
            orders: OrderState::iter().map(|state| (state, of(&figures.orders, state))).collect(),
            films: FilmState::iter().map(|state| (state, of(&figures.films, state))).collect(),
            shots_made: shots(ShotState::Ready),
            shots_given_up: shots(ShotState::Failed),
            first_picture_ms: figures.first_shot_ms_median,
            whole_film_ms: figures.whole_film_ms_median,
            jobs: figures.jobs,
            mails_waiting: mails,
            cases_overdue: studio.enquiries().overdue().await?,
            deletions_late: studio.handles().late().await?,
            webhooks_dead: stuck(Kind::Webhooks).await?,
            mails_given_up: stuck(Kind::Mails).await?,
            refunds_stuck: stuck(Kind::Refunds).await?,
            jobs_not_relayed: stuck(Kind::Relay).await?,
        })
    }
}

/// How many there are in a state.
fn of<S: Copy + PartialEq>(counts: &[(S, u64)], state: S) -> u64 {
    counts.iter().filter(|(counted, _)| *counted == state).map(|(_, count)| count).sum()
}
