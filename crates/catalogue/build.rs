//! Builds again when a film changes, is added or goes: the films are part of the program.

use std::path::Path;

fn main() {
    watch(Path::new("../../films"));
}

/// A folder's own time only tells what came and went in it, so each one is named.
fn watch(folder: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            watch(&path);
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
}
