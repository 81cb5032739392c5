//! The project's chores, one file each: `cargo xtask --help`.
//!
//! Knows the tools and the machine; knows nothing of the product's inside.

mod audit;
mod bench;
mod emulate;
mod licences;
mod lint;
mod machine;
mod postgres;
mod programs;
mod prove;
mod shots;
mod soak;
mod test;
mod watched;

use clap::Parser;

/// Chores of Mini Studio.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Chore {
    /// Install what the tests need (after listing it) and run them all, the browser tests included.
    Test(test::Args),
    /// Formatting, licences and known holes of the libraries, and clippy, warnings as errors.
    Lint,
    /// Look the libraries up in the RustSec database of known holes.
    Audit,
    /// Measure speed and print a table beside the bars.
    Bench(bench::Args),
    /// The site with all thirteen processors, each emulated on this machine.
    Emulate(emulate::Args),
    /// Which promise of the privacy policy is proven by which test; runs them all.
    Prove(prove::Args),
    /// Take a picture of each main page and of the film, into `shots/`.
    Shots,
    /// The long runs: what is too long for each day's tests, in full.
    Soak(soak::Args),
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Test(args) => test::run(&args),
        Chore::Lint => lint::run(),
        Chore::Audit => audit::run(),
        Chore::Bench(args) => bench::run(&args),
        Chore::Emulate(args) => emulate::run(&args),
        Chore::Prove(args) => prove::run(&args),
        Chore::Shots => shots::run(),
        Chore::Soak(args) => soak::run(&args),
    }
}
