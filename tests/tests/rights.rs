//! The rights of people over their data in the running program: correcting, restricting, objecting, withdrawing,
//! deleting one thing, asking as a stranger; and how long what is kept.

use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::site::{Site, files};
use e2e::visitor::{Value, Visitor, film_is_whole, order_tiny, plain_client, sign_up};
use e2e::{drawn_child, in_ten_months, tiny_film};
use policy::{Basis, Policy};
use sqlx::Row;

const DAY_S: i64 = 24 * 3_600;

async fn site() -> anyhow::Result<Site> {
    Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])
}

/// So many years of the calendar after a shift, as a shift itself.
#[expect(clippy::disallowed_methods, reason = "the test stands outside the program")]
fn years_after(shift_s: i64, years: i16) -> anyhow::Result<i64> {
    let now = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let from = now.checked_add(jiff::SignedDuration::from_secs(shift_s))?;
    let until = from.checked_add(jiff::Span::new().years(years))?;
    Ok(until.timestamp().as_second() - now.timestamp().as_second())
}

/// A parent with one film, and where it is watched.
async fn parent(site: &Site) -> anyhow::Result<(Visitor, String)> {
    let mut parent = site.visitor("DE")?;
    sign_up(&mut parent, "parent@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
    let film = parent.path.clone();
    film_is_whole(&mut parent).await?;
    Ok((parent, film))
}

/// Waits until a count is as it should be: the site's own sweep comes by itself.
async fn becomes(site: &Site, what: &str, wanted: i64) -> anyhow::Result<()> {
    for _ in 0..600 {
        if site.count(what).await? == wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("{what} never became {wanted}")
}

/// The newest mail to an address, open on the outbox page.
async fn mail_to(site: &Site, address: &str) -> anyhow::Result<Visitor> {
    let mut outbox = Visitor::new(&site.server.url)?;
    outbox.open("/outbox").await?;
    for mail in outbox.addresses().into_iter().filter(|path| path.starts_with("/outbox/")) {
        let mut page = Visitor::new(&site.server.url)?;
        page.open(&mail).await?;
        if page.html.contains(address) {
            return Ok(page);
        }
    }
    anyhow::bail!("there is no mail to {address}")
}

#[tokio::test]
async fn proves_s12_4_restricted_data_are_only_stored_until_that_is_lifted() -> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, film) = parent(&site).await?;
    let mut elsewhere = site.visitor("DE")?;
    sign_up(&mut elsewhere, "parent@example.org").await?;
    parent.open("/account").await?;
    parent.open(&parent.link("/account/restriction")?).await?;
    parent.must_submit("/account/restriction", &[]).await?;
    ensure!(parent.path == "/account/restriction" && parent.html.contains("only stored"), "{}", parent.path);
    // Nothing of it is shown, made or sent, and everybody else is signed out.
    for path in ["/library", "/minitube", "/account", "/create/tiny", film.as_str()] {
        parent.open(path).await?;
        ensure!(parent.path == "/account/restriction", "{path} leads to {}", parent.path);
    }
    let (status, _) = parent.fetch(&format!("{film}/film.mp4")).await?;
    ensure!(!status.is_success(), "{status}");
    elsewhere.open("/library").await?;
    ensure!(elsewhere.path.starts_with("/sign-in"), "{}", elsewhere.path);
    ensure!(mail_to(&site, "parent@example.org").await?.html.contains("Your data are only stored"));
    // What stays possible: a copy, and the way out.
    parent.open("/account/export").await?;
    parent.submit("/account/export", &[]).await?;
    ensure!(parent.path.ends_with("/mini-studio.tar") && parent.status.is_success(), "{}", parent.path);
    parent.open("/account/delete").await?;
    ensure!(parent.path == "/account/delete" && parent.status.is_success());
    // Lifting it brings everything back.
    parent.open("/account/restriction").await?;
    parent.must_submit("/account/restriction", &[]).await?;
    film_is_whole(&mut parent).await?;
    ensure!(mail_to(&site, "parent@example.org").await?.html.contains("Your data are used again"));

    // The desk does it for whoever asked in another way; the owner lifts it.
    let mut operator = site.operator().await?;
    operator.open("/desk/restrictions").await?;
    operator.submit("/desk/restrictions", &[("email", Value::Text("nobody@example.org"))]).await?;
    ensure!(operator.status == 422, "{}", operator.status);
    operator.must_submit("/desk/restrictions", &[("email", Value::Text("parent@example.org"))]).await?;
    ensure!(site.count("accounts where state = 'restricted'").await? == 1);
    parent.open("/library").await?;
    ensure!(parent.path.starts_with("/sign-in"), "{}", parent.path);
    Ok(())
}

#[tokio::test]
async fn proves_s12_2_address_and_name_are_corrected_and_the_film_is_made_again() -> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, film) = parent(&site).await?;
    let (_, before) = parent.fetch(&format!("{film}/film.mp4")).await?;
    parent.open(&format!("{film}/name")).await?;
    parent.must_submit("/name", &[("name", Value::Text("Mila"))]).await?;
    film_is_whole(&mut parent).await?;
    let mut tries = 0;
    while parent.fetch(&format!("{film}/film.mp4")).await?.1 == before {
        tries += 1;
        ensure!(tries < 300, "the film was not made again");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    parent.open("/account/address").await?;
    let invalid = [("email", Value::Text("nowhere"))];
    parent.submit("/account/address", &invalid).await?;
    ensure!(parent.status == 422 && parent.html.contains("nowhere"), "what was typed is still there");
    parent.must_submit("/account/address", &[("email", Value::Text("new@example.org"))]).await?;
    let mut old_end = mail_to(&site, "parent@example.org").await?;
    let mut new_end = mail_to(&site, "new@example.org").await?;
    for (end, words) in [(&mut old_end, "the other inbox"), (&mut new_end, "has its new address")] {
        end.open(&end.link("/account/address/")?).await?;
        end.must_submit("/account/address/", &[]).await?;
        ensure!(end.html.contains(words), "{}", end.html);
    }
    parent.open("/account").await?;
    ensure!(parent.html.contains("new@example.org") && !parent.html.contains("parent@example.org"));
    Ok(())
}

#[tokio::test]
async fn proves_s12_6_s12_8_what_rests_on_interest_stops_or_is_explained_and_yes_is_no_harder_to_take_back()
-> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, _) = parent(&site).await?;
    parent.open("/account").await?;
    for purpose in &Policy::current().purposes {
        if purpose.basis != Basis::LegitimateInterests {
            continue;
        }
        // Either there is a button for it on this page, or the page says why it goes on.
        let told = purpose.compelling.as_ref().map(|why| why.in_language("en"));
        let stops = match purpose.id.to_string().as_str() {
            "support" => parent.html.contains("action=\"/account/support\""),
            "customer-marketing" => parent.html.contains("action=\"/account/marketing\""),
            _ => false,
        };
        let escaped = told.map(|why| why.replace('\'', "&#39;"));
        let explained =
            escaped.is_some_and(|why| parent.html.contains(&why) || parent.html.contains(told.unwrap_or("")));
        ensure!(stops != explained, "{}: a button, or the reason why not", purpose.id);
    }
    parent.must_submit("/account/support", &[]).await?;
    parent.open("/minitube").await?;
    ensure!(!parent.html.contains("data-messenger-open"), "Minitube offers support after an objection");

    // Each consent: as many steps to take it back as to give it, on the same page.
    for (page, action, yes, no) in [
        ("/cookie-settings", "/cookie-settings", ("decision", "accept"), Some(("decision", "withdraw"))),
        ("/account", "/account/marketing", ("marketing", "marketing-1"), None),
    ] {
        parent.open(page).await?;
        parent.choose(action, &[yes]).await?;
        ensure!(parent.status.is_success(), "{page}: {}", parent.status);
        parent.open(page).await?;
        parent.choose(action, no.as_slice()).await?;
        ensure!(parent.status.is_success(), "{page}: {}", parent.status);
    }
    let newest = site.rows("select status from marketing_acts order by at_ms desc, id desc limit 1").await?;
    ensure!(newest[0].get::<String, _>(0) == "unsubscribed");
    parent.open("/films").await?;
    ensure!(parent.html.contains("name=\"ms-optional\" content=\"\""), "something optional is still on");
    Ok(())
}

#[tokio::test]
async fn proves_s5_2_s12_3_one_photo_film_or_child_is_deleted_at_once_with_all_that_was_made_from_it()
-> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, film) = parent(&site).await?;
    let objects = async || -> anyhow::Result<Vec<(String, String)>> {
        let rows = site.rows("select id, kind from objects").await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    };
    let on_disk = |object: &str| -> anyhow::Result<bool> {
        Ok(files(site.data.path())?.iter().any(|file| file.to_string_lossy().contains(object)))
    };
    let before = objects().await?;
    for (object, kind) in &before {
        ensure!(on_disk(object)?, "{kind} is nowhere");
    }
    // The photo, with its small version and its cut-outs.
    parent.open("/library").await?;
    let delete = parent.link("/library/photos/")?;
    let picture = delete.replace("/delete", "/small.jpg");
    ensure!(parent.fetch(&picture).await?.0.is_success());
    parent.open(&delete).await?;
    parent.must_submit("/delete", &[]).await?;
    ensure!(parent.fetch(&picture).await?.0 == 404);
    let after = objects().await?;
    let gone: Vec<_> = before.iter().filter(|object| !after.contains(object)).collect();
    let kinds: Vec<&str> = gone.iter().map(|(_, kind)| kind.as_str()).collect();
    for kind in ["photo", "photo-small", "cut-out", "cut-out-small"] {
        ensure!(kinds.contains(&kind), "{kind} is left: {kinds:?}");
    }
    for (object, kind) in gone {
        ensure!(!on_disk(object)?, "{kind} is still on the disk");
    }
    // The film is its owner's until they delete it too.
    ensure!(parent.fetch(&format!("{film}/film.mp4")).await?.0.is_success());
    parent.open(&format!("{film}/delete")).await?;
    parent.must_submit("/delete", &[]).await?;
    ensure!(parent.fetch(&format!("{film}/film.mp4")).await?.0 == 404);
    becomes(&site, "objects", 0).await?;
    for (object, kind) in &before {
        ensure!(!on_disk(object)?, "{kind} is still on the disk");
    }
    parent.open("/library").await?;
    if let Ok(delete) = parent.link("/library/children/") {
        parent.open(&delete.replace("/name", "/delete")).await?;
        parent.must_submit("/delete", &[]).await?;
    }
    ensure!(site.count("children").await? == 0, "a child's profile is left");
    Ok(())
}

#[tokio::test]
async fn proves_s12_11_s5_3_whoever_writes_without_an_account_has_a_case_and_the_desk_sees_no_photo()
-> anyhow::Result<()> {
    let settings = [
        ("MINISTUDIO_FILMS", tiny_film()),
        ("MINISTUDIO_INBOUND_SECRET_VARIABLE", "MAIL_SECRET".into()),
        ("MAIL_SECRET", "a secret of the mail server".into()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let site = Site::start_working(&settings)?;
    let (mut parent, _) = parent(&site).await?;

    // By mail, handed in by a mail server that knows the secret.
    let hand_in = async |secret: &str, mail: &str| -> anyhow::Result<(u16, String)> {
        let request = plain_client()?.post(format!("{}/inbound/mail", site.server.url));
        let request =
            request.header("Authorization", format!("Bearer {secret}")).body(mail.replace('\n', "\r\n"));
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    };
    let mail = "From: parent@example.org\nMessage-ID: <1@example.org>\nSubject: GDPR Request: please delete the photo\nContent-Type: text/plain\n\nI am away from my computer.\n";
    ensure!(hand_in("wrong", mail).await?.0 == 401);
    ensure!(site.count("enquiries").await? == 0);
    let (status, told) = hand_in("a secret of the mail server", mail).await?;
    ensure!(status == 200 && told.contains("case"), "{status}: {told}");

    let mut operator = site.operator().await?;
    operator.open("/desk/enquiries").await?;
    ensure!(operator.html.contains("Goes first"), "{}", operator.html);
    let case = operator.link("/desk/enquiries/")?;
    operator.open(&case).await?;
    ensure!(!operator.html.contains("There is an account") && !operator.html.contains("no account with"));
    operator.submit(&case, &[("todo", Value::Text("delete-photos"))]).await?;
    ensure!(operator.status == 409 && site.count("photos").await? == 1, "{}", operator.status);
    operator.open(&case).await?;
    operator.must_submit(&case, &[("todo", Value::Text("ask-whose"))]).await?;
    let mut owner = mail_to(&site, "parent@example.org").await?;
    owner.open(&owner.link("/contact/confirm/")?).await?;
    owner.must_submit("/contact/confirm/", &[("mine", Value::Text("yes"))]).await?;
    operator.open(&case).await?;
    ensure!(operator.html.contains("There is an account with this address"), "{}", operator.html);
    ensure!(!operator.html.contains("/library/photos/"), "the desk shows a photo");
    operator.must_submit(&case, &[("todo", Value::Text("delete-photos"))]).await?;
    ensure!(site.count("photos").await? == 0);
    let answer = [("todo", Value::Text("answer")), ("answer", Value::Text("The photo is deleted."))];
    operator.must_submit(&case, &answer).await?;
    ensure!(operator.html.contains("All photos deleted") && operator.html.contains("Answered"));
    ensure!(mail_to(&site, "parent@example.org").await?.html.contains("The photo is deleted."));
    parent.open("/library").await?;
    ensure!(!parent.html.contains("/library/photos/"), "the photo is still in the library");
    Ok(())
}

#[tokio::test]
async fn proves_s5_8_s5_11_conversations_go_after_their_time_and_payments_after_seven_years()
-> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, _) = parent(&site).await?;
    parent.say("/minitube", "Hello").await?;
    let mut operator = site.operator().await?;
    operator.open("/desk/conversations").await?;
    let conversation = operator.link("/desk/conversations/")?;
    operator.open(&conversation).await?;
    operator.must_submit(&format!("{conversation}/close"), &[]).await?;
    parent.open("/privacy").await?;
    ensure!(
        parent.html.contains("Conversations with support") && parent.html.contains("Records of payments")
    );
    parent.open("/account/delete").await?;
    parent.must_submit("/account/delete", &[]).await?;
    site.at(31 * DAY_S)?;
    becomes(&site, "accounts", 0).await?;
    ensure!(site.count("charges").await? == 1, "what the books need is kept");
    let columns = site.rows("select name from pragma_table_info('charges')").await?;
    let columns: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
    for personal in ["name", "email", "account_id", "photo_id", "card"] {
        ensure!(!columns.iter().any(|column| column == personal), "charges hold {personal}");
    }

    // A conversation of somebody signed out leads to no account: only its own time ends it.
    let mut stranger = site.visitor("US")?;
    stranger.say("/contact", "Hello?").await?;
    operator = site.operator().await?;
    operator.open("/desk/conversations").await?;
    let conversation = operator.link("/desk/conversations/")?;
    operator.open(&conversation).await?;
    operator.must_submit(&format!("{conversation}/close"), &[]).await?;
    let due = |since: &str| -> anyhow::Result<u64> {
        Ok(site.due()?.into_iter().filter(|(_, of, _)| of == since).map(|(_, _, rows)| rows).sum())
    };
    let year_after = years_after(31 * DAY_S, 1)?;
    site.at(year_after - 3_600)?;
    ensure!(due("closed_at_ms")? == 0 && site.count("conversations").await? == 1);
    site.at(year_after + 3_600)?;
    becomes(&site, "conversations", 0).await?;
    becomes(&site, "conversation_messages", 0).await?;
    let seven_years = years_after(0, 7)?;
    site.at(seven_years - 3_600)?;
    ensure!(due("charged_at_ms")? == 0 && site.count("charges").await? == 1);
    site.at(seven_years + 3_600)?;
    becomes(&site, "charges", 0).await
}

#[tokio::test]
async fn proves_s8_1_s11_2_a_photo_is_asked_for_again_and_no_page_asks_for_a_card() -> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, _) = parent(&site).await?;
    parent.open("/create/tiny").await?;
    let photo = parent.html.split("name=\"photo\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let photo = photo.context("the photo of the first film is not offered")?.to_owned();
    parent.choose("/photo/known", &[("photo", &photo)]).await?;
    ensure!(parent.status == 422 && site.count("orders where photo_id is not null").await? == 1);
    let with_word = [("photo", photo.as_str()), ("guardian-known", "guardian-1")];
    parent.choose("/photo/known", &with_word).await?;
    ensure!(parent.status.is_success(), "{}", parent.status);
    ensure!(site.count("orders where photo_id is not null and guardian_wording = 'guardian-1'").await? == 2);
    parent.open("/create/tiny/child").await?;
    let fields = [("name", Value::Text("Noah")), ("option-age", Value::Text("5"))];
    parent.must_submit("/child", &fields).await?;
    parent.open("/create/tiny/till").await?;
    ensure!(parent.path == "/create/tiny/till", "{}", parent.path);
    for card in ["cc-number", "cc-csc", "card", "iban", "cvc"] {
        ensure!(!parent.html.to_lowercase().contains(&format!("=\"{card}")), "the till asks for {card}");
    }
    // No child is in the shop window.
    let mut stranger = site.visitor("DE")?;
    for path in ["/", "/films", "/films/tiny", "/about"] {
        stranger.open(path).await?;
        ensure!(!stranger.html.contains("/library/") && !stranger.html.contains("/minitube/"), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn proves_s14_1_a_refused_photo_is_explained_and_a_person_can_be_asked() -> anyhow::Result<()> {
    let site = site().await?;
    let mut parent = site.visitor("DE")?;
    sign_up(&mut parent, "parent@example.org").await?;
    parent.open("/create/tiny").await?;
    let cup = e2e::root().join("tests/photos/coffee.png");
    let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&cup))];
    parent.submit("/photo", &fields).await?;
    ensure!(parent.status == 422 && parent.html.contains("We found no face"), "{}", parent.status);
    parent.open(&parent.link("/contact?about=appeal")?).await?;
    let message = [("email", Value::Text("parent@example.org")), ("message", Value::Text("It is my child."))];
    parent.must_submit("/contact", &message).await?;
    ensure!(site.count("enquiries where kind = 'appeal' and state = 'open'").await? == 1);
    Ok(())
}

#[tokio::test]
async fn proves_g_3_the_promises_page_shows_each_promise_with_the_check_that_proved_it_last()
-> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let proof = folder.path().join("proof.json");
    let promise = |id, state, tests: &[&str]| serde_json::json!({"id": id, "state": state, "tests": tests});
    let found = serde_json::json!({"at_ms": 1_779_451_200_000_i64, "promises": [
        promise("S1-1", "proven", &["consent::proves_s1_1_canary"]),
        promise("S2-1", "not yet", &[]),
    ]});
    std::fs::write(&proof, found.to_string())?;
    let site = Site::start(&[("MINISTUDIO_PROOF", &proof.display().to_string())])?;
    let mut visitor = site.visitor("DE")?;
    visitor.open("/promises").await?;
    for promise in &Policy::current().promises {
        ensure!(visitor.html.contains(&format!("id=\"{}\"", promise.id)), "{} is not shown", promise.id);
    }
    ensure!(visitor.html.contains("proves_s1_1_canary") && visitor.html.contains("2026"));
    // What the last run found is what is shown, and nothing else is.
    std::fs::write(&proof, found.to_string().replace("proves_s1_1_canary", "proves_s1_1_other"))?;
    visitor.open("/promises").await?;
    ensure!(visitor.html.contains("proves_s1_1_other") && !visitor.html.contains("proves_s1_1_canary"));
    Ok(())
}

#[tokio::test]
async fn proves_s11_3_who_runs_the_site_opens_nothing_that_is_a_familys() -> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, film) = parent(&site).await?;
    parent.open("/library").await?;
    let photo = parent.link("/library/photos/")?;
    let (photo, child) = (photo.trim_end_matches("/delete").to_owned(), parent.link("/library/children/")?);
    let child = child.trim_end_matches("/name").trim_end_matches("/delete").to_owned();
    parent.open("/gift").await?;
    parent.must_submit("/gift", &[("giver", Value::Text("Anna"))]).await?;
    parent.press("/till", "outcome").await?;
    let gift = parent.path.clone();
    let (mut operator, mut other) = (site.operator().await?, site.visitor("DE")?);
    sign_up(&mut other, "other@example.org").await?;
    let mut asked = 0;
    for entry in web::map() {
        let theirs = matches!(
            entry.audience,
            web::Audience::Customer | web::Audience::CustomerMedia | web::Audience::Owner
        );
        if !theirs || !entry.reads {
            continue;
        }
        let path = entry.path.replace("/minitube/{film}", &film);
        let path =
            path.replace("/library/photos/{photo}", &photo).replace("/library/children/{child}", &child);
        let path = path.replace("{slug}", "tiny").replace("{name}", "master.m3u8");
        let path = path.replace("{picture}", if path.contains("stills") { "0.jpg" } else { "small.jpg" });
        let path = path.replace("{token}", "made-up").replace("/gift/mine/{gift}", &gift);
        ensure!(!path.contains('{'), "the test has to learn {path}");
        operator.open(&path).await?;
        ensure!(operator.status == 403, "{path} answers the operator {}", operator.status);
        let personal = [film.as_str(), &photo, &child, &gift].iter().any(|thing| path.starts_with(*thing));
        if personal {
            other.open(&path).await?;
            ensure!(other.status == 404, "{path} answers another parent {}", other.status);
            asked += 1;
        }
    }
    ensure!(asked >= 8, "only {asked} addresses of the family were asked for");
    Ok(())
}

#[tokio::test]
async fn proves_s11_3_g_2_whoever_of_the_staff_opens_something_stands_in_the_owners_list()
-> anyhow::Result<()> {
    const REASON: &str = "The parent wrote that the hat is cut off in the film.";
    let site = site().await?;
    let (mut parent, _) = parent(&site).await?;
    parent.open("/account/access").await?;
    ensure!(parent.html.contains("Nobody has looked"));
    let mut operator = site.operator().await?;
    let mut staff = Vec::new();
    for (email, role) in [("support@example.org", "support"), ("officer@example.org", "privacy-officer")] {
        let mut member = site.visitor("DE")?;
        sign_up(&mut member, email).await?;
        operator.open("/desk/staff").await?;
        let fields = [("email", Value::Text(email)), ("role", Value::Text(role))];
        operator.must_submit("/desk/staff", &fields).await?;
        member.open("/account").await?;
        member.open(&member.link("/desk")?).await?;
        ensure!(member.status.is_success(), "{role}: {}", member.status);
        staff.push(member);
    }
    let [support, officer] = &mut staff[..] else { unreachable!("two") };
    support.open("/desk/looks").await?;
    let too_short = [("email", Value::Text("parent@example.org")), ("reason", Value::Text("because"))];
    support.submit("/desk/looks", &too_short).await?;
    ensure!(support.status == 422 && support.html.contains("because"), "{}", support.status);
    let asked = [("email", Value::Text("parent@example.org")), ("reason", Value::Text(REASON))];
    support.must_submit("/desk/looks", &asked).await?;
    ensure!(!support.html.contains(">Look<"), "nobody has approved it");
    officer.open("/desk/looks").await?;
    officer.must_submit("/approve", &[]).await?;
    let told = mail_to(&site, "parent@example.org").await?;
    ensure!(told.html.contains(REASON) && told.html.contains("/account/access"), "{}", told.words());
    parent.open("/account/access").await?;
    ensure!(parent.html.contains(REASON) && parent.html.contains("Nothing was opened"), "{}", parent.words());

    support.open("/desk/looks").await?;
    let look = support
        .addresses()
        .into_iter()
        .find(|path| path.starts_with("/desk/looks/") && !path.ends_with("/end"));
    let look = look.context("no way into the look")?;
    support.open(&look).await?;
    let (photo, film) = (support.link(&format!("{look}/photos/"))?, support.link(&format!("{look}/films/"))?);
    for (path, kind) in [(&photo, &b"\xff\xd8"[..]), (&film, b"\0\0")] {
        let (status, bytes) = support.fetch(path).await?;
        ensure!(status.is_success() && bytes.starts_with(kind), "{path} answers {status}");
        let (status, _) = officer.fetch(path).await?;
        ensure!(status == 404, "{path} answers somebody else {status}");
        let (status, _) = operator.fetch(path).await?;
        ensure!(status == 403, "{path} answers the operator {status}");
    }
    parent.open("/account/access").await?;
    ensure!(parent.html.contains("A photo was opened") && parent.html.contains("A film was opened"));
    // The owner ends it at once; by itself it ends after an hour.
    parent.press("/account/access", "look").await?;
    ensure!(support.fetch(&photo).await?.0 == 409, "it was ended");
    support.open("/desk/looks").await?;
    support.must_submit("/desk/looks", &asked).await?;
    operator.open("/desk/looks").await?;
    operator.must_submit("/approve", &[]).await?;
    support.open("/desk/looks").await?;
    let look = support
        .addresses()
        .into_iter()
        .find(|path| path.starts_with("/desk/looks/") && !path.ends_with("/end"));
    let again = photo.replace(photo.split("/photos").next().unwrap_or_default(), &look.context("no look")?);
    ensure!(support.fetch(&again).await?.0.is_success(), "{again}");
    site.at(3_601)?;
    ensure!(support.fetch(&again).await?.0 == 409, "an hour is over");
    Ok(())
}

fn shown_at(visitor: &Visitor) -> Option<String> {
    visitor.addresses().into_iter().find(|path| path.starts_with("/shown/"))
}

#[tokio::test]
async fn proves_s8_2_a_film_is_shown_to_others_only_under_a_signature_and_not_after_a_withdrawal()
-> anyhow::Result<()> {
    let site = site().await?;
    let (mut parent, film) = parent(&site).await?;
    let (mut stranger, mut operator) = (site.visitor("DE")?, site.operator().await?);
    operator.open("/desk/releases").await?;
    ensure!(!operator.html.contains("name=\"show\""), "nothing is released by itself");
    let release = format!("{film}/release");
    parent.open(&film).await?;
    parent.open(&parent.link(&release)?).await?;
    ensure!(!parent.html.contains(" checked"), "something is ticked beforehand");
    let day = in_ten_months();
    let unsigned = [
        ("place-site", Value::Text("on")),
        ("until", Value::Text(&day)),
        ("name", Value::Text("Anna Example")),
    ];
    parent.submit(&release, &unsigned).await?;
    ensure!(parent.status == 422 && parent.html.contains("Anna Example"), "{}", parent.status);
    let mut signed = unsigned.to_vec();
    signed.push(("wording", Value::Text("promotion-1")));
    parent.must_submit(&release, &signed).await?;
    ensure!(
        parent.html.contains("Anna Example") && parent.html.contains("not shown at present"),
        "{}",
        parent.words()
    );
    let kept = site.rows("select scope, wording, given_at_ms, until_ms from releases").await?;
    ensure!(
        kept.len() == 1
            && kept[0].get::<String, _>(1) == "promotion-1"
            && kept[0].get::<String, _>(0) == "site"
    );

    stranger.open("/films/tiny").await?;
    ensure!(shown_at(&stranger).is_none(), "signed is not shown yet");
    operator.open("/desk/releases").await?;
    operator.press("/desk/releases", "show").await?;
    ensure!(!operator.html.contains("Anna Example"), "the desk is not told whose it is");
    stranger.open("/films/tiny").await?;
    let shown = shown_at(&stranger).context("nothing is shown")?;
    let (status, bytes) = stranger.fetch(&shown).await?;
    ensure!(status.is_success() && bytes.starts_with(b"\0\0"), "{status}");
    ensure!(bytes == parent.fetch(&format!("{film}/film.mp4")).await?.1, "it is the family's film");

    parent.open(&release).await?;
    parent.press(&release, "withdraw").await?;
    ensure!(stranger.fetch(&shown).await?.0 == 404, "withdrawn is gone");
    stranger.open("/films/tiny").await?;
    ensure!(shown_at(&stranger).is_none(), "withdrawn is still offered");
    let kept = site.count("releases where withdrawn_at_ms is not null").await?;
    ensure!(kept == 1, "the record says when it was withdrawn");
    Ok(())
}
