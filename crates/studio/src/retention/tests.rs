//! The sweeper, on both databases, one millisecond before and after.

use policy::RetentionId;

use crate::clock::DAY_MS;
use crate::consents::{Method, Receipt};
use crate::db::testing::{Kit, on_both};
use crate::enquiries::{Kind, NewEnquiry};
use crate::films::testing::catalogue;
use crate::jobs::{Job, testing};
use crate::usage::Event;
use crate::{Outside, Studio};

async fn sweep(kit: &Kit) -> u64 {
    let due: u64 = kit.studio.retention().due().await.unwrap().iter().map(|line| line.rows).sum();
    kit.studio.retention().sweep().await.unwrap();
    let left: u64 = kit.studio.retention().due().await.unwrap().iter().map(|line| line.rows).sum();
    assert_eq!(left, 0, "what was due is gone");
    due
}

fn period(kit: &Kit, rule: RetentionId) -> i64 {
    kit.studio.policy().rule(rule).unwrap().period.ms()
}

#[test]
fn consent_receipts_go_after_three_years() {
    on_both(async |kit| {
        let consents = kit.studio.consents();
        let receipt = Receipt {
            consent: consents.new_id(),
            given_at_ms: kit.studio.now_ms(),
            country: Some("DE".into()),
            regime: "opt-in".into(),
            analytics: true,
            support: false,
            method: Method::Choice,
            wording: "cookies-1".into(),
            policy: "2026-05-22".into(),
        };
        consents.record(receipt).await.unwrap();
        kit.clock.advance(period(kit, RetentionId::ConsentRecords) - 1);
        assert_eq!(sweep(kit).await, 0);
        assert_eq!(kit.rows("consent_receipts").await, 1);
        kit.clock.advance(1);
        assert_eq!(sweep(kit).await, 1);
        assert_eq!(kit.rows("consent_receipts").await, 0);
    });
}

#[test]
fn an_answered_question_goes_after_a_year_and_an_open_one_stays() {
    on_both(async |kit| {
        let enquiries = kit.studio.enquiries();
        let new = || NewEnquiry {
            email: "anna@example.org".into(),
            kind: Kind::ALL[0],
            message: "How long does it take?".into(),
            language: "en".into(),
        };
        let answered = enquiries.ask(new(), &kit.client()).await.unwrap().id;
        enquiries.ask(new(), &kit.client()).await.unwrap();
        kit.clock.advance(5 * DAY_MS);
        enquiries.close(&kit.operator(), &answered).await.unwrap();
        kit.clock.advance(period(kit, RetentionId::Support) - 1);
        sweep(kit).await;
        assert_eq!(kit.rows("enquiries").await, 2);
        kit.clock.advance(1);
        sweep(kit).await;
        assert_eq!(kit.rows("enquiries").await, 1, "the open one stays");
    });
}

#[test]
fn sums_of_use_go_by_the_day() {
    on_both(async |kit| {
        kit.studio.usage().count(Event::View, "home").await.unwrap();
        let days = period(kit, RetentionId::UsageCounts);
        kit.clock.advance(days);
        assert_eq!(sweep(kit).await, 0, "the day itself is not over");
        kit.clock.advance(DAY_MS);
        assert_eq!(sweep(kit).await, 1);
        assert_eq!(kit.rows("usage_counts").await, 0);
    });
}

#[test]
fn copies_of_mails_go_and_the_account_stays() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        assert_eq!(kit.rows("mails").await, 1);
        kit.clock.advance(period(kit, RetentionId::Mail) - 1);
        sweep(kit).await;
        assert_eq!(kit.rows("mails").await, 1);
        kit.clock.advance(1);
        sweep(kit).await;
        assert_eq!(kit.rows("mails").await, 0);
        kit.studio.accounts().get(&account).await.unwrap();
    });
}

#[test]
fn nobody_waits_at_a_start_for_what_is_to_be_swept() {
    on_both(async |kit| {
        kit.studio.usage().count(Event::View, "home").await.unwrap();
        kit.clock.advance(period(kit, RetentionId::UsageCounts) + DAY_MS);
        let mut outside = Outside::embedded();
        outside.clock = kit.clock.clone();
        let studio = Studio::open(kit.studio.config().clone(), outside, catalogue()).await.unwrap();
        assert_eq!(kit.rows("usage_counts").await, 1, "it is a job's");
        testing::run(&studio, Job::SweepOrphans).await.unwrap();
        assert_eq!(kit.rows("usage_counts").await, 0);
    });
}
