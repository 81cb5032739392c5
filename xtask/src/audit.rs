//! `cargo xtask audit`: the libraries of `Cargo.lock` beside what the RustSec database knows of them.
//!
//! A vulnerability fails; that a library is unmaintained or unsound is only said. What does not concern us stands in
//! `deny.toml` with its reason, where `cargo deny` finds it too. The database is a folder that `MINISTUDIO_ADVISORIES`
//! names, or it is fetched, once a day. Out of reach of both nothing fails: it is said that nothing was checked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustsec::advisory::{Id, Informational, Metadata, Versions};
use rustsec::package::Package;
use rustsec::report::{Report, Settings};
use rustsec::{Database, Lockfile};

use crate::machine::root;

/// Where the database is kept.
const ADDRESS: &str = "https://github.com/RustSec/advisory-db";
/// Seconds that fetching it may take.
const PATIENCE_S: &str = "30";
/// An older one is fetched anew.
const FRESH: Duration = Duration::from_secs(24 * 3_600);

/// Fails with the list of vulnerabilities, when there are any.
pub fn run() -> anyhow::Result<()> {
    let Some(folder) = database()? else {
        println!("advisories: not checked, the database is out of reach");
        return Ok(());
    };
    let database = Database::open(&folder)
        .with_context(|| format!("the advisories in {} cannot be read", folder.display()))?;
    let lockfile = Lockfile::load(root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let ignored = ignored(&std::fs::read_to_string(root().join("deny.toml"))?)?;
    let found = judge(&database, &lockfile, ignored);
    for line in &found.warnings {
        println!("advisories: {line}");
    }
    ensure!(
        found.holes.is_empty(),
        "these libraries have known holes:\n  {}\nUpdate them (cargo update), or say in deny.toml why one does not \
         concern us.",
        found.holes.join("\n  ")
    );
    let libraries = lockfile.packages.iter().filter(|package| package.source.is_some()).count();
    println!("advisories: none of {libraries} libraries has a known hole");
    Ok(())
}

/// A line for each advisory that concerns a library here.
struct Found {
    holes: Vec<String>,
    warnings: Vec<String>,
}

/// Looks each library of a lock file up.
fn judge(database: &Database, lockfile: &Lockfile, ignore: Vec<Id>) -> Found {
    let informational_warnings = vec![Informational::Unmaintained, Informational::Unsound];
    let settings = Settings { ignore, informational_warnings, ..Settings::default() };
    let report = Report::generate(database, lockfile, &settings);
    let holes = report.vulnerabilities.list.iter();
    let warnings = report.warnings.values().flatten().filter_map(|warning| {
        let advisory = warning.advisory.as_ref()?;
        Some(format!("{}: {}", warning.kind, line(advisory, &warning.package, warning.versions.as_ref())))
    });
    Found {
        holes: holes.map(|hole| line(&hole.advisory, &hole.package, Some(&hole.versions))).collect(),
        warnings: warnings.collect(),
    }
}

fn line(advisory: &Metadata, package: &Package, versions: Option<&Versions>) -> String {
    let patched: Vec<String> = versions
        .map(|versions| versions.patched().iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    let patched = match patched.as_slice() {
        [] => "no version is patched".to_owned(),
        some => format!("patched in {}", some.join(" or ")),
    };
    format!("{} {} {}: {} ({patched})", advisory.id, package.name, package.version, advisory.title)
}

/// The advisories that `deny.toml` says do not concern us. Each needs a reason.
fn ignored(deny: &str) -> anyhow::Result<Vec<Id>> {
    let deny: toml::Table = toml::from_str(deny).context("deny.toml cannot be read")?;
    let Some(list) = deny.get("advisories").and_then(|advisories| advisories.get("ignore")) else {
        return Ok(Vec::new());
    };
    let list = list.as_array().context("`ignore` in deny.toml is no list")?;
    let id = |entry: &toml::Value| -> anyhow::Result<Id> {
        let text = |name: &str| entry.get(name).and_then(toml::Value::as_str).unwrap_or_default().trim();
        ensure!(!text("reason").is_empty(), "an advisory is ignored in deny.toml without a reason: {entry}");
        let id: Id = text("id").parse().unwrap_or_default();
        ensure!(id.is_rustsec() && !id.is_placeholder(), "deny.toml ignores what is no advisory: {entry}");
        Ok(id)
    };
    list.iter().map(id).collect()
}

/// The folder of the database, `None` when it is out of reach.
fn database() -> anyhow::Result<Option<PathBuf>> {
    if let Some(folder) = std::env::var_os("MINISTUDIO_ADVISORIES").filter(|folder| !folder.is_empty()) {
        let folder = root().join(folder);
        if !folder.join("crates").is_dir() {
            bail!("MINISTUDIO_ADVISORIES names {}, which holds no advisories", folder.display());
        }
        return Ok(Some(folder));
    }
    let folder = root().join("target/advisory-db");
    let days = age(&folder).map(|age| age.as_secs() / FRESH.as_secs());
    if days == Some(0) {
        return Ok(Some(folder));
    }
    if fetch(&folder)? {
        return Ok(Some(folder));
    }
    let Some(days) = days else { return Ok(None) };
    println!("advisories: a newer database is out of reach, this one was fetched {days} days ago");
    Ok(Some(folder))
}

/// How long ago the database was fetched, if it was.
fn age(folder: &Path) -> Option<Duration> {
    // Written once, when it is fetched.
    std::fs::metadata(folder.join(".git/HEAD")).ok()?.modified().ok()?.elapsed().ok()
}

/// Fetches the database into a folder; whether that went well. The one that is there stays until then.
fn fetch(folder: &Path) -> anyhow::Result<bool> {
    let new = folder.with_added_extension("new");
    remove(&new)?;
    // `timeout` ends git together with the programs that it starts.
    let mut git = Command::new("timeout");
    git.args([PATIENCE_S, "git", "clone", "--quiet", "--depth", "1", ADDRESS]).arg(&new);
    git.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let fetched = git.status().is_ok_and(|status| status.success()) && new.join("crates").is_dir();
    if fetched {
        remove(folder)?;
        std::fs::rename(&new, folder)?;
    } else {
        remove(&new)?;
    }
    Ok(fetched)
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rustsec::{Database, Lockfile};

    use super::{Found, ignored, judge};

    /// An advisory about `tiny`, with more lines in its head and other versions.
    fn write(database: &Path, id: &str, more: &str, versions: &str) {
        let folder = database.join("crates/tiny");
        std::fs::create_dir_all(&folder).unwrap();
        let head = format!("[advisory]\nid = \"{id}\"\npackage = \"tiny\"\ndate = \"2026-05-22\"\n{more}");
        let text =
            format!("```toml\n{head}\n[versions]\n{versions}\n```\n\n# A door stands open\n\nIt does.\n");
        std::fs::write(folder.join(format!("{id}.md")), text).unwrap();
    }

    fn lockfile(version: &str) -> Lockfile {
        let source = "registry+https://github.com/rust-lang/crates.io-index";
        let tiny = format!("name = \"tiny\"\nversion = \"{version}\"\nsource = \"{source}\"");
        format!("version = 4\n\n[[package]]\n{tiny}\n").parse().unwrap()
    }

    #[test]
    fn proves_s11_4_a_library_with_a_known_hole_is_found_and_a_patched_or_ignored_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "RUSTSEC-2026-0001", "", "patched = [\">= 1.2.3\"]\nunaffected = [\"< 1.0.0\"]");
        write(folder.path(), "RUSTSEC-2026-0002", "informational = \"unmaintained\"\n", "patched = []");
        write(folder.path(), "RUSTSEC-2026-0003", "withdrawn = \"2026-05-23\"\n", "patched = []");
        let database = Database::open(folder.path()).unwrap();
        let none = "[advisories]\nignore = []";
        let found = |version: &str, deny: &str| judge(&database, &lockfile(version), ignored(deny).unwrap());

        let Found { holes, warnings } = found("1.2.2", none);
        assert_eq!(holes, ["RUSTSEC-2026-0001 tiny 1.2.2: A door stands open (patched in >=1.2.3)"]);
        let said = "unmaintained: RUSTSEC-2026-0002 tiny 1.2.2: A door stands open (no version is patched)";
        assert_eq!(warnings, [said]);
        assert!(found("1.2.3", none).holes.is_empty() && found("0.9.0", none).holes.is_empty());

        let ignore = "[advisories]\nignore = [{ id = \"RUSTSEC-2026-0001\", reason = \"no door here\" }]";
        let Found { holes, warnings } = found("1.2.2", ignore);
        assert!(holes.is_empty() && warnings.len() == 1, "{holes:?} {warnings:?}");
    }

    #[test]
    fn nothing_is_ignored_without_a_reason() {
        for list in [
            "[\"RUSTSEC-2026-0001\"]",
            "[{ id = \"RUSTSEC-2026-0001\" }]",
            "[{ id = \"so\", reason = \"so\" }]",
        ] {
            assert!(ignored(&format!("[advisories]\nignore = {list}")).is_err(), "{list}");
        }
        assert!(ignored("").unwrap().is_empty());
        assert!(ignored(include_str!("../../deny.toml")).is_ok());
    }
}
