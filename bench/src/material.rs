//! What is measured on: the first film of the catalogue and two drawn children.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Context;
use film::{Cast, Film, Folder, Rendition};
use likeness::{CutOut, Likeness, Photo};

/// The film that all figures speak of unless another folder is given.
const FILM: &str = "moon-garden";

/// The folder given on the command line.
pub static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// A child with everything a film asks for.
pub struct Child {
    face: CutOut,
    name: &'static str,
    options: BTreeMap<String, String>,
}

impl Child {
    /// The child's head.
    pub fn face(&self) -> &CutOut {
        &self.face
    }

    /// The child as the film's cast.
    pub fn cast(&self) -> Cast<'_> {
        Cast { face: Some(&self.face), name: self.name, language: "en", options: &self.options, second: None }
    }
}

/// Two children who have nothing in common.
pub fn children() -> anyhow::Result<[Child; 2]> {
    let likeness = Likeness::embedded();
    let child = |index: usize, name| -> anyhow::Result<Child> {
        let photo = drawn_photo(index)?;
        let face = likeness.faces(&photo)?.into_iter().next().context("a face in the drawn photo")?;
        Ok(Child { face: likeness.cut_out(&photo, &face)?, name, options: BTreeMap::new() })
    };
    Ok([child(0, "Mia")?, child(1, "Alexander")?])
}

/// One of the drawn children, as a photo.
pub fn drawn_photo(index: usize) -> anyhow::Result<Photo> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/photos/drawn");
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "jpg"))
        .collect();
    files.sort();
    let path = files.get(index).context("a drawn child in tests/photos/drawn")?;
    let picture = image::open(path)?.to_rgb8();
    Photo::new(picture.width(), picture.height(), picture.into_raw()).context("a photo of its own size")
}

/// The film, and its folder.
pub fn film() -> anyhow::Result<(Film, Box<dyn Folder>)> {
    let folder: Box<dyn Folder> = match FOLDER.get() {
        Some(path) => Box::new(catalogue::OnDisk::open(path)?),
        None => Box::new(catalogue::find(FILM).context("the film is not part of this program")?),
    };
    let film = Film::read(folder.as_ref())
        .map_err(|report| anyhow::anyhow!("the film cannot be read:\n{report}"))?;
    Ok((film, folder))
}

/// The size that the bars speak of.
pub const SIZE: Rendition = Rendition { width: 1280, height: 720 };
