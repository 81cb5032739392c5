//! The messenger in a real browser: what is stored of whoever writes, what the browser keeps and for how long,
//! where it is offered and on what ground, and that an answer arrives while one looks.

use anyhow::{Context, ensure};
use e2e::browser::{Browser, DESK, PHONE};
use e2e::messenger::{keeps_nothing, kept, open, reads, write};
use e2e::site::{Site, files_with};
use e2e::visitor::{Value, Visitor};
use serde_json::json;
use sqlx::{Column, Row};

const DAY_S: f64 = 24.0 * 3600.0;

/// A site, and a browser in a country.
struct Scene {
    site: Site,
    browser: Browser,
}

impl Scene {
    async fn in_country(code: &str) -> anyhow::Result<Self> {
        let site = Site::start(&[])?;
        let browser = Browser::open(DESK).await?;
        browser.devtools("Network.enable", json!({})).await?;
        browser.devtools("Network.setExtraHTTPHeaders", json!({"headers": {"x-country": code}})).await?;
        Ok(Self { site, browser })
    }

    async fn goto(&self, path: &str) -> anyhow::Result<()> {
        Ok(self.browser.page.goto(format!("{}{path}", self.site.server.url)).await?)
    }

    async fn sign_up(&self, email: &str) -> anyhow::Result<()> {
        self.browser.sign_up(&self.site.server.url, email).await?;
        self.browser.open_mail(&self.site.server.url).await
    }

    async fn decide(&self, decision: &str) -> anyhow::Result<()> {
        self.goto("/cookie-settings").await?;
        self.browser.click(&format!("button[value='{decision}']")).await?;
        self.browser.arrives("/cookie-settings?done=").await
    }

    /// What the page's own loader was told that it may load.
    async fn tools(&self) -> anyhow::Result<String> {
        let script = "return document.querySelector('meta[name=\"ms-optional\"]').content";
        Ok(self.browser.page.execute(script, vec![]).await?.convert()?)
    }

    /// Addresses below `/messenger` that the page asked, and the messenger's own script.
    async fn asked(&self) -> anyhow::Result<Vec<String>> {
        let script = "return performance.getEntriesByType('resource').map(one => one.name).filter(name => name.includes('messenger'))";
        Ok(self.browser.page.execute(script, vec![]).await?.convert()?)
    }

    async fn operator(&self) -> anyhow::Result<Visitor> {
        let mut operator = self.site.operator().await?;
        operator.open("/desk/conversations").await?;
        Ok(operator)
    }

    /// The rows of a table as they lie in the file: column by column, bytes as `bytes LENGTH`.
    async fn rows(&self, table: &str) -> anyhow::Result<Vec<Vec<(String, String)>>> {
        let rows = self.site.rows(&format!("SELECT * FROM {table} ORDER BY 1, 2")).await?;
        let cell = |row: &sqlx::sqlite::SqliteRow, at: usize| {
            if let Ok(text) = row.try_get::<Option<String>, _>(at) {
                return text.unwrap_or_else(|| "nothing".into());
            }
            if let Ok(number) = row.try_get::<Option<i64>, _>(at) {
                return number.map_or_else(|| "nothing".into(), |number| number.to_string());
            }
            row.try_get::<Vec<u8>, _>(at)
                .map_or_else(|_| "?".into(), |bytes| format!("bytes {}", bytes.len()))
        };
        let rows = rows.iter().map(|row| {
            row.columns()
                .iter()
                .map(|column| (column.name().to_owned(), cell(row, column.ordinal())))
                .collect()
        });
        Ok(rows.collect())
    }

    async fn close(self) -> anyhow::Result<()> {
        // The stream of an open messenger does not hold the server up.
        self.site.server.stop()?;
        self.browser.close().await
    }
}

fn value<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map_or("no column", |(_, value)| value.as_str())
}

#[tokio::test]
async fn proves_s2_3_of_whoever_writes_the_page_the_device_and_the_account_when_signed_in_are_kept_and_no_more()
-> anyhow::Result<()> {
    let scene = Scene::in_country("US").await?;
    let browser = &scene.browser;
    scene.goto("/de/contact?about=question").await?;
    open(browser).await?;
    write(browser, "canary-signed-out: how long is a film?").await?;
    write(browser, "canary-signed-out: and how dear?").await?;
    let device =
        kept(browser).await?.into_iter().find(|one| one.name == "ms-support-device").context("no device")?;
    scene.sign_up("parent@example.org").await?;
    scene.goto("/minitube").await?;
    open(browser).await?;
    let earlier = browser.page.execute("return document.querySelectorAll('#messenger li').length", vec![]);
    ensure!(earlier.await?.convert::<u32>()? == 0, "what was said signed out is not the account's");
    write(browser, "canary-signed-in: where is my film?").await?;

    let rows = scene.rows("conversations").await?;
    let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
    let known = [
        "id",
        "page",
        "device_hash",
        "session_hash",
        "account_id",
        "state",
        "created_at_ms",
        "waiting_since_ms",
        "closed_at_ms",
    ];
    ensure!(names == known, "{names:?}");
    ensure!(rows.len() == 2, "{rows:?}");
    let account = scene.rows("accounts").await?;
    let account = value(&account[0], "id");
    for (row, page, whose) in [(&rows[0], "/contact", "nothing"), (&rows[1], "/minitube", account)] {
        ensure!(value(row, "page") == page && value(row, "account_id") == whose, "{row:?}");
        ensure!(
            value(row, "device_hash") == "bytes 32" && value(row, "session_hash") == "bytes 32",
            "{row:?}"
        );
        ensure!(value(row, "state") == "open" && value(row, "closed_at_ms") == "nothing", "{row:?}");
    }
    let messages = scene.rows("conversation_messages").await?;
    ensure!(messages.len() == 3, "{messages:?}");
    let names: Vec<&str> = messages[0].iter().map(|(name, _)| name.as_str()).collect();
    ensure!(
        names == ["conversation_id", "place", "author", "sealed", "written_at_ms", "closed_at_ms"],
        "{names:?}"
    );
    ensure!(messages.iter().all(|row| value(row, "sealed").starts_with("bytes ")), "{messages:?}");
    // Neither the words nor the device's secret can be read on the disk, nor an address or a browser's name.
    let never = ["canary-signed", "how dear", device.value.as_str(), "HeadlessChrome", "Mozilla/5.0"];
    for word in never {
        let found = files_with(scene.site.data.path(), word)?;
        ensure!(found.is_empty(), "{word} in {found:?}");
    }
    scene.close().await
}

#[tokio::test]
async fn proves_s9_7_the_messengers_keys_are_kept_within_their_bounds_and_go_when_consent_is_withdrawn()
-> anyhow::Result<()> {
    let scene = Scene::in_country("DE").await?;
    let browser = &scene.browser;
    scene.decide("accept").await?;
    scene.goto("/about").await?;
    browser.find("[data-messenger-open]:not([hidden])").await?;
    keeps_nothing(browser, "before it is opened").await?;
    let asked = scene.asked().await?;
    ensure!(
        !asked.is_empty() && asked.iter().all(|one| one.contains("/assets/")),
        "before it is opened nothing but its script is asked for: {asked:?}"
    );
    open(browser).await?;
    write(browser, "Hello").await?;
    let found = kept(browser).await?;
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    ensure!(names == ["ms-support-device", "ms-support-id", "ms-support-session"], "{found:?}");
    let [device, id, session] = &found[..] else { anyhow::bail!("three keys") };
    ensure!(id.ends_in_s.is_none(), "{id:?}");
    for (one, days) in [(device, 270.0), (session, 7.0)] {
        let ends_in_s = one.ends_in_s.context("it has an end")?;
        ensure!((days - 1.0) * DAY_S < ends_in_s && ends_in_s <= days * DAY_S + 60.0, "{one:?}");
        ensure!(one.guarded && one.value.len() == 43, "{one:?}");
    }
    // Opening it again moves the session's end and leaves the device's as it is.
    scene.goto("/contact").await?;
    open(browser).await?;
    reads(browser, "person", "Hello").await?;
    let again = kept(browser).await?;
    ensure!(again[0].value == device.value && again[2].value == session.value, "{again:?}");
    scene.decide("withdraw").await?;
    keeps_nothing(browser, "withdrawn").await?;
    scene.goto("/contact").await?;
    ensure!(scene.tools().await?.is_empty() && scene.asked().await?.is_empty());
    scene.close().await
}

#[tokio::test]
async fn proves_s3_4_minitube_offers_support_without_any_cookie_and_not_after_an_objection()
-> anyhow::Result<()> {
    let scene = Scene::in_country("DE").await?;
    let browser = &scene.browser;
    scene.sign_up("parent@example.org").await?;
    scene.decide("refuse").await?;
    scene.goto("/minitube").await?;
    ensure!(scene.tools().await? == "messenger", "{}", scene.tools().await?);
    open(browser).await?;
    write(browser, "Where do I find my film?").await?;
    keeps_nothing(browser, "Minitube, everything refused").await?;
    let rows = scene.rows("conversations").await?;
    ensure!(value(&rows[0], "device_hash") == "nothing", "{rows:?}");
    ensure!(value(&rows[0], "session_hash") == "bytes 32" && value(&rows[0], "account_id") != "nothing");

    let objected = async |button: &str, done: &str| {
        scene.goto("/account").await?;
        browser.click(&format!("form[action='/account/support']:has([value='{button}']) button")).await?;
        browser.arrives(done).await?;
        scene.goto("/minitube").await
    };
    objected("object", "done=support-objected").await?;
    ensure!(scene.tools().await?.is_empty() && scene.asked().await?.is_empty());
    let script = "return document.querySelector('#messenger, [data-messenger-open]') === null";
    ensure!(browser.page.execute(script, vec![]).await?.convert::<bool>()?, "the messenger is still there");
    // Nor does the server take anything, whatever a script may send.
    let script = "const done = arguments[0];
        fetch('/messenger', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({page: '/minitube', words: 'x'})}).then(answer => done(answer.status))";
    let status: u32 = browser.page.execute_async(script, vec![]).await?.convert()?;
    ensure!(status == 403, "{status}");
    ensure!(
        scene.rows("accounts").await?.iter().any(|row| value(row, "support_objected_at_ms") != "nothing")
    );

    objected("allow", "done=support-allowed").await?;
    open(browser).await?;
    reads(browser, "person", "Where do I find my film?").await?;
    scene.close().await
}

#[tokio::test]
async fn an_answer_arrives_while_one_looks_on_every_page_and_only_where_it_was_asked() -> anyhow::Result<()> {
    let scene = Scene::in_country("US").await?;
    let browser = &scene.browser;
    scene.goto("/films/moon-garden").await?;
    open(browser).await?;
    write(browser, "Does it have <b>captions</b>?").await?;
    let mut operator = scene.operator().await?;
    ensure!(operator.html.contains("Waits for an answer") && operator.html.contains("/films/moon-garden"));
    operator.open(&operator.link("/desk/conversations/")?).await?;
    ensure!(operator.html.contains("&lt;b&gt;captions"), "{}", operator.html);
    operator
        .must_submit("/desk/conversations/", &[("words", Value::Text("Yes, in four languages."))])
        .await?;
    reads(browser, "staff", "Yes, in four languages.").await?;

    // On another page: it tells of a new answer without being opened, and shows all when it is.
    scene.goto("/about").await?;
    browser.find("[data-messenger-open]:not([hidden])").await?;
    let waits = async |script: &str| {
        for _ in 0..300 {
            if browser.page.execute(format!("return {script}"), vec![]).await?.convert::<bool>()? {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        anyhow::bail!("waited in vain for {script}")
    };
    waits("performance.getEntriesByType('resource').some(one => one.name.includes('/messenger?'))").await?;
    let told = "!document.querySelector('[data-messenger-new]').hidden";
    ensure!(
        !browser.page.execute(format!("return {told}"), vec![]).await?.convert::<bool>()?,
        "nothing is new"
    );
    operator
        .must_submit("/desk/conversations/", &[("words", Value::Text("And a described version."))])
        .await?;
    waits(told).await?;
    open(browser).await?;
    reads(browser, "staff", "And a described version.").await?;
    reads(browser, "person", "Does it have <b>captions</b>?").await?;

    // Without the device's secret there is nothing to read, whatever number of a conversation one names.
    let id = kept(browser).await?.into_iter().find(|one| one.name == "ms-support-id").context("no id")?;
    let conversation = id.value.split('.').next().unwrap_or_default().to_owned();
    let stranger = Visitor::new(&scene.site.server.url)?.in_country("US")?;
    for path in ["/messenger?page=/about", &format!("/messenger?page=/about&after={conversation}.0")] {
        let mut stranger = Visitor::new(&scene.site.server.url)?.in_country("US")?;
        stranger.open(path).await?;
        ensure!(stranger.html.contains("\"lines\":[]") && stranger.html.contains("\"known\":false"));
    }
    let mut stranger = stranger;
    stranger.headers.insert("cookie", format!("ms-support-device={}", "A".repeat(43)).parse()?);
    stranger.open("/messenger?page=/about").await?;
    ensure!(stranger.html.contains("\"lines\":[]"), "{}", stranger.html);

    // Closed: who writes again begins another conversation, and the earlier one is still to be read.
    operator.must_submit("/close", &[]).await?;
    write(browser, "One more thing").await?;
    let rows = scene.rows("conversations").await?;
    ensure!(rows.len() == 2 && value(&rows[0], "state") == "closed", "{rows:?}");
    ensure!(value(&rows[0], "closed_at_ms") != "nothing" && value(&rows[1], "page") == "/about");
    let messages = scene.rows("conversation_messages").await?;
    ensure!(messages[..3].iter().all(|row| value(row, "closed_at_ms") == value(&rows[0], "closed_at_ms")));
    scene.close().await
}

/// The round button and the open panel, in both themes, on a phone and on a desk.
#[tokio::test]
async fn the_messenger_can_be_used_by_everybody_and_covers_no_button() -> anyhow::Result<()> {
    let scene = Scene::in_country("US").await?;
    for (setup, size) in [(PHONE, "phone"), (DESK, "desk")] {
        let browser = Browser::open(setup).await?;
        browser.devtools("Network.enable", json!({})).await?;
        browser.devtools("Network.setExtraHTTPHeaders", json!({"headers": {"x-country": "US"}})).await?;
        browser.page.goto(format!("{}/films/moon-garden", scene.site.server.url)).await?;
        browser.find("[data-messenger-open]:not([hidden])").await?;
        browser.fits("the messenger's button").await?;
        // Wherever the page is scrolled to, the main button can be pressed.
        let script = "const main = document.querySelector('a.button.big.wide'), opener = document.querySelector('.messenger-open');
            main.scrollIntoView({block: 'end'}); window.dispatchEvent(new Event('scroll'));
            const box = main.getBoundingClientRect();
            return [0.02, 0.5, 0.98].every(part => document.elementFromPoint(box.left + box.width * part, box.top + box.height / 2)?.closest('a, button') === main)";
        ensure!(
            browser.page.execute(script, vec![]).await?.convert::<bool>()?,
            "{size}: a button is covered"
        );
        browser.page.execute("scrollTo(0, 0)", vec![]).await?;
        view(&browser, &format!("messenger-button-{size}")).await?;
        open(&browser).await?;
        let script = "return document.activeElement?.id";
        ensure!(browser.page.execute(script, vec![]).await?.convert::<String>()? == "messenger-words");
        write(&browser, "How long does it take until the film is there?").await?;
        let mut operator = scene.operator().await?;
        operator.open(&operator.link("/desk/conversations/")?).await?;
        let words = "The first scenes after a few seconds, the whole film after some minutes.";
        operator.must_submit("/desk/conversations/", &[("words", Value::Text(words))]).await?;
        reads(&browser, "staff", words).await?;
        for (theme, dark) in [("light", false), ("dark", true)] {
            browser.theme(dark).await?;
            browser.axe(&format!("the messenger, {size}, {theme}")).await?;
            browser.fits("the messenger").await?;
            view(&browser, &format!("messenger-{size}-{theme}")).await?;
        }
        browser.theme(false).await?;
        // Escape closes it, and the button has the focus again.
        browser.find("#messenger-words").await?.send_keys("\u{e00c}").await?;
        let script = "return document.querySelector('#messenger').hidden && document.activeElement.matches('[data-messenger-open]')";
        ensure!(browser.page.execute(script, vec![]).await?.convert::<bool>()?, "{size}: Escape");
        browser.close().await?;
    }
    scene.browser.page.goto(scene.site.operator_link()?).await?;
    scene.browser.arrives("/desk").await?;
    scene.goto("/desk/conversations").await?;
    scene.browser.axe("the list of conversations").await?;
    scene.browser.shoot("conversations-desk").await?;
    scene.browser.click("main h2 a").await?;
    scene.browser.find("#words").await?;
    scene.browser.axe("a conversation at the desk").await?;
    scene.browser.shoot("conversation-desk").await?;
    scene.sign_up("parent@example.org").await?;
    scene.goto("/minitube").await?;
    open(&scene.browser).await?;
    scene.browser.axe("the messenger in Minitube").await?;
    view(&scene.browser, "messenger-minitube").await?;
    scene.close().await
}

/// A picture of what is to be seen just now, into `shots/NAME.png` of the checkout.
async fn view(browser: &Browser, name: &str) -> anyhow::Result<()> {
    let folder = e2e::root().join("shots");
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(folder.join(format!("{name}.png")), browser.page.screenshot_as_png().await?)?)
}
