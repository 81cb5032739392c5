//! Somebody looks at an empty screen: makes shots of their film before those of others.

use crate::films::{self, FilmId, Made};
use crate::{Result, Studio, boxed};

/// Shots made in one go. More would keep others waiting.
const SHOTS: usize = 2;

/// The next shot and the one after it, so that the picture does not stop again at once.
#[boxed]
pub(super) async fn run(studio: &Studio, film: &FilmId) -> Result<()> {
    for _ in 0..SHOTS {
        if films::next_shot(studio, film).await? != Made::Shot {
            break;
        }
    }
    Ok(())
}
