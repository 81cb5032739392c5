//! Formatting, licences and known holes of the libraries, and clippy for the whole workspace, in the one build profile.

use crate::machine::{cargo, execute, have_assembler};
use crate::{audit, licences};

/// Fails at the first difference from the house style, at a licence that others may not use, and at a library with a
/// known hole.
pub fn run() -> anyhow::Result<()> {
    execute(cargo().args(["fmt", "--all", "--check"]))?;
    licences::check()?;
    audit::run()?;
    // Clippy builds the encoder for the tests, too.
    have_assembler()?;
    execute(cargo().args(["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}
