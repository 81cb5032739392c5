//! Formatting, licences, and clippy for the whole workspace, in the one build profile.

use crate::licences;
use crate::machine::{cargo, execute};

/// Fails at the first difference from the house style, and at a licence that others may not use.
pub fn run() -> anyhow::Result<()> {
    execute(cargo().args(["fmt", "--all", "--check"]))?;
    licences::check()?;
    execute(cargo().args(["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}
