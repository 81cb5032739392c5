//! A measured figure and the bar it is held against, and the tables of them.

use std::iter::once;

use serde::Serialize;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What was measured, stable from run to run, such as `shot 05-path draw`.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it is to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bar: Option<Bar>,
    /// Whether it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<bool>,
    /// Where it stands in a table of rows, if it is one of many alike.
    #[serde(skip)]
    cell: Option<Cell>,
}

/// A place in a table of rows.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    row: String,
    column: &'static str,
}

/// A bar of the quality goals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
}

impl Figure {
    /// A figure without a bar.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, bar: None, reached: None, cell: None }
    }

    /// One figure of a row of them, such as of a shot. Its name is both: `shot 05-path draw`.
    pub fn in_row(row: &str, column: &'static str, value: f64, unit: &'static str) -> Self {
        let cell = Some(Cell { row: row.to_owned(), column });
        Self { cell, ..Self::new(format!("{row} {column}"), value, unit) }
    }

    /// The same figure held against a bar.
    pub fn against(mut self, bar: Bar) -> Self {
        self.reached = Some(match bar {
            Bar::AtMost(limit) => self.value <= limit,
            Bar::AtLeast(limit) => self.value >= limit,
        });
        self.bar = Some(bar);
        self
    }
}

/// The figures as tables for people: those that stand in rows, with what of them has a bar once more below; and a line
/// for each other.
pub fn table(figures: &[Figure]) -> String {
    let alike = figures.chunk_by(|one, next| one.cell.is_some() == next.cell.is_some());
    let tables = alike.map(|run| match run[0].cell {
        Some(_) => rows(run) + lines(run.iter().filter(|figure| figure.bar.is_some())).as_str(),
        None => lines(run.iter()),
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// A row of each name, a column of each kind of figure.
fn rows(figures: &[Figure]) -> String {
    let cells: Vec<(&Cell, &Figure)> =
        figures.iter().filter_map(|figure| Some((figure.cell.as_ref()?, figure))).collect();
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (cell, figure) in &cells {
        if !names.contains(&&cell.row) {
            names.push(&cell.row);
        }
        if !columns.contains(&(cell.column, figure.unit)) {
            columns.push((cell.column, figure.unit));
        }
    }
    let head = once("").chain(columns.iter().map(|(column, _)| *column)).map(str::to_owned).collect();
    let units = once("").chain(columns.iter().map(|(_, unit)| *unit)).map(str::to_owned).collect();
    let mut grid: Vec<Vec<String>> = vec![head, units];
    for name in names {
        let value = |column: &str| {
            let found = cells.iter().find(|(cell, _)| cell.row == *name && cell.column == column);
            found.map_or(String::new(), |(_, figure)| shown(figure.value))
        };
        let values = columns.iter().map(|(column, _)| value(column));
        grid.push(once(name.clone()).chain(values).collect());
    }
    let width = |column: usize| grid.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..=columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let name = format!("{:1$}", row[0], widths[0]);
        let rest: String =
            row.iter().zip(&widths).skip(1).map(|(cell, width)| format!("  {cell:>width$}")).collect();
        format!("{}\n", (name + rest.as_str()).trim_end())
    };
    grid.iter().map(line).collect()
}

/// A line for each.
fn lines<'a>(figures: impl Iterator<Item = &'a Figure> + Clone) -> String {
    let width = figures.clone().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
    figures
        .map(|figure| {
            let bar = figure.bar.map_or(String::new(), |bar| match bar {
                Bar::AtMost(limit) => format!("at most {limit}"),
                Bar::AtLeast(limit) => format!("at least {limit}"),
            });
            let verdict = match figure.reached {
                Some(true) => "reached",
                Some(false) => "MISSED",
                None => "",
            };
            let line = format!(
                "{:width$}  {:>10}  {:24}  {bar:16}  {verdict}",
                figure.name,
                shown(figure.value),
                figure.unit
            );
            format!("{}\n", line.trim_end())
        })
        .collect()
}

/// Three or four digits that matter.
fn shown(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_kind_stand_in_rows_and_by_their_names_in_json() {
        let shot = |row: &str, draw: f64, encode: f64| {
            [
                Figure::in_row(row, "draw", draw, "CPU s"),
                Figure::in_row(row, "encode", encode, "CPU s").against(Bar::AtMost(0.2)),
            ]
        };
        let mut figures = [shot("shot a", 0.01, 0.1), shot("shot long", 0.02, 123.4)].concat();
        figures.push(Figure::new("rate", 870.4, "kbit/s"));
        assert_eq!(
            table(&figures),
            [
                "             draw  encode",
                "            CPU s   CPU s",
                "shot a     0.0100  0.1000",
                "shot long  0.0200     123",
                "shot a encode         0.1000  CPU s                     at most 0.2       reached",
                "shot long encode         123  CPU s                     at most 0.2       MISSED",
                "",
                "rate         870  kbit/s",
                "",
            ]
            .join("\n")
        );
        let json = serde_json::to_value(&figures[1]).unwrap();
        assert_eq!(json["name"], "shot a encode");
        assert!(json.get("cell").is_none());
    }

    #[test]
    fn the_table_says_whether_bars_are_reached() {
        let figures = [
            Figure::new("mean", 0.1875, "CPU s / film s").against(Bar::AtMost(0.2)),
            Figure::new("picture quality", 0.98, "SSIM").against(Bar::AtLeast(0.987)),
            Figure::new("rate", 870.4, "kbit/s"),
        ];
        assert_eq!(
            table(&figures),
            "mean                 0.1875  CPU s / film s            at most 0.2       reached\n\
             picture quality      0.9800  SSIM                      at least 0.987    MISSED\n\
             rate                    870  kbit/s\n"
        );
    }
}
