//! Work in the background. Most jobs are a call of the module that they belong to ([`handle`]); those that are more
//! have a file of their own.
//!
//! The domain row is the truth, a job carries only ids. A job is asked for in the same transaction as
//! the change that causes it ([`outbox`]), relayed into the engine ([`engine`]), and derived again from
//! the rows if it got lost ([`reconcile`]). So every handler must be fit to run twice, late, or for
//! something that is not there any more.

mod engine;
pub(crate) mod outbox;
mod reconcile;
mod see_to_processors;
mod send_mailings;
mod sweep_orphans;
mod viewer_waits;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use processors::Connected;
use sea_orm::ConnectionTrait;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

pub use engine::{Stop, Waiting};
pub use see_to_processors::Lane;

use crate::clock::SECOND_MS;
use crate::films::{self, Drawn, FilmId, Persona, Renderer, Show};
use crate::orders::OrderId;
use crate::{Config, Error, Outside, Result, Studio, boxed, db};
use engine::{Engine, Push};

/// A job: what is to be done, and to which row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Make a shot of a film: the one its viewer needs first, which need not be this one. Nothing when the film is gone,
    /// whole, or all its shots are in other hands.
    MakeShot {
        /// Whose shot.
        film: FilmId,
        /// Position in the film, from 0.
        place: usize,
    },
    /// The same, before those of other films: somebody is looking at an empty screen.
    ViewerWaits {
        /// Whose shot.
        film: FilmId,
        /// Where the viewer stands.
        place: usize,
    },
    /// Put the file to download together, end the order, write the mail. Nothing when a shot is missing or the film is
    /// whole already.
    FinishFilm {
        /// Which film.
        film: FilmId,
    },
    /// Make the next shot of a whole film in another size. Nothing while a shot of an order is free to be made.
    MakeRendition {
        /// Which film.
        film: FilmId,
    },
    /// Make a shot that is in every copy, or what is everyone's of one, ahead of any order. Nothing while a shot of an
    /// order is free to be made.
    #[serde(alias = "prepare_shared", alias = "prepare_rendition")]
    MakeAhead {
        /// Key of the shot.
        key: String,
    },
    /// Give the money of a failed order back and say so by mail. Nothing when it was given back already.
    RefundOrder {
        /// Which order.
        order: OrderId,
    },
    /// Deliver the mails that are due.
    DeliverMail,
    /// Do whatever there is to do with processors. In the queue it is a job for each lane that is used.
    SeeToProcessors,
    /// Do what there is to do in one lane.
    SeeTo {
        /// Which.
        lane: Lane,
    },
    /// Write the mails that advertise and are due.
    SendMailings,
    /// Delete what nobody owns.
    SweepOrphans,
}

/// Who works on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Computes: as many at once as there are cores.
    Render,
    /// Mostly waits for others.
    Errands,
    /// Waits for processors, one thing after the other in each lane: however long they take, no mail, no film and no other
    /// lane waits with them. Nobody works on one whose lane is not used.
    Processors(Lane),
    /// Goes through all there is, one after the other, and nobody waits for it.
    Chores,
}

impl Queue {
    const ALL: [Self; 3 + Lane::ALL.len()] = [
        Self::Render,
        Self::Errands,
        Self::Chores,
        Self::Processors(Lane::Promises),
        Self::Processors(Lane::Money),
        Self::Processors(Lane::Films),
        Self::Processors(Lane::Talk),
        Self::Processors(Lane::Numbers),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Render => "render",
            Self::Errands => "errands",
            Self::Chores => "chores",
            Self::Processors(Lane::Promises) => "processors",
            Self::Processors(Lane::Money) => "processors-money",
            Self::Processors(Lane::Films) => "processors-films",
            Self::Processors(Lane::Talk) => "processors-talk",
            Self::Processors(Lane::Numbers) => "processors-numbers",
        }
    }

    /// Its place among all.
    fn place(self) -> usize {
        Self::ALL.iter().position(|queue| *queue == self).unwrap_or_default()
    }
}

impl Job {
    fn queue(&self) -> Queue {
        match self {
            Self::MakeShot { .. } | Self::ViewerWaits { .. } => Queue::Render,
            Self::MakeRendition { .. } | Self::MakeAhead { .. } => Queue::Render,
            Self::SeeToProcessors => Queue::Processors(Lane::Promises),
            Self::SeeTo { lane } => Queue::Processors(*lane),
            Self::SendMailings | Self::SweepOrphans => Queue::Chores,
            _ => Queue::Errands,
        }
    }

    /// Higher goes first.
    fn priority(&self) -> usize {
        match self {
            Self::ViewerWaits { .. } => 30,
            Self::MakeShot { .. } => 20,
            // Nobody waits for them. Without those that all copies share, none of a film is of use.
            Self::MakeAhead { .. } => 3,
            Self::MakeRendition { .. } => 2,
            Self::RefundOrder { .. } | Self::FinishFilm { .. } => 20,
            Self::DeliverMail | Self::SeeToProcessors | Self::SeeTo { .. } => 15,
            Self::SendMailings | Self::SweepOrphans => 1,
        }
    }

    /// Whether it is to be done once more when it is asked for while it is being done: what it is asked for may lie
    /// where that one has looked already.
    fn is_done_again(&self) -> bool {
        matches!(self, Self::SeeTo { .. })
    }

    /// Two jobs with the same key never wait at the same time. `turn` tells apart a try from the one
    /// before it, which may still be in the engine's books.
    fn key(&self, turn: &str) -> String {
        match self {
            Self::MakeShot { film, place } => format!("shot/{film}/{place}/{turn}"),
            Self::ViewerWaits { film, place } => format!("viewer/{film}/{place}/{turn}"),
            Self::FinishFilm { film } => format!("finish/{film}/{turn}"),
            Self::MakeAhead { key } => format!("shared/{key}/{turn}"),
            Self::MakeRendition { film } => format!("rendition/{film}/{turn}"),
            Self::RefundOrder { order } => format!("refund/{order}/{turn}"),
            Self::DeliverMail => format!("mail/{turn}"),
            Self::SeeToProcessors => format!("processors/{turn}"),
            Self::SeeTo { lane } => format!("processors/{turn}/{lane:?}"),
            Self::SendMailings => format!("mailings/{turn}"),
            Self::SweepOrphans => format!("sweep/{turn}"),
        }
    }
}

/// Asks for a job in the transaction of the change that causes it.
pub(crate) async fn ask(tx: &impl ConnectionTrait, studio: &Studio, job: Job) -> Result<()> {
    ask_later(tx, studio, job, studio.now_ms()).await
}

/// The same, not before a time.
pub(crate) async fn ask_later(
    tx: &impl ConnectionTrait,
    studio: &Studio,
    job: Job,
    at_ms: i64,
) -> Result<()> {
    let id = studio.new_id();
    let key = match &job {
        // It names no row: asked for twice in a second, it is one job. What waits is counted to the second in which it
        // starts, so that none starts too early for another of its key.
        Job::SeeToProcessors if at_ms > studio.now_ms() => {
            job.key(&((at_ms - 1) / SECOND_MS + 1).to_string())
        }
        Job::SeeToProcessors => job.key(&(at_ms / SECOND_MS).to_string()),
        _ => job.key(&id),
    };
    outbox::ask(tx, id, Push { job, key, run_at_ms: at_ms }).await?;
    Ok(())
}

/// Does one job. An error has changed nothing that the reconciler would not put right.
async fn handle(studio: &Studio, job: Job) -> Result<()> {
    match job {
        Job::MakeShot { film, .. } => films::next_shot(studio, &film).await.map(drop),
        Job::ViewerWaits { film, .. } => viewer_waits::run(studio, &film).await,
        Job::FinishFilm { film } => films::finish(studio, &film).await,
        Job::MakeRendition { film } => films::next_rendition(studio, &film).await,
        Job::MakeAhead { key } => films::ahead(studio, &key).await,
        Job::RefundOrder { order } => studio.orders().refund(&order).await,
        Job::DeliverMail => studio.mail().deliver().await.map(drop),
        Job::SeeToProcessors => {
            see_to_processors::run_all(studio).await;
            Ok(())
        }
        Job::SeeTo { lane } => {
            see_to_processors::run(studio, lane).await;
            Ok(())
        }
        Job::SendMailings => send_mailings::run(studio).await,
        Job::SweepOrphans => sweep_orphans::run(studio).await,
    }
}

/// What the jobs need beside the database: the engine, the renderer, who is to be woken when, and which films are lacking.
pub struct Backstage {
    engine: Engine,
    /// The lanes that are used.
    lanes: Vec<Lane>,
    renderer: Arc<dyn Renderer>,
    /// Drawings for pages that are made at once.
    easels: Arc<Semaphore>,
    relay: Notify,
    /// By queue.
    wakers: [Arc<Notify>; Queue::ALL.len()],
    ready: watch::Sender<u64>,
    asked: watch::Sender<u64>,
    lacked: films::Lacked,
    name: String,
}

impl Backstage {
    /// Opens the queue beside the database.
    ///
    /// # Errors
    /// When it is out of reach.
    #[boxed]
    pub async fn open(
        config: &Config,
        db: &db::Db,
        outside: &Outside,
        connected: &Connected,
    ) -> Result<Self> {
        let engine = match db.postgres() {
            Some(pool) => Engine::in_postgres(pool.clone()).await,
            None => Engine::in_file(&config.data.join("jobs.sqlite")).await,
        };
        Ok(Self {
            engine: engine.map_err(|error| Error::unavailable("jobs-away", error))?,
            lanes: Lane::used(connected),
            renderer: Arc::clone(&outside.renderer),
            easels: Arc::new(Semaphore::new(config.renders_at_once.max(1))),
            relay: Notify::new(),
            wakers: Default::default(),
            ready: watch::Sender::new(0),
            asked: watch::Sender::new(0),
            lacked: films::Lacked::default(),
            name: crate::ids::new(outside.clock.now_ms(), &*outside.random),
        })
    }

    /// Has the queue's log of changes emptied, as [`db::Db::overwrite_log`] does it with the database's: jobs name films.
    ///
    /// # Errors
    /// `jobs-away`.
    #[boxed]
    pub(crate) async fn overwrite_log(&self) -> Result<()> {
        self.engine.overwrite_log().await.map_err(|error| Error::unavailable("jobs-away", error))
    }

    /// Puts jobs in; what is about all lanes goes into each that is used.
    async fn push(&self, jobs: &[Push], now_ms: i64) -> std::result::Result<(), JobError> {
        let parts: Vec<Push> = jobs.iter().flat_map(|push| push.parts(&self.lanes)).collect();
        Ok(self.engine.push(&parts, now_ms).await?)
    }

    /// Drops what is left in queues of lanes that are not used any more: nobody works on them, and what there is to do is
    /// found without them.
    async fn drop_unused(&self) -> std::result::Result<(), JobError> {
        for lane in Lane::ALL {
            if !self.lanes.contains(&lane) {
                self.engine.drop_all(Queue::Processors(lane)).await?;
            }
        }
        Ok(())
    }

    pub(crate) fn renderer(&self) -> Arc<dyn Renderer> {
        Arc::clone(&self.renderer)
    }

    /// Jobs were asked for: relay them now rather than in a moment.
    pub(crate) fn nudge(&self) {
        self.relay.notify_one();
    }

    /// Who waits for jobs of a queue.
    fn waker(&self, queue: Queue) -> &Arc<Notify> {
        &self.wakers[queue.place()]
    }

    /// Jobs were put in.
    fn wake(&self) {
        self.wakers.iter().for_each(|waker| waker.notify_one());
        self.asked.send_modify(|count| *count += 1);
    }

    /// A shot became ready (or a film was given up): whoever waits looks again.
    pub(crate) fn shot_is_ready(&self) {
        self.ready.send_modify(|count| *count += 1);
    }

    /// Changes whenever a shot became ready in this process.
    pub(crate) fn ready(&self) -> watch::Receiver<u64> {
        self.ready.subscribe()
    }

    /// The films that this process lacks.
    pub(crate) fn lacked(&self) -> &films::Lacked {
        &self.lacked
    }

    /// Changes whenever jobs were put in by this process: what can wait looks whether it has to.
    pub(crate) fn asked(&self) -> watch::Receiver<u64> {
        self.asked.subscribe()
    }

    /// Draws a moment of a film for a page.
    #[boxed]
    pub(crate) async fn draw(
        &self,
        show: &Arc<Show>,
        persona: Persona,
        still: film::Still,
        width: u32,
    ) -> Result<Drawn> {
        let easel = self.easel().await?;
        self.draw_at(easel, show, persona, (still, width)).await
    }

    /// A place to draw a picture at, once there is one.
    pub(crate) async fn easel(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.easels).acquire_owned().await.map_err(Error::internal)
    }

    /// As [`Self::draw`], where the place was taken before it was known what is drawn.
    pub(crate) async fn draw_at(
        &self,
        easel: OwnedSemaphorePermit,
        show: &Arc<Show>,
        persona: Persona,
        (still, width): (film::Still, u32),
    ) -> Result<Drawn> {
        films::draw::picture(self.renderer(), show, persona, (still, width), easel).await
    }
}

/// How often the outbox is looked at when nobody nudges: what another process asked for.
const RELAY_EVERY: Duration = Duration::from_secs(1);
/// Errands at once.
const ERRANDS_AT_ONCE: usize = 2;

/// The jobs of a studio.
#[derive(Clone, Copy)]
pub struct Jobs<'a> {
    studio: &'a Studio,
}

impl<'a> Jobs<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Works until `stop`: relays, reconciles, makes shots, runs errands. Jobs at hand are finished
    /// first, shots being given up at once (they are made again).
    ///
    /// `alone`: this is the only process on the database, so whatever was in somebody's hands at the
    /// start is free.
    ///
    /// # Errors
    /// When the database or the queue is out of reach at the start. Later such errors are waited out.
    #[boxed]
    pub async fn run(&self, alone: bool, stop: Stop) -> Result<()> {
        reconcile::at_start(self.studio, alone).await?;
        let render = self.work(Queue::Render, self.studio.config().renders_at_once.max(1), stop.clone());
        let errands = self.work(Queue::Errands, ERRANDS_AT_ONCE, stop.clone());
        let used = &self.studio.backstage().lanes;
        let lanes: Vec<_> =
            used.iter().map(|lane| self.work(Queue::Processors(*lane), 1, stop.clone())).collect();
        let chores = self.work(Queue::Chores, 1, stop.clone());
        tokio::join!(
            render,
            errands,
            futures::future::join_all(lanes),
            chores,
            self.relay_until(stop.clone()),
            self.reconcile_until(stop)
        );
        Ok(())
    }

    /// Relays what is in the outbox once.
    ///
    /// # Errors
    /// When the database or the queue is out of reach.
    #[boxed]
    pub async fn relay(&self) -> Result<usize> {
        let backstage = self.studio.backstage();
        let relayed = outbox::relay(self.studio.db().write(), backstage, self.studio.now_ms()).await?;
        if relayed > 0 {
            backstage.wake();
        }
        Ok(relayed)
    }

    /// Derives from the rows what is to be done and puts it into the queue.
    ///
    /// # Errors
    /// When the database or the queue is out of reach.
    #[boxed]
    pub async fn derive(&self) -> Result<()> {
        reconcile::now(self.studio).await
    }

    /// The same after something that stands whether this succeeds or not: where it fails, what is to be done is found a
    /// little later.
    #[boxed]
    pub(crate) async fn look_again(&self) {
        if let Err(error) = self.derive().await {
            tracing::warn!(%error, "what is to be done was not looked for; it will be");
        }
    }

    /// What waits and what is being done.
    ///
    /// # Errors
    /// When the queue is out of reach.
    #[boxed]
    pub async fn waiting(&self) -> Result<Waiting> {
        Ok(self.studio.backstage().engine.waiting().await.map_err(JobError::from)?)
    }

    async fn work(&self, queue: Queue, at_once: usize, stop: Stop) {
        let backstage = self.studio.backstage();
        let wake = Arc::clone(backstage.waker(queue));
        let studio = self.studio.clone();
        let handle: engine::Handler = Arc::new(move |job: Job| {
            let studio = studio.clone();
            async move {
                let name = format!("{job:?}");
                // A panic in a handler must not take the worker along.
                match std::panic::AssertUnwindSafe(handle(&studio, job)).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::error!(job = name, %error, "a job failed; the reconciler will see to it")
                    }
                    Err(_) => tracing::error!(job = name, "a job panicked; the reconciler will see to it"),
                }
            }
            .boxed()
        });
        backstage.engine.work(queue, at_once, &backstage.name, wake, stop, handle).await;
    }

    async fn relay_until(&self, mut stop: Stop) {
        loop {
            if let Err(error) = self.relay().await {
                tracing::warn!(%error, "the outbox could not be relayed; it will be tried again");
            }
            tokio::select! {
                () = self.studio.backstage().relay.notified() => {}
                () = tokio::time::sleep(RELAY_EVERY) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    async fn reconcile_until(&self, mut stop: Stop) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(reconcile::EVERY) => {}
                _ = stop.wait_for(|stopped| *stopped) => return,
            }
            if let Err(error) = reconcile::now(self.studio).await {
                tracing::warn!(%error, "reconciling failed; it will be tried again");
            }
        }
    }
}

/// Does a part of something larger, which a part that fails or panics does not end.
pub(crate) async fn apart(part: &str, work: impl Future<Output = Result<()>>) {
    match std::panic::AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(part, %error, "not all of this was done; it is taken up again"),
        Err(_) => tracing::error!(part, "this panicked; it is taken up again"),
    }
}

/// The outbox or the queue is out of reach.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// The outbox.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
    /// The queue.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
}

impl From<JobError> for Error {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Database(error) => error.into(),
            JobError::Engine(error) => Self::unavailable("jobs-away", error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{on_both, on_sqlite_with};

    async fn begin_all(engine: &Engine) {
        match engine {
            Engine::Sqlite(pool) => {
                sqlx::query("UPDATE Jobs SET status = 'Running'").execute(pool).await.unwrap();
            }
            Engine::Postgres(pool) => {
                sqlx::query("UPDATE apalis.jobs SET status = 'Running'").execute(pool).await.unwrap();
            }
        }
    }

    #[test]
    fn processors_are_seen_to_once_however_often_it_is_asked_and_once_more_when_that_has_begun() {
        on_both(async |kit| {
            let (studio, engine) = (&kit.studio, &kit.studio.backstage().engine);
            let asked_twice = async || {
                for _ in 0..2 {
                    ask(studio.db().write(), studio, Job::SeeToProcessors).await.unwrap();
                }
                studio.jobs().relay().await.unwrap();
                engine.waiting().await.unwrap()
            };
            // In each lane that is used.
            let lanes = studio.backstage().lanes.len() as u64;
            for _ in 0..2 {
                assert_eq!(asked_twice().await, Waiting { waiting: lanes, running: 0 });
            }
            begin_all(engine).await;
            assert_eq!(asked_twice().await, Waiting { waiting: lanes, running: lanes });
            assert_eq!(asked_twice().await, Waiting { waiting: lanes, running: lanes });
            // What is asked for later is another.
            let at_ms = studio.now_ms() + SECOND_MS;
            ask_later(studio.db().write(), studio, Job::SeeToProcessors, at_ms).await.unwrap();
            assert_eq!(asked_twice().await, Waiting { waiting: 2 * lanes, running: lanes });
        });
    }

    #[test]
    fn an_erasure_leaves_nothing_in_the_queues_log_of_changes() {
        on_sqlite_with(
            |_| (),
            async |kit| {
                let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
                let log = studio.config().data.join("jobs.sqlite-wal");
                assert!(std::fs::metadata(&log).unwrap().len() > 0);
                studio.erasures().erase(&account, crate::erasure::Reason::Owner).await.unwrap();
                assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
                let Engine::Sqlite(pool) = &studio.backstage().engine else { panic!("another engine") };
                let overwrites: i64 =
                    sqlx::query_scalar("PRAGMA secure_delete").fetch_one(pool).await.unwrap();
                assert_eq!(overwrites, 1);
            },
        );
    }

    #[test]
    fn each_lane_of_processors_has_a_queue_of_its_own_and_waits_for_no_other() {
        let all = Push { job: Job::SeeToProcessors, key: "processors/1".into(), run_at_ms: 0 };
        let parts = all.parts(&Lane::ALL);
        let names: std::collections::BTreeSet<_> = parts.iter().map(|part| part.job.queue().name()).collect();
        assert_eq!((parts.len(), names.len()), (Lane::ALL.len(), Lane::ALL.len()));
        let keys: std::collections::BTreeSet<_> = parts.iter().map(|part| part.key.as_str()).collect();
        assert_eq!(keys.len(), parts.len());
        // Every queue is worked on by somebody, who is woken for it.
        let places: Vec<_> = Queue::ALL.iter().map(|queue| queue.place()).collect();
        assert_eq!(places, (0..Queue::ALL.len()).collect::<Vec<_>>());
        assert!(parts.iter().all(|part| Queue::ALL.contains(&part.job.queue())));
        let other = Push { job: Job::DeliverMail, ..all };
        assert_eq!(other.parts(&Lane::ALL), std::slice::from_ref(&other));
    }

    #[test]
    fn a_lane_is_used_when_somebody_is_connected_that_it_is_for_and_promises_are_always_kept() {
        assert_eq!(Lane::used(&Connected::default()), [Lane::Promises]);
    }

    #[test]
    fn nothing_is_put_into_a_lane_that_is_not_used_and_what_is_left_there_goes() {
        on_both(async |kit| {
            let (studio, backstage) = (&kit.studio, kit.studio.backstage());
            let now = studio.now_ms();
            let push = |job: Job| Push { key: job.key("test"), job, run_at_ms: now };
            backstage.push(&[push(Job::SeeToProcessors)], now).await.unwrap();
            assert_eq!(backstage.engine.waiting().await.unwrap(), Waiting { waiting: 1, running: 0 });
            // Put in when the lane was used.
            let left = push(Job::SeeTo { lane: Lane::Money });
            backstage.engine.push(&[left], now).await.unwrap();
            assert_eq!(backstage.engine.waiting().await.unwrap().waiting, 2);
            backstage.drop_unused().await.unwrap();
            assert_eq!(backstage.engine.waiting().await.unwrap().waiting, 1, "and no other");
        });
    }

    async fn panics() -> Result<()> {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_part_that_fails_or_panics_does_not_end_the_rest() {
        apart("one", std::future::ready(Err(Error::internal("on purpose")))).await;
        apart("two", panics()).await;
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Running jobs to the end without workers and without waiting, for the tests of the rules.
    use super::*;
    use sea_orm::{EntityTrait, QueryOrder};

    /// Takes everything out of the outbox and does it, until nothing is asked for any more.
    #[boxed]
    pub async fn run_all(studio: &Studio) -> Result<usize> {
        let mut done = 0;
        loop {
            let rows =
                outbox::Entity::find().order_by_asc(outbox::Column::Id).all(studio.db().read()).await?;
            let due: Vec<_> = rows.into_iter().filter(|row| row.run_at_ms <= studio.now_ms()).collect();
            if due.is_empty() {
                return Ok(done);
            }
            for row in due {
                outbox::Entity::delete_by_id(row.id).exec(studio.db().write()).await?;
                handle(studio, serde_json::from_str(&row.job).map_err(Error::internal)?).await?;
                done += 1;
            }
        }
    }

    /// Does one job now.
    #[boxed]
    pub async fn run(studio: &Studio, job: Job) -> Result<()> {
        handle(studio, job).await
    }

    /// Loses everything that was asked for, as if the queue had burnt.
    #[boxed]
    pub async fn lose_all(studio: &Studio) -> Result<()> {
        outbox::Entity::delete_many().exec(studio.db().write()).await?;
        Ok(())
    }

    /// Derives again what the rows say is to be done, as jobs in the outbox's form, and does it.
    #[boxed]
    pub async fn reconcile_and_run(studio: &Studio) -> Result<usize> {
        let mut done = 0;
        loop {
            let derived = reconcile::derive(studio).await?;
            if derived.is_empty() {
                return Ok(done);
            }
            for push in derived {
                handle(studio, push.job).await?;
                done += 1;
            }
            done += run_all(studio).await?;
        }
    }
}
