//! `docs/film-tutorial.md`, done as it says: its commands are run and its files written, in their order.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// A block of the tutorial: its language, the line before it, and what stands in it.
struct Block<'a> {
    language: &'a str,
    before: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let (mut blocks, mut before, mut lines) = (Vec::new(), "", text.lines());
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block { language, before, lines });
        } else if !line.trim().is_empty() {
            before = line;
        }
    }
    blocks
}

/// The words of a command line; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

fn run(line: &str, folder: &Path) -> String {
    let words = words(line);
    assert_eq!(words[0], "ministudio", "{line}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_ministudio"));
    command.args(&words[1..]).env_clear().current_dir(folder);
    if words[2] == "preview" {
        // It goes on until it is ended; any free port will do here.
        let mut preview = command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(preview.stdout.take().unwrap()).read_line(&mut said).unwrap();
        preview.kill().unwrap();
        preview.wait().unwrap();
        return said;
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The path in the line before a block, and what is to be done with it.
fn named<'a>(before: &'a str, with: &str) -> Option<&'a str> {
    let (_, path) = before.rsplit_once(&format!("{with} `"))?;
    path.strip_suffix("`:")
}

/// What the commands with these words answered.
fn answers<'a>(said: &'a [(&str, String)], command: &str) -> Vec<&'a str> {
    said.iter().filter(|(line, _)| line.contains(command)).map(|(_, said)| said.as_str()).collect()
}

#[test]
fn the_tutorial_leads_to_a_film_of_fifteen_seconds_with_nothing_to_mend() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path();
    let text = include_str!("../../../docs/film-tutorial.md");
    let mut said = Vec::new();
    for block in blocks(text) {
        let whole = block.lines.join("\n") + "\n";
        if block.language == "sh" {
            said.extend(block.lines.iter().map(|line| (*line, run(line, folder))));
        } else if let Some(path) = named(block.before, "Change in") {
            let text = std::fs::read_to_string(folder.join(path)).unwrap();
            let of = |sign: char| {
                let lines: Vec<&str> =
                    block.lines.iter().filter_map(|line| line.strip_prefix(sign)).collect();
                lines.join("\n")
            };
            let (old, new) = (of('-'), of('+'));
            assert_eq!(text.matches(&format!("{old}\n")).count(), 1, "{path} holds {old}");
            std::fs::write(folder.join(path), text.replacen(&old, &new, 1)).unwrap();
        } else if let Some(path) = named(block.before, "New file") {
            assert!(!folder.join(path).exists(), "{path}");
            std::fs::write(folder.join(path), whole).unwrap();
        } else if let Some(path) = named(block.before, "At the end of") {
            let text = std::fs::read_to_string(folder.join(path)).unwrap();
            std::fs::write(folder.join(path), text + &whole).unwrap();
        } else {
            panic!("nothing says what becomes of the block after: {}", block.before);
        }
    }
    assert!(answers(&said, "film preview")[0].contains("http://127.0.0.1:"), "{said:?}");
    let checked = answers(&said, "film check");
    assert!(
        checked[0].contains("nothing to mend; 2 shots, 1 of them personal, 8.0 seconds"),
        "{}",
        checked[0]
    );
    let last = checked.last().unwrap();
    assert!(last.contains("nothing to mend; 4 shots, 2 of them personal, 15.0 seconds"), "{last}");
    let published = answers(&said, "film publish")[0];
    assert!(published.contains("8.0 of 15.0 s"), "{published}");
    assert!(folder.join("data/films/the-paper-moon/1/film.toml").is_file());
    assert!(std::fs::metadata(folder.join("paper-moon.mp4")).unwrap().len() > 100_000);
    for schema in ["film", "shot", "words"] {
        assert!(folder.join(format!("paper-moon/.schema/{schema}.json")).is_file());
    }
}
