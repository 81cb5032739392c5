//! Writing so that a power cut takes nothing back.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{Result, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Copies a file, open to its owner alone; it is on the disk afterwards, its folder perhaps not yet.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let (mut from, mut to) = (File::open(from)?, own(to)?);
    std::io::copy(&mut from, &mut to)?;
    to.sync_all()
}

/// An empty file, open to its owner alone, also where there was another one.
pub fn own(file: &Path) -> Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    // One that was there before may be open to others.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Writes a file, open to its owner alone, in the place of one that may be there: whoever reads it meanwhile, or
/// after a power cut, finds the old one or the new one.
pub fn replace(file: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = file.with_added_extension("unfinished");
    let mut new = own(&unfinished)?;
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
