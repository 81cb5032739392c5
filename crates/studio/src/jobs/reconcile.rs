//! Derives from the rows what is to be done, at the start and from time to time, so that no job that
//! got lost is missed. A job that waits already is not put in twice: its key is taken.

use std::time::Duration;

use super::engine::Push;
use super::{Job, apart};
use crate::films::{self, FilmId};
use crate::{Result, Studio, boxed, enquiries};

/// How often.
pub(super) const EVERY: Duration = Duration::from_secs(20);
/// Orphans are swept about so often.
const SWEEP_EVERY_MS: i64 = crate::clock::HOUR_MS;

/// At the start of a process.
#[boxed]
pub(super) async fn at_start(studio: &Studio, alone: bool) -> Result<()> {
    if alone {
        let freed = films::release_all(studio).await?;
        studio.backstage().engine.release_all().await.map_err(super::JobError::from)?;
        if freed > 0 {
            tracing::info!(shots = freed, "took up again what a process that ended had begun");
        }
    }
    studio.backstage().drop_unused().await?;
    now(studio).await
}

/// Puts everything that is to be done into the queue.
#[boxed]
pub(super) async fn now(studio: &Studio) -> Result<()> {
    apart("orders", async { studio.orders().settle_pending().await.map(|_| ()) }).await;
    apart("gifts", studio.gifts().carry_on()).await;
    if let Some(folder) = &studio.config().maildir {
        apart("maildir", enquiries::collect(studio, folder)).await;
    }
    let backstage = studio.backstage();
    let now = studio.now_ms();
    // The hour in the key: one sweep an hour, whoever asks. Until that is over it is not forgotten that it was done.
    let hourly = [Job::SweepOrphans, Job::SendMailings].map(|job| {
        let key = job.key(&(now / SWEEP_EVERY_MS).to_string());
        Push { job, key, run_at_ms: now }
    });
    let kept = hourly.each_ref().map(|push| push.key.clone());
    backstage.engine.forget_done(&kept).await.map_err(super::JobError::from)?;
    let mut pushes = derive(studio).await?;
    let shared = films::plan_shared(studio).await?;
    pushes.extend(shared.into_iter().map(|job| derived(job, now)));
    // Looks into the outbox of mails whether one is due.
    pushes.push(derived(Job::DeliverMail, now));
    // A deletion that was asked for is due also when its processor is switched off: somebody must hear of it.
    if !studio.switched_on().is_empty() || studio.handles().are_any_going().await? {
        pushes.push(derived(Job::SeeToProcessors, now));
    }
    pushes.extend(hourly);
    backstage.push(&pushes, now).await?;
    backstage.wake();
    Ok(())
}

/// What the rows of orders and films say is to be done.
#[boxed]
pub(super) async fn derive(studio: &Studio) -> Result<Vec<Push>> {
    let now = studio.now_ms();
    let mut pushes = Vec::new();
    for to_do in films::to_do(studio).await? {
        pushes.push(match to_do {
            films::ToDo::Shot { film, place } => {
                derived(Job::MakeShot { film: FilmId::stored(film), place }, now)
            }
            films::ToDo::Finish { film } => derived(Job::FinishFilm { film: FilmId::stored(film) }, now),
        });
    }
    for film in films::renditions_due(studio).await? {
        pushes.push(derived(Job::MakeRendition { film }, now));
    }
    for order in studio.orders().refunds_due().await? {
        pushes.push(derived(Job::RefundOrder { order }, now));
    }
    Ok(pushes)
}

fn derived(job: Job, now_ms: i64) -> Push {
    let key = job.key("derived");
    Push { job, key, run_at_ms: now_ms }
}
