//! The running program: how long after paying the first shots can be watched and the whole film is
//! there, and what handing it out costs the server.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use e2e::server::Server;
use e2e::visitor::{Value, Visitor};

use crate::figure::{Bar, Figure};

const FILM: &str = "moon-garden";
/// How often the film is downloaded to see what that costs.
const DOWNLOADS: usize = 40;

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(order())
}

async fn order() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let mut parent = Visitor::new(&server.url)?;
    e2e::visitor::sign_up(&mut parent, "parent@example.org").await?;
    // The shared shots are made ahead of any order: an idle machine is one that has done so.
    prepared(&server).await?;
    parent.open(&format!("/create/{FILM}")).await?;
    let photo = e2e::drawn_child(1);
    let uploaded = Instant::now();
    let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&photo))];
    parent.must_submit("/photo", &fields).await?;
    let uploaded = uploaded.elapsed();
    parent.open(&format!("/create/{FILM}/child")).await?;
    parent.must_submit("/child", &[("name", Value::Text("Mia"))]).await?;
    parent.open(&format!("/create/{FILM}/till")).await?;

    let paid = Instant::now();
    parent.must_submit("/till", &[("outcome", Value::Text("pay"))]).await?;
    let film = parent.path.clone();
    let segments = segments(&parent, &film).await?;
    let first_personal = segments.get(2).context("the film has few shots")?;
    wait_for(&parent, &segments[0]).await?;
    let first = paid.elapsed();
    wait_for(&parent, first_personal).await?;
    let personal = paid.elapsed();
    for segment in &segments {
        wait_for(&parent, segment).await?;
    }
    let whole = paid.elapsed();
    let file = format!("{film}/film.mp4");
    wait_for(&parent, &file).await?;
    let kept = paid.elapsed();

    let (mut bytes, before) = (0u64, server.cpu_seconds()?);
    for _ in 0..DOWNLOADS {
        bytes += parent.fetch(&file).await?.1.len() as u64;
    }
    let download = (server.cpu_seconds()? - before) / (bytes as f64 / 1e9);
    let (mut bytes, before) = (0u64, server.cpu_seconds()?);
    for _ in 0..DOWNLOADS {
        for segment in &segments {
            bytes += parent.fetch(segment).await?.1.len() as u64;
        }
    }
    let stream = (server.cpu_seconds()? - before) / (bytes as f64 / 1e9);
    server.stop()?;
    let wall = |name: &str, time: Duration| Figure::new(name, time.as_secs_f64(), "s wall");
    Ok(vec![
        wall("photo sent to cut-out shown", uploaded),
        wall("paid to first playable segment", first).against(Bar::AtMost(5.0)),
        wall("paid to first segment with the child", personal),
        wall("paid to last segment", whole).against(Bar::AtMost(30.0)),
        wall("paid to download file", kept),
        Figure::new("handing out the file", download, "CPU s / GB").against(Bar::AtMost(0.60)),
        Figure::new("handing out segments", stream, "CPU s / GB").against(Bar::AtMost(0.60)),
    ])
}

/// Waits until the server has nothing to do any more.
async fn prepared(server: &Server) -> anyhow::Result<()> {
    let mut last = server.cpu_seconds()?;
    for _ in 0..300 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = server.cpu_seconds()?;
        if now - last < 0.05 {
            return Ok(());
        }
        last = now;
    }
    anyhow::bail!("the server never came to rest")
}

/// The film's picture segments in order, as its playlists name them.
async fn segments(parent: &Visitor, film: &str) -> anyhow::Result<Vec<String>> {
    let at = |name: &str| format!("{film}/stream/{name}");
    let master = String::from_utf8(parent.fetch(&at("master.m3u8")).await?.1)?;
    let list = master.lines().find(|line| !line.starts_with('#') && line.contains(".m3u8"));
    let list = String::from_utf8(parent.fetch(&at(list.context("no playlist of pictures")?)).await?.1)?;
    let segments: Vec<String> =
        list.lines().filter(|line| line.contains(".m4s") && !line.starts_with('#')).map(at).collect();
    ensure!(segments.len() > 5, "the playlist names {} segments", segments.len());
    Ok(segments)
}

async fn wait_for(parent: &Visitor, path: &str) -> anyhow::Result<()> {
    for _ in 0..6_000 {
        if parent.fetch(path).await?.0.is_success() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("{path} never came")
}
