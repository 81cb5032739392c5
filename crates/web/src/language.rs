//! The four languages of the site: which one a visitor gets, and the words for a key.
//! The words lie in `/translations`, one folder a language, as Fluent files.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, static_loader};
use maud::{Escaper, Markup, PreEscaped};
use std::fmt::Write;
use unic_langid::langid;

static_loader! {
    static WORDS = {
        locales: "../../translations",
        fallback_language: "en",
    };
}

/// A language of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// English, which stands in wherever nothing else is known.
    #[default]
    En,
    /// German
    De,
    /// French
    Fr,
    /// Spanish
    Es,
}

/// What can stand in a sentence: a word or a number.
pub(crate) type Value<'a> = FluentValue<'a>;

// Fluent puts these invisible marks round a value, so that a right-to-left name does not turn its sentence.
const OPEN: char = '\u{2068}';
const CLOSE: char = '\u{2069}';

impl Language {
    /// All of them, in the order of the footer.
    pub(crate) const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// `en`, `de`, `fr` or `es`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }

    /// The language's name in itself.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
        }
    }

    /// The name of any language in itself, or its code where we do not know it.
    pub(crate) fn name_of(code: &str) -> &str {
        match Self::of(code) {
            Some(language) => language.own_name(),
            None => code,
        }
    }

    /// The language of a code, if it is one of ours.
    pub(crate) fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The first of ours in an `Accept-Language` header, by weight.
    pub(crate) fn accepted(header: &str) -> Option<Self> {
        let mut wishes: Vec<(f32, Self)> = header
            .split(',')
            .filter_map(|part| {
                let mut fields = part.trim().split(';');
                let tag = fields.next()?.trim().to_ascii_lowercase();
                let weight = fields
                    .find_map(|field| field.trim().strip_prefix("q=")?.parse::<f32>().ok())
                    .unwrap_or(1.0);
                let language = Self::of(tag.split('-').next()?)?;
                (weight > 0.0).then_some((weight, language))
            })
            .collect();
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
        wishes.first().map(|wish| wish.1)
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Self::En => langid!("en"),
            Self::De => langid!("de"),
            Self::Fr => langid!("fr"),
            Self::Es => langid!("es"),
        }
    }

    /// The words for a key.
    pub(crate) fn text(self, key: &str) -> String {
        WORDS.lookup(&self.id(), key)
    }

    /// Whether there are words for a key.
    pub(crate) fn has(self, key: &str) -> bool {
        WORDS.try_lookup(&self.id(), key).is_some()
    }

    /// The words for a key with values, for an attribute or a mail's subject.
    pub(crate) fn plain(self, key: &str, values: &[(&'static str, Value<'_>)]) -> String {
        WORDS.lookup_with_args(&self.id(), key, &named(values))
    }

    /// The words for a key with values, for the page: escaped, each value isolated in its own `<bdi>`.
    pub(crate) fn with(self, key: &str, values: &[(&'static str, Value<'_>)]) -> Markup {
        let plain = self.plain(key, values);
        let mut out = String::with_capacity(plain.len() + 16);
        for part in plain.split_inclusive([OPEN, CLOSE]) {
            let (text, mark) = match part.strip_suffix(OPEN) {
                Some(text) => (text, "<bdi>"),
                None => match part.strip_suffix(CLOSE) {
                    Some(text) => (text, "</bdi>"),
                    None => (part, ""),
                },
            };
            let _ = Escaper::new(&mut out).write_str(text);
            out.push_str(mark);
        }
        PreEscaped(out)
    }

    /// An amount in a currency's smallest unit, as the language writes it.
    pub(crate) fn money(self, cents: i64, currency: &str) -> String {
        studio::orders::money(self.code(), cents, currency)
    }

    /// A day, as the language writes it.
    pub(crate) fn day(self, time: jiff::Timestamp) -> String {
        let date = time.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let month = self.text(&format!("month-{}", date.month()));
        let plain = self.plain(
            "date",
            &[("day", date.day().into()), ("month", month.into()), ("year", date.year().to_string().into())],
        );
        plain.replace([OPEN, CLOSE], "")
    }

    /// A length of film, such as `1:04`.
    pub(crate) fn length(seconds: f64) -> String {
        let whole = seconds.round() as u64;
        format!("{}:{:02}", whole / 60, whole % 60)
    }
}

/// A path without the language at its head: `/de/films` is `/films`.
pub(crate) fn without_language(path: &str) -> &str {
    let (first, rest) = match path[1.min(path.len())..].find('/') {
        Some(slash) => path.split_at(slash + 1),
        None => (path, ""),
    };
    match Language::of(first.trim_start_matches('/')) {
        Some(_) if rest.is_empty() => "/",
        Some(_) => rest,
        None => path,
    }
}

fn named<'a>(values: &[(&'static str, Value<'a>)]) -> HashMap<Cow<'static, str>, Value<'a>> {
    values
        .iter()
        .map(|(name, value)| {
            let value = match value {
                // A value must not close the isolation round itself.
                Value::String(text) if text.contains([OPEN, CLOSE]) => {
                    Value::String(text.replace([OPEN, CLOSE], "").into())
                }
                other => other.clone(),
            };
            (Cow::Borrowed(*name), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_our_languages_is_taken() {
        assert_eq!(Language::accepted("de-AT,de;q=0.9,en;q=0.8"), Some(Language::De));
        assert_eq!(Language::accepted("ja, es;q=0.5, fr;q=0.7"), Some(Language::Fr));
        assert_eq!(Language::accepted("en;q=0, fr"), Some(Language::Fr));
        assert_eq!(Language::accepted("ja"), None);
        assert_eq!(Language::accepted("  ;;q=x,,"), None);
    }

    #[test]
    fn the_language_is_taken_off_a_path() {
        assert_eq!(without_language("/de/films"), "/films");
        assert_eq!(without_language("/fr"), "/");
        assert_eq!(without_language("/desk"), "/desk");
        assert_eq!(without_language("/"), "/");
    }

    #[test]
    fn lengths_are_minutes_and_seconds() {
        assert_eq!(Language::length(64.4), "1:04");
        assert_eq!(Language::length(59.9), "1:00");
    }
}
