//! A real Chromium, driven over WebDriver.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use base64::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;

/// How the browser is set up.
#[derive(Clone, Copy)]
pub struct Setup {
    /// Width and height of the page in CSS pixels.
    pub size: (u32, u32),
    /// Whether scripts run.
    pub scripts: bool,
}

/// A phone: the smallest screen that the pages are made for.
pub const PHONE: Setup = Setup { size: (390, 844), scripts: true };
/// A desk.
pub const DESK: Setup = Setup { size: (1280, 860), scripts: true };

/// A browser with an empty profile; it and its driver end on drop.
pub struct Browser {
    driver: Child,
    /// The page.
    pub page: WebDriver,
    _profile: TempDir,
}

/// A request in the browser's own network log.
#[derive(Debug)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Whether it carried something.
    pub has_body: bool,
}

/// The requests to one server in a browser's network log, in their order. The log is read by its lines, an event each:
/// a browser that was ended in a hurry may have left out its end.
pub fn requests_in(log: &Path, server: &str) -> anyhow::Result<Vec<Request>> {
    let log = std::fs::read_to_string(log)?;
    let mut lines = log.lines().map(|line| line.trim_end_matches(','));
    let constants: Value = serde_json::from_str(&format!("{}}}", lines.next().context("an empty log")?))?;
    let kind = &constants["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"];
    ensure!(kind.is_number(), "the log knows no requests");
    let events = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let requests = events.filter(|event| event["type"] == *kind).map(|event| {
        let text = |name: &str| event["params"][name].as_str().unwrap_or_default().to_owned();
        Request {
            method: text("method"),
            url: text("url"),
            has_body: !event["params"]["upload_id"].is_null(),
        }
    });
    Ok(requests.filter(|request| request.url.starts_with(server)).collect())
}

impl Browser {
    /// Starts a driver and a browser.
    pub async fn open(setup: Setup) -> anyhow::Result<Self> {
        Self::open_with(setup, &[]).await
    }

    /// The same, and the browser writes every request of its pages and their workers into a file (see
    /// [`requests_in`]), which can be read when the browser has been closed.
    pub async fn open_logged(setup: Setup, log: &Path) -> anyhow::Result<Self> {
        Self::open_with(setup, &[format!("--log-net-log={}", log.display())]).await
    }

    async fn open_with(setup: Setup, more: &[String]) -> anyhow::Result<Self> {
        crate::prepare_tls();
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            // A group of its own: the browser's many processes end with it, also when a test fails.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver could not be started: `cargo xtask test` installs it")?;
        let profile = tempfile::tempdir()?;
        let mut wanted = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--autoplay-policy=no-user-gesture-required",
            "--force-color-profile=srgb",
            "--lang=en-US",
        ] {
            wanted.add_arg(argument)?;
        }
        for argument in more {
            wanted.add_arg(argument)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        wanted.add_arg(&format!("--window-size={},{}", setup.size.0, setup.size.1))?;
        let address = format!("http://127.0.0.1:{port}");
        let mut tries = 0;
        let page = loop {
            match WebDriver::new(&address, wanted.clone()).await {
                Ok(page) => break page,
                Err(_) if tries < 100 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error).context("the browser did not start"),
            }
        };
        page.set_page_load_timeout(Duration::from_secs(120)).await?;
        page.set_script_timeout(Duration::from_secs(120)).await?;
        let browser = Self { driver, page, _profile: profile };
        browser
            .devtools(
                "Emulation.setDeviceMetricsOverride",
                json!({"width": setup.size.0, "height": setup.size.1, "deviceScaleFactor": 1, "mobile": setup.size.0 < 600}),
            )
            .await?;
        browser.theme(false).await?;
        if !setup.scripts {
            browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await?;
        }
        Ok(browser)
    }

    /// A command of the browser's own protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> anyhow::Result<Value> {
        Ok(self.page.cdp().send_raw(command, parameters).await?)
    }

    /// Light or dark, as the system would say it.
    pub async fn theme(&self, dark: bool) -> anyhow::Result<()> {
        let value = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            // Without motion a click lands where the element was seen.
            json!({"features": [
                {"name": "prefers-color-scheme", "value": value},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]}),
        )
        .await?;
        Ok(())
    }

    /// The element, waited for up to 30 seconds.
    pub async fn find(&self, css: &str) -> anyhow::Result<WebElement> {
        self.page
            .query(By::Css(css))
            .wait(Duration::from_secs(30), Duration::from_millis(100))
            .first()
            .await
            .with_context(|| format!("the page has no {css}"))
    }

    /// Clicks the element; the driver scrolls it into view.
    pub async fn click(&self, css: &str) -> anyhow::Result<()> {
        let element = self.find(css).await?;
        element.click().await.with_context(|| format!("could not click {css}"))
    }

    /// Answers the banner (`accept` or `refuse`) and waits for the page after it: another one opened sooner would be left
    /// for that one.
    pub async fn answer_banner(&self, decision: &str) -> anyhow::Result<()> {
        self.click(&format!(".banner button[value='{decision}']")).await?;
        for _ in 0..1200 {
            if self.page.find_all(By::Css(".banner")).await?.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("the banner stays: {}", self.text().await?)
    }

    /// Types into the field, emptied first.
    pub async fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let element = self.find(css).await?;
        element.clear().await?;
        element.send_keys(text).await.with_context(|| format!("could not type into {css}"))
    }

    /// Waits (up to two minutes) until the address holds this.
    pub async fn arrives(&self, part: &str) -> anyhow::Result<()> {
        for _ in 0..1200 {
            if self.page.current_url().await?.as_str().contains(part) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!(
            "waited for an address with {part}, but the page is {}: {}",
            self.page.current_url().await?,
            self.text().await?
        )
    }

    /// The words that are to be read on the page.
    pub async fn text(&self) -> anyhow::Result<String> {
        Ok(self.find("body").await?.text().await?)
    }

    /// Signs up, as far as the page that waits for the mail.
    pub async fn sign_up(&self, server: &str, email: &str) -> anyhow::Result<()> {
        self.page.goto(format!("{server}/sign-up")).await?;
        self.find("form[action='/sign-up'] #adult").await?;
        let script = format!(
            "document.querySelector('#email').value = '{email}';
             document.querySelector('#adult').checked = true;
             document.querySelector('form[action=\"/sign-up\"]').submit();"
        );
        self.page.execute(script, vec![]).await?;
        self.arrives("/sign-in/mail").await
    }

    /// Opens the link of the newest mail of the outbox page: who waited for it is signed in.
    pub async fn open_mail(&self, server: &str) -> anyhow::Result<()> {
        self.page.goto(format!("{server}/outbox")).await?;
        let mail = self.find("main h2 a").await?.attr("href").await?.context("no mail")?;
        self.page.goto(format!("{server}{mail}")).await?;
        let link = self.find(".mail-text a[href*='/sign-in/link/']").await?.attr("href").await?;
        self.page.goto(format!("{server}{}", link.context("no link")?)).await?;
        self.arrives("/films").await
    }

    /// A picture of the whole page, into `shots/NAME.png` of the checkout.
    pub async fn shoot(&self, name: &str) -> anyhow::Result<()> {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await?;
        let height = metrics["cssContentSize"]["height"].as_f64().unwrap_or(900.0).min(6000.0);
        let width = metrics["cssLayoutViewport"]["clientWidth"].as_f64().unwrap_or(1280.0);
        let picture = self
            .devtools(
                "Page.captureScreenshot",
                json!({"captureBeyondViewport": true, "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}}),
            )
            .await?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(picture["data"].as_str().context("no picture")?)?;
        let folder = crate::root().join("shots");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{name}.png")), bytes)?;
        Ok(())
    }

    /// Accessibility: fails with the list of what axe finds on the page as it stands.
    pub async fn axe(&self, place: &str) -> anyhow::Result<()> {
        let script = std::fs::read_to_string(crate::root().join("tests/vendor/axe.min.js"))?;
        self.page.execute(&script, vec![]).await?;
        let found = self
            .page
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 axe.run(document, {resultTypes: ['violations']}).then(
                   r => done(r.violations.map(v => v.id + ': ' + v.help + ' @ ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.any[0] ? n.any[0].message : '')).slice(0, 4).join(' | '))),
                   e => done(['axe itself failed: ' + e]));",
                vec![],
            )
            .await?;
        let found: Vec<String> = found.convert()?;
        ensure!(found.is_empty(), "axe finds on {place}:\n{}", found.join("\n"));
        Ok(())
    }

    /// The page must not be wider than the screen.
    pub async fn fits(&self, place: &str) -> anyhow::Result<()> {
        let over = self
            .page
            .execute(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
                vec![],
            )
            .await?;
        let over: i64 = over.convert()?;
        ensure!(over <= 0, "{place} is {over} px wider than the screen");
        Ok(())
    }

    /// Chooses a file in a file field.
    pub async fn choose_file(&self, css: &str, file: &Path) -> anyhow::Result<()> {
        let element = self.find(css).await?;
        element.send_keys(file.to_str().context("a plain path")?).await?;
        Ok(())
    }

    /// Ends the browser in good order.
    pub async fn close(mut self) -> anyhow::Result<()> {
        let _ = self.page.clone().quit().await;
        self.end();
        Ok(())
    }
}

impl Browser {
    fn end(&mut self) {
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.end();
    }
}
