//! The policy's own tests: one program, a module a subject.

mod consent;
mod contract;
mod derived;
mod marketing;
mod mistakes;
mod proofs;
mod published;
mod versions;

use std::path::{Path, PathBuf};

use policy::Files;

/// Where the policy lies.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy")
}

/// The first version's files, to be changed.
fn files() -> Files {
    let mut files = Files::new();
    collect(&root().join("2026-05-22"), "", &mut files);
    files
}

fn collect(folder: &Path, within: &str, files: &mut Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{within}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// A file with a text replaced that must be there.
fn replace(files: &mut Files, file: &str, from: &str, to: &str) {
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    *text = text.replacen(from, to, 1);
}

/// The same files, in force on another day.
fn on_day(mut files: Files, day: &str) -> (String, Files) {
    replace(&mut files, "policy.toml", "effective = \"2026-05-22\"", &format!("effective = {day:?}"));
    (day.to_owned(), files)
}
