//! A process of its own for what is measured, so that the memory it tells of is its own: what set it up was another
//! process. It is this program again; what it found comes back as JSON.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;

/// What a measure does in its own process, in the folder that was set up for it.
pub type Part = fn(&Path) -> anyhow::Result<serde_json::Value>;

/// Runs a measure's own process to its end.
pub fn run<T: DeserializeOwned>(measure: &str, folder: &Path) -> anyhow::Result<T> {
    let mut program = Command::new(std::env::current_exe()?);
    let done = program.args(["--apart", measure]).arg(folder).stderr(Stdio::inherit()).output()?;
    ensure!(done.status.success(), "the process of {measure} ended with {}", done.status);
    serde_json::from_slice(&done.stdout).with_context(|| format!("what the process of {measure} found"))
}
