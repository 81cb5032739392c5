//! The watch over a whole test run: what every test program and every server that the tests start sends is
//! written down by `strace`; no address outside this machine may be among it.
//!
//! No processor is switched on in the tests, so the policy allows nobody out there. Not watched: the tests' own
//! helpers that are not the product (the browser and the programs that drive it).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::machine::root;
use crate::test::TestResult;

/// What the watch says at the end, as a test of its own.
const TEST: &str = "proves_s6_1_all_that_the_tests_started_reached_nobody_outside_this_machine";

/// The program and its arguments, as cargo gives them to a runner.
#[derive(clap::Args)]
pub struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// Becomes the test program, watched; comes back only with an error. The whole-program tests are not watched
/// themselves: they watch each server that they start.
pub fn run(args: &Args) -> anyhow::Error {
    let (program, more) = args.command.split_first().expect("clap requires one");
    let whole_program = std::env::var_os("CARGO_PKG_NAME").is_some_and(|package| package == "e2e");
    let mut command = match std::env::var_os(watch::FOLDER) {
        Some(folder) if !whole_program => {
            let mut command =
                watch::around(&Path::new(&folder).join(format!("tests-{}", std::process::id())));
            command.arg(program);
            command
        }
        _ => Command::new(program),
    };
    if !whole_program {
        // What is followed already cannot be watched a second time.
        command.env_remove(watch::FOLDER);
    }
    anyhow::Error::new(command.args(more).exec()).context("could not start the test program")
}

/// A folder that fills while the tests run.
pub struct Watch(PathBuf);

impl Watch {
    /// With an empty folder.
    pub fn start() -> anyhow::Result<Self> {
        let folder = root().join("target/calls");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// Has cargo run each test program through this one.
    pub fn over(&self, cargo: &mut Command) -> anyhow::Result<()> {
        let this = std::env::current_exe()?;
        let this = serde_json::to_string(this.to_str().context("this program's path is no text")?)?;
        cargo.arg("--config").arg(format!("target.'cfg(all())'.runner = [{this}, \"watched\"]"));
        cargo.env(watch::FOLDER, &self.0);
        Ok(())
    }

    /// Whether anybody outside this machine was called. An error when the watch over all tests saw nothing.
    pub fn end(self, all_tests: bool, show: impl Fn(&str)) -> anyhow::Result<TestResult> {
        let (mut programs, mut calls, mut outside) = (0, 0, BTreeSet::<(IpAddr, PathBuf)>::new());
        for entry in std::fs::read_dir(&self.0)? {
            let told = entry?.path();
            let reached = watch::reached(&told)?;
            programs += 1;
            calls += reached.len();
            outside.extend(
                reached.into_iter().filter(|to| !to.is_loopback()).map(|address| (address, told.clone())),
            );
        }
        ensure!(calls > 0 || !all_tests, "the watch over the tests saw nothing: does strace work here?");
        for (address, told) in &outside {
            show(&format!("reached {address}, which nothing allows: {}", told.display()));
        }
        show(&format!(
            "watched {programs} programs: {calls} connections and packets within this machine or to it, {} addresses outside",
            outside.len()
        ));
        let end = if outside.is_empty() { "ok" } else { "FAILED" };
        show(&format!("test {TEST} ... {end}"));
        Ok(TestResult { name: TEST.to_owned(), passed: outside.is_empty() })
    }
}
