//! Whatever there is to do with processors: what they told is worked off, what they are to be told is told, what they
//! are to delete is asked for. One part that fails or panics holds up no other; each looks whether something of it is
//! due.

use super::apart;
use crate::{Result, Studio, boxed};

#[boxed]
pub(super) async fn run(studio: &Studio) -> Result<()> {
    // What was promised to people first: deletions wait for nothing that is only of use.
    apart("webhooks", studio.webhooks().carry_on()).await;
    // Who is let go of is deleted in the same run.
    apart("people", studio.accounts().carry_on()).await;
    apart("handles", studio.handles().carry_on()).await;
    apart("erasures", studio.erasures().carry_on()).await;
    apart("analytics", studio.analytics().carry_on()).await;
    apart("till", studio.till().carry_on()).await;
    apart("messenger", studio.messenger().carry_on()).await;
    apart("streams", studio.streams().carry_on()).await;
    apart("generated", studio.generated().carry_on()).await;
    apart("lists", studio.lists().carry_on()).await;
    Ok(())
}
