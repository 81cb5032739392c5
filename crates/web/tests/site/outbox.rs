//! The local outbox.

use axum::http::HeaderName;

use crate::kit::Kit;

#[tokio::test]
async fn mails_can_be_read_and_their_links_followed() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    visitor.get("/outbox").await.is(200).holds("No mail yet");
    visitor.post("/sign-up", &[("email", "a@example.org"), ("adult", "adult-1")]).await.is(303);
    visitor.get("/sign-in/mail").await.holds("href=\"/outbox\"");
    let list = visitor.get("/outbox").await;
    list.is(200).holds("a@example.org");
    let at = list.text().find("/outbox/").unwrap();
    let mail = list.text()[at..].split('"').next().unwrap().to_owned();
    let link = kit.link().await;
    visitor.get(&mail).await.is(200).holds(&format!("<a href=\"{link}\">"));
}

#[tokio::test]
async fn what_a_proxy_hands_on_is_not_from_this_machine() {
    let kit = Kit::new().await;
    for name in ["x-forwarded-for", "forwarded", "via"].map(HeaderName::from_static) {
        let mut visitor = kit.visitor();
        visitor.more.insert(name, "for=192.0.2.1".parse().unwrap());
        visitor.get("/outbox").await.is(404);
        visitor.get("/").await.is(200).lacks("/outbox");
    }
    // Under a name of the world, visitors come through a proxy, whatever it says.
    let options = web::WebOptions { public_url: "https://films.example".into(), ..crate::kit::options() };
    Kit::with(options).await.visitor().get("/outbox").await.is(404);
}
