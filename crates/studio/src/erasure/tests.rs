//! Erasures, on both databases.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use policy::derive::{erasure, retention};
use policy::{ProcessorId, PurposeId};
use sea_orm::Statement;
use sea_orm::sea_query::ExprTrait;

use super::*;
use crate::clock::{DAY_MS, HOUR_MS, SECOND_MS};
use crate::db::testing::{Kit, on_both};
use crate::enquiries::testing::with_file;
use crate::enquiries::{Kind, NewEnquiry};
use crate::films::testing::paid;
use crate::generated;
use crate::mail::Outbox;

/// An account with a photo, a child's name, and a film that is being made.
async fn busy(kit: &Kit, email: &str) -> AccountId {
    let account = kit.account(email).await;
    paid(kit, &account).await;
    kit.studio.accounts().ask_for_address(&account, "other@example.org").await.unwrap();
    account
}

/// How many rows of each table lead to the account.
async fn left(kit: &Kit, account: &AccountId) -> BTreeMap<String, i64> {
    let mut left = BTreeMap::new();
    let classes = kit.studio.policies().classification();
    for step in erasure::plan(kit.studio.policy(), kit.studio.switched_on(), classes) {
        let (table, column) = match step {
            Step::Rows { table, by: Link::Column(column) } => (table, column.as_str()),
            Step::Account { table } => (table, "id"),
            _ => continue,
        };
        let count = Query::select()
            .expr_as(Expr::col(Alias::new(column)).count(), Alias::new("n"))
            .from(Alias::new(table))
            .and_where(Expr::col(Alias::new(column)).eq(account.as_str()))
            .to_owned();
        let row = kit.studio.db().read().query_one(&count).await.unwrap().unwrap();
        left.insert(table.to_owned(), row.try_get("", "n").unwrap());
    }
    left
}

async fn stored(kit: &Kit) -> usize {
    kit.studio.vault().list().try_collect::<Vec<_>>().await.unwrap().len()
}

async fn kinds(outbox: Outbox<'_>) -> Vec<String> {
    outbox.list(100).await.unwrap().into_iter().map(|mail| mail.kind).collect()
}

#[test]
fn proves_s10_3_a_childs_data_goes_at_once_with_all_that_belongs_to_it() {
    on_both(async |kit| {
        let other = busy(kit, "ben@example.org").await;
        let others_objects = stored(kit).await;
        let account = busy(kit, "anna@example.org").await;
        assert!(left(kit, &account).await.values().sum::<i64>() > 5);
        assert!(stored(kit).await > others_objects);

        let found = kit.studio.accounts().with_address("Anna@example.org").await.unwrap();
        assert_eq!(found, account);
        let entry = kit.studio.erasures().erase(&account, Reason::Child).await.unwrap();
        assert_eq!(left(kit, &account).await.values().sum::<i64>(), 0, "{:?}", left(kit, &account).await);
        assert_eq!(stored(kit).await, others_objects);
        assert!(entry.rows > 5 && entry.objects >= 2 && entry.done_at_ms == Some(kit.studio.now_ms()));
        assert_eq!(kit.studio.erasures().ledger().await.unwrap(), [entry]);
        // What the books need stays, and nobody else lost anything.
        assert_eq!(kit.rows("charges").await, 2);
        assert!(left(kit, &other).await.values().sum::<i64>() > 5);
        assert!(kit.studio.data_key(&account, PurposeId::Films).await.is_err(), "the key is gone");
        let again = kit.studio.erasures().erase(&account, Reason::Child).await;
        assert_eq!(again.unwrap_err().code(), "account-not-found");
    });
}

#[test]
fn proves_s5_5_s10_3_cases_go_with_the_account_open_or_closed_and_so_do_the_mails_about_them() {
    on_both(async |kit| {
        let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
        let account = kit.account("anna@example.org").await;
        let closed = with_file(kit, "Anna@Example.org", "1").await;
        let open = with_file(kit, "anna@example.org", "2").await;
        let other = with_file(kit, "ben@example.org", "3").await;
        let form = NewEnquiry {
            email: "anna@example.org".into(),
            kind: Kind::Question,
            message: "How long does it take?".into(),
            language: "en".into(),
        };
        let asked = enquiries.ask(form, &kit.client()).await.unwrap().id;
        enquiries.ask_whose(&kit.operator(), &asked).await.unwrap();
        enquiries.answer(&kit.operator(), &closed, "This is all.").await.unwrap();
        enquiries.close(&kit.operator(), &other).await.unwrap();
        let told = async || {
            let mails = studio.mail().list(50).await.unwrap();
            mails.iter().filter(|mail| mail.letter.to.eq_ignore_ascii_case("anna@example.org")).count()
        };
        // The sign-in, three acknowledgements, a question whose the address is, and an answer.
        assert_eq!(told().await, 6);
        let entry = studio.erasures().erase(&account, Reason::Owner).await.unwrap();
        assert!(entry.done_at_ms.is_some());
        for case in [&closed, &open, &asked] {
            assert_eq!(enquiries.get(case).await.err().unwrap().code(), "enquiry-not-found");
            assert!(enquiries.steps(case).await.unwrap().is_empty());
        }
        assert_eq!(told().await, 0);
        // Nobody else lost anything.
        assert_eq!((kit.rows("enquiries").await, kit.rows("enquiry_attachments").await), (1, 1));
        assert_eq!(enquiries.attachments(&other).await.unwrap().len(), 1);
        assert_eq!(studio.mail().list(50).await.unwrap().len(), 1);
    });
}

#[test]
fn an_interrupted_erasure_is_taken_up_again() {
    on_both(async |kit| {
        let account = busy(kit, "anna@example.org").await;
        // Only begun, as if the program had ended there.
        kit.studio.erasures().begin(&account, Reason::Child, false).await.unwrap();
        assert_eq!(kit.studio.accounts().get(&account).await.unwrap_err().code(), "account-not-found");
        assert!(kit.studio.erasures().ledger().await.unwrap()[0].done_at_ms.is_none());
        kit.studio.tidy().await.unwrap();
        assert!(kit.studio.erasures().ledger().await.unwrap()[0].done_at_ms.is_some());
        assert_eq!(left(kit, &account).await.values().sum::<i64>(), 0);
        assert_eq!(stored(kit).await, 0);
    });
}

#[test]
fn who_took_the_end_back_is_not_erased_by_what_had_been_begun() {
    on_both(async |kit| {
        let (account, accounts) = (busy(kit, "anna@example.org").await, kit.studio.accounts());
        accounts.leave(&account).await.unwrap();
        let begin = async || kit.studio.erasures().begin(&account, Reason::Owner, true).await;
        assert_eq!(begin().await.unwrap_err().code(), "account-not-found", "its days of grace are not over");
        kit.clock.advance(60 * DAY_MS);
        accounts.stay(&account, kit.studio.now_ms()).await.unwrap();
        assert_eq!(begin().await.unwrap_err().code(), "account-not-found");
        assert_eq!(accounts.get(&account).await.unwrap().email, "anna@example.org");
        assert!(kit.studio.erasures().ledger().await.unwrap().is_empty());
    });
}

#[test]
fn an_erasure_waits_for_a_call_that_is_under_way() {
    on_both(async |kit| {
        let (account, now) = (kit.account("anna@example.org").await, kit.studio.now_ms());
        let asking = generated::rows::ActiveModel {
            id: Set("1".into()),
            account_id: Set(account.to_string()),
            film_id: Set("film".into()),
            place: Set(0),
            photo_id: Set("photo".into()),
            state: Set(generated::State::Asking),
            request_sealed: Set(None),
            picture_sealed: Set(None),
            cents: Set(1),
            asked_at_ms: Set(Some(now)),
            until_ms: Set(now + DAY_MS),
            tries: Set(0),
            next_at_ms: Set(now),
        };
        generated::rows::Entity::insert(asking)
            .exec_without_returning(kit.studio.db().write())
            .await
            .unwrap();
        let erasures = kit.studio.erasures();
        let entry = erasures.erase(&account, Reason::Owner).await.unwrap();
        assert_eq!(entry.done_at_ms, None, "what it hands out must be let go of");
        assert_eq!((kit.rows("generated_shots").await, kit.rows("accounts").await), (1, 1));
        assert_eq!(kit.rows("sessions").await, 0, "all else is gone");
        // No call takes that long.
        kit.clock.advance(HOUR_MS);
        erasures.carry_on().await.unwrap();
        assert_eq!((kit.rows("generated_shots").await, kit.rows("accounts").await), (0, 0));
        assert!(erasures.ledger().await.unwrap()[0].done_at_ms.is_some());
    });
}

#[test]
fn what_waits_for_a_processor_is_redone_after_longer_and_longer_and_at_once_when_that_is_done() {
    on_both(async |kit| {
        let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
        let (db, erasures) = (studio.db().write(), studio.erasures());
        studio.handles().note(db, &account, ProcessorId::Mixpanel, None, "an id").await.unwrap();
        assert_eq!(erasures.erase(&account, Reason::Owner).await.unwrap().done_at_ms, None);
        // It shows by a row that it takes.
        let is_redone = async || {
            sessions::make(studio, db, Some(&account), sessions::Role::Customer).await.unwrap();
            erasures.carry_on().await.unwrap();
            kit.rows("sessions").await == 0
        };
        for (after_s, expected) in [(0, true), (0, false), (20, true), (20, false), (60, true), (80, false)] {
            kit.clock.advance(after_s * SECOND_MS);
            assert_eq!(is_redone().await, expected, "after {after_s} s");
        }
        db.execute_unprepared("DELETE FROM handles").await.unwrap();
        erasures.carry_on().await.unwrap();
        assert!(erasures.ledger().await.unwrap()[0].done_at_ms.is_some());
        assert_eq!((kit.rows("accounts").await, kit.rows("sessions").await), (0, 0));
    });
}

/// How often PostgreSQL was told to free what was deleted of the accounts; nothing elsewhere.
async fn freed(kit: &Kit) -> i64 {
    if !kit.studio.db().is_postgres() {
        return 0;
    }
    let db = kit.studio.db().write();
    let query = "SELECT vacuum_count AS n FROM pg_stat_user_tables \
                 WHERE schemaname = 'public' AND relname = 'accounts'";
    let query = Statement::from_string(db.get_database_backend(), query);
    db.query_one_raw(query).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[test]
fn what_the_rows_of_accounts_took_is_freed_once_for_all_that_were_erased_and_not_while_they_wait() {
    on_both(async |kit| {
        let (studio, erasures) = (&kit.studio, kit.studio.erasures());
        let (db, once) = (studio.db().write(), i64::from(studio.db().is_postgres()));
        for email in ["anna@example.org", "ben@example.org"] {
            let account = kit.account(email).await;
            studio.handles().note(db, &account, ProcessorId::Mixpanel, None, email).await.unwrap();
            assert_eq!(erasures.erase(&account, Reason::Owner).await.unwrap().done_at_ms, None);
        }
        kit.clock.advance(HOUR_MS);
        erasures.carry_on().await.unwrap();
        assert_eq!(freed(kit).await, 0, "a processor holds them up");
        db.execute_unprepared("DELETE FROM handles").await.unwrap();
        erasures.carry_on().await.unwrap();
        assert_eq!((kit.rows("accounts").await, freed(kit).await), (0, once));
        let account = kit.account("carla@example.org").await;
        erasures.erase(&account, Reason::Owner).await.unwrap();
        assert_eq!(freed(kit).await, 2 * once);
    });
}

#[test]
fn an_erasure_that_was_interrupted_before_its_rows_were_freed_is_taken_up_again() {
    on_both(async |kit| {
        let (account, erasures) = (kit.account("anna@example.org").await, kit.studio.erasures());
        let mut row = erasures.begin(&account, Reason::Owner, false).await.unwrap();
        // As if the program had ended there.
        assert!(erasures.carry_out(&mut row).await.unwrap());
        assert_eq!((kit.rows("accounts").await, freed(kit).await), (0, 0));
        assert_eq!(erasures.ledger().await.unwrap()[0].done_at_ms, None);
        erasures.carry_on().await.unwrap();
        assert_eq!(freed(kit).await, i64::from(kit.studio.db().is_postgres()));
        assert!(erasures.ledger().await.unwrap()[0].done_at_ms.is_some());
    });
}

#[test]
fn what_failed_here_is_tried_again_each_minute_however_often_it_failed() {
    let (tried, minute_ms) = (Tried::default(), 60 * SECOND_MS);
    for turn in 0..9 {
        let now = turn * minute_ms;
        assert!(tried.is_time("an erasure", false, now), "turn {turn}");
        assert!(!tried.is_time("an erasure", false, now + minute_ms - 1), "turn {turn}");
    }
}

#[test]
fn proves_s5_6_thirty_days_of_grace_to_the_millisecond_in_which_nothing_is_done() {
    on_both(async |kit| {
        let (studio, account) = (&kit.studio, busy(kit, "anna@example.org").await);
        let grace = retention::grace_ms(studio.policy());
        assert_eq!(grace, 30 * DAY_MS);
        let ends = studio.accounts().leave(&account).await.unwrap();
        assert_eq!(ends, studio.now_ms() + grace);
        assert_eq!(studio.accounts().ends_at_ms(&account).await.unwrap(), ends);
        // Nobody is in it, and nothing in it is worked on.
        assert_eq!(kit.rows("sessions").await, 0);
        assert_eq!(studio.accounts().get(&account).await.unwrap_err().code(), "account-not-found");
        assert!(crate::films::to_do(studio).await.unwrap().is_empty());

        // The one mail about it names the day; none comes after it.
        let told = studio.mail().list(1).await.unwrap().remove(0);
        assert_eq!(told.kind, "leaving");
        assert!(told.letter.text.contains("21 June 2026"), "{}", told.letter.text);
        let mails = kit.rows("mails").await;
        for _ in 1..30 {
            kit.clock.advance(DAY_MS);
            studio.tidy().await.unwrap();
            studio.marketing().send_due().await.unwrap();
        }
        assert!(kit.rows("mails").await <= mails, "{:?}", kinds(studio.mail()).await);

        kit.clock.advance(DAY_MS - 1);
        studio.tidy().await.unwrap();
        assert!(left(kit, &account).await["accounts"] == 1, "one millisecond before");
        let due = studio.retention().due().await.unwrap();
        assert!(due.iter().all(|line| line.since != "leaving_at_ms" || line.rows == 0));
        kit.clock.advance(1);
        let due = studio.retention().due().await.unwrap();
        assert!(due.iter().any(|line| line.since == "leaving_at_ms" && line.rows == 1), "{due:?}");
        assert!(left(kit, &account).await["accounts"] == 1, "looking deletes nothing");
        studio.tidy().await.unwrap();
        assert_eq!(left(kit, &account).await.values().sum::<i64>(), 0);
        assert_eq!(studio.erasures().ledger().await.unwrap()[0].reason, Reason::Owner);
    });
}

#[test]
fn who_changes_their_mind_has_everything_back() {
    on_both(async |kit| {
        let (studio, account) = (&kit.studio, busy(kit, "anna@example.org").await);
        let before = left(kit, &account).await;
        studio.accounts().leave(&account).await.unwrap();
        kit.clock.advance(29 * DAY_MS);
        // Signing in leads to the one question, and to nothing else.
        let waiting = studio.accounts().send_link("anna@example.org", "en", &kit.client()).await.unwrap();
        let text = studio.mail().list(1).await.unwrap()[0].letter.text.clone();
        let code = crate::db::testing::code_in(&text);
        let who = studio.accounts().enter_code(&waiting.secret, &code, &kit.client()).await.unwrap();
        assert_eq!(who.role, crate::sessions::Role::Leaving);
        let session = studio.sessions().find(&who.session.token).await.unwrap().unwrap();
        assert_eq!(session.role, crate::sessions::Role::Leaving);
        let session = studio.accounts().stay(&account, studio.now_ms()).await.unwrap();
        let session = studio.sessions().find(&session.token).await.unwrap().unwrap();
        assert_eq!(session.role, crate::sessions::Role::Customer);
        let after = left(kit, &account).await;
        for table in ["photos", "films", "orders", "objects", "accounts"] {
            assert_eq!(after.get(table), before.get(table), "{table}");
        }
        assert!(!crate::films::to_do(studio).await.unwrap().is_empty(), "the film is made after all");
        kit.clock.advance(2 * DAY_MS);
        studio.tidy().await.unwrap();
        studio.accounts().get(&account).await.unwrap();
    });
}
