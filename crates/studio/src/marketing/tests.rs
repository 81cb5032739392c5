//! Marketing, on both databases: who gets what when, and what stopping does.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use policy::{Country, Mailing};
use processors::{Letter, Post, PostError};

use super::*;
use crate::accounts::SignUp;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::db::testing::{Kit, NOON_MS, code_in, on_both, on_both_with, sign_up_form};
use crate::films::testing::paid;
use crate::mail::{Message, State};

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

/// For how long it is kept what is said now.
fn years(kit: &Kit) -> i64 {
    let now = kit.studio.now_ms();
    kit.studio.policy().rule(policy::RetentionId::Marketing).unwrap().period.after(now) - now
}

/// A campaign to everybody.
fn draft(mailing: Mailing) -> Draft {
    Draft { mailing, words: words(), link: "/films".into(), segment: Segment::default(), per_hour: PACES[0] }
}

async fn begin(kit: &Kit, draft: Draft) -> String {
    let campaign = kit.studio.marketing().draft(draft).await.unwrap();
    kit.studio.marketing().start(&campaign).await.unwrap();
    campaign
}

async fn deliver(kit: &Kit) -> usize {
    let mut sent = 0;
    loop {
        match kit.studio.mail().deliver().await.unwrap() {
            0 => return sent,
            more => sent += more,
        }
    }
}

async fn figures(kit: &Kit, campaign: &str) -> Figures {
    kit.studio.marketing().campaign(campaign).await.unwrap().figures
}

/// The text of the last mail of a kind.
async fn text_of(kit: &Kit, kind: &str) -> String {
    let mails = kit.studio.mail().list(1000).await.unwrap();
    mails.into_iter().find(|mail| mail.kind == kind).expect(kind).letter.text
}

/// What stands behind a part of a text, up to the next space.
fn after(text: &str, part: &str) -> String {
    let (_, rest) = text.split_once(part).unwrap_or_else(|| panic!("no {part} in {text}"));
    rest.split_whitespace().next().unwrap().to_owned()
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
        let good = || draft(Mailing::SpecialOffer);
        let film = |film: &str| Segment { film: Some(film.into()), ..Segment::default() };
        for (wrong, code) in [
            (draft(Mailing::AbandonedCart), "campaign-kind"),
            (Draft { words: BTreeMap::new(), ..good() }, "campaign-empty"),
            (Draft { link: "https://evil.example".into(), ..good() }, "campaign-link"),
            (Draft { segment: film("no-such-film"), ..good() }, "campaign-segment"),
            (Draft { per_hour: 1_000_000, ..good() }, "campaign-pace"),
        ] {
            assert_eq!(marketing.draft(wrong).await.unwrap_err().code(), code);
        }
        let news = begin(kit, draft(Mailing::ProductUpdate)).await;
        assert_eq!(marketing.start(&news).await.unwrap_err().code(), "campaign-state");
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        // Who confirms while it goes out gets it too.
        marketing.confirm_by_link(&marketing.token(&german)).await.unwrap();
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        deliver(kit).await;
        kit.clock.advance(HOUR_MS);
        begin(kit, draft(Mailing::SpecialOffer)).await;
        assert_eq!(marketing.send_due().await.unwrap(), 0, "a week apart");
        kit.clock.advance(7 * DAY_MS - HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 2);
        deliver(kit).await;
        assert_eq!(
            marketing.campaigns().await.unwrap().iter().map(|one| one.figures.sent).collect::<Vec<_>>(),
            [2, 2]
        );
        kit.clock.advance(HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        assert_eq!(marketing.campaign(&news).await.unwrap().state, CampaignState::Done, "after a week");
        assert!(got(kit, "c@example.org").await.is_empty());
    });
}

#[test]
fn a_campaign_is_not_over_while_somebody_waits_for_the_day() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        subscribed(kit, "a@example.org", "FR").await;
        let news = begin(kit, draft(Mailing::ProductUpdate)).await;
        kit.clock.advance(8 * DAY_MS + 12 * HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 0, "it is night there");
        assert_eq!(marketing.campaign(&news).await.unwrap().state, CampaignState::Sending);
        kit.clock.advance(12 * HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        assert_eq!(marketing.campaign(&news).await.unwrap().state, CampaignState::Done);
    });
}

#[test]
fn who_confirmed_and_bounced_can_agree_afresh() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        let anna = subscribed(kit, "a@example.org", "FR").await;
        marketing.confirm_by_link(&marketing.token(&anna)).await.unwrap();
        kit.clock.advance(1);
        let tx = kit.studio.db().begin().await.unwrap();
        marketing.bounced(&tx, "a@example.org").await.unwrap();
        tx.commit().await.unwrap();
        let ground =
            async || marketing.ground(kit.studio.db().read(), &anna, Mailing::ProductUpdate).await.unwrap();
        assert_eq!(ground().await, None);
        kit.clock.advance(1);
        let france = Country::parse("FR");
        marketing.subscribe(&anna, Method::Settings, "marketing-1", france).await.unwrap();
        assert_eq!(ground().await, Some(Ground::Consent));
    });
}

#[test]
fn stopping_takes_back_what_is_written_and_waits() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        let account = subscribed(kit, "a@example.org", "FR").await;
        kit.studio.mail().deliver().await.unwrap();
        let campaign = begin(kit, draft(Mailing::ProductUpdate)).await;
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        let token = marketing.token(&account);
        assert!(marketing.preferences(&token).await.unwrap().wanted);
        marketing.stop_by_link(&token, Method::OneClick).await.unwrap();
        marketing.stop_by_link(&token, Method::OneClick).await.unwrap();
        kit.studio.mail().deliver().await.unwrap();
        let mails = kit.studio.mail().list(10).await.unwrap();
        let mail = mails.iter().find(|mail| mail.kind == "product-update").unwrap();
        assert_eq!(mail.state, State::Withdrawn);
        let counted = Figures { unsubscribed: 1, ..Figures::default() };
        assert_eq!(figures(kit, &campaign).await, counted, "what was withdrawn was not sent");
        let history = marketing.history(&account).await.unwrap();
        assert_eq!(history.len(), 2, "stopping twice is stopping once");
        assert_eq!((history[0].status, history[0].method), (Status::Unsubscribed, Method::OneClick));
        assert!(!marketing.preferences(&token).await.unwrap().wanted);
        let wrong = marketing.preferences("nonsense").await.unwrap_err();
        assert_eq!(wrong.code(), "link-invalid");
    });
}

#[test]
fn a_mail_goes_only_while_the_ground_that_it_states_holds() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        // One agreed; the other bought a film, was told of such mail and agrees before it goes.
        let agreed = subscribed(kit, "a@example.org", "FR").await;
        paid(kit, &agreed).await;
        let bought = kit.account("b@example.org").await;
        marketing.told_customer(&bought, country("FR")).await.unwrap();
        paid(kit, &bought).await;
        deliver(kit).await;
        begin(kit, draft(Mailing::ProductUpdate)).await;
        assert_eq!(marketing.send_due().await.unwrap(), 2);
        marketing.subscribe(&bought, Method::Settings, "marketing-1", country("FR")).await.unwrap();
        // The first stops, and agrees anew where that has to be confirmed: as a customer they may be written to, but
        // not with the words that they agreed.
        marketing.stop(&agreed, Method::Settings).await.unwrap();
        marketing.subscribe(&agreed, Method::Settings, "marketing-1", country("DE")).await.unwrap();
        let ground = marketing.ground(kit.studio.db().read(), &agreed, Mailing::ProductUpdate).await.unwrap();
        assert_eq!(ground, Some(Ground::Customer));
        deliver(kit).await;
        let mails = kit.studio.mail().list(1000).await.unwrap();
        let news = mails.iter().filter(|mail| mail.kind == "product-update");
        let mut news: Vec<_> = news.map(|mail| (mail.letter.to.as_str(), mail.state)).collect();
        news.sort_by_key(|(to, _)| *to);
        assert_eq!(news, [("a@example.org", State::Withdrawn), ("b@example.org", State::Sent)]);
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
        let years = years(kit);
        kit.clock.advance(5 * 365 * DAY_MS);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!(kit.rows("marketing_acts").await, 1, "as long as it holds");
        kit.studio.marketing().stop(&account, Method::Settings).await.unwrap();
        kit.clock.advance(years - 1);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!((kit.rows("marketing_acts").await, kit.rows("suppressions").await), (2, 1));
        kit.clock.advance(1);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!((kit.rows("marketing_acts").await, kit.rows("suppressions").await), (1, 1));
        let history = kit.studio.marketing().history(&account).await.unwrap();
        assert_eq!(history[0].status, Status::Unsubscribed, "what is left is the no");
    });
}

#[test]
fn proves_s2_6_s5_9_what_was_agreed_at_sign_up_is_known_as_long_as_they_are_subscribed() {
    on_both(async |kit| {
        let (accounts, marketing) = (kit.studio.accounts(), kit.studio.marketing());
        let wording = "marketing-1".to_owned();
        let form = SignUp {
            marketing: Some(wording.clone()),
            country: country("DE"),
            ..sign_up_form("a@example.org")
        };
        let waiting = accounts.sign_up(form, &kit.client()).await.unwrap();
        let code = code_in(&kit.studio.mail().list(1).await.unwrap()[0].letter.text);
        kit.clock.advance(MINUTE_MS);
        let account = accounts.enter_code(&waiting.secret, &code, &kit.client()).await.unwrap().account;
        kit.clock.advance(2 * years(kit));
        kit.studio.retention().sweep().await.unwrap();
        let ticked = Act {
            status: Status::Subscribed,
            method: Method::SignUp,
            wording,
            rule: Rule::of(kit.studio.policy(), country("DE")),
            at_ms: NOON_MS,
        };
        let confirmed = Act {
            status: Status::Confirmed,
            method: Method::MailLink,
            at_ms: NOON_MS + MINUTE_MS,
            ..ticked.clone()
        };
        assert_eq!(marketing.history(&account).await.unwrap(), [confirmed, ticked]);
        let ground =
            marketing.ground(kit.studio.db().read(), &account, Mailing::ProductUpdate).await.unwrap();
        assert_eq!(ground, Some(Ground::Consent));
        // From the end on it is kept as long as the policy says.
        marketing.stop(&account, Method::OneClick).await.unwrap();
        kit.clock.advance(years(kit));
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!(marketing.history(&account).await.unwrap().len(), 1);
    });
}

#[test]
fn proves_s5_10_s12_7_a_no_holds_as_long_as_the_account_and_is_known_three_years_longer() {
    on_both(async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let account = subscribed(kit, "a@example.org", "FR").await;
        marketing.stop(&account, Method::OneClick).await.unwrap();
        let swept = async |after_ms: i64| {
            kit.clock.advance(after_ms);
            studio.retention().sweep().await.unwrap();
            kit.rows("suppressions").await
        };
        assert_eq!(swept(2 * years(kit)).await, 1);
        // Long after, they buy a film and leave the box at the till alone.
        paid(kit, &account).await;
        marketing.told_customer(&account, country("FR")).await.unwrap();
        let ground = marketing.ground(studio.db().read(), &account, Mailing::ProductUpdate).await.unwrap();
        assert_eq!(ground, None);
        // The account ends, and the years begin.
        studio.erasures().erase(&account, crate::erasure::Reason::Owner).await.unwrap();
        assert_eq!(swept(0).await, 1);
        assert_eq!(swept(years(kit) - 1).await, 1);
        assert_eq!(swept(1).await, 0);
    });
}

#[test]
fn an_address_that_nobody_has_is_known_for_the_years_alone() {
    on_both(async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let refused = async |email: &str| {
            let tx = studio.db().begin().await.unwrap();
            marketing.complained(&tx, None, email).await.unwrap();
            tx.commit().await.unwrap();
        };
        refused("nobody@example.org").await;
        refused("late@example.org").await;
        kit.clock.advance(years(kit) - 1);
        // Whoever reads it made an account meanwhile.
        kit.account("late@example.org").await;
        studio.retention().sweep().await.unwrap();
        assert_eq!(kit.rows("suppressions").await, 2);
        kit.clock.advance(1);
        studio.retention().sweep().await.unwrap();
        assert_eq!(kit.rows("suppressions").await, 1);
    });
}

#[test]
fn nothing_advertises_at_night_and_the_service_writes_at_any_hour() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        let french = subscribed(kit, "a@example.org", "FR").await;
        deliver(kit).await;
        begin(kit, draft(Mailing::ProductUpdate)).await;
        // Six in the evening by UTC is eight in a French summer.
        kit.clock.advance(6 * HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        kit.clock.advance(13 * HOUR_MS - 1);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        kit.clock.advance(1);
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        // Written by day, and night has come before it went.
        kit.clock.advance(11 * HOUR_MS);
        let tx = kit.studio.db().begin().await.unwrap();
        let service = Message { kind: "test", ..Message::default() };
        kit.studio.mail().write(&tx, &french, &service).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(deliver(kit).await, 1, "the service's");
        kit.clock.advance(13 * HOUR_MS - 1);
        assert_eq!(deliver(kit).await, 0);
        kit.clock.advance(1);
        assert_eq!(deliver(kit).await, 1);
        assert_eq!(got(kit, "a@example.org").await, ["product-update"]);
    });
}

#[test]
fn a_campaign_keeps_its_pace_and_can_be_held_up_and_stopped() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        for person in 0..103 {
            let account = kit.account_without_mail(&format!("p{person}@example.org")).await;
            let (way, country) = (Method::Settings, country("FR"));
            marketing.subscribe(&account, way, "marketing-1", country).await.unwrap();
        }
        let campaign = marketing.draft(draft(Mailing::ProductUpdate)).await.unwrap();
        assert_eq!(marketing.reach(Mailing::ProductUpdate, &Segment::default()).await.unwrap(), 103);
        assert_eq!(marketing.send_due().await.unwrap(), 0, "a draft goes to nobody");
        marketing.rewrite(&campaign, draft(Mailing::SpecialOffer)).await.unwrap();
        marketing.start(&campaign).await.unwrap();
        let late = marketing.rewrite(&campaign, draft(Mailing::ProductUpdate)).await.unwrap_err();
        assert_eq!(late.code(), "campaign-state");
        assert_eq!(marketing.send_due().await.unwrap(), PACES[0]);
        assert_eq!(marketing.send_due().await.unwrap(), 0, "not more within the hour");
        marketing.pause(&campaign).await.unwrap();
        assert_eq!(deliver(kit).await, 0, "what is written waits too");
        kit.clock.advance(HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        marketing.resume(&campaign).await.unwrap();
        assert_eq!(marketing.send_due().await.unwrap(), 3);
        assert_eq!(kit.studio.mail().deliver().await.unwrap(), 50);
        marketing.call_off(&campaign).await.unwrap();
        for _ in 0..2 {
            assert_eq!(deliver(kit).await, 0);
        }
        assert_eq!((figures(kit, &campaign).await.sent, kit.rows("mailings").await), (50, 103));
        assert_eq!(marketing.resume(&campaign).await.unwrap_err().code(), "campaign-state");
        let states = kit.studio.mail().list(200).await.unwrap().into_iter().map(|mail| mail.state);
        assert_eq!(states.filter(|state| *state == State::Withdrawn).count(), 53);
    });
}

#[test]
fn proves_s2_4_where_somebody_was_stands_in_no_row_only_what_follows_from_it() {
    on_both(async |kit| {
        let (accounts, marketing, sweden) = (kit.studio.accounts(), kit.studio.marketing(), country("SE"));
        let form = SignUp {
            marketing: Some("marketing-1".into()),
            country: sweden,
            ..sign_up_form("a@example.org")
        };
        accounts.sign_up(form, &kit.client()).await.unwrap();
        let agreed = subscribed(kit, "b@example.org", "SE").await;
        let told = kit.account("c@example.org").await;
        marketing.told_customer(&told, sweden).await.unwrap();
        assert_eq!(kit.rows("marketing_acts").await, 3);
        for account in [&agreed, &told] {
            let rule = marketing.history(account).await.unwrap()[0].rule;
            assert_eq!(rule, Rule::of(kit.studio.policy(), sweden));
        }
        let tables = &kit.studio.policies().classification().tables;
        assert!(tables.contains_key("marketing_acts") && tables.len() > 40);
        for (table, classes) in tables {
            // Those of the queue lie elsewhere, or in a schema of their own, and are a library's.
            if classes.all.is_some() || classes.on.is_some() {
                continue;
            }
            let dump = kit.dump(table).await;
            let mut words = dump.split(|c: char| !c.is_ascii_alphanumeric());
            assert!(words.all(|word| word != "SE"), "{table}: {dump}");
        }
    });
}

#[test]
fn a_campaign_goes_to_those_who_were_chosen() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        let buyer = subscribed(kit, "a@example.org", "FR").await;
        subscribed(kit, "b@example.org", "GB").await;
        subscribed(kit, "c@example.org", "DE").await; // Not confirmed.
        paid(kit, &buyer).await;
        kit.clock.advance(10 * DAY_MS);
        subscribed(kit, "d@example.org", "FR").await;
        let all = Segment::default;
        for (segment, reached) in [
            (all(), 3),
            (Segment { bought: Some(true), ..all() }, 1),
            (Segment { bought: Some(false), ..all() }, 2),
            (Segment { film: Some("tiny".into()), ..all() }, 1),
            (Segment { quiet_days: Some(10), ..all() }, 2),
            (Segment { quiet_days: Some(11), ..all() }, 0),
            (Segment { language: Some("de".into()), ..all() }, 0),
        ] {
            let found = marketing.reach(Mailing::ProductUpdate, &segment).await.unwrap();
            assert_eq!(found, reached, "{segment:?}");
        }
        let segment = Segment { bought: Some(false), ..all() };
        begin(kit, Draft { segment, ..draft(Mailing::ProductUpdate) }).await;
        assert_eq!(marketing.send_due().await.unwrap(), 2);
        assert!(got(kit, "a@example.org").await.is_empty());
        assert_eq!(got(kit, "d@example.org").await, ["product-update"]);
    });
}

#[test]
fn a_campaign_is_looked_at_and_tried_out_before_it_goes() {
    on_both(async |kit| {
        let marketing = kit.studio.marketing();
        let campaign = marketing.draft(draft(Mailing::SpecialOffer)).await.unwrap();
        let german = marketing.preview(&campaign, "de").await.unwrap();
        assert!(
            german.html.contains("Neues") && german.html.contains("Nichts mehr davon"),
            "{}",
            german.html
        );
        assert!(german.html.contains("/films\"") && !german.html.contains("seen.gif"), "{}", german.html);
        assert_eq!(marketing.preview(&campaign, "fr").await.unwrap().subject, "News");
        let ours = kit.studio.policy().controller.email.clone();
        assert_eq!(marketing.try_out(&campaign, None).await.unwrap(), ours);
        let staff = kit.account("staff@example.org").await;
        assert_eq!(marketing.try_out(&campaign, Some(&staff)).await.unwrap(), "staff@example.org");
        deliver(kit).await;
        let mails = kit.studio.mail().list(20).await.unwrap();
        let tests: Vec<_> = mails.iter().filter(|mail| mail.kind == "campaign-test").collect();
        assert_eq!(tests.len(), 4, "two languages each");
        assert!(
            tests.iter().all(|mail| mail.state == State::Sent && mail.letter.subject.starts_with("[Test] "))
        );
        assert_eq!((kit.rows("mailings").await, figures(kit, &campaign).await), (0, Figures::default()));
    });
}

#[test]
fn what_is_done_with_a_mail_is_noted_of_those_who_agreed_and_deleted_when_they_take_it_back() {
    on_both(async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let agreed = subscribed(kit, "a@example.org", "FR").await;
        let customer = kit.account("b@example.org").await;
        marketing.told_customer(&customer, country("FR")).await.unwrap();
        paid(kit, &customer).await;
        let campaign = begin(kit, draft(Mailing::ProductUpdate)).await;
        assert_eq!(marketing.send_due().await.unwrap(), 2);
        deliver(kit).await;
        let mails = studio.mail().list(20).await.unwrap();
        let to = |email: &str| {
            let theirs = |mail: &&crate::mail::Mail| mail.kind == "product-update" && mail.letter.to == email;
            mails.iter().find(theirs).unwrap().letter.clone()
        };
        // Nothing that tells is in a mail to a customer, or in one of the service.
        let plain = to("b@example.org");
        assert!(plain.text.contains(":8080/films") && !plain.html.contains("src="), "{}", plain.html);
        assert!(plain.text.contains("bought a film"), "{}", plain.text);
        let mut service = mails.iter().filter(|mail| mail.letter.unsubscribe.is_none());
        assert!(service.all(|mail| !mail.letter.html.contains("/mail/")));
        let watched = to("a@example.org");
        assert!(watched.text.contains("you asked for it") && !watched.text.contains("seen.gif"));
        let seen = watched.html.split_once("/mail/").unwrap().1;
        assert!(seen.contains("/go") && watched.html.contains("/seen.gif"));
        let click = after(&watched.text, "/mail/").trim_end_matches("/go").to_owned();
        let picture = watched.html.split("/mail/").find(|part| part.contains("/seen.gif")).unwrap();
        let picture = picture.split('/').next().unwrap().to_owned();

        // One token does not stand for the other, and made-up ones for nothing.
        marketing.opened(&click).await.unwrap();
        for token in [picture.as_str(), "nonsense", ""] {
            assert_eq!(marketing.followed(token).await.unwrap_err().code(), "link-invalid", "{token}");
        }
        assert_eq!(kit.rows("engagements").await, 0);
        marketing.opened(&picture).await.unwrap();
        marketing.opened(&picture).await.unwrap();
        assert_eq!(marketing.followed(&click).await.unwrap(), "/films");
        assert_eq!(kit.rows("engagements").await, 2);
        let all = Figures { sent: 2, opened: 1, clicked: 1, unsubscribed: 0 };
        assert_eq!(figures(kit, &campaign).await, all);

        // Taken back, it is forgotten and noted no more; the link still leads there.
        marketing.stop_by_link(&marketing.token(&agreed), Method::MailLink).await.unwrap();
        assert_eq!(kit.rows("engagements").await, 0);
        marketing.opened(&picture).await.unwrap();
        assert_eq!(marketing.followed(&click).await.unwrap(), "/films");
        assert_eq!(kit.rows("engagements").await, 0);
        assert_eq!(figures(kit, &campaign).await, Figures { unsubscribed: 1, ..all });
        studio.erasures().erase(&agreed, crate::erasure::Reason::Owner).await.unwrap();
        assert_eq!(marketing.followed(&click).await.unwrap(), "/films", "also when the account is gone");
    });
}

#[test]
fn a_reminder_of_a_draft_that_was_paid_or_thrown_away_meanwhile_does_not_go() {
    on_both(async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let account = subscribed(kit, "a@example.org", "FR").await;
        let order = studio.orders().begin(&account, "tiny", "en").await.unwrap();
        deliver(kit).await;
        kit.clock.advance(DAY_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 1);
        let text = text_of(kit, "abandoned-cart").await;
        let way_back = after(&text, "/mail/");
        assert_eq!(marketing.followed(way_back.trim_end_matches("/go")).await.unwrap(), "/create/tiny");
        studio.orders().discard(&account, &order.id).await.unwrap();
        assert_eq!(deliver(kit).await, 0);
        let mails = studio.mail().list(20).await.unwrap();
        let reminder = mails.iter().find(|mail| mail.kind == "abandoned-cart").unwrap();
        assert_eq!(reminder.state, State::Withdrawn);
    });
}

/// A post that is away for some time.
struct Away(std::sync::atomic::AtomicBool);

impl Post for Away {
    fn deliver<'a>(&'a self, _: Letter<'a>) -> BoxFuture<'a, std::result::Result<(), PostError>> {
        let away = self.0.load(std::sync::atomic::Ordering::SeqCst);
        Box::pin(async move { if away { Err(PostError::Later("away".into())) } else { Ok(()) } })
    }

    fn is_local(&self) -> bool {
        true
    }
}

#[test]
fn mails_that_came_late_are_a_week_apart_all_the_same() {
    let post = Arc::new(Away(true.into()));
    let (ours, theirs) = (Arc::clone(&post), post);
    on_both_with(
        move |outside| outside.post = Arc::clone(&theirs) as Arc<dyn Post>,
        async |kit| {
            ours.0.store(true, std::sync::atomic::Ordering::SeqCst);
            let marketing = kit.studio.marketing();
            let account = kit.account_without_mail("a@example.org").await;
            marketing.subscribe(&account, Method::Settings, "marketing-1", country("FR")).await.unwrap();
            begin(kit, draft(Mailing::ProductUpdate)).await;
            assert_eq!(marketing.send_due().await.unwrap(), 1);
            // The server is away for a day; a try then waits for some time.
            assert_eq!(deliver(kit).await, 0);
            kit.clock.advance(DAY_MS);
            ours.0.store(false, std::sync::atomic::Ordering::SeqCst);
            assert_eq!(deliver(kit).await, 1);
            kit.clock.advance(6 * DAY_MS);
            begin(kit, draft(Mailing::SpecialOffer)).await;
            assert_eq!(marketing.send_due().await.unwrap(), 1, "a week after the other was written");
            assert_eq!(deliver(kit).await, 0);
            kit.clock.advance(DAY_MS - MINUTE_MS);
            assert_eq!(deliver(kit).await, 0);
            kit.clock.advance(MINUTE_MS);
            assert_eq!(deliver(kit).await, 1, "a week after the other went");
        },
    );
}

#[test]
fn proves_s5_10_nothing_but_an_act_of_their_own_enrols_anybody_again() {
    on_both(async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let account = subscribed(kit, "a@example.org", "US").await;
        marketing.stop(&account, Method::OneClick).await.unwrap();
        let wanted = async |account: &AccountId| {
            marketing.ground(studio.db().read(), account, Mailing::ProductUpdate).await.unwrap()
        };
        // Buying a film and leaving the box at the till alone, and the list outside that still has them.
        paid(kit, &account).await;
        marketing.told_customer(&account, country("US")).await.unwrap();
        studio.lists().carry_on().await.unwrap();
        assert_eq!(wanted(&account).await, None);
        // An old mail's link that confirms, found again.
        marketing.confirm_by_link(&marketing.token(&account)).await.unwrap();
        assert_eq!(wanted(&account).await, None);
        // Erased and back, at the same address, by signing up without the box, and as a customer.
        studio.erasures().erase(&account, crate::erasure::Reason::Owner).await.unwrap();
        let back = kit.account("a@example.org").await;
        marketing.told_customer(&back, country("US")).await.unwrap();
        paid(kit, &back).await;
        assert_eq!(wanted(&back).await, None);
        begin(kit, draft(Mailing::ProductUpdate)).await;
        kit.clock.advance(8 * HOUR_MS);
        assert_eq!(marketing.send_due().await.unwrap(), 0);
        marketing.subscribe(&back, Method::Settings, "marketing-1", country("US")).await.unwrap();
        assert_eq!(wanted(&back).await, Some(Ground::Consent));
        assert_eq!(marketing.send_due().await.unwrap(), 1);
    });
}
