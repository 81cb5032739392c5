//! Reading TOML tables field by field, so that every mistake of a file is found in one go, each with
//! its line, and a mistyped key with a guess at what was meant.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::reference::{Kind, LARGEST, Table};
use crate::report::{Report, Severity, did_you_mean};
use crate::track::{Ease, Key, Track};

/// One file being read.
pub(crate) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub report: RefCell<&'a mut Report>,
    /// Places of the ends of lines.
    ends: Vec<usize>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a str, text: &'a str, report: &'a mut Report) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Self { file, text, report: RefCell::new(report), ends }
    }

    /// The line (from 1) in which a byte stands.
    pub fn line(&self, byte: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < byte)
    }

    /// Parses the file; syntax errors go to the report and what could be read is returned.
    pub fn parse(&self) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors.into_iter().take(20) {
            let line = error.span().map(|span| self.line(span.start));
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
        let line = self.line(span.start);
        self.report.borrow_mut().push(severity, self.file, Some(line), message, suggestion);
    }
}

/// A table whose fields are asked for one after the other; [`Fields::done`] reports what nobody asked
/// for.
pub(crate) struct Fields<'s, 'a> {
    source: &'s Source<'a>,
    table: &'s DeTable<'a>,
    span: Range<usize>,
    /// What may stand in it.
    about: &'static Table,
    asked: RefCell<BTreeSet<&'static str>>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl<'s, 'a> Fields<'s, 'a> {
    pub fn new(
        source: &'s Source<'a>,
        table: &'s DeTable<'a>,
        span: Range<usize>,
        about: &'static Table,
    ) -> Self {
        Self { source, table, span, about, asked: RefCell::default() }
    }

    /// Reads a value as a table.
    pub fn of(source: &'s Source<'a>, value: &'s Value<'a>, about: &'static Table) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self::new(source, table, value.span(), about)),
            other => {
                source.error(
                    value.span(),
                    format!("Here {} is expected, a table, not {}.", about.what, kind(other)),
                );
                None
            }
        }
    }

    pub fn line(&self) -> usize {
        self.source.line(self.span.start)
    }

    pub fn source(&self) -> &'s Source<'a> {
        self.source
    }

    pub fn value(&self, key: &'static str) -> Option<&'s Value<'a>> {
        if cfg!(test) {
            self.described(key);
        }
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    pub fn error(&self, key: &'static str, message: impl Into<String>) {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.error(span, message);
    }

    fn required<T>(&self, key: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.table.contains_key(key) {
            self.source.error(self.span.clone(), format!("\"{key}\" is missing in {}.", self.about.what));
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

    /// What the reference says of a field.
    ///
    /// # Panics
    /// If it says nothing of it; a test reads every field there is.
    fn described(&self, key: &str) -> Kind {
        self.about.field(key).unwrap_or_else(|| panic!("{} describes \"{key}\"", self.about.what)).kind
    }

    pub fn flag(&self, key: &'static str) -> bool {
        let default = matches!(self.described(key), Kind::Flag { default: true });
        let Some(value) = self.value(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.error(key, format!("\"{key}\" must be true or false."));
            default
        })
    }

    /// A finite number within the bounds that the reference states.
    pub fn number(&self, key: &'static str) -> Option<f64> {
        let (low, high) = match self.described(key) {
            Kind::Number { low, high, .. } => (low, high),
            Kind::Whole { low, high, .. } => (f64::from(low), f64::from(high)),
            _ => (-LARGEST, LARGEST),
        };
        let value = self.value(key)?;
        match number(value.get_ref()) {
            Some(n) if (low..=high).contains(&n) => Some(n),
            Some(_) => {
                self.error(key, format!("\"{key}\" must lie between {low} and {high}."));
                None
            }
            None => {
                self.error(key, format!("\"{key}\" must be a number, not {}.", kind(value.get_ref())));
                None
            }
        }
    }

    pub fn number_required(&self, key: &'static str) -> Option<f64> {
        self.required(key, self.number(key))
    }

    /// A number, or what the reference says holds without one.
    pub fn number_or_default(&self, key: &'static str) -> f64 {
        let default = match self.described(key) {
            Kind::Number { default, .. } => default,
            Kind::Whole { default, .. } => default.map(f64::from),
            _ => None,
        };
        self.number(key).or(default).unwrap_or_default()
    }

    /// A whole number within the bounds that the reference states.
    pub fn whole(&self, key: &'static str) -> Option<u32> {
        let number = self.number(key)?;
        if number.fract() != 0.0 {
            self.error(key, format!("\"{key}\" must be a whole number."));
            return None;
        }
        Some(number as u32)
    }

    /// A whole number, or what the reference says holds without one.
    pub fn whole_or_default(&self, key: &'static str) -> u32 {
        let default = match self.described(key) {
            Kind::Whole { default, .. } => default,
            _ => None,
        };
        self.whole(key).or(default).unwrap_or_default()
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

    /// Such a list, or what the reference says holds without one.
    pub fn numbers_or_default<const N: usize>(&self, key: &'static str) -> [f64; N] {
        let default: Option<[f64; N]> = match self.described(key) {
            Kind::Numbers { default, .. } => default.and_then(|numbers| numbers.try_into().ok()),
            _ => None,
        };
        self.numbers::<N>(key).or(default).unwrap_or([0.0; N])
    }

    /// One of the words that the reference lists; nothing where there is another, which is reported.
    pub fn choice(&self, key: &'static str) -> Option<&'static str> {
        let Kind::Choice { of, default } = self.described(key) else { return None };
        let Some(value) = self.value(key) else { return default };
        let said = self.text(key)?;
        let found = of.iter().copied().find(|word| *word == said);
        if found.is_none() {
            self.source.say(
                Severity::Error,
                value.span(),
                format!("\"{}\" cannot stand for \"{key}\".", short(&said)),
                did_you_mean(&said, of.iter().copied())
                    .or_else(|| Some(format!("it is {}", of.join(" or ")))),
            );
        }
        found
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
    pub fn table(&self, key: &'static str) -> Option<Fields<'s, 'a>> {
        let (Kind::Table(about) | Kind::OneOrTables(about)) = self.described(key) else { return None };
        Fields::of(self.source, self.value(key)?, about)
    }

    /// All entries of a table with free keys.
    pub fn entries(&self) -> Vec<(&'s str, Range<usize>, &'s Value<'a>)> {
        if self.table.len() > 1000 {
            self.source.error(
                self.span.clone(),
                format!("There are more than 1000 entries in {}.", self.about.what),
            );
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

    pub fn track_or_default(&self, key: &'static str) -> Track {
        let default = match self.described(key) {
            Kind::Track { default } => default,
            _ => None,
        };
        self.track(key).unwrap_or_else(|| Track::fixed(default.unwrap_or_default()))
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
            keys.push(Key { at, value, ease, line: self.source.line(entry.span().start) });
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
                    format!("{} has no field \"{said}\".", capital(self.about.what)),
                    did_you_mean(&said, asked.iter().copied()).or_else(|| {
                        Some(format!("it has {}", asked.iter().copied().collect::<Vec<_>>().join(", ")))
                    }),
                );
            }
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_from_one() {
        let line = |text: &str, byte: usize| {
            let mut report = Report::default();
            Source::new("a", text, &mut report).line(byte)
        };
        assert_eq!(line("a\nb\nc", 0), 1);
        assert_eq!(line("a\nb\nc", 1), 1);
        assert_eq!(line("a\nb\nc", 4), 3);
        assert_eq!(line("a", 99), 1);
    }
}
