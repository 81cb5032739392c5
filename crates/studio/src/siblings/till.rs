//! The till: the embedded one, which takes no money, and a vendor's with pages of its own.

use std::sync::Arc;

use emulators::stripe::{KEY, Stripe, WEBHOOK_SECRET};
use futures::future::{BoxFuture, ready};
use policy::ProcessorId;
use processors::role::{HostedTillError, RefundRequest};
use processors::{Charge, Ledger, LedgerError, TestTill, Till as _, TillError};
use serde_json::{Value, json};

use super::{Emulated, Held, NOON_S, Role, erase, with_nobody, with_vendor};
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::db::testing::Kit;
use crate::films::testing::{Counting, NAME, whole_order};
use crate::jobs::testing::run_all;
use crate::orders::{OrderId, OrderState};
use crate::till::{Outcome, Settled};
use crate::{AccountId, Outside};

struct Order {
    account: AccountId,
    id: OrderId,
    pay_key: String,
}

impl Order {
    /// Everything that is asked for is given.
    async fn of(kit: &Kit, account: &AccountId) -> Self {
        let (id, pay_key) = whole_order(kit, account).await;
        Self { account: account.clone(), id, pay_key }
    }

    async fn settle(&self, kit: &Kit, outcome: Outcome) -> Settled {
        kit.studio.till().settle(&self.account, &self.id, &self.pay_key, outcome).await.unwrap()
    }

    async fn state(&self, kit: &Kit) -> OrderState {
        kit.studio.orders().find(&self.account, &self.id).await.unwrap().state
    }
}

/// What differs between the tills.
trait Side {
    /// Presses the button, and pays where that leads.
    async fn pays(&self, kit: &Kit, order: &Order);
    /// Presses it, and turns away.
    async fn turns_away(&self, kit: &Kit, order: &Order);
    /// How many payments of this amount the till has, by its own books, and has not given back.
    async fn holds(&self, kit: &Kit, amount_minor: i64, currency: &str) -> i64;
    /// How many payments and how many refunds there ever were.
    async fn counts(&self, kit: &Kit) -> (i64, i64);
    /// Whether it says no to giving back what nobody paid.
    async fn refuses_to_give_back(&self, kit: &Kit) -> bool;
    /// Whether it knows somebody by this address.
    async fn knows(&self, kit: &Kit, email: &str) -> bool;
}

async fn hold(kit: &Kit, side: &impl Side, renderer: &Counting, held: &Held<'_>) {
    let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
    let order = Order::of(kit, &anna).await;
    let price = kit.studio.orders().find(&anna, &order.id).await.unwrap().price;
    let (cents, currency) = (i64::from(price.cents), price.currency.as_str());

    held.to("who turns away owes nothing, no film is made, and the order is kept");
    side.turns_away(kit, &order).await;
    assert_eq!(order.state(kit).await, OrderState::Draft);
    assert_eq!((side.counts(kit).await, kit.rows("films").await), ((0, 0), 0));

    held.to("nobody pays an order that is not theirs, nor with a page that is out of date");
    let till = kit.studio.till();
    let not_theirs = till.settle(&ben, &order.id, &order.pay_key, Outcome::Pay).await;
    assert_eq!(not_theirs.unwrap_err().code(), "order-not-found");
    let outdated = till.settle(&anna, &order.id, "another-key", Outcome::Pay).await;
    assert_eq!(outdated.unwrap_err().code(), "order-changed");
    assert_eq!(side.counts(kit).await, (0, 0));

    held.to("an order is paid with its own price in its own currency");
    side.pays(kit, &order).await;
    assert_ne!(order.state(kit).await, OrderState::Draft);
    assert_eq!(side.holds(kit, cents, currency).await, 1);

    held.to("however often the button is pressed it is one payment and one film");
    for _ in 0..3 {
        side.pays(kit, &order).await;
    }
    assert_eq!(side.counts(kit).await, (1, 0));
    assert_eq!((kit.rows("charges").await, kit.rows("films").await), (1, 1));
    run_all(&kit.studio).await.unwrap();
    assert_eq!(order.state(kit).await, OrderState::Done);

    held.to("the money of a film that cannot be made goes back, all of it");
    renderer.break_shot(Some(NAME));
    let broken = Order::of(kit, &ben).await;
    side.pays(kit, &broken).await;
    assert_eq!(side.holds(kit, cents, currency).await, 2);
    for _ in 0..8 {
        run_all(&kit.studio).await.unwrap();
        kit.clock.advance(2 * MINUTE_MS);
    }
    assert_eq!(broken.state(kit).await, OrderState::Refunded);
    assert_eq!(side.holds(kit, cents, currency).await, 1, "the other payment stays");

    held.to("it goes back once, however often it is asked for, and is not taken again");
    for _ in 0..3 {
        kit.studio.orders().refund(&broken.id).await.unwrap();
    }
    broken.settle(kit, Outcome::Pay).await;
    assert_eq!(side.counts(kit).await, (2, 1));
    assert_eq!(broken.state(kit).await, OrderState::Refunded);

    held.to("what nobody paid is not given back");
    assert!(side.refuses_to_give_back(kit).await);
    assert_eq!(side.counts(kit).await, (2, 1));

    held.to("with the account the till forgets who paid, and the books keep that it was paid");
    erase(kit, &anna, |_| ()).await;
    assert!(!side.knows(kit, "anna@example.org").await);
    assert_eq!((side.holds(kit, cents, currency).await, kit.rows("charges").await), (1, 2));
}

struct Embedded;

impl Side for Embedded {
    async fn pays(&self, kit: &Kit, order: &Order) {
        let settled = order.settle(kit, Outcome::Pay).await;
        assert!(matches!(settled, Settled::Paid(_)), "{settled:?}");
    }

    async fn turns_away(&self, kit: &Kit, order: &Order) {
        let settled = order.settle(kit, Outcome::Decline).await;
        assert!(matches!(settled, Settled::Declined(_)), "{settled:?}");
        let settled = order.settle(kit, Outcome::Abandon).await;
        assert!(matches!(settled, Settled::Abandoned(_)), "{settled:?}");
    }

    async fn holds(&self, kit: &Kit, amount_minor: i64, currency: &str) -> i64 {
        let of_it = format!("amount_minor = {amount_minor} AND currency = '{currency}'");
        kit.rows(&format!("test_till WHERE NOT refunded AND {of_it}")).await
    }

    async fn counts(&self, kit: &Kit) -> (i64, i64) {
        (kit.rows("test_till").await, kit.rows("test_till WHERE refunded").await)
    }

    async fn refuses_to_give_back(&self, _: &Kit) -> bool {
        TestTill::new(Nothing).refund("nobody-paid-this").await == Err(TillError::NotFound)
    }

    async fn knows(&self, kit: &Kit, email: &str) -> bool {
        kit.shows("test_till", email).await
    }
}

/// Books in which nothing stands.
struct Nothing;

impl Ledger for Nothing {
    fn insert<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Charge, LedgerError>> {
        Box::pin(ready(Ok(charge.clone())))
    }

    fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>> {
        Box::pin(ready(Ok(None)))
    }

    fn mark_refunded<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Charge>, LedgerError>> {
        Box::pin(ready(Ok(None)))
    }
}

struct WithPages<'a>(&'a Stripe);

impl WithPages<'_> {
    /// The page that the button leads to; none when there is nothing to pay any more.
    async fn page(&self, kit: &Kit, order: &Order) -> Option<String> {
        self.0.set_now(kit.studio.now_ms() / SECOND_MS);
        match order.settle(kit, Outcome::Pay).await {
            Settled::AtPage(url) => Some(url.rsplit('/').next().unwrap_or_default().to_owned()),
            Settled::Paid(_) => None,
            other => panic!("{other:?}"),
        }
    }
}

impl Side for WithPages<'_> {
    async fn pays(&self, kit: &Kit, order: &Order) {
        let Some(page) = self.page(kit, order).await else { return };
        self.0.types(&kit.studio.accounts().get(&order.account).await.unwrap().email);
        assert_eq!(self.page(kit, order).await.as_ref(), Some(&page), "pressed twice, it is one page");
        self.0.pay(&page, None);
        for _ in 0..2 {
            kit.studio.till().heard_checkout(&page).await.unwrap();
        }
    }

    async fn turns_away(&self, kit: &Kit, order: &Order) {
        let page = self.page(kit, order).await.expect("a page");
        self.0.lapses(&page);
        kit.studio.till().heard_checkout(&page).await.unwrap();
    }

    async fn holds(&self, _: &Kit, amount_minor: i64, currency: &str) -> i64 {
        let refunds = self.0.refunds();
        let is_back = |payment: &Value| {
            let of_it = |refund: &&Value| refund["payment_intent"] == payment["id"];
            let all_of_it = |refund: &Value| refund["amount"] == payment["amount"];
            refunds.iter().filter(of_it).any(all_of_it)
        };
        let is_it = |payment: &&Value| {
            let code = payment["currency"].as_str().unwrap_or_default();
            payment["amount"] == json!(amount_minor) && code.eq_ignore_ascii_case(currency)
        };
        let payments = self.0.payments();
        let held = payments.iter().filter(is_it).filter(|payment| !is_back(payment)).count();
        i64::try_from(held).unwrap()
    }

    async fn counts(&self, _: &Kit) -> (i64, i64) {
        let count = |list: Vec<Value>| i64::try_from(list.len()).unwrap();
        (count(self.0.payments()), count(self.0.refunds()))
    }

    async fn refuses_to_give_back(&self, kit: &Kit) -> bool {
        let hosted = kit.studio.connected().till.clone().expect("a till");
        let request = RefundRequest { key: "nobody".into(), payment: "pi_nobody".into(), is_asked_for: true };
        let unknown = hosted.given_back("pi_nobody").await == Ok(None);
        unknown && hosted.refund(&request).await == Err(HostedTillError::NotFound)
    }

    async fn knows(&self, _: &Kit, email: &str) -> bool {
        self.0.customers().iter().any(|customer| customer["email"] == json!(email))
    }
}

async fn stripe() -> Emulated<Stripe> {
    let stripe = Stripe::start(NOON_S).await;
    let hosts = vec![("api.stripe.com", stripe.emulator.address)];
    let account = json!({"secret_key": KEY, "webhook_secrets": WEBHOOK_SECRET});
    Emulated { emulator: stripe, id: ProcessorId::Stripe, hosts, account }
}

#[test]
fn both_tills_take_money_once_and_give_it_back_once() {
    let (role, renderer) = (Role::new("till"), Arc::new(Counting::default()));
    let draws = |outside: &mut Outside| {
        renderer.break_shot(None);
        outside.renderer = Arc::new(Arc::clone(&renderer));
    };
    let held = role.taken_by("the embedded test till");
    with_nobody(draws, async |kit| hold(kit, &Embedded, &renderer, &held).await);
    let held = role.taken_by("Stripe");
    with_vendor(stripe, draws, async |kit, stripe| {
        hold(kit, &WithPages(stripe), &renderer, &held).await;
    });
    role.print();
}
