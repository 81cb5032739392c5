//! A film on offer, read: what is the same for all copies of it, in every size. Knows of no copy.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cinema::{Effort, ParameterSets, SegmentPlace, Settings, Sound};
use film::{Film, Folder, Rendition};
use ring::digest;

use super::{CatalogueError, Variant};
use crate::films::Persona;
use crate::hex::hex;

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
