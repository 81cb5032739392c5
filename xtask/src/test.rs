//! `cargo xtask test`: installs what the tests need, then runs every one of them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, ensure};

use crate::machine::{Need, cargo, find, install};
use crate::postgres::{self, Postgres};
use crate::watched::Watch;

/// What to run.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Only tests whose name holds this.
    filter: Option<String>,
    /// Only these packages (all of the workspace otherwise).
    #[arg(short, long)]
    package: Vec<String>,
}

/// What the tests need beside Rust and a C compiler.
pub const NEEDS: &[Need] = &[
    Need {
        package: "g++",
        why: "compiles the bundled video encoder",
        is_here: || find("g++", &[]).is_some() || find("clang++", &[]).is_some(),
    },
    Need {
        package: "chromium",
        why: "the browser of the browser tests",
        is_here: || find("chromium", &[]).is_some(),
    },
    Need {
        package: "chromium-driver",
        why: "drives that browser",
        is_here: || find("chromedriver", &["/usr/bin/chromedriver"]).is_some(),
    },
    Need {
        package: "postgresql",
        why: "the second database; a private server is started for the tests",
        is_here: || postgres::programs().is_some(),
    },
    Need {
        package: "strace",
        why: "records which connections the program opens",
        is_here: || find("strace", &[]).is_some(),
    },
    Need {
        package: "ffmpeg",
        why: "an independent player that checks the films",
        is_here: || find("ffmpeg", &[]).is_some() && find("ffprobe", &[]).is_some(),
    },
];

/// Runs the tests; the last line is their sum.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let results = run_tests(args, |line| println!("{line}"))?;
    let failed = results.iter().filter(|result| !result.passed).count();
    for result in results.iter().filter(|result| !result.passed) {
        println!("failed: {}", result.name);
    }
    println!("{} passed, {failed} failed", results.len() - failed);
    ensure!(failed == 0, "the tests did not all pass");
    Ok(())
}

/// How one test ended.
pub struct TestResult {
    /// Its path inside its test program.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
}

/// Installs, starts the database, runs, and gives back each test's result. An error when cargo failed
/// although no test did (a build error, a crashed test program), or when no test ran.
pub fn run_tests(args: &Args, show: impl Fn(&str)) -> anyhow::Result<Vec<TestResult>> {
    install(NEEDS)?;
    let postgres = Postgres::start()?;
    let watch = Watch::start()?;
    let mut command = cargo();
    command.args(["test", "--release", "--no-fail-fast"]);
    watch.over(&mut command)?;
    if args.package.is_empty() {
        command.arg("--workspace");
    }
    for package in &args.package {
        command.args(["--package", package]);
    }
    if let Some(filter) = &args.filter {
        command.args(["--", filter]);
    }
    command.env("MINISTUDIO_TEST_POSTGRES", postgres.url()).stdout(Stdio::piped());
    let mut child = command.spawn().context("could not start cargo test")?;
    let mut results = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("piped above")).lines() {
        let line = line?;
        show(&line);
        results.extend(read_line(&line));
    }
    let status = child.wait()?;
    ensure!(
        status.success() || results.iter().any(|result| !result.passed),
        "cargo test ended with {status}"
    );
    ensure!(!results.is_empty(), "no test ran");
    results.push(watch.end(args.filter.is_none() && args.package.is_empty(), show)?);
    Ok(results)
}

/// Reads one line of a test program: `test NAME ... ok`.
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
    use super::read_line;

    #[test]
    fn reads_what_a_test_program_says() {
        assert!(read_line("test a::b ... ok").is_some_and(|result| result.passed && result.name == "a::b"));
        assert!(read_line("test a::b ... FAILED").is_some_and(|result| !result.passed));
        assert!(read_line("test result: ok. 12 passed; 0 failed").is_none());
        assert!(read_line("test a::c ... ignored").is_none());
    }
}
