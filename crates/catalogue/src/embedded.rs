//! The launch catalogue: the folder `films/`, compiled into the program.

use std::borrow::Cow;

use film::Folder;
use include_dir::{Dir, include_dir};

static FILMS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../films");

/// One film of the program.
#[derive(Debug, Clone, Copy)]
pub struct Embedded(&'static Dir<'static>);

/// All films of the program, by slug.
pub fn films() -> impl Iterator<Item = Embedded> {
    FILMS.dirs().map(Embedded).filter(|film| film.read("film.toml").is_some())
}

/// The film with this slug.
pub fn find(slug: &str) -> Option<Embedded> {
    films().find(|film| film.slug() == slug)
}

impl Embedded {
    /// The folder's name, which is the film's slug.
    pub fn slug(&self) -> &'static str {
        self.0.path().file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
}

impl Folder for Embedded {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        // Paths in the archive begin with the film's own folder.
        self.0.get_file(self.0.path().join(path)).map(|file| Cow::Borrowed(file.contents()))
    }

    fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        collect(self.0, self.0, &mut paths);
        paths.sort();
        paths
    }

    fn fallback_fonts(&self) -> &'static [&'static [u8]] {
        crate::fonts::FONTS
    }
}

fn collect(film: &Dir<'_>, folder: &Dir<'_>, paths: &mut Vec<String>) {
    for file in folder.files() {
        let inside = file.path().strip_prefix(film.path()).unwrap_or(file.path());
        paths.push(inside.to_string_lossy().replace('\\', "/"));
    }
    folder.dirs().for_each(|inner| collect(film, inner, paths));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_film_is_found_with_all_its_files() {
        let on_disk = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../films"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("film.toml").exists());
        for path in on_disk {
            let film = find(path.file_name().unwrap().to_str().unwrap()).unwrap();
            let disk = crate::OnDisk::open(&path).unwrap();
            assert_eq!(film.paths(), disk.paths());
            for inside in film.paths() {
                assert_eq!(film.read(&inside), disk.read(&inside), "{inside}");
            }
        }
        assert!(find("no-such-film").is_none());
        assert!(find("../films").is_none());
    }
}
