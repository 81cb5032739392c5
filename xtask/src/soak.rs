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
}

/// Runs the long tests and prints their figures.
pub fn run(args: &Args) -> anyhow::Result<()> {
    install(NEEDS)?;
    let postgres = Postgres::start()?;
    execute(
        cargo()
            .args([
                "test",
                "--release",
                "--package",
                "ministudio",
                "--package",
                "e2e",
                "--test",
                "kill",
                "--",
                "--nocapture",
            ])
            .env("MINISTUDIO_TEST_POSTGRES", postgres.url())
            .env("MINISTUDIO_SOAK_KILLS", args.kills.to_string()),
    )
}
