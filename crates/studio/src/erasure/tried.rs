//! When an erasure is tried again that is not finished: one that waits for a processor after longer and longer, one that
//! failed here after a minute, and at once when what it waits for has changed. It is known to this process alone; after a
//! start each is tried.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::due::wait_ms;

/// The pause after the first try of one that waits for a processor; those that follow are longer.
const PAUSE_MS: i64 = 20 * SECOND_MS;
/// The pause after any try of one that failed here.
const FAILED_PAUSE_MS: i64 = MINUTE_MS;

/// The erasures that were tried and are not finished, by their ids.
#[derive(Default)]
pub(crate) struct Tried(Mutex<HashMap<String, Last>>);

/// The last try.
struct Last {
    tries: i32,
    next_at_ms: i64,
    /// Whether it had to wait for a processor.
    waited: bool,
}

impl Tried {
    /// Forgets all but these.
    pub(super) fn keep(&self, is_open: impl Fn(&str) -> bool) {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.retain(|erasure, _| is_open(erasure));
    }

    /// Whether it is time to try one, which then counts as a try. `waits`: whether it has to wait for a processor now.
    pub(super) fn is_time(&self, erasure: &str, waits: bool, now_ms: i64) -> bool {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = tried.get(erasure).filter(|last| last.waited == waits);
        if last.is_some_and(|last| now_ms < last.next_at_ms) {
            return false;
        }
        let tries = last.map_or(0, |last| last.tries);
        let pause_ms = if waits { wait_ms(PAUSE_MS, tries, None) } else { FAILED_PAUSE_MS };
        let next_at_ms = now_ms + pause_ms;
        let last = Last { tries: tries.saturating_add(1), next_at_ms, waited: waits };
        tried.insert(erasure.to_owned(), last);
        true
    }
}
