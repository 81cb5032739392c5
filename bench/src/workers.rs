//! The same orders made by one worker and by two: twice as quick, and none of the work done twice.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::ensure;
use e2e::server::Server;
use e2e::visitor::{Visitor, sign_up};

use crate::figure::{Bar, Figure};
use crate::server::{FILM, at_rest, fill_in, pay, wait_for};

/// How many films wait.
const FILMS: usize = 3;
/// Seldom enough that looking costs nothing beside making.
const PAUSE: Duration = Duration::from_millis(250);

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(both())
}

/// What all films took.
struct Took {
    wall: f64,
    cpu: f64,
}

async fn both() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let film = e2e::root().join("films").join(FILM).display().to_string();
    let start = |folder: &Path, setting: (&str, &str)| {
        Server::start(folder, &[("MINISTUDIO_FILMS", film.as_str()), setting])
    };
    // What all films share is there before any is ordered.
    let server = start(folder.path(), ("MINISTUDIO_WORKS", "true"))?;
    at_rest(&server).await?;
    server.stop()?;
    // Nobody makes anything while the films are ordered.
    let server = start(folder.path(), ("MINISTUDIO_WORKS", "false"))?;
    let mut waiting = Vec::new();
    for number in 0..FILMS {
        let mut parent = Visitor::new(&server.url)?;
        sign_up(&mut parent, &format!("parent-{number}@example.org")).await?;
        fill_in(&mut parent).await?;
        let film = pay(&mut parent).await?;
        waiting.push((parent, format!("{film}/film.mp4")));
    }
    server.stop()?;

    let made = async |workers: &str| -> anyhow::Result<Took> {
        let copy = tempfile::tempdir()?;
        copy_folder(folder.path(), copy.path())?;
        let since = Instant::now();
        let server = start(copy.path(), ("MINISTUDIO_RENDERS_AT_ONCE", workers))?;
        for (parent, file) in &waiting {
            let mut parent = parent.clone();
            parent.moved_to(&server.url);
            wait_for(&parent, file, PAUSE).await?;
        }
        let wall = since.elapsed().as_secs_f64();
        // What follows films that are whole is the same work for both.
        at_rest(&server).await?;
        let took = Took { wall, cpu: server.cpu_seconds()? };
        server.stop()?;
        ensure!(took.cpu > 0.0, "nothing was made");
        Ok(took)
    };
    let (one, two) = (made("1").await?, made("2").await?);
    let each = |name: &str, took: &Took| Figure::new(name, took.cpu / FILMS as f64, "CPU s / film");
    Ok(vec![
        each("one worker", &one),
        each("two workers", &two),
        Figure::new("two workers against one: work for a film", two.cpu / one.cpu, "times")
            .against(Bar::AtMost(1.1)),
        // By the clock: it holds on a machine with two cores that does nothing else.
        Figure::new("two workers against one: films in the same time", one.wall / two.wall, "times, wall")
            .against(Bar::AtLeast(1.8)),
    ])
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
