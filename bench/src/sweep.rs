//! A sweep over many accounts, of which one in a hundred is due: how long it takes and how much memory. No bar: it
//! runs beside everything else, and nobody waits for it.

use std::path::Path;
use std::time::Instant;

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use studio::Studio;

use crate::crowd::{self, Due};
use crate::figure::Figure;
use crate::{apart, clock};

/// What the process that sweeps finds.
#[derive(Serialize, Deserialize)]
struct Swept {
    accounts: u64,
    rows: u64,
    looking: f64,
    sweeping: f64,
    peak: Option<f64>,
}

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let accounts = crowd::many()?;
    runtime()?.block_on(crowd::fill(folder.path(), accounts, Due::OnePercent))?;
    let swept: Swept = apart::run("sweep", folder.path())?;
    let mut figures = vec![
        Figure::new("sweep accounts there", accounts as f64, "accounts"),
        Figure::new("sweep accounts due", swept.accounts as f64, "accounts"),
        Figure::new("sweep other rows due", swept.rows as f64, "rows"),
        Figure::new("sweep looking what is due", swept.looking, "s wall"),
        Figure::new("sweep", swept.sweeping, "s wall"),
    ];
    figures.extend(swept.peak.map(|peak| Figure::new("sweep memory", peak, "MB")));
    Ok(figures)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// The process that sweeps.
pub fn apart(folder: &Path) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::to_value(runtime()?.block_on(sweep(folder))?)?)
}

async fn sweep(folder: &Path) -> anyhow::Result<Swept> {
    let studio = crowd::open(folder).await?;
    let start = Instant::now();
    let (accounts, rows) = due(&studio).await?;
    let looking = start.elapsed().as_secs_f64();
    let start = Instant::now();
    studio.retention().sweep().await?;
    let sweeping = start.elapsed().as_secs_f64();
    let left = due(&studio).await?;
    ensure!(accounts > 0 && rows > 0 && left == (0, 0), "{left:?} of ({accounts}, {rows}) are left");
    Ok(Swept { accounts, rows, looking, sweeping, peak: clock::peak_megabytes() })
}

/// Accounts and other rows that are due.
async fn due(studio: &Studio) -> anyhow::Result<(u64, u64)> {
    let (mut accounts, mut rows) = (0, 0);
    for line in studio.retention().due().await? {
        *(if line.table == "accounts" { &mut accounts } else { &mut rows }) += line.rows;
    }
    Ok((accounts, rows))
}
