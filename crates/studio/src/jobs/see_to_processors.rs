//! Whatever there is to do with processors: what they told is worked off, what they are to be told is told, what they
//! are to delete is asked for. One part that fails or panics holds up no other; each looks whether something of it is
//! due.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use crate::{Result, Studio, boxed};

#[boxed]
pub(super) async fn run(studio: &Studio) -> Result<()> {
    // What was promised to people first: deletions wait for nothing that is only of use.
    part("webhooks", studio.webhooks().carry_on()).await;
    // Who is let go of is deleted in the same run.
    part("people", studio.accounts().carry_on()).await;
    part("handles", studio.handles().carry_on()).await;
    part("erasures", studio.erasures().carry_on()).await;
    part("analytics", studio.analytics().carry_on()).await;
    part("till", studio.till().carry_on()).await;
    part("messenger", studio.messenger().carry_on()).await;
    part("streams", studio.streams().carry_on()).await;
    part("generated", studio.generated().carry_on()).await;
    part("lists", studio.lists().carry_on()).await;
    Ok(())
}

async fn part(part: &str, work: impl Future<Output = Result<()>>) {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(part, %error, "not all was done with processors; it is taken up again");
        }
        Err(_) => tracing::error!(part, "a part of the work with processors panicked; it is taken up again"),
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;
    use crate::Error;

    async fn panics() -> Result<()> {
        panic!("on purpose")
    }

    #[test]
    fn a_part_that_fails_or_panics_does_not_end_the_rest() {
        futures::executor::block_on(async {
            part("one", ready(Err(Error::internal("on purpose")))).await;
            part("two", panics()).await;
        });
    }
}
