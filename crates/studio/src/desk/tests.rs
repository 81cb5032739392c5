//! The desk's rules, on both databases.

use std::sync::Arc;

use futures::future::{BoxFuture, try_join_all};
use processors::{Letter, Post, PostError};
use sea_orm::ConnectionTrait;

use super::{Act, Event, Kind, Matter};
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::db::testing::{Kit, on_both_with};
use crate::enquiries::{Kind as CaseKind, NewEnquiry};
use crate::films::testing::{AGE, Counting, FACE, NAME, SHARED, paid, whole_order};
use crate::films::{Again, FilmState};
use crate::jobs::testing::run_all;
use crate::mail::Message;
use crate::orders::{Back, OrderId, OrderState, Paid};
use crate::staff::{Role, Worker};
use crate::{AccountId, Outside};

const WHY: &str = "The child is cut off in every scene.";

fn with(renderer: &Arc<Counting>, body: impl AsyncFn(&Kit)) {
    let renderer = Arc::clone(renderer);
    let drawn = move |outside: &mut Outside| {
        renderer.reset();
        renderer.break_shot(None);
        outside.renderer = Arc::new(Arc::clone(&renderer));
    };
    on_both_with(drawn, body);
}

fn operator() -> Worker {
    Worker { account: None, role: Role::Operator }
}

async fn order_of(kit: &Kit, account: &AccountId, order: &OrderId) -> OrderState {
    kit.studio.orders().find(account, order).await.unwrap().state
}

async fn mails(kit: &Kit, kind: &str) -> usize {
    kit.studio.mail().list(50).await.unwrap().iter().filter(|mail| mail.kind == kind).count()
}

#[test]
fn an_order_is_found_by_what_a_customer_names_and_by_whom_it_concerns_alone() {
    with(&Arc::default(), async |kit| {
        let (studio, desk) = (&kit.studio, kit.studio.desk());
        let anna = kit.account("anna@example.org").await;
        let (order, film) = paid(kit, &anna).await;
        run_all(studio).await.unwrap();
        let (draft, _) = whole_order(kit, &anna).await;
        let who = Worker { account: None, role: Role::Support };
        for typed in [
            order.to_string(),
            format!(" {} ", order.as_str().to_lowercase()),
            film.to_string(),
            format!("https://films.example/de/minitube/{film}?x"),
        ] {
            assert_eq!(desk.find_order(&who, &typed).await.unwrap(), Some(order.clone()), "{typed}");
        }
        for typed in ["", "anna@example.org", draft.as_str()] {
            assert_eq!(desk.find_order(&who, typed).await.unwrap(), None, "{typed}");
        }
        let page = desk.orders(&who, None, None).await.unwrap();
        assert_eq!(
            page.lines.iter().map(|line| &line.id).collect::<Vec<_>>(),
            [&order],
            "a draft is nobody's"
        );
        assert_eq!(page.older, None);
        assert!(desk.orders(&who, Some(OrderState::Failed), None).await.unwrap().lines.is_empty());
        assert!(desk.orders(&who, None, Some(&order)).await.unwrap().lines.is_empty());

        let shown = desk.order(&who, &order).await.unwrap();
        let events: Vec<_> = shown.events.iter().map(|(event, _)| *event).collect();
        assert_eq!(events, [Event::Paid, Event::FirstShot, Event::Whole]);
        assert!(shown.may_refund && shown.troubles.is_empty() && shown.done.is_empty());
        assert!(!format!("{shown:?}").contains("Mia"), "and no name of a child");
        for role in [Role::PrivacyOfficer, Role::FilmMaker] {
            let who = Worker { account: None, role };
            assert_eq!(desk.order(&who, &order).await.unwrap_err().code(), "order-not-found");
            assert_eq!(desk.refund(&who, &order, WHY).await.unwrap_err().code(), "order-not-found");
            let again = desk.make_again(&who, &order, Again::Personal, 0, WHY).await;
            assert_eq!(again.unwrap_err().code(), "order-not-found");
        }
        // What was paid goes sooner than the order: nothing is shown in its place.
        assert!(shown.line.price.is_some() && shown.line.paid_at_ms == Some(studio.now_ms()));
        let kept_long_enough = "UPDATE orders SET price_cents = 0, price_currency = '', paid_at_ms = NULL";
        studio.db().write().execute_unprepared(kept_long_enough).await.unwrap();
        let line = desk.order(&who, &order).await.unwrap().line;
        assert_eq!((line.price, line.paid_at_ms), (None, None));
    });
}

#[test]
fn the_money_goes_back_once_and_its_owner_reads_why() {
    with(&Arc::default(), async |kit| {
        let (studio, desk) = (&kit.studio, kit.studio.desk());
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (order, film) = paid(kit, &anna).await;
        run_all(studio).await.unwrap();
        let own = Worker { account: Some(anna.clone()), role: Role::Support };
        assert_eq!(desk.refund(&own, &order, WHY).await.unwrap_err().code(), "order-own");
        let who = Worker { account: Some(ben.clone()), role: Role::Support };
        assert_eq!(desk.refund(&who, &order, "no").await.unwrap_err().code(), "reason-short");
        assert_eq!(order_of(kit, &anna, &order).await, OrderState::Done);

        try_join_all((0..3).map(|_| desk.refund(&who, &order, WHY))).await.unwrap();
        run_all(studio).await.unwrap();
        desk.refund(&who, &order, WHY).await.unwrap();
        run_all(studio).await.unwrap();
        assert_eq!(order_of(kit, &anna, &order).await, OrderState::Refunded);
        assert_eq!(kit.rows("order_acts").await, 1);
        assert_eq!((mails(kit, "order-refunded").await, mails(kit, "film-refunded").await), (1, 0));
        let told = studio.mail().list(50).await.unwrap();
        assert_eq!(mails(kit, "order-paid").await, 1);
        for kind in ["order-paid", "film-ready", "order-refunded"] {
            let mail = told.iter().find(|mail| mail.kind == kind).unwrap();
            let (_, number) = mail.letter.text.split_once("Order number").unwrap();
            assert_eq!(desk.find_order(&who, number).await.unwrap(), Some(order.clone()), "{kind}");
        }
        let receipts = studio.orders().receipts(&anna).await.unwrap();
        assert_eq!((receipts.len(), receipts[0].number.as_str()), (1, order.as_str()));
        assert!(matches!(receipts[0].paid, Paid::Money(_)), "{receipts:?}");
        assert_eq!(receipts[0].back, Some(Back::Since(studio.now_ms())));
        assert_eq!(studio.orders().receipts(&ben).await.unwrap(), []);
        let stays = studio.films().find(&anna, &film).await.unwrap().state;
        assert_eq!(stays, FilmState::Ready, "a film that is whole stays its owner's");
        let shown = desk.order(&who, &order).await.unwrap();
        assert!(!shown.may_refund && shown.events.iter().any(|(event, _)| *event == Event::Back));
        assert_eq!(shown.done[0].by, ben.as_str());

        let told = studio.desk().of_owner(&anna).await.unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].film.as_str(), told[0].done.act), ("tiny", Act::Refund));
        assert_eq!(told[0].done.reason.as_deref(), Some(WHY));
        assert!(studio.desk().of_owner(&ben).await.unwrap().is_empty());
        assert!(!kit.shows("order_acts", "cut off").await, "sealed");
        desk.business().await.unwrap();
    });
}

#[test]
fn a_film_whose_money_goes_back_while_it_is_made_is_made_no_further() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let anna = kit.account("anna@example.org").await;
        let (order, film) = paid(kit, &anna).await;
        kit.studio.desk().refund(&operator(), &order, WHY).await.unwrap();
        run_all(&kit.studio).await.unwrap();
        assert!(renderer.made().is_empty());
        assert_eq!(order_of(kit, &anna, &order).await, OrderState::Refunded);
        assert_eq!(kit.studio.films().find(&anna, &film).await.unwrap().state, FilmState::Failed);
    });
}

#[test]
fn a_film_is_made_again_once_however_often_it_is_pressed_and_only_what_is_personal() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let (studio, desk) = (&kit.studio, kit.studio.desk());
        let anna = kit.account("anna@example.org").await;
        let (order, film) = paid(kit, &anna).await;
        let busy = desk.make_again(&operator(), &order, Again::Personal, 0, WHY).await;
        assert_eq!(busy.unwrap_err().code(), "film-being-made");
        run_all(studio).await.unwrap();
        let nothing = desk.make_again(&operator(), &order, Again::GivenUp, 0, WHY).await;
        assert_eq!(nothing.unwrap_err().code(), "nothing-given-up");
        let old = desk.make_again(&operator(), &order, Again::Personal, 7, WHY).await;
        assert_eq!(old.unwrap_err().code(), "film-busy");
        let who = operator();
        let pressed = (0..3).map(|_| desk.make_again(&who, &order, Again::Personal, 0, WHY));
        try_join_all(pressed).await.unwrap();
        run_all(studio).await.unwrap();
        desk.make_again(&who, &order, Again::Personal, 0, WHY).await.unwrap();
        run_all(studio).await.unwrap();
        assert_eq!(renderer.made(), [(SHARED, 1), (FACE, 2), (NAME, 2), (AGE, 2)].into());
        assert_eq!(studio.films().find(&anna, &film).await.unwrap().state, FilmState::Ready);
        assert_eq!(order_of(kit, &anna, &order).await, OrderState::Done);
        assert_eq!((mails(kit, "film-ready").await, kit.rows("order_acts").await), (2, 1));
        studio.films().download(&anna, &film, None).await.unwrap();
    });
}

#[test]
fn what_was_given_up_is_made_again_alone_and_the_money_stays_back() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let (studio, desk) = (&kit.studio, kit.studio.desk());
        let anna = kit.account("anna@example.org").await;
        renderer.break_shot(Some(NAME));
        let (order, film) = paid(kit, &anna).await;
        for _ in 0..8 {
            run_all(studio).await.unwrap();
            kit.clock.advance(2 * MINUTE_MS);
        }
        assert_eq!(order_of(kit, &anna, &order).await, OrderState::Refunded);
        let shown = desk.order(&operator(), &order).await.unwrap();
        assert_eq!(shown.troubles.len(), 1);
        assert!(shown.troubles[0].given_up && shown.troubles[0].place == NAME);
        let to_do = desk.to_do(&operator()).await.unwrap();
        assert!(to_do.iter().any(|one| one.matter == Matter::Stuck(Kind::FamilyShots)));
        let all = desk.try_again(&operator(), Kind::FamilyShots, None).await;
        assert_eq!(all.unwrap_err().code(), "stuck-not-found", "each with its reason");

        renderer.break_shot(None);
        renderer.reset();
        let revision = shown.revision;
        desk.make_again(&operator(), &order, Again::GivenUp, revision, WHY).await.unwrap();
        run_all(studio).await.unwrap();
        assert_eq!(renderer.made().get(&NAME), Some(&1));
        assert_eq!(renderer.made().get(&FACE), None, "what was there already stays");
        assert_eq!(studio.films().find(&anna, &film).await.unwrap().state, FilmState::Ready);
        assert_eq!(order_of(kit, &anna, &order).await, OrderState::Refunded);
        assert_eq!(mails(kit, "film-refunded").await, 1);
    });
}

/// A post that takes nothing, for good.
struct Closed;

impl Post for Closed {
    fn deliver<'a>(&'a self, _: Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
        Box::pin(async { Err(PostError::Never("answered with 554 5.7.1".into())) })
    }

    fn is_local(&self) -> bool {
        false
    }
}

#[test]
fn what_is_stuck_is_told_to_whom_it_concerns_and_tried_again_and_what_is_due_first_stands_on_top() {
    let closed = |outside: &mut Outside| outside.post = Arc::new(Closed);
    on_both_with(closed, async |kit| {
        let (studio, desk) = (&kit.studio, kit.studio.desk());
        assert!(desk.to_do(&operator()).await.unwrap().is_empty());
        let anna = kit.account_without_mail("anna@example.org").await;
        let tx = studio.db().begin().await.unwrap();
        let message = Message { kind: "test", subject: "Hello".into(), ..Message::default() };
        studio.mail().write(&tx, &anna, &message).await.unwrap();
        tx.commit().await.unwrap();
        studio.mail().deliver().await.unwrap();
        let stuck = async |role| desk.stuck(&Worker { account: None, role }).await.unwrap();
        let mails = stuck(Role::Operator).await;
        let mails = mails.iter().find(|stuck| stuck.kind == Kind::Mails).unwrap();
        assert_eq!((mails.count, mails.lines.len(), mails.lines[0].what.as_str()), (1, 1, "test"));
        assert!(mails.lines[0].problem.as_ref().unwrap().contains("554 5.7.1"));
        assert!(!format!("{mails:?}").contains("anna"));
        for role in [Role::Support, Role::FilmMaker, Role::PrivacyOfficer] {
            assert!(stuck(role).await.is_empty(), "{role:?}");
            let who = Worker { account: None, role };
            let again = desk.try_again(&who, Kind::Mails, None).await;
            assert_eq!(again.unwrap_err().code(), "stuck-not-found");
        }
        let one = mails.lines[0].id.as_deref();
        assert_eq!(desk.try_again(&operator(), Kind::Mails, Some("none")).await.unwrap(), 0);
        assert_eq!(desk.try_again(&operator(), Kind::Mails, one).await.unwrap(), 1);
        assert_eq!(desk.try_again(&operator(), Kind::Mails, one).await.unwrap(), 0, "it waits again");
        assert_eq!(desk.count(Kind::Mails).await.unwrap(), (0, None));
        studio.mail().deliver().await.unwrap();
        assert_eq!(desk.count(Kind::Mails).await.unwrap().0, 1);

        // Each kind is counted and tried again, also where there is nothing.
        for kind in Kind::ALL.into_iter().filter(|kind| kind.may_retry_all()) {
            desk.try_again(&operator(), kind, None).await.unwrap();
        }
        let asks = async |kind, message: &str| {
            let new = NewEnquiry {
                email: "ben@example.org".into(),
                kind,
                message: message.into(),
                language: "en".into(),
            };
            studio.enquiries().ask(new, &kit.client()).await.unwrap();
        };
        asks(CaseKind::Question, "Is it paper?").await;
        asks(CaseKind::Privacy, "What do you hold?").await;
        let of = async |role| {
            let to_do = desk.to_do(&Worker { account: None, role }).await.unwrap();
            to_do.into_iter().map(|one| (one.matter, one.count, one.is_late)).collect::<Vec<_>>()
        };
        assert!(of(Role::Support).await.is_empty(), "a month is long");
        kit.clock.advance(28 * DAY_MS);
        assert_eq!(of(Role::Support).await, [(Matter::CasesSoon, 1, false)], "no case about rights");
        assert_eq!(of(Role::PrivacyOfficer).await, [(Matter::CasesSoon, 2, false)]);
        kit.clock.advance(3 * DAY_MS);
        assert_eq!(of(Role::Support).await, [(Matter::CasesLate, 1, true)]);
        let all = desk.to_do(&operator()).await.unwrap();
        assert!(
            all.is_sorted_by_key(|one| one.due_ms) && all.iter().any(|one| one.matter == Matter::CasesLate)
        );
        assert_eq!(of(Role::FilmMaker).await, []);
    });
}
