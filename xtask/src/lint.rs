//! Formatting and clippy for the whole workspace, in the one build profile.

use crate::machine::{cargo, execute};

/// Fails at the first difference from the house style.
pub fn run() -> anyhow::Result<()> {
    execute(cargo().args(["fmt", "--all", "--check"]))?;
    execute(cargo().args(["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}
