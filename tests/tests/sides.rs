//! A later family's film is made beside what an earlier order left for everyone, and of what was made well ahead; it plays as
//! any other does.

use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, PHONE};
use e2e::site::Site;
use e2e::visitor::{film_is_whole, order_tiny, sign_up};
use e2e::{drawn_child, probe, tiny_film};
use serde_json::json;

/// How many sides there are, with something in them; and how much that is everyone's is left to be made.
async fn sides(site: &Site) -> anyhow::Result<(i64, i64)> {
    let made = site.count("shared_shots where room is not null and state = 'ready' and bytes > 0").await?;
    let left = site.count("shared_shots where state <> 'ready'").await?;
    Ok((made, left))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_film_is_made_beside_what_an_earlier_one_left_and_plays() -> anyhow::Result<()> {
    let films = tiny_film();
    let site = Site::start_working(&[
        ("MINISTUDIO_FILMS", &films),
        ("MINISTUDIO_SPARE_TIME", "true"),
        ("MINISTUDIO_RENDITIONS", "90,180,270"),
    ])?;
    let mut first = site.visitor("DE")?;
    sign_up(&mut first, "first@example.org").await?;
    order_tiny(&mut first, "Mia", &drawn_child(1), &[]).await?;
    film_is_whole(&mut first).await?;
    let mut made = sides(&site).await?;
    for _ in 0..900 {
        if made.0 > 0 && made.1 == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        made = sides(&site).await?;
    }
    ensure!(made.0 > 0 && made.1 == 0, "sides made, and what is left: {made:?}");

    // Another child of about that size, with a name of about that length.
    let mut second = site.visitor("DE")?;
    sign_up(&mut second, "second@example.org").await?;
    order_tiny(&mut second, "Ida", &drawn_child(3), &[]).await?;
    let film = second.path.clone();
    film_is_whole(&mut second).await?;
    ensure!(sides(&site).await? == made, "it needed no other sides");
    let link = second.link("film.mp4?download")?;
    let (status, bytes) = second.fetch(&link).await?;
    ensure!(status.is_success(), "{status} for {link}");
    let file = site.data.path().join("second.mp4");
    std::fs::write(&file, &bytes)?;
    let streams = probe(&file)?;
    ensure!(streams.video.starts_with("h264"), "{streams:?}");

    // In its other sizes it is there a while later.
    let mut left = 1;
    for _ in 0..600 {
        left = site.count("renditions_due").await?;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(left == 0, "films that lack a size: {left}");
    let (status, master) = second.fetch(&format!("{film}/stream/master.m3u8")).await?;
    let sizes = String::from_utf8(master)?.matches("RESOLUTION=").count();
    ensure!(status.is_success() && sizes == 3, "{status}, {sizes} sizes");

    let browser = Browser::open(PHONE).await?;
    browser.page.goto(&site.server.url).await?;
    let cookie = json!({"url": site.server.url, "name": "ms-session", "value": second.session()?});
    browser.devtools("Network.setCookie", cookie).await?;
    browser.page.goto(format!("{}{film}", site.server.url)).await?;
    let play = "const v = document.querySelector('video'); v.muted = true; v.play(); return 0";
    browser.page.execute(play, vec![]).await?;
    let told = "const v = document.querySelector('video'); const q = v.getVideoPlaybackQuality(); \
                return [v.ended, v.error ? v.error.message || 'error' : '', q.corruptedVideoFrames, v.currentTime]";
    let mut state = serde_json::Value::Null;
    for _ in 0..600 {
        state = browser.page.execute(told, vec![]).await?.json().clone();
        if state[0] == true || state[1] != "" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let seconds = state[3].as_f64().context("a time")?;
    ensure!(state[0] == true && state[1] == "" && state[2] == 0, "it did not play to its end: {state}");
    ensure!((seconds - streams.seconds).abs() < 0.2, "{seconds} of {}", streams.seconds);
    browser.close().await
}
