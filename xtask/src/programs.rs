//! The test programs: built by cargo, then run side by side, one on each core.
//!
//! Cargo itself runs one after the other, and a test of the whole program waits for most of its time. Knows nothing of
//! what is tested, but that each test of the package [`WHOLE_PROGRAM`] starts a server of its own and can stand alone.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::machine::{cargo, execute};
use crate::test::{Args, TestResult};
use crate::watched::Watch;

/// The package whose tests drive a whole server each.
const WHOLE_PROGRAM: &str = "e2e";

/// The package of the program itself, whose own tests bring it along; those of [`WHOLE_PROGRAM`] do not.
const PROGRAM: &str = "ministudio";

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// How many tests of other packages are run in one go.
const PART: usize = 40;

/// A test program as cargo built it.
struct Program {
    file: PathBuf,
    package: String,
    /// The package's folder, where cargo would run it.
    folder: PathBuf,
}

/// What one core takes at a time: some tests of a program.
struct Piece<'a> {
    program: &'a Program,
    tests: Vec<String>,
}

/// Builds and runs the tests; each program's output is shown in one go when it ends.
pub fn run(
    args: &Args,
    watch: &Watch,
    database: &str,
    show: &(impl Fn(&str) + Sync),
) -> anyhow::Result<Vec<TestResult>> {
    let programs = build(args)?;
    let queue = Mutex::new(pieces(&programs, args)?);
    let results = Mutex::new(examples_in_docs(args, show)?);
    let work = || -> anyhow::Result<()> {
        loop {
            let Some(piece) = queue.lock().expect("not poisoned").pop_front() else { return Ok(()) };
            let (told, passed) = run_piece(&piece, watch, database)?;
            let mut results = results.lock().expect("not poisoned");
            told.lines().for_each(show);
            let found = read_results(&piece.tests, &told);
            if !passed && found.iter().all(|result| result.passed) {
                let name = format!("{} ended before its time", piece.program.file.display());
                show(&name);
                results.push(TestResult { name, passed: false });
            }
            results.extend(found);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    Ok(results.into_inner().expect("not poisoned"))
}

/// Which packages are meant.
fn packages(args: &Args) -> Vec<&str> {
    match args.package.as_slice() {
        [] => vec!["--workspace"],
        some => some.iter().flat_map(|package| ["--package", package]).collect(),
    }
}

fn build(args: &Args) -> anyhow::Result<Vec<Program>> {
    let names = |name: &str| args.package.iter().any(|package| package == name);
    if names(WHOLE_PROGRAM) && !names(PROGRAM) {
        execute(cargo().args(["build", "--release", "--package", PROGRAM]))?;
    }
    let mut command = cargo();
    command.args(["test", "--release", "--no-run", "--message-format", "json-render-diagnostics"]);
    let built = command.args(packages(args)).stderr(Stdio::inherit()).output()?;
    ensure!(built.status.success(), "cargo could not build the tests");
    let messages = String::from_utf8(built.stdout)?;
    Ok(messages.lines().filter_map(|line| read_artifact(&serde_json::from_str(line).ok()?)).collect())
}

/// A test program among cargo's messages.
fn read_artifact(message: &Value) -> Option<Program> {
    let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
    let file = PathBuf::from(message["executable"].as_str().filter(|_| is_test)?);
    let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
    // `path+file:///…/crates/film#0.1.0` or `…/tests#e2e@0.1.0`.
    let (place, id) = message["package_id"].as_str()?.rsplit_once('#')?;
    let package =
        id.split_once('@').map_or_else(|| place.rsplit('/').next(), |(name, _)| Some(name))?.to_owned();
    Some(Program { file, package, folder })
}

/// The longest first, as far as one can tell: parts of the largest programs, then the tests of the whole program one by
/// one, which fill up what is left.
fn pieces<'a>(programs: &'a [Program], args: &Args) -> anyhow::Result<VecDeque<Piece<'a>>> {
    let mut programs: Vec<&Program> = programs.iter().collect();
    programs.sort_by_key(|program| {
        let size = program.file.metadata().map_or(0, |file| file.len());
        (program.package == WHOLE_PROGRAM, std::cmp::Reverse(size))
    });
    let mut pieces = VecDeque::new();
    for program in programs {
        let mut list = Command::new(&program.file);
        let listed = list.args(["--list", "--format", "terse"]).args(&args.filter).output()?;
        ensure!(listed.status.success(), "{} could not list its tests", program.file.display());
        let listed = String::from_utf8(listed.stdout)?;
        let tests: Vec<String> =
            listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect();
        let at_once = if program.package == WHOLE_PROGRAM { 1 } else { PART };
        pieces.extend(tests.chunks(at_once).map(|tests| Piece { program, tests: tests.to_vec() }));
    }
    Ok(pieces)
}

/// What it printed, and whether it ended well.
fn run_piece(piece: &Piece, watch: &Watch, database: &str) -> anyhow::Result<(String, bool)> {
    let Program { file, package, folder } = piece.program;
    let memory = Path::new(MEMORY);
    let mut command = match package == WHOLE_PROGRAM {
        // Not watched themselves: they watch each server that they start.
        true => watch.handed_to(file),
        // Hundreds of small databases: the disk would be waited for most of the time. The whole program lies on it.
        false if memory.is_dir() => {
            let mut command = watch.over(file);
            command.env("TMPDIR", memory);
            command
        }
        false => watch.over(file),
    };
    command.args(["--test-threads=1", "--exact"]).args(&piece.tests);
    command.current_dir(folder).env("CARGO_MANIFEST_DIR", folder).env("CARGO_PKG_NAME", package);
    command.env("MINISTUDIO_TEST_POSTGRES", database).stdin(Stdio::null()).stderr(Stdio::inherit());
    let ended = command.output().with_context(|| format!("could not start {}", file.display()))?;
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    Ok((format!("\n{}\n{told}", file.display()), ended.status.success()))
}

/// The examples in the documentation, which only cargo can run.
fn examples_in_docs(args: &Args, show: &impl Fn(&str)) -> anyhow::Result<Vec<TestResult>> {
    let mut command = cargo();
    command.args(["test", "--release", "--doc", "--no-fail-fast"]).args(packages(args));
    command.arg("--").args(&args.filter);
    let ended = command.stderr(Stdio::inherit()).output()?;
    let told = String::from_utf8_lossy(&ended.stdout);
    told.lines().for_each(show);
    let results: Vec<TestResult> = told.lines().filter_map(read_line).collect();
    let failed = results.iter().any(|result| !result.passed);
    ensure!(ended.status.success() || failed, "the examples in the documentation cannot be run");
    Ok(results)
}

/// How each of these tests ended, in the words of their program. A test that it says nothing of did not pass; one that is
/// left out on purpose has no result.
fn read_results(tests: &[String], told: &str) -> Vec<TestResult> {
    let mut told_of: BTreeMap<&str, &str> = BTreeMap::new();
    for line in told.lines() {
        let Some((name, end)) = line.strip_prefix("test ").and_then(|line| line.split_once(" ... ")) else {
            continue;
        };
        told_of.insert(name.strip_suffix(" - should panic").unwrap_or(name), end);
    }
    let result = |name: &String| match told_of.get(name.as_str()) {
        Some(end) if end.starts_with("ignored") => None,
        end => Some(TestResult { name: name.clone(), passed: end == Some(&"ok") }),
    };
    tests.iter().filter_map(result).collect()
}

/// Reads one line of what cargo says of an example in the documentation: `test NAME ... ok`.
fn read_line(line: &str) -> Option<TestResult> {
    let (name, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    match end {
        "ok" => Some(TestResult { name: name.to_owned(), passed: true }),
        "FAILED" => Some(TestResult { name: name.to_owned(), passed: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_test_program_says() {
        assert!(read_line("test a::b ... ok").is_some_and(|result| result.passed && result.name == "a::b"));
        assert!(read_line("test a::b ... FAILED").is_some_and(|result| !result.passed));
        assert!(read_line("test result: ok. 12 passed; 0 failed").is_none());
        assert!(read_line("test a::c ... ignored").is_none());
    }

    #[test]
    fn a_test_without_a_result_did_not_pass() {
        let tests = ["a", "b", "c", "d", "e"].map(str::to_owned);
        let told = "test a ... ok\ntest b ... FAILED\ntest c ... ignored, slow\ntest d - should panic ... ok\ntest e ... ";
        let results = read_results(&tests, told);
        let results: Vec<_> = results.iter().map(|result| (result.name.as_str(), result.passed)).collect();
        assert_eq!(results, [("a", true), ("b", false), ("d", true), ("e", false)]);
    }

    #[test]
    fn reads_what_cargo_built() {
        let message = |package: &str, test: bool| {
            serde_json::json!({"reason": "compiler-artifact", "package_id": package, "profile": {"test": test},
                "manifest_path": "/there/tests/Cargo.toml", "executable": "/there/target/x"})
        };
        let named = |package: &str| read_artifact(&message(package, true)).map(|program| program.package);
        assert_eq!(named("path+file:///there/tests#e2e@0.1.0").as_deref(), Some("e2e"));
        assert_eq!(named("path+file:///there/crates/film#0.1.0").as_deref(), Some("film"));
        assert!(read_artifact(&message("path+file:///there/crates/film#0.1.0", false)).is_none());
    }
}
