//! A till with a page of its own, on both databases.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures::future::{BoxFuture, ready};
use policy::{ProcessorId, processor};
use processors::Connected;
use processors::role::{
    Checkout, CheckoutRequest, CheckoutState, Erased, Erases, GivenBack, HostedTill, HostedTillError, Refund,
    RefundRequest, RefundState, TillMode, Trouble,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::rows::checkouts::{self, State};
use super::testing::dispute;
use super::{Dispute, Outcome, Settled, Waiting};
use crate::AccountId;
use crate::backup::erase_again;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::db::testing::{Kit, on_both_with};
use crate::erasure::Reason;
use crate::films::testing::whole_order;
use crate::gifts::{Bought, GiftId, NewGift, Standing};
use crate::jobs::testing;
use crate::orders::rows::charges;
use crate::orders::{Change, OrderId, OrderState};

/// What the till keeps at its own place.
#[derive(Default)]
struct Books {
    asked: Vec<CheckoutRequest>,
    pages: BTreeMap<String, Checkout>,
    /// Refunds by their id, with the payment that each is of.
    refunds: BTreeMap<String, (String, Refund)>,
    refund_keys: Vec<String>,
    refunds_become: Option<RefundState>,
    /// Refunds are made, and nobody hears of it.
    is_cut_off: bool,
    deleted: Vec<String>,
    away: bool,
}

/// A till with a page, in memory.
#[derive(Default)]
struct Hosted(Mutex<Books>);

impl Hosted {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap()
    }

    /// The parent pays what is due, or something else.
    fn pay(&self, id: &str, amount_minor: Option<i64>) {
        let mut books = self.books();
        let page = books.pages.get_mut(id).unwrap();
        page.state = CheckoutState::Paid;
        page.url = None;
        page.payment = Some(format!("payment-of-{id}"));
        page.customer = Some(customer_of(id));
        page.amount_minor = amount_minor.or(page.amount_minor);
    }

    fn becomes(&self, id: &str, state: CheckoutState) {
        self.books().pages.get_mut(id).unwrap().state = state;
    }

    fn state(&self, id: &str) -> CheckoutState {
        self.books().pages[id].state
    }

    fn away<T>(&self) -> Option<Result<T, HostedTillError>> {
        let away = || Err(HostedTillError::Away { why: "told to".into(), after_s: None });
        self.books().away.then(away)
    }

    fn begun(&self, request: &CheckoutRequest) -> Checkout {
        let mut books = self.books();
        books.asked.push(request.clone());
        let id = format!("page-of-{}", request.key);
        let fresh = Checkout {
            id: id.clone(),
            order: Some(request.order.for_processor::<processor::Stripe>().clone()),
            state: CheckoutState::Open,
            amount_minor: Some(request.amount_minor),
            currency: Some(request.currency.clone()),
            url: Some(format!("https://till.example/{id}")),
            payment: None,
            customer: None,
            expires_at_s: Some(request.expires_at_s),
        };
        books.pages.entry(id).or_insert(fresh).clone()
    }

    fn closed(&self, id: &str) -> Result<Checkout, HostedTillError> {
        let mut books = self.books();
        let page = books.pages.get_mut(id).ok_or(HostedTillError::NotFound)?;
        if page.state == CheckoutState::Open {
            page.state = CheckoutState::Expired;
        }
        Ok(page.clone())
    }

    /// Gives money back, once for a key.
    fn gives_back(&self, request: &RefundRequest) -> Result<Refund, HostedTillError> {
        self.books().refund_keys.push(request.key.clone());
        let state = self.books().refunds_become.unwrap_or(RefundState::Done);
        let refund = self.refunds(&request.key, &request.payment, state);
        match self.books().is_cut_off {
            true => Err(HostedTillError::Away { why: "cut off".into(), after_s: None }),
            false => Ok(refund),
        }
    }

    fn refunds(&self, key: &str, payment: &str, state: RefundState) -> Refund {
        let mut books = self.books();
        let amount_minor = paid_in(&books, payment);
        let id = format!("refund-{key}");
        let refund = Refund { id: Some(id.clone()), amount_minor, state };
        books.refunds.entry(id).or_insert((payment.to_owned(), refund)).1.clone()
    }

    /// What has become of all refunds.
    fn refunds_are(&self, state: RefundState) {
        for (_, refund) in self.books().refunds.values_mut() {
            refund.state = state;
        }
    }

    fn back(&self, payment: &str) -> Option<GivenBack> {
        let books = self.books();
        let paid_minor = paid_in(&books, payment)?;
        let mut back = GivenBack { paid_minor, done_minor: 0, under_way_minor: 0, refund: None };
        for (_, refund) in books.refunds.values().filter(|(of, _)| of == payment) {
            let amount = refund.amount_minor.unwrap_or_default();
            match refund.state {
                RefundState::Done => back.done_minor += amount,
                RefundState::Pending | RefundState::NeedsParent => back.under_way_minor += amount,
                RefundState::Failed => {}
            }
        }
        Some(back)
    }
}

fn customer_of(page: &str) -> String {
    format!("customer-of-{page}")
}

fn paid_in(books: &Books, payment: &str) -> Option<i64> {
    let page = books.pages.values().find(|page| page.payment.as_deref() == Some(payment))?;
    page.amount_minor
}

type Answer<'a, T> = BoxFuture<'a, Result<T, HostedTillError>>;

impl HostedTill for Hosted {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Stripe
    }

    fn begin<'a>(&'a self, request: &'a CheckoutRequest) -> Answer<'a, Checkout> {
        Box::pin(ready(self.away().unwrap_or_else(|| Ok(self.begun(request)))))
    }

    fn find<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Checkout>> {
        Box::pin(ready(self.away().unwrap_or_else(|| Ok(self.books().pages.get(id).cloned()))))
    }

    fn close<'a>(&'a self, id: &'a str) -> Answer<'a, Checkout> {
        Box::pin(ready(self.away().unwrap_or_else(|| self.closed(id))))
    }

    fn refund<'a>(&'a self, request: &'a RefundRequest) -> Answer<'a, Refund> {
        Box::pin(ready(self.away().unwrap_or_else(|| self.gives_back(request))))
    }

    fn find_refund<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Refund>> {
        let found = || Ok(self.books().refunds.get(id).map(|(_, refund)| refund.clone()));
        Box::pin(ready(self.away().unwrap_or_else(found)))
    }

    fn given_back<'a>(&'a self, payment: &'a str) -> Answer<'a, Option<GivenBack>> {
        Box::pin(ready(self.away().unwrap_or_else(|| Ok(self.back(payment)))))
    }

    fn mode(&self) -> TillMode {
        TillMode::TestMode
    }
}

impl Erases for Hosted {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        self.books().deleted.push(handle.to_owned());
        Box::pin(ready(Ok(Erased::Done { receipt: "deleted".into() })))
    }
}

fn with(body: impl AsyncFn(&Kit, &Hosted)) {
    let shared = Arc::new(Hosted::default());
    let connected = Arc::clone(&shared);
    let hosted: &Hosted = &shared;
    on_both_with(
        move |outside| {
            *connected.books() = Books::default();
            let till = Arc::clone(&connected);
            outside.connect = Arc::new(move |_| {
                let mut connected = Connected { till: Some(till.clone()), ..Connected::default() };
                connected.erases.insert(ProcessorId::Stripe, till.clone());
                Ok(connected)
            });
        },
        async |kit| body(kit, hosted).await,
    );
}

/// Presses the button: the page that one is sent to.
async fn press(kit: &Kit, account: &AccountId, order: &OrderId, pay_key: &str) -> String {
    match kit.studio.till().settle(account, order, pay_key, Outcome::Pay).await.unwrap() {
        Settled::AtPage(url) => url.rsplit('/').next().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// An order whose page is open.
async fn at_page(kit: &Kit, account: &AccountId) -> (OrderId, String, String) {
    let (order, pay_key) = whole_order(kit, account).await;
    let page = press(kit, account, &order, &pay_key).await;
    (order, pay_key, page)
}

async fn state_of(kit: &Kit, account: &AccountId, order: &OrderId) -> OrderState {
    kit.studio.orders().find(account, order).await.unwrap().state
}

/// The states of the checkouts, in the order of their turns.
async fn checkouts(kit: &Kit) -> Vec<State> {
    let mut rows = checkouts::Entity::find().all(kit.studio.db().write()).await.unwrap();
    rows.sort_by_key(|row| row.turn);
    rows.into_iter().map(|row| row.state).collect()
}

async fn checkout(kit: &Kit) -> checkouts::Model {
    checkouts::Entity::find().one(kit.studio.db().write()).await.unwrap().expect("a checkout")
}

async fn charge(kit: &Kit) -> charges::Model {
    charges::Entity::find().one(kit.studio.db().write()).await.unwrap().expect("a charge")
}

#[test]
fn the_till_says_that_it_is_paid_and_then_the_film_is_made_once() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let till = kit.studio.till();
        assert_eq!(till.mode(), TillMode::TestMode);
        let (order, pay_key, page) = at_page(kit, &account).await;
        assert_eq!(press(kit, &account, &order, &pay_key).await, page, "pressed twice, it is one page");
        {
            let books = hosted.books();
            assert_eq!(books.asked.len(), 1);
            let asked = &books.asked[0];
            assert!(asked.key.starts_with(&pay_key));
            assert_eq!((asked.amount_minor, asked.currency.as_str()), (100, "USD"));
            assert_eq!(asked.order.for_processor::<processor::Stripe>(), order.as_str());
            assert_eq!(asked.locale, "en");
        }
        // Coming back from the page proves nothing.
        assert!(till.is_waiting(&account, &order).await.unwrap());
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft);
        till.heard_checkout(&page).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft, "told, and not paid");

        hosted.pay(&page, None);
        for _ in 0..3 {
            till.heard_checkout(&page).await.unwrap();
        }
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        assert!(!till.is_waiting(&account, &order).await.unwrap());
        assert_eq!(
            (kit.rows("charges").await, kit.rows("films").await, kit.rows("test_till").await),
            (1, 1, 0)
        );
        let charge = charge(kit).await;
        assert_eq!((charge.till.as_str(), charge.cents, charge.currency.as_str()), ("stripe", 100, "USD"));
        assert_eq!(charge.reference, format!("payment-of-{page}"));
        let mails = kit.studio.mail().list(50).await.unwrap();
        let told: Vec<_> = mails.iter().filter(|mail| mail.kind == "order-paid").collect();
        assert!(told.len() == 1 && told[0].letter.text.contains("no money was taken"), "{told:?}");
        let known =
            kit.studio.handles().of(kit.studio.db().read(), &account, ProcessorId::Stripe, None).await;
        assert_eq!(known.unwrap(), [customer_of(&page)]);
        // What is told late changes nothing.
        hosted.becomes(&page, CheckoutState::Expired);
        till.heard_checkout(&page).await.unwrap();
        kit.clock.advance(HOUR_MS);
        till.carry_on().await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Used]);
        assert!(hosted.books().refund_keys.is_empty());
    });
}

#[test]
fn what_the_till_forgot_to_tell_is_found_out() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, _, page) = at_page(kit, &account).await;
        hosted.pay(&page, None);
        kit.studio.till().carry_on().await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft, "it has half a minute to tell");
        hosted.books().away = true;
        kit.clock.advance(30 * SECOND_MS);
        kit.studio.till().carry_on().await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Open]);
        hosted.books().away = false;
        kit.clock.advance(MINUTE_MS);
        kit.studio.till().carry_on().await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        assert_eq!(kit.rows("charges").await, 1);
    });
}

#[test]
fn an_answer_that_was_never_heard_is_found_by_its_order() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, pay_key) = whole_order(kit, &account).await;
        hosted.books().away = true;
        let away = kit.studio.till().settle(&account, &order, &pay_key, Outcome::Pay).await;
        assert_eq!(away.unwrap_err().code(), "till-away");
        assert_eq!(checkouts(kit).await, [State::Opening]);
        hosted.books().away = false;
        // The till had begun it all the same, and somebody paid there.
        let page = press(kit, &account, &order, &pay_key).await;
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::Checkout, Expr::value(None::<String>))
            .col_expr(checkouts::Column::State, Expr::value(State::Opening))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        hosted.pay(&page, None);
        kit.studio.till().heard_checkout(&page).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        // What somebody else sells at the same till is none of ours.
        let asked = hosted.books().asked[0].clone();
        let other = hosted.begun(&CheckoutRequest { key: "other".into(), ..asked });
        hosted.pay(&other.id, None);
        kit.studio.till().heard_checkout(&other.id).await.unwrap();
        assert!(hosted.books().refund_keys.is_empty());
    });
}

#[test]
fn an_order_that_is_paid_twice_costs_once() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, pay_key, first) = at_page(kit, &account).await;
        hosted.becomes(&first, CheckoutState::Expired);
        let second = press(kit, &account, &order, &pay_key).await;
        assert_ne!(first, second);
        assert_eq!(checkouts(kit).await, [State::Closed, State::Open]);
        hosted.pay(&second, None);
        kit.studio.till().heard_checkout(&second).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        // The first one was paid as well, at the last moment.
        hosted.pay(&first, None);
        for _ in 0..3 {
            kit.studio.till().heard_checkout(&first).await.unwrap();
            kit.clock.advance(HOUR_MS);
            kit.studio.till().carry_on().await.unwrap();
        }
        assert_eq!(checkouts(kit).await, [State::Returned, State::Used]);
        assert_eq!(hosted.books().refund_keys, [format!("{pay_key}-1-0")]);
        assert_eq!(charge(kit).await.refunded_at_ms, None);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
    });
}

#[test]
fn another_amount_than_what_is_due_goes_back() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, pay_key, page) = at_page(kit, &account).await;
        hosted.pay(&page, Some(1));
        kit.studio.till().heard_checkout(&page).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft);
        assert_eq!(checkouts(kit).await, [State::Returned]);
        assert_eq!((kit.rows("charges").await, hosted.books().refund_keys.len()), (0, 1));
        // The draft stays, and can be paid.
        let next = press(kit, &account, &order, &pay_key).await;
        hosted.pay(&next, None);
        kit.studio.till().heard_checkout(&next).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
    });
}

#[test]
fn the_money_of_a_film_that_cannot_be_made_goes_back_and_is_waited_for() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, _, page) = at_page(kit, &account).await;
        let options = BTreeMap::from([("age".to_owned(), String::new())]);
        kit.studio.orders().change(&account, &order, Change { options, ..Change::default() }).await.unwrap();
        hosted.books().refunds_become = Some(RefundState::Pending);
        hosted.pay(&page, None);
        kit.studio.till().heard_checkout(&page).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Failed, "it is on its way");
        assert_eq!(checkouts(kit).await, [State::Returning]);
        assert_eq!(charge(kit).await.refunded_at_ms, None);
        // Not asked again before its time.
        kit.studio.orders().refund(&order).await.unwrap();
        hosted.refunds_are(RefundState::Done);
        kit.studio.orders().refund(&order).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Failed);
        kit.clock.advance(2 * MINUTE_MS);
        kit.studio.till().carry_on().await.unwrap();
        for _ in 0..2 {
            kit.studio.orders().refund(&order).await.unwrap();
        }
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
        assert_eq!(checkouts(kit).await, [State::Returned]);
        assert!(charge(kit).await.refunded_at_ms.is_some());
        assert_eq!(hosted.books().refund_keys.len(), 1);
        let mails = kit.studio.mail().list(20).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind == "film-refunded").count(), 1);
    });
}

#[test]
fn a_refund_that_failed_is_asked_for_anew_until_it_is_back() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (_, _, page) = at_page(kit, &account).await;
        hosted.books().refunds_become = Some(RefundState::Failed);
        hosted.pay(&page, Some(1));
        kit.studio.till().heard_checkout(&page).await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returning]);
        let first = checkout(kit).await;
        assert_eq!((first.refund_round, first.refund.as_deref()), (1, None));
        // The next one is made, and its answer is lost; then the till is away. Neither says that it failed.
        hosted.books().refunds_become = None;
        hosted.books().is_cut_off = true;
        kit.clock.advance(HOUR_MS);
        kit.studio.till().carry_on().await.unwrap();
        hosted.books().away = true;
        kit.clock.advance(HOUR_MS);
        kit.studio.till().carry_on().await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returning]);
        hosted.books().away = false;
        hosted.books().is_cut_off = false;
        kit.clock.advance(HOUR_MS);
        kit.studio.till().carry_on().await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returned]);
        let row = checkout(kit).await;
        let key = |round: i32| format!("{}-{round}", row.id);
        let keys = hosted.books().refund_keys.clone();
        assert_eq!(keys, [key(0), key(1), key(1)], "one that may be made is not made twice");
        assert_eq!(hosted.books().refunds.len(), 2);
    });
}

#[test]
fn money_that_was_back_and_failed_to_arrive_goes_back_anew() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, _, page) = at_page(kit, &account).await;
        let options = BTreeMap::from([("age".to_owned(), String::new())]);
        kit.studio.orders().change(&account, &order, Change { options, ..Change::default() }).await.unwrap();
        hosted.pay(&page, None);
        kit.studio.till().heard_checkout(&page).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
        let payment = charge(kit).await.reference;
        // Told of once more, it stays so.
        kit.studio.till().heard_refund(&payment).await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returned]);

        hosted.refunds_are(RefundState::Failed);
        kit.studio.till().heard_refund(&payment).await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returning]);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Failed, "it says how things stand");
        assert_eq!(charge(kit).await.refunded_at_ms, None);
        kit.studio.till().carry_on().await.unwrap();
        kit.studio.orders().refund(&order).await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returned]);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
        assert!(charge(kit).await.refunded_at_ms.is_some());
        let keys = hosted.books().refund_keys.clone();
        assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
    });
}

#[test]
fn nothing_is_made_without_money_and_no_money_goes_back_for_what_is_made() {
    with(async |kit, hosted| {
        let (studio, till) = (&kit.studio, kit.studio.till());
        let account = kit.account("anna@example.org").await;
        let (order, _, page) = at_page(kit, &account).await;
        // Nobody paid: whoever asks for the film all the same gets none.
        let unpaid = studio.orders().complete(&account, &order).await;
        assert_eq!(unpaid.unwrap_err().code(), "order-unpaid");
        // One worker saw the money; before it made the film, another one sent the money back.
        hosted.pay(&page, None);
        checkouts::Entity::update_many()
            .col_expr(checkouts::Column::State, Expr::value(State::Paid))
            .col_expr(checkouts::Column::Payment, Expr::value(format!("payment-of-{page}")))
            .exec(studio.db().write())
            .await
            .unwrap();
        let seen = checkout(kit).await;
        assert!(till.send_back(hosted, &seen).await.unwrap());
        let late = studio.orders().complete(&account, &order).await;
        assert_eq!(late.unwrap_err().code(), "order-unpaid");
        till.put_to_use(hosted, &seen.id).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft);
        assert_eq!((kit.rows("films").await, kit.rows("charges").await), (0, 0));
        assert_eq!(hosted.books().refund_keys.len(), 1);

        // The other way round: the film was made before the money was sent back.
        let other = kit.account("ben@example.org").await;
        let (order, _, page) = at_page(kit, &other).await;
        hosted.pay(&page, None);
        till.heard_checkout(&page).await.unwrap();
        assert_eq!(state_of(kit, &other, &order).await, OrderState::Paid);
        let key = hosted.books().asked[1].key.clone();
        let used = till.by_id(&key).await.unwrap().unwrap();
        assert_eq!(used.state, State::Used);
        let seen = checkouts::Model { state: State::Paid, ..used };
        assert!(!till.send_back(hosted, &seen).await.unwrap());
        assert_eq!(till.by_id(&seen.id).await.unwrap().unwrap().state, State::Used);
        assert_eq!(hosted.books().refund_keys.len(), 1, "film and money");
    });
}

#[test]
fn a_debit_takes_days_and_is_no_page_any_more() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, pay_key, page) = at_page(kit, &account).await;
        let till = kit.studio.till();
        assert_eq!(till.waiting(&account, &order).await.unwrap(), Some(Waiting::Moments));
        hosted.becomes(&page, CheckoutState::Processing);
        till.heard_checkout(&page).await.unwrap();
        assert_eq!(till.waiting(&account, &order).await.unwrap(), Some(Waiting::Days));
        let again = till.settle(&account, &order, &pay_key, Outcome::Pay).await.unwrap();
        assert!(matches!(again, Settled::Waiting(_)), "{again:?}");
        assert_eq!(checkouts(kit).await, [State::Processing]);
        assert_eq!(hosted.books().asked.len(), 1);
        hosted.pay(&page, None);
        kit.clock.advance(HOUR_MS);
        till.carry_on().await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
    });
}

#[test]
fn money_for_an_account_that_goes_goes_back_and_an_order_that_is_gone_closes_its_page() {
    with(async |kit, hosted| {
        let leaver = kit.account("anna@example.org").await;
        let (_, _, page) = at_page(kit, &leaver).await;
        kit.studio.accounts().leave(&leaver).await.unwrap();
        hosted.pay(&page, None);
        kit.studio.till().heard_checkout(&page).await.unwrap();
        assert_eq!((kit.rows("charges").await, hosted.books().refund_keys.len()), (0, 1));

        let erased = kit.account("ben@example.org").await;
        let (_, _, page) = at_page(kit, &erased).await;
        kit.studio.erasures().erase(&erased, Reason::Child).await.unwrap();
        hosted.pay(&page, None);
        kit.studio.till().heard_checkout(&page).await.unwrap();
        assert_eq!(hosted.books().refund_keys.len(), 2);
        kit.studio.handles().carry_on().await.unwrap();
        let deleted = hosted.books().deleted.clone();
        assert_eq!(deleted, [customer_of(&page)], "nobody is left here who would have it deleted");

        let other = kit.account("cleo@example.org").await;
        let (order, _, page) = at_page(kit, &other).await;
        kit.studio.orders().discard(&other, &order).await.unwrap();
        kit.clock.advance(MINUTE_MS);
        kit.studio.till().carry_on().await.unwrap();
        assert_eq!(hosted.state(&page), CheckoutState::Expired, "nobody pays there any more");
        assert_eq!((kit.rows("charges").await, hosted.books().refund_keys.len()), (0, 2));
    });
}

#[test]
fn what_is_given_back_by_hand_stands_in_the_books_and_a_dispute_is_shown() {
    with(async |kit, hosted| {
        let account = kit.account("anna@example.org").await;
        let (order, _, page) = at_page(kit, &account).await;
        hosted.pay(&page, None);
        let till = kit.studio.till();
        till.heard_checkout(&page).await.unwrap();
        let payment = charge(kit).await.reference;
        till.heard_refund("payment-of-somebody").await.unwrap();
        assert_eq!(charge(kit).await.refunded_at_ms, None);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!(charge(kit).await.refunded_at_ms, None, "told, and the till knows of nothing");
        hosted.refunds("by-hand", &payment, RefundState::Pending);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!(charge(kit).await.refunded_at_ms, None, "it is on its way");
        hosted.refunds_are(RefundState::Done);
        for _ in 0..2 {
            till.heard_refund(&payment).await.unwrap();
        }
        assert_eq!(charge(kit).await.refunded_at_ms, Some(kit.studio.now_ms()));
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid, "its film is made all the same");
        // It failed after all: whoever gave it back by hand looks at it, and nobody gives it back by itself.
        hosted.refunds_are(RefundState::Failed);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!((checkouts(kit).await, charge(kit).await.refunded_at_ms), (vec![State::Used], None));
        assert!(hosted.books().refund_keys.is_empty());

        let dispute = dispute(&kit.studio, "dispute-1");
        for _ in 0..2 {
            till.heard_dispute(dispute.clone(), Some(payment.clone())).await.unwrap();
        }
        assert_eq!(till.disputes().await.unwrap(), [dispute]);
        till.answered("dispute-1").await.unwrap();
        till.answered("dispute-1").await.unwrap();
        assert_eq!(till.disputes().await.unwrap()[0].answered_at_ms, Some(kit.studio.now_ms()));
        assert_eq!(till.answered("dispute-2").await.unwrap_err().code(), "dispute-not-found");
    });
}

#[test]
fn a_gift_pass_is_paid_at_the_same_page_and_given_back_the_same_way() {
    with(async |kit, hosted| {
        let (gifts, till) = (kit.studio.gifts(), kit.studio.till());
        let account = kit.account("anna@example.org").await;
        let new = NewGift { giver: "Anna".into(), ..NewGift::default() };
        let gift = gifts.begin(&account, &new).await.unwrap();
        let pay_key = gifts.find(&account, &gift).await.unwrap().pay_key;
        let pay = async || gifts.pay(&account, &gift, &pay_key, Outcome::Pay).await.unwrap();
        let standing = async || gifts.find(&account, &gift).await.unwrap().standing;
        let page = match pay().await {
            Bought::AtPage(url) => url.rsplit('/').next().unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        let back = hosted.books().asked[0].success_url.clone();
        assert!(back.ends_with(&format!("/gift/mine/{gift}")), "{back}");
        assert_eq!(standing().await, Standing::Unpaid, "sent there, and not paid");
        hosted.pay(&page, None);
        for _ in 0..2 {
            till.heard_checkout(&page).await.unwrap();
        }
        assert_eq!((pay().await, standing().await), (Bought::Paid, Standing::Good));
        assert_eq!((kit.rows("charges").await, kit.rows("passes").await), (1, 1));
        let known =
            kit.studio.handles().of(kit.studio.db().read(), &account, ProcessorId::Stripe, None).await;
        assert_eq!(known.unwrap(), [customer_of(&page)], "it is deleted there with the account");

        gifts.withdraw(&account, &gift).await.unwrap();
        assert_eq!((checkouts(kit).await, standing().await), (vec![State::Returned], Standing::Returned));
        // It did not arrive after all.
        hosted.refunds_are(RefundState::Failed);
        till.heard_refund(&charge(kit).await.reference).await.unwrap();
        assert_eq!(standing().await, Standing::Returning);
        till.carry_on().await.unwrap();
        gifts.carry_on().await.unwrap();
        assert_eq!((checkouts(kit).await, standing().await), (vec![State::Returned], Standing::Returned));
        assert_eq!(hosted.books().refund_keys.len(), 2);
    });
}

/// A gift that was paid at the page: its id, its code, and the payment.
async fn given(kit: &Kit, hosted: &Hosted, account: &AccountId) -> (GiftId, String, String) {
    let gifts = kit.studio.gifts();
    let new = NewGift { giver: "Anna".into(), ..NewGift::default() };
    let gift = gifts.begin(account, &new).await.unwrap();
    let pay_key = gifts.find(account, &gift).await.unwrap().pay_key;
    let paid = gifts.pay(account, &gift, &pay_key, Outcome::Pay).await.unwrap();
    let Bought::AtPage(url) = paid else { panic!("{paid:?}") };
    let page = url.rsplit('/').next().unwrap();
    hosted.pay(page, None);
    kit.studio.till().heard_checkout(page).await.unwrap();
    let code = gifts.find(account, &gift).await.unwrap().code.expect("a code");
    (gift, code, format!("payment-of-{page}"))
}

#[test]
fn a_gift_pass_whose_money_is_gone_is_good_for_nothing() {
    with(async |kit, hosted| {
        let (gifts, till) = (kit.studio.gifts(), kit.studio.till());
        let anna = kit.account("anna@example.org").await;
        let ben = kit.account("ben@example.org").await;
        let stands = async |gift: &GiftId, code: &str| {
            let looked = gifts.look(code, &kit.client()).await.map(drop).map_err(|error| error.code());
            (looked, gifts.find(&anna, gift).await.unwrap().standing)
        };
        let heard = async |payment: &str, is_inquiry: bool| {
            let dispute = Dispute { is_inquiry, ..dispute(&kit.studio, &format!("dispute-of-{payment}")) };
            till.heard_dispute(dispute, Some(payment.to_owned())).await.unwrap();
        };
        let wanted_back = async |payment: &str| heard(payment, false).await;

        // Given back by hand at the till.
        let (gift, code, payment) = given(kit, hosted, &anna).await;
        hosted.refunds("by-hand", &payment, RefundState::Pending);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!(stands(&gift, &code).await, (Ok(()), Standing::Good), "it is on its way");
        hosted.refunds_are(RefundState::Done);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!(stands(&gift, &code).await, (Err("pass-revoked"), Standing::Returned));

        // Wanted back by a bank, days later. Whoever takes the pass back then does not get the money twice.
        let (gift, code, payment) = given(kit, hosted, &anna).await;
        kit.clock.advance(5 * DAY_MS);
        wanted_back("payment-of-somebody").await;
        assert_eq!(stands(&gift, &code).await, (Ok(()), Standing::Good));
        for _ in 0..2 {
            wanted_back(&payment).await;
            let stands = stands(&gift, &code).await;
            assert_eq!(stands, (Err("pass-revoked"), Standing::Revoked), "nobody gave it back");
        }
        let withdrawn = gifts.withdraw(&anna, &gift).await.map_err(|error| error.code());
        assert_eq!(withdrawn, Err("gift-revoked"));
        gifts.carry_on().await.unwrap();
        assert!(hosted.books().refund_keys.is_empty());

        // A bank that only asks takes nothing. It is answered, and once more where the bank takes the money after all.
        let (gift, code, payment) = given(kit, hosted, &anna).await;
        heard(&payment, true).await;
        assert_eq!(stands(&gift, &code).await, (Ok(()), Standing::Good));
        let id = format!("dispute-of-{payment}");
        let shown = async || {
            let shown = till.disputes().await.unwrap().into_iter().find(|dispute| dispute.id == id).unwrap();
            (shown.is_inquiry, shown.answered_at_ms.is_some())
        };
        till.answered(&id).await.unwrap();
        assert_eq!(shown().await, (true, true));
        heard(&payment, true).await;
        assert_eq!(shown().await, (true, true));
        wanted_back(&payment).await;
        assert_eq!(stands(&gift, &code).await, (Err("pass-revoked"), Standing::Revoked));
        assert_eq!(shown().await, (false, false));

        // Used before that, it made a film, which stays.
        let (gift, code, payment) = given(kit, hosted, &anna).await;
        let (order, pay_key) = whole_order(kit, &ben).await;
        gifts.redeem(&ben, &order, &pay_key, &code, &kit.client()).await.unwrap();
        wanted_back(&payment).await;
        assert_eq!(stands(&gift, &code).await, (Err("pass-used"), Standing::Used));
        assert_eq!(state_of(kit, &ben, &order).await, OrderState::Paid);
    });
}

#[test]
fn where_the_money_of_a_gift_went_is_known_when_a_database_from_before_is_brought_back() {
    with(async |kit, hosted| {
        let (gifts, till) = (kit.studio.gifts(), kit.studio.till());
        let anna = kit.account("anna@example.org").await;
        let (by_hand, _, refunded) = given(kit, hosted, &anna).await;
        let (by_bank, _, wanted_back) = given(kit, hosted, &anna).await;
        let stand = async || {
            let standing = async |gift| gifts.find(&anna, gift).await.unwrap().standing;
            (standing(&by_hand).await, standing(&by_bank).await)
        };
        erase_again(&kit.studio).await.unwrap();
        kit.clock.advance(1);
        hosted.refunds("by-hand", &refunded, RefundState::Done);
        till.heard_refund(&refunded).await.unwrap();
        let dispute = dispute(&kit.studio, "dispute");
        till.heard_dispute(dispute, Some(wanted_back)).await.unwrap();
        assert_eq!(stand().await, (Standing::Returned, Standing::Revoked));
        // As it was before, without the mark of later.
        for before in [
            "UPDATE gifts SET state = 'paid', ended_at_ms = NULL",
            "UPDATE passes SET state = 'good', ended_at_ms = NULL, said_at_ms = NULL",
            "DELETE FROM house WHERE name = 'mark'",
        ] {
            kit.studio.db().write().execute_unprepared(before).await.unwrap();
        }
        assert_eq!(stand().await, (Standing::Good, Standing::Good));
        erase_again(&kit.studio).await.unwrap();
        assert_eq!(stand().await, (Standing::Returned, Standing::Revoked));
    });
}

#[test]
fn a_gift_whose_pass_made_a_film_is_not_given_back_by_itself_when_a_refund_by_hand_fails() {
    with(async |kit, hosted| {
        let (gifts, till) = (kit.studio.gifts(), kit.studio.till());
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (gift, code, payment) = given(kit, hosted, &anna).await;
        let (order, pay_key) = whole_order(kit, &ben).await;
        gifts.redeem(&ben, &order, &pay_key, &code, &kit.client()).await.unwrap();
        hosted.refunds("by-hand", &payment, RefundState::Done);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returned]);
        hosted.refunds_are(RefundState::Failed);
        till.heard_refund(&payment).await.unwrap();
        till.carry_on().await.unwrap();
        gifts.carry_on().await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Used]);
        assert!(hosted.books().refund_keys.is_empty());
        // Once more by hand, it is back.
        hosted.refunds("by-hand-again", &payment, RefundState::Done);
        till.heard_refund(&payment).await.unwrap();
        assert_eq!(checkouts(kit).await, [State::Returned]);
        assert_eq!(gifts.find(&anna, &gift).await.unwrap().standing, Standing::Used);
    });
}
