//! `ministudio privacy`: what the policy has the operator do by hand, or look at before it happens by itself.

use std::io::{BufRead, Write};

use anyhow::ensure;
use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};
use studio::backup;
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
    /// After something leaked, end all that lets somebody in: sessions, links to sign in and to confirm a request, passkeys,
    /// roles at the desk, looks, shared films; also beside a running site
    EndAll {
        /// Do it; otherwise it is only said what it would mean
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        running: Running,
    },
}

#[derive(Debug, ClapArgs)]
struct Sweep {
    /// Only say what would go, and why; also beside a running site
    #[arg(long)]
    dry_run: bool,
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Instead delete the photos and films in the store that no row of the database names and that are older than an hour,
    /// however many they are: it says how many and asks; also beside a running site
    #[arg(long, conflicts_with = "json")]
    orphans: bool,
    /// With --orphans: do not ask
    #[arg(long, requires = "orphans", conflicts_with = "dry_run")]
    yes: bool,
    #[command(flatten)]
    running: Running,
}

/// Runs one of the commands.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Sweep(args) => sweep(args),
        Command::EndAll { yes, running } => end_all(&running.settings()?, yes),
    }
}

/// Ends all that lets somebody in, once it is clear that this is meant.
fn end_all(settings: &Settings, yes: bool) -> anyhow::Result<()> {
    ensure!(
        yes,
        "This signs everybody out, ends every link to sign in, to confirm a request and to a shared film, and takes away \
         all passkeys, roles at the desk and looks.\nSay --yes to do it. Nothing was changed."
    );
    serve::with_studio(settings, true, async |studio| Ok(backup::end_all(studio).await?))?;
    println!("Nobody is signed in any more, and no link, passkey, role, look or shared film holds.");
    println!("`ministudio operator-link` lets you in again; roles are given anew at /desk/staff.");
    Ok(())
}

fn sweep(sweep: Sweep) -> anyhow::Result<()> {
    let settings = sweep.running.settings()?;
    if sweep.orphans {
        return sweep_orphans(&settings, sweep.dry_run, sweep.yes);
    }
    let (swept, left) = if sweep.dry_run { due(&settings)? } else { carry_out(&settings)? };
    if sweep.json {
        println!("{:#}", told(&swept, left));
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

/// Deletes what lies in the store without a row, once somebody has seen how much that is.
fn sweep_orphans(settings: &Settings, only_look: bool, yes: bool) -> anyhow::Result<()> {
    // Beside a running site nothing is in danger: what waits for its row is younger.
    serve::with_studio(settings, true, async |studio| {
        let orphans = studio.objects().orphans().await?;
        let many = orphans.ids.len();
        println!(
            "{many} of {} objects in the store have no row in the database and are older than an hour.",
            orphans.all
        );
        if only_look || many == 0 {
            println!("Nothing was changed.");
            return Ok(());
        }
        if !yes {
            println!(
                "Once deleted they are gone for good, also if a newer database than this one names them."
            );
            print!("Type their number to delete them: ");
            std::io::stdout().flush()?;
            confirm(std::io::stdin().lock(), many)?;
        }
        studio.objects().delete(&orphans.ids).await?;
        println!("{many} objects have gone.");
        Ok(())
    })
}

/// Goes on only when somebody types how many it is about.
fn confirm(mut typed: impl BufRead, many: usize) -> anyhow::Result<()> {
    let mut line = String::new();
    typed.read_line(&mut line)?;
    ensure!(line.trim() == many.to_string(), "That is not {many}. Nothing was changed.");
    Ok(())
}

fn rows(swept: &[Swept]) -> u64 {
    swept.iter().map(|line| line.rows).sum()
}

/// For a program: what went or would go, and how many rows are still due.
fn told(swept: &[Swept], left: u64) -> Value {
    json!({ "swept": swept, "left": left })
}

/// What would go, and how many rows that are: all of them are still due.
fn due(settings: &Settings) -> anyhow::Result<(Vec<Swept>, u64)> {
    let due = serve::with_studio(settings, true, async |studio| Ok(studio.retention().due().await?))?;
    let left = rows(&due);
    Ok((due, left))
}

/// What went, and how many rows are still due, such as an account that a processor has not let go of yet.
fn carry_out(settings: &Settings) -> anyhow::Result<(Vec<Swept>, u64)> {
    serve::must_be_begun(settings)?;
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
    fn orphans_go_when_their_number_is_typed() {
        assert!(confirm(&b" 812\n"[..], 812).is_ok());
        for other in ["", "\n", "yes\n", "81\n", "8120\n"] {
            assert!(confirm(other.as_bytes(), 812).is_err(), "{other:?}");
        }
    }

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
        let told = told(&gone, rows(&left));
        assert_eq!((&told["swept"][1]["rows"], &told["left"]), (&json!(4), &json!(10)));
        assert_eq!(gone.iter().map(|line| line.rows).collect::<Vec<_>>(), [2, 4, 0]);
        assert!(
            table(&gone).lines().nth(1).is_some_and(|first| first.trim_start().starts_with("2  accounts"))
        );
    }
}
