//! Data keys that were opened a moment ago, so that a page does not ask the key-management service for each picture.
//!
//! Bounded in number and in age, overwritten when they go. An erasure of an account deletes its wrapped key;
//! nobody asks for it again after that, and what is still here is gone a few minutes later.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ring::digest;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::KeyId;

/// One key, opened once however many ask for it at the same time.
pub(super) type Cell = Arc<OnceCell<Zeroizing<[u8; 32]>>>;

/// What a key is found by: the digest of all that it takes to open it.
type Name = [u8; 32];

/// The keys that are known at present.
pub(super) struct Known {
    cells: Mutex<HashMap<Name, (Instant, Cell)>>,
    keys_max: usize,
    age_max: Duration,
}

impl Known {
    pub fn new(keys_max: usize, age_max: Duration) -> Self {
        Self { cells: Mutex::default(), keys_max, age_max }
    }

    /// The place of a key, empty when it is not known.
    pub fn cell(&self, by: KeyId, context: &[u8], wrapped: &[u8]) -> Cell {
        let (name, now) = (name(by, context, wrapped), Instant::now());
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, cell)) = cells.get(&name)
            && now.duration_since(*since) < self.age_max
        {
            return Arc::clone(cell);
        }
        if cells.len() >= self.keys_max && !cells.contains_key(&name) {
            let oldest = cells.iter().min_by_key(|(_, (since, _))| *since).map(|(name, _)| *name);
            if let Some(oldest) = oldest {
                cells.remove(&oldest);
            }
        }
        let cell = Cell::default();
        cells.insert(name, (now, Arc::clone(&cell)));
        cell
    }

    /// Forgets what has been here too long.
    pub fn sweep(&self) {
        let now = Instant::now();
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        cells.retain(|_, (since, _)| now.duration_since(*since) < self.age_max);
    }
}

fn name(by: KeyId, context: &[u8], wrapped: &[u8]) -> Name {
    let mut digest = digest::Context::new(&digest::SHA256);
    digest.update(&by.0);
    digest.update(&(context.len() as u64).to_be_bytes());
    digest.update(context);
    digest.update(wrapped);
    *digest.finish().as_ref().first_chunk().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: KeyId = KeyId([1; 8]);

    fn put(known: &Known, wrapped: u8) {
        known.cell(BY, b"anna", &[wrapped]).set(Zeroizing::new([wrapped; 32])).unwrap();
    }

    fn has(known: &Known, wrapped: u8) -> bool {
        let name = name(BY, b"anna", &[wrapped]);
        known.cells.lock().unwrap().contains_key(&name)
    }

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let known = Known::new(3, Duration::from_secs(300));
        for wrapped in 1..=5 {
            put(&known, wrapped);
        }
        let here: Vec<u8> = (1..=5).filter(|wrapped| has(&known, *wrapped)).collect();
        assert_eq!(here, [3, 4, 5]);
        assert_eq!(**known.cell(BY, b"anna", &[5]).get().unwrap(), [5; 32]);
        // Another context, another master key: another key.
        assert!(known.cell(BY, b"ben", &[4]).get().is_none());
        assert!(known.cell(KeyId([2; 8]), b"anna", &[4]).get().is_none());
    }

    #[test]
    fn what_is_too_old_is_neither_used_nor_kept() {
        let known = Known::new(10, Duration::ZERO);
        put(&known, 1);
        assert!(known.cell(BY, b"anna", &[1]).get().is_none());
        known.sweep();
        assert!(!has(&known, 1));
    }
}
