//! What is wrong with a film folder, said so that the film maker can mend it: file, line, sentence,
//! suggestion.

use std::fmt;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The film can be drawn, but somebody should look at this.
    Warning,
    /// The film cannot be drawn.
    Error,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the file inside the film folder.
    pub file: String,
    /// Line in the file, from 1; `None` if the problem concerns the whole file.
    pub line: Option<usize>,
    /// What is wrong, one sentence.
    pub message: String,
    /// What would mend it, if the engine has an idea.
    pub suggestion: Option<String>,
    /// Error or warning.
    pub severity: Severity,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{kind}: {}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, " ({suggestion})")?;
        }
        Ok(())
    }
}

/// Everything found in one go, in the order of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The problems, as they were found.
    pub problems: Vec<Problem>,
}

/// So many problems are kept; a hostile folder cannot fill the memory with them.
const MOST_PROBLEMS: usize = 500;

impl Report {
    /// Whether something in it keeps the film from being drawn.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    /// Whether nothing at all was found.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many errors there are.
    pub(crate) fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// Whether nothing more is taken in.
    pub(crate) fn is_full(&self) -> bool {
        self.errors() >= MOST_PROBLEMS
    }

    /// Takes a problem in. Where there is no room left, an error takes the place of the last warning.
    pub(crate) fn add(&mut self, problem: Problem) {
        if self.problems.contains(&problem) {
            return;
        }
        if self.problems.len() >= MOST_PROBLEMS {
            let warning = self.problems.iter().rposition(|known| known.severity == Severity::Warning);
            match warning.filter(|_| problem.severity == Severity::Error) {
                Some(at) => drop(self.problems.remove(at)),
                None => return,
            }
        }
        self.problems.push(problem);
    }

    pub(crate) fn error(&mut self, file: &str, line: Option<usize>, message: impl Into<String>) {
        self.push(Severity::Error, file, line, message.into(), None);
    }

    pub(crate) fn warn(&mut self, file: &str, line: Option<usize>, message: impl Into<String>) {
        self.push(Severity::Warning, file, line, message.into(), None);
    }

    pub(crate) fn push(
        &mut self,
        severity: Severity,
        file: &str,
        line: Option<usize>,
        message: String,
        suggestion: Option<String>,
    ) {
        self.add(Problem { file: file.to_owned(), line, message, suggestion, severity });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

/// The one of `known` that `word` was probably meant to be.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word: String = word.chars().take(60).collect();
    let (distance, best) =
        known.into_iter().map(|k| (distance(&word, k), k)).min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + word.chars().count() / 4).then(|| format!("did you mean \"{best}\"?"))
}

/// Edits (insert, remove, replace, swap of neighbours) between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().take(80).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                .min(rows[i - 1][j] + 1)
                .min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_what_was_meant() {
        assert_eq!(did_you_mean("opactiy", ["opacity", "rotate"]).unwrap(), "did you mean \"opacity\"?");
        assert_eq!(did_you_mean("zzz", ["opacity", "rotate"]), None);
    }
}
