//! A copy of everything for the owner of a large library, streamed and thrown away: it may be as large as it likes
//! and never lies in memory.

use std::path::Path;

use anyhow::{Context, ensure};
use futures::StreamExt;
use policy::PurposeId;
use serde::{Deserialize, Serialize};
use studio::accounts::SignUp;
use studio::{AccountId, Client, Studio};

use crate::figure::{Bar, Figure};
use crate::{apart, clock, crowd};

/// The library, as far as there is room for it on the disk; the environment may say otherwise, for a quick trial.
const GIGABYTES: f64 = 10.0;
/// One of its films.
const OBJECT_BYTES: usize = 64_000_000;
/// So much of the disk is left free.
const LEFT_FREE: u64 = 2_000_000_000;
const EMAIL: &str = "parent@example.org";

/// What the process that sends the archive finds.
#[derive(Serialize, Deserialize)]
struct Sent {
    bytes: u64,
    cpu: f64,
    peak: Option<f64>,
}

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    runtime()?.block_on(library(folder.path()))?;
    let sent: Sent = apart::run("export", folder.path())?;
    let gigabytes = sent.bytes as f64 / 1e9;
    let mut figures = vec![
        Figure::new("export archive", gigabytes, "GB"),
        Figure::new("export", sent.cpu / gigabytes, "CPU s / GB"),
    ];
    if let Some(peak) = sent.peak {
        figures.push(Figure::new("export memory", peak, "MB").against(Bar::AtMost(200.0)));
    }
    Ok(figures)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// An account with many films.
async fn library(folder: &Path) -> anyhow::Result<()> {
    let wanted = crowd::from_environment("MINISTUDIO_BENCH_GIGABYTES", GIGABYTES)?;
    let disk = rustix::fs::statvfs(folder)?;
    let room = (disk.f_bavail * disk.f_frsize).saturating_sub(LEFT_FREE);
    let mut left = room.min((wanted * 1e9) as u64);
    let studio = crowd::open(folder).await?;
    let account = sign_up(&studio).await?;
    let key = studio.data_key(&account, PurposeId::Films).await?;
    let film: Vec<u8> =
        (0..OBJECT_BYTES as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    while left > 0 {
        let bytes = left.min(OBJECT_BYTES as u64);
        let stored = studio.objects().store(&key, &film[..bytes as usize]).await?;
        studio.objects().enter(studio.db().write(), &account, "film-file", &stored).await?;
        left -= bytes;
    }
    Ok(())
}

/// Signs up as a person does, with the code from the mail.
async fn sign_up(studio: &Studio) -> anyhow::Result<AccountId> {
    let client = Client("bench".into());
    let form = SignUp {
        email: EMAIL.into(),
        adult: Some("adult-1".into()),
        password: None,
        marketing: None,
        country: None,
        language: "en".into(),
    };
    let waiting = studio.accounts().sign_up(form, &client).await?;
    let mails = studio.mail().list(1).await?;
    let text = &mails.first().context("no mail was written")?.letter.text;
    let is_code = |line: &&str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let code = text.lines().find(is_code).context("no code in the mail")?.replace(' ', "");
    Ok(studio.accounts().enter_code(&waiting.secret, &code, &client).await?.account)
}

/// The process that sends the archive.
pub fn apart(folder: &Path) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::to_value(runtime()?.block_on(send(folder))?)?)
}

async fn send(folder: &Path) -> anyhow::Result<Sent> {
    let studio = crowd::open(folder).await?;
    let account = studio.accounts().with_address(EMAIL).await?;
    let start = clock::process();
    let archive = studio.exports().lay_out(&account).await?;
    let size = archive.size;
    let (mut bytes, mut pieces) = (0u64, archive.bytes(None)?);
    while let Some(piece) = pieces.next().await {
        bytes += piece?.len() as u64;
    }
    ensure!(bytes == size, "{bytes} bytes came of an archive of {size}");
    Ok(Sent { bytes, cpu: clock::process() - start, peak: clock::peak_megabytes() })
}
