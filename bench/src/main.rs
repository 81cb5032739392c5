//! Measures what the quality bars speak of, on this machine, and prints
//! a table or JSON. CPU seconds, not wall time, wherever that is the bar: they do not
//! depend on what else the machine does.
//!
//! A measure is a function in a module of its own, listed in [`MEASURES`]. docs/speed.md says which bar has which figure.

mod apart;
mod clock;
mod consent;
mod copies;
mod crowd;
mod erasure;
mod export;
mod figure;
mod graph;
mod growth;
mod material;
mod pages;
mod photo;
mod regions;
mod server;
mod shots;
mod sweep;
mod vaults;
mod workers;

use anyhow::Context;
use clap::Parser;
use figure::Figure;

#[derive(Parser)]
#[command(about = "Measures speed, size and quality against their bars")]
struct Args {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Only the measures whose name holds this, such as `film` or `film copies`
    #[arg(long)]
    only: Option<String>,
    /// Growth to as many orders as the goals speak of, which takes its time
    #[arg(long)]
    large: bool,
    /// A film folder to measure instead of the first film of the catalogue
    #[arg(long)]
    film: Option<std::path::PathBuf>,
    /// A measure and the folder it has set up: this is its own process, see [`apart`]
    #[arg(long, hide = true, num_args = 2, value_names = ["MEASURE", "FOLDER"])]
    apart: Option<Vec<String>>,
}

type Measure = fn() -> anyhow::Result<Vec<Figure>>;

/// Name and function of every measure, in the order of the table.
const MEASURES: [(&str, Measure); 13] = [
    ("film shots", shots::measure),
    ("film copies", copies::measure),
    ("film regions", regions::measure),
    ("photo", photo::measure),
    ("vault", vaults::measure),
    ("consent", consent::measure),
    ("pages", pages::measure),
    ("server", server::measure),
    ("workers", workers::measure),
    ("growth", growth::measure),
    ("erasure", erasure::measure),
    ("export", export::measure),
    ("sweep", sweep::measure),
];

/// Those of them that have a process of their own, and what they do in it.
const APART: [(&str, apart::Part); 2] = [("export", export::apart), ("sweep", sweep::apart)];

fn main() -> anyhow::Result<()> {
    // Before anything else: this may be the process that decodes the measured photo.
    intake::maybe_run_child();
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
    growth::LARGE.store(args.large, std::sync::atomic::Ordering::Relaxed);
    let wanted = |name: &str| args.only.as_deref().is_none_or(|only| name.contains(only));
    anyhow::ensure!(
        MEASURES.iter().any(|(name, _)| wanted(name)),
        "there is no such measure; there are: {}",
        MEASURES.map(|(name, _)| name).join(", ")
    );
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
