//! The messenger of somebody else on our pages: where it is, on what ground, and what it is told.

use std::sync::Arc;

use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Page, Personal, Policy, ProcessorId, purpose};
use processors::Connected;
use processors::role::{KnownPerson, Messenger, MessengerBoot, MessengerError, SupportWords, Talk, Touched};
use serde_json::{Value, json};

use crate::kit::{Kit, options};
use crate::messenger::{elsewhere, send};

/// One that is on the pages that the policy lists, and has nothing to say.
struct Them;

fn boot(settings: Value) -> MessengerBoot {
    MessengerBoot {
        processor: ProcessorId::Intercom,
        script: "https://messenger.example/widget".to_owned(),
        settings_in: "settingsOfIt",
        call: "It",
        settings: Personal::new(settings),
        good_s: Some(300),
    }
}

impl Messenger for Them {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Intercom
    }

    fn visitor_boot(&self, _: &Policy, page: Page, agreed: Option<Agreed>) -> Option<MessengerBoot> {
        agreed.filter(|_| page == Page::Support).map(|_| boot(json!({"workspace": "</script>"})))
    }

    fn family_boot(&self, _: &Policy, page: Page, person: &KnownPerson, now_s: i64) -> Option<MessengerBoot> {
        let text = |id: &Personal<policy::kind::SupportIdentity, String>| {
            id.for_purpose::<purpose::Support>().to_owned()
        };
        let email = person.email.as_ref().map(text).unwrap_or_default();
        assert!(person.name.is_none() && text(&person.id).len() > 40 && now_s > 0);
        (page == Page::Minitube).then(|| boot(json!({"token": format!("token-of-{email}")})))
    }

    fn conversation<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Talk, MessengerError>> {
        Box::pin(async { Err(MessengerError::Gone) })
    }

    fn updated_since(&self, _: i64) -> BoxFuture<'_, Result<Vec<Touched>, MessengerError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn reply<'a>(&'a self, _: &'a str, _: &'a SupportWords) -> BoxFuture<'a, Result<(), MessengerError>> {
        Box::pin(async { Err(MessengerError::Gone) })
    }

    fn erase_conversation<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), MessengerError>> {
        Box::pin(async { Ok(()) })
    }
}

async fn kit() -> Kit {
    Kit::with_outside(options(), |outside| {
        outside.connect =
            Arc::new(|_| Ok(Connected { messenger: Some(Arc::new(Them)), ..Connected::default() }));
    })
    .await
}

const THEIRS: &str = "<script type=\"application/json\" id=\"messenger\">";
const OURS: &str = "<section class=\"messenger\" id=\"messenger\"";

#[tokio::test]
async fn a_visitor_gets_it_where_ours_would_be_and_it_is_told_nothing_of_them() {
    let kit = kit().await;
    let mut visitor = elsewhere(&kit);
    for path in ["/contact", "/about", "/de/contact"] {
        let page = visitor.get(path).await;
        page.is(200).holds(THEIRS).lacks(OURS).holds("usage outside-messenger").lacks("token-of-");
        page.holds("https://messenger.example/widget").holds("\"keep\":true");
        page.holds("\\u003c/script>").lacks("</script></script>");
    }
    for path in ["/", "/films", "/terms", "/nowhere"] {
        visitor.get(path).await.lacks(THEIRS).lacks("outside-messenger").lacks("messenger.example");
    }
    // Where consent is asked first, nobody was asked; and where the browser objects.
    kit.visitor().get("/contact").await.is(200).lacks(THEIRS).lacks(OURS);
    visitor.more.insert("sec-gpc", "1".parse().unwrap());
    visitor.get("/contact").await.is(200).lacks(THEIRS).lacks("outside-messenger");
    send(&mut visitor, "/messenger/open", r#"{"page":"/contact"}"#).await.is(403);
}

#[tokio::test]
async fn a_family_is_told_of_within_minitube_until_they_object() {
    let kit = kit().await;
    let mut anna = kit.parent("anna@example.org").await;
    let page = anna.get("/minitube").await;
    page.is(200).holds(THEIRS).lacks(OURS).holds("token-of-anna@example.org");
    page.holds("\"keep\":false").holds("name=\"ms-sign-out\" content=\"intercom-");
    // A page that has been open for long asks anew.
    let opened = send(&mut anna, "/messenger/open", r#"{"page":"/minitube"}"#).await;
    opened.is(200).holds("token-of-anna@example.org");
    // Elsewhere nobody is told who they are, not even with consent.
    anna.get("/account").await.is(200).lacks(THEIRS).lacks("token-of-");
    anna.get("/contact").await.is(200).lacks(THEIRS);
    anna.cookies.insert("geo_country".into(), "US".into());
    anna.get("/contact").await.is(200).holds(THEIRS).lacks("token-of-");

    anna.cookies.insert("intercom-session-a1".into(), "x".into());
    anna.post("/account/support", &[("choice", "object")]).await.goes_to("/account");
    assert!(!anna.cookies.contains_key("intercom-session-a1"));
    anna.get("/minitube").await.is(200).lacks(THEIRS).lacks(OURS).lacks("token-of-");
    send(&mut anna, "/messenger/open", r#"{"page":"/minitube"}"#).await.is(403);
}

#[tokio::test]
async fn who_signs_out_leaves_nothing_of_it_behind() {
    let kit = kit().await;
    let mut anna = kit.parent("anna@example.org").await;
    for name in ["intercom-session-a1", "intercom-device-id-a1", "another"] {
        anna.cookies.insert(name.into(), "x".into());
    }
    anna.post("/sign-out", &[]).await.goes_to("/");
    let left: Vec<&str> = anna.cookies.keys().map(String::as_str).collect();
    assert!(left.contains(&"another") && !left.iter().any(|name| name.starts_with("intercom")), "{left:?}");
    anna.get("/minitube").await.goes_to("/sign-in");
}
