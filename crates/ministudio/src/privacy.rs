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
    let (swept, left) = if sweep.dry_run { (due(&settings)?, 0) } else { carry_out(&settings)? };
    if sweep.json {
        println!("{}", serde_json::to_string_pretty(&swept)?);
        return Ok(());
    }
    print!("{}", table(&swept));
    let rows = rows(&swept);
    match (sweep.dry_run, left) {
        (true, _) => println!("\n{rows} rows would go. Nothing was changed."),
        (false, 0) => println!("\n{rows} rows have gone."),
        (false, left) => {
            println!("\n{rows} rows have gone. {left} are still due, and the next sweep tries again.")
        }
    }
    Ok(())
}

fn rows(swept: &[Swept]) -> u64 {
    swept.iter().map(|line| line.rows).sum()
}

fn due(settings: &Settings) -> anyhow::Result<Vec<Swept>> {
    serve::with_studio(settings, true, async |studio| Ok(studio.retention().due().await?))
}

/// What went, and how many rows are still due, such as an account that a processor has not let go of yet.
fn carry_out(settings: &Settings) -> anyhow::Result<(Vec<Swept>, u64)> {
    serve::with_studio(settings, false, async |studio| {
        let due = studio.retention().due().await?;
        studio.tidy().await?;
        let left = studio.retention().due().await?;
        Ok((gone(due, &left), rows(&left)))
    })
}

/// What was due and is not any more.
fn gone(mut due: Vec<Swept>, left: &[Swept]) -> Vec<Swept> {
    for line in &mut due {
        let same = |other: &&Swept| {
            (&other.table, &other.rule, &other.since) == (&line.table, &line.rule, &line.since)
        };
        let stays = left.iter().find(same).map_or(0, |other| other.rows);
        line.rows = line.rows.saturating_sub(stays);
    }
    due
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_due_after_a_sweep_has_not_gone() {
        let line = |table: &str, since: &str, rows| Swept {
            table: table.into(),
            rule: "account".into(),
            since: since.into(),
            before_ms: 0,
            rows,
        };
        let due = vec![line("accounts", "a", 3), line("accounts", "b", 4), line("mails", "a", 5)];
        let left = [line("accounts", "a", 1), line("accounts", "b", 0), line("mails", "a", 9)];
        let gone = gone(due, &left);
        assert_eq!(gone.iter().map(|line| line.rows).collect::<Vec<_>>(), [2, 4, 0]);
        assert!(
            table(&gone).lines().nth(1).is_some_and(|first| first.trim_start().starts_with("2  accounts"))
        );
    }
}
