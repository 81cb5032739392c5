//! The watch over a whole test run: what every test program and every server that the tests start sends is
//! written down by `strace`; no address outside this machine may be among it.
//!
//! Processors that the tests switch on are emulators on this machine. Not watched: the tests' own helpers that are not the
//! product (the browser and the programs that drive it).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::ensure;

use crate::machine::root;
use crate::test::TestResult;

/// What the watch says at the end, as a test of its own.
const TEST: &str = "proves_s6_1_all_that_the_tests_started_reached_nobody_outside_this_machine";

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

    /// A command that runs a test program, watched.
    pub fn over(&self, program: &Path) -> Command {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let told = format!("tests-{}", STARTED.fetch_add(1, Ordering::Relaxed));
        let mut command = watch::around(&self.0.join(told));
        // What is followed already cannot be watched a second time.
        command.arg(program).env_remove(watch::FOLDER);
        command
    }

    /// A command that runs a test program which watches each server that it starts.
    pub fn handed_to(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env(watch::FOLDER, &self.0);
        command
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
