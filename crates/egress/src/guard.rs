//! The guard: whether the policy in force lets a call out. A pure function of both; it sends nothing.

use policy::{Always, Policy, Processor, ProcessorId, SwitchedOn};
use reqwest::Url;
use serde_json::Value;

use crate::request::{Call, Carried, Form, Part};
use crate::{Blocked, percent_encoded};

/// Looks at everything that a call would carry, and puts on it what the policy says; where it may go.
pub(crate) fn clear(
    policy: &Policy,
    on: &SwitchedOn,
    id: ProcessorId,
    call: &mut Call,
) -> Result<Url, Blocked> {
    let processor = policy.processor(id).ok_or(Blocked::NotInPolicy)?;
    if !on.contains(id) {
        return Err(Blocked::SwitchedOff);
    }
    ground(policy, processor, call)?;
    for part in &call.parts {
        field(processor, part, call.is_deletion)?;
    }
    let url = address(processor, call)?;
    put_on(processor, call, url.path())?;
    headers(processor, call, url.path())?;
    required(processor, call, url.path())?;
    twice(call)?;
    form(call)?;
    Ok(url)
}

/// By what right the call is made.
fn ground(policy: &Policy, processor: &Processor, call: &Call) -> Result<(), Blocked> {
    let purpose = policy.purpose(call.purpose).filter(|purpose| processor.purposes.contains(&purpose.id));
    let purpose = purpose.ok_or(Blocked::Purpose(call.purpose))?;
    match purpose.choice {
        // Taking data away needs nobody's leave.
        Some(choice) if !call.is_deletion && !call.agreed.iter().any(|agreed| agreed.to() == choice) => {
            Err(Blocked::NoConsent(choice))
        }
        _ => Ok(()),
    }
}

/// Whether a field may carry what it does.
fn field(processor: &Processor, part: &Part, is_deletion: bool) -> Result<(), Blocked> {
    let name = normal(&part.name);
    match part.kind {
        None if processor.is_plain(&name) => Ok(()),
        None => Err(Blocked::Plain(name)),
        Some(kind) if is_deletion && processor.may_carry_for_deletion(&kind, &name) => Ok(()),
        Some(kind) if !is_deletion && processor.may_carry(&kind, &name) => Ok(()),
        Some(kind) => Err(Blocked::Field { field: name, kind }),
    }
}

/// A field's name as the policy lists it: any place in a list is `[]`.
pub(crate) fn normal(name: &str) -> String {
    let mut normal = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        normal.push_str(before);
        normal.push('[');
        rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    normal + rest
}

/// The whole address, if it is one of the processor's.
fn address(processor: &Processor, call: &Call) -> Result<Url, Blocked> {
    // What is filled in never decides where the call goes.
    if call.address.split('/').nth(2).is_some_and(|host| host.contains('{')) {
        return Err(Blocked::Address("its host is filled in"));
    }
    let mut filled = String::new();
    let mut rest = call.address;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').ok_or(Blocked::Address("a brace is not closed"))?;
        let (name, with_slashes) = name.strip_prefix('+').map_or((name, false), |name| (name, true));
        let value = text_of(call, &format!("path.{name}")).ok_or(Blocked::Missing(format!("path.{name}")))?;
        filled.push_str(before);
        filled.push_str(&segment(&value, with_slashes)?);
        rest = behind;
    }
    filled.push_str(rest);
    let mut url = Url::parse(&filled).map_err(|_| Blocked::Address("it is none"))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if url.scheme() != "https" {
        return Err(Blocked::Address("it is not https"));
    }
    if !processor.server.contains(&host) {
        return Err(Blocked::Host(host));
    }
    if url.port().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(Blocked::Address("it has a port or a user"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Blocked::Address("it has a query; use fields that begin with query."));
    }
    let query = always(processor, url.path(), call.method.as_str()).into_iter();
    let query =
        query.filter_map(|(name, value)| Some((name.strip_prefix("query.")?.to_owned(), text(&value)?)));
    let query: Vec<(String, String)> = call
        .parts
        .iter()
        .filter_map(|part| Some((part.name.strip_prefix("query.")?.to_owned(), text_of(call, &part.name)?)))
        .chain(query)
        .collect();
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// A part of the path, so that it stays one.
fn segment(value: &str, with_slashes: bool) -> Result<String, Blocked> {
    let segment = percent_encoded(value, if with_slashes { "/" } else { "" });
    match segment.split('/').any(|part| matches!(part, "" | "." | "..")) {
        true => Err(Blocked::Address("a part of the path is empty or leads up")),
        false => Ok(segment),
    }
}

fn text_of(call: &Call, name: &str) -> Option<String> {
    let part = call.parts.iter().find(|part| part.name == name)?;
    match &part.carried {
        Carried::Value(value) => text(value),
        _ => None,
    }
}

/// A plain value as text.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// The fields that the policy puts on a call. A body is written only where the method has one.
fn always(processor: &Processor, path: &str, method: &str) -> Vec<(String, Value)> {
    let fields = always_on(processor, path)
        .filter_map(|always| Some((always.field.clone()?, serde_json::to_value(&always.value).ok()?)));
    let has_body = matches!(method, "POST" | "PUT" | "PATCH");
    fields.filter(|(name, _)| has_body || name.starts_with("query.")).collect()
}

/// What the policy puts on calls with this path, fields and headers.
fn always_on<'a>(processor: &'a Processor, path: &'a str) -> impl Iterator<Item = &'a Always> {
    let is_here = move |always: &&Always| always.path.as_deref().is_none_or(|with| path.starts_with(with));
    processor.always.iter().filter(is_here)
}

/// Puts on the call what the policy says is always there.
fn put_on(processor: &Processor, call: &mut Call, path: &str) -> Result<(), Blocked> {
    for (name, value) in always(processor, path, call.method.as_str()) {
        // The query is part of the address already.
        if !name.starts_with("query.") {
            call.parts.push(Part { name, kind: None, carried: Carried::Value(value) });
        } else if call.parts.iter().any(|part| part.name == name) {
            return Err(Blocked::SetAlready(name));
        }
    }
    Ok(())
}

fn headers(processor: &Processor, call: &mut Call, path: &str) -> Result<(), Blocked> {
    if let Some((name, _)) = call.headers.iter().find(|(name, _)| !processor.headers.contains(name)) {
        return Err(Blocked::Header(name.clone()));
    }
    for always in always_on(processor, path) {
        if let (Some(name), Some(value)) = (&always.header, always.value.as_str()) {
            call.headers.push((name.clone(), value.to_owned()));
        }
    }
    Ok(())
}

fn required(processor: &Processor, call: &Call, path: &str) -> Result<(), Blocked> {
    let there = |name: &String| call.headers.iter().any(|(header, _)| header == name);
    if let Some(name) = processor.required_headers.iter().find(|name| !there(name)) {
        return Err(Blocked::Missing(name.clone()));
    }
    let here = processor.required_fields.iter().filter(|required| path.starts_with(&required.path));
    let mut missing =
        here.filter(|required| !call.parts.iter().any(|part| normal(&part.name) == required.field));
    match missing.next() {
        Some(required) if !call.is_deletion => Err(Blocked::Missing(required.field.clone())),
        _ => Ok(()),
    }
}

fn twice(call: &Call) -> Result<(), Blocked> {
    for (at, part) in call.parts.iter().enumerate() {
        if call.parts[..at].iter().any(|other| other.name == part.name) {
            return Err(Blocked::SetAlready(normal(&part.name)));
        }
    }
    Ok(())
}

/// Whether the fields can be written as the builder was told to.
fn form(call: &Call) -> Result<(), Blocked> {
    let mut files = 0;
    let mut values = 0;
    for part in call.parts.iter().filter(|part| in_body(&part.name)) {
        match part.carried {
            Carried::Nothing => return Err(Blocked::Body("a value cannot be written as JSON")),
            Carried::Bytes { .. } => files += 1,
            Carried::Value(_) => values += 1,
        }
    }
    match call.form {
        Form::Json | Form::List | Form::Urlencoded if files > 0 => {
            Err(Blocked::Body("a file needs multipart or raw"))
        }
        Form::Raw if files != 1 || values > 0 => {
            Err(Blocked::Body("a raw body is one file and nothing else"))
        }
        _ => Ok(()),
    }
}

/// Whether a field is part of the body.
pub(crate) fn in_body(name: &str) -> bool {
    !name.starts_with("path.") && !name.starts_with("query.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_lists_are_one_place() {
        assert_eq!(normal("events[0].params[12].a"), "events[].params[].a");
        assert_eq!(normal("file"), "file");
        assert_eq!(normal("a[x]"), "a[x]");
    }

    #[test]
    fn a_part_of_a_path_stays_one() {
        assert_eq!(segment("a b/ü?#%", false).unwrap(), "a%20b%2F%C3%BC%3F%23%25");
        assert_eq!(segment("owner/model", true).unwrap(), "owner/model");
        for wrong in ["", "..", "."] {
            assert!(segment(wrong, false).is_err(), "{wrong}");
        }
        for wrong in ["a/../b", "/a", "a//b"] {
            assert!(segment(wrong, true).is_err(), "{wrong}");
        }
    }
}
