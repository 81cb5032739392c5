//! `ministudio doctor`: whether every processor that is switched on can be used, photos are decoded shut in, and the
//! certificate that films are marked with is good for a while.

use anyhow::ensure;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::serve;
use crate::{Running, marks};

/// A certificate is warned of for so long before its end, in seconds: an authority takes its time.
const WARNING_S: i64 = 30 * DAY_S;
/// A day in seconds.
const DAY_S: i64 = 24 * 60 * 60;

/// Asks each, with one call that carries nothing personal, and says what came of it.
pub fn run(running: Running) -> anyhow::Result<()> {
    let settings = running.settings()?;
    let open = serve::wait_until(async { Ok::<_, studio::Error>(decoding_is_open().await) })?;
    match &open {
        None => println!("Photos are decoded in a process that can reach nothing of this machine."),
        Some(why) => println!("Photos are decoded in a process that is NOT shut in as it should be: {why}"),
    }
    let signer = marks::signer(&settings)?;
    let (wrong, certificate) = serve::with_studio(&settings, true, async |studio| {
        let (now_s, site) = (studio.now_ms() / 1_000, settings.address_at(settings.listen));
        let mut wrong = 0;
        let certificate = signer.and_then(|signer| certificate(signer.ends().as_deref(), now_s));
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
                Some(check) => match check.check(now_s, &site).await {
                    Ok(()) => println!("{id:<22} good ({agreement})"),
                    Err(why) => {
                        wrong += 1;
                        println!("{id:<22} WRONG: {why}");
                    }
                },
            }
        }
        Ok((wrong, certificate))
    })?;
    verdict(open.is_some(), certificate, wrong)
}

/// What is wrong with the certificate that films are marked with, if anything. `ends`: the digits of its end, as
/// 20271231235959 (UTC), if that can be read.
fn certificate(ends: Option<&str>, now_s: i64) -> Option<String> {
    let ends = ends.and_then(|ends| DateTime::strptime("%Y%m%d%H%M%S", ends).ok());
    let Some(ends) = ends else {
        return Some("Until when the certificate for marking films is good cannot be read.".to_owned());
    };
    let day = ends.strftime("%Y-%m-%d");
    // The last days of the year 9999, which stand for no end, are no time any more.
    let ends = ends.to_zoned_datetime(TimeZone::UTC).map_or(Timestamp::MAX, |ends| ends.timestamp());
    match ends.as_second() - now_s {
        ..=0 => Some(format!(
            "The certificate for marking films ended on {day}, which readers of films say: get a new one."
        )),
        left_s if left_s < WARNING_S => {
            Some(format!("The certificate for marking films ends on {day}: get a new one."))
        }
        _ => {
            println!("Films are marked with a certificate that is good until {day}.");
            None
        }
    }
}

/// What it comes to: anything that is wrong is an error.
fn verdict(is_open: bool, certificate: Option<String>, wrong: usize) -> anyhow::Result<()> {
    let decoding = is_open.then(|| "Photos are not decoded shut in as they should be.".to_owned());
    let processors = match wrong {
        0 => None,
        1 => Some("One processor cannot be used.".to_owned()),
        wrong => Some(format!("{wrong} processors cannot be used.")),
    };
    let found: Vec<String> = decoding.into_iter().chain(certificate).chain(processors).collect();
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
        assert!(verdict(false, None, 0).is_ok());
        for (is_open, wrong, said) in [
            (true, 0, "Photos are not decoded shut in as they should be."),
            (false, 1, "One processor cannot be used."),
            (true, 2, "Photos are not decoded shut in as they should be. 2 processors cannot be used."),
        ] {
            let told = verdict(is_open, None, wrong).unwrap_err().to_string();
            assert_eq!(told, format!("{said} Nothing was changed."));
        }
        let told = verdict(false, Some("It ended.".into()), 1).unwrap_err().to_string();
        assert_eq!(told, "It ended. One processor cannot be used. Nothing was changed.");
    }

    #[test]
    fn a_certificate_is_warned_of_for_a_month_before_its_end() {
        // 2027-05-01, noon (UTC).
        let ends_s = 1_809_172_800;
        let said = |before_s: i64| certificate(Some("20270501120000"), ends_s - before_s);
        assert_eq!(said(WARNING_S), None);
        let soon = said(WARNING_S - 1).unwrap();
        assert!(soon.contains("ends on 2027-05-01"), "{soon}");
        assert!(said(1).unwrap().contains("ends on 2027-05-01"));
        for over_s in [0, 365 * DAY_S] {
            let over = said(-over_s).unwrap();
            assert!(over.contains("ended on 2027-05-01"), "{over}");
        }
        for unreadable in [None, Some("20270230120000")] {
            assert!(certificate(unreadable, ends_s).unwrap().contains("cannot be read"));
        }
        assert_eq!(certificate(Some("99991231235959"), ends_s), None, "one without an end");
    }
}
