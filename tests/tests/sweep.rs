//! Every page in a real browser, in each kind of country and after each decision: what the browser then holds
//! and what it asked for is compared with the policy's table, both ways. The table of what was found is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, DESK};
use e2e::messenger;
use e2e::server::Server;
use e2e::site::Site;
use policy::consent::Choice;
use policy::{Policy, Store, derive};
use serde_json::json;

const COUNTRIES: [(&str, &str); 3] = [("regulated", "DE"), ("other", "US"), ("unknown", "ZZ")];
const STATES: [&str; 5] = ["undecided", "accepted", "refused", "withdrawn", "signal"];

const OPEN: [&str; 13] = [
    "/",
    "/films",
    "/films/moon-garden",
    "/about",
    "/contact",
    "/privacy",
    "/promises",
    "/terms",
    "/cookie-settings",
    "/sign-in",
    "/sign-up",
    "/nowhere",
    "/de/films",
];
const SIGNED_IN: [&str; 6] =
    ["/library", "/minitube", "/account", "/create/moon-garden", "/films/moon-garden", "/contact"];

/// What may be loaded in a state, as the policy means it.
fn expected(country: &str, state: &str) -> Choice {
    match (country, state) {
        (_, "accepted") | ("other", "undecided") => Choice::ALL,
        _ => Choice::NONE,
    }
}

/// What the browser holds and what the page fetched.
struct Held {
    names: BTreeSet<(String, String)>,
    fetched: Vec<String>,
    tools: String,
}

async fn held(browser: &Browser) -> anyhow::Result<Held> {
    let cookies = browser.devtools("Network.getAllCookies", json!({})).await?;
    let mut names = BTreeSet::new();
    for cookie in cookies["cookies"].as_array().context("no list")? {
        names.insert(("cookie".to_owned(), cookie["name"].as_str().unwrap_or("").to_owned()));
    }
    let script =
        "return JSON.stringify({local: Object.keys(localStorage), session: Object.keys(sessionStorage),
        fetched: performance.getEntriesByType('resource').map(one => one.name),
        tools: document.querySelector('meta[name=\"ms-optional\"]')?.content ?? 'none'})";
    let found: String = browser.page.execute(script, vec![]).await?.convert()?;
    let found: serde_json::Value = serde_json::from_str(&found)?;
    let list = |key: &str| -> Vec<String> {
        found[key].as_array().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_owned())).collect()
    };
    names.extend(list("local").into_iter().map(|name| ("local-storage".to_owned(), name)));
    names.extend(list("session").into_iter().map(|name| ("session-storage".to_owned(), name)));
    Ok(Held { names, fetched: list("fetched"), tools: found["tools"].as_str().unwrap_or("none").to_owned() })
}

fn store(word: &str) -> Store {
    match word {
        "local-storage" => Store::LocalStorage,
        "session-storage" => Store::SessionStorage,
        _ => Store::Cookie,
    }
}

async fn decide(browser: &Browser, server: &Server, decision: &str) -> anyhow::Result<()> {
    browser.page.goto(format!("{}/cookie-settings", server.url)).await?;
    browser.click(&format!("button[value='{decision}']")).await?;
    browser.arrives("/cookie-settings?done=").await
}

/// What was found in one half of the sweep: names that a browser held, and a line for each country and state.
struct Found {
    seen: BTreeSet<String>,
    table: BTreeMap<String, BTreeSet<String>>,
}

/// Every page, in every kind of country and after every decision, with a server and a browser of its own.
async fn sweep(signed_in: bool) -> anyhow::Result<Found> {
    let site = Site::start(&[])?;
    let server = &site.server;
    let policy = Policy::current();
    let mut seen = BTreeSet::new();
    let mut table = BTreeMap::<String, BTreeSet<String>>::new();
    let browser = Browser::open(DESK).await?;
    let mut email = 0;
    for (country, code) in COUNTRIES {
        for state in STATES {
            browser.devtools("Network.enable", json!({})).await?;
            browser.devtools("Network.clearBrowserCookies", json!({})).await?;
            let gpc = if state == "signal" {
                json!({"x-country": code, "Sec-GPC": "1"})
            } else {
                json!({"x-country": code})
            };
            browser.devtools("Network.setExtraHTTPHeaders", json!({"headers": gpc})).await?;
            if signed_in {
                email += 1;
                browser.sign_up(&server.url, &format!("parent{email}@example.org")).await?;
                seen.extend(held(&browser).await?.names.into_iter().map(|(_, name)| name));
                browser.open_mail(&server.url).await?;
            }
            match state {
                "accepted" => decide(&browser, server, "accept").await?,
                "refused" => decide(&browser, server, "refuse").await?,
                "withdrawn" => {
                    decide(&browser, server, "accept").await?;
                    // Something that an optional tool had left behind.
                    browser.page.execute("document.cookie = '_ga=GA1.1.1; path=/'; localStorage.setItem('intercom-id-x', '1'); localStorage.setItem('mp_x_mixpanel', '1')", vec![]).await?;
                    browser.page.goto(format!("{}/contact", server.url)).await?;
                    messenger::open(&browser).await?;
                    messenger::write(&browser, "Hello").await?;
                    decide(&browser, server, "withdraw").await?;
                }
                _ => {}
            }
            let allowed = expected(country, state);
            for path in if signed_in { &SIGNED_IN[..] } else { &OPEN[..] } {
                let place =
                    format!("{path} ({country}, {state}, signed {})", if signed_in { "in" } else { "out" });
                browser.page.goto(format!("{}{path}", server.url)).await?;
                // Whoever writes to us: in Minitube also with everything refused, and then nothing is kept.
                if ["/contact", "/minitube"].contains(path) && (allowed.support || *path == "/minitube") {
                    messenger::open(&browser).await?;
                    messenger::write(&browser, "Hello").await?;
                }
                let held = held(&browser).await?;
                for (kind, name) in &held.names {
                    let known = policy.stored(store(kind), name);
                    let known =
                        known.with_context(|| format!("{place}: {kind} {name} is not in the policy"))?;
                    ensure!(
                        derive::browser::may_stay(known.class, allowed),
                        "{place}: {kind} {name} may not be there"
                    );
                    seen.insert(known.name.clone());
                }
                for address in &held.fetched {
                    ensure!(
                        address.starts_with(&server.url) || address.starts_with("blob:"),
                        "{place} asked {address}"
                    );
                }
                let loads = held.fetched.iter().any(|address| address.ends_with("js/optional.js"));
                ensure!(held.tools.contains("usage") == allowed.analytics, "{place}: {}", held.tools);
                ensure!(loads != held.tools.is_empty(), "{place}: the loader");
                let names = held.names.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" ");
                table
                    .entry(format!("{country:9} {state:9} signed {:3}", if signed_in { "in" } else { "out" }))
                    .or_default()
                    .insert(format!("[{}] {names}", held.tools));
            }
        }
    }
    if !signed_in {
        // Somebody who says that they are under age.
        browser.devtools("Network.clearBrowserCookies", json!({})).await?;
        browser.page.goto(format!("{}/sign-up", server.url)).await?;
        browser.fill("#email", "kid@example.org").await?;
        browser.click("#minor").await?;
        browser.click("form[action='/sign-up'] button").await?;
        browser.find("main p.lead").await?;
        seen.extend(held(&browser).await?.names.into_iter().map(|(_, name)| name));
    }
    browser.close().await?;
    Ok(Found { seen, table })
}

#[tokio::test]
async fn proves_s9_8_s6_1_what_a_browser_holds_and_asks_for_is_what_the_table_says() -> anyhow::Result<()> {
    let (out, within) = futures::try_join!(sweep(false), sweep(true))?;
    let (mut seen, mut table) = (out.seen, out.table);
    seen.extend(within.seen);
    table.extend(within.table);
    let policy = Policy::current();
    // Written past the test runner, which keeps the words of a test that passes to itself.
    let mut words = std::io::stderr().lock();
    for (row, found) in &table {
        writeln!(words, "{row}  {}", found.iter().cloned().collect::<Vec<_>>().join(" | "))?;
    }
    drop(words);
    // The other way round: every cookie of ours in the table is one that a browser was really given.
    for cookie in policy.cookies.iter().filter(|cookie| cookie.processor.is_none()) {
        ensure!(seen.contains(&cookie.name), "{} stands in the table and was never set", cookie.name);
    }
    Ok(())
}
