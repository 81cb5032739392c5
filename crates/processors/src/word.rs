//! A vendor's word for what is wrong: told on only where it is one. A sentence of theirs may repeat what was sent.

/// The longest word.
const CHARS_MAX: usize = 60;

/// The word; empty where it is none, or something else than the name of a field, a rule or a state.
pub(crate) fn word(text: Option<&str>) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-' | '$');
    text.filter(|text| text.len() <= CHARS_MAX && text.chars().all(is_letter)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_word_is_not_told() {
        for told in ["INVALID_ARGUMENT", "not-found", "properties.$insert_id"] {
            assert_eq!(word(Some(told)), told);
        }
        for no_word in ["", "anna@example.org", "no user anna", &"a".repeat(61)] {
            assert_eq!(word(Some(no_word)), "", "{no_word}");
        }
        assert_eq!(word(None), "");
    }
}
