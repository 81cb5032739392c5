//! The library: what is kept, what it is used for, and deleting it.

use std::time::{Duration, Instant};

use crate::create::at_the_stills;
use crate::kit::{Kit, photo};
use crate::minitube::paid;

#[tokio::test]
async fn everything_is_shown_with_its_use_and_can_be_deleted() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Amélie").await;
    let library = parent.get("/library").await;
    library.is(200).holds("<bdi>Amélie</bdi>").holds("an order that is not finished");
    let part = |start: &str| {
        let at = library.text().find(start).unwrap_or_else(|| panic!("no {start}"));
        library.text()[at..].split('"').next().unwrap().to_owned()
    };
    let photo = part("/library/photos/").replace("/small.jpg", "");
    let child = part("/library/children/").replace("/name", "");
    let draft = part("/library/drafts/");

    let mut other = kit.parent("b@example.org").await;
    other.get(&format!("{photo}/small.jpg")).await.is(404);
    other.get(&format!("{photo}/delete")).await.is(404);
    other.post(&format!("{photo}/delete"), &[]).await.is(404);
    other.get(&format!("{child}/name")).await.is(404);
    other.post(&format!("{child}/delete"), &[]).await.is(404);
    other.post(&draft, &[]).await.is(404);
    other.get("/library").await.is(200).lacks("Amélie");

    parent.post(&format!("{child}/name"), &[("name", "")]).await.is(422);
    parent.post(&format!("{child}/name"), &[("name", "Mariana")]).await.goes_to("/library?done=name");
    parent.get(&format!("{photo}/small.jpg")).await.is(200);
    parent.get(&format!("{photo}/delete")).await.is(200).holds("for good");
    parent.post(&format!("{photo}/delete"), &[]).await.goes_to("/library?done=photo");
    parent.get(&format!("{photo}/small.jpg")).await.is(404);
    parent.post(&format!("{child}/delete"), &[]).await.goes_to("/library?done=child");
    parent.post(&draft, &[]).await.goes_to("/library?done=draft");
    let empty = parent.get("/library").await;
    empty.is(200).holds("We keep no photo of yours").lacks("Mariana").lacks("/library/drafts/");
}

#[tokio::test]
async fn proves_s12_3_what_is_only_stored_is_deleted_one_by_one_and_not_shown() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Amélie").await;
    let film = format!("{}/delete", paid(&kit, &mut parent).await);
    parent.post("/account/restriction", &[("choice", "restrict")]).await.goes_to("/account/restriction");
    let stored = parent.get("/account/restriction").await;
    stored.is(200).holds("Photo <bdi>1</bdi>").holds("<bdi>Amélie</bdi>").holds(&film).lacks("small.jpg");
    let part = |start: &str| {
        let at = stored.text().find(start).unwrap_or_else(|| panic!("no {start}"));
        stored.text()[at..].split('"').next().unwrap().to_owned()
    };
    let (photo, child) = (part("/library/photos/"), part("/library/children/"));
    let mut other = kit.parent("b@example.org").await;
    other.post("/account/restriction", &[("choice", "restrict")]).await.goes_to("/account/restriction");
    for (thing, done) in [(&photo, "photo"), (&child, "child"), (&film, "film")] {
        other.get(thing).await.is(404);
        parent.get(thing).await.is(200).lacks("small.jpg").holds("/account/restriction");
        let after = format!("/account/restriction?done={done}");
        parent.post(thing, &[]).await.goes_to(&after);
        parent.get(&after).await.is(200).holds("deleted").lacks(thing);
    }
    // Objecting and stopping are one press each.
    let objected = "/account/restriction?done=support-objected";
    parent.post("/account/support", &[("choice", "object")]).await.goes_to(objected);
    parent.get(objected).await.is(200).holds("You have objected");
    parent.post("/account/marketing", &[]).await.goes_to("/account/restriction?done=marketing");
    parent.post("/account/address", &[("email", "new@example.org")]).await.goes_to("/account/address");
    parent.get("/account/address").await.is(200).holds("new@example.org");
}

#[tokio::test]
async fn a_photo_has_one_number_and_with_it_gone_the_draft_asks_for_another() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Mia").await;
    // A second one is given, and then the first is taken again.
    kit.clock.advance(1);
    let at = "/create/tiny/photo";
    parent.upload(at, Some("guardian-1"), &photo("drawn/drawn_child_2.jpg")).await.goes_to(at);
    let offers = parent.get(at).await;
    offers.is(200).holds("Photo <bdi>1</bdi>").lacks("Photo <bdi>2</bdi>");
    let first = offers.hidden("photo");
    let said = [("photo", first.as_str()), ("guardian-known", "guardian-1")];
    parent.post("/create/tiny/photo/known", &said).await.goes_to(at);
    parent.get(at).await.is(200).holds("Photo <bdi>2</bdi>").lacks("Photo <bdi>1</bdi>");
    let first = format!("/library/photos/{first}");
    let library = parent.get("/library").await;
    let oldest = library.text().split(&format!("{first}/small.jpg")).nth(1).unwrap();
    assert!(oldest.contains("Photo <bdi>1</bdi>") && !oldest.contains("Photo <bdi>2</bdi>"), "{oldest}");

    parent.post(&format!("{first}/delete"), &[]).await.is(303);
    parent.get("/create/tiny/till").await.goes_to("/create/tiny/photo");
    parent.get("/create/tiny/child").await.is(200).holds("value=\"Mia\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_whose_photo_is_deleted_is_named_before_and_what_was_paid_is_told_after() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Mia").await;
    let till = parent.get("/create/tiny/till").await;
    let (order, key) = (till.hidden("order"), till.hidden("pay_key"));
    let fields = [("order", order.as_str()), ("pay_key", key.as_str()), ("outcome", "pay")];
    let answer = parent.post("/create/tiny/till", &fields).await;
    let film = answer.goes_to("/minitube/").header("location").to_owned();
    let library = parent.get("/library").await;
    let at = library.text().find("/library/photos/").unwrap();
    let photo = library.text()[at..].split('"').next().unwrap().replace("/small.jpg", "");
    let delete = format!("{photo}/delete");
    parent.get(&delete).await.is(200).holds("is being made with this photo").holds("it is given up");
    parent.post(&delete, &[]).await.goes_to("/library?done=photo");
    kit.work();
    let until = Instant::now() + Duration::from_secs(60);
    let library = loop {
        let library = parent.get("/library").await;
        if library.text().contains("Your money was given back on") {
            break library;
        }
        assert!(Instant::now() < until, "the film is given up and the money goes back");
    };
    library.is(200).holds("Could not be made.").holds("\"/films/tiny\"").lacks("the money goes back");
    let page = parent.get(&film).await;
    page.is(200).holds("A photo of this film is deleted").holds("Your money was given back on");
    page.holds("Try again").lacks("Your photo is safe");
}
