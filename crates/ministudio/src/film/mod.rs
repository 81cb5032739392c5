//! `ministudio film …`: the film maker's tools, from a new folder to a published film,
//! without a server or a database. Only `write` goes out, so it needs a configuration and leaves
//! receipts in its database.

mod check;
mod make;
mod manual;
mod new;
mod open;
mod preview;
mod publish;
mod schema;
mod write;

use std::net::SocketAddr;
use std::path::PathBuf;

/// The arguments of `ministudio film`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Begin a film: a folder with two shots, words in four languages, drawings and fonts
    New(NewArgs),
    /// Tell what is wrong in a film folder, by file and line
    Check(CheckArgs),
    /// Look at a film while it is written: a page on this machine that follows each change
    Preview(PreviewArgs),
    /// Make a film with a child in it, as one MP4 file that says of itself that it is synthetic media
    Make(MakeArgs),
    /// Check a film and put it where the studio offers it, under its slug and version
    Publish(PublishArgs),
    /// Print the reference of a film's files: JSON Schemas for editors, or Markdown
    Schema(SchemaArgs),
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
    /// The name of a second child, in a film that takes one; without it a drawn friend plays
    #[arg(long, value_name = "NAME")]
    second: Option<String>,
    /// A photo of the second child
    #[arg(long, value_name = "FILE", requires = "second")]
    second_photo: Option<PathBuf>,
    /// Language of the words (the film's first one when not given)
    #[arg(long)]
    lang: Option<String>,
    /// An option of the film, such as age=5; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    options: Vec<(String, String)>,
    /// The file to write
    #[arg(long)]
    out: PathBuf,
    /// The configuration that names the studio's key for marking films (`provenance_…`); without one a key is made for
    /// this film and thrown away [default: ministudio.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct NewArgs {
    /// The folder to write; it must not be there yet, or be empty
    folder: PathBuf,
    /// What the film is called [default: made of the folder's name]
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
struct PreviewArgs {
    /// The film folder
    folder: PathBuf,
    /// Where the page is; only addresses of this machine
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8421")]
    listen: SocketAddr,
    /// A photo of a child who plays, beside the drawn ones; it stays on this machine and is not kept
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct PublishArgs {
    /// The film folder
    folder: PathBuf,
    /// The folder of published films: `films` in the studio's data folder, or one named in its configuration
    #[arg(long, value_name = "FOLDER", default_value = "data/films")]
    into: PathBuf,
}

#[derive(Debug, clap::Args)]
struct SchemaArgs {
    /// Write one schema for each kind of file into this folder instead of printing them
    #[arg(long, value_name = "FOLDER", conflicts_with = "reference")]
    out: Option<PathBuf>,
    /// Print the reference for people, as Markdown
    #[arg(long)]
    reference: bool,
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
        Command::New(args) => new::run(&args),
        Command::Check(args) => check::run(&args.folder),
        Command::Preview(args) => preview::run(&args),
        Command::Make(args) => make::run(args),
        Command::Publish(args) => publish::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Write(args) => write::run(args),
        Command::List => {
            for film in catalogue::films() {
                println!("{}", film.slug());
            }
            Ok(())
        }
    }
}
