//! Copies of the database that lie in the open while a backup is made or brought back. A run that is killed leaves
//! them; they must not stay, as what is erased meanwhile would stay in them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{away, disk, refused, sqlite_file};
use crate::{Config, Result};

/// The name of the copy that a backup is made from.
const SNAPSHOT: &str = "backup.sqlite";
/// What SQLite puts behind the name of a database for the files beside it.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// The copy that a backup is made from.
pub fn snapshot_in(data: &Path) -> PathBuf {
    data.join(SNAPSHOT)
}

/// The database that is brought back, until it is whole.
pub fn unfinished(database: &Path) -> PathBuf {
    database.with_extension("unfinished")
}

/// The one turn that a file stands for; it goes with the process however that ends.
pub struct Turn(File);

impl Turn {
    /// Takes it, once nobody else has it any more.
    pub fn wait(file: &Path) -> std::io::Result<Self> {
        let file = lock_file(file)?;
        file.lock()?;
        Ok(Self(file))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing alone would leave it to a child that is being started at this moment.
        let _ = self.0.unlock();
    }
}

fn lock_file(file: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(file)
}

/// Takes the turn that there is on a data folder.
///
/// # Errors
/// `backup-under-way` when somebody else has it.
pub fn turn(data: &Path) -> Result<Turn> {
    try_turn(data)?.ok_or_else(|| {
        let sentence = format!(
            "Another backup is being made or brought back on the data folder {}: nothing was changed, try again \
             when it is done.",
            data.display()
        );
        refused("backup-under-way", sentence)
    })
}

fn try_turn(data: &Path) -> Result<Option<Turn>> {
    let file = lock_file(&data.join("backup.lock")).map_err(away)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Turn(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(away(error)),
    }
}

/// Removes what a killed run left, unless one is under way. Called before anybody is let in, and from time to time.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(config: &Config) -> Result<()> {
    if !copies(config).iter().any(|file| file.exists()) {
        return Ok(());
    }
    let Some(_turn) = try_turn(&config.data)? else { return Ok(()) };
    remove_copies(config)?;
    tracing::warn!("removed a copy of the database that a backup had left when it was cut off");
    Ok(())
}

/// Removes the copies; for whoever has the turn.
pub fn remove_copies(config: &Config) -> Result<()> {
    for file in copies(config) {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(away(error)),
            _ => {}
        }
    }
    disk::sync(&config.data).map_err(away)
}

fn copies(config: &Config) -> Vec<PathBuf> {
    let brought_back = sqlite_file(config).ok().map(|database| unfinished(&database));
    let databases = [Some(snapshot_in(&config.data)), brought_back];
    databases.iter().flatten().flat_map(|database| BESIDE.map(|end| beside(database, end))).collect()
}

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    name.into()
}
