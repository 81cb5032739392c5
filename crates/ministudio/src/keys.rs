//! `ministudio keys`: a new master key in the place of the old one, without sealing anything anew.

use clap::{Args as ClapArgs, Subcommand};
use studio::{FileKeeper, master_key_file};

use crate::Running;
use crate::serve;

/// What to do.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new master key and wrap every account's key with it (the site is stopped for it)
    Rotate {
        /// Only wrap the keys anew, with the first key there is: after an interruption, or a key in the environment
        #[arg(long)]
        only_rewrap: bool,
        #[command(flatten)]
        running: Running,
    },
    /// Forget the master keys before the current one: backups from their time cannot be opened any more
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
            if !only_rewrap {
                let lock = serve::prepare(&settings)?;
                let (config, outside) = serve::outside(&settings)?;
                let file = master_key_file(&config).map_err(|error| anyhow::anyhow!("{error}"))?;
                let id = FileKeeper::add_key(file, &*outside.random)?;
                drop(lock);
                println!("The master key is now {id}. Make a copy of {} and keep it apart.", file.display());
            }
            let keys = serve::with_studio(&settings, false, async |studio| Ok(studio.rewrap_keys().await?))?;
            println!("{keys} keys were wrapped anew. Nothing else was changed.");
            println!("The old key still opens backups from before; `ministudio keys forget-old` ends that.");
        }
        Command::ForgetOld { running } => {
            let settings = running.settings()?;
            // First make sure that nothing needs them.
            let left = serve::with_studio(&settings, false, async |studio| Ok(studio.rewrap_keys().await?))?;
            let lock = serve::prepare(&settings)?;
            let (config, outside) = serve::outside(&settings)?;
            let file = master_key_file(&config).map_err(|error| anyhow::anyhow!("{error}"))?;
            let gone = FileKeeper::forget_old_keys(file, &*outside.random)?;
            drop(lock);
            println!(
                "{left} keys were wrapped anew, and {gone} old master keys are gone from {}.",
                file.display()
            );
        }
    }
    Ok(())
}
