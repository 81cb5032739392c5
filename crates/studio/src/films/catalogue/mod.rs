//! The films on offer, read once at the start: everything that is the same for all copies.

mod show;
mod size;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use film::Folder;

pub use show::Show;
pub use size::Variant;

/// Where films are published to in a data folder.
pub fn published_in(data: &Path) -> PathBuf {
    data.join("films")
}

/// A film folder cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The folder has mistakes.
    #[error("the film folder has mistakes:\n{0}")]
    Film(film::Report),
    /// The sound track is missing or broken.
    #[error("the sound track {path} of {film} cannot be used: {detail}")]
    Sound {
        /// Slug of the film.
        film: String,
        /// Path in its folder.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// The encoder does not take the film's size.
    #[error("{film} cannot be encoded: {detail}")]
    Encoder {
        /// Slug of the film.
        film: String,
        /// What is wrong.
        detail: String,
    },
    /// Two folders have the same slug.
    #[error("two films are called {0}")]
    Twice(String),
}

/// The films on offer, in the order given, and earlier versions of films, which copies were sold of.
#[derive(Clone, Default)]
pub struct Catalogue {
    offered: Vec<Arc<Show>>,
    earlier: Vec<Arc<Show>>,
}

impl Catalogue {
    /// Reads film folders.
    ///
    /// # Errors
    /// When one of them cannot be offered.
    pub fn read<'a>(folders: impl IntoIterator<Item = &'a dyn Folder>) -> Result<Self, CatalogueError> {
        Self::in_heights(&[], folders)
    }

    /// Reads film folders; besides the size that it is made for, each film comes in these heights.
    ///
    /// # Errors
    /// When one of them cannot be offered.
    pub fn in_heights<'a>(
        heights: &[u32],
        folders: impl IntoIterator<Item = &'a dyn Folder>,
    ) -> Result<Self, CatalogueError> {
        let mut shows: Vec<Arc<Show>> = Vec::new();
        for folder in folders {
            let show = Show::read(folder, heights)?;
            if shows.iter().any(|other| other.slug() == show.slug()) {
                return Err(CatalogueError::Twice(show.slug().to_owned()));
            }
            shows.push(Arc::new(show));
        }
        Ok(Self { offered: shows, earlier: Vec::new() })
    }

    /// With earlier versions of films, in the same heights. One that cannot be read is left out: its copies can be
    /// downloaded, but not streamed.
    pub fn with_earlier<'a>(
        mut self,
        heights: &[u32],
        folders: impl IntoIterator<Item = &'a dyn Folder>,
    ) -> Self {
        for folder in folders {
            match Show::read(folder, heights) {
                Ok(show) => self.earlier.push(Arc::new(show)),
                Err(error) => tracing::warn!(%error, "an earlier version of a film cannot be read"),
            }
        }
        self
    }

    /// All films on offer.
    pub fn shows(&self) -> &[Arc<Show>] {
        &self.offered
    }

    /// The film on offer with this slug.
    pub fn show(&self, slug: &str) -> Option<&Arc<Show>> {
        self.offered.iter().find(|show| show.slug() == slug)
    }

    /// A film in the version that copies were made of, on offer or not.
    pub fn show_of(&self, slug: &str, version: i32) -> Option<&Arc<Show>> {
        let all = self.offered.iter().chain(&self.earlier);
        all.into_iter().find(|show| show.slug() == slug && show.is_version(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::films::testing::{later, tiny};

    #[test]
    fn copies_of_an_earlier_version_find_it_and_it_is_not_on_offer() {
        let (late, early, broken) = (later(), tiny(), film::MapFolder::default());
        let catalogue = Catalogue::read([&late as &dyn Folder]).unwrap();
        let catalogue = catalogue.with_earlier(&[], [&early as &dyn Folder, &broken]);
        assert_eq!(catalogue.shows().len(), 1);
        assert!(catalogue.show("tiny").unwrap().is_version(2));
        assert!(catalogue.show_of("tiny", 1).unwrap().is_version(1));
        assert!(catalogue.show_of("tiny", 2).unwrap().is_version(2));
        assert!(catalogue.show_of("tiny", 3).is_none() && catalogue.show_of("moon", 1).is_none());
    }
}
