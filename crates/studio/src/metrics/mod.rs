//! Figures for whoever watches over the program: how much there is of what, and how it does. Sums alone: nothing in
//! them tells of one person or one film. It must not know in which form they are read.

#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ring::hmac;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use sea_orm::{Condition, Iterable, QueryOrder, QuerySelect};

use crate::accounts::in_use;
use crate::clock::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::desk::Kind;
use crate::films::rows::{films, shared_shots, shots};
use crate::films::{FilmState, ShotState};
use crate::handles::rows::handles;
use crate::jobs::Waiting;
use crate::keys::house_rows;
use crate::orders::OrderState;
use crate::{Error, Result, Studio, backup, boxed, erasure, mail};

/// A mail goes within moments of being due; after this long something is in the way.
const MAIL_LATE_MS: i64 = 5 * MINUTE_MS;
/// An erasure that waits for nobody is done within moments; after this long something is in the way.
const ERASURE_LATE_MS: i64 = DAY_MS;
/// Whoever asks whether the database answers is told after this long that it does not.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

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
    /// Shots that were given up; of the shared ones those that a copy is made of.
    pub shots_given_up: Shots,
    /// Shared shots that were given up and that no copy waits for: other sizes, and what is made while there is time.
    pub shots_given_up_ahead: u64,
    /// For how many seconds the first picture of the child has been waited for, where that is longest; 0: nobody who paid
    /// lacks it.
    pub first_picture_waits_s: u64,
    /// From paying to the first shot with the child in it, median of the last day's films, in milliseconds.
    pub first_picture_ms: Option<i64>,
    /// From paying to the whole film, median of the last day's films, in milliseconds.
    pub whole_film_ms: Option<i64>,
    /// Jobs in the queue.
    pub jobs: Waiting,
    /// Mails that have been due for minutes, or were tried in vain.
    pub mails_waiting: u64,
    /// Mails whose time has not come: gifts for a day, what advertises by its pace.
    pub mails_later: u64,
    /// Cases whose answer is late.
    pub cases_overdue: u64,
    /// Deletions at processors that take longer than they may.
    pub deletions_late: u64,
    /// Erasures that no processor holds up and that are not finished after a day.
    pub erasures_late: u64,
    /// Payments that a bank wants back and nobody answered.
    pub disputes_open: u64,
    /// How old the last backup that was made here is, in seconds; nothing where none is known.
    pub backup_age_s: Option<u64>,
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

    /// Whether the database answers, by reading one row.
    ///
    /// # Errors
    /// `database-away` and the like: it does not, or not within seconds.
    #[boxed]
    pub async fn database_answers(&self) -> Result<()> {
        let names = house_rows::Entity::find().select_only().column(house_rows::Column::Name);
        let row = names.into_tuple::<String>().one(self.studio.db().read());
        match tokio::time::timeout(ANSWERS_WITHIN, row).await {
            Ok(answer) => Ok(answer.map(drop)?),
            Err(_) => Err(Error::unavailable("database-away", "it did not answer in time")),
        }
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
        let shared_given_up = of(&figures.shared_shots, ShotState::Failed);
        let waited_for = self.given_up_of_copies().await?;
        let (mails_waiting, mails_later) = self.mails().await?;
        let backup_ms = backup::last_ms(&studio.config().data);
        let stuck = async |kind| -> Result<u64> { Ok(studio.desk().count(kind).await?.0) };
        Ok(Numbers {
            orders: OrderState::iter().map(|state| (state, of(&figures.orders, state))).collect(),
            films: FilmState::iter().map(|state| (state, of(&figures.films, state))).collect(),
            shots_made: Shots {
                own: of(&own, ShotState::Ready),
                shared: of(&figures.shared_shots, ShotState::Ready),
            },
            shots_given_up: Shots { own: of(&own, ShotState::Failed), shared: waited_for },
            // Counted one after the other: in between one may have been given up.
            shots_given_up_ahead: shared_given_up.saturating_sub(waited_for),
            first_picture_waits_s: self.longest_wait_s().await?,
            first_picture_ms: figures.first_shot_ms_median,
            whole_film_ms: figures.whole_film_ms_median,
            jobs: figures.jobs,
            mails_waiting,
            mails_later,
            cases_overdue: studio.enquiries().overdue().await?,
            deletions_late: studio.handles().late().await?,
            erasures_late: self.erasures_late().await?,
            disputes_open: studio.desk().open_disputes().await?.0,
            backup_age_s: backup_ms.map(|at_ms| seconds(studio.now_ms() - at_ms)),
            webhooks_dead: stuck(Kind::Webhooks).await?,
            mails_given_up: stuck(Kind::Mails).await?,
            refunds_stuck: stuck(Kind::Refunds).await?,
            jobs_not_relayed: stuck(Kind::Relay).await?,
        })
    }

    /// How many shared shots were given up that a copy is made of.
    async fn given_up_of_copies(&self) -> Result<u64> {
        let in_copies = Query::select()
            .column(shots::Column::ShotKey)
            .from(shots::Entity)
            .and_where(shots::Column::Shared.eq(true))
            .to_owned();
        let given_up = shared_shots::Entity::find()
            .filter(shared_shots::Column::State.eq(ShotState::Failed))
            .filter(shared_shots::Column::ShotKey.in_subquery(in_copies));
        Ok(given_up.count(self.studio.db().read()).await?)
    }

    /// For how many seconds the first picture of the child has been waited for, where that is longest. Where an account's
    /// data are only stored, nothing is made and nobody waits.
    async fn longest_wait_s(&self) -> Result<u64> {
        let first = films::Entity::find()
            .filter(films::Column::State.eq(FilmState::Making))
            .filter(films::Column::FirstShotAtMs.is_null())
            .filter(films::Column::AccountId.in_subquery(in_use()))
            .order_by_asc(films::Column::CreatedAtMs)
            .one(self.studio.db().read())
            .await?;
        Ok(first.map_or(0, |film| seconds(self.studio.now_ms() - film.created_at_ms)))
    }

    /// How many mails wait though their time has come, and how many for their time. A try that failed puts a mail off,
    /// which waits all the same.
    async fn mails(&self) -> Result<(u64, u64)> {
        use mail::rows::Column::{DueAtMs, State, Tries};
        let (now, db) = (self.studio.now_ms(), self.studio.db().read());
        let unsent = || mail::rows::Entity::find().filter(State.eq(mail::State::Waiting));
        let is_late = Condition::any().add(Tries.gt(0_i64)).add(DueAtMs.lt(now - MAIL_LATE_MS));
        let later = unsent().filter(Tries.eq(0_i64)).filter(DueAtMs.gt(now));
        Ok((unsent().filter(is_late).count(db).await?, later.count(db).await?))
    }

    /// How many erasures are late that wait for no processor. Those that do are late with their deletions there.
    async fn erasures_late(&self) -> Result<u64> {
        use erasure::rows::Column::{AccountId, AskedAtMs, DoneAtMs};
        let outside = Query::select()
            .column(handles::Column::AccountId)
            .from(handles::Entity)
            .and_where(handles::Column::AccountId.is_not_null())
            .to_owned();
        let late = erasure::rows::Entity::find()
            .filter(DoneAtMs.is_null())
            .filter(AskedAtMs.lt(self.studio.now_ms() - ERASURE_LATE_MS))
            .filter(AccountId.not_in_subquery(outside));
        Ok(late.count(self.studio.db().read()).await?)
    }
}

/// Whole seconds of milliseconds; none where a clock was set back.
fn seconds(ms: i64) -> u64 {
    (ms / SECOND_MS).max(0).unsigned_abs()
}

/// How many there are in a state.
fn of<S: Copy + PartialEq>(counts: &[(S, u64)], state: S) -> u64 {
    counts.iter().filter(|(counted, _)| *counted == state).map(|(_, count)| count).sum()
}
