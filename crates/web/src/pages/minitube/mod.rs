//! `/minitube`: where the family watches. Made for the child: big pictures, one tap to play.

pub(crate) mod delete;
pub(crate) mod download;
pub(crate) mod film;
pub(crate) mod index;
pub(crate) mod name;
pub(crate) mod progress;
pub(crate) mod release;
pub(crate) mod share;
pub(crate) mod stopped;
pub(crate) mod stream;
pub(crate) mod tools;

use maud::{Markup, html};
use studio::films::{FilmId, FilmView, Show};
use studio::orders::{Back, Paid, Receipt};
use studio::streams::Picture;

use super::films::{own_picture, picture_url};
use crate::oops::Oops;
use crate::visit::Visit;

/// The id in an address.
fn id(film: &str) -> Result<FilmId, Oops> {
    FilmId::parse(film).ok_or_else(Oops::not_found)
}

/// What becomes of what was paid for a film that could not be made, by the account's receipts.
pub(super) fn paid_back(visit: &Visit, film: &FilmView, receipts: &[Receipt]) -> Markup {
    let receipt = receipts.iter().find(|receipt| receipt.number == film.order.as_str());
    let words = match receipt.map(|receipt| (&receipt.paid, receipt.back)) {
        Some((Paid::Money(_), Some(Back::Since(at_ms)))) => {
            return visit.language.with("film-failed-money", &[("date", visit.day(at_ms).into())]);
        }
        Some((Paid::Money(_), Some(Back::OnItsWay))) => visit.text("film-failed-money-soon"),
        Some((Paid::Pass, Some(Back::Since(_)))) => visit.text("film-failed-pass"),
        Some((Paid::Pass, Some(Back::OnItsWay))) => visit.text("film-failed-pass-soon"),
        Some((Paid::Pass, None)) => visit.text("film-failed-pass-gone"),
        Some((Paid::Nothing, _)) => visit.text("film-failed-free"),
        Some((Paid::Money(_), None)) | None => visit.text("film-failed-orders"),
    };
    html! { (words) }
}

/// Where the poster with the family's own child lies, for them alone; nothing where it cannot be drawn any more.
fn poster_url(film: &FilmView) -> Option<String> {
    film.own_poster.then(|| format!("/minitube/{}/stream/poster.jpg?r={}", film.id, film.revision))
}

/// The poster of a family's film: from elsewhere where it is shown from there, else our own; should that not come, and
/// where there is none, the film's picture with a drawn child.
pub(super) fn poster(
    visit: &Visit,
    show: &Show,
    film: &FilmView,
    elsewhere: Option<&Picture>,
    sizes: &str,
) -> Markup {
    match poster_url(film).filter(|_| elsewhere.is_none_or(|picture| picture.links.is_empty())) {
        Some(url) => html! {
            img src=(url) width="1280" height="720" alt="" loading="lazy" data-instead=(picture_url(show, visit.language, "poster", 960));
        },
        None => own_picture(visit, show, elsewhere, sizes),
    }
}
