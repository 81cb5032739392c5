//! The sweeper, on both databases, one millisecond before and after.

use policy::RetentionId;

use crate::clock::DAY_MS;
use crate::consents::{Method, Receipt};
use crate::db::testing::{Kit, on_both, on_sqlite_with};
use crate::enquiries::{Kind, NewEnquiry};
use crate::films::testing::{catalogue, paid};
use crate::jobs::{Job, testing};
use crate::orders::{Paid, Price};
use crate::usage::Event;
use crate::{Outside, Studio};

async fn sweep(kit: &Kit) -> u64 {
    let due: u64 = kit.studio.retention().due().await.unwrap().iter().map(|line| line.rows).sum();
    kit.studio.retention().sweep().await.unwrap();
    let left: u64 = kit.studio.retention().due().await.unwrap().iter().map(|line| line.rows).sum();
    assert_eq!(left, 0, "what was due is gone");
    due
}

/// For how long it is kept what comes to be now.
fn period(kit: &Kit, rule: RetentionId) -> i64 {
    let now = kit.studio.now_ms();
    kit.studio.policy().rule(rule).unwrap().period.after(now) - now
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
        consents.record(receipt, &kit.client()).await.unwrap();
        kit.clock.advance(period(kit, RetentionId::ConsentRecords) - 1);
        assert_eq!(sweep(kit).await, 1, "how often its client decided goes sooner");
        assert_eq!(kit.rows("consent_receipts").await, 1);
        kit.clock.advance(1);
        assert_eq!(sweep(kit).await, 1);
        assert_eq!(kit.rows("consent_receipts").await, 0);
    });
}

#[test]
fn what_is_swept_leaves_the_log_of_changes_too() {
    on_sqlite_with(
        |_| (),
        async |kit| {
            kit.account("anna@example.org").await;
            let log = kit.folder.path().join("studio.sqlite-wal");
            assert!(std::fs::metadata(&log).unwrap().len() > 0);
            sweep(kit).await;
            assert_eq!(std::fs::metadata(&log).unwrap().len(), 0);
        },
    );
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
fn proves_s5_11_what_was_paid_goes_after_seven_years_from_an_account_that_stays() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let (order, film) = paid(kit, &account).await;
        let receipts = async || kit.studio.orders().receipts(&account).await.unwrap();
        kit.clock.advance(period(kit, RetentionId::Transactions) - 1);
        sweep(kit).await;
        assert!(matches!(receipts().await[0].paid, Paid::Money(_)));
        kit.clock.advance(1);
        assert_eq!(sweep(kit).await, 2, "the charge, and what the order says of it");
        assert_eq!(kit.rows("charges").await, 0);
        assert_eq!(receipts().await, [], "not that it cost nothing");
        let price = kit.studio.orders().find(&account, &order).await.unwrap().price;
        assert_eq!(price, Price { cents: 0, currency: String::new() });
        // The film is theirs all the same.
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().order, order);
        assert_eq!(sweep(kit).await, 0, "once");
    });
}

#[test]
fn sums_of_use_go_by_the_day() {
    on_both(async |kit| {
        kit.studio.usage().count(Event::View, "home", &kit.client()).await.unwrap();
        let days = period(kit, RetentionId::UsageCounts);
        kit.clock.advance(days);
        assert_eq!(
            sweep(kit).await,
            1,
            "how often its client was counted goes sooner, and the day itself is not over"
        );
        assert_eq!(kit.rows("usage_counts").await, 1);
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
        kit.studio.usage().count(Event::View, "home", &kit.client()).await.unwrap();
        kit.clock.advance(period(kit, RetentionId::UsageCounts) + DAY_MS);
        let mut outside = Outside::embedded();
        outside.clock = kit.clock.clone();
        let studio = Studio::open(kit.studio.config().clone(), outside, catalogue()).await.unwrap();
        assert_eq!(kit.rows("usage_counts").await, 1, "it is a job's");
        testing::run(&studio, Job::SweepOrphans).await.unwrap();
        assert_eq!(kit.rows("usage_counts").await, 0);
    });
}
