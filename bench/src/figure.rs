//! A measured figure and the bar it is held against.

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
        Self { name: name.into(), value, unit, bar: None, reached: None }
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

/// The figures as a table for people.
pub fn table(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
    figures
        .iter()
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
