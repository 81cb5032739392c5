//! The films on offer, read once at the start: everything that is the same for all copies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use cinema::{Effort, ParameterSets, SegmentPlace, Settings, Sound};
use film::{Film, Folder, Rendition};
use ring::digest;

use super::{Persona, Variant};
use crate::hex::hex;

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
    pub(crate) fn show_of(&self, slug: &str, version: i32) -> Option<&Arc<Show>> {
        let all = self.offered.iter().chain(&self.earlier);
        all.into_iter().find(|show| show.slug() == slug && show.is_version(version))
    }
}

/// Counted up when shots are coded otherwise under the same settings.
const CODING: u32 = 2;

/// A film with everything that all its copies share: sound, start of the video track, the place of
/// each shot.
pub struct Show {
    film: Film,
    own: Variant,
    /// The lowest first.
    others: Vec<Variant>,
    places: Vec<SegmentPlace>,
    sound: Option<Track>,
    preview: Bytes,
}

/// The sound track, cut.
pub(crate) struct Track {
    pub sound: Sound,
    pub init: Bytes,
    pub segments: Vec<(Bytes, u64)>,
}

impl Show {
    /// Reads a film folder; besides its own size the film comes in these heights.
    ///
    /// # Errors
    /// When it cannot be offered.
    pub fn read(folder: &dyn Folder, heights: &[u32]) -> Result<Self, CatalogueError> {
        let film = Film::read(folder).map_err(CatalogueError::Film)?;
        let info = film.info();
        let encoder =
            |e: cinema::ShotError| CatalogueError::Encoder { film: info.slug.clone(), detail: e.to_string() };
        let own = Variant::own(info).map_err(encoder)?;
        let heights: BTreeSet<u32> =
            heights.iter().copied().filter(|height| *height != info.height).collect();
        let others = heights.into_iter().map(|height| Variant::high(info, height).map_err(encoder));
        let others = others.collect::<Result<_, _>>()?;
        let places = (1u32..)
            .zip(film.shots())
            .map(|(sequence, shot)| SegmentPlace { first_frame: u64::from(shot.first_frame), sequence })
            .collect();
        let frames = film.shots().iter().map(|shot| u64::from(shot.frames)).sum();
        let sound = match &info.sound {
            Some(path) => {
                let broken = |detail: String| CatalogueError::Sound {
                    film: info.slug.clone(),
                    path: path.clone(),
                    detail,
                };
                let file = folder.read(path).ok_or_else(|| broken("the file is missing".into()))?;
                Some(Track::read(&file, frames, info.fps).map_err(|e| broken(e.to_string()))?)
            }
            None => None,
        };
        let preview = match film.preview_shots().is_empty() {
            true => Bytes::new(),
            false => film.preview_folder(folder).to_bytes().into(),
        };
        Ok(Self { own, others, places, sound, preview, film })
    }

    /// The film itself.
    pub fn film(&self) -> &Film {
        &self.film
    }

    /// Whether it is the film in this version; what was made of another one stays as it is.
    pub(crate) fn is_version(&self, version: i32) -> bool {
        self.film.info().version as i32 == version
    }

    /// The files that a preview of it in a browser needs ([`Film::preview_folder`]); empty if no shot shows a face.
    pub fn preview(&self) -> &Bytes {
        &self.preview
    }

    /// Its short name.
    pub fn slug(&self) -> &str {
        &self.film.info().slug
    }

    /// The language asked for if the film has it, otherwise its first.
    pub fn language<'a>(&'a self, wanted: &str) -> &'a str {
        let languages = &self.film.info().languages;
        languages.iter().find(|language| *language == wanted).unwrap_or(&languages[0])
    }

    /// All its languages, one of them first.
    pub(crate) fn languages_from(&self, first: &str) -> Vec<&str> {
        let mut languages: Vec<&str> = self.film.info().languages.iter().map(String::as_str).collect();
        languages.sort_by_key(|language| *language != first);
        languages
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.film.shots().iter().map(|shot| f64::from(shot.frames)).sum::<f64>()
            / f64::from(self.film.info().fps)
    }

    /// The film's options with the samples where nothing was filled in.
    pub fn options_or_samples(&self, mut options: BTreeMap<String, String>) -> BTreeMap<String, String> {
        for (id, option) in &self.film.info().options {
            options.entry(id.clone()).or_insert_with(|| option.sample.clone());
        }
        options
    }

    /// The rendition of the films that are made.
    pub fn rendition(&self) -> Rendition {
        self.own.rendition()
    }

    /// How its shots are encoded in the size that it is made for.
    pub fn settings(&self) -> &Settings {
        self.own.settings()
    }

    pub(crate) fn sets(&self) -> &ParameterSets {
        self.own.sets()
    }

    /// The size that it is made for.
    pub(crate) fn own(&self) -> &Variant {
        &self.own
    }

    /// The other sizes, the lowest first.
    pub(crate) fn others(&self) -> &[Variant] {
        &self.others
    }

    /// All its sizes, its own first.
    pub(crate) fn variants(&self) -> impl Iterator<Item = &Variant> {
        std::iter::once(&self.own).chain(&self.others)
    }

    /// The size of this height; its own, where none is named.
    pub(crate) fn variant(&self, height: Option<u32>) -> Option<&Variant> {
        self.variants().find(|variant| variant.height() == height)
    }

    pub(crate) fn track(&self) -> Option<&Track> {
        self.sound.as_ref()
    }

    /// Where a shot stands in the film.
    pub fn place(&self, shot: usize) -> SegmentPlace {
        self.places[shot]
    }

    /// Names the segment of a shot for a persona: the shot's own key and how and where it is encoded.
    /// Equal keys are equal segments.
    pub(crate) fn segment_key(&self, shot: usize, persona: &Persona) -> String {
        self.segment_key_in(shot, persona, &self.own, Effort::Fast)
    }

    /// The same in another size, or with another effort.
    pub(crate) fn segment_key_in(
        &self,
        shot: usize,
        persona: &Persona,
        variant: &Variant,
        effort: Effort,
    ) -> String {
        let (settings, place) = (variant.settings().with_effort(effort), self.places[shot]);
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(self.film.shot_key(shot, &persona.cast(), variant.rendition()).to_string().as_bytes());
        let encoding = (settings.width, settings.height, settings.fps, settings.quantiser, settings.effort);
        let place = (place.first_frame, place.sequence);
        hash.update(format!("{encoding:?} {place:?} {CODING}").as_bytes());
        hex(hash.finish().as_ref())
    }
}

impl Track {
    fn read(file: &[u8], frames: u64, fps: u32) -> Result<Self, cinema::BoxError> {
        let mut sound = Sound::read(file)?;
        sound.cut_to(frames, fps);
        let init = sound.init_segment()?.into();
        let segments =
            sound.segments()?.into_iter().map(|segment| (segment.bytes.into(), segment.units)).collect();
        Ok(Self { sound, init, segments })
    }
}

impl std::fmt::Debug for Show {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Show({})", self.slug())
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
