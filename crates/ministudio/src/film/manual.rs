//! The reference of a film's files for people, in Markdown, made of what the engine itself reads by.

use std::fmt::Write as _;

use film::reference::{EASINGS, FILES, Field, Kind, Table};

/// What makes it anew.
pub const COMMAND: &str = "cargo run --release -- film schema --reference > docs/film-reference.md";

/// `docs/film-reference.md`.
pub fn markdown() -> String {
    let mut text = format!(
        "# Reference of a film's files\n\n\
         Made of the types that the engine reads by (`crates/film/src/reference.rs`); do not edit it. Anew with:\n\
         ```\n{COMMAND}\n```\n\
         What it means together is told in [film-format.md](film-format.md), step by step in \
         [film-tutorial.md](film-tutorial.md). `ministudio film schema` prints the same as JSON Schemas for editors.\n\n\
         **Over time**: a field that says so takes a value, or a list of keys `[second, value]` or \
         `[second, value, \"easing\"]`. The easing belongs to the key that is reached: {}.\n\n\
         **Colour**: a name of the palette, or `\"#rrggbb\"`.\n",
        EASINGS.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    );
    let mut told: Vec<&str> = Vec::new();
    for file in &FILES {
        let mut waiting = vec![(2, file.table)];
        while !waiting.is_empty() {
            let (level, table) = waiting.remove(0);
            if told.contains(&table.title) {
                continue;
            }
            told.push(table.title);
            tell(&mut text, level, table);
            let fields = table.fields.iter().chain(&table.free);
            waiting.extend(fields.filter_map(|field| inner(field.kind)).map(|table| (3, table)));
        }
    }
    text
}

fn inner(kind: Kind) -> Option<&'static Table> {
    match kind {
        Kind::Table(table) | Kind::Tables(table) | Kind::OneOrTables(table) => Some(table),
        _ => None,
    }
}

fn tell(text: &mut String, level: usize, table: &Table) {
    let _ = write!(text, "\n{} {}\n\n{}\n\n", "#".repeat(level), table.title, table.about);
    text.push_str("| field | what stands in it | left out | meaning |\n| --- | --- | --- | --- |\n");
    for field in table.fields {
        row(text, &format!("`{}`", field.key), field);
    }
    if let Some(free) = &table.free {
        row(text, &format!("*{}*", free.key), free);
    }
}

fn row(text: &mut String, key: &str, field: &Field) {
    let left_out =
        if field.required { "**needed**".to_owned() } else { default(field.kind).unwrap_or_default() };
    let cells = [key.to_owned(), kind(field.kind), left_out, field.about.to_owned()];
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn kind(kind: Kind) -> String {
    let link =
        |table: &Table| format!("[{}](#{})", table.title, table.title.to_lowercase().replace(' ', "-"));
    match kind {
        Kind::Text { .. } => "text".to_owned(),
        Kind::Choice { of, .. } => {
            of.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(" or ")
        }
        Kind::Flag { .. } => "`true` or `false`".to_owned(),
        Kind::Number { low, high, .. } => format!("number, {low} to {high}"),
        Kind::Whole { low, high: u32::MAX, .. } => format!("whole number from {low}"),
        Kind::Whole { low, high, .. } => format!("whole number, {low} to {high}"),
        Kind::Numbers { of, .. } => format!("`[{}]`", of.join(", ")),
        Kind::Texts => "list of texts".to_owned(),
        Kind::OneOrTexts => "text, or list of texts".to_owned(),
        Kind::Track { .. } => "number, also over time".to_owned(),
        Kind::Colour => "colour".to_owned(),
        Kind::Hex => "`\"#rrggbb\"`".to_owned(),
        Kind::ColourTrack => "colour, also over time".to_owned(),
        Kind::Table(table) => link(table),
        Kind::Tables(table) => format!("list of {}", link(table)),
        Kind::OneOrTables(table) => format!("{}, or a list of them", link(table)),
    }
}

/// What holds where the field is left out.
fn default(kind: Kind) -> Option<String> {
    match kind {
        Kind::Text { default } | Kind::Choice { default, .. } => default.map(|word| format!("`\"{word}\"`")),
        Kind::Flag { default } => Some(format!("`{default}`")),
        Kind::Number { default, .. } | Kind::Track { default } => default.map(|number| format!("`{number}`")),
        Kind::Whole { default, .. } => default.map(|number| format!("`{number}`")),
        Kind::Numbers { default, .. } => default.map(|numbers| {
            let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
            format!("`[{}]`", numbers.join(", "))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_reference_says_what_the_engine_reads() {
        let written = include_str!("../../../../docs/film-reference.md");
        assert!(
            written == super::markdown(),
            "docs/film-reference.md is out of date; write it anew: {}",
            super::COMMAND
        );
    }
}
