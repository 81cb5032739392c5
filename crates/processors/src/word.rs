//! A vendor's word for what is wrong: told on only where it is one. A sentence of theirs may repeat what was sent.
//!
//! It must not know any vendor.

/// The longest word.
const CHARS_MAX: usize = 64;

/// The word; empty where it is none, or something else than the name of a field, a rule or a state.
pub(crate) fn word(text: Option<&str>) -> String {
    word_or(text, "")
}

/// The word; another one where it is none.
pub(crate) fn word_or(text: Option<&str>, otherwise: &str) -> String {
    // Brackets: `line_items[0][quantity]`.
    let is_letter =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'$' | b'[' | b']');
    let is_word = |text: &&str| (1..=CHARS_MAX).contains(&text.len()) && text.bytes().all(is_letter);
    text.filter(is_word).unwrap_or(otherwise).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_word_is_not_told() {
        for told in ["INVALID_ARGUMENT", "not-found", "properties.$insert_id", "line_items[0][quantity]"] {
            assert_eq!(word(Some(told)), told);
        }
        for no_word in ["", "anna@example.org", "no user anna", "https://secret", "zoë", &"a".repeat(65)] {
            assert_eq!(word(Some(no_word)), "", "{no_word}");
            assert_eq!(word_or(Some(no_word), "unknown"), "unknown", "{no_word}");
        }
        assert_eq!((word(None), word_or(None, "unknown")), (String::new(), "unknown".to_owned()));
    }
}
