//! Writing so that a power cut takes nothing back.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Copies a file; it is on the disk afterwards, its folder perhaps not yet.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)?;
    sync(to)
}

/// Writes a file, open to its owner alone, in the place of one that may be there: whoever reads it meanwhile, or
/// after a power cut, finds the old one or the new one.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = file.with_added_extension("unfinished");
    let mut new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    new.write_all(bytes)?;
    new.sync_all()?;
    rename(&unfinished, file)
}

/// Renames, and returns once the new name is on the disk.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to)?;
    // The folder of a name without one is the current one.
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or(Path::new(".")))
}

/// Puts the folder and all folders below it on the disk: which names there are in them.
pub fn sync_folders(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync(folder)
}

/// Puts a file or a folder on the disk.
pub fn sync(path: &Path) -> Result<()> {
    File::open(path)?.sync_all()
}
