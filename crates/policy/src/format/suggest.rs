//! The nearest of some words, for "did you mean".

/// The word that is nearest to a mistyped one, if one is near; of several, the one that is nearest in length.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let allowed = (length / 3).max(1);
    // What was only cut short counts as near too.
    let near = |candidate: &str| match word.len() >= 3 && candidate.starts_with(word) {
        true => 1,
        false => distance(word, candidate),
    };
    let longer = |candidate: &str| candidate.chars().count().abs_diff(length);
    let distances = known.into_iter().map(|candidate| (near(candidate), longer(candidate), candidate));
    distances.filter(|(distance, ..)| *distance <= allowed).min().map(|(.., candidate)| candidate)
}

/// How many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let known = ["photo", "still", "generated-video", "email"];
        assert_eq!(nearest("photos", known), Some("photo"));
        assert_eq!(nearest("genrated-vidoe", known), Some("generated-video"));
        assert_eq!(nearest("e-mail", known), Some("email"));
        assert_eq!(nearest("generated", known), Some("generated-video"));
        assert_eq!(nearest("film", ["film_copies", "films"]), Some("films"));
        assert_eq!(nearest("payment", known), None);
        assert_eq!(nearest("", known), None);
    }
}
