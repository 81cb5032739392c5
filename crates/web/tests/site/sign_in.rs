//! Signing up, in and out.

use crate::kit::{Kit, options, root};

/// The policy in the program once more, in force two days later, with a shorter period for the country.
fn next_policy() -> (String, policy::Files) {
    let (folder, mut files) = (root().join("policy/2026-05-22"), policy::Files::new());
    for within in ["", "text/"] {
        for entry in std::fs::read_dir(folder.join(within)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let name = format!("{within}{}", entry.file_name().to_str().unwrap());
                files.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let period = |span: &str| format!("purpose = \"country\"\nclass = \"essential\"\nperiod = \"{span}\"");
    for (file, from, to) in [
        ("policy.toml", "effective = \"2026-05-22\"".to_owned(), "effective = \"2026-05-24\"".to_owned()),
        ("cookies.toml", period("24 hours"), period("12 hours")),
    ] {
        let text = files.get_mut(file).unwrap();
        assert!(text.contains(&from), "{file} has no {from}");
        *text = text.replace(&from, &to);
    }
    ("2026-05-24".into(), files)
}

#[tokio::test]
async fn proves_s9_3_s16_2_a_cookie_lives_as_long_as_the_policy_in_force_says() {
    let kit = Kit::with_parts(options(), |config, _| {
        config.policies = policy::Policies::embedded().with([next_policy()]).unwrap();
    });
    let kit = kit.await;
    for age in ["Max-Age=86400", "Max-Age=43200"] {
        let page = kit.visitor().get("/films").await;
        let set = page.is(200).headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
        let country = set.filter(|set| set.starts_with("geo_country=")).collect::<Vec<_>>();
        assert!(country.len() == 1 && country[0].ends_with(age), "{country:?}");
        kit.clock.advance(2 * 24 * 60 * 60 * 1000);
    }
}

#[tokio::test]
async fn signing_up_needs_an_adult_and_keeps_what_was_typed() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let answer =
        visitor.post("/sign-up", &[("email", "no-adult@example.org"), ("next", "/create/tiny")]).await;
    answer.is(422).holds("no-adult@example.org").holds("role=\"alert\"").holds("aria-invalid=\"true\"");
    answer
        .holds("href=\"#adult\"")
        .holds("value=\"/create/tiny\"")
        .lacks("id=\"marketing\" name=\"marketing\" value=\"marketing-1\" checked");
    let fields = [("email", "no address"), ("adult", "adult-1"), ("next", "/create/tiny")];
    let answer = visitor.post("/sign-up", &fields).await;
    answer.is(422).holds("value=\"adult-1\" checked").holds("href=\"/de/sign-up?next=/create/tiny\"");
    visitor.get("/sign-up?next=//evil.example").await.is(200).lacks("evil.example");
    assert!(kit.studio.mail().list(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_code_or_a_link_leads_on_to_where_one_wanted_to_go() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let fields = [("email", "a@example.org"), ("adult", "adult-1"), ("next", "/create/tiny")];
    visitor.post("/sign-up", &fields).await.goes_to("/sign-in/mail");
    let waits = visitor.get("/sign-in/mail?new=1").await;
    waits.is(200).holds("inputmode=\"numeric\"").holds("href=\"/sign-up?next=/create/tiny\"");
    // In another language it is still an account that is waited for.
    visitor.get("/sign-in/mail?new=1").await.holds("href=\"/de/sign-in/mail?new=1\"");
    visitor.post("/sign-in/mail", &[("code", "000 000")]).await.is(422).holds("not the code");
    let code = kit.code().await;
    visitor.post("/sign-in/mail", &[("code", &code)]).await.goes_to("/create/tiny");
    visitor.get("/account").await.is(200).holds("a@example.org");
    // The same code again is worth nothing.
    let mut other = kit.visitor();
    other.post("/sign-in/mail", &[("code", &code)]).await.goes_to("/sign-in");

    visitor.post("/sign-out", &[]).await.goes_to("/");
    let left: Vec<_> = visitor.cookies.keys().collect();
    assert_eq!(left, ["geo_country"], "the session is gone");
    visitor.get("/account").await.goes_to("/sign-in");
    visitor.post("/sign-in", &[("email", "a@example.org")]).await.goes_to("/sign-in/mail");
    let link = kit.link().await;
    visitor.get(&link).await.goes_to("/library");
    visitor.get("/library").await.is(200);
}

#[tokio::test]
async fn in_another_browser_a_link_asks_first() {
    let kit = Kit::new().await;
    kit.visitor().post("/sign-up", &[("email", "a@example.org"), ("adult", "adult-1")]).await.is(303);
    let link = kit.link().await;
    // A scanner that follows links uses nothing up.
    let mut scanner = kit.visitor();
    scanner.get(&link).await.is(200).holds("signs you in here as <bdi>a@example.org</bdi>");
    scanner.get(&link).await.is(200);
    // Nor is whoever waits for a link of their own led into somebody else's account.
    let mut other = kit.visitor();
    other.post("/sign-up", &[("email", "b@example.org"), ("adult", "adult-1")]).await.is(303);
    other.get(&link).await.is(200).holds("signs you in here as <bdi>a@example.org</bdi>");
    other.get("/account").await.goes_to("/sign-in");
    let mut person = kit.visitor();
    person.post(&link, &[]).await.is(303);
    person.get("/account").await.is(200);
    kit.visitor().get(&link).await.is(422).holds("already");
    kit.visitor().post(&link, &[]).await.is(422).holds("already");
}

#[tokio::test]
async fn a_password_signs_in_and_a_wrong_one_says_so_beside_the_field() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.post("/account/password", &[("password", "short")]).await.is(422).holds("too short");
    parent
        .post("/account/password", &[("password", "a good long one")])
        .await
        .goes_to("/account?done=password");
    let mut again = kit.visitor();
    let wrong = again.post("/sign-in", &[("email", "a@example.org"), ("password", "something else")]).await;
    wrong.is(422).holds("do not fit").holds("a@example.org").lacks("something else");
    let fields = [("email", "a@example.org"), ("password", "a good long one"), ("next", "/minitube")];
    again.post("/sign-in", &fields).await.goes_to("/minitube");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.post("/account/password", &[("password", "a good long one")]).await.is(303);
    for next in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let fields = [("email", "a@example.org"), ("password", "a good long one"), ("next", next)];
        kit.visitor().post("/sign-in", &fields).await.goes_to("/library");
    }
}

#[tokio::test]
async fn an_old_code_is_refused_and_the_way_to_a_new_one_shown() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    visitor.post("/sign-up", &[("email", "a@example.org"), ("adult", "adult-1")]).await.is(303);
    let code = kit.code().await;
    kit.clock.advance(2 * 60 * 60 * 1000);
    let late = visitor.post("/sign-in/mail", &[("code", &code)]).await;
    late.is(422).holds("too old").holds("href=\"/sign-in\"");
}

#[tokio::test]
async fn a_link_that_comes_too_late_leads_back_to_where_one_began() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let fields = [("email", "a@example.org"), ("adult", "adult-1"), ("next", "/create/tiny")];
    visitor.post("/sign-up", &fields).await.is(303);
    let link = kit.link().await;
    kit.clock.advance(2 * 60 * 60 * 1000);
    // Who signed up has no account yet: a mail to sign in would only say so.
    for late in [visitor.get(&link).await, visitor.post(&link, &[]).await] {
        late.is(422).holds("fill in the form once more").lacks("nothing is lost");
        late.holds("class=\"button big\" href=\"/sign-up?next=/create/tiny\"");
    }
    let mut parent = kit.parent("b@example.org").await;
    parent.post("/sign-out", &[]).await.is(303);
    parent.post("/sign-in", &[("email", "b@example.org"), ("next", "/minitube")]).await.is(303);
    let link = kit.link().await;
    kit.clock.advance(2 * 60 * 60 * 1000);
    let late = parent.get(&link).await;
    late.is(422).holds("too old").holds("class=\"button big\" href=\"/sign-in?next=/minitube\"");
}

#[tokio::test]
async fn after_too_many_wrong_codes_the_page_speaks_of_the_code_and_leads_back_to_the_form() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let fields = [("email", "a@example.org"), ("adult", "adult-1"), ("next", "/create/tiny")];
    visitor.post("/sign-up", &fields).await.is(303);
    let here = "/sign-in/mail?new=1";
    for _ in 0..5 {
        visitor.post(here, &[("code", "wrong")]).await.is(422).holds("not the code");
    }
    let last = visitor.post(here, &[("code", "wrong")]).await;
    last.is(422).holds("mistyped too often").lacks("This link");
    last.holds("action=\"/sign-in/mail?new=1\"").holds("href=\"/sign-up?next=/create/tiny\"");
    // Nothing is waited for any more: it begins again where it began.
    visitor.get(here).await.goes_to("/sign-up");
    visitor.post(here, &[("code", "123456")]).await.goes_to("/sign-up");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    for _ in 0..200 {
        let answer =
            visitor.post("/sign-in", &[("email", "a@example.org"), ("password", "guess guess guess")]).await;
        if answer.status.as_u16() == 429 {
            assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
            answer.holds("A little slower");
            return;
        }
        answer.is(422);
    }
    panic!("nobody slowed the guessing down");
}

#[tokio::test]
async fn lifting_what_is_not_restricted_makes_no_fresh_sign_in() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    kit.clock.advance(3_600_000);
    let before = parent.cookies.clone();
    parent.post("/account/restriction", &[("choice", "lift")]).await.goes_to("/account");
    assert_eq!(parent.cookies, before);
    parent.post("/account/export", &[]).await.goes_to("/sign-in?next=/account/export");

    let mut parent = kit.parent("b@example.org").await;
    kit.clock.advance(3_600_000);
    for choice in ["restrict", "lift"] {
        parent.post("/account/restriction", &[("choice", choice)]).await.is(303);
    }
    let late = parent.post("/account/password", &[("password", "a good long one")]).await;
    late.is(409).holds("id=\"password-wrong\"").holds("sign out and in again");
    parent.post("/account/export", &[]).await.goes_to("/sign-in?next=/account/export");
}
