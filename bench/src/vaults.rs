//! Opening encrypted objects as they are handed out: streamed chunk by chunk from the disk.

use std::sync::Arc;

use futures::StreamExt;
use vault::{FileKeeper, SystemRandom, Vault};

use crate::clock;
use crate::figure::{Bar, Figure};

/// About a film's largest segment, and how often it is handed out.
const BYTES: usize = 4 << 20;
const TIMES: usize = 128;

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(open_many())
}

async fn open_many() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let random = Arc::new(SystemRandom::default());
    let keeper = Arc::new(FileKeeper::open_or_create(&folder.path().join("master.key"), &*random)?);
    let vault = Vault::in_folder(&folder.path().join("objects"), keeper, random)?;
    let (key, _) = vault.new_data_key("account").await?;
    let plain: Vec<u8> = (0..BYTES as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let start = clock::process();
    let id = vault.put(&key, &plain).await?;
    let sealing = clock::process() - start;
    let mut opened = 0u64;
    let start = clock::process();
    for _ in 0..TIMES {
        let (_, mut stream) = vault.stream(&key, &id, None).await?;
        while let Some(piece) = stream.next().await {
            opened += piece?.len() as u64;
        }
    }
    let opening = clock::process() - start;
    anyhow::ensure!(opened == (BYTES * TIMES) as u64, "the vault handed out {opened} bytes");
    let gigabytes = opened as f64 / 1e9;
    Ok(vec![
        Figure::new("vault open", opening / gigabytes, "CPU s / GB").against(Bar::AtMost(0.60)),
        Figure::new("vault seal and store", sealing / (BYTES as f64 / 1e9), "CPU s / GB"),
    ])
}
