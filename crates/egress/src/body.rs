//! The body of a call, written from its fields.

use reqwest::multipart;
use serde_json::{Map, Value};

use crate::guard::{in_body, text};
use crate::request::{Call, Carried, Form};
use crate::{Blocked, percent_encoded};

/// A body, ready to be sent.
pub(crate) enum Body {
    /// There is none.
    None,
    /// Bytes of a type.
    Bytes(Vec<u8>, &'static str),
    /// Parts, and how many bytes are in them.
    Parts(multipart::Form, u64),
}

impl Body {
    /// How many bytes of ours are in it.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Bytes(bytes, _) => bytes.len() as u64,
            Self::Parts(_, bytes) => *bytes,
        }
    }
}

/// Writes the body.
pub(crate) fn write(call: &mut Call) -> Result<Body, Blocked> {
    let parts: Vec<_> =
        std::mem::take(&mut call.parts).into_iter().filter(|part| in_body(&part.name)).collect();
    if parts.is_empty() {
        return Ok(Body::None);
    }
    match call.form {
        Form::Json | Form::List => {
            let mut whole = Value::Object(Map::new());
            for part in parts {
                if let Carried::Value(value) = part.carried {
                    put(&mut whole, &part.name, value)?;
                }
            }
            let whole = if call.form == Form::List { Value::Array(vec![whole]) } else { whole };
            Ok(Body::Bytes(whole.to_string().into_bytes(), call.media.unwrap_or("application/json")))
        }
        Form::Urlencoded => {
            let mut pairs = Vec::new();
            for part in parts {
                if let Carried::Value(value) = part.carried {
                    pairs.extend(pairs_of(&bracketed(&part.name), &value)?);
                }
            }
            let encoded = |text: &str| percent_encoded(text, "");
            let text: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
            Ok(Body::Bytes(text.join("&").into_bytes(), "application/x-www-form-urlencoded"))
        }
        Form::Multipart => {
            let (mut form, mut count) = (multipart::Form::new(), 0);
            for part in parts {
                let content = match part.carried {
                    Carried::Bytes { bytes, content_type } => {
                        count += bytes.len() as u64;
                        // The name of a file says nothing; the processor wants one to take it for a file.
                        let content = multipart::Part::bytes(bytes).file_name("file");
                        content.mime_str(content_type).map_err(|_| Blocked::Body("a file has no type"))?
                    }
                    Carried::Value(value) => {
                        let text = text(&value).ok_or(Blocked::Body("a part is neither text nor a file"))?;
                        count += text.len() as u64;
                        multipart::Part::text(text)
                    }
                    Carried::Nothing => continue,
                };
                form = form.part(part.name, content);
            }
            Ok(Body::Parts(form, count))
        }
        Form::Raw => match parts.into_iter().next().map(|part| part.carried) {
            Some(Carried::Bytes { bytes, content_type }) => Ok(Body::Bytes(bytes, content_type)),
            _ => Err(Blocked::Body("a raw body is one file and nothing else")),
        },
    }
}

/// Steps of a name: `events[0].name` leads to `events`, its first place, and `name` there.
enum Step<'a> {
    Key(&'a str),
    /// A place; none for the list as a whole, which the value is put into.
    Place(Option<usize>),
}

fn steps(name: &str) -> impl Iterator<Item = Step<'_>> {
    name.split('.').flat_map(|part| {
        let mut pieces = part.split('[');
        let key = pieces.next().map(Step::Key);
        let places = pieces.map(|place| Step::Place(place.trim_end_matches(']').parse().ok()));
        key.into_iter().chain(places)
    })
}

/// Most places of a list: a name is not to make a large one.
const PLACES_MAX: usize = 10_000;

/// Puts a value where its name says.
fn put(whole: &mut Value, name: &str, value: Value) -> Result<(), Blocked> {
    const CLASH: Blocked = Blocked::Body("two names contradict each other");
    let mut at = whole;
    for step in steps(name.strip_prefix("body.").unwrap_or(name)) {
        at = match step {
            Step::Key(key) => {
                if at.is_null() {
                    *at = Value::Object(Map::new());
                }
                at.as_object_mut().ok_or(CLASH)?.entry(key).or_insert(Value::Null)
            }
            Step::Place(place) => {
                if at.is_null() {
                    *at = Value::Array(Vec::new());
                }
                let list = at.as_array_mut().ok_or(CLASH)?;
                let place = place.unwrap_or(list.len());
                if place >= PLACES_MAX {
                    return Err(Blocked::Body("a list is too long"));
                }
                while list.len() <= place {
                    list.push(Value::Null);
                }
                &mut list[place]
            }
        };
    }
    if !at.is_null() {
        return Err(CLASH);
    }
    *at = value;
    Ok(())
}

/// `a[0].b` as forms write it: `a[0][b]`.
fn bracketed(name: &str) -> String {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (key, place) =
            part.split_once('[').map_or((part, String::new()), |(key, place)| (key, format!("[{place}")));
        format!("{name}[{key}]{place}")
    })
}

fn pairs_of(name: &str, value: &Value) -> Result<Vec<(String, String)>, Blocked> {
    if let Value::Array(values) = value {
        let pairs = values.iter().enumerate().map(|(at, value)| pairs_of(&format!("{name}[{at}]"), value));
        return Ok(pairs.collect::<Result<Vec<_>, _>>()?.concat());
    }
    let text = text(value).ok_or(Blocked::Body("a form has texts, numbers and lists only"))?;
    Ok(vec![(name.to_owned(), text)])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_lead_into_the_body() {
        let mut whole = json!({});
        for (name, value) in [
            ("events[0].name", json!("view")),
            ("events[0].params.path", json!("/films")),
            ("events[1].name", json!("stay")),
            ("ids[]", json!("a")),
            ("ids[]", json!("b")),
            ("client_id", json!(7)),
        ] {
            put(&mut whole, name, value).unwrap();
        }
        let events = json!([{"name": "view", "params": {"path": "/films"}}, {"name": "stay"}]);
        assert_eq!(whole, json!({"client_id": 7, "events": events, "ids": ["a", "b"]}));
        assert!(put(&mut whole, "client_id.a", json!(1)).is_err());
        assert!(put(&mut whole, "client_id", json!(1)).is_err());
        assert!(put(&mut whole, "list[99999999]", json!(1)).is_err());
    }

    #[test]
    fn forms_write_names_in_brackets() {
        assert_eq!(bracketed("line_items[0].price_data.currency"), "line_items[0][price_data][currency]");
        assert_eq!(bracketed("a.b[2].c"), "a[b][2][c]");
        assert_eq!(
            pairs_of("a", &json!(["x", 1])).unwrap(),
            [("a[0]".into(), "x".into()), ("a[1]".into(), "1".into())]
        );
        assert!(pairs_of("a", &json!({})).is_err());
    }
}
