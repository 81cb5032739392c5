//! Who may get mail that advertises: every country, every standing, every kind.

use std::collections::BTreeMap;

use policy::marketing::{Consented, Refusal, Standing, may_send};
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
        for mailing in Mailing::ALL {
            for consent in [Consented::No, Consented::Ticked, Consented::Confirmed] {
                for customer in [false, true] {
                    for stopped in [false, true] {
                        let person = Standing { consent, customer, stopped };
                        let found = may_send(policy, mailing, country.and_then(Country::parse), person);
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
