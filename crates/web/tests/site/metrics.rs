//! The figures: for whoever has the secret, in a form that each line of can be read.

use std::collections::BTreeSet;
use std::path::Path;

use crate::kit::{Kit, options, root};

/// Name, labels and value of a line that is one figure.
fn sample(line: &str) -> (&str, Vec<(&str, &str)>, f64) {
    let (what, value) = line.rsplit_once(' ').expect("a value");
    let value = value.parse().unwrap_or_else(|_| panic!("no number in {line}"));
    let Some((name, labels)) = what.split_once('{') else { return (what, Vec::new(), value) };
    let labels = labels.strip_suffix('}').expect("closed").split(',').map(|label| {
        let (name, word) = label.split_once('=').expect("a label");
        (name, word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).expect("in quotation marks"))
    });
    (name, labels.collect(), value)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[tokio::test]
async fn the_figures_are_told_to_whoever_has_the_secret_alone_and_name_nobody() {
    let none_set = Kit::new().await;
    let mut monitor = none_set.visitor();
    monitor.get("/metrics").await.is(404);
    for wrong in ["Bearer ", "Bearer figures"] {
        monitor.more.insert("authorization", wrong.parse().unwrap());
        monitor.get("/metrics").await.is(404);
    }

    let kit = Kit::with_parts(options(), |config, _| config.metrics_secret = Some("figures".into())).await;
    kit.parent("anna@example.org").await;
    // Nobody delivers the mail of the sign-up.
    kit.clock.advance(10 * 60_000);
    let mut monitor = kit.visitor();
    monitor.get("/metrics").await.is(401).lacks("ministudio_");
    for wrong in ["figures", "Bearer ", "Bearer figure", "Bearer figures2", "Basic figures"] {
        monitor.more.insert("authorization", wrong.parse().unwrap());
        monitor.get("/metrics").await.is(401).lacks("ministudio_");
    }
    monitor.more.insert("authorization", "Bearer figures".parse().unwrap());
    let told = monitor.get("/metrics").await;
    assert_eq!(told.is(200).header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(told.header("cache-control"), "private, no-store");
    told.lacks("anna")
        .holds("\nministudio_mails_waiting ")
        .lacks("\nministudio_mails_waiting 0\n")
        .holds("\nministudio_orders{state=\"draft\"} 0\n")
        .holds("\nministudio_shots_given_up{kind=\"ahead\"} 0\n")
        .holds("\n# TYPE ministudio_backup_age_seconds gauge\n")
        .lacks("\nministudio_backup_age_seconds ");

    let (mut helped, mut typed, mut seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    assert!(told.text().ends_with('\n'));
    for line in told.text().lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').expect("words");
            assert!(!words.is_empty() && helped.insert(name), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let name = rest.strip_suffix(" gauge").expect("a gauge");
            assert!(helped.contains(name) && typed.insert(name), "{line}");
        } else {
            let (name, labels, value) = sample(line);
            assert!(typed.contains(name) && name.strip_prefix("ministudio_").is_some_and(is_word), "{line}");
            assert!(value >= 0.0, "{line}");
            for (label, word) in &labels {
                assert!(["state", "kind"].contains(label) && is_word(word), "{line}");
            }
            assert!(seen.insert(line.rsplit_once(' ').unwrap().0), "{line} stands there twice");
        }
    }
    assert_eq!(helped, typed);
    // The alarms of the handbook watch figures that there are.
    let alarms = std::fs::read_to_string(root().join("docs/alerts.yml")).unwrap();
    let watched: BTreeSet<&str> = alarms
        .match_indices("ministudio_")
        .map(|(at, _)| &alarms[at..])
        .map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap())
        .collect();
    assert!(watched.len() > 8 && watched.is_subset(&typed), "{watched:?}");
    assert!(seen.len() > 15, "{seen:?}");
    // It says what each is.
    let handbook = std::fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let explained = first_cells(&handbook, "| figure | what |");
    let named: BTreeSet<String> = typed.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(explained, named);
}

/// What stands as code in the first column of a table.
fn first_cells(text: &str, head: &str) -> BTreeSet<String> {
    let (_, table) = text.split_once(head).expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).expect("a cell"));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// What is logged as an error, of all that the program's source has: the sentences.
fn logged_as_errors(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            logged_as_errors(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Fields come before the sentence, which is the first literal.
            let sentences = text.split("tracing::error!(").skip(1).map(|call| call.split('"').nth(1));
            found.extend(sentences.map(|sentence| sentence.expect("a sentence").to_owned()));
        }
    }
}

#[test]
fn each_error_of_the_log_is_in_the_handbook_with_what_to_do_and_none_that_is_not() {
    let mut logged = BTreeSet::new();
    for part in std::fs::read_dir(root().join("crates")).unwrap() {
        let source = part.unwrap().path().join("src");
        if source.is_dir() {
            logged_as_errors(&source, &mut logged);
        }
    }
    assert!(logged.len() > 20, "{logged:?}");
    let handbook = std::fs::read_to_string(root().join("docs/operating.md")).unwrap();
    assert_eq!(first_cells(&handbook, "| line | what to do |"), logged);
}

#[tokio::test]
async fn whoever_watches_hears_when_the_database_does_not_answer() {
    let kit = Kit::new().await;
    let mut monitor = kit.visitor();
    assert_eq!(monitor.get("/healthz").await.is(200).text(), "ok\n");
    assert_eq!(monitor.get("/livez").await.is(200).text(), "ok\n");
    kit.studio.db().read().clone().close().await.unwrap();
    assert_eq!(monitor.get("/healthz").await.is(503).text(), "the database does not answer\n");
    // A start would not bring the database back.
    assert_eq!(monitor.get("/livez").await.is(200).text(), "ok\n");
}
