//! What is promised: `promises.csv`.

use super::Mistake;

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Its id: `S9-3`.
    pub id: String,
    /// The section of the policy that it stands in.
    pub section: String,
    /// What is promised.
    pub promise: String,
    /// What would prove it.
    pub proof: String,
}

const FILE: &str = "promises.csv";

/// Reads the list.
pub(super) fn read(text: &str, mistakes: &mut Vec<Mistake>) -> Vec<Promise> {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line.trim()) != Some("id,section,promise,proof") {
        mistakes.push(Mistake::new(FILE, "line 1", "must be id,section,promise,proof"));
    }
    let mut promises: Vec<Promise> = Vec::new();
    for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let key = format!("line {}", at + 1);
        match <[String; 4]>::try_from(fields(line)) {
            Ok([id, section, promise, proof]) => {
                if promises.iter().any(|other| other.id == id) {
                    mistakes.push(Mistake::new(FILE, key, format!("names {id:?} twice")));
                }
                promises.push(Promise { id, section, promise, proof });
            }
            Err(fields) => {
                let what = format!("has {} fields instead of 4", fields.len());
                mistakes.push(Mistake::new(FILE, key, what));
            }
        }
    }
    promises
}

/// The fields of a line; one with a comma in it stands in quotes, a quote in it twice.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    fields.push(field);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_commas_are_understood() {
        assert_eq!(
            fields(r#"S15-1,15 Contact,"Mail with ""GDPR"", first",b"#)[2],
            r#"Mail with "GDPR", first"#
        );
        let mut mistakes = Vec::new();
        let read = read("id,section,promise,proof\nA,1,b,c\nA,1,b,c\nB,1\n", &mut mistakes);
        assert_eq!(read.len(), 2);
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            ["promises.csv: line 3: names \"A\" twice", "promises.csv: line 4: has 2 fields instead of 4"]
        );
    }
}
