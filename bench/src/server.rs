//! The running program: how long after paying the first shots can be watched and the whole film is
//! there, and what handing it out costs the server.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use e2e::server::Server;
use e2e::visitor::{Value, Visitor};
use film::Film;

use crate::figure::{Bar, Figure};

/// The film that is ordered.
pub const FILM: &str = "moon-garden";
/// How often the film is downloaded to see what that costs.
const DOWNLOADS: usize = 100;
/// How exactly it is known when something came.
const PAUSE: Duration = Duration::from_millis(20);
/// What has not come after so long never comes.
const PATIENCE: Duration = Duration::from_secs(600);

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(order())
}

async fn order() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let mut parent = Visitor::new(&server.url)?;
    e2e::visitor::sign_up(&mut parent, "parent@example.org").await?;
    // The shared shots are made ahead of any order: an idle machine is one that has done so.
    at_rest(&server).await?;
    let uploaded = fill_in(&mut parent).await?;

    let paid = Instant::now();
    let film = pay(&mut parent).await?;
    let segments = segments(&parent, &film).await?;
    let first_personal = segments.get(2).context("the film has few shots")?;
    wait_for(&parent, &segments[0], PAUSE).await?;
    let first = paid.elapsed();
    wait_for(&parent, first_personal, PAUSE).await?;
    let personal = paid.elapsed();
    for segment in &segments {
        wait_for(&parent, segment, PAUSE).await?;
    }
    let whole = paid.elapsed();
    let file = format!("{film}/film.mp4");
    wait_for(&parent, &file, PAUSE).await?;
    let kept = paid.elapsed();

    // What is made after the film is whole is not part of handing it out.
    at_rest(&server).await?;
    let download = handing_out(&server, &parent, &[file]).await?;
    let stream = handing_out(&server, &parent, &segments).await?;
    let own = handing_out(&server, &parent, &sealed(segments)?).await?;
    server.stop()?;
    let wall = |name: &str, time: Duration| Figure::new(name, time.as_secs_f64(), "s wall");
    Ok(vec![
        wall("photo sent to cut-out shown", uploaded),
        wall("paid to first playable segment", first).against(Bar::AtMost(5.0)),
        wall("paid to first segment with the child", personal),
        wall("paid to last segment", whole).against(Bar::AtMost(30.0)),
        wall("paid to download file", kept),
        Figure::new("handing out the file", download, "CPU s / GB").against(Bar::AtMost(0.60)),
        Figure::new("handing out all segments", stream, "CPU s / GB").against(Bar::AtMost(0.60)),
        Figure::new("handing out encrypted segments", own, "CPU s / GB").against(Bar::AtMost(0.60)),
    ])
}

/// CPU seconds of the server for a gigabyte of what is behind these paths.
async fn handing_out(server: &Server, parent: &Visitor, paths: &[String]) -> anyhow::Result<f64> {
    let (mut bytes, before) = (0u64, server.cpu_seconds()?);
    for _ in 0..DOWNLOADS {
        for path in paths {
            let (status, body) = parent.fetch(path).await?;
            ensure!(status.is_success(), "{path} answers {status}");
            bytes += body.len() as u64;
        }
    }
    Ok((server.cpu_seconds()? - before) / (bytes as f64 / 1e9))
}

/// Those of a film's segments that show the child: they lie encrypted in the store. There is one for each shot.
fn sealed(segments: Vec<String>) -> anyhow::Result<Vec<String>> {
    let folder = catalogue::find(FILM).context("the film is not part of this program")?;
    let film = Film::read(&folder).map_err(|report| anyhow::anyhow!("{report}"))?;
    let shots = film.shots();
    ensure!(shots.len() == segments.len(), "{} segments of {} shots", segments.len(), shots.len());
    let own = segments.into_iter().zip(shots).filter(|(_, shot)| shot.is_personal());
    Ok(own.map(|(segment, _)| segment).collect())
}

/// Gives a photo and a name, as far as the till; returns how long the photo took until its cut-out was shown.
pub async fn fill_in(parent: &mut Visitor) -> anyhow::Result<Duration> {
    parent.open(&format!("/create/{FILM}")).await?;
    let photo = e2e::drawn_child(1);
    let uploaded = Instant::now();
    let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&photo))];
    parent.must_submit("/photo", &fields).await?;
    let uploaded = uploaded.elapsed();
    parent.open(&format!("/create/{FILM}/child")).await?;
    parent.must_submit("/child", &[("name", Value::Text("Mia"))]).await?;
    parent.open(&format!("/create/{FILM}/till")).await?;
    Ok(uploaded)
}

/// Pays; returns the film's path.
pub async fn pay(parent: &mut Visitor) -> anyhow::Result<String> {
    parent.must_submit("/till", &[("outcome", Value::Text("pay"))]).await?;
    Ok(parent.path.clone())
}

/// Waits until the server has nothing to do any more.
pub async fn at_rest(server: &Server) -> anyhow::Result<()> {
    let mut last = server.cpu_seconds()?;
    for _ in 0..600 {
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
    let lines: Vec<&str> = master.lines().collect();
    // Of several sizes the one that the bars speak of.
    let of_size = lines.windows(2).find(|pair| pair[0].contains("RESOLUTION=1280x720")).map(|pair| pair[1]);
    let is_list = |line: &&&str| !line.starts_with('#') && line.contains(".m3u8");
    let list = of_size.or(lines.iter().find(is_list).copied());
    let list = String::from_utf8(parent.fetch(&at(list.context("no playlist of pictures")?)).await?.1)?;
    let segments: Vec<String> =
        list.lines().filter(|line| line.contains(".m4s") && !line.starts_with('#')).map(at).collect();
    ensure!(segments.len() > 5, "the playlist names {} segments", segments.len());
    Ok(segments)
}

/// Waits until there is something behind a path, and looks so often.
pub async fn wait_for(parent: &Visitor, path: &str, pause: Duration) -> anyhow::Result<()> {
    let give_up = Instant::now() + PATIENCE;
    while Instant::now() < give_up {
        if parent.fetch(path).await?.0.is_success() {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
    }
    anyhow::bail!("{path} never came")
}
