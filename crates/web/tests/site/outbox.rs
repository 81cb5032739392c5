//! The local outbox.

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
