//! Who may get mail that advertises: every country, every standing, every kind; and when.

use std::collections::BTreeMap;

use policy::marketing::{Consented, Refusal, Rule, Standing, may_send, waits_until};
use policy::{Country, Ground, Mailing, Policy};

/// Written down a second time, by hand and apart from the file: (must be confirmed, customers may be written to).
fn law(country: Option<&str>) -> (bool, bool) {
    match country {
        Some("DE" | "AT" | "CH" | "LU") => (true, true),
        Some("PL") => (false, false),
        Some(
            "BE" | "BG" | "CY" | "CZ" | "DK" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "HU" | "IE" | "IT"
            | "LT" | "LV" | "MT" | "NL" | "PT" | "RO" | "SE" | "SI" | "SK" | "IS" | "LI" | "NO" | "GB" | "US"
            | "AU" | "NZ" | "AX" | "GF" | "GP" | "MF" | "MQ" | "RE" | "YT",
        ) => (false, true),
        _ => (true, false),
    }
}

#[test]
fn proves_s3_3_who_gets_which_mail_in_every_country_and_standing() {
    let policy = Policy::current();
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes: Vec<String> = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}"))).collect();
    let countries = codes.iter().map(|code| Some(code.as_str())).chain([None]);
    let mut seen = BTreeMap::<&str, u32>::new();
    for country in countries {
        let (confirm, customers) = law(country);
        let rule = Rule::of(policy, country.and_then(Country::parse));
        for mailing in Mailing::ALL {
            for consent in [Consented::No, Consented::Ticked, Consented::Confirmed] {
                for customer in [false, true] {
                    for stopped in [false, true] {
                        let person = Standing { consent, customer, stopped };
                        let found = may_send(policy, mailing, rule, person);
                        let agreed =
                            consent == Consented::Confirmed || (consent == Consented::Ticked && !confirm);
                        let expected = match (stopped, agreed, customer && customers) {
                            (true, _, _) => Err(Refusal::Stopped),
                            (_, true, _) => Ok(Ground::Consent),
                            (_, _, true) => Ok(Ground::Customer),
                            _ if consent == Consented::Ticked => Err(Refusal::Unconfirmed),
                            _ => Err(Refusal::NoGround),
                        };
                        assert_eq!(found, expected, "{country:?} {mailing:?} {person:?}");
                        *seen.entry(if found.is_ok() { "sent" } else { "not sent" }).or_default() += 1;
                    }
                }
            }
        }
    }
    assert!(seen["sent"] > 1_000 && seen["not sent"] > 10_000, "{seen:?}");
}

/// 2026-05-22, midnight (UTC).
const MIDNIGHT_MS: i64 = 1_779_408_000_000;
const MINUTE_MS: i64 = 60_000;

/// The hours of the day in UTC (whole ones) in which a mail may go at once.
fn open_hours(country: Option<&str>) -> Vec<i64> {
    let rule = Rule::of(Policy::current(), country.and_then(Country::parse));
    let at = |hour: &i64| waits_until(Policy::current(), rule, MIDNIGHT_MS + hour * 60 * MINUTE_MS).is_none();
    (0..24).filter(at).collect()
}

#[test]
fn nothing_advertises_at_night() {
    // By hand: eight in the morning by the clock that is furthest behind, to eight in the evening by the one furthest
    // ahead.
    assert_eq!(open_hours(Some("DE")), (7..18).collect::<Vec<_>>());
    assert_eq!(open_hours(Some("GB")), (8..19).collect::<Vec<_>>());
    assert_eq!(open_hours(Some("US")), (18..24).collect::<Vec<_>>());
    assert_eq!(open_hours(Some("JP")), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 23]);
    for unknown in [None, Some("ZZ"), Some("AQ")] {
        assert_eq!(open_hours(unknown), [16, 17], "{unknown:?}");
    }
    for zone in &Policy::current().marketing.zones {
        for country in &zone.countries {
            let rule = Rule::of(Policy::current(), Some(*country));
            for minute in (0..2 * 24 * 60).step_by(15) {
                let now_ms = MIDNIGHT_MS + minute * MINUTE_MS;
                let opens_ms = waits_until(Policy::current(), rule, now_ms).unwrap_or(now_ms);
                assert!((0..24 * 60 * MINUTE_MS).contains(&(opens_ms - now_ms)), "{country}: within a day");
                assert_eq!(waits_until(Policy::current(), rule, opens_ms), None, "{country}: then it is day");
                for ahead in [zone.offsets.least, zone.offsets.most] {
                    let there = (opens_ms / MINUTE_MS + ahead).rem_euclid(24 * 60);
                    assert!((8 * 60..20 * 60).contains(&there), "{country}: {there} minutes after midnight");
                }
            }
        }
    }
}

#[test]
fn every_country_with_a_rule_has_a_clock() {
    let marketing = &Policy::current().marketing;
    for country in marketing.regions.iter().flat_map(|region| &region.countries) {
        assert!(marketing.zones.iter().any(|zone| zone.countries.contains(country)), "{country}");
    }
}
