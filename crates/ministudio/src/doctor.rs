//! `ministudio doctor`: whether every processor that is switched on can be used, and photos are decoded shut in.

use anyhow::ensure;

use crate::Running;
use crate::serve;

/// Asks each, with one call that carries nothing personal, and says what came of it.
pub fn run(running: Running) -> anyhow::Result<()> {
    let settings = running.settings()?;
    let open = serve::wait_until(async { Ok::<_, studio::Error>(decoding_is_open().await) })?;
    match &open {
        None => println!("Photos are decoded in a process that can reach nothing of this machine."),
        Some(why) => println!("Photos are decoded in a process that is NOT shut in as it should be: {why}"),
    }
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
    verdict(open.is_some(), wrong)
}

/// What it comes to: anything that is wrong is an error.
fn verdict(is_open: bool, wrong: usize) -> anyhow::Result<()> {
    let decoding = is_open.then(|| "Photos are not decoded shut in as they should be.".to_owned());
    let processors = match wrong {
        0 => None,
        1 => Some("One processor cannot be used.".to_owned()),
        wrong => Some(format!("{wrong} processors cannot be used.")),
    };
    let found: Vec<String> = decoding.into_iter().chain(processors).collect();
    ensure!(found.is_empty(), "{} Nothing was changed.", found.join(" "));
    Ok(())
}

/// What the process that decodes photos is not kept from on this machine; nothing where all is in force.
pub async fn decoding_is_open() -> Option<String> {
    let intake = match intake::Intake::this_program() {
        Ok(intake) => intake,
        Err(error) => return Some(error.to_string()),
    };
    match intake.strength().await {
        Ok(strength) if strength.limits && strength.files && strength.calls => None,
        Ok(strength) => Some(strength.to_string()),
        Err(refused) => Some(refused.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_is_said_at_the_end_and_is_an_error() {
        assert!(verdict(false, 0).is_ok());
        for (is_open, wrong, said) in [
            (true, 0, "Photos are not decoded shut in as they should be."),
            (false, 1, "One processor cannot be used."),
            (true, 2, "Photos are not decoded shut in as they should be. 2 processors cannot be used."),
        ] {
            let told = verdict(is_open, wrong).unwrap_err().to_string();
            assert_eq!(told, format!("{said} Nothing was changed."));
        }
    }
}
