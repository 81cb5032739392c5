//! What is tried until it is done: when again, and a walk through what is due. It knows no table.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use crate::clock::{HOUR_MS, SECOND_MS};
use crate::{Error, Result};

/// The longest wait between two tries.
pub(crate) const WAIT_MAX_MS: i64 = 6 * HOUR_MS;
/// Batches in one walk: an end, should a row stay due however often it is seen to.
const ROUNDS_MAX: usize = 100;

/// What the other side asked us to wait.
pub(crate) fn asked_ms(after_s: Option<u64>) -> Option<i64> {
    after_s.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(SECOND_MS))
}

/// How long to wait after so many tries before this one: what was asked for, else longer and longer.
pub(crate) fn wait_ms(unit_ms: i64, tries: i32, after_s: Option<u64>) -> i64 {
    let turn = i64::from(tries.max(0)) + 1;
    let longer = turn.saturating_mul(turn).saturating_mul(unit_ms);
    asked_ms(after_s).unwrap_or(longer).clamp(SECOND_MS, WAIT_MAX_MS)
}

/// Rows that are tried until they are done.
pub(crate) trait Due: Sync {
    /// One of them.
    type Row: Send + Sync;

    /// What is due at `until_ms`, at most a batch, the longest due first.
    fn due(&self, until_ms: i64) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;

    /// Does what is to be done with a row, and moves it behind `until_ms` or away.
    fn see_to(&self, row: &Self::Row) -> impl Future<Output = Result<()>> + Send;

    /// Moves a row behind `until_ms` that could not be seen to.
    fn put_off(&self, row: &Self::Row, why: &Error) -> impl Future<Output = Result<()>> + Send;
}

/// Sees to what was due when it began, and to no more. What fails is put off and holds up no other.
pub(crate) async fn work_off<D: Due>(part: &D, now_ms: i64) -> Result<()> {
    for _ in 0..ROUNDS_MAX {
        let rows = part.due(now_ms).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut stuck = None;
        for row in &rows {
            let seen_to = AssertUnwindSafe(part.see_to(row)).catch_unwind().await;
            let Err(why) = seen_to.unwrap_or_else(|_| Err(Error::internal("it panicked"))) else { continue };
            tracing::warn!(error = %why, "what was due could not be seen to; it is put off");
            if let Err(error) = part.put_off(row, &why).await {
                stuck = Some(error);
            }
        }
        // What could not even be put off is still due: looked for again at once, it would come again.
        if let Some(error) = stuck {
            return Err(error);
        }
    }
    tracing::error!("a walk through what is due found no end; the rest is taken up later");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::clock::MINUTE_MS;

    #[test]
    fn waits_grow_keep_to_what_was_asked_and_never_leave_their_bounds() {
        assert_eq!(asked_ms(None), None);
        assert_eq!(asked_ms(Some(30)), Some(30_000));
        assert_eq!(asked_ms(Some(u64::MAX)), Some(i64::MAX));
        assert_eq!(asked_ms(Some(i64::MAX as u64)), Some(i64::MAX));
        assert_eq!(wait_ms(MINUTE_MS, 0, None), MINUTE_MS);
        assert_eq!(wait_ms(MINUTE_MS, 2, None), 9 * MINUTE_MS);
        assert_eq!(wait_ms(MINUTE_MS, 2, Some(30)), 30_000);
        assert_eq!(wait_ms(MINUTE_MS, 0, Some(0)), SECOND_MS);
        assert_eq!(wait_ms(MINUTE_MS, 0, Some(u64::MAX)), WAIT_MAX_MS);
        assert_eq!(wait_ms(MINUTE_MS, i32::MAX, None), WAIT_MAX_MS);
        assert_eq!(wait_ms(i64::MAX, i32::MAX, None), WAIT_MAX_MS);
        assert_eq!(wait_ms(MINUTE_MS, -1, None), MINUTE_MS);
    }

    /// Numbers that are due at a time, two a batch.
    struct Numbers(Mutex<Vec<(u32, i64)>>, Mutex<Vec<String>>);

    impl Numbers {
        fn due_at(&self, number: u32, at_ms: i64) {
            self.0.lock().unwrap().push((number, at_ms));
        }

        fn take(&self, number: u32) {
            self.0.lock().unwrap().retain(|(other, _)| *other != number);
        }

        fn said(&self, what: String) -> Result<()> {
            self.1.lock().unwrap().push(what);
            Ok(())
        }
    }

    impl Due for Numbers {
        type Row = u32;

        async fn due(&self, until_ms: i64) -> Result<Vec<u32>> {
            let mut rows = self.0.lock().unwrap().clone();
            rows.retain(|(_, at_ms)| *at_ms <= until_ms);
            rows.sort_by_key(|(_, at_ms)| *at_ms);
            Ok(rows.into_iter().take(2).map(|(number, _)| number).collect())
        }

        async fn see_to(&self, row: &u32) -> Result<()> {
            match row {
                1 => Err(Error::internal("it is damaged")),
                2 => panic!("on purpose"),
                // Never moves.
                13 => self.said("seen to 13".into()),
                // Becomes due again while the walk goes on.
                4 => {
                    self.take(4);
                    self.due_at(4, 101);
                    self.said("seen to 4".into())
                }
                other => {
                    self.take(*other);
                    self.said(format!("seen to {other}"))
                }
            }
        }

        async fn put_off(&self, row: &u32, why: &Error) -> Result<()> {
            self.take(*row);
            self.due_at(*row, 200);
            self.said(format!("put off {row}: {}", why.detail().unwrap_or_default()))
        }
    }

    fn walked(numbers: &[u32]) -> (Result<()>, Vec<String>) {
        let due = numbers.iter().map(|number| (*number, i64::from(*number))).collect();
        let part = Numbers(Mutex::new(due), Mutex::default());
        let came = futures::executor::block_on(work_off(&part, 100));
        (came, part.1.into_inner().unwrap())
    }

    #[test]
    fn what_fails_or_panics_is_put_off_and_holds_up_no_other() {
        let (came, said) = walked(&[1, 2, 3, 4, 5, 101]);
        came.unwrap();
        let expected =
            ["put off 1: it is damaged", "put off 2: it panicked", "seen to 3", "seen to 4", "seen to 5"];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_row_that_stays_due_does_not_keep_the_walk_for_ever() {
        let (came, said) = walked(&[13]);
        came.unwrap();
        assert_eq!(said.len(), ROUNDS_MAX);
    }
}
