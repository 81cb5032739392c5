//! The mailing list outside, on both databases.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use policy::{Choosable, Country};
use processors::Connected;
use processors::role::{Bought, Erased, Erases, KeptOut, KeptOutBy, Trouble};

use super::*;
use crate::Outside;
use crate::clock::SECOND_MS;
use crate::db::testing::{Kit, on_both, on_both_with};
use crate::erasure::Reason;
use crate::films::testing::paid;
use crate::marketing::Method;

const AT: ProcessorId = ProcessorId::Klaviyo;
type Came = std::result::Result<(), ListsError>;

/// A list in memory, which asks whether somebody withdrew as it must.
#[derive(Default)]
struct List {
    done: Mutex<Vec<String>>,
    tried: Mutex<Vec<String>>,
    broken: Mutex<BTreeSet<String>>,
    left: Mutex<Vec<KeptOut>>,
}

impl List {
    /// From now on what begins so fails.
    fn breaks(&self, what: &str) {
        self.broken.lock().unwrap().insert(what.to_owned());
    }

    fn is_repaired(&self) {
        self.broken.lock().unwrap().clear();
    }

    /// What was done since this was asked last.
    fn done(&self) -> Vec<String> {
        std::mem::take(&mut self.done.lock().unwrap())
    }

    /// How often something was tried.
    fn tried(&self, what: &str) -> usize {
        self.tried.lock().unwrap().iter().filter(|tried| *tried == what).count()
    }

    fn leaves(&self, kit: &Kit, email: &str, by: KeptOutBy) {
        let at_s = kit.studio.now_ms() / SECOND_MS;
        self.left.lock().unwrap().push(KeptOut { email: Personal::new(email.to_owned()), by, at_s });
    }

    fn forget(&self) {
        *self.done.lock().unwrap() = Vec::new();
        *self.tried.lock().unwrap() = Vec::new();
        *self.left.lock().unwrap() = Vec::new();
        self.is_repaired();
    }

    fn say(&self, what: String) -> Came {
        self.tried.lock().unwrap().push(what.clone());
        if self.broken.lock().unwrap().iter().any(|broken| what.starts_with(broken.as_str())) {
            return Err(Trouble::Away { why: "status 503".into(), after_s: None }.into());
        }
        self.done.lock().unwrap().push(what);
        Ok(())
    }

    async fn make_known(
        &self,
        what: String,
        email: &Address,
        agreed: Agreed,
        withdrawals: &dyn Withdrawals,
    ) -> Came {
        assert_eq!(agreed.to(), Choosable::Marketing);
        match withdrawals.has_withdrawn(email).await {
            Ok(false) => self.say(what),
            Ok(true) => Err(ListsError::Withdrawn),
            Err(error) => Err(Trouble::Away { why: error.to_string(), after_s: None }.into()),
        }
    }
}

fn plain(email: &Address) -> &str {
    email.for_purpose::<purpose::Marketing>()
}

impl role::Lists for List {
    fn processor(&self) -> ProcessorId {
        AT
    }

    fn profile<'a>(
        &'a self,
        email: &'a Address,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Came> {
        self.make_known(format!("profile {}", plain(email)), email, agreed, withdrawals).boxed()
    }

    fn subscribe<'a>(
        &'a self,
        email: &'a Address,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Came> {
        self.make_known(format!("subscribe {}", plain(email)), email, agreed, withdrawals).boxed()
    }

    fn bought<'a>(
        &'a self,
        email: &'a Address,
        bought: &'a Bought,
        agreed: Agreed,
        withdrawals: &'a dyn Withdrawals,
    ) -> BoxFuture<'a, Came> {
        let order = bought.order.for_purpose::<purpose::Marketing>();
        let film = bought.film.for_purpose::<purpose::Marketing>();
        let what = format!("bought {} {order} {film}", plain(email));
        self.make_known(what, email, agreed, withdrawals).boxed()
    }

    fn unsubscribe<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Came> {
        let came = self.say(format!("unsubscribe {}", plain(email)));
        async move { came }.boxed()
    }

    fn suppress<'a>(&'a self, email: &'a Address) -> BoxFuture<'a, Came> {
        let came = self.say(format!("suppress {}", plain(email)));
        async move { came }.boxed()
    }

    fn suppressed_since(&self, since_s: i64) -> BoxFuture<'_, std::result::Result<Vec<KeptOut>, ListsError>> {
        let left: Vec<KeptOut> =
            self.left.lock().unwrap().iter().filter(|one| one.at_s >= since_s).cloned().collect();
        let came = self.say("hear".into()).map(|()| left);
        // Asking is nothing that is told of anybody.
        self.done.lock().unwrap().retain(|done| done != "hear");
        async move { came }.boxed()
    }
}

impl Erases for List {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, std::result::Result<Erased, Trouble>> {
        let came = self.say(format!("erase {handle}"));
        let erased = match came {
            Ok(()) => Ok(Erased::Done { receipt: "not known there any more".into() }),
            Err(error) => Err(Trouble::Refused(error.to_string())),
        };
        async move { erased }.boxed()
    }
}

fn with(list: &Arc<List>, body: impl AsyncFn(&Kit)) {
    let connect = |outside: &mut Outside| {
        list.forget();
        let list = Arc::clone(list);
        outside.connect = Arc::new(move |_| {
            let mut connected = Connected { lists: Some(list.clone()), ..Connected::default() };
            connected.erases.insert(AT, list.clone());
            Ok(connected)
        });
    };
    on_both_with(connect, body);
}

async fn agrees(kit: &Kit, account: &AccountId, from: &str) {
    let marketing = kit.studio.marketing();
    marketing.subscribe(account, Method::Settings, "marketing-1", Country::parse(from)).await.unwrap();
}

/// Somebody who agreed where that needs no second step.
async fn member(kit: &Kit, email: &str) -> AccountId {
    let account = kit.account(email).await;
    agrees(kit, &account, "FR").await;
    account
}

/// A run that was asked to compare.
async fn carry_on(kit: &Kit) {
    kit.studio.lists().changed(kit.studio.db().write()).await.unwrap();
    kit.studio.lists().carry_on().await.unwrap();
}

/// What was let go of is deleted, and those who agreed since can be told of again.
async fn forgotten(kit: &Kit) {
    kit.studio.handles().carry_on().await.unwrap();
    kit.clock.advance(MINUTE_MS);
}

/// Both ends have confirmed a new address.
async fn moves(kit: &Kit, account: &AccountId, email: &str) {
    let (studio, db) = (&kit.studio, kit.studio.db().write());
    let key = studio.data_key(account, PurposeId::Account).await.unwrap();
    let place = Place { table: "accounts", row: account.as_str(), column: "email" };
    let moved = accounts::ActiveModel {
        id: Set(account.to_string()),
        email_index: Set(Some(studio.accounts().index_of(email).unwrap())),
        email_sealed: Set(studio.vault().seal_field(&key, &place, email.as_bytes())),
        ..Default::default()
    };
    accounts::Entity::update(moved).exec(db).await.unwrap();
}

#[test]
fn who_agreed_is_told_of_once_with_what_they_buy_and_nobody_else() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let studio = &kit.studio;
        // Bought before agreeing, and written to as a customer until then.
        let customer = kit.account("dora@example.org").await;
        paid(kit, &customer).await;
        studio.marketing().told_customer(&customer, Country::parse("FR")).await.unwrap();
        kit.account("ben@example.org").await;
        let unconfirmed = kit.account("carl@example.org").await;
        agrees(kit, &unconfirmed, "DE").await;
        carry_on(kit).await;
        assert!(list.done().is_empty());
        assert_eq!(kit.rows("handles").await, 0);

        let anna = member(kit, "anna@example.org").await;
        carry_on(kit).await;
        carry_on(kit).await;
        assert_eq!(list.done(), ["profile anna@example.org", "subscribe anna@example.org"]);
        let handles = studio.handles().of(studio.db().read(), &anna, AT, None).await.unwrap();
        assert_eq!(handles, ["anna@example.org"]);
        assert!(!kit.shows("list_members", "anna@example.org").await, "it is sealed");

        let (order, _) = paid(kit, &anna).await;
        carry_on(kit).await;
        carry_on(kit).await;
        assert_eq!(list.done(), [format!("bought anna@example.org {order} tiny")]);

        kit.clock.advance(CONFIRM_MS);
        agrees(kit, &customer, "FR").await;
        let tx = studio.db().begin().await.unwrap();
        studio.marketing().confirmed_with_address(&tx, &unconfirmed).await.unwrap();
        tx.commit().await.unwrap();
        carry_on(kit).await;
        let told: BTreeSet<String> = list.done().into_iter().collect();
        let expected = ["carl", "dora"]
            .map(|name| ["profile", "subscribe"].map(|what| format!("{what} {name}@example.org")));
        assert_eq!(
            told,
            expected.into_iter().flatten().collect::<BTreeSet<_>>(),
            "and not what was bought before"
        );
    });
}

#[test]
fn proves_s6_10_who_withdraws_is_unsubscribed_suppressed_and_deleted_there_whatever_fails() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (studio, anna) = (&kit.studio, member(kit, "anna@example.org").await);
        carry_on(kit).await;
        list.done();
        list.breaks("unsubscribe");
        studio.marketing().stop(&anna, Method::OneClick).await.unwrap();
        carry_on(kit).await;
        assert_eq!(list.done(), ["suppress anna@example.org"]);
        assert_eq!(studio.handles().going().await.unwrap().len(), 1, "let go of all the same");
        // Nobody comes back while that goes on.
        agrees(kit, &anna, "FR").await;
        carry_on(kit).await;
        assert!(list.done().is_empty());
        studio.marketing().stop(&anna, Method::OneClick).await.unwrap();

        list.is_repaired();
        forgotten(kit).await;
        carry_on(kit).await;
        let done = ["erase anna@example.org", "unsubscribe anna@example.org", "suppress anna@example.org"];
        assert_eq!(list.done(), done);
        carry_on(kit).await;
        assert!(list.done().is_empty());
        let receipts = studio.handles().receipts().await.unwrap();
        assert_eq!((receipts.len(), receipts[0].processor.as_str()), (1, AT.as_str()));
        assert_eq!(kit.rows("suppressions").await, 1, "our own word stays");

        kit.clock.advance(MINUTE_MS);
        agrees(kit, &anna, "FR").await;
        carry_on(kit).await;
        assert_eq!(list.done(), ["profile anna@example.org", "subscribe anna@example.org"]);
    });
}

#[test]
fn an_account_that_is_restricted_or_about_to_end_is_taken_off() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (accounts, anna) = (kit.studio.accounts(), member(kit, "anna@example.org").await);
        let put_on = ["profile anna@example.org", "subscribe anna@example.org"];
        let taken_off = ["unsubscribe anna@example.org", "suppress anna@example.org"];
        carry_on(kit).await;
        assert_eq!(list.done(), put_on);
        accounts.restrict(&anna).await.unwrap();
        carry_on(kit).await;
        assert_eq!(list.done(), taken_off);
        accounts.lift_restriction(&anna).await.unwrap();
        carry_on(kit).await;
        assert!(list.done().is_empty(), "what is there of them is deleted first");
        forgotten(kit).await;
        assert_eq!(list.done(), ["erase anna@example.org"]);
        carry_on(kit).await;
        assert_eq!(list.done(), put_on);
        accounts.leave(&anna).await.unwrap();
        carry_on(kit).await;
        assert_eq!(list.done(), taken_off);
        assert_eq!(kit.studio.handles().going().await.unwrap().len(), 1);
    });
}

#[test]
fn a_new_address_takes_the_place_of_the_old_one_unless_they_left_with_that() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (anna, ben) = (member(kit, "anna@example.org").await, member(kit, "ben@example.org").await);
        carry_on(kit).await;
        list.done();
        // It was asked who left a moment ago; it is asked once more before the old address is forgotten there.
        list.leaves(kit, "anna@example.org", KeptOutBy::Themselves);
        moves(kit, &anna, "anna@new.example").await;
        moves(kit, &ben, "ben@new.example").await;
        list.breaks("hear");
        carry_on(kit).await;
        assert!(list.done().is_empty());
        list.is_repaired();
        carry_on(kit).await;
        let off: BTreeSet<String> = list.done().into_iter().collect();
        let expected = ["anna", "ben"]
            .map(|name| ["unsubscribe", "suppress"].map(|what| format!("{what} {name}@example.org")));
        assert_eq!(off, expected.into_iter().flatten().collect::<BTreeSet<_>>());
        forgotten(kit).await;
        list.done();
        carry_on(kit).await;
        assert_eq!(list.done(), ["profile ben@new.example", "subscribe ben@new.example"]);
        assert!(kit.studio.marketing().wish(&anna).await.unwrap().is_none());
    });
}

#[test]
fn proves_s5_10_who_left_there_has_left_here_until_they_agree_anew() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        let anna = member(kit, "anna@example.org").await;
        let (ben, carl) = (member(kit, "ben@example.org").await, member(kit, "carl@example.org").await);
        kit.account("dora@example.org").await;
        carry_on(kit).await;
        list.done();
        kit.clock.advance(HOUR_MS);
        // As the list may write it.
        list.leaves(kit, "ANNA@example.org", KeptOutBy::Themselves);
        list.leaves(kit, "ben@example.org", KeptOutBy::Complaint);
        list.leaves(kit, "carl@example.org", KeptOutBy::Bounce);
        list.leaves(kit, "dora@example.org", KeptOutBy::Hand);
        list.leaves(kit, "nobody@example.org", KeptOutBy::Hand);
        carry_on(kit).await;
        let newest = async |account: &AccountId| {
            let newest = marketing.history(account).await.unwrap().remove(0);
            (newest.status, newest.method)
        };
        assert_eq!(newest(&anna).await, (Status::Unsubscribed, Method::ListService));
        assert_eq!(newest(&ben).await, (Status::Unsubscribed, Method::Complaint));
        assert_eq!(newest(&carl).await, (Status::Subscribed, Method::Settings), "nobody is there, no more");
        for account in [&anna, &ben, &carl] {
            assert!(!has_agreed(studio, account).await.unwrap());
        }
        assert_eq!(list.done().len(), 6, "each unsubscribed and suppressed");

        forgotten(kit).await;
        list.done();
        kit.clock.advance(HOUR_MS);
        carry_on(kit).await;
        assert!(list.done().is_empty(), "nobody is put back");
        // What they agree to afterwards counts, and the old word is not heard again.
        agrees(kit, &anna, "FR").await;
        carry_on(kit).await;
        assert_eq!(list.done(), ["profile anna@example.org", "subscribe anna@example.org"]);
        // Not even when the list tells it as something new.
        for one in list.left.lock().unwrap().iter_mut() {
            one.at_s += HOUR_MS / SECOND_MS;
        }
        kit.clock.advance(HOUR_MS);
        carry_on(kit).await;
        assert!(marketing.wish(&anna).await.unwrap().is_some() && list.done().is_empty());
    });
}

#[test]
fn a_list_that_fails_is_tried_later_and_later_and_holds_up_nobody_else() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        list.breaks("profile anna");
        list.breaks("subscribe carl");
        member(kit, "anna@example.org").await;
        let carl = member(kit, "carl@example.org").await;
        member(kit, "ben@example.org").await;
        carry_on(kit).await;
        carry_on(kit).await;
        let done: BTreeSet<String> = list.done().into_iter().collect();
        let expected = ["profile carl@example.org", "profile ben@example.org", "subscribe ben@example.org"];
        assert_eq!(done, BTreeSet::from(expected.map(str::to_owned)));
        assert_eq!(list.tried("profile anna@example.org"), 1);
        // What was told in part may be known there: it is let go of at once, however long the next try is off.
        kit.studio.marketing().stop(&carl, Method::Settings).await.unwrap();
        carry_on(kit).await;
        assert_eq!(list.done(), ["unsubscribe carl@example.org", "suppress carl@example.org"]);

        kit.clock.advance(MINUTE_MS);
        carry_on(kit).await;
        carry_on(kit).await;
        assert_eq!(list.tried("profile anna@example.org"), 2);
        kit.clock.advance(MINUTE_MS);
        carry_on(kit).await;
        assert_eq!(list.tried("profile anna@example.org"), 2, "each wait is longer");
        list.is_repaired();
        kit.clock.advance(3 * MINUTE_MS);
        carry_on(kit).await;
        assert_eq!(list.done(), ["profile anna@example.org", "subscribe anna@example.org"]);
    });
}

#[test]
fn an_erased_account_is_deleted_there_and_leaves_a_receipt() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (studio, anna) = (&kit.studio, member(kit, "anna@example.org").await);
        carry_on(kit).await;
        list.done();
        studio.erasures().erase(&anna, Reason::Child).await.unwrap();
        assert_eq!(kit.rows("list_members").await, 0);
        studio.handles().carry_on().await.unwrap();
        studio.erasures().carry_on().await.unwrap();
        assert_eq!(list.done(), ["erase anna@example.org"]);
        assert_eq!(studio.handles().receipts().await.unwrap().len(), 1);
        assert_eq!((kit.rows("accounts").await, kit.rows("handles").await), (0, 0));
        carry_on(kit).await;
        assert!(list.done().is_empty());
    });
}

#[test]
fn at_the_moment_of_sending_it_is_asked_once_more() {
    on_both(async |kit| {
        let (studio, account) = (&kit.studio, member(kit, "anna@example.org").await);
        let still = StillAgreed { studio, account: &account };
        let (hers, other) = ("anna@example.org", "other@example.org");
        let withdrew = async |email: &str| still.has_withdrawn(&Personal::new(email.to_owned())).await;
        assert_eq!((withdrew(hers).await, withdrew(other).await), (Ok(false), Ok(true)));
        studio.marketing().stop(&account, Method::Settings).await.unwrap();
        assert_eq!(withdrew(hers).await, Ok(true));
        // Where there is no list, nothing is kept of it.
        carry_on(kit).await;
        assert_eq!((kit.rows("list_members").await, kit.rows("list_polls").await), (0, 0));
    });
}

#[test]
fn who_unsubscribed_there_while_it_could_not_be_told_is_not_put_back() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        list.breaks("subscribe");
        let anna = member(kit, "anna@example.org").await;
        carry_on(kit).await;
        assert_eq!(list.done(), ["profile anna@example.org"]);
        // What was told in part may have arrived; she leaves there, and only then the next try is due.
        kit.clock.advance(SECOND_MS);
        list.leaves(kit, "anna@example.org", KeptOutBy::Themselves);
        list.is_repaired();
        kit.clock.advance(MINUTE_MS);
        carry_on(kit).await;
        assert_eq!(list.tried("subscribe anna@example.org"), 1);
        assert!(kit.studio.marketing().wish(&anna).await.unwrap().is_none());
        carry_on(kit).await;
        assert_eq!(list.done(), ["unsubscribe anna@example.org", "suppress anna@example.org"]);
    });
}

#[test]
fn nobody_is_told_again_before_it_is_heard_who_left() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        list.breaks("subscribe");
        member(kit, "anna@example.org").await;
        carry_on(kit).await;
        list.is_repaired();
        list.breaks("hear");
        kit.clock.advance(MINUTE_MS);
        carry_on(kit).await;
        assert_eq!(list.tried("subscribe anna@example.org"), 1);
        list.is_repaired();
        kit.clock.advance(MINUTE_MS);
        carry_on(kit).await;
        assert_eq!(list.tried("subscribe anna@example.org"), 2);
    });
}

#[test]
fn without_being_asked_it_is_compared_every_few_minutes() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (studio, anna) = (&kit.studio, member(kit, "anna@example.org").await);
        let run = async || studio.lists().carry_on().await.unwrap();
        run().await;
        assert_eq!(list.done().len(), 2);
        studio.accounts().restrict(&anna).await.unwrap();
        run().await;
        assert!(list.done().is_empty());
        kit.clock.advance(COMPARE_MS);
        run().await;
        assert_eq!(list.done(), ["unsubscribe anna@example.org", "suppress anna@example.org"]);
        // What somebody says of it themselves is not waited with.
        let ben = member(kit, "ben@example.org").await;
        run().await;
        assert_eq!(list.done().len(), 2);
        studio.marketing().stop(&ben, Method::Settings).await.unwrap();
        run().await;
        assert_eq!(list.done(), ["unsubscribe ben@example.org", "suppress ben@example.org"]);
    });
}

#[test]
fn who_withdraws_when_there_is_no_list_any_more_is_let_go_of_all_the_same() {
    let list = Arc::new(List::default());
    with(&list, async |kit| {
        let (studio, anna) = (&kit.studio, member(kit, "anna@example.org").await);
        carry_on(kit).await;
        list.done();
        studio.marketing().stop(&anna, Method::Settings).await.unwrap();
        studio.lists().keep_up(None).await.unwrap();
        assert!(list.done().is_empty());
        assert_eq!(studio.handles().going().await.unwrap().len(), 1, "it alarms until it is done");
        // Connected again, it is told.
        carry_on(kit).await;
        assert_eq!(list.done(), ["unsubscribe anna@example.org", "suppress anna@example.org"]);
    });
}
