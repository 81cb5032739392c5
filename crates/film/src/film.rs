//! A film read from its folder.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use vello_cpu::Level;

use crate::check;
use crate::drawing::{self, Drawings};
use crate::folder::Folder;
use crate::generated::Generated;
use crate::keys::{self, ShotKey};
use crate::manifest::{self, FilmInfo, Manifest, NAME_CHARS_MAX, TEXT_CHARS_MAX};
use crate::moving::Moving;
use crate::painted::Painted;
use crate::report::{Report, Severity, did_you_mean};
use crate::scene::{self, Finish, Needs, Scene};
use crate::script::{self, Script};
use crate::text::{self, FontFile, Fonts};
use crate::uses::{self, Because, Uses};
use crate::who::{SAMPLE_HEAD, SECOND_HEAD, Who};
use crate::words::{self, Words};

/// Largest text file and largest font, in bytes.
const LARGEST_TEXT: usize = 1 << 20;
const LARGEST_FONT: usize = 12 << 20;

/// A film, ready to be made for any child.
pub struct Film {
    pub(crate) manifest: Manifest,
    pub(crate) words: BTreeMap<String, Words>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) drawings: Drawings,
    pub(crate) fonts: Fonts,
    pub(crate) uses: Vec<Uses>,
    pub(crate) digests: Digests,
    shots: Vec<ShotInfo>,
    warnings: Report,
    finishes: Mutex<BTreeMap<Rendition, Arc<Finish>>>,
}

/// Hashes of what was read.
#[derive(Default)]
pub(crate) struct Digests {
    /// By path: drawings and fonts.
    pub files: BTreeMap<String, [u8; 32]>,
    /// By index: what each shot says.
    pub shots: Vec<[u8; 32]>,
}

/// One shot of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShotInfo {
    /// Id, such as `05-path`.
    pub id: String,
    /// Number of frames.
    pub frames: u32,
    /// Number of its first frame within the film.
    pub first_frame: u32,
    /// What it shows of the children.
    pub slots: BTreeSet<Slot>,
    /// What may be painted in its place.
    pub generated: Option<Generated>,
}

impl ShotInfo {
    /// Whether it shows anything of a child; otherwise it is the same for everybody.
    pub fn is_personal(&self) -> bool {
        !self.slots.is_empty()
    }

    /// The same for those who play: what shows the second hero alone is the same for all films without one.
    pub fn is_personal_for(&self, cast: &Cast<'_>) -> bool {
        self.slots.iter().any(|slot| cast.second.is_some() || !slot.is_of_second())
    }
}

/// What a shot can show of the children.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The face, or a tone measured on it.
    Face,
    /// The name.
    Name,
    /// An option of the film, such as the age.
    Option(String),
    /// The second hero's face, or a tone measured on it.
    SecondFace,
    /// The second hero's name.
    SecondName,
}

impl Slot {
    /// Whether it is filled by the second hero.
    pub fn is_of_second(&self) -> bool {
        matches!(self, Self::SecondFace | Self::SecondName)
    }
}

/// Who plays in the film.
#[derive(Clone, Copy)]
pub struct Cast<'a> {
    /// The child's head; without one the film's sample head plays.
    pub face: Option<&'a likeness::CutOut>,
    /// The child's name; an empty one is replaced by the film's sample.
    pub name: &'a str,
    /// Language of the texts in the set; one the film does not have falls back to its first.
    pub language: &'a str,
    /// Values of the film's options; the sample stands for one that is missing.
    pub options: &'a BTreeMap<String, String>,
    /// The second hero of a film that can take one ([`FilmInfo::second`]); without one a drawn friend plays.
    pub second: Option<Hero<'a>>,
}

/// A child who plays beside the first.
#[derive(Clone, Copy)]
pub struct Hero<'a> {
    /// The child's head; without one the film's drawn friend plays.
    pub face: Option<&'a likeness::CutOut>,
    /// The child's name; an empty one is replaced by the film's sample.
    pub name: &'a str,
}

impl<'a> Cast<'a> {
    /// The head that one of the heroes brings.
    pub(crate) fn face_of(&self, who: Who) -> Option<&'a likeness::CutOut> {
        match who {
            Who::First => self.face,
            Who::Second => self.second.and_then(|hero| hero.face),
        }
    }

    /// What is filled in for a slot.
    fn said(&self, slot: &str) -> Option<&'a str> {
        if slot == Who::First.name() {
            Some(self.name)
        } else if slot == Who::Second.name() {
            self.second.map(|hero| hero.name)
        } else {
            self.options.get(slot).map(String::as_str)
        }
    }
}

/// The size a film is drawn in, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rendition {
    /// Width, 16 to 8192.
    pub width: u32,
    /// Height, 16 to 8192.
    pub height: u32,
}

impl Rendition {
    /// The same, if it can be drawn.
    fn checked(self) -> Result<Self, SceneError> {
        let fits = [self.width, self.height].iter().all(|side| (16..=8192).contains(side));
        if fits { Ok(self) } else { Err(SceneError::Size) }
    }
}

/// Why a shot cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    /// There is no such shot.
    #[error("the film has no shot with this number")]
    NoShot,
    /// The rendition has sides outside 16 to 8192.
    #[error("a rendition has sides from 16 to 8192 pixels")]
    Size,
    /// A drawing that the shot uses is not there; [`Film::read`] does not let such a film pass.
    #[error("the drawing {0} is missing")]
    Missing(String),
    /// The moving picture lasts too short a time to be slowed down to the shot's length.
    #[error("the moving picture is much shorter than the shot")]
    TooShort,
}

/// Why a name cannot be shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// Nothing but blanks.
    #[error("Please write a name.")]
    Empty,
    /// Above the limit.
    #[error("A name in this film has at most {} characters.", NAME_CHARS_MAX)]
    TooLong,
    /// The film's fonts have no picture for these characters.
    #[error("This film has no letters for {}. Please write the name without it.", .0.iter().map(char::to_string).collect::<Vec<_>>().join(" "))]
    Unwritable(Vec<char>),
}

impl Film {
    /// Reads and checks a film.
    ///
    /// # Errors
    /// The report of everything that keeps the film from being drawn, together with the warnings.
    pub fn read(folder: &dyn Folder) -> Result<Self, Report> {
        let mut report = Report::default();
        let film = Self::read_with(folder, &mut report);
        match film {
            Some(mut film) if !report.has_errors() => {
                film.warnings = report;
                Ok(film)
            }
            _ => Err(report),
        }
    }

    /// Reads as much of a film as there is, for a film maker at work: shots and words that cannot be
    /// read are left out. `None` if there is not even a manifest.
    pub fn draft(folder: &dyn Folder) -> (Option<Self>, Report) {
        let mut report = Report::default();
        let film = Self::read_with(folder, &mut report);
        (film, report)
    }

    /// Everything that is wrong with a folder or should be looked at: errors and warnings.
    pub fn check(folder: &dyn Folder) -> Report {
        match Self::read(folder) {
            Ok(film) => {
                let mut report = film.warnings.clone();
                check::look(&film, &mut report);
                report
            }
            Err(report) => report,
        }
    }

    fn read_with(folder: &dyn Folder, report: &mut Report) -> Option<Self> {
        let mut manifest = manifest::read(&text(folder, "film.toml", None, report)?, report)?;
        let mut words = BTreeMap::new();
        for language in &manifest.info.languages {
            let listed = manifest.lines.of(language);
            let text = text(folder, &words::path(language), listed, report);
            let read = text.map(|text| words::read(language, &text, &manifest.shots, report));
            words.insert(language.clone(), read.unwrap_or_else(|| Words::none(manifest.shots.len())));
        }
        let mut scripts = Vec::new();
        let mut digests = Digests::default();
        let mut unread = Vec::new();
        for (index, id) in manifest.shots.iter().enumerate() {
            let text = text(folder, &script::path(id), manifest.lines.of(id), report);
            let script =
                text.and_then(|t| Some((digest(&t), script::read(id, &t, &manifest.palette, report)?)));
            match script {
                Some((digest, script)) => {
                    digests.shots.push(digest);
                    scripts.push(script);
                }
                None => unread.push(index),
            }
        }
        for index in unread.into_iter().rev() {
            manifest.shots.remove(index);
            words.values_mut().for_each(|w| w.leave_out(index));
        }
        let mut film = Self {
            words,
            scripts,
            drawings: Drawings::new(),
            fonts: Fonts::default(),
            uses: Vec::new(),
            digests,
            shots: Vec::new(),
            warnings: Report::default(),
            finishes: Mutex::default(),
            manifest,
        };
        film.read_drawings(folder, report);
        film.read_fonts(folder, report);
        film.look_through();
        check::check(&film, folder, report);
        Some(film)
    }

    fn read_drawings(&mut self, folder: &dyn Folder, report: &mut Report) {
        let mut files: BTreeSet<String> =
            self.scripts.iter().flat_map(|s| Uses::of(s, &Drawings::new()).pieces).map(|p| p.file).collect();
        files.insert(SAMPLE_HEAD.to_owned());
        files.extend(self.manifest.info.second.is_some().then(|| SECOND_HEAD.to_owned()));
        for file in files {
            // What is missing is reported where it is asked for.
            let Some(bytes) = folder.read(&file) else { continue };
            self.digests.files.insert(file.clone(), *blake3::hash(&bytes).as_bytes());
            if let Some(drawing) = drawing::read(&file, &bytes, &self.manifest.palette, report) {
                self.drawings.insert(file, Arc::new(drawing));
            }
        }
    }

    fn read_fonts(&mut self, folder: &dyn Folder, report: &mut Report) {
        for (role, paths) in &self.manifest.fonts {
            for path in paths {
                let Some(bytes) = folder.read(path) else {
                    let message = format!("The font {} is missing.", crate::fields::short(path));
                    let line = self.manifest.lines.of(path);
                    report.push(Severity::Error, "film.toml", line, message, nearest(folder, path));
                    continue;
                };
                if bytes.len() > LARGEST_FONT || skrifa::FontRef::from_index(&bytes, 0).is_err() {
                    report.error(path, None, "This is not a font (TrueType or OpenType, up to 12 MB).");
                    continue;
                }
                let file = FontFile::new(Some(path.clone()), Cow::Owned(bytes.into_owned()));
                self.digests.files.insert(path.clone(), file.digest);
                self.fonts.roles.entry(role.clone()).or_default().push(file);
            }
        }
        let behind = folder.fallback_fonts().iter().map(|font| FontFile::new(None, Cow::Borrowed(*font)));
        let behind: Vec<FontFile> = behind.collect();
        for role in self.fonts.roles.values_mut() {
            role.extend(behind.iter().cloned());
        }
    }

    fn look_through(&mut self) {
        // Cuts stand where the sound has them, to half a frame: whole frames of each shot by itself would add up.
        let (mut first_frame, mut seconds) = (0, 0.0);
        for (id, script) in self.manifest.shots.iter().zip(&self.scripts) {
            let uses = Uses::of(script, &self.drawings);
            seconds += script.seconds;
            let end = (seconds * f64::from(self.manifest.info.fps)).round() as u32;
            let frames = end.saturating_sub(first_frame).max(1);
            let slots = uses.slots(self.words.values().map(|w| &w.set));
            let generated = script.generated.as_ref().map(|(generated, _)| generated.clone());
            self.shots.push(ShotInfo { id: id.clone(), frames, first_frame, slots, generated });
            self.uses.push(uses);
            first_frame += frames;
        }
    }

    /// What the film is.
    pub fn info(&self) -> &FilmInfo {
        &self.manifest.info
    }

    /// The warnings found when it was read.
    pub fn warnings(&self) -> &Report {
        &self.warnings
    }

    /// The words in a language, or in the film's first if it does not have that one.
    pub fn words(&self, language: &str) -> &Words {
        // A film that was read has words in all its languages.
        self.words.get(language).unwrap_or_else(|| &self.words[&self.manifest.info.languages[0]])
    }

    /// The shots in order.
    pub fn shots(&self) -> &[ShotInfo] {
        &self.shots
    }

    /// Why a shot is personal: every place where it shows something of the child; nothing for a shared one.
    pub fn because(&self, shot: usize) -> BTreeSet<Because> {
        let script = self.scripts.get(shot);
        script.map(|script| uses::because(script, &self.drawings, &self.words)).unwrap_or_default()
    }

    /// Length of the whole film in frames.
    pub fn frames(&self) -> u32 {
        self.shots.last().map_or(0, |s| s.first_frame + s.frames)
    }

    /// The hash of everything the pictures of a shot depend on, and only that.
    ///
    /// # Panics
    /// If there is no such shot.
    pub fn shot_key(&self, shot: usize, cast: &Cast<'_>, rendition: Rendition) -> ShotKey {
        keys::shot_key(self, shot, &self.uses[shot], cast, rendition)
    }

    /// A shot ready to be drawn.
    ///
    /// # Errors
    /// If there is no such shot or the size is out of bounds.
    pub fn scene(&self, shot: usize, cast: &Cast<'_>, rendition: Rendition) -> Result<Scene, SceneError> {
        self.scene_at(shot, cast, rendition, scene::best_level())
    }

    /// The same with the plainest SIMD level, whose pixels are the same on every machine and in a browser: for comparing
    /// what two of them draw.
    ///
    /// # Errors
    /// If there is no such shot or the size is out of bounds.
    pub fn scene_at_baseline(
        &self,
        shot: usize,
        cast: &Cast<'_>,
        rendition: Rendition,
    ) -> Result<Scene, SceneError> {
        self.scene_at(shot, cast, rendition, Level::baseline())
    }

    fn scene_at(
        &self,
        shot: usize,
        cast: &Cast<'_>,
        rendition: Rendition,
        level: Level,
    ) -> Result<Scene, SceneError> {
        let script = self.scripts.get(shot).ok_or(SceneError::NoShot)?;
        let rendition = rendition.checked()?;
        let written = self.uses[shot].written(std::iter::once(self.set(cast.language)));
        let values = written.into_iter().map(|slot| (slot.clone(), self.value(&slot, cast))).collect();
        let needs = Needs {
            manifest: &self.manifest,
            script,
            frames: self.shots[shot].frames,
            drawings: &self.drawings,
            fonts: &self.fonts,
            set: self.set(cast.language),
            values: &values,
            cast,
            finish: self.finish(rendition),
            level,
        };
        scene::build(&needs, rendition)
    }

    /// A shot of a picture that was painted for it, as long as the drawn one.
    ///
    /// # Errors
    /// If there is no such shot or the size is out of bounds.
    pub fn painted(
        &self,
        shot: usize,
        picture: likeness::Photo,
        rendition: Rendition,
    ) -> Result<Painted, SceneError> {
        let frames = self.shots.get(shot).ok_or(SceneError::NoShot)?.frames;
        let rendition = rendition.checked()?;
        Ok(Painted::new(frames, picture, rendition, self.finish(rendition)))
    }

    /// A shot of a moving picture that was made for it, as long as the drawn one: when each of its pictures begins,
    /// ascending, and when the last one ends, in seconds.
    ///
    /// # Errors
    /// If there is no such shot, the size is out of bounds, or the moving picture is much too short.
    pub fn moving(
        &self,
        shot: usize,
        starts: &[f64],
        length: f64,
        rendition: Rendition,
    ) -> Result<Moving, SceneError> {
        let frames = self.shots.get(shot).ok_or(SceneError::NoShot)?.frames;
        let rendition = rendition.checked()?;
        let shot = (frames, self.manifest.info.fps);
        Moving::new(shot, (starts, length), rendition, self.finish(rendition)).ok_or(SceneError::TooShort)
    }

    /// What keeps a name from being shown as it is; nothing for most names.
    pub fn problems_with_name(&self, name: &str) -> Vec<NameProblem> {
        let mut problems = Vec::new();
        if name.trim().is_empty() {
            problems.push(NameProblem::Empty);
        }
        if name.trim().chars().count() > NAME_CHARS_MAX {
            problems.push(NameProblem::TooLong);
        }
        let is_name = |slot: &str| Who::BOTH.into_iter().any(|who| who.name() == slot);
        let missing = self.unwritable(is_name, name);
        if !missing.is_empty() {
            problems.push(NameProblem::Unwritable(missing));
        }
        problems
    }

    /// The characters of an option's value that the fonts of the shots which write it do not have.
    pub fn unwritable_in(&self, option: &str, value: &str) -> Vec<char> {
        self.unwritable(|slot| slot == option, value)
    }

    /// The characters that the fonts of the shots which write such a slot do not have; any name may be either hero's.
    fn unwritable(&self, is_slot: impl Fn(&str) -> bool, text: &str) -> Vec<char> {
        let writes =
            |uses: &&Uses| uses.written(self.words.values().map(|w| &w.set)).iter().any(|slot| is_slot(slot));
        let roles: BTreeSet<&String> = self.uses.iter().filter(writes).flat_map(|uses| &uses.fonts).collect();
        let mut missing = Vec::new();
        for role in roles {
            for c in text::missing(self.fonts.roles.get(role).map_or(&[], Vec::as_slice), text) {
                if !missing.contains(&c) {
                    missing.push(c);
                }
            }
        }
        missing
    }

    /// Grain and vignette for a size, made once.
    fn finish(&self, rendition: Rendition) -> Arc<Finish> {
        let Rendition { width, height } = rendition;
        let mut finishes = self.finishes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if finishes.len() > 8 {
            finishes.clear();
        }
        let new = || Arc::new(Finish::new(width, height, self.manifest.grain, self.manifest.vignette));
        finishes.entry(rendition).or_insert_with(new).clone()
    }

    /// A caption or a description with the children's names in it, or the film's samples.
    pub fn told(&self, text: &str, cast: &Cast<'_>) -> String {
        let named = |slot: &str| Who::BOTH.into_iter().any(|who| who.name() == slot);
        words::fill(text, |slot| named(slot).then(|| self.value(slot, cast)))
    }

    /// The texts of the set in a language.
    pub(crate) fn set(&self, language: &str) -> &BTreeMap<String, String> {
        &self.words(language).set
    }

    /// What stands in a slot for a text.
    pub(crate) fn value(&self, slot: &str, cast: &Cast<'_>) -> String {
        let info = &self.manifest.info;
        let said = cast.said(slot).map(str::trim).filter(|s| !s.is_empty());
        let sample = || {
            if slot == Who::First.name() {
                info.sample_name.as_str()
            } else if slot == Who::Second.name() {
                info.second.as_ref().map_or("", |second| &second.sample)
            } else {
                info.options.get(slot).map_or("", |o| &o.sample)
            }
        };
        said.unwrap_or_else(sample).chars().take(TEXT_CHARS_MAX).collect()
    }
}

/// The file of the folder that was probably meant.
pub(crate) fn nearest(folder: &dyn Folder, path: &str) -> Option<String> {
    did_you_mean(path, folder.paths().iter().map(String::as_str))
}

/// A text file of the folder, listed in this line of the manifest.
fn text(folder: &dyn Folder, path: &str, listed: Option<usize>, report: &mut Report) -> Option<String> {
    let Some(bytes) = folder.read(path) else {
        let (file, message) = match listed {
            Some(_) => ("film.toml", format!("The file {path} is missing.")),
            None => (path, "This file is missing.".to_owned()),
        };
        report.push(Severity::Error, file, listed, message, nearest(folder, path));
        return None;
    };
    if bytes.len() > LARGEST_TEXT {
        report.error(path, None, "This file is larger than 1 MB.");
        return None;
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => {
            report.error(path, None, "This is not a text file in UTF-8.");
            None
        }
    }
}

/// The hash of what a TOML file says, whatever its comments and blanks.
fn digest(text: &str) -> [u8; 32] {
    let value: Option<toml::Table> = toml::from_str(text).ok();
    let canonical = value.map_or_else(|| text.to_owned(), |table| format!("{table:?}"));
    *blake3::hash(canonical.as_bytes()).as_bytes()
}
