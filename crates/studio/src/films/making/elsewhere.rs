//! A film that this program does not have, or not in the version that was ordered: another machine may have it, and
//! makes it. Here it is left alone, and given up when nobody has been at it for days.

use super::fail;
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::films::rows::films;
use crate::films::standing::standing;
use crate::{Result, Studio, boxed};

/// So long a film may take to come back.
const PATIENCE_MS: i64 = 3 * DAY_MS;
/// Before that others are at it, and there is nothing to tell.
const QUIET_MS: i64 = MINUTE_MS;

/// Whether a film that was not there since then is not waited for any more.
pub(super) fn is_over(studio: &Studio, since_ms: i64) -> bool {
    studio.now_ms() - since_ms >= PATIENCE_MS
}

/// Leaves a film that is being made to those who have it. Nothing is claimed, so none of them waits for us; the rows ask
/// for it again.
#[boxed]
pub(super) async fn leave(studio: &Studio, film: &films::Model) -> Result<()> {
    let shots = standing(studio.db().read(), &film.id).await?;
    let at_it = shots.iter().flat_map(|shot| [Some(shot.not_before_ms), shot.claimed_until_ms]);
    // When it was ordered, and whatever was done for it since: by another machine, or at the word of the desk.
    let since_ms = at_it.chain([film.first_shot_at_ms]).flatten().fold(film.created_at_ms, i64::max);
    if is_over(studio, since_ms) {
        return fail::film(studio, &film.id).await;
    }
    if studio.now_ms() - since_ms >= QUIET_MS {
        let detail = format!("{} {}", film.film, film.film_version);
        tracing::warn!(
            film = %film.id,
            detail,
            "a film waits for a machine that has it: it is not in the catalogue here"
        );
    }
    Ok(())
}
