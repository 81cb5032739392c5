//! `cargo xtask emulate`: the site with all thirteen processors, each emulated on this machine, to click through.

use std::path::PathBuf;

use crate::machine::{cargo, execute, root};

/// How.
#[derive(clap::Args)]
pub struct Args {
    /// Where the site listens.
    #[arg(long, default_value = "127.0.0.1:8420")]
    listen: String,
    /// The data folder: an empty one, or one of an earlier run, which is made anew.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Builds the program and the emulators, and runs them until Ctrl+C.
pub fn run(args: &Args) -> anyhow::Result<()> {
    execute(cargo().args(["build", "--release", "--workspace", "--bins"]))?;
    let built = root().join("target/release");
    let data = args.data.clone().unwrap_or_else(|| root().join("target/emulate"));
    let mut emulators = std::process::Command::new(built.join("emulators"));
    emulators.arg("--program").arg(built.join("ministudio"));
    execute(emulators.arg("--data").arg(data).args(["--listen", &args.listen]))
}
