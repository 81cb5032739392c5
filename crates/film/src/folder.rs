//! Where a film's files come from. The engine does no I/O: whoever uses it hands the files over
//! (a directory, an archive in the program, a map in a test).

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The files of one film folder. Paths are relative, with `/` between their parts.
pub trait Folder {
    /// The bytes of a file, or `None` if there is no such file.
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>>;
    /// The paths of all files.
    fn paths(&self) -> Vec<String>;
}

/// A folder held in memory.
#[derive(Debug, Clone, Default)]
pub struct MapFolder(BTreeMap<String, Vec<u8>>);

impl MapFolder {
    /// Puts a file in, in place of one with the same path.
    pub fn put(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), bytes.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// The text of a file, for tests that change a part of it.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

impl Folder for MapFolder {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.0.get(path).map(|bytes| Cow::Borrowed(bytes.as_slice()))
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}
