//! Erasing one account among a thousand and among a million: quick, and as quick among many as among few.

use std::time::Instant;

use anyhow::ensure;
use studio::erasure::Reason;
use studio::{AccountId, Studio};

use crate::crowd::{self, Due};
use crate::figure::{Bar, Figure};

const FEW: u64 = 1_000;
/// Accounts that are erased one after the other; the figure is the one in the middle.
const ERASED: u64 = 9;
/// What lies in the store for each of them: kind, how many, how large.
const OBJECTS: [(&str, usize, usize); 4] =
    [("photo", 2, 1 << 20), ("cut-out", 2, 1 << 20), ("film-shot", 12, 1 << 20), ("film-file", 1, 16 << 20)];

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(both())
}

async fn both() -> anyhow::Result<Vec<Figure>> {
    let many = crowd::many()?;
    let (among_few, among_many) = (one_of(FEW).await?, one_of(many).await?);
    let wall = |accounts: u64, seconds: f64| {
        Figure::new(format!("erasure of one of {accounts} accounts"), seconds, "s wall")
            .against(Bar::AtMost(1.0))
    };
    Ok(vec![
        wall(FEW, among_few),
        wall(many, among_many),
        Figure::new("erasure among many against among few", among_many / among_few, "times")
            .against(Bar::AtMost(2.0)),
    ])
}

/// Seconds that the erasure of one of so many accounts takes.
async fn one_of(accounts: u64) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    crowd::fill(folder.path(), accounts, Due::Nothing).await?;
    let studio = crowd::open(folder.path()).await?;
    let mut took = Vec::new();
    for number in 1..=ERASED {
        let account = crowd::account(accounts * number / (ERASED + 1))?;
        let stored = give_objects(&studio, &account).await?;
        let start = Instant::now();
        let entry = studio.erasures().erase(&account, Reason::Owner).await?;
        took.push(start.elapsed().as_secs_f64());
        ensure!(entry.done_at_ms.is_some() && entry.rows > 10, "{} rows were erased", entry.rows);
        ensure!(entry.objects > stored, "{} objects were erased", entry.objects);
    }
    took.sort_by(f64::total_cmp);
    Ok(took[took.len() / 2])
}

/// Stores for an account what a family has; returns how many objects that is.
async fn give_objects(studio: &Studio, account: &AccountId) -> anyhow::Result<u64> {
    let (key, _) = studio.vault().new_data_key(account.as_str()).await?;
    let mut given = 0;
    for (kind, times, bytes) in OBJECTS {
        for _ in 0..times {
            let stored = studio.objects().store(&key, &vec![7; bytes]).await?;
            studio.objects().enter(studio.db().write(), account, kind, &stored).await?;
            given += 1;
        }
    }
    Ok(given)
}
