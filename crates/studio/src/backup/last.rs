//! When the last backup was made that is whole: noted beside the database, for whoever watches that there are some. A
//! folder that was brought back holds no such note: what was made before it is not known to be there.

use std::path::{Path, PathBuf};

use super::disk;

/// The file of the note, in the data folder: milliseconds since 1970, as text.
fn file_in(data: &Path) -> PathBuf {
    data.join("last-backup")
}

/// Notes that a backup was made of the database as it was at a time.
pub(super) fn note(data: &Path, made_at_ms: i64) {
    // The backup is good all the same; whoever watches hears of it by the age of the one before.
    if let Err(error) = disk::replace(&file_in(data), made_at_ms.to_string().as_bytes()) {
        tracing::warn!(%error, "it could not be noted that a backup was made");
    }
}

/// When the last one was made; nothing where none is known.
pub(crate) fn last_ms(data: &Path) -> Option<i64> {
    std::fs::read_to_string(file_in(data)).ok()?.trim().parse().ok()
}
