//! What is wrong in a film folder, told in the manner of a compiler: where, what,
//! the line itself, and what would mend it.

use film::{Film, Folder, Problem, Report, Severity};

pub fn run(named: &str) -> anyhow::Result<()> {
    let folder = super::open::folder(named)?;
    let warnings = Film::check(folder.as_ref());
    if warnings.has_errors() {
        return Err(refuse(&warnings, folder.as_ref(), named));
    }
    let film = Film::read(folder.as_ref()).map_err(|report| refuse(&report, folder.as_ref(), named))?;
    print(&warnings, folder.as_ref());
    let info = film.info();
    println!(
        "{}: {}; {} shots, {} of them personal, {:.1} seconds, in {}",
        info.slug,
        if warnings.is_empty() { "nothing to mend".to_owned() } else { counted(&warnings) },
        film.shots().len(),
        film.shots().iter().filter(|shot| shot.is_personal()).count(),
        f64::from(film.frames()) / f64::from(info.fps),
        info.languages.join(", ")
    );
    Ok(())
}

/// Tells all problems and returns what is left to say: that the film cannot be read.
pub fn refuse(report: &Report, folder: &dyn Folder, named: &str) -> anyhow::Error {
    print(report, folder);
    anyhow::anyhow!(summary(report, named))
}

/// Tells all problems of a report.
pub fn print(report: &Report, folder: &dyn Folder) {
    for problem in &report.problems {
        eprintln!("{}", told(problem, folder));
    }
}

fn told(problem: &Problem, folder: &dyn Folder) -> String {
    let kind = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = problem.line.map_or(problem.file.clone(), |line| format!("{}:{line}", problem.file));
    let mut text = format!("{kind}: {}\n  --> {place}\n", problem.message);
    if let Some((line, source)) =
        problem.line.and_then(|line| Some((line, source_line(folder, &problem.file, line)?)))
    {
        let number = line.to_string();
        let blank = " ".repeat(number.len());
        text += &format!("{blank} |\n{number} | {source}\n{blank} |\n");
    }
    if let Some(suggestion) = &problem.suggestion {
        text += &format!("  = help: {suggestion}\n");
    }
    text
}

/// The line itself, as far as it is worth showing.
pub fn source_line(folder: &dyn Folder, file: &str, line: usize) -> Option<String> {
    const LONGEST: usize = 100;
    let bytes = folder.read(file)?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let line = text.lines().nth(line.checked_sub(1)?)?.trim_end();
    let shown: String = line.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some(if line.chars().count() > LONGEST { shown + "…" } else { shown })
}

fn summary(report: &Report, named: &str) -> String {
    format!("the film {named} cannot be drawn: {}", counted(report))
}

fn counted(report: &Report) -> String {
    let errors = report.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = report.problems.len() - errors;
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, _) => count(warnings, "warning"),
        (_, 0) => count(errors, "error"),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_with_their_line() {
        let mut folder = film::MapFolder::default();
        folder.put("shots/01.toml", "seconds = 4\nopactiy = 1\n");
        let problem = Problem {
            file: "shots/01.toml".into(),
            line: Some(2),
            message: "There is no field \"opactiy\".".into(),
            suggestion: Some("did you mean \"opacity\"?".into()),
            severity: Severity::Error,
        };
        assert_eq!(
            told(&problem, &folder),
            "error: There is no field \"opactiy\".\n  --> shots/01.toml:2\n  |\n2 | opactiy = 1\n  |\n  = help: did you mean \"opacity\"?\n"
        );
        let report = Report { problems: vec![problem] };
        assert_eq!(summary(&report, "x"), "the film x cannot be drawn: 1 error");
    }
}
