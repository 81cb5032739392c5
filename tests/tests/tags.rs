//! The tags of the processors for analytics in a real browser, against stand-ins that keep there what the vendors' own
//! scripts keep: nothing before it is agreed to, afterwards exactly what the policy's table has, and nothing of it once
//! somebody withdraws. What a customer did is told under an id by which it is deleted again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, DESK};
use e2e::site::Site;
use e2e::tiny_film;
use emulators::contentsquare::Contentsquare;
use emulators::ga::Ga;
use emulators::gcs::Known;
use emulators::mixpanel::{Mixpanel, Project};
use emulators::segment::Segment;
use emulators::{Asked, Emulator};
use policy::{Cookie, Policy, ProcessorId, Store};
use serde_json::{Value, json};

const FOUR: [ProcessorId; 4] =
    [ProcessorId::GoogleAnalytics, ProcessorId::Segment, ProcessorId::Mixpanel, ProcessorId::Contentsquare];
/// Browsers keep no cookie for longer, whatever its maker asks for.
const COOKIE_S_MAX: f64 = 400.0 * 86_400.0;

/// The four, on this machine.
struct Outside {
    ga: Ga,
    segment: Segment,
    mixpanel: Mixpanel,
    contentsquare: Contentsquare,
}

impl Outside {
    #[expect(clippy::disallowed_methods, reason = "a vendor has a clock of its own")]
    async fn start() -> anyhow::Result<Self> {
        let now_s = jiff::Timestamp::now().as_second();
        let known = Known::of(&service_account()?, now_s).context("no key file")?;
        let project = Project {
            token: "0123456789abcdef".into(),
            id: 42,
            service_account: ("studio".into(), "sa-secret".into()),
            oauth: "oauth-of-a-person".into(),
        };
        Ok(Self {
            ga: Ga::start(known, "G-AB12CD34EF", "mp-secret", "17").await,
            segment: Segment::start("writekey1", "public-token").await,
            mixpanel: Mixpanel::start(project).await,
            contentsquare: Contentsquare::start("0123456789abc").await,
        })
    }

    /// The configuration that switches them on and leads their hosts here.
    fn configuration(&self, folder: &Path) -> anyhow::Result<String> {
        let key = folder.join("service-account.json");
        std::fs::write(&key, service_account()?.to_string())?;
        let mut text = format!(
            r#"
[processors.google-analytics]
agreement = "DPA 1"
measurement_id = "G-AB12CD34EF"
api_secret = "mp-secret"
property = "17"
key_file = "{}"

[processors.segment]
agreement = "DPA 2"
write_key = "writekey1"
public_api_token = "public-token"

[processors.mixpanel]
agreement = "DPA 3"
project_token = "0123456789abcdef"
project_id = "42"
service_user = "studio"
service_secret = "sa-secret"
deletion_token = "oauth-of-a-person"
deletion_token_ends = "2100-01-01"

[processors.contentsquare]
agreement = "DPA 4"
tag_id = "0123456789abc"

[emulators]
"#,
            key.display()
        );
        for (host, emulator) in [
            ("www.googletagmanager.com", &self.ga.emulator),
            ("www.google-analytics.com", &self.ga.emulator),
            ("analyticsadmin.googleapis.com", &self.ga.emulator),
            ("oauth2.googleapis.com", &self.ga.emulator),
            ("cdn.segment.com", &self.segment.emulator),
            ("api.segment.io", &self.segment.emulator),
            ("api.segmentapis.com", &self.segment.emulator),
            ("cdn.mxpnl.com", &self.mixpanel.emulator),
            ("api.mixpanel.com", &self.mixpanel.emulator),
            ("mixpanel.com", &self.mixpanel.emulator),
            ("t.contentsquare.net", &self.contentsquare.emulator),
        ] {
            writeln!(text, "\"{host}\" = \"{}\"", emulator.address)?;
        }
        let file = folder.join("ministudio.toml");
        std::fs::write(&file, text)?;
        Ok(file.display().to_string())
    }

    fn all(&self) -> [&Emulator; 4] {
        [&self.ga.emulator, &self.segment.emulator, &self.mixpanel.emulator, &self.contentsquare.emulator]
    }

    /// All that any of them was asked.
    fn asked(&self) -> Vec<Asked> {
        self.all().into_iter().flat_map(Emulator::asked).collect()
    }
}

/// The dummy account of Google's own test vectors.
fn service_account() -> anyhow::Result<Value> {
    let file = e2e::root().join("crates/processors/tests/contracts/gcs/vectors.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    Ok(vectors["service_account"].clone())
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
    let outside = Outside::start().await?;
    let folder = tempfile::tempdir()?;
    let site = Site::start(&[("MINISTUDIO_CONFIG", &outside.configuration(folder.path())?)])?;
    let at = |path: &str| format!("{}{path}", site.server.url);
    let browser = Browser::open(DESK).await?;
    let none = BTreeSet::new();

    for path in ["/", "/films", "/films/moon-garden", "/privacy"] {
        browser.page.goto(at(path)).await?;
        ensure!(lines(&held(&browser).await?)?.is_empty(), "{path}");
    }
    ensure!(outside.asked().is_empty(), "{:?}", outside.asked());

    browser.click(".banner button[value='accept']").await?;
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
    browser.click("footer button[value='withdraw']").await?;
    holds(&browser, &none).await?;
    let before = outside.asked().len();
    for path in ["/films", "/", "/about"] {
        browser.page.goto(at(path)).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        ensure!(lines(&held(&browser).await?)?.is_empty(), "{path}");
    }
    ensure!(outside.asked().len() == before, "{:?}", outside.asked());
    browser.close().await
}

#[tokio::test]
async fn what_a_customer_did_is_told_once_they_agree_and_deleted_when_they_withdraw() -> anyhow::Result<()> {
    let outside = Outside::start().await?;
    let folder = tempfile::tempdir()?;
    let (configuration, films) = (outside.configuration(folder.path())?, tiny_film());
    let settings = [("MINISTUDIO_CONFIG", configuration.as_str()), ("MINISTUDIO_FILMS", films.as_str())];
    let site = Site::start_working(&settings)?;
    let server = &site.server.url;
    let browser = Browser::open(DESK).await?;
    browser.sign_up(server, "parent@example.org").await?;
    browser.open_mail(server).await?;
    ensure!(outside.asked().is_empty(), "{:?}", outside.asked());

    browser.click(".banner button[value='accept']").await?;
    browser.page.goto(format!("{server}/films/tiny")).await?;
    let of_film = |events: Vec<Value>| events.iter().any(|event| event["properties"]["film"] == "tiny");
    until("all three are told of the film", || {
        let ga = outside.ga.kept();
        ga.iter().any(|kept| kept["events"][0]["params"]["film"] == "tiny")
            && of_film(outside.segment.messages())
            && of_film(outside.mixpanel.events())
    })
    .await?;
    let told = outside.segment.messages();
    ensure!(outside.ga.mistakes().is_empty(), "{:?}", outside.ga.mistakes());
    let id = told[0]["userId"].as_str().context("no id")?.to_owned();
    ensure!(outside.ga.kept()[0]["client_id"] == id.as_str(), "another id at each");
    // What the scripts made in the browser is known too.
    counts(&site, "handles", 6).await.context("an id at three, and one of each script but one")?;
    for asked in outside.asked() {
        let text = format!("{} {}", asked.query, String::from_utf8_lossy(&asked.body));
        ensure!(!text.contains("parent@") && !text.contains("example.org"), "{text}");
    }

    browser.click("footer button[value='withdraw']").await?;
    until("all three are asked to delete", || {
        outside.ga.deletions().len() == 2
            && outside.segment.regulations().len() == 1
            && outside.mixpanel.tasks().len() == 2
    })
    .await?;
    let subjects: Vec<_> = outside.segment.regulations().into_values().flat_map(|one| one.subjects).collect();
    ensure!(subjects == [id], "{subjects:?}");
    ensure!(outside.ga.kept().is_empty(), "{:?}", outside.ga.kept());
    // The fourth can only be asked in writing: the letter waits at the desk.
    counts(&site, "handles where processor = 'contentsquare' and task_sealed is not null", 1).await?;
    ensure!(site.count("analytics_ids").await? == 0);
    browser.close().await
}
