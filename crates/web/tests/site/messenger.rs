//! The messenger's addresses: whom they answer, and what they let the browser keep.

use axum::body::Body;
use axum::http::Request;
use web::WebOptions;

use crate::kit::{Answer, Kit, Visitor, options, root};

pub async fn send(visitor: &mut Visitor, path: &str, body: &str) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body.to_owned()));
    visitor.send(request.unwrap()).await
}

/// Somebody in a country where optional tools are on.
pub fn elsewhere(kit: &Kit) -> Visitor {
    let mut visitor = kit.visitor();
    visitor.cookies.insert("geo_country".into(), "US".into());
    visitor
}

#[tokio::test]
async fn it_answers_only_where_it_may_be_offered() {
    let kit = Kit::new().await;
    let contact = r#"{"page":"/contact","words":"Hello"}"#;
    let mut unasked = kit.visitor();
    for path in ["/messenger", "/messenger/open"] {
        send(&mut unasked, path, contact).await.is(403).holds("messenger-off");
    }
    unasked.get("/messenger?page=/contact").await.is(403);
    unasked.get("/messenger/events?page=/contact").await.is(403);
    assert!(!unasked.cookies.keys().any(|name| name.starts_with("ms-support")));
    let mut visitor = elsewhere(&kit);
    for page in ["/", "/films", "/minitube", "/account", "/de", "//contact", "contact", "/contact?x=1", ""] {
        send(&mut visitor, "/messenger/open", &format!("{{\"page\":\"{page}\"}}")).await.is(403);
    }
    send(&mut visitor, "/messenger/open", "{}").await.is(403);
    visitor.more.insert("sec-gpc", "1".parse().unwrap());
    send(&mut visitor, "/messenger", contact).await.is(403);
    assert!(kit.studio.conversations().list(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_kept_has_its_period_and_is_guarded() {
    let kit =
        Kit::with(WebOptions { public_url: "https://films.example".into(), embedded: false, ..options() })
            .await;
    let mut visitor = elsewhere(&kit);
    // Nobody is known yet: there is nothing to wait for.
    visitor.get("/messenger/events?page=/about").await.is(204);
    let cookies = |answer: &Answer| -> Vec<String> {
        let set = answer.headers.get_all("set-cookie").iter();
        set.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
    };
    let opened = send(&mut visitor, "/messenger/open", r#"{"page":"/fr/about"}"#).await;
    let set = cookies(opened.is(200));
    assert_eq!(set.len(), 2, "{set:?}");
    for (cookie, name, age) in [(&set[0], "device", 270 * 86_400), (&set[1], "session", 7 * 86_400)] {
        assert!(cookie.starts_with(&format!("ms-support-{name}=")), "{cookie}");
        let rest = format!("; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}; Secure");
        assert!(cookie.ends_with(&rest), "{cookie}");
    }
    let again = send(&mut visitor, "/messenger/open", r#"{"page":"/about"}"#).await;
    assert_eq!(cookies(again.is(200)), [set[1].clone()], "the device keeps its end, the session goes on");
    // A secret that is none of ours is not taken.
    visitor.cookies.insert("ms-support-device".into(), "guess".into());
    send(&mut visitor, "/messenger", r#"{"page":"/about","words":"Hello"}"#).await.is(200);
    assert_eq!(visitor.cookies["ms-support-device"].len(), 43);
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_in_the_language_of_the_page() {
    let kit = Kit::new().await;
    let mut visitor = elsewhere(&kit);
    let long = format!("{{\"page\":\"/de/contact\",\"words\":\"{}\"}}", "x".repeat(2_001));
    send(&mut visitor, "/de/messenger", &long).await.is(422).holds("zwei Nachrichten");
    send(&mut visitor, "/messenger", r#"{"page":"/contact","words":" "}"#).await.is(422);
    assert!(kit.studio.conversations().list(1).await.unwrap().is_empty());
}

#[test]
fn all_that_a_browser_loads_for_it_is_15_kb_at_most() {
    let bytes = |path: &str| std::fs::metadata(root().join("crates/web/assets").join(path)).unwrap().len();
    assert!(bytes("js/messenger.js") + bytes("css/messenger.css") <= 15_000);
}
