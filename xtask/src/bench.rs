//! `cargo xtask bench`: runs the measuring program of `bench/`.

use crate::machine::{ASSEMBLER, cargo, execute};

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Growth to as many orders as the goals speak of, which takes its time.
    #[arg(long)]
    large: bool,
    /// Only the measures whose name holds this: `film` for a film's shots and copies.
    only: Option<String>,
}

/// Builds and runs the measures.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !(ASSEMBLER.is_here)() {
        eprintln!("nasm is not installed: the video encoder is measured without its quick parts.");
    }
    // The server itself is one of the things measured.
    execute(cargo().args(["build", "--release", "--quiet", "--workspace"]))?;
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--package", "bench", "--"]);
    if args.json {
        command.arg("--json");
    }
    if args.large {
        command.arg("--large");
    }
    if let Some(only) = &args.only {
        command.args(["--only", only]);
    }
    execute(&mut command)
}
