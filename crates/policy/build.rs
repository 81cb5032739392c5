//! Reads every version of the policy with the library's own code, so that a mistake in one is an error of
//! the build, and writes the ids, the marker types and the texts of the files for the library to take in.

// What only the library needs of it is not used here.
#[allow(dead_code, unused_imports)]
#[path = "src/format/mod.rs"]
mod format;
#[path = "build/generate.rs"]
mod generate;
#[path = "build/ids.rs"]
mod ids;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use format::{Classification, Date, Files, Mistakes, Policy};

/// A version with where it lies.
struct Version {
    folder: PathBuf,
    files: Files,
    policy: Policy,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy");
    let (versions, classification) = match read(&root) {
        Ok(read) => read,
        Err(mistakes) => {
            for mistake in mistakes {
                // An error of cargo's is one line.
                println!("cargo::error=policy/{}", mistake.replace('\n', "  "));
            }
            return ExitCode::FAILURE;
        }
    };
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for (name, code) in [
        ("ids.rs", generate::ids(&versions)),
        ("markers.rs", generate::markers(&versions)),
        ("files.rs", generate::files(&versions, &classification)),
    ] {
        std::fs::write(out.join(name), code).expect("the folder of the build can be written");
    }
    ExitCode::SUCCESS
}

/// All versions, the oldest first, and where the classification lies.
fn read(root: &Path) -> Result<(Vec<Version>, PathBuf), Vec<String>> {
    println!("cargo::rerun-if-changed={}", root.display());
    let (mut versions, mut mistakes) = (Vec::new(), Vec::new());
    let mut folders: Vec<PathBuf> = entries(root).into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    for folder in folders {
        let name = name_of(&folder);
        let mut files = Files::new();
        collect(&folder, "", &mut files);
        match Policy::read(&files) {
            Ok(policy) if Date::parse(&name) != Some(policy.effective) => {
                mistakes
                    .push(format!("{name}: the folder is not named after `effective`, {}", policy.effective));
            }
            Ok(policy) => versions.push(Version { folder, files, policy }),
            Err(Mistakes(all)) => mistakes.extend(all.iter().map(|mistake| format!("{name}/{mistake}"))),
        }
    }
    let classification = root.join("classification.toml");
    println!("cargo::rerun-if-changed={}", classification.display());
    let text = std::fs::read_to_string(&classification).unwrap_or_default();
    match Classification::read(&text) {
        Ok(read) => {
            for version in &versions {
                if let Err(Mistakes(all)) = read.check(&version.policy) {
                    mistakes.extend(
                        all.iter().map(|mistake| format!("{mistake} (in {})", version.policy.effective)),
                    );
                }
            }
        }
        Err(Mistakes(all)) => mistakes.extend(all.iter().map(ToString::to_string)),
    }
    if versions.is_empty() && mistakes.is_empty() {
        mistakes.push("there is no version, a folder named after a day".into());
    }
    if mistakes.is_empty() { Ok((versions, classification)) } else { Err(mistakes) }
}

/// The files of a folder and the folders in it.
fn collect(folder: &Path, within: &str, files: &mut Files) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for path in entries(folder) {
        let name = format!("{within}{}", name_of(&path));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            println!("cargo::rerun-if-changed={}", path.display());
            files.insert(name, text);
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).filter(|path| !name_of(path).starts_with('.')).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
