//! The film as it lies in its folder now. The folder is looked at a few times a second; what is half written is told
//! of as a problem, and what could be read before stays to be seen until it can be read again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use catalogue::OnDisk;
use film::{Film, Folder, MapFolder, Problem, Report, Severity};
use tokio::sync::watch;

/// How often the folder is looked at.
const PAUSE: Duration = Duration::from_millis(150);

/// What was read of the folder.
pub struct Reading {
    /// Counted up with each reading.
    pub serial: u64,
    /// The film, as much of it as there is.
    pub film: Option<Arc<Film>>,
    /// What is wrong in it.
    pub report: Report,
    /// The files that it was read from.
    pub files: MapFolder,
    /// Whether the film is one that was read before, because there is no reading it now.
    pub is_earlier: bool,
}

/// Path, time and size of each file.
type Signature = Vec<(String, Option<SystemTime>, u64)>;

/// The folder and what was last read of it.
pub struct Desk {
    folder: OnDisk,
    root: PathBuf,
    seen: Mutex<Option<Signature>>,
    /// The reading that was looked at more closely.
    looked_at: Mutex<u64>,
    reading: watch::Sender<Arc<Reading>>,
}

impl Desk {
    /// Reads the folder for the first time.
    pub fn new(folder: OnDisk, root: &Path) -> anyhow::Result<Self> {
        let empty = Reading {
            serial: 0,
            film: None,
            report: Report::default(),
            files: MapFolder::default(),
            is_earlier: false,
        };
        let desk = Self {
            folder,
            root: root.canonicalize()?,
            seen: Mutex::default(),
            looked_at: Mutex::default(),
            reading: watch::Sender::new(Arc::new(empty)),
        };
        desk.look();
        Ok(desk)
    }

    /// What was last read, and news of what is read next.
    pub fn reading(&self) -> watch::Receiver<Arc<Reading>> {
        self.reading.subscribe()
    }

    /// Follows the folder for ever.
    pub fn watch(self: &Arc<Self>) {
        let closer = |desk: &Arc<Self>| {
            let desk = Arc::clone(desk);
            std::thread::spawn(move || desk.look_closer());
        };
        closer(self);
        loop {
            std::thread::sleep(PAUSE);
            if self.look() {
                closer(self);
            }
        }
    }

    /// Reads the folder again if something in it has changed; whether it has.
    pub fn look(&self) -> bool {
        let now = self.signature();
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if seen.as_ref() == Some(&now) {
                return false;
            }
            *seen = Some(now);
        }
        let mut files = MapFolder::with_fallback_fonts(self.folder.fallback_fonts());
        for path in self.folder.paths() {
            if let Some(bytes) = self.folder.read(&path) {
                files.put(path, bytes.into_owned());
            }
        }
        let (film, report) = guarded(|| Film::draft(&files));
        self.publish(film, report, files);
        true
    }

    /// Finds out what takes building every shot, beside the reading of what changes meanwhile.
    pub fn look_closer(&self) {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = Arc::clone(&self.reading.borrow());
        if *looked_at == reading.serial || reading.is_earlier || reading.report.has_errors() {
            return;
        }
        let (_, report) = guarded(|| (None, Film::check(&reading.files)));
        *looked_at = reading.serial;
        self.reading.send_if_modified(|now| {
            let is_news = now.serial == reading.serial && now.report != report;
            if is_news {
                *looked_at = reading.serial + 1;
                *now = Arc::new(Reading {
                    serial: reading.serial + 1,
                    film: reading.film.clone(),
                    report,
                    files: reading.files.clone(),
                    is_earlier: false,
                });
            }
            is_news
        });
    }

    fn publish(&self, film: Option<Film>, report: Report, files: MapFolder) {
        self.reading.send_modify(|reading| {
            let is_earlier = film.is_none();
            *reading = Arc::new(Reading {
                serial: reading.serial + 1,
                film: film.map(Arc::new).or_else(|| reading.film.clone()),
                report,
                files,
                is_earlier,
            });
        });
    }

    fn signature(&self) -> Signature {
        let of = |path: String| {
            let about = std::fs::metadata(self.root.join(&path)).ok();
            let time = about.as_ref().and_then(|about| about.modified().ok());
            (path, time, about.map_or(0, |about| about.len()))
        };
        self.folder.paths().into_iter().map(of).collect()
    }
}

/// A mistake of the engine's own is told as one, and does not end the preview.
fn guarded(read: impl FnOnce() -> (Option<Film>, Report)) -> (Option<Film>, Report) {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let problem = Problem {
            file: "film.toml".to_owned(),
            line: None,
            message: "The engine fell over this folder. That is a mistake of the engine.".to_owned(),
            suggestion: Some("undo the last change, and please tell us of it".to_owned()),
            severity: Severity::Error,
        };
        (None, Report { problems: vec![problem] })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use film::{Cast, Rendition};

    fn keys(desk: &Desk) -> Vec<String> {
        let film = desk.reading().borrow().film.clone().unwrap();
        let options = BTreeMap::new();
        let cast = Cast { face: None, name: "Mia", language: "en", options: &options, second: None };
        let size = Rendition { width: 640, height: 360 };
        (0..film.shots().len()).map(|shot| film.shot_key(shot, &cast, size).to_string()).collect()
    }

    #[test]
    fn a_change_reaches_only_its_shot_and_a_half_written_file_takes_nothing_away() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("boat");
        crate::film::new::write(&root, "Boat", "boat").unwrap();
        let desk = Desk::new(OnDisk::open(&root).unwrap(), &root).unwrap();
        assert!(!desk.look(), "nothing has changed");
        desk.look_closer();
        let report = desk.reading().borrow().report.clone();
        assert!(report.is_empty(), "{report}");
        let before = keys(&desk);
        let path = root.join("shots/02-hello.toml");
        let shot = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, shot.replace("amount = 0.15", "amount = 0.155")).unwrap();
        assert!(desk.look());
        let after = keys(&desk);
        assert!(before[0] == after[0] && before[1] != after[1]);
        // In the middle of being written.
        let manifest = std::fs::read_to_string(root.join("film.toml")).unwrap();
        for half in [&manifest[..60], &manifest[..manifest.len() / 2], "", "slug = "] {
            std::fs::write(root.join("film.toml"), half).unwrap();
            assert!(desk.look());
            let reading = desk.reading().borrow().clone();
            assert!(reading.report.has_errors() && reading.film.is_some());
        }
        std::fs::write(&path, &shot[..shot.len() / 2]).unwrap();
        std::fs::write(root.join("film.toml"), manifest + "\n").unwrap();
        assert!(desk.look());
        std::fs::write(&path, shot).unwrap();
        assert!(desk.look());
        desk.look_closer();
        let report = desk.reading().borrow().report.clone();
        assert!(report.is_empty(), "{report}");
        assert_eq!(keys(&desk), before);
        // A sheet that nobody sees is found by looking closer only.
        let sky = root.join("shots/01-evening.toml");
        let text = std::fs::read_to_string(&sky).unwrap().replace("at = [330, 392]", "at = [9000, 392]");
        std::fs::write(&sky, text).unwrap();
        assert!(desk.look() && desk.reading().borrow().report.is_empty());
        desk.look_closer();
        assert!(desk.reading().borrow().report.to_string().contains("never inside"));
    }
}
