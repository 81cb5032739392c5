//! The desk: who comes in, orders, what got stuck, what is due, and the figures.

use studio::films::FilmState;

use crate::create::at_the_stills;
use crate::kit::{Kit, Visitor};

async fn operator(kit: &Kit) -> Visitor {
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    operator
}

#[tokio::test]
async fn the_printed_link_opens_the_desk_and_no_customers_page() {
    let kit = Kit::new().await;
    kit.visitor().get("/operator/sign-in/nonsense").await.is(422);
    let mut operator = operator(&kit).await;
    operator.get("/desk").await.is(200).holds("Nothing waits for you.");
    operator.get("/desk/jobs").await.is(200).holds("Nothing was given up");
    operator.get("/desk/figures").await.is(200).holds("<svg").holds("fewer than ten");
    operator.post("/desk/jobs", &[("kind", "shared-shots")]).await.goes_to("/desk/jobs?again=0");
    operator.post("/desk/jobs", &[("kind", "family-shots")]).await.is(404);
    for path in ["/library", "/minitube", "/account", "/create/tiny"] {
        operator.get(path).await.is(403);
    }
}

#[tokio::test]
async fn support_finds_an_order_gives_its_money_back_once_and_the_customer_reads_why() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "parent@example.org", "Mia").await;
    let till = parent.get("/create/tiny/till").await;
    let (draft, key) = (till.hidden("order"), till.hidden("pay_key"));
    let fields = [("order", draft.as_str()), ("pay_key", key.as_str()), ("outcome", "pay")];
    let paid = parent.post("/create/tiny/till", &fields).await;
    let film = paid.goes_to("/minitube/").header("location").to_owned();
    let film = film.trim_start_matches("/minitube/").split('?').next().unwrap().to_owned();

    let mut operator = operator(&kit).await;
    let mut support = kit.parent("support@example.org").await;
    let role = [("email", "support@example.org"), ("role", "support")];
    operator.post("/desk/staff", &role).await.goes_to("/desk/staff");
    support.get("/desk/orders?number=nothing").await.is(404).holds("no order with this number");
    let found = support.get(&format!("/desk/orders?number=http://127.0.0.1:8080/minitube/{film}")).await;
    let order = found.goes_to("/desk/orders/").header("location").to_owned();
    support.get("/desk/orders?state=paid").await.is(200).holds(&order);
    support.get("/desk/orders?state=failed").await.is(200).lacks(&order);
    let shown = support.get(&order).await;
    shown.is(200).lacks("Mia").lacks("parent@example.org").lacks("<img").holds(&format!("{order}/refund"));
    // While it is being made there is nothing to make again.
    shown.lacks(&format!("{order}/again"));
    support.get(&format!("{order}/again")).await.is(200).lacks("name=\"reason\"");

    let (refund, why) = (format!("{order}/refund"), "Ordered twice by mistake.");
    support.get(&refund).await.is(200).holds("name=\"reason\"");
    support.post(&refund, &[("reason", "no")]).await.is(422).holds("reason-wrong");
    for _ in 0..2 {
        support.post(&refund, &[("reason", why)]).await.goes_to(&order);
    }
    support.get(&order).await.is(200).holds(why).holds("on its way back").lacks(&refund);
    operator.get(&order).await.is(200).holds(why);
    parent.get("/account/access").await.is(200).holds(why).holds("The money was given back");
    support.get("/account/access").await.is(200).lacks(why);
    let account = kit.studio.accounts().with_address("parent@example.org").await.unwrap();
    assert_eq!(kit.studio.films().list(&account).await.unwrap()[0].state, FilmState::Failed);
    // Somebody who looks after films has no business here.
    operator.post("/desk/staff", &[("email", "support@example.org"), ("role", "film-maker")]).await.is(303);
    support.get(&order).await.is(403);
}
