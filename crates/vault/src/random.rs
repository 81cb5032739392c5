//! Randomness as a part that is handed in, so that a test can repeat itself.

use std::sync::atomic::{AtomicU64, Ordering};

use ring::hmac;
use ring::rand::SecureRandom;

/// A source of random bytes fit for keys.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Panics
    /// When the system has no randomness to give; nothing safe can be done without it.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random + '_ {
    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

/// The operating system's randomness.
#[derive(Debug)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl Default for SystemRandom {
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A repeatable sequence for tests: HMAC-SHA256 of a counter under the seed.
///
/// Never for real data: who knows the seed knows the keys.
pub struct SeededRandom {
    key: hmac::Key,
    counter: AtomicU64,
}

impl SeededRandom {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &seed.to_be_bytes()), counter: AtomicU64::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::Relaxed);
            let block = hmac::sign(&self.key, &counter.to_be_bytes());
            part.copy_from_slice(&block.as_ref()[..part.len()]);
        }
    }
}
