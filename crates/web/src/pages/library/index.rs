//! GET `/library`: drafts, films, photos, children; for each what it is used for.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::children::Child;
use studio::films::{FilmId, FilmState, FilmView};
use studio::gifts::Gift;
use studio::orders::{OrderState, OrderView, Receipt};
use studio::photos::{Photo, State as PhotoState};
use studio::streams::Picture;

use super::{numbered, photo_url, said};
use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::films::title_of;
use crate::pages::gift::mine::line as gift_line;
use crate::pages::minitube::{paid_back, poster};
use crate::paper::{action, heroes};
use crate::visit::{App, Customer, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// Everything that belongs to the account.
struct Shelves {
    drafts: Vec<OrderView>,
    films: Vec<FilmView>,
    /// What was paid for, where a film could not be made.
    receipts: Vec<Receipt>,
    pictures: BTreeMap<FilmId, Picture>,
    /// With their numbers.
    photos: Vec<(usize, Photo)>,
    children: Vec<Child>,
    gifts: Vec<Gift>,
}

/// The library.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let mut drafts = app.studio.orders().list(&account).await?;
    drafts.retain(|order| order.state == OrderState::Draft);
    let films = app.studio.films().list(&account).await?;
    let receipts = match films.iter().any(|film| film.state == FilmState::Failed) {
        true => app.studio.orders().receipts(&account).await?,
        false => Vec::new(),
    };
    let shelves = Shelves {
        drafts,
        films,
        receipts,
        pictures: app.studio.streams().pictures(&account).await,
        photos: numbered(app.studio.photos().list(&account).await?),
        children: app.studio.children().list(&account).await?,
        gifts: app.studio.gifts().list(&account).await?,
    };
    let said = done.done.as_deref().and_then(said);
    let body = html! {
        div.wrap {
            @if let Some(said) = said { div.notice role="status" { p { (visit.text(said)) } } }
            @if !shelves.drafts.is_empty() { (drafts_shelf(&app, &visit, &shelves)) }
            (films_shelf(&app, &visit, &shelves))
            (photos_shelf(&visit, &shelves))
            (children_shelf(&visit, &shelves))
            @if !shelves.gifts.is_empty() { (gifts_shelf(&app, &visit, &shelves)) }
        }
    };
    let title = visit.text("library-title");
    Ok(Frame::new(&visit, &title)
        .lead(html! { (visit.text("library-lead")) })
        .class("small-title")
        .page(body))
}

fn drafts_shelf(app: &App, visit: &Visit, shelves: &Shelves) -> Markup {
    html! {
        section.shelf aria-labelledby="drafts" {
            h2 id="drafts" { (visit.text("library-drafts")) }
            ul.things {
                @for draft in &shelves.drafts {
                    li.sheet.flat.row.apart {
                        div {
                            h3 { (title_of(app, visit, &draft.film)) }
                            @if let Some(names) = heroes::of_order(visit.language, draft) { p.soft { (visit.language.with("library-for", &[("name", names.into())])) } }
                        }
                        div.row {
                            a.button.small href=(visit.to(&format!("/create/{}", draft.film))) { (visit.text("library-continue")) }
                            (action(visit, &format!("/library/drafts/{}/discard", draft.id), "button quiet small", &visit.text("library-discard")))
                        }
                    }
                }
            }
        }
    }
}

fn films_shelf(app: &App, visit: &Visit, shelves: &Shelves) -> Markup {
    html! {
        section.shelf aria-labelledby="films" {
            h2 id="films" { (visit.text("library-films")) }
            @if shelves.films.is_empty() {
                p { (visit.text("library-films-none")) " " a href=(visit.to("/films")) { (visit.text("nav-films")) } }
            }
            ul.things {
                @for film in &shelves.films {
                    @let to = |part: &str| visit.to(&format!("/minitube/{}{part}", film.id));
                    li.sheet.flat.thing {
                        span.pic.wide { @if let Some(show) = app.studio.catalogue().show(&film.film) { (poster(visit, show, film, shelves.pictures.get(&film.id), "9.5rem")) } }
                        div {
                            h3 { (visit.language.with("minitube-film", &heroes::named(visit.language, film))) }
                            p.soft {
                                @match film.state {
                                    FilmState::Making => { (visit.text("library-film-making")) },
                                    FilmState::Ready => { (visit.text("library-film-ready")) },
                                    FilmState::Failed => { (visit.text("library-film-failed")) " " (paid_back(visit, film, &shelves.receipts)) },
                                }
                                @if let Some(bytes) = film.download_bytes { " · " (size(bytes)) }
                            }
                            p.row {
                                @if film.state != FilmState::Failed {
                                    a.button.small href=(to("")) { (visit.text("library-watch")) }
                                    @if film.can_be_corrected() { a href=(to("/name")) { (visit.text("film-name-change")) } }
                                } @else if app.studio.catalogue().show(&film.film).is_some() {
                                    a href=(visit.to(&format!("/films/{}", film.film))) { (visit.text("film-try-again")) }
                                }
                                @if film.download_bytes.is_some() { a href={ "/minitube/" (film.id) "/film.mp4?download" } download { (visit.text("film-download")) } }
                            }
                        }
                        a.button.quiet.small href=(to("/delete")) aria-label=(visit.language.plain("film-delete-named", &heroes::named(visit.language, film))) { (visit.text("delete")) }
                    }
                }
            }
        }
    }
}

fn gifts_shelf(app: &App, visit: &Visit, shelves: &Shelves) -> Markup {
    html! {
        section.shelf aria-labelledby="gifts" {
            h2 id="gifts" { (visit.text("library-gifts")) }
            ul.things { @for gift in &shelves.gifts { (gift_line(app, visit, gift)) } }
        }
    }
}

fn photos_shelf(visit: &Visit, shelves: &Shelves) -> Markup {
    html! {
        section.shelf aria-labelledby="photos" {
            h2 id="photos" { (visit.text("library-photos")) }
            p.soft { (visit.text("library-photos-words")) }
            ul.things {
                @for (number, photo) in &shelves.photos {
                    @let number = *number;
                    li.sheet.flat.thing {
                        img.pic src=(photo_url(&photo.id, "small.jpg")) width="320" height="320" loading="lazy" alt="";
                        div {
                            h3 { (visit.language.with("photo-known-number", &[("number", number.into())])) }
                            p.soft { (visit.text("library-given")) " " (visit.day(photo.created_at_ms)) }
                            p { (used_for(visit, shelves, |film| film.photos().any(|used| used == &photo.id), |draft| draft.photos().any(|used| used == &photo.id))) }
                            @if photo.state == PhotoState::ChooseFace { p.soft { (visit.text("library-photo-choose")) } }
                        }
                        a.button.quiet.small href=(visit.to(&format!("/library/photos/{}/delete", photo.id))) aria-label=(visit.language.plain("photo-delete-named", &[("number", number.into())])) { (visit.text("delete")) }
                    }
                }
            }
            @if shelves.photos.is_empty() { p { (visit.text("library-photos-none")) } }
        }
    }
}

fn children_shelf(visit: &Visit, shelves: &Shelves) -> Markup {
    html! {
        section.shelf aria-labelledby="children" {
            h2 id="children" { (visit.text("library-children")) }
            ul.things {
                @for child in &shelves.children {
                    @let named = [("name", child.name.as_str().into())];
                    li.sheet.flat.row.apart {
                        div {
                            h3 { bdi { (child.name) } }
                            p.soft { (used_for(visit, shelves, |film| film.children().any(|hero| hero == &child.id), |draft| draft.children().any(|hero| hero == &child.id))) }
                        }
                        div.row {
                            a.button.quiet.small href=(visit.to(&format!("/library/children/{}/name", child.id))) aria-label=(visit.language.plain("library-name-named", &named)) { (visit.text("library-name")) }
                            a.button.quiet.small href=(visit.to(&format!("/library/children/{}/delete", child.id))) aria-label=(visit.language.plain("child-delete-named", &named)) { (visit.text("delete")) }
                        }
                    }
                }
            }
            @if shelves.children.is_empty() { p { (visit.text("library-children-none")) } }
        }
    }
}

/// What a photo or a profile is used for: films, half-finished orders, or nothing.
fn used_for(
    visit: &Visit,
    shelves: &Shelves,
    film: impl Fn(&FilmView) -> bool,
    draft: impl Fn(&OrderView) -> bool,
) -> Markup {
    let films: Vec<&FilmView> = shelves.films.iter().filter(|one| film(one)).collect();
    let drafts = shelves.drafts.iter().filter(|one| draft(one)).count();
    html! {
        @if films.is_empty() && drafts == 0 { (visit.text("library-used-nothing")) } @else {
            (visit.text("library-used-for")) " "
            @for (i, film) in films.iter().enumerate() {
                @if i > 0 { ", " }
                (visit.language.with("minitube-film", &heroes::named(visit.language, film)))
            }
            @if drafts > 0 { @if !films.is_empty() { ", " } (visit.text("library-used-draft")) }
        }
    }
}

fn size(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
