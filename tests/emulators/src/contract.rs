//! What a body may hold, field by field: whatever is not listed is refused.

use serde_json::Value;

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Is {
    /// Text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// True or false.
    YesNo,
    /// A list, each entry of this sort.
    List(&'static Is),
    /// An object with these fields and no others.
    Object(&'static [Field]),
    /// An object with any fields of this sort.
    Map(&'static Is),
    /// Anything, as the contract says no more.
    Anything,
    /// This, or null.
    Maybe(&'static Is),
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub is: Is,
    /// Whether it must be there.
    pub must: bool,
}

impl Field {
    /// A field that must be there.
    pub const fn must(name: &'static str, is: Is) -> Self {
        Self { name, is, must: true }
    }

    /// A field that may be there.
    pub const fn may(name: &'static str, is: Is) -> Self {
        Self { name, is, must: false }
    }
}

/// Holds a value against what it is to be; the error names the field and what is wrong with it.
///
/// # Errors
/// As a sentence for the vendor's own error.
pub fn check(value: &Value, is: &Is) -> Result<(), String> {
    look("", value, is)
}

fn look(at: &str, value: &Value, is: &Is) -> Result<(), String> {
    let wrong =
        |wanted: &str| Err(format!("{}: must be {wanted}", if at.is_empty() { "the body" } else { at }));
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    match is {
        Is::Anything => Ok(()),
        Is::Maybe(is) => {
            if value.is_null() {
                Ok(())
            } else {
                look(at, value, is)
            }
        }
        Is::Text if value.is_string() => Ok(()),
        Is::Text => wrong("a string"),
        Is::OneOf(texts) => match value.as_str() {
            Some(text) if texts.contains(&text) => Ok(()),
            _ => wrong(&format!("one of {texts:?}")),
        },
        Is::Whole if value.is_i64() || value.is_u64() => Ok(()),
        Is::Whole => wrong("an integer"),
        Is::Number if value.is_number() => Ok(()),
        Is::Number => wrong("a number"),
        Is::YesNo if value.is_boolean() => Ok(()),
        Is::YesNo => wrong("a boolean"),
        Is::List(is) => match value.as_array() {
            Some(list) => list
                .iter()
                .enumerate()
                .try_for_each(|(place, entry)| look(&format!("{at}[{place}]"), entry, is)),
            None => wrong("a list"),
        },
        Is::Map(is) => match value.as_object() {
            Some(map) => map.iter().try_for_each(|(name, entry)| look(&below(name), entry, is)),
            None => wrong("an object"),
        },
        Is::Object(fields) => {
            let Some(object) = value.as_object() else { return wrong("an object") };
            for field in *fields {
                match object.get(field.name) {
                    Some(entry) => look(&below(field.name), entry, &field.is)?,
                    None if field.must => return Err(format!("{}: is required", below(field.name))),
                    None => {}
                }
            }
            match object.keys().find(|name| fields.iter().all(|field| field.name != name.as_str())) {
                Some(unknown) => Err(format!("{}: is not a field", below(unknown))),
                None => Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PERSON: Is = Is::Object(&[
        Field::must("name", Is::Text),
        Field::may("ages", Is::List(&Is::Whole)),
        Field::may("kind", Is::Maybe(&Is::OneOf(&["a", "b"]))),
    ]);

    #[test]
    fn what_is_unknown_missing_or_of_another_type_is_named() {
        assert_eq!(check(&json!({"name": "x", "ages": [1, 2], "kind": null}), &PERSON), Ok(()));
        for (value, words) in [
            (json!({}), "name: is required"),
            (json!({"name": 1}), "name: must be a string"),
            (json!({"name": "x", "nme": 1}), "nme: is not a field"),
            (json!({"name": "x", "ages": [1, "2"]}), "ages[1]: must be an integer"),
            (json!({"name": "x", "kind": "c"}), "kind: must be one of [\"a\", \"b\"]"),
            (json!([]), "the body: must be an object"),
        ] {
            assert_eq!(check(&value, &PERSON), Err(words.to_owned()));
        }
    }
}
