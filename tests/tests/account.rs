//! Accounts from their beginning to their end in the running program: who may have one, what is collected, and
//! that everything is gone at the end.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::site::{Site, files, files_with};
use e2e::visitor::{Value, Visitor, film_is_whole, order_tiny, plain_client, sign_up};
use e2e::{drawn_child, tiny_film};
use policy::{Policies, derive};
use sqlx::Row;

const DAY_S: i64 = 24 * 3_600;

#[tokio::test]
async fn proves_s10_1_age_is_asked_without_a_hint_and_who_is_under_age_leaves_nothing() -> anyhow::Result<()>
{
    let site = Site::start(&[])?;
    let mut child = site.visitor("DE")?;
    child.open("/sign-up").await?;
    let answers = child.html.matches("type=\"radio\"").count();
    ensure!(answers == 2 && !child.html.contains(" checked"), "two answers, none of them suggested");
    let fields = |adult| [("email", Value::Text("kid@example.org")), ("adult", Value::Text(adult))];
    child.submit("/sign-up", &fields("under-age")).await?;
    ensure!(child.status == 403 && child.html.contains("Mini Studio is for adults"), "{}", child.html);
    let kept = child.set_cookies.iter().find(|cookie| cookie.starts_with("ms-age=")).context("no cookie")?;
    ensure!(kept == "ms-age=under-age; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400", "{kept}");
    for table in ["accounts", "links", "mails", "sessions"] {
        ensure!(site.count(table).await? == 0, "{table} holds something");
    }
    // Another answer right away is not taken: the page has no form any more, and a form sent all the same is refused.
    child.open("/sign-up").await?;
    ensure!(child.status == 403 && !child.html.contains("name=\"email\""), "{}", child.html);
    let client = plain_client()?;
    let answer = client
        .post(format!("{}/sign-up", site.server.url))
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "ms-age=under-age")
        .form(&[("email", "kid@example.org"), ("adult", "adult-1")])
        .send()
        .await?;
    ensure!(answer.status() == 403, "{}", answer.status());
    ensure!(site.count("accounts").await? == 0 && site.count("mails").await? == 0);
    // An adult elsewhere is not held up.
    let mut adult = site.visitor("DE")?;
    sign_up(&mut adult, "parent@example.org").await
}

#[tokio::test]
async fn proves_s10_3_a_report_by_the_staff_erases_a_childs_data_at_once_everywhere() -> anyhow::Result<()> {
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut other = site.visitor("DE")?;
    sign_up(&mut other, "other@example.org").await?;
    order_tiny(&mut other, "Noah", &drawn_child(2), &[]).await?;
    film_is_whole(&mut other).await?;
    let mut parent = site.visitor("DE")?;
    sign_up(&mut parent, "parent@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
    film_is_whole(&mut parent).await?;
    let accounts = site.rows("select id from accounts order by created_at_ms desc limit 1").await?;
    let account: String = accounts[0].get(0);
    ensure!(site.columns_with(&account).await?.len() > 5);
    let objects = site.rows(&format!("select id from objects where account_id = '{account}'")).await?;
    let objects: Vec<String> = objects.iter().map(|row| row.get(0)).collect();
    ensure!(objects.len() >= 6, "{objects:?}");

    // A parent cannot do it, nor can anybody by mistake.
    parent.open("/desk/erasures").await?;
    ensure!(parent.status == 403, "{}", parent.status);
    let mut operator = site.operator().await?;
    operator.open("/desk/erasures").await?;
    operator.submit("/desk/erasures", &[("email", Value::Text("parent@example.org"))]).await?;
    ensure!(operator.status == 422 && site.count("erasures").await? == 0, "{}", operator.status);
    let unknown = [("email", Value::Text("nobody@example.org")), ("sure", Value::Text("yes"))];
    operator.submit("/desk/erasures", &unknown).await?;
    ensure!(operator.status == 422, "{}", operator.status);
    let fields = [("email", Value::Text("parent@example.org")), ("sure", Value::Text("yes"))];
    operator.must_submit("/desk/erasures", &fields).await?;
    ensure!(operator.html.contains("The account is erased"), "{}", operator.html);

    // At once: signed out, and nothing leads to the account any more but the ledger.
    parent.open("/library").await?;
    ensure!(parent.path.starts_with("/sign-in"), "{}", parent.path);
    ensure!(site.columns_with(&account).await? == BTreeSet::from(["erasures.account_id".to_owned()]));
    for object in &objects {
        let files = files(site.data.path())?;
        ensure!(
            !files.iter().any(|file| file.to_string_lossy().contains(object.as_str())),
            "{object} is left"
        );
    }
    let ledger = site.rows("select reason, done_at_ms from erasures").await?;
    ensure!(ledger.len() == 1 && ledger[0].get::<String, _>(0) == "child");
    ensure!(ledger[0].get::<Option<i64>, _>(1).is_some());
    // Whatever was not theirs is as it was.
    film_is_whole(&mut other).await?;
    let printed = site.server.printed.lock().expect("not poisoned").clone();
    ensure!(
        printed.contains("an account was erased") && !printed.contains("parent@example.org"),
        "{printed}"
    );
    Ok(())
}

#[tokio::test]
async fn proves_s5_4_s5_5_an_account_ends_thirty_days_after_its_owner_asked() -> anyhow::Result<()> {
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut parent = site.visitor("DE")?;
    sign_up(&mut parent, "parent@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
    film_is_whole(&mut parent).await?;
    parent.open("/account/delete").await?;
    parent.must_submit("/account/delete", &[]).await?;
    parent.open("/library").await?;
    ensure!(parent.path.starts_with("/sign-in"), "{}", parent.path);

    // Within the days of grace signing in leads to one question only.
    site.at(29 * DAY_S)?;
    let back = async |parent: &mut Visitor| -> anyhow::Result<()> {
        parent.open("/sign-in").await?;
        parent.must_submit("/sign-in", &[("email", Value::Text("parent@example.org"))]).await?;
        parent.open("/outbox").await?;
        parent.open(&parent.link("/outbox/")?).await?;
        let link = parent.link("/sign-in/link/")?;
        parent.open(&link).await
    };
    back(&mut parent).await?;
    ensure!(parent.path == "/account/stay", "{}", parent.path);
    for path in ["/library", "/account", "/create/tiny", "/minitube"] {
        parent.open(path).await?;
        ensure!(parent.path == "/account/stay", "{path} leads to {}", parent.path);
    }
    parent.must_submit("/account/stay", &[]).await?;
    film_is_whole(&mut parent).await?;

    // Asked for again and left alone: gone on the day, and not before.
    parent.open("/account/delete").await?;
    parent.must_submit("/account/delete", &[]).await?;
    let ended = async || -> anyhow::Result<u64> {
        let due = site.due()?;
        let line = due.iter().find(|(_, since, _)| since == "leaving_at_ms");
        Ok(line.context("no line for accounts")?.2)
    };
    site.at((29 + 30) * DAY_S - 3_600)?;
    ensure!(ended().await? == 0 && site.count("accounts").await? == 1);
    site.at((29 + 30) * DAY_S + 3_600)?;
    // The site's own sweep, which comes by itself.
    let mut tries = 0;
    while site.count("erasures").await? == 0 || site.count("accounts").await? > 0 {
        tries += 1;
        ensure!(tries < 600, "the account is not erased");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(ended().await? == 0);
    for table in ["accounts", "films", "photos", "objects", "orders", "shots"] {
        ensure!(site.count(table).await? == 0, "{table} still holds something");
    }
    ensure!(site.count("charges").await? == 1, "the books keep that something was paid");
    Ok(())
}

#[tokio::test]
async fn proves_s12_1_s12_5_the_owner_gets_a_copy_of_everything_and_nobody_else_does() -> anyhow::Result<()> {
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut parent = site.visitor("DE")?;
    sign_up(&mut parent, "parent@example.org").await?;
    order_tiny(&mut parent, "Mia Wunderlich", &drawn_child(1), &[]).await?;
    film_is_whole(&mut parent).await?;
    parent.open("/account/export").await?;
    parent.must_submit("/account/export", &[]).await.ok();
    let link = parent.path.clone();
    ensure!(link.ends_with("/mini-studio.tar"), "the button leads to {link}");
    let (status, archive) = parent.fetch(&link).await?;
    ensure!(status.is_success() && archive.len() > 100_000, "{status}, {} bytes", archive.len());
    // A program of everybody's opens it.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("mini-studio.tar");
    std::fs::write(&file, &archive)?;
    let told =
        std::process::Command::new("tar").arg("-xf").arg(&file).arg("-C").arg(folder.path()).output()?;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let data = std::fs::read_to_string(folder.path().join("mini-studio/data.json"))?;
    for canary in ["parent@example.org", "Mia Wunderlich", "guardian-1", "adult-1"] {
        ensure!(data.contains(canary), "{canary} is not in the archive");
    }
    let films: Vec<_> = files(&folder.path().join("mini-studio/films"))?;
    ensure!(films.len() == 1 && e2e::probe(&films[0])?.video.starts_with("h264"), "{films:?}");
    for kept in ["photos", "cut-outs"] {
        ensure!(files(&folder.path().join("mini-studio").join(kept))?.len() == 1, "{kept}");
    }
    // Nobody else has it by the link, and its time ends.
    let mut other = site.visitor("DE")?;
    sign_up(&mut other, "other@example.org").await?;
    ensure!(other.fetch(&link).await?.0 == 422);
    site.at(6 * 3_600 + 60)?;
    ensure!(parent.fetch(&link).await?.0 == 422);
    // An old sign-in is not enough any more.
    parent.open("/account/export").await?;
    parent.must_submit("/account/export", &[]).await?;
    ensure!(parent.path.starts_with("/sign-in?next=/account/export"), "{}", parent.path);
    Ok(())
}

#[tokio::test]
async fn proves_s2_1_s2_5_what_is_stored_and_logged_is_classified_and_holds_no_address_of_a_machine()
-> anyhow::Result<()> {
    const ADDRESS: &str = "203.0.113.77";
    const BROWSER: &str = "Wonderbrowser/7.7 (Paper OS 12)";
    let settings = [
        ("MINISTUDIO_FILMS", tiny_film()),
        ("MINISTUDIO_LOG_FORMAT", "json".into()),
        ("MINISTUDIO_LOG", "warn,studio=trace,ministudio=trace,web=trace,intake=trace".into()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let site = Site::start_working(&settings)?;
    let mut parent = site.visitor("DE")?;
    parent.headers.insert("x-forwarded-for", ADDRESS.parse()?);
    parent.headers.insert("user-agent", BROWSER.parse()?);
    parent.open("/sign-up").await?;
    let fields = [("email", Value::Text("parent@example.org")), ("adult", Value::Text("adult-1"))];
    parent.must_submit("/sign-up", &fields).await?;
    // The outbox page is for this machine alone, and the parent comes from elsewhere.
    let mut letter_box = Visitor::new(&site.server.url)?;
    letter_box.open("/outbox").await?;
    letter_box.open(&letter_box.link("/outbox/")?).await?;
    parent.open(&letter_box.link("/sign-in/link/")?).await?;
    parent.open("/cookie-settings").await?;
    parent.must_submit("/cookie-settings", &[("decision", Value::Text("accept"))]).await?;
    order_tiny(&mut parent, "Mia Wunderlich", &drawn_child(1), &[]).await?;
    film_is_whole(&mut parent).await?;
    parent.open("/contact?about=privacy").await?;
    let message = [
        ("email", Value::Text("parent@example.org")),
        ("kind", Value::Text("question")),
        ("message", Value::Text("Is the moon made of paper?")),
    ];
    parent.submit("/contact", &message).await?;
    for path in ["/nowhere", "/desk", "/library", "/minitube", "/account"] {
        parent.open(path).await?;
    }

    // Stored objects: each kind is classified, and each class has an object.
    let policies = Policies::embedded();
    let classes = policies.classification();
    let kinds = site.rows("select distinct kind from objects").await?;
    let kinds: Vec<String> = kinds.iter().map(|row| row.get(0)).collect();
    let differences = derive::unclassified::objects(classes, kinds.iter().map(String::as_str));
    ensure!(differences.is_empty(), "{differences:?}");

    // Log lines: every field is classified, and nothing of the person is in any of them.
    let Site { server, data, .. } = site;
    let printed = std::sync::Arc::clone(&server.printed);
    server.stop()?;
    let printed = printed.lock().expect("not poisoned").clone();
    let mut fields = BTreeSet::new();
    for line in printed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()) {
        let line = line.as_object().context("a log line is an object")?.clone();
        for (name, value) in line {
            match (name.as_str(), value) {
                ("fields", serde_json::Value::Object(inner)) => {
                    fields.extend(inner.into_iter().map(|(name, _)| name))
                }
                ("span" | "spans", _) => anyhow::bail!("a span is not classified"),
                _ => drop(fields.insert(name)),
            }
        }
    }
    ensure!(fields.len() > 5, "hardly anything was logged: {fields:?}");
    let differences = derive::unclassified::log(classes, fields.iter().map(String::as_str));
    ensure!(differences.is_empty(), "{differences:?}");
    for personal in [ADDRESS, BROWSER, "Wonderbrowser", "parent@example.org", "Wunderlich", "paper?"] {
        ensure!(!printed.contains(personal), "{personal} was logged");
    }

    // The disk, byte by byte.
    for personal in [ADDRESS, BROWSER, "Wonderbrowser", "parent@example.org", "Wunderlich", "made of paper"] {
        let files = files_with(data.path(), personal)?;
        ensure!(files.is_empty(), "{personal} stands in {files:?}");
    }
    Ok(())
}

/// The names of the fields of every log line in the program's source.
fn fields_in_source() -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for file in files(&e2e::root().join("crates"))? {
        if file.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        for call in text.split("tracing::").skip(1) {
            let Some((level, arguments)) = call.split_once("!(") else { continue };
            if !["error", "warn", "info", "debug", "trace"].contains(&level) {
                continue;
            }
            // Fields come before the sentence, which is the first literal.
            let fields = arguments.split('"').next().unwrap_or_default();
            for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
                let name = field.split('=').next().unwrap_or(field).trim().trim_start_matches(['%', '?']);
                // `row.id` is recorded under its whole path.
                names.insert(name.to_owned());
            }
        }
    }
    Ok(names)
}

#[test]
fn proves_s2_1_every_field_of_a_log_line_is_classified_and_no_class_is_left_over() -> anyhow::Result<()> {
    let policies = Policies::embedded();
    let mut written = fields_in_source()?;
    ensure!(written.len() > 10, "{written:?}");
    // What the logger itself adds to each line.
    written.extend(["timestamp", "level", "target", "message"].map(str::to_owned));
    let classes = policies.classification();
    let unknown = derive::unclassified::log(classes, written.iter().map(String::as_str));
    ensure!(unknown.is_empty(), "{unknown:?}");
    let left_over: Vec<&String> = classes.log.keys().filter(|name| !written.contains(*name)).collect();
    ensure!(left_over.is_empty(), "classified and never written: {left_over:?}");
    Ok(())
}
