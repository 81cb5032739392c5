//! What somebody has under way at the same moment, so that nobody has too much of it. Counted in this process alone, as
//! what it protects is this process's memory and connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is under way, by whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashMap<Vec<u8>, usize>>>);

/// A place among what is under way; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    whom: Vec<u8>,
    among: UnderWay,
}

impl UnderWay {
    /// A place for one more; `None` when `whom` has `most` already.
    pub fn begin(&self, whom: &[u8], most: usize) -> Option<Held> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(whom.to_vec()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held { whom: whom.to_vec(), among: self.clone() })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut counts = self.among.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.whom) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.whom);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UnderWay;

    #[test]
    fn places_are_given_back_and_others_have_their_own() {
        let under_way = UnderWay::default();
        let two = [under_way.begin(b"a", 2).unwrap(), under_way.begin(b"a", 2).unwrap()];
        assert!(under_way.begin(b"a", 2).is_none());
        let _other = under_way.begin(b"b", 2).unwrap();
        drop(two);
        assert!(under_way.begin(b"a", 2).is_some());
        assert_eq!(under_way.0.lock().unwrap().len(), 1, "who has nothing under way is forgotten");
    }
}
