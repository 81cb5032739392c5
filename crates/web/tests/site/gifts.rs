//! Giving a film away: buying the pass, its card, the gift mail, paying a film with it, and the desk's own.

use crate::create::at_the_stills;
use crate::kit::{Answer, Kit};

/// The code that a page shows.
#[track_caller]
fn code_in(page: &Answer) -> String {
    let (_, rest) = page.text().split_once("class=\"gift-code\"").expect("a code");
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_is_bought_printed_sent_and_makes_a_film_once() {
    let kit = Kit::new().await;
    let mut nobody = kit.visitor();
    nobody.get("/gift").await.is(200).lacks("name=\"giver\"").holds("next=/gift");
    // Which film it is stays known while somebody signs in, and what they wrote before stays on the page.
    let unsigned = nobody.post("/gift", &[("film", "tiny"), ("giver", "Anna")]).await;
    unsigned.is(422).holds("value=\"Anna\"").holds("href=\"/sign-in?next=/gift/film/tiny\"");
    nobody.get("/films/tiny").await.is(200).holds("href=\"/gift/film/tiny\"");
    let of_film = nobody.get("/gift/film/tiny").await;
    of_film.is(200).lacks("name=\"giver\"").holds("href=\"/sign-in?next=/gift/film/tiny\"");
    of_film.holds("href=\"/sign-up?next=/gift/film/tiny\"").holds("href=\"/de/gift/film/tiny\"");
    nobody.get("/gift/film/none").await.is(404);

    let mut giver = kit.parent("giver@example.org").await;
    giver.get("/gift/film/tiny").await.is(200).holds("<option value=\"tiny\" selected>");
    giver.post("/gift", &[("film", "tiny")]).await.is(422).holds("Please say who gives it.");
    let fields = [("film", "tiny"), ("giver", "Anna <B>"), ("message", "For you\nand you")];
    let till = giver.post("/gift", &fields).await.goes_to("/gift/mine/").header("location").to_owned();
    let gift = till.trim_end_matches("/till").to_owned();
    let bill = giver.get(&till).await;
    bill.is(200).holds("test till").holds("$1.00").holds("Anna &lt;B&gt;");
    let key = bill.hidden("pay_key");
    giver.get(&gift).await.goes_to(&till);
    giver.post(&till, &[("pay_key", &key), ("outcome", "decline")]).await.is(402).holds("declined");
    giver.get("/library").await.is(200).holds(&till);
    for _ in 0..2 {
        giver.post(&till, &[("pay_key", &key), ("outcome", "pay")]).await.goes_to(&gift);
    }
    giver.get(&till).await.goes_to(&gift);
    let page = giver.get(&gift).await;
    let code = code_in(page.is(200));
    assert_eq!(code.len(), 29, "{code}");
    giver.get(&format!("{gift}/card")).await.is(200).holds(&code).holds("and you").holds("Anna &lt;B&gt;");
    let mut other = at_the_stills(&kit, "b@example.org", "Zoë").await;
    for part in ["", "/till", "/card"] {
        other.get(&format!("{gift}{part}")).await.is(404);
    }

    // A mail goes where the giver says that it may, until whoever reads it says no.
    let to = ("email", "grandma@example.org");
    giver.post(&gift, &[("todo", "mail"), to]).await.is(422).holds("Please confirm that you may");
    let confirmed = [("todo", "mail"), to, ("wording", "gift-1")];
    giver.get(&gift).await.is(200).holds("type=\"date\"");
    let past = [("day", "2020-01-01"), confirmed[0], confirmed[1], confirmed[2]];
    giver.post(&gift, &past).await.is(422).holds("id=\"day-wrong\"").holds("days that are named");
    giver.post(&gift, &confirmed).await.goes_to(&gift);
    let mail = kit.mail().await;
    assert!(mail.contains(&code) && mail.contains("For you"), "{mail}");
    let (_, rest) = mail.split_once("/gift/stop/").unwrap();
    let stop = format!("/gift/stop/{}", rest.split_whitespace().next().unwrap());
    nobody.get(&stop).await.is(200).holds("No more gift mail</button>");
    nobody.post(&stop, &[]).await.goes_to(&stop);
    nobody.get("/gift/stop/nonsense").await.is(404);
    giver.post(&gift, &confirmed).await.is(422).holds("no gift mail is wanted");

    // Whoever has the code sees what it is for, and pays with it.
    nobody.get(&format!("/gift/{code}")).await.is(200).holds("href=\"/films/tiny\"").holds("noindex");
    nobody.post("/gift", &[("code", code.as_str())]).await.goes_to(&format!("/gift/{code}"));
    let wrong = nobody.post("/gift", &[("code", " ab-c/d ")]).await;
    wrong.is(422).holds("We know no such code").holds("id=\"code-wrong\"");
    nobody.get("/gift/ab-cd").await.is(422).holds("We know no such code");
    let bill = other.get("/create/tiny/till").await;
    let (order, key) = (bill.hidden("order"), bill.hidden("pay_key"));
    let mut send = async |code: &str| {
        let fields = [
            ("order", order.as_str()),
            ("pay_key", key.as_str()),
            ("code", code),
            ("customer", "customer-1"),
            ("objects", "customer-1"),
        ];
        other.post("/create/tiny/till/pass", &fields).await
    };
    let wrong = send("wrong-code").await;
    wrong.is(422).holds("We know no such code").holds("id=\"code-wrong\"").holds("value=\"wrong-code\"");
    let account = kit.studio.accounts().with_address("b@example.org").await.unwrap();
    assert!(kit.studio.marketing().asks_at_till(&account).await.unwrap());
    for _ in 0..2 {
        send(&code.to_lowercase()).await.goes_to("/minitube/");
    }
    assert!(!kit.studio.marketing().asks_at_till(&account).await.unwrap(), "the objection is known");
    let over = nobody.get(&format!("/gift/{code}")).await;
    over.is(409).holds("used already").lacks("changed meanwhile").lacks("href=\"/minitube\"");
    over.holds("class=\"button quiet\" href=\"/contact\"");
    let over = other.get(&format!("/gift/{code}")).await;
    over.is(409).holds("class=\"button\" href=\"/minitube\"");
    // Both find what they paid for, with what, and no more than that.
    nobody.get("/account/orders").await.goes_to("/sign-in");
    other.get("/account/orders").await.is(200).holds("with a gift pass").holds("Zoë").lacks("$1.00");
    giver.get("/account/orders").await.is(200).holds("$1.00").holds(&gift).lacks("Zoë");
    giver.get(&gift).await.is(200).holds("Used").lacks(&code);
    giver.post(&gift, &[("todo", "withdraw")]).await.is(409).holds("cannot be given back");

    // The desk gives one out, shows its code once and takes it back.
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    operator.get("/desk").await.is(200).holds("href=\"/desk/gifts\"");
    let made = operator.post("/desk/gifts", &[("reason", "present"), ("days", "30")]).await;
    let code = code_in(made.is(200));
    let list = operator.get("/desk/gifts").await;
    list.is(200).lacks(&code).holds("A present of the house");
    let (_, rest) = list.text().split_once("name=\"end\" value=\"").unwrap();
    let pass = rest.split('"').next().unwrap().to_owned();
    operator.post("/desk/gifts", &[("end", &pass)]).await.goes_to("/desk/gifts");
    nobody.get(&format!("/gift/{code}")).await.is(409).holds("taken back");
}
