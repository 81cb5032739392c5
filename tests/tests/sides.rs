//! As the program runs where nothing is set, with every size and in its spare time: a later family's film is made beside
//! what an earlier order left for everyone, and of what was made well ahead; it plays as any other does.

use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, PHONE};
use e2e::site::Site;
use e2e::visitor::{Visitor, film_is_whole, order_tiny, sign_up};
use e2e::{drawn_child, probe, tiny_film};
use film::Film;
use serde_json::json;

/// How many sides there are, with something in them; and how much that is everyone's is left to be made.
async fn sides(site: &Site) -> anyhow::Result<(i64, i64)> {
    let made = site.count("shared_shots where room is not null and state = 'ready' and bytes > 0").await?;
    let left = site.count("shared_shots where state <> 'ready'").await?;
    Ok((made, left))
}

/// The sizes that the tiny film is served in: its own, and those of the defaults.
const SIZES: [&str; 4] = ["320x180", "854x480", "1280x720", "1920x1080"];

/// Into how many slices the pictures of a segment are cut, all together. One that is made whole has one for each.
fn slices(segment: &[u8]) -> anyhow::Result<usize> {
    let data = segment.windows(4).position(|name| name == b"mdat").context("a segment has no pictures")?;
    let (mut rest, mut slices) = (&segment[data + 4..], 0);
    while let Some((length, more)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let (unit, after) = more.split_at_checked(length).context("a segment is cut off")?;
        // What a unit is stands in the last bits of its first byte.
        slices += usize::from(unit.first().is_some_and(|head| matches!(head & 31, 1 | 5)));
        rest = after;
    }
    Ok(slices)
}

/// How many shots of a film were put together of everyone's side and the family's own.
async fn made_beside(parent: &Visitor, film: &str, master: &str) -> anyhow::Result<usize> {
    let at = |name: &str| format!("{film}/stream/{name}");
    let lines: Vec<&str> = master.lines().collect();
    let own = format!("RESOLUTION={}", SIZES[0]);
    let own = lines.windows(2).find(|pair| pair[0].contains(&own)).context("its own size is not served")?[1];
    let list = String::from_utf8(parent.fetch(&at(own)).await?.1)?;
    let segments = list.lines().filter(|line| line.contains(".m4s") && !line.starts_with('#'));
    let tiny =
        Film::read(&catalogue::OnDisk::open(tiny_film())?).map_err(|report| anyhow::anyhow!("{report}"))?;
    let mut beside = 0;
    for (shot, segment) in tiny.shots().iter().zip(segments) {
        let (status, bytes) = parent.fetch(&at(segment)).await?;
        ensure!(status.is_success(), "{status} for {segment}");
        // The shared one was made well ahead, in slices of its own.
        beside += usize::from(shot.is_personal() && slices(&bytes)? > shot.frames as usize);
    }
    Ok(beside)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_film_is_made_beside_what_an_earlier_one_left_and_plays() -> anyhow::Result<()> {
    let site = Site::start_in_full(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut first = site.visitor("DE")?;
    sign_up(&mut first, "first@example.org").await?;
    order_tiny(&mut first, "Mia", &drawn_child(1), &[]).await?;
    film_is_whole(&mut first).await?;
    let mut made = sides(&site).await?;
    for _ in 0..2_400 {
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
    for _ in 0..2_400 {
        left = site.count("renditions_due").await?;
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(left == 0, "films that lack a size: {left}");
    let (status, master) = second.fetch(&format!("{film}/stream/master.m3u8")).await?;
    let master = String::from_utf8(master)?;
    let is_whole = master.matches("RESOLUTION=").count() == SIZES.len()
        && SIZES.iter().all(|size| master.contains(&format!("RESOLUTION={size}")));
    ensure!(status.is_success() && is_whole, "{status}: {master}");
    let beside = made_beside(&second, &film, &master).await?;
    ensure!(beside > 0, "every shot was made whole");

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
