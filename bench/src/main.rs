//! Measures what the quality bars speak of, on this machine, and prints
//! a table or JSON. CPU seconds, not wall time, wherever that is the bar: they do not
//! depend on what else the machine does.
//!
//! A measure is a function in a module of its own, listed in [`MEASURES`].

mod clock;
mod consent;
mod copies;
mod figure;
mod material;
mod photo;
mod server;
mod shots;
mod vaults;

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
}

type Measure = fn() -> anyhow::Result<Vec<Figure>>;

/// Name and function of every measure, in the order of the table.
const MEASURES: [(&str, Measure); 6] = [
    ("shots", shots::measure),
    ("copies", copies::measure),
    ("photo", photo::measure),
    ("vault", vaults::measure),
    ("consent", consent::measure),
    ("server", server::measure),
];

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
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
