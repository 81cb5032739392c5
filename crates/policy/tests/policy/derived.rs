//! What follows from the policy.

use std::collections::{BTreeMap, BTreeSet};

use policy::consent::Choice;
use policy::derive::erasure::Step;
use policy::derive::retention::Written;
use policy::derive::unclassified::{self, Difference};
use policy::derive::{browser, csp, erasure, export, retention};
use policy::{
    Class, Database, Keep, Page, Period, Policies, Policy, ProcessorId, RetentionId, Store, SwitchedOn,
};

const DAY_MS: i64 = 24 * 3600 * 1000;

pub fn all_on() -> SwitchedOn {
    on(ProcessorId::ALL)
}

fn on(ids: &[ProcessorId]) -> SwitchedOn {
    let chosen = ids.iter().map(|id| (*id, Some(format!("{id}, signed 2026-05-01"))));
    SwitchedOn::new(&Policies::embedded(), i64::MAX, chosen).unwrap()
}

#[test]
fn with_nobody_switched_on_everything_comes_from_us_and_only_our_cookies_are_shown() {
    let policy = Policy::current();
    for page in Page::ALL {
        assert!(csp::sources(policy, page, &SwitchedOn::none(), Choice::ALL).is_empty(), "{page:?}");
    }
    let names: Vec<_> =
        browser::cookie_table(policy, &SwitchedOn::none()).map(|cookie| cookie.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "ms-session",
            "ms-waiting",
            "ms-cookie-consent",
            "ms-age",
            "geo_country",
            "ms-support-id",
            "ms-support-session",
            "ms-support-device"
        ]
    );
    let all = browser::cookie_table(policy, &all_on()).count();
    assert_eq!(all, policy.cookies.len());
}

#[test]
fn a_page_admits_a_processor_only_where_it_is_on_allowed_and_approved() {
    let policy = Policy::current();
    let intercom = on(&[ProcessorId::Intercom]);
    let script = |page, allowed| csp::sources(policy, page, &intercom, allowed).script;
    let support = Choice { analytics: false, support: true };
    let analytics = Choice { analytics: true, support: false };
    assert_eq!(script(Page::Support, support), ["https://js.intercomcdn.com", "https://widget.intercom.io"]);
    assert!(script(Page::Support, analytics).is_empty() && script(Page::Support, Choice::NONE).is_empty());
    assert!(!script(Page::Minitube, Choice::NONE).is_empty(), "in Minitube it rests on legitimate interest");
    for page in [Page::Public, Page::SignedIn, Page::Checkout, Page::Watch] {
        assert!(script(page, Choice::ALL).is_empty(), "{page:?}");
    }
    for page in Page::ALL {
        let scripts = csp::sources(policy, page, &all_on(), analytics).script;
        let analysed = scripts.iter().any(|source| source.contains("googletagmanager"));
        assert_eq!(analysed, matches!(page, Page::Public | Page::Support), "{page:?}");
    }
    assert_eq!(
        csp::sources(policy, Page::Checkout, &all_on(), Choice::NONE).form,
        ["https://checkout.stripe.com"]
    );
    let watch = csp::sources(policy, Page::Watch, &on(&[ProcessorId::Mux]), Choice::NONE);
    assert_eq!((watch.media, watch.script), (vec!["https://*.mux.com".to_owned()], vec![]));
}

#[test]
fn withdrawing_removes_what_is_no_longer_allowed_and_nothing_essential() {
    let policy = Policy::current();
    let removed = |allowed| -> BTreeSet<&str> {
        browser::removable(policy, allowed).map(|cookie| cookie.name.as_str()).collect()
    };
    assert!(removed(Choice::ALL).is_empty());
    let all = removed(Choice::NONE);
    for name in ["_ga", "_ga_*", "ajs_anonymous_id", "_fbp", "mp_*", "_cs_id", "intercom-id-*"] {
        assert!(all.contains(name), "{name}");
    }
    let essential = ["ms-session", "ms-waiting", "ms-cookie-consent", "geo_country"];
    assert!(!all.iter().any(|name| essential.contains(name)));
    let support = removed(Choice { analytics: true, support: false });
    let ours = ["ms-support-device", "ms-support-id", "ms-support-session"];
    let all = ["intercom-device-id-*", "intercom-id-*", "intercom-session-*"].into_iter().chain(ours);
    assert_eq!(support, all.collect());
}

#[test]
fn our_messenger_takes_consent_on_public_pages_and_in_minitube_nobodys_but_the_customer_may_object() {
    let customer = |objected| Some(browser::Customer { objected });
    let anybody = [None, customer(false), customer(true)];
    for page in Page::ALL {
        for who in anybody {
            let allowed = browser::messenger(page, Choice::ALL, who).map(|purpose| purpose.as_str());
            let refused = browser::messenger(page, Choice::NONE, who).map(|purpose| purpose.as_str());
            let expected = match page {
                Page::Support => (Some("visitor-support"), None),
                Page::Minitube | Page::Watch if who == customer(false) => (Some("support"), Some("support")),
                _ => (None, None),
            };
            assert_eq!((allowed, refused), expected, "{page:?} {who:?}");
        }
    }
}

#[test]
fn names_that_a_browser_holds_are_known_again() {
    let policy = Policy::current();
    assert_eq!(policy.cookie("_ga_ABC123").unwrap().name, "_ga_*");
    assert_eq!(policy.cookie("_ga").unwrap().name, "_ga");
    assert_eq!(policy.stored(Store::LocalStorage, "mp_token_mixpanel").unwrap().name, "mp_*");
    assert!(policy.cookie("mp_token_mixpanel").is_none(), "Mixpanel sets no cookie");
    assert!(policy.cookie("ms-sessions").is_none() && policy.cookie("_gat").is_none());
    assert_eq!(
        unclassified::stored(policy, [(Store::Cookie, "ms-session"), (Store::Cookie, "_gid")]).len(),
        1
    );
    let held = BTreeSet::from([(Store::Cookie, "ms-session".to_owned())]);
    let ours = policy.cookies.iter().filter(|cookie| cookie.name == "ms-session" || cookie.name == "_ga");
    let missing = unclassified::never_set(ours, &held);
    assert_eq!(missing, [Difference::Superfluous("Cookie \"_ga\"".into())]);
}

#[test]
fn the_sweeper_gets_a_column_and_a_time_for_each_rule_that_counts_from_one() {
    let policies = Policies::embedded();
    let sweeps = retention::sweeps(Policy::current(), policies.classification());
    let sweep = |table| sweeps.iter().find(|sweep| sweep.table == table);
    let period = |text| Period::parse(text).unwrap();
    let charges = sweep("charges").unwrap();
    assert_eq!(
        (charges.since, charges.period, charges.rule),
        ("charged_at_ms", period("7 years"), RetentionId::Transactions)
    );
    let enquiries = sweep("enquiries").unwrap();
    assert_eq!((enquiries.since, enquiries.period), ("closed_at_ms", period("1 year")));
    assert!(charges.empty.is_none() && enquiries.empty.is_none());
    // What was paid goes from rows that stay.
    for table in ["orders", "gifts"] {
        let paid = sweep(table).unwrap();
        assert_eq!((paid.since, paid.period, paid.rule), ("paid_at_ms", charges.period, charges.rule));
        assert!(paid.empty.unwrap().keys().eq(["price_cents", "price_currency"]));
    }
    assert_eq!(sweep("usage_counts").unwrap().written, Written::Day);
    assert!(sweep("accounts").is_none() && sweep("photos").is_none(), "they go with the account");
    assert_eq!(retention::grace_ms(Policy::current()), 30 * DAY_MS);
}

#[test]
fn erasure_begins_outside_and_ends_with_the_key() {
    let policies = Policies::embedded();
    let switched_on = on(&[ProcessorId::Fal, ProcessorId::GoogleGemini]);
    let plan = erasure::plan(Policy::current(), &switched_on, policies.classification());
    let said: Vec<String> = plan
        .iter()
        .map(|step| match step {
            Step::Processor(processor) => processor.id.to_string(),
            Step::Objects(kind) => format!("objects {kind}"),
            Step::Rows { table, .. } => (*table).to_owned(),
            Step::Remain { table, rule, .. } => format!("{table} remain by {rule}"),
            Step::Account { table } => format!("{table} at last"),
        })
        .collect();
    let at = |what: &str| {
        said.iter().position(|step| step == what).unwrap_or_else(|| panic!("{what} in {said:?}"))
    };
    assert_eq!(at("fal"), 0);
    assert!(!said.contains(&"google-gemini".to_owned()), "nothing personal is there");
    assert!(at("objects photo") < at("photos"));
    assert!(at("shots") < at("films"), "a row goes before the one that leads to the account");
    assert!(said.contains(&"charges remain by transactions".to_owned()));
    assert_eq!(at("accounts at last"), said.len() - 1);
    // Whatever is personal is reached by the plan or by a rule of its own.
    for (name, table) in &policies.classification().tables {
        let planned = said.iter().any(|step| step.split(' ').next() == Some(name));
        let personal = table.columns.values().any(|column| matches!(column.class, Class::Personal(_)));
        assert_eq!(planned, table.account.is_some(), "{name}");
        assert!(planned || !personal || matches!(table.keep, Keep::Rule(_)), "{name}");
    }
}

#[test]
fn the_export_covers_what_leads_to_an_account_but_for_secrets() {
    let policies = Policies::embedded();
    let plan = export::plan(policies.classification());
    let columns = |table: &str| -> Vec<&str> {
        let rows = plan.tables.iter().find(|rows| rows.table == table).unwrap();
        rows.columns.iter().map(|(column, _)| *column).collect()
    };
    assert!(columns("children").contains(&"name_sealed"));
    assert!(columns("shots").contains(&"object") && !columns("shots").contains(&"claim"));
    assert!(!columns("accounts").contains(&"password_sealed"));
    assert!(plan.held_back.iter().any(|(column, _)| column == "accounts.password_sealed"));
    assert_eq!(
        plan.objects.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        ["cut-out", "film-file", "photo"]
    );
    assert!(!plan.tables.iter().any(|rows| rows.table == "shared_shots"));
}

#[test]
fn what_the_schema_has_and_the_policy_does_not_say_is_found_and_the_other_way_round() {
    let policies = Policies::embedded();
    let classification = policies.classification();
    let tables = classification.tables.iter().filter(|(_, table)| table.on != Some(Database::Postgres));
    let mut schema: BTreeMap<String, BTreeSet<String>> =
        tables.map(|(name, table)| (name.clone(), table.columns.keys().cloned().collect())).collect();
    assert_eq!(unclassified::schema(classification, Database::Sqlite, &schema), []);
    schema.get_mut("photos").unwrap().insert("location".into());
    schema.get_mut("photos").unwrap().remove("width");
    schema.remove("children");
    schema.insert("diaries".into(), BTreeSet::new());
    let found = unclassified::schema(classification, Database::Sqlite, &schema);
    assert_eq!(
        found,
        [
            Difference::Unclassified("table diaries".into()),
            Difference::Superfluous("table children".into()),
            Difference::Unclassified("column photos.location".into()),
            Difference::Superfluous("column photos.width".into()),
        ]
    );
    let on_postgres = unclassified::schema(classification, Database::Postgres, &schema);
    assert!(on_postgres.contains(&Difference::Superfluous("table apalis.jobs".into())));
    assert_eq!(
        unclassified::log(classification, ["code", "email"]),
        [Difference::Unclassified("log field email".into())]
    );
    let called = unclassified::hosts(Policy::current(), classification, ["api.stripe.com", "evil.example"]);
    assert_eq!(called, [Difference::Unclassified("host evil.example".into())]);
    let kinds = classification.objects.keys().map(String::as_str).filter(|kind| *kind != "film-file");
    assert_eq!(
        unclassified::objects(classification, kinds),
        [Difference::Superfluous("object film-file".into())]
    );
}
