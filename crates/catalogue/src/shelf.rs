//! A shelf on the disk: films that were published into it, each as SLUG/VERSION. The highest version is the one
//! on offer; the ones before it stay where they are.

use std::io;
use std::path::{Path, PathBuf};

use crate::OnDisk;

/// The films of a folder: its own, if it is a film folder, else the highest version of each film on the shelf.
pub fn films_in(folder: &Path) -> io::Result<Vec<OnDisk>> {
    if folder.join("film.toml").is_file() {
        return Ok(vec![OnDisk::open(folder)?]);
    }
    let mut slugs: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    slugs.sort();
    let newest = slugs.iter().filter_map(|slug| latest(slug).map(|version| slug.join(version.to_string())));
    newest.map(OnDisk::open).collect()
}

/// All other versions of the films on a shelf, which copies may have been sold of.
pub fn earlier_in(folder: &Path) -> io::Result<Vec<OnDisk>> {
    let mut slugs: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    slugs.sort();
    let earlier = slugs.iter().flat_map(|slug| {
        let latest = latest(slug);
        let mut versions: Vec<u32> = versions(slug).filter(|version| Some(*version) != latest).collect();
        versions.sort_unstable();
        versions.into_iter().map(|version| slug.join(version.to_string()))
    });
    earlier.map(OnDisk::open).collect()
}

/// The highest version in the folder of a slug.
pub fn latest(slug: &Path) -> Option<u32> {
    versions(slug).max()
}

/// The versions that are there whole.
fn versions(slug: &Path) -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir(slug).into_iter().flatten().flatten();
    let complete = entries.filter(|entry| entry.path().join("film.toml").is_file());
    complete.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::Folder;

    #[test]
    fn the_highest_version_of_each_film_is_on_offer() {
        let shelf = tempfile::tempdir().unwrap();
        for (film, says) in [("moon/2", "2"), ("moon/10", "10"), ("moon/.11.part", "11"), ("sea/1", "1")] {
            let folder = shelf.path().join(film);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("film.toml"), says).unwrap();
        }
        std::fs::create_dir_all(shelf.path().join("moon/12")).unwrap();
        std::fs::write(shelf.path().join("notes.txt"), "n").unwrap();
        let said = |films: &[OnDisk]| -> Vec<String> {
            let text =
                |film: &OnDisk| String::from_utf8(film.read("film.toml").unwrap().into_owned()).unwrap();
            films.iter().map(text).collect()
        };
        assert_eq!(said(&films_in(shelf.path()).unwrap()), ["10", "1"]);
        assert_eq!(said(&earlier_in(shelf.path()).unwrap()), ["2"]);
        assert_eq!(said(&films_in(&shelf.path().join("moon/2")).unwrap()), ["2"]);
        assert!(films_in(&shelf.path().join("none")).is_err());
        assert_eq!(latest(&shelf.path().join("none")), None);
    }
}
