//! Somebody looks at an empty screen: makes shots of their film before those of others.

use super::Job;
use crate::films::{self, FilmId, Made};
use crate::{Result, Studio, boxed};

/// Shots made in one go. More would keep others waiting.
const SHOTS: usize = 2;

/// The next shot and the one after it, so that the picture does not stop again at once. `job` is the one that asks for
/// them.
#[boxed]
pub(super) async fn run(studio: &Studio, film: &FilmId, job: &Job) -> Result<()> {
    for _ in 0..SHOTS {
        if films::next_shot(studio, film, job).await? != Made::Shot {
            break;
        }
    }
    Ok(())
}
