//! Marketing, on both databases: who gets what when, and what stopping does.

use std::collections::BTreeMap;

use policy::{Country, Mailing};

use super::*;
use crate::clock::{DAY_MS, HOUR_MS};
use crate::db::testing::{Kit, on_both};

fn country(code: &str) -> Option<Country> {
    Country::parse(code)
}

/// Kinds of the mails that advertise and went to an account.
async fn got(kit: &Kit, email: &str) -> Vec<String> {
    let mails = kit.studio.mail().list(1000).await.unwrap();
    let theirs =
        mails.into_iter().filter(|mail| mail.letter.to == email && mail.letter.unsubscribe.is_some());
    theirs.map(|mail| mail.kind).collect()
}

async fn subscribed(kit: &Kit, email: &str, from: &str) -> AccountId {
    let account = kit.account(email).await;
    let marketing = kit.studio.marketing();
    marketing.subscribe(&account, Method::Settings, "marketing-1", country(from)).await.unwrap();
    account
}

fn words() -> BTreeMap<String, Words> {
    let words =
        |subject: &str| Words { subject: subject.into(), text: "A new film.\n\nCome and see.".into() };
    BTreeMap::from([("en".into(), words("News")), ("de".into(), words("Neues"))])
}

#[test]
fn a_draft_is_called_back_to_mind_once_and_only_where_it_may_be() {
    on_both(async |kit| {
        let (studio, french) = (&kit.studio, subscribed(kit, "a@example.org", "FR").await);
        let german = subscribed(kit, "b@example.org", "DE").await; // Not confirmed.
        let nobody = kit.account("c@example.org").await;
        for account in [&french, &german, &nobody] {
            studio.orders().begin(account, "tiny", "en").await.unwrap();
        }
        kit.clock.advance(DAY_MS - 1);
        assert_eq!(studio.marketing().send_due().await.unwrap(), 0);
        kit.clock.advance(1);
        assert_eq!(studio.marketing().send_due().await.unwrap(), 1);
        assert_eq!(got(kit, "a@example.org").await, ["abandoned-cart"]);
        for _ in 0..30 {
            kit.clock.advance(DAY_MS);
            assert_eq!(studio.marketing().send_due().await.unwrap(), 0, "once is enough");
        }
        assert!(got(kit, "b@example.org").await.is_empty() && got(kit, "c@example.org").await.is_empty());
    });
}

#[test]
fn after_sixty_quiet_days_there_is_one_word_and_no_second() {
    on_both(async |kit| {
        subscribed(kit, "a@example.org", "FR").await;
        kit.clock.advance(60 * DAY_MS - 1);
        assert_eq!(kit.studio.marketing().send_due().await.unwrap(), 0);
        kit.clock.advance(1);
        assert_eq!(kit.studio.marketing().send_due().await.unwrap(), 1);
        kit.clock.advance(400 * DAY_MS);
        assert_eq!(kit.studio.marketing().send_due().await.unwrap(), 0);
        assert_eq!(got(kit, "a@example.org").await, ["re-engagement"]);
    });
}

#[test]
fn a_campaign_reaches_whom_it_may_and_nobody_twice_in_a_week() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        subscribed(kit, "a@example.org", "FR").await;
        let german = subscribed(kit, "b@example.org", "DE").await;
        kit.account("c@example.org").await;
        assert_eq!(
            marketing.begin(Mailing::AbandonedCart, words()).await.unwrap_err().code(),
            "campaign-kind"
        );
        assert_eq!(
            marketing.begin(Mailing::SpecialOffer, BTreeMap::new()).await.unwrap_err().code(),
            "campaign-empty"
        );
        marketing.begin(Mailing::ProductUpdate, words()).await.unwrap();
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        // Who confirms while it goes out gets it too.
        marketing.confirm_by_link(&marketing.token(&german)).await.unwrap();
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        kit.clock.advance(HOUR_MS);
        marketing.begin(Mailing::SpecialOffer, words()).await.unwrap();
        assert_eq!(marketing.send_due().await.unwrap(), 0, "a week apart");
        kit.clock.advance(7 * DAY_MS - HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 2);
        assert_eq!(
            marketing.campaigns().await.unwrap().iter().map(|one| one.sent).collect::<Vec<_>>(),
            [2, 2]
        );
        assert!(got(kit, "c@example.org").await.is_empty());
    });
}

#[test]
fn stopping_takes_back_what_is_written_and_waits() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        let account = subscribed(kit, "a@example.org", "FR").await;
        kit.studio.mail().deliver().await.unwrap();
        marketing.begin(Mailing::ProductUpdate, words()).await.unwrap();
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        let token = marketing.token(&account);
        assert!(marketing.preferences(&token).await.unwrap().wanted);
        marketing.stop_by_link(&token, Method::OneClick).await.unwrap();
        marketing.stop_by_link(&token, Method::OneClick).await.unwrap();
        kit.studio.mail().deliver().await.unwrap();
        let mails = kit.studio.mail().list(10).await.unwrap();
        let campaign = mails.iter().find(|mail| mail.kind == "product-update").unwrap();
        assert_eq!(campaign.state, crate::mail::State::Withdrawn);
        let history = marketing.history(&account).await.unwrap();
        assert_eq!(history.len(), 2, "stopping twice is stopping once");
        assert_eq!((history[0].status, history[0].method), (Status::Unsubscribed, Method::OneClick));
        assert!(!marketing.preferences(&token).await.unwrap().wanted);
        let wrong = marketing.preferences("nonsense").await.unwrap_err();
        assert_eq!(wrong.code(), "link-invalid");
    });
}

#[test]
fn proves_s5_10_who_said_no_is_not_enrolled_again_by_a_new_account() {
    on_both(async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let first = subscribed(kit, "a@example.org", "FR").await;
        marketing.stop(&first, Method::Settings).await.unwrap();
        studio.erasures().erase(&first, crate::erasure::Reason::Owner).await.unwrap();
        assert_eq!(kit.rows("marketing_acts").await, 0);
        assert_eq!(kit.rows("suppressions").await, 1, "a keyed hash is all that is left");
        // Somebody with the same address later, as a customer who left the box at the till alone.
        let second = kit.account("a@example.org").await;
        marketing.told_customer(&second, country("FR")).await.unwrap();
        assert_eq!(
            marketing.ground(studio.db().read(), &second, Mailing::ProductUpdate).await.unwrap(),
            None
        );
        // A fresh act of their own counts.
        marketing.subscribe(&second, Method::Settings, "marketing-1", country("FR")).await.unwrap();
        let ground = marketing.ground(studio.db().read(), &second, Mailing::ProductUpdate).await.unwrap();
        assert_eq!(ground, Some(Ground::Consent));
        assert_eq!(kit.rows("suppressions").await, 0);
    });
}

#[test]
fn proves_s5_9_what_was_agreed_is_kept_three_years_after_the_end_and_not_longer() {
    on_both(async |kit| {
        let account = subscribed(kit, "a@example.org", "FR").await;
        let years = kit.studio.policy().rule(policy::RetentionId::Marketing).unwrap().period.ms();
        kit.clock.advance(5 * 365 * DAY_MS);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!(kit.rows("marketing_acts").await, 1, "as long as it holds");
        kit.studio.marketing().stop(&account, Method::Settings).await.unwrap();
        kit.clock.advance(years - 1);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!((kit.rows("marketing_acts").await, kit.rows("suppressions").await), (2, 1));
        kit.clock.advance(1);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!((kit.rows("marketing_acts").await, kit.rows("suppressions").await), (0, 0));
    });
}
