//! A film folder on the disk, for film makers at work.

use std::borrow::Cow;
use std::io;
use std::path::{Component, Path, PathBuf};

use film::Folder;

/// A folder with a film in it. Reads nothing outside of itself, whatever path or
/// link a manifest names.
#[derive(Debug, Clone)]
pub struct OnDisk {
    root: PathBuf,
}

/// Folders nested deeper than this are not looked into.
const DEPTH: usize = 8;

impl OnDisk {
    /// Opens the folder; an error when there is none.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        let root = folder.as_ref().canonicalize()?;
        if !root.is_dir() {
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "not a folder"));
        }
        Ok(Self { root })
    }

    fn collect(&self, folder: &Path, depth: usize, paths: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && !hidden && depth < DEPTH {
                self.collect(&path, depth + 1, paths);
            } else if kind.is_file() && !hidden {
                let inside = path.strip_prefix(&self.root).unwrap_or(&path);
                paths.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
}

impl Folder for OnDisk {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let path = Path::new(path);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let whole = self.root.join(path).canonicalize().ok()?;
        if !whole.starts_with(&self.root) {
            return None;
        }
        std::fs::read(whole).ok().map(Cow::Owned)
    }

    fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect(&self.root, 0, &mut paths);
        paths.sort();
        paths
    }

    fn fallback_fonts(&self) -> &'static [&'static [u8]] {
        crate::fonts::FONTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_inside_its_folder() {
        let outer = tempfile::tempdir().unwrap();
        let film = outer.path().join("film");
        std::fs::create_dir_all(film.join("shots/.git")).unwrap();
        std::fs::write(outer.path().join("secret"), "s").unwrap();
        std::fs::write(film.join("film.toml"), "t").unwrap();
        std::fs::write(film.join("shots/01.toml"), "1").unwrap();
        std::fs::write(film.join("shots/.git/x"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret", film.join("link")).unwrap();
        let folder = OnDisk::open(&film).unwrap();
        assert_eq!(folder.paths(), ["film.toml", "shots/01.toml"]);
        assert_eq!(folder.read("shots/01.toml").as_deref(), Some(&b"1"[..]));
        for path in ["../secret", "/etc/hostname", "shots/../../secret", "link", "shots", "none", ""] {
            assert_eq!(folder.read(path), None, "{path}");
        }
        assert!(OnDisk::open(film.join("film.toml")).is_err());
        assert!(OnDisk::open(film.join("none")).is_err());
    }
}
