//! Reading TOML tables field by field, so that every mistake of a file is found in one go, each with
//! its line, and a mistyped key with a guess at what was meant.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::report::{Report, Severity, did_you_mean, line_at};
use crate::track::{Ease, Key, Track};

/// One file being read.
pub(crate) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub report: RefCell<&'a mut Report>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a str, text: &'a str, report: &'a mut Report) -> Self {
        Self { file, text, report: RefCell::new(report) }
    }

    /// Parses the file; syntax errors go to the report and what could be read is returned.
    pub fn parse(&self) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors.into_iter().take(20) {
            let line = error.span().map(|span| line_at(self.text, span.start));
            self.report.borrow_mut().error(
                self.file,
                line,
                format!("This is not valid TOML: {}.", error.message()),
            );
        }
        table.into_inner()
    }

    pub fn error(&self, span: Range<usize>, message: impl Into<String>) {
        self.say(Severity::Error, span, message.into(), None);
    }

    pub fn say(&self, severity: Severity, span: Range<usize>, message: String, suggestion: Option<String>) {
        let line = line_at(self.text, span.start);
        self.report.borrow_mut().push(severity, self.file, Some(line), message, suggestion);
    }
}

/// A table whose fields are asked for one after the other; [`Fields::done`] reports what nobody asked
/// for.
pub(crate) struct Fields<'s, 'a> {
    source: &'s Source<'a>,
    table: &'s DeTable<'a>,
    span: Range<usize>,
    /// How the table is called in messages, such as "a sheet".
    what: &'static str,
    asked: RefCell<BTreeSet<&'static str>>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl<'s, 'a> Fields<'s, 'a> {
    pub fn new(
        source: &'s Source<'a>,
        table: &'s DeTable<'a>,
        span: Range<usize>,
        what: &'static str,
    ) -> Self {
        Self { source, table, span, what, asked: RefCell::default() }
    }

    /// Reads a value as a table.
    pub fn of(source: &'s Source<'a>, value: &'s Value<'a>, what: &'static str) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(source, table, value.span(), what)),
            other => {
                source.error(value.span(), format!("Here {what} is expected, a table, not {}.", kind(other)));
                None
            }
        }
    }

    pub fn line(&self) -> usize {
        line_at(self.source.text, self.span.start)
    }

    pub fn source(&self) -> &'s Source<'a> {
        self.source
    }

    pub fn value(&self, key: &'static str) -> Option<&'s Value<'a>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    pub fn error(&self, key: &'static str, message: impl Into<String>) {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.error(span, message);
    }

    fn required<T>(&self, key: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.table.contains_key(key) {
            self.source.error(self.span.clone(), format!("\"{key}\" is missing in {}.", self.what));
        }
        value
    }

    /// A text of at most 2000 characters.
    pub fn text(&self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) if text.chars().count() <= 2000 => Some(text.to_owned()),
            Some(_) => {
                self.error(key, format!("\"{key}\" is longer than 2000 characters."));
                None
            }
            None => {
                self.error(key, format!("\"{key}\" must be a text, not {}.", kind(value.get_ref())));
                None
            }
        }
    }

    pub fn text_required(&self, key: &'static str) -> Option<String> {
        self.required(key, self.text(key))
    }

    pub fn flag(&self, key: &'static str, default: bool) -> bool {
        let Some(value) = self.value(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.error(key, format!("\"{key}\" must be true or false."));
            default
        })
    }

    /// A finite number within bounds.
    pub fn number(&self, key: &'static str, bounds: std::ops::RangeInclusive<f64>) -> Option<f64> {
        let value = self.value(key)?;
        let number = number(value.get_ref());
        match number {
            Some(n) if bounds.contains(&n) => Some(n),
            Some(_) => {
                self.error(
                    key,
                    format!("\"{key}\" must lie between {} and {}.", bounds.start(), bounds.end()),
                );
                None
            }
            None => {
                self.error(key, format!("\"{key}\" must be a number, not {}.", kind(value.get_ref())));
                None
            }
        }
    }

    pub fn number_required(&self, key: &'static str, bounds: std::ops::RangeInclusive<f64>) -> Option<f64> {
        self.required(key, self.number(key, bounds))
    }

    /// A whole number within bounds.
    pub fn whole(&self, key: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let number = self.number(key, f64::from(*bounds.start())..=f64::from(*bounds.end()))?;
        if number.fract() != 0.0 {
            self.error(key, format!("\"{key}\" must be a whole number."));
            return None;
        }
        Some(number as u32)
    }

    /// A list of exactly `N` numbers.
    pub fn numbers<const N: usize>(&self, key: &'static str) -> Option<[f64; N]> {
        let value = self.value(key)?;
        let list: Option<Vec<f64>> =
            value.get_ref().as_array().and_then(|a| a.iter().map(|v| number(v.get_ref())).collect());
        match list.map(<[f64; N]>::try_from) {
            Some(Ok(numbers)) if numbers.iter().all(|n| n.abs() <= LARGEST) => Some(numbers),
            _ => {
                self.error(key, format!("\"{key}\" must be a list of {N} numbers."));
                None
            }
        }
    }

    pub fn list(&self, key: &'static str) -> &'s [Value<'a>] {
        let Some(value) = self.value(key) else { return &[] };
        match value.get_ref() {
            DeValue::Array(array) if array.len() <= 1000 => array,
            DeValue::Array(_) => {
                self.error(key, format!("\"{key}\" has more than 1000 entries."));
                &[]
            }
            other => {
                self.error(key, format!("\"{key}\" must be a list, not {}.", kind(other)));
                &[]
            }
        }
    }

    pub fn texts(&self, key: &'static str) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.list(key) {
            match value.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.source.error(value.span(), format!("\"{key}\" must be a list of texts.")),
            }
        }
        texts
    }

    /// A table inside this one.
    pub fn table(&self, key: &'static str, what: &'static str) -> Option<Fields<'s, 'a>> {
        Fields::of(self.source, self.value(key)?, what)
    }

    /// All entries of a table with free keys.
    pub fn entries(&self) -> Vec<(&'s str, Range<usize>, &'s Value<'a>)> {
        if self.table.len() > 1000 {
            self.source
                .error(self.span.clone(), format!("There are more than 1000 entries in {}.", self.what));
        }
        let mut entries: Vec<_> =
            self.table.iter().take(1000).map(|(k, v)| (k.get_ref().as_ref(), k.span(), v)).collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    /// A number or a list of keys `[second, value]` or `[second, value, "ease"]`.
    pub fn track(&self, key: &'static str) -> Option<Track> {
        self.value(key).and_then(|value| self.track_of(key, value))
    }

    pub fn track_or(&self, key: &'static str, default: f64) -> Track {
        self.track(key).unwrap_or_else(|| Track::fixed(default))
    }

    /// Keys whose values are colours, as one track a channel.
    pub fn colour_keys(
        &self,
        key: &'static str,
        colour: &dyn Fn(&str) -> Option<[u8; 3]>,
    ) -> Option<[Track; 3]> {
        let value = self.value(key)?;
        let channel = |i: usize| {
            let read = |v: &DeValue<'_>| v.as_str().and_then(colour).map(|rgb| f64::from(rgb[i]));
            self.keys_of(key, value, &read, "[[0, \"#b9c6ff\"], [2.5, \"#ffd28a\", \"in-out\"]]")
        };
        Some([channel(0)?, channel(1)?, channel(2)?])
    }

    fn track_of(&self, key: &str, value: &Value<'a>) -> Option<Track> {
        if let Some(fixed) = number(value.get_ref()).filter(|n| n.abs() <= LARGEST) {
            return Some(Track::fixed(fixed));
        }
        self.keys_of(key, value, &number, "[[0, 1], [2.5, 3, \"in-out\"]]")
    }

    fn keys_of(
        &self,
        key: &str,
        value: &Value<'a>,
        read: &dyn Fn(&DeValue<'_>) -> Option<f64>,
        example: &str,
    ) -> Option<Track> {
        let wrong = |span: Range<usize>| {
            self.source
                .error(span, format!("\"{key}\" must be one value or a list of keys such as {example}."));
        };
        let Some(list) = value.get_ref().as_array().filter(|l| !l.is_empty() && l.len() <= 500) else {
            wrong(value.span());
            return None;
        };
        let mut keys: Vec<Key> = Vec::new();
        for entry in list.iter() {
            let parts = entry.get_ref().as_array().filter(|p| p.len() == 2 || p.len() == 3);
            let times = parts.and_then(|p| Some((number(p[0].get_ref())?, read(p[1].get_ref())?)));
            let (Some(parts), Some((at, value))) = (parts, times) else {
                wrong(entry.span());
                return None;
            };
            if !(0.0..=3600.0).contains(&at) || value.abs() > LARGEST {
                wrong(entry.span());
                return None;
            }
            let ease = match parts.get(2) {
                None => Ease::Linear,
                Some(name) => match name.get_ref().as_str().and_then(Ease::from_name) {
                    Some(ease) => ease,
                    None => {
                        let said = name.get_ref().as_str().unwrap_or("this");
                        self.source.say(
                            Severity::Error,
                            name.span(),
                            format!("\"{}\" is not an easing.", short(said)),
                            did_you_mean(said, Ease::NAMES)
                                .or_else(|| Some(format!("one of {}", Ease::NAMES.join(", ")))),
                        );
                        Ease::Linear
                    }
                },
            };
            if keys.last().is_some_and(|last| last.at > at) {
                self.source
                    .error(entry.span(), format!("The keys of \"{key}\" must stand in the order of time."));
                return None;
            }
            keys.push(Key { at, value, ease, line: line_at(self.source.text, entry.span().start) });
        }
        Some(Track::new(keys))
    }

    /// Reports the keys that nobody asked for.
    pub fn done(self) {
        let asked = self.asked.into_inner();
        for (key, _) in self.table.iter() {
            if !asked.contains(key.get_ref().as_ref()) {
                let said = short(key.get_ref());
                self.source.say(
                    Severity::Error,
                    key.span(),
                    format!("{} has no field \"{said}\".", capital(self.what)),
                    did_you_mean(&said, asked.iter().copied()).or_else(|| {
                        Some(format!("it has {}", asked.iter().copied().collect::<Vec<_>>().join(", ")))
                    }),
                );
            }
        }
    }
}

/// No coordinate, angle or factor of a film is larger than this.
pub(crate) const LARGEST: f64 = 100_000.0;

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(n) if n.radix() == 10 => n.as_str().parse::<f64>().ok(),
        DeValue::Float(n) => n.as_str().parse::<f64>().ok().filter(|n| n.is_finite()),
        _ => None,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A word from a file, cut so that a message stays a sentence.
pub(crate) fn short(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
