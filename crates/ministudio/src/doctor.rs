//! `ministudio doctor`: whether every processor that is switched on can be used.

use anyhow::bail;

use crate::Running;
use crate::serve;

/// Asks each, with one call that carries nothing personal, and says what came of it.
pub fn run(running: Running) -> anyhow::Result<()> {
    let settings = running.settings()?;
    let wrong = serve::with_studio(&settings, true, async |studio| {
        let now_s = studio.now_ms() / 1_000;
        let mut wrong = 0;
        if studio.switched_on().is_empty() {
            println!("No processor is switched on: the program does everything itself.");
        }
        for (id, agreement) in studio.switched_on().iter() {
            let check = studio.connected().checks.get(&id);
            let id = id.as_str();
            match check {
                None => println!(
                    "{id:<22} switched on ({agreement}), not asked: it has no interface that this program could \
                     ask, so look in its own pages whether it works"
                ),
                Some(check) => match check.check(now_s).await {
                    Ok(()) => println!("{id:<22} good ({agreement})"),
                    Err(why) => {
                        wrong += 1;
                        println!("{id:<22} WRONG: {why}");
                    }
                },
            }
        }
        Ok(wrong)
    })?;
    match wrong {
        0 => Ok(()),
        1 => bail!("One processor cannot be used. Nothing was changed."),
        wrong => bail!("{wrong} processors cannot be used. Nothing was changed."),
    }
}
