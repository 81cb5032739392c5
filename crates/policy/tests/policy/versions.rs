//! Which version holds when, and versions from outside the program.

use policy::{Policies, Policy, Unusable};

use crate::{files, on_day, replace};

const DAY_MS: i64 = 24 * 3600 * 1000;

#[test]
fn a_version_holds_from_the_midnight_of_its_day() {
    let policies = Policies::embedded().with([on_day(files(), "2027-01-01")]).unwrap();
    let start = policies.version("2027-01-01").unwrap().effective.start_ms();
    let day = |at| policies.in_force(at).version();
    assert_eq!((day(start - 1), day(start)), ("2026-05-22".into(), "2027-01-01".into()));
    assert_eq!(day(0), "2026-05-22", "before the first one there is no other");
    assert_eq!(policies.upcoming(start - DAY_MS).unwrap().version(), "2027-01-01");
    assert!(policies.upcoming(start).is_none());
    let (first, second) = (policies.in_force(start - 1), policies.in_force(start));
    assert_eq!(policies.before(second).unwrap().version(), first.version());
    assert!(policies.before(first).is_none());
    assert!(policies.version("2027-01-02").is_none());
    assert_eq!(policies.all().len(), Policies::embedded().all().len() + 1);
    assert_eq!(Policy::current().version(), "2026-05-22", "the newest in the program");
}

#[test]
fn what_was_published_is_not_replaced() {
    let again = Policies::embedded().with([on_day(files(), "2026-05-22")]).unwrap_err();
    assert!(matches!(again, Unusable::Twice(_)), "{again}");
    let (_, files) = on_day(files(), "2027-01-01");
    let misnamed = Policies::embedded().with([("next".to_owned(), files)]).unwrap_err();
    assert!(misnamed.to_string().contains("name its folder so"), "{misnamed}");
}

#[test]
fn a_version_cannot_name_what_the_program_does_not_know() {
    for (file, from, to) in [
        ("processors.toml", "id = \"fal\"", "id = \"fall\""),
        ("categories.toml", "id = \"photo\"", "id = \"photos\""),
        ("retention.toml", "id = \"mail\"", "id = \"mails\""),
    ] {
        let (day, mut files) = on_day(files(), "2027-01-01");
        replace(&mut files, file, from, to);
        let said = Policies::embedded().with([(day, files)]).unwrap_err().to_string();
        assert!(said.contains("this program knows no") && said.contains("did you mean"), "{said}");
    }
}

#[test]
fn a_version_that_drops_a_rule_in_use_is_refused() {
    let (day, mut files) = on_day(files(), "2027-01-01");
    let rules = files.get_mut("retention.toml").unwrap();
    let start = rules.find("[[retention]]\nid = \"egress-records\"").unwrap();
    let end = start + 1 + rules[start + 1..].find("[[retention]]").unwrap();
    rules.replace_range(start..end, "");
    let said = Policies::embedded().with([(day, files)]).unwrap_err().to_string();
    assert!(
        said.contains("tables.egress_receipts.keep: there is no retention rule \"egress-records\""),
        "{said}"
    );
}
