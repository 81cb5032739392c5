//! `cargo xtask soak`: the tests whose full length does not fit into every day.

use crate::machine::{cargo, execute, install};
use crate::postgres::Postgres;
use crate::test::NEEDS;

/// How long.
#[derive(clap::Args)]
pub struct Args {
    /// How many times the server is killed in the middle of an order.
    #[arg(long, default_value_t = 300)]
    kills: u32,
    /// How many times each kind of end is killed: an erasure, an export, a sweep, a change of keys, a backup.
    #[arg(long, default_value_t = 100)]
    ends: u32,
    /// How many orders are placed while every processor fails a good part of its calls.
    #[arg(long, default_value_t = 200)]
    storms: u32,
    /// How many spoiled film folders each fuzz test reads.
    #[arg(long, default_value_t = 20_000)]
    folders: u32,
    /// How many people live through a year of marketing mail.
    #[arg(long, default_value_t = 5_000)]
    people: u32,
}

/// Runs the long tests and prints their figures.
pub fn run(args: &Args) -> anyhow::Result<()> {
    install(NEEDS)?;
    let postgres = Postgres::start()?;
    // The whole workspace, so that nothing is built a second time with other features; the test of the
    // command line is there because it brings the program along.
    let tests = [
        "--test", "command", "--test", "kill", "--test", "ends", "--test", "storm", "--test", "sweep",
        "--test", "fuzz",
    ];
    execute(
        cargo()
            .args(["test", "--release", "--workspace"])
            .args(tests)
            .args(["--", "--nocapture"])
            .env("MINISTUDIO_TEST_POSTGRES", postgres.url())
            .env("MINISTUDIO_SOAK_KILLS", args.kills.to_string())
            .env("MINISTUDIO_SOAK_ENDS", args.ends.to_string())
            .env("MINISTUDIO_SOAK_SWEEP", "every pair")
            .env("MINISTUDIO_SOAK_FUZZ", args.folders.to_string())
            .env("MINISTUDIO_SOAK_STORM", args.storms.to_string()),
    )?;
    // Beside the rules themselves, under a clock that is moved.
    execute(
        cargo()
            .args(["test", "--release", "--workspace", "--lib", "in_a_year_nobody_gets_what_they_should_not"])
            .args(["--", "--nocapture"])
            .env("MINISTUDIO_SOAK_YEAR", args.people.to_string()),
    )
}
