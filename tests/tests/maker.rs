//! The film maker's page (`ministudio film preview`) in a real browser: a new film is looked at, cast with another child,
//! changed and broken, and the page follows.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use e2e::browser::{Browser, DESK};
use e2e::server::command;
use serde_json::json;

const NOTHING_TO_MEND: &str = "document.querySelector('#problems-sum').textContent === 'Nothing to mend.'";

/// The running command and where its page is. Ended on drop.
struct Preview {
    program: Child,
    url: String,
    /// It says more, and would fall over if nobody could hear it.
    said: BufReader<ChildStdout>,
}

impl Preview {
    fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut preview = command();
        preview.args(["film", "preview"]).arg(folder).args(["--listen", "127.0.0.1:0"]);
        let mut program = preview.stdout(Stdio::piped()).spawn()?;
        let said = BufReader::new(program.stdout.take().context("piped")?);
        let mut preview = Self { program, url: String::new(), said };
        let mut line = String::new();
        preview.said.read_line(&mut line)?;
        let url = line.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:"));
        preview.url = url.with_context(|| format!("it said: {line}"))?.to_owned();
        Ok(preview)
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Waits until the script's answer is true.
async fn until(browser: &Browser, what: &str, script: &str) -> anyhow::Result<()> {
    let give_up = Instant::now() + Duration::from_secs(300);
    while Instant::now() < give_up {
        if browser.page.execute(format!("return Boolean({script})"), vec![]).await?.convert::<bool>()? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("waited in vain for {what}: {}", browser.text().await?)
}

/// A number for the picture on the page: two pictures that differ have two numbers.
const PICTURE: &str = "(() => {
    const picture = document.querySelector('#picture');
    const pixels = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data;
    let sum = 7;
    for (let at = 0; at < pixels.length; at += 1) sum = (sum * 31 + pixels[at]) % 1000000007;
    return sum;
})()";

async fn picture(browser: &Browser) -> anyhow::Result<i64> {
    Ok(browser.page.execute(format!("return {PICTURE}"), vec![]).await?.convert()?)
}

async fn another_picture(browser: &Browser, why: &str, before: i64) -> anyhow::Result<i64> {
    until(browser, why, &format!("{PICTURE} !== {before}")).await?;
    picture(browser).await
}

/// The texts of all elements.
async fn texts(browser: &Browser, css: &str) -> anyhow::Result<Vec<String>> {
    let script = format!("return [...document.querySelectorAll('{css}')].map((one) => one.innerText)");
    Ok(browser.page.execute(script, vec![]).await?.convert()?)
}

/// The page as it stands, in both themes and on the narrowest screen.
async fn look(browser: &Browser, name: &str) -> anyhow::Result<()> {
    for (theme, dark) in [("light", false), ("dark", true)] {
        browser.theme(dark).await?;
        browser.axe(&format!("{name}, {theme}")).await?;
        browser.shoot(&format!("{name}-{theme}")).await?;
    }
    browser.theme(false).await?;
    let width = |width: u32| json!({"width": width, "height": 860, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", width(360)).await?;
    browser.fits(name).await?;
    browser.devtools("Emulation.setDeviceMetricsOverride", width(DESK.size.0)).await?;
    browser.fits(name).await
}

/// Replaces what stands in a file once.
fn edit(file: &Path, old: &str, new: &str) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    ensure!(text.contains(old), "{} does not hold {old}", file.display());
    Ok(std::fs::write(file, text.replacen(old, new, 1))?)
}

#[tokio::test]
async fn a_film_maker_sees_a_new_film_and_each_change_of_it() -> anyhow::Result<()> {
    let outer = tempfile::tempdir()?;
    let folder = outer.path().join("paper-boat");
    let begun = command().args(["film", "new"]).arg(&folder).output()?;
    ensure!(begun.status.success(), "{}", String::from_utf8_lossy(&begun.stderr));
    let preview = Preview::of(&folder)?;
    let browser = Browser::open(DESK).await?;
    browser.page.goto(&preview.url).await?;
    until(&browser, "its language", "document.querySelector('#language').value === 'en'").await?;
    until(&browser, "its check", NOTHING_TO_MEND).await?;
    let drawn =
        "document.querySelector('#picture').getContext('2d').getImageData(320, 180, 1, 1).data[3] === 255";
    until(&browser, "the first picture", drawn).await?;
    let evening = picture(&browser).await?;

    // The timeline says which shots are personal, and why.
    let shots = texts(&browser, "#timeline button").await?;
    let says = |shot: usize, words: &[&str]| words.iter().all(|word| shots[shot].contains(word));
    ensure!(shots.len() == 2, "{shots:?}");
    ensure!(says(0, &["01-evening, 4.0 s, shared", "shows nothing of the child"]), "{shots:?}");
    ensure!(says(1, &["02-hello, 4.0 s, personal", "face:", "hero.svg", "name:", "place.svg"]), "{shots:?}");
    ensure!(says(1, &["shots/02-hello.toml:"]), "{shots:?}");

    // Another child and another name change the picture of the shot that shows them.
    browser.click("#timeline button.personal").await?;
    until(&browser, "the shot", "document.querySelector('#clock').textContent.includes('02-hello')").await?;
    let own = another_picture(&browser, "the personal shot", evening).await?;
    browser.click("#child option[value='one']").await?;
    let other = another_picture(&browser, "another child", own).await?;
    until(&browser, "the child's moods", "document.querySelectorAll('#moods img').length > 3").await?;
    browser.click(".try:nth-of-type(2)").await?;
    let named = another_picture(&browser, "another name", other).await?;
    let caption = texts(&browser, "#caption").await?.concat();
    ensure!(caption.contains("Zoé"), "{caption}");
    look(&browser, "maker").await?;

    // An edited drawing shows by itself.
    let changed = Instant::now();
    edit(&folder.join("drawings/place.svg"), "fill=\"#8a6247\"", "fill=\"#2f7f9a\"")?;
    let edited = another_picture(&browser, "the edited drawing", named).await?;
    println!("from an edited drawing to its picture: {} ms", changed.elapsed().as_millis());

    // A mistake is told by file and line, with the line itself and what was meant; what could be seen stays.
    let manifest = folder.join("film.toml");
    edit(&manifest, "\nposter =", "\npostr =")?;
    let told =
        "[...document.querySelectorAll('#problems li')].some((one) => one.textContent.includes('postr'))";
    until(&browser, "the mistake", told).await?;
    let text = std::fs::read_to_string(&manifest)?;
    let line = text.lines().position(|line| line.starts_with("postr")).context("the mistake")? + 1;
    let told = texts(&browser, "#problems li").await?.join("\n");
    let wanted =
        [format!("film.toml:{line}"), format!("{line} | postr ="), "did you mean \"poster\"?".into()];
    ensure!(wanted.iter().all(|words| told.contains(words)), "{told}");
    ensure!(picture(&browser).await? == edited, "the picture went away");
    look(&browser, "maker-mistake").await?;
    edit(&manifest, "\npostr =", "\nposter =")?;
    until(&browser, "nothing to mend", NOTHING_TO_MEND).await?;
    browser.close().await
}
