//! Sharing: the parent's page of links, and what whoever has one finds behind it.

use axum::body::Body;
use axum::http::Request;

use crate::create::at_the_stills;
use crate::kit::{Answer, Kit, Visitor};
use crate::minitube::{finished, paid};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const PASSWORD: &str = "four words in a row";

/// A parent with a film that is whole, and where it is.
async fn with_a_film(kit: &Kit) -> (Visitor, String) {
    let mut parent = at_the_stills(kit, "a@example.org", "Zoë").await;
    let film = paid(kit, &mut parent).await;
    finished(&mut parent, &film).await;
    (parent, film)
}

/// What stands in quotation marks after this, up to the last of them.
#[track_caller]
fn quoted<'a>(answer: &'a Answer, start: &str) -> &'a str {
    let at = answer.text().find(start).unwrap_or_else(|| panic!("no {start} in\n{}", answer.text()));
    answer.text()[at + start.len()..].split('"').next().unwrap()
}

/// The link that a page shows after it was made.
#[track_caller]
fn link_in(made: &Answer) -> String {
    quoted(made.is(200), "value=\"http://127.0.0.1:8080").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_shared_by_a_link_that_ends_when_its_owner_says_so() {
    let kit = Kit::new().await;
    let mut other = kit.parent("b@example.org").await;
    let (mut parent, film) = with_a_film(&kit).await;
    let page = format!("{film}/share");
    parent.get(&film).await.is(200).holds(&format!("href=\"{page}\""));
    other.get(&page).await.is(404);
    other.post(&page, &[("days", "7")]).await.is(404);
    parent.post(&page, &[("days", "8")]).await.is(422).holds("one of the spans");
    parent.post(&page, &[("days", "7"), ("password", "short")]).await.is(422).holds("too short");
    parent.get(&page).await.is(200).holds("<option value=\"7\" selected>").lacks("name=\"end\"");

    let made = parent.post(&page, &[("days", "7"), ("password", "")]).await;
    let link = link_in(&made);
    let token = link.strip_prefix("/watch/").unwrap();
    assert!(token.len() >= 43, "{token}");
    parent.get(&page).await.is(200).lacks(token).holds("Not opened yet");

    // Anybody who has it watches, and finds nothing else of the family's.
    let mut guest = kit.visitor();
    let watched = guest.get(&link).await;
    watched.is(200).holds("<video").holds("<meta name=\"robots\" content=\"noindex\">").lacks("Zoë");
    watched.lacks(&film).lacks("href=\"/library\"").lacks("href=\"/minitube\"");
    for (name, value) in [
        ("cache-control", "private, no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
    ] {
        assert_eq!(watched.header(name), value);
    }
    for name in guest.cookies.keys() {
        assert!(policy::Policy::current().cookie(name).is_some_and(|cookie| cookie.is_essential()), "{name}");
    }
    let file = quoted(&watched, "<source src=\"").to_owned();
    assert!(file.starts_with("/watch/") && !file.contains(token), "{file}");
    // Neither the page nor what its owner looks at is a view: messengers fetch the one, the other is nobody else's.
    parent.get(&file).await.is(200);
    parent.get(&page).await.is(200).holds("Not opened yet");
    let whole = guest.get(&file).await;
    assert_eq!(&whole.is(200).bytes[4..8], b"ftyp");
    assert_eq!(whole.header("cache-control"), "private, no-store");
    assert_eq!(whole.header("x-robots-tag"), "noindex, nofollow, noarchive");
    guest.more.insert("range", "bytes=4-7".parse().unwrap());
    assert_eq!(guest.get(&file).await.is(206).bytes, b"ftyp");
    guest.more.clear();
    let captions = quoted(&watched, "srclang=\"en\" label=\"English\" default src=\"").to_owned();
    guest.get(&captions).await.is(200).holds("WEBVTT");
    // The link's own secret opens no part, and a pass opens no page.
    guest.get(&format!("{link}/film.mp4")).await.is(404);
    guest.get(file.split("/film.mp4").next().unwrap()).await.is(404);
    // Asking whether it is there is no view.
    let head = Request::head(link.as_str()).body(Body::empty()).unwrap();
    guest.send(head).await.is(200);
    let listed = parent.get(&page).await;
    listed.is(200).holds("Opened once");

    // The owner ends it, for the page and for what is open.
    let share = quoted(&listed, "name=\"end\" value=\"").to_owned();
    other.post(&page, &[("end", &share)]).await.is(404);
    guest.get(&link).await.is(200);
    parent.post(&page, &[("end", &share)]).await.goes_to(&page);
    let over = guest.get(&link).await;
    over.is(404).holds("leads to no film");
    assert_eq!(over.header("referrer-policy"), "no-referrer");
    guest.get("/watch/nonsense").await.is(404).holds("leads to no film");
    for path in [&file, &captions] {
        guest.get(path).await.is(404);
    }
    parent.get(&page).await.is(200).holds("Ended on").holds("Opened once");

    // So does the end of the film.
    let link = link_in(&parent.post(&page, &[("days", "30")]).await);
    guest.get(&link).await.is(200);
    parent.post(&format!("{film}/delete"), &[]).await.goes_to("/library?done=film");
    guest.get(&link).await.is(404);
    parent.get(&page).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn proves_g_2_whom_a_film_is_shown_to_stands_in_the_list_of_accesses() {
    let kit = Kit::new().await;
    let (mut parent, film) = with_a_film(&kit).await;
    let (shared, released) = ("Films that you share by a link", "Films that you allow us to show");
    parent.get("/account/access").await.is(200).lacks(shared).lacks(released);
    let link = link_in(&parent.post(&format!("{film}/share"), &[("days", "7")]).await);
    parent.get("/account/access").await.holds(shared).holds("Not opened yet").lacks("Last opened on");
    let mut guest = kit.visitor();
    let file = quoted(&guest.get(&link).await, "<source src=\"").to_owned();
    guest.get(&file).await.is(200);
    parent.get("/account/access").await.holds("Opened once").holds("Last opened on <bdi>22 May 2026");
    // The file alone, by the address that the page held.
    kit.clock.advance(DAY_MS / 24);
    guest.get(&file).await.is(200);
    parent.get("/account/access").await.holds("Opened <bdi>2</bdi> times");
    let signed =
        [("place-site", "on"), ("until", "2027-01-31"), ("name", "Anna Example"), ("wording", "promotion-1")];
    parent.post(&format!("{film}/release"), &signed).await;
    parent.get("/account/access").await.holds(released).holds("on this film’s page here");
    // Also of data that are only stored; and nobody else finds it.
    parent.post("/account/restriction", &[("choice", "restrict")]).await.goes_to("/account/restriction");
    parent.get("/account/access").await.is(200).holds(shared).holds("Ended on").holds(released);
    let mut other = kit.parent("b@example.org").await;
    other.get("/account/access").await.is(200).lacks(shared).lacks(released);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_password_nothing_is_shown_before_it_is_right_and_nothing_after_the_links_day() {
    let kit = Kit::new().await;
    let (mut parent, film) = with_a_film(&kit).await;
    let page = format!("{film}/share");
    let fields = [("days", "1"), ("password", PASSWORD), ("named", "yes")];
    let link = link_in(&parent.post(&page, &fields).await);
    let mut guest = kit.visitor();
    let asked = guest.get(&link).await;
    asked
        .is(200)
        .holds("type=\"password\"")
        .holds("for=\"password\"")
        .lacks("<video")
        .lacks("Zoë")
        .lacks(PASSWORD);
    guest.get(&format!("/de{link}")).await.is(200).holds("Passwort");
    guest
        .post(&link, &[("password", "four words in a rom")])
        .await
        .is(422)
        .holds("not the password")
        .lacks("<video");
    parent.get(&page).await.is(200).holds("Not opened yet").holds("With a password");
    let watched = guest.post(&link, &[("password", PASSWORD)]).await;
    watched.is(200).holds("<video").holds("<bdi>Zoë</bdi>");
    let file = quoted(&watched, "<source src=\"").to_owned();
    guest.get(&file).await.is(200);
    parent.get(&page).await.is(200).holds("Opened once");

    for _ in 0..10 {
        guest.post(&link, &[("password", "a guess that is wrong")]).await.is(422);
    }
    let refused = guest.post(&link, &[("password", PASSWORD)]).await;
    refused.is(429).lacks("<video");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);

    kit.clock.advance(DAY_MS - 1);
    guest.get(&link).await.is(200);
    guest.get(&file).await.is(404);
    kit.clock.advance(1);
    guest.get(&link).await.is(404).holds("leads to no film");
    guest.post(&link, &[("password", PASSWORD)]).await.is(404).holds("leads to no film");
}
