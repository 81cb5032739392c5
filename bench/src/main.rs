//! Measures what the quality bars speak of, on this machine, and prints
//! a table or JSON. CPU seconds, not wall time, wherever that is the bar: they do not
//! depend on what else the machine does.
//!
//! A measure is a function in a module of its own, listed in [`MEASURES`].

mod apart;
mod clock;
mod consent;
mod copies;
mod crowd;
mod erasure;
mod export;
mod figure;
mod material;
mod photo;
mod server;
mod shots;
mod sweep;
mod vaults;

use anyhow::Context;
use clap::Parser;
use figure::Figure;

#[derive(Parser)]
#[command(about = "Measures speed, size and quality against their bars")]
struct Args {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Only the measures whose name holds this
    #[arg(long)]
    only: Option<String>,
    /// A film folder to measure instead of the first film of the catalogue
    #[arg(long)]
    film: Option<std::path::PathBuf>,
    /// A measure and the folder it has set up: this is its own process, see [`apart`]
    #[arg(long, hide = true, num_args = 2, value_names = ["MEASURE", "FOLDER"])]
    apart: Option<Vec<String>>,
}

type Measure = fn() -> anyhow::Result<Vec<Figure>>;

/// Name and function of every measure, in the order of the table.
const MEASURES: [(&str, Measure); 9] = [
    ("shots", shots::measure),
    ("copies", copies::measure),
    ("photo", photo::measure),
    ("vault", vaults::measure),
    ("consent", consent::measure),
    ("server", server::measure),
    ("erasure", erasure::measure),
    ("export", export::measure),
    ("sweep", sweep::measure),
];

/// Those of them that have a process of their own, and what they do in it.
const APART: [(&str, apart::Part); 2] = [("export", export::apart), ("sweep", sweep::apart)];

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some([measure, folder]) = args.apart.as_deref() {
        let part = APART.into_iter().find(|(name, _)| name == measure);
        let (_, part) = part.context("that measure has no process of its own")?;
        println!("{}", part(folder.as_ref())?);
        return Ok(());
    }
    if let Some(folder) = args.film {
        material::FOLDER.get_or_init(|| folder);
    }
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| name.contains(only));
    let mut figures = Vec::new();
    for (name, measure) in MEASURES.into_iter().filter(|(name, _)| wanted(name)) {
        eprintln!("measuring {name} …");
        figures.extend(measure()?);
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        print!("{}", figure::table(&figures));
    }
    Ok(())
}
