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
    /// Fonts that stand behind the film's own wherever it writes, for the scripts that these do not have; tried in this
    /// order. They are the program's, not the film's: a folder that brings none along writes with its own alone.
    fn fallback_fonts(&self) -> &'static [&'static [u8]] {
        &[]
    }
}

/// A folder held in memory.
#[derive(Debug, Clone, Default)]
pub struct MapFolder {
    files: BTreeMap<String, Vec<u8>>,
    fallback_fonts: &'static [&'static [u8]],
}

impl MapFolder {
    /// An empty one with these fonts behind the film's own.
    pub fn with_fallback_fonts(fallback_fonts: &'static [&'static [u8]]) -> Self {
        Self { fallback_fonts, ..Self::default() }
    }

    /// Puts a file in, in place of one with the same path.
    pub fn put(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// All files in one piece of bytes, for [`MapFolder::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for part in self.files.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes]) {
            all.extend((part.len() as u32).to_le_bytes());
            all.extend(part);
        }
        all
    }

    /// The folder that was made into these bytes; `None` if they are something else.
    pub fn from_bytes(mut all: &[u8]) -> Option<Self> {
        let mut next = || {
            let (length, rest) = all.split_first_chunk::<4>()?;
            let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            all = rest;
            Some(part)
        };
        let mut folder = Self::default();
        while let Some(path) = next() {
            folder.put(std::str::from_utf8(path).ok()?, next()?);
        }
        all.is_empty().then_some(folder)
    }

    /// The text of a file, for tests that change a part of it.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

impl Folder for MapFolder {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.files.get(path).map(|bytes| Cow::Borrowed(bytes.as_slice()))
    }

    fn paths(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    fn fallback_fonts(&self) -> &'static [&'static [u8]] {
        self.fallback_fonts
    }
}
