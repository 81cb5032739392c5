//! Campaigns at the desk, and what mails that advertise fetch and lead to.

use std::time::{Duration, Instant};

use crate::kit::Kit;

/// What stands behind a part of a text, up to the next space.
fn after(text: &str, part: &str) -> String {
    let (_, rest) = text.split_once(part).unwrap_or_else(|| panic!("no {part} in {text}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_campaign_is_written_looked_at_tried_out_begun_held_up_and_stopped() {
    let kit = Kit::new().await;
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    operator.get("/desk/campaigns").await.is(200).holds("A new campaign");
    let good = [
        ("mailing", "special-offer"),
        ("subject-en", "Two <new> films"),
        ("text-en", "A train.\r\n\r\nA parade."),
        ("subject-de", "Zwei neue Filme"),
        ("text-de", "Ein Zug."),
        ("link", "/films"),
        ("bought", "no"),
        ("pace", "100"),
    ];
    for (field, value, said) in [
        ("link", "https://evil.example/", "leads to a page of this site"),
        ("quiet", "many", "There is nobody of that sort"),
        ("pace", "7", "choose one of the paces"),
        ("text-en", " ", "needs a subject and a text in English"),
    ] {
        let mut fields: Vec<_> = good.iter().copied().filter(|(name, _)| *name != field).collect();
        fields.push((field, value));
        operator.post("/desk/campaigns", &fields).await.is(422).holds(said).holds("Zwei neue Filme");
    }
    let answer = operator.post("/desk/campaigns", &good).await;
    answer.goes_to("/desk/campaigns/");
    let here = answer.header("location").split('?').next().unwrap().to_owned();
    let page = operator.get(&here).await;
    page.is(200)
        .holds("Two &lt;new&gt; films")
        .holds("It would reach <bdi>0</bdi> people")
        .holds("Begin sending");
    page.holds(&format!("{here}/preview/de")).lacks(&format!("{here}/preview/fr"));

    let preview = operator.get(&format!("{here}/preview/en")).await;
    preview.is(200).holds("Two &lt;new&gt; films").holds("No more of this").holds("A parade.");
    assert!(preview.header("content-type").starts_with("text/html"));
    assert!(preview.header("content-security-policy").ends_with("; sandbox"));
    operator.get(&format!("{here}/preview/xx")).await.is(404);

    operator.post(&here, &[("todo", "test")]).await.goes_to(&here);
    let tests = kit.studio.mail().list(10).await.unwrap();
    assert_eq!(tests.iter().filter(|mail| mail.kind == "campaign-test").count(), 2);

    operator.post(&here, &[("todo", "fly")]).await.is(404);
    operator.post(&here, &[("todo", "pause")]).await.is(409);
    for (todo, state) in
        [("start", "Going out"), ("pause", "Held up"), ("resume", "Going out"), ("stop", "Stopped")]
    {
        operator.post(&here, &[("todo", todo)]).await.goes_to(&here);
        operator.get(&here).await.is(200).holds(state);
    }
    operator.post(&here, &[("todo", "start")]).await.is(409);
    let mut rewritten = good.to_vec();
    rewritten.push(("todo", "rewrite"));
    operator.post(&here, &rewritten).await.is(409);
    operator.get("/desk/campaigns").await.holds("Two &lt;new&gt; films").holds("Stopped");
}

#[tokio::test]
async fn a_mail_tells_that_it_was_opened_and_leads_to_our_own_pages_alone() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    parent.post("/account/marketing", &[("marketing", "marketing-1")]).await.is(303);
    // Nobody knows the country: it is to be confirmed.
    let confirm = format!("/preferences/{}", after(&kit.mail().await, "/preferences/"));
    kit.visitor().post(&confirm, &[("decision", "confirm")]).await.is(303);
    let token = kit.studio.sessions().new_operator_token().await.unwrap();
    let mut operator = kit.visitor();
    operator.get(&format!("/operator/sign-in/{token}")).await.goes_to("/desk");
    let news = [("subject-en", "News"), ("text-en", "A new film."), ("link", "/films")];
    let here = operator.post("/desk/campaigns", &news).await.header("location").to_owned();
    let here = here.split('?').next().unwrap();
    operator.get(here).await.holds("It would reach <bdi>1</bdi> people");
    operator.post(here, &[("todo", "start")]).await.is(303);
    // Five in the afternoon (UTC): by day wherever somebody of whom nothing is known may be.
    kit.clock.advance(5 * 3_600_000);
    kit.work();
    let until = Instant::now() + Duration::from_secs(60);
    let letter = loop {
        let mails = kit.studio.mail().list(10).await.unwrap();
        if let Some(mail) = mails.into_iter().find(|mail| mail.kind == "product-update") {
            break mail.letter;
        }
        assert!(Instant::now() < until, "the campaign goes out");
    };
    let picture = letter.html.split("/mail/").find(|part| part.contains("/seen.gif")).unwrap();
    let picture = format!("/mail/{}/seen.gif", picture.split('/').next().unwrap());
    let link = format!("/mail/{}", after(&letter.text, "/mail/"));
    let mut reader = kit.visitor();
    for _ in 0..2 {
        let seen = reader.get(&picture).await;
        seen.is(200);
        assert_eq!((seen.header("content-type"), &seen.bytes[..6]), ("image/gif", &b"GIF89a"[..]));
    }
    reader.get(&link).await.goes_to("/films");
    assert!(reader.cookies.is_empty(), "nothing is set in the browser: {:?}", reader.cookies);
    operator.get(here).await.holds("<strong>1</strong>Opened").holds("<strong>1</strong>Followed");
    // What we did not write ourselves leads nowhere, and tells nothing.
    reader.get("/mail/nonsense/seen.gif").await.is(200);
    for wrong in ["/mail/nonsense/go", "/mail/https%3A%2F%2Fevil.example/go"] {
        let answer = reader.get(wrong).await;
        answer.is(404);
        assert_eq!(answer.header("location"), "");
    }
}
