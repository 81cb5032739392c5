//! The job engine: apalis over SQLite or PostgreSQL, and nothing of ours in it but ids.
//!
//! apalis hands a job to one worker at a time, in the order of priority, and gives back what a
//! dead worker held. Everything that must never be wrong (who makes which shot, how often a thing
//! was tried, when it is tried again) stands in our own rows instead, so a job that is lost, doubled
//! or late changes nothing. Therefore a handler never reports an error to the engine: it has written
//! what happened into its row, and asked for the next try through the outbox.
//!
//! In the embedded size the queue lies in a file of its own (`jobs.sqlite`) beside the database: its
//! polling never waits for a business write. With PostgreSQL it is the schema `apalis` of the same
//! database, shared by all machines.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use apalis::prelude::*;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use tokio::sync::Notify;

use super::{Job, Lane, Queue};
use crate::{Clock, System, boxed};

/// One worker over either storage: their types differ, the words do not.
macro_rules! run_worker {
    ($storage:expr, $name:expr, $at_once:expr, $wake:expr, $stop:expr, $handle:expr) => {{
        let looks = Strategy::new().stream(wakes(Arc::clone(&$wake))).interval(LOOK_EVERY);
        let worker = WorkerBuilder::new($name.as_str())
            .backend($storage.poll_with_strategy(looks))
            .data(Handler::clone(&$handle))
            .concurrency($at_once)
            .parallelize(tokio::spawn)
            .build(do_job);
        let mut stop = $stop.clone();
        let until = async move {
            let _ = stop.wait_for(|stopped| *stopped).await;
            Ok::<(), std::io::Error>(())
        };
        worker.run_until(until).boxed().await.map_err(failed)
    }};
}

/// What is done with a job.
pub type Handler = Arc<dyn Fn(Job) -> BoxFuture<'static, ()> + Send + Sync>;

async fn do_job(job: Job, handler: Data<Handler>) -> Result<(), BoxDynError> {
    (*handler)(job).await;
    Ok(())
}

/// How often a worker looks for jobs when nobody wakes it: what another machine pushed, and what
/// is due later.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a worker says that it is alive, which is a look as well: no oftener than it looks.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// After how many missing heartbeats its jobs are given to others.
const HEARTBEATS_MISSED: usize = 3;

/// A job on its way into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// What is to be done.
    pub job: Job,
    /// Two jobs with the same key never wait at the same time.
    pub key: String,
    /// Not before, in milliseconds since 1970.
    pub run_at_ms: i64,
}

impl Push {
    /// What is put into the queue for it: a job for each of these lanes, where it is about all of them.
    pub(super) fn parts(&self, lanes: &[Lane]) -> Vec<Self> {
        match &self.job {
            Job::SeeToProcessors => {
                let part = |&lane: &Lane| {
                    let key = format!("{}/{lane:?}", self.key);
                    Self { job: Job::SeeTo { lane }, key, run_at_ms: self.run_at_ms }
                };
                lanes.iter().map(part).collect()
            }
            _ => vec![self.clone()],
        }
    }
}

/// How many jobs are in which state, for the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Due now or later.
    pub waiting: u64,
    /// In somebody's hands.
    pub running: u64,
}

/// The queue failed; nothing is lost, the domain rows know what is to be done.
#[derive(Debug, thiserror::Error)]
#[error("job queue: {0}")]
pub struct EngineError(String);

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError(error.to_string())
}

/// What PostgreSQL names when a job with the same key waits already.
const KEY_TAKEN: &str = "idx_jobs_idempotency_key";

/// The queue of one database.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Embedded: a file beside the database.
    Sqlite(SqlitePool),
    /// Shared by many machines.
    Postgres(PgPool),
}

impl Engine {
    /// The queue in a file, made when it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    #[boxed]
    pub async fn in_file(file: &Path) -> Result<Self, EngineError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(10))
            // What is deleted is overwritten, as in the database.
            .pragma("secure_delete", "on");
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.map_err(failed)?;
        apalis_sqlite::SqliteStorage::migrations().run(&pool).await.map_err(failed)?;
        Ok(Self::Sqlite(pool))
    }

    /// The queue in the schema `apalis` of a PostgreSQL database.
    ///
    /// # Errors
    /// When the schema cannot be made.
    #[boxed]
    pub async fn in_postgres(pool: PgPool) -> Result<Self, EngineError> {
        apalis_postgres::PostgresStorage::setup(&pool).await.map_err(failed)?;
        Ok(Self::Postgres(pool))
    }

    /// Puts jobs in. One whose key waits already, or is being done, is left out; one that is done again only while
    /// another waits, which will see what this one was asked for. The queue goes by the machine's time, so what it is
    /// told is how long to wait from `now_ms`, the studio's.
    ///
    /// # Errors
    /// When the queue is out of reach; then none is in.
    #[boxed]
    pub async fn push(&self, jobs: &[Push], now_ms: i64) -> Result<(), EngineError> {
        for push in jobs {
            let wait_ms = (push.run_at_ms - now_ms).max(0);
            // In whole seconds: what waits is never early, and what need not wait starts in the second that runs.
            let run_at_s = (System.now_ms() + if wait_ms > 0 { wait_ms + 999 } else { 0 }) / 1000;
            let task = TaskBuilder::new(push.job.clone())
                .priority(push.job.priority())
                .idempotency_key(&push.key)
                .run_at_timestamp(u64::try_from(run_at_s).unwrap_or(0))
                .max_attempts(ATTEMPTS)
                .build();
            let queue = push.job.queue();
            if push.job.is_done_again() {
                self.free_begun(queue, &push.key).await?;
            }
            match self {
                Self::Sqlite(pool) => {
                    sqlite(pool, queue).push_task(task).await.map_err(failed)?;
                }
                Self::Postgres(pool) => {
                    match postgres(pool, queue).push_task(task).await.map_err(failed) {
                        // Waits already. With SQLite the library says nothing about it, with PostgreSQL it fails.
                        Err(error) if error.0.contains(KEY_TAKEN) => {}
                        done => done?,
                    }
                }
            }
        }
        Ok(())
    }

    /// Frees the key of a job that was begun, so that another can wait under it.
    async fn free_begun(&self, queue: Queue, key: &str) -> Result<(), EngineError> {
        match self {
            Self::Sqlite(pool) => {
                sqlx::query(
                    "UPDATE Jobs SET idempotency_key = NULL WHERE job_type = ? AND idempotency_key = ? AND status <> 'Pending'",
                )
                .bind(queue.name())
                .bind(key)
                .execute(pool)
                .await
                .map_err(failed)?;
            }
            Self::Postgres(pool) => {
                sqlx::query(
                    "UPDATE apalis.jobs SET idempotency_key = NULL WHERE job_type = $1 AND idempotency_key = $2 AND status <> 'Pending'",
                )
                .bind(queue.name())
                .bind(key)
                .execute(pool)
                .await
                .map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Forgets jobs that are done, so that their keys are free again; but these keys are not, yet.
    ///
    /// # Errors
    /// When the queue is out of reach.
    #[boxed]
    pub async fn forget_done(&self, kept: &[String]) -> Result<u64, EngineError> {
        let done = match self {
            Self::Sqlite(pool) => {
                let kept = serde_json::to_string(kept).map_err(failed)?;
                sqlx::query(
                    "DELETE FROM Jobs WHERE status IN ('Done', 'Failed', 'Killed') \
                     AND COALESCE(idempotency_key, '') NOT IN (SELECT value FROM json_each(?))",
                )
                .bind(kept)
                .execute(pool)
                .await
                .map_err(failed)?
                .rows_affected()
            }
            Self::Postgres(pool) => sqlx::query(
                "DELETE FROM apalis.jobs WHERE status IN ('Done', 'Failed', 'Killed') \
                     AND COALESCE(idempotency_key, '') <> ALL($1)",
            )
            .bind(kept)
            .execute(pool)
            .await
            .map_err(failed)?
            .rows_affected(),
        };
        Ok(done)
    }

    /// Drops all jobs of a queue that nobody works on.
    ///
    /// # Errors
    /// When the queue is out of reach.
    #[boxed]
    pub(super) async fn drop_all(&self, queue: Queue) -> Result<(), EngineError> {
        match self {
            Self::Sqlite(pool) => {
                let drop = sqlx::query("DELETE FROM Jobs WHERE job_type = ?").bind(queue.name());
                drop.execute(pool).await.map_err(failed)?;
            }
            Self::Postgres(pool) => {
                let drop = sqlx::query("DELETE FROM apalis.jobs WHERE job_type = $1").bind(queue.name());
                drop.execute(pool).await.map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Has the log of changes written into the file and emptied (embedded). Should somebody read for long at this moment,
    /// it is left to the next time.
    ///
    /// # Errors
    /// When the queue is out of reach.
    pub(super) async fn overwrite_log(&self) -> Result<(), EngineError> {
        if let Self::Sqlite(pool) = self {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Gives back what a process that is no more held. Only right where there is a single process
    /// (the embedded size); elsewhere missing heartbeats tell.
    ///
    /// # Errors
    /// When the queue is out of reach.
    #[boxed]
    pub async fn release_all(&self) -> Result<(), EngineError> {
        if let Self::Sqlite(pool) = self {
            // A job that is done still names its worker, who could not be forgotten.
            self.forget_done(&[]).await?;
            sqlx::query("UPDATE Jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL WHERE status IN ('Queued', 'Running')")
                .execute(pool)
                .await
                .map_err(failed)?;
            sqlx::query("DELETE FROM Workers").execute(pool).await.map_err(failed)?;
        }
        Ok(())
    }

    /// What is waiting and what is being done.
    ///
    /// # Errors
    /// When the queue is out of reach.
    #[boxed]
    pub async fn waiting(&self) -> Result<Waiting, EngineError> {
        let rows: Vec<(String, i64)> = match self {
            Self::Sqlite(pool) => {
                sqlx::query_as("SELECT status, COUNT(*) FROM Jobs GROUP BY status").fetch_all(pool).await
            }
            Self::Postgres(pool) => {
                sqlx::query_as("SELECT status, COUNT(*) FROM apalis.jobs GROUP BY status")
                    .fetch_all(pool)
                    .await
            }
        }
        .map_err(failed)?;
        let mut found = Waiting::default();
        for (status, count) in rows {
            match status.as_str() {
                "Pending" => found.waiting += count as u64,
                "Queued" | "Running" => found.running += count as u64,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Works on one queue until `stop`, on so many jobs at a time, as the process of that name. A queue out of reach is
    /// tried again: the database may be gone for a minute.
    #[boxed]
    pub(super) async fn work(
        &self,
        queue: Queue,
        at_once: usize,
        process: &str,
        wake: Arc<Notify>,
        stop: Stop,
        handle: Handler,
    ) {
        for turn in 0u64.. {
            let name = format!("{process}-{}-{turn}", queue.name());
            let ended = match self {
                Self::Sqlite(pool) => run_worker!(sqlite(pool, queue), name, at_once, wake, stop, handle),
                Self::Postgres(pool) => run_worker!(postgres(pool, queue), name, at_once, wake, stop, handle),
            };
            if *stop.borrow() {
                return;
            }
            if let Err(error) = ended {
                tracing::warn!(?queue, %error, "the worker lost its queue; it will try again");
            }
            let mut stop = stop.clone();
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
        }
    }
}

/// Becomes `true` when the process is asked to end.
pub type Stop = tokio::sync::watch::Receiver<bool>;

/// The engine's own tries: our handlers do not fail, so this only counts lost workers.
const ATTEMPTS: usize = 1000;

fn sqlite(pool: &SqlitePool, queue: Queue) -> apalis_sqlite::SqliteStorage<Job> {
    apalis_sqlite::SqliteStorage::new(pool).with_config(
        apalis_sqlite::Config::default()
            .queue(queue.name())
            .batch_size(1)
            .lock_tasks(false)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(HEARTBEATS_MISSED),
    )
}

fn postgres(pool: &PgPool, queue: Queue) -> apalis_postgres::PostgresStorage<Job> {
    apalis_postgres::PostgresStorage::new(pool).with_config(
        apalis_postgres::Config::default()
            .queue(queue.name())
            .batch_size(1)
            .lock_tasks(false)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(HEARTBEATS_MISSED),
    )
}

fn wakes(wake: Arc<Notify>) -> Pin<Box<dyn Stream<Item = ()> + Send + Sync>> {
    Box::pin(futures::stream::unfold(wake, |wake| async move {
        wake.notified().await;
        Some(((), wake))
    }))
}
