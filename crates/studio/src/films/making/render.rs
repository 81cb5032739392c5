//! A shot in the engine's hands: on a thread of its own, while the claim is renewed, and given up as soon as that is
//! lost. What becomes of the segment is not known here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cinema::Effort;
use film::Room;

use super::claim::{self, Claimed};
use super::renditions;
use super::sides::Side;
use crate::Studio;
use crate::films::{Persona, Placed, RenderError, Show};

/// How often a worker says that it still works on its shot: well within the time a claim holds.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// What is to be made of a shot.
pub(super) enum Task {
    /// All of it, drawn.
    Whole(Persona, Effort),
    /// All of it, of a picture that was painted for it.
    Painted(likeness::Photo),
    /// What is everyone's who takes no more than a room.
    Side(Persona, Room),
    /// What is one family's, beside what is everyone's.
    Beside(Box<dyn Placed>, Side),
}

/// Draws and encodes on a thread of its own while the claim is renewed; stops when it is lost, or when nobody waits for
/// this shot and somebody does for another.
pub(super) async fn render(
    studio: &Studio,
    show: &Arc<Show>,
    claimed: &Claimed,
    task: Task,
) -> Result<Vec<u8>, RenderError> {
    let go_on = Arc::new(AtomicBool::new(true));
    let stopper = StopOnDrop(Arc::clone(&go_on));
    let (renderer, show, shot) = (studio.backstage().renderer(), Arc::clone(show), claimed.place);
    let (height, is_patient) = (claimed.height, claimed.is_patient());
    let mut asked = studio.backstage().asked();
    let make = move || {
        let go_on = || go_on.load(Ordering::Relaxed);
        let Some(variant) = show.variant(height) else {
            return Err(RenderError::Failed("the film is not on offer in this size".into()));
        };
        match task {
            Task::Whole(persona, effort) => renderer.shot(&show, shot, &persona, (variant, effort), &go_on),
            Task::Painted(picture) => renderer.painted(&show, shot, picture, &go_on),
            Task::Side(nobody, room) => renderer.side(&show, shot, &nobody, room, &go_on),
            Task::Beside(placed, side) => placed.beside(&show, shot, (side.room, &side.bytes), &go_on),
        }
    };
    let mut work = tokio::task::spawn_blocking(move || if is_patient { behind_others(make) } else { make() });
    let mut renewals = tokio::time::interval(RENEW_EVERY);
    renewals.reset();
    loop {
        tokio::select! {
            done = &mut work => {
                // A panic in the engine is a failure of this shot, not of the worker.
                return done.unwrap_or_else(|error| Err(RenderError::Failed(error.to_string())));
            }
            _ = renewals.tick() => {
                // An answer that does not come is no answer: the claim may still be ours.
                if let Ok(false) = claim::renew(studio, claimed).await {
                    stopper.stop();
                }
                // What another process was asked for is not heard here.
                if is_patient && let Ok(true) = renditions::must_wait(studio).await {
                    stopper.stop();
                }
            }
            Ok(()) = asked.changed(), if is_patient => {
                if let Ok(true) = renditions::must_wait(studio).await {
                    stopper.stop();
                }
            }
        }
    }
}

/// Computes on a thread of its own that leaves the cores to everything else: pages are answered meanwhile, and nobody waits
/// for what it makes.
fn behind_others<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // Of this thread alone; where it may not be said, it is made all the same.
            rustix::process::nice(19).ok();
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The thread is told to stop also when the job is dropped half way.
struct StopOnDrop(Arc<AtomicBool>);

impl StopOnDrop {
    fn stop(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.stop();
    }
}
