//! Promises that this crate keeps by itself. Those that need the running program are proven there.

use policy::derive::record::record;
use policy::{NotBound, Policies, Policy, ProcessorId, RetentionId, SwitchedOn};

use crate::derived::all_on;

const NOW: i64 = 1_790_000_000_000;

#[test]
fn proves_s6_16_a_processor_without_an_agreement_is_not_switched_on() {
    let policies = Policies::embedded();
    for id in ProcessorId::ALL {
        let unbound = SwitchedOn::new(&policies, NOW, [(*id, None)]);
        assert!(
            matches!(&unbound.unwrap_err()[..], [NotBound::NoAgreement(missing, _)] if missing == id),
            "{id}"
        );
        let blank = SwitchedOn::new(&policies, NOW, [(*id, Some(" ".into()))]);
        assert!(blank.unwrap_err()[0].to_string().contains("reference of the signed agreement"));
        let bound = SwitchedOn::new(&policies, NOW, [(*id, Some("DPA 17 of 2026-04-02".into()))]).unwrap();
        assert_eq!(bound.iter().collect::<Vec<_>>(), [(*id, "DPA 17 of 2026-04-02")]);
    }
    // The other entries of the register cannot be missing: such a version is not read (see `mistakes`).
    for processor in &Policy::current().processors {
        assert!(
            !processor.regions.is_empty() && !processor.agreement.document.is_empty(),
            "{}",
            processor.id
        );
    }
}

/// S7-1, the part that is the policy's; the page that shows it is the site's.
#[test]
fn the_record_shows_what_protects_each_transfer() {
    let policy = Policy::current();
    for on in [SwitchedOn::none(), all_on()] {
        let record = record(policy, &on);
        assert_eq!(record.controller.name, "Mini Studio, Inc.");
        let recipients: Vec<_> = record.activities.iter().flat_map(|activity| &activity.recipients).collect();
        for processor in &policy.processors {
            let entries: Vec<_> =
                recipients.iter().filter(|entry| entry.processor.id == processor.id).collect();
            assert_eq!(
                !entries.is_empty(),
                on.contains(processor.id),
                "{}: only those that are on",
                processor.id
            );
            for entry in entries {
                assert!(!entry.regions.is_empty() && !entry.agreement.is_empty());
                assert_eq!(
                    entry.safeguard,
                    policy::Safeguard::StandardContractualClauses,
                    "as section 7 says"
                );
            }
        }
        for activity in &record.activities {
            assert!(
                !activity.categories.is_empty()
                    && !activity.retention.is_empty()
                    && !activity.purpose.people.is_empty()
            );
        }
    }
}

/// S2-1, the part that is the policy's: the eight categories, each of which something uses.
#[test]
fn the_categories_are_the_eight_of_the_promise() {
    let names: Vec<_> = Policy::current().categories.iter().map(|category| category.id.as_str()).collect();
    assert_eq!(
        names,
        [
            "account-contact",
            "support",
            "uploaded-images",
            "usage-analytics",
            "device-technical",
            "country",
            "marketing",
            "payment-billing"
        ]
    );
}

/// S5: the periods that the company's policy states.
#[test]
fn the_periods_are_those_of_the_promises() {
    let days = |id| Policy::current().rule(id).unwrap().period.seconds() / 86_400;
    assert_eq!(days(RetentionId::Account), 30);
    assert_eq!(days(RetentionId::Images), 30);
    assert_eq!(days(RetentionId::Marketing), 3 * 365);
    assert_eq!(days(RetentionId::Transactions), 7 * 365);
    assert_eq!(days(RetentionId::Support), 365);
    let max_age = |name| Policy::current().cookie(name).unwrap().period.seconds();
    assert_eq!(max_age("ms-session"), Some(30 * 86_400));
    assert_eq!(max_age("ms-cookie-consent"), Some(365 * 86_400));
    assert_eq!(max_age("geo_country"), Some(86_400));
    assert_eq!(max_age("intercom-session-x1"), Some(7 * 86_400));
    assert_eq!(max_age("intercom-device-id-x1"), Some(270 * 86_400));
    assert_eq!(max_age("ms-support-session"), max_age("intercom-session-x1"));
    assert_eq!(max_age("ms-support-device"), max_age("intercom-device-id-x1"));
    assert_eq!(max_age("__clerk_db"), None);
}

/// S4-1 and S3-1, the part that is the policy's: one basis a purpose, and consent where a choice is offered.
#[test]
fn each_purpose_has_one_basis_and_images_are_used_for_films_alone() {
    let policy = Policy::current();
    let with_images: Vec<_> = policy
        .purposes
        .iter()
        .filter(|purpose| purpose.categories.contains(&policy::CategoryId::UploadedImages))
        .map(|purpose| (purpose.id.as_str(), purpose.basis.article()))
        .collect();
    assert_eq!(with_images, [("films", "6(1)(b)"), ("promotion", "6(1)(a)")]);
}

/// S12-9: somebody to complain to, in every country where consent is asked for.
#[test]
fn a_country_of_the_union_has_an_authority() {
    let authority = |code| Policy::current().authority(policy::Country::parse(code).unwrap());
    assert_eq!(authority("FR").unwrap().web, "https://www.cnil.fr");
    assert_eq!(authority("MQ").unwrap().web, "https://www.cnil.fr");
    assert!(authority("US").is_none());
}

/// The promises of the company are all here.
#[test]
fn the_promises_are_read() {
    let promises = &Policy::current().promises;
    assert_eq!(promises.len(), 84);
    let quoted = promises.iter().find(|promise| promise.id == "S15-1").unwrap();
    assert!(quoted.promise.starts_with("Mail with \"GDPR Request\" in the subject"), "{}", quoted.promise);
}
