//! `/films` and each film's own page and pictures.

pub(crate) mod film;
pub(crate) mod index;
pub(crate) mod picture;
pub(crate) mod preview;
pub(crate) mod shown;

use std::sync::Arc;

use maud::{Markup, html};
use studio::films::Show;
use studio::streams::Picture;

use crate::language::Language;
use crate::visit::{App, Visit};

/// A film's title in the visitor's language; its slug once it is not in the catalogue any more.
pub(in crate::pages) fn title_of(app: &App, visit: &Visit, slug: &str) -> String {
    let show = app.studio.catalogue().show(slug);
    show.map_or_else(|| slug.to_owned(), |show| show.film().words(visit.language.code()).title.clone())
}

/// Where a picture of a film lies, such as `poster` or `shot-3`. Version and language stand in the
/// address, so that a kept picture is never a wrong one.
pub(super) fn picture_url(show: &Show, language: Language, picture: &str, width: u32) -> String {
    let info = show.film().info();
    format!("/films/{}/{picture}.jpg?v={}&l={}&w={width}", info.slug, info.version, language.code())
}

/// When a picture of a film is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// At once: the page opens with it.
    First,
    /// When somebody comes near it.
    Near,
    /// After all else: it lies under another for a while.
    Last,
}

/// A picture of a film in all its sizes. `sizes` tells the browser how wide it will stand.
pub(super) fn picture(
    show: &Show,
    language: Language,
    picture: &str,
    sizes: &str,
    alt: &str,
    wanted: Wanted,
) -> Markup {
    let set = [480, 704, 960, 1280]
        .map(|width| format!("{} {width}w", picture_url(show, language, picture, width)))
        .join(", ");
    let priority = match wanted {
        Wanted::First => Some("high"),
        Wanted::Near => None,
        Wanted::Last => Some("low"),
    };
    html! {
        img src=(picture_url(show, language, picture, 960)) srcset=(set) sizes=(sizes) width="1280" height="720" alt=(alt)
            fetchpriority=[priority] loading=[(wanted != Wanted::First).then_some("lazy")];
    }
}

/// The poster of a family's own film: its own still where one is shown from elsewhere, otherwise the film's picture,
/// which takes its place too when that does not come.
pub(super) fn own_picture(visit: &Visit, show: &Show, own: Option<&Picture>, sizes: &str) -> Markup {
    let language = visit.language;
    let Some((_, widest)) = own.and_then(|own| own.links.last()) else {
        return picture(show, language, "poster", sizes, "", Wanted::Near);
    };
    let emulated = visit.options.emulators();
    let links = own.into_iter().flat_map(|own| &own.links);
    let set: Vec<_> = links.map(|(width, link)| format!("{} {width}w", emulated.url(link))).collect();
    let set = set.join(", ");
    html! {
        img src=(emulated.url(widest)) srcset=(set) sizes=(sizes) width="1280" height="720" alt="" loading="lazy"
            data-instead=(picture_url(show, language, "poster", 960));
    }
}

/// The films as posters. `first`: they are what the page opens with.
pub(super) fn shelf(visit: &Visit, shows: &[Arc<Show>], first: bool) -> Markup {
    html! {
        ul.posters {
            @for (place, show) in shows.iter().enumerate() {
                @let words = show.film().words(visit.language.code());
                @let wanted = if first && place == 0 { Wanted::First } else { Wanted::Near };
                li {
                    a.poster href=(visit.to(&format!("/films/{}", show.slug()))) {
                        span.mount { (picture(show, visit.language, "poster", "(min-width: 50rem) 24rem, 92vw", "", wanted)) }
                        span.words { h3 { (words.title) } span.soft { (words.tagline) } }
                    }
                    (facts(visit, show, true))
                }
            }
        }
    }
}

/// Pictures out of the middles of shots, spread over the whole story.
pub(super) fn scenes(show: &Show, most: usize) -> Vec<String> {
    let shots = show.film().shots().len();
    let count = most.min(shots);
    (1..=count).map(|i| format!("shot-{}", i * shots / (count + 1))).collect()
}

/// Length, age and, unless it stands beside already, the price.
pub(super) fn facts(visit: &Visit, show: &Show, with_price: bool) -> Markup {
    let info = show.film().info();
    let [youngest, oldest] = info.age;
    html! {
        dl.facts {
            div { dt { (visit.text("film-length")) } dd { (Language::length(show.seconds())) } }
            div { dt { (visit.text("film-age")) } dd { (visit.language.with("film-ages", &[("from", youngest.into()), ("to", oldest.into())])) } }
            @if with_price { div { dt { (visit.text("film-price")) } dd { (visit.language.money(info.price.cents.into(), &info.price.currency)) } } }
        }
    }
}
