//! Backups of the embedded size: made while the site runs, sealed, checked, brought back; and the ledger that keeps
//! what was erased erased.
//!
//! A backup is a folder:
//!
//! ```text
//! backup.json      which version of the format, when, the wrapped key, the names of the database and of the lists
//! sealed/          the database as it was at one moment, the published films of the data folder, and the lists of these
//!                  and of all objects, under the backup's own key
//! objects/         the objects as they lie in the data folder: sealed under their accounts' keys already
//! ```
//! The backup's own key is wrapped by the master key, which is not in the backup: whoever has one of the two has
//! nothing.

mod disk;
mod films;
mod last;
mod ledger;
mod leftovers;
mod older;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::Connection;
use tokio::io::AsyncWriteExt;
use vault::{DataKey, ObjectId, Vault, WrappedKey};

pub use films::missing as missing_films;
pub(crate) use last::last_ms;
pub(crate) use ledger::{Deleted, Ledger, Said, forget};
pub use ledger::{apply as erase_again, file_in as ledger_in};
pub(crate) use leftovers::remove as remove_leftovers;
pub use older::{end_all, mark, mark_until};

use crate::objects::MARKER;
use crate::{Config, Error, MasterKey, Outside, Result, boxed, keys, objects};

/// The version of the format that this program writes and reads.
const FORMAT: u32 = 1;
/// What the backup's key is bound to.
const CONTEXT: &str = "backup";
/// The database is read in pieces of this many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// The head of a backup, in the open.
#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    made_at_ms: i64,
    key: String,
    database: String,
    /// The list of the objects.
    list: String,
    /// The list of the files of films; none in a backup from before they were in it.
    films: Option<String>,
}

/// Of objects each path below `objects`, with the BLAKE3 of its sealed bytes; of films each path below `films`, with the
/// name of the object that it is sealed in.
type List = BTreeMap<String, String>;

/// What is in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// When it was made.
    pub made_at_ms: i64,
    /// How many objects.
    pub objects: usize,
    /// How many files of published films.
    pub film_files: usize,
    /// Bytes of the database.
    pub database_bytes: u64,
}

/// Makes a backup in a folder that is not there yet. The site may be running: the objects are copied, then the database
/// as it is at one moment, then the objects that came meanwhile. So none of its rows lacks its object but those that came
/// and went while it was made, and [`restore`] tells how many they are. Until it is whole it lies beside, as
/// `FOLDER.unfinished`; one that was cut off there is begun anew.
///
/// # Errors
/// `backup-not-embedded` with another database than SQLite; `backup-under-way`; `backup-there`; when something is out
/// of reach.
#[boxed]
pub async fn make(config: &Config, outside: &Outside, to: &Path) -> Result<Content> {
    let database = sqlite_file(config)?;
    objects_are_here(outside)?;
    let _turn = leftovers::turn(&config.data)?;
    if to.exists() {
        return Err(refused(
            "backup-there",
            format!("{} is there already. Nothing was written.", to.display()),
        ));
    }
    let unfinished = to.with_added_extension("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(away)?;
    }
    let (vault, (key, wrapped)) = {
        let keeper = keys::keeper(config, &*outside.random).await?;
        let vault = Vault::in_folder(&unfinished.join("sealed"), keeper, Arc::clone(&outside.random))?;
        let key = vault.new_data_key(CONTEXT).await?;
        (vault, key)
    };
    let (objects, mut list) = (objects::folder_in(&config.data), List::new());
    copy_objects(&objects, &unfinished, &mut list)?;
    leftovers::remove_copies(config)?;
    let snapshot = leftovers::snapshot_in(&config.data);
    let stored = async {
        copy_database(&database, &snapshot).await?;
        let sealed = vault.put_stream(&key, pieces(&snapshot).await?).await;
        sealed.map_err(Error::from)
    };
    let stored = stored.await;
    let removed = leftovers::remove_copies(config);
    let (database, database_bytes) = stored?;
    removed?;

    copy_objects(&objects, &unfinished, &mut list)?;
    let films = films::seal(&vault, &key, &config.data).await?;
    let listed = vault.put(&key, &serde_json::to_vec(&list).map_err(Error::internal)?).await?;
    let head = Head {
        format: FORMAT,
        made_at_ms: outside.clock.now_ms(),
        key: STANDARD.encode(wrapped.as_bytes()),
        database: database.to_string(),
        list: listed.to_string(),
        films: Some(films),
    };
    let text = serde_json::to_vec_pretty(&head).map_err(Error::internal)?;
    disk::replace(&unfinished.join("backup.json"), &text).map_err(away)?;
    let content = check(config, outside, &unfinished).await?;
    // Under its own name only when it is whole, has been read once, and is on the disk.
    disk::sync_folders(&unfinished).map_err(away)?;
    disk::rename(&unfinished, to).map_err(away)?;
    last::note(&config.data, content.made_at_ms);
    debug_assert_eq!(content.database_bytes, database_bytes);
    Ok(content)
}

/// Copies the objects that are not copied yet, and puts them on the list. What is deleted at this moment is left out.
fn copy_objects(objects: &Path, to: &Path, list: &mut List) -> Result<()> {
    for path in files_below(objects)? {
        let name = path.strip_prefix(objects).map_err(Error::internal)?.display().to_string();
        if list.contains_key(&name) {
            continue;
        }
        let copy = objects::folder_in(to).join(&name);
        std::fs::create_dir_all(copy.parent().unwrap_or(to)).map_err(away)?;
        match disk::copy(&path, &copy) {
            Ok(()) => drop(list.insert(name, hash_of(&copy)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(away(error)),
        }
    }
    Ok(())
}

/// Reads a whole backup: every byte is as it was written.
///
/// # Errors
/// `backup-broken` with what is wrong; when the master key is another one.
#[boxed]
pub async fn check(config: &Config, outside: &Outside, backup: &Path) -> Result<Content> {
    let (head, vault, key) = open(config, outside, backup).await?;
    let list = list_in(&vault, &key, &head.list).await?;
    for (name, hash) in &list {
        let copy = objects::folder_in(backup).join(name);
        if hash_of(&copy).ok().as_ref() != Some(hash) {
            return Err(broken(&format!("the object {name} is missing or was changed")));
        }
    }
    let film_files = films::check(&vault, &key, head.films.as_deref()).await?;
    let database_bytes = read_through(&vault, &key, &head.database, "its database").await?;
    Ok(Content { made_at_ms: head.made_at_ms, objects: list.len(), film_files, database_bytes })
}

/// A list that is sealed in a backup.
async fn list_in(vault: &Vault, key: &DataKey, name: &str) -> Result<List> {
    let bytes = vault.get(key, &object(name)?).await.map_err(|_| broken("a list of it does not open"))?;
    serde_json::from_slice(&bytes).map_err(|_| broken("a list of it cannot be read"))
}

/// Reads what is sealed in a backup to its end; returns how many bytes it is. What is wrong with it is said of `what`.
async fn read_through(vault: &Vault, key: &DataKey, name: &str, what: &str) -> Result<u64> {
    let (mut bytes, id) = (0, object(name)?);
    let stream = vault.stream(key, &id, None).await;
    let (_, mut stream) = stream.map_err(|_| broken(&format!("{what} does not open")))?;
    while let Some(piece) = stream.try_next().await.map_err(|_| broken(&format!("{what} was changed")))? {
        bytes += piece.len() as u64;
    }
    Ok(bytes)
}

/// Writes what is sealed in a backup into a file, open to its owner alone.
async fn unseal(vault: &Vault, key: &DataKey, name: &str, to: &Path) -> Result<()> {
    let (_, mut stream) = vault.stream(key, &object(name)?, None).await?;
    let mut file = tokio::fs::File::from_std(disk::own(to).map_err(away)?);
    while let Some(piece) = stream.try_next().await? {
        file.write_all(&piece).await.map_err(away)?;
    }
    file.sync_all().await.map_err(away)
}

/// Brings a backup back into a data folder without a database: whole, or not at all. `ledger`: what was deleted since,
/// and is deleted again before anybody is let in; [`crate::Studio::open`] sees to that at each start. So is what may have
/// been taken back since.
///
/// # Errors
/// `backup-under-way`; `restore-there` when there is a database already; `restore-of-another` when the objects that are
/// there are another studio's; `restore-no-ledger` when neither the folder has a ledger nor one is given; those of
/// [`check`].
#[boxed]
pub async fn restore(
    config: &Config,
    outside: &Outside,
    backup: &Path,
    ledger: Option<&Path>,
) -> Result<Content> {
    let database = sqlite_file(config)?;
    let _turn = leftovers::turn(&config.data)?;
    if database.exists() {
        let sentence = format!("There is a database at {} already. Nothing was changed.", database.display());
        return Err(refused("restore-there", sentence));
    }
    if is_of_another(config, backup) {
        let sentence = format!(
            "{} has the photos and films of another studio, and under this one's database they would be deleted as \
             orphans. Nothing was changed: take an empty data folder.",
            config.data.display()
        );
        return Err(refused("restore-of-another", sentence));
    }
    let own = ledger_in(&config.data);
    if ledger.is_none() && !own.exists() {
        let sentence = "What was erased since the backup is not known: give the file erasures.log of the data \
                        folder that is replaced, or an empty file if nothing was. Nothing was changed.";
        return Err(refused("restore-no-ledger", sentence.to_owned()));
    }
    leftovers::remove_copies(config)?;
    let mut made = Vec::new();
    // Where there is no master key yet, one is made, which opens nothing of this backup.
    if let MasterKey::File(file) = &config.master_key
        && !file.exists()
    {
        made.push(file.clone());
    }
    let brought_back = bring_back(config, outside, backup, ledger, &database, &mut made).await;
    if brought_back.is_err() {
        take_away(config, &made);
    }
    brought_back
}

/// Whether both the data folder and the backup say whose their objects are, and not the same.
fn is_of_another(config: &Config, backup: &Path) -> bool {
    let says = |folder: &Path| {
        let said = std::fs::read(folder.join("objects/shared").join(MARKER)).ok()?;
        Some(said.trim_ascii_end().to_owned())
    };
    says(&config.data).zip(says(backup)).is_some_and(|(here, there)| here != there)
}

/// Brings everything back. What is made on the way is named in `made`, but for the ledger: what was erased since stays
/// known.
async fn bring_back(
    config: &Config,
    outside: &Outside,
    backup: &Path,
    ledger: Option<&Path>,
    database: &Path,
    made: &mut Vec<PathBuf>,
) -> Result<Content> {
    let content = check(config, outside, backup).await?;
    let (head, vault, key) = open(config, outside, backup).await?;
    let objects = objects::folder_in(&config.data);
    std::fs::create_dir_all(&objects).map_err(away)?;
    for path in files_below(&objects::folder_in(backup))? {
        let name = path.strip_prefix(objects::folder_in(backup)).map_err(Error::internal)?;
        let copy = objects.join(name);
        std::fs::create_dir_all(copy.parent().unwrap_or(&objects)).map_err(away)?;
        if !copy.exists() {
            made.push(copy.clone());
        }
        disk::copy(&path, &copy).map_err(away)?;
    }
    disk::sync_folders(&objects).map_err(away)?;
    films::bring_back(&vault, &key, head.films.as_deref(), &config.data, made).await?;
    // The database last, and under its name only when it is whole.
    let unfinished = leftovers::unfinished(database);
    unseal(&vault, &key, &head.database, &unfinished).await?;
    // Whatever the ledger says, it is older: what was taken back since is taken back when it is opened first.
    older::unmark(&unfinished).await?;
    let missing = missing(&unfinished, &objects::folder_in(backup)).await?;
    if missing > 0 {
        tracing::warn!(
            missing,
            "the database names objects that were deleted while the backup was made; what they belong to does not show"
        );
    }
    if let Some(more) = ledger {
        ledger::join(&ledger_in(&config.data), more).map_err(away)?;
    }
    Ledger::in_folder(&config.data).mark(outside.clock.now_ms())?;
    made.push(database.to_owned());
    disk::rename(&unfinished, database).map_err(away)?;
    Ok(content)
}

/// Removes what was made of something that could not be brought back. Why it could not, is what is told.
fn take_away(config: &Config, made: &[PathBuf]) {
    let removed = made.iter().map(std::fs::remove_file).filter_map(std::result::Result::err);
    let left = removed.filter(|error| error.kind() != std::io::ErrorKind::NotFound).count();
    if leftovers::remove_copies(config).is_err() || left > 0 {
        tracing::error!("something is left of a backup that could not be brought back");
    }
}

async fn open(config: &Config, outside: &Outside, backup: &Path) -> Result<(Head, Vault, DataKey)> {
    let text = std::fs::read(backup.join("backup.json")).map_err(|_| broken("it has no backup.json"))?;
    let head: Head = serde_json::from_slice(&text).map_err(|_| broken("its backup.json cannot be read"))?;
    if head.format != FORMAT {
        return Err(broken(&format!("it has format {}, and this program reads {FORMAT}", head.format)));
    }
    let keeper = keys::keeper(config, &*outside.random).await?;
    let vault = Vault::in_folder(&backup.join("sealed"), keeper, Arc::clone(&outside.random))?;
    let wrapped = STANDARD.decode(&head.key).map_err(|_| broken("its key cannot be read"))?;
    let key = vault.unwrap(CONTEXT, &WrappedKey::from_bytes(wrapped)).await;
    let key = key.map_err(|error| match error {
        vault::Error::KeeperAway(_) => Error::from(error),
        _ => broken("its key does not open with this master key"),
    })?;
    Ok((head, vault, key))
}

/// The database as it is at one moment, in a file of its own.
async fn copy_database(from: &Path, to: &Path) -> Result<()> {
    let away = |error: sqlx::Error| Error::unavailable("database-away", error.to_string());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(from);
    let mut db = sqlx::SqliteConnection::connect_with(&options).await.map_err(away)?;
    sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(&mut db).await.map_err(away)?;
    db.close().await.map_err(away)
}

/// How many objects a database (SQLite) that is not open yet names that do not lie below a folder.
async fn missing(database: &Path, objects: &Path) -> Result<usize> {
    let away = |error: sqlx::Error| Error::unavailable("database-away", error.to_string());
    let there: HashSet<String> = files_below(objects)?
        .iter()
        .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
    let mut db = sqlx::SqliteConnection::connect_with(&options).await.map_err(away)?;
    let named: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM objects").fetch_all(&mut db).await.map_err(away)?;
    db.close().await.map_err(away)?;
    Ok(named.iter().filter(|(id,)| !there.contains(id)).count())
}

async fn pieces(
    file: &Path,
) -> Result<impl futures::Stream<Item = std::result::Result<bytes::Bytes, std::io::Error>> + use<>> {
    let file = tokio::fs::File::open(file).await.map_err(away)?;
    Ok(futures::stream::try_unfold(file, async |mut file| {
        use tokio::io::AsyncReadExt;
        let mut piece = bytes::BytesMut::with_capacity(PIECE_BYTES);
        file.read_buf(&mut piece).await?;
        Ok((!piece.is_empty()).then(|| (piece.freeze(), file)))
    }))
}

fn sqlite_file(config: &Config) -> Result<PathBuf> {
    let file = config.database.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or(rest));
    file.map(PathBuf::from).ok_or_else(|| {
        let sentence = "This is for the embedded size. Back a PostgreSQL database up with its own tools and the \
                        objects with those of their store, in the order that docs/operating.md gives; erasures.log in \
                        the data folder belongs to it.";
        refused("backup-not-embedded", sentence.to_owned())
    })
}

/// Objects that lie in a bucket are not copied: each name there is used once and nothing is overwritten.
fn objects_are_here(outside: &Outside) -> Result<()> {
    let connected = (outside.connect)(Arc::new(egress::NoReceipts)).map_err(Error::internal)?;
    match connected.objects {
        None => Ok(()),
        Some(_) => Err(refused(
            "backup-not-embedded",
            "This is for the embedded size. Here the objects are kept in a bucket: back the database file and \
             erasures.log up with your own tools, and the bucket with its provider's, in the order that \
             docs/operating.md gives."
                .to_owned(),
        )),
    }
}

/// All files below a folder, links among them, in order; none where there is no folder.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(away(error)),
        };
        for entry in entries {
            let entry = entry.map_err(away)?;
            match entry.file_type().map_err(away)?.is_dir() {
                true => folders.push(entry.path()),
                false => files.push(entry.path()),
            }
        }
    }
    files.sort();
    Ok(files)
}

fn hash_of(file: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(file).map_err(away)?).map_err(away)?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn object(text: &str) -> Result<ObjectId> {
    ObjectId::parse(text).ok_or_else(|| broken("a name in its backup.json is none"))
}

fn away(error: std::io::Error) -> Error {
    Error::unavailable("backup-away", error.to_string())
}

fn broken(why: &str) -> Error {
    refused("backup-broken", format!("The backup cannot be used: {why}."))
}

fn refused(code: &'static str, sentence: String) -> Error {
    Error::refused(code, sentence)
}

#[cfg(test)]
mod tests;
