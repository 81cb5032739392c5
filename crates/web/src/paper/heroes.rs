//! Who plays in a film, in words.

use studio::films::FilmView;
use studio::orders::OrderView;

use crate::language::{Language, Value};

/// The names of those who play: one child, or two.
pub(crate) fn names(language: Language, first: &str, second: Option<&str>) -> String {
    match second {
        Some(second) => language.plain("heroes-two", &[("first", first.into()), ("second", second.into())]),
        None => first.to_owned(),
    }
}

/// The names in an order, as far as they were told.
pub(crate) fn of_order(language: Language, order: &OrderView) -> Option<String> {
    let second = order.second.as_ref().and_then(|hero| hero.name.as_deref());
    order.name.as_deref().map(|first| names(language, first, second))
}

/// A film's title and the names in it, as the words for both take them.
pub(crate) fn named(language: Language, film: &FilmView) -> [(&'static str, Value<'_>); 2] {
    let second = film.second.as_ref().map(|hero| hero.name.as_str());
    titled(language, &film.title, &film.name, second)
}

/// The same of a film's title and the names that are told with it.
pub(crate) fn titled<'a>(
    language: Language,
    title: &'a str,
    first: &str,
    second: Option<&str>,
) -> [(&'static str, Value<'a>); 2] {
    [("title", title.into()), ("name", names(language, first, second).into())]
}
