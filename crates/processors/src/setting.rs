//! What stands in an account's fields. The file knows numbers, switches and lists; the environment knows texts alone,
//! and each field may come from either.
//!
//! It must not know any processor.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A value, as such or as a text. There is no `Debug`: it may be a secret.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Setting<T> {
    /// As the file has it.
    Is(T),
    /// As the environment has it.
    Said(String),
    /// Something else.
    Other(IgnoredAny),
}

impl<T: FromStr> Setting<T> {
    /// The value; `wrong` is what the operator is told when it is none.
    pub(crate) fn read(self, wrong: &str) -> Result<T, String> {
        match self {
            Self::Is(value) => Ok(value),
            Self::Said(text) => text.trim().parse().map_err(|_| wrong.to_owned()),
            Self::Other(IgnoredAny) => Err(wrong.to_owned()),
        }
    }
}

impl Setting<Vec<String>> {
    /// At least one text: a list, or one text with commas.
    pub(crate) fn several(self, wrong: &str) -> Result<Vec<String>, String> {
        let named = match self {
            Self::Is(list) => list,
            Self::Said(text) => text.split(',').map(str::to_owned).collect(),
            Self::Other(IgnoredAny) => Vec::new(),
        };
        let named: Vec<String> =
            named.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
        if named.is_empty() { Err(wrong.to_owned()) } else { Ok(named) }
    }
}

/// Whether all these fields hold something; else a sentence that names the first which does not.
pub(crate) fn filled(fields: &[(&str, &str)]) -> Result<(), String> {
    match fields.iter().find(|(_, value)| value.trim().is_empty()) {
        Some((name, _)) => Err(format!("set {name}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    fn setting<T: DeserializeOwned>(value: Value) -> Setting<T> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn numbers_and_switches_may_come_from_the_environment() {
        let number = |value| setting::<NonZeroU32>(value).read("wrong").map(NonZeroU32::get);
        assert_eq!((number(json!(90)), number(json!(" 90 "))), (Ok(90), Ok(90)));
        for wrong in [json!(0), json!("0"), json!("soon"), json!(-1), json!([90]), json!(true)] {
            assert_eq!(number(wrong.clone()), Err("wrong".to_owned()), "{wrong}");
        }
        let switch = |value| setting::<bool>(value).read("wrong");
        assert_eq!((switch(json!(true)), switch(json!(" false"))), (Ok(true), Ok(false)));
        assert!(switch(json!("yes")).is_err() && switch(json!(1)).is_err());
    }

    #[test]
    fn several_stand_in_a_list_or_in_one_text() {
        let several = |value| setting::<Vec<String>>(value).several("wrong");
        let both = Ok(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!((several(json!(["a", " b "])), several(json!("a, b,"))), (both.clone(), both));
        for wrong in [json!([]), json!(" , "), json!(7), json!(["a", 7])] {
            assert_eq!(several(wrong.clone()), Err("wrong".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn the_first_field_with_nothing_in_it_is_named() {
        assert_eq!(filled(&[("a", "x"), ("b", " "), ("c", "")]), Err("set b".to_owned()));
        assert_eq!(filled(&[("a", "x")]), Ok(()));
    }
}
