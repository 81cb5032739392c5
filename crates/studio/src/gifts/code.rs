//! Codes of passes: 125 random bits, in groups that can be read out and typed. What is kept of one is a keyed hash.

use vault::Random;

use crate::Studio;

/// Digits and letters without those that look alike (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: five bits each.
const CHARS: usize = 25;
/// Characters of a group.
const GROUP: usize = 5;

/// A new code, as it is shown.
pub(super) fn new(random: &dyn Random) -> String {
    let mut bits = u128::from_be_bytes(random.bytes::<16>());
    let mut code = String::with_capacity(CHARS + CHARS / GROUP);
    for place in 0..CHARS {
        if place > 0 && place % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[(bits & 31) as usize]));
        bits >>= 5;
    }
    code
}

/// What was typed as the characters of a code; `None` when it can be none.
fn read(typed: &str) -> Option<String> {
    let mut code = String::with_capacity(CHARS);
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if code.len() == CHARS || !u8::try_from(c).is_ok_and(|c| ALPHABET.contains(&c)) {
            return None;
        }
        code.push(c);
    }
    (code.len() == CHARS).then_some(code)
}

/// What a code is found by.
pub(super) fn hash(studio: &Studio, typed: &str) -> Option<Vec<u8>> {
    Some(studio.0.house.index.of("gift-pass", read(typed)?.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = new(&vault::SeededRandom::new(7));
        assert_eq!(code.len(), 29, "{code}");
        let plain = read(&code).unwrap();
        assert_eq!(plain, code.replace('-', ""));
        for typed in [code.to_lowercase(), code.replace('-', " "), format!("  {plain}\n")] {
            assert_eq!(read(&typed).as_deref(), Some(plain.as_str()), "{typed:?}");
        }
        assert_eq!(read("OIL00-00000-00000-00000-00000").unwrap(), format!("011{}", "0".repeat(22)));
        for wrong in ["", "0000", &format!("{code}0"), &code.replacen(&code[..1], "U", 1), "ü"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
        assert_ne!(new(&vault::SeededRandom::new(8)), code);
    }
}
