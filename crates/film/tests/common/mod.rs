//! The tiny film of the tests, and a made-up head without any child in it.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use film::{Film, MapFolder, Rendition};

/// A size in which frames are drawn fast.
pub const SMALL: Rendition = Rendition { width: 320, height: 180 };

/// The files of `tests/tiny`.
pub fn tiny() -> MapFolder {
    static FILES: OnceLock<MapFolder> = OnceLock::new();
    FILES
        .get_or_init(|| {
            let mut folder = MapFolder::default();
            add(&mut folder, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny"), "");
            folder
        })
        .clone()
}

fn add(folder: &mut MapFolder, dir: &Path, prefix: &str) {
    for entry in std::fs::read_dir(dir).expect("the tiny film is there").flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            add(folder, &entry.path(), &format!("{name}/"));
        } else {
            folder.put(name, std::fs::read(entry.path()).expect("a file"));
        }
    }
}

/// The tiny film with a part of one file replaced.
pub fn with(path: &str, from: &str, to: &str) -> MapFolder {
    let mut folder = tiny();
    let text = folder.text(path).expect("the file is there").to_owned();
    assert!(text.contains(from), "{path} holds {from:?}");
    folder.put(path, text.replacen(from, to, 1));
    folder
}

/// The tiny film for two: a friend alone in one shot, both heroes and their names in another.
pub fn tiny_for_two() -> MapFolder {
    let slots = "[slots]\nsecond = { sample = \"Leo\" }";
    let mut folder = with("film.toml", "[slots]", slots);
    let mut change = |path: &str, into: &str, changes: &[(&str, &str)]| {
        let mut text = folder.text(path).expect("the file is there").to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{path} holds {from:?}");
            text = text.replace(from, to);
        }
        folder.put(into, text);
    };
    change("film.toml", "film.toml", &[("\"04-age\"]", "\"04-age\", \"05-friend\", \"06-both\"]")]);
    let seconds =
        [("slot:face", "slot:second.face"), ("\"skin\"", "\"second.skin\""), ("#b5423c", "#2f6f8f")];
    change("drawings/hero.svg", "drawings/friend.svg", &seconds);
    let head = [("#5a3a28", "#141018"), ("data-fill=\"skin\"", "id=\"skin\" fill=\"#9e6a4a\"")];
    change("drawings/sample-head.svg", "drawings/second-head.svg", &head);
    let board = [("slot:name", "slot:second.name"), ("data-text=\"good-night\"", "data-text=\"two\"")];
    change("drawings/sign.svg", "drawings/pair.svg", &board);
    for language in ["en", "de"] {
        let path = format!("words/{language}.toml");
        change(&path, &path, &[("[set]\n", "[set]\ntwo = \"{name} & {second}\"\n")]);
    }
    let sheet = |drawing: &str, at: u32| format!("[[sheet]]\ndrawing = \"{drawing}\"\nat = [{at}, 30]\n");
    let friend = format!("seconds = 2.5\nbackground = \"moss\"\n{}", sheet("friend.svg", 200));
    let pair = "[[sheet]]\ndrawing = \"pair.svg#board\"\n";
    let both = format!("{friend}{}{pair}", sheet("hero.svg", 30));
    folder.put("shots/05-friend.toml", friend);
    folder.put("shots/06-both.toml", both);
    folder
}

/// Reads a film that must be right.
pub fn read(folder: &MapFolder) -> Film {
    Film::read(folder).unwrap_or_else(|report| panic!("{report}"))
}

/// No options filled in.
pub fn no_options() -> &'static BTreeMap<String, String> {
    static NONE: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    NONE.get_or_init(BTreeMap::new)
}

/// A head: a disc of one tone with a mesh of points on it.
pub fn head(skin: [u8; 3]) -> likeness::CutOut {
    let size = likeness::CUT_OUT_SIZE;
    let mut rgba = Vec::with_capacity((size * size * 4) as usize);
    for y in 0..size {
        for x in 0..size {
            let (dx, dy) = (x as f32 - 384.0, y as f32 - 400.0);
            let inside = (dx / 250.0).powi(2) + (dy / 320.0).powi(2) < 1.0;
            rgba.extend_from_slice(&[skin[0], skin[1], skin[2], if inside { 255 } else { 0 }]);
        }
    }
    let landmarks = (0..likeness::LANDMARKS)
        .map(|i| {
            let (turn, ring) = (i as f32 * 0.7, 40.0 + 180.0 * i as f32 / likeness::LANDMARKS as f32);
            [384.0 + turn.cos() * ring, 400.0 + turn.sin() * ring * 1.25, 0.0]
        })
        .collect();
    likeness::CutOut { size, rgba, landmarks, skin, hair: [60, 40, 30], warnings: Vec::new() }
}
