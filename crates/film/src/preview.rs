//! The part of a film that a preview draws: a few shots with the child's face, and only the files that these need,
//! in one piece that is small enough to be sent to a browser. It reads as a draft ([`Film::draft`]) whose other shots
//! are left out, and its frames are those of the whole film.

use std::collections::BTreeSet;

use crate::film::Film;
use crate::folder::{Folder, MapFolder};
use crate::text;
use crate::uses::Uses;
use crate::who::{SAMPLE_HEAD, Who};
use crate::{script, words};

/// Most shots of a preview.
const MOST_SHOTS: usize = 3;

impl Film {
    /// The shots of a preview, in the film's order: those its maker shows as stills, as far as they show the face; otherwise
    /// the first that do. None if no shot shows a face.
    pub fn preview_shots(&self) -> Vec<usize> {
        let has_face = |shot: &usize| self.uses[*shot].faces.contains(&Who::First);
        let with_face: Vec<usize> = (0..self.shots().len()).filter(has_face).collect();
        let is_still = |shot: &usize| {
            let id = &self.shots()[*shot].id;
            self.info().stills.iter().any(|still| still.shot == *id)
        };
        let shown: Vec<usize> = with_face.iter().copied().filter(is_still).collect();
        let mut shots = if shown.is_empty() { with_face } else { shown };
        shots.truncate(MOST_SHOTS);
        shots
    }

    /// The files of the film's folder that its preview needs.
    pub fn preview_folder(&self, folder: &dyn Folder) -> MapFolder {
        let mut paths = BTreeSet::from(["film.toml".to_owned(), SAMPLE_HEAD.to_owned()]);
        paths.extend(self.info().languages.iter().map(|language| words::path(language)));
        for shot in self.preview_shots() {
            paths.insert(script::path(&self.shots()[shot].id));
            paths.extend(self.uses[shot].files(&self.drawings, |_| true).into_iter().map(str::to_owned));
            paths.extend(self.fonts_for(&self.uses[shot]));
        }
        let mut part = MapFolder::default();
        for path in paths {
            if let Some(bytes) = folder.read(&path) {
                part.put(path, bytes);
            }
        }
        part
    }

    /// The film's fonts that a shot's texts are written with, in any language and with the sample in each slot.
    fn fonts_for(&self, uses: &Uses) -> Vec<String> {
        let sets = || self.words.values().map(|words| &words.set);
        let nobody = std::collections::BTreeMap::new();
        let cast = crate::Cast { face: None, name: "", language: "", options: &nobody, second: None };
        let mut texts: String =
            sets().flat_map(|set| uses.set.iter().filter_map(|key| set.get(key))).cloned().collect();
        texts.extend(uses.written(sets()).iter().map(|slot| self.value(slot, &cast)));
        let mut paths = Vec::new();
        for list in uses.fonts.iter().filter_map(|role| self.fonts.roles.get(role)) {
            paths.extend(text::needed(list, &texts).into_iter().filter_map(|font| font.path.clone()));
        }
        paths
    }
}
