//! Reading CBOR in its deterministic form.

use crate::{Wrong, ensure};

/// A value.
#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    Number(i64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Tagged(u64, Box<Value>),
    Bool(bool),
    Null,
}

/// Reads a value that fills the bytes.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Value, Wrong> {
    let value = next(&mut bytes, 0)?;
    ensure(bytes.is_empty(), "something follows the CBOR")?;
    Ok(value)
}

fn next(bytes: &mut &[u8], depth: u8) -> Result<Value, Wrong> {
    ensure(depth < 16, "CBOR is too deep")?;
    let first = take(bytes, 1)?[0];
    let short = first & 0x1f;
    let value = match short {
        0..=23 => u64::from(short),
        24..=27 => {
            let width = 1 << (short - 24);
            let value = take(bytes, width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
            let least = [24, 1 << 8, 1 << 16, 1 << 32][usize::from(short - 24)];
            ensure(value >= least, "CBOR is longer than it need be")?;
            value
        }
        _ => return Err("CBOR of no stated length".into()),
    };
    let length = usize::try_from(value).unwrap_or(usize::MAX);
    Ok(match first >> 5 {
        0 => Value::Number(i64::try_from(value).map_err(|_| "a number is too large")?),
        1 => Value::Number(-1 - i64::try_from(value).map_err(|_| "a number is too large")?),
        2 => Value::Bytes(take(bytes, length)?.to_vec()),
        3 => Value::Text(String::from_utf8(take(bytes, length)?.to_vec()).map_err(|_| "no text")?),
        4 => {
            ensure(length <= bytes.len(), "a list is cut off")?;
            Value::List((0..length).map(|_| next(bytes, depth + 1)).collect::<Result<_, _>>()?)
        }
        5 => {
            ensure(length <= bytes.len(), "a map is cut off")?;
            let (mut entries, mut last) = (Vec::new(), Vec::new());
            for _ in 0..length {
                let before = *bytes;
                let key = next(bytes, depth + 1)?;
                let written = before[..before.len() - bytes.len()].to_vec();
                ensure(entries.is_empty() || written > last, "a map is not in order")?;
                last = written;
                entries.push((key, next(bytes, depth + 1)?));
            }
            Value::Map(entries)
        }
        6 => Value::Tagged(value, Box::new(next(bytes, depth + 1)?)),
        _ => match first {
            0xf4 => Value::Bool(false),
            0xf5 => Value::Bool(true),
            0xf6 => Value::Null,
            _ => return Err("CBOR of another kind".into()),
        },
    })
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Wrong> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or("CBOR is cut off")?;
    *bytes = rest;
    Ok(taken)
}

/// The head of so many bytes, as a signature's input has it.
pub(crate) fn head_of_bytes(length: usize) -> Vec<u8> {
    match length {
        0..=23 => vec![0x40 | length as u8],
        24..=255 => vec![0x58, length as u8],
        _ => vec![0x59, (length >> 8) as u8, length as u8],
    }
}

impl Value {
    /// A map's value.
    pub fn at(&self, key: &str) -> Result<&Self, Wrong> {
        let Self::Map(entries) = self else { return Err(format!("{key} of something that is no map")) };
        let found = entries.iter().find(|(one, _)| matches!(one, Self::Text(text) if text == key));
        found.map(|(_, value)| value).ok_or_else(|| format!("{key} is missing"))
    }

    /// A map has no keys but these.
    pub fn has_only(&self, keys: &[&str]) -> Result<(), Wrong> {
        let Self::Map(entries) = self else { return Err("no map".into()) };
        let known = |key: &Self| matches!(key, Self::Text(text) if keys.contains(&text.as_str()));
        ensure(entries.iter().all(|(key, _)| known(key)), "a map has something unknown")
    }

    pub fn text(&self) -> Result<&str, Wrong> {
        if let Self::Text(text) = self { Ok(text) } else { Err("no text".into()) }
    }

    pub fn bytes(&self) -> Result<&[u8], Wrong> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err("no bytes".into()) }
    }

    pub fn number(&self) -> Result<i64, Wrong> {
        if let Self::Number(number) = self { Ok(*number) } else { Err("no number".into()) }
    }

    pub fn list(&self) -> Result<&[Self], Wrong> {
        if let Self::List(list) = self { Ok(list) } else { Err("no list".into()) }
    }
}
