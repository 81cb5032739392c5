//! What a name may be: anything in any script that can be shown on one line.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::{Error, Result};

/// Longest name, in characters (Unicode scalar values, in NFC).
pub const NAME_CHARS_MAX: usize = 60;

/// The name as it is stored and drawn: without spaces around it, in NFC.
///
/// # Errors
/// `name-empty`, `name-long`, `name-control`.
pub(crate) fn checked_name(name: &str) -> Result<String> {
    let name: String = name.trim().nfc().collect();
    if name.chars().any(|c| c.is_control() || is_steering(c)) {
        let sentence = "There is an invisible control character in this name. Please type the name again.";
        return Err(Error::refused("name-control", sentence));
    }
    if !name.chars().any(|c| !c.is_whitespace() && !is_invisible(c) && !is_combining_mark(c)) {
        return Err(Error::refused("name-empty", "Please tell us the child's name."));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Error::refused("name-long", "A name can have up to 60 characters. Please shorten it."));
    }
    Ok(name)
}

/// Line and paragraph separators, and characters that turn the direction of what follows them.
pub(crate) fn is_steering(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters that show nothing by themselves: those that Unicode has as ignorable where nothing draws them
/// (`Default_Ignorable_Code_Point` in its `DerivedCoreProperties.txt`; the fillers of Korean are among them), and the
/// empty pattern of Braille.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::checked_name;

    fn code(name: &str) -> &'static str {
        checked_name(name).map_or_else(|error| error.code(), |_| "ok")
    }

    #[test]
    fn names_of_the_world_are_taken() {
        for name in [
            "Mila",
            "Zoë",
            "Ødegård",
            "Jean-François",
            "O’Neill",
            "李小龍",
            "محمد",
            "אבי",
            "ประเสริฐ",
            "🦊 Fuchs",
            "D",
            "👩‍👧",
            "=1+1",
            "%s%n",
            "<b>Bold</b>",
            "Robert'); DROP TABLE children;--",
            "ﷺ",
        ] {
            assert_eq!(checked_name(name).unwrap(), name);
        }
        assert_eq!(checked_name("  Zoe\u{308} ").unwrap(), "Zoë", "trimmed and composed");
    }

    #[test]
    fn what_cannot_be_shown_is_refused() {
        for name in ["", "   ", "\u{200D}", "\u{FEFF}\u{200B}", "\u{3164}", "\u{115F}\u{1160}", "\u{FFA0}"] {
            assert_eq!(code(name), "name-empty", "{name:?}");
        }
        for name in ["\u{2800}", "\u{2800} \u{2800}", "\u{301}", "\u{20DD}\u{301}", "\u{17B4}"] {
            assert_eq!(code(name), "name-empty", "{name:?}");
        }
        for name in ["a\nb", "a\0b", "\u{1b}[31mred", "a\u{202E}b", "a\u{2029}b"] {
            assert_eq!(code(name), "name-control", "{name:?}");
        }
        assert_eq!(code(&"é".repeat(60)), "ok");
        assert_eq!(code(&"é".repeat(61)), "name-long");
        assert_eq!(code(&"e\u{301}".repeat(60)), "ok", "counted after composing");
    }

    proptest! {
        #[test]
        fn a_checked_name_stays_as_it_is(name in "\\PC{0,70}") {
            if let Ok(checked) = checked_name(&name) {
                prop_assert_eq!(checked_name(&checked).unwrap(), checked);
            }
        }
    }
}
