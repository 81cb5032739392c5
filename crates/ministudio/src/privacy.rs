//! `ministudio privacy`: what the policy has the operator do by hand, or look at before it happens by itself.

use clap::{Args as ClapArgs, Subcommand};
use studio::retention::Swept;

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
    /// Delete what has been kept as long as the policy says (a running site does it every hour)
    Sweep(Sweep),
}

#[derive(Debug, ClapArgs)]
struct Sweep {
    /// Only say what would go, and why; also beside a running site
    #[arg(long)]
    dry_run: bool,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    running: Running,
}

/// Runs one of the commands.
pub fn run(args: Args) -> anyhow::Result<()> {
    let Command::Sweep(sweep) = args.command;
    let settings = sweep.running.settings()?;
    let swept = if sweep.dry_run { due(&settings)? } else { carry_out(&settings)? };
    if sweep.json {
        println!("{}", serde_json::to_string_pretty(&swept)?);
        return Ok(());
    }
    print!("{}", table(&swept));
    let rows: u64 = swept.iter().map(|line| line.rows).sum();
    match sweep.dry_run {
        true => println!("\n{rows} rows would go. Nothing was changed."),
        false => println!("\n{rows} rows have gone."),
    }
    Ok(())
}

fn due(settings: &Settings) -> anyhow::Result<Vec<Swept>> {
    serve::with_studio(settings, true, async |studio| Ok(studio.retention().due().await?))
}

fn carry_out(settings: &Settings) -> anyhow::Result<Vec<Swept>> {
    serve::with_studio(settings, false, async |studio| {
        let due = studio.retention().due().await?;
        studio.tidy().await?;
        Ok(due)
    })
}

/// What goes, and why: a line for each rule of each table.
fn table(swept: &[Swept]) -> String {
    let mut text = format!("{:>7}  {:22} {:18} {}\n", "rows", "table", "rule", "because");
    for line in swept {
        let before = jiff::Timestamp::from_millisecond(line.before_ms).unwrap_or_default();
        let because = format!("{} before {}", line.since, before.strftime("%Y-%m-%d %H:%M:%S UTC"));
        text.push_str(&format!("{:>7}  {:22} {:18} {because}\n", line.rows, line.table, line.rule));
    }
    text
}
