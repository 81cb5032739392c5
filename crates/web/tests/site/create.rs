//! The way to a film, step by step, with everything that can go wrong on it.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::Request;
use futures::StreamExt;

use crate::kit::{Kit, Visitor, photo};

const CHILD: &str = "drawn/drawn_child_1.jpg";

/// Somebody who has come to the stills.
pub async fn at_the_stills(kit: &Kit, email: &str, name: &str) -> Visitor {
    let mut parent = kit.parent(email).await;
    parent.get("/create/tiny").await.goes_to("/create/tiny/photo");
    parent
        .upload("/create/tiny/photo", Some("guardian-1"), &photo(CHILD))
        .await
        .goes_to("/create/tiny/photo");
    let fields = [("name", name), ("language", "en"), ("option-age", "5")];
    parent.post("/create/tiny/child", &fields).await.goes_to("/create/tiny/stills");
    parent
}

#[tokio::test]
async fn each_step_leads_to_the_next_and_can_be_gone_back_to() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.get("/create/none").await.is(404);
    parent.get("/create/tiny").await.goes_to("/create/tiny/photo");
    // Steps that are not due yet send back to the one that is.
    parent.get("/create/tiny/till").await.goes_to("/create/tiny/photo");
    parent.get("/create/tiny/stills").await.goes_to("/create/tiny/photo");
    parent.get("/create/tiny/photo").await.is(200).holds("multipart/form-data").holds("guardian-1");
    parent
        .upload("/create/tiny/photo", Some("guardian-1"), &photo(CHILD))
        .await
        .goes_to("/create/tiny/photo");
    let done = parent.get("/create/tiny/photo").await;
    done.is(200).holds("cut-out.png").holds("href=\"/create/tiny/child\"");
    let at = done.text().find("/library/photos/").unwrap();
    let cut_out = done.text()[at..].split('"').next().unwrap().to_owned();
    let picture = parent.get(&cut_out).await;
    assert_eq!(picture.is(200).header("content-type"), "image/png");
    assert_eq!(picture.header("cache-control"), "private, no-store");
    // Beginning again goes on where one was.
    parent.get("/create/tiny").await.goes_to("/create/tiny/child");
    let fields = [("name", "Zoé"), ("language", "de"), ("option-age", "5")];
    parent.post("/create/tiny/child", &fields).await.goes_to("/create/tiny/stills");
    parent.get("/create/tiny/stills").await.is(200).holds("<bdi>Zoé</bdi>");
    let still = parent.get("/create/tiny/stills/0.jpg").await;
    assert_eq!(still.is(200).header("content-type"), "image/jpeg");
    parent.more.insert("if-none-match", still.header("etag").parse().unwrap());
    parent.get("/create/tiny/stills/0.jpg").await.is(304);
    parent.more.clear();
    parent.get("/create/tiny/stills/9.jpg").await.is(404);
    parent.get("/create/tiny/child").await.is(200).holds("value=\"Zoé\"").holds("value=\"de\" selected");
    parent.get("/create/tiny/till").await.is(200).holds("test till").holds("$1.00");
    // This film takes no second hero.
    parent.get("/create/tiny/stills").await.lacks("/create/tiny/second");
    parent.get("/create/tiny/second").await.goes_to("/create/tiny/stills");
    parent.get("/create/tiny/second/photo").await.goes_to("/create/tiny/stills");
}

#[tokio::test]
async fn a_second_hero_is_offered_once_and_given_with_the_same_care() {
    let kit = Kit::of_two().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.get("/create/tiny").await.goes_to("/create/tiny/photo");
    parent.get("/films/tiny").await.is(200).holds("a second child who plays along");
    // Not before the first.
    parent.get("/create/tiny/second").await.goes_to("/create/tiny/photo");
    parent.get("/create/tiny/second/photo").await.goes_to("/create/tiny/photo");
    parent.upload("/create/tiny/photo", Some("guardian-1"), &photo(CHILD)).await.is(303);
    let fields = [("name", "Mia"), ("language", "en"), ("option-age", "5")];
    parent.post("/create/tiny/child", &fields).await.goes_to("/create/tiny/second");
    let question = parent.get("/create/tiny/second").await;
    question.is(200).holds("href=\"/create/tiny/stills\"").holds("href=\"/create/tiny/child\"");
    question.holds("href=\"/create/tiny/second/photo\"");
    parent.post("/create/tiny/child", &fields).await.goes_to("/create/tiny/stills");
    parent.get("/create/tiny/stills").await.is(200).holds("href=\"/create/tiny/second\"");
    parent.get("/create/tiny/till").await.is(200).lacks("Ole");

    // The guardian's word is asked for again; one picture may show both.
    let at = "/create/tiny/second/photo";
    parent.get(at).await.is(200).holds("have agreed to it").holds("value=\"guardian-1\" required");
    parent.upload(at, None, &photo(CHILD)).await.is(422).holds("href=\"#guardian\"");
    let words = parent.upload(at, Some("guardian-1"), b"this is no picture at all, just words").await;
    assert!(words.status.is_client_error());
    words.holds("value=\"guardian-1\" checked").holds("action=\"/create/tiny/second/photo\"");
    parent.upload(at, Some("guardian-1"), &photo(CHILD)).await.goes_to(at);
    let done = parent.get(at).await;
    done.is(200).holds("cut-out.png").holds("href=\"/create/tiny/second/child\"").lacks("have agreed to it");
    parent.get("/create/tiny/second/face").await.goes_to(at);
    // What was used before is not the first one's own name.
    let asks = parent.get("/create/tiny/second/child").await;
    asks.is(200).lacks("<bdi>Mia</bdi>").holds("href=\"/create/tiny/second/photo\"");
    parent.get("/create/tiny/till").await.goes_to("/create/tiny/second/child");
    let empty = parent.post("/create/tiny/second/child", &[("name", " ")]).await;
    empty.is(422).holds("aria-describedby=\"name-wrong name-hint\"");
    parent.post("/create/tiny/second/child", &[("name", "Ole")]).await.goes_to("/create/tiny/stills");

    // Left out, nothing is kept for them; a photo from before is asked for again.
    parent.post("/create/tiny/second/leave", &[]).await.goes_to("/create/tiny/stills");
    parent.get("/create/tiny/till").await.is(200).lacks("Ole");
    let known = parent.get(at).await.hidden("photo");
    let unsaid = parent.post("/create/tiny/second/photo/known", &[("photo", &known)]).await;
    unsaid.is(422).holds("href=\"#guardian-known\"");
    let said = [("photo", known.as_str()), ("guardian-known", "guardian-1")];
    parent.post("/create/tiny/second/photo/known", &said).await.goes_to(at);
    parent.post("/create/tiny/second/child", &[("name", "Ole")]).await.goes_to("/create/tiny/stills");

    let two = parent.get("/create/tiny/second").await;
    two.is(200).holds("<bdi>Mia</bdi>").holds("<bdi>Ole</bdi>").holds("action=\"/create/tiny/second/leave\"");
    let stills = parent.get("/create/tiny/stills").await;
    stills.is(200).holds("<bdi>Mia and Ole</bdi>").holds("Change the name: <bdi>Mia</bdi>");
    stills.holds("Change the photo: <bdi>Ole</bdi>").holds("href=\"/create/tiny/second/photo\"");
    assert_eq!(parent.get("/create/tiny/stills/0.jpg").await.is(200).header("content-type"), "image/jpeg");
    parent.get("/library").await.is(200).holds("<bdi>Mia and Ole</bdi>").lacks("Used for nothing");
    let till = parent.get("/create/tiny/till").await;
    till.is(200).holds("Mia").holds("Ole").holds("$1.00");
    let (order, key) = (till.hidden("order"), till.hidden("pay_key"));
    let fields = [("order", order.as_str()), ("pay_key", key.as_str()), ("outcome", "pay")];
    let paid = parent.post("/create/tiny/till", &fields).await;
    let film = paid.goes_to("/minitube/").header("location").to_owned();

    // Both names stand over the film, and each can be corrected.
    parent.get(&film).await.is(200).holds("<bdi>Mia and Ole</bdi>").lacks("/release\"");
    let name = format!("{film}/name");
    parent.get(&name).await.is(200).holds("value=\"Mia\"").holds("value=\"Ole\"");
    let wrong = parent.post(&name, &[("name", "Mia"), ("second", " ")]).await;
    wrong.is(422).holds("id=\"second-wrong\"").lacks("id=\"name-wrong\"").holds("value=\"Mia\"");
    parent.post(&name, &[("name", "Mia"), ("second", "Oskar")]).await.goes_to(&film);
    parent.get(&film).await.is(200).holds("<bdi>Mia and Oskar</bdi>");
    parent.get(&format!("{film}/release")).await.is(200).holds("Two children play").lacks("name=\"until\"");
}

#[tokio::test]
async fn a_photo_that_cannot_be_taken_is_said_so_and_the_draft_stays() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.get("/create/tiny").await.is(303);
    let at = "/create/tiny/photo";
    parent
        .upload(at, None, &photo(CHILD))
        .await
        .is(422)
        .holds("Until then we do not look at it")
        .holds("href=\"#guardian\"");
    parent.upload(at, Some("guardian-1"), b"").await.is(422).holds("choose a photo first");
    let text = parent.upload(at, Some("guardian-1"), b"this is no picture at all, just words").await;
    assert!(text.status.is_client_error());
    text.holds("id=\"photo-wrong\"").holds("aria-invalid=\"true\"").holds("value=\"guardian-1\" checked");
    parent.upload(at, Some("guardian-1"), &photo("coffee.png")).await.is(422).holds("no face");
    let large = vec![0; 26 * 1024 * 1024];
    parent.upload(at, Some("guardian-1"), &large).await.is(413).holds("25 MB");
    // A script gets the same in JSON.
    parent.more.insert("accept", "application/json".parse().unwrap());
    parent.upload(at, Some("guardian-1"), &photo("coffee.png")).await.is(422).holds("\"code\":\"no-face\"");
    parent
        .upload(at, Some("guardian-1"), &photo(CHILD))
        .await
        .is(200)
        .holds("\"next\":\"/create/tiny/photo\"");
    parent.more.clear();
    parent.get("/library").await.is(200).holds("/create/tiny");
}

#[tokio::test]
async fn a_hostile_name_is_only_ever_a_name() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.get("/create/tiny").await.is(303);
    let hostile = "<script>alert(1)</script>";
    let page = parent.post("/create/tiny/child", &[("name", hostile), ("language", "en")]).await;
    page.lacks(hostile);
    let again = parent.get("/create/tiny/child").await;
    again.lacks(hostile);
    let empty = parent.post("/create/tiny/child", &[("name", "  "), ("language", "en")]).await;
    empty.is(422).holds("aria-describedby=\"name-wrong name-hint\"");
    parent.post("/create/tiny/child", &[("name", "Mia"), ("language", "xx")]).await.is(422);
    parent.post("/create/tiny/child", &[("name", "Mia"), ("option-age", "99")]).await.is(422);
    let overlong = "M".repeat(200);
    parent.post("/create/tiny/child", &[("name", &overlong), ("language", "en")]).await.is(422);
}

#[tokio::test]
async fn what_was_typed_and_ticked_at_the_till_stays_until_it_is_paid() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Mia").await;
    // There customers may be written to, unless they object.
    parent.cookies.insert("geo_country".into(), "FR".into());
    let till = parent.get("/create/tiny/till").await;
    let (order, key, told) = (till.hidden("order"), till.hidden("pay_key"), till.hidden("customer"));
    let ticked = |name: &str, version: &str| format!("name=\"{name}\" value=\"{version}\" checked");
    till.lacks(&ticked("objects", &told)).lacks(&ticked("marketing", "marketing-1"));
    let fields = [
        ("order", order.as_str()),
        ("pay_key", key.as_str()),
        ("code", "mistyped"),
        ("marketing", "marketing-1"),
        ("customer", told.as_str()),
        ("objects", told.as_str()),
        ("outcome", "decline"),
    ];
    for (path, status) in [("/create/tiny/till/pass", 422), ("/create/tiny/till", 402)] {
        let again = parent.post(path, &fields).await;
        again.is(status).holds("value=\"mistyped\"").holds(&ticked("objects", &told));
        again.holds(&ticked("marketing", "marketing-1"));
    }
    // Whoever has typed a code and presses the large button has not asked for a bill.
    let mut paid = fields;
    paid[6] = ("outcome", "pay");
    parent.post("/create/tiny/till", &paid).await.is(422).holds("value=\"mistyped\"");
    paid[2] = ("code", "");
    parent.post("/create/tiny/till", &paid).await.goes_to("/minitube/");
}

#[tokio::test]
async fn paying_twice_pays_once_and_the_till_then_leads_to_the_film() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Mia").await;
    let till = parent.get("/create/tiny/till").await;
    let (order, key) = (till.hidden("order"), till.hidden("pay_key"));
    let fields = |outcome| [("order", order.as_str()), ("pay_key", key.as_str()), ("outcome", outcome)];
    parent.post("/create/tiny/till", &fields("decline")).await.is(402).holds("declined").holds("pay_key");
    parent.post("/create/tiny/till", &fields("abandon")).await.goes_to("/films/tiny");
    // Nothing is under way at another till's page.
    parent.get("/create/tiny/till/wait").await.goes_to("/create/tiny/till");
    let paid = parent.post("/create/tiny/till", &fields("pay")).await;
    let film = paid.goes_to("/minitube/").header("location").to_owned();
    parent.post("/create/tiny/till", &fields("pay")).await.goes_to(&film);
    parent.get("/create/tiny/till").await.goes_to(&film);
    parent.get("/create/tiny/till/wait").await.goes_to(&film);
    // Somebody else cannot pay or see it.
    let mut other = kit.parent("b@example.org").await;
    other.post("/create/tiny/till", &fields("pay")).await.is(404);
    other.get(&film).await.is(404);
    // Another film can be begun.
    parent.get("/create/tiny").await.goes_to("/create/tiny/photo");
    parent.get("/create/tiny/photo").await.is(200).holds("cut-out-small.png");
}

#[tokio::test]
async fn a_form_is_never_held_beyond_the_largest_photo() {
    const PART: &str =
        "--BOUND\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n";
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.get("/create/tiny").await.is(303);
    let mut send = async |head: &'static str, megabytes: usize| {
        let head = futures::stream::iter([Bytes::from_static(head.as_bytes())]);
        let rest =
            futures::stream::iter(std::iter::repeat_n(Bytes::from_static(&[b'a'; 1 << 20]), megabytes));
        let request = Request::post("/create/tiny/photo")
            .header("content-type", "multipart/form-data; boundary=BOUND")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from_stream(head.chain(rest).map(Ok::<_, Infallible>)));
        parent.send(request.unwrap()).await
    };
    // Not even where no part of the form begins, or a part's head never ends.
    for head in [PART, "", "--BOUND\r\nContent-Disposition: "] {
        send(head, 30).await.is(413).holds("larger than 25 MB").holds("id=\"photo-wrong\"");
        send(head, 300).await.is(413).holds("larger than 25 MB");
        send(head, 1).await.is(400);
    }
}
