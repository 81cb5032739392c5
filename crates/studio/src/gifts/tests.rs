//! Gift passes, on both databases.

use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, join_all, ready};
use policy::Subject;
use processors::PostError;
use sea_orm::EntityTrait;

use super::rows::{gifts as gift_rows, passes};
use super::*;
use crate::Client;
use crate::clock::{HOUR_MS, MINUTE_MS};
use crate::db::testing::{Kit, NOON_MS, on_both, on_both_with};
use crate::erasure::Reason as Why;
use crate::films::testing::{Counting, NAME, whole_order};
use crate::jobs::testing::run_all;
use crate::mail::rows as outbox;
use crate::orders::letters;
use crate::orders::rows::charges;
use crate::orders::{OrderId, OrderState, Paid, Thing};
use crate::staff::{Role, Worker};
use crate::till::Outcome;
use crate::till::testing::dispute;

/// A message that must be readable nowhere.
const MESSAGE: &str = "For the bravest of all snails";

fn to_give(film: Option<&str>) -> NewGift {
    NewGift {
        film: film.map(str::to_owned),
        giver: " Anna \n B. ".into(),
        message: format!("{MESSAGE}\n\n!"),
    }
}

/// A gift that was paid, and its code.
async fn bought(kit: &Kit, account: &AccountId) -> (GiftId, String) {
    let gifts = kit.studio.gifts();
    let gift = gifts.begin(account, &to_give(Some("tiny"))).await.unwrap();
    let key = gifts.find(account, &gift).await.unwrap().pay_key;
    assert_eq!(gifts.pay(account, &gift, &key, Outcome::Pay).await.unwrap(), Bought::Paid);
    let code = gifts.find(account, &gift).await.unwrap().code.expect("a code");
    (gift, code)
}

/// What comes of using a code for an order: the order's state, or the refusal.
async fn redeem(
    kit: &Kit,
    account: &AccountId,
    order: &(OrderId, String),
    code: &str,
) -> Result<OrderState, &'static str> {
    let redeemed = kit.studio.gifts().redeem(account, &order.0, &order.1, code, &kit.client()).await;
    redeemed.map(|view| view.state).map_err(|error| error.code())
}

async fn standing(kit: &Kit, account: &AccountId, gift: &GiftId) -> Standing {
    kit.studio.gifts().find(account, gift).await.unwrap().standing
}

fn operator() -> Worker {
    Worker { account: None, role: Role::Operator }
}

#[test]
fn a_gift_is_paid_once_and_its_code_makes_one_film_of_whoever_has_it() {
    on_both(async |kit| {
        let gifts = kit.studio.gifts();
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let refused = async |new: NewGift| gifts.begin(&anna, &new).await.unwrap_err().code();
        assert_eq!(refused(to_give(Some("no-such-film"))).await, "gift-film");
        assert_eq!(refused(NewGift { giver: "\n".into(), ..to_give(None) }).await, "gift-giver");
        let lure = NewGift { message: "See HTTPS://evil.example".into(), ..to_give(None) };
        assert_eq!(refused(lure).await, "gift-words-link");

        let gift = gifts.begin(&anna, &to_give(Some("tiny"))).await.unwrap();
        assert_eq!(gifts.find(&ben, &gift).await.unwrap_err().code(), "gift-not-found");
        let begun = gifts.find(&anna, &gift).await.unwrap();
        assert_eq!((begun.giver.as_str(), begun.standing), ("Anna B.", Standing::Unpaid));
        assert_eq!(begun.message, format!("{MESSAGE}\n!"));
        let pay = async |outcome| gifts.pay(&anna, &gift, &begun.pay_key, outcome).await.unwrap();
        assert_eq!(pay(Outcome::Decline).await, Bought::Declined);
        assert_eq!((kit.rows("charges").await, kit.rows("passes").await), (0, 0));
        for _ in 0..2 {
            assert_eq!(pay(Outcome::Pay).await, Bought::Paid);
        }
        assert_eq!((kit.rows("charges").await, kit.rows("passes").await), (1, 1));
        let paid = gifts.find(&anna, &gift).await.unwrap();
        // The tests begin in 2026: three whole years, and the rest of this one.
        let seconds: i64 = 1_893_456_000;
        assert_eq!((paid.standing, paid.expires_at_ms), (Standing::Good, seconds * 1000), "2030-01-01");
        let code = paid.code.unwrap();
        for table in ["gifts", "passes", "mails", "charges"] {
            for secret in [code.as_str(), MESSAGE, &code.replace('-', "")] {
                assert!(!kit.shows(table, secret).await, "{table} shows {secret}");
            }
        }
        let told = kit.studio.mail().list(1).await.unwrap().remove(0);
        assert!(told.kind == "gift-bought" && told.letter.text.contains(&code), "{}", told.kind);
        // Support finds it by the number in the mail.
        let (_, number) = told.letter.text.split_once("Order number").unwrap();
        let number = number.lines().next().unwrap();
        let sold = kit.studio.desk().find_gift(&operator(), number).await.unwrap().unwrap();
        assert_eq!((sold.standing, sold.film.as_deref()), (Standing::Good, Some("tiny")));
        assert_eq!(kit.studio.desk().find_gift(&operator(), "none").await.unwrap(), None);

        // Ben's order costs nothing now, in the books either; pressed in two tabs it is paid once.
        let order = whole_order(kit, &ben).await;
        let typed = code.to_lowercase().replace('-', " ");
        let pressed = join_all((0..3).map(|_| redeem(kit, &ben, &order, &typed))).await;
        assert!(pressed.iter().all(|one| one.is_ok()), "{pressed:?}");
        assert_eq!(redeem(kit, &ben, &order, &code).await, Ok(OrderState::Paid));
        assert_eq!((kit.rows("charges").await, kit.rows("films").await), (2, 1));
        let charges = charges::Entity::find().all(kit.studio.db().read()).await.unwrap();
        let of_ben = charges.iter().find(|charge| charge.order_id == order.0.as_str()).unwrap();
        assert_eq!((of_ben.till.as_str(), of_ben.cents), (TILL, 0));
        assert_eq!(kit.studio.orders().find(&ben, &order.0).await.unwrap().price.cents, 0);
        let receipts = kit.studio.orders().receipts(&ben).await.unwrap();
        assert_eq!((receipts.len(), &receipts[0].paid), (1, &Paid::Pass));
        let of_anna = kit.studio.orders().receipts(&anna).await.unwrap();
        assert!(matches!(of_anna[0].thing, Thing::Gift { .. }) && of_anna[0].paid == Paid::Money(paid.price));
        let mails = kit.studio.mail().list(50).await.unwrap();
        let told: Vec<_> = mails.iter().filter(|mail| mail.kind == "order-paid").collect();
        assert!(told.len() == 1 && told[0].letter.text.contains("with a gift pass"), "{told:?}");
        assert_eq!(standing(kit, &anna, &gift).await, Standing::Used);
        // Nobody else's.
        let own = whole_order(kit, &anna).await;
        assert_eq!(redeem(kit, &anna, &own, &code).await, Err("pass-used"));
        assert_eq!(gifts.look(&code, &kit.client()).await.unwrap_err().code(), "pass-used");
        assert_eq!(gifts.withdraw(&anna, &gift).await.unwrap_err().code(), "gift-too-late");
    });
}

#[test]
fn of_two_who_use_a_code_at_the_same_moment_one_does() {
    on_both(async |kit| {
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (_, code) = bought(kit, &anna).await;
        let (first, second) = (whole_order(kit, &anna).await, whole_order(kit, &ben).await);
        let (one, other) =
            futures::join!(redeem(kit, &anna, &first, &code), redeem(kit, &ben, &second, &code));
        let lost = one.err().xor(other.err());
        assert_eq!((one.is_ok() || other.is_ok(), lost), (true, Some("pass-used")));
        assert_eq!(kit.rows("films").await, 1);
        // While the till is asked for money, a pass does not pay as well.
        let (_, code) = bought(kit, &anna).await;
        let unpaid = if is_paid(kit, &anna, &first).await { (&ben, &second) } else { (&anna, &first) };
        let price = kit.studio.orders().find(unpaid.0, &unpaid.1.0).await.unwrap().price;
        crate::orders::testing::ask_the_till_and_die(&kit.studio, &unpaid.1.0, &unpaid.1.1, &price).await;
        assert_eq!(redeem(kit, unpaid.0, unpaid.1, &code).await, Err("order-being-paid"));
        assert!(kit.studio.gifts().look(&code, &kit.client()).await.is_ok(), "and it is not used up");
    });
}

async fn is_paid(kit: &Kit, account: &AccountId, order: &(OrderId, String)) -> bool {
    kit.studio.orders().find(account, &order.0).await.unwrap().state == OrderState::Paid
}

#[test]
fn a_pass_ends_with_its_time_or_when_the_desk_takes_it_back_and_guessing_ends_soon() {
    on_both(async |kit| {
        let (gifts, anna) = (kit.studio.gifts(), kit.account("anna@example.org").await);
        let look = async |code: &str| gifts.look(code, &kit.client()).await.map_err(|error| error.code());
        let issue = async |film, days| gifts.issue(&operator(), film, Reason::Apology, days).await;
        assert_eq!(issue(None, Some(31)).await.unwrap_err().code(), "gift-days");
        let (month, long) = (issue(Some("tiny"), Some(30)).await.unwrap(), issue(None, None).await.unwrap());
        assert_eq!(look(&month).await.unwrap().expires_at_ms, NOON_MS + 30 * DAY_MS);
        let issued = gifts.issued().await.unwrap();
        assert_eq!((issued.len(), issued[0].by.as_str()), (2, "operator"));
        let order = whole_order(kit, &anna).await;

        // What somebody paid for is not taken from them.
        let (gift, code) = bought(kit, &anna).await;
        let rows = gift_rows::Entity::find().all(kit.studio.db().read()).await.unwrap();
        let theirs = PassId::stored(rows[0].pass_id.clone().unwrap());
        assert_eq!(gifts.revoke(&theirs).await.unwrap_err().code(), "pass-not-found");
        for _ in 0..2 {
            gifts.revoke(&issued[0].id).await.unwrap();
        }
        assert_eq!(look(&long).await.unwrap_err(), "pass-revoked");
        assert_eq!(redeem(kit, &anna, &order, &long).await, Err("pass-revoked"));
        kit.clock.advance(30 * DAY_MS);
        assert_eq!(look(&month).await.unwrap_err(), "pass-expired");
        assert_eq!(redeem(kit, &anna, &order, &month).await, Err("pass-expired"));
        assert_eq!(gifts.counts().await.unwrap(), Counts { good: 1, used: 0, expired: 1, revoked: 1 });
        assert_eq!(gifts.withdraw(&anna, &gift).await.unwrap_err().code(), "gift-too-late");
        kit.clock.advance(gifts.find(&anna, &gift).await.unwrap().expires_at_ms - kit.studio.now_ms());
        assert_eq!(look(&code).await.unwrap_err(), "pass-expired");
        assert_eq!(standing(kit, &anna, &gift).await, Standing::Expired);

        // A pass of another film pays for nothing here, and stays.
        let other = passes::ActiveModel {
            film: Set(Some("another".into())),
            expires_at_ms: Set(i64::MAX),
            ..passes::Entity::find_by_id(theirs.as_str())
                .one(kit.studio.db().read())
                .await
                .unwrap()
                .unwrap()
                .into()
        };
        passes::Entity::update(other).exec(kit.studio.db().write()).await.unwrap();
        assert_eq!(redeem(kit, &anna, &order, &code).await, Err("pass-other-film"));
        assert!(look(&code).await.is_ok());

        let guesser: Client = kit.client();
        for _ in 0..20 {
            let guessed = gifts.look("00000-00000-00000-00000-00000", &guesser).await;
            assert_eq!(guessed.unwrap_err().code(), "pass-unknown");
        }
        assert_eq!(gifts.look(&code, &guesser).await.unwrap_err().code(), "too-many-codes");
        assert!(look(&code).await.is_ok(), "others are not held up");
    });
}

#[test]
fn when_the_film_cannot_be_made_the_pass_is_good_again() {
    let renderer = Arc::new(Counting::default());
    let broken = Arc::clone(&renderer);
    let change = move |outside: &mut crate::Outside| {
        broken.break_shot(Some(NAME));
        outside.renderer = Arc::new(Arc::clone(&broken));
    };
    on_both_with(change, async |kit| {
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (gift, code) = bought(kit, &anna).await;
        // Used in its last hour.
        let last = kit.studio.gifts().find(&anna, &gift).await.unwrap().expires_at_ms - MINUTE_MS;
        kit.clock.advance(last - kit.studio.now_ms());
        let order = whole_order(kit, &ben).await;
        assert_eq!(redeem(kit, &ben, &order, &code).await, Ok(OrderState::Paid));
        for _ in 0..8 {
            run_all(&kit.studio).await.unwrap();
            kit.clock.advance(2 * MINUTE_MS);
        }
        let ended = kit.studio.orders().find(&ben, &order.0).await.unwrap().state;
        assert_eq!(ended, OrderState::Refunded);
        let mails = kit.studio.mail().list(20).await.unwrap();
        let told = mails.iter().find(|mail| mail.kind == "film-refunded").unwrap();
        assert!(told.letter.text.contains("gift pass is good again"), "{}", told.letter.text);
        assert!(!told.letter.text.contains("money"), "nobody gets money for it");
        kit.studio.orders().refund(&order.0).await.unwrap();
        assert_eq!(standing(kit, &anna, &gift).await, Standing::Good, "and not expired meanwhile");

        renderer.break_shot(None);
        let again = whole_order(kit, &ben).await;
        assert_eq!(redeem(kit, &ben, &again, &code).await, Ok(OrderState::Paid));
        run_all(&kit.studio).await.unwrap();
        assert_eq!(kit.studio.orders().find(&ben, &again.0).await.unwrap().state, OrderState::Done);
        assert_eq!(standing(kit, &anna, &gift).await, Standing::Used);
    });
}

#[test]
fn when_its_money_is_gone_a_pass_does_not_become_good_again() {
    let change = |outside: &mut crate::Outside| {
        let broken = Arc::new(Counting::default());
        broken.break_shot(Some(NAME));
        outside.renderer = Arc::new(broken);
    };
    on_both_with(change, async |kit| {
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (gift, code) = bought(kit, &anna).await;
        let of_gift = charges::Entity::find().filter(charges::Column::OrderId.eq(gift.as_str()));
        let charge = of_gift.one(kit.studio.db().read()).await.unwrap().unwrap();
        let order = whole_order(kit, &ben).await;
        assert_eq!(redeem(kit, &ben, &order, &code).await, Ok(OrderState::Paid));
        let dispute = dispute(&kit.studio, "dispute-1");
        kit.studio.till().heard_dispute(dispute, Some(charge.reference)).await.unwrap();
        for _ in 0..8 {
            run_all(&kit.studio).await.unwrap();
            kit.clock.advance(2 * MINUTE_MS);
        }
        let ended = kit.studio.orders().find(&ben, &order.0).await.unwrap().state;
        assert_eq!((ended, standing(kit, &anna, &gift).await), (OrderState::Refunded, Standing::Revoked));
        let mails = kit.studio.mail().list(20).await.unwrap();
        let told = mails.iter().find(|mail| mail.kind == "film-refunded").unwrap();
        assert!(!told.letter.text.contains("good again"), "{}", told.letter.text);
        assert!(told.letter.text.contains("cannot be used again"), "{}", told.letter.text);
        let receipts = kit.studio.orders().receipts(&ben).await.unwrap();
        assert_eq!((&receipts[0].paid, receipts[0].back), (&Paid::Pass, None), "it did not come back");
        let again = whole_order(kit, &ben).await;
        assert_eq!(redeem(kit, &ben, &again, &code).await, Err("pass-revoked"));
    });
}

#[test]
fn what_the_desk_says_of_an_order_whose_pass_is_gone_promises_nothing_back() {
    on_both(async |kit| {
        let ben = kit.account("ben@example.org").await;
        let order = whole_order(kit, &ben).await;
        for (back, subject, text) in [
            (letters::Back::PassGone, "Order ended", "cannot be used again"),
            (letters::Back::Pass, "Refunded", "is good again"),
        ] {
            let letter = letters::given_back(&kit.studio, &ben, "tiny", &order.0, back).await.unwrap();
            assert!(letter.subject.starts_with(subject), "{}", letter.subject);
            assert!(letter.paragraphs[0].contains(text), "{}", letter.paragraphs[0]);
        }
    });
}

#[test]
fn a_pass_is_used_in_the_ledger_only_once_its_order_is_paid() {
    on_both(async |kit| {
        let anna = kit.account("anna@example.org").await;
        let (_, code) = bought(kit, &anna).await;
        let order = whole_order(kit, &anna).await;
        let stands_there = || {
            let ledger = crate::backup::ledger_in(&kit.studio.config().data);
            std::fs::read_to_string(ledger).unwrap_or_default().contains("pass-used")
        };
        let renamed = async |from: &str, to: &str| {
            let rename = format!("ALTER TABLE {from} RENAME TO {to}");
            kit.studio.db().write().execute_unprepared(&rename).await.unwrap();
        };
        // What is done last fails.
        renamed("mails", "mails_away").await;
        assert!(redeem(kit, &anna, &order, &code).await.is_err());
        assert!(!stands_there());
        renamed("mails_away", "mails").await;
        assert_eq!(redeem(kit, &anna, &order, &code).await, Ok(OrderState::Paid));
        assert!(stands_there());
    });
}

#[test]
fn one_person_gives_out_so_many_passes_a_day() {
    on_both(async |kit| {
        let gifts = kit.studio.gifts();
        let support = Worker { account: Some(kit.account("support@example.org").await), role: Role::Support };
        let issue = async |by: &Worker| {
            let issued = gifts.issue(by, None, Reason::Apology, Some(30)).await;
            issued.map(drop).map_err(|error| error.code())
        };
        // What was refused for another reason does not count.
        for _ in 0..3 {
            assert!(gifts.issue(&support, Some("no-such-film"), Reason::Apology, None).await.is_err());
        }
        for _ in 0..20 {
            assert_eq!(issue(&support).await, Ok(()));
        }
        assert_eq!(issue(&support).await, Err("too-many-passes"));
        assert_eq!(kit.rows("passes").await, 20);
        assert_eq!(issue(&operator()).await, Ok(()), "others are not held up");
        kit.clock.advance(DAY_MS);
        assert_eq!(issue(&support).await, Ok(()));
    });
}

#[test]
fn an_unused_pass_is_taken_back_within_two_weeks_for_the_money() {
    on_both(async |kit| {
        let (gifts, anna) = (kit.studio.gifts(), kit.account("anna@example.org").await);
        let (gift, code) = bought(kit, &anna).await;
        kit.clock.advance(WITHDRAW_DAYS * DAY_MS - 1);
        for _ in 0..2 {
            gifts.withdraw(&anna, &gift).await.unwrap();
        }
        gifts.carry_on().await.unwrap();
        assert_eq!(standing(kit, &anna, &gift).await, Standing::Returned);
        let charge = charges::Entity::find().one(kit.studio.db().read()).await.unwrap().unwrap();
        assert_eq!(charge.refunded_at_ms, Some(kit.studio.now_ms()));
        let mails = kit.studio.mail().list(20).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind == "gift-returned").count(), 1);
        let order = whole_order(kit, &anna).await;
        assert_eq!(redeem(kit, &anna, &order, &code).await, Err("pass-revoked"));

        // Killed while the till was asked: what it did is found out.
        let gift = gifts.begin(&anna, &to_give(None)).await.unwrap();
        let begun = gifts.find(&anna, &gift).await.unwrap();
        gifts.mark_paying(gift.as_str(), Some(kit.studio.now_ms())).await.unwrap();
        kit.studio.till().charge(&begun.pay_key, &begun.price, "test-paid").await.unwrap();
        assert_eq!(gifts.discard(&anna, &gift).await.unwrap_err().code(), "gift-not-open");
        kit.clock.advance(MINUTE_MS);
        gifts.carry_on().await.unwrap();
        assert_eq!(standing(kit, &anna, &gift).await, Standing::Good);
        kit.clock.advance(WITHDRAW_DAYS * DAY_MS);
        assert_eq!(gifts.withdraw(&anna, &gift).await.unwrap_err().code(), "gift-too-late");

        // What nobody pays is forgotten, at once or by itself.
        for by_hand in [true, false] {
            let gift = gifts.begin(&anna, &to_give(None)).await.unwrap();
            match by_hand {
                true => gifts.discard(&anna, &gift).await.unwrap(),
                false => {
                    kit.clock.advance(UNPAID_MS);
                    gifts.tidy().await.unwrap();
                }
            }
            assert_eq!(gifts.find(&anna, &gift).await.unwrap_err().code(), "gift-not-found");
        }
    });
}

/// A post that keeps what it is handed; to some it does not get through.
#[derive(Default)]
struct Bag(Mutex<Vec<(String, String)>>);

impl Bag {
    /// Empty, where the post would be.
    fn takes_the_place_of_the_post(self: &Arc<Self>, outside: &mut crate::Outside) {
        self.0.lock().unwrap().clear();
        outside.post = Arc::clone(self) as _;
    }

    fn letters(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().clone()
    }
}

impl processors::Post for Bag {
    fn deliver<'a>(&'a self, letter: processors::Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
        let result = match letter.to.split('@').next().unwrap_or_default() {
            "away" => Err(PostError::Later("away".into())),
            "nobody" => Err(PostError::NoSuchAddress("nobody".into())),
            _ => {
                self.0.lock().unwrap().push((letter.to.to_owned(), letter.text.to_owned()));
                Ok(())
            }
        };
        Box::pin(ready(result))
    }

    fn is_local(&self) -> bool {
        false
    }
}

#[test]
fn a_gift_mail_goes_to_an_address_that_the_giver_may_use_and_nothing_is_kept_of_it() {
    let bag = Arc::new(Bag::default());
    let change = |outside: &mut crate::Outside| bag.takes_the_place_of_the_post(outside);
    on_both_with(change, async |kit| {
        let (studio, gifts) = (&kit.studio, kit.studio.gifts());
        let anna = kit.account_without_mail("anna@example.org").await;
        let (gift, code) = bought(kit, &anna).await;
        studio.mail().deliver().await.unwrap();
        let wording = studio.policy().wording(Subject::Gift).version.clone();
        let send = async |to: &str, wording: Option<&str>| {
            gifts.send(&anna, &gift, to, wording, None).await.map_err(|error| error.code())
        };
        assert_eq!(send("oma@example.org", None).await, Err("gift-wording"));
        assert_eq!(send("oma@example.org", Some("gift-0")).await, Err("wording-changed"));
        assert_eq!(send("oma", Some(&wording)).await, Err("email-invalid"));
        // How many were delivered, are on their way, and were given up.
        let came = async || {
            let gift = gifts.find(&anna, &gift).await.unwrap();
            assert!(gift.goes_at_ms.is_empty());
            [gift.mailed_at_ms.len(), gift.under_way_at_ms.len(), gift.undelivered_at_ms.len()]
        };
        send("Oma@example.org", Some(&wording)).await.unwrap();
        assert_eq!(came().await, [0, 1, 0], "not said to be sent before it is");
        let before = kit.rows("mails").await;
        studio.mail().deliver().await.unwrap();
        assert_eq!(kit.rows("mails").await, before - 1, "gone with its delivery");
        assert_eq!(came().await, [1, 0, 0]);
        let (to, text) = bag.letters().pop().unwrap();
        assert_eq!(to, "Oma@example.org");
        for said in [code.as_str(), MESSAGE, "Anna B.", "do not keep it", "no advertising"] {
            assert!(text.contains(said), "{said} in {text}");
        }
        // Nobody's account, no list, nothing to find them by.
        assert_eq!(
            studio.accounts().with_address("oma@example.org").await.unwrap_err().code(),
            "account-not-found"
        );
        for table in ["marketing_acts", "suppressions", "list_members", "mailings"] {
            assert_eq!(kit.rows(table).await, 0, "{table}");
        }
        assert_eq!((kit.rows("gift_mails").await, kit.rows("accounts").await), (1, 1));

        // An address where nobody takes mail is not kept either; one out of reach, for the policy's days.
        send("nobody@example.org", Some(&wording)).await.unwrap();
        send("away@example.org", Some(&wording)).await.unwrap();
        studio.mail().deliver().await.unwrap();
        assert_eq!((kit.rows("mails").await, kit.rows("suppressions").await), (before, 0));
        assert_eq!(came().await, [1, 1, 1]);
        kit.clock.advance(7 * DAY_MS - 1);
        gifts.tidy().await.unwrap();
        assert_eq!(kit.rows("mails").await, before);
        kit.clock.advance(1);
        gifts.tidy().await.unwrap();
        assert_eq!(kit.rows("mails").await, before - 1);
        assert_eq!(came().await, [1, 0, 2]);
        assert_eq!(send("oma@example.org", Some(&wording)).await, Err("gift-mail-enough"));

        // No more gift mail there, whoever sends it and however the address is written; said in a backup's past too.
        let (_, rest) = text.split_once("/gift/stop/").unwrap();
        let token = rest.split_whitespace().next().unwrap();
        assert_eq!(gifts.refuse("nonsense").await.unwrap_err().code(), "link-invalid");
        let (second, _) = bought(kit, &anna).await;
        gifts.send(&anna, &second, "oma@example.org", Some(&wording), None).await.unwrap();
        for _ in 0..2 {
            gifts.refuse(token).await.unwrap();
        }
        let letters = bag.letters().len();
        studio.mail().deliver().await.unwrap();
        let after = bag.letters();
        assert!(
            after[letters..].iter().all(|(to, _)| to == "anna@example.org"),
            "one under way is held back"
        );
        let again = gifts.send(&anna, &second, "OMA@example.org", Some(&wording), None).await;
        assert_eq!(again.unwrap_err().code(), "gift-mail-refused");
        assert!(!kit.shows("gift_refusals", "oma@example").await);
        refusals_are_said_again(kit).await;

        // Not without end.
        for i in 0..10 {
            let to = format!("someone{i}@example.org");
            drop(gifts.send(&anna, &second, &to, Some(&wording), None).await);
        }
        let many = gifts.send(&anna, &second, "last@example.org", Some(&wording), None).await;
        assert_eq!(many.unwrap_err().code(), "too-many-gift-mails");
    });
}

#[test]
fn a_gift_mail_goes_on_its_day_unless_there_is_no_present_any_more() {
    let bag = Arc::new(Bag::default());
    let change = |outside: &mut crate::Outside| bag.takes_the_place_of_the_post(outside);
    on_both_with(change, async |kit| {
        let (studio, gifts) = (&kit.studio, kit.studio.gifts());
        let anna = kit.account_without_mail("anna@example.org").await;
        let ben = kit.account_without_mail("ben@example.org").await;
        let wording = studio.policy().wording(Subject::Gift).version.clone();
        let send = async |gift: &GiftId, to: &str, day: &str| {
            gifts.send(&anna, gift, to, Some(&wording), Some(day)).await.map_err(|error| error.code())
        };
        let waiting = async || {
            let theirs = outbox::Column::Kind.eq(MAIL_KIND);
            outbox::Entity::find().filter(theirs).count(studio.db().read()).await.unwrap()
        };
        let have_accounts = ["anna@example.org", "ben@example.org"];
        let is_present = |(to, _): &(String, String)| !have_accounts.contains(&to.as_str());
        let presents = || bag.letters().into_iter().filter(is_present).collect::<Vec<_>>();

        // From today on, as far as the policy lets an address be kept.
        let (gift, code) = bought(kit, &anna).await;
        for day in ["2026-05-21", "2026-05-29", "tomorrow"] {
            assert_eq!(send(&gift, "oma@example.org", day).await, Err("gift-day"), "{day}");
        }
        let last = studio.gifts().mail_goes_until_ms().unwrap();
        assert_eq!(last, Some(NOON_MS + 6 * DAY_MS - 3 * HOUR_MS), "2026-05-28, 9 o'clock");
        send(&gift, "oma@example.org", "2026-05-24").await.unwrap();
        let goes_at_ms = NOON_MS + 2 * DAY_MS - 3 * HOUR_MS;
        let planned = gifts.find(&anna, &gift).await.unwrap();
        assert_eq!((planned.goes_at_ms, planned.mailed_at_ms), (vec![goes_at_ms], vec![]));
        assert!(!kit.shows("mails", "oma@").await && !kit.shows("gift_mails", "oma@").await);

        // Called off, taken back, used: the address goes at once, or when its day comes.
        send(&gift, "opa@example.org", "2026-05-28").await.unwrap();
        gifts.unsend(&anna, &gift).await.unwrap();
        assert_eq!((waiting().await, kit.rows("gift_mails").await), (0, 0));
        assert_eq!(gifts.unsend(&ben, &gift).await.unwrap_err().code(), "gift-not-found");
        send(&gift, "oma@example.org", "2026-05-24").await.unwrap();
        let (back, _) = bought(kit, &anna).await;
        send(&back, "back@example.org", "2026-05-24").await.unwrap();
        assert_eq!(waiting().await, 2);
        gifts.withdraw(&anna, &back).await.unwrap();
        assert_eq!(waiting().await, 1);
        let (used, code_of_used) = bought(kit, &anna).await;
        send(&used, "used@example.org", "2026-05-24").await.unwrap();
        let order = whole_order(kit, &ben).await;
        assert_eq!(redeem(kit, &ben, &order, &code_of_used).await, Ok(OrderState::Paid));

        kit.clock.advance(goes_at_ms - 1 - NOON_MS);
        studio.mail().deliver().await.unwrap();
        assert_eq!((presents(), waiting().await), (vec![], 2), "not before its day");
        kit.clock.advance(1);
        studio.mail().deliver().await.unwrap();
        let came = presents();
        assert_eq!((came.len(), came[0].0.as_str(), waiting().await), (1, "oma@example.org", 0));
        assert!(came[0].1.contains(&code), "{}", came[0].1);
        let sent = gifts.find(&anna, &gift).await.unwrap();
        assert_eq!((sent.goes_at_ms, sent.mailed_at_ms), (vec![], vec![goes_at_ms]));

        // Nor does it go while its giver's account is shut or only stored.
        for turn in 0..2 {
            let (gift, _) = bought(kit, &anna).await;
            send(&gift, "shut@example.org", "2026-05-26").await.unwrap();
            assert_eq!(waiting().await, 1);
            if turn == 0 {
                studio.accounts().leave(&anna).await.unwrap();
                studio.accounts().stay(&anna, studio.now_ms()).await.unwrap();
            } else {
                studio.accounts().restrict(&anna).await.unwrap();
                studio.accounts().lift_restriction(&anna).await.unwrap();
            }
            assert_eq!(waiting().await, 0);
            assert!(gifts.find(&anna, &gift).await.unwrap().goes_at_ms.is_empty());
        }

        // With the giver goes what was still to come.
        send(&gift, "late@example.org", "2026-05-26").await.unwrap();
        studio.erasures().erase(&anna, Why::Child).await.unwrap();
        kit.clock.advance(3 * DAY_MS);
        studio.mail().deliver().await.unwrap();
        assert_eq!((presents().len(), waiting().await), (1, 0));
    });
}

async fn refusals_are_said_again(kit: &Kit) {
    rows::refusals::Entity::delete_many().exec(kit.studio.db().write()).await.unwrap();
    crate::backup::erase_again(&kit.studio).await.unwrap();
    assert_eq!(kit.rows("gift_refusals").await, 1);
}

#[test]
fn a_present_stays_one_when_its_giver_goes_and_a_pass_is_forgotten_a_year_after_its_end() {
    on_both(async |kit| {
        let (studio, gifts) = (&kit.studio, kit.studio.gifts());
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (gift, code) = bought(kit, &anna).await;
        let wording = studio.policy().wording(Subject::Gift).version.clone();
        gifts.send(&anna, &gift, "ben@example.org", Some(&wording), None).await.unwrap();
        studio.erasures().erase(&anna, Why::Child).await.unwrap();
        assert_eq!((kit.rows("gifts").await, kit.rows("gift_mails").await), (0, 0));
        assert_eq!((kit.rows("passes").await, kit.rows("charges").await), (1, 1));
        let order = whole_order(kit, &ben).await;
        assert_eq!(redeem(kit, &ben, &order, &code).await, Ok(OrderState::Paid));
        // With whoever used it goes what leads to them.
        studio.erasures().erase(&ben, Why::Child).await.unwrap();
        let used = passes::Entity::find().one(studio.db().read()).await.unwrap().unwrap();
        assert_eq!((used.order_id.as_deref(), kit.rows("orders").await), (Some(order.0.as_str()), 0));
        let year_after = used.expires_at_ms + 365 * DAY_MS;
        kit.clock.advance(year_after - 1 - studio.now_ms());
        studio.retention().sweep().await.unwrap();
        assert_eq!(kit.rows("passes").await, 1);
        kit.clock.advance(1);
        studio.retention().sweep().await.unwrap();
        assert_eq!(kit.rows("passes").await, 0);
    });
}
