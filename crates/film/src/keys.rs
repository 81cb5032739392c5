//! The key of a shot: a hash of everything its pictures depend on, and of nothing else. Two shots with
//! the same key are the same pictures, so a key is all that a cache needs to know.

use std::fmt;

use crate::film::{Cast, Film, Rendition};
use crate::text;
use crate::uses::Uses;
use crate::who::Who;

/// Counted up with every change of the engine that changes a pixel.
pub const ENGINE_VERSION: u32 = 4;

/// The key of a shot for a child in a size.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShotKey(pub [u8; 32]);

impl fmt::Display for ShotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ShotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A hash over named values, each with its length, so that no two lists of values run together.
struct Hash(blake3::Hasher);

impl Hash {
    fn put(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), value] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }
}

pub(crate) fn shot_key(
    film: &Film,
    shot: usize,
    uses: &Uses,
    cast: &Cast<'_>,
    rendition: Rendition,
) -> ShotKey {
    let mut hash = Hash(blake3::Hasher::new());
    let manifest = &film.manifest;
    let info = &manifest.info;
    hash.put("engine", &ENGINE_VERSION.to_le_bytes());
    hash.put("film", info.slug.as_bytes());
    hash.put("version", &info.version.to_le_bytes());
    for (name, number) in [("fps", info.fps), ("width", info.width), ("height", info.height)] {
        hash.put(name, &number.to_le_bytes());
    }
    hash.put("rendition", &[rendition.width.to_le_bytes(), rendition.height.to_le_bytes()].concat());
    hash.put("finish", &[manifest.grain.to_le_bytes(), manifest.vignette.to_le_bytes()].concat());
    hash.put("shot", &film.digests.shots[shot]);
    // Its place in the film decides with its seconds how many frames it has.
    hash.put("frames", &film.shots()[shot].frames.to_le_bytes());
    // Names of the palette are resolved in drawings and shots alike, so all of it counts.
    for (name, rgb) in &manifest.palette {
        hash.put(name, rgb);
    }
    // A sample head is only drawn where no child is given.
    for file in uses.files(&film.drawings, |who| cast.face_of(who).is_none()) {
        if let Some(digest) = film.digests.files.get(file) {
            hash.put(file, digest);
        }
    }
    let set = film.set(cast.language);
    let mut texts = String::new();
    for key in &uses.set {
        let text = set.get(key).map_or("", String::as_str);
        hash.put(key, text.as_bytes());
        texts.push_str(text);
    }
    for slot in uses.written(std::iter::once(set)) {
        let value = film.value(&slot, cast);
        hash.put("slot", slot.as_bytes());
        hash.put(&slot, value.as_bytes());
        texts.push_str(&value);
    }
    // A font for a script that is not written here may come or change.
    for role in &uses.fonts {
        for font in text::needed(film.fonts.roles.get(role).map_or(&[], Vec::as_slice), &texts) {
            hash.put(role, &font.digest);
        }
    }
    for who in Who::BOTH {
        let (shows_face, shows_skin) = (uses.faces.contains(&who), uses.skins.contains(&who));
        let [skin, _] = who.skin();
        match cast.face_of(who) {
            None if shows_face || shows_skin => hash.put(who.face(), b"none"),
            Some(face) if shows_face => hash.put(who.face(), &face_digest(face)),
            Some(face) if shows_skin => hash.put(skin, &face.skin),
            _ => {}
        }
    }
    ShotKey(*hash.0.finalize().as_bytes())
}

/// The digest of what of a cut-out is drawn.
fn face_digest(face: &likeness::CutOut) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&face.size.to_le_bytes());
    hasher.update(&face.rgba);
    for point in &face.landmarks {
        point.iter().for_each(|n| {
            hasher.update(&n.to_le_bytes());
        });
    }
    hasher.update(&face.skin);
    hasher.update(&face.hair);
    *hasher.finalize().as_bytes()
}
