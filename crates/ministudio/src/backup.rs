//! `ministudio backup` and `ministudio restore`: the embedded size, copied while it runs and brought back.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args as ClapArgs;
use studio::backup::{self, Content};

use crate::Running;
use crate::config::Settings;
use crate::serve;

/// Where to, or what to look at.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The folder that is made for the backup
    folder: PathBuf,
    /// Make nothing; read the backup that is there and say whether it is whole
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    running: Running,
}

/// What to bring back.
#[derive(Debug, ClapArgs)]
pub struct RestoreArgs {
    /// The folder of the backup
    folder: PathBuf,
    /// What was erased since: the file erasures.log of the data folder that is replaced
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    #[command(flatten)]
    running: Running,
}

/// Makes or checks a backup.
pub fn run(args: Args) -> anyhow::Result<()> {
    let settings = args.running.settings()?;
    let (config, outside) = serve::outside(&settings)?;
    let (content, done) = match args.check {
        true => (serve::wait_until(backup::check(&config, &outside, &args.folder))?, "is whole"),
        false => {
            (serve::wait_until(backup::make(&config, &outside, &args.folder))?, "is made, and was read once")
        }
    };
    println!("The backup in {} {done}: {}.", args.folder.display(), words(&content));
    if !args.check && !settings.master_key_command.is_empty() {
        println!("It opens only as long as the key-management service has the master key of today.");
    } else if !args.check {
        println!(
            "Keep the master key somewhere else. Without it the backup cannot be opened; with it, by anybody."
        );
    }
    Ok(())
}

/// Brings a backup back, and erases again what was erased since.
pub fn restore(args: RestoreArgs) -> anyhow::Result<()> {
    let settings = args.running.settings()?;
    let lock = serve::prepare(&settings)?;
    let (config, outside) = serve::outside(&settings)?;
    let ledger = args.ledger.as_deref();
    let content = serve::wait_until(backup::restore(&config, &outside, &args.folder, ledger))?;
    drop(lock);
    println!("Brought back: {}.", words(&content));
    erase_again(&settings)
        .context("what was erased since is not erased again yet: starting the site does that first")
}

fn erase_again(settings: &Settings) -> anyhow::Result<()> {
    let (again, missing) = serve::with_studio(settings, false, async |studio| {
        Ok((backup::erase_again(studio).await?, backup::missing_films(studio).await?))
    })?;
    println!("Erased again, as it was erased since: {again}.");
    if missing.is_empty() {
        println!("The site can be started.");
        return Ok(());
    }
    println!("There are copies of films that are not here, in these versions: {}.", missing.join(", "));
    println!(
        "Before the site is started, put them into `films` of the data folder or name their folders under `films` of the \
         configuration. Without them, what was being made is given up and refunded once the site has run for an hour \
         (with PostgreSQL also not before three days from the order), and what is made can be saved but not watched."
    );
    Ok(())
}

fn words(content: &Content) -> String {
    let made = jiff::Timestamp::from_millisecond(content.made_at_ms).unwrap_or_default();
    format!(
        "made {}, {} objects, {} files of published films, a database of {} bytes",
        made.strftime("%Y-%m-%d %H:%M:%S UTC"),
        content.objects,
        content.film_files,
        content.database_bytes
    )
}
