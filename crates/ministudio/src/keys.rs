//! `ministudio keys`: a new master key in the place of the old one, without sealing anything anew.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use studio::{FileKeeper, Random, master_key_file};

use crate::Running;
use crate::config::Settings;
use crate::serve;

/// What to do.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new master key and wrap every account's key with it (the site is stopped for it, on every machine; each gets
    /// the new keys/master.key before it starts). With a key-management service, which makes the new key itself: wrap
    /// every account's key with the one that is current there
    Rotate {
        /// Only wrap the keys anew, with the first key there is: after an interruption, or a key in the environment
        #[arg(long)]
        only_rewrap: bool,
        #[command(flatten)]
        running: Running,
    },
    /// Forget the master keys before the current one: backups from their time cannot be opened any more (the site is
    /// stopped for it, on every machine)
    ForgetOld {
        #[command(flatten)]
        running: Running,
    },
}

/// Runs one of the commands.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Rotate { only_rewrap, running } => {
            let settings = running.settings()?;
            // In a folder that was mistyped no studio begins.
            serve::must_be_begun(&settings)?;
            serve::alone(&settings, || rotate(&settings, only_rewrap))
        }
        Command::ForgetOld { running } => {
            let settings = running.settings()?;
            serve::must_be_begun(&settings)?;
            serve::alone(&settings, || forget_old(&settings))
        }
    }
}

fn rotate(settings: &Settings, only_rewrap: bool) -> anyhow::Result<()> {
    if !settings.master_key_command.is_empty() {
        return rewrap_elsewhere(settings);
    }
    if !only_rewrap {
        // First make sure that the keys there are those of this database.
        serve::with_studio(settings, false, async |_| Ok(()))?;
        let (file, id) = change(settings, |file, random| Ok(FileKeeper::add_key(file, random)?))?;
        println!("The master key is now {id}. Make a copy of {} and keep it apart.", file.display());
    }
    let keys = serve::with_studio(settings, false, async |studio| Ok(studio.rewrap_keys().await?))?;
    println!("{keys} keys were wrapped anew. Nothing else was changed.");
    println!("The old key still opens backups from before; `ministudio keys forget-old` ends that.");
    tell_the_others(settings);
    Ok(())
}

fn forget_old(settings: &Settings) -> anyhow::Result<()> {
    if !settings.master_key_command.is_empty() {
        return rewrap_elsewhere(settings);
    }
    // First make sure that nothing needs them.
    let left = serve::with_studio(settings, false, async |studio| Ok(studio.rewrap_keys().await?))?;
    if !settings.master_key_variable.is_empty() {
        let variable = &settings.master_key_variable;
        println!("{left} keys were wrapped anew with the first key in {variable}; none needs another.");
        println!("Take the others out of {variable}: backups from their time open no more after that.");
        return Ok(());
    }
    let (file, gone) = change(settings, |file, random| Ok(FileKeeper::forget_old_keys(file, random)?))?;
    println!("{left} keys were wrapped anew, and {gone} old master keys are gone from {}.", file.display());
    tell_the_others(settings);
    Ok(())
}

/// Where machines share a database, each needs the keys as they are now.
fn tell_the_others(settings: &Settings) {
    if !settings.is_embedded() {
        println!("Put the same keys on every other machine before you start it.");
    }
}

/// Changes the file of the master keys while nothing else runs on the data folder; where it lies, and what came of it.
fn change<T>(
    settings: &Settings,
    how: impl FnOnce(&Path, &dyn Random) -> anyhow::Result<T>,
) -> anyhow::Result<(PathBuf, T)> {
    let lock = serve::prepare(settings)?;
    let (config, outside) = serve::outside(settings)?;
    let file = master_key_file(&config).map_err(|error| anyhow::anyhow!("{}", error.for_operator()))?;
    let done = how(file, &*outside.random)?;
    drop(lock);
    Ok((file.to_owned(), done))
}

/// Wraps all keys with the key that is current at the key-management service. Old keys are deleted there too.
fn rewrap_elsewhere(settings: &Settings) -> anyhow::Result<()> {
    println!("The key-management service makes the new master key and keeps the old ones.");
    let keys = serve::with_studio(settings, false, async |studio| Ok(studio.rewrap_keys().await?))?;
    println!("{keys} keys were wrapped anew with the service's current key. Nothing else was changed.");
    println!("No account needs an older key any more. Backups from before do:");
    println!("delete the old key in the service only when those are gone.");
    Ok(())
}
