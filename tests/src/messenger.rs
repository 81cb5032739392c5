//! The messenger on a page, as a person uses it.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;

use crate::browser::Browser;

/// Opens the messenger of the page; its panel is there afterwards.
pub async fn open(browser: &Browser) -> anyhow::Result<()> {
    // On a page for children it lies among what is for grown-ups.
    let unfold = "document.querySelector('details:has([data-messenger-open])')?.setAttribute('open', '')";
    browser.page.execute(unfold, vec![]).await?;
    browser.click("[data-messenger-open]:not([hidden])").await?;
    browser.find("#messenger:not([hidden])").await?;
    Ok(())
}

/// Writes into the open messenger, and waits until it is among what was said.
pub async fn write(browser: &Browser, words: &str) -> anyhow::Result<()> {
    browser.fill("#messenger-words", words).await?;
    browser.click("#messenger form button").await?;
    reads(browser, "person", words).await
}

/// Waits (up to 30 seconds) until the messenger shows these words of `person` or `staff` as the last.
pub async fn reads(browser: &Browser, author: &str, words: &str) -> anyhow::Result<()> {
    let mut last = String::new();
    for _ in 0..300 {
        let script = format!(
            "return [...document.querySelectorAll('#messenger li.{author} p:last-child')].at(-1)?.textContent ?? \
             'nothing; ' + document.querySelector('#messenger-wrong')?.textContent"
        );
        last = browser.page.execute(script, vec![]).await?.convert()?;
        if last == words {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("waited for {words:?} of {author}, but there is {last:?}")
}

/// A key of ours that a browser holds for the messenger.
#[derive(Debug)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub value: String,
    /// In how many seconds it ends; none for what has no end.
    pub ends_in_s: Option<f64>,
    /// Whether scripts cannot read it and other sites cannot have it sent.
    pub guarded: bool,
}

/// All that the browser holds for the messenger, by name.
pub async fn kept(browser: &Browser) -> anyhow::Result<Vec<Kept>> {
    let script = "return JSON.stringify([Date.now() / 1000, localStorage.getItem('ms-support-id')])";
    let found: String = browser.page.execute(script, vec![]).await?.convert()?;
    let found: serde_json::Value = serde_json::from_str(&found)?;
    let now_s = found[0].as_f64().unwrap_or_default();
    let cookies = browser.devtools("Network.getAllCookies", json!({})).await?;
    let mut kept = Vec::new();
    for cookie in cookies["cookies"].as_array().into_iter().flatten() {
        let name = cookie["name"].as_str().unwrap_or_default();
        if name.starts_with("ms-support") {
            kept.push(Kept {
                name: name.to_owned(),
                value: cookie["value"].as_str().unwrap_or_default().to_owned(),
                ends_in_s: cookie["expires"].as_f64().filter(|at| *at > 0.0).map(|at| at - now_s),
                guarded: cookie["httpOnly"] == true && cookie["sameSite"] == "Lax",
            });
        }
    }
    if let Some(value) = found[1].as_str() {
        kept.push(Kept {
            name: "ms-support-id".into(),
            value: value.to_owned(),
            ends_in_s: None,
            guarded: false,
        });
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(kept)
}

/// The browser must hold nothing for the messenger.
pub async fn keeps_nothing(browser: &Browser, place: &str) -> anyhow::Result<()> {
    let kept = kept(browser).await?;
    ensure!(kept.is_empty(), "{place}: the browser holds {kept:?}");
    Ok(())
}
