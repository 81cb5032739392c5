//! Whatever there is to do with processors: what they told is worked off, what they are to be told is told, what they
//! are to delete is asked for. One part that fails holds up no other; each looks whether something of it is due.

use crate::{Result, Studio};

pub(super) async fn run(studio: &Studio) -> Result<()> {
    said("webhooks", studio.webhooks().carry_on().await);
    said("people", studio.accounts().see_to_people().await);
    said("analytics", studio.analytics().carry_on().await);
    said("till", studio.till().carry_on().await);
    said("messenger", studio.messenger().carry_on().await);
    said("streams", studio.streams().carry_on().await);
    said("generated", studio.generated().carry_on().await);
    said("lists", studio.lists().carry_on().await);
    said("handles", studio.handles().carry_on().await);
    said("erasures", studio.erasures().carry_on().await);
    Ok(())
}

fn said(part: &str, came: Result<()>) {
    if let Err(error) = came {
        tracing::error!(part, %error, "not all was done with processors; it is taken up again");
    }
}
