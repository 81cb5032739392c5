//! When an erasure is tried again that is not finished: longer and longer after each try, and at once when what it waits
//! for has changed. It is known to this process alone; after a start each is tried.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::SECOND_MS;
use crate::due::wait_ms;

/// The pause after the first try; those that follow are longer.
const PAUSE_MS: i64 = 20 * SECOND_MS;

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
        let next_at_ms = now_ms + wait_ms(PAUSE_MS, tries, None);
        let last = Last { tries: tries.saturating_add(1), next_at_ms, waited: waits };
        tried.insert(erasure.to_owned(), last);
        true
    }
}
