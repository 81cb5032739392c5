//! `ministudio film …`: making and checking films on the command line, without a
//! server or a database. Only `write` goes out, so it needs a configuration and leaves
//! receipts in its database.

mod check;
mod make;
mod open;
mod write;

use std::path::PathBuf;

/// The arguments of `ministudio film`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a film with a child in it, as one MP4 file
    Make(MakeArgs),
    /// Tell what is wrong in a film folder, by file and line
    Check(CheckArgs),
    /// Have variants of a film's texts written outside, printed for the film maker to take over
    Write(WriteArgs),
    /// List the films that are part of this program
    List,
}

#[derive(Debug, clap::Args)]
struct MakeArgs {
    /// A film of this program (see `film list`) or the path of a film folder
    #[arg(long)]
    film: String,
    /// A photo of the child; without one the film is made with its drawn sample child
    #[arg(long)]
    photo: Option<PathBuf>,
    /// Which face, when there are several in the photo: 1 is the largest and clearest
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    face: u8,
    /// The child's name
    #[arg(long)]
    name: String,
    /// Language of the words (the film's first one when not given)
    #[arg(long)]
    lang: Option<String>,
    /// An option of the film, such as age=5; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    options: Vec<(String, String)>,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// The film folder, or the slug of a film of this program
    folder: String,
}

#[derive(Debug, clap::Args)]
struct WriteArgs {
    /// The film folder, or the slug of a film of this program
    folder: String,
    /// Language of the texts (the film's first one when not given)
    #[arg(long)]
    language: Option<String>,
    #[command(flatten)]
    running: crate::Running,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as key=value, for example age=5")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Runs a `film` command. An error is to be printed and to end the program with
/// exit code 1; all output before it has been printed by then.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Make(args) => make::run(args),
        Command::Check(args) => check::run(&args.folder),
        Command::Write(args) => write::run(args),
        Command::List => {
            for film in catalogue::films() {
                println!("{}", film.slug());
            }
            Ok(())
        }
    }
}
