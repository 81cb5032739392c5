//! "Try it on this device": the photo is cut out and played in the browser. Nothing of it is sent, which the browser's own
//! network log shows, and what is drawn there is what the server would draw of the same cut-out.

#![cfg(not(without_preview))]

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::browser::{Browser, PHONE, requests_in};
use e2e::drawn_child;
use e2e::server::Server;
use film::{Canvas, Cast, Film, Rendition};
use serde_json::json;

const FILM: &str = "moon-garden";
const VIEW: Rendition = Rendition { width: 640, height: 360 };
const PLACE: &str = "document.querySelector('[data-preview]')";

/// Waits until the script's answer is true.
async fn until(browser: &Browser, what: &str, script: &str) -> anyhow::Result<()> {
    for _ in 0..1200 {
        if browser.page.execute(format!("return Boolean({script})"), vec![]).await?.convert::<bool>()? {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("waited in vain for {what}: {}", browser.text().await?)
}

/// Presses a button past the banner, which is left open: to answer it would be sent.
async fn press(browser: &Browser, button: &str) -> anyhow::Result<()> {
    browser.page.execute(format!("document.querySelector('{button}').click()"), vec![]).await?;
    Ok(())
}

/// What a promise in the page comes to.
async fn of_promise(browser: &Browser, script: &str) -> anyhow::Result<String> {
    let script = format!(
        "const done = arguments[arguments.length - 1], place = {PLACE};
         (async () => {{ {script} }})().then(done, (error) => done('failed: ' + error));"
    );
    Ok(browser.page.execute_async(script, vec![]).await?.convert()?)
}

/// The hash of the frame that the canvas shows.
const OF_THE_CANVAS: &str =
    "const pixels = place.querySelector('canvas[data-view]').getContext('2d').getImageData(0, 0, 640, 360).data;
     const sum = await crypto.subtle.digest('SHA-256', pixels);
     return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('');";

/// Every frame of a shot, asked of the worker as the page asks: one at a time, with its pixels going to and fro. Answers with
/// the milliseconds that each took.
const EACH_FRAME: &str = "
     const took = [];
     let pixels;
     for (let frame = 0; frame < frames; frame += 1) {
       const began = performance.now();
       ({ pixels } = await place.ask('draw', { shot, frame, pixels }, pixels ? [pixels.buffer] : []));
       took.push(performance.now() - began);
     }
     return JSON.stringify(took);";

/// Played from where it stands to its end: how many frames are shown, and for how many milliseconds.
const PLAYED: &str = "
     const button = place.querySelector('[data-play]'), label = button.textContent, shown = new Set();
     return new Promise((done) => {
       const began = performance.now();
       new MutationObserver((changes, observer) => {
         if (changes.some((change) => change.attributeName)) shown.add(place.dataset.shown);
         if (button.textContent !== label) return;
         observer.disconnect();
         done(JSON.stringify([shown.size, performance.now() - began]));
       }).observe(place, { attributeFilter: ['data-shown'], childList: true, subtree: true });
       button.click();
     });";

/// How long each frame takes; it is only printed, as it is the machine's.
async fn measure(browser: &Browser, frames: &[u32]) -> anyhow::Result<()> {
    let mut took: Vec<f64> = Vec::new();
    for (shot, frames) in frames.iter().enumerate() {
        let script = format!("const shot = {shot}, frames = {frames};{EACH_FRAME}");
        let answer = of_promise(browser, &script).await?;
        took.extend(serde_json::from_str::<Vec<f64>>(&answer).context(answer)?);
    }
    took.sort_by(f64::total_cmp);
    let mean = took.iter().sum::<f64>() / took.len() as f64;
    let [half, late] = [50, 95].map(|percent| took[took.len() * percent / 100]);
    let rate = 1000.0 / mean;
    println!(
        "a frame to the worker and back: {half:.1} ms at the median, {mean:.1} at the mean, {late:.1} at the 95th percentile; {rate:.0} a second"
    );
    Ok(())
}

#[tokio::test]
async fn proves_g_5_the_preview_shows_the_child_and_uploads_nothing() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let folder = e2e::root().join("films").join(FILM);
    let server = Server::start(data.path(), &[("MINISTUDIO_FILMS", &folder.display().to_string())])?;
    let log = data.path().join("network.json");
    let browser = Browser::open_logged(PHONE, &log).await?;
    browser.page.goto(format!("{}/films/{FILM}", server.url)).await?;
    until(&browser, "the field", "document.querySelector('#try-photo')?.checkVisibility()").await?;

    // A picture without a face is refused in the server's words.
    browser.choose_file("#try-photo", &e2e::root().join("tests/photos/coffee.png")).await?;
    until(&browser, "a refusal", "document.querySelector('#try-said').textContent.includes('no face')")
        .await?;
    // A drawn child plays; the browser asks for less motion, so that a still picture is shown.
    let chosen = std::time::Instant::now();
    browser.choose_file("#try-photo", &drawn_child(1)).await?;
    until(
        &browser,
        "a frame",
        &format!("{PLACE}.dataset.shown && !document.querySelector('[data-stage]').hidden"),
    )
    .await?;
    println!("from the photo to its first frame: {} ms", chosen.elapsed().as_millis());
    browser.axe("preview").await?;
    browser.fits("preview").await?;
    browser.shoot("preview").await?;
    let text = browser.text().await?;
    ensure!(text.contains("has not left this device"), "{text}");

    // The same frames are drawn here, of the cut-out that the browser made.
    let hero = of_promise(
        &browser,
        "const { bytes } = await place.ask('hero');
         return new Promise((done) => {
           const reader = new FileReader();
           reader.onload = () => done(reader.result.split(',')[1]);
           reader.readAsDataURL(new Blob([bytes]));
         });",
    )
    .await?;
    let hero = likeness::CutOut::from_bytes(&STANDARD.decode(hero)?)?;
    let film =
        Film::read(&catalogue::OnDisk::open(&folder)?).map_err(|report| anyhow::anyhow!("{report}"))?;
    let shots = film.preview_shots();
    ensure!(shots.len() > 1, "{shots:?}");
    let mut seen = std::collections::BTreeSet::new();
    // Three still pictures a shot, all round.
    for _ in 0..shots.len() * 3 {
        let before: String =
            browser.page.execute(format!("return {PLACE}.dataset.shown"), vec![]).await?.convert()?;
        let hash = of_promise(&browser, OF_THE_CANVAS).await?;
        let (shot, frame) = before.split_once(' ').context("no frame")?;
        let shot: usize = shot.parse()?;
        ensure!(
            hash == drawn_here(&film, shots[shot], frame.parse()?, &hero)?,
            "shot {shot}, frame {frame} differs"
        );
        seen.insert(shot);
        press(&browser, "[data-on]").await?;
        until(&browser, "the next picture", &format!("{PLACE}.dataset.shown !== '{before}'")).await?;
    }
    ensure!(seen.len() == shots.len(), "{seen:?}");
    let frames: Vec<u32> = shots.iter().map(|shot| film.shots()[*shot].frames).collect();
    measure(&browser, &frames).await?;
    // Played, every frame follows from the clock.
    let answer = of_promise(&browser, PLAYED).await?;
    let (shown, during): (u32, f64) = serde_json::from_str(&answer).context(answer)?;
    println!(
        "played: {shown} frames shown, {:.1} of {} a second",
        f64::from(shown) / during * 1000.0,
        film.info().fps
    );
    ensure!(shown > 1, "the film does not move");
    browser.devtools("Page.navigate", json!({"url": "about:blank"})).await?;
    browser.close().await?;

    let requests = requests_in(&log, &server.url)?;
    ensure!(requests.iter().all(|request| request.method == "GET" && !request.has_body), "{requests:?}");
    // The worker is asked for when a photo is reached for: from then on, only what it works with is.
    let worker = requests.iter().position(|request| request.url.ends_with("/js/preview-worker.js"));
    let after = &requests[worker.context("no worker")?..];
    let is_file = |url: &str| {
        let path = url.strip_prefix(&server.url).unwrap_or_default();
        path.starts_with("/assets/") || path.starts_with(&format!("/films/{FILM}/"))
    };
    ensure!(after.iter().all(|request| is_file(&request.url)), "{after:?}");
    ensure!(after.iter().any(|request| request.url.ends_with("/preview.wasm")), "{after:?}");
    Ok(())
}

/// The hash of a frame as it is drawn without a browser.
fn drawn_here(film: &Film, shot: usize, frame: u32, hero: &likeness::CutOut) -> anyhow::Result<String> {
    let options = std::collections::BTreeMap::new();
    let cast = Cast { face: Some(hero), name: "", language: "en", options: &options, second: None };
    let mut canvas = Canvas::new(VIEW.width, VIEW.height);
    film.scene_at_baseline(shot, &cast, VIEW)?.draw(frame, &mut canvas);
    let hash = ring::digest::digest(&ring::digest::SHA256, canvas.pixels());
    Ok(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
