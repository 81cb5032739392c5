//! `cargo xtask test`: installs what the tests need, then runs every one of them.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use crate::machine::{Need, find, have_assembler, install};
use crate::postgres::{self, Postgres};
use crate::programs;
use crate::watched::Watch;

/// What to run.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Only tests whose name holds this.
    pub filter: Option<String>,
    /// Only these packages (all of the workspace otherwise).
    #[arg(short, long)]
    pub package: Vec<String>,
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
    Need {
        package: "rustc-web",
        why: "compiles the preview for WebAssembly (or: rustup target add wasm32-unknown-unknown)",
        is_here: || needs_no_web() || Path::new("/usr/bin/rustc").is_file(),
    },
    Need {
        package: "cargo-web",
        why: "the same",
        is_here: || needs_no_web() || Path::new("/usr/bin/cargo").is_file(),
    },
    Need {
        package: "rust-web-src",
        why: "the standard library, for the same",
        is_here: || needs_no_web() || Path::new("/usr/lib/rustlib/src/rust/library").is_dir(),
    },
];

/// Whether Debian's compiler for WebAssembly can be done without: the preview is left out, or rustup's is here.
fn needs_no_web() -> bool {
    std::env::var("MINISTUDIO_PREVIEW").is_ok_and(|wish| wish == "off") || has_web_target()
}

/// Whether the compiler in use can compile for WebAssembly by itself (`crates/preview/build.rs` asks the same).
fn has_web_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut asked = Command::new(rustc);
    asked.args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]);
    let folder = asked.output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

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

/// Installs, starts the database, runs, and gives back each test's result, by their names. An error when the tests cannot
/// be built, or when none ran.
pub fn run_tests(args: &Args, show: impl Fn(&str) + Sync) -> anyhow::Result<Vec<TestResult>> {
    install(NEEDS)?;
    have_assembler()?;
    let postgres = Postgres::start()?;
    let watch = Watch::start()?;
    let mut results = programs::run(args, &watch, &postgres.url(), &show)?;
    ensure!(!results.is_empty(), "no test ran");
    results.push(watch.end(args.filter.is_none() && args.package.is_empty(), show)?);
    results.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(results)
}
