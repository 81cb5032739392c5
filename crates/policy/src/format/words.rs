//! Words for people, in every language that is offered.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};

/// The languages that are offered.
pub const LANGUAGES: [&str; 4] = ["en", "de", "fr", "es"];

/// The same words in every language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// In a language, or in English where that one is not offered.
    pub fn in_language(&self, language: &str) -> &str {
        self.0.get(language).or_else(|| self.0.get("en")).map_or("", String::as_str)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = BTreeMap::<String, String>::deserialize(deserializer)?;
        if let Some(other) = words.keys().find(|language| !LANGUAGES.contains(&language.as_str())) {
            return Err(D::Error::custom(format!(
                "{other:?} is no language that is offered (en, de, fr, es)"
            )));
        }
        match LANGUAGES
            .iter()
            .find(|language| words.get(**language).is_none_or(|text| text.trim().is_empty()))
        {
            Some(missing) => Err(D::Error::custom(format!("the words in {missing:?} are missing"))),
            None => Ok(Self(words)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn words_are_there_in_every_language() {
        let all: Words = toml::from_str("en = 'a'\nde = 'b'\nfr = 'c'\nes = 'd'").unwrap();
        assert_eq!((all.in_language("fr"), all.in_language("it")), ("c", "a"));
        let missing = toml::from_str::<Words>("en = 'a'\nde = ' '\nfr = 'c'\nes = 'd'").unwrap_err();
        assert!(missing.to_string().contains("\"de\" are missing"), "{missing}");
        let other = toml::from_str::<Words>("en = 'a'\nde = 'b'\nfr = 'c'\nes = 'd'\nit = 'e'").unwrap_err();
        assert!(other.to_string().contains("\"it\" is no language"), "{other}");
    }
}
