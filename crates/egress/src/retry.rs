//! Trying again: a call that a processor did not take goes out again after a while, as long as that makes sense.
//!
//! Waits double and are spread by chance, so that many that failed at once do not come back at once; what the
//! processor asks for (`Retry-After`) counts before that. One that fails again and again is left alone for a while
//! ("circuit breaker"), and only so many calls are under way to each at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use policy::ProcessorId;
use policy::marker::{Named, Processor};
use tokio::sync::Semaphore;

use crate::client::Inner;
use crate::{Answer, Egress, Error, Request};

/// Calls under way to one processor.
const AT_ONCE: usize = 8;
/// Failures in a row after which a processor is left alone.
const FAILURES_MAX: u32 = 5;
/// For how long, before one call tries whether it is back.
const REST_MS: i64 = 30_000;

/// How a call is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries, the first one included.
    pub tries_max: u32,
    /// Wait before the second one; it doubles from there.
    pub first_wait: Duration,
    /// Longest wait. A processor that asks for more gets its answer handed back instead.
    pub wait_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { tries_max: 4, first_wait: Duration::from_millis(250), wait_max: Duration::from_secs(20) }
    }
}

impl RetryPolicy {
    /// The wait after so many tries: half of it is sure, half is chance (`0.0..1.0`).
    fn wait(&self, tries: u32, chance: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(16));
        doubled.min(self.wait_max).mul_f64(0.5 + chance / 2.0)
    }
}

/// How a processor has been doing.
#[derive(Debug, Default, Clone, Copy)]
struct Health {
    failures: u32,
    rests_until_ms: i64,
}

/// What is remembered of each processor: how it has been doing, and what is under way to it.
pub(crate) struct CircuitBreaker {
    health: Mutex<BTreeMap<ProcessorId, Health>>,
    under_way: Mutex<BTreeMap<ProcessorId, Arc<Semaphore>>>,
    chance: AtomicU64,
}

impl CircuitBreaker {
    pub(crate) fn new(seed: u64) -> Self {
        Self { health: Mutex::default(), under_way: Mutex::default(), chance: AtomicU64::new(seed) }
    }

    fn places(&self, id: ProcessorId) -> Arc<Semaphore> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(under_way.entry(id).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))))
    }

    /// Milliseconds that a processor is to be left alone; 0: it may be called. When its rest is over one caller
    /// goes first, and the others wait on.
    fn rest_ms(&self, id: ProcessorId, now_ms: i64) -> i64 {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let health = health.entry(id).or_default();
        if health.failures < FAILURES_MAX {
            return 0;
        }
        let rest = health.rests_until_ms - now_ms;
        if rest <= 0 {
            health.rests_until_ms = now_ms + REST_MS;
            return 0;
        }
        rest
    }

    fn note(&self, id: ProcessorId, failed: bool, now_ms: i64) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let health = health.entry(id).or_default();
        health.failures = if failed { health.failures.saturating_add(1) } else { 0 };
        if health.failures >= FAILURES_MAX {
            health.rests_until_ms = now_ms + REST_MS;
        }
    }

    /// A number between 0 and 1 (SplitMix64, Steele, Lea and Flood 2014): nothing secret hangs on it.
    fn chance(&self) -> f64 {
        let mut z = self.chance.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Egress {
    /// Sends a call, and sends it again while it makes sense. It must be one that may arrive twice: by its nature, or
    /// by a key that names it.
    ///
    /// # Errors
    /// That of the last try; [`Error::Resting`] when the processor is left alone for now. An answer with a status that
    /// says no is an answer.
    pub async fn retry<P: Processor>(
        &self,
        how: &RetryPolicy,
        call: impl Fn() -> Request<P>,
    ) -> Result<Answer, Error> {
        self.retry_while(how, is_worth_another_try, call).await
    }

    /// The same for a processor that has words of its own for what is worth another try.
    ///
    /// # Errors
    /// As [`Self::retry`].
    pub async fn retry_while<P: Processor>(
        &self,
        how: &RetryPolicy,
        is_worth_it: impl Fn(&Result<Answer, Error>) -> bool,
        call: impl Fn() -> Request<P>,
    ) -> Result<Answer, Error> {
        let (inner, id): (&Inner, _) = (&self.0, <P as Named>::ID);
        let mut tries = 0;
        loop {
            let rest_ms = inner.breaker.rest_ms(id, (inner.now_ms)());
            if rest_ms > 0 {
                return Err(Error::Resting(id, u64::try_from(rest_ms).unwrap_or(0).div_ceil(1000)));
            }
            let answered = {
                let places = inner.breaker.places(id);
                // A semaphore that is never closed.
                let _place = places.acquire().await;
                call().send().await
            };
            tries += 1;
            // How a processor is doing is the same question for all of them.
            let failed = is_worth_another_try(&answered) && !is_too_often(&answered);
            inner.breaker.note(id, failed, (inner.now_ms)());
            if tries >= how.tries_max || !is_worth_it(&answered) {
                return answered;
            }
            let asked = answered.as_ref().ok().and_then(Answer::retry_after_s).map(Duration::from_secs);
            match asked {
                Some(asked) if asked > how.wait_max => return answered,
                Some(asked) => tokio::time::sleep(asked).await,
                None => tokio::time::sleep(how.wait(tries, inner.breaker.chance())).await,
            }
        }
    }
}

fn is_worth_another_try(answered: &Result<Answer, Error>) -> bool {
    match answered {
        Ok(answer) => matches!(answer.status(), 408 | 425 | 429 | 500 | 502 | 503 | 504),
        Err(error) => matches!(error, Error::TimedOut(_) | Error::Unreachable(..)),
    }
}

/// Called too often: the processor itself is well.
fn is_too_often(answered: &Result<Answer, Error>) -> bool {
    answered.as_ref().is_ok_and(|answer| answer.status() == 429)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread() {
        let how = RetryPolicy::default();
        let sure = |tries| how.wait(tries, 0.0).as_millis();
        assert_eq!([1, 2, 3, 30].map(sure), [125, 250, 500, 10_000]);
        assert_eq!(how.wait(1, 1.0).as_millis(), 250);
        assert!(how.wait(40, 1.0) <= how.wait_max);
        assert_ne!(how.wait(1, 0.2), how.wait(1, 0.7));
        let breaker = CircuitBreaker::new(7);
        let chances: Vec<f64> = (0..1000).map(|_| breaker.chance()).collect();
        assert!(chances.iter().all(|chance| (0.0..1.0).contains(chance)));
        let mean = chances.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }

    #[test]
    fn who_fails_again_and_again_is_left_alone_and_then_tried_by_one() {
        let (breaker, id) = (CircuitBreaker::new(1), ProcessorId::Stripe);
        for _ in 0..FAILURES_MAX - 1 {
            breaker.note(id, true, 0);
        }
        assert_eq!(breaker.rest_ms(id, 0), 0);
        breaker.note(id, true, 0);
        assert_eq!(breaker.rest_ms(id, 1), REST_MS - 1);
        assert_eq!(breaker.rest_ms(ProcessorId::Mux, 1), 0, "others are not held up");
        assert_eq!(breaker.rest_ms(id, REST_MS), 0, "one tries");
        assert!(breaker.rest_ms(id, REST_MS) > 0, "the next waits");
        breaker.note(id, false, REST_MS);
        assert_eq!(breaker.rest_ms(id, REST_MS), 0);
    }
}
