//! Mini Studio: films with your child in them. One program: it serves the site, makes the films, and
//! makes them on the command line.
//!
//! Nothing but dispatch and configuration lives here.

mod backup;
mod config;
mod doctor;
mod film;
mod keys;
mod marks;
mod outsiders;
mod post;
mod privacy;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use config::{LogFormat, Settings};

/// Mini Studio: films with your child in them.
///
/// Without a command it serves the site on this machine: nothing else is needed.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    running: Running,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site and make films (what happens without a command)
    Serve(Running),
    /// Only make films, for a site that other machines serve
    Work(Running),
    /// Write films: begin, check, preview, make and publish them
    Film(film::Args),
    /// Copy everything, sealed, also while the site runs; or check such a copy
    Backup(backup::Args),
    /// Bring a backup back into an empty data folder; what was erased since stays erased
    Restore(backup::RestoreArgs),
    /// Put a new master key in the place of the old one
    Keys(keys::Args),
    /// Look whether processors can be used, photos are decoded shut in, and the certificate of films is good
    Doctor(Running),
    /// Keep the privacy policy: sweep what has been kept long enough; end all that lets somebody in, after a leak
    Privacy(privacy::Args),
    /// Print a new sign-in link for the operator, for one use within an hour; also beside a running site
    OperatorLink(Running),
}

/// How the program runs. All else stands in the configuration file.
#[derive(Debug, Default, Args)]
struct Running {
    /// The configuration file [default: ministudio.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds everything [default: data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Where to listen; port 0 is any free one [default: 127.0.0.1:8420]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
}

impl Running {
    fn settings(self) -> anyhow::Result<Settings> {
        let mut settings = Settings::read(self.config.as_deref(), |name| std::env::var(name).ok())?;
        settings.data = self.data.unwrap_or(settings.data);
        settings.listen = self.listen.unwrap_or(settings.listen);
        log_as(&settings)?;
        Ok(settings)
    }
}

fn main() -> ExitCode {
    // Before anything else, above all before any thread: this may be the shut-in decoding process.
    intake::maybe_run_child();
    let program = Program::parse();
    let done = match program.command {
        None => program.running.settings().and_then(serve::serve),
        Some(Command::Serve(running)) => running.settings().and_then(serve::serve),
        Some(Command::Work(running)) => running.settings().and_then(serve::work),
        Some(Command::Film(args)) => film::run(args),
        Some(Command::Backup(args)) => backup::run(args),
        Some(Command::Restore(args)) => backup::restore(args),
        Some(Command::Keys(args)) => keys::run(args),
        Some(Command::Doctor(running)) => doctor::run(running),
        Some(Command::Privacy(args)) => privacy::run(args),
        Some(Command::OperatorLink(running)) => running.settings().and_then(serve::operator_link),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error; what a person is told goes to standard output.
fn log_as(settings: &Settings) -> anyhow::Result<()> {
    let filter: tracing_subscriber::EnvFilter =
        settings.log.parse().map_err(|error| anyhow::anyhow!("`log` is not valid: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
