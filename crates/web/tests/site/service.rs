//! Signing in by a service, as a browser goes through it. The service is one of the test's: its token is the person.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId};
use processors::Connected;
use processors::role::{Brought, Came, Door, Person, SignIn, SignInError, Theirs};

use crate::kit::{Answer, Kit, Visitor, options};

struct Service;

impl SignIn for Service {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Clerk
    }

    fn page(&self, door: Door, back: &str) -> String {
        format!("https://service.example/{door:?}#{back}")
    }

    fn came_back<'a>(
        &'a self,
        brought: &'a Brought,
        back: &'a str,
        asked: bool,
        _: i64,
    ) -> BoxFuture<'a, Result<Came, SignInError>> {
        let token = brought.parameters.get("token").or_else(|| brought.cookies.get("__session"));
        let came = match token {
            Some(person) => Ok(Came::As(Theirs { person: person.clone(), session: "s".into() })),
            None if asked => Err(SignInError::NotBelieved("nothing was brought".into())),
            None => Ok(Came::Ask { to: format!("https://service.example/ask#{back}") }),
        };
        std::future::ready(came).boxed()
    }

    /// Everybody is there: `anna` has the address `anna@example.org`, and only who begins with `un` has not confirmed it.
    fn person<'a>(&'a self, person: &'a str) -> BoxFuture<'a, Result<Option<Person>, SignInError>> {
        let email = format!("{}@example.org", person.trim_start_matches("un-"));
        let verified_email = (!person.starts_with("un-")).then(|| Personal::new(email));
        let found = Person { id: person.to_owned(), verified_email, may_sign_in: true };
        std::future::ready(Ok(Some(found))).boxed()
    }
}

async fn kit() -> Kit {
    Kit::with_outside(options(), |outside| {
        outside.connect =
            Arc::new(|_| Ok(Connected { sign_in: Some(Arc::new(Service)), ..Connected::default() }));
    })
    .await
}

/// Sends a browser there; the address that it comes back to.
async fn sent(visitor: &mut Visitor, path: &str) -> String {
    let answer = visitor.get(path).await;
    answer.goes_to("https://service.example/");
    let (_, back) = answer.header("location").split_once('#').unwrap();
    let path = back.strip_prefix("http://127.0.0.1:8080").expect("back to us");
    path.to_owned()
}

async fn comes_as(visitor: &mut Visitor, person: &str, path: &str) -> Answer {
    let back = sent(visitor, path).await;
    visitor.get(&format!("{back}&token={person}")).await
}

#[tokio::test]
async fn without_a_service_nothing_is_offered() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    for path in ["/sign-in", "/sign-up"] {
        visitor.get(path).await.is(200).lacks("/sign-in/service");
    }
    visitor.get("/sign-in/service").await.goes_to("/sign-in");
    visitor.get("/sign-in/service/return?state=x&token=anna").await.goes_to("/sign-in");
    visitor.get("/sign-up/service").await.goes_to("/sign-up");
    visitor.post("/sign-up/service", &[("adult", "adult-1")]).await.goes_to("/sign-up");
}

#[tokio::test]
async fn somebody_new_answers_the_questions_and_is_in_and_comes_again() {
    let kit = kit().await;
    let mut visitor = kit.visitor();
    visitor
        .get("/sign-in?next=/minitube")
        .await
        .is(200)
        .holds("/sign-in/service?next=/minitube")
        .holds("Clerk");
    visitor.get("/sign-up").await.is(200).holds("/sign-in/service?new=1");
    comes_as(&mut visitor, "anna", "/sign-in/service?next=/minitube").await.goes_to("/sign-up/service");
    assert!(!visitor.cookies.contains_key("ms-session"), "nobody is in without the questions");
    let form = visitor.get("/sign-up/service").await;
    form.is(200).holds("anna@example.org").lacks("name=\"adult\" value=\"adult-1\" checked");
    visitor.post("/sign-up/service", &[]).await.is(422).holds("anna@example.org").holds("role=\"alert\"");
    visitor.post("/sign-up/service", &[("adult", "adult-1")]).await.goes_to("/minitube");
    visitor.get("/account").await.is(200).holds("anna@example.org").holds("/account/service");
    visitor.get("/account/service").await.is(200).holds("was added on");
    visitor.post("/sign-out", &[]).await.is(303);
    visitor.get("/account").await.goes_to("/sign-in");
    comes_as(&mut visitor, "anna", "/de/sign-in/service").await.goes_to("/de/library");
    visitor.post("/account/service", &[]).await.goes_to("/account/service");
    visitor.get("/account/service").await.is(200).holds("does not open your account");
    visitor.get("/account").await.is(200);
}

#[tokio::test]
async fn who_is_under_age_gets_no_account_this_way_either() {
    let kit = kit().await;
    let mut visitor = kit.visitor();
    comes_as(&mut visitor, "kid", "/sign-in/service").await.goes_to("/sign-up/service");
    visitor.post("/sign-up/service", &[("adult", "under-age")]).await.is(403);
    // The service was asked to delete them: meanwhile nobody comes in as them.
    comes_as(&mut visitor, "kid", "/sign-in/service").await.is(422);
    visitor.get("/sign-up/service").await.is(403);
    visitor.post("/sign-up/service", &[("adult", "adult-1")]).await.is(422);
    assert!(!visitor.cookies.contains_key("ms-session"));
}

#[tokio::test]
async fn only_the_browser_that_was_sent_comes_in() {
    let kit = kit().await;
    kit.parent("anna@example.org").await;
    let (mut anna, mut thief) = (kit.visitor(), kit.visitor());
    let back = sent(&mut anna, "/sign-in/service").await;
    // Somebody else's browser, with the address or with one of its own: that is how one is signed in unasked.
    thief.get(&format!("{back}&token=anna")).await.is(422);
    sent(&mut thief, "/sign-in/service").await;
    thief.get(&format!("{back}&token=anna")).await.is(422);
    thief.get("/sign-in/service/return?token=anna").await.is(422);
    assert!(!thief.cookies.contains_key("ms-session"));
    // Nothing brought: asked once, and not for ever.
    let asked = anna.get(&back).await;
    asked.goes_to("https://service.example/ask#http://127.0.0.1:8080/sign-in/service/return?state=");
    anna.get(&format!("{back}&asked=1")).await.is(422);
    anna.cookies.insert("__session".into(), "anna".into());
    anna.get(&back).await.goes_to("/library");
    assert!(kit.mail().await.contains("/account/service"), "the owner is told of the new way");
}

#[tokio::test]
async fn an_unconfirmed_address_learns_nothing_and_nobody_is_sent_elsewhere() {
    let kit = kit().await;
    kit.parent("anna@example.org").await;
    let mut pages = Vec::new();
    for person in ["un-anna", "un-nobody"] {
        let answer = comes_as(&mut kit.visitor(), person, "/sign-in/service").await;
        pages.push(answer.is(422).text().to_owned());
    }
    let plain =
        |page: &str| page.split("<main").nth(1).unwrap_or(page).split("</main").next().unwrap().to_owned();
    assert_eq!(plain(&pages[0]), plain(&pages[1]));
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
        let path = format!("/sign-in/service?next={next}");
        comes_as(&mut kit.visitor(), "anna", &path).await.goes_to("/library");
    }
}
