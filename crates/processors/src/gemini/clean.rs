//! Whether a text has something personal in it. The policy lets Gemini have texts about films, and no type can tell
//! one from a letter: so each is read before it goes out.
//!
//! It finds what can be found by its form (addresses, numbers, ids, links), and the values that it is told of. A name
//! that nobody told it of looks like any other word: the rule that a child is called [`super::CHILD`] stands above it.

/// What was found. Which words they were is not told on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Found {
    /// A value that belongs to somebody.
    #[error("a value that belongs to somebody")]
    Known,
    /// An e-mail address.
    #[error("an e-mail address")]
    Email,
    /// A link or a file within the text.
    #[error("a link")]
    Link,
    /// An id.
    #[error("an id")]
    Id,
    /// A long number, such as one of a telephone.
    #[error("a long number")]
    Number,
}

/// Digits from which on a number is long. Years and measures are shorter.
const DIGITS: usize = 7;

/// The first thing in a text that must not go out. `known` are values that belong to somebody; those of one letter are
/// passed over.
pub(super) fn find(text: &str, known: &[&str]) -> Option<Found> {
    let small = text.to_lowercase();
    if known.iter().any(|value| has_word(&small, &value.trim().to_lowercase())) {
        return Some(Found::Known);
    }
    if ["://", "data:image", ";base64,", "www."].iter().any(|part| small.contains(part)) {
        return Some(Found::Link);
    }
    for word in text.split(|letter: char| letter.is_whitespace() || "\"'(),;<>[]{}".contains(letter)) {
        let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        if word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
            return Some(Found::Email);
        }
        if is_id(word) {
            return Some(Found::Id);
        }
    }
    has_long_number(text).then_some(Found::Number)
}

/// Whether a value is in a text as words of its own, also with an `s` behind it. Both are in small letters.
fn has_word(text: &str, value: &str) -> bool {
    if value.chars().nth(1).is_none() {
        return false;
    }
    text.match_indices(value).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + value.len()..]);
        let begins = !before.ends_with(char::is_alphanumeric);
        let ends = |after: &str| !after.starts_with(char::is_alphanumeric);
        begins && (ends(after) || after.strip_prefix('s').is_some_and(ends))
    })
}

/// UUIDs, ULIDs, long hexadecimal numbers, and ids with a word in front (`user_2GIpX…`).
fn is_id(word: &str) -> bool {
    let (letters, digits) = word.bytes().fold((0, 0), |(letters, digits), byte| {
        (letters + usize::from(byte.is_ascii_alphabetic()), digits + usize::from(byte.is_ascii_digit()))
    });
    let is_uuid = word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4 && digits > 0;
    let is_ulid = word.len() == 26 && letters + digits == 26 && digits > 0;
    let is_hex = word.len() >= 16 && digits > 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has_prefix = word.rsplit_once('_').is_some_and(|(front, id)| {
        !front.is_empty()
            && id.len() >= 12
            && id.bytes().any(|byte| byte.is_ascii_digit())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    is_uuid || is_ulid || is_hex || has_prefix
}

/// Whether there is a long number: in one piece, or one of a telephone, which begins with `0` or `+` and may have a
/// sign between its digits.
fn has_long_number(text: &str) -> bool {
    let (mut whole, mut spread, mut is_telephone, mut gap) = (0, 0, false, true);
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            if spread == 0 {
                is_telephone = letter == '0';
            }
            whole += 1;
            spread += 1;
            gap = false;
        } else if letter == '+' {
            (whole, spread, is_telephone, gap) = (0, 1, true, false);
        } else if !gap && " -/.()".contains(letter) {
            (whole, gap) = (0, true);
        } else {
            (whole, spread, is_telephone, gap) = (0, 0, false, true);
        }
        if whole >= DIGITS || (is_telephone && spread > DIGITS) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_by_its_form_is_found() {
        for (text, found) in [
            ("Write to anna@example.org.", Found::Email),
            ("See https://example.org/x", Found::Link),
            ("data:image/png;base64,AAAA", Found::Link),
            ("order 01JZ8Y6W3D5N7Q9R1T3V5X7Z9B", Found::Id),
            ("user_2GIpXOEpVyJw51rkZn9Kmnc6Sxr", Found::Id),
            ("4974cb6c-801f-76d3-20df-f2411b4c25ce", Found::Id),
            ("call +49 170 1234567", Found::Number),
            ("call 0170-123 45 67", Found::Number),
            ("customer 12345678", Found::Number),
        ] {
            assert_eq!(find(text, &[]), Some(found), "{text}");
        }
    }

    #[test]
    fn a_text_about_a_film_is_let_through() {
        for text in [
            "{CHILD} walks through the Moon Garden in 1969, between 1914 and 1918, 24 frames a second.",
            "A 5-year-old hero; 3.5 minutes; age band 4-7. Mood: calm, blue (#2a4b8c).",
            "Über den Dächern: ein Mia-farbener Abend?",
            "",
        ] {
            assert_eq!(find(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn what_belongs_to_somebody_is_found_as_a_word() {
        for text in ["Mia walks", "for MIA!", "Mia's garden", "Mias Garten", "to (mia)"] {
            assert_eq!(find(text, &["Mia"]), Some(Found::Known), "{text}");
        }
        for text in ["Miami by night", "a salamia", "{CHILD} walks"] {
            assert_eq!(find(text, &["Mia", "", "a"]), None, "{text}");
        }
        assert_eq!(find("Zoë Ann flies", &["zoë ann"]), Some(Found::Known));
    }
}
