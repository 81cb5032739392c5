//! The tags of the processors for analytics in a real browser, against stand-ins that keep there what the vendors' own
//! scripts keep: nothing before it is agreed to, afterwards exactly what the policy's table has, and nothing of it once
//! somebody withdraws. What a customer did is told under an id by which it is deleted again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, DESK};
use e2e::server::free_address;
use e2e::site::Site;
use e2e::tiny_film;
use emulators::all::All;
use emulators::{Asked, Emulator};
use policy::{Cookie, Policy, ProcessorId, Store};
use serde_json::{Value, json};
use thirtyfour::By;

const FOUR: [ProcessorId; 4] =
    [ProcessorId::GoogleAnalytics, ProcessorId::Segment, ProcessorId::Mixpanel, ProcessorId::Contentsquare];
/// Browsers keep no cookie for longer, whatever its maker asks for.
const COOKIE_S_MAX: f64 = 400.0 * 86_400.0;
/// What a page has in its foot as long as something can be taken back.
const WITHDRAW: &str = "footer button[value='withdraw']";

/// The four, on this machine.
struct Outside {
    at: All,
}

impl Outside {
    async fn start() -> Self {
        Self { at: All::start(Vec::new()).await }
    }

    /// The configuration that switches them on, for a site that is to listen there.
    fn configuration(&self, folder: &Path, listen: SocketAddr) -> anyhow::Result<String> {
        let site = format!("http://{listen}");
        let file = self.at.configure_some(folder, &site, &FOUR.map(ProcessorId::as_str))?;
        Ok(file.display().to_string())
    }

    fn all(&self) -> [&Emulator; 4] {
        let All { ga, segment, mixpanel, contentsquare, .. } = &self.at;
        [&ga.emulator, &segment.emulator, &mixpanel.emulator, &contentsquare.emulator]
    }

    /// All that any of them was asked.
    fn asked(&self) -> Vec<Asked> {
        self.all().into_iter().flat_map(Emulator::asked).collect()
    }
}

/// What a browser holds: names with their store, and in how many seconds a cookie ends.
async fn held(browser: &Browser) -> anyhow::Result<BTreeMap<(Store, String), Option<f64>>> {
    let cookies = browser.devtools("Network.getAllCookies", json!({})).await?;
    let now_s: f64 = browser.page.execute("return Date.now() / 1000", vec![]).await?.convert()?;
    let mut held = BTreeMap::new();
    for cookie in cookies["cookies"].as_array().context("no list")? {
        let ends = cookie["expires"].as_f64().filter(|at_s| *at_s > 0.0).map(|at_s| at_s - now_s);
        held.insert((Store::Cookie, cookie["name"].as_str().unwrap_or_default().to_owned()), ends);
    }
    for (store, word) in [(Store::LocalStorage, "localStorage"), (Store::SessionStorage, "sessionStorage")] {
        let names = browser.page.execute(format!("return Object.keys({word})"), vec![]).await?;
        held.extend(names.convert::<Vec<String>>()?.into_iter().map(|name| ((store, name), None)));
    }
    Ok(held)
}

/// What the policy's table has of the four.
fn table() -> Vec<&'static Cookie> {
    let of_four = |cookie: &&Cookie| cookie.processor.is_some_and(|id| FOUR.contains(&id));
    Policy::current().cookies.iter().filter(of_four).collect()
}

/// The lines of the table that a browser holds something of; the error names what no line has.
fn lines(held: &BTreeMap<(Store, String), Option<f64>>) -> anyhow::Result<BTreeSet<&'static str>> {
    let mut lines = BTreeSet::new();
    for ((store, name), ends) in held {
        let is_it = |cookie: &&Cookie| cookie.store == *store && cookie.is_named(name);
        let line = Policy::current().cookies.iter().find(is_it);
        let line = line.with_context(|| format!("the policy has no {name} in {store:?}"))?;
        if line.processor.is_none() {
            ensure!(line.is_essential(), "{name} is there");
            continue;
        }
        let wanted = line.period.seconds().map(|seconds| (seconds as f64).min(COOKIE_S_MAX));
        match (wanted, ends) {
            (None, None) => {}
            (Some(wanted), Some(ends)) => {
                ensure!((wanted - ends).abs() < 300.0, "{name} ends in {ends} s, the policy says {wanted}");
            }
            other => anyhow::bail!("{name}: {other:?}"),
        }
        lines.insert(line.name.as_str());
    }
    Ok(lines)
}

/// Waits until the browser holds these lines of the table, and no other.
async fn holds(browser: &Browser, wanted: &BTreeSet<&str>) -> anyhow::Result<()> {
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        found = lines(&held(browser).await?)?;
        if found == *wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the browser holds {found:?} instead of {wanted:?}")
}

async fn until(what: &str, is_so: impl Fn() -> bool) -> anyhow::Result<()> {
    for _ in 0..1800 {
        if is_so() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("waited in vain until {what}")
}

/// Waits for the page that answers a withdrawal. What the scripts kept is gone before that, and a page opened sooner would
/// be left for this one.
async fn is_withdrawn(browser: &Browser) -> anyhow::Result<()> {
    let answered =
        format!("return document.readyState === 'complete' && !document.querySelector(\"{WITHDRAW}\")");
    for _ in 0..1200 {
        if browser.page.execute(answered.as_str(), vec![]).await?.convert::<bool>()? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("nothing answers the withdrawal: {}", browser.text().await?)
}

/// Waits until there are so many rows.
async fn counts(site: &Site, what: &str, wanted: i64) -> anyhow::Result<()> {
    let mut found = 0;
    for _ in 0..300 {
        found = site.count(what).await?;
        if found == wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("there are {found} of {what} instead of {wanted}")
}

#[tokio::test]
async fn proves_s6_12_s6_13_s6_14_s6_15_tags_keep_nothing_before_consent_and_then_what_the_table_has()
-> anyhow::Result<()> {
    let outside = Outside::start().await;
    let folder = tempfile::tempdir()?;
    let listen = free_address()?;
    let configuration = outside.configuration(folder.path(), listen)?;
    let settings = [("MINISTUDIO_CONFIG", configuration.as_str()), ("MINISTUDIO_WORKS", "false")];
    let site = Site::start_at(listen, &settings)?;
    let at = |path: &str| format!("{}{path}", site.server.url);
    let browser = Browser::open(DESK).await?;
    let none = BTreeSet::new();

    for path in ["/", "/films", "/films/moon-garden", "/privacy"] {
        browser.page.goto(at(path)).await?;
        ensure!(lines(&held(&browser).await?)?.is_empty(), "{path}");
    }
    ensure!(outside.asked().is_empty(), "{:?}", outside.asked());

    browser.answer_banner("accept").await?;
    // What remembers a withdrawal comes with one.
    let all: BTreeSet<&str> = table().iter().map(|cookie| cookie.name.as_str()).collect();
    let kept: BTreeSet<&str> = all.iter().copied().filter(|name| *name != "_cs_optout").collect();
    holds(&browser, &kept).await?;
    ensure!(outside.all().iter().all(|one| one.asked().len() == 1), "{:?}", outside.asked());
    let masked = "return document.body.hasAttribute('data-cs-mask')";
    ensure!(browser.page.execute(masked, vec![]).await?.convert::<bool>()?, "nothing is masked");

    // No script where the policy has none, nor where there is no page.
    for path in ["/nowhere", "/sign-in/link/secret", "/outbox"] {
        browser.page.goto(at(path)).await?;
        let tags = "return Boolean(document.querySelector('#tags'))";
        ensure!(!browser.page.execute(tags, vec![]).await?.convert::<bool>()?, "{path}");
    }
    ensure!(outside.all().iter().all(|one| one.asked().len() == 1), "{:?}", outside.asked());

    browser.page.goto(at("/films")).await?;
    holds(&browser, &kept).await?;
    browser.click(WITHDRAW).await?;
    is_withdrawn(&browser).await?;
    holds(&browser, &none).await?;
    let before = outside.asked().len();
    for path in ["/films", "/", "/about"] {
        browser.page.goto(at(path)).await?;
        // Without it nothing of theirs is loaded, now or later.
        ensure!(browser.page.find_all(By::Css("#tags")).await?.is_empty(), "{path} has tags");
        ensure!(lines(&held(&browser).await?)?.is_empty(), "{path}");
    }
    ensure!(outside.asked().len() == before, "{:?}", outside.asked());
    browser.close().await
}

#[tokio::test]
async fn what_a_customer_did_is_told_once_they_agree_and_deleted_when_they_withdraw() -> anyhow::Result<()> {
    let outside = Outside::start().await;
    let folder = tempfile::tempdir()?;
    let listen = free_address()?;
    let (configuration, films) = (outside.configuration(folder.path(), listen)?, tiny_film());
    let settings = [("MINISTUDIO_CONFIG", configuration.as_str()), ("MINISTUDIO_FILMS", films.as_str())];
    let site = Site::start_at(listen, &settings)?;
    let server = &site.server.url;
    let browser = Browser::open(DESK).await?;
    browser.sign_up(server, "parent@example.org").await?;
    browser.open_mail(server).await?;
    ensure!(outside.asked().is_empty(), "{:?}", outside.asked());

    browser.answer_banner("accept").await?;
    // The decision has arrived when it can be taken back.
    browser.find(WITHDRAW).await?;
    browser.page.goto(format!("{server}/films/tiny")).await?;
    let of_film = |events: Vec<Value>| events.iter().any(|event| event["properties"]["film"] == "tiny");
    until("Google is told of the film", || {
        outside.at.ga.kept().iter().any(|kept| kept["events"][0]["params"]["film"] == "tiny")
    })
    .await?;
    until("Segment is told of the film", || of_film(outside.at.segment.messages())).await?;
    until("Mixpanel is told of the film", || of_film(outside.at.mixpanel.events())).await?;
    let told = outside.at.segment.messages();
    ensure!(outside.at.ga.mistakes().is_empty(), "{:?}", outside.at.ga.mistakes());
    let id = told[0]["userId"].as_str().context("no id")?.to_owned();
    ensure!(outside.at.ga.kept()[0]["client_id"] == id.as_str(), "another id at each");
    // What the scripts made in the browser is known too.
    counts(&site, "handles", 6).await.context("an id at three, and one of each script but one")?;
    for asked in outside.asked() {
        let text = format!("{} {}", asked.query, String::from_utf8_lossy(&asked.body));
        ensure!(!text.contains("parent@") && !text.contains("example.org"), "{text}");
    }

    browser.click(WITHDRAW).await?;
    until("all three are asked to delete", || {
        outside.at.ga.deletions().len() == 2
            && outside.at.segment.regulations().len() == 1
            && outside.at.mixpanel.tasks().len() == 2
    })
    .await?;
    let subjects: Vec<_> =
        outside.at.segment.regulations().into_values().flat_map(|one| one.subjects).collect();
    ensure!(subjects == [id], "{subjects:?}");
    ensure!(outside.at.ga.kept().is_empty(), "{:?}", outside.at.ga.kept());
    // The fourth can only be asked in writing: the letter waits at the desk.
    counts(&site, "handles where processor = 'contentsquare' and letter_sealed is not null", 1).await?;
    ensure!(site.count("analytics_ids").await? == 0);
    browser.close().await
}
