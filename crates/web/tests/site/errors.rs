//! Failures: a status for machines, a page for people, JSON for scripts.

use axum::body::Body;
use axum::http::Request;

use crate::kit::Kit;

#[tokio::test]
async fn a_lost_visitor_is_told_what_is_safe_and_what_to_do() {
    let kit = Kit::new().await;
    let page = kit.visitor().get("/de/gibt-es-nicht").await;
    page.is(404)
        .holds("<html lang=\"de\"")
        .holds("Im Garten verlaufen")
        .holds("href=\"/de/films\"")
        .holds("hello@ministudio.com");
}

#[tokio::test]
async fn scripts_are_told_in_json() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    visitor.more.insert("accept", "application/json".parse().unwrap());
    let answer = visitor.get("/films/none").await;
    answer.is(404);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.holds("\"code\":\"not-found\"").holds("\"message\":\"");
    visitor.get("/library").await.is(401).holds("sign-in-required");
}

#[tokio::test]
async fn the_wrong_method_and_the_wrong_form_are_said_so() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let answer = visitor.post("/films", &[]).await;
    answer.is(405).holds("<html");
    assert!(answer.header("allow").contains("GET"));
    let request =
        Request::post("/sign-up").header("content-type", "application/xml").body(Body::from("<a/>"));
    visitor.send(request.unwrap()).await.is(415).holds("<html");
    let request = Request::head("/nothing").body(Body::empty()).unwrap();
    assert!(visitor.send(request).await.is(404).bytes.is_empty());
}
