//! A film that this program does not have, or not in the version that was ordered: another machine may have it, and
//! makes it. Here it is left alone, and given up when nobody was at it for long.
//!
//! What stands in rows may be of a backup, or of days on which nothing ran. So this process waits for it a while, too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::Studio;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::films::rows::films;
use crate::films::standing::Standing;

/// So long a film may take to come back where another machine may have it.
const PATIENCE_MS: i64 = 3 * DAY_MS;
/// The same where there is no other; and so long each process waits for it, whatever stands in rows.
const PATIENCE_HERE_MS: i64 = HOUR_MS;
/// Before that others are at it, and there is nothing to tell.
const QUIET_MS: i64 = MINUTE_MS;
/// How often it is told of a film that is waited for.
const TOLD_EVERY_MS: i64 = HOUR_MS;

/// The films that this process lacks, as far as something was to be done for them within the last hour: since when, and
/// when it was looked at last.
#[derive(Debug, Default)]
pub(crate) struct Lacked(Mutex<HashMap<String, (i64, i64)>>);

impl Lacked {
    /// Notices that a film is lacking: since when, and whether it is to be told.
    fn notice(&self, film: &str, now_ms: i64) -> (i64, bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, last_ms)| now_ms - *last_ms <= PATIENCE_HERE_MS);
        let before = all.get(film).copied();
        let since_ms = before.map_or(now_ms, |(since_ms, _)| since_ms);
        all.insert(film.to_owned(), (since_ms, now_ms));
        let turn = |at_ms: i64| (at_ms - since_ms) / TOLD_EVERY_MS;
        (since_ms, before.is_none_or(|(_, last_ms)| turn(last_ms) < turn(now_ms)))
    }
}

/// Whether a film that is being made and is lacking is not waited for any more. Who is at it, or has it and cannot make
/// it now, says so in its shots.
pub(super) fn is_over(studio: &Studio, film: &films::Model, shots: &[Standing]) -> bool {
    let at_it = shots.iter().flat_map(|shot| [Some(shot.not_before_ms), shot.claimed_until_ms]);
    is_over_since(studio, film, at_it.flatten().fold(film.created_at_ms, i64::max))
}

/// Whether a film that is lacking is not waited for any more, when somebody was at it last at a time in milliseconds.
pub(super) fn is_over_since(studio: &Studio, film: &films::Model, at_ms: i64) -> bool {
    let now = studio.now_ms();
    if now - at_ms < QUIET_MS {
        return false;
    }
    let (since_ms, is_to_be_told) = studio.backstage().lacked().notice(&film.id, now);
    if is_to_be_told {
        let detail = format!("{} {}", film.film, film.film_version);
        tracing::warn!(
            film = %film.id,
            detail,
            "a film waits for a machine that has it: it is not in the catalogue here"
        );
    }
    let patience_ms = if studio.db().is_postgres() { PATIENCE_MS } else { PATIENCE_HERE_MS };
    now - at_ms >= patience_ms && now - since_ms >= PATIENCE_HERE_MS
}
