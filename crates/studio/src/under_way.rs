//! What somebody has under way at the same moment, so that nobody has too much of it. Counted in this process alone, as
//! what it protects is this process's memory and connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// What is under way, by whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    counts: Mutex<HashMap<Vec<u8>, usize>>,
    /// Heard by those who wait for a place, whenever one is given back.
    given_back: Notify,
}

/// A place among what is under way; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    whom: Vec<u8>,
    among: UnderWay,
}

impl UnderWay {
    /// A place for one more; `None` when `whom` has `most` already.
    pub fn begin(&self, whom: &[u8], most: usize) -> Option<Held> {
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(whom.to_vec()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held { whom: whom.to_vec(), among: self.clone() })
    }

    /// The same, once there is a place.
    pub async fn turn(&self, whom: &[u8], most: usize) -> Held {
        loop {
            // Heard from now on, so that a place that is given back between the look and the wait is not missed.
            let given_back = self.0.given_back.notified();
            if let Some(held) = self.begin(whom, most) {
                return held;
            }
            given_back.await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut counts = self.among.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.whom) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.whom);
            }
        }
        drop(counts);
        self.among.0.given_back.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::UnderWay;

    #[test]
    fn places_are_given_back_and_others_have_their_own() {
        let under_way = UnderWay::default();
        let two = [under_way.begin(b"a", 2).unwrap(), under_way.begin(b"a", 2).unwrap()];
        assert!(under_way.begin(b"a", 2).is_none());
        let _other = under_way.begin(b"b", 2).unwrap();
        drop(two);
        assert!(under_way.begin(b"a", 2).is_some());
        assert_eq!(under_way.0.counts.lock().unwrap().len(), 1, "who has nothing under way is forgotten");
    }

    #[test]
    fn who_waits_for_a_place_has_it_once_it_is_given_back() {
        let under_way = UnderWay::default();
        let first = under_way.begin(b"a", 1).unwrap();
        assert!(under_way.turn(b"a", 1).now_or_never().is_none());
        assert!(under_way.turn(b"b", 1).now_or_never().is_some(), "others do not wait");
        let both = async { tokio::join!(under_way.turn(b"a", 1), async { drop(first) }).0 };
        let _held = futures::executor::block_on(both);
        assert!(under_way.begin(b"a", 1).is_none());
    }
}
