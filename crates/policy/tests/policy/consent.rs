//! The consent decision: examples, and rules that hold in every case.

use policy::consent::{Choice, Given, Purpose, Regime, Why, decide};
use policy::{Choosable, Country, Policies, Policy};
use proptest::prelude::*;

use crate::{files, on_day, replace};

const NOW: i64 = 1_790_000_000_000;
const DAY_MS: i64 = 24 * 3600 * 1000;
const YEAR_MS: i64 = 365 * DAY_MS;

/// The 27 of the Union, the other three of the EEA, and the United Kingdom.
const REGULATED: [&str; 31] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO", "GB",
];
const OTHERS: [&str; 6] = ["US", "CA", "JP", "BR", "CH", "AU"];

fn country(code: &str) -> Option<Country> {
    Country::parse(code)
}

fn given(choice: Choice) -> Given {
    Given { choice, wording: "cookies-1".into(), at_ms: NOW - DAY_MS, knowing_gpc: false }
}

#[test]
fn undecided_visitors_get_what_their_country_says() {
    let policy = Policy::current();
    for code in REGULATED.into_iter().map(country).chain([None, country("EU"), country("RE"), country("AX")])
    {
        let decision = decide(policy, code, false, None, NOW);
        assert_eq!(
            (decision.allowed, decision.ask, decision.regime),
            (Choice::NONE, true, Regime::OptIn),
            "{code:?}"
        );
        assert_eq!(decision.why, Why::Undecided);
    }
    for code in OTHERS {
        let decision = decide(policy, country(code), false, None, NOW);
        assert_eq!(
            (decision.allowed, decision.ask, decision.regime),
            (Choice::ALL, false, Regime::OptOut),
            "{code}"
        );
    }
}

#[test]
fn the_signal_objects_until_the_person_decides_otherwise_knowing_it() {
    let policy = Policy::current();
    for code in [country("US"), country("DE"), None] {
        let signal = decide(policy, code, true, None, NOW);
        assert_eq!((signal.allowed, signal.ask, signal.why), (Choice::NONE, false, Why::Signal));
        let before = decide(policy, code, true, Some(&given(Choice::ALL)), NOW);
        assert_eq!((before.allowed, before.why), (Choice::NONE, Why::Signal));
        let knowing = Given { knowing_gpc: true, ..given(Choice::ALL) };
        let after = decide(policy, code, true, Some(&knowing), NOW);
        assert_eq!((after.allowed, after.why), (Choice::ALL, Why::Chosen));
    }
}

#[test]
fn each_purpose_is_chosen_on_its_own() {
    let only = Choice { analytics: false, support: true };
    for code in [country("US"), country("FR")] {
        let decision = decide(Policy::current(), code, false, Some(&given(only)), NOW);
        assert_eq!(decision.allowed, only);
        assert!(decision.agreed(Purpose::Analytics).is_none());
        assert_eq!(decision.agreed(Purpose::Support).unwrap().to(), Choosable::Support);
    }
}

#[test]
fn a_choice_holds_for_a_year() {
    let accepted = Given { at_ms: NOW, ..given(Choice::ALL) };
    let policy = Policy::current();
    assert_eq!(decide(policy, country("DE"), false, Some(&accepted), NOW + YEAR_MS - 1).allowed, Choice::ALL);
    let after = decide(policy, country("DE"), false, Some(&accepted), NOW + YEAR_MS);
    assert_eq!((after.allowed, after.ask), (Choice::NONE, true));
}

#[test]
fn an_agreement_lapses_on_the_day_when_its_wording_counts_no_more() {
    let (day, mut next) = on_day(files(), "2027-01-01");
    let older = next["wordings.toml"].clone();
    let banner = &older[older.find("[[wordings]]\nsubject = \"cookies\"").unwrap()..];
    let banner = &banner[..banner[1..].find("[[wordings]]").unwrap()];
    next.insert("wordings.toml".into(), format!("{older}\n{}", banner.replace("cookies-1", "cookies-2")));
    replace(&mut next, "policy.toml", "counts = [\"cookies-1\"]", "counts = [\"cookies-2\"]");
    let policies = Policies::embedded().with([(day, next)]).unwrap();
    let start = policies.version("2027-01-01").unwrap().effective.start_ms();

    let accepted = Given { at_ms: start - DAY_MS, ..given(Choice::ALL) };
    let refused = Given { at_ms: start - DAY_MS, ..given(Choice::NONE) };
    let at =
        |now, code, given: &Given| decide(policies.in_force(now), country(code), false, Some(given), now);
    assert_eq!(at(start - 1, "DE", &accepted).allowed, Choice::ALL);
    let lapsed = at(start, "DE", &accepted);
    assert_eq!((lapsed.allowed, lapsed.ask, lapsed.why), (Choice::NONE, true, Why::Outdated));
    let still = at(start, "DE", &refused);
    assert_eq!(
        (still.allowed, still.ask, still.why),
        (Choice::NONE, false, Why::Chosen),
        "who refused is left alone"
    );
    let renewed = Given { wording: "cookies-2".into(), at_ms: start, ..given(Choice::ALL) };
    assert_eq!(at(start, "DE", &renewed).allowed, Choice::ALL);
    let half = Given { choice: Choice { analytics: false, support: true }, ..accepted };
    assert!(!at(start, "US", &half).allowed.analytics, "what was refused stays refused");
}

prop_compose! {
    fn any_given()(
        analytics: bool,
        support: bool,
        wording in prop::sample::select(vec!["cookies-1", "cookies-0", ""]),
        age_ms in -DAY_MS..2 * YEAR_MS,
        knowing_gpc: bool,
    ) -> Given {
        Given { choice: Choice { analytics, support }, wording: wording.into(), at_ms: NOW - age_ms, knowing_gpc }
    }
}

fn any_country() -> impl Strategy<Value = Option<Country>> {
    let codes: Vec<Option<Country>> =
        REGULATED.into_iter().chain(OTHERS).map(country).chain([None]).collect();
    prop::sample::select(codes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Whatever the state: nothing optional in a regulated country without a choice that says so.
    #[test]
    fn nothing_is_allowed_where_it_must_be_agreed_to_unless_it_was(
        code in any_country(), gpc: bool, given in prop::option::of(any_given()),
    ) {
        let decision = decide(Policy::current(), code, gpc, given.as_ref(), NOW);
        let regulated = code.is_none_or(|code| REGULATED.contains(&code.code()));
        prop_assert_eq!(decision.regime == Regime::OptIn, regulated);
        for purpose in Purpose::ALL {
            let agreed = given.as_ref().is_some_and(|given| {
                given.choice.allows(purpose) && given.wording == "cookies-1" && NOW - given.at_ms < YEAR_MS
            });
            if regulated && !agreed {
                prop_assert!(!decision.allowed.allows(purpose));
            }
            // A fresh refusal holds everywhere, under any wording.
            let refused = given.as_ref().is_some_and(|given| !given.choice.allows(purpose) && NOW - given.at_ms < YEAR_MS);
            prop_assert!(!(refused && decision.allowed.allows(purpose)));
        }
        // The signal stops everything but what was agreed to knowing it.
        let knowing = given.as_ref().is_some_and(|given| given.knowing_gpc);
        prop_assert!(!gpc || knowing || decision.allowed == Choice::NONE);
        // People are asked only where it is needed, and never while something is allowed.
        prop_assert!(!decision.ask || (regulated && !gpc && decision.allowed == Choice::NONE));
        // Nobody who would get nothing for want of an answer is left unasked.
        let undecided = given.is_none() && regulated && !gpc;
        prop_assert!(!undecided || decision.ask);
    }
}
